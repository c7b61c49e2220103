//! The filter language of lists: words on the name (fuzzy where none has them as they are), `/regex/`, `key:value`, `!` inverts;
//! terms separated by space must all hold.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use regex::{Regex, RegexBuilder};

use crate::resource::{Cell, Resource, holds};

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
    /// One of the kind's filter keys, by its place, and a value in small letters.
    Key(usize, String),
    /// What a column shows, by the column's place, holds a text in small letters.
    Column(usize, String),
}

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
    /// Reads a filter of a kind. What cannot be read is said in [`Filter::fault`].
    pub fn parse<R: Resource>(text: &str) -> Self {
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
            match Test::parse::<R>(word) {
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
    pub(super) fn tester(&self, loosely: bool) -> Tester<'_> {
        Tester {
            filter: self,
            loosely,
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }
}

impl Test {
    fn parse<R: Resource>(word: &str) -> Result<Self, String> {
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
        let value = value.to_lowercase();
        if let Some(place) = R::KEYS.iter().position(|key| key.names.contains(&name)) {
            check(name, &value, &(R::KEYS[place].values)())?;
            return Ok(Self::Key(place, value));
        }
        if let Some(place) = R::COLUMNS.iter().position(|column| column.head.id == name) {
            return Ok(Self::Column(place, value));
        }
        let keys = R::KEYS.iter().flat_map(|key| key.names).copied();
        let columns = R::COLUMNS.iter().map(|column| column.head.id);
        let mut names: Vec<&str> = keys.chain(columns).collect();
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        let names = names.join(", ");
        Err(format!("no filter key `{name}`; there are {names}"))
    }
}

/// Whether a value is one of those that there are, or the beginning of one.
fn check(what: &str, value: &str, words: &[&str]) -> Result<(), String> {
    if words.is_empty() || words.iter().any(|word| word.starts_with(value)) {
        return Ok(());
    }
    let words = words.join(", ");
    Err(format!("no {what} `{value}`; there are {words}"))
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
pub(super) struct Tester<'a> {
    filter: &'a Filter,
    loosely: bool,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Tester<'_> {
    /// Whether an item passes.
    pub(super) fn passes<R: Resource>(&mut self, item: &R::Item<'_>) -> bool {
        let Self {
            filter,
            loosely,
            matcher,
            buffer,
        } = self;
        let loosely = *loosely;
        filter.terms.iter().all(|term| {
            let found = match &term.test {
                Test::Word(word, atom) => {
                    let mut near =
                        |name| atom.score(Utf32Str::new(name, buffer), matcher).is_some();
                    R::says(item, word) || (loosely && near(R::name(item)))
                }
                Test::Regex(regex) => regex.is_match(R::name(item)),
                Test::Key(place, value) => (R::KEYS[*place].holds)(item, value),
                Test::Column(place, value) => {
                    let cell = (R::COLUMNS[*place].show)(item);
                    cell != Cell::none() && holds(&cell.text, value)
                }
            };
            found != term.inverted
        })
    }
}

/// Ranks texts against a typed pattern, best first: the places of those that match. What is typed
/// whole stands before what goes on from it, and that before what has it elsewhere.
pub fn rank<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let atoms: Vec<_> = pattern.split_whitespace().map(atom).collect();
    let typed = pattern.trim();
    let small = typed.to_lowercase();
    let mut ranked: Vec<(bool, bool, u32, usize)> = texts
        .enumerate()
        .filter_map(|(place, text)| {
            let mut score = 0_u32;
            for atom in &atoms {
                score += u32::from(atom.score(Utf32Str::new(text, &mut buffer), &mut matcher)?);
            }
            let begins = text.to_lowercase().starts_with(&small);
            Some((text == typed, begins, score, place))
        })
        .collect();
    ranked
        .sort_by_key(|(whole, begins, score, place)| (Reverse((*whole, *begins, *score)), *place));
    ranked.into_iter().map(|(.., place)| place).collect()
}
