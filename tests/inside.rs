//! What is inside a real engine's containers, looked at and changed by keys in a real terminal;
//! the `docker` command is the witness.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use pty::lab::{Lab, POLITE, becomes, docker, said};
use pty::{Start, Terminal};

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

/// Makes a folder with owners, rights and links of its own, then does what follows.
const FILL: &str = "mkdir -p /app/sub; echo one > /app/a.txt; echo two > /app/sub/b.txt; \
    chown -R 7:8 /app/sub; chmod 640 /app/sub/b.txt; chmod 750 /app/sub; ln -s a.txt /app/link; ";

/// The program in a container's files, in a folder.
fn in_folder(terminal: &mut Terminal, name: &str, folder: &str) {
    terminal.keys("f");
    terminal.wait_row(&["rights", " / "]);
    terminal.keys("o");
    terminal.wait("path: /");
    terminal.keys(&format!("<ctrl-u>{folder}<enter>"));
    terminal.wait_row(&["rights", folder]);
    terminal.wait(&format!(" {name} ─"));
}

/// Puts the cursor on a file of the folder that shows.
fn stand_on(terminal: &mut Terminal, file: &str) {
    terminal.keys(&format!("/{}<enter>", file.trim_end_matches('/')));
    terminal.wait("1 of 1 hits");
    terminal.wait_row(&["▌", file]);
    terminal.keys("<esc>");
    terminal.wait_until("all of the folder", |seen| !seen.shows("1 of 1 hits"));
}

#[test]
fn files_of_one_that_does_not_run_are_browsed_and_copied_out_and_in() {
    let Some(lab) = Lab::open("files_of_one_that_does_not_run") else {
        return;
    };
    let web = lab.run("web", &[], &format!("{FILL}exit 0"));
    let other = lab.run("other", &[], &format!("mkdir /in; touch /in/x; {POLITE}"));
    said(&["wait", &web]);
    let mut terminal = lab.look(&web);
    in_folder(&mut terminal, &web, "/app");
    terminal.wait_row(&["drwxr-x---", "7:8", "sub/"]);
    terminal.wait_row(&["lrwxrwxrwx", "link → a.txt"]);
    terminal.wait("by its archive");
    // into the folder, a file, and back
    stand_on(&mut terminal, "sub/");
    terminal.keys("<enter>");
    terminal.wait_row(&["-rw-r-----", "7:8", "b.txt"]);
    terminal.keys("<enter>");
    terminal.wait_row(&["/app/sub/b.txt", "4B"]);
    terminal.keys("q");
    terminal.wait_row(&["rights", "/app/sub"]);
    terminal.keys("<backspace>");
    terminal.wait_row(&["▌", "sub/"]);
    // a filter as it is typed
    terminal.keys("/a.t");
    terminal.wait_gone("sub/");
    terminal.keys("<esc>");
    terminal.wait("sub/");
    stand_on(&mut terminal, "sub/");
    terminal.keys("c");
    terminal.wait("to: ./sub");
    let out = terminal.file("copied");
    terminal.keys(&format!("<ctrl-u>{}<enter>", out.display()));
    terminal.wait("copied to");
    assert_eq!(std::fs::read_to_string(out.join("b.txt")).unwrap(), "two\n");
    let there = std::fs::metadata(out.join("b.txt")).unwrap();
    assert_eq!(there.permissions().mode() & 0o7777, 0o640);
    if rustix::process::geteuid().is_root() {
        assert_eq!((there.uid(), there.gid()), (7, 8));
    }
    // into another, which runs
    terminal.keys(&format!("q:{other}<enter>"));
    terminal.wait(&format!(" {other} ─"));
    in_folder(&mut terminal, &other, "/in");
    terminal.keys("i");
    terminal.wait("from: ./");
    terminal.keys(&format!("<ctrl-u>{}<enter>", out.display()));
    terminal.wait("copied in as");
    terminal.wait_row(&["drwxr-x---", "copied/"]);
    let stat = ["exec", &other, "stat", "-c", "%u:%g %a", "/in/copied/b.txt"];
    let owner = if rustix::process::geteuid().is_root() {
        "7:8".to_owned()
    } else {
        format!("{}:{}", there.uid(), there.gid())
    };
    assert_eq!(said(&stat), format!("{owner} 640"));
    assert_eq!(said(&["exec", &other, "cat", "/in/copied/b.txt"]), "two");
    // nothing is overwritten unasked
    terminal.keys("i");
    terminal.wait("from: ./");
    terminal.keys(&format!("<ctrl-u>{}<enter>", out.display()));
    terminal.wait("Files of the same names are replaced");
    terminal.keys("<esc>");
    terminal.wait_gone("Files of the same names");
    // deleting names what goes
    stand_on(&mut terminal, "copied/");
    terminal.keys("d");
    terminal.wait(&format!("Delete /in/copied in {other}?"));
    terminal.keys("y");
    terminal.wait_gone("copied/");
    assert!(
        !docker(&["exec", &other, "ls", "/in/copied"])
            .status
            .success()
    );
    terminal.keys("0");
    terminal.wait_row(&[&format!("docker cp -a {web}:/app/sub"), "done"]);
    terminal.quit();
}

