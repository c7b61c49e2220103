//! A real engine's containers, steered by keys in a real terminal; `docker inspect` is the
//! witness. Without an engine nothing is tried, and it says so; CI must have one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::lab::{Lab, POLITE, becomes, docker, said, state};
use pty::{LIMIT, Start};

#[test]
fn stop_asks_and_start_does_not() {
    let Some(lab) = Lab::open("stop_asks_and_start_does_not") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("s");
    terminal.wait(&format!("Stop {web}?"));
    // it stands on Cancel
    terminal.keys("<enter>");
    terminal.wait_gone(&format!("Stop {web}?"));
    assert_eq!(state(&web), "running");
    terminal.keys("s");
    terminal.wait(&format!("Stop {web}?"));
    terminal.keys("y");
    becomes(&terminal, &web, "exited");
    terminal.keys("s");
    becomes(&terminal, &web, "running");
    let before = said(&["inspect", "-f", "{{.State.StartedAt}}", &web]);
    terminal.keys("r");
    terminal.wait("restarted");
    let after = said(&["inspect", "-f", "{{.State.StartedAt}}", &web]);
    assert_ne!(before, after);
    becomes(&terminal, &web, "running");
    terminal.keys("p");
    becomes(&terminal, &web, "paused");
    terminal.keys("p");
    becomes(&terminal, &web, "running");
    terminal.keys("0");
    for line in ["stop", "start", "restart", "pause", "unpause"] {
        terminal.wait_row(&[&format!("docker {line}"), &web]);
    }
    terminal.quit();
}

#[test]
fn a_signal_is_picked_and_sent() {
    let Some(lab) = Lab::open("a_signal_is_picked_and_sent") else {
        return;
    };
    let web = lab.run(
        "web",
        &[],
        "trap 'echo got-usr1' USR1; trap 'exit 7' TERM; while :; do sleep 1 & wait $!; done",
    );
    let mut terminal = lab.look(&web);
    terminal.keys("K");
    terminal.wait("freeze it");
    terminal.keys("USR1<enter>");
    terminal.wait(&format!("Send SIGUSR1 to {web}?"));
    terminal.keys("y");
    terminal.wait("got-usr1");
    terminal.keys("K");
    terminal.wait("freeze it");
    terminal.keys("TERM<enter>");
    terminal.wait(&format!("Send SIGTERM to {web}?"));
    terminal.keys("y");
    terminal.wait_row(&[&web, "exited 7"]);
    assert_eq!(said(&["inspect", "-f", "{{.State.ExitCode}}", &web]), "7");
    terminal.quit();
}

#[test]
fn marked_ones_of_mixed_states_are_stopped_and_started_at_once() {
    let Some(lab) = Lab::open("marked_ones_of_mixed_states") else {
        return;
    };
    let up = lab.run("up", &[], POLITE);
    let other = lab.run("other", &[], POLITE);
    let down = lab.run("down", &[], POLITE);
    said(&["stop", "-t", "0", &down]);
    let mut terminal = lab.look(&up);
    terminal.wait_row(&[&down, "exited"]);
    terminal.keys("*b");
    terminal.wait("3 containers marked");
    terminal.wait("Stop 2, start 1");
    terminal.keys("<enter>");
    terminal.wait("Stop 2, start 1?");
    terminal.wait(&format!("To be started: {down}"));
    terminal.keys("y");
    becomes(&terminal, &up, "exited");
    becomes(&terminal, &other, "exited");
    becomes(&terminal, &down, "running");
    terminal.wait("stopped or started 3 containers");
    terminal.quit();
}

