//! Engines that are not there, die, hang, refuse and babble: the built program says which host and
//! why, answers keys meanwhile, and is live again by itself when the engine is.

#![allow(
    clippy::unwrap_used,
    clippy::duration_suboptimal_units,
    reason = "what cannot be set up fails its test; times are compared in one unit"
)]

mod pty;

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use pilothouse::cli::Cli;
use pilothouse::demo::{self, Demo, Fault, Options, Scenario};
use pty::{LIMIT, Seen, Start, Terminal};
use rustix::process::{Pid, Signal, kill_process};

/// How soon what is wrong must be on the screen: two seconds, and what a busy machine adds.
const SOON: Duration = Duration::from_millis(3_500);
/// How soon it must be live again.
const AGAIN: Duration = Duration::from_millis(3_500);
/// How soon a key must have its effect.
const KEY: Duration = Duration::from_millis(1_000);

fn engine() -> Demo {
    demo::start(Options::default()).unwrap()
}

fn place(demo: &Demo) -> String {
    format!("unix://{}", demo.socket().display())
}

/// Keys act: help opens and closes.
fn answers_keys(terminal: &mut Terminal) {
    terminal.keys("?");
    terminal.wait_within(KEY, "the help", |seen| seen.shows("─ Keys"));
    terminal.keys("q");
    terminal.wait_within(KEY, "the help to close", |seen| !seen.shows("─ Keys"));
}

/// It is live: the badge says so, the containers show, a change is seen.
fn is_live(terminal: &Terminal, row: &str, limit: Duration) {
    terminal.wait_within(limit, "the live list", |seen| {
        seen.shows("● live") && seen.shows(row) && !seen.shows("lost")
    });
}

#[test]
fn without_a_socket_it_says_where_it_looked_and_what_to_do() {
    let demo = engine();
    let start = Start::new(&[]);
    let socket = start.home().join("none.sock");
    let address = format!("unix://{}", socket.display());
    let mut terminal = start.env("DOCKER_HOST", &address).spawn();
    terminal.wait_within(SOON, "the reason", |seen| seen.shows("no such file"));
    for text in [
        "No engine answers",
        "none.sock",
        "DOCKER_HOST",
        "r try again",
        "h another host",
    ] {
        terminal.wait(text);
    }
    answers_keys(&mut terminal);
    // a socket that nobody listens at has another reason
    drop(UnixListener::bind(&socket).unwrap());
    terminal.keys("r");
    terminal.wait_within(SOON, "the other reason", |seen| seen.shows("refused"));
    // an address that is typed; one that is none is told while it is typed
    terminal.keys("h");
    terminal.wait("host:port");
    terminal.keys("here");
    terminal.wait("an address begins with unix://");
    terminal.keys(&format!("<ctrl-u>{}", place(&demo)));
    terminal.wait(&place(&demo));
    terminal.keys("<enter>");
    is_live(&terminal, " web-1 ", LIMIT);
    terminal.quit();
}

#[test]
fn an_engine_that_is_too_old_is_told_with_the_oldest_that_works() {
    let old = demo::start(Options {
        api_version: (1, 40),
        ..Options::default()
    });
    let (old, good) = (old.unwrap(), engine());
    let host = format!("attic={}", place(&old));
    let mut terminal = Start::new(&["-H", &host]).size(120, 40).spawn();
    terminal.wait("No engine answers");
    for text in [
        " attic ",
        &place(&old),
        "Docker 19.03.15 is too old: it speaks API 1.40",
        "and 1.41 (Docker 20.10) is the oldest",
        "that works",
        "update the engine there, or choose another host",
    ] {
        terminal.wait(text);
    }
    // nothing was asked of it but who it is, and by nobody a version that it has not
    let asked = old.counters().by_route;
    assert!(
        asked.keys().all(|route| route.ends_with("/_ping")),
        "{asked:?}"
    );
    answers_keys(&mut terminal);
    // the doctor says it at its step, and no step before is wrong
    terminal.keys("e");
    terminal.wait("Doctor · attic");
    terminal.wait_row(&["✓", "socket", &old.socket().display().to_string()]);
    terminal.wait_row(&["✗", "version", "Docker 19.03.15 is too old", "API 1.40"]);
    terminal.wait_row(&["update the engine there"]);
    terminal.wait_row(&["·", "clock", "not tried"]);
    assert_eq!(terminal.text().matches('✗').count(), 1);
    terminal.quit();
    // beside one that is not too old it is named where hosts and findings are listed
    let beside = format!("good={}", place(&good));
    let mut terminal = Start::new(&["-H", &host, "-H", &beside])
        .size(200, 50)
        .spawn();
    terminal.wait(" web-1 ");
    terminal.keys("7");
    terminal.wait_row(&["attic", "down", "Docker 19.03.15 is t"]);
    terminal.wait_row(&["good", "live", "20.10.24"]);
    terminal.keys("9");
    terminal.wait_row(&["attic", "Docker 19.03.15 is too old"]);
    terminal.quit();
}

