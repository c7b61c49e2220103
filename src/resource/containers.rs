//! How containers are listed.

use crate::model::container::{Container, Health, State};
use crate::model::stats::{Metric, Sample, Series};
use crate::model::{HostId, Problem, Ref, Time, units};
use crate::resource::{
    Cell, Column, FilterKey, Mark, Order, Resource, Sign, Tone, Trend, has_label, holds, share_tone,
};

/// A container with what belongs to its row.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its host.
    pub host: &'a HostId,
    /// The container.
    pub container: &'a Container,
    /// Its history of samples, when it was watched.
    pub series: Option<&'a Series>,
    /// Bytes of memory of its host; 0 while that is not known.
    pub machine: u64,
    /// Why its samples do not come.
    pub unsampled: Option<&'a Problem>,
    /// Now.
    pub now: Time,
}

impl<'a> Item<'a> {
    /// The present sample: none when the container does not run or was not watched just now.
    pub fn sample(&self) -> Option<&'a Sample> {
        let series = self.series.filter(|_| self.container.state.runs())?;
        series.present(self.now)
    }

    /// Why it has no present sample although it runs and was asked for one.
    pub fn fault(&self) -> Option<&'a Problem> {
        self.unsampled
            .filter(|_| self.container.state == State::Running && self.sample().is_none())
    }

    /// What a figure's cell shows while there is none.
    fn no_figure(&self) -> Cell {
        self.fault()
            .map_or_else(Cell::none, |_| Cell::new("error", Tone::Warn))
    }

    fn rate(&self, metric: Metric) -> Option<f32> {
        self.sample()?;
        self.series?.latest(metric)
    }

    /// Its own limit of memory in bytes; none where it is all of the host's.
    pub fn own_limit(&self) -> Option<f32> {
        let limit = self.series?.last().limit;
        (limit > 0 && (self.machine == 0 || limit < self.machine)).then_some(limit as f32)
    }

    /// The history of a metric over some seconds. CPU stands against a whole core or its own peak,
    /// memory against its limit; without a limit of its own it stands against its own peak.
    pub fn trend(&self, metric: Metric, seconds: usize) -> Option<Trend> {
        let series = self.series?;
        let now = self.now.secs();
        // up to the newest sample: the second that has just begun is no gap yet
        let end = if now - series.newest() <= 5 {
            series.newest()
        } else {
            now
        };
        let values: Vec<f32> = series.window(metric, end, seconds).collect();
        let peak = values.iter().copied().fold(f32::NAN, f32::max);
        let limit = self.own_limit().filter(|_| metric == Metric::Memory);
        let max = match metric {
            Metric::Cpu => Some(peak.max(100.0)),
            Metric::Memory => Some(limit.unwrap_or_else(|| units::round_up_bytes(peak))),
            Metric::Rx | Metric::Tx | Metric::Read | Metric::Written => None,
        };
        Some(Trend {
            values,
            end,
            max,
            limited: limit.is_some(),
        })
    }

    /// When it was last started, as far as is known.
    pub fn started(&self) -> Option<Time> {
        self.container
            .brief
            .as_ref()
            .and_then(|brief| brief.started)
    }
}

/// The sign of a container's state.
pub fn sign(container: &Container) -> Sign {
    match (container.state, container.health) {
        (State::Running, Some(Health::Healthy)) => Sign::new(Mark::Healthy, "healthy", Tone::Good),
        (State::Running, Some(Health::Starting)) => {
            Sign::new(Mark::Starting, "starting", Tone::Busy)
        }
        (State::Running, Some(Health::Unhealthy)) => {
            Sign::new(Mark::Unhealthy, "unhealthy", Tone::Warn)
        }
        (State::Running, None) => Sign::new(Mark::Running, "running", Tone::Good),
        (State::Restarting, _) => Sign::new(Mark::Starting, "restarting", Tone::Warn),
        (State::Paused, _) => Sign::new(Mark::Paused, "paused", Tone::Busy),
        (State::Created, _) => Sign::new(Mark::Created, "created", Tone::Dim),
        (State::Exited, _) => match container.exit_code {
            None => Sign::new(Mark::Exited, "exited", Tone::Dim),
            Some(0) => Sign::new(Mark::Exited, "exited 0", Tone::Dim),
            Some(code) => Sign::new(Mark::Failed, format!("exited {code}"), Tone::Bad),
        },
        (State::Dead, _) => Sign::new(Mark::Failed, "dead", Tone::Bad),
        (State::Removing, _) => Sign::new(Mark::Busy, "removing", Tone::Busy),
        (State::Other, _) => Sign::new(Mark::Exited, container.status.to_string(), Tone::Text),
    }
}

