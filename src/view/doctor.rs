//! The connection doctor's box: a row a step, its mark in the colour of what it says; what to do
//! stands out below what is wrong.

use ratatui::buffer::Buffer;

use super::help::seen;
use super::look::Look;
use super::overlay::{centred, framed};
use super::pen::{Pen, row};
use crate::model::HostId;
use crate::model::input::{Area, Size};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::doctor::{MARGIN, Row, Sort, rows};
use crate::store::message::Painted;
use crate::store::overlay::{Scroll, reading};

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    (host, scroll): (&HostId, Scroll),
    (store, look): (&Store, &Look),
    painted: &mut Painted,
) {
    let (columns, height) = reading(Size {
        width: whole.width,
        height: whole.height,
    });
    let rows = rows(store, host, columns);
    let high = (rows.len().min(usize::from(height)) as u16).max(1);
    let area = centred(whole, columns as u16 + 4, high + 2);
    let note = seen(scroll, rows.len(), height);
    let title = format!("Doctor · {host}");
    let inner = framed(buf, area, (&title, &note), look, painted);
    for (line, index) in rows.iter().skip(scroll.top).zip(0..inner.height) {
        write(&mut Pen::new(buf, row(inner, index)), line, look);
    }
}

fn write(pen: &mut Pen<'_>, line: &Row, look: &Look) {
    let glyphs = &look.glyphs;
    let (mark, tone) = match line.sort {
        Sort::Fine => (glyphs.check, Some(Tone::Good)),
        Sort::Wrong => (glyphs.cross, Some(Tone::Bad)),
        Sort::Skipped => (glyphs.dot, None),
        Sort::Looking | Sort::Detail | Sort::Hint => (" ", None),
    };
    let style = tone.map_or(look.dim(), |tone| look.tone(tone));
    let mark = if line.name.is_empty() { " " } else { mark };
    pen.write(mark, style);
    let name = match line.sort {
        Sort::Wrong => style,
        _ => look.dim(),
    };
    let width = MARGIN - 3;
    pen.write(&format!(" {:<width$}", line.name), name);
    pen.write(" ", look.text());
    let words = match line.sort {
        Sort::Fine | Sort::Wrong => look.text(),
        Sort::Hint => look.accent(),
        Sort::Looking | Sort::Skipped | Sort::Detail => look.dim(),
    };
    pen.write(&line.text, words);
}
