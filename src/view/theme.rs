//! Themes: about twenty roles and the colours that play them. A screen asks for a role and never
//! for a colour; nothing here draws.

use std::fs;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::colour::{Depth, Rgb};
use crate::model::log::{Colour, Look};
use crate::model::text::nearest;

/// What a piece of the screen means; a theme says how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Values, names: what is read.
    Text,
    /// Units, headers, labels, separators.
    Dim,
    /// Titles and keys.
    Accent,
    /// Rules and frames.
    Border,
    /// The frame of the pane that has the keys.
    Focus,
    /// Behind the selected row.
    Selection,
    /// The glyph of a marked row.
    Mark,
    /// Behind what a search found.
    Match,
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// The whole screen.
    Background,
    /// One of eight colours that tell things apart; counts on from 0, in a circle.
    Series(u8),
}

/// Every role by its name in a theme's file, in the order of [`Role::index`].
const ROLES: [&str; 21] = [
    "text",
    "dim",
    "accent",
    "border",
    "focus",
    "selection",
    "mark",
    "match",
    "good",
    "busy",
    "warn",
    "bad",
    "background",
    "series1",
    "series2",
    "series3",
    "series4",
    "series5",
    "series6",
    "series7",
    "series8",
];

impl Role {
    const fn index(self) -> usize {
        match self {
            Self::Text => 0,
            Self::Dim => 1,
            Self::Accent => 2,
            Self::Border => 3,
            Self::Focus => 4,
            Self::Selection => 5,
            Self::Mark => 6,
            Self::Match => 7,
            Self::Good => 8,
            Self::Busy => 9,
            Self::Warn => 10,
            Self::Bad => 11,
            Self::Background => 12,
            Self::Series(number) => 13 + (number % 8) as usize,
        }
    }

    /// Whether its colour lies behind text.
    const fn is_behind(index: usize) -> bool {
        matches!(index, 5 | 7 | 12)
    }
}

/// The themes that come with the program.
const SHIPPED: [(&str, &str); 10] = [
    ("harbor", include_str!("../../assets/themes/harbor.toml")),
    (
        "harbor-light",
        include_str!("../../assets/themes/harbor-light.toml"),
    ),
    (
        "contrast",
        include_str!("../../assets/themes/contrast.toml"),
    ),
    (MONO, include_str!("../../assets/themes/mono.toml")),
    (
        "catppuccin",
        include_str!("../../assets/themes/catppuccin.toml"),
    ),
    ("dracula", include_str!("../../assets/themes/dracula.toml")),
    ("gruvbox", include_str!("../../assets/themes/gruvbox.toml")),
    ("nord", include_str!("../../assets/themes/nord.toml")),
    (
        "solarized",
        include_str!("../../assets/themes/solarized.toml"),
    ),
    (
        "tokyo-night",
        include_str!("../../assets/themes/tokyo-night.toml"),
    ),
];
/// The theme without colours: also what a terminal without colours shows of every theme.
const MONO: &str = "mono";
/// The colours that a person can name, each by its place on the circle of colours.
const HUES: [(&str, f32); 8] = [
    ("red", 0.0),
    ("orange", 28.0),
    ("yellow", 50.0),
    ("green", 120.0),
    ("teal", 180.0),
    ("blue", 215.0),
    ("violet", 270.0),
    ("pink", 320.0),
];
/// Where a person's theme takes what it does not name.
const BASE: &str = "harbor";

/// How one role is painted, before it is mapped to a terminal's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Paint {
    /// None is the terminal's own.
    colour: Option<Rgb>,
    modifier: Modifier,
}

/// A theme, mapped to what the terminal shows.
#[derive(Clone, Debug)]
pub struct Theme {
    name: String,
    paints: [Paint; ROLES.len()],
    depth: Depth,
    styles: [Style; ROLES.len()],
}

impl Theme {
    /// The names of the themes that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Reads a theme for a terminal that shows all colours. A file `themes/NAME.toml` in the
    /// person's directory wins over a shipped theme; it names only the roles that it changes, the
    /// others come from the theme in its key `extends` (`harbor` without it).
    pub fn load(name: &str, user_dir: Option<&Path>) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if let Some(dir) = user_dir.filter(|_| !name.is_empty() && name.chars().all(plain)) {
            let path = dir.join("themes").join(format!("{name}.toml"));
            match fs::read_to_string(&path) {
                Ok(text) => return Self::read(name, &text, &path.display().to_string()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
        }
        match SHIPPED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::read(name, text, name),
            None => Err(match nearest(name, Self::names()) {
                Some(near) => format!("there is no theme `{name}`; did you mean `{near}`?"),
                None => format!(
                    "there is no theme `{name}`; there are {}",
                    Self::names().collect::<Vec<_>>().join(", ")
                ),
            }),
        }
    }

