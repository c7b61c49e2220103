//! One simulated container: what it is, what state it is in, how it names itself.
//!
//! Must only change itself; what a change means to the daemon is in `lifecycle.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::chance::hex;
use super::clock::{Nanos, in_words};
use super::scenario::Template;

/// The state of a container, in Docker's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Running,
    Paused,
    Restarting,
    Exited,
}

impl Status {
    /// The word on the wire.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
        }
    }
}

/// One healthcheck that was made.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) start: Nanos,
    pub(super) end: Nanos,
    pub(super) exit_code: i64,
    pub(super) output: String,
}

/// What healthchecks say.
#[derive(Clone, Debug)]
pub(super) struct Health {
    pub(super) status: &'static str,
    pub(super) failing_streak: u32,
    /// The last five.
    pub(super) checks: VecDeque<Check>,
}

/// A stretch of time in which the container wrote its log.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) start: Nanos,
    /// Number of its first line in the container's whole log.
    pub(super) first: u64,
    /// When it ended and how many lines it wrote.
    pub(super) end: Option<(Nanos, u64)>,
    /// Whether it ended by itself and said its last words.
    pub(super) last_words: bool,
    /// Lines of its play that earlier stretches of the same life wrote.
    pub(super) skip: u64,
    /// When the play would have begun, had it not been paused.
    pub(super) origin: Nanos,
}

/// A published or exposed port.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub(super) ip: String,
    pub(super) public: Option<u16>,
    pub(super) private: u16,
    pub(super) protocol: String,
}

impl Port {
    /// Reads `8080:80`, `127.0.0.1:53:53/udp`, `6379`; `auto:80` publishes 20000 and up.
    pub(super) fn parse(text: &str, number: usize) -> Option<Self> {
        let (text, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let mut parts = text.rsplit(':');
        let private = parts.next()?.parse().ok()?;
        let public = match parts.next() {
            Some("auto") => Some(20_000 + (number % 40_000) as u16),
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        let ip = parts.next().unwrap_or("0.0.0.0").to_owned();
        Some(Self {
            ip,
            public,
            private,
            protocol: protocol.to_owned(),
        })
    }
}

/// The unchanging part of a list entry, cut where the state goes.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) head: Bytes,
    pub(super) tail: Bytes,
}

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    /// Which of its service it is, from 1.
    pub(super) number: usize,
    pub(super) project: String,
    pub(super) seed: u64,
    pub(super) created: Nanos,
    pub(super) template: Arc<Template>,
    pub(super) ports: Vec<Port>,
    /// Host part of its addresses.
    pub(super) address: u16,
    pub(super) status: Status,
    pub(super) exit_code: i64,
    pub(super) oom: bool,
    pub(super) started: Nanos,
    pub(super) finished: Nanos,
    pub(super) pid: u32,
    pub(super) restart_count: u32,
    pub(super) restart_policy: (String, u32),
    pub(super) auto_remove: bool,
    pub(super) limit: u64,
    pub(super) health: Option<Health>,
    pub(super) runs: Vec<Run>,
    /// Since when it is paused, and for how long it was before in this life.
    pub(super) paused_at: Option<Nanos>,
    pub(super) paused_for: Nanos,
    /// Grows with each start, end and removal: what was planned for an earlier life is void.
    pub(super) generation: u64,
    pub(super) execs: Vec<String>,
    pub(super) listing: Option<Arc<Listing>>,
}

/// `on-failure:3` as name and count.
fn policy(text: &str) -> (String, u32) {
    let (name, count) = text.split_once(':').unwrap_or((text, "0"));
    (name.to_owned(), count.parse().unwrap_or(0))
}

impl Container {
    /// A container of a template that has been made and never started. `number` tells apart the
    /// ports that are published on any free one.
    pub(super) fn new(
        template: Arc<Template>,
        name: String,
        seed: u64,
        created: Nanos,
        number: usize,
    ) -> Self {
        let ports = template.ports.iter();
        Self {
            id: hex(seed, 64),
            name,
            number: 1,
            project: String::new(),
            seed,
            created,
            ports: ports.filter_map(|text| Port::parse(text, number)).collect(),
            address: 2,
            status: Status::Created,
            exit_code: 0,
            oom: false,
            started: 0,
            finished: 0,
            pid: 0,
            restart_count: template.restarts,
            restart_policy: policy(&template.restart),
            auto_remove: false,
            limit: template.limit,
            health: None,
            runs: Vec::new(),
            paused_at: None,
            paused_for: 0,
            generation: 0,
            execs: Vec::new(),
            listing: None,
            template,
        }
    }