#[test]
fn a_restart_takes_the_time_that_is_typed() {
    let Some(lab) = Lab::open("a_restart_takes_the_time_that_is_typed") else {
        return;
    };
    // deaf to TERM, and to end by what it was made with in ten minutes
    let deaf = lab.run(
        "deaf",
        &["--stop-timeout", "600"],
        "trap '' TERM; echo up; while :; do sleep 1; done",
    );
    let started = || said(&["inspect", "-f", "{{.State.StartedAt}}", &deaf]);
    let before = started();
    let mut terminal = lab.look(&deaf);
    terminal.keys("R");
    terminal.wait(&format!("Restart {deaf}"));
    terminal.keys("<ctrl-u>1<tab>");
    terminal.wait(&format!("docker restart -t 1 {deaf}"));
    // a signal only where the engine takes one
    let api = said(&["version", "-f", "{{.Server.APIVersion}}"]);
    let (_, minor) = api.split_once('.').unwrap();
    if minor.parse::<u32>().unwrap() < 42 {
        terminal.keys("INT<ctrl-s>");
        terminal.wait("a restart by a signal needs 1.42");
        terminal.keys("<ctrl-u>");
    }
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("restarted {deaf}"));
    assert_ne!(started(), before);
    terminal.keys("0");
    terminal.wait_row(&[&format!("docker restart -t 1 {deaf}"), "done"]);
    terminal.quit();
}

#[test]
fn the_keys_of_k9s_act() {
    let Some(lab) = Lab::open("the_keys_of_k9s_act") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let keymap = "keymap = \"k9s\"\n";
    let mut terminal = lab.look_with(Start::new(&[]).config(keymap), &web);
    terminal.shell_by("s");
    terminal.keys("exit 5<enter>");
    terminal.wait("ended with exit code 5");
    terminal.keys("t");
    terminal.wait(&format!("Stop {web}?"));
    terminal.keys("y");
    becomes(&terminal, &web, "exited");
    // which there deletes
    terminal.keys("<ctrl-d>d");
    terminal.wait("1/");
    assert_eq!(state(&web), "exited");
    terminal.quit();
}

#[test]
fn a_new_name_is_typed() {
    let Some(lab) = Lab::open("a_new_name_is_typed") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let other = lab.run("other", &[], POLITE);
    let mut terminal = lab.look(&web);
    let id = said(&["inspect", "-f", "{{.Id}}", &web]);
    // one that is taken is refused in the engine's words, and the list stays right
    terminal.keys("<f2>");
    terminal.wait("new name");
    terminal.keys(&format!("<ctrl-u>{other}<enter>"));
    terminal.wait("is already in use by container");
    // a long message leaves no room for the hint there: the journal has all of it
    terminal.keys("0<enter>");
    terminal.wait("choose another name");
    terminal.keys("q1");
    assert_eq!(said(&["inspect", "-f", "{{.Id}}", &web]), id);
    let fresh = lab.name("fresh");
    terminal.keys("<f2>");
    terminal.wait("new name");
    terminal.keys(&format!("<ctrl-u>{fresh}<enter>"));
    terminal.wait_row(&[&fresh, "running"]);
    assert_eq!(said(&["inspect", "-f", "{{.Id}}", &fresh]), id);
    terminal.quit();
}

#[test]
fn removal_is_refused_then_forced_and_takes_volumes_when_told() {
    let Some(lab) = Lab::open("removal") else {
        return;
    };
    let web = lab.run("web", &["-v", "/data"], POLITE);
    let volume = said(&["inspect", "-f", "{{(index .Mounts 0).Name}}", &web]);
    let mut terminal = lab.look(&web);
    terminal.keys("d");
    terminal.wait(&format!("Remove {web}?"));
    terminal.wait("the engine refuses unless it is forced");
    terminal.keys("y");
    terminal.wait("cannot remove a running container");
    terminal.wait("stop it first, or remove it by force");
    becomes(&terminal, &web, "running");
    terminal.keys("d");
    terminal.wait(&format!("Remove {web}?"));
    terminal.keys("<tab><tab><space>");
    terminal.wait("[x] force");
    terminal.keys("<tab><space>");
    terminal.wait("[x] remove its anonymous volumes");
    terminal.keys("y");
    terminal.wait_until("the row to go", |seen| {
        !seen
            .text()
            .lines()
            .any(|row| row.contains(&web) && row.contains("running"))
    });
    terminal.wait("removed");
    assert!(!docker(&["inspect", &web]).status.success());
    assert!(!docker(&["volume", "inspect", &volume]).status.success());
    terminal.keys("0");
    terminal.wait_row(&["docker rm -f -v", &web, "done"]);
    terminal.quit();
}

