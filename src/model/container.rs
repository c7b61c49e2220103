//! A container as the list call tells it, and what one inspect adds.

use super::{Id, Labels, Time};

/// One container. All text is already free of control characters.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Container {
    /// The engine's id.
    pub id: Id,
    /// Its name, without the leading slash.
    pub name: Box<str>,
    /// The image as it was named at creation.
    pub image: Box<str>,
    /// The command, as the engine prints it.
    pub command: Box<str>,
    /// When it was created.
    pub created: Time,
    /// Its state.
    pub state: State,
    /// The engine's own words for the state: `Up 3 minutes (healthy)`.
    pub status: Box<str>,
    /// Its health, when it has a health check; read from the status words.
    pub health: Option<Health>,
    /// How it ended, read from the status words.
    pub exit_code: Option<i32>,
    /// Ports, published and exposed.
    pub ports: Vec<Port>,
    /// The networks it is on.
    pub networks: Vec<Network>,
    /// Labels in the engine's order.
    pub labels: Labels,
    /// What is mounted: names of volumes, and folders of the host.
    pub mounts: Vec<Box<str>>,
    /// What one inspect told, when one was made.
    pub brief: Option<Brief>,
}

/// Label that names a container's compose project.
pub const PROJECT_LABEL: &str = "com.docker.compose.project";
/// Label that names a container's compose service.
pub const SERVICE_LABEL: &str = "com.docker.compose.service";

impl Container {
    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)
    }

    /// The compose project it belongs to.
    pub fn project(&self) -> Option<&str> {
        self.label(PROJECT_LABEL).filter(|name| !name.is_empty())
    }

    /// The compose service it belongs to.
    pub fn service(&self) -> Option<&str> {
        self.label(SERVICE_LABEL)
    }

    /// Whether its main process exists: running, paused or restarting.
    pub fn is_alive(&self) -> bool {
        self.state.is_alive()
    }

    /// How it ended, when that was not well.
    pub fn failed(&self) -> bool {
        self.state == State::Dead
            || (self.state == State::Exited && self.exit_code.is_some_and(|code| code != 0))
    }
}

/// A container's state, in the engine's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Its main process runs.
    Running,
    /// It ended and the restart policy is about to start it again.
    Restarting,
    /// Its processes are frozen.
    Paused,
    /// Made, never started.
    Created,
    /// It ended.
    Exited,
    /// Half removed: only removal can be tried again.
    Dead,
    /// Being removed.
    Removing,
    /// A word that this program does not know; the status text has it.
    Other,
}

impl State {
    /// Whether its main process exists, or is about to again: running, paused or restarting.
    pub fn is_alive(self) -> bool {
        match self {
            Self::Running | Self::Paused | Self::Restarting => true,
            Self::Created | Self::Exited | Self::Dead | Self::Removing | Self::Other => false,
        }
    }

    /// Whether its main process exists.
    pub fn runs(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// Every state, in the order in which a list shows them.
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::Restarting,
        Self::Paused,
        Self::Created,
        Self::Exited,
        Self::Dead,
        Self::Removing,
        Self::Other,
    ];

    /// Reads the engine's word. Podman's `stopped` is Docker's `exited`, its `configured` is `created`.
    pub fn parse(word: &str) -> Self {
        match word {
            "stopped" => Self::Exited,
            "configured" | "initialized" => Self::Created,
            _ => Self::ALL
                .into_iter()
                .find(|state| state.word() == word)
                .unwrap_or(Self::Other),
        }
    }

    /// Docker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Paused => "paused",
            Self::Created => "created",
            Self::Exited => "exited",
            Self::Dead => "dead",
            Self::Removing => "removing",
            Self::Other => "unknown",
        }
    }
}

/// What a container's health check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// Within its start period, no verdict yet.
    Starting,
    /// The last check passed.
    Healthy,
    /// As many checks in a row failed as it takes.
    Unhealthy,
}

impl Health {
    /// Docker's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// Reads Docker's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Starting, Self::Healthy, Self::Unhealthy]
            .into_iter()
            .find(|h| h.word() == word)
    }
}

