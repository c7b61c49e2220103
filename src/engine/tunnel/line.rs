//! The lines by which ssh is called: which options, which environment, how long.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command as StdCommand, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use crate::model::host::SshTarget;

/// The ending of a control socket's name.
pub(crate) const CONTROL: &str = "c";
/// Bytes of what a program says that are kept.
const MAX_WORDS: u64 = 64 << 10;
/// How long a word with our own master may take.
const WORD: Duration = Duration::from_secs(3);
/// How long what a program still has to say is waited for when it has ended.
const LAST: Duration = Duration::from_millis(200);

/// What every connection of ours is, whatever the person's settings say for others: it forwards
/// nothing by itself, runs nothing, outlives nobody, and is noticed within 15 s when it is dead.
/// Host keys, users, keys, agents and jump hosts are as the person has them.
const OURS: &[&str] = &[
    "ControlPersist=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "Tunnel=no",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ConnectTimeout=10",
    "StreamLocalBindMask=0177",
    "StreamLocalBindUnlink=yes",
];

/// What a program came to.
pub(crate) struct Said {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The line that logs in and stays in the background as a master with a control socket. It ends
/// when the login is done.
fn login(program: &Path, control: &Path) -> StdCommand {
    let mut ssh = StdCommand::new(program);
    ssh.args(["-f", "-N", "-T", "-M", "-S"]).arg(control);
    for option in OURS {
        ssh.args(["-o", option]);
    }
    ssh
}

/// The same with nobody to ask: what ssh says goes to a log.
pub(crate) fn silent_login(control: &Control, target: &SshTarget, log: &Path) -> Command {
    let mut ssh = login(&control.program, &control.socket);
    ssh.args(["-o", "BatchMode=yes", "-o", "LogLevel=INFO", "-E"])
        .arg(log);
    destination(&mut ssh, target);
    quiet(ssh)
}

/// The same for a person at the terminal.
pub(crate) fn asking_login(control: &Control, target: &SshTarget) -> StdCommand {
    let mut ssh = login(&control.program, &control.socket);
    destination(&mut ssh, target);
    ssh
}

/// What ssh makes of a destination, by its own settings.
pub(crate) fn resolve(program: &Path, target: &SshTarget) -> Command {
    let mut ssh = StdCommand::new(program);
    ssh.arg("-G");
    destination(&mut ssh, target);
    quiet(ssh)
}

/// Where to.
fn destination(ssh: &mut StdCommand, target: &SshTarget) {
    if let Some(port) = target.port {
        ssh.args(["-p", &port.to_string()]);
    }
    if let Some(user) = &target.user {
        ssh.args(["-l", user]);
    }
    ssh.args(["--", &target.host]);
}

/// The control socket of a master of our own.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// The ssh program.
    pub(crate) program: Arc<Path>,
    /// Its path.
    pub(crate) socket: PathBuf,
}

impl Control {
    /// A line to the master. The person's settings are not read again, and without the master
    /// nothing is connected.
    fn line(&self) -> StdCommand {
        let mut ssh = StdCommand::new(&*self.program);
        ssh.args(["-F", "none", "-o", "ControlMaster=no"]);
        ssh.args(["-o", "ProxyCommand=/bin/false", "-o", "BatchMode=yes"]);
        ssh.arg("-S").arg(&self.socket);
        ssh
    }

    /// A word with the master: `check`, `forward`, `cancel`, `exit`.
    pub(crate) async fn word(&self, deed: &str, args: &[&str]) -> io::Result<Said> {
        let mut ssh = self.line();
        ssh.args(["-o", "StreamLocalBindMask=0177"]);
        ssh.args(["-o", "StreamLocalBindUnlink=yes"]);
        ssh.args(["-O", deed]).args(args).args(["--", "master"]);
        run(quiet(ssh), None, WORD).await
    }

    /// A command at the other end, by a channel of the master.
    pub(crate) fn remote(&self, command: &str) -> Command {
        let mut ssh = self.line();
        ssh.args(["-T", "--", "master", command]);
        quiet(ssh)
    }

    /// Ends the master, when there is one.
    pub(crate) async fn end(&self) {
        if let Err(error) = self.word("exit", &[]).await {
            tracing::warn!(%error, "an ssh connection was not ended");
        }
    }

    /// The same without waiting for anything but the call, for where nothing can be awaited.
    pub(crate) fn end_now(&self) {
        let mut ssh = self.line();
        ssh.args(["-O", "exit", "--", "master"]);
        let null = Stdio::null;
        ssh.stdin(null()).stdout(null()).stderr(null());
        // nobody waits: one that did not answer before may not now. A master that cannot be told is
        // ended by the next start
        let _ = ssh.spawn();
    }
}

/// Run apart from the terminal: nothing of it may ask a person, not even a jump host's own ssh.
fn quiet(mut command: StdCommand) -> Command {
    command.env("SSH_ASKPASS", "/bin/false");
    command.env("SSH_ASKPASS_REQUIRE", "force");
    let mut command = Command::from(command);
    command.process_group(0);
    command.kill_on_drop(true);
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a program to its end, within a time.
pub(crate) async fn run(
    mut command: Command,
    input: Option<&str>,
    within: Duration,
) -> io::Result<Said> {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn()?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdin, input) = (child.stdin.take(), input.unwrap_or_default());
    let give = async {
        if let Some(mut stdin) = stdin {
            // a program that reads no further says why by itself
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let take_out = async {
        if let Some(stdout) = stdout {
            let _ = stdout.take(MAX_WORDS).read_to_end(&mut out).await;
        }
    };
    let take_err = async {
        if let Some(stderr) = stderr {
            let _ = stderr.take(MAX_WORDS).read_to_end(&mut err).await;
        }
    };
    let status = {
        let talk = async { tokio::join!(give, take_out, take_err) };
        tokio::pin!(talk);
        let ended = async {
            let mut silent = false;
            loop {
                tokio::select! {
                    _ = &mut talk, if !silent => silent = true,
                    status = child.wait() => {
                        // one that has gone into the background may hold its ends open
                        if !silent {
                            let _ = timeout(LAST, &mut talk).await;
                        }
                        break status;
                    }
                }
            }
        };
        timeout(within, ended)
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said {
        code: status.code(),
        out: text(&out),
        err: text(&err),
    })
}
