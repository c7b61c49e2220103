//! Two real engines side by side, by keys in a real terminal: one list, actions on each, a form that
//! keeps the second one in the settings, one that falls silent beside one that does not, what is
//! wrong, what happens, ports over ssh. `docker` at each engine is the witness. Without both engines
//! nothing is tried, and it says so; CI must have them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "what cannot be set up fails its test; a test's own threads and clock"
)]

mod pty;
#[path = "transport/sshd.rs"]
#[expect(dead_code, reason = "another test uses the rest")]
mod sshd;
#[path = "side_by_side/totals.rs"]
mod totals;

use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use pty::lab::{Lab, POLITE, docker, said};
use pty::proxy::Proxy;
use pty::skip::skip;
use pty::{LIMIT, Start, Terminal};

/// The image that the second engine is given, which has none of the first one's.
const IMAGE: &str = "busybox:latest";
/// How long an engine that says nothing any more may be believed to be there.
const SILENT: Duration = Duration::from_secs(60);

/// The engine beside the first one, behind a way of the test's own.
struct There {
    certificates: PathBuf,
    proxy: Proxy,
    label: String,
}

impl There {
    /// None: there is no second engine here.
    fn open(lab: &Lab) -> Option<Self> {
        let dir = std::env::var("LAB_DIR")
            .map_or_else(|_| std::env::temp_dir().join("engine-lab"), PathBuf::from);
        let port = std::env::var("LAB_TLS_PORT").unwrap_or_else(|_| "2376".into());
        let certificates = dir.join("tls/client");
        let place = format!("127.0.0.1:{port}");
        let up = certificates.join("ca.pem").exists() && TcpStream::connect(&place).is_ok();
        if !up {
            skip(&format!("no second engine answers at {place}"));
            return None;
        }
        let there = Self {
            certificates,
            proxy: Proxy::to(&place),
            label: lab.label.clone(),
        };
        let mut save = Command::new("docker")
            .args(["save", IMAGE])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let load = there
            .command(&["load", "-q"])
            .stdin(save.stdout.take().unwrap())
            .output();
        assert!(load.unwrap().status.success() && save.wait().unwrap().success());
        Some(there)
    }

    fn command(&self, args: &[&str]) -> Command {
        let port = std::env::var("LAB_TLS_PORT").unwrap_or_else(|_| "2376".into());
        let mut command = Command::new("docker");
        command.args(["-H", &format!("tcp://127.0.0.1:{port}"), "--tlsverify"]);
        for (option, file) in [("ca", "ca"), ("cert", "cert"), ("key", "key")] {
            let file = self.certificates.join(format!("{file}.pem"));
            command.arg(format!(
                "--tls{}",
                if option == "ca" { "cacert" } else { option }
            ));
            command.arg(file);
        }
        command.args(args);
        command
    }

    /// What `docker` prints at this engine; it must not fail.
    fn said(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {args:?} there: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A container of the test on this engine.
    fn run(&self, name: &str) {
        let label = [
            "--label",
            "pilothouse.test=1",
            "--label",
            self.label.as_str(),
        ];
        let run = [
            &["run", "-d", "--name", name][..],
            &label,
            &[IMAGE, "sh", "-c", POLITE],
        ];
        self.said(&run.concat());
    }

    fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.proxy.port)
    }

    /// The settings of both hosts.
    fn settings(&self) -> String {
        format!(
            "{HERE}\n[[hosts]]\nname = \"away\"\naddress = \"{}\"\ntls = \"{}\"\n",
            self.address(),
            self.certificates.display()
        )
    }
}

impl Drop for There {
    fn drop(&mut self) {
        let filter = format!("label={}", self.label);
        let ids = self.command(&["ps", "-aq", "--filter", &filter]).output();
        let ids = ids.map(|ids| String::from_utf8_lossy(&ids.stdout).into_owned());
        for id in ids.unwrap_or_default().lines() {
            let _ = self.command(&["rm", "-fv", id]).output();
        }
    }
}