    /// Running, paused or waiting for a restart: Docker's `State.Running`.
    pub(super) fn is_up(&self) -> bool {
        matches!(
            self.status,
            Status::Running | Status::Paused | Status::Restarting
        )
    }

    /// Whether processes exist.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.status, Status::Running | Status::Paused)
    }

    /// How long its processes have run in this life, pauses left out.
    pub(super) fn active(&self, now: Nanos) -> Nanos {
        (self.paused_at.unwrap_or(now) - self.started - self.paused_for).max(0)
    }

    /// The `STATUS` column of `docker ps`.
    pub(super) fn status_text(&self, now: Nanos) -> String {
        let up = || in_words(now - self.started);
        let ago = || in_words(now - self.finished);
        match self.status {
            Status::Created => "Created".to_owned(),
            Status::Exited => format!("Exited ({}) {} ago", self.exit_code, ago()),
            Status::Restarting => format!("Restarting ({}) {} ago", self.exit_code, ago()),
            Status::Paused => format!("Up {} (Paused)", up()),
            Status::Running => match self.health.as_ref().map(|health| health.status) {
                None => format!("Up {}", up()),
                Some("starting") => format!("Up {} (health: starting)", up()),
                Some(word) => format!("Up {} ({word})", up()),
            },
        }
    }

    /// All labels: its own and those that Compose puts on.
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.template.labels.clone();
        if self.project.is_empty() {
            return labels;
        }
        let hash = hex(self.template.image.len() as u64 + self.seed, 64);
        for (key, value) in [
            ("project", self.project.clone()),
            ("service", self.template.service.clone()),
            ("container-number", self.number.to_string()),
            ("oneoff", "False".to_owned()),
            ("config-hash", hash),
            ("project.working_dir", format!("/srv/{}", self.project)),
            (
                "project.config_files",
                format!("/srv/{}/compose.yaml", self.project),
            ),
            ("version", "2.29.7".to_owned()),
        ] {
            labels.insert(format!("com.docker.compose.{key}"), value);
        }
        labels
    }

    /// Networks it is attached to; the default bridge when none is named.
    pub(super) fn networks(&self) -> Vec<String> {
        if self.template.networks.is_empty() {
            return vec!["bridge".to_owned()];
        }
        let fill = |name: &String| name.replace("{project}", &self.project);
        self.template.networks.iter().map(fill).collect()
    }

    /// Entry point and command as one list.
    pub(super) fn words(&self) -> Vec<String> {
        self.template
            .entrypoint
            .iter()
            .chain(&self.template.command)
            .cloned()
            .collect()
    }

    /// The command as `docker ps` shows it, words with blanks in quotes.
    pub(super) fn command_text(&self) -> String {
        let quote = |word: &String| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                word.clone()
            }
        };
        self.words().iter().map(quote).collect::<Vec<_>>().join(" ")
    }

    /// The user and command line of each process.
    pub(super) fn processes(&self) -> Vec<(String, String)> {
        if self.template.processes.is_empty() {
            let user = if self.template.user.is_empty() {
                "root"
            } else {
                &self.template.user
            };
            return vec![(user.to_owned(), self.words().join(" "))];
        }
        let split = |line: &String| {
            let (user, command) = line.split_once(' ').unwrap_or(("root", line));
            (user.to_owned(), command.to_owned())
        };
        self.template.processes.iter().map(split).collect()
    }

    /// Size of what it wrote, and of everything it sees.
    pub(super) fn sizes(&self) -> (u64, u64) {
        let written = match &self.template.play {
            Some(_) if self.runs.is_empty() => 0,
            Some(play) => play.written,
            None => (self.seed % 97) * 12_345,
        };
        (written, written + (60 << 20) + (self.seed % 61) * 1_048_576)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_in_each_form() {
        let port = Port::parse("127.0.0.1:5353:53/udp", 0).unwrap();
        assert_eq!(
            (port.public, port.private, port.protocol.as_str()),
            (Some(5353), 53, "udp")
        );
        assert_eq!(port.ip, "127.0.0.1");
        assert_eq!(Port::parse("6379", 0).unwrap().public, None);
        assert_eq!(Port::parse("auto:80", 7).unwrap().public, Some(20_007));
        assert!(Port::parse("x:80", 0).is_none());
    }
}
