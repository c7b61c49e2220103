//! Log lines: sealed chunks of clean text, and a bounded buffer of them.

use std::collections::VecDeque;
use std::sync::Arc;

use regex::Regex;

/// The colour of a piece of a log line, as its SGR sequence said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// One of the terminal's 256 colours; the first 16 are the person's own.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a piece of a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "SGR attributes are independent switches"
)]
#[expect(missing_docs, reason = "SGR's own names")]
pub struct Look {
    pub fg: Option<Colour>,
    pub bg: Option<Colour>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub reverse: bool,
}

/// A piece of a chunk's text with a look of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte in the chunk's text.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// How it looks.
    pub look: Look,
}

/// Where a line came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// Standard output, or a terminal.
    #[default]
    Out,
    /// Standard error.
    Err,
}

/// One line of a log, borrowed from its chunk.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Its text, free of control characters.
    pub text: &'a str,
    /// When the engine received it: nanoseconds since the Unix epoch.
    pub time: i64,
    /// Where it came from.
    pub stream: Stream,
    /// Bytes at its end that are not kept: it was longer than lines may be.
    pub cut: u64,
    /// Offset of its text in its chunk, for [`Chunk::spans_of`].
    start: usize,
}

/// Some consecutive lines, sealed: text in one piece, line ends and times beside it, looks as
/// spans beside the clean text, so that a match across a colour change is found.
#[derive(Debug, Default)]
pub struct Chunk {
    text: String,
    ends: Vec<u32>,
    times: Vec<i64>,
    flags: Vec<u8>,
    spans: Vec<Span>,
    /// Places of lines that were too long, in order, and the bytes that are not kept of each.
    cut: Vec<(u32, u64)>,
}

const STDERR: u8 = 1;

/// Bytes of a match up to which it is searched in a whole chunk.
const SHORT: usize = 1024;

/// Bytes of text at which a chunk is full.
pub const CHUNK_BYTES: usize = 64 * 1024;

impl Chunk {
    /// Adds a line while the chunk is being filled. `spans` count from the line's beginning; `cut`
    /// are the bytes at its end that are not kept.
    pub fn push(&mut self, text: &str, time: i64, stream: Stream, cut: u64, spans: &[Span]) {
        if cut > 0 {
            self.cut.push((self.ends.len() as u32, cut));
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.times.push(time);
        self.flags
            .push(if stream == Stream::Err { STDERR } else { 0 });
        self.spans.extend(spans.iter().map(|span| Span {
            start: span.start + start,
            end: span.end + start,
            look: span.look,
        }));
    }

    /// Gives back memory that filling reserved.
    pub fn seal(mut self) -> Arc<Self> {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.times.shrink_to_fit();
        self.flags.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.cut.shrink_to_fit();
        Arc::new(self)
    }

    /// Lines in it.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether it is time to seal it.
    pub fn is_full(&self) -> bool {
        self.text.len() >= CHUNK_BYTES
    }

    /// Bytes of memory that it holds.
    pub fn bytes(&self) -> usize {
        self.text.capacity()
            + self.ends.capacity() * 4
            + self.times.capacity() * 8
            + self.flags.capacity()
            + self.spans.capacity() * size_of::<Span>()
            + self.cut.capacity() * size_of::<(u32, u64)>()
    }

    /// A line by its place in the chunk.
    pub fn line(&self, index: usize) -> Option<Line<'_>> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 {
            0
        } else {
            *self.ends.get(index - 1)? as usize
        };
        let flags = *self.flags.get(index)?;
        Some(Line {
            text: self.text.get(start..end)?,
            time: *self.times.get(index)?,
            stream: if flags & STDERR == 0 {
                Stream::Out
            } else {
                Stream::Err
            },
            cut: self.cut_of(index),
            start,
        })
    }

    fn cut_of(&self, index: usize) -> u64 {
        let place = self
            .cut
            .binary_search_by_key(&index, |(line, _)| *line as usize);
        place
            .ok()
            .and_then(|place| self.cut.get(place))
            .map_or(0, |(_, bytes)| *bytes)
    }

    /// Every line, in order.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> {
        (0..self.len()).filter_map(|index| self.line(index))
    }

    /// The places of the lines in which an expression is found, in order.
    pub fn hits(&self, needle: &Regex) -> Vec<usize> {
        if !is_short(needle) {
            let lines = self.lines().enumerate();
            let found = lines.filter(|(_, line)| needle.is_match(line.text));
            return found.map(|(place, _)| place).collect();
        }
        let (mut hits, mut from) = (Vec::new(), 0);
        while let Some(found) = needle.find_at(&self.text, from) {
            let start = found.start() as u32;
            let place = self.ends.partition_point(|end| *end <= start);
            let Some(line) = self.line(place) else { break };
            // lines stand without a break between: it may reach into the next
            if needle.is_match(line.text) {
                hits.push(place);
            }
            from = line.start + line.text.len();
        }
        hits
    }

    /// The looks of a line's pieces, as `(bytes of the line, look)`.
    pub fn spans_of(
        &self,
        line: Line<'_>,
    ) -> impl Iterator<Item = (std::ops::Range<usize>, Look)> + '_ {
        let (start, end) = (line.start, line.start + line.text.len());
        let first = self
            .spans
            .partition_point(|span| span.end as usize <= start);
        self.spans[first..]
            .iter()
            .take_while(move |span| (span.start as usize) < end)
            .map(move |span| {
                let from = (span.start as usize).max(start) - start;
                (from..(span.end as usize).min(end) - start, span.look)
            })
    }
}

