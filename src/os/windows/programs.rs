//! Programs beside this one: groups of processes, the shell.

use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::{Command as Blocking, ExitStatus, Stdio};

use tokio::process::Command;

/// The editor where a person has set none.
pub(crate) const EDITOR: &str = "notepad";

/// Begins a group that Ctrl-C does not reach (`CREATE_NEW_PROCESS_GROUP`).
const NEW_GROUP: u32 = 0x200;

/// Keeps what the terminal's keys do from a program, which begins a group of its own.
pub(crate) fn apart(command: &mut Command) -> &mut Command {
    command.creation_flags(NEW_GROUP)
}

/// Kills a program and what it began.
pub(crate) fn kill_all(leader: u32) {
    let mut kill = Blocking::new("taskkill");
    kill.args(["/T", "/F", "/PID", &leader.to_string()]);
    kill.stdin(Stdio::null()).stdout(Stdio::null());
    // gone already: nothing is to be done
    let _ = kill.stderr(Stdio::null()).status();
}

/// The exit code; one that nobody knows is a failure.
pub(crate) fn code(status: ExitStatus) -> i64 {
    status.code().map_or(1, i64::from)
}

/// A line of words for the shell, with a file as its last.
pub(crate) fn line(words: &str, file: &Path) -> Blocking {
    let mut shell = Blocking::new("cmd");
    // cmd has quoting of its own: all between the outer marks is the line
    let line = format!("/S /C \"{words} \"{}\"\"", file.display());
    shell.raw_arg(line);
    shell
}
