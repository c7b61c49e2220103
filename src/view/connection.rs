//! What shows before any host has shown its containers: what is being tried, where an engine was
//! looked for and why there was none, and what can be done.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::header;
use super::look::Look;
use super::pen::{Part, Pen, row, write};
use super::text::put_centred;
use crate::model::input::Area;
use crate::model::text::wrap;
use crate::model::units::span;
use crate::model::{Address, Attempt, HostId, Link, Problem};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::actions::{self, Availability, Scope};
use crate::store::message::{Painted, Spot};
use crate::store::world::Host;

/// The widest that it is.
const WIDEST: u16 = 88;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let width = area.width.saturating_sub(4).min(WIDEST);
    let hosts = store.world.hosts.iter();
    let attempts: Vec<(&HostId, &Attempt)> = hosts
        .flat_map(|(id, host)| attempts(host).iter().map(move |attempt| (id, attempt)))
        .collect();
    let several = store.world.hosts.len() > 1;
    let texts = attempts.iter().map(|(_, attempt)| {
        let problem = &attempt.problem;
        [&problem.summary, &problem.detail, &problem.hint]
            .into_iter()
            .map(|text| {
                wrap(text, usize::from(width.saturating_sub(4)).max(1))
                    .count()
                    .min(2)
            })
            .sum::<usize>()
            + 2
    });
    let needed = texts.sum::<usize>() as u16 + 6;
    let high = needed.min(area.height);
    // where not all places fit, the blank rows between them go first
    let gap = u16::from(needed <= area.height);
    let panel = Area {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - high) / 3,
        width,
        height: area.height - (area.height - high) / 3,
    };
    let mut y = 0;
    title(buf, row(panel, y), store, look);
    y += 2;
    if let Some((address, problem)) = unwell(store) {
        y = said(buf, panel, y, (address, ""), (problem, true), look) + gap;
    }
    for (index, (host, attempt)) in attempts.iter().enumerate() {
        // what can be done stays on the screen
        if y + 5 + gap > panel.height {
            let text = "… and further places";
            Pen::new(buf, row(panel, y)).write(text, look.dim());
            y += 1;
            let hints: BTreeSet<&str> = attempts[index..]
                .iter()
                .map(|(_, cut)| cut.problem.hint.as_str())
                .collect();
            for hint in hints.into_iter().take(2) {
                y = advice(buf, panel, y, hint, look);
            }
            break;
        }
        let source = match several {
            true => format!("{host} · {}", attempt.source),
            false => attempt.source.to_string(),
        };
        let place = (attempt.place.as_str(), source.as_str());
        // the same advice for several places is given once, behind the last of them
        let mut later = attempts.iter().skip(index + 1);
        let advises = later.all(|(_, other)| other.problem.hint != attempt.problem.hint);
        y = said(buf, panel, y, place, (&attempt.problem, advises), look) + gap;
    }
    let last = row(
        panel,
        (y + 1 - gap + u16::from(!attempts.is_empty() || unwell(store).is_some()))
            .min(panel.height.saturating_sub(1)),
    );
    keys(buf, last, store, look, painted);
}

fn attempts(host: &Host) -> &[Attempt] {
    match &host.link {
        Some(Link::Down { attempts, .. }) if !attempts.is_empty() => attempts,
        _ => &host.tried,
    }
}

/// An engine that answers, but not as it should: where, and what is wrong.
fn unwell(store: &Store) -> Option<(&Address, &Problem)> {
    let (_, host) = header::host(store)?;
    match (&host.link, &host.trouble) {
        (Some(Link::Up { address, .. }), Some((_, problem))) => Some((address, problem)),
        _ => None,
    }
}

/// What is being done now.
fn title(buf: &mut Buffer, place: Area, store: &Store, look: &Look) {
    let link = header::host(store).and_then(|(_, host)| host.link.as_ref());
    let spin = look.spin(store);
    let hosts = store.world.hosts.len();
    let (text, style) = match link {
        None if hosts == 0 => {
            let text = "No host is connected. H shows those that are known.";
            let key = super::look::key(store, "host.choose");
            (text.replacen('H', &key, 1), look.text())
        }
        None => (format!("{spin} looking for an engine"), look.strong()),
        Some(Link::Connecting { since }) => {
            let waited = store.now.since(*since);
            let text = format!("{spin} looking for an engine · {}", span(waited));
            (text, look.strong())
        }
        Some(Link::Up { address, .. }) => {
            let text = format!("{spin} {address} answers; listing its containers");
            (text, look.strong())
        }
        Some(Link::Down { retry, .. }) => {
            let secs = retry.since(store.now).as_secs();
            let of = match hosts {
                0 | 1 => String::new(),
                hosts => format!(" on {hosts} hosts"),
            };
            let text = format!(
                "{} No engine answers{of}. Next try in {secs}s.",
                look.glyphs.failed
            );
            (text, look.tone(Tone::Bad))
        }
    };
    put_centred(buf, place.x, place.y, place.width, &text, style);
}

/// What is wrong at a place; gives the row after it.
fn said(
    buf: &mut Buffer,
    panel: Area,
    mut y: u16,
    (place, source): (impl ToString, &str),
    (problem, advises): (&Problem, bool),
    look: &Look,
) -> u16 {
    let mut pen = Pen::new(buf, row(panel, y));
    let room = pen.left();
    pen.write_short(
        &place.to_string(),
        room.saturating_sub(24).max(12),
        look.text(),
        look,
    );
    pen.skip(2);
    let room = pen.left();
    pen.write_short(source, room, look.dim(), look);
    y += 1;
    for (text, style) in [
        (&problem.summary, look.tone(Tone::Bad)),
        (&problem.detail, look.dim()),
    ] {
        y = wrapped(buf, panel, y, text, style);
    }
    match advises {
        true => advice(buf, panel, y, &problem.hint, look),
        false => y,
    }
}

/// What to do about it, where something is known; gives the row after it.
fn advice(buf: &mut Buffer, panel: Area, y: u16, hint: &str, look: &Look) -> u16 {
    if hint.is_empty() {
        return y;
    }
    let text = format!("{} {hint}", look.glyphs.to);
    wrapped(buf, panel, y, &text, look.text())
}

/// Two rows of a text at most, indented; gives the row after them.
fn wrapped(buf: &mut Buffer, panel: Area, mut y: u16, text: &str, style: Style) -> u16 {
    let columns = usize::from(panel.width.saturating_sub(2));
    for piece in wrap(text, columns).take(2) {
        let mut pen = Pen::new(buf, row(panel, y));
        pen.skip(2);
        pen.write(piece, style);
        y += 1;
    }
    y
}

/// What can be done, with its keys.
fn keys(buf: &mut Buffer, line: Area, store: &Store, look: &Look, painted: &mut Painted) {
    let targets = store.targets();
    let actions = actions::all()
        .filter(|action| action.scope == Scope::Connect)
        .filter(|action| store.offers(action, &targets) == Availability::Yes);
    let mut parts = Vec::new();
    for action in actions {
        let key = store.keymap.key_text(action);
        if key.is_empty() {
            continue;
        }
        let part = Part::new(action.footer, 4)
            .text(key, look.accent())
            .text(format!(" {}", action.label.to_lowercase()), look.text());
        parts.push(part.spot(Spot::Action(action.id)));
    }
    super::pen::fit(&mut parts, &mut Vec::new(), 0, line.width);
    let free = line.width.saturating_sub(super::pen::total(&parts)) / 2;
    let mut pen = Pen::new(buf, line);
    pen.skip(free);
    write(&mut pen, parts, look, &mut painted.spots);
}
