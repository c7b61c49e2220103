//! Keys in the menu of hosts: what they do to the host under its cursor.

use super::Store;
use super::actions::{self, Call};
use super::menus;
use super::message::Effects;
use super::overlay::Overlay;
use crate::model::input::{Code, Key};

/// Whether a key does something to the host under the cursor.
pub(super) fn takes(key: Key) -> bool {
    key.typed() == Some(' ') || host_key(key).is_some()
}

impl Store {
    /// Takes such a key; where the cursor is on no host, says why nothing is done.
    pub(super) fn key_on_host(&mut self, key: Key) -> Effects {
        let Some(Overlay::Menu(menu)) = self.overlays.last() else {
            return Vec::new();
        };
        if menu.on_host().is_none() {
            let on = menu.chosen().map_or("nothing", |item| &item.label);
            let text = format!("{key}: the cursor is on `{on}`; move it to the host that is meant");
            self.toasts.explain(text, self.now);
            return Vec::new();
        }
        match host_key(key) {
            Some(id) => self.act_on_host(id),
            None => self.toggle_host(),
        }
    }

    /// Connects the host under the menu's cursor, or disconnects it; the menu stays.
    fn toggle_host(&mut self) -> Effects {
        let Some(Overlay::Menu(menu)) = self.overlays.last() else {
            return Vec::new();
        };
        let Some(host) = menu.on_host().cloned() else {
            return Vec::new();
        };
        let effects = if self.world.hosts.contains_key(&host) {
            self.disconnect(&host)
        } else {
            self.connect(&host)
        };
        let items = menus::hosts(self).items;
        if let Some(Overlay::Menu(menu)) = self.overlays.last_mut() {
            menu.renew(items);
        }
        effects
    }

    /// Does an action to the host under the menu's cursor.
    fn act_on_host(&mut self, id: &str) -> Effects {
        let Some(Overlay::Menu(menu)) = self.overlays.last() else {
            return Vec::new();
        };
        let (Some(host), Some(action)) = (menu.on_host().cloned(), actions::find(id)) else {
            return Vec::new();
        };
        // a test leaves the menu as it is
        if action.id != "host.test" {
            self.overlays.pop();
        }
        self.invoke(action, Call::word(host.as_str()))
    }
}

/// What a key does to the host under the cursor of a menu.
fn host_key(key: Key) -> Option<&'static str> {
    match key.code {
        Code::Delete => Some("host.remove"),
        _ if key == Key::ctrl('e') => Some("host.edit"),
        _ if key == Key::ctrl('t') => Some("host.test"),
        _ if key == Key::ctrl('d') => Some("host.doctor"),
        _ => None,
    }
}
