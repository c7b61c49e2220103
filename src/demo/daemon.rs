//! One simulated daemon: all of its state behind one lock, its clock and its chance.
//!
//! Must not know HTTP routes; handlers come in through `with`.

use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::io;
#[expect(
    clippy::disallowed_types,
    reason = "the one lock of the demo, shared by two threads"
)]
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};

use tokio::sync::{broadcast, watch};

use super::chance::Chance;
use super::clock::{Clock, Nanos};
use super::container::Container;
use super::counters::Counters;
use super::events::Event;
use super::exec::Exec;
use super::faults::Fault;
use super::images::Image;
use super::life::Due;
use super::networks::Network;
use super::volumes::Volume;
use super::wire::Refusal;
use super::{Options, populate};

/// A daemon: what handlers, streams and the owner share.
#[derive(Debug)]
pub(super) struct Daemon {
    #[expect(clippy::disallowed_types, reason = "the one lock of the demo")]
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    /// Breaks all open connections.
    cut: watch::Sender<u64>,
    /// Its clock.
    pub(super) clock: Clock,
    /// Bytes written to all clients.
    pub(super) bytes_out: AtomicU64,
    /// Streams open at present.
    pub(super) streams: Arc<AtomicU64>,
    /// Connections open at present.
    pub(super) connections: AtomicU64,
}

/// Everything that a daemon knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) options: Options,
    pub(super) host: Host,
    pub(super) containers: BTreeMap<String, Container>,
    pub(super) names: HashMap<String, String>,
    pub(super) images: Vec<Image>,
    pub(super) volumes: BTreeMap<String, Volume>,
    pub(super) networks: Vec<Network>,
    pub(super) execs: HashMap<String, Exec>,
    pub(super) chance: Chance,
    /// The last events, as `since` finds them.
    pub(super) past: VecDeque<Arc<Event>>,
    pub(super) bus: broadcast::Sender<Arc<Event>>,
    pub(super) plan: BinaryHeap<Due>,
    pub(super) planned: u64,
    pub(super) fault: Fault,
    pub(super) counters: Counters,
    /// Set by whatever changes a container; tells sleeping streams to look again.
    pub(super) touched: bool,
    pub(super) next_pid: u32,
}

/// The simulated machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) cpus: u32,
    pub(super) memory: u64,
}

/// Counts a stream as open for as long as it lives.
#[derive(Debug)]
pub(super) struct StreamGuard(Arc<AtomicU64>);

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Daemon {
    /// Makes the daemon of a scenario.
    pub(super) fn new(options: Options) -> io::Result<Self> {
        let clock = Clock::start(options.epoch, options.pace, options.length);
        let state = populate::state(options, clock.started())?;
        Ok(Self {
            state: state.into(),
            changed: watch::Sender::new(0),
            cut: watch::Sender::new(0),
            clock,
            bytes_out: AtomicU64::new(0),
            streams: Arc::default(),
            connections: AtomicU64::new(0),
        })
    }

    /// Replaces all containers by those of other options; clock and counters go on.
    pub(super) fn replace(&self, options: Options) -> io::Result<()> {
        let fresh = populate::state(options, self.clock.now())?;
        self.with(|state, _| {
            let counters = std::mem::take(&mut state.counters);
            *state = fresh;
            state.counters = counters;
            state.touched = true;
        });
        Ok(())
    }

    /// Works on the state under the lock, at the present moment.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut State, Nanos) -> R) -> R {
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut state, now);
        let touched = std::mem::take(&mut state.touched);
        drop(state);
        if touched {
            self.changed.send_modify(|count| *count += 1);
        }
        result
    }

    /// Wakes whenever a container changed.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Wakes when all connections are to break.
    pub(super) fn cuts(&self) -> watch::Receiver<u64> {
        self.cut.subscribe()
    }

    /// Breaks all open connections.
    pub(super) fn cut_all(&self) {
        self.cut.send_modify(|count| *count += 1);
    }

    /// Sets how the engine misbehaves from now on.
    pub(super) fn set_fault(&self, fault: Fault) {
        self.with(|state, _| state.fault = fault);
        if matches!(fault, Fault::CloseMidStream | Fault::CloseAtOnce) {
            self.cut_all();
        }
    }

    /// Counts a stream as open until the guard goes.
    pub(super) fn open_stream(&self) -> StreamGuard {
        self.streams.fetch_add(1, Relaxed);
        StreamGuard(Arc::clone(&self.streams))
    }

    /// What has been asked and answered up to now.
    pub(super) fn counters(&self) -> Counters {
        let mut counters = self.with(|state, _| state.counters.clone());
        counters.bytes_out = self.bytes_out.load(Relaxed);
        counters.streams_open = self.streams.load(Relaxed);
        counters.connections_open = self.connections.load(Relaxed);
        counters
    }
}

impl State {
    /// The id behind a name, an id or a unique beginning of an id.
    pub(super) fn find(&self, reference: &str) -> Result<String, Refusal> {
        let name = reference.strip_prefix('/').unwrap_or(reference);
        if let Some(id) = self.names.get(name) {
            return Ok(id.clone());
        }
        let from = reference.to_owned();
        let mut hits = self
            .containers
            .range(from..)
            .take_while(|(id, _)| id.starts_with(reference));
        match (hits.next(), hits.next()) {
            (Some((id, _)), None) if !reference.is_empty() => Ok(id.clone()),
            (Some(_), Some(_)) if !reference.is_empty() => Err(Refusal::new(
                400,
                format!("Multiple IDs found with provided prefix: {reference}"),
            )),
            _ => Err(Refusal::missing(format!("No such container: {reference}"))),
        }
    }

    /// The container behind a reference.
    pub(super) fn container(&self, reference: &str) -> Result<&Container, Refusal> {
        let id = self.find(reference)?;
        self.containers
            .get(&id)
            .ok_or_else(|| Refusal::missing(format!("No such container: {reference}")))
    }

    /// The container behind a reference, to be changed: its cached list entry is void.
    pub(super) fn container_mut(&mut self, reference: &str) -> Result<&mut Container, Refusal> {
        let id = self.find(reference)?;
        self.touched = true;
        let found = self.containers.get_mut(&id);
        found.ok_or_else(|| Refusal::missing(format!("No such container: {reference}")))
    }

    /// Whether the played API is as new as this.
    pub(super) fn speaks(&self, minor: u8) -> bool {
        self.options.api_version >= (1, minor)
    }

    /// The engine's version that goes with the played API.
    pub(super) fn engine_version(&self) -> &'static str {
        match self.options.api_version.1 {
            0..=40 => "19.03.15",
            41 => "20.10.24",
            42 => "23.0.6",
            43 => "24.0.9",
            44 => "25.0.5",
            45 => "26.1.4",
            46 => "27.1.2",
            47 => "27.5.1",
            48..=50 => "28.2.2",
            51 => "28.5.1",
            _ => "29.0.0",
        }
    }

    /// The oldest API that is answered.
    pub(super) fn oldest_api(&self) -> (u8, u8) {
        match self.options.api_version.1 {
            0..=43 => (1, 12),
            44..=51 => (1, 24),
            _ => (1, 44),
        }
    }
}
