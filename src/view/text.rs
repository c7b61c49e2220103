//! Text into cells: clipped between graphemes, never beyond the buffer; and the last gate before
//! the terminal. It decides no colours and knows nothing of what is shown.

use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::model::input::Area;
use crate::model::text::{char_width, is_harmless, width};

impl From<Area> for Rect {
    fn from(area: Area) -> Self {
        Self::new(area.x, area.y, area.width, area.height)
    }
}

/// Writes `text` from a cell on, over at most `columns`, and returns the columns used. The style
/// is laid over what the cells have. A wide character that does not fit leaves a blank.
pub fn put(buf: &mut Buffer, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
    let area = buf.area;
    if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
        return 0;
    }
    let columns = columns.min(area.right() - x);
    let mut used = 0;
    if text.is_ascii() {
        for (at, _) in text.bytes().enumerate().take(usize::from(columns)) {
            if let (Some(cell), Some(symbol)) = (buf.cell_mut((x + used, y)), text.get(at..=at)) {
                cell.set_symbol(symbol).set_style(style);
            }
            used += 1;
        }
        return used;
    }
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme).min(usize::from(u16::MAX)) as u16;
        if wide == 0 {
            continue;
        }
        let left = columns - used;
        if wide > left {
            for column in used..used + left {
                blank(buf, x + column, y, style);
            }
            return used;
        }
        if let Some(cell) = buf.cell_mut((x + used, y)) {
            cell.set_symbol(grapheme).set_style(style);
        }
        for column in 1..wide {
            blank(buf, x + used + column, y, style);
        }
        used += wide;
        if used == columns {
            return used;
        }
    }
    used
}

fn blank(buf: &mut Buffer, x: u16, y: u16, style: Style) {
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_symbol(" ").set_style(style);
    }
}

/// [`put`], but where something is missing the last column shows `ellipsis` (one column wide).
pub fn put_short(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    columns: u16,
    text: &str,
    style: Style,
    ellipsis: &str,
) -> u16 {
    if width(text) <= usize::from(columns) || columns == 0 {
        return put(buf, x, y, columns, text, style);
    }
    let used = put(buf, x, y, columns - 1, text, style);
    used + put(buf, x.saturating_add(used), y, 1, ellipsis, style)
}

/// Writes `text` so that it ends before column `x + columns`; what does not fit is cut at its
/// end. Returns the columns used.
pub fn put_right(buf: &mut Buffer, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
    let free = usize::from(columns).saturating_sub(width(text)) as u16;
    put(buf, x.saturating_add(free), y, columns - free, text, style)
}

/// Writes `text` in the middle of `columns`. Returns the columns used.
pub fn put_centred(
    buf: &mut Buffer,
    x: u16,
    y: u16,
    columns: u16,
    text: &str,
    style: Style,
) -> u16 {
    let free = usize::from(columns).saturating_sub(width(text)) as u16 / 2;
    put(buf, x.saturating_add(free), y, columns - free, text, style)
}

