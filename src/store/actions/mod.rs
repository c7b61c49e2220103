//! The action table: everything that a key, a menu, the palette or a typed command can do. Menus,
//! help, footer, `docs/keys.md` and the settings all read this table.

mod bulk;
mod change;
mod checkpoint;
pub(super) mod containers;
mod copy;
mod custom;
mod detail;
mod exec;
mod files;
mod general;
pub(super) mod hosts;
mod list;
mod logs;
pub(super) mod processes;
mod published;
mod reach;
pub(super) mod restart;
pub(super) mod run;
mod screens;
mod upgrade;

pub use self::upgrade::Surveyed;
use std::sync::Arc;

use super::Store;
use super::message::Effects;
use super::overlay::Confirm;
use crate::model::input::Key;
use crate::model::{Kind, Ref};
use crate::spec::RunSpec;

/// Where an action's keys are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere.
    Global,
    /// In a list.
    List,
    /// On containers, in the list and in their detail.
    Containers,
    /// On hosts, in their list and in their detail.
    Hosts,
    /// On what happened.
    Events,
    /// On what is wrong.
    Health,
    /// In a log.
    Logs,
    /// In a detail's page of rows.
    Page,
    /// On a container's figures.
    Stats,
    /// On a container's processes.
    Processes,
    /// In a container's files.
    Files,
    /// On a container's ports.
    Ports,
    /// In the journal.
    Journal,
    /// On the connection screen.
    Connect,
}

impl Scope {
    /// Every scope with its heading in the help, in order.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Containers, "Containers"),
        (Self::Hosts, "Hosts"),
        (Self::Events, "Events"),
        (Self::Health, "Health"),
        (Self::List, "List"),
        (Self::Logs, "Logs"),
        (Self::Page, "Detail"),
        (Self::Stats, "Stats"),
        (Self::Processes, "Processes"),
        (Self::Files, "Files"),
        (Self::Ports, "Ports"),
        (Self::Journal, "Journal"),
        (Self::Connect, "Connection"),
        (Self::Global, "Everywhere"),
    ];
}

impl Scope {
    /// The kind of object that its actions are about.
    pub fn kind(self) -> Kind {
        match self {
            Self::Hosts => Kind::Host,
            Self::Events => Kind::Event,
            Self::Global
            | Self::List
            | Self::Containers
            | Self::Health
            | Self::Logs
            | Self::Page
            | Self::Stats
            | Self::Processes
            | Self::Files
            | Self::Ports
            | Self::Journal
            | Self::Connect => Kind::Container,
        }
    }

    /// Whether keys of both are live at the same time.
    pub fn meets(self, other: Self) -> bool {
        let on_hosts = |scope| matches!(scope, Self::List | Self::Page);
        let on_containers = |scope| {
            matches!(
                scope,
                Self::List
                    | Self::Logs
                    | Self::Page
                    | Self::Stats
                    | Self::Processes
                    | Self::Files
                    | Self::Ports
                    | Self::Health
            )
        };
        match (self, other) {
            _ if self == other => false,
            (Self::Global, _)
            | (_, Self::Global)
            | (Self::Page, Self::Processes | Self::Files | Self::Ports)
            | (Self::Processes | Self::Files | Self::Ports, Self::Page) => true,
            (Self::Containers, scope) | (scope, Self::Containers) => on_containers(scope),
            (Self::Hosts, scope) | (scope, Self::Hosts) => on_hosts(scope),
            (Self::Events | Self::Health, scope) | (scope, Self::Events | Self::Health) => {
                scope == Self::List
            }
            _ => false,
        }
    }
}

/// How much an action can harm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Danger {
    /// Not at all: it is done at once.
    #[default]
    None,
    /// It asks first, unless the settings say otherwise.
    Ask,
    /// The same; on a protected host the name has to be typed.
    Type,
}

/// Whether an action makes sense now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It does.
    Yes,
    /// It has no meaning here.
    Hidden,
    /// It does not, and this is why.
    No(String),
}

impl Availability {
    /// Yes, or no for a reason.
    pub fn or(holds: bool, reason: impl Into<String>) -> Self {
        if holds {
            Self::Yes
        } else {
            Self::No(reason.into())
        }
    }
}

/// A word that an action takes.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// What it is, for the prompt.
    pub name: &'static str,
    /// Whether it is asked for when missing.
    pub needed: bool,
    /// What it can be, with a sentence on each; empty: any text.
    pub choices: fn(&Store) -> Vec<(String, String)>,
    /// Whether it can be something else than its choices.
    pub free: bool,
    /// What stands in the prompt at first.
    pub preset: fn(&Store, &Call) -> String,
    /// Whether it is a path: one from the root that is typed behind the preset replaces it.
    pub path: bool,
    /// What is wrong with a typed text.
    pub check: fn(&Store, &str) -> Option<String>,
}

impl Arg {
    const TEXT: Self = Self {
        name: "",
        needed: true,
        choices: |_| Vec::new(),
        free: false,
        preset: |_, _| String::new(),
        path: false,
        check: |_, _| None,
    };
}

