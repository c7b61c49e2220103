//! Programs beside this one: groups of processes, signals, the shell.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command as Blocking, ExitStatus};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

/// The editor where a person has set none.
pub(crate) const EDITOR: &str = "vi";

/// Keeps what the terminal's keys do from a program, which begins a group of its own.
pub(crate) fn apart(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

/// Kills the group of a program that was set [`apart`]: itself and what it began.
pub(crate) fn kill_all(leader: u32) {
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(leader) = leader {
        // gone already: nothing is to be done
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// The exit code as shells count it: a signal is 128 and its number.
pub(crate) fn code(status: ExitStatus) -> i64 {
    let signal = || 128 + status.signal().unwrap_or_default();
    i64::from(status.code().unwrap_or_else(signal))
}

/// A line of words for the shell, with a file as its last. An interrupt is the program's own
/// business: its shell does not end of it.
pub(crate) fn line(words: &str, file: &Path) -> Blocking {
    let mut shell = Blocking::new("sh");
    shell
        .args(["-c", &format!("trap : INT QUIT; {words} \"$1\""), "sh"])
        .arg(file);
    shell
}
