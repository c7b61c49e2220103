//! Menus and palette, read from the action table.

use super::Store;
use super::actions::{self, Action, Availability, Call, Scope};
use super::overlay::{Deed, Menu, MenuItem};
use crate::config::hosts::ALL;
use crate::model::HostSpec;

/// A menu's row. It keeps what it is about, whatever the cursor and the marks do meanwhile.
fn item(store: &Store, action: &'static Action, mut call: Call) -> Option<MenuItem> {
    let targets = if call.targets.is_empty() {
        store.targets()
    } else {
        call.targets.clone()
    };
    if action.targets {
        call.targets.clone_from(&targets);
    }
    let refused = match store.offers(action, &targets) {
        Availability::Hidden => return None,
        Availability::Yes => None,
        Availability::No(reason) => Some(reason),
    };
    Some(MenuItem {
        label: action.label.to_owned(),
        key: store.keymap.key_text(action),
        about: action.about.to_owned(),
        refused,
        switch: None,
        deed: Deed::Act(action, call),
    })
}

/// Everything that can be done to what is selected.
pub(super) fn actions_menu(store: &Store) -> Menu {
    let targets = store.targets();
    let title = match targets.as_slice() {
        [] => "Actions".to_owned(),
        [target] => store.world.full_name(target),
        several => crate::model::units::plural(several.len(), "container"),
    };
    let items = actions::all()
        .filter(|action| action.scope == Scope::Containers && action.id != "container.menu")
        .filter_map(|action| item(store, action, Call::default()))
        .collect();
    Menu::new(title, items)
}

/// The ports that are forwarded to this machine; choosing one ends it.
pub(super) fn forwards(store: &Store) -> Menu {
    let action = actions::find("port.unforward");
    let items = store.world.forwards().filter_map(|(id, forward)| {
        let container = crate::model::Ref::container(id, &forward.container);
        let name = store.world.name_of(&container);
        Some(MenuItem {
            label: format!("127.0.0.1:{}", forward.local),
            key: String::new(),
            about: format!("leads to {name}:{} on {id}; Enter ends it", forward.port),
            refused: None,
            switch: None,
            deed: Deed::Act(action?, Call::word(forward.local.to_string())),
        })
    });
    Menu::new("Forwarded ports", items.collect())
}

/// Every action and every object, by name.
pub(super) fn palette(store: &Store) -> Menu {
    let mut items: Vec<MenuItem> = actions::all()
        .filter(|action| !action.id.starts_with("cursor.") && action.id != "app.palette")
        // what has no word after `:` is only of use where its key is live
        .filter(|action| !action.word.is_empty() || store.is_live(action))
        .filter_map(|action| item(store, action, Call::default()))
        .collect();
    // what can be done first
    items.sort_by_key(|item| item.refused.is_some());
    let several = store.world.hosts.len() > 1;
    let mut objects: Vec<MenuItem> = store
        .world
        .items(store.now)
        .map(|known| MenuItem {
            label: match several {
                true => format!("{}/{}", known.host, known.container.name),
                false => known.container.name.to_string(),
            },
            key: String::new(),
            about: format!("go to container · {}", known.container.image),
            refused: None,
            switch: None,
            deed: Deed::Select(crate::model::Ref::container(
                known.host,
                &known.container.id,
            )),
        })
        .collect();
    objects.sort_by(|a, b| a.label.cmp(&b.label));
    items.extend(objects);
    Menu::searched("Go to or do", items)
}

/// Every known host: connected or not, how it is, where it is.
pub(super) fn hosts(store: &Store) -> Menu {
    let mut items: Vec<MenuItem> = Vec::new();
    if store.world.hosts.len() > 1
        && let Some(show) = actions::find("host.show")
    {
        items.push(MenuItem {
            label: ALL.to_owned(),
            key: current(store.world.scope.is_none()),
            about: format!("show all {} connected hosts", store.world.hosts.len()),
            refused: None,
            switch: None,
            deed: Deed::Act(show, Call::word(ALL)),
        });
    }
    // those that are looked at first
    let connected = |spec: &&HostSpec| store.world.hosts.contains_key(&spec.id);
    let (first, rest): (Vec<_>, Vec<_>) = store.roster.iter().partition(connected);
    for spec in first.into_iter().chain(rest) {
        let mut about = store.host_state(&spec.id);
        let origin = actions::hosts::origin_word(spec.origin);
        for more in [
            if spec.protect { "protected" } else { "" },
            if spec.read_only { "read-only" } else { "" },
            origin,
            spec.place(),
        ] {
            if !more.is_empty() {
                about = format!("{about} · {more}");
            }
        }
        items.push(MenuItem {
            label: spec.id.to_string(),
            key: current(store.world.scope.as_ref() == Some(&spec.id)),
            about,
            refused: None,
            switch: Some(store.world.hosts.contains_key(&spec.id)),
            deed: Deed::Host(spec.id.clone()),
        });
    }
    items.extend(actions::find("host.add").and_then(|add| item(store, add, Call::default())));
    Menu {
        keys: "enter alone · space connect · ctrl-e edit -t test -d doctor · del remove",
        ..Menu::searched("Hosts", items)
    }
}

/// The sign of what shows now.
fn current(shows: bool) -> String {
    if shows { "shown" } else { "" }.to_owned()
}

/// Which columns show.
pub(super) fn columns(store: &Store) -> Menu {
    let list = store.list();
    let items = list
        .listing
        .heads()
        .filter(|column| !column.pinned)
        .map(|column| MenuItem {
            label: column.id.to_owned(),
            key: String::new(),
            about: column.about.to_owned(),
            refused: None,
            switch: Some(list.columns.iter().any(|id| id == column.id)),
            deed: Deed::Column(column.id),
        });
    Menu::new("Columns", items.collect())
}
