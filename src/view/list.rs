//! The list: a row of titles, groups, and the rows in sight; and what is said where there is no
//! row. Which columns fit is decided here, how a row is filled in `list_row`.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::list_row;
use super::look::{Look, key};
use super::pen::{Pen, columns, row, trim};
use super::text::{put, put_centred, rule, tint};
use crate::model::input::Area;
use crate::model::units::{count, span};
use crate::model::{HostId, Link};
use crate::resource::{Align, Head, Tone};
use crate::store::Store;
use crate::store::list::{GroupId, Row};
use crate::store::message::{Painted, Spot};
use crate::store::stage::Pane;

/// The column of the host.
pub(super) const HOST: &str = "host";
/// Blank columns between two columns.
pub(super) const GAP: u16 = 2;
/// The bar, a mark, the state's shape, a blank.
const EDGE: u16 = 4;

/// A column with its place.
pub(super) struct Placed {
    pub(super) head: &'static Head,
    /// Its place among the kind's columns.
    pub(super) column: usize,
    /// Its first column of the screen.
    pub(super) x: u16,
    /// Columns of its text.
    pub(super) width: u16,
    /// Columns of its sparkline; 0 for none.
    pub(super) spark: u16,
}

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    if area.width == 0 || area.height == 0 {
        return;
    }
    painted.spots.push((area, Spot::List));
    let list = store.list();
    if list.rows.is_empty() {
        empty(buf, area, store, look);
        return;
    }
    let grouped = list.is_grouped();
    let placed = place(area, store, grouped);
    titles(buf, row(area, 0), store, look, (&placed, painted));
    let rows = list.rows.iter().enumerate().skip(list.offset);
    for ((place, entry), index) in rows.zip(1..area.height) {
        let line = row(area, index);
        match entry {
            Row::Group {
                id,
                all,
                active,
                folded,
            } => group(buf, line, (id, *all, *active, *folded), store, look),
            Row::Item(target) => list_row::draw(buf, line, target, store, look, &placed),
        }
        let host = match entry {
            Row::Group { id, .. } => &id.0,
            Row::Item(target) => &target.host,
        };
        if is_stale(store, host) {
            tint(buf, line, look.dim());
        }
        if place == list.place() {
            selected(buf, line, store, look);
        }
        painted.spots.push((line, Spot::Row(place)));
    }
    if store.areas().detail.width == 0 && is_guarded(store) {
        sides(buf, area, look);
    }
}

/// Whether what is under the cursor is on a protected host.
fn is_guarded(store: &Store) -> bool {
    let list = store.list();
    let of_group = list.on_group.as_ref().map(|(host, _)| host);
    let host = list.cursor.as_ref().map(|target| &target.host).or(of_group);
    host.is_some_and(|host| store.roster.is_protected(host))
}

/// The coloured sides of a list that has the screen to itself, where a detail would have a
/// coloured frame. The bar of the row under the cursor stays.
fn sides(buf: &mut Buffer, area: Area, look: &Look) {
    let right = area.x.saturating_add(area.width.saturating_sub(1));
    for y in area.y..area.y.saturating_add(area.height) {
        for x in [area.x, right] {
            if buf.cell((x, y)).is_some_and(|cell| cell.symbol() == " ") {
                let side = look.glyphs.frame.vertical_left;
                put(buf, x, y, 1, side, look.tone(Tone::Warn));
            }
        }
    }
}

/// Whether what shows of a host may be of the past: it does not answer.
pub(super) fn is_stale(store: &Store, host: &HostId) -> bool {
    let link = store
        .world
        .hosts
        .get(host)
        .and_then(|known| known.link.as_ref());
    !link.is_some_and(Link::is_up)
}

/// How old what shows of a host is, when it does not answer any more.
pub(super) fn age(store: &Store, host: &HostId) -> Option<String> {
    match store.world.hosts.get(host)?.link.as_ref()? {
        Link::Down {
            since: Some(since), ..
        } => Some(span(store.now.since(*since))),
        Link::Down { since: None, .. } | Link::Up { .. } | Link::Connecting { .. } => None,
    }
}

/// The bar and the soft background of the row under the cursor.
fn selected(buf: &mut Buffer, line: Area, store: &Store, look: &Look) {
    let focused = store.stage.pane == Pane::List;
    let style = if focused { look.accent() } else { look.dim() };
    Pen::new(buf, line).write(look.glyphs.bar, style);
    look.select(buf, line);
}

