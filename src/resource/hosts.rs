//! How hosts are listed.

use std::collections::VecDeque;

use crate::model::container::Counts;
use crate::model::host::{DiskUse, HostInfo, Link, Pulse};
use crate::model::{HostId, HostSpec, Problem, Ref, Time, units};
use crate::resource::{
    Cell, Column, FilterKey, Mark, Order, Resource, Sign, Tone, Trend, holds, share_tone,
};

/// How far a host's clock may be off before it matters, in seconds.
const SKEW: i64 = 5;

/// A host with what belongs to its row.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The host.
    pub host: &'a HostId,
    /// How it is known; none where it is no more.
    pub spec: Option<&'a HostSpec>,
    /// The connection; none where it has not begun.
    pub link: Option<&'a Link>,
    /// What its engine says of itself.
    pub info: &'a HostInfo,
    /// Its containers.
    pub counts: Counts,
    /// What they use of the CPUs, in percent of one core, as far as they are sampled.
    pub cpu: Option<f32>,
    /// What they use of the memory, in bytes.
    pub memory: Option<u64>,
    /// The last values of both, one a second.
    pub histories: (&'a VecDeque<f32>, &'a VecDeque<f32>),
    /// How many values there have been.
    pub batches: i64,
    /// What its last ping told.
    pub pulse: Option<Pulse>,
    /// Whether it answers late.
    pub is_late: bool,
    /// What its objects take on disk.
    pub disk: Option<DiskUse>,
    /// What is wrong although the connection goes on.
    pub trouble: Option<&'a Problem>,
    /// Now.
    pub now: Time,
}

impl<'a> Item<'a> {
    /// The last thing that went wrong: why it does not answer, or what is wrong although it does.
    pub fn problem(&self) -> Option<&'a Problem> {
        match self.link {
            Some(Link::Down { attempts, .. }) => attempts.last().map(|attempt| &attempt.problem),
            Some(Link::Up { .. } | Link::Connecting { .. }) | None => self.trouble,
        }
    }

    /// Words about it, by key.
    fn labels(&self) -> impl Iterator<Item = (&'a String, &'a String)> {
        self.spec.into_iter().flat_map(|spec| &spec.labels)
    }

    fn is_up(&self) -> bool {
        self.link.is_some_and(Link::is_up)
    }

    /// A history against all that the host has; none where nothing is sampled now.
    fn trend(&self, values: &VecDeque<f32>, all: f32, seconds: usize) -> Option<Trend> {
        self.cpu?;
        let skip = values.len().saturating_sub(seconds);
        Some(Trend {
            values: values.iter().skip(skip).copied().collect(),
            end: self.batches,
            max: (all > 0.0).then_some(all),
            limited: all > 0.0,
        })
    }

    /// A number of containers, which only matters while the list is of the present.
    fn number(&self, count: usize, tone: Tone) -> Cell {
        match count {
            _ if self.counts.all == 0 && !self.is_up() => Cell::none(),
            0 => Cell::new("0", Tone::Dim),
            count => Cell::new(units::count(count as u64), tone),
        }
    }
}

/// The sign of a host's connection: with how long it takes, or when it is tried again.
fn sign(item: &Item<'_>) -> Sign {
    let now = item.now;
    match item.link {
        None => Sign::new(Mark::Created, "not connected", Tone::Dim),
        Some(Link::Up { .. }) if item.is_late => {
            Sign::new(Mark::Running, "live · late", Tone::Warn)
        }
        Some(Link::Up { .. }) => Sign::new(Mark::Running, "live", Tone::Good),
        Some(Link::Connecting { since }) => {
            let waited = now.since(*since);
            let word = match waited.as_secs() {
                0 | 1 => "connecting".to_owned(),
                _ => format!("connecting {}", units::span(waited)),
            };
            Sign::new(Mark::Starting, word, Tone::Busy)
        }
        Some(Link::Down { since, retry, .. }) => {
            let what = if since.is_some() { "lost" } else { "down" };
            let word = match retry.since(now).as_secs() {
                0 => format!("{what} · trying"),
                secs => format!("{what} · try in {secs}s"),
            };
            Sign::new(Mark::Failed, word, Tone::Bad)
        }
    }
}

/// A place in the order of states: what answers first.
fn place(link: Option<&Link>) -> u8 {
    match link {
        Some(Link::Up { .. }) => 3,
        Some(Link::Connecting { .. }) => 2,
        Some(Link::Down { .. }) => 1,
        None => 0,
    }
}

/// All known hosts.
#[derive(Debug)]
pub struct Hosts;

