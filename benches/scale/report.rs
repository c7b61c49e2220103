//! What was measured, as the Markdown table that `docs/performance.md` holds.

use std::fmt::Write;

use super::outside::table::{beside, digits, grouped, shown};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    First,
    Replayed,
    Idle,
    Checked,
    Memory,
    Keys,
    Terminal,
    Requests,
    Received,
    EventCpu,
    EventRequests,
    EventWrong,
}

/// Which figures the table has, at which size, and what they are to reach.
const ROWS: &[(Measure, usize, &[f64])] = &[
    (Measure::First, 10, &[12.0]),
    (Measure::First, 1_000, &[25.0]),
    (Measure::First, 5_000, &[60.0]),
    (Measure::First, 10_000, &[130.0]),
    (Measure::Replayed, 1_000, &[]),
    (Measure::Replayed, 5_000, &[]),
    (Measure::Replayed, 10_000, &[]),
    (Measure::Idle, 100, &[0.5]),
    (Measure::Idle, 1_000, &[1.0]),
    (Measure::Idle, 5_000, &[1.0]),
    (Measure::Idle, 10_000, &[1.0]),
    (Measure::Checked, 10_000, &[2.0]),
    (Measure::Memory, 1_000, &[15.0]),
    (Measure::Memory, 5_000, &[40.0]),
    (Measure::Memory, 10_000, &[60.0]),
    (Measure::Keys, 100, &[2.0, 4.0]),
    (Measure::Keys, 5_000, &[3.0, 6.0]),
    (Measure::Keys, 10_000, &[3.0, 6.0]),
    (Measure::Terminal, 1_000, &[1_500.0]),
    (Measure::Requests, 1_000, &[0.1]),
    (Measure::Received, 1_000, &[150.0]),
    (Measure::EventCpu, 100, &[1.5]),
    (Measure::EventRequests, 100, &[8.0]),
    (Measure::EventWrong, 100, &[0.0]),
];

impl Measure {
    fn title(self) -> &'static str {
        match self {
            Self::First => "first frame with the list, ms",
            Self::Replayed => "the same, the engine's answers played from memory",
            Self::Idle => "idle CPU, % of one core",
            Self::Checked => "the same, every third checked every 30 s",
            Self::Memory => "memory, MB",
            Self::Keys => "key p50 / p99, ms",
            Self::Terminal => "bytes a second to the terminal",
            Self::Requests => "requests a second",
            Self::Received => "kB a second from the engine",
            Self::EventCpu => "50 events a second: CPU %",
            Self::EventRequests => "50 events a second: requests a second",
            Self::EventWrong => "50 events a second: rows wrong after 0.5 s, of those checked",
        }
    }
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What, at which size, of which program by its place, and the figures.
    figures: Vec<(Measure, usize, usize, Vec<f64>)>,
}

impl Report {
    /// Takes in what was measured of a program.
    pub(crate) fn add(&mut self, measure: Measure, size: usize, program: usize, figures: &[f64]) {
        self.figures
            .push((measure, size, program, figures.to_vec()));
    }

    fn of(&self, measure: Measure, size: usize, program: usize) -> Option<&[f64]> {
        let found = self
            .figures
            .iter()
            .find(|(m, s, p, _)| (*m, *s, *p) == (measure, size, program));
        found.map(|(.., figures)| figures.as_slice())
    }

    /// The table. What the first program misses is set in bold; beside a peer's figure stands how
    /// many times the first program's it is.
    pub(crate) fn markdown(&self, programs: &[&str]) -> String {
        let mut table = String::from("| | N | reach |");
        for program in programs {
            // writing to a String cannot fail
            let _ = write!(table, " {program} |");
        }
        table.push('\n');
        table.push_str(&"| --- ".repeat(3 + programs.len()));
        table.push_str("|\n");
        let mut last = None;
        for (measure, count, reach) in ROWS {
            let Some(own) = self.of(*measure, *count, 0) else {
                continue;
            };
            let title = if last == Some(*measure) {
                ""
            } else {
                measure.title()
            };
            last = Some(*measure);
            let limits = reach.iter().map(|limit| grouped(*limit, 1));
            let wanted = match reach {
                [] => "–".to_owned(),
                _ => limits.collect::<Vec<_>>().join(" / "),
            };
            let size = grouped(*count as f64, 0);
            let _ = write!(table, "| {title} | {size} | {wanted} |");
            let _ = write!(table, " {} |", own_cell(own, reach));
            for peer in 1..programs.len() {
                let cell = match self.of(*measure, *count, peer) {
                    Some(theirs) => beside(theirs, own),
                    None => "–".to_owned(),
                };
                let _ = write!(table, " {cell} |");
            }
            table.push('\n');
        }
        table
    }
}

fn own_cell(figures: &[f64], reach: &[f64]) -> String {
    let cells = figures.iter().enumerate().map(|(place, figure)| {
        let text = shown(*figure);
        match reach.get(place) {
            // what is shown counts, not what rounding hides
            Some(limit) if rounded(*figure) > *limit => format!("**{text}**"),
            Some(_) | None => text,
        }
    });
    cells.collect::<Vec<_>>().join(" / ")
}

/// A figure as it is shown.
fn rounded(figure: f64) -> f64 {
    let scale = 10_f64.powi(i32::try_from(digits(figure)).unwrap_or(0));
    (figure * scale).round() / scale
}
