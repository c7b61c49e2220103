//! Colours as red, green and blue: read, mixed, measured, and mapped down to what a terminal can
//! show. It knows no theme and no role.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: bold, dim, underline and reverse alone.
    None,
    /// The 16 that the person's terminal defines.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// Red, green and blue, eight bits each.
    #[default]
    Truecolor,
}

/// Beginnings of `TERM` whose terminals show all colours, for lines where COLORTERM is lost.
const TRUECOLOR_TERMS: [&str; 8] = [
    "xterm-kitty",
    "xterm-ghostty",
    "alacritty",
    "foot",
    "wezterm",
    "contour",
    "iterm2",
    "rio",
];

impl Depth {
    /// What the environment says of the terminal; `env` gives the value of a variable.
    pub fn detect(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let term = env("TERM").unwrap_or_default();
        let colorterm = env("COLORTERM").unwrap_or_default().to_lowercase();
        if env("NO_COLOR").is_some_and(|value| !value.is_empty()) || term == "dumb" {
            return Self::None;
        }
        let by_term = if term.ends_with("-direct")
            || TRUECOLOR_TERMS.iter().any(|known| term.starts_with(known))
        {
            Self::Truecolor
        } else if term.contains("256color") {
            Self::Ansi256
        } else if cfg!(windows) && term.is_empty() {
            // a console that takes escape sequences at all takes these
            Self::Truecolor
        } else {
            Self::Ansi16
        };
        // GNU screen hands on COLORTERM of the terminal around it, but not the colours.
        let hides = term.starts_with("screen") && env("TMUX").is_none();
        let claims = matches!(colorterm.as_str(), "truecolor" | "24bit");
        if claims && !hides && !matches!(term.as_str(), "linux" | "ansi" | "vt100" | "vt220") {
            Self::Truecolor
        } else {
            by_term
        }
    }
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// xterm's own values of the first 16 colours: the person's may differ.
const ANSI: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];
/// Steps of xterm's 6×6×6 cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self(channel(0)?, channel(2)?, channel(4)?))
    }

    /// One of xterm's 256 colours.
    pub fn indexed(index: u8) -> Self {
        match index {
            0..=15 => ANSI[usize::from(index)],
            16..=231 => {
                let (at, step) = (index - 16, |n: u8| STEPS[usize::from(n % 6)]);
                Self(step(at / 36), step(at / 6), step(at))
            }
            _ => {
                let grey = 8 + 10 * (index - 232);
                Self(grey, grey, grey)
            }
        }
    }

    /// Its place on the circle of colours in degrees, red at 0; none for a grey.
    pub fn hue(self) -> Option<f32> {
        let [red, green, blue] = [self.0, self.1, self.2].map(f32::from);
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let spread = most - least;
        if spread < 24.0 {
            return None;
        }
        let sixth = if most <= red {
            (green - blue) / spread
        } else if most <= green {
            2.0 + (blue - red) / spread
        } else {
            4.0 + (red - green) / spread
        };
        Some((sixth * 60.0).rem_euclid(360.0))
    }

    /// Relative luminance, 0 to 1 (WCAG 2.1).
    pub fn luminance(self) -> f32 {
        let linear = |channel: u8| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Contrast of two colours, 1 to 21 (WCAG 2.1).
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        a.max(b) / a.min(b)
    }

    /// This colour with a `share` (0 to 1) of another.
    #[must_use]
    pub fn mix(self, other: Self, share: f32) -> Self {
        let mix =
            |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
        Self(
            mix(self.0, other.0),
            mix(self.1, other.1),
            mix(self.2, other.2),
        )
    }

    /// The nearest that a terminal of this depth shows; none where it shows no colour.
    pub fn at(self, depth: Depth) -> Option<Color> {
        match depth {
            Depth::None => None,
            Depth::Ansi16 => Some(Color::Indexed(self.ansi16())),
            Depth::Ansi256 => Some(Color::Indexed(self.ansi256())),
            Depth::Truecolor => Some(Color::Rgb(self.0, self.1, self.2)),
        }
    }

    /// By hue: the person's red stays the person's red, and a soft green does not become grey.
    fn ansi16(self) -> u8 {
        let (r, g, b) = (i32::from(self.0), i32::from(self.1), i32::from(self.2));
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let spread = most - least;
        if most < 64 {
            return 0;
        }
        if spread * 3 < most {
            return match most {
                ..=96 => 0,
                97..=168 => 8,
                169..=239 => 7,
                _ => 15,
            };
        }
        let middle = least + spread / 2;
        let bits = u8::from(r > middle) | u8::from(g > middle) << 1 | u8::from(b > middle) << 2;
        let bright = if self.luminance() > 0.4 { 8 } else { 0 };
        bits + bright
    }

    fn ansi256(self) -> u8 {
        let nearest = |channel: u8| {
            (0..6_u8)
                .min_by_key(|step| STEPS[usize::from(*step)].abs_diff(channel))
                .unwrap_or_default()
        };
        let cube = 16 + 36 * nearest(self.0) + 6 * nearest(self.1) + nearest(self.2);
        let mean = (u16::from(self.0) + u16::from(self.1) + u16::from(self.2)) / 3;
        let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
        if self.distance(Self::indexed(grey)) < self.distance(Self::indexed(cube)) {
            grey
        } else {
            cube
        }
    }

    fn distance(self, other: Self) -> u32 {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        2 * square(self.0, other.0) + 4 * square(self.1, other.1) + 3 * square(self.2, other.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(vars: &[(&str, &str)]) -> Depth {
        let vars: Vec<(String, String)> = vars
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Depth::detect(&|name| {
            vars.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn the_environment_says_the_depth() {
        let cases: [(&[(&str, &str)], Depth); 12] = [
            (&[("TERM", "xterm"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], Depth::Ansi16),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
                Depth::Truecolor,
            ),
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "24bit")],
                Depth::Truecolor,
            ),
            (&[("TERM", "xterm-256color")], Depth::Ansi256),
            (&[("TERM", "xterm-kitty")], Depth::Truecolor),
            (&[("TERM", "xterm-direct")], Depth::Truecolor),
            (&[("TERM", "linux")], Depth::Ansi16),
            (
                &[
                    ("TERM", "screen.xterm-256color"),
                    ("COLORTERM", "truecolor"),
                ],
                Depth::Ansi256,
            ),
            (
                &[
                    ("TERM", "screen-256color"),
                    ("COLORTERM", "truecolor"),
                    ("TMUX", "/tmp/x"),
                ],
                Depth::Truecolor,
            ),
            (&[], Depth::Ansi16),
        ];
        for (vars, expected) in cases {
            assert_eq!(depth(vars), expected, "{vars:?}");
        }
    }

    #[test]
    fn colours_go_to_the_nearest() {
        let red = Rgb::parse("#f07178").unwrap();
        assert_eq!(red.at(Depth::Truecolor), Some(Color::Rgb(240, 113, 120)));
        assert_eq!(red.at(Depth::Ansi256), Some(Color::Indexed(204)));
        assert_eq!(red.at(Depth::None), None);
        for index in 16..=255 {
            let colour = Rgb::indexed(index);
            let Some(Color::Indexed(found)) = colour.at(Depth::Ansi256) else {
                panic!("not indexed");
            };
            assert_eq!(Rgb::indexed(found), colour, "{index}");
        }
        let sixteen = |text: &str| Rgb::parse(text).unwrap().at(Depth::Ansi16);
        assert_eq!(sixteen("#0f1720"), Some(Color::Indexed(0)));
        assert_eq!(sixteen("#c8d3e0"), Some(Color::Indexed(7)));
        // a bluish grey is grey: dark blue on black can hardly be read
        assert_eq!(sixteen("#6b7a8f"), Some(Color::Indexed(8)));
        assert_eq!(sixteen("#24713a"), Some(Color::Indexed(2)));
        assert_eq!(sixteen("#7fc98f"), Some(Color::Indexed(10)));
        assert_eq!(sixteen("#b3261e"), Some(Color::Indexed(1)));
        assert_eq!(sixteen("#ffffff"), Some(Color::Indexed(15)));
        for wrong in ["", "#12345", "123456", "#12345g", "#1é345", "#+12345"] {
            assert_eq!(Rgb::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 0.01);
        assert!((Rgb(118, 118, 118).contrast(Rgb(255, 255, 255)) - 4.54).abs() < 0.01);
    }
}
