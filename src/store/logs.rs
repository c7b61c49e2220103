//! Open logs: their lines, where one looks, what is searched.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use regex::Regex;

pub use super::log_view::Room;
use super::message::SearchId;
use crate::model::log::{Chunk, LogBuffer};
use crate::model::{HostId, Problem, Ref};
use crate::protocol::LogFact;

/// Logs whose lines are kept after one has looked away.
const KEPT: usize = 8;

/// All open logs.
#[derive(Debug, Default)]
pub struct Logs {
    open: BTreeMap<Ref, Log>,
    /// Bytes over all logs.
    budget: usize,
    /// Counts looks at logs, for which one was looked at last.
    looks: u64,
    searches: u64,
}

/// One log.
#[derive(Debug)]
pub struct Log {
    /// Its lines.
    pub buffer: LogBuffer,
    /// How far it has been read.
    pub state: LogState,
    /// Where one looks.
    pub view: LogView,
    /// What is searched.
    pub search: Option<Search>,
    /// Whether the oldest line held is the oldest there is.
    pub complete: bool,
    /// Older lines are on their way, to be put before this line of this time; a new reading, or
    /// lines that were dropped meanwhile, make them worthless.
    pub fetching: Option<(u64, i64)>,
    looked: u64,
}

/// How far a log has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogState {
    /// Asked for, nothing came yet.
    #[default]
    Opening,
    /// All that was there has come; new lines come as they are written.
    Live,
    /// The container does not run: no new lines.
    Ended,
    /// It cannot be read.
    Failed(Problem),
}

/// Where one looks at a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogView {
    /// The newest line stays in sight.
    pub follow: bool,
    /// Number of the line under the cursor.
    pub cursor: u64,
    /// Number of the uppermost line in sight, and how many of its rows are above the screen.
    pub top: (u64, usize),
    /// Columns scrolled off at the left.
    pub left: usize,
    /// Number of the line that would have come next when following ended.
    pub seen: u64,
}

/// A search in a log.
#[derive(Clone, Debug)]
pub struct Search {
    /// As typed.
    pub text: String,
    /// Whether it is an expression.
    pub is_regex: bool,
    /// What is searched; none while the text is no expression.
    pub regex: Option<Regex>,
    /// What is wrong with the expression.
    pub fault: Option<String>,
    /// The search under way.
    pub running: Option<SearchId>,
    /// Numbers of the lines with a hit, in order.
    pub hits: Vec<u64>,
    /// Where the cursor was when it began.
    pub origin: u64,
    /// The lines that were searched at once: those outside have been tested as they came.
    pub searched: Range<u64>,
}

impl Logs {
    /// No logs, within a number of bytes.
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            ..Self::default()
        }
    }

    /// A log, when it is open.
    pub fn get(&self, target: &Ref) -> Option<&Log> {
        self.open.get(target)
    }

    /// A log to look at: opened when it was not.
    pub fn open(&mut self, target: &Ref) -> &mut Log {
        self.looks += 1;
        if self.open.len() >= KEPT && !self.open.contains_key(target) {
            let oldest = self
                .open
                .iter()
                .min_by_key(|(_, log)| log.looked)
                .map(|(r, _)| r.clone());
            if let Some(oldest) = oldest {
                self.open.remove(&oldest);
            }
        }
        let log = self.open.entry(target.clone()).or_insert_with(Log::new);
        log.looked = self.looks;
        log
    }

    /// Lets go all logs of a host.
    pub fn forget(&mut self, host: &HostId) {
        self.open.retain(|target, _| target.host != *host);
    }

    /// A log that is open already.
    pub fn get_mut(&mut self, target: &Ref) -> Option<&mut Log> {
        self.open.get_mut(target)
    }

    /// Takes in what became of a log.
    pub fn learn(&mut self, target: &Ref, fact: LogFact) {
        let others: usize = self
            .open
            .iter()
            .filter(|(of, _)| *of != target)
            .map(|(_, log)| log.buffer.bytes())
            .sum();
        let budget = self.budget;
        let Some(log) = self.open.get_mut(target) else {
            return;
        };
        log.learn(fact, budget.saturating_sub(others).max(budget / 4));
        let total = others + self.open.get(target).map_or(0, |log| log.buffer.bytes());
        if total > budget {
            self.drop_unseen(target);
        }
    }

    /// Lets go the log that was looked at longest ago.
    fn drop_unseen(&mut self, but: &Ref) {
        let oldest = self
            .open
            .iter()
            .filter(|(of, _)| *of != but)
            .min_by_key(|(_, log)| log.looked);
        if let Some(oldest) = oldest.map(|(of, _)| of.clone()) {
            self.open.remove(&oldest);
        }
    }

    /// A name for the next search.
    pub fn next_search(&mut self) -> SearchId {
        self.searches += 1;
        SearchId(self.searches)
    }

    /// Takes in what a search found; gives the log that it was of.
    pub fn found(&mut self, id: SearchId, found: &Result<Vec<u64>, Problem>) -> Option<Ref> {
        let open = self.open.iter_mut();
        let mut of = open.filter_map(|(of, log)| log.found(id, found).then_some(of));
        of.next().cloned()
    }
}

impl Log {
    /// A log of which nothing has come yet.
    pub(super) fn new() -> Self {
        Self {
            buffer: LogBuffer::new(),
            state: LogState::Opening,
            view: LogView {
                follow: true,
                ..LogView::default()
            },
            search: None,
            complete: false,
            fetching: None,
            looked: 0,
        }
    }