#[test]
fn of_two_engines_the_one_that_answers_late_is_named_while_it_does() {
    let (near, far) = (engine(), engine());
    far.set_fault(Fault::SlowBy(Duration::from_millis(150)));
    let hosts = [&near, &far].map(place);
    let hosts = [format!("near={}", hosts[0]), format!("far={}", hosts[1])];
    let start = Start::new(&["-H", &hosts[0], "-H", &hosts[1]]).size(160, 40);
    let mut terminal = start.spawn();
    let late = |seen: &Seen| {
        let text = seen.text();
        let row = text.lines().next().unwrap_or_default().to_owned();
        let millis = row.split("2 live  far 1").nth(1);
        millis.is_some_and(|rest| rest.contains(" ms late"))
    };
    terminal.wait_until("the late one to be named", late);
    terminal.keys("7");
    terminal.wait_row(&["far", "live · late", " ms"]);
    terminal.wait_row(&["near", "live  "]);
    far.set_fault(Fault::None);
    terminal.wait_gone("late");
    terminal.wait("2 live");
    terminal.quit();
}

#[test]
fn the_demo_is_one_key_away() {
    let mut terminal = Terminal::start(&["-H", "unix:///nowhere/at/all.sock"]);
    terminal.wait_within(SOON, "the reason", |seen| seen.shows("no such file"));
    terminal.keys("d");
    is_live(&terminal, " web-1 ", LIMIT);
    terminal.wait(" demo ");
    terminal.quit();
}

#[test]
fn an_engine_that_comes_up_later_is_found_without_a_key() {
    let demo = engine();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("late.sock");
    let address = format!("unix://{}", socket.display());
    let terminal = Terminal::start(&["-H", &address]);
    terminal.wait("no such file");
    // the pauses between tries stay short: what is a second away is found in one
    terminal.wait("Next try in 1s");
    symlink(demo.socket(), &socket).unwrap();
    is_live(&terminal, " web-1 ", AGAIN);
    terminal.quit();
}

#[test]
fn a_dead_engine_is_told_and_its_return_is_seen() {
    let demo = engine();
    let mut terminal = Terminal::start(&["-H", &place(&demo)]);
    is_live(&terminal, " web-1 ", LIMIT);
    demo.pause();
    terminal.wait_within(SOON, "the badge", |seen| seen.shows("✖ lost"));
    terminal.wait("does not answer since");
    // what was known still shows, and keys act on it
    terminal.wait(" web-1 ");
    answers_keys(&mut terminal);
    terminal.keys("r");
    terminal.wait("could not");
    terminal.assert_whole("lost");
    // away for so long that the pauses between tries have grown
    terminal.wait_within(Duration::from_secs(20), "ten seconds to pass", |seen| {
        seen.shows("lost 8s ago") || seen.shows("lost 9s ago") || seen.shows("lost 10s ago")
    });
    let other = Options {
        scenario: Scenario::Crowd,
        count: Some(5),
        ..Options::default()
    };
    demo.resume_with(other).unwrap();
    terminal.wait_within(AGAIN, "the other containers", |seen| {
        seen.shows("● live") && !seen.shows(" web-1 ") && seen.shows("Containers 5")
    });
    terminal.wait("answers again");
    answers_keys(&mut terminal);
    terminal.quit();
}

/// A fault from the start: what must show, and recovery when it is lifted.
fn from_the_start(fault: Fault, sentence: &str, again: Duration) {
    let demo = engine();
    demo.set_fault(fault);
    let address = place(&demo);
    let mut terminal = Terminal::start(&["-H", &address]);
    terminal.wait_within(SOON, sentence, |seen| seen.shows(sentence));
    // which host
    terminal.wait(&address);
    answers_keys(&mut terminal);
    terminal.assert_whole(sentence);
    demo.set_fault(Fault::None);
    is_live(&terminal, " web-1 ", again);
    terminal.quit();
}

#[test]
fn refusing_from_the_start() {
    from_the_start(
        Fault::Refuse500,
        "the engine answered 500 to everything",
        AGAIN,
    );
}

#[test]
fn hanging_from_the_start() {
    from_the_start(Fault::HangFromFirstByte, "no answer within 2 s", AGAIN);
}

#[test]
fn hanging_after_the_ping() {
    let sentence = "the engine answered the ping, but not the list";
    from_the_start(Fault::HangAfterPing, sentence, AGAIN);
}

#[test]
fn babbling_from_the_start() {
    from_the_start(Fault::GarbageJson, "made no sense", AGAIN);
}

#[test]
fn breaking_off_from_the_start() {
    from_the_start(Fault::CloseMidStream, "closed the connection before", AGAIN);
}

#[test]
fn hanging_up_from_the_start() {
    from_the_start(Fault::CloseAtOnce, "closed the connection before", AGAIN);
}

#[test]
fn something_else_at_the_socket() {
    from_the_start(Fault::NotAnEngine, "not an engine", AGAIN);
}

