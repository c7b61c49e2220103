//! The figures of a container over five minutes, as charts: two by two where there is room, below
//! each other where there is less.

use std::slice::from_ref;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::charts::{Plot, Sheet, chart};
use super::look::Look;
use super::pen::{Part, Pen, row, total, trim, write, write_both};
use super::theme::Role;
use crate::model::Ref;
use crate::model::container::State;
use crate::model::input::Area;
use crate::model::stats::{Metric, SERIES_SECONDS, Series};
use crate::model::text::wrap;
use crate::model::units::{bytes_short, percent, rate_short, round_up, round_up_bytes};
use crate::resource::Tone;
use crate::resource::containers::Item;
use crate::store::Store;

/// A chart: its title and what it plots.
struct Chart {
    title: &'static str,
    plots: &'static [(Metric, &'static str)],
    unit: fn(f32) -> String,
    round: fn(f32) -> f32,
    limited: bool,
}

const CHARTS: [Chart; 4] = [
    Chart {
        title: "cpu",
        plots: &[(Metric::Cpu, "")],
        unit: |value| format!("{}%", percent(value)),
        round: round_up,
        limited: false,
    },
    Chart {
        title: "memory",
        plots: &[(Metric::Memory, "")],
        unit: |value| bytes_short(value.max(0.0) as u64),
        round: round_up_bytes,
        limited: true,
    },
    Chart {
        title: "network",
        plots: &[(Metric::Rx, "↓"), (Metric::Tx, "↑")],
        unit: |value| format!("{}/s", rate_short(value)),
        round: round_up_bytes,
        limited: false,
    },
    Chart {
        title: "disk",
        plots: &[(Metric::Read, "↓"), (Metric::Written, "↑")],
        unit: |value| format!("{}/s", rate_short(value)),
        round: round_up_bytes,
        limited: false,
    },
];

/// Columns from which charts stand beside each other, and rows that each takes at least.
const BESIDE: u16 = 70;
const LEAST: u16 = 5;
/// Columns between the figures of a chart.
const GAP: u16 = 3;

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, area: Area, target: &Ref, store: &Store, look: &Look) {
    let Some(item) = store.world.item(target, store.now) else {
        return;
    };
    if item.series.is_none() {
        none(buf, trim(area, 1, 1), &item, look);
        return;
    }
    last_line(buf, row(area, area.height.saturating_sub(1)), &item, look);
    let area = Area {
        height: area.height.saturating_sub(1),
        ..area
    };
    for (chart, place) in CHARTS.iter().zip(places(area)) {
        draw_one(buf, place, chart, &item, look);
    }
}

/// Why there is nothing to plot.
fn none(buf: &mut Buffer, area: Area, item: &Item<'_>, look: &Look) {
    let hint = item
        .fault()
        .map(|problem| format!("{} {}", look.glyphs.to, problem.hint))
        .unwrap_or_default();
    let texts = match item.fault() {
        Some(problem) => [
            (problem.summary.as_str(), look.tone(Tone::Warn)),
            (problem.detail.as_str(), look.dim()),
            (hint.as_str(), look.text()),
        ],
        None if item.container.is_alive() => [
            ("no samples yet", look.text()),
            ("the first comes within two seconds", look.dim()),
            ("", look.dim()),
        ],
        None => [
            ("it does not run", look.text()),
            (
                "there are no samples while a container is stopped",
                look.dim(),
            ),
            ("", look.dim()),
        ],
    };
    let mut y = area.height / 6;
    for (text, style) in texts {
        for piece in wrap(text, usize::from(area.width.max(1))).take(3) {
            Pen::new(buf, row(area, y)).write(piece, style);
            y += 1;
        }
    }
}

/// Two by two, or below each other; as many as have room.
fn places(area: Area) -> Vec<Area> {
    let beside = area.width >= BESIDE && area.height >= 2 * LEAST;
    let across = if beside { 2 } else { 1 };
    let down = (4 / across).min(area.height / LEAST).max(1);
    let width = if beside {
        area.width.saturating_sub(3) / 2
    } else {
        area.width
    };
    let mut places = Vec::new();
    for line in 0..down {
        let top = area.height * line / down;
        let bottom = area.height * (line + 1) / down;
        for column in 0..across {
            places.push(Area {
                x: area.x + column * (width + 3),
                y: area.y + top,
                width,
                // a blank row between two charts
                height: (bottom - top).saturating_sub(u16::from(line + 1 < down)),
            });
        }
    }
    places
}

