//! What can be done with the list itself.

use super::{Action, Arg, Availability, Call, Scope};
use crate::store::Store;
use crate::store::menus;
use crate::store::message::{Effects, Spot};
use crate::store::overlay::{Overlay, Prompt, Purpose};
use crate::store::stage::Pane;

const ROW: Action = Action {
    scope: Scope::List,
    ..Action::BASE
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "list.open",
        keys: &["enter", "right"],
        label: "Open",
        about: "Go into the detail; fold or unfold a group.",
        run: |store, _| {
            if store.list().on_group.is_some() {
                store.list_mut().toggle_fold();
            } else if store.list().cursor.is_some() && store.stage.screen.has_detail() {
                store.stage.pane = Pane::Detail;
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.filter",
        scope: Scope::List,
        keys: &["/"],
        label: "Filter",
        about: "Show what matches, as you type.",
        footer: 10,
        run: |store, _| {
            let before = store.list().filter.text.clone();
            let prompt = Prompt::new(
                Purpose::Filter {
                    before: before.clone(),
                    stood: store.list().cursor.clone(),
                },
                "filter",
            );
            store.overlays.push(Overlay::Prompt(prompt.with(&before)));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.mark",
        keys: &["space"],
        label: "Mark",
        about: "Mark it, or take its mark away; actions are about all marked ones.",
        run: |store, _| {
            let list = store.list_mut();
            if let Some(target) = list.cursor.clone() {
                list.toggle_mark(&target);
                list.step(1);
            } else {
                list.toggle_fold();
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.mark_range",
        keys: &["v"],
        label: "Mark a range",
        about: "Begin a range of marks here; again: mark up to here.",
        run: |store, _| {
            store.list_mut().mark_range();
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.mark_all",
        keys: &["*"],
        label: "Mark all",
        about: "Mark all that pass the filter; again: none.",
        run: |store, _| {
            let list = store.list_mut();
            let shown: Vec<_> = list.shown().cloned().collect();
            if shown.iter().all(|target| list.marks.contains(target)) {
                list.marks.clear();
            } else {
                list.marks.extend(shown);
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.stopped",
        keys: &["a"],
        label: "Show all",
        about: "Show or hide stopped containers, execs among events, and what is not pressing.",
        word: "stopped",
        run: |store, _| {
            let list = store.list_mut();
            list.stopped = !list.stopped;
            list.touch();
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.group",
        keys: &["ctrl-g"],
        label: "Group by project",
        about: "Group containers by compose project, or show one flat list.",
        word: "group",
        offered: |store, _| {
            let flat = "this list has no groups";
            Availability::or(store.list().listing.grouped_by().is_some(), flat)
        },
        run: |store, _| {
            let list = store.list_mut();
            list.group = !list.group;
            list.touch();
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.sort",
        keys: &["o"],
        label: "Sort by",
        about: "Choose the column that the list is sorted by.",
        word: "sort",
        args: &[Arg {
            name: "column",
            choices: |store| {
                let columns = store.list().listing.heads();
                columns
                    .map(|column| (column.id.to_owned(), column.about.to_owned()))
                    .collect()
            },
            preset: |store, _| store.list().sort.clone(),
            ..Arg::TEXT
        }],
        run: sort,
        ..ROW
    },
    Action {
        id: "list.reverse",
        keys: &["O"],
        label: "Reverse the order",
        about: "Sort the other way round.",
        word: "reverse",
        run: |store, _| {
            let list = store.list_mut();
            list.reverse = !list.reverse;
            list.touch();
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.sort_previous",
        keys: &["<"],
        label: "Sort by the column before",
        about: "Sort by the column left of the present one.",
        run: |store, _| sort_by_neighbour(store, -1),
        ..ROW
    },
    Action {
        id: "list.sort_next",
        keys: &[">"],
        label: "Sort by the column behind",
        about: "Sort by the column right of the present one.",
        run: |store, _| sort_by_neighbour(store, 1),
        ..ROW
    },
    Action {
        id: "list.columns",
        keys: &["c"],
        label: "Columns",
        about: "Choose the columns.",
        word: "columns",
        run: |store, _| {
            let menu = menus::columns(store);
            store.overlays.push(Overlay::Menu(menu));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "list.fold",
        keys: &["left"],
        label: "Fold",
        about: "Fold the group of the container under the cursor.",
        offered: |store, _| {
            let flat = "the list is not grouped";
            Availability::or(store.list().group, flat)
        },
        run: |store, _| {
            let list = store.list_mut();
            let group = list.on_group.as_ref();
            if group.is_some_and(|group| !list.folded.contains(group)) {
                list.toggle_fold();
            } else {
                list.fold_here();
            }
            Vec::new()
        },
        ..ROW
    },
];

/// Sorts by a column; by the one that it is sorted by already, the other way round.
fn sort(store: &mut Store, call: &Call) -> Effects {
    let list = store.list_mut();
    if list.sort == call.first() {
        list.reverse = !list.reverse;
    } else {
        call.first().clone_into(&mut list.sort);
        list.reverse = false;
    }
    list.touch();
    Vec::new()
}

fn sort_by_neighbour(store: &mut Store, by: isize) -> Effects {
    // those that the last frame had room for; before the first, all that are wanted
    let seen = store
        .painted
        .spots
        .iter()
        .filter_map(|(_, spot)| match spot {
            Spot::Column(id) => Some(*id),
            _ => None,
        });
    let mut shown: Vec<&str> = seen.collect();
    if shown.is_empty() {
        let list = store.list();
        let heads = list.listing.heads();
        shown = heads
            .filter(|head| head.pinned || list.columns.iter().any(|id| id == head.id))
            .map(|head| head.id)
            .collect();
    }
    let place = shown.iter().position(|id| *id == store.list().sort);
    let next = (place.unwrap_or(0) as isize + by).rem_euclid(shown.len().max(1) as isize) as usize;
    let Some(id) = shown.get(next).map(|id| (*id).to_owned()) else {
        return Vec::new();
    };
    let list = store.list_mut();
    list.sort = id;
    list.reverse = false;
    list.touch();
    Vec::new()
}
