//! A service as a tree of keys: values put and taken at paths of keys divided by dots.

use serde_json::{Map, Value};

/// A service, or a part of one.
pub(super) type Tree = Map<String, Value>;

/// Puts a value at a path, with the keys above it.
pub(super) fn put(tree: &mut Tree, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            tree.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = tree
                .entry(first)
                .or_insert_with(|| Value::Object(Tree::new()));
            if let Value::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

/// Adds values to the list at a path.
pub(super) fn add(tree: &mut Tree, path: &str, values: impl IntoIterator<Item = Value>) {
    let mut all = match take(tree, path) {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    all.extend(values);
    put(tree, path, Value::Array(all));
}

/// Takes the value at a path out, and what held nothing else.
pub(super) fn take(tree: &mut Tree, path: &str) -> Option<Value> {
    let Some((first, rest)) = path.split_once('.') else {
        return tree.shift_remove(path);
    };
    let Some(Value::Object(below)) = tree.get_mut(first) else {
        return None;
    };
    let value = take(below, rest);
    if below.is_empty() {
        tree.shift_remove(first);
    }
    value
}

/// A value as the text that an option takes; none of what is no single value.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(on) => Some(on.to_string()),
        // `1.0` is the number 1
        Value::Number(number) => Some(number.to_string().trim_end_matches(".0").to_owned()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of a list, or of the one that stands alone.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(all) => all.iter().map(text).collect(),
        Value::Null => Some(Vec::new()),
        one => Some(vec![text(one)?]),
    }
}

/// `name=value` of a map, or the texts of a list; a value that is null is a name alone.
pub(super) fn pairs(value: &Value) -> Option<Vec<String>> {
    let Value::Object(map) = value else {
        return texts(value);
    };
    let pair = |(name, value): (&String, &Value)| match value {
        Value::Null => Some(name.clone()),
        value => Some(format!("{name}={}", text(value)?)),
    };
    map.iter().map(pair).collect()
}

/// Every text of a tree, its keys aside, to be changed.
pub(super) fn each_text(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(all) => all.iter_mut().for_each(|one| each_text(one, change)),
        Value::Object(map) => map.values_mut().for_each(|one| each_text(one, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