/// The name as it stands below the heading of its compose project, which it does not repeat:
/// `web-1` for `shop-web-1`.
pub fn short_name(container: &Container) -> &str {
    container
        .project()
        .and_then(|project| container.name.strip_prefix(project))
        .and_then(|rest| rest.strip_prefix(['-', '_']))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&container.name)
}

/// The published ports as a list shows them: `8080→80`, each once for IPv4 and IPv6.
pub fn ports(container: &Container) -> String {
    let mut seen: Vec<String> = Vec::new();
    for port in &container.ports {
        let Some(public) = port.public else { continue };
        let protocol = if &*port.protocol == "tcp" {
            ""
        } else {
            &*port.protocol
        };
        let slash = if protocol.is_empty() { "" } else { "/" };
        let text = format!("{public}→{}{slash}{protocol}", port.private);
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(" ")
}

/// The first address it has.
pub fn address(container: &Container) -> Option<&str> {
    container
        .networks
        .iter()
        .map(|network| &*network.address)
        .find(|a| !a.is_empty())
}

/// Running first, then what needs a look, then the rest; the list breaks ties by name.
fn state_order(item: &Item<'_>) -> Order {
    let place = State::ALL
        .iter()
        .position(|state| *state == item.container.state)
        .unwrap_or(0);
    Order::Number(-(place as f64))
}

fn uptime(item: &Item<'_>) -> Cell {
    match (item.container.is_alive(), item.started()) {
        (true, Some(started)) => Cell::text(units::span(item.now.since(started))),
        (true, None) => Cell::optional(
            // until the inspect has come: the engine's words, `Up 3 minutes (healthy)`
            item.container
                .status
                .strip_prefix("Up ")
                .map(|rest| rest.split(" (").next().unwrap_or(rest).to_owned()),
        ),
        (false, _) => Cell::none(),
    }
}

/// An item that has a present sample: of others no sparkline shows.
fn running<'a, 'b>(item: &'b Item<'a>) -> Option<&'b Item<'a>> {
    item.sample().map(|_| item)
}

/// The containers of all hosts.
#[derive(Debug)]
pub struct Containers;

impl Resource for Containers {
    type Item<'a> = Item<'a>;
    const WORD: &'static str = "container";
    const ACTIVE: (&'static str, &'static str) = ("running", "stopped");
    const EMPTY: (&'static str, &'static str) = (
        "no containers yet",
        "`docker run` makes one; it shows here at once",
    );
    const GROUPED_BY: Option<&'static str> = Some("compose project");
    const SHOWN: &'static [&'static str] = &["cpu", "memory", "ports", "uptime", "image"];
    const SORT: (&'static str, bool) = ("state", false);
    const COLUMNS: &'static [Column<Self>] = COLUMNS;
    const KEYS: &'static [FilterKey<Self>] = KEYS;

    fn target(item: &Self::Item<'_>) -> Ref {
        Ref::container(item.host, &item.container.id)
    }

    fn host<'a>(item: &Self::Item<'a>) -> &'a HostId {
        item.host
    }

    fn name<'a>(item: &Self::Item<'a>) -> &'a str {
        &item.container.name
    }

    fn short_name<'a>(item: &Self::Item<'a>) -> &'a str {
        short_name(item.container)
    }

    fn sign(item: &Self::Item<'_>) -> Sign {
        sign(item.container)
    }

    fn group<'a>(item: &Self::Item<'a>) -> Option<&'a str> {
        item.container.project()
    }

    fn is_active(item: &Self::Item<'_>) -> bool {
        item.container.is_alive()
    }
}

type Key = FilterKey<Containers>;

