//! What can be done with the detail's pages of rows.

use super::{Action, Scope};
use crate::model::Ref;
use crate::store::Store;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Overlay, Prompt, Purpose};
use crate::store::page::{Fold, PageRow};
use crate::store::stage::Pane;
use crate::store::tabs;

const ROW: Action = Action {
    scope: Scope::Page,
    ..Action::BASE
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "page.unfold",
        keys: &["enter", "right"],
        label: "Unfold",
        about: "Show what is below the row; with Enter also hide it again.",
        run: |store, _| fold(store, None),
        ..ROW
    },
    Action {
        id: "page.fold",
        keys: &["left"],
        label: "Fold",
        about: "Hide what is below the row, or go to the row above it; at the root, leave.",
        run: |store, _| fold(store, Some(true)),
        ..ROW
    },
    Action {
        id: "page.search",
        keys: &["/"],
        label: "Search",
        about: "Find text on the page, as you type.",
        footer: 1,
        run: |store, _| {
            let before = store.pages.view(store.stage.tab).search;
            let prompt = Prompt::new(Purpose::PageSearch { before }, "search");
            store.overlays.push(Overlay::Prompt(prompt));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "page.next_hit",
        keys: &["n"],
        label: "Next hit",
        about: "Go to the next row with a hit.",
        run: |store, _| {
            store.go_to_page_hit(false);
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "page.previous_hit",
        keys: &["N"],
        label: "Previous hit",
        about: "Go to the row with a hit before this one.",
        run: |store, _| {
            store.go_to_page_hit(true);
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "page.copy_value",
        keys: &["y"],
        label: "Copy value",
        about: "Copy the row's value; a masked one stays masked.",
        footer: 2,
        run: |store, _| {
            copy(store, |store, target, row| {
                tabs::value_of(store, target, store.stage.tab, row)
            })
        },
        ..ROW
    },
    Action {
        id: "page.copy_path",
        keys: &["Y"],
        label: "Copy path",
        about: "Copy the row's place in the engine's answer.",
        footer: 3,
        run: |store, _| copy(store, |_, _, row| row.path.clone()),
        ..ROW
    },
    Action {
        id: "page.reveal",
        keys: &["."],
        label: "Reveal",
        about: "Show what is masked, or mask it again.",
        footer: 4,
        run: |store, _| {
            let tab = store.stage.tab;
            let view = store.pages.view_mut(tab);
            view.revealed = !view.revealed;
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "stats.leave",
        scope: Scope::Stats,
        keys: &["left"],
        label: "Leave",
        about: "Go back to the list.",
        run: |store, _| {
            store.leave_detail();
            Vec::new()
        },
        ..Action::BASE
    },
];

fn copy(store: &Store, what: fn(&Store, &Ref, &PageRow) -> String) -> Effects {
    let Some(target) = store.selected() else {
        return Vec::new();
    };
    let page = store.page();
    let place = store.pages.view(store.stage.tab).place_on(&page);
    page.rows
        .get(place)
        .map(|row| Effect::Copy(what(store, target, row)))
        .into_iter()
        .collect()
}

/// Folds or unfolds the row under the cursor; `closing` never opens.
fn fold(store: &mut Store, closing: Option<bool>) -> Effects {
    let page = store.page();
    let tab = store.stage.tab;
    let place = store.pages.view(tab).place_on(&page);
    let Some(row) = page.rows.get(place) else {
        if closing.is_some() {
            store.stage.pane = Pane::List;
        }
        return Vec::new();
    };
    match (row.fold, closing) {
        (Fold::Closed, None) => {
            store
                .pages
                .view_mut(tab)
                .toggled
                .insert(row.path.clone(), true);
        }
        (Fold::Open, _) => {
            store
                .pages
                .view_mut(tab)
                .toggled
                .insert(row.path.clone(), false);
        }
        (Fold::Leaf, None) => {}
        (Fold::Leaf | Fold::Closed, Some(_)) => {
            let above = page.rows[..place]
                .iter()
                .rposition(|other| other.depth < row.depth);
            match above {
                Some(above) => store.stand_on_page(above),
                None => store.stage.pane = Pane::List,
            }
        }
    }
    Vec::new()
}