impl Resource for Hosts {
    type Item<'a> = Item<'a>;
    const WORD: &'static str = "host";
    const ACTIVE: (&'static str, &'static str) = ("connected", "not connected");
    const EMPTY: (&'static str, &'static str) = (
        "no host is known",
        "`-H`, a Docker context or the settings file names one",
    );
    const SHOWN: &'static [&'static str] = &[
        "cpu",
        "memory",
        "running",
        "unhealthy",
        "exited",
        "ping",
        "disk",
        "cores",
        "clock",
        "version",
        "error",
        "os",
        "total",
        "paused",
        "labels",
    ];
    const SORT: (&'static str, bool) = ("state", false);
    const COLUMNS: &'static [Column<Self>] = COLUMNS;
    const KEYS: &'static [FilterKey<Self>] = KEYS;

    fn target(item: &Self::Item<'_>) -> Ref {
        Ref::host(item.host)
    }

    fn host<'a>(item: &Self::Item<'a>) -> &'a HostId {
        item.host
    }

    fn name<'a>(item: &Self::Item<'a>) -> &'a str {
        item.host.as_str()
    }

    fn sign(item: &Self::Item<'_>) -> Sign {
        sign(item)
    }

    fn is_active(item: &Self::Item<'_>) -> bool {
        item.link.is_some()
    }
}

type Key = FilterKey<Hosts>;

const KEYS: &[Key] = &[
    Key::new(&["state"], |item, value| {
        let word = match item.link {
            Some(Link::Up { .. }) => "live",
            Some(Link::Connecting { .. }) => "connecting",
            Some(Link::Down { .. }) => "lost",
            None => "none",
        };
        word.starts_with(value) || item.is_late && "late".starts_with(value)
    })
    .of(|| vec!["live", "late", "connecting", "lost", "none"]),
    Key::new(&["host"], |item, value| holds(item.host.as_str(), value)),
    Key::new(&["label"], |item, value| {
        let (key, wanted) = match value.split_once('=') {
            Some((key, wanted)) => (key, Some(wanted)),
            None => (value, None),
        };
        item.labels().any(|(name, found)| {
            name.eq_ignore_ascii_case(key) && wanted.is_none_or(|w| found.eq_ignore_ascii_case(w))
        })
    }),
];

type Col = Column<Hosts>;

