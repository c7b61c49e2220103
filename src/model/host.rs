//! A host: where its engine is, whether it answers, what it is.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{HostId, Id, Problem, Time};

/// A host as the person knows it, whether it is connected or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a settings file"
)]
pub struct HostSpec {
    /// Its name.
    pub id: HostId,
    /// How this program knows of it.
    pub origin: Origin,
    /// Where its engine may be, in the order in which the places are tried.
    pub candidates: Vec<Candidate>,
    /// Name of the colour in which it is shown; none for the usual.
    pub colour: Option<String>,
    /// Words about it, by key: `role = "db"`.
    pub labels: BTreeMap<String, String>,
    /// Whether whatever changes something there is refused.
    pub read_only: bool,
    /// Whether every change there asks first, and harmful ones for the typed name.
    pub protect: bool,
    /// Whether the docker command would use it without being told.
    pub is_default: bool,
    /// Whether it is connected at the start.
    pub connect: bool,
}

impl HostSpec {
    /// A host without any settings of its own.
    pub fn new(id: HostId, origin: Origin, candidates: Vec<Candidate>) -> Self {
        Self {
            id,
            origin,
            candidates,
            colour: None,
            labels: BTreeMap::new(),
            read_only: false,
            protect: false,
            is_default: false,
            connect: false,
        }
    }

    /// Where it is, as it was written; empty where nobody knows.
    pub fn place(&self) -> &str {
        self.candidates.first().map_or("", |first| &first.place)
    }
}

/// How this program knows of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Named with `--host`, or by `DOCKER_HOST`.
    Given,
    /// The engine of this machine: the usual sockets.
    Local,
    /// A Docker context; whether it is the current one.
    Context {
        /// Whether the docker command would use it.
        current: bool,
    },
    /// The settings file.
    Settings,
    /// An alias of `~/.ssh/config`.
    Ssh,
    /// Typed while the program ran.
    Typed,
    /// The simulated engine.
    Demo,
}

/// A place where an engine may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Why it is tried.
    pub source: Source,
    /// What was written: an address, or a name that led to none.
    pub place: String,
    /// Where that is, or why nobody knows.
    pub address: Result<Address, Problem>,
}

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
    /// TCP with TLS.
    Tls {
        /// Host name or IP address, without brackets.
        host: String,
        /// Port.
        port: u16,
        /// What both sides prove themselves with.
        files: TlsFiles,
    },
    /// A socket of another machine, reached by the person's own ssh.
    Ssh(SshTarget),
    /// A named pipe of Windows.
    Pipe(PathBuf),
}

/// The files of a TLS connection, in PEM.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlsFiles {
    /// The authority that must have signed the engine's certificate; none: those of the system.
    pub ca: Option<PathBuf>,
    /// Our certificate.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// Whether the engine has to prove who it is. Without, anybody on the way can be it.
    pub verify: bool,
}

impl Default for TlsFiles {
    fn default() -> Self {
        Self {
            ca: None,
            cert: None,
            key: None,
            verify: true,
        }
    }
}

/// A machine as ssh knows it, and where its engine's socket is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SshTarget {
    /// The user there; none: as ssh's own settings say.
    pub user: Option<String>,
    /// Host name, IP address without brackets, or an alias of ssh's settings.
    pub host: String,
    /// The port; none: as ssh's own settings say.
    pub port: Option<u16>,
    /// The socket there; none: it is looked for.
    pub socket: Option<PathBuf>,
}

impl Address {
    /// A place of this machine: a socket, or a pipe on Windows.
    pub fn here(path: &Path) -> Self {
        if cfg!(windows) {
            Self::Pipe(path.to_owned())
        } else {
            Self::Unix(path.to_owned())
        }
    }

    /// Whether it is on this machine, so that a try costs next to nothing.
    pub fn is_here(&self) -> bool {
        match self {
            Self::Unix(_) | Self::Pipe(_) => true,
            Self::Tcp { .. } | Self::Tls { .. } | Self::Ssh(_) => false,
        }
    }

    /// The name of the machine; none when it is this one.
    pub fn machine(&self) -> Option<&str> {
        match self {
            Self::Unix(_) | Self::Pipe(_) => None,
            Self::Tcp { host, .. } | Self::Tls { host, .. } => Some(host),
            Self::Ssh(target) => Some(&target.host),
        }
    }

    /// Whether whoever answers there is believed without proof, although TLS is spoken.
    pub fn is_unverified(&self) -> bool {
        matches!(self, Self::Tls { files, .. } if !files.verify)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } | Self::Tls { host, port, .. } => {
                write!(f, "tcp://{}:{port}", bracketed(host))
            }
            Self::Ssh(target) => target.fmt(f),
            Self::Pipe(path) => write!(
                f,
                "npipe://{}",
                path.display().to_string().replace('\\', "/")
            ),
        }
    }
}

impl fmt::Display for SshTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ssh://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        f.write_str(&bracketed(&self.host))?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        match &self.socket {
            Some(socket) => write!(f, "{}", socket.display()),
            None => Ok(()),
        }
    }
}

/// A host name as it stands before a port.
pub fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
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
    /// The settings file.
    Settings,
    /// An alias of `~/.ssh/config`.
    Ssh,
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
            Self::Settings => f.write_str("settings"),
            Self::Ssh => f.write_str("ssh alias"),
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
    /// Whether it is willing to do what is an experiment yet.
    pub experimental: bool,
}

/// What a ping told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// How long the answer took.
    pub latency: Duration,
    /// How far the host's clock is ahead of ours; behind when negative. Whole seconds, since that
    /// is what the `Date` header tells. None where it tells nothing.
    pub skew: Option<i64>,
}

/// From here on a person sees that what is asked for comes late.
const LATE: Duration = Duration::from_millis(100);
/// A host that is late is so until it answers in less: one that is about as far away as that would
/// be called late and not late in turns.
const LATE_NO_MORE: Duration = Duration::from_millis(75);

impl Pulse {
    /// Whether the host is so far away that it is worth saying; `before` says whether it was.
    pub fn is_late(&self, before: bool) -> bool {
        self.latency >= if before { LATE_NO_MORE } else { LATE }
    }
}

/// Bytes of disk that an engine's objects take, as `docker system df` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Image layers.
    pub images: u64,
    /// Writable layers of containers.
    pub containers: u64,
    /// Local volumes.
    pub volumes: u64,
    /// Build cache.
    pub build_cache: u64,
}

impl DiskUse {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.images + self.containers + self.volumes + self.build_cache
    }
}

/// A step of the connection doctor, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The address makes sense.
    Address,
    /// The host's name leads to an address.
    Name,
    /// Something listens there.
    Port,
    /// ssh knows the host by its key.
    HostKey,
    /// ssh logs in.
    Login,
    /// A certificate chain that holds, and its dates.
    Certificates,
    /// There is a socket of an engine.
    Socket,
    /// The socket may be used.
    Rights,
    /// An engine speaks, in a version that is spoken here.
    Version,
    /// The clocks agree.
    Clock,
}

/// What a step of the doctor found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Well; what was seen.
    Fine(String),
    /// Not well; with what to do.
    Wrong(Problem),
    /// Not looked at; why.
    Skipped(String),
}

/// A container's port that is forwarded to this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Whose port.
    pub container: Id,
    /// The port inside the container.
    pub port: u16,
    /// The port on this machine's loopback.
    pub local: u16,
}
