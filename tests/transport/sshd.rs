//! An sshd of the test's own, and an ssh program that knows only it: their keys, their settings
//! and what they have logged are in a folder that goes with them.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pilothouse::model::Address;
use pilothouse::model::host::SshTarget;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::pty::skip::skip;

const SSHD: &str = "/usr/sbin/sshd";
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A server and its client.
pub(crate) struct Sshd {
    dir: TempDir,
    port: u16,
    child: Option<Child>,
    /// The name by which the client knows it, found nowhere else.
    pub(crate) alias: String,
    user: String,
}

/// Whether there is an sshd here. With `CI=true` there must be.
pub(crate) fn there_is_one() -> bool {
    let there = Path::new(SSHD).exists();
    if !there {
        skip(&format!("there is no {SSHD}"));
    }
    there
}

pub(crate) fn root() -> bool {
    rustix::process::getuid().is_root()
}

impl Sshd {
    /// A server with further settings, one a line.
    pub(crate) fn start(more: &str) -> Self {
        let me = Command::new("id").arg("-un").output().unwrap().stdout;
        Self::of(String::from_utf8(me).unwrap().trim(), more)
    }

    /// The same for a login as somebody else.
    pub(crate) fn of(user: &str, more: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("pht")
            .tempdir_in("/tmp")
            .unwrap();
        // a server that is not root still reads its settings and keys here
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        drop(taken);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut sshd = Self {
            dir,
            port,
            child: None,
            alias: format!("pht-{}-{count}", std::process::id()),
            user: user.to_owned(),
        };
        for key in ["host", "id"] {
            sshd.make_key(key);
        }
        fs::copy(sshd.file("id.pub"), sshd.file("authorized_keys")).unwrap();
        let at = sshd.dir.path().display().to_string();
        let server = format!(
            "{more}\nListenAddress 127.0.0.1\nPort {port}\nHostKey {at}/host\nPidFile none\n\
             AuthorizedKeysFile {at}/authorized_keys\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n\
             PermitRootLogin prohibit-password\nLogLevel VERBOSE\nMaxStartups 100\nPrintMotd no\n"
        );
        fs::write(sshd.file("sshd_config"), server).unwrap();
        let client = format!(
            "Host {}\n HostName 127.0.0.1\n Port {port}\n User {user}\n IdentityFile {at}/id\n \
             IdentitiesOnly yes\n IdentityAgent none\n UserKnownHostsFile {at}/known_hosts\n \
             GlobalKnownHostsFile /dev/null\n",
            sshd.alias
        );
        fs::write(sshd.file("config"), client).unwrap();
        sshd.know_host("host");
        let ssh = format!("#!/bin/sh\nexec /usr/bin/ssh -F {at}/config \"$@\"\n");
        fs::create_dir(sshd.file("bin")).unwrap();
        fs::write(sshd.program(), ssh).unwrap();
        fs::set_permissions(sshd.program(), fs::Permissions::from_mode(0o755)).unwrap();
        sshd.listen();
        sshd
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The ssh program that knows this server.
    pub(crate) fn program(&self) -> PathBuf {
        self.file("bin/ssh")
    }

    pub(crate) fn address(&self, socket: Option<&Path>) -> Address {
        Address::Ssh(SshTarget {
            user: None,
            host: self.alias.clone(),
            port: None,
            socket: socket.map(Path::to_owned),
        })
    }

    pub(crate) fn make_key(&self, name: &str) {
        let file = self.file(name);
        let _ = fs::remove_file(&file);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "pht", "-f"])
            .arg(&file)
            .status();
        assert!(made.unwrap().success());
    }

    /// Puts a passphrase on a key.
    pub(crate) fn lock_key(&self, name: &str, passphrase: &str) {
        let locked = Command::new("ssh-keygen")
            .args(["-q", "-p", "-P", "", "-N", passphrase, "-f"])
            .arg(self.file(name))
            .stdout(Stdio::null())
            .status();
        assert!(locked.unwrap().success());
    }

    /// What the client believes of the server's key: that of a file.
    pub(crate) fn know_host(&self, key: &str) {
        let public = fs::read_to_string(self.file(&format!("{key}.pub"))).unwrap();
        let line = format!("[127.0.0.1]:{} {public}", self.port);
        fs::write(self.file("known_hosts"), line).unwrap();
    }

    pub(crate) fn know_no_host(&self) {
        fs::write(self.file("known_hosts"), "").unwrap();
    }

    /// Adds a setting to the client's.
    pub(crate) fn client(&self, line: &str) {
        let mut text = fs::read_to_string(self.file("config")).unwrap();
        let _ = writeln!(text, " {line}");
        fs::write(self.file("config"), text).unwrap();
    }

    /// The client's way to this server leads through another one.
    pub(crate) fn behind(&self, gate: &Self) {
        self.client(&format!("ProxyJump {}", gate.alias));
        let mut text = fs::read_to_string(self.file("config")).unwrap();
        text += &fs::read_to_string(gate.file("config")).unwrap();
        fs::write(self.file("config"), text).unwrap();
    }

    /// Replaces a line of the client's settings.
    pub(crate) fn client_instead(&self, line: &str, other: &str) {
        let text = fs::read_to_string(self.file("config")).unwrap();
        assert!(text.contains(line), "{text}");
        fs::write(self.file("config"), text.replacen(line, other, 1)).unwrap();
    }

    /// The PATH of a program that is to use this server's ssh.
    pub(crate) fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap();
        format!("{}:{path}", self.file("bin").display())
    }

    /// Begins to listen.
    pub(crate) fn listen(&mut self) {
        if root() {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let child = Command::new(SSHD)
            .args(["-D", "-f"])
            .arg(self.file("sshd_config"))
            .arg("-E")
            .arg(self.file("sshd.log"))
            .stdin(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let port = self.port;
        wait_for("sshd", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
    }

    /// Kills the server with all its connections.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let mut all = vec![i32::try_from(child.id()).unwrap()];
        let mut next = 0;
        while let Some(parent) = all.get(next).copied() {
            all.extend(
                processes()
                    .into_iter()
                    .filter(|p| p.parent == parent)
                    .map(|p| p.pid),
            );
            next += 1;
        }
        for pid in all {
            let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        }
        child.wait().unwrap();
    }

    /// How many logins the server has seen, by whatever proof.
    pub(crate) fn logins(&self) -> usize {
        let log = fs::read_to_string(self.file("sshd.log")).unwrap_or_default();
        log.lines()
            .filter(|line| line.starts_with("Accepted ") && line.contains(" for "))
            .count()
    }

    /// The client's processes that connect to the server.
    pub(crate) fn clients(&self) -> Vec<Process> {
        let all = processes().into_iter();
        let is_ssh = |process: &Process| {
            let program = process.line.split(' ').next().unwrap_or_default();
            program.ends_with("/ssh") && process.line.contains(&self.alias)
        };
        all.filter(is_ssh).collect()
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.kill();
        for client in self.clients() {
            let _ = kill_process(Pid::from_raw(client.pid).unwrap(), Signal::KILL);
        }
    }
}

/// A process of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// Its command line, words divided by blanks.
    pub(crate) line: String,
}

