//! Logins that only a person can make, by the real keys in a real terminal: passwords,
//! passphrases, second factors, first host keys, through a jump host; each asked for once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;

use crate::bench::{UnderTest, engines};
use crate::pty::skip::leave_out;
use crate::pty::{Seen, Start, Terminal};
use crate::sshd::{self, Sshd, User, wait_for};

pub(crate) const PASSWORD: &str = "Pht-secret-7331";
/// A server that asks for passwords and nothing else.
pub(crate) const BY_PASSWORD: &str = "PubkeyAuthentication no\nPasswordAuthentication yes";
const WANTS_MORE: &str = "wants more than the keys that ssh has at hand";

/// A socket that everybody may use, in front of an engine's.
pub(crate) struct Door {
    dir: TempDir,
    _task: AbortOnDropHandle<()>,
}

impl Door {
    pub(crate) fn to(engine: &Path) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("pht")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let door = UnixListener::bind(dir.path().join("d.sock")).unwrap();
        let mode = fs::Permissions::from_mode(0o666);
        fs::set_permissions(dir.path().join("d.sock"), mode).unwrap();
        let engine = engine.to_owned();
        let serve = async move {
            let mut passing = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = door.accept().await {
                let engine = engine.clone();
                passing.spawn(async move {
                    let mut far = UnixStream::connect(engine).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        };
        Self {
            dir,
            _task: AbortOnDropHandle::new(tokio::spawn(serve)),
        }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("d.sock")
    }
}

/// Whether such logins can be tried here: only root makes users and reads their passwords.
fn can_make_users() -> bool {
    let can = sshd::there_is_one() && sshd::root();
    if !can {
        leave_out("only root makes users");
    }
    can
}

/// The program with a host behind a server, once that has told why it does not let it in.
pub(crate) fn refused(sshd: &Sshd, engine: &Path, why: &str) -> Terminal {
    let place = sshd.address(Some(engine)).to_string();
    let terminal = Start::new(&["-H", &place]).env("PATH", &sshd.path());
    let terminal = terminal.spawn();
    terminal.wait(why);
    terminal
}

/// Begins a login, and waits until ssh asks.
pub(crate) fn log_in(terminal: &mut Terminal, question: &str) {
    let before = times(&terminal.seen(), question);
    terminal.keys(":login<enter>");
    terminal.wait_until(question, |seen| times(seen, question) > before);
    assert!(!terminal.seen().screen().alternate_screen());
}

/// How often a text was written up to now: those of before stay on the terminal.
fn times(seen: &Seen, text: &str) -> usize {
    String::from_utf8_lossy(&seen.bytes).matches(text).count()
}

/// What ssh has said stays until it was read; then the screen is back.
fn go_back(terminal: &mut Terminal, words: &str) {
    terminal.wait("There was no login. Enter goes back.");
    let text = terminal.text();
    assert!(text.contains(words), "{text}");
    terminal.keys("<enter>");
    terminal.wait("✖ there was no login at");
}

/// The list is live, by the one login; the end takes all of ssh with it.
fn live_by_one_login(mut terminal: Terminal, container: &str, servers: &[&Sshd]) {
    terminal.wait("● live");
    terminal.wait(container);
    // logs, statistics and an inspect are further channels of it
    terminal.keys(&format!(":{container}<enter>"));
    terminal.wait("tick");
    for sshd in servers {
        assert_eq!(sshd.logins(), 1);
    }
    terminal.quit();
    for sshd in servers {
        wait_for("the end of ssh", || sshd.clients().is_empty());
        assert_eq!(sshd.logins(), 1);
    }
}

/// A container that the list has, by name.
fn ticking(under: &UnderTest) -> String {
    let script = "trap 'exit 0' TERM; while :; do echo tick; sleep 0.2; done";
    under.start("login", script, &json!({}));
    under.name("login")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_asked_for_in_the_terminal_and_once() {
    if !can_make_users() {
        return;
    }
    for under in engines() {
        let name = ticking(&under);
        let user = User::with_password(PASSWORD);
        let sshd = Sshd::of(&user.0, BY_PASSWORD);
        let door = Door::to(&under.socket);
        let mut terminal = refused(&sshd, &door.socket(), WANTS_MORE);
        log_in(&mut terminal, "password:");
        terminal.keys(&format!("{PASSWORD}<enter>"));
        terminal.wait("● live");
        let bytes = terminal.seen().bytes.clone();
        let shown = String::from_utf8_lossy(&bytes).contains(PASSWORD);
        assert!(!shown, "what is typed there does not show");
        live_by_one_login(terminal, &name, &[&sshd]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_said_and_the_login_can_be_tried_again_and_given_up() {
    if !can_make_users() {
        return;
    }
    let under = UnderTest::simulated();
    let name = ticking(&under);
    let user = User::with_password(PASSWORD);
    let sshd = Sshd::of(&user.0, BY_PASSWORD);
    let door = Door::to(&under.socket);
    let mut terminal = refused(&sshd, &door.socket(), WANTS_MORE);
    log_in(&mut terminal, "password:");
    for time in 1..=3 {
        terminal.wait_until("a question", |seen| times(seen, "password:") == time);
        terminal.keys("wrong<enter>");
    }
    go_back(&mut terminal, "Permission denied (password)");
    assert_eq!(sshd.logins(), 0);

    log_in(&mut terminal, "password:");
    terminal.keys("<ctrl-c>");
    terminal.wait(&format!("the login at {} was given up", sshd.alias));

    log_in(&mut terminal, "password:");
    terminal.keys(&format!("{PASSWORD}<enter>"));
    live_by_one_login(terminal, &name, &[&sshd]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passphrase_is_asked_for_and_an_agent_makes_it_needless() {
    if !sshd::there_is_one() {
        return;
    }
    let under = UnderTest::simulated();
    let name = ticking(&under);
    let sshd = Sshd::start("");
    sshd.lock_key("id", PASSWORD);
    let mut terminal = refused(&sshd, &under.socket, WANTS_MORE);
    log_in(&mut terminal, "Enter passphrase for key");
    terminal.keys(&format!("{PASSWORD}<enter>"));
    live_by_one_login(terminal, &name, &[&sshd]);

    let sshd = Sshd::start("");
    let agent = Agent::start();
    agent.take(&sshd.file("id"));
    // the public half alone says which key of the agent's is meant
    fs::remove_file(sshd.file("id")).unwrap();
    let key = format!(" IdentityFile {}\n", sshd.file("id").display());
    sshd.client_instead(&key, &key.replace("/id\n", "/id.pub\n"));
    sshd.client_instead(" IdentityAgent none\n", "");
    let place = sshd.address(Some(&under.socket)).to_string();
    let start = Start::new(&["-H", &place]).env("PATH", &sshd.path());
    let socket = agent.socket();
    let terminal = start.env("SSH_AUTH_SOCK", socket.to_str().unwrap()).spawn();
    live_by_one_login(terminal, &name, &[&sshd]);
}

/// An ssh agent of the test's own.
struct Agent {
    dir: TempDir,
    child: Child,
}

impl Agent {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(dir.path().join("a"))
            .stdout(Stdio::null())
            .spawn();
        let agent = Self {
            child: child.unwrap(),
            dir,
        };
        wait_for("the agent", || agent.socket().exists());
        agent
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("a")
    }

    fn take(&self, key: &Path) {
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(key)
            .env("SSH_AUTH_SOCK", self.socket())
            .status();
        assert!(added.unwrap().success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_after_the_first() {
    // what is asked for beside a password comes from PAM
    if !can_make_users() || !Path::new("/etc/pam.d/sshd").exists() {
        return;
    }
    let under = UnderTest::simulated();
    let name = ticking(&under);
    let user = User::with_password(PASSWORD);
    let more = "UsePAM yes\nKbdInteractiveAuthentication yes\n\
                AuthenticationMethods publickey,keyboard-interactive";
    let sshd = Sshd::of(&user.0, more);
    sshd.lock_key("id", "another-secret");
    let door = Door::to(&under.socket);
    let mut terminal = refused(&sshd, &door.socket(), WANTS_MORE);
    log_in(&mut terminal, "Enter passphrase for key");
    terminal.keys("another-secret<enter>");
    terminal.wait("Password:");
    terminal.keys(&format!("{PASSWORD}<enter>"));
    live_by_one_login(terminal, &name, &[&sshd]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_host_key_is_shown_and_taken_only_by_a_yes() {
    if !sshd::there_is_one() {
        return;
    }
    let under = UnderTest::simulated();
    let name = ticking(&under);
    let sshd = Sshd::start("");
    sshd.know_no_host();
    let known = || fs::read_to_string(sshd.file("known_hosts")).unwrap();
    let why = format!("ssh does not know {} yet", sshd.alias);
    let mut terminal = refused(&sshd, &under.socket, &why);
    log_in(
        &mut terminal,
        "Are you sure you want to continue connecting",
    );
    terminal.keys("no<enter>");
    go_back(&mut terminal, "Host key verification failed.");
    assert_eq!(known(), "", "nothing is believed without a yes");
    log_in(
        &mut terminal,
        "Are you sure you want to continue connecting",
    );
    let text = terminal.text().replace('\n', "");
    assert!(text.contains("fingerprint is SHA256:"), "{text}");
    terminal.keys("yes<enter>");
    terminal.wait("● live");
    assert!(known().contains("ssh-ed25519"));
    live_by_one_login(terminal, &name, &[&sshd]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_host_key_is_refused_in_the_words_of_ssh() {
    if !sshd::there_is_one() {
        return;
    }
    let under = UnderTest::simulated();
    let sshd = Sshd::start("");
    sshd.make_key("other");
    sshd.know_host("other");
    let before = fs::read_to_string(sshd.file("known_hosts")).unwrap();
    let why = format!("{} shows another key than it used to", sshd.alias);
    let mut terminal = refused(&sshd, &under.socket, &why);
    terminal.wait("REMOTE HOST IDENTIFICATION HAS CHANGED");
    terminal.wait("ssh-keygen -R");
    terminal.keys(":login<enter>");
    terminal.wait("Host key verification failed.");
    go_back(&mut terminal, "REMOTE HOST IDENTIFICATION HAS CHANGED");
    assert_eq!(sshd.logins(), 0);
    let after = fs::read_to_string(sshd.file("known_hosts")).unwrap();
    assert_eq!(before, after);
    terminal.quit();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_host_asks_first_and_is_logged_in_to_once_as_well() {
    if !can_make_users() {
        return;
    }
    let under = UnderTest::simulated();
    let name = ticking(&under);
    let user = User::with_password(PASSWORD);
    let gate = Sshd::of(&user.0, BY_PASSWORD);
    let far = Sshd::of(&user.0, BY_PASSWORD);
    far.behind(&gate);
    let door = Door::to(&under.socket);
    let mut terminal = refused(&far, &door.socket(), "wants more than the keys");
    assert_eq!(gate.logins(), 0);
    log_in(&mut terminal, "password:");
    for time in 1..=2 {
        terminal.wait_until("a question", |seen| times(seen, "password:") == time);
        assert_eq!((gate.logins(), far.logins()), (time - 1, 0));
        terminal.keys(&format!("{PASSWORD}<enter>"));
    }
    live_by_one_login(terminal, &name, &[&gate, &far]);

    // by keys there is nothing to ask
    let gate = Sshd::start("");
    let far = Sshd::start("");
    far.behind(&gate);
    let place = far.address(Some(&under.socket)).to_string();
    let start = Start::new(&["-H", &place]).env("PATH", &far.path());
    live_by_one_login(start.spawn(), &name, &[&gate, &far]);
}