#[test]
fn what_is_gone_behind_ones_back_is_told() {
    let Some(lab) = Lab::open("what_is_gone_behind_ones_back_is_told") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let stays = lab.run("stays", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("d");
    terminal.wait(&format!("Remove {web}?"));
    said(&["rm", "-f", &web]);
    terminal.keys("y");
    terminal.wait_until("it to be told", |seen| {
        !seen.shows(&format!("Remove {web}?"))
            && !seen
                .text()
                .lines()
                .any(|row| row.contains(&web) && row.contains("running"))
    });
    // it was seen to go first, or the engine says that there is none
    terminal.wait_until("a word on it", |seen| {
        seen.shows("gone") || seen.shows("Journal 1")
    });
    terminal.wait_row(&[&stays, "running"]);
    // while the removal is under way the end would be asked about
    terminal.keys("0");
    terminal.wait_until("its end", |seen| {
        ["✗ failed", "✓ done", "✓ was so", "nothing was done yet"]
            .iter()
            .any(|end| seen.shows(end))
    });
    terminal.quit();
}

#[test]
fn the_marked_are_stopped_and_started_together() {
    let Some(lab) = Lab::open("the_marked") else {
        return;
    };
    let one = lab.run("one", &[], POLITE);
    let two = lab.run("two", &[], POLITE);
    let three = lab.run("three", &[], POLITE);
    let mut terminal = lab.look(&one);
    terminal.wait(&three);
    terminal.keys("*");
    terminal.wait("3 marked");
    terminal.keys("s");
    terminal.wait("Stop 3 containers?");
    for name in [&one, &two, &three] {
        terminal.wait(name);
    }
    terminal.keys("y");
    for name in [&one, &two, &three] {
        becomes(&terminal, name, "exited");
    }
    // mixed: what runs is counted apart
    said(&["start", &two]);
    becomes(&terminal, &two, "running");
    terminal.keys("*s");
    terminal.wait("Stop 1, start 2?");
    terminal.keys("y");
    becomes(&terminal, &two, "exited");
    becomes(&terminal, &one, "running");
    becomes(&terminal, &three, "running");
    terminal.quit();
}

#[test]
fn pruning_names_what_would_go() {
    let Some(lab) = Lab::open("pruning_names_what_would_go") else {
        return;
    };
    let done = lab.run("done", &[], "head -c 3000000 /dev/zero >/x");
    let runs = lab.run("runs", &[], POLITE);
    let mut terminal = lab.look(&runs);
    terminal.wait_row(&[&done, "exited"]);
    terminal.keys("P");
    terminal.wait("come free");
    let others = said(&[
        "ps",
        "-aq",
        "--filter",
        "status=exited",
        "--filter",
        "status=created",
    ]);
    if others.lines().count() <= 10 {
        terminal.wait_until("it in the dialog", |seen| {
            let text = seen.text();
            text.lines()
                .any(|row| row.contains(&done) && row.contains("iB"))
        });
    }
    // other people's containers may be among them: it is not meant
    terminal.keys("<enter>");
    terminal.wait_gone("come free");
    assert_eq!(state(&done), "exited");
    terminal.quit();
}

#[test]
fn a_shell_tells_its_exit_code() {
    let Some(lab) = Lab::open("a_shell_tells_its_exit_code") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.shell();
    terminal.keys("echo size-$(stty size | tr ' ' x)\r");
    terminal.wait("size-50x200");
    terminal.resize(100, 30);
    terminal.keys("echo size-$(stty size | tr ' ' x)\r");
    terminal.wait("size-30x100");
    terminal.keys("exit 3\r");
    terminal.wait("ended with exit code 3");
    terminal.resize_and_wait(200, 50);
    terminal.wait_row(&[&web, "running"]);
    terminal.assert_whole("after the shell");
    // left by the detach keys: it goes on
    terminal.shell();
    terminal.keys("sleep 1000 & echo under-$((1+1))\r");
    terminal.wait("under-2");
    terminal.detach();
    terminal.wait("detached");
    let runs = said(&["top", &web]);
    assert!(runs.contains("sleep 1000"), "{runs}");
    let shell = runs.lines().any(|line| line.trim_end().ends_with("sh"));
    assert!(shell, "the shell itself goes on: {runs}");
    terminal.quit();
}

#[test]
fn an_image_without_a_shell_is_told_so() {
    let Some(lab) = Lab::open("an_image_without_a_shell") else {
        return;
    };
    let web = lab.run(
        "web",
        &[],
        "rm -f /bin/sh /bin/ash /bin/bash; while :; do /bin/sleep 1; done",
    );
    let mut terminal = lab.look(&web);
    terminal.wait_until("the shells to go", |_| {
        !docker(&["exec", &web, "sh", "-c", "true"]).status.success()
    });
    terminal.keys("e");
    terminal.wait("shell");
    terminal.wait_until("the sentence", |seen| {
        seen.screen().alternate_screen() && seen.shows("in the settings")
    });
    terminal.quit();
}

#[test]
fn a_log_is_followed_over_a_restart() {
    let Some(lab) = Lab::open("a_log_is_followed_over_a_restart") else {
        return;
    };
    let line = "trap 'exit 0' TERM; echo begin; n=0; while :; do n=$((n+1)); echo line-$n; sleep 0.3 & wait $!; done";
    let web = lab.run("web", &[], line);
    let mut terminal = lab.look(&web);
    terminal.wait("line-5");
    terminal.keys("r");
    terminal.wait("restarted");
    terminal.wait_until("the second beginning", |seen| {
        seen.text().matches("begin").count() == 2
    });
    // each line once: what was held is not read again
    let shown = terminal.text();
    assert_eq!(shown.matches("line-1 ").count(), 2, "{shown}");
    terminal.quit();
}

#[test]
fn figures_are_those_of_docker_stats() {
    let Some(lab) = Lab::open("figures_are_those_of_docker_stats") else {
        return;
    };
    let busy = lab.run(
        "busy",
        &["--cpus", "0.3", "--memory", "64m"],
        "while :; do :; done",
    );
    let mut terminal = lab.look(&busy);
    terminal.keys("t");
    terminal.wait("avg");
    let theirs = said(&["stats", "--no-stream", "--format", "{{.CPUPerc}}", &busy]);
    let theirs: f64 = theirs.trim_end_matches('%').parse().unwrap();
    let mut ours = 0.0;
    terminal.wait_until("a figure like theirs", |seen| {
        let text = seen.text();
        let row = text
            .lines()
            .find(|row| row.contains(&busy) && row.contains("running"));
        let figure = row.and_then(|row| {
            let rest = row.split("running").nth(1)?;
            rest.split_whitespace().next()?.parse::<f64>().ok()
        });
        ours = figure.unwrap_or(0.0);
        (ours - theirs).abs() <= theirs * 0.3 + 2.0
    });
    assert!((15.0..45.0).contains(&ours), "{ours} and {theirs}");
    terminal.quit();
}

#[test]
fn read_only_changes_nothing() {
    let Some(lab) = Lab::open("read_only_changes_nothing") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = Start::new(&["--read-only"]).size(200, 50).spawn();
    terminal.wait("● live");
    terminal.keys(&format!(":{web}<enter>"));
    terminal.wait(&format!(" {web} ─"));
    terminal.keys("spdr");
    terminal.keys(&format!(":stop {web}<enter>"));
    terminal.wait_within(LIMIT, "the refusal", |seen| {
        seen.text().matches("read-only").count() > 1
    });
    assert_eq!(state(&web), "running");
    terminal.quit();
}
