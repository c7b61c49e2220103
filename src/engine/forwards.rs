//! Ports of containers on this machine's loopback: through a host's own ssh connection where the
//! engine is far, by a listener of ours where it is here. They end with the host.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::errand::Errand;
use super::error::Error;
use super::session::Session;
use super::transport::Api;
use super::tunnel::Porter;
use super::watches::online;
use crate::model::host::Forward;
use crate::model::{Id, Problem, ProblemKind};
use crate::protocol::{Command, Reply};

/// How long the engine may take to say where a container is.
const INSPECT: Duration = Duration::from_secs(5);
/// How long a container may take to take a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections through a listener of ours that are open at once.
const CONNECTIONS: usize = 128;
/// Ports below are the system's.
const FREE: u16 = 1024;

/// What is asked for.
pub(crate) struct Ask {
    pub(crate) deed: Deed,
    /// Who waits for the answer; none where nobody does.
    pub(crate) reply: Option<oneshot::Sender<Result<Reply, Problem>>>,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Forward a port; again where its local port is forwarded already.
    Open {
        id: Id,
        port: u16,
        local: Option<u16>,
    },
    /// End what is at a local port.
    Close(u16),
}

impl Deed {
    /// What a command asks of a host's task, when that has what it is about.
    pub(crate) fn asked(command: &Command) -> Option<Self> {
        match command {
            Command::Forward { id, port, local } => Some(Self::Open {
                id: id.clone(),
                port: *port,
                local: *local,
            }),
            Command::Unforward(local) => Some(Self::Close(*local)),
            _ => None,
        }
    }

    /// Whether it ends what is forwarded now, to do it anew or for good.
    pub(crate) fn replaces(&self, active: &Active) -> bool {
        let Forward {
            container,
            port,
            local,
        } = &active.forward;
        match self {
            Self::Open {
                id,
                port: wanted,
                local: at,
            } => id == container && wanted == port && *at == Some(*local),
            Self::Close(at) => at == local,
        }
    }
}

/// By what ports of a host are forwarded.
#[derive(Clone)]
pub(crate) enum Means {
    /// A listener of ours: its containers are on this machine.
    Here(watch::Receiver<Option<Api>>),
    /// Its ssh connection.
    Ssh(Porter),
    /// Nothing.
    None,
}

/// A port that is forwarded.
pub(crate) struct Active {
    pub(crate) forward: Forward,
    held: Held,
}

enum Held {
    Here { _task: AbortOnDropHandle<()> },
    Ssh { porter: Porter, ways: String },
}

/// What came of a deed.
pub(crate) struct Outcome {
    pub(crate) result: Result<Option<Active>, Problem>,
    pub(crate) reply: Option<oneshot::Sender<Result<Reply, Problem>>>,
}

impl Active {
    /// Ends it.
    async fn end(self) {
        match self.held {
            Held::Here { .. } => {}
            Held::Ssh { porter, ways } => porter.cancel(&ways).await,
        }
    }

    /// Whether it has to be made anew when its container has another address, or its connection
    /// is another one.
    pub(crate) fn is_by_ssh(&self) -> bool {
        matches!(self.held, Held::Ssh { .. })
    }
}

impl Session<'_> {
    /// Does something about forwarded ports, beside all else.
    pub(super) fn forward(&mut self, ask: Ask) {
        let means = self.host.means(&self.found);
        let forwards = &mut self.host.forwards;
        let place = forwards.iter().position(|active| ask.deed.replaces(active));
        let before = place.map(|place| forwards.swap_remove(place));
        let name = match &ask.deed {
            Deed::Open { id, .. } => self.host.desk.names.of(id),
            Deed::Close(_) => String::new(),
        };
        let deed = perform(means, self.api.clone(), name, ask, before);
        self.errands
            .spawn(async move { Errand::Forward(deed.await) });
    }

    /// Forwards through ssh are made anew: all of them on a connection of its own, those of a
    /// container when it has started and may be somewhere else.
    pub(super) fn forward_again(&mut self, of: Option<&Id>) {
        let again = self.host.forwards.iter().filter(|active| {
            active.is_by_ssh() && of.is_none_or(|id| *id == active.forward.container)
        });
        let again: Vec<Forward> = again.map(|active| active.forward.clone()).collect();
        for Forward {
            container,
            port,
            local,
        } in again
        {
            let deed = Deed::Open {
                id: container,
                port,
                local: Some(local),
            };
            self.forward(Ask { deed, reply: None });
        }
    }
}

/// Does what is asked; `before` is what has been at that local port.
async fn perform(
    means: Means,
    api: Api,
    name: String,
    ask: Ask,
    before: Option<Active>,
) -> Outcome {
    if let Some(before) = before {
        before.end().await;
    }
    let result = match ask.deed {
        Deed::Close(_) => Ok(None),
        Deed::Open { id, port, local } => {
            open(means, &api, &name, (id, port, local)).await.map(Some)
        }
    };
    Outcome {
        result,
        reply: ask.reply,
    }
}

