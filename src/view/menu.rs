//! A menu: what can be chosen, the key that does it without the menu, and why something cannot.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::overlay::{centred, framed};
use super::pen::{Pen, columns, row, trim};
use super::prompt::line;
use super::text::{put_right, rule};
use crate::model::input::Area;
use crate::model::text::width;
use crate::model::units::count;
use crate::store::message::{Painted, Spot};
use crate::store::overlay::{Menu, MenuItem};

/// The widest that a menu is.
const WIDEST: u16 = 92;

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, whole: Area, menu: &Menu, look: &Look, painted: &mut Painted) {
    let searched = menu.search.is_some();
    let above = if searched { 2 } else { 0 };
    let widest = |text: fn(&MenuItem) -> &str| {
        let widths = menu.items.iter().map(|item| width(text(item)));
        widths.max().unwrap_or(0).min(60) as u16
    };
    let labels = widest(|item| &item.label).clamp(4, 34);
    let keys = widest(|item| &item.key);
    let about = widest(|item| item.refused.as_deref().unwrap_or(&item.about));
    let switch = if menu.items.iter().any(|item| item.switch.is_some()) {
        4
    } else {
        0
    };
    let told = width(menu.keys) as u16 + 6;
    let wide = (labels + about + keys + switch + 12)
        .clamp(30, WIDEST)
        .max(told);
    let high = menu.items.len().min(usize::from(whole.height)) as u16;
    let high = (high + above + 2)
        .min(whole.height.saturating_sub(4))
        .max(6);
    let area = centred(whole, wide.min(whole.width.saturating_sub(4)), high);
    let found = menu.found.len();
    let rows = area.height.saturating_sub(2 + above);
    let inner = edge(buf, area, menu, found > usize::from(rows), look, painted);
    if let Some(search) = &menu.search {
        line(buf, row(inner, 0), ("", search, None), look);
        rule(
            buf,
            inner.x,
            inner.y + 1,
            inner.width,
            look.glyphs.horizontal,
            look.border(),
        );
    }
    let list = Area {
        y: inner.y + above,
        height: rows,
        ..inner
    };
    if found == 0 {
        Pen::new(buf, list).write("nothing matches", look.dim());
    }
    let height = usize::from(rows).max(1);
    let offset = menu
        .cursor
        .saturating_sub(height / 2)
        .min(found.saturating_sub(height));
    for (place, index) in (offset..found).zip(0..rows) {
        let Some(item) = menu.found.get(place).and_then(|at| menu.items.get(*at)) else {
            continue;
        };
        let line = row(list, index);
        entry(buf, line, item, (labels, keys), look);
        let wide = Area {
            x: line.x.saturating_sub(1),
            width: line.width + 2,
            ..line
        };
        if place == menu.cursor {
            Pen::new(buf, wide).write(look.glyphs.bar, look.accent());
            look.select(buf, wide);
        }
        painted.spots.push((wide, Spot::MenuRow(place)));
    }
}

/// Its frame with its title, the keys that do something in it, and, where not all of it has room,
/// the place of the cursor. Gives the area inside.
fn edge(
    buf: &mut Buffer,
    area: Area,
    menu: &Menu,
    is_cut: bool,
    look: &Look,
    painted: &mut Painted,
) -> Area {
    let place = || {
        let (at, all) = (menu.cursor as u64 + 1, menu.found.len() as u64);
        format!("{} of {}", count(at), count(all))
    };
    let note = if is_cut { place() } else { String::new() };
    if menu.keys.is_empty() {
        return framed(buf, area, (&menu.title, &note), look, painted);
    }
    // the lower edge is the keys'
    let title = match note.as_str() {
        "" => menu.title.clone(),
        note => format!("{} · {note}", menu.title),
    };
    let inner = framed(buf, area, (&title, ""), look, painted);
    let lower = row(area, area.height.saturating_sub(1));
    let mut pen = Pen::new(buf, trim(lower, 1, 1));
    let room = pen.left();
    pen.write_short(&format!(" {} ", menu.keys), room, look.dim(), look);
    inner
}

/// `[x] cpu      CPU use in percent …                        c`
fn entry(buf: &mut Buffer, line: Area, item: &MenuItem, (labels, keys): (u16, u16), look: &Look) {
    let refused = item.refused.is_some();
    let mut pen = Pen::new(buf, trim(line, 1, 0));
    if let Some(on) = item.switch {
        let (text, style) = if on {
            ("[x] ", look.accent())
        } else {
            ("[ ] ", look.dim())
        };
        pen.write(text, style);
    }
    let start = pen.x;
    let style = if refused { look.dim() } else { look.text() };
    pen.write_short(&item.label, labels, style, look);
    pen.go_to(start.saturating_add(labels + 2));
    let room = pen
        .left()
        .saturating_sub(if keys > 0 { keys + 2 } else { 0 });
    let about = item.refused.as_deref().unwrap_or(&item.about);
    let shape = if refused { look.glyphs.none } else { "" };
    if refused {
        pen.write(&format!("{shape} "), look.dim());
    }
    let room = room.saturating_sub(if refused { columns(shape) + 1 } else { 0 });
    pen.write_short(about, room, look.dim(), look);
    let style = if refused { look.dim() } else { look.accent() };
    put_right(buf, line.x, line.y, line.width, &item.key, style);
}
