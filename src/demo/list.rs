//! The list of containers: filters, order, and JSON kept ready a container.
//!
//! Must stay fast at 10,000 containers: an entry is spelled once until its container changes.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use super::clock::{Nanos, SECOND};
use super::container::{Container, Listing};
use super::daemon::{Daemon, State};
use super::faults::Fault;
use super::images;
use super::query::{Filters, Query};
use super::wire::{self, JSON, Outcome, Refusal};
use super::{networks, volumes};

const FILTERS: [&str; 14] = [
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
];

/// Entries that are written at once; more go out in parts of this size, as an engine writes while
/// it goes on.
const PART: usize = 48;

/// Which containers a list has, in its order, and whether with their sizes.
pub(super) struct Choice {
    ids: Vec<String>,
    size: bool,
}

/// `GET /containers/json`
pub(super) fn list(daemon: &Arc<Daemon>, query: &Query) -> Outcome {
    let choice = daemon.with(|state, _| choose(state, query))?;
    if choice.ids.len() <= PART {
        let text = daemon.with(|state, now| text(state, &choice, now));
        return Ok(wire::whole(200, JSON, text));
    }
    let daemon = Arc::clone(daemon);
    let parts = choice.ids.len().div_ceil(PART);
    let mut before = 0;
    let chunks = (0..parts).map(move |part| {
        let ids = choice.ids.iter().skip(part * PART).take(PART);
        let mut text = String::with_capacity(PART * 1_600);
        text.push_str(if part == 0 { "[" } else { "" });
        before += daemon.with(|state, now| write(state, ids, choice.size, before, now, &mut text));
        text.push_str(if part + 1 == parts { "]\n" } else { "" });
        Ok(Bytes::from(text))
    });
    Ok(wire::stream(Some(JSON), stream::iter(chunks)))
}

/// What a query asks for.
pub(super) fn choose(state: &State, query: &Query) -> Result<Choice, Refusal> {
    let filters = query.filters()?;
    filters.only(&[&FILTERS[..], &["volume"]].concat())?;
    for status in filters.values("status") {
        if ![
            "created",
            "running",
            "paused",
            "restarting",
            "removing",
            "exited",
            "dead",
        ]
        .contains(&status.as_str())
        {
            let reason = format!("Unrecognised filter value for status: {status}");
            return Err(Refusal::new(400, reason));
        }
    }
    let limit = query
        .number("limit", 500)?
        .and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.filter(|limit| *limit > 0);
    let all =
        query.flag("all") || limit.is_some() || filters.has("status") || filters.has("exited");
    let mut chosen: Vec<(Nanos, &String)> = state
        .containers
        .values()
        .filter(|one| (all || one.is_up()) && passes(state, one, &filters))
        .map(|one| (-one.created, &one.id))
        .collect();
    chosen.sort_unstable();
    chosen.truncate(limit.unwrap_or(usize::MAX));
    Ok(Choice {
        ids: chosen.into_iter().map(|(_, id)| id.clone()).collect(),
        size: query.flag("size"),
    })
}

/// The list as JSON text.
pub(super) fn text(state: &mut State, choice: &Choice, now: Nanos) -> String {
    let mut text = "[".to_owned();
    write(state, choice.ids.iter(), choice.size, 0, now, &mut text);
    text.push_str("]\n");
    text
}

/// Writes entries, with a comma before each that has one `before` it; how many those were.
fn write<'a>(
    state: &mut State,
    ids: impl Iterator<Item = &'a String>,
    size: bool,
    before: usize,
    now: Nanos,
    text: &mut String,
) -> usize {
    let mut written = 0;
    for id in ids {
        // one that was removed meanwhile is left out
        let Some(name) = state.containers.get(id).map(|one| &one.name) else {
            continue;
        };
        if before + written > 0 {
            text.push(',');
        }
        if before + written == 0 && state.fault == Fault::OddEntry {
            let odd = json!({ "Id": id, "Names": [format!("/{name}")], "Labels": 7 });
            text.push_str(&odd.to_string());
        } else {
            entry(state, id, size, now, text);
        }
        written += 1;
    }
    written
}

