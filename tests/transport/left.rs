//! What a program that was killed leaves, and what the next start makes of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::{Pid, Signal, kill_process};

use crate::bench::UnderTest;
use crate::pty::Start;
use crate::sshd::{self, Sshd, wait_for};

#[test]
fn a_next_start_ends_what_a_killed_program_left() {
    if !sshd::there_is_one() {
        return;
    }
    let under = UnderTest::simulated();
    let sshd = Sshd::start("");
    let run = tempfile::Builder::new()
        .prefix("pht")
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(run.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let place = sshd.address(Some(&under.socket)).to_string();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", sshd.file("bin").display());
    let start = |args: &[&str]| {
        let start = Start::new(args).env("PATH", &path);
        start.env("XDG_RUNTIME_DIR", run.path().to_str().unwrap())
    };
    let folders = || {
        let all = fs::read_dir(run.path()).unwrap().flatten();
        let all = all.flat_map(|base| fs::read_dir(base.path()).unwrap().flatten());
        all.count()
    };
    let program = start(&["-H", &place]).spawn();
    program.wait("live");
    // those that read settings or ask for the forward are about to end
    wait_for("one ssh and its folder", || {
        (sshd.clients().len(), folders()) == (1, 1)
    });
    let owner = sshd::processes().into_iter();
    let owner = owner
        .filter(|process| process.line.contains(&place) && process.line.contains("pilothouse"));
    for process in owner {
        kill_process(Pid::from_raw(process.pid).unwrap(), Signal::KILL).unwrap();
    }
    drop(program);
    assert_eq!(
        (sshd.clients().len(), folders()),
        (1, 1),
        "it had no time to clean up"
    );
    // a second program that runs keeps its own
    let next = start(&["-H", &place]).spawn();
    next.wait("live");
    wait_for("the end of what was left", || {
        (sshd.clients().len(), folders()) == (1, 1)
    });
    let other = start(&["--demo"]).spawn();
    other.wait("web-1");
    assert_eq!((sshd.clients().len(), folders()), (1, 1));
    drop(other);
    drop(next);
}
