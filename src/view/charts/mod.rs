//! Pictures of numbers over time: sparklines of one row and line charts. They are given values
//! and styles and know nothing of where those come from.

mod line;
mod spark;

use ratatui::style::Style;

use super::theme::{Role, Theme};

pub use line::{Plot, Sheet, chart};
pub use spark::{SECONDS_PER_CELL, Spark, sparkline};

/// Share of a limit above which a value is worth a look, and above which it is wrong.
pub const WARN_SHARE: f32 = 0.75;
/// See [`WARN_SHARE`].
pub const BAD_SHARE: f32 = 0.9;

/// Styles by the share of the limit that a value takes.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// Up to [`WARN_SHARE`].
    pub good: Style,
    /// Above [`WARN_SHARE`].
    pub warn: Style,
    /// Above [`BAD_SHARE`].
    pub bad: Style,
}

impl Levels {
    /// The theme's good, warn and bad, for values that have a limit.
    pub fn of(theme: &Theme) -> Self {
        Self {
            good: theme.style(Role::Good),
            warn: theme.style(Role::Warn),
            bad: theme.style(Role::Bad),
        }
    }

    /// One style, for values without a limit.
    pub const fn plain(style: Style) -> Self {
        Self {
            good: style,
            warn: style,
            bad: style,
        }
    }

    /// The style of a share of the limit, 0 to 1.
    pub fn at(&self, share: f32) -> Style {
        if share > BAD_SHARE {
            self.bad
        } else if share > WARN_SHARE {
            self.warn
        } else {
            self.good
        }
    }
}

/// The greatest value of some; a gap when there is none.
fn greatest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(f32::NAN, f32::max)
}

#[cfg(test)]
#[path = "charts_tests.rs"]
mod tests;
