//! A host: where its engine is, whether it answers, what it is.

use std::fmt;
use std::path::PathBuf;

use super::{Problem, Time};

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// Plain TCP.
    Tcp {
        /// Host name or IP address, without brackets.
        host: String,
        /// Port.
        port: u16,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

/// Why a place was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Given with `--host`, or typed on the connection screen.
    Given,
    /// The variable `DOCKER_HOST`.
    Environment,
    /// A Docker context: its name.
    Context(String),
    /// One of the usual sockets: whose it is.
    Usual(&'static str),
    /// The demo engine: its scenario.
    Demo(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("given"),
            Self::Environment => f.write_str("DOCKER_HOST"),
            Self::Context(name) => write!(f, "context {name}"),
            Self::Usual(whose) => write!(f, "usual socket of {whose}"),
            Self::Demo(scenario) => write!(f, "demo {scenario}"),
        }
    }
}

/// One place where an engine was looked for, and why there was none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Why it was tried.
    pub source: Source,
    /// What was tried, as it was written: an address, or a name that led to none.
    pub place: String,
    /// What came of it.
    pub problem: Problem,
}

/// The state of the connection to a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// The first or a further try is under way.
    Connecting {
        /// When it began.
        since: Time,
    },
    /// The engine answers and its events are followed.
    Up {
        /// Where it was found.
        address: Address,
        /// Why it was looked for there.
        source: Source,
        /// Since when.
        since: Time,
    },
    /// The engine does not answer.
    Down {
        /// Every place tried, with its reason.
        attempts: Vec<Attempt>,
        /// When the connection was lost; none when it never was up.
        since: Option<Time>,
        /// When the next try begins.
        retry: Time,
    },
}

impl Link {
    /// Whether the engine answers.
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }
}

/// What an engine says of itself and its machine. Empty or zero where it has not said yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostInfo {
    /// The machine's name.
    pub name: String,
    /// The engine's name: `Docker`, `Podman`.
    pub engine: String,
    /// The engine's version: `20.10.24`.
    pub version: String,
    /// The API version that is spoken with it: `1.41`.
    pub api: String,
    /// The operating system, in its own words.
    pub os: String,
    /// Kernel version.
    pub kernel: String,
    /// Cores.
    pub cpus: u32,
    /// Bytes of memory.
    pub memory: u64,
}
