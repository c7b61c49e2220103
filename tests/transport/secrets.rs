//! Secrets: passwords, keys, variables and addresses that hold some go through the whole program,
//! with every diagnostic on, and are in no process' line, in no file that it writes, and in
//! nothing that it leaves on the terminal.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use serde_json::json;

use crate::bench::engines;
use crate::certificates::{Authority, Front, NOW};
use crate::logins::Door;
use crate::pty::{Start, Terminal};
use crate::sshd::{self, Sshd, User, processes, wait_for};

/// Each is found nowhere else on the machine.
const TYPED: &str = "phtsecrettyped9f2c";
const VARIABLE: &str = "phtsecretvar71ad";
const GIVEN: &str = "phtsecretgiven55e0";
const LABEL: &str = "phtsecretlabel0b3f";
const REGISTRY: &str = "phtsecretregistry/@:c4";
const CONFIG: &str = "phtsecretconfig88d1";

/// Watches the lines of all processes for secrets, for as long as it lives.
struct Lookout {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<String>>>,
}

impl Lookout {
    fn start(secrets: &[String]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (until, secrets) = (Arc::clone(&stop), secrets.to_vec());
        let own = std::process::id();
        let thread = std::thread::spawn(move || {
            let mut found = Vec::new();
            while !until.load(Ordering::Relaxed) {
                for process in processes() {
                    let holds = secrets.iter().any(|secret| process.line.contains(secret));
                    if holds && process.pid.unsigned_abs() != own && !found.contains(&process.line)
                    {
                        found.push(process.line);
                    }
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            found
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }

    /// The lines that held one.
    fn end(mut self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&path, all);
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            all.push((path.display().to_string(), text));
        }
    }
}

/// What a program has left: its files, and what it wrote outside its own screen.
fn assert_clean(terminal: &Terminal, secrets: &[String]) {
    let mut all = Vec::new();
    files(terminal.home(), &mut all);
    assert!(
        all.iter().any(|(name, _)| name.ends_with("pilothouse.log")),
        "there is a log"
    );
    all.push(("the terminal".to_owned(), terminal.text()));
    for (name, text) in &all {
        // the settings are the person's own
        for secret in secrets.iter().filter(|_| !name.ends_with("config.toml")) {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} is in {name}");
        }
    }
}

/// Types into a field of a form that is found by its name.
fn fill(terminal: &mut Terminal, field: &str, text: &str) {
    terminal.keys("<ctrl-f>");
    terminal.wait("Find a field");
    terminal.keys(&format!("{field}<enter>"));
    terminal.wait_gone("Find a field");
    terminal.keys(text);
}

/// Runs commands with secrets by both forms, has one refused, and saves the journal.
fn go_about(terminal: &mut Terminal, container: &str, made: &str, label: &str) {
    terminal.keys(&format!(":{container}<enter>"));
    terminal.wait(&format!(" {container} ─"));
    terminal.keys("E");
    terminal.wait("Run a command");
    terminal.keys("sh -c 'echo has-${#API_TOKEN}'");
    fill(terminal, "env", &format!("API_TOKEN={GIVEN}"));
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("has-{}", GIVEN.len()));
    terminal.wait("exit code 0");
    terminal.keys("q");
    terminal.wait(&format!(" {container} ─"));
    terminal.keys("n");
    terminal.wait("New container");
    terminal.keys("busybox<tab>no-such-program");
    for (field, text) in [
        ("name", made),
        ("env", &format!("DB_PASSWORD={VARIABLE}")),
        ("label", &format!("{label}<enter>auth.token={LABEL}")),
    ] {
        fill(terminal, field, text);
    }
    terminal.keys("<ctrl-s>");
    // the engine refuses it, and the form is back with its reason
    terminal.wait("exec: \"no-such-program\"");
    terminal.keys("<esc>");
    terminal.wait("Throw away what was typed?");
    terminal.keys("y");
    terminal.wait_gone("New container");
    terminal.keys("0");
    terminal.wait("exec -e 'API_TOKEN=••••••••'");
    terminal.keys("<ctrl-s>");
    terminal.wait("file:");
    let file = terminal.home().join("journal.txt");
    terminal.keys(&format!("<ctrl-u>{}<enter>", file.display()));
    terminal.wait("saved to");
    let saved = fs::read_to_string(&file).unwrap();
    assert!(
        saved.contains(" exec -e") && saved.contains(" run --name"),
        "{saved}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_a_line_a_log_a_journal_or_on_the_terminal() {
    if !sshd::there_is_one() || !sshd::root() {
        return;
    }
    // the simulated engine runs no program, and so refuses none
    for under in engines().filter(|under| under.demo.is_none()) {
        let script = "trap 'exit 0' TERM; while :; do sleep 0.2; done";
        let more = json!({"Env": [format!("SERVICE_SECRET={VARIABLE}")]});
        under.start("keeper", script, &more);
        let user = User::with_password(TYPED);
        let sshd = Sshd::of(
            &user.0,
            "PubkeyAuthentication no\nPasswordAuthentication yes",
        );
        let door = Door::to(&under.socket);
        let authority = Authority::new(NOW);
        authority.sign("server", &["127.0.0.1"], NOW);
        authority.sign("me", &["me"], NOW);
        let front = Front::start(&authority, "server", &under.socket).await;
        let key = fs::read_to_string(authority.file("me-key.pem")).unwrap();
        let key = key.lines().nth(1).unwrap().to_owned();
        let secrets = [TYPED, VARIABLE, GIVEN, LABEL, &key].map(str::to_owned);
        let lookout = Lookout::start(&secrets);
        let start = Start::new(&["-H", &sshd.address(Some(&door.socket())).to_string()]);
        let folder = start.home().join("certs");
        fs::create_dir(&folder).unwrap();
        for (from, to) in [("ca.pem", "ca.pem"), ("me.pem", "cert.pem")] {
            fs::copy(authority.file(from), folder.join(to)).unwrap();
        }
        let outside = tempfile::tempdir().unwrap();
        let own_key = outside.path().join("key.pem");
        fs::copy(authority.file("me-key.pem"), &own_key).unwrap();
        std::os::unix::fs::symlink(&own_key, folder.join("key.pem")).unwrap();
        let secure = format!("tcp://127.0.0.1:{}", front.port);
        let mut terminal = start
            .size(200, 50)
            .env("PATH", &sshd.path())
            .env("PILOTHOUSE_LOG", "trace")
            .env("DOCKER_TLS_VERIFY", "1")
            .env("DOCKER_CERT_PATH", folder.to_str().unwrap())
            .spawn();
        terminal.wait("wants more than the keys");
        terminal.keys(":login<enter>");
        terminal.wait("password:");
        terminal.keys(&format!("{TYPED}<enter>"));
        terminal.wait("● live");
        let keeper = under.name("keeper");
        let label = format!("pilothouse.test=1<enter>pilothouse.run={}", under.run());
        go_about(&mut terminal, &keeper, &under.name("far"), &label);
        // and over TLS
        terminal.keys(&format!("1:host {secure}<enter>"));
        terminal.wait_row(&[&keeper, " 127.0.0.1 "]);
        terminal.keys("<ctrl-c>");
        terminal.assert_ended(1);
        assert_clean(&terminal, &secrets);
        assert!(terminal.log().len() > 1000, "all was to be logged");
        wait_for("the end of ssh", || sshd.clients().is_empty());
        assert_eq!(lookout.end(), Vec::<String>::new());
    }
}

#[test]
fn a_password_in_an_address_is_shown_nowhere() {
    let secrets = ["phtsecretregistry", "c4@", CONFIG].map(str::to_owned);
    for address in [
        format!("tcp://user:{REGISTRY}@127.0.0.1:2375"),
        format!("user:{REGISTRY}@127.0.0.1:2375"),
        format!("ssh://user:{REGISTRY}@127.0.0.1"),
        format!("https://user:{REGISTRY}@127.0.0.1:2376/x"),
    ] {
        let mut terminal = Start::new(&[])
            .env("DOCKER_HOST", &address)
            .env("PILOTHOUSE_LOG", "trace")
            .spawn();
        terminal.wait("is no address");
        terminal.keys(":doctor<enter>");
        terminal.wait("Doctor");
        let shown = String::from_utf8_lossy(&terminal.seen().bytes).into_owned();
        assert!(!shown.contains("phtsecretregistry"), "{}", terminal.text());
        terminal.keys("<esc>");
        terminal.wait_gone("Doctor");
        terminal.keys("<ctrl-c>");
        terminal.assert_ended(1);
        assert_clean(&terminal, &secrets);
    }
    let config = format!("[[hosts]]\nname = \"a\"\naddress = \"tcp://user:{CONFIG}@127.0.0.1\"\n");
    for config in [
        config.clone(),
        format!("{config}colour = 7\n"),
        config.replace("\"\n", "\n"),
    ] {
        let mut terminal = Start::new(&[]).config(&config).spawn();
        assert!(!terminal.wait_exit().success());
        let said = terminal.text();
        assert!(
            said.contains("config.toml") && !said.contains(CONFIG),
            "{said}"
        );
    }
}
