//! Images: list, inspect, removal, and pulls with their progress.
//!
//! Must keep no state of its own.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use super::chance::{hex, mix, seed_of};
use super::clock::{Nanos, SECOND, stamp};
use super::container::Container;
use super::daemon::{Daemon, State};
use super::query::Query;
use super::scenario::{Script, parse_size};
use super::wire::{self, JSON, Outcome, Refusal};

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    id: String,
    tag: String,
    created: Nanos,
    pub(super) size: u64,
}

impl Image {
    fn new(tag: &str, size: u64, now: Nanos) -> Self {
        let seed = seed_of(tag);
        let age = (seed % 70 + 3).cast_signed() * 86_400 * SECOND;
        let id = format!("sha256:{}", hex(seed, 64));
        Self {
            id,
            tag: tag.to_owned(),
            created: now - age,
            size,
        }
    }

    fn json(&self, users: Option<usize>, modern: bool) -> Value {
        let name = self.tag.split(':').next().unwrap_or(&self.tag);
        let digest = format!("{name}@sha256:{}", hex(seed_of(&self.tag) ^ 5, 64));
        let mut value = json!({
            "Containers": users.map_or(json!(-1), |count| json!(count)), "Created": self.created / SECOND, "Id": self.id,
            "Labels": null, "ParentId": "", "RepoDigests": [digest],
            "RepoTags": [self.tag], "SharedSize": -1, "Size": self.size,
        });
        if !modern {
            value["VirtualSize"] = json!(self.size);
        }
        value
    }
}

/// The images of a scenario: those that containers use, and those that are only named.
pub(super) fn of_script(script: &Script, now: Nanos) -> Vec<Image> {
    let used = script.containers.iter().map(|one| one.image.clone());
    let tags: BTreeSet<String> = used.chain(script.images.keys().cloned()).collect();
    let size = |tag: &String| {
        let known = script.images.get(tag).and_then(|text| parse_size(text));
        known.unwrap_or((seed_of(tag) % 180 + 8) << 20)
    };
    tags.iter()
        .map(|tag| Image::new(tag, size(tag), now))
        .collect()
}

/// An image's id, also of one that is no longer there.
pub(super) fn id_of(state: &State, tag: &str) -> String {
    find(state, tag).map_or_else(
        |_| format!("sha256:{}", hex(seed_of(tag), 64)),
        |one| one.id.clone(),
    )
}

/// The familiar name: without the default registry, with `:latest` where no tag is said.
fn full(reference: &str) -> String {
    let reference = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let reference = reference.strip_prefix("library/").unwrap_or(reference);
    let last = reference.rsplit('/').next().unwrap_or(reference);
    if last.contains(':') {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    }
}

/// The image behind a tag, an id or the beginning of one.
pub(super) fn find<'a>(state: &'a State, reference: &str) -> Result<&'a Image, Refusal> {
    let tag = full(reference);
    let bare = reference.strip_prefix("sha256:").unwrap_or(reference);
    let is_id = bare.len() >= 4 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = |one: &&Image| {
        one.tag == tag
            || (is_id
                && one
                    .id
                    .strip_prefix("sha256:")
                    .is_some_and(|id| id.starts_with(bare)))
    };
    let found = state.images.iter().find(fits);
    found.ok_or_else(|| Refusal::missing(format!("No such image: {tag}")))
}

fn users(state: &State, image: &Image) -> Vec<String> {
    let uses = |one: &&Container| full(&one.template.image) == image.tag;
    state
        .containers
        .values()
        .filter(uses)
        .map(|one| one.id.clone())
        .collect()
}

/// `GET /images/json`
pub(super) fn list(state: &State, query: &Query) -> Outcome {
    let filters = query.filters()?;
    let modern = state.speaks(44);
    let wanted = state.images.iter().filter(|one| {
        filters.any("reference", |wanted| {
            one.tag == full(wanted) || one.tag.split(':').next() == Some(wanted)
        }) && !filters
            .values("dangling")
            .iter()
            .any(|text| matches!(text.as_str(), "1" | "true"))
    });
    let mut all: Vec<&Image> = wanted.collect();
    all.sort_by_key(|one| -one.created);
    wire::done(&all.iter().map(|one| one.json(None, modern)).collect())
}

/// Images with the number of their containers, for disk usage.
pub(super) fn usage(state: &State) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for image in &state.images {
        let mut value = image.json(Some(users(state, image).len()), state.speaks(44));
        value["SharedSize"] = json!(0);
        all.push(value);
    }
    all
}

