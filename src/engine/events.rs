//! The event stream of one engine, and what its events touch.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use http_body_util::BodyExt;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::convert;
use super::error::Error;
use super::task;
use super::transport::{Api, escape};
use crate::model::{Event, Id};

/// The events that are asked for. Health checks emit three exec events each time they run; those
/// are left out by the engine itself.
pub(super) const WANTED: [&str; 15] = [
    "create",
    "start",
    "restart",
    "stop",
    "kill",
    "die",
    "died",
    "oom",
    "pause",
    "unpause",
    "rename",
    "update",
    "health_status",
    "destroy",
    "remove",
];
/// How old an event must be for a list to be sure to know of it.
const SETTLED: Duration = Duration::from_millis(200);
/// How long a list may contradict an end that was told. Docker tells of an end first, then takes
/// down networks and mounts, and only then lets its lists know: on a busy machine that takes
/// seconds.
const BELIEVED: Duration = Duration::from_secs(30);
/// The longest time between two looks at a container whose end a list contradicts.
const RARELY: Duration = Duration::from_secs(2);
/// Bytes of one event; an event has about 500.
pub(super) const MAX_EVENT: usize = 1 << 20;

/// What the event stream brings.
#[derive(Debug)]
pub(crate) enum Tiding {
    /// The stream is open: nothing that happens from now on is missed.
    Open,
    /// Something happened.
    Event(Event),
    /// An event made no sense; the stream goes on.
    Odd(Error),
    /// The stream ended: the engine is lost.
    Ended(Error),
}

/// Follows the events until the stream ends or nobody listens.
pub(crate) async fn follow(api: Api, tidings: mpsc::Sender<Tiding>) {
    let read = task::caught(read(&api, &tidings)).await;
    if let Err(error) = read.flatten() {
        // nobody listens when the host was disconnected: nothing to tell
        let _ = tidings.send(Tiding::Ended(error)).await;
    }
}

async fn read(api: &Api, tidings: &mpsc::Sender<Tiding>) -> Result<(), Error> {
    let filters = serde_json::json!({ "type": ["container"], "event": WANTED }).to_string();
    let mut body = api
        .stream(&format!("/events?filters={}", escape(&filters)))
        .await?;
    let mut lines = Lines::default();
    if tidings.send(Tiding::Open).await.is_err() {
        return Ok(());
    }
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let mut found = Vec::new();
        lines.feed(&data, MAX_EVENT, |line| found.push(convert::event(line)))?;
        for event in found {
            let tiding = match event {
                Ok(event) if event.action.starts_with("exec_") => continue,
                Ok(event) => Tiding::Event(event),
                Err(error) => Tiding::Odd(error),
            };
            if tidings.send(tiding).await.is_err() {
                return Ok(());
            }
        }
    }
    Err(Error::Io(std::io::Error::new(
        std::io::ErrorKind::UnexpectedEof,
        "the engine ended its event stream",
    )))
}

/// Cuts a stream of JSON documents at line breaks.
#[derive(Default)]
pub(crate) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes, gives whole lines. A line longer than `limit` is an error.
    pub(crate) fn feed(
        &mut self,
        mut data: &[u8],
        limit: usize,
        mut line: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        while let Some(end) = data.iter().position(|byte| *byte == b'\n') {
            if self.rest.is_empty() {
                give(&data[..end], &mut line);
            } else {
                self.rest.extend_from_slice(&data[..end]);
                give(&self.rest, &mut line);
                self.rest.clear();
            }
            data = &data[end + 1..];
        }
        self.rest.extend_from_slice(data);
        if self.rest.len() > limit {
            return Err(Error::nonsense("a stream", "a line without end"));
        }
        Ok(())
    }
}

fn give(line: &[u8], to: &mut impl FnMut(&[u8])) {
    if !line.trim_ascii().is_empty() {
        to(line);
    }
}

/// Containers touched by events since the last look, and those gone meanwhile.
pub(crate) struct Touched {
    /// When each was touched last.
    ids: HashMap<Id, Instant>,
    /// Removed while a list was under way: a list that still has them is older than the removal.
    gone: HashSet<Id>,
    /// Ends that were told and that no list has confirmed yet.
    ended: HashMap<Id, Instant>,
    /// What started since one listens, until the ends before that are known.
    started: Option<HashSet<Id>>,
}

impl Default for Touched {
    fn default() -> Self {
        Self {
            ids: HashMap::new(),
            gone: HashSet::new(),
            ended: HashMap::new(),
            started: Some(HashSet::new()),
        }
    }
}

impl Touched {
    /// Takes in ends that came before one listened, where `alive` has the container as running.
    pub(crate) fn recall(&mut self, ended: Vec<Id>, alive: &HashMap<Id, bool>, now: Instant) {
        let started = self.started.take().unwrap_or_default();
        for id in ended {
            if alive.get(&id) == Some(&true) && !started.contains(&id) {
                self.ended.insert(id.clone(), now);
                self.ids.insert(id, now);
            }
        }
    }