/// Writes one entry, from the cache where it can.
fn entry(state: &mut State, id: &str, size: bool, now: Nanos, text: &mut String) {
    let Some(container) = state.containers.get(id) else {
        return;
    };
    let listing = match &container.listing {
        Some(listing) => Arc::clone(listing),
        None => Arc::new(spell(state, container)),
    };
    text.push_str(std::str::from_utf8(&listing.head).unwrap_or_default());
    if size {
        let (written, total) = container.sizes();
        let _ = write!(text, r#""SizeRw":{written},"SizeRootFs":{total},"#);
    }
    let status = container.status_text(now);
    let _ = write!(
        text,
        r#""State":"{}","Status":"{status}","#,
        container.status.word()
    );
    text.push_str(std::str::from_utf8(&listing.tail).unwrap_or_default());
    if let Some(container) = state.containers.get_mut(id) {
        container.listing = Some(listing);
    }
}

/// An entry's JSON around the state: `{…,` and `…}`.
fn spell(state: &State, container: &Container) -> Listing {
    let head = json!({
        "Id": container.id,
        "Names": [format!("/{}", container.name)],
        "Image": container.template.image,
        "ImageID": images::id_of(state, &container.template.image),
        "Command": container.command_text(),
        "Created": container.created / SECOND,
        "Ports": ports(container),
        "Labels": container.labels(),
    });
    let tail = json!({
        "HostConfig": { "NetworkMode": network_mode(container) },
        "NetworkSettings": { "Networks": networks::endpoints(state, container) },
        "Mounts": volumes::mounts(container),
    });
    let (head, tail) = (head.to_string(), tail.to_string());
    let head = format!("{},", head.strip_suffix('}').unwrap_or(&head));
    let tail = tail.strip_prefix('{').unwrap_or(&tail).to_owned();
    Listing {
        head: Bytes::from(head),
        tail: Bytes::from(tail),
    }
}

/// `default` for the first bridge, else the first network's name.
pub(super) fn network_mode(container: &Container) -> String {
    let first = container.networks().into_iter().next().unwrap_or_default();
    if first == "bridge" {
        "default".to_owned()
    } else {
        first
    }
}

/// Ports as the list has them; an engine that doesn't run a container lists none.
fn ports(container: &Container) -> Vec<Value> {
    let mut entries = Vec::new();
    for port in container.ports.iter().filter(|_| container.is_alive()) {
        let (private, kind) = (port.private, &port.protocol);
        let Some(public) = port.public else {
            entries.push(json!({ "PrivatePort": private, "Type": kind }));
            continue;
        };
        let mut ips = vec![port.ip.as_str()];
        if port.ip == "0.0.0.0" {
            ips.push("::");
        }
        for ip in ips {
            entries.push(json!({
                "IP": ip, "PrivatePort": private, "PublicPort": public, "Type": kind,
            }));
        }
    }
    entries
}

fn passes(state: &State, container: &Container, filters: &Filters) -> bool {
    if filters.is_empty() {
        return true;
    }
    let health = container
        .health
        .as_ref()
        .map_or("none", |health| health.status);
    let image = &container.template.image;
    let created = |reference: &str| state.container(reference).map(|one| one.created).ok();
    filters.any("id", |wanted| container.id.starts_with(wanted))
        && filters.any("name", |wanted| named(&container.name, wanted))
        && filters.any("status", |wanted| container.status.word() == wanted)
        && filters.any("health", |wanted| health == wanted)
        && filters.any("exited", |wanted| {
            container.finished > 0 && container.exit_code.to_string() == wanted
        })
        && filters.any("ancestor", |wanted| {
            image == wanted || image.split(':').next() == Some(wanted)
        })
        && filters.any("network", |wanted| {
            container.networks().iter().any(|name| name == wanted)
        })
        && filters.any("volume", |wanted| {
            container
                .template
                .mounts
                .iter()
                .any(|mount| mount.split(':').any(|part| part == wanted))
        })
        && filters.any("publish", |wanted| published(container, wanted, true))
        && filters.any("expose", |wanted| published(container, wanted, false))
        && filters.any("since", |wanted| {
            created(wanted).is_some_and(|at| container.created > at)
        })
        && filters.any("before", |wanted| {
            created(wanted).is_some_and(|at| container.created < at)
        })
        && (!filters.has("label") || filters.labels(&container.labels()))
}

/// Names are matched as the engine's patterns: a part, or anchored by `^` and `$`.
fn named(name: &str, wanted: &str) -> bool {
    let (start, rest) = match wanted.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, wanted),
    };
    let (end, core) = match rest.strip_suffix('$') {
        Some(core) => (true, core),
        None => (false, rest),
    };
    let core = core.strip_prefix('/').unwrap_or(core);
    match (start, end) {
        (true, true) => name == core,
        (true, false) => name.starts_with(core),
        (false, true) => name.ends_with(core),
        (false, false) => name.contains(core),
    }
}

fn published(container: &Container, wanted: &str, public: bool) -> bool {
    let wanted = wanted.split('/').next().unwrap_or(wanted);
    container.ports.iter().any(|port| {
        let port = if public {
            port.public
        } else {
            Some(port.private)
        };
        port.is_some_and(|port| port.to_string() == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn names_match_in_part_or_whole() {
        assert!(named("shop-web-1", "web") && named("shop-web-1", "^/shop-web-1$"));
        assert!(named("shop-web-1", "^shop") && named("shop-web-1", "-1$"));
        assert!(!named("shop-web-1", "^web") && !named("shop-web-1", "^shop$"));
    }
}
