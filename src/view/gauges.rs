//! Two rows of figures and sparklines above a log: what the container uses now.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::list_row::curve;
use super::look::Look;
use super::pen::{Part, Pen, columns, row, trim, write_both};
use crate::model::Ref;
use crate::model::container::State;
use crate::model::ending::Verdict;
use crate::model::input::Area;
use crate::model::stats::Metric;
use crate::model::units::{bytes, percent, rate_short, span};
use crate::resource::Tone;
use crate::resource::containers::Item;
use crate::store::Store;
use crate::store::actions::find;
use crate::store::message::{Painted, Spot};
use crate::store::why::summary;

/// Seconds of each column of a sparkline.
const EVERY: u16 = 5;

/// One figure: what stands before its sparkline, and behind it.
struct Gauge {
    before: Vec<(String, Style)>,
    metric: Metric,
    after: Vec<(String, Style)>,
}

/// Draws them in the first two rows of an area.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    target: &Ref,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let Some(item) = store.world.item(target, store.now) else {
        return;
    };
    if item.sample().is_none() {
        if let Some(verdict) = summary(store, target) {
            ended(buf, area, &verdict, &item, store, look, painted);
        } else {
            no_figures(buf, area, &item, look);
        }
        return;
    }
    let half = area.width.saturating_sub(2) / 2;
    let left = Area {
        width: half,
        ..area
    };
    let right = trim(area, half + 2, 0);
    for (place, gauge) in [
        (row(left, 0), cpu(&item, look)),
        (row(right, 0), memory(&item, look)),
        (
            row(left, 1),
            pair(&item, "net  ", (Metric::Rx, Metric::Tx), look),
        ),
        (
            row(right, 1),
            pair(&item, "disk ", (Metric::Read, Metric::Written), look),
        ),
    ] {
        write(buf, place, gauge, &item, look);
    }
}

/// Why there are none.
fn no_figures(buf: &mut Buffer, area: Area, item: &Item<'_>, look: &Look) {
    if let Some(problem) = item.fault() {
        let mut pen = Pen::new(buf, area);
        let warn = look.tone(Tone::Warn);
        pen.write(&format!("{} ", look.glyphs.unhealthy), warn);
        pen.write_short(&problem.summary, pen.left(), warn, look);
        let more = said(&problem.detail, &problem.hint);
        let mut pen = Pen::new(buf, row(area, 1));
        pen.skip(2);
        pen.write_short(&more, pen.left(), look.dim(), look);
        return;
    }
    let text = match item.container.state {
        State::Paused => "no figures: it is paused",
        _ if item.container.is_alive() => "no figures yet",
        _ => "no figures: it does not run",
    };
    Pen::new(buf, area).write(text, look.dim());
}

/// The engine's words if there are any, else what to do.
fn said(detail: &str, hint: &str) -> String {
    if detail.is_empty() { hint } else { detail }.to_owned()
}

/// Of one that ended: how, when, and what usually helps.
fn ended(
    buf: &mut Buffer,
    area: Area,
    verdict: &Verdict,
    item: &Item<'_>,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let tone = if verdict.well { Tone::Dim } else { Tone::Bad };
    let mut left = vec![Part::new(0, 0).text(verdict.title.clone(), look.tone(tone))];
    let brief = item.container.brief.as_ref();
    if let Some(finished) = brief.and_then(|brief| brief.finished) {
        let ago = format!("{} ago", span(store.now.since(finished)));
        left.push(Part::new(2, 2).text(ago, look.dim()));
    }
    let mut right = Vec::new();
    if let Some(action) = find("container.why") {
        let key = Part::new(3, 2)
            .text(store.keymap.key_text(action), look.accent())
            .text(" why", look.dim());
        right.push(key.spot(Spot::Action(action.id)));
    }
    write_both(buf, row(area, 0), (left, right), look, &mut painted.spots);
    let help = verdict.helps.first().copied().unwrap_or(&verdict.why);
    let room = area.width;
    Pen::new(buf, row(area, 1)).write_short(help, room, look.dim(), look);
}

fn write(buf: &mut Buffer, place: Area, mut gauge: Gauge, item: &Item<'_>, look: &Look) {
    let behind: u16 = gauge.after.iter().map(|(text, _)| columns(text)).sum();
    let before: u16 = gauge.before.iter().map(|(text, _)| columns(text)).sum();
    if gauge.metric == Metric::Memory && before + behind + 5 > place.width {
        // the limit is in the share; the figure and its history say more
        gauge.before.truncate(2);
    }
    let mut pen = Pen::new(buf, place);
    for (text, style) in &gauge.before {
        pen.write(text, *style);
    }
    pen.skip(1);
    let room = pen.left().saturating_sub(behind).min(60);
    if room >= 3
        && let Some(trend) = item.trend(gauge.metric, usize::from(room * EVERY))
    {
        let curve = curve(trend, look, room, EVERY);
        curve.draw(pen.buf, pen.x, pen.y, look);
        pen.skip(room);
        for (text, style) in &gauge.after {
            pen.write(text, *style);
        }
    }
}

fn cpu(item: &Item<'_>, look: &Look) -> Gauge {
    let value = item.sample().map_or(0.0, |sample| sample.cpu);
    Gauge {
        before: vec![
            ("cpu  ".to_owned(), look.dim()),
            (format!("{:>5}", percent(value)), look.text()),
            (" %".to_owned(), look.dim()),
        ],
        metric: Metric::Cpu,
        after: Vec::new(),
    }
}

fn memory(item: &Item<'_>, look: &Look) -> Gauge {
    let sample = item.sample().copied().unwrap_or_default();
    let mut before = vec![
        ("mem  ".to_owned(), look.dim()),
        (format!("{:>7}", bytes(sample.memory)), look.text()),
    ];
    let mut after = Vec::new();
    if let Some(limit) = item.own_limit() {
        before.push((format!("/{}", bytes(limit as u64)), look.dim()));
        let share = sample.memory_percent().unwrap_or(0.0);
        let style = if share > 75.0 {
            look.levels(true).at(share / 100.0)
        } else {
            look.text()
        };
        after.push((format!(" {share:>3.0}%"), style));
    }
    Gauge {
        before,
        metric: Metric::Memory,
        after,
    }
}

fn pair(item: &Item<'_>, label: &'static str, (down, up): (Metric, Metric), look: &Look) -> Gauge {
    let rate = |metric| {
        item.series
            .and_then(|series| series.latest(metric))
            .map_or_else(|| look.glyphs.none.to_owned(), rate_short)
    };
    Gauge {
        before: vec![
            (label.to_owned(), look.dim()),
            (look.glyphs.down.to_owned(), look.dim()),
            (format!("{:>5}", rate(down)), look.text()),
            (format!(" {}", look.glyphs.up), look.dim()),
            (format!("{:>5}", rate(up)), look.text()),
            ("/s".to_owned(), look.dim()),
        ],
        metric: up,
        after: Vec::new(),
    }
}
