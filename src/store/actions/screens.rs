//! The screens, and what is particular to some of them.

use super::{Action, Call, Scope};
use crate::store::Store;
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
        let filter = format!("host:{}", target.host);
        store.lists.containers.set_filter(&filter);
        store.stage.show(Screen::Containers);
        store.leave_detail();
    }
    Vec::new()
}
