//! The detail's frame with the object's name and the tabs, and inside it what the tab shows.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::look::Look;
use super::pen::{Pen, columns, row, trim};
use super::text::{frame, put_centred, tint};
use super::theme::Role;
use super::{gauges, logs, page, stats};
use crate::model::input::Area;
use crate::resource::Tone;
use crate::store::Store;
use crate::store::layout::{GAUGE_ROWS, inside};
use crate::store::message::{Painted, Spot};
use crate::store::stage::{Pane, Tab};

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    if area.width < 8 || area.height < 3 {
        return;
    }
    painted.spots.push((area, Spot::Detail));
    let focused = store.stage.pane == Pane::Detail;
    let edge = edge(store, focused, look);
    frame(buf, area, &look.glyphs.frame, edge);
    let Some(target) = store.selected() else {
        let inner = inside(area);
        let y = inner.y.saturating_add(inner.height / 3);
        let text = "nothing is selected";
        put_centred(buf, inner.x, y, inner.width, text, look.dim());
        return;
    };
    titles(buf, trim(row(area, 0), 2, 2), store, look, painted);
    match store.stage.tab {
        Tab::Logs => {
            let inner = inside(area);
            if store.areas().log().y > inner.y {
                gauges::draw(buf, inner, target, store, look, painted);
                if super::list::is_stale(store, &target.host) {
                    tint(
                        buf,
                        Area {
                            height: GAUGE_ROWS,
                            ..inner
                        },
                        look.dim(),
                    );
                }
            }
            if let Some(log) = store.logs.get(target) {
                let areas = (area, store.areas().log());
                logs::draw(buf, areas, (log, focused), store, look, painted);
            }
        }
        Tab::Stats => stats::draw(buf, inside(area), target, store, look),
        _ => page::draw(buf, area, store, look, painted),
    }
}

/// The frame's style: what is on a protected host is framed as such, focused or not.
fn edge(store: &Store, focused: bool, look: &Look) -> Style {
    let selected = store.selected();
    if selected.is_some_and(|target| store.roster.is_protected(&target.host)) {
        return look.tone(Tone::Warn);
    }
    let role = if focused { Role::Focus } else { Role::Border };
    look.theme.style(role)
}

/// ` web ─ Logs  Stats  Inspect …`: the tabs scrolled so far that the current one shows.
fn titles(buf: &mut Buffer, line: Area, store: &Store, look: &Look, painted: &mut Painted) {
    let Some(target) = store.selected() else {
        return;
    };
    let focused = store.stage.pane == Pane::Detail;
    let name = match store.world.shows_several() {
        true => store.world.full_name(target),
        false => store.world.name_of(target),
    };
    let strong = if focused { look.accent() } else { look.text() }.add_modifier(Modifier::BOLD);
    let widest = line.width.saturating_sub(16).clamp(4, 32);
    let mut pen = Pen::new(buf, line);
    pen.write(" ", strong);
    let list = store.list();
    let line = list
        .listing
        .line(list, store.known(), target, &mut std::iter::empty());
    if let Some(line) = line {
        let sign = line.sign;
        let shape = look.state(sign.mark, store);
        pen.write(&format!("{shape} "), look.tone(sign.tone));
    }
    pen.write_short(&name, widest, strong, look);
    pen.write(" ", strong);
    pen.write(look.glyphs.horizontal, edge(store, focused, look));
    let tabs = store.stage.tab.among();
    let current = store.stage.tab.place();
    let (first, last) = in_sight(tabs, current, pen.left().saturating_sub(4));
    let more = if first > 0 { look.glyphs.left } else { " " };
    pen.write(more, look.dim());
    for (place, (_, title)) in tabs.iter().enumerate().take(last + 1).skip(first) {
        let style = if place == current {
            look.accent().add_modifier(Modifier::BOLD)
        } else {
            look.dim()
        };
        let spot = pen.write(title, style);
        painted.spots.push((spot, Spot::Tab(place)));
        pen.write(if place == last { "" } else { "  " }, look.dim());
    }
    if last + 1 < tabs.len() {
        pen.write(&format!(" {}", look.glyphs.right), look.dim());
    }
    pen.write(" ", look.dim());
}

/// The first and the last tab that show in some columns: from the first on, as long as the
/// current one is among them.
fn in_sight(tabs: &[(Tab, &str)], current: usize, room: u16) -> (usize, usize) {
    let fits = |first: usize| {
        let mut used = 0;
        let mut last = first;
        for (place, (_, title)) in tabs.iter().enumerate().skip(first) {
            used += columns(title) + if place == first { 0 } else { 2 };
            if used > room {
                break;
            }
            last = place;
        }
        last
    };
    let first = (0..current).find(|first| fits(*first) >= current);
    let first = first.unwrap_or(current);
    (first, fits(first))
}
