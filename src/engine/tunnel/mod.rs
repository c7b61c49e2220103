//! The way to an engine on another machine, by the person's own ssh: one connection of ours for
//! each host, which forwards the engine's socket to a private one, so that every stream is a
//! channel of it. Where forwarding is refused each connection is a `docker system dial-stdio`.
//!
//! The person's own ssh masters are never used: what is forwarded by them would outlive us.

mod den;
mod dial;
mod line;
mod probe;
mod resolved;
mod words;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command as StdCommand;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixStream;
use tokio::sync::OnceCell;

use den::Den;
pub(crate) use den::sweep;
pub(crate) use dial::Dial;
use line::Control;
use probe::{Remote, There};
pub(crate) use resolved::Resolved;

use super::error::Error;
use super::route::Failure;
use super::transport::{Api, Greeting, Way};
use crate::model::host::{Check, SshTarget};
use crate::model::text::clean;
use crate::model::{Address, Problem, ProblemKind};
use crate::spec::words::quoted;

/// How long a login without a person may take, jump hosts included.
const LOGIN: Duration = Duration::from_secs(30);
/// How long the engine may take to greet through a tunnel.
const GREETING: Duration = Duration::from_secs(5);
/// How long an engine may be silent to a connection of its own before that is looked into.
const SPEAK: Duration = Duration::from_secs(5);
/// Streams open at once through a tunnel.
pub(crate) const STREAMS: usize = 64;
/// The same where each takes a channel with a command.
pub(crate) const STREAMS_DIALLED: usize = 4;

/// What all tunnels have in common.
#[derive(Debug)]
pub(crate) struct Common {
    /// The ssh program.
    program: Arc<Path>,
    /// The private folder, made when it is first needed.
    den: OnceCell<Arc<Den>>,
}

impl Common {
    pub(crate) fn new(program: &Path) -> Arc<Self> {
        Arc::new(Self {
            program: Arc::from(program),
            den: OnceCell::new(),
        })
    }

    /// The ssh program.
    pub(crate) fn program(&self) -> Arc<Path> {
        Arc::clone(&self.program)
    }
}

/// One of our own ssh connections, in the background. Dropping it ends it.
pub(crate) struct Master {
    control: Control,
    /// What ssh says meanwhile.
    log: PathBuf,
    /// Its process, once it was told.
    pid: Option<Pid>,
    den: Arc<Den>,
}

impl Master {
    async fn prepare(common: &Common) -> Result<Self, Failure> {
        let made = common
            .den
            .get_or_try_init(|| async { Den::make().map(Arc::new) })
            .await;
        let den = made.map_err(|error| {
            let summary = "there is no private place for the sockets of ssh connections";
            let problem = Problem::new(ProblemKind::Denied, summary, error.to_string());
            let hint = "XDG_RUNTIME_DIR, TMPDIR or /tmp has to be writable, with a path of at most 50 bytes";
            Failure::at(Check::Login, problem.hint(hint))
        })?;
        Ok(Self {
            control: Control {
                program: common.program(),
                socket: den.file(line::CONTROL),
            },
            log: den.file("log"),
            pid: None,
            den: Arc::clone(den),
        })
    }

    /// Logs in without a person.
    async fn start(common: &Common, target: &SshTarget) -> Result<Self, Failure> {
        let mut master = Self::prepare(common).await?;
        let login = line::silent_login(&master.control, target, &master.log);
        let said = line::run(login, None, LOGIN).await;
        let said = said.map_err(|error| no_ssh(&error, target))?;
        if said.code != Some(0) {
            let words = format!("{}\n{}", master.words(), said.err);
            return Err(words::failure(words.trim(), target));
        }
        master.settle(target).await?;
        Ok(master)
    }

    /// Learns its process, by which it answers that it is there.
    async fn settle(&mut self, target: &SshTarget) -> Result<(), Failure> {
        let said = self.control.word("check", &[]).await;
        let said = said.map_err(|error| no_ssh(&error, target))?;
        let pid = said.err.split_once("pid=").and_then(|(_, rest)| {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            Pid::from_raw(digits.parse().ok()?)
        });
        if said.code != Some(0) || pid.is_none() {
            return Err(words::failure(&said.err, target));
        }
        self.pid = pid;
        Ok(())
    }

