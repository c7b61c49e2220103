//! Events: how they are made, remembered, filtered and streamed.
//!
//! Must not cause anything: `lifecycle.rs` and others report here what they did.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast;

use super::clock::{Nanos, SECOND};
use super::container::Container;
use super::daemon::{Daemon, State, StreamGuard};
use super::query::{Filters, Query};
use super::wire::{self, JSON, Outcome};

/// As many past events as the engine remembers.
const REMEMBERED: usize = 256;

/// Something that happened.
#[derive(Debug)]
pub(super) struct Event {
    time: Nanos,
    kind: &'static str,
    action: String,
    id: String,
    attributes: BTreeMap<String, String>,
}

impl Event {
    /// The event's line on the wire.
    fn line(&self) -> Bytes {
        let mut fields = Map::new();
        if matches!(self.kind, "container" | "image") {
            fields.insert("status".into(), json!(self.action));
            fields.insert("id".into(), json!(self.id));
            if let Some(image) = self.attributes.get("image") {
                fields.insert("from".into(), json!(image));
            }
        }
        let actor = json!({ "ID": self.id, "Attributes": self.attributes });
        for (key, value) in [
            ("Type", json!(self.kind)),
            ("Action", json!(self.action)),
            ("Actor", actor),
            ("scope", json!("local")),
            ("time", json!(self.time / SECOND)),
            ("timeNano", json!(self.time)),
        ] {
            fields.insert(key.into(), value);
        }
        Bytes::from(format!("{}\n", Value::Object(fields)))
    }

    /// Whether the filters let it pass.
    fn passes(&self, filters: &Filters) -> bool {
        let name = self.attributes.get("name").map_or("", String::as_str);
        // `event=exec_create` also stands for `exec_create: sh -c true`
        let action = |wanted: &str| {
            self.action == wanted
                || self
                    .action
                    .strip_prefix(wanted)
                    .is_some_and(|rest| rest.starts_with(": "))
        };
        let is = |kind: &str, wanted: &str| {
            self.kind == kind && (name == wanted || self.id.starts_with(wanted))
        };
        let image = |wanted: &str| {
            let own = self.attributes.get("image").map_or("", String::as_str);
            own == wanted || own.split(':').next() == Some(wanted) || is("image", wanted)
        };
        filters.any("type", |wanted| self.kind == wanted)
            && filters.any("event", action)
            && filters.any("container", |wanted| is("container", wanted))
            && filters.any("network", |wanted| is("network", wanted))
            && filters.any("volume", |wanted| is("volume", wanted))
            && filters.any("image", image)
            && filters.any("scope", |wanted| wanted == "local")
            && filters.labels(&self.attributes)
    }
}

impl State {
    /// Reports an event of a container, with its labels as attributes.
    pub(super) fn report(&mut self, now: Nanos, id: &str, action: &str, more: &[(&str, &str)]) {
        let Some(container) = self.containers.get(id) else {
            return;
        };
        let mut attributes = container.labels();
        attributes.insert("image".into(), container.template.image.clone());
        attributes.insert("name".into(), container.name.clone());
        for (key, value) in more {
            attributes.insert((*key).to_owned(), (*value).to_owned());
        }
        self.emit(now, "container", id, action, attributes);
    }

    /// Reports what starting or ending a container does to its networks and volumes.
    pub(super) fn report_wiring(&mut self, now: Nanos, container: &Container, up: bool) {
        let id = container.id.clone();
        for name in container.networks() {
            let Some(network) = self.networks.iter().find(|one| one.name == name) else {
                continue;
            };
            let (actor, driver) = (network.id.clone(), network.driver.clone());
            let attributes = [("container", id.clone()), ("name", name), ("type", driver)];
            let action = if up { "connect" } else { "disconnect" };
            self.emit(now, "network", &actor, action, owned(attributes));
        }
        for mount in &container.template.mounts {
            let Some(name) = mount.strip_prefix("volume:") else {
                continue;
            };
            let name = name.split(':').next().unwrap_or(name).to_owned();
            let attributes = [("container", id.clone()), ("driver", "local".to_owned())];
            let action = if up { "mount" } else { "unmount" };
            self.emit(now, "volume", &name, action, owned(attributes));
        }
    }

    /// Remembers an event and tells all who listen.
    pub(super) fn emit(
        &mut self,
        now: Nanos,
        kind: &'static str,
        id: &str,
        action: &str,
        attributes: BTreeMap<String, String>,
    ) {
        let event = Event {
            time: now,
            kind,
            action: action.to_owned(),
            id: id.to_owned(),
            attributes,
        };
        let event = Arc::new(event);
        if self.past.len() >= REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back(Arc::clone(&event));
        self.counters.events += 1;
        // nobody listening is no error
        let _ = self.bus.send(event);
    }
}

/// Attributes from pairs.
pub(super) fn owned<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// A listener's place in the stream of events.
struct Listener {
    daemon: Arc<Daemon>,
    past: Vec<Arc<Event>>,
    bus: broadcast::Receiver<Arc<Event>>,
    filters: Filters,
    until: Option<Nanos>,
    _open: StreamGuard,
}

/// `GET /events`
pub(super) fn stream(daemon: &Arc<Daemon>, query: &Query) -> Outcome {
    let filters = query.filters()?;
    let (since, until) = (query.moment("since")?, query.moment("until")?);
    // the past and the subscription under one lock: nothing falls between them
    let (past, bus) = daemon.with(|state, _| {
        let bus = state.bus.subscribe();
        let wanted = |event: &&Arc<Event>| since.is_some_and(|since| event.time >= since);
        (
            state.past.iter().filter(wanted).rev().cloned().collect(),
            bus,
        )
    });
    let daemon = Arc::clone(daemon);
    let guard = daemon.open_stream();
    let listener = Listener {
        daemon,
        past,
        bus,
        filters,
        until,
        _open: guard,
    };
    let lines = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, io::Error>(event.line()), listener))
    });
    Ok(wire::stream(Some(JSON), lines.fuse()))
}

impl Listener {
    /// The next event that passes; nothing when `until` is reached.
    async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            let event = match self.past.pop() {
                Some(event) => event,
                None => self.live().await?,
            };
            if self.until.is_some_and(|until| event.time > until) {
                return None;
            }
            if event.passes(&self.filters) {
                return Some(event);
            }
        }
    }

    /// The next event that happens before `until`.
    async fn live(&mut self) -> Option<Arc<Event>> {
        loop {
            let received = match self.until {
                None => self.bus.recv().await,
                Some(until) => {
                    let left = self.daemon.clock.until(until);
                    tokio::time::timeout(left, self.bus.recv()).await.ok()?
                }
            };
            match received {
                Ok(event) => return Some(event),
                // a reader that is too slow misses events, as with the engine
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}
