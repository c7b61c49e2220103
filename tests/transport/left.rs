//! What a program that was killed leaves, and what the next start makes of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::{Pid, Signal, kill_process};

use serde_json::json;

use crate::bench::{UnderTest, engines};
use crate::forwards::{SERVE, answer};
use crate::logins::{BY_PASSWORD, Door, PASSWORD, log_in, refused};
use crate::pty::Start;
use crate::sshd::{self, Sshd, User, wait_for};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_by_hand_and_its_forwards_end_with_the_program_or_by_the_next_start() {
    if !sshd::there_is_one() || !sshd::root() {
        return;
    }
    // a simulated container listens nowhere
    for under in engines().filter(|under| under.demo.is_none()) {
        let (user, door) = (User::with_password(PASSWORD), Door::to(&under.socket));
        let sshd = Sshd::of(&user.0, BY_PASSWORD);
        under.start("serve", SERVE, &json!({}));
        let serve = under.name("serve");
        for killed in [false, true] {
            let logins = sshd.logins();
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let mut terminal = refused(&sshd, &door.socket(), "wants more than the keys");
            log_in(&mut terminal, "password:");
            terminal.keys(&format!("{PASSWORD}<enter>"));
            terminal.wait("● live");
            terminal.wait(&serve);
            terminal.keys(&format!(":forward {serve} 8080 {port}<enter>"));
            wait_for("the forwarded port", || answer(port).ends_with("hello"));
            assert_eq!(sshd.logins(), logins + 1);
            if killed {
                terminal.signal(Signal::KILL);
                terminal.wait_exit();
                assert!(answer(port).ends_with("hello"), "it had no time to end it");
                assert_eq!(sshd.clients().len(), 1);
                // the runtime folder is where both look
                let next = Start::new(&["--demo"])
                    .env("PATH", &sshd.path())
                    .env(
                        "XDG_RUNTIME_DIR",
                        terminal.home().join("run").to_str().unwrap(),
                    )
                    .spawn();
                next.wait("web-1");
                wait_for("the end of what was left", || {
                    sshd.clients().is_empty() && answer(port) == "refused"
                });
                next.quit();
            } else {
                terminal.quit();
                wait_for("the end of ssh and its port", || {
                    sshd.clients().is_empty() && answer(port) == "refused"
                });
            }
        }
    }
}
