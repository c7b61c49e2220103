//! Open logs: their lines, where one looks, what is searched.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::message::SearchId;
use crate::model::log::{Chunk, LogBuffer};
use crate::model::{HostId, Problem, Ref, text};
use crate::protocol::LogFact;

/// Logs whose lines are kept after one has looked away.
const KEPT: usize = 8;

/// All open logs.
#[derive(Debug, Default)]
pub struct Logs {
    logs: BTreeMap<Ref, Log>,
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
}

/// The room that a log has on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns of text.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Whether long lines wrap.
    pub wrap: bool,
}

impl Room {
    /// Rows that a line takes.
    pub fn rows(&self, line: &str) -> usize {
        if self.wrap {
            text::wrap(line, self.width).count().max(1)
        } else {
            1
        }
    }
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
        self.logs.get(target)
    }

    /// A log to look at: opened when it was not.
    pub fn open(&mut self, target: &Ref) -> &mut Log {
        self.looks += 1;
        if self.logs.len() >= KEPT && !self.logs.contains_key(target) {
            let oldest = self
                .logs
                .iter()
                .min_by_key(|(_, log)| log.looked)
                .map(|(r, _)| r.clone());
            if let Some(oldest) = oldest {
                self.logs.remove(&oldest);
            }
        }
        let log = self.logs.entry(target.clone()).or_insert_with(Log::new);
        log.looked = self.looks;
        log
    }

    /// Lets go all logs of a host.
    pub fn forget(&mut self, host: &HostId) {
        self.logs.retain(|target, _| target.host != *host);
    }

    /// A log that is open already.
    pub fn get_mut(&mut self, target: &Ref) -> Option<&mut Log> {
        self.logs.get_mut(target)
    }

    /// Takes in what became of a log.
    pub fn learn(&mut self, target: &Ref, fact: LogFact) {
        let others: usize = self
            .logs
            .iter()
            .filter(|(of, _)| *of != target)
            .map(|(_, log)| log.buffer.bytes())
            .sum();
        let budget = self.budget;
        let Some(log) = self.logs.get_mut(target) else {
            return;
        };
        match fact {
            LogFact::Opened => log.begin(),
            LogFact::Lines(chunk) => log.add(chunk, budget.saturating_sub(others).max(budget / 4)),
            LogFact::CaughtUp => log.state = LogState::Live,
            LogFact::Ended => log.state = LogState::Ended,
            LogFact::Failed(problem) => log.state = LogState::Failed(problem),
        }
        let total = others + self.logs.get(target).map_or(0, |log| log.buffer.bytes());
        if total > budget {
            self.drop_unseen(target);
        }
    }

    /// Lets go the log that was looked at longest ago.
    fn drop_unseen(&mut self, but: &Ref) {
        let oldest = self
            .logs
            .iter()
            .filter(|(of, _)| *of != but)
            .min_by_key(|(_, log)| log.looked);
        if let Some(oldest) = oldest.map(|(of, _)| of.clone()) {
            self.logs.remove(&oldest);
        }
    }

    /// A name for the next search.
    pub fn next_search(&mut self) -> SearchId {
        self.searches += 1;
        SearchId(self.searches)
    }

    /// Takes in what a search found.
    pub fn found(&mut self, id: SearchId, hits: Vec<u64>) {
        let of = |log: &&mut Log| log.search.as_ref().is_some_and(|s| s.running == Some(id));
        let Some(log) = self.logs.values_mut().find(of) else {
            return;
        };
        let Some(search) = &mut log.search else {
            return;
        };
        search.running = None;
        // lines that came meanwhile have been tested as they came
        let last = hits.last().copied().unwrap_or(0);
        let later: Vec<u64> = search
            .hits
            .iter()
            .copied()
            .filter(|hit| *hit > last)
            .collect();
        search.hits = hits;
        search.hits.extend(later);
        log.go_to_hit();
    }
}

