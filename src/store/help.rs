//! The help, read from the action table: every key and what it does, in rows for the screen.

use super::Store;
use super::actions::{self, Scope};
use crate::model::input::Size;
use crate::model::text::{width, wrap};

/// The widest that the help is, in columns.
const WIDEST: usize = 114;
/// Columns of the keys at most; what is longer is cut.
const KEYS: usize = 14;

/// The help in rows, and its columns.
pub struct Help {
    /// Columns of the keys.
    pub keys: usize,
    /// Columns in front of the sentences.
    pub indent: usize,
    /// What it shows, from the top.
    pub rows: Vec<HelpRow>,
}

/// A row of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpRow {
    /// A heading.
    Heading(&'static str),
    /// Keys and what they do.
    Keys {
        /// The keys, as text.
        keys: String,
        /// What they do: a word.
        label: &'static str,
        /// What they do: a sentence, or what fits of it.
        about: &'static str,
    },
    /// More of the sentence above.
    More(&'static str),
    /// A sentence of its own.
    Text(&'static str),
    /// Nothing.
    Blank,
}

/// The columns that the help has inside its frame.
pub fn columns(size: Size) -> usize {
    usize::from(size.width).saturating_sub(8).min(WIDEST)
}

/// Every key and what it does: the scopes that are live first.
pub fn help(store: &Store) -> Help {
    let live = store.scopes();
    let mut scopes: Vec<_> = Scope::ALL.to_vec();
    scopes.sort_by_key(|(scope, _)| live.iter().position(|s| s == scope).unwrap_or(live.len()));
    let sections: Vec<_> = scopes
        .into_iter()
        .map(|(scope, heading)| (heading, bound(store, scope)))
        .filter(|(_, actions)| !actions.is_empty())
        .collect();

    let all = || sections.iter().flat_map(|(_, actions)| actions);
    let widest = |columns: &mut dyn Iterator<Item = usize>| columns.max().unwrap_or(0);
    let keys = widest(&mut all().map(|(keys, _)| width(keys))).min(KEYS);
    let labels = widest(&mut all().map(|(_, action)| width(action.label)));
    let indent = keys + 2 + labels + 2;
    let room = columns(store.size).saturating_sub(indent);

    let mut rows = Vec::new();
    for (heading, actions) in sections {
        rows.push(HelpRow::Heading(heading));
        for (keys, action) in actions {
            let mut pieces = wrap(action.about, room);
            rows.push(HelpRow::Keys {
                keys,
                label: action.label,
                about: pieces.next().unwrap_or_default(),
            });
            rows.extend(pieces.map(|piece| HelpRow::More(piece.trim_start())));
        }
        rows.push(HelpRow::Blank);
    }
    rows.push(HelpRow::Heading("Filter"));
    let whole = columns(store.size);
    let sentences = FILTER.iter().flat_map(|text| wrap(text, whole));
    rows.extend(sentences.map(|piece| HelpRow::Text(piece.trim_start())));
    Help { keys, indent, rows }
}

/// The actions of a scope that have keys, with these.
fn bound(store: &Store, scope: Scope) -> Vec<(String, &'static actions::Action)> {
    actions::all()
        .filter(|action| action.scope == scope && !(action.changes && store.read_only()))
        .map(|action| {
            let keys = store.keymap.keys(action);
            let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
            (keys.join(" "), action)
        })
        .filter(|(keys, _)| !keys.is_empty())
        .collect()
}

const FILTER: [&str; 6] = [
    "words stand in the name, or match it loosely where none has them; all must match",
    "re:^web or /^web/ is a regular expression on the name",
    "state:running health:unhealthy image:nginx project:shop host:local",
    "label:tier or label:tier=web, net:frontend, vol:data, port:8080, id:3f2a",
    "! before a term inverts it: !state:exited",
    "CPU percent is of one core: 250 is two and a half cores",
];
