//! A line that is typed, in the footer's place, and above it the ways in which it can go on.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::look::Look;
use super::overlay::framed;
use super::pen::{Pen, columns, row, trim};
use super::text::{fill, put, put_right, tint};
use super::theme::Role;
use crate::model::input::Area;
use crate::model::text::{ellipsis, width};
use crate::model::units::count;
use crate::resource::Tone;
use crate::store::Store;
use crate::store::editor::Editor;
use crate::store::message::{Painted, Spot};
use crate::store::overlay::{Completion, Prompt, Purpose};

/// Rows of completions.
const ROWS: u16 = 8;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    prompt: &Prompt,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let foot = store.areas().footer;
    fill(buf, foot, look.theme.style(Role::Background));
    painted.spots.push((foot, Spot::Overlay));
    let place = trim(foot, 1, 1);
    let title = match prompt.purpose {
        Purpose::Command => ":".to_owned(),
        Purpose::Filter { .. } | Purpose::LogSearch { .. } | Purpose::PageSearch { .. } => {
            format!("{} /", prompt.title.trim_end_matches('/').trim_end())
        }
        Purpose::Argument(..) => format!("{}: ", prompt.title),
    };
    line(
        buf,
        place,
        (&title, &prompt.editor, prompt.fault.as_deref()),
        look,
    );
    if !prompt.completions.is_empty() {
        let offered = Ways {
            all: &prompt.completions,
            chosen: prompt.chosen,
            title: "tab completes",
            spot: |_| Spot::Overlay,
        };
        ways(buf, (whole, foot), &offered, look, painted);
    }
}

/// A title, a typed text with its cursor, and what is wrong with it at the right.
pub(super) fn line(
    buf: &mut Buffer,
    area: Area,
    (title, editor, fault): (&str, &Editor, Option<&str>),
    look: &Look,
) {
    // what is typed shows before what is wrong with it, and that is said whole before the title is
    let of_text = (columns(editor.text()) + 1).min(area.width / 2);
    let of_title = fault.map_or(area.width / 2, |fault| {
        let others = of_text.saturating_add(columns(fault)).saturating_add(2);
        let left = area.width.saturating_sub(others);
        left.clamp(area.width / 6, area.width / 2)
    });
    let mut pen = Pen::new(buf, area);
    pen.write_short(title, of_title, look.accent(), look);
    let for_fault = usize::from(pen.left().saturating_sub(of_text + 2));
    let fault = fault.map(|fault| ellipsis(fault, for_fault));
    let behind = fault.as_ref().map_or(0, |fault| columns(fault) + 2);
    let typed_in = Area {
        x: pen.x,
        width: pen.left().saturating_sub(behind),
        ..area
    };
    typed(buf, typed_in, (editor.text(), editor.cursor()), look);
    if let Some(fault) = fault {
        put_right(
            buf,
            area.x,
            area.y,
            area.width,
            &fault,
            look.tone(Tone::Bad),
        );
    }
}

/// A typed text with its cursor, which stands after some of its characters. A text longer than
/// the row scrolls, so that the cursor is always in sight.
pub(super) fn typed(buf: &mut Buffer, area: Area, (text, cursor): (&str, usize), look: &Look) {
    let mut pen = Pen::new(buf, area);
    let room = usize::from(pen.left());
    let at = text
        .char_indices()
        .nth(cursor)
        .map_or(text.len(), |(at, _)| at);
    let (before, after) = text.split_at(at);
    // as little as possible is scrolled off at the left, a column stays for the cursor
    let over = (width(before) + 1).saturating_sub(room);
    let shown = if over == 0 {
        before
    } else {
        let mut from = 0;
        let mut used = 0;
        for (index, c) in before.char_indices() {
            if used > over {
                break;
            }
            used += crate::model::text::char_width(c);
            from = index + c.len_utf8();
        }
        before.get(from..).unwrap_or_default()
    };
    if over > 0 {
        pen.write(look.glyphs.left, look.dim());
    }
    pen.write(shown, look.text());
    let cursor = Area {
        x: pen.x,
        y: pen.y,
        width: u16::from(pen.left() > 0),
        height: 1,
    };
    let rest = pen.left();
    put(pen.buf, pen.x, pen.y, rest, after, look.text());
    tint(buf, cursor, Style::new().add_modifier(Modifier::REVERSED));
}

/// The ways in which a typed line can go on.
pub(super) struct Ways<'a> {
    /// All of them, best first.
    pub(super) all: &'a [Completion],
    /// The one that is chosen.
    pub(super) chosen: Option<usize>,
    /// What to do about them.
    pub(super) title: &'static str,
    /// What a click on one means, by its place.
    pub(super) spot: fn(usize) -> Spot,
}

/// Draws the ways in which a line can go on, in a box below it; above it where there is no room.
pub(super) fn ways(
    buf: &mut Buffer,
    (whole, line): (Area, Area),
    ways: &Ways<'_>,
    look: &Look,
    painted: &mut Painted,
) {
    let all = ways.all;
    let below = whole.height.saturating_sub(line.y - whole.y + 2);
    let above = line.y.saturating_sub(2);
    let room = if below >= 5 { below } else { above };
    let rows = (all.len() as u16)
        .min(ROWS)
        .min(room.saturating_sub(2))
        .max(1);
    let widest = |text: fn(&Completion) -> &str, most: usize| {
        let widths = all.iter().map(|way| width(text(way)));
        widths.max().unwrap_or(0).min(most) as u16
    };
    let labels = widest(|way| &way.label, 28);
    let about = widest(|way| &way.about, 64);
    let title = columns(ways.title) + 6;
    let wide = (labels + about + 7).max(title).min(whole.width);
    let area = Area {
        x: line.x.min((whole.x + whole.width).saturating_sub(wide)),
        y: if below >= 5 {
            line.y + 1
        } else {
            line.y.saturating_sub(rows + 2)
        },
        width: wide,
        height: rows + 2,
    };
    let note = if all.len() > usize::from(rows) {
        count(all.len() as u64)
    } else {
        String::new()
    };
    let inner = framed(buf, area, (ways.title, &note), look, painted);
    let place = ways.chosen.unwrap_or(0);
    let offset = place
        .saturating_sub(usize::from(rows) / 2)
        .min(all.len().saturating_sub(usize::from(rows)));
    for ((number, way), index) in all.iter().enumerate().skip(offset).zip(0..rows) {
        let line = row(inner, index);
        let mut pen = Pen::new(buf, line);
        let start = pen.x;
        pen.write_short(&way.label, labels, look.text(), look);
        pen.go_to(start.saturating_add(labels + 2));
        let room = pen.left();
        pen.write_short(&way.about, room, look.dim(), look);
        painted.spots.push((line, (ways.spot)(number)));
        if ways.chosen == Some(number) {
            let wide = Area {
                x: line.x.saturating_sub(1),
                width: line.width + 2,
                ..line
            };
            Pen::new(buf, wide).write(look.glyphs.bar, look.accent());
            look.select(buf, wide);
        }
    }
}
