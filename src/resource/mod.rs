//! How a kind of object is listed: its columns, their text, order and tone. A kind is described
//! by data; the list that shows it is the same for all.

pub mod containers;
pub mod events;
pub mod health;
pub mod hosts;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Debug;

use crate::model::{HostId, Labels, Ref};

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
    None,
}

/// The state of an object: the sign before its name, the word for it, its tone.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// The shape.
    pub mark: Mark,
    /// The word.
    pub word: Cow<'static, str>,
    /// What its colour says.
    pub tone: Tone,
}

impl Sign {
    /// A shape and a word in a tone.
    pub fn new(mark: Mark, word: impl Into<Cow<'static, str>>, tone: Tone) -> Self {
        Self {
            mark,
            word: word.into(),
            tone,
        }
    }
}

/// What a column shows of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its text; clean.
    pub text: Cow<'static, str>,
    /// What its colour says.
    pub tone: Tone,
}

impl Cell {
    /// Text in a tone.
    pub fn new(text: impl Into<Cow<'static, str>>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
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

    /// Plain text, or nothing to show.
    pub fn optional(text: Option<String>) -> Self {
        text.map_or_else(Self::none, Self::text)
    }
}

/// The history that a sparkline draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// A value a second, oldest first; `NaN` where there is none.
    pub values: Vec<f32>,
    /// The second of the newest, or any count that grows with them: the picture moves with it.
    pub end: i64,
    /// The value of a full cell; none: the greatest of those that show.
    pub max: Option<f32>,
    /// Whether `max` is a limit: then colours say how near it is.
    pub limited: bool,
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

impl Order {
    /// A number, or none.
    pub fn number(value: Option<f64>) -> Self {
        Self::Number(value.unwrap_or(f64::NEG_INFINITY))
    }

    /// A text in small letters; what is missing comes last.
    pub fn text(value: Option<&str>) -> Self {
        let text = value.map_or_else(|| "\u{10ffff}".into(), str::to_lowercase);
        Self::Text(text.into())
    }
}

/// A kind of object that a list can show.
pub trait Resource: Debug + Sync + 'static {
    /// An object with what belongs to its row.
    type Item<'a>;
    /// Docker's word for one of them.
    const WORD: &'static str;
    /// The words for those that are active, and for those that are not: `running`, `stopped`.
    const ACTIVE: (&'static str, &'static str);
    /// What is said where there is none, and how one comes to be.
    const EMPTY: (&'static str, &'static str);
    /// What objects stand together by; none where there are no groups.
    const GROUPED_BY: Option<&'static str> = None;
    /// The columns that show at first, beside those that always do.
    const SHOWN: &'static [&'static str];
    /// The sorting column at first, and whether the other way round.
    const SORT: (&'static str, bool);
    /// Whether a cursor on the newest row stays on the newest one, as in a log.
    const FOLLOWS: bool = false;
    /// Every column, in the order in which the column picker shows them.
    const COLUMNS: &'static [Column<Self>];
    /// What stands before `:` in a filter, beside the columns' ids.
    const KEYS: &'static [FilterKey<Self>];

    /// Its name for anything.
    fn target(item: &Self::Item<'_>) -> Ref;
    /// The host that it is on.
    fn host<'a>(item: &Self::Item<'a>) -> &'a HostId;
    /// Its name for people, which the words of a filter are about.
    fn name<'a>(item: &Self::Item<'a>) -> &'a str;
    /// Whether a word of a filter, in small letters, is about it.
    fn says(item: &Self::Item<'_>, word: &str) -> bool {
        holds(Self::name(item), word)
    }
    /// Its state.
    fn sign(item: &Self::Item<'_>) -> Sign;

    /// Its name below its group's line.
    fn short_name<'a>(item: &Self::Item<'a>) -> &'a str {
        Self::name(item)
    }

    /// The group that it belongs to, where the list is grouped.
    fn group<'a>(_: &Self::Item<'a>) -> Option<&'a str> {
        None
    }

    /// Whether it is what one looks for first. Others are dim, and can be hidden.
    fn is_active(_: &Self::Item<'_>) -> bool {
        true
    }
}

/// What is known of a column without an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
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
    /// Whether it always shows.
    pub pinned: bool,
    /// How it takes the room that others leave; none where its width is fixed.
    pub grow: Option<Grow>,
}

/// Columns of the screen of the one column whose text is of any length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grow {
    /// Those that it always has.
    pub least: u16,
    /// Those that it gets before other columns do, when a name needs them.
    pub first: u16,
    /// Those that it has at most.
    pub most: u16,
}