async fn open(
    means: Means,
    api: &Api,
    name: &str,
    (id, port, local): (Id, u16, Option<u16>),
) -> Result<Active, Problem> {
    let tried = format!("forward port {port} of {name}");
    // asked for in any case: a container that cannot be reached is said now, and not later
    let address = address(api, &id, name).await?;
    let listener = listen(port, local).await.map_err(|error| {
        let place = local.map_or_else(|| "a port".to_owned(), |local| format!("port {local}"));
        let summary = format!("could not {tried}: {place} of this machine is not free");
        Problem::new(ProblemKind::Conflict, summary, error.to_string())
            .hint("name another local port")
    })?;
    let local = listener.local_addr().map_or(0, |at| at.port());
    let forward = Forward {
        container: id.clone(),
        port,
        local,
    };
    let held = match means {
        Means::None => {
            let summary = format!("could not {tried}: its host is reached without ssh");
            return Err(Problem::new(ProblemKind::Unsupported, summary, "").hint(
                "ports are forwarded from this machine and over ssh://; or publish the port",
            ));
        }
        Means::Here(link) => Held::Here {
            _task: AbortOnDropHandle::new(tokio::spawn(serve(listener, link, id, port))),
        },
        Means::Ssh(porter) => {
            // ssh listens itself
            drop(listener);
            let ways = format!("127.0.0.1:{local}:{address}:{port}");
            porter.forward(&ways).await.map_err(|words| {
                let summary = format!("could not {tried}: ssh refused");
                Problem::new(ProblemKind::Unsupported, summary, words)
                    .hint("does sshd there allow AllowTcpForwarding?")
            })?;
            Held::Ssh { porter, ways }
        }
    };
    Ok(Active { forward, held })
}

/// The wanted port of the loopback; else the container's own where it is free; else any.
async fn listen(port: u16, local: Option<u16>) -> std::io::Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match local {
        Some(local) => bind(local).await,
        None if port < FREE => bind(0).await,
        None => match bind(port).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(0).await,
        },
    }
}

/// Where a container is, as its own machine reaches it.
async fn address(api: &Api, id: &Id, name: &str) -> Result<String, Problem> {
    let tried = format!("look where {name} is");
    let answer = api.get(&format!("/containers/{id}/json"), INSPECT).await;
    let answer = answer.map_err(|error| error.problem(&tried))?;
    let inspect: Value = serde_json::from_slice(&answer)
        .map_err(|error| Error::nonsense("the inspect", error).problem(&tried))?;
    if inspect["State"]["Running"] != true {
        let summary = format!("{name} does not run, so it has no ports");
        return Err(Problem::new(ProblemKind::Conflict, summary, "").hint("start it first"));
    }
    find(&inspect).ok_or_else(|| {
        let summary = format!("{name} has no address on its host");
        Problem::new(ProblemKind::Unsupported, summary, "")
            .hint("it is in no network of its own; reach the port where it is published")
    })
}

fn find(inspect: &Value) -> Option<String> {
    if inspect["HostConfig"]["NetworkMode"] == "host" {
        return Some("127.0.0.1".to_owned());
    }
    let networks = inspect["NetworkSettings"]["Networks"].as_object();
    let networks = networks.into_iter().flat_map(|all| all.values());
    let addresses = networks.filter_map(|network| network["IPAddress"].as_str());
    let mut addresses = addresses.chain(inspect["NetworkSettings"]["IPAddress"].as_str());
    // it goes into a line for ssh: nothing but an address may
    addresses
        .find(|address| address.parse::<Ipv4Addr>().is_ok())
        .map(str::to_owned)
}

/// Passes connections on to a container, wherever it is at that moment, until it is dropped.
async fn serve(listener: TcpListener, link: watch::Receiver<Option<Api>>, id: Id, port: u16) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // they end with this task
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((mut near, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let (mut link, id) = (link.clone(), id.clone());
        connections.spawn(async move {
            let _permit = permit;
            let pass = async {
                let api = online(&mut link).await?;
                let address = address(&api, &id, id.short()).await.ok()?;
                let far = TcpStream::connect((address.as_str(), port));
                timeout(CONNECT, far).await.ok()?.ok()
            };
            if let Some(mut far) = pass.await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_container_is_found_by_its_first_address() {
        let networks = |a: &str, b: &str| json!({"NetworkSettings": {"Networks": {"a": {"IPAddress": a}, "b": {"IPAddress": b}}}});
        assert_eq!(find(&networks("", "172.18.0.3")), Some("172.18.0.3".into()));
        assert_eq!(find(&networks("", "")), None);
        assert_eq!(find(&networks("evil:22 -oX", "")), None);
        let host = json!({"HostConfig": {"NetworkMode": "host"}});
        assert_eq!(find(&host), Some("127.0.0.1".into()));
    }
}
