//! What is done to all marked containers at once: before one chooses, it is told which of them
//! each action would touch.

use super::{Action, Availability, Call, Scope, find};
use crate::model::container::{Container, State};
use crate::model::{Kind, Ref, units};
use crate::store::Store;
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay};

/// Names that a row of the menu lists; the rest are counted.
const NAMED: usize = 4;

pub(super) const ACTIONS: &[Action] = &[Action {
    id: "container.bulk",
    scope: Scope::Containers,
    keys: &["b"],
    label: "Bulk actions",
    about: "Choose what is done to all that are marked; says first to which of them.",
    word: "bulk",
    changes: true,
    looks_first: true,
    offered: |store, _| {
        let none = "nothing is marked; space marks one, * all";
        Availability::or(!marked(store).is_empty(), none)
    },
    run: |store, _| {
        let menu = menu(store);
        store.overlays.push(Overlay::Menu(menu));
        Vec::new()
    },
    ..Action::BASE
}];

/// An action on several: its id, the words around its count, and whom it would touch.
struct Row(
    &'static str,
    &'static str,
    fn(&Container) -> bool,
    &'static str,
);

/// What can be done to several, in the order of the menu.
const ROWS: [Row; 7] = [
    Row("container.stop", "Stop", Container::is_alive, "do not run"),
    Row("container.start", "Start", |c| !c.is_alive(), "run"),
    Row("container.restart", "Restart", |_| true, ""),
    Row(
        "container.pause",
        "Pause",
        |c| c.state == State::Running,
        "cannot be paused",
    ),
    Row(
        "container.unpause",
        "Unpause",
        |c| c.state == State::Paused,
        "are not paused",
    ),
    Row(
        "container.kill",
        "Send a signal to",
        Container::is_alive,
        "do not run",
    ),
    Row("container.remove", "Remove", |_| true, ""),
];

/// The marked containers, in the order of the list.
fn marked(store: &Store) -> Vec<Ref> {
    let marks = &store.list().marks;
    let shown = store.list().shown().filter(|target| marks.contains(target));
    let is_container = |target: &&Ref| target.kind == Kind::Container;
    shown.filter(is_container).cloned().collect()
}

fn menu(store: &Store) -> Menu {
    let marked = marked(store);
    let of = |test: fn(&Container) -> bool| -> Vec<Ref> {
        let holds = |target: &&Ref| store.world.container(target).is_some_and(test);
        marked.iter().filter(holds).cloned().collect()
    };
    let (stops, starts) = (of(Container::is_alive), of(|c| !c.is_alive()));
    let mixed = !stops.is_empty() && !starts.is_empty();
    let both = format!("Stop {}, start {}", stops.len(), starts.len());
    let both = mixed
        .then(|| item(store, "container.stop_or_start", both, &marked, ""))
        .flatten();
    let rows = ROWS.into_iter().filter_map(|Row(id, verb, test, rest)| {
        let targets = of(test);
        let left = marked.len() - targets.len();
        let rest = match left {
            0 => String::new(),
            left => format!("; {left} {rest}"),
        };
        let label = format!("{verb} {}", targets.len());
        (!targets.is_empty()).then(|| item(store, id, label, &targets, &rest))?
    });
    let title = format!("{} marked", units::plural(marked.len(), "container"));
    Menu::new(title, both.into_iter().chain(rows).collect())
}

/// A row of the menu: it keeps whom it is about, whatever the marks do meanwhile.
fn item(
    store: &Store,
    id: &'static str,
    label: String,
    targets: &[Ref],
    rest: &str,
) -> Option<MenuItem> {
    let action = find(id)?;
    let refused = match store.offers(action, targets) {
        Availability::Hidden => return None,
        Availability::Yes => None,
        Availability::No(reason) => Some(reason),
    };
    let names = targets.iter().take(NAMED);
    let names: Vec<String> = names.map(|target| store.world.full_name(target)).collect();
    let more = match targets.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let call = Call {
        targets: targets.to_vec(),
        ..Call::default()
    };
    Some(MenuItem {
        label,
        key: store.keymap.key_text(action),
        about: format!("{}{more}{rest}", names.join(", ")),
        refused,
        switch: None,
        deed: Deed::Act(action, call),
    })
}