/// An editor that does what a line says with the file.
fn editor(home: &Path, line: &str) -> String {
    let path = home.join("editor");
    std::fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn a_file_is_edited_and_not_over_what_changed_meanwhile() {
    let Some(lab) = Lab::open("a_file_is_edited") else {
        return;
    };
    let web = lab.run("web", &[], &format!("{FILL}{POLITE}"));
    let start = Start::new(&[]).size(200, 50);
    let change = format!("docker exec {web} sh -c 'echo other > /app/a.txt'");
    // Ctrl-C is the editor's own
    let line = format!(
        "trap heard=yes INT\ncase $(cat \"$1\") in\n\
         one) echo it waits for ctrl-c; until [ \"$heard\" ]; do sleep 0.05; done; echo typed >> \"$1\";;\n\
         *) echo lost >> \"$1\"; {change};; esac"
    );
    let editor = editor(start.home(), &line);
    let mut terminal = start.env("EDITOR", &editor).spawn();
    terminal.wait("● live");
    terminal.keys(&format!(":{web}<enter>"));
    terminal.wait(&format!(" {web} ─"));
    in_folder(&mut terminal, &web, "/app");
    stand_on(&mut terminal, "a.txt");
    terminal.keys("e");
    terminal.wait("it waits for ctrl-c");
    terminal.keys("<ctrl-c>");
    terminal.wait("wrote /app/a.txt in");
    assert_eq!(said(&["exec", &web, "cat", "/app/a.txt"]), "one\ntyped");
    assert_eq!(
        said(&["exec", &web, "ls", "-A", "/app"]),
        "a.txt\nlink\nsub"
    );
    // owner and rights stay
    stand_on(&mut terminal, "sub/");
    terminal.keys("<enter>");
    terminal.wait_row(&["rights", "/app/sub"]);
    terminal.keys("<backspace>");
    terminal.wait_row(&["rights", "/app "]);
    // the second time it changes behind the editor's back
    stand_on(&mut terminal, "a.txt");
    terminal.keys("e");
    terminal.wait("Journal 2");
    terminal.keys("0");
    terminal.wait_row(&["write", "failed"]);
    terminal.keys("<enter>");
    terminal.wait("it changed meanwhile");
    terminal.wait("pilothouse-edit-");
    terminal.keys("q1");
    assert_eq!(said(&["exec", &web, "cat", "/app/a.txt"]), "other");
    terminal.quit();
}

#[test]
fn read_only_looks_by_the_archive_and_changes_nothing() {
    let Some(lab) = Lab::open("read_only_looks_by_the_archive") else {
        return;
    };
    let web = lab.run("web", &[], &format!("{FILL}{POLITE}"));
    let mut terminal = Start::new(&["--read-only"]).size(200, 50).spawn();
    terminal.wait("● live");
    terminal.keys(&format!(":{web}<enter>"));
    terminal.wait(&format!(" {web} ─"));
    in_folder(&mut terminal, &web, "/app");
    terminal.wait("by its archive");
    stand_on(&mut terminal, "a.txt");
    for (keys, word) in [("d", "delete"), ("e", "edit"), ("i", "put in")] {
        terminal.keys(keys);
        terminal.wait(&format!("read-only: {word} is refused"));
    }
    assert_eq!(said(&["exec", &web, "cat", "/app/a.txt"]), "one");
    // a file that was read leaves nothing that the end would wait for
    terminal.keys("<enter>");
    terminal.wait("/app/a.txt");
    terminal.wait_gone("looking into");
    terminal.keys("<esc>");
    terminal.wait_row(&["rights", "/app "]);
    terminal.wait_until("no job is left", |screen| {
        !screen.screen().contents().contains("look ")
    });
    terminal.quit();
}
