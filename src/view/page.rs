//! A page of rows: a table, or a tree that folds; and the note where there is no row.

use std::ops::Range;

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Part, Pen, columns, row, trim, write_both};
use super::text::{put_ranges, put_short};
use crate::model::input::Area;
use crate::model::text::{width, wrap};
use crate::model::units::{count, plural};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::layout::inside;
use crate::store::message::{Painted, Spot};
use crate::store::page::{Fold, Note, Page, PageRow};
use crate::store::stage::Pane;

/// The widest that a column but the last is.
const WIDEST: usize = 36;
/// Rows that decide how wide columns are; of more, those in sight do.
const MEASURED: usize = 2000;

/// Draws it into the detail's area.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let page = store.page();
    let view = store.pages.view(store.stage.tab);
    let inner = inside(area);
    let rows = store.areas().page();
    if page.rows.is_empty() {
        if let Some(note) = &page.note {
            say(buf, rows, note, look);
        }
        return;
    }
    let place = view.place_on(&page);
    let height = usize::from(rows.height);
    let offset = offset(view.offset, place, page.rows.len(), height);
    let shown = page.rows.get(offset..).unwrap_or_default();
    let measured = if page.rows.len() > MEASURED {
        shown.get(..height.min(shown.len())).unwrap_or_default()
    } else {
        &page.rows
    };
    let widths = widths(&page, measured, inner.width);
    head(
        buf,
        row(inner, 0),
        &page,
        &widths,
        (place, store.page_hits()),
        look,
    );
    let focused = store.stage.pane == Pane::Detail;
    for (index, entry) in shown.iter().take(height).enumerate() {
        let line = row(rows, index as u16);
        let ranges = |text: &str| hits(text, &view.search);
        if page.titles.is_empty() {
            branch(buf, line, entry, &widths, look, &ranges);
        } else {
            cells(buf, line, entry, &widths, look, &ranges);
        }
        let wide = Area {
            x: line.x.saturating_sub(1),
            width: line.width + 2,
            ..line
        };
        if offset + index == place && focused {
            Pen::new(buf, wide).write(look.glyphs.bar, look.accent());
            look.select(buf, wide);
        }
        painted.spots.push((wide, Spot::PageRow(offset + index)));
    }
}

/// The first row in sight: where one looked, moved so far that the cursor shows.
fn offset(wanted: usize, place: usize, rows: usize, height: usize) -> usize {
    let height = height.max(1);
    wanted
        .clamp((place + 1).saturating_sub(height), place)
        .min(rows.saturating_sub(height))
}

/// Columns of each cell: as wide as its content; the last takes the rest.
fn widths(page: &Page, rows: &[PageRow], room: u16) -> Vec<u16> {
    let folds = page.rows.iter().any(|row| row.fold != Fold::Leaf);
    let most = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let most = most.max(page.titles.len());
    let widest = WIDEST.min(usize::from(room) / 2);
    let mut left = room;
    let mut widths = Vec::with_capacity(most);
    for index in 0..most {
        if index + 1 == most {
            widths.push(left);
            break;
        }
        let of_rows = rows.iter().filter_map(|row| row.cells.get(index));
        let content = of_rows.map(|(text, _)| width(text)).max().unwrap_or(0);
        let title = page.titles.get(index).map_or(0, |title| width(title));
        let taken = if folds {
            0
        } else {
            content.max(title).min(widest).min(usize::from(left)) as u16
        };
        widths.push(taken);
        left = left.saturating_sub(taken + 2);
    }
    widths
}

/// Above the rows: a table's titles or the place in a tree; at the right the hits.
fn head(
    buf: &mut Buffer,
    line: Area,
    page: &Page,
    widths: &[u16],
    (place, found): (usize, Option<(usize, Option<usize>)>),
    look: &Look,
) {
    let mut right = Vec::new();
    if let Some((hits, at)) = found {
        let text = match at {
            Some(at) => format!("{at} of {} hits", count(hits as u64)),
            None => plural(hits, "hit"),
        };
        right.push(Part::new(1, 2).text(text, look.text()));
    }
    if let Some(note) = &page.note {
        right.push(Part::new(2, 2).text(note.text.clone(), look.tone(note.tone)));
    }
    let text = format!(
        "{}/{}",
        count(place as u64 + 1),
        count(page.rows.len() as u64)
    );
    right.push(Part::new(3, 2).text(text, look.dim()));
    let taken = super::pen::total(&right) + 2;
    let titles = trim(line, 0, taken);
    if page.titles.is_empty() {
        let path = page.rows.get(place).map_or("", |row| row.path.as_str());
        if path.starts_with(['.', '[']) {
            let room = titles.width;
            Pen::new(buf, titles).write_short(path, room, look.dim(), look);
        }
    } else {
        let mut pen = Pen::new(buf, titles);
        for (title, columns) in page.titles.iter().zip(widths) {
            let start = pen.x;
            pen.write_short(title, *columns, look.dim(), look);
            pen.go_to(start.saturating_add(columns + 2));
        }
    }
    write_both(buf, line, (Vec::new(), right), look, &mut Vec::new());
}