/// The first host in a settings file with a comment of its own.
const HERE: &str = "# my hosts\n[[hosts]]\nname = \"home\" # this machine\n\
    address = \"unix:///var/run/docker.sock\"\n";

/// What a container is, by an engine's word: its id, whether it runs, since when.
fn is(said: &dyn Fn(&[&str]) -> String, name: &str) -> String {
    let format = "{{.Id}} {{.State.Status}} {{.State.StartedAt}}";
    said(&["inspect", "-f", format, name])
}

fn state(said: &dyn Fn(&[&str]) -> String, name: &str) -> String {
    said(&["inspect", "-f", "{{.State.Status}}", name])
}

/// Waits until an engine says so, and the list too.
fn becomes(
    terminal: &Terminal,
    said: &dyn Fn(&[&str]) -> String,
    (host, name): (&str, &str),
    wanted: &str,
) {
    terminal.wait_until(&format!("{host}/{name} to be {wanted}"), |seen| {
        shows(&seen.text(), &[&format!("{name} "), host, wanted]) && state(said, name) == wanted
    });
}

/// Goes to a container of a host.
fn go(terminal: &mut Terminal, host: &str, name: &str) {
    terminal.keys(&format!(":{host}/{name}<enter>"));
    terminal.wait_until(&format!("{host}/{name} to be selected"), |seen| {
        let text = seen.text();
        let selected = text.lines().find(|row| row.starts_with('▌'));
        selected.is_some_and(|row| row.contains(name) && row.contains(host))
    });
}

