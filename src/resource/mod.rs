//! How a kind of object is listed: its columns, their text, order and tone. A kind is described
//! by data; the list that shows it is the same for all.

pub mod containers;

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::model::stats::Metric;

/// What a colour says; the theme turns it into a style. A tone is never the only sign: a glyph or
/// a word says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Text.
    #[default]
    Text,
    /// What matters less.
    Dim,
    /// Focus.
    Accent,
    /// All is well.
    Good,
    /// Work is going on.
    Busy,
    /// Look at it soon.
    Warn,
    /// Something is wrong.
    Bad,
}

/// The sign before a name: what state it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the states themselves")]
pub enum Mark {
    Running,
    Starting,
    Healthy,
    Unhealthy,
    Paused,
    Exited,
    Failed,
    Created,
    Busy,
}

/// What a column shows of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its text; clean.
    pub text: Cow<'static, str>,
    /// What its colour says.
    pub tone: Tone,
    /// A sparkline of this metric stands after the text.
    pub spark: Option<Metric>,
}

impl Cell {
    /// Text in a tone.
    pub fn new(text: impl Into<Cow<'static, str>>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
            spark: None,
        }
    }

    /// Plain text.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(text, Tone::Text)
    }

    /// Nothing to show: a dim dash.
    pub fn none() -> Self {
        Self::new("–", Tone::Dim)
    }

    /// The same with a sparkline behind it.
    #[must_use]
    pub fn spark(mut self, metric: Metric) -> Self {
        self.spark = Some(metric);
        self
    }
}

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right: numbers.
    Right,
}

/// What a list is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// A number; missing ones are `f64::NEG_INFINITY`.
    Number(f64),
    /// Text.
    Text(Box<str>),
}

impl Eq for Order {}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// A kind of object that a list can show.
pub trait Resource: 'static {
    /// An object with what belongs to its row.
    type Item<'a>;
    /// Every column, in the order in which the column picker shows them.
    const COLUMNS: &'static [Column<Self>];
}

/// A column of a list.
pub struct Column<R: Resource + ?Sized> {
    /// The word in settings and commands.
    pub id: &'static str,
    /// The word above it.
    pub title: &'static str,
    /// What it shows, with its unit: one sentence.
    pub about: &'static str,
    /// Columns of the screen that its text takes, without a sparkline.
    pub width: u16,
    /// Columns of the screen that its sparkline takes; 0 for none.
    pub spark: u16,
    /// Where its text stands.
    pub align: Align,
    /// Whether it changes by itself: then the list is sorted by it at most once a second.
    pub live: bool,
    /// Whether it is known only after an inspect.
    pub brief: bool,
    /// What it shows.
    pub show: for<'a> fn(&R::Item<'a>) -> Cell,
    /// What it is sorted by; greater numbers come first, texts from A on.
    pub order: for<'a> fn(&R::Item<'a>) -> Order,
}
