//! The filter language of lists: words on the name (fuzzy where none has them as they are), `/regex/`, `key:value`, `!` inverts;
//! terms separated by space must all hold.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use regex::{Regex, RegexBuilder};

use crate::model::container::{Container, State};
use crate::resource::containers::Item;

/// A filter as it was typed, and what it means.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// As typed.
    pub text: String,
    terms: Vec<Term>,
    /// What is wrong with it; the terms that can be read still hold.
    pub fault: Option<String>,
}

#[derive(Clone, Debug)]
struct Term {
    inverted: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// The word in small letters, and its loose form.
    Word(String, Atom),
    Regex(Regex),
    Key(Key, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    State,
    Health,
    Image,
    Project,
    Host,
    Label,
    Network,
    Port,
    Mount,
    Id,
}

const KEYS: [(&str, Key); 12] = [
    ("state", Key::State),
    ("health", Key::Health),
    ("image", Key::Image),
    ("project", Key::Project),
    ("host", Key::Host),
    ("label", Key::Label),
    ("net", Key::Network),
    ("network", Key::Network),
    ("port", Key::Port),
    ("vol", Key::Mount),
    ("volume", Key::Mount),
    ("id", Key::Id),
];

/// Bytes that a compiled expression may take: a bound on what a typed pattern costs.
const REGEX_BYTES: usize = 1 << 20;

/// An expression that ignores case unless it has a capital letter.
///
/// # Errors
/// A sentence on what is wrong with it.
pub fn smart_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .case_insensitive(!pattern.chars().any(char::is_uppercase))
        .size_limit(REGEX_BYTES)
        .build()
        .map_err(|error| {
            let text = error.to_string();
            let line = text.lines().last().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        })
}

impl Filter {
    /// Reads a filter. What cannot be read is said in [`Filter::fault`].
    pub fn parse(text: &str) -> Self {
        let mut filter = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        for word in text.split_whitespace() {
            let (inverted, word) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word),
            };
            if word.is_empty() {
                continue;
            }
            match Test::parse(word) {
                Ok(test) => filter.terms.push(Term { inverted, test }),
                Err(fault) => filter.fault = Some(fault),
            }
        }
        filter
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it has words, which may be taken loosely.
    pub fn has_words(&self) -> bool {
        let is_word = |term: &Term| matches!(term.test, Test::Word(..));
        self.terms.iter().any(is_word)
    }

    /// A tester that can be asked for many items. Words must stand in the name as they are, or,
    /// `loosely`, with other letters between theirs.
    pub fn tester(&self, loosely: bool) -> Tester<'_> {
        Tester {
            filter: self,
            loosely,
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }
}

impl Test {
    fn parse(word: &str) -> Result<Self, String> {
        let pattern = word.strip_prefix("re:").or_else(|| {
            word.strip_prefix('/')
                .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
        });
        if let Some(pattern) = pattern {
            return smart_regex(pattern).map(Self::Regex);
        }
        let Some((name, value)) = word.split_once(':') else {
            return Ok(Self::Word(word.to_lowercase(), atom(word)));
        };
        match KEYS.iter().find(|(key, _)| *key == name) {
            Some((_, key)) => {
                let value = value.to_lowercase();
                key.check(&value)?;
                Ok(Self::Key(*key, value))
            }
            None => {
                let names = KEYS.map(|(key, _)| key).join(", ");
                Err(format!("no filter key `{name}`; there are {names}"))
            }
        }
    }
}

fn atom(word: &str) -> Atom {
    Atom::new(
        word,
        CaseMatching::Smart,
        Normalization::Smart,
        AtomKind::Fuzzy,
        false,
    )
}

/// A filter with its scratch memory.
#[derive(Debug)]
pub struct Tester<'a> {
    filter: &'a Filter,
    loosely: bool,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Tester<'_> {
    /// Whether an item passes.
    pub fn passes(&mut self, item: &Item<'_>) -> bool {
        let Self {
            filter,
            loosely,
            matcher,
            buffer,
        } = self;
        let loosely = *loosely;
        filter.terms.iter().all(|term| {
            let holds = match &term.test {
                Test::Word(word, atom) => {
                    let name = &item.container.name;
                    name.to_lowercase().contains(word)
                        || (loosely && atom.score(Utf32Str::new(name, buffer), matcher).is_some())
                }
                Test::Regex(regex) => regex.is_match(&item.container.name),
                Test::Key(key, value) => key.holds(value, item),
            };
            holds != term.inverted
        })
    }
}

impl Key {
    /// Whether a value is one of those that there are, or the beginning of one.
    fn check(self, value: &str) -> Result<(), String> {
        let (what, words): (_, Vec<&str>) = match self {
            Self::State => ("state", State::ALL.map(State::word).to_vec()),
            Self::Health => ("health", vec!["starting", "healthy", "unhealthy", "none"]),
            Self::Image
            | Self::Project
            | Self::Host
            | Self::Label
            | Self::Network
            | Self::Port
            | Self::Mount
            | Self::Id => return Ok(()),
        };
        if words.iter().any(|word| word.starts_with(value)) {
            return Ok(());
        }
        Err(format!(
            "no {what} `{value}`; there are {}",
            words.join(", ")
        ))
    }

    /// Whether an item has a value; an empty value asks whether it has any at all.
    fn holds(self, value: &str, item: &Item<'_>) -> bool {
        let container = item.container;
        let has = |text: &str| text.to_lowercase().contains(value);
        match self {
            Self::State => container.state.word().starts_with(value),
            Self::Health => match container.health {
                Some(health) => health.word().starts_with(value),
                None => value == "none",
            },
            Self::Image => has(&container.image),
            Self::Project => container.project().is_some_and(has),
            Self::Host => has(item.host.as_str()),
            Self::Label => has_label(container, value),
            Self::Network => container.networks.iter().any(|network| has(&network.name)),
            Self::Port => container.ports.iter().any(|port| {
                let is = |number: u16| number.to_string() == value;
                is(port.private) || port.public.is_some_and(is)
            }),
            Self::Mount => container.mounts.iter().any(|mount| has(mount)),
            Self::Id => container.id.as_str().starts_with(value),
        }
    }
}

/// `tier` asks for the label, `tier=web` for its value too.
fn has_label(container: &Container, wanted: &str) -> bool {
    let (key, value) = match wanted.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (wanted, None),
    };
    container.labels.iter().any(|(name, found)| {
        name.eq_ignore_ascii_case(key) && value.is_none_or(|v| found.eq_ignore_ascii_case(v))
    })
}

/// Ranks texts against a typed pattern, best first: the places of those that match.
pub fn rank<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let atoms: Vec<_> = pattern.split_whitespace().map(atom).collect();
    let mut ranked: Vec<(u32, usize)> = texts
        .enumerate()
        .filter_map(|(place, text)| {
            let mut score = 0_u32;
            for atom in &atoms {
                score += u32::from(atom.score(Utf32Str::new(text, &mut buffer), &mut matcher)?);
            }
            Some((score, place))
        })
        .collect();
    ranked.sort_by_key(|(score, place)| (std::cmp::Reverse(*score), *place));
    ranked.into_iter().map(|(_, place)| place).collect()
}
