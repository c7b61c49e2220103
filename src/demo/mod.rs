//! A simulated Docker engine: a real HTTP server on a unix socket, speaking the Docker Engine API.
//!
//! It keeps its state (a stopped container stays stopped), has its own clock and seeded chance, and
//! plays the scenarios in `assets/demo`. Must use no other module of this crate, so that client and
//! server can't share a mistake.

mod actions;
mod chance;
mod clock;
mod connection;
mod container;
mod containers;
mod counters;
mod curve;
mod daemon;
mod events;
mod exec;
mod faults;
pub mod fleet;
mod hijack;
mod images;
mod inspect;
mod life;
mod lifecycle;
mod lines;
mod list;
mod logs;
mod networks;
mod play;
mod populate;
mod programs;
mod query;
mod routes;
mod scenario;
mod server;
mod shell;
mod stats;
mod storms;
mod syntax;
mod system;
mod top;
mod volumes;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

pub use counters::Counters;
pub use faults::Fault;
pub use scenario::Scenario;

use crate::os::local::{Listener, Place};
use daemon::Daemon;
use server::Ask;

/// How a simulated engine is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it plays.
    pub scenario: Scenario,
    /// How many containers a crowd has; the scenario's own number without it.
    pub count: Option<usize>,
    /// Seed of all chance.
    pub seed: u64,
    /// The API version it plays, major and minor; shapes and engine version follow.
    pub api_version: (u8, u8),
    /// Events a second from containers that stop and start by chance; 0 for none.
    pub events_per_second: f64,
    /// Makes every third container emit the three events of a healthcheck this often.
    pub healthcheck_every: Option<Duration>,
    /// The moment at which its clock starts, for pictures that repeat; the present without it.
    pub epoch: Option<DateTime<Utc>>,
    /// How many of its seconds pass in one of ours, for pictures with a history.
    pub pace: f64,
    /// How long its clock runs until it stands still, for pictures that repeat; for ever without
    /// it.
    pub length: Option<Duration>,
    /// The machine that it runs on; the scenario's own without it.
    pub machine: Option<Machine>,
    /// When it is down by itself; never without it.
    pub outages: Option<Outages>,
}

/// A simulated machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Its processors.
    pub cpus: u32,
    /// Bytes of its memory.
    pub memory: u64,
}

/// How long an engine is up and down in turn, on average, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outages {
    /// Seconds that it answers.
    pub up: f64,
    /// Seconds that it does not.
    pub down: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scenario: Scenario::Shop,
            count: None,
            seed: 1,
            api_version: (1, 41),
            events_per_second: 0.0,
            healthcheck_every: None,
            epoch: None,
            pace: 1.0,
            length: None,
            machine: None,
            outages: None,
        }
    }
}

impl From<Scenario> for Options {
    fn from(scenario: Scenario) -> Self {
        Self {
            scenario,
            ..Self::default()
        }
    }
}

/// A running simulated engine: its thread and its private place to listen at. Both go when it is
/// dropped.
#[derive(Debug)]
pub struct Demo {
    daemon: Arc<Daemon>,
    place: Place,
    asks: Option<mpsc::UnboundedSender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a simulated engine on a socket of its own.
pub fn start(options: Options) -> io::Result<Demo> {
    let daemon = Arc::new(Daemon::new(options)?);
    let place = Place::new(names())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = {
        let _inside = runtime.enter();
        Listener::bind(place.path())?
    };
    let (asks, asked) = mpsc::unbounded_channel();
    let (shared, path) = (Arc::clone(&daemon), place.path().to_owned());
    let thread = std::thread::Builder::new()
        .name("demo".to_owned())
        .spawn(move || {
            // the owner sees a dead server by its socket
            let _ = runtime.block_on(server::run(shared, listener, path, asked));
        })?;
    Ok(Demo {
        daemon,
        place,
        asks: Some(asks),
        thread: Some(thread),
    })
}

impl Demo {
    /// The socket or pipe on which it answers.
    pub fn socket(&self) -> &Path {
        self.place.path()
    }

    /// Makes it misbehave from now on; open connections break where the fault says so.
    pub fn set_fault(&self, fault: Fault) {
        self.daemon.set_fault(fault);
    }

    /// What it has been asked up to now.
    pub fn counters(&self) -> Counters {
        self.daemon.counters()
    }

    /// Kills the engine: closes the socket and drops all connections. Containers keep their state.
    pub fn pause(&self) {
        let (done, wait) = oneshot::channel();
        self.ask(Ask::Pause(done));
        wait_for(wait);
    }

    /// Brings a killed engine back as it was.
    pub fn resume(&self) -> io::Result<()> {
        self.come_back(None)
    }

    /// Brings a killed engine back with other containers.
    pub fn resume_with(&self, options: Options) -> io::Result<()> {
        self.come_back(Some(Box::new(options)))
    }

    fn come_back(&self, options: Option<Box<Options>>) -> io::Result<()> {
        let (done, wait) = oneshot::channel();
        self.ask(Ask::Resume(options, done));
        let gone = || io::Error::new(io::ErrorKind::BrokenPipe, "the simulated engine has ended");
        wait_for(wait).unwrap_or_else(|| Err(gone()))
    }

    fn ask(&self, ask: Ask) {
        if let Some(asks) = &self.asks {
            // a server that has ended can't answer; the waiter sees it
            let _ = asks.send(ask);
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits for the server's thread from a thread that may itself be driving async work.
fn wait_for<T: Send>(answer: oneshot::Receiver<T>) -> Option<T> {
    std::thread::scope(|scope| {
        scope
            .spawn(|| answer.blocking_recv().ok())
            .join()
            .ok()
            .flatten()
    })
}

/// Names for private places, other ones for each engine of each process.
fn names() -> impl Iterator<Item = String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let process = std::process::id();
    std::iter::repeat_with(move || {
        format!("pilothouse-demo-{process}-{}", COUNT.fetch_add(1, Relaxed))
    })
}

/// Serves a simulated engine on a given socket or pipe until it is dropped. A stale socket is
/// replaced, one on which something answers is not; the socket is removed at the end.
pub async fn serve(listen: &Path, options: Options) -> io::Result<()> {
    serve_all(vec![(listen.to_owned(), options)]).await
}

/// Serves several simulated engines likewise, each on its own.
pub async fn serve_all(engines: Vec<(PathBuf, Options)>) -> io::Result<()> {
    let (mut serving, mut asks) = (JoinSet::new(), Vec::new());
    for (socket, options) in engines {
        let daemon = Arc::new(Daemon::new(options)?);
        let listener = Listener::bind(&socket)?;
        let (sender, asked) = mpsc::unbounded_channel();
        asks.push(sender);
        serving.spawn(server::run(daemon, listener, socket, asked));
    }
    match serving.join_next().await {
        Some(Ok(ended)) => ended,
        Some(Err(fault)) => Err(io::Error::other(fault)),
        None => Ok(()),
    }
}
