//! Line charts in braille (ASCII where the terminal has no Unicode): grid, axis labels, a dashed
//! limit, gaps, and least, mean and greatest beside each name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::model::text::width;
use crate::view::glyphs::Glyphs;
use crate::view::text::{put, put_right};

/// One line of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Plot<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// One value a second, oldest first, the last being of second [`Sheet::end`]; NaN is a gap.
    pub values: &'a [f32],
    /// Its style.
    pub style: Style,
}

/// What a chart is drawn on.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The second of the newest values, Unix time.
    pub end: i64,
    /// Seconds from the left edge to now.
    pub seconds: u16,
    /// The picture moves once in so many seconds; in between only its right end grows.
    pub every: u16,
    /// The value at the top; none takes the greatest value shown, rounded up, or the limit when
    /// the values come near it.
    pub max: Option<f32>,
    /// Where a dashed line is drawn, if it lies on the sheet.
    pub limit: Option<f32>,
    /// Rounds the greatest value up to the sheet's top: [`crate::model::units::round_up`] or
    /// [`crate::model::units::round_up_bytes`].
    pub round: fn(f32) -> f32,
    /// Writes a value with its unit.
    pub unit: &'a dyn Fn(f32) -> String,
    /// Whether a line above the chart names the plots with least, mean and greatest.
    pub legend: bool,
    /// Labels and figures' names.
    pub dim: Style,
    /// Figures.
    pub text: Style,
    /// The grid.
    pub grid: Style,
    /// The limit.
    pub limit_style: Style,
    /// The shapes.
    pub glyphs: &'a Glyphs,
}

