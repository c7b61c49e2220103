//! The second row: the screens, and beside them what the list shows of all there is. While a host
//! does not answer, it says so, since when, and what can be done.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::list::unseen_order;
use super::look::{Look, key};
use super::pen::{Part, trim, write_both};
use crate::model::Link;
use crate::model::input::Area;
use crate::model::text::ellipsis;
use crate::model::units::count;
use crate::resource::Tone;
use crate::store::Store;
use crate::store::list::Row;
use crate::store::message::{Painted, Spot};
use crate::store::stage::Screen;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let mut left: Vec<Part> = Vec::new();
    for (place, (screen, digit, title)) in Screen::ALL.into_iter().enumerate() {
        let here = store.stage.screen == screen;
        let (number, word) = if here {
            (look.accent(), look.accent().add_modifier(Modifier::BOLD))
        } else {
            (look.dim(), look.dim())
        };
        let pressing = screen == Screen::Health && store.pressing > 0;
        let weight = match (here, pressing) {
            (true, _) => 1,
            // that something is wrong is worth more than since when a host is silent
            (false, true) => 3,
            (false, false) => 5,
        };
        let mut part = Part::new(weight, 3)
            .text(format!("{digit} "), number)
            .text(title, word);
        let amount = match screen {
            Screen::Containers => store.world.counts().all,
            Screen::Hosts => store.world.hosts.len(),
            Screen::Events | Screen::Health => 0,
            Screen::Journal => store.jobs.journal().count(),
        };
        if pressing {
            let text = format!(" {}{}", look.glyphs.unhealthy, store.pressing);
            part = part.text(text, look.tone(Tone::Warn));
        }
        if amount > 0 {
            part = part.text(format!(" {}", count(amount as u64)), look.dim());
        }
        left.push(part.spot(Spot::Screen(place)));
    }
    let right = match banner(store, look) {
        Some(banner) => banner,
        None if store.stage.screen.has_list() => shown(store, look),
        None => Vec::new(),
    };
    let spots = &mut painted.spots;
    write_both(buf, trim(area, 1, 1), (left, right), look, spots);
}

/// That the host does not answer, once it had answered.
fn banner(store: &Store, look: &Look) -> Option<Vec<Part>> {
    if store.shows_connection() {
        return None;
    }
    let lost: Vec<_> = store
        .world
        .in_scope()
        .filter_map(|(id, host)| match &host.link {
            Some(Link::Down {
                since,
                retry,
                attempts,
            }) => Some((id, since, *retry, attempts.last())),
            Some(Link::Up { .. } | Link::Connecting { .. }) | None => None,
        })
        .collect();
    let bad = look.tone(Tone::Bad);
    // while others answer, the way to the screens is worth more than the rest of it
    let (since_when, when, now) = match store.world.hosts.len() > lost.len() {
        true => (6, 7, 8),
        // how old all this is comes before the screens that do not show
        false => (4, 2, 1),
    };
    let mut parts = Vec::new();
    if let [(id, since, _, attempt)] = lost.as_slice() {
        parts.push(Part::new(0, 2).text(format!("{id} does not answer"), bad));
        if let Some(since) = since {
            let since = since.in_zone(store.zone).format("%H:%M:%S");
            parts.push(Part::new(since_when, 0).text(format!(" since {since}"), bad));
        }
        if let Some(attempt) = attempt {
            let reason = ellipsis(&attempt.problem.summary, 60);
            parts.push(Part::new(9, 0).text(format!(": {reason}"), look.dim()));
        }
    } else {
        parts.push(Part::new(0, 2).text(format!("{} hosts do not answer", lost.len()), bad));
        let names: Vec<&str> = lost.iter().map(|(id, ..)| id.as_str()).collect();
        let names = ellipsis(&names.join(", "), 40);
        parts.push(Part::new(4, 0).text(format!(": {names}"), bad));
    }
    let retry = lost.iter().map(|(_, _, retry, _)| *retry).min()?;
    let secs = retry.since(store.now).as_secs();
    parts.push(Part::new(when, 0).text(format!(" · next try in {secs}s"), look.text()));
    let key = key(store, "app.refresh");
    if !key.is_empty() {
        let part = Part::new(now, 2)
            .text(key, look.accent())
            .text(" try now", look.dim())
            .spot(Spot::Action("app.refresh"));
        parts.push(part);
    }
    Some(parts)
}

/// What of the list shows: filter, place, marks.
fn shown(store: &Store, look: &Look) -> Vec<Part> {
    let list = store.list();
    let mut parts = Vec::new();
    if !list.filter.text.is_empty() {
        let found = count(list.count as u64);
        let part = Part::new(2, 2)
            .text("/", look.accent())
            .text(ellipsis(&list.filter.text, 40), look.text())
            .text(
                format!(" {found} of {}", count(list.all as u64)),
                look.dim(),
            );
        parts.push(part);
    }
    if !list.stopped {
        let (_, dim) = list.listing.active();
        parts.push(Part::new(6, 2).text(format!("{dim} hidden"), look.dim()));
    }
    if !list.marks.is_empty() {
        let text = format!("{} {} marked", look.glyphs.mark, list.marks.len());
        parts.push(Part::new(1, 2).text(text, look.theme.style(super::theme::Role::Mark)));
    }
    if let Some(order) = unseen_order(store, look) {
        parts.push(Part::new(3, 2).text(order, look.accent()));
    }
    if list.sort_column().is_some_and(|column| column.brief) {
        let unknown = store.world.items_in_scope(store.now);
        let unknown = unknown
            .filter(|item| item.container.brief.is_none())
            .count();
        if unknown > 0 {
            let all = store.world.counts().all;
            let known = count(all.saturating_sub(unknown) as u64);
            let text = format!(
                "{} inspecting {known} of {}",
                look.spin(store),
                count(all as u64)
            );
            parts.push(Part::new(2, 2).text(text, look.tone(Tone::Busy)));
        }
    }
    let rows = store.areas().list_rows();
    if rows > 0 && list.rows.len() > rows {
        let items = |rows: &[Row]| {
            rows.iter()
                .filter(|row| matches!(row, Row::Item(_)))
                .count()
        };
        let place = items(list.rows.get(..=list.place()).unwrap_or_default());
        let text = format!(
            "{}/{}",
            count(place as u64),
            count(items(&list.rows) as u64)
        );
        parts.push(Part::new(3, 2).text(text, look.dim()));
    }
    parts
}