/// Which columns fit: those that always show, and of the others, in the order wanted, as many as
/// there is room for, the first with their sparklines. Which host something is on only matters where
/// there are several.
fn place(area: Area, store: &Store, grouped: bool) -> Vec<Placed> {
    let list = store.list();
    let heads: Vec<(usize, &'static Head)> = list.listing.heads().enumerate().collect();
    let lead = heads.iter().take_while(|(_, head)| head.pinned).count();
    let (before, behind) = heads.split_at(lead);
    let behind = || behind.iter().filter(|(_, head)| head.pinned);
    let shows = |head: &Head| head.id != HOST || store.world.hosts.len() > 1;
    // objects of several hosts are told apart, whether that was wanted or not
    let several = store.world.shows_several() && !list.columns.iter().any(|id| id == HOST);
    let ids = list.columns.iter().map(String::as_str);
    let wanted = several
        .then_some(HOST)
        .into_iter()
        .chain(ids)
        .filter_map(|id| {
            let mut heads = heads.iter();
            heads.find(|(_, head)| head.id == id && !head.pinned && shows(head))
        });
    // what the column that grows has before others
    let first = |head: &Head| match head.grow {
        Some(grow) => list.longest_name.clamp(grow.least, grow.first),
        None => head.width,
    };
    let edge = EDGE + u16::from(grouped) - 1;
    let pinned = before.iter().chain(behind());
    let taken = pinned.fold(0_u16, |sum, (_, head)| {
        sum.saturating_add(first(head) + GAP)
    });
    let room = trim(area, edge + 1, 1).width.saturating_add(GAP);
    let width = |head: &Head| match head.id {
        HOST => host_width(store),
        _ => head.width,
    };
    let (chosen, free) = choose(room.saturating_sub(taken), wanted, width);
    let pinned = |(column, head): &(usize, &'static Head)| (*column, *head, 0);
    let placed = before.iter().map(pinned).chain(chosen);
    let mut x = area.x.saturating_add(edge + 1);
    let place = |(column, head, spark): (usize, &'static Head, u16)| {
        let width = match head.grow {
            Some(grow) => first(head).saturating_add(free).min(grow.most),
            None => width(head),
        };
        let placed = Placed {
            head,
            column,
            x,
            width,
            spark,
        };
        x = x.saturating_add(width + GAP + if spark > 0 { spark + 1 } else { 0 });
        placed
    };
    placed.chain(behind().map(pinned)).map(place).collect()
}

/// Columns of the longest name of a host, and of its age beside it where no group's line says that.
fn host_width(store: &Store) -> u16 {
    let names = store.world.in_scope().map(|(id, _)| columns(id.as_str()));
    let longest = names.max().unwrap_or(0).clamp(4, 14);
    let lost = |(id, _): (&HostId, _)| age(store, id).is_some();
    let aged = !store.list().is_grouped() && store.world.in_scope().any(lost);
    longest + if aged { 6 } else { 0 }
}

/// A column's place, the column, and how much of its sparkline shows.
type Chosen = (usize, &'static Head, u16);

/// Those of the wanted columns that fit into some room, and what they leave of it.
fn choose<'a>(
    mut free: u16,
    wanted: impl Iterator<Item = &'a (usize, &'static Head)>,
    width: impl Fn(&Head) -> u16,
) -> (Vec<Chosen>, u16) {
    let mut chosen = Vec::new();
    let mut dropped = 0;
    for (column, head) in wanted {
        let bare = GAP + width(head);
        let whole = bare + if head.spark > 0 { head.spark + 1 } else { 0 };
        let fits = [(whole, head.spark), (bare, 0)]
            .into_iter()
            .find(|(taken, _)| *taken <= free);
        if let Some((taken, spark)) = fits {
            free -= taken;
            chosen.push((*column, *head, spark));
        } else {
            // a gap is filled by the column behind it, not by any that happens to be narrow
            dropped += 1;
            if dropped == 2 {
                break;
            }
        }
    }
    (chosen, free)
}

/// The way round in which the list is sorted by a column: numbers begin with the greatest.
fn arrow(column: &Head, store: &Store, look: &Look) -> &'static str {
    match (column.align == Align::Right) != store.list().reverse {
        true => look.glyphs.descending,
        false => look.glyphs.ascending,
    }
}

/// What a list is sorted by, where no title shows it: `by image ▴`.
pub(super) fn unseen_order(store: &Store, look: &Look) -> Option<String> {
    let list = store.list();
    let column = list.sort_column()?;
    let area = store.areas().list;
    if area.width == 0 || list.rows.is_empty() {
        return None;
    }
    let placed = place(area, store, list.is_grouped());
    let shows = placed.iter().any(|place| place.head.id == column.id);
    (!shows).then(|| format!("by {} {}", column.id, arrow(column, store, look)))
}

