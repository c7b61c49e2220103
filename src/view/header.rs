//! The first row: which hosts, whether they answer, how many containers, what they use. Parts
//! drop out by rank where it is narrow; no number is ever cut.

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::look::Look;
use super::pen::{Curve, Part, trim, write_both};
use crate::model::input::Area;
use crate::model::text::ellipsis;
use crate::model::units::{bytes_short, count, latency, percent, plural, span};
use crate::model::{HostId, Link, Time};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::world::Host;

/// Columns for the names of hosts that answer late.
const LATE_NAMES: usize = 24;
/// Columns of a sparkline.
const SPARK: u16 = 10;
/// Seconds of each of them.
const EVERY: u16 = 5;

/// The host that the screen is about: that of what is selected, else the first that shows.
pub(super) fn host(store: &Store) -> Option<(&HostId, &Host)> {
    let selected = store.selected().map(|target| &target.host);
    selected
        .and_then(|id| store.world.hosts.get_key_value(id))
        .or_else(|| store.world.in_scope().next())
}

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, area: Area, store: &Store, look: &Look) {
    let Some((id, host)) = host(store) else {
        let left = vec![Part::new(0, 0).text("Pilothouse", look.strong())];
        write_both(
            buf,
            trim(area, 1, 1),
            (left, Vec::new()),
            look,
            &mut Vec::new(),
        );
        return;
    };
    let mut left = if store.world.shows_several() {
        several(store, look)
    } else {
        alone(store, id, host, look)
    };
    if store.is_read_only(id) {
        left.push(Part::new(1, 2).text("read-only", look.tone(Tone::Busy)));
    }
    if let Some(Link::Up { address, .. }) = &host.link
        && address.is_unverified()
    {
        let text = format!("{} TLS not verified", look.glyphs.unhealthy);
        left.push(Part::new(1, 2).text(text, look.tone(Tone::Warn)));
    }
    if store.roster.is_protected(id) {
        left.push(Part::new(1, 2).text("protected", look.tone(Tone::Warn)));
    }
    if let Some(text) = trouble(store, id, look) {
        // what goes wrong comes before what is merely good to know; where it is one host of
        // several, the counts of all come first
        let rank = if store.world.shows_several() { 6 } else { 2 };
        left.push(Part::new(rank, 2).text(text, look.tone(Tone::Warn)));
    }
    let mut right = Vec::new();
    if store
        .world
        .in_scope()
        .any(|(_, host)| host.loaded.is_some())
    {
        counts(store, look, &mut right);
        totals(store, look, &mut right);
    }
    write_both(buf, trim(area, 1, 1), (left, right), look, &mut Vec::new());
}

/// One host: its name, its engine, its connection; and how many others there are.
fn alone(store: &Store, id: &HostId, host: &Host, look: &Look) -> Vec<Part> {
    let style = look.host(store, id).add_modifier(Modifier::BOLD);
    let mut parts = vec![Part::new(0, 0).text(id.to_string(), style)];
    if !host.info.version.is_empty() {
        let engine = format!("{} {}", host.info.engine, host.info.version);
        parts.push(Part::new(6, 2).text(engine, look.dim()));
    }
    parts.push(badge(store, host, look));
    if let Some(by) = host.late() {
        let text = format!("{} late", latency(by));
        parts.push(Part::new(1, 1).text(text, look.tone(Tone::Warn)));
    }
    let all = store.world.hosts.len();
    if all > 1 {
        parts.push(Part::new(4, 2).text(format!("1 of {all} hosts"), look.dim()));
        let others = store.world.hosts.iter().filter(|(other, _)| *other != id);
        parts.extend(lost(
            store,
            others.map(|(_, host)| host),
            "others lost",
            look,
        ));
    }
    parts
}

/// `3 hosts  ● 2 live  ▲ 1 lost (retry 4s)  edge 213 ms late`
fn several(store: &Store, look: &Look) -> Vec<Part> {
    let hosts = || store.world.hosts.values();
    let all = plural(store.world.hosts.len(), "host");
    let mut parts = vec![Part::new(0, 0).text(all, look.strong())];
    let live = hosts().filter(|host| host.is_up()).count();
    if live > 0 {
        let text = format!("{} {live} live", look.glyphs.running);
        parts.push(Part::new(1, 2).text(text, look.tone(Tone::Good)));
    }
    let connecting = |host: &&Host| matches!(host.link, None | Some(Link::Connecting { .. }));
    let connecting = hosts().filter(connecting).count();
    if connecting > 0 {
        let text = format!("{} {connecting} connecting", look.glyphs.starting);
        parts.push(Part::new(1, 2).text(text, look.tone(Tone::Busy)));
    }
    parts.extend(lost(store, hosts(), "lost", look));
    parts.extend(late(store, look));
    parts
}

/// Which hosts answer late, and how late where it is one. For as long as the same hosts are late
/// only that number changes.
fn late(store: &Store, look: &Look) -> Option<Part> {
    let late = |(id, host): (&HostId, &Host)| Some((id.to_string(), host.late()?));
    let late: Vec<_> = store.world.hosts.iter().filter_map(late).collect();
    let text = match late.as_slice() {
        [] => return None,
        [(name, by)] => format!("{} {} late", ellipsis(name, LATE_NAMES), latency(*by)),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            let names = ellipsis(&names.join(", "), LATE_NAMES);
            format!("{} late: {names}", several.len())
        }
    };
    Some(Part::new(2, 2).text(text, look.tone(Tone::Warn)))
}