const KEYS: &[Key] = &[
    Key::new(&["state"], |item, value| {
        item.container.state.word().starts_with(value)
    })
    .of(|| State::ALL.map(State::word).to_vec()),
    Key::new(&["health"], |item, value| match item.container.health {
        Some(health) => health.word().starts_with(value),
        None => value == "none",
    })
    .of(|| vec!["starting", "healthy", "unhealthy", "none"]),
    Key::new(&["image"], |item, value| {
        holds(&item.container.image, value)
    }),
    Key::new(&["project"], |item, value| {
        item.container
            .project()
            .is_some_and(|name| holds(name, value))
    }),
    Key::new(&["host"], |item, value| holds(item.host.as_str(), value)),
    Key::new(&["label"], |item, value| {
        has_label(&item.container.labels, value)
    }),
    Key::new(&["net", "network"], |item, value| {
        let mut networks = item.container.networks.iter();
        networks.any(|network| holds(&network.name, value))
    }),
    Key::new(&["port"], |item, value| {
        item.container.ports.iter().any(|port| {
            let is = |number: u16| number.to_string() == value;
            is(port.private) || port.public.is_some_and(is)
        })
    }),
    Key::new(&["vol", "volume"], |item, value| {
        item.container
            .mounts
            .iter()
            .any(|mount| holds(mount, value))
    }),
    Key::new(&["id"], |item, value| {
        item.container.id.as_str().starts_with(value)
    }),
];

type Col = Column<Containers>;