    /// Notes an event. Whether the container is gone.
    pub(crate) fn note(&mut self, event: &Event, now: Instant) -> bool {
        let gone = matches!(&*event.action, "destroy" | "remove");
        if let (Some(started), "start") = (&mut self.started, &*event.action) {
            started.insert(event.id.clone());
        }
        match &*event.action {
            "die" | "died" => _ = self.ended.insert(event.id.clone(), now),
            "start" | "destroy" | "remove" => _ = self.ended.remove(&event.id),
            _ => {}
        }
        if gone {
            self.ids.remove(&event.id);
            self.gone.insert(event.id.clone());
        } else if !self.gone.contains(&event.id) {
            self.ids.insert(event.id.clone(), now);
        }
        gone
    }

    /// Whether anything needs a look.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// What needs a look; from now on removals are held against that look's answer.
    /// What was touched a moment ago needs another look after this one: Docker tells of an end
    /// before its lists know.
    pub(crate) fn take(&mut self, now: Instant) -> Vec<Id> {
        self.gone.clear();
        let all = self.ids.keys().cloned().collect();
        self.ids
            .retain(|_, at| now.saturating_duration_since(*at) < SETTLED);
        all
    }

    /// Puts back what could not be looked at.
    pub(crate) fn put_back(&mut self, ids: impl IntoIterator<Item = Id>, now: Instant) {
        let gone = &self.gone;
        let there = ids.into_iter().filter(|id| !gone.contains(id));
        self.ids.extend(there.map(|id| (id, now)));
    }

    /// Compares what a list says of a container with what its events told: when to look again,
    /// where the list is behind.
    pub(crate) fn check(&mut self, id: &Id, runs: bool, now: Instant) -> Option<Instant> {
        let told = *self.ended.get(id)?;
        let age = now.saturating_duration_since(told);
        if !runs || age > BELIEVED {
            self.ended.remove(id);
            return None;
        }
        self.ids.entry(id.clone()).or_insert(told);
        Some(now + age.clamp(SETTLED, RARELY))
    }

    /// Whether its end was told, and lists still say that it runs.
    pub(crate) fn is_ended(&self, id: &Id) -> bool {
        self.ended.contains_key(id)
    }

    /// Whether it was removed since the look began.
    pub(crate) fn is_gone(&self, id: &Id) -> bool {
        self.gone.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;

    fn event(id: &str, action: &str) -> Event {
        Event {
            at: Time(0),
            kind: "container".into(),
            id: Id::new(id),
            name: "n".into(),
            action: action.into(),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn a_removal_wins_over_a_list_under_way() {
        let mut touched = Touched::default();
        let now = super::super::clock::instant();
        touched.note(&event("a", "start"), now);
        assert_eq!(touched.take(now), [Id::new("a")]);
        assert_eq!(
            touched.take(now + SETTLED),
            [Id::new("a")],
            "it was too early"
        );
        assert!(touched.is_empty());
        assert!(touched.note(&event("a", "destroy"), now));
        assert!(touched.is_gone(&Id::new("a")) && touched.is_empty());
        touched.put_back([Id::new("a")], now);
        assert!(touched.is_empty());
    }

    #[test]
    fn an_end_is_looked_for_until_the_list_knows() {
        let mut touched = Touched::default();
        let told = super::super::clock::instant();
        let id = Id::new("a");
        touched.note(&event("a", "die"), told);
        let (mut now, mut looks) = (told + Duration::from_millis(250), 0);
        while now < told + Duration::from_secs(10) {
            assert_eq!(touched.take(now), std::slice::from_ref(&id));
            now = touched.check(&id, true, now).unwrap();
            looks += 1;
        }
        assert!(looks < 12, "{looks}");
        assert_eq!(touched.take(now), std::slice::from_ref(&id));
        assert_eq!(touched.check(&id, false, now), None);
        assert!(touched.is_empty());
        // one that runs again is believed, and so is a list that does not give in
        touched.note(&event("a", "die"), told);
        touched.note(&event("a", "start"), told);
        assert_eq!(touched.check(&id, true, told), None);
        touched.note(&event("a", "die"), told);
        let late = told + BELIEVED + SETTLED;
        assert_eq!(touched.check(&id, true, late), None);
    }

    #[test]
    fn an_end_before_one_listened_is_looked_for_unless_it_runs_again() {
        let mut touched = Touched::default();
        let now = super::super::clock::instant();
        touched.note(&event("b", "start"), now);
        touched.take(now + SETTLED);
        let alive = ["a", "b", "c"].map(|id| (Id::new(id), id != "c"));
        let ended = alive.iter().map(|(id, _)| id.clone()).collect();
        touched.recall(ended, &alive.clone().into(), now);
        assert_eq!(touched.take(now), [Id::new("a")]);
        assert!(touched.is_ended(&Id::new("a")) && !touched.is_ended(&Id::new("b")));
        assert!(touched.check(&Id::new("a"), true, now).is_some());
        assert_eq!(touched.check(&Id::new("a"), false, now), None);
    }

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let text = b"{\"a\":1}\n\n{\"b\":2}\r\n{";
        for cut in 0..text.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                lines
                    .feed(part, 100, |line| found.push(line.to_vec()))
                    .unwrap();
            }
            assert_eq!(
                found,
                [b"{\"a\":1}".to_vec(), b"{\"b\":2}\r".to_vec()],
                "{cut}"
            );
        }
        assert!(Lines::default().feed(&[b'x'; 9], 8, |_| ()).is_err());
    }
}
