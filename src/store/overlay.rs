//! What lies over the screen: menus, dialogs, typed lines, forms, palette, help. The uppermost has the
//! keys.

use super::actions::{Action, Call};
use super::editor::Editor;
use super::filter::rank;
use super::form::{FormState, More};
use crate::model::input::Size;
use crate::model::text::{width, wrap};
use crate::model::{HostId, Ref};
use crate::protocol::JobId;

/// The widest that a question is.
const WIDEST: usize = 72;

/// Something that lies over the screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A choice of one of several things.
    Menu(Menu),
    /// A question before something harmful.
    Confirm(Confirm),
    /// A line that is typed.
    Prompt(Prompt),
    /// Fields to be filled.
    Form(Box<FormState>),
    /// What a job writes.
    Output(JobId),
    /// Every key and what it does.
    Help(Scroll),
    /// What the doctor finds at a host, as it comes.
    Doctor(HostId, Scroll),
    /// A text to read: a whole error, a job's record.
    Text {
        /// Its title.
        title: String,
        /// Its lines.
        lines: Vec<String>,
        /// How far it is scrolled.
        scroll: Scroll,
    },
}

/// Columns and rows in which a text is read over a screen of a size.
pub fn reading(size: Size) -> (usize, u16) {
    let columns = usize::from(size.width).saturating_sub(8).clamp(1, 100);
    (columns, size.height.saturating_sub(6))
}

/// The rows of a text in some columns; an empty line takes one.
pub fn wrapped(lines: &[String], columns: usize) -> Vec<&str> {
    let rows = lines.iter().flat_map(|line| {
        let blank = line.is_empty().then_some("");
        blank.into_iter().chain(wrap(line, columns))
    });
    rows.collect()
}

/// How far a text is scrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The first line that shows.
    pub top: usize,
}

/// A choice of one of several things, narrowed by typing where it is long.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Its title.
    pub title: String,
    /// Keys that do something in it, told at its lower edge; empty where there is nothing to tell.
    pub keys: &'static str,
    /// Everything to choose from.
    pub items: Vec<MenuItem>,
    /// What has been typed to narrow it; none where keys are shortcuts.
    pub search: Option<Editor>,
    /// Places of the items that show, best first.
    pub found: Vec<usize>,
    /// Which of those is under the cursor.
    pub cursor: usize,
}

/// A thing to choose.
#[derive(Clone, Debug)]
pub struct MenuItem {
    /// What it is.
    pub label: String,
    /// The key that does it without the menu.
    pub key: String,
    /// What it does or what it is: one sentence.
    pub about: String,
    /// Why it cannot be chosen now.
    pub refused: Option<String>,
    /// A switch: on or off; none for a thing that is done.
    pub switch: Option<bool>,
    /// What is done.
    pub deed: Deed,
}