const COLUMNS: &[Col] = &[
    Col::new(
        "name",
        "The container's name, after the sign of its state.",
        24,
    )
    .pinned()
    .grow(12, 26, 40)
    .show(|item| Cell::text(item.container.name.to_string()))
    .order(|item| Order::text(Some(&item.container.name))),
    Col::new(
        "state",
        "State, or health where there is a health check; the exit code once it ended.",
        11,
    )
    .pinned()
    .show(|item| {
        let sign = sign(item.container);
        Cell::new(sign.word, sign.tone)
    })
    .order(state_order),
    Col::new("host", "Its host; shown by itself with several.", 12)
        .show(|item| Cell::text(item.host.to_string()))
        .order(|item| Order::text(Some(item.host.as_str()))),
    Col::new("health", "What the health check says.", 9)
        .show(|item| match item.container.health {
            Some(Health::Healthy) => Cell::new("healthy", Tone::Good),
            Some(Health::Starting) => Cell::new("starting", Tone::Busy),
            Some(Health::Unhealthy) => Cell::new("unhealthy", Tone::Warn),
            None => Cell::none(),
        })
        .order(|item| {
            Order::number(item.container.health.map(|health| match health {
                Health::Unhealthy => 2.0,
                Health::Starting => 1.0,
                Health::Healthy => 0.0,
            }))
        }),
    Col::new(
        "cpu",
        "CPU use in percent of one core: 250 is two and a half cores.",
        5,
    )
    .titled("cpu %")
    .right()
    .live()
    .spark(6, |item, seconds| {
        running(item)?.trend(Metric::Cpu, seconds)
    })
    .show(|item| {
        let cpu = item.sample().map(|sample| units::percent(sample.cpu));
        cpu.map_or_else(|| item.no_figure(), Cell::text)
    })
    .order(|item| Order::number(item.sample().map(|sample| f64::from(sample.cpu)))),
    Col::new(
        "memory",
        "Memory in use without the page cache, and its history against the limit.",
        6,
    )
    .titled("mem")
    .right()
    .live()
    .spark(6, |item, seconds| {
        running(item)?.trend(Metric::Memory, seconds)
    })
    .show(|item| {
        let none = || item.no_figure();
        item.sample().map_or_else(none, |sample| {
            let tone = share_tone(sample.memory_percent().unwrap_or(0.0));
            Cell::new(units::bytes_short(sample.memory), tone)
        })
    })
    .order(|item| Order::number(item.sample().map(|sample| sample.memory as f64))),
    Col::new(
        "limit",
        "Bytes of memory it may use: its limit, or all of the host's.",
        6,
    )
    .right()
    .live()
    .show(|item| Cell::optional(item.sample().map(|sample| units::bytes_short(sample.limit))))
    .order(|item| Order::number(item.sample().map(|sample| sample.limit as f64))),
    Col::new(
        "ports",
        "Published ports: the host's, then the container's.",
        14,
    )
    .show(|item| Cell::text(ports(item.container)))
    .order(|item| {
        let port = item
            .container
            .ports
            .iter()
            .filter_map(|port| port.public)
            .min();
        Order::number(port.map(|port| -f64::from(port)))
    }),
    Col::new("uptime", "How long it has been running.", 7)
        .titled("up")
        .right()
        .brief()
        .show(uptime)
        .order(|item| {
            let alive = item.container.is_alive();
            Order::number(
                item.started()
                    .filter(|_| alive)
                    .map(|t| item.now.since(t).as_secs_f64()),
            )
        }),
    Col::new(
        "image",
        "The image as it was named when the container was made.",
        20,
    )
    .show(|item| Cell::text(item.container.image.to_string()))
    .order(|item| Order::text(Some(&item.container.image))),
    Col::new(
        "restarts",
        "How often the restart policy has restarted it.",
        8,
    )
    .right()
    .brief()
    .show(
        |item| match item.container.brief.as_ref().map(|brief| brief.restarts) {
            None => Cell::none(),
            Some(0) => Cell::new("0", Tone::Dim),
            Some(count) => Cell::new(count.to_string(), Tone::Warn),
        },
    )
    .order(|item| Order::number(item.container.brief.as_ref().map(|b| f64::from(b.restarts)))),
    Col::new("project", "The compose project it belongs to.", 12)
        .show(|item| Cell::optional(item.container.project().map(str::to_owned)))
        .order(|item| Order::text(item.container.project())),
    Col::new(
        "network",
        "Bytes received and sent a second on all its networks.",
        12,
    )
    .titled("net ↓↑/s")
    .right()
    .live()
    .show(|item| Cell::optional(pair(item, Metric::Rx, Metric::Tx)))
    .order(|item| sum(item, Metric::Rx, Metric::Tx)),
    Col::new(
        "disk",
        "Bytes read from and written to block devices a second.",
        12,
    )
    .titled("disk ↓↑/s")
    .right()
    .live()
    .show(|item| Cell::optional(pair(item, Metric::Read, Metric::Written)))
    .order(|item| sum(item, Metric::Read, Metric::Written)),
    Col::new("pids", "Processes and threads in it.", 5)
        .right()
        .live()
        .show(|item| Cell::optional(item.sample().map(|sample| sample.pids.to_string())))
        .order(|item| Order::number(item.sample().map(|sample| f64::from(sample.pids)))),
    Col::new("address", "Its address on its first network.", 15)
        .show(|item| Cell::optional(address(item.container).map(str::to_owned)))
        .order(|item| Order::text(address(item.container))),
    Col::new("created", "How long ago it was made.", 7)
        .titled("age")
        .right()
        .show(|item| Cell::text(units::span(item.now.since(item.container.created))))
        .order(|item| Order::Number(item.container.created.0 as f64)),
    Col::new("exit", "Exit code of its last run.", 4)
        .right()
        .show(|item| match item.container.exit_code {
            None => Cell::none(),
            Some(0) => Cell::new("0", Tone::Dim),
            Some(code) => Cell::new(code.to_string(), Tone::Bad),
        })
        .order(|item| Order::number(item.container.exit_code.map(f64::from))),
    Col::new("oom", "Whether the kernel ended it for want of memory.", 3)
        .brief()
        .show(
            |item| match item.container.brief.as_ref().map(|brief| brief.oom_killed) {
                None => Cell::none(),
                Some(false) => Cell::new("no", Tone::Dim),
                Some(true) => Cell::new("OOM", Tone::Bad),
            },
        )
        .order(|item| {
            Order::number(
                item.container
                    .brief
                    .as_ref()
                    .map(|b| f64::from(u8::from(b.oom_killed))),
            )
        }),
    Col::new("id", "The first twelve digits of its id.", 12)
        .show(|item| Cell::new(item.container.id.short().to_owned(), Tone::Dim))
        .order(|item| Order::text(Some(item.container.id.as_str()))),
    Col::new("command", "The command it runs.", 24)
        .show(|item| Cell::text(item.container.command.to_string()))
        .order(|item| Order::text(Some(&item.container.command))),
];

fn pair(item: &Item<'_>, down: Metric, up: Metric) -> Option<String> {
    let (down, up) = (item.rate(down)?, item.rate(up)?);
    Some(format!(
        "{} {}",
        units::rate_short(down),
        units::rate_short(up)
    ))
}

fn sum(item: &Item<'_>, down: Metric, up: Metric) -> Order {
    let total = item
        .rate(down)
        .zip(item.rate(up))
        .map(|(down, up)| f64::from(down + up));
    Order::number(total)
}
