//! From an address to an engine that has greeted: what each sort of address needs before that.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::error::Error;
use super::transport::{Api, Greeting, Tls, Way};
use super::tunnel::{Common, Tunnel};
use crate::model::host::Check;
use crate::model::{Address, Problem, ProblemKind};
use crate::os::local::is_socket;

/// How long a place may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// How long one may that needs several round trips for it.
const ANSWER_FAR: Duration = Duration::from_secs(6);

/// A step that failed on the way to an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) check: Check,
    pub(crate) problem: Problem,
}

impl Failure {
    pub(crate) fn at(check: Check, problem: Problem) -> Self {
        Self { check, problem }
    }
}

/// The way to one place, and what is kept of it between two tries.
pub(crate) enum Route {
    /// Nothing is kept.
    Direct(Address),
    /// What was read from the files last time.
    Tls(Address, Option<Arc<Tls>>),
    /// An ssh connection.
    Tunnel(Box<Tunnel>),
    /// There is no way.
    None(Problem),
}

impl Route {
    /// The way to an address, not gone yet.
    pub(crate) fn new(address: &Result<Address, Problem>, common: &Arc<Common>) -> Self {
        match address {
            Err(problem) => Self::None(problem.clone()),
            Ok(Address::Ssh(target)) => Self::Tunnel(Box::new(Tunnel::new(target, common))),
            Ok(address @ Address::Tls { .. }) => Self::Tls(address.clone(), None),
            Ok(address) => Self::Direct(address.clone()),
        }
    }

    /// Goes it.
    pub(crate) async fn reach(&mut self) -> Result<(Api, Greeting), Failure> {
        match self {
            Self::None(problem) => Err(Failure::at(Check::Address, problem.clone())),
            Self::Direct(address) => {
                let way = direct(address)?;
                let here = address.is_here();
                let greeted = match Api::greeted(way, ANSWER).await {
                    Ok((api, greeting)) => Ok((own_socket(api, address), greeting)),
                    Err(error) => Err(no_socket(address).await.unwrap_or(error)),
                };
                greeted.map_err(|error| {
                    let step = match error.step() {
                        // whoever refuses on a socket is the engine
                        Check::Port | Check::Name if here => Check::Socket,
                        step => step,
                    };
                    Failure::at(step, error.at_connect(address))
                })
            }
            Self::Tls(address, kept) => {
                // read anew each time: who has renewed a file should not have to start again
                let tls = read(address).await?;
                let way = Way::Tls(Arc::clone(&tls));
                let greeted = Api::greeted(way, ANSWER_FAR).await;
                *kept = Some(Arc::clone(&tls));
                greeted.map_err(|error| match tls.explain(&error) {
                    Some(problem) => Failure::at(Check::Certificates, problem),
                    None => Failure::at(error.step(), error.at_connect(address)),
                })
            }
            Self::Tunnel(tunnel) => tunnel.reach().await,
        }
    }

    /// How many streams may be open at once, where the settings allow so many.
    pub(crate) fn streams(&self, most: usize) -> usize {
        match self {
            Self::Tunnel(tunnel) => most.min(tunnel.streams()),
            Self::Direct(_) | Self::Tls(..) | Self::None(_) => most,
        }
    }

    /// The tunnel, where there is one.
    pub(crate) fn tunnel(&mut self) -> Option<&mut Tunnel> {
        match self {
            Self::Tunnel(tunnel) => Some(tunnel),
            Self::Direct(_) | Self::Tls(..) | Self::None(_) => None,
        }
    }
}

/// A client that knows at which socket of this machine its engine listens.
fn own_socket(api: Api, address: &Address) -> Api {
    match address {
        Address::Unix(path) => api.listening_at(path),
        Address::Pipe(_) | Address::Tcp { .. } | Address::Tls { .. } | Address::Ssh(_) => api,
    }
}

fn direct(address: &Address) -> Result<Way, Failure> {
    match address {
        Address::Tcp { host, port } => Ok(Way::Tcp(host.clone(), *port)),
        Address::Unix(path) if cfg!(unix) => Ok(Way::Local(path.clone())),
        Address::Pipe(path) if cfg!(windows) => Ok(Way::Local(path.clone())),
        other => {
            let summary = format!("{other} cannot be reached from this system");
            let hint = if cfg!(windows) {
                "here an engine is at npipe:////./pipe/docker_engine, or at tcp://host:port"
            } else {
                "reach it by ssh://user@host, or by tcp:// with TLS"
            };
            let problem = Problem::new(ProblemKind::Unsupported, summary, "");
            Err(Failure::at(Check::Address, problem.hint(hint)))
        }
    }
}

/// What is at a socket's place, when it is something else: the system says of it only that it
/// refuses.
async fn no_socket(address: &Address) -> Option<Error> {
    let Address::Unix(path) = address else {
        return None;
    };
    let kind = timeout(ANSWER, tokio::fs::metadata(path))
        .await
        .ok()?
        .ok()?;
    let what = match kind.file_type() {
        is if is_socket(is) => return None,
        is if is.is_dir() => "a folder",
        is if is.is_file() => "a file",
        _ => "a device",
    };
    Some(Error::NotSocket(what))
}

/// Reads the files of a TLS address.
async fn read(address: &Address) -> Result<Arc<Tls>, Failure> {
    let Address::Tls { host, port, files } = address.clone() else {
        let problem = Problem::new(ProblemKind::Unsupported, "that is no TLS address", "");
        return Err(Failure::at(Check::Address, problem));
    };
    let read = tokio::task::spawn_blocking(move || Tls::read(&host, port, &files)).await;
    let tls = read.map_err(|bug| Problem::bug("reading the certificates", &bug.to_string()));
    let tls = tls.and_then(|tls| tls);
    tls.map(Arc::new)
        .map_err(|problem| Failure::at(Check::Certificates, problem))
}
