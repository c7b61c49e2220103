//! Upgrades on a real engine: what is kept, what comes back, and what is left when the program is
//! killed after each of its steps.

use std::time::Duration;

use super::{Lab, POLITE, docker, field, said, subnet};
use crate::pty::gate::{Gate, Held};
use crate::pty::{Start, Terminal};

/// How long an upgrade may take: the new one has to run for a while.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// Proves quickly.
pub(super) const SETTINGS: &str = "upgrade_proof = 2\n";

/// An image by a Dockerfile, under a name of the test's own; removed with it.
pub(super) struct Image<'a> {
    pub(super) name: String,
    lab: &'a Lab,
}

impl<'a> Image<'a> {
    pub(super) fn new(lab: &'a Lab, lines: &str) -> Self {
        Self::called(format!("{}:latest", lab.name("app")), lab, lines)
    }

    pub(super) fn called(name: String, lab: &'a Lab, lines: &str) -> Self {
        let image = Self { name, lab };
        image.build(lines);
        image
    }

    /// Another image takes the name.
    pub(super) fn build(&self, lines: &str) {
        use std::io::Write;
        use std::process::{Command, Stdio};
        let text = format!("FROM busybox\nLABEL {}\n{lines}\n", self.lab.label);
        let mut child = Command::new("docker")
            .args(["build", "-q", "-t", &self.name, "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success(), "docker build");
    }

    pub(super) fn id(&self) -> String {
        said(&["image", "inspect", "-f", "{{.Id}}", &self.name])
    }
}

pub(super) fn cmd() -> String {
    format!("CMD [\"sh\", \"-c\", {POLITE:?}]")
}

pub(super) fn start(lab: &Lab, first: &str) -> Terminal {
    lab.look_with(Start::new(&[]).config(SETTINGS), first)
}

/// A container with all that has to be kept.
struct Rich {
    web: String,
    second: String,
    address: String,
}

impl Rich {
    fn new(lab: &Lab, image: &Image<'_>) -> Self {
        let part = subnet();
        let one = lab.network("one", &format!("{part}.0/24"));
        let second = lab.network("two", &format!("{}.0/24", subnet()));
        let address = format!("{part}.9");
        let args = [
            "--restart",
            "unless-stopped",
            "-v",
            "/data",
            "-e",
            "MINE=1",
            "--memory",
            "64m",
            "--network",
            &one,
            "--ip",
            &address,
            "--network-alias",
            "api",
            &image.name,
        ];
        let (web, output) = lab.try_run("web", &args);
        assert!(output.status.success(), "{output:?}");
        said(&["network", "connect", "--alias", "second", &second, &web]);
        said(&["exec", &web, "sh", "-c", "echo saved >/data/x"]);
        Self {
            web,
            second,
            address,
        }
    }

    /// That it is as it was made, on the image of that id.
    fn is_whole(&self, image: &str) {
        let web = &self.web;
        assert_eq!(field(web, "{{.Image}}"), image);
        let env = field(web, "{{json .Config.Env}}");
        assert!(env.contains("MINE=1"), "{env}");
        let host = "{{.State.Running}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}}";
        assert_eq!(field(web, host), "true unless-stopped 67108864");
        let networks = field(web, "{{json .NetworkSettings.Networks}}");
        for told in [
            &format!("\"IPAddress\":\"{}\"", self.address),
            "\"api\"",
            "\"second\"",
            &self.second,
        ] {
            assert!(networks.contains(told), "{told} in {networks}");
        }
        assert_eq!(said(&["exec", web, "cat", "/data/x"]), "saved");
    }
}

/// That nothing else of it is left.
pub(super) fn is_alone(lab: &Lab, web: &str) {
    let all = said(&[
        "ps",
        "-a",
        "--format",
        "{{.Names}}",
        "--filter",
        &format!("label={}", lab.label),
    ]);
    let names: Vec<&str> = all.lines().filter(|name| name.contains(web)).collect();
    assert_eq!(names, [web], "{all}");
}

#[test]
fn a_newer_image_is_taken_and_nothing_is_lost() {
    let Some(lab) = Lab::open("a_newer_image_is_taken") else {
        return;
    };
    let image = Image::new(&lab, &format!("ENV FROM=old KEPT=1\n{}", cmd()));
    let rich = Rich::new(&lab, &image);
    let web = rich.web.clone();
    let other = lab.run("side", &["--network", &format!("container:{web}")], POLITE);
    said(&["exec", &web, "touch", "/written"]);
    let mut terminal = start(&lab, &web);
    // the registry is not reached, and there is no newer one
    terminal.keys("U");
    terminal.wait("no newer");
    image.build(&format!("ENV FROM=new KEPT=1\nEXPOSE 81\n{}", cmd()));
    terminal.keys("U");
    terminal.wait(&format!("Upgrade {web}?"));
    for told in [
        "The registry was not reached",
        "env FROM: old → new",
        "port 81/tcp: new",
        "/data: ",
        "A /written",
        &format!("{other} lives in its network"),
    ] {
        terminal.wait(told);
    }
    // it stands on Cancel
    terminal.keys("<enter>");
    terminal.wait_gone(&format!("Upgrade {web}?"));
    terminal.keys("U");
    terminal.wait(&format!("Upgrade {web}?"));
    terminal.keys("y");
    terminal.wait_within(LONG, "the old one to go", |seen| {
        seen.shows("docker rm -f") && seen.shows("has run for 2 s")
    });
    terminal.wait("ended");
    rich.is_whole(&image.id());
    is_alone(&lab, &web);
    let env = field(&web, "{{json .Config.Env}}");
    assert!(
        env.contains("FROM=new") && !env.contains("FROM=old"),
        "{env}"
    );
    terminal.keys("q0");
    terminal.wait_row(&["upgrade", "done"]);
    terminal.quit();
}

#[test]
fn what_was_written_into_it_becomes_an_image_first() {
    let Some(lab) = Lab::open("what_was_written_into_it") else {
        return;
    };
    let image = Image::new(&lab, &cmd());
    let (web, output) = lab.try_run("web", &[&image.name]);
    assert!(output.status.success(), "{output:?}");
    said(&["exec", &web, "sh", "-c", "echo precious >/written"]);
    let old = image.id();
    image.build(&format!("ENV NEW=1\n{}", cmd()));
    let short = &old.trim_start_matches("sha256:")[..12];
    let made = format!("{web}-written:{short}");
    let mut terminal = start(&lab, &web);
    terminal.keys("U");
    terminal.wait("Written into it, and lost with it:");
    terminal.wait("A /written");
    terminal.wait(&format!("[ ] make the image {made}"));
    terminal.keys("<tab><tab><space>");
    terminal.wait(&format!("[x] make the image {made}"));
    terminal.keys("y");
    terminal.wait_within(LONG, "the new one", |seen| seen.shows("has run for 2 s"));
    terminal.wait("ended");
    assert_eq!(field(&web, "{{.Image}}"), image.id());
    assert!(!docker(&["exec", &web, "cat", "/written"]).status.success());
    assert_eq!(
        said(&["run", "--rm", "--entrypoint", "cat", &made, "/written"]),
        "precious"
    );
    terminal.keys("q0");
    terminal.wait_row(&["upgrade", "done"]);
    terminal.quit();
}

#[test]
fn one_that_does_not_work_gives_way_to_the_old_one() {
    let Some(lab) = Lab::open("one_that_does_not_work_gives_way") else {
        return;
    };
    let image = Image::new(&lab, &cmd());
    let rich = Rich::new(&lab, &image);
    let web = rich.web.clone();
    let (old, id) = (image.id(), field(&web, "{{.Id}}"));
    for broken in [
        "CMD [\"sh\", \"-c\", \"exit 3\"]".to_owned(),
        "CMD [\"/no/such/program\"]".to_owned(),
        format!(
            "HEALTHCHECK --interval=1s --retries=1 CMD echo sick; false\n{}",
            cmd()
        ),
    ] {
        image.build(&broken);
        let mut terminal = start(&lab, &web);
        terminal.keys("U");
        terminal.wait(&format!("Upgrade {web}?"));
        terminal.keys("y");
        terminal.wait_within(LONG, "the failure", |seen| {
            seen.shows("[undo] docker rename")
        });
        terminal.wait("the old one is back");
        rich.is_whole(&old);
        is_alone(&lab, &web);
        assert_eq!(field(&web, "{{.Id}}"), id);
        terminal.keys("q");
        terminal.quit();
    }
}

#[test]
fn one_that_goes_when_it_ends_is_made_anew_only_on_a_word() {
    let Some(lab) = Lab::open("one_that_goes_when_it_ends") else {
        return;
    };
    let image = Image::new(&lab, &cmd());
    let (job, output) = lab.try_run("job", &["--rm", "-e", "MINE=1", &image.name]);
    assert!(output.status.success());
    let id = field(&job, "{{.Id}}");
    let old = image.id();
    image.build("CMD [\"sh\", \"-c\", \"exit 3\"]");
    let mut terminal = start(&lab, &job);
    terminal.keys("U");
    terminal.wait("the old one cannot be kept");
    terminal.keys("y");
    terminal.wait("choose to make it anew all the same");
    assert_eq!(field(&job, "{{.Id}}"), id);
    // the new one fails: it is made again from what it was made from
    terminal.keys("U");
    terminal.wait("the old one cannot be kept");
    terminal.keys("<tab><tab><space>");
    terminal.wait("[x] make it anew");
    terminal.keys("y");
    terminal.wait_within(LONG, "it to come back", |seen| {
        seen.shows("was made again from its specification")
    });
    assert_eq!(
        field(&job, "{{.Image}} {{.State.Running}}"),
        format!("{old} true")
    );
    assert!(field(&job, "{{json .Config.Env}}").contains("MINE=1"));
    terminal.keys("q");
    image.build(&format!("ENV NEW=1\n{}", cmd()));
    // what was made again has the old image by its id, which no newer one can follow
    terminal.wait_row(&[&job, "running"]);
    terminal.keys(&format!(":{job}<enter>U"));
    terminal.wait("without a name");
    said(&["rm", "-f", &job]);
    terminal.wait_gone(&format!("● {job}"));
    image.build(&cmd());
    let (job, output) = lab.try_run("again", &["--rm", &image.name]);
    assert!(output.status.success());
    image.build(&format!("ENV NEW=2\n{}", cmd()));
    terminal.wait_row(&[&job, "running"]);
    terminal.keys(&format!(":{job}<enter>U"));
    terminal.wait("the old one cannot be kept");
    terminal.keys("<tab><tab><space>y");
    terminal.wait_within(LONG, "the new one", |seen| seen.shows("has run for 2 s"));
    terminal.wait("ended");
    assert_eq!(
        field(&job, "{{.Image}} {{.HostConfig.AutoRemove}}"),
        format!("{} true", image.id())
    );
    is_alone(&lab, &job);
    terminal.keys("q");
    terminal.quit();
}

/// The steps of an upgrade, each by the request that it begins with; the proof has none of its own.
const STEPS: [Option<Held>; 8] = [
    Some(("POST", "/rename")),
    Some(("POST", "/update")),
    Some(("POST", "/containers/create")),
    Some(("POST", "/connect")),
    Some(("POST", "/stop")),
    Some(("POST", "/start")),
    None,
    Some(("DELETE", "/containers/")),
];

/// Begins an upgrade by keys and kills the program at a step: all before it is done, and nothing
/// after it.
fn killed_at(lab: &Lab, web: &str, step: Option<Held>) {
    // one proves for so long that it is surely killed before it has
    let proof = if step.is_some() { 1 } else { 600 };
    let begin = Start::new(&[]).config(&format!("upgrade_proof = {proof}\n"));
    let gate = Gate::holding(step.unwrap_or(("none", "")));
    let mut terminal = lab.look_with(begin.env("DOCKER_HOST", &gate.address()), web);
    terminal.keys("U");
    terminal.wait(&format!("Upgrade {web}?"));
    terminal.keys("y");
    match step {
        Some(_) => gate.wait(),
        None => {
            terminal.wait_within(LONG, "the proof", |seen| seen.shows("# wait until"));
        }
    }
    terminal.signal(rustix::process::Signal::KILL);
    terminal.wait_exit();
}

/// Another start, of whoever, finds it and finishes it or undoes it.
fn recover(lab: &Lab, web: &str, finishes: bool) {
    let aside = format!("{web}.pilothouse-old-unless-stopped");
    let is_made = docker(&["inspect", web]).status.success();
    let found = if is_made { web } else { &aside };
    // its name may be too long to show whole
    let mut terminal = lab.list(Start::new(&[]).config(SETTINGS));
    terminal.wait(web);
    terminal.keys("9");
    terminal.wait(&format!("an upgrade of {web} was left half done"));
    terminal.keys("1");
    terminal.keys(&format!(":{found}<enter>U"));
    terminal.wait("was left half done");
    terminal.wait("Undo the upgrade");
    // it stands on what is likelier: without a new one on the undoing
    let (keys, asks) = match (finishes, is_made) {
        (true, true) => ("<enter>", "Finish"),
        (true, false) => ("<up><enter>", "Finish"),
        (false, true) => ("<down><enter>", "Undo"),
        (false, false) => ("<enter>", "Undo"),
    };
    terminal.keys(keys);
    terminal.wait(&format!("{asks} the upgrade of {web}?"));
    terminal.keys("y");
    terminal.wait_within(LONG, "the end", |seen| seen.shows("ended · "));
    terminal.keys("q");
    terminal.quit();
}

/// One container through all the steps, killed at each.
fn killed_at_each_step(name: &str, finishes: bool) {
    let Some(lab) = Lab::open(name) else {
        return;
    };
    let image = Image::new(&lab, &cmd());
    let rich = Rich::new(&lab, &image);
    let (web, old) = (rich.web.clone(), image.id());
    image.build(&format!("ENV NEW=1\n{}", cmd()));
    let (mut is, mut comes) = (old, image.id());
    for step in STEPS {
        said(&["tag", &comes, &image.name]);
        let id = field(&web, "{{.Id}}");
        killed_at(&lab, &web, step);
        if step == STEPS[0] {
            // nothing was done, and there is nothing to recover from
            assert_eq!(field(&web, "{{.Id}}"), id);
        } else {
            recover(&lab, &web, finishes);
            assert_eq!(field(&web, "{{.Id}}") == id, !finishes, "{step:?}");
            if finishes {
                std::mem::swap(&mut is, &mut comes);
            }
        }
        rich.is_whole(&is);
        is_alone(&lab, &web);
    }
}

#[test]
fn killed_at_any_step_another_start_finishes_it() {
    killed_at_each_step("killed_at_any_step_finishes", true);
}

#[test]
fn killed_at_any_step_another_start_undoes_it() {
    killed_at_each_step("killed_at_any_step_undoes", false);
}
