//! This program's own words for what a person does, free of any terminal library.

use std::fmt;
use std::str::FromStr;

/// A key with its modifiers. `shift` is only kept where the character does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With Control.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
    /// With Shift, for keys that print no character.
    pub shift: bool,
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names on the keys")]
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// The names of keys that print no character, and of space.
const NAMES: [(&str, Code); 16] = [
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backspace", Code::Backspace),
    ("del", Code::Delete),
    ("ins", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pgup", Code::PageUp),
    ("pgdn", Code::PageDown),
    ("space", Code::Char(' ')),
    ("minus", Code::Char('-')),
];

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// A character's key.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// A character's key with Control.
    pub const fn ctrl(c: char) -> Self {
        Self {
            code: Code::Char(c),
            ctrl: true,
            alt: false,
            shift: false,
        }
    }

    /// The character that typing this key means, if it means one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [
            (self.ctrl, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if held {
                f.write_str(name)?;
            }
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, Code::F(number)) => write!(f, "f{number}"),
            (None, _) => Ok(()),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    /// Reads `q`, `ctrl-d`, `shift-tab`, `f5`, `space`, `pgdn`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut key = Self::plain(Code::Esc);
        let mut rest = text;
        loop {
            // names of modifiers and keys in any case, but `G` and `g` are two keys
            let lower = rest.to_lowercase();
            let (flag, name) = if lower.starts_with("ctrl-") {
                (&mut key.ctrl, "ctrl-")
            } else if lower.starts_with("alt-") {
                (&mut key.alt, "alt-")
            } else if lower.starts_with("shift-") {
                (&mut key.shift, "shift-")
            } else {
                break;
            };
            *flag = true;
            rest = rest.get(name.len()..).unwrap_or_default();
        }
        let lower = rest.to_lowercase();
        let function = lower.strip_prefix('f').and_then(|n| n.parse::<u8>().ok());
        let mut chars = rest.chars();
        key.code = if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
            *code
        } else if let Some(number @ 1..=24) = function {
            Code::F(number)
        } else if let (Some(c), None) = (chars.next(), chars.next()) {
            Code::Char(c)
        } else {
            return Err(format!("`{text}` is no key"));
        };
        if let Code::Char(c) = key.code {
            if key.ctrl {
                key.code = Code::Char(c.to_ascii_lowercase());
            }
            if key.shift {
                return Err(format!("`{text}`: write the shifted character itself"));
            }
        }
        Ok(key)
    }
}

/// What a mouse did, at a cell of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
    /// What it did.
    pub deed: MouseDeed,
}

/// What a mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseDeed {
    /// The left button went down.
    Press,
    /// The wheel turned away from the person.
    WheelUp,
    /// The wheel turned towards the person.
    WheelDown,
}

/// Columns and rows of the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Area {
    /// Left column.
    pub x: u16,
    /// Top row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether a cell lies in it.
    pub fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x - self.x < self.width && y - self.y < self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_as_they_are_written() {
        for text in [
            "q",
            "G",
            "ctrl-d",
            "alt-x",
            "shift-tab",
            "f5",
            "space",
            "pgdn",
            "<",
            "ctrl-space",
            "minus",
        ] {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
        assert_eq!("Ctrl-D".parse::<Key>().unwrap(), Key::ctrl('d'));
        assert_eq!("Enter".parse::<Key>().unwrap(), Key::plain(Code::Enter));
        for wrong in ["", "qq", "ctrl-", "f99", "shift-a", "hyper-x"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }
}