/// A fault in the middle: keys act, what is asked for now fails with a sentence, and all is well
/// when it is lifted.
fn in_the_middle(fault: Fault, sentence: &str, again: Duration) {
    let demo = engine();
    let mut terminal = Terminal::start(&["-H", &place(&demo)]);
    is_live(&terminal, " web-1 ", LIMIT);
    demo.set_fault(fault);
    // listing anew is asked for
    terminal.keys("<ctrl-r>");
    terminal.wait_within(SOON, sentence, |seen| seen.shows(sentence));
    terminal.wait(" web-1 ");
    answers_keys(&mut terminal);
    demo.set_fault(Fault::None);
    terminal.keys("<ctrl-r>");
    is_live(&terminal, " web-1 ", again);
    terminal.wait_within(again, "the end of it", |seen| !seen.shows(sentence));
    // and what is done is done
    terminal.keys(":shop-worker-1<enter>");
    terminal.wait("─ ● shop-worker-1 ─");
    terminal.keys("p");
    terminal.wait_row(&["worker-1", "paused"]);
    terminal.quit();
}

#[test]
fn refusing_in_the_middle() {
    in_the_middle(Fault::Refuse500, "▲ could not", AGAIN);
}

#[test]
fn hanging_in_the_middle() {
    in_the_middle(Fault::HangAfterPing, "▲ could not", AGAIN);
}

#[test]
fn babbling_in_the_middle() {
    in_the_middle(Fault::GarbageJson, "▲ could not", AGAIN);
}

#[test]
fn breaking_off_in_the_middle() {
    in_the_middle(Fault::CloseMidStream, "✖ lost", LIMIT);
}

/// A served engine that can be frozen like any process.
struct Served(Child);

impl Served {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_frozen_engine_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let served = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .args(["demo", "--listen"])
        .arg(&socket)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let served = Served(served);
    let mut terminal = Terminal::start(&["-H", &format!("unix://{}", socket.display())]);
    is_live(&terminal, " web-1 ", LIMIT);
    served.signal(Signal::STOP);
    terminal.keys("<ctrl-r>");
    answers_keys(&mut terminal);
    terminal.wait_within(LIMIT, "what is wrong", |seen| {
        seen.shows("▲ the engine") || seen.shows("✖ lost") || seen.shows("could not")
    });
    answers_keys(&mut terminal);
    // what is done meanwhile waits or fails, and blocks nothing
    terminal.keys(":shop-worker-1<enter>");
    terminal.wait("─ ● shop-worker-1 ─");
    terminal.keys("p");
    answers_keys(&mut terminal);
    served.signal(Signal::CONT);
    is_live(&terminal, " web-1 ", LIMIT);
    terminal.signal(Signal::TERM);
    terminal.assert_ended(1);
}

/// Whether the task below has failed.
static FAILED: AtomicBool = AtomicBool::new(false);

/// What is asked to write down that the past of a container was not told: it panics the first
/// time, and so does the task that asked.
struct Capsizes;

impl tracing::Subscriber for Capsizes {
    fn enabled(&self, of: &tracing::Metadata<'_>) -> bool {
        of.target() == "pilothouse::engine::past"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        assert!(FAILED.swap(true, Ordering::Relaxed), "capsized on purpose");
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// The whole program, but for one task that fails once. Run in a terminal by the test below.
#[test]
#[ignore = "wants a terminal; a_task_that_fails_is_told_and_begins_anew runs it"]
fn the_program_with_a_task_that_fails() {
    tracing::subscriber::set_global_default(Capsizes).unwrap();
    pilothouse::app::start(&Cli::parse_from(["pilothouse"])).unwrap();
}

#[test]
fn a_task_that_fails_is_told_and_begins_anew() {
    let demo = engine();
    for deed in ["pause", "unpause"] {
        let mut engine = UnixStream::connect(demo.socket()).unwrap();
        let request = format!(
            "POST /containers/shop-web-1/{deed} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n"
        );
        engine.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        engine.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }
    let own = std::env::current_exe().unwrap();
    let test = "the_program_with_a_task_that_fails";
    let arguments = ["--exact", test, "--ignored", "--nocapture"];
    let mut terminal = Start::program(own.to_str().unwrap(), &arguments)
        .env("DOCKER_HOST", &place(&demo))
        .spawn();
    is_live(&terminal, " web-1 ", LIMIT);
    // what happened before is asked for in vain, and what should write that down fails
    terminal.keys(":shop-web-1<enter>");
    terminal.wait("─ ● shop-web-1 ─");
    demo.set_fault(Fault::Refuse500);
    terminal.keys("W[");
    terminal.wait("Pilothouse itself failed in looking");
    answers_keys(&mut terminal);
    assert!(!terminal.seen().shows("unpause"), "{}", terminal.text());
    // the task lives again: it brings what the engine remembers
    demo.set_fault(Fault::None);
    terminal.wait("unpause");
    terminal.signal(Signal::TERM);
    terminal.wait_exit();
    terminal.assert_restored();
}