const COLUMNS: &[Col] = &[
    Col::new("name", "The name by which this program knows it.", 20)
        .pinned()
        .grow(8, 20, 32)
        .show(|item| Cell::text(item.host.to_string()))
        .order(|item| Order::text(Some(item.host.as_str()))),
    Col::new(
        "state",
        "Whether its engine answers, or when it is tried again.",
        17,
    )
    .pinned()
    .show(|item| {
        let sign = sign(item);
        Cell::new(sign.word, sign.tone)
    })
    .order(|item| Order::Number(f64::from(place(item.link)))),
    Col::new(
        "cpu",
        "What its containers use of the CPUs, in percent of one core, as far as they are sampled.",
        5,
    )
    .titled("cpu %")
    .right()
    .live()
    .spark(8, |item, seconds| {
        let all = item.info.cpus as f32 * 100.0;
        item.trend(item.histories.0, all, seconds)
    })
    .show(|item| Cell::optional(item.cpu.map(units::percent)))
    .order(|item| Order::number(item.cpu.map(f64::from))),
    Col::new(
        "memory",
        "What its containers use of its memory, without page cache.",
        6,
    )
    .titled("mem")
    .right()
    .live()
    .spark(8, |item, seconds| {
        item.trend(item.histories.1, item.info.memory as f32, seconds)
    })
    .show(|item| {
        let Some(used) = item.memory else {
            return Cell::none();
        };
        let share = used as f32 / item.info.memory.max(1) as f32 * 100.0;
        let tone = if item.info.memory > 0 {
            share_tone(share)
        } else {
            Tone::Text
        };
        Cell::new(units::bytes_short(used), tone)
    })
    .order(|item| Order::number(item.memory.map(|bytes| bytes as f64))),
    Col::new("running", "Containers that run, of all there are.", 7)
        .right()
        .show(|item| match item.counts {
            counts if counts.all == 0 && !item.is_up() => Cell::none(),
            counts => Cell::text(format!("{}/{}", counts.running, counts.all)),
        })
        .order(|item| Order::Number(item.counts.running as f64)),
    Col::new(
        "unhealthy",
        "Containers whose health check fails, or that are restarted again and again.",
        9,
    )
    .right()
    .show(|item| item.number(item.counts.unhealthy + item.counts.restarting, Tone::Warn))
    .order(|item| Order::Number((item.counts.unhealthy + item.counts.restarting) as f64)),
    Col::new("paused", "Containers that are paused.", 6)
        .right()
        .show(|item| item.number(item.counts.paused, Tone::Text))
        .order(|item| Order::Number(item.counts.paused as f64)),
    Col::new("exited", "Containers that ended.", 6)
        .right()
        .show(|item| item.number(item.counts.exited, Tone::Text))
        .order(|item| Order::Number(item.counts.exited as f64)),
    Col::new(
        "ping",
        "How long its engine took to answer the last ping.",
        7,
    )
    .right()
    .live()
    .show(|item| match item.pulse {
        None => Cell::none(),
        Some(pulse) => {
            let tone = if item.is_late { Tone::Warn } else { Tone::Text };
            Cell::new(units::latency(pulse.latency), tone)
        }
    })
    .order(|item| Order::number(item.pulse.map(|pulse| pulse.latency.as_secs_f64()))),
    Col::new(
        "disk",
        "Bytes of disk that its images, containers, volumes and build cache take.",
        6,
    )
    .right()
    .live()
    .show(|item| Cell::optional(item.disk.map(|disk| units::bytes_short(disk.total()))))
    .order(|item| Order::number(item.disk.map(|disk| disk.total() as f64))),
    Col::new("cores", "Cores of its machine.", 5)
        .right()
        .show(|item| match item.info.cpus {
            0 => Cell::none(),
            cpus => Cell::text(cpus.to_string()),
        })
        .order(|item| Order::Number(f64::from(item.info.cpus))),
    Col::new("total", "Bytes of memory of its machine.", 6)
        .titled("of mem")
        .right()
        .show(|item| match item.info.memory {
            0 => Cell::none(),
            bytes => Cell::text(units::bytes_short(bytes)),
        })
        .order(|item| Order::Number(item.info.memory as f64)),
    Col::new("version", "Version of its engine.", 10)
        .show(|item| words(&item.info.version))
        .order(|item| Order::text(Some(&item.info.version))),
    Col::new(
        "clock",
        "How far its clock is ahead of this machine's; behind with a minus.",
        6,
    )
    .right()
    .live()
    .show(|item| match item.pulse.and_then(|pulse| pulse.skew) {
        None => Cell::none(),
        Some(0) => Cell::new("0s", Tone::Dim),
        Some(skew) => {
            let tone = if skew.abs() >= SKEW {
                Tone::Warn
            } else {
                Tone::Text
            };
            Cell::new(units::skew(skew), tone)
        }
    })
    .order(|item| {
        let skew = item.pulse.and_then(|pulse| pulse.skew);
        Order::number(skew.map(|skew| skew.unsigned_abs() as f64))
    }),
    Col::new("error", "What went wrong last with its connection.", 24)
        .show(|item| match item.problem() {
            None => Cell::none(),
            Some(problem) => {
                let tone = if item.is_up() { Tone::Warn } else { Tone::Bad };
                Cell::new(problem.summary.clone(), tone)
            }
        })
        .order(|item| Order::text(item.problem().map(|problem| problem.summary.as_str()))),
    Col::new("os", "Its operating system.", 18)
        .show(|item| words(&item.info.os))
        .order(|item| Order::text(Some(&item.info.os))),
    Col::new("engine", "The name of its engine.", 8)
        .show(|item| words(&item.info.engine))
        .order(|item| Order::text(Some(&item.info.engine))),
    Col::new("api", "The version of the API that is spoken with it.", 5)
        .show(|item| words(&item.info.api))
        .order(|item| Order::text(Some(&item.info.api))),
    Col::new("kernel", "The version of its kernel.", 20)
        .show(|item| words(&item.info.kernel))
        .order(|item| Order::text(Some(&item.info.kernel))),
    Col::new("address", "Where its engine is.", 32)
        .show(|item| match item.link {
            Some(Link::Up { address, .. }) => Cell::text(address.to_string()),
            Some(Link::Connecting { .. } | Link::Down { .. }) | None => {
                let place = item
                    .spec
                    .map(HostSpec::place)
                    .filter(|place| !place.is_empty());
                Cell::optional(place.map(str::to_owned))
            }
        })
        .order(|item| Order::text(item.spec.map(HostSpec::place))),
    Col::new("labels", "What the settings say about it.", 20)
        .show(|item| {
            let labels: Vec<String> = item.labels().map(|(k, v)| format!("{k}={v}")).collect();
            words(&labels.join(" "))
        })
        .order(|item| Order::text(item.labels().next().map(|(_, value)| value.as_str()))),
];

/// What an engine said of itself, where it did.
fn words(text: &str) -> Cell {
    Cell::optional((!text.is_empty()).then(|| text.to_owned()))
}
