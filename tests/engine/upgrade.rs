//! An upgrade that is left after each of its steps, on the real engine: whoever comes next can
//! finish it or undo it from what is there. A step that is left half way comes to the state before
//! it or after it.

use std::process::Command as Program;
use std::time::Duration;

use pilothouse::model::Id;
use pilothouse::plans::upgrade::{Kept, Pace, finish, undo, upgrade};
use pilothouse::protocol::{Change, Command, Grace, Plan, Reply, Survey};

use super::bench::{Live, UnderTest, real};

const PACE: Pace = Pace {
    stop: Grace::For(Duration::from_secs(2)),
    prove: Duration::from_millis(500),
};
const LOOP: &str = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

fn docker(args: &[&str]) -> String {
    let output = Program::new("docker").args(args).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {error}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// An image of that name with an environment of its own, made of a container.
fn image(under: &UnderTest, name: &str, word: &str) {
    let id = under.create(&format!("for-{word}"), LOOP, &serde_json::json!({}));
    // Podman reads no request without a body, as the docker command sends it
    let (repo, tag) = name.split_once(':').unwrap();
    let path = format!("/commit?container={id}&repo={repo}&tag={tag}&changes=ENV%20WORD%3D{word}");
    let (status, body) = under.call("POST", &path, &serde_json::json!({}));
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    docker(&["rm", "-fv", id.as_str()]);
}

async fn survey(live: &mut Live, id: &Id, own_name: Option<String>) -> Survey {
    let look = Change::Survey {
        id: id.clone(),
        pull: false,
        own_name,
    };
    match live.run(Command::Change(look)).await {
        Ok(Reply::Surveyed(survey)) => *survey,
        other => panic!("{other:?}"),
    }
}

/// One round: an upgrade of which only the first steps are done, then its end.
struct Round<'a> {
    under: &'a UnderTest,
    image: String,
    network: String,
}

impl Round<'_> {
    fn begin(&self) -> Id {
        let (name, labels) = (self.under.name("web"), self.under.labels());
        let labels: Vec<String> = labels.iter().map(ToString::to_string).collect();
        let mut args = vec!["run", "-d", "--name", &name, "--restart", "on-failure:3"];
        args.extend(labels.iter().flat_map(|label| ["--label", label.as_str()]));
        args.extend(["-v", "/data", "-e", "MINE=1", &self.image]);
        let id = docker(&args);
        docker(&["network", "connect", "--alias", "other", &self.network, &id]);
        docker(&["exec", &id, "sh", "-c", "echo saved >/data/x"]);
        Id::new(&id)
    }

    /// That one container is left, with all that it had.
    fn check(&self, word: &str) {
        let name = self.under.name("web");
        let field = |format: &str| docker(&["inspect", "-f", format, &name]);
        let state = "{{.State.Running}} {{.HostConfig.RestartPolicy.Name}} \
                     {{.HostConfig.RestartPolicy.MaximumRetryCount}}";
        assert_eq!(field(state), "true on-failure 3");
        let env = field("{{json .Config.Env}}");
        assert!(
            env.contains(&format!("WORD={word}")) && env.contains("MINE=1"),
            "{env}"
        );
        let networks = field("{{json .NetworkSettings.Networks}}");
        assert!(
            networks.contains(&self.network) && networks.contains("\"other\""),
            "{networks}"
        );
        assert_eq!(docker(&["exec", &name, "cat", "/data/x"]), "saved");
        let filter = format!("name={name}");
        let all = docker(&["ps", "-a", "--format", "{{.Names}}", "--filter", &filter]);
        assert_eq!(all, name);
        docker(&["rm", "-fv", &name]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarts_before_the_proof_do_not_count_and_those_in_it_do() {
    let Some(under) = real() else { return };
    let always = serde_json::json!({ "HostConfig": { "RestartPolicy": { "Name": "always" } } });
    let once = format!("test -e /x || {{ touch /x; exit 1; }}; {LOOP}");
    let (once, ever) = (
        under.start("once", &once, &always),
        under.start("ever", "sleep 1; exit 3", &always),
    );
    let mut live = Live::on(&under).await;
    let restarted = |id: &Id| docker(&["inspect", "-f", "{{.RestartCount}}", id.as_str()]) == "1";
    live.until("its restart", |_| restarted(&once)).await;
    let prove = |id: &Id, time| Command::Change(Change::Prove(id.clone(), time));
    let proved = live.run(prove(&once, PACE.prove)).await;
    assert_eq!(proved, Ok(Reply::Done));
    let failed = live.run(prove(&ever, Duration::from_secs(15))).await;
    let why = failed.unwrap_err().summary;
    assert!(why.contains("it ended"), "{why}");
    // between an end and the next start Podman tells of no restart that is to come
    let told = why.contains("and was restarted");
    assert!(told || under.is_podman(), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn left_after_any_step_an_upgrade_is_finished_or_undone() {
    let Some(under) = real() else { return };
    let round = Round {
        image: format!("{}:latest", under.name("image")),
        network: under.name("net"),
        under: &under,
    };
    docker(&["network", "create", &round.network]);
    let mut steps = 1;
    let mut done = 0;
    while done <= steps {
        for finishes in [true, false] {
            image(&under, &round.image, "old");
            let id = round.begin();
            image(&under, &round.image, "new");
            let mut live = Live::on(&under).await;
            let found = survey(&mut live, &id, None).await;
            assert!(found.is_newer() && found.anonymous.len() == 1, "{found:?}");
            let mut plan = upgrade(&found, &id, PACE);
            // the last one removes the old one: nothing is left to be done then
            steps = plan.steps.len() - 1;
            plan.steps.truncate(done);
            if done > 0 {
                let (step, result) = live.plan(plan).await;
                assert!(result.is_ok(), "step {step}: {result:?}");
            }
            drop(live);
            // somebody else comes: all that is known is what is there
            let mut live = Live::on(&under).await;
            let mut word = "old";
            if done > 0 {
                let name = docker(&["inspect", "-f", "{{.Name}}", id.as_str()]);
                let kept = Kept::read(name.trim_start_matches('/')).unwrap();
                assert_eq!(kept.name, under.name("web"));
                let found = survey(&mut live, &id, Some(kept.name.clone())).await;
                let plan: Plan = match finishes {
                    true => finish(&found, &id, &kept, PACE),
                    false => undo(&id, &kept, found.rival.as_ref().map(|(new, _)| new)),
                };
                let (step, result) = live.plan(plan).await;
                assert!(result.is_ok(), "after {done}, step {step}: {result:?}");
                word = if finishes { "new" } else { "old" };
            }
            round.check(word);
        }
        done += 1;
    }
    docker(&["network", "rm", &round.network]);
    docker(&["rmi", "-f", &round.image]);
    assert!(steps >= 6, "{steps} steps");
}
