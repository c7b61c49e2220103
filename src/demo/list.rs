//! The list of containers: filters, order, and JSON kept ready a container.
//!
//! Must stay fast at 10,000 containers: an entry is spelled once until its container changes.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::clock::{Nanos, SECOND};
use super::container::{Container, Listing};
use super::daemon::State;
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

/// `GET /containers/json`
pub(super) fn list(state: &mut State, query: &Query, now: Nanos) -> Outcome {
    Ok(wire::whole(200, JSON, text(state, query, now)?))
}

/// The list as JSON text.
pub(super) fn text(state: &mut State, query: &Query, now: Nanos) -> Result<String, Refusal> {
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
    let size = query.flag("size");
    let mut chosen: Vec<(Nanos, &String)> = state
        .containers
        .values()
        .filter(|one| (all || one.is_up()) && passes(state, one, &filters))
        .map(|one| (-one.created, &one.id))
        .collect();
    chosen.sort_unstable();
    chosen.truncate(limit.unwrap_or(usize::MAX));
    let ids: Vec<String> = chosen.into_iter().map(|(_, id)| id.clone()).collect();
    let mut text = String::with_capacity(ids.len() * 1_300 + 2);
    text.push('[');
    for id in &ids {
        if text.len() > 1 {
            text.push(',');
        } else if state.fault == Fault::OddEntry {
            let name = state.containers.get(id).map_or("", |one| &one.name);
            let odd = json!({ "Id": id, "Names": [format!("/{name}")], "Labels": 7 });
            text.push_str(&odd.to_string());
            continue;
        }
        entry(state, id, size, now, &mut text);
    }
    text.push_str("]\n");
    Ok(text)
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