fn titles(
    buf: &mut Buffer,
    line: Area,
    store: &Store,
    look: &Look,
    (placed, painted): (&[Placed], &mut Painted),
) {
    for place in placed {
        let column = place.head;
        let sorts = store.list().sort == column.id;
        let numbers = column.align == Align::Right;
        let arrow = if sorts {
            arrow(column, store, look)
        } else {
            ""
        };
        let style = if sorts {
            look.accent().add_modifier(Modifier::BOLD)
        } else {
            look.dim()
        };
        let text = format!("{}{arrow}", column.title);
        let taken = columns(&text);
        let free = if numbers {
            place.width.saturating_sub(taken)
        } else {
            0
        };
        let room = place.width + if place.spark > 0 { place.spark + 1 } else { 0 };
        let title = Area {
            x: place.x,
            width: room.min((line.x + line.width).saturating_sub(place.x)),
            ..line
        };
        Pen::new(buf, trim(title, free, 0)).write(&text, style);
        if title.width > 0 {
            painted.spots.push((title, Spot::Column(column.id)));
        }
    }
}

/// `shop ───────────── 3 of 3 running ─`
fn group(
    buf: &mut Buffer,
    line: Area,
    (id, all, active, folded): (&GroupId, usize, usize, bool),
    store: &Store,
    look: &Look,
) {
    let inner = trim(line, 1, 1);
    rule(
        buf,
        inner.x,
        inner.y,
        inner.width,
        look.glyphs.horizontal,
        look.border(),
    );
    let (bright, dim) = store.list().listing.active();
    let said = match (active, all) {
        (0, all) => format!("{} {dim}", count(all as u64)),
        (active, all) => format!("{} of {} {bright}", count(active as u64), count(all as u64)),
    };
    let said = match age(store, &id.0) {
        Some(age) => format!("{said} · seen {age} ago"),
        None => said,
    };
    let right = columns(&said) + 3;
    let (host, project) = id;
    let mut pen = Pen::new(buf, trim(inner, 0, right + 2));
    if folded {
        pen.write(&format!("{} ", look.glyphs.folded), look.accent());
    }
    if store.world.shows_several() {
        pen.write(&format!("{host} "), look.host(store, host));
        if project.is_some() || folded {
            pen.write(&format!("{} ", look.glyphs.dot), look.dim());
        }
    }
    match project {
        Some(project) => {
            let room = pen.left();
            pen.write_short(project, room, look.strong(), look);
            pen.write(" ", look.dim());
        }
        None if folded => {
            pen.write("no project ", look.dim());
        }
        None if !store.world.shows_several() => return,
        None => {}
    }
    let mut pen = Pen::new(buf, trim(inner, inner.width.saturating_sub(right), 0));
    pen.write(&format!(" {said} "), look.dim());
}

/// What is said where the only host that shows has never shown anything.
fn unseen(store: &Store) -> Option<(String, String)> {
    let mut shown = store.world.in_scope();
    let (id, host) = shown.next()?;
    if host.loaded.is_some() || shown.next().is_some() {
        return None;
    }
    let reason = match &host.link {
        Some(Link::Down { attempts, .. }) => attempts.last(),
        Some(Link::Up { .. } | Link::Connecting { .. }) | None => None,
    };
    let text = format!("{id}: {}", store.host_state(id));
    let more = match reason {
        Some(attempt) => attempt.problem.summary.clone(),
        None => format!("{} shows all hosts", key(store, "host.choose")),
    };
    Some((text, more))
}

/// What is said where there is no row, with the key that helps.
fn empty(buf: &mut Buffer, area: Area, store: &Store, look: &Look) {
    let list = store.list();
    let press = |id: &str, what: &str| format!("{} {what}", key(store, id));
    let (text, more) = if let Some(unseen) = unseen(store) {
        unseen
    } else if list.all == 0 {
        let (text, more) = list.listing.empty();
        (text.to_owned(), more.to_owned())
    } else if !list.filter.text.is_empty() {
        (
            format!("no {} passes /{}", list.listing.word(), list.filter.text),
            press("app.escape", "clears the filter"),
        )
    } else {
        let (bright, dim) = list.listing.active();
        (
            format!("{} {dim}, none {bright}", count(list.all as u64)),
            press("list.stopped", "shows them"),
        )
    };
    let y = area.y.saturating_add(area.height / 3);
    let inner = trim(area, 1, 1);
    put_centred(buf, inner.x, y, inner.width, &text, look.text());
    put_centred(buf, inner.x, y + 1, inner.width, &more, look.dim());
}