    /// Takes in what became of it, keeping its lines within a budget.
    pub(super) fn learn(&mut self, fact: LogFact, budget: usize) {
        match fact {
            LogFact::Opened => self.begin(),
            LogFact::Lines(chunk) => {
                // it was said to have ended or failed, and goes on
                if matches!(self.state, LogState::Ended | LogState::Failed(_)) {
                    self.state = LogState::Live;
                }
                self.add(chunk, budget);
            }
            LogFact::CaughtUp => self.state = LogState::Live,
            LogFact::Ended => self.state = LogState::Ended,
            LogFact::Failed(problem) => self.state = LogState::Failed(problem),
        }
    }

    /// A new reading begins: what was held goes, where one looks at the end of it.
    fn begin(&mut self) {
        self.buffer = LogBuffer::new();
        self.state = LogState::Opening;
        self.complete = false;
        self.view = LogView {
            follow: true,
            left: self.view.left,
            ..LogView::default()
        };
        self.fetching = None;
        if let Some(search) = &mut self.search {
            // every line of the new reading is tested as it comes
            search.hits.clear();
            search.running = None;
        }
    }

    fn add(&mut self, chunk: Arc<Chunk>, budget: usize) {
        let first = self.buffer.end();
        if let Some(search) = &mut self.search
            && let Some(regex) = &search.regex
        {
            let places = chunk.hits(regex).into_iter();
            search.hits.extend(places.map(|place| first + place as u64));
        }
        self.buffer.push(chunk, budget);
        let oldest = self.buffer.first();
        if let Some(search) = &mut self.search {
            let gone = search.hits.partition_point(|hit| *hit < oldest);
            search.hits.drain(..gone);
        }
        if self.buffer.dropped() > 0 {
            self.complete = false;
        }
    }

    /// Puts older lines in front, oldest chunk first.
    pub fn add_older(&mut self, chunks: Vec<Arc<Chunk>>) {
        let oldest = self.oldest_time().map(|time| (self.buffer.first(), time));
        let fits = self
            .fetching
            .take()
            .is_some_and(|before| Some(before) == oldest);
        if !fits {
            return;
        }
        if chunks.is_empty() {
            self.complete = true;
        }
        for chunk in chunks.into_iter().rev().filter(|chunk| !chunk.is_empty()) {
            self.buffer.push_front(chunk);
            if let Some(search) = &mut self.search
                && let Some(regex) = &search.regex
                && let Some((first, chunk)) = self.buffer.chunks().next()
            {
                let places = chunk.hits(regex).into_iter();
                let hits = places.map(|place| first + place as u64);
                search.hits.splice(0..0, hits);
            }
        }
    }

    /// The time of the oldest line held.
    pub fn oldest_time(&self) -> Option<i64> {
        self.buffer
            .line(self.buffer.first())
            .map(|(_, line)| line.time)
    }

    /// New lines since following ended.
    pub fn unseen(&self) -> u64 {
        if self.view.follow {
            0
        } else {
            self.buffer.end().saturating_sub(self.view.seen)
        }
    }

    /// Takes in what a search found; false when it was none of its own.
    pub(super) fn found(&mut self, id: SearchId, found: &Result<Vec<u64>, Problem>) -> bool {
        let oldest = self.buffer.first();
        let Some(search) = self.search.as_mut().filter(|s| s.running == Some(id)) else {
            return false;
        };
        search.running = None;
        let hits = match found {
            Ok(hits) => hits,
            Err(problem) => {
                search.fault = Some(problem.summary.clone());
                return true;
            }
        };
        let (from, until) = (search.searched.start, search.searched.end);
        let came = |hit: &&u64| !(from..until).contains(*hit);
        let mut all: Vec<u64> = search.hits.iter().filter(came).copied().collect();
        all.extend(hits.iter().filter(|hit| **hit >= oldest));
        all.sort_unstable();
        search.hits = all;
        self.go_to_hit();
        true
    }

    /// Puts the cursor on the newest hit at or before the place where the search began: a log is
    /// read from its end.
    fn go_to_hit(&mut self) {
        let Some(search) = &self.search else { return };
        let Some(last) = search.hits.last().copied() else {
            return;
        };
        let before = search.hits.partition_point(|hit| *hit <= search.origin);
        let hit = before
            .checked_sub(1)
            .and_then(|place| search.hits.get(place))
            .copied();
        self.view.cursor = hit.unwrap_or(last);
    }

    /// The hit after (or before) the cursor's line, from the last to the first and back.
    pub fn next_hit(&self, backwards: bool) -> Option<u64> {
        let hits = &self.search.as_ref()?.hits;
        let cursor = if self.view.follow {
            self.buffer.end()
        } else {
            self.view.cursor
        };
        if backwards {
            let before = hits.partition_point(|hit| *hit < cursor);
            before
                .checked_sub(1)
                .and_then(|place| hits.get(place))
                .or(hits.last())
                .copied()
        } else {
            hits.get(hits.partition_point(|hit| *hit <= cursor))
                .or(hits.first())
                .copied()
        }
    }

    /// Which hit the cursor stands on, from 1, of how many.
    pub fn hit_place(&self) -> Option<(usize, usize)> {
        let hits = &self.search.as_ref()?.hits;
        let at = hits
            .binary_search(&self.view.cursor)
            .ok()
            .filter(|_| !self.view.follow);
        Some((at.map_or(0, |place| place + 1), hits.len()))
    }
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
