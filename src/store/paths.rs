//! What stands in folders of this machine, for fields that take a path: asked for as it is typed,
//! one folder at a time, and kept until another one is typed.

use super::message::{Effect, Effects};
use crate::form::Suggestion;

/// Entries that are offered at most.
pub const OFFERED: usize = 200;

/// A path that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedPath {
    /// What stands before it in its field.
    pub before: String,
    /// Its folder, as it was typed, to the last slash: `~/src/`; empty is where the program runs.
    pub folder: String,
    /// The beginning of a name in that folder.
    pub start: String,
    /// Letters that a name must not have: they would end the path.
    pub ends: &'static [char],
    /// Whether it must say where it begins: a name alone is none.
    pub rooted: bool,
}

/// How a path that says where it begins can begin.
const STARTS: [(&str, &str); 4] = [
    ("/", "from the root"),
    ("~/", "your home folder"),
    ("./", "where Pilothouse was started"),
    ("../", "the folder above"),
];

impl TypedPath {
    /// A path behind some text.
    pub fn new(before: &str, path: &str) -> Self {
        let at = path.rfind('/').map_or(0, |at| at + 1);
        Self {
            before: before.to_owned(),
            folder: path[..at].to_owned(),
            start: path[at..].to_owned(),
            ends: &[],
            rooted: false,
        }
    }

    /// Whether nothing of it is typed.
    pub fn is_empty(&self) -> bool {
        self.folder.is_empty() && self.start.is_empty()
    }

    /// The same where some letters end a path.
    #[must_use]
    pub fn ended_by(mut self, ends: &'static [char]) -> Self {
        self.ends = ends;
        self
    }

    /// The same where a name alone is no path.
    #[must_use]
    pub fn rooted(mut self) -> Self {
        self.rooted = true;
        self
    }

    /// How it can begin, while no folder is typed.
    fn starts(&self) -> impl Iterator<Item = Suggestion> {
        let begins = |(word, _): &&(&str, &str)| {
            self.folder.is_empty()
                && (self.rooted || !self.start.is_empty())
                && word.starts_with(&self.start)
        };
        let starts = STARTS.iter().filter(begins);
        starts.map(|(word, about)| {
            Suggestion::new(format!("{}{word}", self.before), *about).shown(*word)
        })
    }
}

/// What stands in a folder: names that begin as was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The folder, as it was typed.
    pub folder: String,
    /// How the names begin.
    pub start: String,
    /// The names in order, and whether each is a folder.
    pub names: Vec<(String, bool)>,
    /// Whether there are more.
    pub cut: bool,
}

impl Listing {
    /// Whether it has all that begins so in a folder.
    fn serves(&self, folder: &str, start: &str) -> bool {
        // hidden names are listed only when they are asked for
        let hidden = start.starts_with('.') == self.start.starts_with('.');
        let within = start.starts_with(&self.start) && hidden && !self.cut;
        self.folder == folder && (within || start == self.start)
    }
}

/// What is known of folders of this machine.
#[derive(Debug, Default)]
pub struct Paths {
    /// The folder that the program was started in; empty where that is not known.
    pub folder: String,
    /// The person's home folder; empty where that is not known.
    pub home: String,
    known: Option<Listing>,
    /// A listing is under way.
    asked: bool,
    /// What is wanted after it.
    next: Option<(String, String)>,
}

impl Paths {
    /// What a path can go on with; none while that is not known.
    pub fn ways(&self, path: &TypedPath) -> Option<Vec<Suggestion>> {
        if path.folder.is_empty() && path.rooted {
            return Some(path.starts().collect());
        }
        let listing = self.known.as_ref()?;
        if !listing.serves(&path.folder, &path.start) {
            return None;
        }
        let fits = |(name, _): &&(String, bool)| {
            name.starts_with(&path.start) && !name.contains(path.ends)
        };
        let ways = listing.names.iter().filter(fits).map(|(name, folder)| {
            let (slash, about) = if *folder { ("/", "folder") } else { ("", "") };
            let word = format!("{}{}{name}{slash}", path.before, path.folder);
            Suggestion::new(word, about).shown(format!("{name}{slash}"))
        });
        Some(path.starts().chain(ways).collect())
    }

    /// Asks what stands there; while something is asked already, afterwards.
    pub(super) fn ask(&mut self, path: &TypedPath) -> Effects {
        let wanted = (path.folder.clone(), path.start.clone());
        if self.asked {
            self.next = Some(wanted);
            return Vec::new();
        }
        self.asked = true;
        vec![Effect::ListFolder(wanted.0, wanted.1)]
    }

    /// Takes an answer in; asks what is wanted by now.
    pub(super) fn learn(&mut self, listing: Listing) -> Effects {
        self.asked = false;
        let unserved = |(folder, start): &(String, String)| !listing.serves(folder, start);
        let next = self.next.take().filter(unserved);
        self.known = Some(listing);
        match next {
            Some((folder, start)) => {
                self.asked = true;
                vec![Effect::ListFolder(folder, start)]
            }
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(paths: &Paths, path: &TypedPath) -> Option<Vec<String>> {
        let ways = paths.ways(path)?.into_iter();
        Some(ways.map(|way| way.word).collect())
    }

    #[test]
    fn a_path_that_says_where_it_begins_is_begun() {
        let paths = Paths::default();
        let path = |text| TypedPath::new("src=", text).rooted();
        assert_eq!(words(&paths, &path("~")).unwrap(), ["src=~/"]);
        assert_eq!(words(&paths, &path(".")).unwrap(), ["src=./", "src=../"]);
        assert_eq!(words(&paths, &path("")).unwrap().len(), 4);
        assert_eq!(paths.ways(&path("/")), None);
    }

    #[test]
    fn an_answer_serves_what_is_typed_on() {
        let mut paths = Paths::default();
        let path = |text| TypedPath::new("", text).ended_by(&[':']);
        assert_eq!(paths.ways(&path("~/s")), None);
        assert!(
            matches!(&paths.ask(&path("~/s"))[..], [Effect::ListFolder(f, s)] if f == "~/" && s == "s")
        );
        // one at a time, and only the newest after it
        assert!(paths.ask(&path("~/sr")).is_empty() && paths.ask(&path("/e")).is_empty());
        let names = [("src", true), ("site.css", false), ("s:x", false)];
        let listing = Listing {
            folder: "~/".into(),
            start: "s".into(),
            names: names.map(|(name, folder)| (name.to_owned(), folder)).into(),
            cut: false,
        };
        let next = paths.learn(listing.clone());
        assert!(matches!(&next[..], [Effect::ListFolder(f, s)] if f == "/" && s == "e"));
        assert_eq!(
            words(&paths, &path("~/s")).unwrap(),
            ["~/src/", "~/site.css"]
        );
        assert_eq!(words(&paths, &path("~/sr")).unwrap(), ["~/src/"]);
        assert_eq!(paths.ways(&path("~/")), None, "not all of it was asked for");
        // of a folder that was cut, other beginnings are asked for anew
        paths.learn(Listing {
            cut: true,
            ..listing
        });
        assert_eq!(paths.ways(&path("~/sr")), None);
        assert!(paths.ways(&path("~/s")).is_some());
    }
}