/// What an action is called with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// The objects it is about; empty: the marks, else the object under the cursor.
    pub targets: Vec<Ref>,
    /// Objects that are to be started where the others are to be stopped: what was asked is what
    /// is done, even if a state changed since.
    pub starts: Vec<Ref>,
    /// Its arguments.
    pub words: Vec<String>,
    /// Whether the person has confirmed it.
    pub confirmed: bool,
    /// Choices of the dialog that are on.
    pub choices: Vec<&'static str>,
    /// How its object was made, where that was asked before.
    pub made: Option<Arc<RunSpec>>,
}

impl Call {
    /// With one argument.
    pub fn word(word: impl Into<String>) -> Self {
        Self {
            words: vec![word.into()],
            ..Self::default()
        }
    }

    /// The first argument; empty when there is none.
    pub fn first(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Whether a choice of the dialog is on.
    pub fn chose(&self, id: &str) -> bool {
        self.choices.contains(&id)
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Action {
    /// `container.restart`: its name in settings, documents and tests.
    pub id: &'static str,
    /// Where its keys are live.
    pub scope: Scope,
    /// Its default keys.
    pub keys: &'static [&'static str],
    /// Menu and footer: `Restart`.
    pub label: &'static str,
    /// Help: one sentence.
    pub about: &'static str,
    /// The word after `:`; empty when it is of no use there.
    pub word: &'static str,
    /// Whether it is about objects: then names may stand after the word.
    pub targets: bool,
    /// Its further words.
    pub args: &'static [Arg],
    /// Whether it changes anything on a host: then it is refused under read-only.
    pub changes: bool,
    /// How much it can harm.
    pub danger: Danger,
    /// Its place in the footer, smaller first; 0 keeps it out.
    pub footer: u8,
    /// Whether it makes sense for some objects now.
    pub offered: fn(&Store, &[Ref]) -> Availability,
    /// Whether it looks first and asks by itself, with what it found.
    pub looks_first: bool,
    /// The question before it, for another [`Danger`] than None; none when these objects need
    /// none.
    pub question: fn(&'static Action, &Store, &Call) -> Option<Confirm>,
    /// What it does.
    pub run: fn(&mut Store, &Call) -> Effects,
}

impl Action {
    /// What most rows have in common.
    const BASE: Self = Self {
        id: "",
        scope: Scope::Global,
        keys: &[],
        label: "",
        about: "",
        word: "",
        targets: false,
        args: &[],
        changes: false,
        danger: Danger::None,
        footer: 0,
        looks_first: false,
        offered: |_, _| Availability::Yes,
        question: |_, _, _| None,
        run: |_, _| Vec::new(),
    };

    /// What rows for one container have in common.
    const OF_ONE: Self = Self {
        targets: true,
        offered: |store, targets| {
            let one = containers::only(store, targets).is_some();
            Availability::or(one, "choose one container")
        },
        ..Self::BASE
    };

    /// Its default keys, read. A test holds that all can be.
    pub fn default_keys(&self) -> Vec<Key> {
        self.keys
            .iter()
            .filter_map(|key| key.parse().ok())
            .collect()
    }
}

/// The table, in the order of menus and help.
const ALL: &[&[Action]] = &[
    containers::ACTIONS,
    restart::ACTIONS,
    bulk::ACTIONS,
    exec::ACTIONS,
    run::ACTIONS,
    change::ACTIONS,
    checkpoint::ACTIONS,
    upgrade::ACTIONS,
    custom::ACTIONS,
    list::ACTIONS,
    logs::ACTIONS,
    detail::ACTIONS,
    processes::ACTIONS,
    files::ACTIONS,
    hosts::ACTIONS,
    reach::ACTIONS,
    screens::ACTIONS,
    copy::ACTIONS,
    general::ACTIONS,
];

/// Every action.
pub fn all() -> impl Iterator<Item = &'static Action> {
    ALL.iter().copied().flatten()
}

/// An action by its id.
pub fn find(id: &str) -> Option<&'static Action> {
    all().find(|action| action.id == id)
}

/// An action by its word after `:`.
pub fn by_word(word: &str) -> Option<&'static Action> {
    all().find(|action| !action.word.is_empty() && action.word == word)
}

/// Every action with its keys, as a Markdown table: `docs/keys.md` and `--print-keys`.
pub fn keys_document(keymap: &super::keymap::Keymap) -> String {
    let mut text = String::from(
        "# Keys\n\nEvery action, its keys and its word after `:`. The first column is its name in \
         the `[keys]` table of\nthe settings. Inside menus, dialogs and typed lines the keys are \
         fixed: arrows, Tab, Enter, Esc,\nSpace for switches, and `y` and `n` in dialogs.\n",
    );
    for (scope, heading) in Scope::ALL {
        let title = format!("\n## {heading}\n\n| action | keys | `:` | what it does |\n");
        text.push_str(&title);
        text.push_str("|---|---|---|---|\n");
        for action in all().filter(|action| action.scope == scope) {
            let keys: Vec<String> = keymap
                .keys(action)
                .iter()
                .map(|key| format!("`{key}`"))
                .collect();
            let keys = keys.join(" ").replace('|', "\\|");
            let word = match action.word {
                "" => String::new(),
                word => format!("`{word}`"),
            };
            let row = format!("| {} | {keys} | {word} | {} |\n", action.id, action.about);
            text.push_str(&row);
        }
    }
    text
}
