//! Keys to actions, by scope: the table's own keys, those of a keymap before them, and what the
//! person has changed before both.

use std::collections::BTreeMap;

use super::actions::{self, Action, Scope};
use crate::config::{Fault, Settings, keymaps};
use crate::model::input::Key;
use crate::model::text::nearest;

/// Which key does what.
#[derive(Clone, Debug)]
pub struct Keymap {
    actions: BTreeMap<(Scope, Key), &'static Action>,
    keys: BTreeMap<&'static str, Vec<Key>>,
}

impl Keymap {
    /// The keys of the action table, changed as the settings and their keymap say. `text` is the
    /// settings file, for the lines of faults.
    ///
    /// # Errors
    /// An unknown action or key, or two actions on one key, with the line.
    pub fn new(settings: &Settings, text: &str) -> Result<Self, Fault> {
        let mut changed: BTreeMap<&str, (usize, Vec<Key>)> = BTreeMap::new();
        for (id, keys) in &settings.keys {
            let at = |message: String| Fault::at(text, Some(id.span()), message);
            let action = actions::find(id.get_ref()).ok_or_else(|| {
                let near = nearest(id.get_ref(), actions::all().map(|action| action.id));
                let near = near
                    .map(|near| format!("; did you mean `{near}`?"))
                    .unwrap_or_default();
                at(format!("there is no action `{}`{near}", id.get_ref()))
            })?;
            let mut parsed = Vec::new();
            for name in keys.names() {
                parsed.push(name.parse::<Key>().map_err(at)?);
            }
            changed.insert(action.id, (id.span().start, parsed));
        }
        let preset = preset(&settings.keymap, text)?;
        let mut map = Self {
            actions: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        for action in actions::all() {
            let keys = match (changed.get(action.id), preset.get(action.id)) {
                (Some((_, keys)), _) | (None, Some(keys)) => keys.clone(),
                (None, None) => action.default_keys(),
            };
            for key in &keys {
                if let Some(other) = map.actions.insert((action.scope, *key), action) {
                    let place = [action.id, other.id].iter().find_map(|id| changed.get(id));
                    let span = place.map(|(start, _)| *start..*start);
                    let message = format!(
                        "`{key}` is the key of both `{}` and `{}`; give one of them another",
                        other.id, action.id
                    );
                    return Err(Fault::at(text, span, message));
                }
            }
            map.keys.insert(action.id, keys);
        }
        map.check_shadows(&changed, text)?;
        Ok(map)
    }

    /// A key that the person chose must not take another action's away where both are live. The
    /// table and the keymaps do so on purpose: `t` is times in a log and statistics elsewhere.
    fn check_shadows(
        &self,
        changed: &BTreeMap<&str, (usize, Vec<Key>)>,
        text: &str,
    ) -> Result<(), Fault> {
        for ((scope, key), action) in &self.actions {
            let Some((start, _)) = changed.get(action.id) else {
                continue;
            };
            let others = Scope::ALL.iter().map(|(other, _)| *other);
            let mut others = others.filter(|other| scope.meets(*other));
            if let Some(other) = others.find_map(|other| self.actions.get(&(other, *key))) {
                let message = format!(
                    "`{key}` is the key of `{}` too, which is live at the same time as `{}`; \
                     give one of them another",
                    other.id, action.id
                );
                return Err(Fault::at(text, Some(*start..*start), message));
            }
        }
        Ok(())
    }

    /// The action of a key in the first of some scopes that has one.
    pub fn action(&self, scopes: &[Scope], key: Key) -> Option<&'static Action> {
        scopes
            .iter()
            .find_map(|scope| self.actions.get(&(*scope, key)).copied())
    }

    /// The keys of an action.
    pub fn keys(&self, action: &Action) -> &[Key] {
        self.keys.get(action.id).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action, as text; empty when it has none.
    pub fn key_text(&self, action: &Action) -> String {
        self.keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

/// The keys of a keymap by action id.
fn preset(name: &str, text: &str) -> Result<BTreeMap<&'static str, Vec<Key>>, Fault> {
    let fault = |message: String| Fault::of(name, text, message);
    let mut preset = BTreeMap::new();
    for (id, keys) in keymaps::find(name).map_err(fault)? {
        let action = actions::find(&id)
            .ok_or_else(|| fault(format!("the keymap {name}: there is no action `{id}`")))?;
        let keys: Result<Vec<Key>, String> = keys.names().iter().map(|key| key.parse()).collect();
        preset.insert(action.id, keys.map_err(fault)?);
    }
    Ok(preset)
}