/// Whether a row shows a container of a host in a state.
fn shows(text: &str, parts: &[&str]) -> bool {
    let rows = text
        .lines()
        .map(|row| row.chars().take(100).collect::<String>());
    rows.into_iter()
        .any(|row| parts.iter().all(|part| row.contains(part)))
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one sitting before two engines, step by step"
)]
fn two_engines_are_one_list_and_each_is_acted_on_alone() {
    let Some(lab) = Lab::open("two_engines") else {
        return;
    };
    let Some(there) = There::open(&lab) else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    there.run(&web);
    let here = |args: &[&str]| said(args);
    let far = |args: &[&str]| there.said(args);

    let mut terminal = Start::new(&[]).size(200, 50).config(HERE).spawn();
    terminal.wait("● live");
    // the second host is added by a form, which tries it before it is kept
    terminal.keys("7n");
    terminal.wait("Add a host");
    terminal.keys("tcp//");
    terminal.wait("an address begins with");
    terminal.keys(&format!("<ctrl-u>{}<tab>away<tab>", there.address()));
    terminal.keys(&format!("{}<ctrl-t>", there.certificates.display()));
    terminal.wait("away: Docker 20");
    terminal.keys("<ctrl-s>");
    terminal.wait("away is kept in");
    terminal.wait("2 of 2 live");
    let file = std::fs::read_to_string(terminal.config_file()).unwrap();
    assert!(
        file.starts_with("# my hosts\n[[hosts]]\nname = \"home\" # this machine\n"),
        "{file}"
    );
    assert!(
        file.contains(&format!("tls = \"{}\"", there.certificates.display())),
        "{file}"
    );

    // one list, told apart by the host
    terminal.keys(&format!("1/label:{}<enter>", lab.label));
    terminal.wait_row(&[&web, "home", "running"]);
    terminal.wait_row(&[&web, "away", "running"]);
    terminal.keys(&format!("/<ctrl-u>label:{} host:away<enter>", lab.label));
    terminal.wait_until("those of one host", |seen| {
        let text = seen.text();
        shows(&text, &[&web, "away"]) && !shows(&text, &[&web, "home"])
    });
    terminal.keys(&format!("/<ctrl-u>label:{}<enter>", lab.label));
    terminal.keys("Haway<enter>");
    terminal.wait("1 of 2 hosts");
    terminal.keys("Haway<enter>");
    terminal.wait("2 hosts");
    terminal.wait_row(&[&web, "home", "running"]);

    // an action on one leaves the other alone
    let before = is(&far, &web);
    go(&mut terminal, "home", &web);
    terminal.keys("s");
    terminal.wait(&format!("Stop {web} on home?"));
    terminal.keys("y");
    becomes(&terminal, &here, ("home", &web), "exited");
    terminal.wait_row(&[&web, "home", "exited"]);
    assert_eq!(is(&far, &web), before);
    terminal.keys("s");
    becomes(&terminal, &here, ("home", &web), "running");
    assert_eq!(is(&far, &web), before);
    let before = is(&here, &web);
    go(&mut terminal, "away", &web);
    let other = format!("{web}-b");
    terminal.keys(&format!("<f2><ctrl-u>{other}<enter>"));
    // in the list, not only in what is told
    terminal.wait_until("the new name in the list", |seen| {
        shows(&seen.text(), &[&format!("{other} "), "running", "away"])
    });
    assert_eq!(state(&far, &other), "running");
    terminal.keys("s");
    terminal.wait(&format!("Stop {other}"));
    terminal.keys("y");
    becomes(&terminal, &far, ("away", &other), "exited");
    assert_eq!(is(&here, &web), before);
    terminal.keys("s");
    becomes(&terminal, &far, ("away", &other), "running");

    // the journal says where, and by which docker line
    terminal.keys("0");
    terminal.wait_row(&[&format!("stop {other}"), "done", "--tlsverify", "away"]);
    terminal.wait_row(&[&format!("rename {web}"), "done", "--tlsverify", "away"]);
    terminal.wait_row(&["done", &format!("docker stop {web}"), "home"]);
    terminal.keys("1");

    // a protected host wants the name, a read-only one refuses; the other does neither
    terminal.keys("Haway<ctrl-e>");
    terminal.wait("Edit away");
    terminal.keys("<tab><tab><tab><tab><tab><space><ctrl-s>");
    // it is connected to anew as what it is now
    terminal.wait("away answers again");
    terminal.wait_row(&[&other, "away", "running"]);
    go(&mut terminal, "away", &other);
    terminal.wait("protected");
    terminal.keys("s");
    terminal.wait(&format!("Stop {other}"));
    // letters are letters, and Enter stands on Cancel as long as the name is not there
    terminal.keys("y<enter>");
    terminal.wait_gone(&format!("Stop {other}"));
    assert_eq!(state(&far, &other), "running");
    terminal.keys("s");
    terminal.wait(&format!("Stop {other}"));
    terminal.keys(&format!("{other}<enter>"));
    becomes(&terminal, &far, ("away", &other), "exited");
    go(&mut terminal, "home", &web);
    terminal.keys("r");
    terminal.wait_until("a restart that asks nothing", |_| {
        let now = is(&here, &web);
        now != before && now.contains(" running ")
    });
    terminal.wait("restarted");
    terminal.keys(":host-edit away<enter>");
    terminal.wait("Edit away");
    terminal.keys("<tab><tab><tab><tab><tab><tab><space><ctrl-s>");
    terminal.wait("away is kept in");
    terminal.wait_row(&[&other, "away", "exited"]);
    go(&mut terminal, "away", &other);
    terminal.wait("read-only");
    terminal.keys("s");
    terminal.wait("read-only: ");
    assert_eq!(state(&far, &other), "exited");
    go(&mut terminal, "home", &web);
    terminal.wait_row(&["▌", &web, "home", "running"]);
    terminal.keys("s");
    terminal.wait(&format!("Stop {web}"));
    terminal.keys("y");
    becomes(&terminal, &here, ("home", &web), "exited");

    // by another name it is the same host
    terminal.keys(":host-edit away<enter>");
    terminal.wait("Edit away");
    terminal.keys("<tab><ctrl-u>moved<ctrl-s>");
    terminal.wait("moved is kept in");
    terminal.wait_row(&[&other, "moved", "exited"]);
    let file = std::fs::read_to_string(terminal.config_file()).unwrap();
    assert!(
        file.starts_with("# my hosts\n") && file.contains("name = \"moved\""),
        "{file}"
    );
    assert!(
        file.contains("read_only = true") && file.contains("protect = true"),
        "{file}"
    );
    terminal.keys("Hmoved<del>");
    terminal.wait("Remove moved from the settings?");
    terminal.keys("y");
    terminal.wait("moved is no longer in");
    terminal.wait_gone(&other);
    terminal.quit();
}

