//! Volumes, and the mounts of containers.
//!
//! Must keep no state of its own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clock::{Nanos, stamp};
use super::container::Container;
use super::daemon::State;
use super::query::Query;
use super::scenario::Template;
use super::wire::{self, Outcome, Refusal};

/// A volume.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    name: String,
    created: Nanos,
    project: String,
}

/// A mount as templates write it: `volume:NAME:/path`, `bind:/from:/to:ro`, `tmpfs::/path`.
struct Mount<'a> {
    kind: &'a str,
    from: &'a str,
    to: &'a str,
    writable: bool,
}

impl<'a> Mount<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(':');
        let (kind, from, to) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            kind,
            from,
            to,
            writable: parts.next() != Some("ro"),
        })
    }
}

fn point(name: &str) -> String {
    format!("/var/lib/docker/volumes/{name}/_data")
}

impl Volume {
    fn json(&self) -> Value {
        let labels = match self.project.as_str() {
            "" => Value::Null,
            project => json!({
                "com.docker.compose.project": project,
                "com.docker.compose.version": "2.29.7",
                "com.docker.compose.volume": self.name.trim_start_matches(project).trim_start_matches('_'),
            }),
        };
        let created: String = stamp(self.created).chars().take(19).collect();
        json!({
            "CreatedAt": format!("{created}Z"), "Driver": "local", "Labels": labels,
            "Mountpoint": point(&self.name), "Name": self.name, "Options": null, "Scope": "local",
        })
    }
}

/// Adds a volume unless it is there.
pub(super) fn add(all: &mut BTreeMap<String, Volume>, name: &str, project: &str, created: Nanos) {
    all.entry(name.to_owned()).or_insert_with(|| Volume {
        name: name.to_owned(),
        created,
        project: project.to_owned(),
    });
}

/// Makes the volumes that a container mounts.
pub(super) fn ensure(
    all: &mut BTreeMap<String, Volume>,
    template: &Template,
    project: &str,
    created: Nanos,
) {
    for mount in template.mounts.iter().filter_map(|text| Mount::parse(text)) {
        if mount.kind == "volume" {
            add(all, mount.from, project, created);
        }
    }
}

/// A container's mounts as list and inspect have them.
pub(super) fn mounts(container: &Container) -> Vec<Value> {
    let parsed = container
        .template
        .mounts
        .iter()
        .filter_map(|text| Mount::parse(text));
    parsed
        .map(|mount| match mount.kind {
            "volume" => json!({
                "Type": "volume", "Name": mount.from, "Source": point(mount.from),
                "Destination": mount.to, "Driver": "local", "Mode": "z",
                "RW": mount.writable, "Propagation": "",
            }),
            kind => json!({
                "Type": kind, "Source": mount.from, "Destination": mount.to,
                "Mode": if mount.writable { "" } else { "ro" }, "RW": mount.writable,
                "Propagation": if kind == "bind" { "rprivate" } else { "" },
            }),
        })
        .collect()
}

/// `HostConfig.Binds`
pub(super) fn binds(container: &Container) -> Value {
    let parsed = container
        .template
        .mounts
        .iter()
        .filter_map(|text| Mount::parse(text));
    let binds: Vec<String> = parsed
        .filter(|mount| mount.kind != "tmpfs")
        .map(|mount| {
            let mode = if mount.writable { "rw" } else { "ro" };
            format!("{}:{}:{mode}", mount.from, mount.to)
        })
        .collect();
    if binds.is_empty() {
        Value::Null
    } else {
        json!(binds)
    }
}

/// Ids of the containers that mount a volume.
fn users(state: &State, name: &str) -> Vec<String> {
    let uses = |one: &&Container| {
        let mut parsed = one
            .template
            .mounts
            .iter()
            .filter_map(|text| Mount::parse(text));
        parsed.any(|mount| mount.kind == "volume" && mount.from == name)
    };
    state
        .containers
        .values()
        .filter(uses)
        .map(|one| one.id.clone())
        .collect()
}

/// `GET /volumes`
pub(super) fn list(state: &State, query: &Query) -> Outcome {
    let filters = query.filters()?;
    let wanted = state.volumes.values().filter(|one| {
        filters.any("name", |name| one.name.contains(name))
            && filters.any("dangling", |text| {
                matches!(text, "1" | "true") == users(state, &one.name).is_empty()
            })
    });
    let all: Vec<Value> = wanted.map(Volume::json).collect();
    wire::done(&json!({ "Volumes": all, "Warnings": null }))
}

/// `GET /volumes/{name}`
pub(super) fn inspect(state: &State, name: &str) -> Outcome {
    match state.volumes.get(name) {
        Some(volume) => wire::done(&volume.json()),
        None => Err(Refusal::missing(format!("get {name}: no such volume"))),
    }
}

/// `DELETE /volumes/{name}`
pub(super) fn remove(state: &mut State, name: &str, now: Nanos) -> Outcome {
    if !state.volumes.contains_key(name) {
        return Err(Refusal::missing(format!("get {name}: no such volume")));
    }
    let users = users(state, name);
    if !users.is_empty() {
        let reason = format!("remove {name}: volume is in use - [{}]", users.join(", "));
        return Err(Refusal::conflict(reason));
    }
    state.volumes.remove(name);
    let attributes = super::events::owned([("driver", "local".to_owned())]);
    state.emit(now, "volume", name, "destroy", attributes);
    wire::no_content()
}

/// Volumes with their sizes, for disk usage.
pub(super) fn usage(state: &State) -> Vec<Value> {
    let sized = state.volumes.values().map(|volume| {
        let users = users(state, &volume.name).len();
        let size = (super::chance::seed_of(&volume.name) % 900 + 4) * 1_048_576;
        let mut value = volume.json();
        value["UsageData"] = json!({ "RefCount": users, "Size": size });
        value
    });
    sized.collect()
}
