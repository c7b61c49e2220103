//! What is inside a real engine's containers, looked at and changed by keys in a real terminal;
//! the `docker` command is the witness.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::lab::{Lab, POLITE, becomes, said};

/// The id inside of the process that runs `sleep` for so many seconds; none: it is gone.
fn sleeper(name: &str, seconds: u32) -> Option<String> {
    let list = r#"for p in /proc/[0-9]*; do echo "${p#/proc/} $(tr '\0' ' ' < $p/cmdline)"; done"#;
    let list = said(&["exec", name, "sh", "-c", list]);
    let wanted = format!(" sleep {seconds}");
    let line = list
        .lines()
        .find(|line| line.trim_end().ends_with(&wanted))?;
    line.split(' ').next().map(str::to_owned)
}

#[test]
fn a_signal_reaches_one_process_and_no_other() {
    let Some(lab) = Lab::open("a_signal_reaches_one_process_and_no_other") else {
        return;
    };
    // two that look the same, but for what they sleep
    let line = "sleep 1001 & sleep 1002 & sleep 1003 & trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done";
    let web = lab.run("web", &[], line);
    let mut terminal = lab.look(&web);
    terminal.keys(":top<enter>");
    terminal.wait("└ sleep 1002");
    terminal.keys("gjj");
    terminal.wait_row(&["▌", "└ sleep 1002"]);
    let inner = sleeper(&web, 1002).unwrap();
    terminal.keys("K");
    terminal.wait("ask it to end");
    terminal.keys("TERM<enter>");
    terminal.wait(&format!("Send SIGTERM to process {inner} of {web}?"));
    // it stands on Cancel
    terminal.keys("<enter>");
    terminal.wait_gone("Send SIGTERM");
    assert!(sleeper(&web, 1002).is_some());
    terminal.keys("K");
    terminal.wait("ask it to end");
    terminal.keys("KILL<enter>");
    terminal.wait("Send SIGKILL to process");
    terminal.keys("y");
    terminal.wait("sent the signal");
    terminal.wait_gone("└ sleep 1002");
    assert_eq!(sleeper(&web, 1002), None);
    assert!(sleeper(&web, 1001).is_some() && sleeper(&web, 1003).is_some());
    // the main process is signalled by the engine itself
    terminal.keys("g");
    terminal.wait_row(&["▌", "sleep 1001 &"]);
    terminal.keys("K");
    terminal.wait("ask it to end");
    terminal.keys("TERM<enter>");
    terminal.wait(&format!("Send SIGTERM to the main process of {web}?"));
    terminal.keys("y");
    becomes(&terminal, &web, "exited");
    terminal.keys("0");
    terminal.wait_row(&[
        &format!("docker exec -u 0 {web} kill -s KILL {inner}"),
        "done",
    ]);
    terminal.wait_row(&[&format!("docker kill -s TERM {web}"), "done"]);
    terminal.quit();
}

#[test]
fn each_end_is_told_with_its_cause() {
    let Some(lab) = Lab::open("each_end_is_told_with_its_cause") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let fails = lab.run("fails", &[], "echo the last word; exit 3");
    let hungry = lab.run(
        "hungry",
        &["-m", "32m", "--memory-swap", "32m"],
        "exec dd if=/dev/zero of=/dev/null bs=200M count=1",
    );
    let asked = "trap 'exit 143' TERM; while :; do sleep 1 & wait $!; done";
    let asked = lab.run("asked", &[], asked);
    let deaf = lab.run("deaf", &[], "sleep 100");
    let (missing, _) = lab.try_run("missing", &["busybox", "/no/such/program"]);
    let (denied, _) = lab.try_run("denied", &["busybox", "/etc/passwd"]);
    said(&["stop", "-t", "5", &asked]);
    said(&["stop", "-t", "1", &deaf]);
    said(&["wait", &hungry, &fails]);
    let mut terminal = lab.look(&web);
    terminal.keys("W");
    terminal.wait("it is running and has never ended");
    let cases = [
        (&fails, "exit 3 · it failed in its own way", "the last word"),
        (
            &hungry,
            "exit 137 · killed for want of memory",
            "of 32.0MiB",
        ),
        (
            &asked,
            "exit 143 · ended by SIGTERM, as it was asked",
            "kill with SIGTERM",
        ),
        (
            &deaf,
            "exit 137 · killed: it did not stop in time",
            "kill with SIGKILL",
        ),
        (
            &missing,
            "there is no such program in the image",
            "no such file",
        ),
        (
            &denied,
            "the program may not be executed",
            "permission denied",
        ),
    ];
    for (name, title, proof) in cases {
        terminal.keys(&format!("q:{name}<enter>"));
        terminal.wait(&format!(" {name} ─"));
        terminal.keys("W");
        terminal.wait_row(&["ended", title]);
        terminal.wait(proof);
        let code = said(&["inspect", "-f", "{{.State.ExitCode}}", name]);
        terminal.wait(&format!("exit {code} · "));
    }
    // above the log a line says it too, and the log is what shows first
    terminal.keys(&format!("q:{hungry}<enter>l"));
    terminal.wait_row(&["exit 137 · killed for want of memory", "W why"]);
    // started again, it is told of the end before
    terminal.keys(&format!("q:{asked}<enter>W"));
    terminal.wait("as it was asked");
    terminal.keys("qs");
    becomes(&terminal, &asked, "running");
    terminal.wait("it is running again; this is of its last end");
    terminal.quit();
}
