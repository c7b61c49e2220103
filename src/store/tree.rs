//! An engine's whole answer as a tree of rows that fold; secrets in it are masked.

use serde_json::Value;

use super::page::{Fold, Page, PageRow, PageView};
use super::tabs::{note, plain};
use crate::model::secret::{MASK, is_secret};
use crate::model::text::{clean, clean_lines};
use crate::model::units;
use crate::resource::Tone;

/// Rows of a page at most: what is beyond is said.
const MOST: usize = 20_000;

pub(super) fn tree(json: &Value, view: &PageView) -> Page {
    let mut page = Page::default();
    branch(json, "", 0, view, &mut page.rows);
    if page.rows.len() >= MOST {
        let text = format!("the first {} rows", units::count(MOST as u64));
        page.note = Some(note(text, Tone::Warn));
    }
    page
}

/// The rows below a value: what folds stands closed at first.
fn branch(value: &Value, path: &str, depth: u16, view: &PageView, rows: &mut Vec<PageRow>) {
    let children: Vec<(String, String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                let key = clean(key);
                let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_');
                let path = if plain {
                    format!("{path}.{key}")
                } else {
                    format!("{path}[{key:?}]")
                };
                (key, path, value)
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("{index}"), format!("{path}[{index}]"), value))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    for (key, child, value) in children {
        if rows.len() >= MOST {
            return;
        }
        let count = match value {
            Value::Object(fields) => fields.len(),
            Value::Array(items) => items.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        };
        let open = view.toggled.get(&child).copied().unwrap_or(false);
        let fold = match (count, open) {
            (0, _) => Fold::Leaf,
            (_, true) => Fold::Open,
            (_, false) => Fold::Closed,
        };
        let (shown, tone) = scalar(&key, &child, value, count, view.revealed);
        let copied = if count == 0 {
            shown.clone()
        } else {
            serde_json::to_string_pretty(&masked(&child, value, view.revealed))
                .map(|text| clean_lines(&text))
                .unwrap_or_default()
        };
        rows.push(PageRow {
            path: child.clone(),
            depth,
            fold,
            cells: vec![(key, Tone::Dim), (shown, tone)],
            value: copied,
        });
        if open && count > 0 {
            branch(value, &child, depth + 1, view, rows);
        }
    }
}

fn scalar(key: &str, path: &str, value: &Value, count: usize, revealed: bool) -> (String, Tone) {
    match value {
        Value::Object(_) if count > 0 => (format!("{{{count}}}"), Tone::Dim),
        Value::Array(_) if count > 0 => (format!("[{count}]"), Tone::Dim),
        Value::Object(_) => ("{}".to_owned(), Tone::Dim),
        Value::Array(_) => ("[]".to_owned(), Tone::Dim),
        Value::Null => ("null".to_owned(), Tone::Dim),
        Value::Bool(_) | Value::Number(_) => (plain(value), Tone::Accent),
        Value::String(text) => (mask_text(key, path, text, revealed), Tone::Text),
    }
}

/// A string of the tree: a secret's value is masked; `NAME=value` keeps its name.
fn mask_text(key: &str, path: &str, text: &str, revealed: bool) -> String {
    let text = clean(text);
    if revealed {
        return text;
    }
    if path.contains(".Env[")
        && let Some((name, value)) = text.split_once('=')
    {
        return if is_secret(name, value) {
            format!("{name}={MASK}")
        } else {
            text
        };
    }
    if is_secret(key, &text) && !path.starts_with(".HostConfig.Sec") {
        MASK.to_owned()
    } else {
        text
    }
}

/// A value with its secrets masked, for copying.
fn masked(path: &str, value: &Value, revealed: bool) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| {
                    (
                        key.clone(),
                        masked(&format!("{path}.{key}"), value, revealed),
                    )
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .map(|(index, value)| masked(&format!("{path}[{index}]"), value, revealed))
                .collect(),
        ),
        Value::String(text) => {
            let key = path.rsplit('.').next().unwrap_or(path);
            Value::String(mask_text(key, path, text, revealed))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
