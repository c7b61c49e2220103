//! One container's row: mark, state, name, and the columns that fit.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::list::Placed;
use super::look::Look;
use super::pen::{Curve, Pen};
use super::text::{put, put_right, put_short};
use super::theme::Role;
use crate::model::Ref;
use crate::model::input::Area;
use crate::model::stats::Metric;
use crate::model::text::width;
use crate::resource::containers::{Item, short_name, state_word};
use crate::resource::{Align, Cell, Mark, Tone};
use crate::store::Store;
use crate::view::charts::SECONDS_PER_CELL;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    line: Area,
    target: &Ref,
    store: &Store,
    look: &Look,
    placed: &[Placed],
) {
    let Some(item) = store.world.item(target, store.now) else {
        return;
    };
    let alive = item.container.is_alive();
    let mut pen = Pen::new(buf, line);
    pen.skip(1);
    if store.list.marks.contains(target) {
        pen.write(look.glyphs.mark, look.theme.style(Role::Mark));
    }
    let verb = store.jobs.verb_on(target);
    let (mark, word, tone) = match verb {
        Some(verb) => (Mark::Busy, verb.to_owned(), Tone::Busy),
        None => state_word(item.container),
    };
    for place in placed {
        let end = line.x.saturating_add(line.width).saturating_sub(1);
        let room = place.width.min(end.saturating_sub(place.x));
        match place.column.id {
            "name" => {
                let shape = look.state(mark, store);
                put(
                    buf,
                    place.x.saturating_sub(2),
                    line.y,
                    1,
                    shape,
                    look.tone(tone),
                );
                let style = name_style(look, tone, alive || verb.is_some());
                let name = match store.list.group {
                    true => short_name(item.container),
                    false => &item.container.name,
                };
                let at = (place.x, line.y);
                put_short(buf, at, room, name, style, look.glyphs.ellipsis);
            }
            "state" => {
                let at = (place.x, line.y);
                put_short(buf, at, room, &word, look.tone(tone), look.glyphs.ellipsis);
            }
            _ => {
                let cell = (place.column.show)(&item);
                let faded = !alive && matches!(cell.tone, Tone::Text);
                let style = look.tone(if faded { Tone::Dim } else { cell.tone });
                write(
                    buf,
                    (place.x, line.y),
                    room,
                    &cell.text,
                    (place.column.align, style),
                    look,
                );
                spark(buf, (place, line.y), &item, &cell, store, look);
            }
        }
    }
}

/// Names are bright while they run; one that is wrong stands out by its state alone.
fn name_style(look: &Look, tone: Tone, bright: bool) -> Style {
    match (bright, tone) {
        (false, Tone::Bad) => look.text(),
        (false, _) => look.dim(),
        (true, Tone::Warn | Tone::Bad) => look.text().add_modifier(Modifier::BOLD),
        (true, _) => look.text(),
    }
}

/// A cell's text: numbers at the right and never cut inside; ports by whole words.
fn write(
    buf: &mut Buffer,
    at: (u16, u16),
    room: u16,
    text: &str,
    (align, style): (Align, Style),
    look: &Look,
) {
    let (x, y) = at;
    let fits = width(text) <= usize::from(room);
    match align {
        Align::Right if fits => put_right(buf, x, y, room, text, style),
        Align::Right => put_right(buf, x, y, room, look.glyphs.ellipsis, style),
        Align::Left if fits || !text.contains('→') => {
            put_short(buf, at, room, text, style, look.glyphs.ellipsis)
        }
        Align::Left => {
            let mut words = String::new();
            for word in text.split(' ') {
                if width(&words) + width(word) + 2 > usize::from(room) {
                    break;
                }
                words.push_str(word);
                words.push(' ');
            }
            words.push_str(look.glyphs.ellipsis);
            put(buf, x, y, room, &words, style)
        }
    };
}

fn spark(
    buf: &mut Buffer,
    (place, y): (&Placed, u16),
    item: &Item<'_>,
    cell: &Cell,
    store: &Store,
    look: &Look,
) {
    if let Some(metric) = cell.spark.filter(|_| place.spark > 0)
        && item.sample().is_some()
        && let Some(curve) = curve(item, metric, store, look, place.spark, SECONDS_PER_CELL)
    {
        curve.draw(buf, place.x.saturating_add(place.width + 1), y, look);
    }
}

/// The history of a metric. CPU stands against a whole core or its own peak, memory against its
/// limit; without a limit of its own it stands against its own peak.
pub(super) fn curve(
    item: &Item<'_>,
    metric: Metric,
    store: &Store,
    look: &Look,
    columns: u16,
    every: u16,
) -> Option<Curve> {
    let series = item.series?;
    let now = store.now.secs();
    // up to the newest sample: the second that has just begun is no gap yet
    let end = if now - series.newest() <= 5 {
        series.newest()
    } else {
        now
    };
    let seconds = usize::from(columns) * usize::from(every.max(1));
    let values: Vec<f32> = series.window(metric, end, seconds).collect();
    let peak = values.iter().copied().fold(f32::NAN, f32::max);
    let limit = own_limit(item, store).filter(|_| metric == Metric::Memory);
    let max = match metric {
        Metric::Cpu => Some(peak.max(100.0)),
        Metric::Memory => Some(limit.unwrap_or_else(|| super::charts::round_up_bytes(peak))),
        Metric::Rx | Metric::Tx | Metric::Read | Metric::Written => None,
    };
    Some(Curve {
        values,
        end,
        max,
        levels: look.levels(limit.is_some()),
        columns,
        every,
    })
}

/// A container's own limit of memory; none where it is all of the host's.
pub(super) fn own_limit(item: &Item<'_>, store: &Store) -> Option<f32> {
    let limit = item.series?.last().limit;
    let all = store
        .world
        .hosts
        .get(item.host)
        .map_or(0, |host| host.info.memory);
    (limit > 0 && (all == 0 || limit < all)).then_some(limit as f32)
}
