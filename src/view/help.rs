//! Texts to read over the screen: every key with what it does, a whole error, a job's record.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::look::Look;
use super::overlay::{centred, framed};
use super::pen::{Pen, row};
use crate::model::input::Area;
use crate::model::units::count;
use crate::store::Store;
use crate::store::help::{HelpRow, columns, help};
use crate::store::message::Painted;
use crate::store::overlay::{Scroll, reading, wrapped};

/// Draws every key and what it does.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    scroll: Scroll,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let help = help(store);
    let (_, height) = reading(store.size);
    let wide = columns(store.size) as u16 + 4;
    let area = centred(whole, wide, height + 2);
    let note = seen(scroll, help.rows.len(), height);
    let inner = framed(buf, area, ("Keys", &note), look, painted);
    for (line, index) in help.rows.iter().skip(scroll.top).zip(0..inner.height) {
        let mut pen = Pen::new(buf, row(inner, index));
        let start = pen.x;
        let column = |columns: usize| start.saturating_add(columns as u16);
        match line {
            HelpRow::Blank => {}
            HelpRow::Heading(text) => {
                pen.write(text, look.accent().add_modifier(Modifier::BOLD));
            }
            HelpRow::Text(text) => {
                pen.write(text, look.text());
            }
            HelpRow::Keys { keys, label, about } => {
                pen.write_short(keys, help.keys as u16, look.accent(), look);
                pen.go_to(column(help.keys + 2));
                pen.write(label, look.text());
                pen.go_to(column(help.indent));
                pen.write(about, look.dim());
            }
            HelpRow::More(about) => {
                pen.go_to(column(help.indent));
                pen.write(about, look.dim());
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