    fn read(name: &str, text: &str, place: &str) -> Result<Self, String> {
        let at = |offset: usize, message: &str| {
            let before = text.get(..offset).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            format!("{place}:{line}: {message}")
        };
        let table = DeTable::parse(text).map_err(|error| {
            at(
                error.span().map_or(0, |span| span.start),
                &error.message().replace('\n', ", "),
            )
        })?;
        let word = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(at(value.span().start, "expected text in quotes")),
        };
        let mut paints = [Paint::default(); ROLES.len()];
        if let Some(value) = table.get_ref().get("extends") {
            let base = word(value)?;
            paints = shipped(&base).ok_or_else(|| {
                at(
                    value.span().start,
                    &format!("`{base}` is no theme that comes with the program"),
                )
            })?;
        } else if place != name {
            paints = shipped(BASE).unwrap_or(paints);
        }
        for (key, value) in table.get_ref() {
            let known = ROLES
                .iter()
                .position(|role| *role == key.get_ref().as_ref());
            match known {
                Some(index) => {
                    paints[index] =
                        paint(&word(value)?).map_err(|message| at(value.span().start, &message))?;
                }
                None if key.get_ref() == "extends" => {}
                None => {
                    return Err(at(
                        key.span().start,
                        &format!(
                            "`{}` is no role; there are {} and extends",
                            key.get_ref(),
                            ROLES.join(", ")
                        ),
                    ));
                }
            }
        }
        Ok(Self::mapped(name.to_owned(), paints, Depth::Truecolor))
    }

    fn mapped(name: String, paints: [Paint; ROLES.len()], depth: Depth) -> Self {
        let mono = if depth == Depth::None && name != MONO {
            shipped(MONO)
        } else {
            None
        };
        let used = mono.unwrap_or(paints);
        let mut styles = [Style::new(); ROLES.len()];
        for (index, (style, paint)) in styles.iter_mut().zip(used).enumerate() {
            style.add_modifier = paint.modifier;
            let colour = paint.colour.and_then(|colour| colour.at(depth));
            if Role::is_behind(index) {
                style.bg = colour;
            } else {
                style.fg = colour;
            }
        }
        let [text, selection, ground] =
            [Role::Text, Role::Selection, Role::Background].map(Role::index);
        // With 16 colours a soft selection would fall together with the background.
        if depth == Depth::Ansi16 && styles[selection].bg.is_some() {
            let dark = used[ground]
                .colour
                .is_none_or(|colour| colour.luminance() < 0.3);
            styles[selection].bg = Some(Color::Indexed(if dark { 8 } else { 7 }));
        }
        let backdrop = styles[ground].bg;
        // So would the fainter of dark colours, whose blue is hardly seen on black.
        if depth == Depth::Ansi16 {
            let faint = [Role::Dim, Role::Border].map(Role::index);
            for (index, style) in styles.iter_mut().enumerate() {
                let lost = style.fg.is_some() && style.fg == backdrop;
                if lost || (faint.contains(&index) && style.fg == Some(Color::Indexed(4))) {
                    style.fg = Some(Color::Indexed(8));
                }
            }
        }
        if styles[ground].bg.is_some() {
            styles[ground].fg = styles[text].fg;
        }
        Self {
            name,
            paints,
            depth,
            styles,
        }
    }

    /// The same theme on a terminal of another depth.
    #[must_use]
    pub fn with_depth(self, depth: Depth) -> Self {
        Self::mapped(self.name, self.paints, depth)
    }

    /// The same theme on the terminal's own background.
    #[must_use]
    pub fn with_terminal_background(mut self) -> Self {
        self.paints[Role::Background.index()] = Paint::default();
        Self::mapped(self.name, self.paints, self.depth)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many colours it uses.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// How a role looks. Roles behind text (selection, match) say only the background, all others
    /// only the foreground, so that one can be laid over the other; the background says both.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role.index()]
    }

    /// The role whose colour is nearest to one that a person names, such as `red`; none where the
    /// theme has no colours, or nobody knows such a name.
    pub fn nearest(&self, name: &str) -> Option<Role> {
        let (_, wanted) = HUES.iter().find(|(known, _)| *known == name)?;
        let roles = [Role::Good, Role::Busy, Role::Warn, Role::Bad];
        let roles = roles.into_iter().chain((0..8).map(Role::Series));
        let distances = roles.filter_map(|role| {
            let hue = self.paints[role.index()].colour?.hue()?;
            let turn = (hue - wanted).abs();
            Some((turn.min(360.0 - turn), role))
        });
        let nearest = distances.min_by(|(one, _), (other, _)| one.total_cmp(other));
        nearest.map(|(_, role)| role)
    }

    /// A text's style on the selected row: its own colour, unless that would vanish there.
    pub fn on_selection(&self, style: Style) -> Style {
        let selection = self.style(Role::Selection);
        let mut style = style.patch(selection);
        if style.fg.is_some() && style.fg == selection.bg {
            style.fg = self.style(Role::Text).fg;
        }
        if selection.add_modifier.contains(Modifier::REVERSED) {
            // dim and reversed together are unreadable on many terminals
            style = style.remove_modifier(Modifier::DIM);
            style.add_modifier.remove(Modifier::DIM);
        }
        style
    }

    /// A text's style where a search found it.
    pub fn on_match(&self, style: Style) -> Style {
        let found = self.style(Role::Match);
        let mut style = style.patch(found);
        if found.bg.is_some() {
            style.fg = self.style(Role::Text).fg;
        }
        style
    }

    /// The style that a log line asks for, as far as the terminal shows it. A colour that would
    /// vanish on the theme's background is lifted until it can be read.
    pub fn log_style(&self, look: Look) -> Style {
        let mut style = Style::new();
        for (on, modifier) in [
            (look.bold, Modifier::BOLD),
            (look.dim, Modifier::DIM),
            (look.italic, Modifier::ITALIC),
            (look.underline, Modifier::UNDERLINED),
            (look.reverse, Modifier::REVERSED),
        ] {
            if on {
                style.add_modifier |= modifier;
            }
        }
        if self.depth == Depth::None || self.name == MONO {
            return style;
        }
        style.bg = look.bg.and_then(|colour| self.log_colour(colour));
        style.fg = look.fg.and_then(|colour| {
            let ground = self.paints[Role::Background.index()].colour;
            let text = self.paints[Role::Text.index()].colour;
            let own = match colour {
                Colour::Indexed(index) => Rgb::indexed(index),
                Colour::Rgb(r, g, b) => Rgb(r, g, b),
            };
            match (ground, text) {
                (Some(ground), Some(text))
                    if look.bg.is_none() && !look.reverse && own.contrast(ground) < 3.0 =>
                {
                    let lifted = (1..8_u8).map(|eighth| own.mix(text, f32::from(eighth) / 8.0));
                    lifted
                        .into_iter()
                        .find(|colour| colour.contrast(ground) >= 3.0)
                        .unwrap_or(text)
                        .at(self.depth)
                }
                _ => self.log_colour(colour),
            }
        });
        style
    }

    fn log_colour(&self, colour: Colour) -> Option<Color> {
        match colour {
            Colour::Indexed(index) if index < 16 || self.depth >= Depth::Ansi256 => {
                Some(Color::Indexed(index))
            }
            Colour::Indexed(index) => Rgb::indexed(index).at(self.depth),
            Colour::Rgb(r, g, b) => Rgb(r, g, b).at(self.depth),
        }
    }
}

fn shipped(name: &str) -> Option<[Paint; ROLES.len()]> {
    let (name, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    Theme::read(name, text, name).ok().map(|theme| theme.paints)
}

/// Reads `#4fb3bf`, `terminal`, `bold underline`, `#4fb3bf bold`.
fn paint(text: &str) -> Result<Paint, String> {
    let mut paint = Paint::default();
    for word in text.split_whitespace() {
        match word {
            "terminal" => paint.colour = None,
            "bold" => paint.modifier |= Modifier::BOLD,
            "dim" => paint.modifier |= Modifier::DIM,
            "italic" => paint.modifier |= Modifier::ITALIC,
            "underline" => paint.modifier |= Modifier::UNDERLINED,
            "reverse" => paint.modifier |= Modifier::REVERSED,
            _ => {
                paint.colour = Some(Rgb::parse(word).ok_or_else(|| {
                    format!(
                        "`{word}` is no colour: write #rrggbb or terminal, \
                         and bold, dim, italic, underline, reverse"
                    )
                })?);
            }
        }
    }
    Ok(paint)
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
