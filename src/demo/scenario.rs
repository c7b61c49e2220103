//! Scenarios: what containers, images and networks a simulated engine begins with.
//!
//! Reads the embedded `assets/demo/*.toml`; must not know how any of it is served.

use std::collections::BTreeMap;
use std::{fmt, io, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};

use super::play::Play;

/// A named situation that a simulated engine plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scenario {
    /// A pretty three-tier system.
    #[default]
    Shop,
    /// Very many containers.
    Crowd,
    /// Logs without end.
    Storm,
    /// Refusals, stalls, hostile text.
    Trouble,
}

impl Scenario {
    /// All scenarios, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Shop, Self::Crowd, Self::Storm, Self::Trouble];

    /// The names that [`FromStr`] accepts.
    pub fn names() -> [&'static str; 4] {
        Self::ALL.map(Self::name)
    }

    /// The name of this one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Crowd => "crowd",
            Self::Storm => "storm",
            Self::Trouble => "trouble",
        }
    }

    /// What this one shows, in one sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Shop => "A web shop with its monitoring: two compose projects and a few loners.",
            Self::Crowd => "A thousand containers, or as many as you ask for, nine of ten running.",
            Self::Storm => "Logs that never end: a flood, huge lines, progress bars, raw bytes.",
            Self::Trouble => {
                "An engine that refuses, stalls and drops, with hostile names and logs."
            }
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Shop => include_str!("../../assets/demo/shop.toml"),
            Self::Crowd => include_str!("../../assets/demo/crowd.toml"),
            Self::Storm => include_str!("../../assets/demo/storm.toml"),
            Self::Trouble => include_str!("../../assets/demo/trouble.toml"),
        }
    }

    /// Reads the scenario's description.
    pub(super) fn load(self) -> io::Result<Script> {
        toml::from_str(self.text()).map_err(|fault| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("scenario {self}: {fault}"),
            )
        })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|one| one.name() == text)
            .ok_or_else(|| {
                format!(
                    "no scenario {text:?}; there are {}",
                    Self::names().join(", ")
                )
            })
    }
}

/// A scenario's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// Name of the simulated machine.
    pub(super) host: String,
    /// Its processors.
    pub(super) cpus: u32,
    /// Its memory in bytes.
    #[serde(deserialize_with = "size")]
    pub(super) memory: u64,
    /// How many containers to make of weighted templates; without it, one of each.
    pub(super) count: Option<usize>,
    /// Sizes of images by tag; an image only named here is on disk unused.
    #[serde(default)]
    pub(super) images: BTreeMap<String, String>,
    /// Volumes that no container uses.
    #[serde(default)]
    pub(super) volumes: Vec<String>,
    /// The containers.
    #[serde(rename = "container")]
    pub(super) containers: Vec<Template>,
}

/// The state a container begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Begin {
    /// Running.
    #[default]
    Running,
    /// Running and frozen.
    Paused,
    /// Ended.
    Exited,
    /// Never started.
    Created,
    /// Dies soon after each start, and its policy starts it again.
    Looping,
}

/// What is wrong with a container in the trouble scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ailment {
    /// Logs begin and then say nothing more, and never end.
    LogsStall,
    /// The connection breaks in the middle of the logs.
    LogsDrop,
    /// Statistics answer 500.
    StatsFail,
    /// It is in the list, but inspect knows nothing of it.
    InspectMissing,
    /// It removes itself after a while.
    Vanish,
}

/// How busy a container is over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shape {
    /// Hardly moves.
    #[default]
    Calm,
    /// Swings over a minute or so.
    Waves,
    /// Works hard now and then.
    Bursts,
    /// Memory climbs towards the limit, then falls.
    Climb,
}

