//! Texts to read over the screen: every key with what it does, a whole error, a job's record.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::look::Look;
use super::overlay::{centred, framed};
use super::pen::{Pen, row};
use crate::model::input::Area;
use crate::model::text::width;
use crate::model::units::count;
use crate::store::Store;
use crate::store::menus::{HelpLine, help_lines};
use crate::store::message::Painted;
use crate::store::overlay::{Scroll, reading, wrapped};

/// The widest that the help is.
const WIDEST: u16 = 118;

/// Draws every key and what it does.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    scroll: Scroll,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let lines = help_lines(store);
    let (_, height) = reading(store.size);
    let wide = whole.width.saturating_sub(4).min(WIDEST);
    let area = centred(whole, wide, height + 2);
    let note = seen(scroll, lines.len(), height);
    let inner = framed(buf, area, ("Keys", &note), look, painted);
    let widest = |of: fn(&HelpLine) -> usize| lines.iter().map(of).max().unwrap_or(0) as u16;
    let keys = widest(|line| match line {
        HelpLine::Keys { keys, .. } => width(keys),
        _ => 0,
    });
    let labels = widest(|line| match line {
        HelpLine::Keys { label, .. } => width(label),
        _ => 0,
    });
    let keys = keys.min(inner.width / 4).min(14);
    for (line, index) in lines.iter().skip(scroll.top).zip(0..inner.height) {
        let mut pen = Pen::new(buf, row(inner, index));
        let start = pen.x;
        match line {
            HelpLine::Blank => {}
            HelpLine::Heading(text) => {
                pen.write(text, look.accent().add_modifier(Modifier::BOLD));
            }
            HelpLine::Text(text) => {
                let room = pen.left();
                pen.write_short(text, room, look.text(), look);
            }
            HelpLine::Keys {
                keys: text,
                label,
                about,
            } => {
                pen.write_short(text, keys, look.accent(), look);
                pen.go_to(start.saturating_add(keys + 2));
                pen.write(label, look.text());
                pen.go_to(start.saturating_add(keys + labels + 4));
                let room = pen.left();
                pen.write_short(about, room, look.dim(), look);
            }
        }
    }
}

/// Draws a text to read; its long lines wrap.
pub(super) fn text(
    buf: &mut Buffer,
    whole: Area,
    (title, lines, scroll): (&str, &[String], Scroll),
    look: &Look,
    painted: &mut Painted,
) {
    let size = crate::model::input::Size {
        width: whole.width,
        height: whole.height,
    };
    let (columns, height) = reading(size);
    let rows = wrapped(lines, columns);
    let high = (rows.len().min(usize::from(height)) as u16).max(1);
    let area = centred(whole, columns as u16 + 4, high + 2);
    let note = seen(scroll, rows.len(), height);
    let inner = framed(buf, area, (title, &note), look, painted);
    for (line, index) in rows.iter().skip(scroll.top).zip(0..inner.height) {
        Pen::new(buf, row(inner, index)).write(line, look.text());
    }
}

/// Which lines show, when not all do.
pub(super) fn seen(scroll: Scroll, all: usize, height: u16) -> String {
    let height = usize::from(height);
    if all <= height {
        return "esc closes".to_owned();
    }
    let last = (scroll.top + height).min(all);
    format!(
        "{}–{} of {} · esc closes",
        count(scroll.top as u64 + 1),
        count(last as u64),
        count(all as u64)
    )
}
