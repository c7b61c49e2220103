//! Plans: their order, what undoes them, and that they can be given up.

use std::time::Duration;

use pilothouse::model::{ProblemKind, State};
use pilothouse::plans::run::run;
use pilothouse::protocol::{Command, Deed, Grace, Plan, Reply, Step, Watch};
use pilothouse::spec::RunSpec;
use serde_json::json;

use super::bench::{Live, UnderTest, engines};

/// The size of no terminal.
const NOBODY: (u16, u16) = (0, 0);

fn spec(under: &UnderTest, name: &str, command: &[&str]) -> RunSpec {
    RunSpec {
        image: "busybox".into(),
        name: Some(under.name(name)),
        label: under.labels(),
        detach: Some(true),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        ..RunSpec::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_is_made_and_started_step_by_step() {
    for under in engines() {
        let mut live = Live::on(&under).await;
        let plan = run(&spec(&under, "made", &["sleep", "100"]), NOBODY);
        let (step, result) = live.plan(plan).await;
        assert_eq!((step, result), (2, Ok(Reply::Done)));
        let steps: Vec<usize> = live.seen.begun.iter().map(|(_, step)| *step).collect();
        assert_eq!(steps, [0, 1, 2]);
        // it was there: nothing is pulled
        assert_eq!(live.seen.done[0].2, Ok(Reply::Already));
        let Ok(Reply::Made(id)) = live.seen.done[1].2.clone() else {
            panic!("{:?}", live.seen.done);
        };
        live.until("it to run", |seen| {
            let container = seen.containers.get(&id);
            container.is_some_and(|container| container.state == State::Running)
        })
        .await;
        let line = format!("[3/3] docker start {}", under.name("made"));
        live.until("the line of each step", |seen| {
            seen.output.iter().any(|written| written.0 == line)
        })
        .await;
        assert!(live.seen.undone.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_is_removed_when_a_later_step_fails() {
    for under in engines() {
        let mut live = Live::on(&under).await;
        let name = under.name("lost");
        let mut plan = run(&spec(&under, "lost", &["sleep", "100"]), NOBODY);
        // it is not paused: refused
        plan.add(Step::new(
            Deed::new(Command::Unpause(Deed::unknown()), &name).on(1),
        ));
        let (step, result) = live.plan(plan).await;
        let problem = result.unwrap_err();
        assert_eq!(step, 3, "{problem:?}");
        assert!(
            problem.hint.contains("nothing of it was left"),
            "{problem:?}"
        );
        assert_eq!(live.seen.undone, [(1, Ok(()))]);
        let (status, _) = under.call("GET", &format!("/containers/{name}/json"), &json!(null));
        assert_eq!(status, 404);
        // a name that is taken: the one that has it stays
        let id = under.create("taken", "true", &json!({}));
        let (step, result) = live
            .plan(run(&spec(&under, "taken", &["true"]), NOBODY))
            .await;
        assert_eq!((step, result.unwrap_err().kind), (1, ProblemKind::Conflict));
        assert_eq!(live.seen.undone.len(), 1);
        let (status, _) = under.call("GET", &format!("/containers/{id}/json"), &json!(null));
        assert_eq!(status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_given_up_between_steps_and_undone_in_reverse() {
    for under in engines() {
        let id = under.start(
            "deaf",
            "trap 'echo heard' TERM; echo ready; while :; do sleep 0.2; done",
            &json!({}),
        );
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Logs], &id);
        if under.is_podman() {
            live.until("its log", |seen| seen.texts() == ["ready"])
                .await;
        }
        let (old, new) = (under.name("deaf"), under.name("other"));
        let rename = |name: &str| Command::Rename(id.clone(), name.to_owned());
        let mut plan = Plan::default();
        plan.add(Step::new(Deed::new(rename(&new), &old)).undo(Deed::new(rename(&old), &new)));
        let stop = Command::Stop(id.clone(), Grace::For(Duration::from_secs(2)));
        let start = Deed::new(Command::Start(id.clone()), &new);
        plan.add(Step::new(Deed::new(stop, &new)).undo(start));
        plan.add(Step::new(Deed::new(Command::Pause(id.clone()), &new)));
        let job = live.begin_plan(plan);
        // Podman's event comes when the stop is over
        match under.is_podman() {
            true => {
                live.until("the signal", |seen| seen.texts().contains(&"heard"))
                    .await;
            }
            false => {
                live.until("the signal", |seen| {
                    seen.events.iter().any(|event| &*event.action == "kill")
                })
                .await;
            }
        }
        live.engine.cancel(job);
        // a stop that was sent is waited for: nobody could tell what became of it else
        live.until("the end", |seen| {
            seen.done.iter().any(|(_, _, r)| r.is_err())
        })
        .await;
        let (_, step, result) = live.seen.done.last().cloned().unwrap();
        assert_eq!(step, 2);
        assert_eq!(result.unwrap_err().kind, ProblemKind::Cancelled);
        let undone: Vec<usize> = live.seen.undone.iter().map(|(step, _)| *step).collect();
        assert_eq!(undone, [1, 0]);
        live.until("it to be as it was", |seen| {
            let container = &seen.containers[&id];
            container.state == State::Running && *container.name == *old
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_refuses_a_plan() {
    for under in engines() {
        let address = pilothouse::model::Address::Unix(under.socket.clone());
        let mut live = Live::new(address, true);
        live.until("the first list", |seen| seen.lists > 0).await;
        let (step, result) = live.plan(run(&spec(&under, "ro", &["true"]), NOBODY)).await;
        assert_eq!(step, 0);
        assert!(result.unwrap_err().summary.contains("read-only"));
    }
}
