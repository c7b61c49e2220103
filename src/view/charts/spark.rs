//! Sparklines: one row of eighth blocks. No axes and no words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Levels;
use crate::model::units::round_up;
use crate::view::glyphs::Glyphs;
use crate::view::text::put;

/// Seconds that a cell of a list's sparkline covers.
pub const SECONDS_PER_CELL: u16 = 5;

/// How a sparkline is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Spark<'a> {
    /// The second of the newest value, Unix time.
    pub end: i64,
    /// Seconds that each cell covers.
    pub every: u16,
    /// The value of a full cell; none scales to the greatest value shown, rounded up.
    pub max: Option<f32>,
    /// Styles by share of `max`.
    pub levels: Levels,
    /// The shapes.
    pub glyphs: &'a Glyphs,
}

impl Spark<'_> {
    /// Seconds of values that a number of columns can show at most: what to ask a series for.
    pub fn seconds(&self, columns: u16) -> usize {
        usize::from(columns) * usize::from(self.every.max(1))
    }
}

/// Draws values, one a second, oldest first, the last being of second `spark.end`; NaN is a gap
/// and stays blank, a zero is the lowest block.
///
/// Each cell covers `every` seconds aligned to absolute time and shows the greatest value of
/// them. So the picture moves only once every `every` seconds, all sparklines of a screen at the
/// same moment, and in between only the last cell can change: few bytes go to the terminal.
pub fn sparkline(
    buf: &mut Buffer,
    area: impl Into<Rect>,
    values: impl IntoIterator<Item = f32>,
    spark: &Spark<'_>,
) {
    let area = area.into().intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let every = i64::from(spark.every.max(1));
    let columns = usize::from(area.width);
    let first = spark.end.div_euclid(every) - (columns as i64 - 1);
    let values: Vec<f32> = values.into_iter().collect();
    let mut cells = vec![f32::NAN; columns];
    for (age, value) in values.iter().rev().enumerate() {
        let bucket = (spark.end - age as i64).div_euclid(every) - first;
        let Some(cell) = usize::try_from(bucket)
            .ok()
            .and_then(|at| cells.get_mut(at))
        else {
            break;
        };
        *cell = cell.max(*value);
    }
    let max = spark
        .max
        .filter(|max| *max > 0.0)
        .unwrap_or_else(|| round_up(super::greatest(cells.iter().copied())));
    for (x, value) in (area.left()..area.right()).zip(&cells) {
        if value.is_nan() {
            put(buf, x, area.y, 1, " ", spark.levels.good);
        } else {
            let share = value / max;
            let block = spark.glyphs.level(share);
            put(buf, x, area.y, 1, block, spark.levels.at(share));
        }
    }
}
