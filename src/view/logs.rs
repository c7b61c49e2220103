//! A log's lines in sight, and the line that says how far it has been read. Only what is on the
//! screen is looked at.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::log_status;
use super::look::Look;
use super::pen::{Pen, row};
use super::text::{put, put_ranges, put_right};
use crate::config::Times;
use crate::model::Time;
use crate::model::input::Area;
use crate::model::log::{Chunk, Line, Stream};
use crate::model::text::{skip, width, wrap};
use crate::model::units::{bytes, count, span};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::layout::inside;
use crate::store::logs::{Log, Room};
use crate::store::message::{Painted, Spot};

/// Hits and coloured pieces that are drawn of one line.
const MOST: usize = 400;
/// Bytes of a line in which a level is looked for.
const LEVEL_WITHIN: usize = 160;

/// Draws a log's lines into `place`, which lies inside of `area` with its frame, and its status
/// below them; `focused` shows its cursor.
pub(super) fn draw(
    buf: &mut Buffer,
    (area, place): (Area, Area),
    (log, focused): (&Log, bool),
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let inner = inside(area);
    let under = row(inner, inner.height.saturating_sub(1));
    log_status::draw(buf, under, log, (store, place), look, painted);
    if place.height == 0 {
        return;
    }
    if log.buffer.dropped() > 0 && place.y > inner.y {
        let text = format!("{} older lines dropped", count(log.buffer.dropped()));
        let line = row(inner, place.y - inner.y - 1);
        Pen::new(buf, line).write(&text, look.dim());
    }
    if log.buffer.is_empty() {
        log_status::nothing(buf, place, log, store, look);
        return;
    }
    let room = store.log_room();
    let (first, above) = log.top(room);
    let mut y = place.y;
    let mut above = above;
    for (number, chunk, line) in log.buffer.lines_from(first) {
        let bottom = place.y + place.height;
        if y >= bottom {
            break;
        }
        let rows = Area {
            y,
            height: bottom - y,
            ..place
        };
        let drawn = Drawn {
            log,
            chunk,
            line,
            above,
            room,
        };
        let used = line_rows(buf, rows, &drawn, store, look);
        let rows = Area {
            x: place.x.saturating_sub(1),
            width: place.width + 2,
            height: used,
            ..rows
        };
        let here = !log.view.follow && number == log.view.cursor;
        if here && focused {
            look.select(buf, rows);
            put(buf, rows.x, y, 1, look.glyphs.bar, look.accent());
        }
        painted.spots.push((rows, Spot::LogLine(number)));
        y += used;
        above = 0;
    }
}

/// A line with what decides how it is drawn.
struct Drawn<'a> {
    log: &'a Log,
    chunk: &'a Chunk,
    line: Line<'a>,
    /// Rows of it that are above the screen.
    above: usize,
    room: Room,
}

/// Draws one line and returns the rows it took.
fn line_rows(buf: &mut Buffer, area: Area, drawn: &Drawn<'_>, store: &Store, look: &Look) -> u16 {
    let Drawn { line, room, .. } = drawn;
    let stamp = store.stamp_width() as u16;
    if drawn.above == 0 && stamp > 0 {
        let text = time(store, line.time);
        put(
            buf,
            area.x + 1,
            area.y,
            stamp.min(area.width),
            &text,
            look.dim(),
        );
    }
    let at = area.x.saturating_add(1 + stamp);
    let columns = room
        .width
        .min(usize::from(area.width.saturating_sub(1 + stamp))) as u16;
    let ranges = ranges(drawn, look);
    let end = at.saturating_add(columns);
    let mut used = 0;
    if room.wrap {
        let mut from = 0;
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for (index, piece) in wrap(line.text, room.width).enumerate() {
            if index >= drawn.above + usize::from(area.height) {
                break;
            }
            if index >= drawn.above {
                pieces.push(from..from + piece.len());
            }
            from += piece.len();
        }
        if pieces.is_empty() {
            pieces.push(0..0);
        }
        for piece in pieces {
            let text = line.text.get(piece.clone()).unwrap_or_default();
            let shifted = shift(&ranges, &piece);
            put_ranges(
                buf,
                (at, area.y + used),
                columns,
                (text, 0),
                look.text(),
                &shifted,
            );
            used += 1;
        }
        let shown = from >= line.text.len();
        if line.cut > 0 && shown && used > 0 {
            left_out(buf, (at, end, area.y + used - 1), line.cut, look);
        }
    } else {
        let left = drawn.log.view.left;
        put_ranges(
            buf,
            (at, area.y),
            columns,
            (line.text, left),
            look.text(),
            &ranges,
        );
        if left > 0 && !line.text.is_empty() {
            put(buf, at, area.y, 1, look.glyphs.left, look.accent());
        }
        let more = width(skip(line.text, left)) > room.width;
        if more {
            put(buf, end, area.y, 1, look.glyphs.right, look.accent());
        } else if line.cut > 0 {
            left_out(buf, (at, end, area.y), line.cut, look);
        }
        used = 1;
    }
    if line.stream == Stream::Err {
        for y in area.y..area.y + used {
            put(buf, area.x, y, 1, look.stderr(), look.dim());
        }
    }
    used
}

