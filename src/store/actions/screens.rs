//! The screens, and what is particular to some of them.

use super::{Action, Call, Scope};
use crate::model::{Id, Kind, Ref};
use crate::resource::Resource;
use crate::resource::events::Events;
use crate::store::Store;
use crate::store::listing::Table;
use crate::store::message::Effects;
use crate::store::stage::Screen;

const ROW: Action = Action::BASE;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "host.containers",
        scope: Scope::Hosts,
        keys: &["enter"],
        label: "Its containers",
        about: "Show the containers of this host alone.",
        targets: true,
        footer: 1,
        run: show_containers,
        ..ROW
    },
    Action {
        id: "event.go",
        scope: Scope::Events,
        keys: &["enter"],
        label: "Go there",
        about: "Select the container that it is about.",
        targets: true,
        footer: 1,
        run: go_to_subject,
        ..ROW
    },
    Action {
        id: "health.go",
        scope: Scope::Health,
        keys: &["enter"],
        label: "Go there",
        about: "Select the container, or the host, that needs a look.",
        footer: 1,
        run: |store, _| {
            if let Some(target) = store.selected().cloned() {
                go_to(store, &target);
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "screen.containers",
        keys: &["1"],
        label: "Containers",
        about: "Show the containers.",
        word: "containers",
        run: |store, _| show(store, Screen::Containers),
        ..ROW
    },
    Action {
        id: "screen.hosts",
        keys: &["7"],
        label: "Hosts",
        about: "Show the hosts: their connections, machines and totals.",
        word: "hosts",
        run: |store, _| show(store, Screen::Hosts),
        ..ROW
    },
    Action {
        id: "screen.events",
        keys: &["8"],
        label: "Events",
        about: "Show what happens on all hosts, as it happens.",
        word: "events",
        run: |store, _| show(store, Screen::Events),
        ..ROW
    },
    Action {
        id: "screen.health",
        keys: &["9"],
        label: "Health",
        about: "Show what is wrong, the worst first: unhealthy, restarting, failed, unreachable.",
        word: "health",
        run: |store, _| show(store, Screen::Health),
        ..ROW
    },
    Action {
        id: "screen.journal",
        keys: &["0"],
        label: "Journal",
        about: "Show running jobs and all that was done, with the equal docker commands.",
        word: "journal",
        run: |store, _| show(store, Screen::Journal),
        ..ROW
    },
];

fn show(store: &mut Store, screen: Screen) -> Effects {
    store.stage.show(screen);
    Vec::new()
}

fn show_containers(store: &mut Store, call: &Call) -> Effects {
    if let Some(target) = call.targets.first() {
        store.stage.show(Screen::Containers);
        store.leave_detail();
        return store.show_alone(&target.host);
    }
    Vec::new()
}

/// Selects an object on the screen of its kind.
fn go_to(store: &mut Store, target: &Ref) {
    match target.kind {
        Kind::Container => {
            store.show(target);
            store.leave_detail();
        }
        Kind::Host => {
            store.stage.show(Screen::Hosts);
            store.lists.hosts.set_filter("");
            store.settle();
            store.lists.hosts.select(target);
        }
        Kind::Event => {}
    }
}

/// Selects the container that an event is about: itself, or the one that a network or a volume got
/// or lost.
fn go_to_subject(store: &mut Store, call: &Call) -> Effects {
    let Some(target) = call.targets.first() else {
        return Vec::new();
    };
    let Some(item) = Events::item(store.known(), target) else {
        return Vec::new();
    };
    let event = item.event;
    let id = match &*event.kind {
        "container" => Some(event.id.clone()),
        _ => event.attribute("container").map(Id::new),
    };
    let subject = id.map(|id| Ref::container(item.host, &id));
    let subject = subject.filter(|subject| store.world.container(subject).is_some());
    let name = Events::name(&item).to_owned();
    let reason = match &*event.kind {
        "container" => format!("{name} is gone"),
        kind => format!("{kind} {name}: only containers can be gone to"),
    };
    match subject {
        Some(subject) => go_to(store, &subject),
        None => store.toasts.explain(reason, store.now),
    }
    Vec::new()
}
