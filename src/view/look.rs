//! How things look: the theme's styles and the terminal's shapes for what the store says. It
//! decides no places.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::charts::Levels;
use super::glyphs::Glyphs;
use super::text;
use super::theme::{Role, Theme};
use crate::model::HostId;
use crate::model::input::Area;
use crate::resource::{Mark, Tone};
use crate::store::Store;
use crate::store::actions;

/// Theme and shapes, as the settings and the terminal want them.
#[derive(Clone, Debug)]
pub struct Look {
    /// The colours, mapped to what the terminal shows.
    pub theme: Theme,
    /// The shapes.
    pub glyphs: &'static Glyphs,
}

/// Milliseconds that each shape of the spinner stands.
const SPIN: i64 = 120;

impl Look {
    /// A theme with the shapes of a terminal.
    pub fn new(theme: Theme, ascii: bool) -> Self {
        Self {
            theme,
            glyphs: Glyphs::new(ascii),
        }
    }

    /// What is read.
    pub(super) fn text(&self) -> Style {
        self.theme.style(Role::Text)
    }

    /// What stands around it.
    pub(super) fn dim(&self) -> Style {
        self.theme.style(Role::Dim)
    }

    /// Titles and keys.
    pub(super) fn accent(&self) -> Style {
        self.theme.style(Role::Accent)
    }

    /// Rules and frames.
    pub(super) fn border(&self) -> Style {
        self.theme.style(Role::Border)
    }

    /// Text that carries a screen: the subject's name.
    pub(super) fn strong(&self) -> Style {
        self.text().add_modifier(Modifier::BOLD)
    }

    /// A tone's style.
    pub(super) fn tone(&self, tone: Tone) -> Style {
        self.theme.style(match tone {
            Tone::Text => Role::Text,
            Tone::Dim => Role::Dim,
            Tone::Accent => Role::Accent,
            Tone::Good => Role::Good,
            Tone::Busy => Role::Busy,
            Tone::Warn => Role::Warn,
            Tone::Bad => Role::Bad,
        })
    }

    /// How a host's name looks: in the colour that the person gave it.
    pub(super) fn host(&self, store: &Store, host: &HostId) -> Style {
        let colour = store
            .roster
            .get(host)
            .and_then(|spec| spec.colour.as_deref());
        let role = colour.and_then(|colour| self.theme.nearest(colour));
        role.map_or_else(|| self.text(), |role| self.theme.style(role))
    }

    /// A state's shape.
    pub(super) fn state(&self, mark: Mark, store: &Store) -> &'static str {
        match mark {
            Mark::None => " ",
            Mark::Running => self.glyphs.running,
            Mark::Starting => self.glyphs.starting,
            Mark::Healthy => self.glyphs.healthy,
            Mark::Unhealthy => self.glyphs.unhealthy,
            Mark::Paused => self.glyphs.paused,
            Mark::Exited | Mark::Created => self.glyphs.exited,
            Mark::Failed => self.glyphs.failed,
            Mark::Busy => self.spin(store),
        }
    }

    /// The spinner now.
    pub(super) fn spin(&self, store: &Store) -> &'static str {
        let turn = store.now.0.div_euclid(SPIN);
        self.glyphs.spin(usize::try_from(turn).unwrap_or(0))
    }

    /// The mark before a line of standard error: thin, and no colour.
    pub(super) fn stderr(&self) -> &'static str {
        if self.glyphs.braille { "▏" } else { "!" }
    }

    /// Gives an area the look of what is under the cursor; what a search found keeps its own.
    pub(super) fn select(&self, buf: &mut Buffer, area: Area) {
        let found = self.theme.style(Role::Match).bg;
        text::restyle(buf, area, |style| {
            if found.is_some() && style.bg == found {
                style
            } else {
                self.theme.on_selection(style)
            }
        });
    }

    /// How a sparkline or a line of a chart without a limit looks, by its place.
    pub(super) fn series(&self, place: u8) -> Style {
        self.theme.style(Role::Series(place))
    }

    /// Levels by share of a limit, where there is one.
    pub(super) fn levels(&self, limited: bool) -> Levels {
        if limited {
            Levels {
                good: self.series(0),
                ..Levels::of(&self.theme)
            }
        } else {
            Levels::plain(self.series(0))
        }
    }
}

/// The first key of an action as the person has it; empty when it has none.
pub(super) fn key(store: &Store, id: &str) -> String {
    actions::find(id)
        .map(|action| store.keymap.key_text(action))
        .unwrap_or_default()
}

/// Typographic characters of this program's own words, and what ASCII has for them.
const ASCII: [(&str, &str); 16] = [
    ("→", ">"),
    ("←", "<"),
    ("↓", "v"),
    ("↑", "^"),
    ("–", "-"),
    ("—", "-"),
    ("…", "~"),
    ("·", "."),
    ("•", "*"),
    ("“", "\""),
    ("”", "\""),
    ("’", "'"),
    ("●", "*"),
    ("×", "x"),
    ("≥", ">"),
    ("≤", "<"),
];

/// Replaces in all cells what a terminal without Unicode does not show.
pub(super) fn to_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        if let Some((_, plain)) = ASCII.iter().find(|(shape, _)| *shape == symbol) {
            cell.set_symbol(plain);
        }
    }
}