#[test]
fn a_silent_engine_costs_the_other_nothing_and_comes_back() {
    let Some(lab) = Lab::open("a_silent_engine") else {
        return;
    };
    let Some(there) = There::open(&lab) else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    there.run(&web);
    let here = |args: &[&str]| said(args);
    let start = Start::new(&[]).size(200, 50).config(&there.settings());
    let mut terminal = start.spawn();
    terminal.wait("2 live");
    terminal.keys(&format!("/label:{}<enter>", lab.label));
    terminal.wait_row(&[&web, "home", "running"]);
    terminal.wait_row(&[&web, "away", "running"]);

    // nothing comes through any more, and nobody says so
    there.proxy.freeze(true);
    go(&mut terminal, "home", &web);
    terminal.keys("sy");
    becomes(&terminal, &here, ("home", &web), "exited");
    terminal.wait_row(&[&web, "home", "exited"]);
    terminal.keys("s");
    terminal.wait_row(&[&web, "home", "running"]);
    terminal.wait_within(SILENT, "the loss to be told", |seen| {
        seen.shows("1 lost (retry")
    });
    // the badge counts down, what shows of the host has its age, and the other one is quick
    let mut counted = std::collections::BTreeSet::new();
    terminal.wait_within(SILENT, "the badge to count down", |seen| {
        let text = seen.text();
        let seconds = text
            .split("(retry ")
            .nth(1)
            .and_then(|rest| rest.split('s').next());
        counted.extend(seconds.and_then(|seconds| seconds.parse::<u32>().ok()));
        counted.len() >= 3
    });
    terminal.wait_until("rows with their age", |seen| {
        shows(&seen.text(), &["▲", "away"])
    });
    terminal.keys("sy");
    becomes(&terminal, &here, ("home", &web), "exited");
    terminal.wait_row(&[&web, "home", "exited"]);
    terminal.keys("7");
    terminal.wait_row(&["away", "lost · try"]);
    terminal.keys("9");
    terminal.wait_row(&["away", "unreachable"]);
    terminal.keys("1");

    // it comes back by itself, with what happened meanwhile
    there.said(&["stop", "-t", "3", &web]);
    there.proxy.freeze(false);
    terminal.wait_within(SILENT, "the host to come back", |seen| seen.shows("2 live"));
    terminal.wait_row(&[&web, "away", "exited"]);
    // and again when its connections are cut
    there.proxy.cut(true);
    terminal.wait("1 lost (retry");
    there.proxy.cut(false);
    terminal.wait_within(SILENT, "the host to come back", |seen| seen.shows("2 live"));
    terminal.quit();
}