/// One container's description; everything but name and image has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Template {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) project: String,
    pub(super) service: String,
    pub(super) labels: BTreeMap<String, String>,
    /// `8080:80`, `127.0.0.1:53:53/udp`, or `6379` for exposed only.
    pub(super) ports: Vec<String>,
    pub(super) env: Vec<String>,
    /// `volume:NAME:/path`, `bind:/from:/to:ro`, `tmpfs::/path`.
    pub(super) mounts: Vec<String>,
    pub(super) networks: Vec<String>,
    /// `healthy`, `unhealthy`, `starting` or `flipping`; empty: no healthcheck.
    pub(super) health: String,
    pub(super) health_command: String,
    pub(super) health_output: Vec<String>,
    #[serde(deserialize_with = "span")]
    pub(super) health_every: f64,
    pub(super) state: Begin,
    pub(super) exit_code: i64,
    pub(super) oom: bool,
    pub(super) restart: String,
    pub(super) restarts: u32,
    /// How long ago it was created.
    #[serde(deserialize_with = "span")]
    pub(super) age: f64,
    /// How long ago it was started; ended ones ended `ended` ago.
    #[serde(deserialize_with = "span")]
    pub(super) up: f64,
    #[serde(deserialize_with = "span")]
    pub(super) ended: f64,
    pub(super) log: String,
    pub(super) log_driver: String,
    /// Lines a second.
    pub(super) log_rate: f64,
    /// How many old lines the log driver keeps.
    pub(super) log_history: u64,
    /// The lines of the `script` style, in turn.
    pub(super) log_lines: Vec<String>,
    /// What it says when it ends by itself.
    pub(super) last_words: Vec<String>,
    /// Average percent of one core.
    pub(super) cpu: f64,
    pub(super) shape: Shape,
    #[serde(deserialize_with = "size")]
    pub(super) memory: u64,
    #[serde(deserialize_with = "size")]
    pub(super) cache: u64,
    #[serde(deserialize_with = "size")]
    pub(super) limit: u64,
    /// Bytes a second, received and sent, read and written.
    pub(super) net: [f64; 2],
    pub(super) disk: [f64; 2],
    /// `user command line` of each process; the first is PID 1.
    pub(super) processes: Vec<String>,
    pub(super) tty: bool,
    pub(super) user: String,
    pub(super) workdir: String,
    /// Ignores SIGTERM: a stop takes its whole timeout.
    pub(super) stubborn: bool,
    /// Shells in the image; `none` alone for an image without one.
    pub(super) shells: Vec<String>,
    /// Route name (`stop`, `remove`, …) → `409 message`.
    pub(super) refuse: BTreeMap<String, String>,
    pub(super) ailments: Vec<Ailment>,
    /// Share of the crowd.
    pub(super) weight: usize,
    /// How long a stop waits when nobody says.
    pub(super) stop_timeout: i64,
    /// Processor time it may take, in billionths of a core; 0 for no limit.
    pub(super) quota: u64,
    /// What its command does, where that is known exactly.
    #[serde(skip)]
    pub(super) play: Option<Play>,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            name: String::new(),
            image: String::new(),
            entrypoint: Vec::new(),
            command: Vec::new(),
            project: String::new(),
            service: String::new(),
            labels: BTreeMap::new(),
            ports: Vec::new(),
            env: Vec::new(),
            mounts: Vec::new(),
            networks: Vec::new(),
            health: String::new(),
            health_command: "wget -qO- http://localhost/health || exit 1".to_owned(),
            health_output: Vec::new(),
            health_every: 30.0,
            state: Begin::Running,
            exit_code: 0,
            oom: false,
            restart: "no".to_owned(),
            restarts: 0,
            age: 86_400.0,
            up: 7_200.0,
            ended: 1_200.0,
            log: "plain".to_owned(),
            log_driver: "json-file".to_owned(),
            log_rate: 0.2,
            log_history: 5_000,
            log_lines: Vec::new(),
            last_words: Vec::new(),
            cpu: 0.2,
            shape: Shape::Calm,
            memory: 12 << 20,
            cache: 2 << 20,
            limit: 0,
            net: [200.0, 150.0],
            disk: [0.0, 40.0],
            processes: Vec::new(),
            tty: false,
            user: String::new(),
            workdir: String::new(),
            stubborn: false,
            shells: vec!["sh".to_owned(), "ash".to_owned()],
            refuse: BTreeMap::new(),
            ailments: Vec::new(),
            weight: 1,
            stop_timeout: 10,
            quota: 0,
            play: None,
        }
    }
}

impl Template {
    /// Whether it has this ailment.
    pub(super) fn suffers(&self, ailment: Ailment) -> bool {
        self.ailments.contains(&ailment)
    }
}

/// Bytes from `31M`, `1.5G`, `900K` or a plain count.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 1024.0),
        b'M' => (&text[..text.len() - 1], 1024.0 * 1024.0),
        b'G' => (&text[..text.len() - 1], 1024.0 * 1024.0 * 1024.0),
        _ => (text, 1.0),
    };
    number
        .parse::<f64>()
        .ok()
        .map(|count| (count * unit) as u64)
}

/// Seconds from `12d`, `3h`, `5m`, `40s`, or several of them: `1h30m`.
pub(super) fn parse_span(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut number = String::new();
    for letter in text.chars() {
        let unit = match letter {
            's' => 1.0,
            'm' => 60.0,
            'h' => 3_600.0,
            'd' => 86_400.0,
            _ => {
                number.push(letter);
                continue;
            }
        };
        total += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    number.is_empty().then_some(total)
}

fn size<'de, D: Deserializer<'de>>(reader: D) -> Result<u64, D::Error> {
    let text = String::deserialize(reader)?;
    parse_size(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no size like 31M")))
}

fn span<'de, D: Deserializer<'de>>(reader: D) -> Result<f64, D::Error> {
    let text = String::deserialize(reader)?;
    parse_span(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no span like 1h30m")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_loads_by_its_name() {
        for scenario in Scenario::ALL {
            let script = scenario.load().unwrap();
            assert!(!script.containers.is_empty());
            assert_eq!(scenario.name().parse::<Scenario>(), Ok(scenario));
            for template in &script.containers {
                assert!(!template.image.is_empty(), "{} has no image", template.name);
            }
            for (image, text) in &script.images {
                assert!(parse_size(text).is_some(), "{image}: {text}");
            }
        }
        assert!(
            "shopp"
                .parse::<Scenario>()
                .unwrap_err()
                .contains("shop, crowd")
        );
    }

    #[test]
    fn sizes_and_spans() {
        assert_eq!(parse_size("1.5K"), Some(1536));
        assert_eq!(parse_size("x"), None);
        assert_eq!(parse_span("1h30m"), Some(5400.0));
        assert_eq!(parse_span("12"), None);
    }
}
