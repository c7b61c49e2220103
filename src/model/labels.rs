//! Labels, packed: most of what an engine says of its objects is labels, a dozen of each of
//! thousands, and they are read far more rarely than kept.

use std::fmt;

use super::text::clean_cow;

/// Bytes that the labels of one object have room for at first.
const ROOM: usize = 512;

/// The labels of an object in the engine's order, all their text in one piece. It is free of
/// control characters.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Labels {
    text: Box<str>,
    /// Where each key and each value ends in the text, in turn.
    ends: Box<[u32]>,
}

impl Labels {
    /// Keys with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let (pairs, _) = self.ends.as_chunks::<2>();
        let mut start = 0;
        pairs.iter().filter_map(move |[key, value]| {
            let (from, middle, end) = (start, *key as usize, *value as usize);
            start = end;
            Some((self.text.get(from..middle)?, self.text.get(middle..end)?))
        })
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let mut found = self.iter().filter(|(name, _)| *name == key);
        found.next().map(|(_, value)| value)
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut packer = Packer::default();
        for (key, value) in pairs {
            packer.push(key);
            packer.push(value);
        }
        packer.finish()
    }
}

/// Packs labels as they are read: a key, its value, the next key.
#[derive(Debug, Default)]
pub struct Packer {
    text: String,
    ends: Vec<u32>,
}

impl Packer {
    /// Adds a key or a value, made harmless.
    pub fn push(&mut self, text: &str) {
        if self.ends.is_empty() {
            self.text.reserve(ROOM);
            self.ends.reserve(ROOM / 16);
        }
        self.text.push_str(&clean_cow(text));
        self.ends.push(self.text.len() as u32);
    }

    /// The labels.
    pub fn finish(self) -> Labels {
        Labels {
            text: self.text.into_boxed_str(),
            ends: self.ends.into_boxed_slice(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_back_as_they_went_in_and_harmless() {
        let pairs = [("z", "1"), ("a", ""), ("", "é"), ("a", "late")];
        let labels: Labels = pairs.into_iter().collect();
        assert!(labels.iter().eq(pairs));
        assert_eq!(labels.get("a"), Some(""));
        assert_eq!((labels.get(""), labels.get("1")), (Some("é"), None));
        let hostile: Labels = [("k\0", "v\x1b[2J\u{202e}")].into_iter().collect();
        assert!(hostile.iter().eq([("k\u{fffd}", "v\u{fffd}")]));
        assert_eq!(Labels::default().iter().count(), 0);
    }
}
