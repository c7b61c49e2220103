//! How events are listed: what happened on all hosts, in the order of time.

use chrono::FixedOffset;

use crate::model::ending::signal_name;
use crate::model::{Event, HostId, Id, Kind, Ref, Time};
use crate::resource::{
    Cell, Column, FilterKey, Mark, Order, Resource, Sign, Tone, has_prefix, holds,
};

/// An event with what belongs to its row.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The host where it happened.
    pub host: &'a HostId,
    /// The event.
    pub event: &'a Event,
    /// The name of the container that a network or a volume got or lost.
    pub container: Option<&'a str>,
    /// The zone in which times show.
    pub zone: FixedOffset,
}

impl<'a> Item<'a> {
    /// The action without what stands behind its colon: `health_status`, `exec_create`.
    pub fn action(&self) -> &'a str {
        let action = &*self.event.action;
        action.split_once(": ").map_or(action, |(word, _)| word)
    }

    /// Whether it is of the noise that health checks and shells make.
    fn is_exec(&self) -> bool {
        is_noise(&self.event.action)
    }

    /// The code of an end.
    fn exit_code(&self) -> Option<i64> {
        self.event.exit_code()
    }

    fn tone(&self) -> Tone {
        match (self.action(), self.exit_code()) {
            ("die" | "died", Some(0)) => Tone::Text,
            ("die" | "died" | "oom", _) => Tone::Bad,
            ("health_status", _) if self.event.action.ends_with("unhealthy") => Tone::Warn,
            ("health_status" | "start" | "unpause", _) => Tone::Good,
            ("kill" | "restart" | "destroy" | "delete" | "remove" | "prune", _) => Tone::Warn,
            _ if self.is_exec() => Tone::Dim,
            _ => Tone::Text,
        }
    }

    /// What else there is to say of it.
    fn details(&self) -> String {
        let event = self.event;
        let mut parts: Vec<String> = Vec::new();
        if let Some((_, rest)) = event.action.split_once(": ") {
            parts.push(rest.to_owned());
        }
        if let Some(code) = event.attribute("exitCode") {
            parts.push(format!("exit {code}"));
        }
        if let Some(signal) = event.attribute("signal") {
            let number = signal.parse().ok().map(signal_name);
            parts.push(number.unwrap_or_else(|| format!("signal {signal}")));
        }
        if let Some(name) = event.attribute("oldName") {
            parts.push(format!("was {}", name.trim_start_matches('/')));
        }
        if let Some(seconds) = event.attribute("execDuration") {
            parts.push(format!("after {seconds} s"));
        }
        if let Some(id) = event.attribute("container") {
            let name = self.container.unwrap_or_else(|| short(id));
            parts.push(format!("container {name}"));
        }
        if let Some(path) = event.attribute("destination") {
            parts.push(format!("at {path}"));
        }
        if let Some(image) = event.attribute("image") {
            parts.push(image.to_owned());
        }
        parts.join("  ")
    }
}

