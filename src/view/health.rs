//! Below the list of what is wrong: what the row under the cursor means, in whole sentences, and
//! what usually helps.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Pen, row, trim};
use super::text::rule;
use crate::model::input::Area;
use crate::model::text::wrap;
use crate::store::Store;
use crate::store::health;

/// Draws it; nothing on an empty area.
pub(super) fn draw(buf: &mut Buffer, area: Area, store: &Store, look: &Look) {
    if area.height == 0 {
        return;
    }
    let inner = trim(area, 1, 1);
    let shape = look.glyphs.horizontal;
    rule(buf, inner.x, inner.y, inner.width, shape, look.border());
    let target = store.selected();
    let Some(item) = target.and_then(|target| health::finding(store.known(), target)) else {
        return;
    };
    let (why, help) = item.cause.advice();
    let room = usize::from(inner.width.saturating_sub(2)).max(1);
    let mut rows: Vec<_> = wrap(&why, room).map(|text| (text, look.text())).collect();
    // the help stays where the sentence is long
    let last = usize::from(area.height).saturating_sub(1 + usize::from(!help.is_empty()));
    rows.truncate(last.max(1));
    rows.extend(wrap(&help, room).map(|text| (text, look.accent())));
    for ((text, style), place) in rows.into_iter().zip(1..area.height) {
        Pen::new(buf, row(trim(inner, 1, 1), place)).write_short(text, inner.width, style, look);
    }
}