/// All processes that are no zombies.
pub(crate) fn processes() -> Vec<Process> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse() else {
            continue;
        };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let mut after = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let (state, parent) = (after.next(), after.next());
        if state.is_none_or(|state| state == "Z") {
            continue;
        }
        all.push(Process {
            pid,
            parent: parent.and_then(|parent| parent.parse().ok()).unwrap_or(0),
            line: String::from_utf8_lossy(&line).replace('\0', " "),
        });
    }
    all
}

/// Waits until something holds, for as long as anything may take.
#[expect(clippy::disallowed_methods, reason = "a test's own limit")]
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A user of this machine that goes with this.
pub(crate) struct User(pub(crate) String);

impl User {
    pub(crate) fn make() -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pht{}x{count}", std::process::id());
        let made = Command::new("useradd")
            .args(["-M", "-N", "-d", "/", "-s", "/bin/sh", "-p", "*", &name])
            .status();
        assert!(made.unwrap().success(), "useradd");
        Self(name)
    }

    /// One that logs in with a password.
    pub(crate) fn with_password(password: &str) -> Self {
        let user = Self::make();
        let mut child = Command::new("chpasswd")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut words = child.stdin.take().unwrap();
        writeln!(words, "{}:{password}", user.0).unwrap();
        drop(words);
        assert!(child.wait().unwrap().success(), "chpasswd");
        user
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = Command::new("userdel").arg(&self.0).status();
    }
}
