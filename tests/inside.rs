//! What is inside a real engine's containers, looked at and changed by keys in a real terminal;
//! the `docker` command is the witness.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::lab::{Lab, POLITE, becomes, said};

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