/// Draws plots over each other. A small area loses the legend first, then the time labels, then
/// the value labels; one cell still shows something.
pub fn chart(buf: &mut Buffer, area: impl Into<Rect>, plots: &[Plot<'_>], sheet: &Sheet<'_>) {
    let mut area = area.into().intersection(buf.area);
    if area.is_empty() {
        return;
    }
    if sheet.legend && area.height >= 5 {
        legend(buf, area, plots, sheet);
        area.y += 1;
        area.height -= 1;
    }
    let seconds = sheet.seconds.max(1);
    let top = top(plots, sheet, usize::from(seconds));
    let with_times = area.height >= 4 && area.width >= 16;
    let rows = area.height - u16::from(with_times);
    let marks: Vec<(u16, String)> = if rows >= 3 && area.width >= 16 {
        let middle = (rows - 1) / 2;
        let share = |row: u16| 1.0 - f32::from(row) / f32::from(rows - 1);
        [0, middle, rows - 1]
            .map(|row| (row, (sheet.unit)(top * share(row))))
            .into()
    } else {
        Vec::new()
    };
    let labels = marks.iter().map(|(_, label)| width(label)).max();
    // one blank between labels and lines
    let labels = labels.map_or(0, |widest| (widest as u16 + 1).min(area.width / 2));
    let sheet_area = Rect::new(area.x + labels, area.y, area.width - labels, rows);
    for (row, label) in &marks {
        let y = area.y + row;
        put_right(buf, area.x, y, labels - 1, label, sheet.dim);
        for x in (sheet_area.left()..sheet_area.right()).step_by(2) {
            put(buf, x, y, 1, sheet.glyphs.grid, sheet.grid);
        }
    }
    if with_times {
        times(buf, sheet_area, area.bottom() - 1, seconds, sheet.dim);
    }
    if let Some(limit) = sheet.limit.filter(|limit| *limit > 0.0 && *limit <= top) {
        let y = sheet_area.y + row_of(limit / top, rows);
        for x in sheet_area.left()..sheet_area.right() {
            put(buf, x, y, 1, sheet.glyphs.limit, sheet.limit_style);
        }
    }
    for plot in plots {
        let dots = if sheet.glyphs.braille { 2 } else { 1 };
        let columns = columns(plot.values, sheet, usize::from(sheet_area.width) * dots);
        if sheet.glyphs.braille {
            braille(buf, sheet_area, &columns, top, plot.style);
        } else {
            ascii(buf, sheet_area, &columns, top, plot.style);
        }
    }
}

/// The value at the top of the sheet.
fn top(plots: &[Plot<'_>], sheet: &Sheet<'_>, seconds: usize) -> f32 {
    if let Some(max) = sheet.max.filter(|max| max.is_finite() && *max > 0.0) {
        return max;
    }
    let shown = plots
        .iter()
        .flat_map(|plot| plot.values.iter().rev().take(seconds).copied());
    let peak = super::greatest(shown.filter(|value| value.is_finite()));
    match sheet.limit {
        Some(limit) if limit > 0.0 && limit.is_finite() && peak > limit / 2.0 => peak.max(limit),
        _ => (sheet.round)(peak),
    }
}

/// The greatest value of each of `count` columns. The left edge lies on a multiple of `every`
/// seconds, so that the columns of a value stay the same until the picture moves.
fn columns(values: &[f32], sheet: &Sheet<'_>, count: usize) -> Vec<f32> {
    let every = i64::from(sheet.every.max(1));
    let seconds = i64::from(sheet.seconds.max(1));
    let end = (sheet.end.div_euclid(every) + 1) * every;
    let oldest = sheet.end - values.len() as i64 + 1;
    let value = |offset: i64| {
        let index = usize::try_from(end - seconds + offset - oldest).ok();
        index.and_then(|index| values.get(index)).copied()
    };
    let count = count.max(1) as i64;
    (0..count)
        .map(|column| {
            let from = column * seconds / count;
            let to = ((column + 1) * seconds / count).max(from + 1);
            super::greatest((from..to).filter_map(value))
        })
        .collect()
}

fn row_of(share: f32, rows: u16) -> u16 {
    let last = rows.saturating_sub(1);
    (f32::from(last) * (1.0 - share.clamp(0.0, 1.0))).round() as u16
}

/// Bits of a braille cell by column and row of its dots.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

fn braille(buf: &mut Buffer, area: Rect, columns: &[f32], top: f32, style: Style) {
    let rows = area.height.saturating_mul(4);
    let mut before: Option<u16> = None;
    for (column, value) in columns.iter().enumerate() {
        if value.is_nan() {
            before = None;
            continue;
        }
        let row = row_of(value / top, rows);
        // joined to the value before by a vertical stroke that begins beside it
        let (from, to) = match before {
            Some(last) if last < row => (last + 1, row),
            Some(last) if last > row => (row, last - 1),
            _ => (row, row),
        };
        for dot in from..=to {
            let x = area.x + (column / 2) as u16;
            let y = area.y + dot / 4;
            let bit = DOTS[column % 2][usize::from(dot % 4)];
            if let Some(cell) = buf.cell_mut((x, y)) {
                let has = cell.symbol().chars().next().map_or(0, |c| c as u32);
                let bits = if (0x2800..=0x28ff).contains(&has) {
                    has as u8
                } else {
                    0
                };
                if bits == 0 {
                    // the grid's or the limit's look goes with their shape
                    cell.modifier = Modifier::empty();
                }
                let shape = char::from_u32(0x2800 + u32::from(bits | bit)).unwrap_or(' ');
                cell.set_char(shape).set_style(style);
            }
        }
        before = Some(row);
    }
}

fn ascii(buf: &mut Buffer, area: Rect, columns: &[f32], top: f32, style: Style) {
    let mut before: Option<u16> = None;
    for (column, value) in columns.iter().enumerate() {
        if value.is_nan() {
            before = None;
            continue;
        }
        let row = row_of(value / top, area.height);
        let x = area.x + column as u16;
        let last = before.unwrap_or(row);
        for between in last.min(row)..=last.max(row) {
            let shape = if between == row { "*" } else { "|" };
            if between != last || between == row {
                if let Some(cell) = buf.cell_mut((x, area.y + between)) {
                    cell.modifier = Modifier::empty();
                }
                put(buf, x, area.y + between, 1, shape, style);
            }
        }
        before = Some(row);
    }
}

fn times(buf: &mut Buffer, area: Rect, y: u16, seconds: u16, style: Style) {
    let ago = |seconds: u16| {
        let text = if seconds.is_multiple_of(60) {
            format!("{}m", seconds / 60)
        } else if seconds > 60 {
            format!("{}m{}s", seconds / 60, seconds % 60)
        } else {
            format!("{seconds}s")
        };
        format!("{text} ago")
    };
    let left = put(buf, area.x, y, area.width, &ago(seconds), style);
    if area.width >= left + 4 {
        put_right(buf, area.x, y, area.width, "now", style);
    }
    let middle = ago(seconds / 2);
    let length = width(&middle) as u16;
    let start = (area.width / 2).saturating_sub(length / 2);
    if start > left + 2 && start + length + 5 < area.width {
        put(buf, area.x + start, y, length, &middle, style);
    }
}

fn legend(buf: &mut Buffer, area: Rect, plots: &[Plot<'_>], sheet: &Sheet<'_>) {
    let mut x = area.x;
    let mut write = |buf: &mut Buffer, text: &str, style: Style| {
        x += put(buf, x, area.y, area.right().saturating_sub(x), text, style);
    };
    for (index, plot) in plots.iter().enumerate() {
        if index > 0 {
            write(buf, "   ", sheet.dim);
        }
        write(buf, plot.name, plot.style);
        let (mut least, mut greatest) = (f32::INFINITY, f32::NEG_INFINITY);
        let (mut sum, mut count) = (0.0_f64, 0_u32);
        let shown = plot.values.iter().rev().take(usize::from(sheet.seconds));
        for value in shown.filter(|value| value.is_finite()) {
            least = least.min(*value);
            greatest = greatest.max(*value);
            sum += f64::from(*value);
            count += 1;
        }
        if count == 0 {
            write(buf, " no data yet", sheet.dim);
            continue;
        }
        let mean = (sum / f64::from(count)) as f32;
        for (name, value) in [("min", least), ("avg", mean), ("max", greatest)] {
            write(buf, &format!(" {name} "), sheet.dim);
            write(buf, &(sheet.unit)(value), sheet.text);
        }
    }
    if let Some(limit) = sheet.limit.filter(|limit| *limit > 0.0) {
        write(buf, "   limit ", sheet.dim);
        write(buf, &(sheet.unit)(limit), sheet.text);
    }
}