/// What choosing does.
#[derive(Clone, Debug)]
pub enum Deed {
    /// An action.
    Act(&'static Action, Call),
    /// Text goes to the clipboard.
    Copy(String),
    /// A column shows or hides; the menu stays.
    Column(&'static str),
    /// An object is selected.
    Select(Ref),
    /// A field of the form below gets the focus, by its place.
    Field(usize),
    /// Something else is done with the form below.
    More(&'static More),
    /// A host shows alone; shown alone already, all do. A space connects it or ends that, and the
    /// menu stays.
    Host(HostId),
}

impl Menu {
    /// A menu whose items' keys choose at once.
    pub fn new(title: impl Into<String>, items: Vec<MenuItem>) -> Self {
        let found = (0..items.len()).collect();
        Self {
            title: title.into(),
            keys: "",
            items,
            search: None,
            found,
            cursor: 0,
        }
    }

    /// A menu that is narrowed by typing.
    pub fn searched(title: impl Into<String>, items: Vec<MenuItem>) -> Self {
        Self {
            search: Some(Editor::default()),
            ..Self::new(title, items)
        }
    }

    /// The item under the cursor.
    pub fn chosen(&self) -> Option<&MenuItem> {
        self.items.get(*self.found.get(self.cursor)?)
    }

    /// The host under the cursor, in a menu of hosts.
    pub fn on_host(&self) -> Option<&HostId> {
        match &self.chosen()?.deed {
            Deed::Host(host) => Some(host),
            Deed::Act(..)
            | Deed::Copy(_)
            | Deed::Column(_)
            | Deed::Select(_)
            | Deed::Field(_)
            | Deed::More(_) => None,
        }
    }

    /// Whether it is a choice among hosts.
    pub fn is_of_hosts(&self) -> bool {
        let is_host = |item: &MenuItem| matches!(item.deed, Deed::Host(_));
        self.items.iter().any(is_host)
    }

    /// Puts other items in the place of its own; the cursor stays on its host.
    pub(super) fn renew(&mut self, items: Vec<MenuItem>) {
        let host = self.on_host().cloned();
        let before = self.cursor;
        self.items = items;
        self.found = (0..self.items.len()).collect();
        self.narrow();
        let is_it = |place: &usize| match self.items.get(*place).map(|item| &item.deed) {
            Some(Deed::Host(of)) => Some(of) == host.as_ref(),
            _ => false,
        };
        let last = self.found.len().saturating_sub(1);
        self.cursor = self
            .found
            .iter()
            .position(is_it)
            .unwrap_or(before.min(last));
    }

    /// Moves the cursor, from the last to the first and back.
    pub fn step(&mut self, by: isize) {
        let count = self.found.len();
        if count > 0 {
            self.cursor = (self.cursor as isize + by).rem_euclid(count as isize) as usize;
        }
    }

    /// Shows what matches the typed text, best first.
    pub fn narrow(&mut self) {
        let Some(search) = &self.search else { return };
        let typed = search.text();
        self.found = rank(typed, self.items.iter().map(|item| item.label.as_str()));
        // then those whose sentence has the words as they are
        let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
        let says = |item: &MenuItem| {
            let about = item.about.to_lowercase();
            !words.is_empty() && words.iter().all(|word| about.contains(word))
        };
        let mut named = vec![false; self.items.len()];
        for place in &self.found {
            named[*place] = true;
        }
        let also: Vec<usize> = (0..self.items.len())
            .filter(|place| !named[*place] && says(&self.items[*place]))
            .collect();
        self.found.extend(also);
        self.cursor = 0;
    }
}

/// A question before something harmful. It stands on Cancel.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The question, naming the object.
    pub title: String,
    /// What else it touches.
    pub lines: Vec<String>,
    /// Choices that go with it.
    pub choices: Vec<Choice>,
    /// A name that has to be typed before the verb can be pressed.
    pub typed: Option<Typed>,
    /// The verb on the button.
    pub verb: String,
    /// What has the focus: 0 is Cancel, 1 the verb, from 2 on the choices.
    pub focus: usize,
    /// The action.
    pub action: &'static Action,
    /// What it is called with.
    pub call: Call,
    /// How far its lines are scrolled, where the screen is too low for all.
    pub scroll: Scroll,
}

/// A name that has to be typed.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The name.
    pub wanted: String,
    /// What is typed.
    pub editor: Editor,
}

impl Typed {
    /// Whether it is typed.
    pub fn is_done(&self) -> bool {
        self.editor.text() == self.wanted
    }
}

/// A choice that goes with a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word that the action knows it by.
    pub id: &'static str,
    /// What it says.
    pub label: String,
    /// Whether it is on.
    pub on: bool,
}

impl Confirm {
    /// Whether the verb can be pressed: no name is wanted, or it is typed.
    pub fn is_ready(&self) -> bool {
        self.typed.as_ref().is_none_or(Typed::is_done)
    }

