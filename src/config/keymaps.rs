//! Keymaps that come with the program: the keys of other programs for what both can do. Each
//! names the actions whose keys differ from the table's own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Fault;
use crate::model::text::nearest;

/// The name of the keys in the action table.
pub const DEFAULT: &str = "default";

/// Every other keymap by its name.
pub const SHIPPED: [(&str, &str); 3] = [
    (
        "lazydocker",
        include_str!("../../assets/keymaps/lazydocker.toml"),
    ),
    ("k9s", include_str!("../../assets/keymaps/k9s.toml")),
    ("ctop", include_str!("../../assets/keymaps/ctop.toml")),
];

/// One key or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a key as text, or a list of them; an action's name stands in quotes"
)]
pub enum Keys {
    /// One key.
    One(String),
    /// Several keys; none unbinds the action.
    Many(Vec<String>),
}

impl Keys {
    /// The keys as written.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Many(keys) => keys,
        }
    }
}

/// The keys of a keymap by action id.
///
/// # Errors
/// There is no such keymap, with the nearest name.
pub fn find(name: &str) -> Result<BTreeMap<String, Keys>, String> {
    if name == DEFAULT {
        return Ok(BTreeMap::new());
    }
    let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) else {
        let names = SHIPPED.map(|(shipped, _)| shipped);
        let near = nearest(name, names.into_iter().chain([DEFAULT]));
        let near = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{DEFAULT}, {} are the names", names.join(", ")),
        };
        return Err(format!("there is no keymap `{name}`; {near}"));
    };
    toml::from_str(text).map_err(|error| format!("the keymap {name}: {}", error.message()))
}

/// Whether the keymap of the settings is any.
pub(super) fn check(name: &str, text: &str) -> Result<(), Fault> {
    match find(name) {
        Ok(_) => Ok(()),
        Err(message) => Err(Fault::of(name, text, message)),
    }
}