/// `GET /images/{name}/json`
pub(super) fn inspect(state: &State, reference: &str) -> Outcome {
    let image = find(state, reference).map_err(|_| {
        Refusal::missing(format!(
            "no such image: {reference}: No such image: {}",
            full(reference)
        ))
    })?;
    let template = state
        .containers
        .values()
        .find(|one| one.template.image == image.tag);
    let command = template.map_or_else(|| json!(["sh"]), |one| json!(one.template.command));
    let layers: Vec<String> = (0..4)
        .map(|n| format!("sha256:{}", hex(mix(seed_of(&image.tag), n), 64)))
        .collect();
    wire::done(&json!({
        "Id": image.id, "RepoTags": [image.tag], "RepoDigests": [], "Parent": "", "Comment": "",
        "Created": stamp(image.created), "DockerVersion": state.engine_version(), "Author": "",
        "Config": {
            "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false,
            "AttachStdout": false, "AttachStderr": false, "Tty": false, "OpenStdin": false,
            "StdinOnce": false,
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": command, "Image": "", "Volumes": null, "WorkingDir": "", "Entrypoint": null,
            "OnBuild": null, "Labels": null,
        },
        "Architecture": "amd64", "Os": "linux", "Size": image.size, "VirtualSize": image.size,
        "GraphDriver": { "Data": null, "Name": "overlay2" },
        "RootFS": { "Type": "layers", "Layers": layers },
        "Metadata": { "LastTagTime": stamp(image.created) },
    }))
}

/// `DELETE /images/{name}`
pub(super) fn remove(state: &mut State, reference: &str, query: &Query, now: Nanos) -> Outcome {
    let image = find(state, reference)?.clone();
    if let Some(user) = users(state, &image)
        .first()
        .filter(|_| !query.flag("force"))
    {
        let reason = format!(
            "conflict: unable to remove repository reference \"{reference}\" (must force) - container {} is using its referenced image {}",
            user.get(..12).unwrap_or(user),
            image.id.get(7..19).unwrap_or(&image.id),
        );
        return Err(Refusal::conflict(reason));
    }
    state.images.retain(|one| one.tag != image.tag);
    let attributes = super::events::owned([("name", image.id.clone())]);
    state.emit(now, "image", &image.id, "delete", attributes);
    wire::done(&json!([{ "Untagged": image.tag }, { "Deleted": image.id }]))
}

/// `POST /images/create`: a pull with its progress, two seconds long.
pub(super) fn pull(daemon: &Arc<Daemon>, query: &Query) -> Outcome {
    let name = query.text("fromImage").to_owned();
    let tag = match query.text("tag") {
        "" => full(&name),
        tag => full(&format!("{name}:{tag}")),
    };
    if name.is_empty() {
        return Err(Refusal::new(400, "invalid reference format"));
    }
    if name.contains("nope") || name.contains("missing") {
        let reason = format!(
            "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
        );
        return Err(Refusal::missing(reason));
    }
    let steps = steps(&tag);
    let daemon = Arc::clone(daemon);
    let lines = stream::unfold(
        (daemon, tag, steps.into_iter()),
        |(daemon, tag, mut steps)| async move {
            let step = steps.next()?;
            if steps.len() == 0 {
                daemon.with(|state, now| arrive(state, &tag, now));
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
            Some((
                Ok::<_, io::Error>(Bytes::from(format!("{step}\r\n"))),
                (daemon, tag, steps),
            ))
        },
    );
    Ok(wire::stream(Some(JSON), lines))
}

fn arrive(state: &mut State, tag: &str, now: Nanos) {
    if find(state, tag).is_err() {
        state
            .images
            .push(Image::new(tag, (seed_of(tag) % 180 + 8) << 20, now));
    }
    let name = tag.split(':').next().unwrap_or(tag).to_owned();
    state.emit(
        now,
        "image",
        tag,
        "pull",
        super::events::owned([("name", name)]),
    );
}

/// The progress lines of a pull.
fn steps(tag: &str) -> Vec<Value> {
    let seed = seed_of(tag);
    let layers: Vec<String> = (0..3).map(|n| hex(mix(seed, n), 12)).collect();
    let (name, version) = tag.rsplit_once(':').unwrap_or((tag, "latest"));
    let mut all = vec![json!({ "status": format!("Pulling from {name}"), "id": version })];
    all.extend(
        layers
            .iter()
            .map(|id| json!({ "status": "Pulling fs layer", "progressDetail": {}, "id": id })),
    );
    for part in 1..=8_u64 {
        for (place, id) in layers.iter().enumerate() {
            let total = (mix(seed, place as u64) % 40 + 2) << 20;
            let current = total * part / 8;
            let status = if part == 8 {
                "Pull complete"
            } else {
                "Downloading"
            };
            let bar = format!("{current}B/{total}B");
            let detail = json!({ "current": current, "total": total });
            all.push(
                json!({ "status": status, "progressDetail": detail, "progress": bar, "id": id }),
            );
        }
    }
    all.push(json!({ "status": format!("Digest: sha256:{}", hex(seed ^ 5, 64)) }));
    all.push(json!({ "status": format!("Status: Downloaded newer image for {tag}") }));
    all
}
