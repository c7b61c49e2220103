//! The bytes of a log into lines. It is told whether the container has a terminal: without one the
//! engine sends frames, each an entry of standard output or error; with one a single raw stream.
//! Each entry begins with its time. A line longer than 16 KiB comes as several entries, which are
//! joined here; a line that ended with its program, without a line break, ends here too.

use super::ansi::{Cleaner, MAX_LINE};
use super::error::Error;
use super::stamp::{self, split_time};
use crate::model::log::{Span, Stream};
use crate::model::text::is_printable_ascii;

/// Bytes of a line that the engine keeps in one entry.
const PART: usize = 16 * 1024;
/// Bytes of one frame: entries have 16 KiB and their time, but other engines may send more.
const MAX_FRAME: usize = 1 << 20;
/// Bytes of a line that are held while it is read: what is kept, and the times between its parts.
const HELD: usize = MAX_LINE + 8 * stamp::LENGTH;

/// One line, cleaned.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    pub(crate) spans: &'a [Span],
    /// Nanoseconds since the Unix epoch.
    pub(crate) time: i64,
    pub(crate) stream: Stream,
    /// Bytes at its end that are not kept.
    pub(crate) cut: u64,
}

/// A line whose end has not come yet.
#[derive(Default)]
struct Pending {
    open: bool,
    time: i64,
    text: Vec<u8>,
    /// Bytes at its end that were not held.
    cut: u64,
    /// An earlier state of a progress bar was dropped from its middle.
    thinned: bool,
}

impl Pending {
    /// Adds bytes. What is over the limit first costs earlier states of a progress bar, of which
    /// only the last is shown, then the line's end. `keep` bytes at the front are always kept.
    fn add(&mut self, mut bytes: &[u8], keep: usize) {
        self.open = true;
        if self.cut > 0 {
            self.cut += bytes.len() as u64;
            return;
        }
        while !bytes.is_empty() {
            let room = HELD - self.text.len();
            if room == 0 {
                let state = self.text.get(keep..).unwrap_or_default();
                match state.iter().rposition(|byte| *byte == b'\r') {
                    Some(at) => {
                        self.text.drain(keep..=keep + at);
                        self.thinned = true;
                    }
                    None => {
                        self.cut = bytes.len() as u64;
                        return;
                    }
                }
            } else {
                let (now, later) = bytes.split_at(room.min(bytes.len()));
                self.text.extend_from_slice(now);
                bytes = later;
            }
        }
    }

    fn reset(&mut self) {
        self.text.clear();
        (self.open, self.cut, self.thinned) = (false, 0, false);
    }
}

/// Cuts one log's bytes into lines, however they arrive.
pub(crate) struct Splitter {
    tty: bool,
    /// Whether each entry begins with its time; what a command writes has none.
    timed: bool,
    /// The beginning of a frame whose end has not come yet.
    carry: Vec<u8>,
    out: Pending,
    err: Pending,
    last: i64,
    cleaner: Cleaner,
}

impl Splitter {
    /// A splitter for one answer of the engine.
    pub(crate) fn new(tty: bool) -> Self {
        Self {
            tty,
            timed: true,
            carry: Vec::new(),
            out: Pending::default(),
            err: Pending::default(),
            last: 0,
            cleaner: Cleaner::default(),
        }
    }

    /// A splitter for what a command or a container writes while one listens: frames without
    /// times, cut anywhere.
    pub(crate) fn live(tty: bool) -> Self {
        Self {
            timed: false,
            ..Self::new(tty)
        }
    }

    /// The time that lines have which carry none: nanoseconds since the Unix epoch.
    pub(crate) fn now(&mut self, time: i64) {
        self.last = time;
    }

