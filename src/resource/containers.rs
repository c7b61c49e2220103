//! How containers are listed.

use crate::model::container::{Container, Health, State};
use crate::model::stats::{Metric, Sample, Series};
use crate::model::{HostId, Time, units};
use crate::resource::{Align, Cell, Column, Mark, Order, Resource, Tone};

/// A container with what belongs to its row.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its host.
    pub host: &'a HostId,
    /// The container.
    pub container: &'a Container,
    /// Its history of samples, when it was watched.
    pub series: Option<&'a Series>,
    /// Now.
    pub now: Time,
}

impl<'a> Item<'a> {
    /// The present sample: none when the container does not run or was not watched just now.
    pub fn sample(&self) -> Option<&'a Sample> {
        let series = self
            .series
            .filter(|_| self.container.state == State::Running)?;
        series.present(self.now)
    }

    fn rate(&self, metric: Metric) -> Option<f32> {
        self.sample()?;
        self.series?.latest(metric)
    }

    /// When it was last started, as far as is known.
    pub fn started(&self) -> Option<Time> {
        self.container
            .brief
            .as_ref()
            .and_then(|brief| brief.started)
    }
}

/// The sign, the word and the tone of a container's state.
pub fn state_word(container: &Container) -> (Mark, String, Tone) {
    let exited = |code: i32| {
        if code == 0 {
            (Mark::Exited, "exited 0".to_owned(), Tone::Dim)
        } else {
            (Mark::Failed, format!("exited {code}"), Tone::Bad)
        }
    };
    match (container.state, container.health) {
        (State::Running, Some(Health::Healthy)) => (Mark::Healthy, "healthy".into(), Tone::Good),
        (State::Running, Some(Health::Starting)) => (Mark::Starting, "starting".into(), Tone::Busy),
        (State::Running, Some(Health::Unhealthy)) => {
            (Mark::Unhealthy, "unhealthy".into(), Tone::Warn)
        }
        (State::Running, None) => (Mark::Running, "running".into(), Tone::Good),
        (State::Restarting, _) => (Mark::Starting, "restarting".into(), Tone::Warn),
        (State::Paused, _) => (Mark::Paused, "paused".into(), Tone::Busy),
        (State::Created, _) => (Mark::Created, "created".into(), Tone::Dim),
        (State::Exited, _) => container
            .exit_code
            .map_or((Mark::Exited, "exited".to_owned(), Tone::Dim), exited),
        (State::Dead, _) => (Mark::Failed, "dead".into(), Tone::Bad),
        (State::Removing, _) => (Mark::Busy, "removing".into(), Tone::Busy),
        (State::Other, _) => (Mark::Exited, container.status.to_string(), Tone::Text),
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

fn number(value: Option<f64>) -> Order {
    Order::Number(value.unwrap_or(f64::NEG_INFINITY))
}

fn text(value: Option<&str>) -> Order {
    // what is missing comes last
    Order::Text(
        value
            .map_or_else(|| "\u{10ffff}".into(), str::to_lowercase)
            .into(),
    )
}

fn optional(value: Option<String>) -> Cell {
    value.map_or_else(Cell::none, Cell::text)
}

fn share_tone(percent: f32) -> Tone {
    if percent > 90.0 {
        Tone::Bad
    } else if percent > 75.0 {
        Tone::Warn
    } else {
        Tone::Text
    }
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
        (true, None) => optional(
            // until the inspect has come: the engine's words, `Up 3 minutes (healthy)`
            item.container
                .status
                .strip_prefix("Up ")
                .map(|rest| rest.split(" (").next().unwrap_or(rest).to_owned()),
        ),
        (false, _) => Cell::none(),
    }
}

/// The containers of all hosts.
#[derive(Debug)]
pub enum Containers {}

impl Resource for Containers {
    type Item<'a> = Item<'a>;
    const COLUMNS: &'static [Column<Self>] = COLUMNS;
}

const COLUMNS: &[Column<Containers>] = &[
    Column {
        id: "name",
        title: "name",
        about: "The container's name, after the sign of its state.",
        width: 24,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| Cell::text(item.container.name.to_string()),
        order: |item| text(Some(&item.container.name)),
    },
    Column {
        id: "state",
        title: "state",
        about: "State, or health where there is a health check; the exit code once it ended.",
        width: 11,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| {
            let (_, word, tone) = state_word(item.container);
            Cell::new(word, tone)
        },
        order: state_order,
    },
    Column {
        id: "health",
        title: "health",
        about: "What the health check says.",
        width: 9,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| match item.container.health {
            Some(Health::Healthy) => Cell::new("healthy", Tone::Good),
            Some(Health::Starting) => Cell::new("starting", Tone::Busy),
            Some(Health::Unhealthy) => Cell::new("unhealthy", Tone::Warn),
            None => Cell::none(),
        },
        order: |item| {
            number(item.container.health.map(|health| match health {
                Health::Unhealthy => 2.0,
                Health::Starting => 1.0,
                Health::Healthy => 0.0,
            }))
        },
    },
    Column {
        id: "cpu",
        title: "cpu %",
        about: "CPU use in percent of one core: 250 is two and a half cores.",
        width: 5,
        spark: 6,
        align: Align::Right,
        live: true,
        brief: false,
        show: |item| {
            let cell = item
                .sample()
                .map_or_else(Cell::none, |s| Cell::text(units::percent(s.cpu)));
            cell.spark(Metric::Cpu)
        },
        order: |item| number(item.sample().map(|sample| f64::from(sample.cpu))),
    },
    Column {
        id: "memory",
        title: "mem",
        about: "Memory in use without the page cache, and its history against the limit.",
        width: 6,
        spark: 6,
        align: Align::Right,
        live: true,
        brief: false,
        show: |item| {
            let cell = item.sample().map_or_else(Cell::none, |sample| {
                let tone = share_tone(sample.memory_percent().unwrap_or(0.0));
                Cell::new(units::bytes_short(sample.memory), tone)
            });
            cell.spark(Metric::Memory)
        },
        order: |item| number(item.sample().map(|sample| sample.memory as f64)),
    },
    Column {
        id: "limit",
        title: "limit",
        about: "Bytes of memory it may use: its limit, or all of the host's.",
        width: 6,
        spark: 0,
        align: Align::Right,
        live: true,
        brief: false,
        show: |item| optional(item.sample().map(|sample| units::bytes_short(sample.limit))),
        order: |item| number(item.sample().map(|sample| sample.limit as f64)),
    },
    Column {
        id: "ports",
        title: "ports",
        about: "Published ports: the host's, then the container's.",
        width: 14,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| Cell::text(ports(item.container)),
        order: |item| {
            let port = item
                .container
                .ports
                .iter()
                .filter_map(|port| port.public)
                .min();
            number(port.map(|port| -f64::from(port)))
        },
    },
    Column {
        id: "uptime",
        title: "up",
        about: "How long it has been running.",
        width: 7,
        spark: 0,
        align: Align::Right,
        live: false,
        brief: true,
        show: uptime,
        order: |item| {
            let alive = item.container.is_alive();
            number(
                item.started()
                    .filter(|_| alive)
                    .map(|t| item.now.since(t).as_secs_f64()),
            )
        },
    },
    Column {
        id: "image",
        title: "image",
        about: "The image as it was named when the container was made.",
        width: 20,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| Cell::text(item.container.image.to_string()),
        order: |item| text(Some(&item.container.image)),
    },
    Column {
        id: "restarts",
        title: "restarts",
        about: "How often the restart policy has restarted it.",
        width: 8,
        spark: 0,
        align: Align::Right,
        live: false,
        brief: true,
        show: |item| match item.container.brief.as_ref().map(|brief| brief.restarts) {
            None => Cell::none(),
            Some(0) => Cell::new("0", Tone::Dim),
            Some(count) => Cell::new(count.to_string(), Tone::Warn),
        },
        order: |item| number(item.container.brief.as_ref().map(|b| f64::from(b.restarts))),
    },
    Column {
        id: "project",
        title: "project",
        about: "The compose project it belongs to.",
        width: 12,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| optional(item.container.project().map(str::to_owned)),
        order: |item| text(item.container.project()),
    },
    Column {
        id: "network",
        title: "net ↓↑/s",
        about: "Bytes received and sent a second on all its networks.",
        width: 12,
        spark: 0,
        align: Align::Right,
        live: true,
        brief: false,
        show: |item| optional(pair(item, Metric::Rx, Metric::Tx)),
        order: |item| sum(item, Metric::Rx, Metric::Tx),
    },
    Column {
        id: "disk",
        title: "disk ↓↑/s",
        about: "Bytes read from and written to block devices a second.",
        width: 12,
        spark: 0,
        align: Align::Right,
        live: true,
        brief: false,
        show: |item| optional(pair(item, Metric::Read, Metric::Written)),
        order: |item| sum(item, Metric::Read, Metric::Written),
    },
    Column {
        id: "pids",
        title: "pids",
        about: "Processes and threads in it.",
        width: 5,
        spark: 0,
        align: Align::Right,
        live: true,
        brief: false,
        show: |item| optional(item.sample().map(|sample| sample.pids.to_string())),
        order: |item| number(item.sample().map(|sample| f64::from(sample.pids))),
    },
    Column {
        id: "address",
        title: "address",
        about: "Its address on its first network.",
        width: 15,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| optional(address(item.container).map(str::to_owned)),
        order: |item| text(address(item.container)),
    },
    Column {
        id: "created",
        title: "age",
        about: "How long ago it was made.",
        width: 7,
        spark: 0,
        align: Align::Right,
        live: false,
        brief: false,
        show: |item| Cell::text(units::span(item.now.since(item.container.created))),
        order: |item| Order::Number(item.container.created.0 as f64),
    },
    Column {
        id: "exit",
        title: "exit",
        about: "Exit code of its last run.",
        width: 4,
        spark: 0,
        align: Align::Right,
        live: false,
        brief: false,
        show: |item| match item.container.exit_code {
            None => Cell::none(),
            Some(0) => Cell::new("0", Tone::Dim),
            Some(code) => Cell::new(code.to_string(), Tone::Bad),
        },
        order: |item| number(item.container.exit_code.map(f64::from)),
    },
    Column {
        id: "oom",
        title: "oom",
        about: "Whether the kernel ended it for want of memory.",
        width: 3,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: true,
        show: |item| match item.container.brief.as_ref().map(|brief| brief.oom_killed) {
            None => Cell::none(),
            Some(false) => Cell::new("no", Tone::Dim),
            Some(true) => Cell::new("OOM", Tone::Bad),
        },
        order: |item| {
            number(
                item.container
                    .brief
                    .as_ref()
                    .map(|b| f64::from(u8::from(b.oom_killed))),
            )
        },
    },
    Column {
        id: "id",
        title: "id",
        about: "The first twelve digits of its id.",
        width: 12,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| Cell::new(item.container.id.short().to_owned(), Tone::Dim),
        order: |item| text(Some(item.container.id.as_str())),
    },
    Column {
        id: "command",
        title: "command",
        about: "The command it runs.",
        width: 24,
        spark: 0,
        align: Align::Left,
        live: false,
        brief: false,
        show: |item| Cell::text(item.container.command.to_string()),
        order: |item| text(Some(&item.container.command)),
    },
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
    number(total)
}

/// A column by its id.
pub fn column(id: &str) -> Option<&'static Column<Containers>> {
    COLUMNS.iter().find(|column| column.id == id)
}
