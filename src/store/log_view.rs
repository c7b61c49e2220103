//! Looking at a log: scrolling by rows although lines wrap, following the newest line, holding
//! still while more come.

use super::logs::Log;
use super::{Store, layout};
use crate::model::input::Area;
use crate::model::text;

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

impl Store {
    /// The room for the log's text.
    pub fn log_room(&self) -> Room {
        let area = self.log_area();
        let margin = 1 + self.stamp_width() + 1;
        Room {
            width: usize::from(area.width).saturating_sub(margin).max(1),
            height: usize::from(area.height).max(1),
            wrap: self.settings.logs.wrap,
        }
    }

    /// Where the lines of the log that is read are.
    pub fn log_area(&self) -> Area {
        match self.output_in_sight() {
            Some(_) => layout::output(self.areas().body).1,
            None => self.areas().log(),
        }
    }

    /// Columns that the time before a log line takes, with the blank after it.
    pub fn stamp_width(&self) -> usize {
        match self.settings.logs.times {
            crate::config::Times::Off => 0,
            crate::config::Times::Relative => 8,
            crate::config::Times::Local | crate::config::Times::Utc => 13,
        }
    }

    /// Keeps the cursor of the log that shows in sight, on a screen of another size.
    pub(super) fn keep_log_cursor(&mut self) {
        let room = self.log_room();
        if let Some(log) = self.log_in_sight_mut()
            && !log.view.follow
        {
            log.show_cursor(room);
        }
    }

    pub(super) fn show_log_cursor(&mut self) {
        let room = self.log_room();
        if let Some(log) = self.log_in_sight_mut()
            && log
                .search
                .as_ref()
                .is_some_and(|search| !search.hits.is_empty())
        {
            let cursor = log.view.cursor;
            log.hold(room);
            log.view.cursor = cursor;
            log.show_cursor(room);
        }
    }
}

impl Log {
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
        let top = self.view.top.max((self.buffer.first(), 0));
        // no blank rows below the last line, when the room has grown
        top.min(self.bottom(room))
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
}