/// Says at the end of a row how much of its line is not kept.
fn left_out(buf: &mut Buffer, (start, end, y): (u16, u16, u16), cut: u64, look: &Look) {
    let text = format!("{} {} more", look.glyphs.ellipsis, bytes(cut));
    let room = end.saturating_sub(start) + 1;
    put_right(buf, start, y, room, &text, look.accent());
}

/// The styles of a line's pieces: its own, else a touch of its level; then what a search found.
fn ranges(drawn: &Drawn<'_>, look: &Look) -> Vec<(Range<usize>, Style)> {
    let line = drawn.line;
    let own = drawn.chunk.spans_of(line).take(MOST);
    let mut ranges: Vec<_> = own
        .map(|(range, style)| (range, look.theme.log_style(style)))
        .collect();
    if ranges.is_empty() {
        ranges.extend(level(line.text).map(|(range, tone)| (range, look.tone(tone))));
    }
    let search = drawn.log.search.as_ref();
    if let Some(regex) = search.and_then(|search| search.regex.as_ref()) {
        let hits = regex.find_iter(line.text).filter(|hit| !hit.is_empty());
        let found = look.theme.on_match(Style::new());
        ranges.extend(hits.take(MOST).map(|hit| (hit.range(), found)));
    }
    ranges
}

/// The ranges of a line as they lie in one of its pieces.
fn shift(ranges: &[(Range<usize>, Style)], piece: &Range<usize>) -> Vec<(Range<usize>, Style)> {
    ranges
        .iter()
        .filter(|(range, _)| range.start < piece.end && range.end > piece.start)
        .map(|(range, style)| {
            let start = range.start.max(piece.start) - piece.start;
            (start..range.end.min(piece.end) - piece.start, *style)
        })
        .collect()
}

const LEVELS: [(&str, Tone); 5] = [
    ("ERROR", Tone::Bad),
    ("FATAL", Tone::Bad),
    ("PANIC", Tone::Bad),
    ("WARNING", Tone::Warn),
    ("WARN", Tone::Warn),
];

/// The first word of a line that names a level, when it is worth a look.
fn level(text: &str) -> Option<(Range<usize>, Tone)> {
    let head = crate::model::text::prefix(text, LEVEL_WITHIN);
    let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = text.as_bytes();
    LEVELS
        .iter()
        .flat_map(|(word, tone)| {
            head.match_indices(word)
                .map(move |(at, _)| (at, word, *tone))
        })
        .filter(|(at, word, _)| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            !is_word(before) && !is_word(bytes.get(at + word.len()))
        })
        .min_by_key(|(at, _, _)| *at)
        .map(|(at, word, tone)| (at..at + word.len(), tone))
}

/// The time before a line.
fn time(store: &Store, nanos: i64) -> String {
    let at = Time(nanos.div_euclid(1_000_000));
    match store.settings.logs.times {
        Times::Off => String::new(),
        Times::Local => at.in_zone(store.zone).format("%H:%M:%S%.3f").to_string(),
        Times::Utc => match chrono::FixedOffset::east_opt(0) {
            Some(utc) => at.in_zone(utc).format("%H:%M:%S%.3f").to_string(),
            None => String::new(),
        },
        Times::Relative => format!("{:>7}", span(store.now.since(at))),
    }
}
