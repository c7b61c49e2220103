//! An engine's whole answer as a tree of rows that fold. Secrets in it are masked by one rule, for
//! what shows and for what is copied.

use serde_json::Value;

use super::page::{Fold, Page, PageRow, PageView};
use super::tabs::{note, plain};
use crate::model::secret::{MASK, is_secret, is_secret_name};
use crate::model::text::{clean, clean_lines};
use crate::model::units;
use crate::resource::Tone;

/// Rows of a page at most: what is beyond is said.
const MOST: usize = 20_000;

/// Where a value stands, as far as its mask depends on it.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The key it stands under; an array's elements stand under the array's.
    key: &'a str,
    /// Whether that key or one above it names a secret.
    below_secret: bool,
    /// Whether nothing is masked.
    revealed: bool,
}

/// What stands right below a value: its name, its path, and where it stands.
struct Child<'a> {
    name: String,
    path: String,
    value: &'a Value,
    place: Place<'a>,
}

/// The tree's rows that show; with `all`, those in closed branches too.
pub(super) fn tree(json: &Value, view: &PageView, all: bool) -> Page {
    let mut page = Page::default();
    branch(json, ("", root(view)), 0, (view, all), &mut page.rows);
    if page.rows.len() >= MOST {
        let text = format!("the first {} rows", units::count(MOST as u64));
        page.note = Some(note(text, Tone::Warn));
    }
    page
}

/// All that stands at a path, as JSON with its secrets masked.
pub(super) fn value_at(json: &Value, view: &PageView, path: &str) -> Option<String> {
    let (mut value, mut place, mut at) = (json, root(view), String::new());
    while at != path {
        let child = children(value, &at, place).into_iter().find(|child| {
            let below = path.strip_prefix(&child.path);
            below.is_some_and(|below| below.is_empty() || below.starts_with(['.', '[']))
        })?;
        (value, place, at) = (child.value, child.place, child.path);
    }
    let text = serde_json::to_string_pretty(&masked(value, place)).ok()?;
    Some(clean_lines(&text))
}

fn root(view: &PageView) -> Place<'static> {
    Place {
        key: "",
        below_secret: false,
        revealed: view.revealed,
    }
}

fn children<'a>(value: &'a Value, path: &str, place: Place<'a>) -> Vec<Child<'a>> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                let name = clean(key);
                let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
                let path = if plain {
                    format!("{path}.{name}")
                } else {
                    format!("{path}[{name:?}]")
                };
                let place = place.under(key);
                Child {
                    name,
                    path,
                    value,
                    place,
                }
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| Child {
                name: format!("{index}"),
                path: format!("{path}[{index}]"),
                value,
                place: place.element(items, index),
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

impl<'a> Place<'a> {
    fn under(self, key: &'a str) -> Self {
        Self {
            key,
            below_secret: self.below_secret || is_secret_name(key),
            ..self
        }
    }

    /// An array's element; behind a flag like `--requirepass` stands a secret.
    fn element(self, items: &[Value], index: usize) -> Self {
        let before = index.checked_sub(1).and_then(|before| items.get(before));
        let after_flag = before.and_then(Value::as_str).is_some_and(|flag| {
            flag.starts_with('-') && !flag.contains('=') && is_secret_name(flag)
        });
        Self {
            below_secret: self.below_secret || after_flag,
            ..self
        }
    }

    /// A string as it may be seen; `NAME=value` of a variable keeps its name.
    fn text(self, text: &str) -> String {
        let text = clean(text);
        if self.revealed || text.is_empty() {
            return text;
        }
        if self.key == "Env"
            && !self.below_secret
            && let Some((name, value)) = text.split_once('=')
        {
            return if is_secret(name, value) {
                format!("{name}={MASK}")
            } else {
                text
            };
        }
        if self.below_secret || is_secret(self.key, &text) {
            MASK.to_owned()
        } else {
            text
        }
    }

    /// Whether a number is a secret: `"pin_token": 4711`.
    fn hides_numbers(self) -> bool {
        self.below_secret && !self.revealed
    }
}

/// The rows below a value: what folds stands closed at first.
fn branch(
    value: &Value,
    (path, place): (&str, Place<'_>),
    depth: u16,
    (view, all): (&PageView, bool),
    rows: &mut Vec<PageRow>,
) {
    for child in children(value, path, place) {
        if rows.len() >= MOST {
            return;
        }
        let count = match child.value {
            Value::Object(fields) => fields.len(),
            Value::Array(items) => items.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        };
        let open = all || view.toggled.get(&child.path).copied().unwrap_or(false);
        let fold = match (count, open) {
            (0, _) => Fold::Leaf,
            (_, true) => Fold::Open,
            (_, false) => Fold::Closed,
        };
        let (shown, tone) = scalar(&child, count);
        rows.push(PageRow {
            path: child.path.clone(),
            depth,
            fold,
            // what folds is written out when it is copied, and not on every frame
            value: if count == 0 {
                shown.clone()
            } else {
                String::new()
            },
            cells: vec![(child.name, Tone::Dim), (shown, tone)],
        });
        if open && count > 0 {
            let at = (child.path.as_str(), child.place);
            branch(child.value, at, depth + 1, (view, all), rows);
        }
    }
}

fn scalar(child: &Child<'_>, count: usize) -> (String, Tone) {
    match child.value {
        Value::Object(_) if count > 0 => (format!("{{{count}}}"), Tone::Dim),
        Value::Array(_) if count > 0 => (format!("[{count}]"), Tone::Dim),
        Value::Object(_) => ("{}".to_owned(), Tone::Dim),
        Value::Array(_) => ("[]".to_owned(), Tone::Dim),
        Value::Null => ("null".to_owned(), Tone::Dim),
        Value::Number(_) if child.place.hides_numbers() => (MASK.to_owned(), Tone::Accent),
        Value::Bool(_) | Value::Number(_) => (plain(child.value), Tone::Accent),
        Value::String(text) => (child.place.text(text), Tone::Text),
    }
}

/// A value with its secrets masked, for copying.
fn masked(value: &Value, place: Place<'_>) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), masked(value, place.under(key))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| masked(value, place.element(items, index)))
            .collect(),
        Value::String(text) => Value::String(place.text(text)),
        Value::Number(_) if place.hides_numbers() => Value::String(MASK.to_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
