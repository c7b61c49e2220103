//! Engines over ssh: one login for all of it, through cuts, by either way of passing on, and the
//! faults that ssh can have.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use pilothouse::demo::{self, Options, Scenario};
use pilothouse::model::host::{Check, Verdict};
use pilothouse::model::{Address, Link, ProblemKind, Ref};
use pilothouse::protocol::{LogFact, Watch};
use serde_json::{Value, json};

use crate::bench::{Live, UnderTest, engines};
use crate::pty::skip::leave_out;
use crate::sshd::{self, Sshd, User, wait_for};
use crate::{everything, missed, reached};

async fn over(sshd: &Sshd, under: &UnderTest) -> Live {
    reached(Some(sshd.program()), sshd.address(Some(&under.socket))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_done_here_is_done_over_ssh() {
    if !sshd::there_is_one() {
        return;
    }
    for under in engines() {
        let sshd = Sshd::start("");
        let live = over(&sshd, &under).await;
        assert!(matches!(
            live.seen.links.last(),
            Some(Link::Up {
                address: Address::Ssh(_),
                ..
            })
        ));
        everything(&under, live).await;
        assert_eq!(sshd.logins(), 1);
        wait_for("the end of ssh", || sshd.clients().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_forwarding_is_refused_docker_passes_on() {
    if !sshd::there_is_one() {
        return;
    }
    for under in engines() {
        let sshd = Sshd::start("AllowStreamLocalForwarding no");
        let live = over(&sshd, &under).await;
        let (_, socket) = finding(&live, Check::Socket);
        assert!(socket.contains("dial-stdio"), "{socket}");
        everything(&under, live).await;
        assert_eq!(sshd.logins(), 1);
        wait_for("the end of ssh", || sshd.clients().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_goes_on_after_a_cut_without_a_lost_or_doubled_line() {
    if !sshd::there_is_one() {
        return;
    }
    for under in engines() {
        let mut sshd = Sshd::start("");
        let count = "i=0; while :; do echo line $i; i=$((i+1)); sleep 0.05; done";
        let id = under.start("count", count, &json!({}));
        let mut live = over(&sshd, &under).await;
        live.watch(&[Watch::Logs], &id);
        live.until("the log", |s| s.lines.len() > 20).await;
        sshd.kill();
        live.until("the loss", |s| {
            matches!(s.links.last(), Some(Link::Down { .. }))
        })
        .await;
        let held = live.seen.lines.len();
        sshd.listen();
        live.until("the return", |s| {
            matches!(s.links.last(), Some(Link::Up { .. }))
        })
        .await;
        live.until("further lines", |s| s.lines.len() > held + 40)
            .await;
        let opened = live
            .seen
            .log
            .iter()
            .filter(|fact| matches!(fact, LogFact::Opened));
        assert_eq!(opened.count(), 1, "it was read on, not anew");
        let path = format!("/containers/{id}/logs?stdout=1&timestamps=1");
        let (_, whole) = under.call("GET", &path, &Value::Null);
        let whole = stamped(&whole);
        let seen: Vec<(String, i64)> = live
            .seen
            .lines
            .iter()
            .map(|line| (line.0.clone(), line.1))
            .collect();
        assert_eq!(seen[..], whole[..seen.len()]);
        assert_eq!(sshd.logins(), 2);
    }
}

/// The lines of a framed log with their times in nanoseconds.
fn stamped(mut frames: &[u8]) -> Vec<(String, i64)> {
    let mut lines = Vec::new();
    while frames.len() >= 8 {
        let length = u32::from_be_bytes(frames[4..8].try_into().unwrap()) as usize;
        let line = String::from_utf8(frames[8..8 + length].to_vec()).unwrap();
        let (stamp, text) = line.trim_end().split_once(' ').unwrap();
        let time = chrono::DateTime::parse_from_rfc3339(stamp).unwrap();
        lines.push((text.to_owned(), time.timestamp_nanos_opt().unwrap()));
        frames = &frames[8 + length..];
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_streams_take_one_login() {
    if !sshd::there_is_one() {
        return;
    }
    let options = Options {
        count: Some(60),
        ..Options::from(Scenario::Crowd)
    };
    let demo = demo::start(options).unwrap();
    // as few sessions as a server can give: channels are none
    let sshd = Sshd::start("MaxSessions 2");
    let mut live = reached(Some(sshd.program()), sshd.address(Some(demo.socket()))).await;
    let ids: Vec<_> = live.seen.containers.keys().cloned().collect();
    let target = |id| Ref::container(&live.host, id);
    let wanted = ids.iter().take(60).map(|id| Watch::Logs(target(id)));
    live.engine.watch(wanted.collect());
    // each stream is a connection of its own to the engine's end
    let socket = demo.socket().display().to_string();
    let open = || {
        let table = fs::read_to_string("/proc/net/unix").unwrap();
        let connected = table
            .lines()
            .filter(|line| line.contains(" 03 ") && line.ends_with(&socket));
        connected.count()
    };
    wait_for("sixty streams", || open() >= 60);
    assert_eq!(sshd.logins(), 1);
    wait_for("one ssh", || sshd.clients().len() == 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_are_private_and_gone_at_the_end() {
    if !sshd::there_is_one() {
        return;
    }
    let under = UnderTest::simulated();
    let sshd = Sshd::start("");
    let live = over(&sshd, &under).await;
    // those that read settings or ask for the forward are about to end
    wait_for("one ssh", || sshd.clients().len() == 1);
    let clients = sshd.clients();
    let den = den(&clients[0].line);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&den), 0o700);
    assert_eq!(mode(den.parent().unwrap()), 0o700);
    let sockets = || -> Vec<PathBuf> {
        let files = fs::read_dir(&den).unwrap().filter_map(Result::ok);
        let files = files.map(|file| file.path());
        let is_socket =
            |file: &PathBuf| fs::metadata(file).is_ok_and(|about| about.file_type().is_socket());
        files.filter(is_socket).collect()
    };
    // ssh binds its control socket under another name first, and links it
    wait_for("the master's socket and the forward's", || {
        sockets().len() == 2
    });
    for socket in sockets() {
        assert_eq!(mode(&socket) & 0o077, 0, "{}", socket.display());
        assert!(socket.as_os_str().len() < 100, "{}", socket.display());
    }
    drop(live);
    wait_for("the end of ssh", || sshd.clients().is_empty());
    wait_for("the end of the folder", || !den.exists());
}

/// The private folder that an ssh of ours was started with.
fn den(line: &str) -> PathBuf {
    let control = line
        .split(' ')
        .skip_while(|word| *word != "-S")
        .nth(1)
        .unwrap();
    Path::new(control).parent().unwrap().to_owned()
}

fn finding(live: &Live, check: Check) -> (bool, String) {
    let found = live.seen.findings.iter().rev().find(|(of, _)| *of == check);
    match &found.unwrap().1 {
        Verdict::Fine(text) => (true, text.clone()),
        Verdict::Skipped(text) => (false, text.clone()),
        Verdict::Wrong(problem) => (false, problem.summary.clone()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_goes_every_step() {
    if !sshd::there_is_one() {
        return;
    }
    let under = UnderTest::simulated();
    let sshd = Sshd::start("");
    let mut live = over(&sshd, &under).await;
    live.until("the doctor's last word", |s| {
        s.findings
            .last()
            .is_some_and(|(check, _)| *check == Check::Clock)
    })
    .await;
    live.seen.findings.clear();
    live.engine.examine(&live.host);
    live.until("the doctor's last word", |s| {
        s.findings
            .last()
            .is_some_and(|(check, _)| *check == Check::Clock)
    })
    .await;
    let steps: Vec<Check> = live.seen.findings.iter().map(|(check, _)| *check).collect();
    assert_eq!(steps.len(), 10, "{steps:?}");
    assert!(steps.is_sorted());
    for (check, part) in [
        (Check::Address, "127.0.0.1 port"),
        (Check::Name, "127.0.0.1"),
        (Check::Port, "SSH-2.0"),
        (Check::HostKey, "by its key"),
        (Check::Login, "logged in"),
        (Check::Socket, under.socket.to_str().unwrap()),
        (Check::Version, "API 1.41"),
        (Check::Clock, "agrees"),
    ] {
        let (fine, text) = finding(&live, check);
        assert!(fine && text.contains(part), "{check:?}: {text}");
    }
    assert_eq!(sshd.logins(), 1, "nobody logs in for the doctor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ssh_refuses_is_said() {
    if !sshd::there_is_one() {
        return;
    }
    let mut sshd = Sshd::start("");
    let address = sshd.address(None);
    let miss = async |sshd: &Sshd| missed(Some(sshd.program()), address.clone()).await;

    sshd.know_no_host();
    let (problem, step) = miss(&sshd).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Login, Check::HostKey),
        "{problem:?}"
    );
    assert!(problem.summary.contains("does not know"), "{problem:?}");
    assert_eq!(
        fs::read_to_string(sshd.file("known_hosts")).unwrap(),
        "",
        "nothing is believed"
    );

    sshd.make_key("other");
    sshd.know_host("other");
    let (problem, step) = miss(&sshd).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Identity, Check::HostKey),
        "{problem:?}"
    );
    assert!(
        problem
            .detail
            .contains("REMOTE HOST IDENTIFICATION HAS CHANGED"),
        "{problem:?}"
    );
    assert_eq!(sshd.logins(), 0);

    sshd.know_host("host");
    sshd.make_key("id");
    let (problem, step) = miss(&sshd).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Login, Check::Login),
        "{problem:?}"
    );
    assert!(problem.detail.contains("Permission denied"), "{problem:?}");
    assert!(problem.hint.contains("log in"), "{problem:?}");

    sshd.kill();
    let (problem, step) = miss(&sshd).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Unreachable, Check::Port),
        "{problem:?}"
    );
    assert!(
        problem.summary.contains("refuses connections"),
        "{problem:?}"
    );

    let nowhere = Sshd::start("");
    nowhere.client("HostName pht.invalid");
    let text = fs::read_to_string(nowhere.file("config")).unwrap();
    let text = text.replacen(" HostName 127.0.0.1\n", "", 1);
    fs::write(nowhere.file("config"), text).unwrap();
    let (problem, step) = missed(Some(nowhere.program()), nowhere.address(None)).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Unreachable, Check::Name),
        "{problem:?}"
    );
    assert!(
        problem.summary.contains("no address is known"),
        "{problem:?}"
    );

    let none = PathBuf::from("/nowhere/ssh");
    let (problem, _) = missed(Some(none), nowhere.address(None)).await;
    assert_eq!(problem.summary, "there is no ssh program here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_at_the_other_end_is_said() {
    if !sshd::there_is_one() {
        return;
    }
    let bin = tempfile::tempdir().unwrap();
    for tool in ["sh", "id", "ls", "awk"] {
        let found = ["/bin", "/usr/bin"]
            .iter()
            .map(|dir| Path::new(dir).join(tool));
        symlink(
            found.into_iter().find(|path| path.exists()).unwrap(),
            bin.path().join(tool),
        )
        .unwrap();
    }
    let path = format!("SetEnv PATH={}", bin.path().display());
    let nothing = bin.path().join("nothing.sock");
    let dead = bin.path().join("dead.sock");
    // a socket file that nobody listens at any more
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let miss = async |more: &str, socket: &Path| {
        let sshd = Sshd::start(more);
        missed(Some(sshd.program()), sshd.address(Some(socket))).await
    };

    let (problem, step) = miss("", &nothing).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::NotFound, Check::Socket),
        "{problem:?}"
    );
    assert!(
        problem.summary.contains("there is no socket"),
        "{problem:?}"
    );

    let (problem, step) = miss(&path, &dead).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Unreachable, Check::Socket),
        "{problem:?}"
    );
    assert!(
        problem.summary.contains("no docker command in its PATH"),
        "{problem:?}"
    );

    let (problem, step) = miss("", &dead).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Unreachable, Check::Socket),
        "{problem:?}"
    );
    assert!(
        problem.summary.contains("no engine answers behind"),
        "{problem:?}"
    );

    // the far end's own environment leads on
    let under = UnderTest::simulated();
    let sshd = Sshd::start(&format!(
        "SetEnv DOCKER_HOST=unix://{}",
        under.socket.display()
    ));
    let live = reached(Some(sshd.program()), sshd.address(None)).await;
    drop(live);
    let sshd = Sshd::start("SetEnv DOCKER_HOST=ssh://further");
    let (problem, _) = missed(Some(sshd.program()), sshd.address(None)).await;
    assert!(
        problem.summary.contains("leads on to ssh://further"),
        "{problem:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_rights_on_the_socket_is_told() {
    if !sshd::there_is_one() || !sshd::root() {
        leave_out("only root makes users");
        return;
    }
    let user = User::make();
    let socket = tempfile::Builder::new()
        .prefix("pht")
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(socket.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let socket = socket.path().join("d.sock");
    let _engine = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o660)).unwrap();
    let sshd = Sshd::of(&user.0, "");
    let (problem, step) = missed(Some(sshd.program()), sshd.address(Some(&socket))).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Denied, Check::Rights),
        "{problem:?}"
    );
    let words = format!(
        "{} may not use {} on {}",
        sshd.user(),
        socket.display(),
        sshd.alias
    );
    assert_eq!(problem.summary, words);
    assert!(problem.detail.contains("root"), "{problem:?}");
    assert!(problem.hint.contains("usermod -aG docker"), "{problem:?}");
}