/// Empties an area: every cell a blank of this style, whatever it was.
pub fn fill(buf: &mut Buffer, area: impl Into<Rect>, style: Style) {
    for (x, y) in cells(buf, area.into()) {
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

/// Lays a style over an area and leaves its text.
pub fn tint(buf: &mut Buffer, area: impl Into<Rect>, style: Style) {
    for (x, y) in cells(buf, area.into()) {
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.set_style(style);
        }
    }
}

/// Gives every cell of an area the style that `restyle` makes of its own.
pub fn restyle(buf: &mut Buffer, area: impl Into<Rect>, restyle: impl Fn(Style) -> Style) {
    for (x, y) in cells(buf, area.into()) {
        if let Some(cell) = buf.cell_mut((x, y)) {
            let style = restyle(cell.style());
            cell.modifier = style.add_modifier;
            cell.set_style(style);
        }
    }
}

/// Repeats a shape of one column along a row.
pub fn rule(buf: &mut Buffer, x: u16, y: u16, columns: u16, shape: &str, style: Style) {
    for (x, y) in cells(buf, Rect::new(x, y, columns, 1)) {
        put(buf, x, y, 1, shape, style);
    }
}

/// Draws the four edges of an area.
pub fn frame(
    buf: &mut Buffer,
    area: impl Into<Rect>,
    set: &ratatui::symbols::border::Set<'_>,
    style: Style,
) {
    let area = area.into();
    if area.width < 2 || area.height < 2 {
        return;
    }
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let inner = area.width - 2;
    rule(buf, area.x + 1, area.y, inner, set.horizontal_top, style);
    rule(buf, area.x + 1, bottom, inner, set.horizontal_bottom, style);
    for y in area.y + 1..bottom {
        put(buf, area.x, y, 1, set.vertical_left, style);
        put(buf, right, y, 1, set.vertical_right, style);
    }
    put(buf, area.x, area.y, 1, set.top_left, style);
    put(buf, right, area.y, 1, set.top_right, style);
    put(buf, area.x, bottom, 1, set.bottom_left, style);
    put(buf, right, bottom, 1, set.bottom_right, style);
}

/// Writes `text` like [`put`] from its column `skip` on, with styles laid over some of its byte
/// ranges; a later range goes over an earlier one. Ranges that are not of this text do nothing.
pub fn put_ranges(
    buf: &mut Buffer,
    (x, y): (u16, u16),
    columns: u16,
    (text, skip): (&str, usize),
    style: Style,
    ranges: &[(Range<usize>, Style)],
) -> u16 {
    let shown = crate::model::text::skip(text, skip);
    let used = put(buf, x, y, columns, shown, style);
    let start = text.len() - shown.len();
    // where each byte offset lies is only counted for the ranges that are on the screen
    let column = |offset: usize| {
        let offset = offset.clamp(start, text.len());
        text.get(start..offset)
            .map(|before| width(before).min(usize::from(used)) as u16)
    };
    for (range, patch) in ranges {
        if let (Some(from), Some(to)) = (column(range.start), column(range.end)) {
            let length = to.saturating_sub(from);
            tint(buf, Rect::new(x.saturating_add(from), y, length, 1), *patch);
        }
    }
    used
}

fn cells(buf: &Buffer, area: Rect) -> impl Iterator<Item = (u16, u16)> + use<> {
    let area = area.intersection(buf.area);
    (area.top()..area.bottom()).flat_map(move |y| (area.left()..area.right()).map(move |x| (x, y)))
}

/// The last gate before the terminal. Afterwards every cell holds one character of one or two
/// columns, perhaps with combining marks, about whose width all terminals agree; nothing that
/// acts, hides or reorders; and no wide character that reaches into a cell that says something
/// else.
pub fn scrub(buf: &mut Buffer) {
    let columns = usize::from(buf.area.width);
    if columns == 0 {
        return;
    }
    for row in buf.content.chunks_mut(columns) {
        let mut at = 0;
        while let Some((cell, after)) = row.get_mut(at..).and_then(<[Cell]>::split_first_mut) {
            at += if is_plain(cell.symbol()) {
                1
            } else {
                scrub_cell(cell, after.first_mut())
            };
        }
    }
}

/// ASCII, and the shapes that this program draws with.
fn is_plain(symbol: &str) -> bool {
    match symbol.as_bytes() {
        [byte] => matches!(byte, 0x20..=0x7e),
        // U+2500 to U+257F lines, U+2580 to U+259F blocks, U+2800 to U+28FF braille
        [0xe2, 0x94 | 0x95 | 0xa0..=0xa3, _] | [0xe2, 0x96, 0x80..=0x9f] => true,
        _ => false,
    }
}

/// Returns the columns that the cell takes afterwards.
fn scrub_cell(cell: &mut Cell, next: Option<&mut Cell>) -> usize {
    let symbol = cell.symbol();
    let mut chars = symbol.chars();
    let Some(first) = chars.next() else {
        cell.set_symbol(" ");
        return 1;
    };
    // Half a flag: its letter says the same and is one column everywhere.
    if let '\u{1f1e6}'..='\u{1f1ff}' = first {
        let letter = |c: char| char::from(b'A' + (c as u32 - 0x1f1e6) as u8);
        let second = chars
            .next()
            .filter(|c| matches!(c, '\u{1f1e6}'..='\u{1f1ff}'));
        cell.set_char(letter(first));
        if let (Some(second), Some(next)) = (second, next)
            && matches!(next.symbol(), " " | "")
        {
            next.set_char(letter(second));
        }
        return 1;
    }
    let columns = char_width(first);
    if !is_harmless(first) || columns == 0 {
        cell.set_symbol("\u{fffd}");
        return 1;
    }
    // Marks may stay; joiners, selectors and whatever has a width of its own make sequences whose
    // width depends on the terminal, and a mark that is no mark may do anything.
    let marks = |c: char| is_harmless(c) && char_width(c) == 0 && !is_selector(c);
    if !chars.clone().all(marks) || chars.clone().count() > MARKS || width(symbol) != columns {
        let kept: String = std::iter::once(first)
            .chain(chars.filter(|c| marks(*c)).take(MARKS))
            .collect();
        if width(&kept) == columns {
            cell.set_symbol(&kept);
        } else {
            cell.set_char(first);
        }
    }
    if columns < 2 {
        return 1;
    }
    match next {
        Some(next) if matches!(next.symbol(), " " | "") && next.bg == cell.bg => 2,
        _ => {
            cell.set_symbol(" ");
            1
        }
    }
}

/// Combining marks that one character may carry: enough for every script, too few to paint over
/// the rows around it.
const MARKS: usize = 4;

/// Variation selectors, and the half-width sound marks, which have a column on some terminals.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{ff9e}' | '\u{ff9f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180f}')
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