/// Whether an expression can be searched in many lines as one text, which is many times faster
/// than line by line: it finds something of a bounded length and does not look around itself, as
/// `^` and `\b` do. Whatever is typed plainly is so.
fn is_short(needle: &Regex) -> bool {
    regex_syntax::parse(needle.as_str()).is_ok_and(|parsed| {
        let is = parsed.properties();
        is.look_set().is_empty()
            && is.minimum_len().is_some_and(|least| least > 0)
            && is.maximum_len().is_some_and(|most| most <= SHORT)
    })
}

/// Chunks in order, within a number of bytes; the oldest go first, and are counted. A line keeps
/// its number for as long as it is held, so that a cursor stays on its line.
#[derive(Debug, Default)]
pub struct LogBuffer {
    chunks: VecDeque<(u64, Arc<Chunk>)>,
    bytes: usize,
    /// Number of the next line at the end.
    end: u64,
    /// Lines dropped from the front for want of room.
    dropped: u64,
}

/// Numbers begin here, so that older lines can be put in front.
const FIRST_NUMBER: u64 = 1 << 40;

impl LogBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self {
            end: FIRST_NUMBER,
            ..Self::default()
        }
    }

    /// Adds a chunk at the end, then drops from the front what is over `budget` bytes.
    pub fn push(&mut self, chunk: Arc<Chunk>, budget: usize) {
        let lines = chunk.len() as u64;
        self.bytes += chunk.bytes();
        self.chunks.push_back((self.end, chunk));
        self.end += lines;
        self.trim(budget);
    }

    /// Puts an older page in front. It must fit: older pages are not fetched into a full buffer.
    pub fn push_front(&mut self, chunk: Arc<Chunk>) {
        let first = self.first() - chunk.len() as u64;
        self.bytes += chunk.bytes();
        self.chunks.push_front((first, chunk));
    }

    /// Drops the oldest chunks until the buffer is within `budget` bytes; the last one stays.
    pub fn trim(&mut self, budget: usize) {
        while self.bytes > budget && self.chunks.len() > 1 {
            if let Some((_, chunk)) = self.chunks.pop_front() {
                self.bytes -= chunk.bytes();
                self.dropped += chunk.len() as u64;
            }
        }
    }

    /// Number of the first line held.
    pub fn first(&self) -> u64 {
        self.chunks.front().map_or(self.end, |(first, _)| *first)
    }

    /// The number after the last line's.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Lines held.
    pub fn len(&self) -> u64 {
        self.end - self.first()
    }

    /// Whether no line is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lines dropped from the front for want of room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A line by its number, with its chunk.
    pub fn line(&self, number: u64) -> Option<(&Chunk, Line<'_>)> {
        let after = self.chunks.partition_point(|(first, _)| *first <= number);
        let (first, chunk) = self.chunks.get(after.checked_sub(1)?)?;
        Some((chunk, chunk.line((number - first) as usize)?))
    }

    /// Lines from a number on, with their numbers.
    pub fn lines_from(&self, number: u64) -> impl Iterator<Item = (u64, &Chunk, Line<'_>)> {
        let number = number.max(self.first());
        (number..self.end).map_while(|n| self.line(n).map(|(chunk, line)| (n, chunk, line)))
    }

    /// The chunks with the number of their first line, for a search on another thread.
    pub fn chunks(&self) -> impl Iterator<Item = (u64, Arc<Chunk>)> + '_ {
        self.chunks
            .iter()
            .map(|(first, chunk)| (*first, Arc::clone(chunk)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(lines: &[&str]) -> Arc<Chunk> {
        let mut chunk = Chunk::default();
        for (index, line) in lines.iter().enumerate() {
            chunk.push(line, index as i64, Stream::Out, 0, &[]);
        }
        chunk.seal()
    }

    #[test]
    fn lines_keep_their_numbers_when_the_oldest_go() {
        let mut buffer = LogBuffer::new();
        let one = chunk(&["a", "b"]);
        let budget = one.bytes() * 2;
        buffer.push(one, budget);
        let number = buffer.first() + 2;
        buffer.push(chunk(&["c", "d"]), budget);
        buffer.push(chunk(&["e", "f"]), budget);
        assert_eq!(buffer.line(number).unwrap().1.text, "c");
        assert_eq!((buffer.len(), buffer.dropped()), (4, 2));
        assert!(buffer.line(number - 1).is_none());
        let all: Vec<_> = buffer.lines_from(0).map(|(_, _, line)| line.text).collect();
        assert_eq!(all, ["c", "d", "e", "f"]);
    }

    #[test]
    fn an_older_page_goes_in_front() {
        let mut buffer = LogBuffer::new();
        buffer.push(chunk(&["c"]), usize::MAX);
        buffer.push_front(chunk(&["a", "b"]));
        let all: Vec<_> = buffer.lines_from(0).map(|(_, _, line)| line.text).collect();
        assert_eq!(all, ["a", "b", "c"]);
    }

    #[test]
    fn a_search_of_the_whole_text_finds_what_one_line_by_line_does() {
        let all = [
            chunk(&[
                "", "web", "we", "b", "", "bob web", "wewe", "bweb", "web$1", "",
            ]),
            chunk(&["a", "ab", "abc", "c", "é", "caé", "", ""]),
            chunk(&[]),
        ];
        let needles = [
            "web", "b", "we|bob", "a?b", "w..b", "é", "[^x]b", r"web\$1", "(?i)WEB", "c", "bb",
            "bwe", "^b", "b$", r"\bb", "x*", "", "w.*b", r"\w{2,3}", "eb|ebw",
        ];
        for needle in needles {
            let needle = Regex::new(needle).unwrap();
            for chunk in &all {
                let lines = chunk.lines().enumerate();
                let found = lines.filter(|(_, line)| needle.is_match(line.text));
                let expected: Vec<usize> = found.map(|(place, _)| place).collect();
                assert_eq!(chunk.hits(&needle), expected, "{needle}");
            }
        }
        let short = |needle| is_short(&Regex::new(needle).unwrap());
        assert!(short("web") && short(r"web\$1") && short("a.b"));
        assert!(!short("^web") && !short("a.*b") && !short("x?"));
    }

    #[test]
    fn looks_belong_to_their_line() {
        let red = Look {
            fg: Some(Colour::Indexed(1)),
            ..Look::default()
        };
        let mut chunk = Chunk::default();
        chunk.push("plain", 0, Stream::Out, 0, &[]);
        chunk.push(
            "a red b",
            0,
            Stream::Err,
            7,
            &[Span {
                start: 2,
                end: 5,
                look: red,
            }],
        );
        let chunk = chunk.seal();
        let line = chunk.line(1).unwrap();
        assert_eq!(chunk.spans_of(line).collect::<Vec<_>>(), [(2..5, red)]);
        assert_eq!(chunk.spans_of(chunk.line(0).unwrap()).count(), 0);
        assert_eq!((line.cut, line.stream), (7, Stream::Err));
        assert_eq!(chunk.line(0).unwrap().cut, 0);
    }
}