/// Health and exit code out of the status words of the list call, which has no field of its own
/// for them: `Up 2 hours (healthy)`, `Up 1 second (health: starting)`, `Exited (137) 3 days ago`.
pub fn read_status(status: &str) -> (Option<Health>, Option<i32>) {
    let inner = status
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(i, _)| i);
    let Some(inner) = inner else {
        return (None, None);
    };
    let health = Health::parse(inner.trim_start_matches("health: "));
    let code = (status.starts_with("Exited") || status.starts_with("Restarting"))
        .then(|| inner.parse().ok())
        .flatten();
    (health, code)
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The port inside.
    pub private: u16,
    /// The port on the host, when published.
    pub public: Option<u16>,
    /// The host's address it is bound to.
    pub ip: Option<Box<str>>,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: Box<str>,
}

/// One network that a container is attached to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// The network's name.
    pub name: Box<str>,
    /// The container's address there; empty when it has none (stopped, or the host's network).
    pub address: Box<str>,
}

/// How many containers there are, by what matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub all: usize,
    /// Running.
    pub running: usize,
    /// Paused.
    pub paused: usize,
    /// Made and never started.
    pub created: usize,
    /// Ended or dead.
    pub exited: usize,
    /// Unhealthy.
    pub unhealthy: usize,
    /// About to be restarted.
    pub restarting: usize,
}

impl Counts {
    /// What one container adds to them.
    pub fn of(container: &Container) -> Self {
        let unhealthy = container.health == Some(Health::Unhealthy) && container.is_alive();
        let mut counts = Self {
            all: 1,
            unhealthy: usize::from(unhealthy),
            ..Self::default()
        };
        match container.state {
            State::Running => counts.running = 1,
            State::Paused => counts.paused = 1,
            State::Restarting => counts.restarting = 1,
            State::Exited | State::Dead => counts.exited = 1,
            State::Created => counts.created = 1,
            State::Removing | State::Other => {}
        }
        counts
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.with(other, usize::saturating_add)
    }

    /// Without some others.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        self.with(other, usize::saturating_sub)
    }

    fn with(&self, other: &Self, each: fn(usize, usize) -> usize) -> Self {
        Self {
            all: each(self.all, other.all),
            running: each(self.running, other.running),
            paused: each(self.paused, other.paused),
            created: each(self.created, other.created),
            exited: each(self.exited, other.exited),
            unhealthy: each(self.unhealthy, other.unhealthy),
            restarting: each(self.restarting, other.restarting),
        }
    }
}

/// What only an inspect knows, of what a list row shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Brief {
    /// When it was last started.
    pub started: Option<Time>,
    /// When it last ended.
    pub finished: Option<Time>,
    /// How often the restart policy restarted it.
    pub restarts: u32,
    /// Whether the kernel ended it for want of memory.
    pub oom_killed: bool,
    /// The exit code of its last end, or of a start that failed.
    pub exit_code: i64,
    /// The engine's words on a start that failed.
    pub error: Box<str>,
    /// Whether it has a terminal: its log is then one raw stream.
    pub tty: bool,
    /// Whether its standard input is kept open for who attaches.
    pub stdin: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_tell_health_and_exit_code() {
        let cases = [
            ("Up 2 hours (healthy)", Some(Health::Healthy), None),
            (
                "Up 1 second (health: starting)",
                Some(Health::Starting),
                None,
            ),
            ("Up 4 minutes (unhealthy)", Some(Health::Unhealthy), None),
            ("Up 3 days (Paused)", None, None),
            ("Exited (137) 3 days ago", None, Some(137)),
            ("Restarting (1) 4 seconds ago", None, Some(1)),
            ("Created", None, None),
            ("", None, None),
        ];
        for (status, health, code) in cases {
            assert_eq!(read_status(status), (health, code), "{status}");
        }
    }

    #[test]
    fn an_unknown_state_is_kept_and_podmans_words_are_understood() {
        assert_eq!(State::parse("running"), State::Running);
        assert_eq!(State::parse("stopped"), State::Exited);
        assert_eq!(State::parse("hibernating"), State::Other);
    }
}
