//! Lists of a connection: when they are asked for, and what is told of their answers.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::{SLOW, Session};
use crate::engine::listing::{List, Odd};
use crate::engine::{clock, errand, snapshot};
use crate::model::{Container, Id};
use crate::protocol::Fact;

/// How long events are collected before their containers are looked at.
pub(super) const COLLECT: Duration = Duration::from_millis(250);
/// How long from one look to the next while events go on: states turn with the events themselves.
const APART: Duration = Duration::from_millis(400);

impl Session<'_> {
    /// Asks for what is due: everything, or what events touched.
    pub(super) fn look(&mut self, now: Instant) {
        if self.resync <= now {
            self.list_all(now);
        } else if self.look.is_some_and(|at| at <= now) {
            let ids = self.touched.take(now);
            if ids.len() > snapshot::BY_ID {
                self.list_all(now);
                return;
            }
            if !ids.is_empty() {
                self.asks(now);
                self.errands.spawn(errand::some(self.api.clone(), ids));
            }
            self.look_again(now);
        }
    }

    /// A list is asked for.
    fn asks(&mut self, now: Instant) {
        (self.listing, self.asked, self.calm) = (true, now, now + APART);
        self.slow.get_or_insert(now + SLOW);
    }

    /// The list was answered.
    pub(super) fn answered(&mut self) {
        (self.listing, self.slow) = (false, None);
    }

    /// When what is touched now is looked at.
    pub(super) fn next_look(&self, now: Instant) -> Instant {
        (now + COLLECT).max(self.calm)
    }

    /// Looks at what is touched at this moment, if not earlier.
    pub(super) fn look_by(&mut self, at: Instant) {
        self.look = Some(self.look.map_or(at, |look| look.min(at)));
    }

    pub(super) fn look_again(&mut self, now: Instant) {
        self.look = (!self.touched.is_empty()).then_some(self.next_look(now));
    }

    pub(super) fn list_all(&mut self, now: Instant) {
        self.touched.take(now);
        self.asks(now);
        self.look_again(now);
        self.errands
            .spawn(errand::all(self.api.clone(), self.told.clone()));
    }

    /// Tells of entries that could not be read, of each once.
    pub(super) async fn odd(&mut self, odd: Vec<Odd>) {
        for Odd { name, error } in odd {
            if self.odd.insert(name.clone()) {
                self.trouble(&error, &format!("read container {name}"))
                    .await;
            }
        }
    }

    pub(super) async fn all(&mut self, list: List<Container>, mut same: Vec<Id>) {
        self.answered();
        let List { mut found, odd } = list;
        // one that could be read again is told of anew
        self.odd
            .retain(|name| odd.iter().any(|one| one.name == *name));
        self.odd(odd).await;
        found.retain(|container| !self.touched.is_gone(&container.id));
        same.retain(|id| !self.touched.is_gone(id));
        self.turn(&mut found);
        let removed = self.keep(&found, &same);
        let now = clock::instant();
        self.resync = now + snapshot::resync_after(self.states.len());
        self.heartbeat.speaks(clock::instant());
        self.tell_streams();
        if self.listed {
            let changed = found;
            self.tell(Fact::Resynced { changed, removed }).await;
        } else {
            // whoever sees the list may act on it at once
            self.host.api.send_replace(Some(self.api.clone()));
            self.tell(Fact::Containers(found)).await;
            self.begin();
        }
    }

    /// Keeps names and states of these and no others; those that are no more.
    fn keep(&mut self, found: &[Container], same: &[Id]) -> Vec<Id> {
        let there: HashSet<&Id> = found.iter().map(|c| &c.id).chain(same).collect();
        let known = self.states.keys();
        let removed: Vec<Id> = known.filter(|id| !there.contains(id)).cloned().collect();
        self.states.retain(|id, _| there.contains(id));
        self.host.desk.names.keep(|id| there.contains(id));
        self.touched.forget_turns(|id| !there.contains(id));
        for container in found {
            self.host.desk.names.note(&container.id, &container.name);
            self.states.insert(container.id.clone(), container.state);
        }
        removed
    }

    /// Brings a list up to what events told since it was asked for.
    pub(super) fn turn(&mut self, list: &mut [Container]) {
        let (asked, now) = (self.asked, clock::instant());
        for container in list {
            if let Some(at) = self.touched.settle(container, asked, now) {
                self.look_by(at);
            }
        }
    }

    /// Streams know of starts and ends that nobody told of before they go on.
    pub(super) fn tell_streams(&self) {
        let alive = |id: &Id| self.states.get(id).is_some_and(|state| state.is_alive());
        self.host.watches.listed(alive);
    }

    pub(super) async fn some(&mut self, ids: Vec<Id>, list: List<Container>) {
        self.answered();
        let List {
            found: mut list,
            odd,
        } = list;
        let all_read = odd.is_empty();
        self.odd(odd).await;
        list.retain(|container| !self.touched.is_gone(&container.id));
        self.turn(&mut list);
        let there: HashSet<&Id> = list.iter().map(|container| &container.id).collect();
        let gone = ids.into_iter().filter(|id| !there.contains(id));
        // one that could not be read is still there
        let gone: Vec<Id> = gone.filter(|_| all_read).collect();
        for container in &list {
            self.host.desk.names.note(&container.id, &container.name);
            self.states.insert(container.id.clone(), container.state);
        }
        if !list.is_empty() {
            self.tell(Fact::Changed(list)).await;
        }
        if !gone.is_empty() {
            for id in &gone {
                self.states.remove(id);
            }
            self.touched.forget_turns(|id| gone.contains(id));
            self.tell(Fact::Removed(gone)).await;
        }
        self.tell_streams();
    }
}