    /// Takes bytes, gives the lines that they complete.
    pub(crate) fn feed(
        &mut self,
        data: &[u8],
        sink: &mut impl FnMut(&Piece<'_>),
    ) -> Result<(), Error> {
        if self.tty {
            self.raw(data, sink);
            return Ok(());
        }
        if self.carry.is_empty() {
            let used = self.frames(data, sink)?;
            self.carry.extend_from_slice(&data[used..]);
            return Ok(());
        }
        let mut whole = std::mem::take(&mut self.carry);
        whole.extend_from_slice(data);
        let used = self.frames(&whole, sink)?;
        whole.drain(..used);
        self.carry = whole;
        Ok(())
    }

    /// The stream ended: a last line without a line break is a line.
    pub(crate) fn finish(&mut self, sink: &mut impl FnMut(&Piece<'_>)) {
        for stream in [Stream::Out, Stream::Err] {
            let mut pending = std::mem::take(self.pending(stream));
            if pending.open {
                self.complete(stream, &mut pending, sink);
            }
        }
    }

    fn pending(&mut self, stream: Stream) -> &mut Pending {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        }
    }

    /// Reads whole frames; how many bytes they took.
    fn frames(&mut self, data: &[u8], sink: &mut impl FnMut(&Piece<'_>)) -> Result<usize, Error> {
        let mut at = 0;
        while let Some(&[kind, a, b, c, l0, l1, l2, l3]) = data.get(at..at + 8) {
            let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
            if kind > 3 || [a, b, c] != [0; 3] || length > MAX_FRAME {
                return Err(Error::nonsense(
                    "the log",
                    "its frames do not follow the protocol",
                ));
            }
            let Some(payload) = data.get(at + 8..at + 8 + length) else {
                break;
            };
            match kind {
                3 => {
                    return Err(Error::Status {
                        code: 500,
                        message: super::error::said(payload),
                    });
                }
                2 => self.frame(Stream::Err, payload, sink),
                _ => self.frame(Stream::Out, payload, sink),
            }
            at += 8 + length;
        }
        Ok(at)
    }

    /// One entry of a log without a terminal.
    fn frame(&mut self, stream: Stream, payload: &[u8], sink: &mut impl FnMut(&Piece<'_>)) {
        let (time, rest) = self.time_of(payload);
        if !self.pending(stream).open
            && let Some((b'\n', line)) = rest.split_last()
            && let Some(text) = plain(line)
        {
            return sink(&Piece {
                text,
                spans: &[],
                time,
                stream,
                cut: 0,
            });
        }
        let mut pending = std::mem::take(self.pending(stream));
        let mut lines = rest.split(|byte| *byte == b'\n');
        let tail = lines.next_back().unwrap_or_default();
        for line in lines {
            if !pending.open {
                pending.time = time;
            }
            pending.add(line, 0);
            self.complete(stream, &mut pending, sink);
        }
        if !tail.is_empty() {
            if !pending.open {
                pending.time = time;
            }
            pending.add(tail, 0);
            // Of a log only a full part goes on; a shorter one without a line break was its
            // program's last.
            if self.timed && tail.len() % 1024 != 0 {
                self.complete(stream, &mut pending, sink);
            }
        }
        *self.pending(stream) = pending;
    }

    /// The time at the beginning of an entry, and what is behind it.
    fn time_of<'a>(&mut self, entry: &'a [u8]) -> (i64, &'a [u8]) {
        if !self.timed {
            return (self.last, entry);
        }
        let (time, rest) = split_time(entry);
        self.last = time.unwrap_or(self.last);
        (self.last, rest)
    }

    /// Bytes of a log of a terminal.
    fn raw(&mut self, data: &[u8], sink: &mut impl FnMut(&Piece<'_>)) {
        let mut pending = std::mem::take(&mut self.out);
        let mut rest = data;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            pending.add(&rest[..end], stamp::LENGTH);
            self.complete(Stream::Out, &mut pending, sink);
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            pending.add(rest, stamp::LENGTH);
        }
        self.out = pending;
    }

    fn complete(
        &mut self,
        stream: Stream,
        pending: &mut Pending,
        sink: &mut impl FnMut(&Piece<'_>),
    ) {
        if self.tty {
            self.terminal(pending, sink);
        } else {
            self.give(pending.time, stream, &pending.text, pending.cut, sink);
        }
        pending.reset();
    }

    /// A terminal's line: its time, and the times of its parts, which stand in its middle.
    fn terminal(&mut self, pending: &Pending, sink: &mut impl FnMut(&Piece<'_>)) {
        let (mut time, mut rest) = self.time_of(&pending.text);
        if !self.timed {
            return self.give(time, Stream::Out, rest, pending.cut, sink);
        }
        let mut joined = Vec::new();
        while let Some((at, next, after)) = stamp::seam(rest, time, PART) {
            joined.extend_from_slice(&rest[..at]);
            rest = after;
            if at != PART && !pending.thinned {
                // the program ended without a line break, and another wrote on
                self.give(time, Stream::Out, &joined, 0, sink);
                joined.clear();
                time = next;
                self.last = time;
            }
        }
        if joined.is_empty() {
            return self.give(time, Stream::Out, rest, pending.cut, sink);
        }
        joined.extend_from_slice(rest);
        self.give(time, Stream::Out, &joined, pending.cut, sink);
    }

    fn give(
        &mut self,
        time: i64,
        stream: Stream,
        line: &[u8],
        cut: u64,
        sink: &mut impl FnMut(&Piece<'_>),
    ) {
        let (text, spans, long) = self.cleaner.clean(last_state(line));
        sink(&Piece {
            text,
            spans,
            time,
            stream,
            cut: cut + long,
        });
    }
}

/// A line that is text as it stands: printable ASCII, not too long.
fn plain(line: &[u8]) -> Option<&str> {
    (line.len() <= MAX_LINE && is_printable_ascii(line))
        .then(|| str::from_utf8(line).ok())
        .flatten()
}

/// What a terminal would show of a line that a progress bar wrote over.
fn last_state(line: &[u8]) -> &[u8] {
    let end = line
        .iter()
        .rposition(|byte| *byte != b'\r')
        .map_or(0, |at| at + 1);
    let line = &line[..end];
    let start = line
        .iter()
        .rposition(|byte| *byte == b'\r')
        .map_or(0, |at| at + 1);
    &line[start..]
}

#[cfg(test)]
#[path = "splitter_tests.rs"]
mod tests;
