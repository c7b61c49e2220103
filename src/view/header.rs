//! The first row: which host, whether it answers, how many containers, what they use. Parts drop
//! out by rank where it is narrow; no number is ever cut.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::look::Look;
use super::pen::{Curve, Part, trim, write_both};
use crate::model::input::Area;
use crate::model::text::ellipsis;
use crate::model::units::{bytes_short, count, percent, span};
use crate::model::{HostId, Link, Time};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::world::Host;

/// Columns of a sparkline.
const SPARK: u16 = 10;
/// Seconds of each of them.
const EVERY: u16 = 5;

/// The host that the screen is about: that of what is selected, else the first.
pub(super) fn host(store: &Store) -> Option<(&HostId, &Host)> {
    let selected = store.selected().map(|target| &target.host);
    selected
        .and_then(|id| store.world.hosts.get_key_value(id))
        .or_else(|| store.world.hosts.iter().next())
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
    let mut left = vec![Part::new(0, 0).text(id.to_string(), look.strong())];
    if !host.info.version.is_empty() {
        let engine = format!("{} {}", host.info.engine, host.info.version);
        left.push(Part::new(6, 2).text(engine, look.dim()));
    }
    left.push(badge(store, host, look));
    if store.read_only() {
        left.push(Part::new(1, 2).text("read-only", look.tone(Tone::Busy)));
    }
    if let Some(Link::Up { address, .. }) = &host.link
        && address.is_unverified()
    {
        let text = format!("{} TLS not verified", look.glyphs.unhealthy);
        left.push(Part::new(1, 2).text(text, look.tone(Tone::Warn)));
    }
    if let Some((_, problem)) = host.trouble.as_ref().filter(|_| is_up(host)) {
        let text = format!(
            "{} {}",
            look.glyphs.unhealthy,
            ellipsis(&problem.summary, 40)
        );
        // what goes wrong comes before what is merely good to know
        left.push(Part::new(2, 2).text(text, look.tone(Tone::Warn)));
    }
    let mut right = Vec::new();
    if host.loaded.is_some() {
        counts(store, look, &mut right);
        totals(store, host, look, &mut right);
    }
    write_both(buf, trim(area, 1, 1), (left, right), look, &mut Vec::new());
}

fn is_up(host: &Host) -> bool {
    host.link.as_ref().is_some_and(Link::is_up)
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
    if counts.restarting > 0 {
        let shape = format!("{} ", look.glyphs.starting);
        say(4, &shape, counts.restarting, "restarting", Tone::Warn);
    }
    if counts.unhealthy > 0 {
        let shape = format!("{} ", look.glyphs.unhealthy);
        say(2, &shape, counts.unhealthy, "unhealthy", Tone::Warn);
    }
}

fn totals(store: &Store, host: &Host, look: &Look, parts: &mut Vec<Part>) {
    let totals = host.totals(store.now);
    if totals.counted == 0 {
        return;
    }
    // counted so, the picture moves with the values and not between them
    let end = host.batches;
    let curve = |values: Vec<f32>, max: Option<f32>| Curve {
        values,
        end,
        max,
        levels: look.levels(false),
        columns: SPARK,
        every: EVERY,
    };
    let label = look.dim();
    let bright: Style = look.text().add_modifier(Modifier::empty());
    let mut cpu = Part::new(2, 3)
        .text("cpu ", label)
        .text(format!("{:>5}", percent(totals.cpu)), bright)
        .text(" %", label);
    if totals.counted < totals.running {
        cpu = cpu.text(
            format!(
                " · {} of {}",
                count(totals.counted as u64),
                count(totals.running as u64)
            ),
            label,
        );
    }
    parts.push(cpu);
    let values: Vec<f32> = host.cpu.iter().copied().collect();
    let most = values.iter().copied().fold(100.0, f32::max);
    parts.push(Part::new(9, 1).spark(curve(values, Some(most))));
    let mut memory = Part::new(4, 3)
        .text("mem ", label)
        .text(format!("{:>5}", bytes_short(totals.memory)), bright);
    if host.info.memory > 0 {
        memory = memory.text(format!("/{}", bytes_short(host.info.memory)), label);
    }
    parts.push(memory);
    let values: Vec<f32> = host.memory.iter().copied().collect();
    let limit = (host.info.memory > 0).then_some(host.info.memory as f32);
    let mut memory = curve(values, limit);
    memory.levels = look.levels(limit.is_some());
    parts.push(Part::new(10, 1).spark(memory));
}
