//! The shapes on the screen, in Unicode and in ASCII. Each takes one column. What a shape stands
//! for is decided here once; where it stands is the screens' business.

use ratatui::symbols::border;

/// A set of shapes; every string is one column wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named by what each shows")]
pub struct Glyphs {
    pub running: &'static str,
    pub starting: &'static str,
    pub healthy: &'static str,
    pub unhealthy: &'static str,
    pub paused: &'static str,
    pub exited: &'static str,
    pub failed: &'static str,
    /// At the left edge of the selected row.
    pub bar: &'static str,
    /// Before a marked row.
    pub mark: &'static str,
    pub folded: &'static str,
    pub unfolded: &'static str,
    /// Where text was cut.
    pub ellipsis: &'static str,
    /// Received, read.
    pub down: &'static str,
    /// Sent, written.
    pub up: &'static str,
    /// From the host's port to the container's.
    pub to: &'static str,
    pub left: &'static str,
    pub right: &'static str,
    /// Behind a column that sorts upwards, downwards.
    pub ascending: &'static str,
    pub descending: &'static str,
    pub check: &'static str,
    pub cross: &'static str,
    /// Between parts of one line.
    pub dot: &'static str,
    /// Where there is no value.
    pub none: &'static str,
    /// Thin rules and their crossings with a frame.
    pub horizontal: &'static str,
    pub vertical: &'static str,
    /// The line that a chart draws at a limit, and its grid.
    pub limit: &'static str,
    pub grid: &'static str,
    /// The frame of the focused pane and of dialogs.
    pub frame: border::Set<'static>,
    /// Eight heights, lowest first.
    pub levels: [&'static str; 8],
    /// Done and to be done of a progress bar.
    pub done: &'static str,
    pub todo: &'static str,
    /// A scroll bar's handle and its way.
    pub thumb: &'static str,
    pub track: &'static str,
    /// One turn of the spinner.
    pub spinner: &'static [&'static str],
    /// Whether charts may use braille.
    pub braille: bool,
}

/// The shapes of terminals that show Unicode.
pub const UNICODE: Glyphs = Glyphs {
    running: "●",
    starting: "◐",
    healthy: "✚",
    unhealthy: "▲",
    paused: "◌",
    exited: "○",
    failed: "✖",
    bar: "▌",
    mark: "◆",
    folded: "▸",
    unfolded: "▾",
    ellipsis: "…",
    down: "↓",
    up: "↑",
    to: "→",
    left: "‹",
    right: "›",
    ascending: "▴",
    descending: "▾",
    check: "✓",
    cross: "✗",
    dot: "·",
    none: "–",
    horizontal: "─",
    vertical: "│",
    limit: "╌",
    grid: "·",
    frame: border::ROUNDED,
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    done: "▓",
    todo: "░",
    thumb: "┃",
    track: "│",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
    braille: true,
};

/// The shapes of every terminal.
pub const ASCII: Glyphs = Glyphs {
    running: "*",
    starting: "~",
    healthy: "+",
    unhealthy: "!",
    paused: "=",
    exited: "o",
    failed: "x",
    bar: ">",
    mark: "#",
    folded: ">",
    unfolded: "v",
    ellipsis: "~",
    down: "v",
    up: "^",
    to: ">",
    left: "<",
    right: ">",
    ascending: "^",
    descending: "v",
    check: "+",
    cross: "x",
    dot: ".",
    none: "-",
    horizontal: "-",
    vertical: "|",
    limit: "-",
    grid: ".",
    frame: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    levels: ["_", ".", ":", "-", "=", "+", "*", "#"],
    done: "#",
    todo: ".",
    thumb: "#",
    track: "|",
    spinner: &["|", "/", "-", "\\"],
    braille: false,
};

impl Glyphs {
    /// The set that the settings ask for.
    pub const fn new(ascii: bool) -> &'static Self {
        if ascii { &ASCII } else { &UNICODE }
    }

    /// The spinner's shape at a count of frames.
    pub fn spin(&self, count: usize) -> &'static str {
        self.spinner
            .get(count % self.spinner.len().max(1))
            .copied()
            .unwrap_or(self.dot)
    }

    /// The shape of a height between 0 and 1, for a value that exists: zero has a shape too. The
    /// eighth height is left out, so that one row does not grow into the row above it.
    pub fn level(&self, share: f32) -> &'static str {
        let [levels @ .., _] = &self.levels;
        let step = (share.clamp(0.0, 1.0) * levels.len() as f32) as usize;
        levels[step.min(levels.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::{is_harmless, width};

    fn all(glyphs: &Glyphs) -> Vec<&'static str> {
        let frame = glyphs.frame;
        let mut all = vec![
            glyphs.running,
            glyphs.starting,
            glyphs.healthy,
            glyphs.unhealthy,
            glyphs.paused,
            glyphs.exited,
            glyphs.failed,
            glyphs.bar,
            glyphs.mark,
            glyphs.folded,
            glyphs.unfolded,
            glyphs.ellipsis,
            glyphs.down,
            glyphs.up,
            glyphs.to,
            glyphs.left,
            glyphs.right,
            glyphs.ascending,
            glyphs.descending,
            glyphs.check,
            glyphs.cross,
            glyphs.dot,
            glyphs.none,
            glyphs.horizontal,
            glyphs.vertical,
            glyphs.limit,
            glyphs.grid,
            frame.top_left,
            frame.bottom_right,
            glyphs.done,
            glyphs.todo,
            glyphs.thumb,
            glyphs.track,
        ];
        all.extend(glyphs.levels);
        all.extend(glyphs.spinner);
        all
    }

    #[test]
    fn every_shape_takes_one_column() {
        for glyphs in [&UNICODE, &ASCII] {
            for shape in all(glyphs) {
                assert_eq!(width(shape), 1, "{shape}");
                assert!(shape.chars().all(is_harmless), "{shape}");
            }
        }
        assert!(all(&ASCII).iter().all(|shape| shape.is_ascii()));
    }

    #[test]
    fn states_differ_by_shape_alone() {
        for glyphs in [&UNICODE, &ASCII] {
            let mut states = all(glyphs)[..7].to_vec();
            states.sort_unstable();
            states.dedup();
            assert_eq!(states.len(), 7);
        }
    }

    #[test]
    fn levels_rise() {
        assert_eq!(UNICODE.level(0.0), "▁");
        assert_eq!(UNICODE.level(0.5), "▄");
        assert_eq!(UNICODE.level(1.0), "▇");
        assert_eq!(UNICODE.level(7.0), "▇");
        assert_eq!(UNICODE.level(f32::NAN), "▁");
        assert_eq!(UNICODE.spin(11), "⠙");
    }
}
