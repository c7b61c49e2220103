//! One row of a list: mark, state, and the columns that fit.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::list::{HOST, Placed};
use super::look::Look;
use super::pen::{Curve, Pen};
use super::text::{put, put_right, put_short};
use super::theme::Role;
use crate::model::Ref;
use crate::model::input::Area;
use crate::model::text::width;
use crate::resource::{Align, Mark, Sign, Tone, Trend};
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
    let list = store.list();
    let seconds = |place: &Placed| usize::from(place.spark * SECONDS_PER_CELL);
    let mut columns = placed.iter().map(|place| (place.column, seconds(place)));
    let Some(shown) = list.listing.line(list, store.known(), target, &mut columns) else {
        return;
    };
    let mut pen = Pen::new(buf, line);
    pen.skip(1);
    if list.marks.contains(target) {
        pen.write(look.glyphs.mark, look.theme.style(Role::Mark));
    }
    let verb = store.jobs.verb_on(target);
    let sign = match verb {
        Some(verb) => Sign::new(Mark::Busy, verb, Tone::Busy),
        None => shown.sign,
    };
    if let Some(first) = placed.first() {
        let shape = look.state(sign.mark, store);
        let x = first.x.saturating_sub(2);
        put(buf, x, line.y, 1, shape, look.tone(sign.tone));
    }
    let age = super::list::age(store, &target.host).filter(|_| !list.is_grouped());
    let host = match age {
        Some(age) => format!("{} {age} {}", look.glyphs.unhealthy, target.host),
        None => target.host.to_string(),
    };
    for (place, (cell, trend)) in placed.iter().zip(shown.cells) {
        let at = (place.x, line.y);
        let end = line.x.saturating_add(line.width).saturating_sub(1);
        let room = place.width.min(end.saturating_sub(place.x));
        let (text, style) = match place.head.id {
            "name" => {
                let style = name_style(look, sign.tone, shown.active || verb.is_some());
                (&*shown.name, style)
            }
            "state" => (&*sign.word, look.tone(sign.tone)),
            HOST => (&*host, look.host(store, &target.host)),
            _ => {
                let faded = !shown.active && cell.tone == Tone::Text;
                let style = look.tone(if faded { Tone::Dim } else { cell.tone });
                (&*cell.text, style)
            }
        };
        write(buf, at, room, text, (place.head.align, style), look);
        if let Some(trend) = trend {
            let x = place.x.saturating_add(place.width + 1);
            curve(trend, look, place.spark, SECONDS_PER_CELL).draw(buf, x, line.y, look);
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

/// A history as a sparkline of some columns.
pub(super) fn curve(trend: Trend, look: &Look, columns: u16, every: u16) -> Curve {
    Curve {
        values: trend.values,
        end: trend.end,
        max: trend.max,
        levels: look.levels(trend.limited),
        columns,
        every,
    }
}