/// A column of a list.
pub struct Column<R: Resource + ?Sized> {
    /// What is known of it without an object.
    pub head: Head,
    /// What it shows.
    pub show: for<'a> fn(&R::Item<'a>) -> Cell,
    /// What it is sorted by; greater numbers come first, texts from A on.
    pub order: for<'a> fn(&R::Item<'a>) -> Order,
    /// The last seconds as a sparkline.
    pub trend: for<'a> fn(&R::Item<'a>, usize) -> Option<Trend>,
}

impl<R: Resource> Column<R> {
    /// A column with its id, which is its title too, a sentence about it and its width. It shows
    /// and is sorted by nothing yet.
    pub const fn new(id: &'static str, about: &'static str, width: u16) -> Self {
        Self {
            head: Head {
                id,
                title: id,
                about,
                width,
                spark: 0,
                align: Align::Left,
                live: false,
                brief: false,
                pinned: false,
                grow: None,
            },
            show: |_| Cell::none(),
            order: |_| Order::Number(0.0),
            trend: |_, _| None,
        }
    }

    /// The same with another word above it.
    #[must_use]
    pub const fn titled(mut self, title: &'static str) -> Self {
        self.head.title = title;
        self
    }

    /// The same with what it shows.
    #[must_use]
    pub const fn show(mut self, show: for<'a> fn(&R::Item<'a>) -> Cell) -> Self {
        self.show = show;
        self
    }

    /// The same with what it is sorted by.
    #[must_use]
    pub const fn order(mut self, order: for<'a> fn(&R::Item<'a>) -> Order) -> Self {
        self.order = order;
        self
    }

    /// The same with a sparkline behind its text.
    #[must_use]
    pub const fn spark(
        mut self,
        columns: u16,
        trend: for<'a> fn(&R::Item<'a>, usize) -> Option<Trend>,
    ) -> Self {
        self.head.spark = columns;
        self.trend = trend;
        self
    }

    /// The same with its text at the right: numbers.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.head.align = Align::Right;
        self
    }

    /// The same as one that changes by itself.
    #[must_use]
    pub const fn live(mut self) -> Self {
        self.head.live = true;
        self
    }

    /// The same as one that only an inspect tells.
    #[must_use]
    pub const fn brief(mut self) -> Self {
        self.head.brief = true;
        self
    }

    /// The same as one that always shows.
    #[must_use]
    pub const fn pinned(mut self) -> Self {
        self.head.pinned = true;
        self
    }

    /// The same as the one that takes the room that others leave.
    #[must_use]
    pub const fn grow(mut self, least: u16, first: u16, most: u16) -> Self {
        self.head.grow = Some(Grow { least, first, most });
        self
    }
}

/// What stands before `:` in a filter.
pub struct FilterKey<R: Resource + ?Sized> {
    /// Its words.
    pub names: &'static [&'static str],
    /// The words behind it, of which the beginning is enough; none where any text may stand.
    pub values: fn() -> Vec<&'static str>,
    /// Whether an object has a value, which is in small letters; an empty one asks whether it has
    /// any at all.
    pub holds: for<'a> fn(&R::Item<'a>, &str) -> bool,
}

impl<R: Resource> FilterKey<R> {
    /// A key behind which any text may stand.
    pub const fn new(
        names: &'static [&'static str],
        holds: for<'a> fn(&R::Item<'a>, &str) -> bool,
    ) -> Self {
        Self {
            names,
            values: Vec::new,
            holds,
        }
    }

    /// The same with the words that there are.
    #[must_use]
    pub const fn of(mut self, values: fn() -> Vec<&'static str>) -> Self {
        self.values = values;
        self
    }
}

/// Whether an object's labels hold one: `tier` asks for its key, `tier=web` for its value too.
pub fn has_label(labels: &Labels, wanted: &str) -> bool {
    let (key, value) = match wanted.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (wanted, None),
    };
    labels.iter().any(|(name, found)| {
        name.eq_ignore_ascii_case(key) && value.is_none_or(|v| found.eq_ignore_ascii_case(v))
    })
}

/// What the colour of a share of a limit says, in percent.
pub fn share_tone(percent: f32) -> Tone {
    if percent > 90.0 {
        Tone::Bad
    } else if percent > 75.0 {
        Tone::Warn
    } else {
        Tone::Text
    }
}

/// Whether a text begins with another, which is in small letters.
pub fn has_prefix(text: &str, start: &str) -> bool {
    text.to_lowercase().starts_with(start)
}

/// Whether a text holds another, which is in small letters.
pub fn holds(text: &str, needle: &str) -> bool {
    text.to_lowercase().contains(needle)
}