/// A table's row.
fn cells(
    buf: &mut Buffer,
    line: Area,
    entry: &PageRow,
    widths: &[u16],
    look: &Look,
    ranges: &dyn Fn(&str) -> Vec<Range<usize>>,
) {
    let mut x = line.x;
    for ((text, tone), columns) in entry.cells.iter().zip(widths) {
        let end = line.x.saturating_add(line.width);
        let room = (*columns).min(end.saturating_sub(x));
        cell(buf, (x, line.y), room, (text, *tone), look, ranges);
        x = x.saturating_add(columns + 2);
    }
}

/// A tree's row: indented by depth, with the shape that says whether it folds. Where nothing
/// folds, keys stand in a column.
fn branch(
    buf: &mut Buffer,
    line: Area,
    entry: &PageRow,
    widths: &[u16],
    look: &Look,
    ranges: &dyn Fn(&str) -> Vec<Range<usize>>,
) {
    let column = widths.first().copied().unwrap_or(0);
    if column > 0 {
        cells(buf, line, entry, widths, look, ranges);
        return;
    }
    let mut pen = Pen::new(buf, line);
    pen.skip(entry.depth.saturating_mul(2).min(line.width / 2));
    let shape = match entry.fold {
        Fold::Leaf => " ",
        Fold::Open => look.glyphs.unfolded,
        Fold::Closed => look.glyphs.folded,
    };
    pen.write(&format!("{shape} "), look.dim());
    for (index, (text, tone)) in entry.cells.iter().enumerate() {
        let room = pen.left();
        let taken = columns(text).min(room);
        cell(pen.buf, (pen.x, pen.y), room, (text, *tone), look, ranges);
        pen.skip(taken + 2);
        if index == 0 && entry.fold == Fold::Open {
            // what is in it stands below
            break;
        }
    }
}

/// A cell's text with its hits.
fn cell(
    buf: &mut Buffer,
    at: (u16, u16),
    room: u16,
    (text, tone): (&str, Tone),
    look: &Look,
    ranges: &dyn Fn(&str) -> Vec<Range<usize>>,
) {
    let style = look.tone(tone);
    put_short(buf, at, room, text, style, look.glyphs.ellipsis);
    let found = ranges(text);
    if !found.is_empty() {
        let found: Vec<_> = found
            .into_iter()
            .map(|range| (range, look.theme.on_match(style)))
            .collect();
        put_ranges(buf, at, room, (text, 0), style, &found);
    }
}

/// Where a text holds another, ignoring case.
fn hits(text: &str, needle: &str) -> Vec<Range<usize>> {
    let needle: Vec<char> = needle.chars().flat_map(char::to_lowercase).collect();
    if needle.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in text.char_indices().take(4096) {
        if at < from {
            continue;
        }
        let mut wanted = needle.iter();
        let mut end = at;
        let rest = text.get(at..).unwrap_or_default();
        let holds = rest.chars().all(|c| {
            let goes_on = wanted.len() > 0 && c.to_lowercase().all(|c| wanted.next() == Some(&c));
            if goes_on {
                end += c.len_utf8();
            }
            goes_on
        });
        if wanted.len() == 0 && end > at && (holds || starts(rest, &needle)) {
            found.push(at..end);
            from = end;
        }
    }
    found
}

/// Whether a text begins with some lower-case characters, ignoring case.
fn starts(text: &str, needle: &[char]) -> bool {
    let mut chars = text.chars().flat_map(char::to_lowercase);
    needle.iter().all(|wanted| chars.next() == Some(*wanted))
}

/// What is said in place of rows.
fn say(buf: &mut Buffer, area: Area, note: &Note, look: &Look) {
    let inner = trim(area, 1, 1);
    let mut y = inner.height / 6;
    let more = note.more.iter().map(|text| (text, Tone::Dim));
    for (text, tone) in std::iter::once((&note.text, note.tone)).chain(more) {
        for piece in wrap(text, usize::from(inner.width)).take(6) {
            Pen::new(buf, row(inner, y)).write(piece, look.tone(tone));
            y += 1;
        }
    }
}