fn draw_one(buf: &mut Buffer, area: Area, what: &Chart, item: &Item<'_>, look: &Look) {
    let Some(series) = item.series else { return };
    let mut left = vec![Part::new(0, 0).text(what.title, look.strong())];
    let mut curves: Vec<(Vec<f32>, Style)> = Vec::new();
    // where no samples come, the curve stays behind while time goes on
    let end = match item.sample() {
        Some(_) => series.newest(),
        None => item.now.0 / 1000,
    };
    for (place, (metric, sign)) in what.plots.iter().enumerate() {
        let style = look.series(place as u8);
        let now = item.sample().and(series.latest(*metric));
        let value = now.map_or_else(|| look.glyphs.none.to_owned(), what.unit);
        let mut part = Part::new(1, 2);
        if !sign.is_empty() {
            part = part.text(format!("{sign} "), style);
        }
        left.push(part.text(value, look.text()));
        curves.push((series.window(*metric, end, SERIES_SECONDS).collect(), style));
    }
    let limit = item.own_limit().filter(|_| what.limited);
    let limited = limit.map(|limit| {
        Part::new(1, GAP)
            .text("limit ", look.dim())
            .text((what.unit)(limit), look.text())
    });
    let room = area.width.saturating_sub(total(&left) + 4);
    let (right, rows) = spread(what, series, limited, (room, area), look);
    write_both(buf, row(area, 0), (left, right), look, &mut Vec::new());
    let top = 1 + rows.len() as u16;
    for (parts, y) in rows.into_iter().zip(1..) {
        write(
            &mut Pen::new(buf, row(area, y)),
            parts,
            look,
            &mut Vec::new(),
        );
    }
    let plots: Vec<Plot<'_>> = curves
        .iter()
        .map(|(values, style)| Plot {
            name: "",
            values,
            style: *style,
        })
        .collect();
    let sheet = Sheet {
        end,
        seconds: SERIES_SECONDS as u16,
        every: 5,
        max: None,
        limit,
        round: what.round,
        unit: &what.unit,
        legend: false,
        dim: look.dim(),
        text: look.text(),
        grid: look.border(),
        limit_style: look.theme.style(Role::Warn),
        glyphs: look.glyphs,
    };
    let below = Area {
        y: area.y.saturating_add(top),
        height: area.height.saturating_sub(top),
        ..area
    };
    chart(buf, below, &plots, &sheet);
}

/// Where least, mean and greatest of each plot stand: beside the title with the limit, in a row
/// below it, in a row for each plot; or the greatest alone, beside the title.
fn spread(
    what: &Chart,
    series: &Series,
    limited: Option<Part>,
    (room, area): (u16, Area),
    look: &Look,
) -> (Vec<Part>, Vec<Vec<Part>>) {
    let whole = summaries(what, series, look, true);
    let reserved = limited
        .as_ref()
        .map_or(0, |part| total(from_ref(part)) + GAP);
    let joined = |mut parts: Vec<Part>| {
        parts.extend(limited);
        parts
    };
    if total(&whole) + reserved <= room {
        return (joined(whole), Vec::new());
    }
    let rows = match total(&whole) <= area.width {
        true => vec![whole],
        false => whole.into_iter().map(|part| vec![part]).collect(),
    };
    let fits = rows.iter().all(|row| total(row) <= area.width);
    if fits && area.height >= LEAST + rows.len() as u16 {
        return (joined(Vec::new()), rows);
    }
    (joined(summaries(what, series, look, false)), Vec::new())
}

/// Least, mean and greatest of each plot over the history, or the greatest alone.
fn summaries(what: &Chart, series: &Series, look: &Look, whole: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    for (place, (metric, sign)) in (0_u8..).zip(what.plots) {
        let Some(summary) = series.summary(*metric) else {
            continue;
        };
        let mut part = Part::new(4 + place, GAP);
        if !sign.is_empty() {
            part = part.text(format!("{sign} "), look.series(place));
        }
        let values = [
            ("min ", summary.least),
            ("avg ", summary.mean),
            ("max ", summary.greatest),
        ];
        for (index, (name, value)) in values.into_iter().enumerate() {
            if whole || index == 2 {
                let blank = if whole && index > 0 { "  " } else { "" };
                part = part
                    .text(format!("{blank}{name}"), look.dim())
                    .text((what.unit)(value), look.text());
            }
        }
        parts.push(part);
    }
    parts
}

/// Processes, and what the figures mean.
fn last_line(buf: &mut Buffer, line: Area, item: &Item<'_>, look: &Look) {
    let mut left = Vec::new();
    match item.sample() {
        Some(sample) => {
            let part = Part::new(1, 0)
                .text("pids ", look.dim())
                .text(sample.pids.to_string(), look.text());
            left.push(part);
        }
        None => {
            let (text, style) = match (item.fault(), item.container.state) {
                (Some(problem), _) => (problem.summary.as_str(), look.tone(Tone::Warn)),
                (None, State::Running) => ("no samples just now", look.dim()),
                (None, State::Paused) => ("no samples now: it is paused", look.dim()),
                (None, _) => ("no samples now: it does not run", look.dim()),
            };
            left.push(Part::new(1, 0).text(text.to_owned(), style));
        }
    }
    let right = vec![Part::new(2, 2).text("100 % of cpu is one core", look.dim())];
    write_both(buf, line, (left, right), look, &mut Vec::new());
}