#[test]
fn what_is_wrong_and_what_happens_is_told_of_real_containers() {
    let Some(lab) = Lab::open("what_is_wrong") else {
        return;
    };
    let check = ["--health-interval", "1s", "--health-retries", "1"];
    let sick = ["--health-cmd", "echo no database; exit 1"];
    let sick = lab.run("sick", &[&check[..], &sick].concat(), POLITE);
    let greedy = "x=a; while :; do x=$x$x; done";
    let greedy = lab.run(
        "greedy",
        &["--memory", "16m", "--memory-swap", "16m"],
        greedy,
    );
    let looping = lab.run("looping", &["--restart", "always"], "exit 4");
    let failed = lab.run("failed", &[], "exit 3");
    let well = lab.run("well", &[], POLITE);
    let settings =
        format!("{HERE}\n[[hosts]]\nname = \"gone\"\naddress = \"unix:///nowhere.sock\"\n");
    let mut terminal = Start::new(&[]).size(200, 50).config(&settings).spawn();
    terminal.wait("live");
    terminal.keys("9");
    let told = [
        ("gone", "unreachable", "no such file"),
        (&*looping, "restart loop", "exit 4"),
        (&*greedy, "OOM-killed", "memory"),
        (&*sick, "unhealthy", "no database"),
        (&*failed, "exited 3", ""),
    ];
    for (name, state, reason) in told {
        terminal.wait_within(SILENT, &format!("{name} {state}"), |seen| {
            let text = seen.text();
            let mut rows = text.lines();
            rows.any(|row| [name, state, reason].iter().all(|part| row.contains(part)))
        });
    }
    let text = terminal.text();
    assert!(!text.contains(&well), "{text}");
    // the worst first
    let place = |name: &str| text.lines().position(|row| row.contains(name)).unwrap();
    let places: Vec<usize> = told.iter().map(|(name, ..)| place(name)).collect();
    assert!(places.is_sorted(), "{places:?} in\n{text}");
    // and one goes to it
    terminal.keys(&format!("/name:{failed}<enter><enter>"));
    terminal.wait(&format!("{failed} ─"));

    // what happens, as it happens; the object is gone to while there is one
    terminal.keys("8");
    let brief = lab.run("brief", &[], POLITE);
    terminal.wait_row(&[&brief, "start"]);
    // its list follows its event
    terminal.keys("1");
    terminal.wait_row(&[&brief, "running"]);
    terminal.keys("8");
    terminal.keys(&format!("/name:{brief} action:start<enter>"));
    terminal.wait_gone(&looping);
    terminal.keys("<enter>");
    terminal.wait(&format!("{brief} ─"));
    docker(&["rm", "-f", &brief]);
    terminal.keys("8");
    terminal.keys(&format!("/<ctrl-u>name:{brief} action:destroy<enter>"));
    terminal.wait_row(&[&brief, "destroy"]);
    terminal.keys("<enter>");
    terminal.wait(&format!("{brief} is gone"));
    terminal.keys("y");
    terminal.wait("Copy from destroy");
    terminal.keys("l");
    terminal.wait("sent to the terminal's clipboard");
    terminal.quit();
}

#[test]
fn a_port_comes_here_over_ssh_by_its_key_and_goes_with_the_program() {
    let Some(lab) = Lab::open("a_port_comes_here") else {
        return;
    };
    if !sshd::there_is_one() {
        return;
    }
    let serve = "while :; do echo over-ssh | nc -l -p 7070; done";
    let web = lab.run("web", &["--expose", "7070"], serve);
    let sshd = sshd::Sshd::start("");
    let bin = sshd.program();
    let path = format!(
        "{}:{}",
        bin.parent().unwrap_or(Path::new("/")).display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let settings = format!(
        "[[hosts]]\nname = \"far\"\naddress = \"ssh://{}/var/run/docker.sock\"\n",
        sshd.alias
    );
    let start = Start::new(&["-H", "far"]).size(200, 50).config(&settings);
    let mut terminal = start.env("PATH", &path).spawn();
    terminal.wait("● live");
    terminal.keys(&format!(":{web}<enter>"));
    terminal.wait(&format!(" {web} ─"));
    terminal.click("Ports");
    terminal.wait_row(&["7070/tcp", "not published"]);
    terminal.keys("F");
    terminal.wait("127.0.0.1:");
    let text = terminal.text();
    let port = text.split("127.0.0.1:").nth(1).unwrap();
    let port: u16 = port
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap();
    let answer = || -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        Some(text)
    };
    terminal.wait_within(LIMIT, "the port to answer", |_| {
        answer().is_some_and(|text| text == "over-ssh\n")
    });
    assert_eq!(sshd.logins(), 1, "the same connection carries it");
    terminal.keys("L");
    terminal.wait_row(&[&format!("127.0.0.1:{port}"), &web, "Enter ends it"]);
    terminal.keys("<enter>");
    terminal.wait_within(LIMIT, "the port to close", |_| answer().is_none());
    // forwarded again, once the program knows of the end, and gone with the program
    terminal.wait("ended the forward");
    terminal.keys("F");
    terminal.wait_within(LIMIT, "the port to answer", |_| answer().is_some());
    terminal.quit();
    sshd::wait_for("the port to close", || answer().is_none());
}