/// Whether an action is one that health checks, shells and watchers cause all the time.
pub fn is_noise(action: &str) -> bool {
    action.starts_with("exec_") || matches!(action, "top" | "resize" | "archive-path")
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// The name for anything of an event.
pub fn target(host: &HostId, event: &Event) -> Ref {
    Ref {
        host: host.clone(),
        kind: Kind::Event,
        id: Id::new(&format!("{} {} {}", event.at.0, event.id, event.action)),
    }
}

/// When the event happened that has this name.
pub fn time_of(target: &Ref) -> Option<Time> {
    let (at, _) = target.id.as_str().split_once(' ')?;
    at.parse().ok().map(Time)
}

/// What happened on all hosts.
#[derive(Debug)]
pub struct Events;

impl Resource for Events {
    type Item<'a> = Item<'a>;
    const WORD: &'static str = "event";
    const ACTIVE: (&'static str, &'static str) = ("told", "execs");
    const EMPTY: (&'static str, &'static str) = (
        "nothing has happened yet",
        "what is made, started, pulled, connected or removed shows here at once",
    );
    const SHOWN: &'static [&'static str] = &["host", "type"];
    const SORT: (&'static str, bool) = ("time", true);
    const FOLLOWS: bool = true;
    const COLUMNS: &'static [Column<Self>] = COLUMNS;
    const KEYS: &'static [FilterKey<Self>] = KEYS;

    fn target(item: &Self::Item<'_>) -> Ref {
        target(item.host, item.event)
    }

    fn host<'a>(item: &Self::Item<'a>) -> &'a HostId {
        item.host
    }

    fn name<'a>(item: &Self::Item<'a>) -> &'a str {
        match &*item.event.name {
            "" => item.event.id.short(),
            name => name,
        }
    }

    fn says(item: &Self::Item<'_>, word: &str) -> bool {
        holds(Self::name(item), word) || holds(item.action(), word)
    }

    fn sign(item: &Self::Item<'_>) -> Sign {
        let mark = match (item.tone(), item.action()) {
            (Tone::Bad, _) => Mark::Failed,
            (Tone::Warn, "health_status") => Mark::Unhealthy,
            (Tone::Good, "health_status") => Mark::Healthy,
            (Tone::Good, _) => Mark::Running,
            (_, "die" | "died" | "stop") => Mark::Exited,
            (_, "pause") => Mark::Paused,
            _ => Mark::None,
        };
        Sign::new(mark, item.action().to_owned(), item.tone())
    }

    fn is_active(item: &Self::Item<'_>) -> bool {
        !item.is_exec()
    }
}

type Key = FilterKey<Events>;

const KEYS: &[Key] = &[
    Key::new(&["type"], |item, value| has_prefix(&item.event.kind, value)),
    Key::new(&["action", "event"], |item, value| {
        has_prefix(&item.event.action, value)
    }),
    Key::new(&["host"], |item, value| holds(item.host.as_str(), value)),
    Key::new(&["id"], |item, value| {
        item.event.id.as_str().starts_with(value)
    }),
];

type Col = Column<Events>;

const COLUMNS: &[Col] = &[
    Col::new("time", "When the engine says it happened.", 8)
        .right()
        .pinned()
        .show(|item| {
            let at = item.event.at.in_zone(item.zone);
            Cell::new(at.format("%H:%M:%S").to_string(), Tone::Dim)
        })
        .order(|item| Order::Number(item.event.at.0 as f64)),
    Col::new("date", "The day on which it happened.", 10)
        .show(|item| {
            let at = item.event.at.in_zone(item.zone);
            Cell::new(at.format("%Y-%m-%d").to_string(), Tone::Dim)
        })
        .order(|item| Order::Number(item.event.at.0 as f64)),
    Col::new("host", "The host where it happened.", 10)
        .show(|item| Cell::text(item.host.to_string()))
        .order(|item| Order::text(Some(item.host.as_str()))),
    Col::new("type", "What sort of object it is about.", 9)
        .show(|item| Cell::new(item.event.kind.to_string(), Tone::Dim))
        .order(|item| Order::text(Some(&item.event.kind))),
    Col::new("name", "The object's name.", 20)
        .pinned()
        .show(|item| Cell::text(Events::name(item).to_owned()))
        .order(|item| Order::text(Some(Events::name(item)))),
    Col::new("action", "What happened to it, in Docker's word.", 13)
        .pinned()
        .show(|item| Cell::new(item.action().to_owned(), item.tone()))
        .order(|item| Order::text(Some(item.action()))),
    Col::new(
        "details",
        "Exit code, signal, image, container: what matters of it.",
        30,
    )
    .pinned()
    .grow(10, 10, u16::MAX)
    .show(|item| Cell::new(item.details(), Tone::Dim))
    .order(|item| Order::text(Some(&item.details()))),
    Col::new("id", "The first twelve digits of the object's id.", 12)
        .show(|item| Cell::new(item.event.id.short().to_owned(), Tone::Dim))
        .order(|item| Order::text(Some(item.event.id.as_str()))),
];
