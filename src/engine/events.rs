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
use crate::model::{Container, Event, Id, State, Turn};

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
    /// The last turn that was told of each, and when, until a list that was asked for later knows
    /// of it.
    turns: HashMap<Id, (Turn, Instant)>,
    /// Those that somebody asked to end, and that have not started since.
    asked: HashSet<Id>,
    /// What started since one listens, until the ends before that are known.
    started: Option<HashSet<Id>>,
}

impl Default for Touched {
    fn default() -> Self {
        Self {
            ids: HashMap::new(),
            gone: HashSet::new(),
            turns: HashMap::new(),
            asked: HashSet::new(),
            started: Some(HashSet::new()),
        }
    }
}

impl Touched {
    /// Takes in ends that came before one listened, where the container is known as one that runs;
    /// those that were news.
    pub(crate) fn recall(
        &mut self,
        mut ends: Vec<(Id, Turn)>,
        states: &HashMap<Id, State>,
        now: Instant,
    ) -> Vec<(Id, Turn)> {
        let started = self.started.take().unwrap_or_default();
        let runs = |id: &Id| states.get(id).is_some_and(|state| state.runs());
        ends.retain(|(id, _)| runs(id) && !started.contains(id));
        for (id, turn) in &ends {
            self.turns.insert(id.clone(), (*turn, now));
            self.ids.insert(id.clone(), now);
        }
        ends
    }

    /// Notes an event. Whether the container is gone.
    pub(crate) fn note(&mut self, event: &Event, now: Instant) -> bool {
        let gone = matches!(&*event.action, "destroy" | "remove");
        if let (Some(started), "start") = (&mut self.started, &*event.action) {
            started.insert(event.id.clone());
        }
        match &*event.action {
            "kill" | "stop" => _ = self.asked.insert(event.id.clone()),
            "start" | "destroy" | "remove" => _ = self.asked.remove(&event.id),
            _ => {}
        }
        if gone {
            self.turns.remove(&event.id);
            self.ids.remove(&event.id);
            self.gone.insert(event.id.clone());
        } else if !self.gone.contains(&event.id) {
            self.ids.insert(event.id.clone(), now);
        }
        gone
    }

    /// Notes the turn that an event told of.
    pub(crate) fn turned(&mut self, id: &Id, turn: Turn, now: Instant) {
        if !self.is_gone(id) {
            self.turns.insert(id.clone(), (turn, now));
        }
    }

    /// Forgets the turns of containers that are no more.
    pub(crate) fn forget_turns(&mut self, gone: impl Fn(&Id) -> bool) {
        self.turns.retain(|id, _| !gone(id));
    }

    /// Whether somebody asked it to end since it started.
    pub(crate) fn is_asked_to_end(&self, id: &Id) -> bool {
        self.asked.contains(id)
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

    /// Holds what a list says of a container against what its events told: a list that was asked
    /// for before a turn does not know of it. When to look again, where a list should know and
    /// does not.
    pub(crate) fn settle(
        &mut self,
        container: &mut Container,
        asked: Instant,
        now: Instant,
    ) -> Option<Instant> {
        let (turn, told) = *self.turns.get(&container.id)?;
        let age = now.saturating_duration_since(told);
        let runs = container.state.runs();
        let doubtful = runs && matches!(turn, Turn::Ended { .. }) && age <= BELIEVED;
        if told < asked && !doubtful {
            self.turns.remove(&container.id);
            return None;
        }
        container.turn(turn);
        doubtful.then(|| {
            self.ids.entry(container.id.clone()).or_insert(told);
            now + age.clamp(SETTLED, RARELY)
        })
    }

    /// Whether it was removed since the look began.
    pub(crate) fn is_gone(&self, id: &Id) -> bool {
        self.gone.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::listing::Listing;
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

    const ENDED: Turn = Turn::Ended {
        code: Some(3),
        again: false,
    };

    fn listed(id: &str, state: &str) -> Container {
        let mut list = Listing::default();
        let json = format!(r#"[{{"Id":"{id}","State":"{state}"}}]"#);
        list.feed(json.as_bytes()).unwrap();
        list.finish().unwrap().found.remove(0)
    }

    #[test]
    fn an_end_is_believed_and_looked_for_until_the_list_knows() {
        let mut touched = Touched::default();
        let told = super::super::clock::instant();
        let id = Id::new("a");
        touched.note(&event("a", "die"), told);
        touched.turned(&id, ENDED, told);
        let (mut now, mut looks) = (told + Duration::from_millis(250), 0);
        while now < told + Duration::from_secs(10) {
            assert_eq!(touched.take(now), std::slice::from_ref(&id));
            let mut old = listed("a", "running");
            now = touched.settle(&mut old, now, now).unwrap();
            assert_eq!((old.state, old.exit_code), (State::Exited, Some(3)));
            looks += 1;
        }
        assert!(looks < 12, "{looks}");
        assert_eq!(touched.take(now), std::slice::from_ref(&id));
        let mut known = listed("a", "restarting");
        assert_eq!(touched.settle(&mut known, now, now), None);
        assert_eq!(known.state, State::Restarting);
        assert!(touched.is_empty());
        // a list that does not give in is believed
        touched.turned(&id, ENDED, told);
        let late = told + BELIEVED + SETTLED;
        let mut runs = listed("a", "running");
        assert_eq!(touched.settle(&mut runs, late, late), None);
        assert_eq!(runs.state, State::Running);
    }

    #[test]
    fn a_list_that_was_asked_for_before_a_turn_does_not_undo_it() {
        let mut touched = Touched::default();
        let asked = super::super::clock::instant();
        let later = asked + Duration::from_millis(20);
        for (turn, before, after) in [
            (Turn::Started, "exited", State::Running),
            (Turn::Paused, "running", State::Paused),
            (Turn::Unpaused, "paused", State::Running),
            (ENDED, "paused", State::Exited),
        ] {
            touched.turned(&Id::new("a"), turn, later);
            let mut old = listed("a", before);
            touched.settle(&mut old, asked, later);
            assert_eq!(old.state, after, "{turn:?}");
        }
        touched.turned(&Id::new("a"), Turn::Started, asked);
        let mut new = listed("a", "exited");
        touched.settle(&mut new, later, later);
        assert_eq!(new.state, State::Exited, "it ended since");
    }

    #[test]
    fn an_end_before_one_listened_is_looked_for_unless_it_runs_again() {
        let mut touched = Touched::default();
        let now = super::super::clock::instant();
        touched.note(&event("b", "start"), now);
        touched.take(now + SETTLED);
        let states = [
            ("a", State::Running),
            ("b", State::Running),
            ("c", State::Exited),
            ("d", State::Restarting),
        ];
        let states = states.map(|(id, state)| (Id::new(id), state));
        let ended = states.iter().map(|(id, _)| (id.clone(), ENDED)).collect();
        let news = touched.recall(ended, &states.clone().into(), now);
        assert_eq!(news, [(Id::new("a"), ENDED)]);
        assert_eq!(touched.take(now), [Id::new("a")]);
        let mut old = listed("a", "running");
        assert!(touched.settle(&mut old, now, now).is_some());
        let mut other = listed("b", "running");
        assert_eq!(touched.settle(&mut other, now, now), None);
        assert_eq!((old.state, other.state), (State::Exited, State::Running));
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