impl Log {
    fn new() -> Self {
        Self {
            buffer: LogBuffer::new(),
            state: LogState::Opening,
            view: LogView {
                follow: true,
                ..LogView::default()
            },
            search: None,
            complete: false,
            looked: 0,
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
        if let Some(search) = &mut self.search {
            search.hits.clear();
        }
    }

    fn add(&mut self, chunk: Arc<Chunk>, budget: usize) {
        let first = self.buffer.end();
        if let Some(search) = &mut self.search
            && let Some(regex) = &search.regex
        {
            let hits = chunk
                .lines()
                .enumerate()
                .filter(|(_, line)| regex.is_match(line.text));
            search
                .hits
                .extend(hits.map(|(index, _)| first + index as u64));
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
        if chunks.is_empty() {
            self.complete = true;
        }
        for chunk in chunks.into_iter().rev().filter(|chunk| !chunk.is_empty()) {
            self.buffer.push_front(chunk);
            if let Some(search) = &mut self.search
                && let Some(regex) = &search.regex
                && let Some((first, chunk)) = self.buffer.chunks().next()
            {
                let hits = chunk
                    .lines()
                    .enumerate()
                    .filter(|(_, line)| regex.is_match(line.text));
                let hits: Vec<u64> = hits.map(|(index, _)| first + index as u64).collect();
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

    /// Where the screen begins so that the last line is at its bottom.
    pub fn bottom(&self, room: Room) -> (u64, usize) {
        self.above(self.buffer.end(), 0, room.height, room)
    }

    /// The place a number of rows above a row of a line.
    fn above(&self, line: u64, row: usize, rows: usize, room: Room) -> (u64, usize) {
        if row >= rows {
            return (line, row - rows);
        }
        let mut left = rows - row;
        let mut number = line;
        while number > self.buffer.first() {
            number -= 1;
            let Some((_, line)) = self.buffer.line(number) else {
                break;
            };
            let rows = room.rows(line.text);
            if rows >= left {
                return (number, rows - left);
            }
            left -= rows;
        }
        (self.buffer.first(), 0)
    }

    /// The place a number of rows below a row of a line.
    fn below(&self, line: u64, row: usize, rows: usize, room: Room) -> (u64, usize) {
        let mut left = rows + row;
        for (number, _, line) in self.buffer.lines_from(line) {
            let rows = room.rows(line.text);
            if rows > left {
                return (number, left);
            }
            left -= rows;
        }
        (self.buffer.end(), 0)
    }

    /// Where the screen begins: computed while following, else where one looks.
    pub fn top(&self, room: Room) -> (u64, usize) {
        if self.view.follow {
            return self.bottom(room);
        }
        let (line, row) = self.view.top;
        if line < self.buffer.first() {
            (self.buffer.first(), 0)
        } else {
            (line, row)
        }
    }

    /// Stops following; the screen stays as it is.
    pub fn hold(&mut self, room: Room) {
        if self.view.follow {
            self.view.top = self.bottom(room);
            self.view.cursor = self.buffer.end().saturating_sub(1);
            self.view.seen = self.buffer.end();
            self.view.follow = false;
        }
    }

    /// Follows the newest line.
    pub fn follow(&mut self) {
        self.view.follow = true;
    }

    /// Moves the cursor by lines. At the last line it follows again.
    pub fn step(&mut self, by: i64, room: Room) {
        if self.buffer.is_empty() || (self.view.follow && by > 0) {
            return;
        }
        self.hold(room);
        let last = self.buffer.end() - 1;
        let cursor = self.view.cursor.saturating_add_signed(by);
        if cursor > last {
            self.follow();
            return;
        }
        self.view.cursor = cursor.max(self.buffer.first());
        self.show_cursor(room);
    }

    /// Scrolls by screens; the cursor goes along.
    pub fn page(&mut self, rows: i64, room: Room) {
        if self.buffer.is_empty() || (self.view.follow && rows > 0) {
            return;
        }
        self.hold(room);
        let (line, row) = self.top(room);
        let count = rows.unsigned_abs() as usize;
        if rows < 0 {
            self.view.top = self.above(line, row, count, room);
            self.view.cursor = self.view.top.0;
        } else {
            let bottom = self.bottom(room);
            let below = self.below(line, row, count, room);
            if below >= bottom {
                self.follow();
                return;
            }
            self.view.top = below;
            self.view.cursor = self.last_in_sight(room);
        }
    }

    /// Goes to the oldest line held.
    pub fn first(&mut self, room: Room) {
        if !self.buffer.is_empty() {
            self.hold(room);
            self.view.cursor = self.buffer.first();
            self.view.top = (self.view.cursor, 0);
        }
    }

    fn last_in_sight(&self, room: Room) -> u64 {
        let (line, row) = self.view.top;
        self.below(line, row, room.height.saturating_sub(1), room)
            .0
            .min(self.buffer.end() - 1)
    }

    /// Scrolls so far that the cursor's line is in sight.
    pub fn show_cursor(&mut self, room: Room) {
        let cursor = self.view.cursor;
        let (top, row) = self.top(room);
        if cursor < top || (cursor == top && row > 0) {
            self.view.top = (cursor, 0);
            return;
        }
        // where the screen would begin if the cursor's last row were its lowest
        let rows = self
            .buffer
            .line(cursor)
            .map_or(1, |(_, line)| room.rows(line.text));
        let lowest = self.above(cursor, rows.min(room.height), room.height, room);
        if (top, row) < lowest {
            self.view.top = lowest;
        } else {
            self.view.top = (top, row);
        }
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
mod tests {
    use super::*;
    use crate::model::log::Stream;
    use crate::model::{HostId, Id};

    const ROOM: Room = Room {
        width: 10,
        height: 4,
        wrap: true,
    };

    fn chunk(lines: &[&str]) -> Arc<Chunk> {
        let mut chunk = Chunk::default();
        for line in lines {
            chunk.push(line, 0, Stream::Out, false, &[]);
        }
        chunk.seal()
    }

    fn log(lines: &[&str]) -> Log {
        let mut log = Log::new();
        log.add(chunk(lines), usize::MAX);
        log
    }

    fn text(log: &Log, number: u64) -> &str {
        log.buffer.line(number).unwrap().1.text
    }

    #[test]
    fn following_keeps_the_last_line_at_the_bottom() {
        let log = log(&["1", "2", "3", "4", "5", "0123456789abc"]);
        // the last line takes two rows: 4, 5, and its two
        let (line, row) = log.top(ROOM);
        assert_eq!((text(&log, line), row), ("4", 0));
    }

    #[test]
    fn a_line_taller_than_the_screen_is_shown_from_within() {
        let long = "x".repeat(95);
        let log = log(&["1", &long]);
        assert_eq!(log.top(ROOM), (log.buffer.end() - 1, 6));
    }

    #[test]
    fn the_screen_stands_still_while_lines_come_and_counts_them() {
        let mut log = log(&["1", "2", "3", "4", "5", "6", "7", "8"]);
        log.step(-1, ROOM);
        assert_eq!(text(&log, log.view.cursor), "7");
        let top = log.top(ROOM);
        log.add(chunk(&["9", "10"]), usize::MAX);
        assert_eq!((log.top(ROOM), log.unseen()), (top, 2));
        // down past the last line: it follows again
        for _ in 0..4 {
            log.step(1, ROOM);
        }
        assert!(log.view.follow);
        assert_eq!(log.unseen(), 0);
    }

    #[test]
    fn paging_up_and_down_ends_where_it_began() {
        let lines: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut log = log(&lines);
        log.page(-4, ROOM);
        log.page(-4, ROOM);
        assert_eq!(text(&log, log.top(ROOM).0), "88");
        log.page(4, ROOM);
        assert_eq!(text(&log, log.top(ROOM).0), "92");
        log.page(4, ROOM);
        assert!(log.view.follow);
        log.first(ROOM);
        log.page(-4, ROOM);
        assert_eq!((text(&log, log.top(ROOM).0), log.view.follow), ("0", false));
    }

    #[test]
    fn the_cursor_scrolls_only_when_it_leaves_the_screen() {
        let mut log = log(&["1", "2", "3", "4", "5", "6", "7", "8"]);
        for _ in 0..3 {
            log.step(-1, ROOM);
        }
        assert_eq!(
            (text(&log, log.view.cursor), text(&log, log.top(ROOM).0)),
            ("5", "5")
        );
        log.step(-1, ROOM);
        assert_eq!(text(&log, log.top(ROOM).0), "4");
    }

    #[test]
    fn dropped_lines_do_not_move_what_is_looked_at_out_of_reach() {
        let mut log = log(&["1", "2"]);
        log.first(ROOM);
        let budget = chunk(&["3", "4"]).bytes();
        log.add(chunk(&["3", "4"]), budget);
        assert_eq!(text(&log, log.top(ROOM).0), "3");
        log.step(-1, ROOM);
        assert_eq!(text(&log, log.view.cursor), "3");
    }

    #[test]
    fn hits_come_from_the_search_and_from_later_lines_alike() {
        let mut logs = Logs::new(1 << 20);
        let target = Ref::container(&HostId::new("local"), &Id::new("abc"));
        let id = logs.next_search();
        let log = logs.open(&target);
        log.add(chunk(&["an error", "fine"]), usize::MAX);
        let first = log.buffer.first();
        log.search = Some(Search {
            text: "error".into(),
            is_regex: false,
            regex: Some(Regex::new("error").unwrap()),
            fault: None,
            running: Some(id),
            hits: Vec::new(),
            origin: u64::MAX,
        });
        // a line comes while the search is under way
        logs.learn(&target, LogFact::Lines(chunk(&["error again"])));
        logs.found(id, vec![first]);
        let log = logs.get(&target).unwrap();
        assert_eq!(log.search.as_ref().unwrap().hits, [first, first + 2]);
        assert_eq!(log.view.cursor, first + 2);
        assert_eq!(log.next_hit(true), Some(first + 2));
    }

    #[test]
    fn a_new_reading_voids_what_was_held_and_goes_on_following() {
        let mut logs = Logs::new(1 << 20);
        let target = Ref::container(&HostId::new("local"), &Id::new("abc"));
        logs.open(&target);
        logs.learn(&target, LogFact::Lines(chunk(&["old"])));
        logs.learn(&target, LogFact::Opened);
        logs.learn(&target, LogFact::Lines(chunk(&["new"])));
        let log = logs.get(&target).unwrap();
        assert_eq!((log.buffer.len(), log.view.follow), (1, true));
    }

    #[test]
    fn all_logs_together_stay_within_the_budget() {
        let mut logs = Logs::new(400_000);
        let line = "y".repeat(1000);
        let lines = [line.as_str(); 50];
        for name in ["a", "b", "c"] {
            let target = Ref::container(&HostId::new("local"), &Id::new(name));
            logs.open(&target);
            for _ in 0..20 {
                logs.learn(&target, LogFact::Lines(chunk(&lines)));
            }
        }
        let total: usize = logs.logs.values().map(|log| log.buffer.bytes()).sum();
        assert!(total <= 500_000, "{total}");
    }
}