/// How many of some hosts do not answer, and when the next of them is tried.
fn lost<'a>(
    store: &Store,
    hosts: impl Iterator<Item = &'a Host>,
    word: &str,
    look: &Look,
) -> Option<Part> {
    let retries = hosts.filter_map(|host| match host.link {
        Some(Link::Down { retry, .. }) => Some(retry),
        Some(Link::Up { .. } | Link::Connecting { .. }) | None => None,
    });
    let retries: Vec<Time> = retries.collect();
    let secs = retries.iter().min()?.since(store.now).as_secs();
    let text = format!(
        "{} {} {word} (retry {secs}s)",
        look.glyphs.unhealthy,
        retries.len()
    );
    Some(Part::new(1, 2).text(text, look.tone(Tone::Bad)))
}

/// What is wrong although the connection goes on, on the host here or else on another.
fn trouble(store: &Store, here: &HostId, look: &Look) -> Option<String> {
    let troubled = |(id, host): (&HostId, &Host)| {
        let (_, problem) = host.trouble.as_ref().filter(|_| host.is_up())?;
        Some((id == here, id.clone(), problem.summary.clone()))
    };
    let mut troubled: Vec<_> = store.world.in_scope().filter_map(troubled).collect();
    troubled.sort_by_key(|(is_here, ..)| !is_here);
    let (_, id, summary) = troubled.into_iter().next()?;
    let on = match store.world.shows_several() {
        true => format!("{id}: "),
        false => String::new(),
    };
    let summary = ellipsis(&summary, 40);
    Some(format!("{} {on}{summary}", look.glyphs.unhealthy))
}

/// Whether the engine answers: a shape, a word, a tone.
fn badge(store: &Store, host: &Host, look: &Look) -> Part {
    let again = |retry: Time| match retry.since(store.now).as_secs() {
        0 => "again now".to_owned(),
        secs => format!("again in {secs}s"),
    };
    let (shape, word, tone) = match &host.link {
        None => (look.glyphs.starting, "connecting".to_owned(), Tone::Busy),
        Some(Link::Connecting { since }) => {
            let waited = store.now.since(*since);
            let word = if waited.as_secs() < 2 {
                "connecting".to_owned()
            } else {
                format!("connecting for {}", span(waited))
            };
            (look.glyphs.starting, word, Tone::Busy)
        }
        Some(Link::Up { .. }) => (look.glyphs.running, "live".to_owned(), Tone::Good),
        Some(Link::Down { since, retry, .. }) => {
            let word = match since {
                Some(since) => format!(
                    "lost {} ago · {}",
                    span(store.now.since(*since)),
                    again(*retry)
                ),
                None => format!("no engine · {}", again(*retry)),
            };
            (look.glyphs.failed, word, Tone::Bad)
        }
    };
    Part::new(1, 2).text(format!("{shape} {word}"), look.tone(tone))
}

fn counts(store: &Store, look: &Look, parts: &mut Vec<Part>) {
    let counts = store.world.counts();
    let mut gap = 3;
    let mut say = |rank: u8, shape: &str, number: usize, word: &str, tone: Tone| {
        let bright = if tone == Tone::Text {
            look.text()
        } else {
            look.tone(tone)
        };
        let dim = if tone == Tone::Text {
            look.dim()
        } else {
            bright
        };
        let part = Part::new(rank, gap)
            .text(format!("{shape}{}", count(number as u64)), bright)
            .text(format!(" {word}"), dim);
        parts.push(part);
        gap = 2;
    };
    say(3, "", counts.running, "running", Tone::Text);
    if counts.paused > 0 {
        say(8, "", counts.paused, "paused", Tone::Text);
    }
    if counts.exited > 0 {
        say(5, "", counts.exited, "exited", Tone::Text);
    }
    if counts.created > 0 {
        say(9, "", counts.created, "created", Tone::Text);
    }
    if counts.restarting > 0 {
        let shape = format!("{} ", look.glyphs.starting);
        say(4, &shape, counts.restarting, "restarting", Tone::Warn);
    }
    if counts.unhealthy > 0 {
        let shape = format!("{} ", look.glyphs.unhealthy);
        say(2, &shape, counts.unhealthy, "unhealthy", Tone::Warn);
    }
}

fn totals(store: &Store, look: &Look, parts: &mut Vec<Part>) {
    let usage = store.world.usage(store.now);
    let totals = usage.totals;
    if totals.counted == 0 {
        return;
    }
    let curve = |values: Vec<f32>, max: Option<f32>| Curve {
        values,
        end: usage.end,
        max,
        levels: look.levels(false),
        columns: SPARK,
        every: EVERY,
    };
    let label = look.dim();
    let mut cpu = Part::new(2, 3)
        .text("cpu ", label)
        .text(format!("{:>5}", percent(totals.cpu)), look.text())
        .text(" %", label);
    if totals.counted < totals.running {
        let (counted, running) = (totals.counted as u64, totals.running as u64);
        let of = format!(" · {} of {}", count(counted), count(running));
        cpu = cpu.text(of, label);
    }
    parts.push(cpu);
    let most = usage.cpu.iter().copied().fold(100.0, f32::max);
    parts.push(Part::new(9, 1).spark(curve(usage.cpu.clone(), Some(most))));
    let mut memory = Part::new(4, 3)
        .text("mem ", label)
        .text(format!("{:>5}", bytes_short(totals.memory)), look.text());
    if usage.machine > 0 {
        memory = memory.text(format!("/{}", bytes_short(usage.machine)), label);
    }
    parts.push(memory);
    let limit = (usage.machine > 0).then_some(usage.machine as f32);
    let mut memory = curve(usage.memory.clone(), limit);
    memory.levels = look.levels(limit.is_some());
    parts.push(Part::new(10, 1).spark(memory));
}
