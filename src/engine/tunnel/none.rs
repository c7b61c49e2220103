//! What stands for tunnels on Windows, whose ssh neither shares connections nor forwards sockets:
//! every way by ssh ends here, with a sentence. Of what is made from a tunnel there is nothing, and
//! its types have no values.

#![expect(
    clippy::unused_async,
    clippy::unused_self,
    reason = "the same calls wait and look elsewhere"
)]

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tokio::io::DuplexStream;

use super::route::Failure;
use super::transport::{Api, Greeting};
use crate::model::host::{Check, SshTarget};
use crate::model::{Problem, ProblemKind};

/// What all tunnels have in common.
#[derive(Debug)]
pub(crate) struct Common(Arc<Path>);

impl Common {
    pub(crate) fn new(program: &Path) -> Arc<Self> {
        Arc::new(Self(Arc::from(program)))
    }

    /// The ssh program.
    pub(crate) fn program(&self) -> Arc<Path> {
        Arc::clone(&self.0)
    }
}

fn none(target: &SshTarget) -> Problem {
    let summary = format!(
        "ssh hosts need a Unix system: {} is not reached",
        target.host
    );
    let detail = "the ssh of Windows neither shares a connection nor forwards an engine's socket";
    let hint = "run Pilothouse in WSL, or reach that engine by tcp:// with TLS";
    Problem::new(ProblemKind::Unsupported, summary, detail).hint(hint)
}

/// A login that a person does at the terminal: there is none.
pub struct Login {
    /// The ssh to run.
    pub command: Command,
    never: Infallible,
}

/// Prepares a login for a person.
pub(crate) async fn login(_: &Common, target: &SshTarget) -> Result<Login, Problem> {
    Err(none(target))
}

/// The engine of one host, which is not reached.
pub(crate) struct Tunnel(SshTarget);

impl Tunnel {
    /// A tunnel that is never dug.
    pub(crate) fn new(target: &SshTarget, _: &Arc<Common>) -> Self {
        Self(target.clone())
    }

    /// Goes on with a login that a person has made.
    pub(crate) async fn adopt(&mut self, login: Login) -> Result<(), Failure> {
        match login.never {}
    }

    /// Whether a login is for this tunnel.
    pub(crate) fn is_of(&self, login: &Login) -> bool {
        match login.never {}
    }

    /// Says that there is no way.
    pub(crate) async fn reach(&mut self) -> Result<(Api, Greeting), Failure> {
        Err(Failure::at(Check::Address, none(&self.0)))
    }

    /// How many streams may be open at once.
    pub(crate) fn streams(&self) -> usize {
        0
    }

    /// What ports are forwarded by.
    pub(crate) fn porter(&self) -> Option<Porter> {
        None
    }

    /// Where the engine was found there.
    pub(crate) fn place(&self) -> Option<String> {
        None
    }
}

/// Forwards ports through an ssh connection.
#[derive(Clone)]
pub(crate) enum Porter {}

impl Porter {
    /// Listens here, as `-L` says it.
    pub(crate) async fn forward(&self, _: &str) -> Result<(), String> {
        match *self {}
    }

    /// Listens no more.
    pub(crate) async fn cancel(&self, _: &str) {
        match *self {}
    }
}

/// Opens connections that are a command at the other end of an ssh connection.
pub(crate) enum Dial {}

impl Dial {
    /// Opens one.
    pub(crate) async fn open(&self) -> io::Result<DuplexStream> {
        match *self {}
    }
}

/// A destination as ssh takes it.
pub(crate) struct Resolved {
    /// The host's name or address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The jump host or command between, in words.
    pub(crate) through: Option<String>,
}

impl Resolved {
    /// Says that there is no way.
    pub(crate) async fn of(_: &Path, target: &SshTarget) -> Result<Self, Problem> {
        Err(none(target))
    }
}

/// Ends what former runs left: they left nothing.
pub(crate) async fn sweep(_: Arc<Path>) {}