    /// Types at the wanted name. Typed whole, the verb has the focus, and Enter presses it.
    pub(super) fn type_name(&mut self, typing: impl FnOnce(&mut Editor) -> bool) {
        let Some(typed) = &mut self.typed else { return };
        if !typing(&mut typed.editor) {
            return;
        }
        match typed.is_done() {
            true => self.focus = 1,
            false if self.focus == 1 => self.focus = 0,
            false => {}
        }
    }

    /// How wide its lines may be on a screen of a size.
    pub fn columns(&self, size: Size) -> usize {
        let most = usize::from(size.width.saturating_sub(6)).clamp(10, WIDEST);
        let labels = self.choices.iter().map(|choice| width(&choice.label) + 4);
        let lines = self.lines.iter().map(|line| width(line));
        let widest = lines.chain(labels).max().unwrap_or(0);
        widest.max(width(&self.title) + 2).max(40).min(most)
    }

    /// Its lines, wrapped.
    pub fn rows(&self, size: Size) -> Vec<&str> {
        let columns = self.columns(size);
        let lines = self.lines.iter();
        lines.flat_map(|line| wrap(line, columns)).collect()
    }

    /// Rows under its lines, which never give way: choices, the typed name, the buttons.
    pub fn below(&self) -> usize {
        let choices = self.choices.len() + usize::from(!self.choices.is_empty());
        choices + if self.typed.is_some() { 3 } else { 0 } + 3
    }

    /// How many of its lines show.
    pub fn room(&self, size: Size) -> usize {
        usize::from(size.height).saturating_sub(self.below() + 2)
    }

    /// How many places can have the focus.
    pub fn places(&self) -> usize {
        2 + self.choices.len()
    }
}

/// A line that is typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is for.
    pub purpose: Purpose,
    /// What stands before it.
    pub title: String,
    /// The text.
    pub editor: Editor,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// How the word under the cursor can go on.
    pub completions: Vec<Completion>,
    /// Which completion is chosen.
    pub chosen: Option<usize>,
    /// Which earlier line is shown: how many back.
    pub back: usize,
    /// The path that stood in it at first, where one from the root takes its place.
    pub preset: Option<String>,
    /// What had been typed before looking at earlier lines.
    pub draft: String,
}

/// A way in which a typed line can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole line.
    pub line: String,
    /// What is shown.
    pub label: String,
    /// What it is.
    pub about: String,
}

/// What a typed line is for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Filters the list as it is typed.
    Filter {
        /// The filter before.
        before: String,
        /// Where the cursor stood: it comes back there as soon as that passes what is typed.
        stood: Option<Ref>,
    },
    /// Searches the log as it is typed.
    LogSearch {
        /// The search before, and whether it is an expression.
        before: Option<(String, bool)>,
    },
    /// Searches the detail's page as it is typed.
    PageSearch {
        /// The search before; empty for none.
        before: String,
    },
    /// A command.
    Command,
    /// The next argument of an action.
    Argument(&'static Action, Call),
}

impl Prompt {
    /// An empty line.
    pub fn new(purpose: Purpose, title: impl Into<String>) -> Self {
        Self {
            purpose,
            title: title.into(),
            editor: Editor::default(),
            fault: None,
            completions: Vec::new(),
            chosen: None,
            back: 0,
            preset: None,
            draft: String::new(),
        }
    }

    /// A path from the root, typed behind the path that stood there at first, takes its place.
    pub(super) fn take_root(&mut self) {
        let text = self.editor.text();
        let typed = self
            .preset
            .as_deref()
            .and_then(|preset| text.strip_prefix(preset));
        let is_at_end = self.editor.cursor() == text.chars().count();
        if let Some(typed) =
            typed.filter(|typed| typed.starts_with(['/']) || typed.starts_with("~/"))
            && is_at_end
        {
            let typed = typed.to_owned();
            self.editor.set(&typed);
        }
    }

    /// The same with some text in it.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.editor.set(text);
        self
    }
}