    /// What it has said so far.
    fn words(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it is there.
    async fn is_alive(&self) -> bool {
        UnixStream::connect(&self.control.socket).await.is_ok()
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.log);
        if !self.control.socket.exists() {
            return;
        }
        match self.pid {
            // whoever listens at this path is it: nobody else has the folder
            Some(pid) if std::os::unix::net::UnixStream::connect(&self.control.socket).is_ok() => {
                let _ = kill_process(pid, Signal::TERM);
            }
            Some(_) => {}
            None => self.control.end_now(),
        }
    }
}

/// Forwards ports through an ssh connection of ours.
#[derive(Clone)]
pub(crate) struct Porter {
    control: Control,
    /// The folder stays for as long as this may be used.
    _den: Arc<Den>,
}

impl Porter {
    /// Listens here, as `-L` says it.
    ///
    /// # Errors
    /// Why ssh does not, in its own words.
    pub(crate) async fn forward(&self, ways: &str) -> Result<(), String> {
        match self.control.word("forward", &["-L", ways]).await {
            Ok(said) if said.code == Some(0) => Ok(()),
            Ok(said) => Err(clean(said.err.trim())),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Listens no more.
    pub(crate) async fn cancel(&self, ways: &str) {
        // of a connection that is gone nothing is left to cancel
        let _ = self.control.word("cancel", &["-L", ways]).await;
    }
}

fn no_ssh(error: &io::Error, target: &SshTarget) -> Failure {
    let host = &target.host;
    let problem = match error.kind() {
        io::ErrorKind::NotFound => {
            let summary = "there is no ssh program here";
            Problem::new(ProblemKind::Unsupported, summary, error.to_string())
                .hint("install OpenSSH's client")
        }
        io::ErrorKind::TimedOut => Problem::new(
            ProblemKind::Timeout,
            format!("the login at {host} took longer than {} s", LOGIN.as_secs()),
            "",
        )
        .hint("log in by hand to see where it stands"),
        _ => Problem::new(
            ProblemKind::Unreachable,
            "ssh did not run",
            error.to_string(),
        )
        .hint("its own words say why"),
    };
    Failure::at(Check::Login, problem)
}

/// A login that a person does at the terminal.
pub struct Login {
    /// The ssh to run: it asks what it has to and ends when the login is done.
    pub command: StdCommand,
    pub(crate) master: Master,
    pub(crate) target: SshTarget,
}

/// Prepares a login for a person.
pub(crate) async fn login(common: &Common, target: &SshTarget) -> Result<Login, Problem> {
    let master = Master::prepare(common)
        .await
        .map_err(|failure| failure.problem)?;
    Ok(Login {
        command: line::asking_login(&master.control, target),
        master,
        target: target.clone(),
    })
}

/// The engine of one host, as ssh reaches it.
pub(crate) struct Tunnel {
    target: SshTarget,
    common: Arc<Common>,
    master: Option<Master>,
    /// The engine's place there, and how it is reached.
    found: Option<(Remote, Way)>,
    forwarded: Option<String>,
}

impl Tunnel {
    /// A tunnel that has not been dug yet.
    pub(crate) fn new(target: &SshTarget, common: &Arc<Common>) -> Self {
        Self {
            target: target.clone(),
            common: Arc::clone(common),
            master: None,
            found: None,
            forwarded: None,
        }
    }

    /// Goes on with a login that a person has made.
    pub(crate) async fn adopt(&mut self, login: Login) -> Result<(), Failure> {
        let mut master = login.master;
        master.settle(&self.target).await?;
        self.forget();
        self.master = Some(master);
        Ok(())
    }

    /// Whether a login is for this tunnel.
    pub(crate) fn is_of(&self, login: &Login) -> bool {
        self.target == login.target
    }

    fn forget(&mut self) {
        (self.master, self.found, self.forwarded) = (None, None, None);
    }

    /// Logs in where that has not been done, finds the engine and greets it.
    pub(crate) async fn reach(&mut self) -> Result<(Api, Greeting), Failure> {
        if let Some(master) = &self.master
            && !master.is_alive().await
        {
            self.forget();
        }
        if let Some((_, way)) = &self.found
            && let Ok(greeted) = Api::greeted(way.clone(), GREETING).await
        {
            return Ok(greeted);
        }
        let control = self.master().await?.control.clone();
        let there = probe::ask(&control, &self.target).await?;
        let remote = there.choose(&self.target.host)?;
        let way = self.forward(&remote).await?;
        match Api::greeted(way.clone(), GREETING).await {
            Ok(greeted) => {
                self.found = Some((remote, way));
                Ok(greeted)
            }
            Err(error) if error.is_cut() => self.dial(&there, remote, &error).await,
            Err(error) => Err(Failure::at(
                error.step(),
                error.at_connect(&Address::Ssh(self.target.clone())),
            )),
        }
    }

    /// How many streams may be open at once.
    pub(crate) fn streams(&self) -> usize {
        match &self.found {
            Some((_, Way::Dial(_))) => STREAMS_DIALLED,
            _ => STREAMS,
        }
    }

    /// What ports are forwarded by, while it is logged in.
    pub(crate) fn porter(&self) -> Option<Porter> {
        let master = self.master.as_ref()?;
        Some(Porter {
            control: master.control.clone(),
            _den: Arc::clone(&master.den),
        })
    }

    /// Where the engine was found there, in words.
    pub(crate) fn place(&self) -> Option<String> {
        let (remote, way) = self.found.as_ref()?;
        Some(match way {
            Way::Dial(_) => format!("{remote}, by docker system dial-stdio"),
            _ => remote.to_string(),
        })
    }

    async fn master(&mut self) -> Result<&Master, Failure> {
        let master = match self.master.take() {
            Some(master) => master,
            None => Master::start(&self.common, &self.target).await?,
        };
        Ok(self.master.insert(master))
    }

    /// Forwards the engine's place to a private socket.
    async fn forward(&mut self, remote: &Remote) -> Result<Way, Failure> {
        let last = self.forwarded.take();
        let master = self.master().await?;
        let porter = Porter {
            control: master.control.clone(),
            _den: Arc::clone(&master.den),
        };
        if let Some(last) = last {
            porter.cancel(&last).await;
        }
        let socket = master.den.file("s");
        let far = match remote {
            Remote::Socket(path) => path.replace('\\', "\\\\").replace(':', "\\:"),
            Remote::Tcp(place) => place.clone(),
        };
        let ways = format!("{}:{far}", socket.display());
        if let Err(words) = porter.forward(&ways).await {
            let summary = format!("ssh does not forward {remote} of {}", self.target.host);
            let problem = Problem::new(ProblemKind::Unreachable, summary, words);
            return Err(Failure::at(
                Check::Socket,
                problem.hint("its own words say why"),
            ));
        }
        self.forwarded = Some(ways);
        Ok(Way::Local(socket))
    }

    /// Tries a command there for each connection: the socket gave none.
    async fn dial(
        &mut self,
        there: &There,
        remote: Remote,
        cut: &Error,
    ) -> Result<(Api, Greeting), Failure> {
        let host = self.target.host.clone();
        if !there.docker {
            let summary = format!(
                "{host} passes nothing on to {remote}, and has no docker command in its PATH that could"
            );
            let problem = Problem::new(ProblemKind::Unreachable, summary, cut.to_string());
            let hint = "is the engine up? else sshd there has to allow AllowStreamLocalForwarding, or docker has to be in the PATH";
            return Err(Failure::at(Check::Socket, problem.hint(hint)));
        }
        let control = self.master().await?.control.clone();
        let command = match &remote {
            Remote::Socket(path) => format!(
                "docker -H {} system dial-stdio",
                quoted(&format!("unix://{path}"))
            ),
            Remote::Tcp(place) => format!(
                "docker -H {} system dial-stdio",
                quoted(&format!("tcp://{place}"))
            ),
        };
        let way = Way::Dial(Arc::new(Dial::new(&control, &command)));
        let error = match Api::greeted(way.clone(), GREETING).await {
            Ok(greeted) => {
                self.found = Some((remote, way));
                return Ok(greeted);
            }
            Err(error) => error,
        };
        // without anything to pass on it ends at once, and says why
        let said = line::run(control.remote(&command), Some(""), SPEAK).await;
        let words = said.map_or_else(|error| error.to_string(), |said| said.err);
        let words: String = words.trim().chars().take(400).collect();
        let said = words.to_lowercase();
        let nobody = ["cannot connect to the docker daemon", "connection refused"];
        let summary = if nobody.iter().any(|words| said.contains(words)) {
            format!("no engine answers behind {remote} on {host}")
        } else {
            format!(
                "{host} passes nothing on to {remote}, neither by ssh nor by its docker command"
            )
        };
        let detail = if words.is_empty() {
            error.to_string()
        } else {
            words
        };
        let problem = Problem::new(ProblemKind::Unreachable, summary, clean(&detail));
        Err(Failure::at(
            Check::Socket,
            problem.hint("start the engine there; its own log says more"),
        ))
    }
}
