//! Labels, packed: most of what an engine says of its objects is labels, a dozen of each of
//! thousands, and they are read far more rarely than kept.

use std::fmt;

use super::text::clean_cow;

/// Bytes that the labels of one object have room for at first.
const ROOM: usize = 512;

/// Keys that thousands of objects have alike, because Compose or the makers of images set them. They
/// are kept as their places here: half of the bytes of such labels are these keys.
const KNOWN: &[&str] = &[
    "com.docker.compose.config-hash",
    "com.docker.compose.container-number",
    "com.docker.compose.depends_on",
    "com.docker.compose.image",
    "com.docker.compose.oneoff",
    "com.docker.compose.project",
    "com.docker.compose.project.config_files",
    "com.docker.compose.project.working_dir",
    "com.docker.compose.service",
    "com.docker.compose.version",
    "maintainer",
    "org.opencontainers.image.created",
    "org.opencontainers.image.description",
    "org.opencontainers.image.licenses",
    "org.opencontainers.image.revision",
    "org.opencontainers.image.source",
    "org.opencontainers.image.title",
    "org.opencontainers.image.url",
    "org.opencontainers.image.version",
];

/// Marks a place in [`KNOWN`] where otherwise the end of a key stands.
const IS_KNOWN: u32 = 1 << 31;

/// The labels of an object in the engine's order, all their text in one piece. It is free of
/// control characters.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Labels {
    text: Box<str>,
    /// Where each key and each value ends in the text, in turn; of a key of [`KNOWN`] its place
    /// there, and no text.
    ends: Box<[u32]>,
}

impl Labels {
    /// Keys with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let (pairs, _) = self.ends.as_chunks::<2>();
        let mut start = 0;
        pairs.iter().filter_map(move |[key, value]| {
            let (from, end) = (start, *value as usize);
            start = end;
            if key & IS_KNOWN != 0 {
                let key = KNOWN.get((key & !IS_KNOWN) as usize)?;
                return Some((*key, self.text.get(from..end)?));
            }
            let middle = *key as usize;
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
        let is_key = self.ends.len().is_multiple_of(2);
        let known = || KNOWN.iter().position(|known| *known == text);
        if let Some(place) = is_key.then(known).flatten() {
            self.ends.push(IS_KNOWN | place as u32);
            return;
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

    #[test]
    fn keys_that_all_have_take_no_room() {
        let project = "com.docker.compose.project";
        let pairs = [
            (project, "shop"),
            ("tier", project),
            ("maintainer", ""),
            ("com.docker.compose.projects", "x"),
        ];
        let labels: Labels = pairs.into_iter().collect();
        assert!(labels.iter().eq(pairs));
        assert_eq!(labels.get(project), Some("shop"));
        assert!(!labels.text.starts_with("com"), "{:?}", labels.text);
        let all: Labels = KNOWN.iter().map(|key| (*key, "v")).collect();
        assert!(all.iter().map(|(key, _)| key).eq(KNOWN.iter().copied()));
        assert_eq!(all.text.len(), KNOWN.len());
    }
}
