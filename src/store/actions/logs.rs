//! What can be done with the log that shows.

use super::{Action, Scope};
use crate::store::Store;
use crate::store::logs::Log;
use crate::store::message::Effects;
use crate::store::overlay::{Overlay, Prompt, Purpose};

const ROW: Action = Action {
    scope: Scope::Logs,
    ..Action::BASE
};
/// Columns that a sideways step scrolls.
const SIDEWAYS: usize = 16;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "logs.search",
        keys: &["/"],
        label: "Search",
        about: "Find text in the log, as you type; Ctrl-r makes it an expression.",
        footer: 1,
        run: |store, _| {
            let before = store.search_from_here();
            let prompt = Prompt::new(Purpose::LogSearch { before }, "search");
            store.overlays.push(Overlay::Prompt(prompt));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "logs.next_hit",
        keys: &["n"],
        label: "Next hit",
        about: "Go to the next line with a hit.",
        footer: 2,
        run: |store, _| store.go_to_log_hit(Some(false)),
        ..ROW
    },
    Action {
        id: "logs.previous_hit",
        keys: &["N"],
        label: "Previous hit",
        about: "Go to the line with a hit before this one.",
        run: |store, _| store.go_to_log_hit(Some(true)),
        ..ROW
    },
    Action {
        id: "logs.follow",
        keys: &["F"],
        label: "Follow",
        about: "Keep the newest line in sight, or stay here.",
        footer: 3,
        run: |store, _| {
            let room = store.log_room();
            with_log(store, |log| {
                if log.view.follow {
                    log.hold(room);
                } else {
                    log.follow();
                }
            })
        },
        ..ROW
    },
    Action {
        id: "logs.times",
        keys: &["t"],
        label: "Times",
        about: "Show times before the lines: off, local, UTC, as an age.",
        word: "times",
        footer: 4,
        run: |store, _| {
            store.settings.logs.times = store.settings.logs.times.next();
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "logs.wrap",
        keys: &["w"],
        label: "Wrap",
        about: "Wrap long lines, or scroll sideways.",
        word: "wrap",
        footer: 5,
        run: |store, _| {
            store.settings.logs.wrap = !store.settings.logs.wrap;
            let room = store.log_room();
            with_log(store, |log| {
                log.view.left = 0;
                log.view.top.1 = 0;
                if !log.view.follow {
                    log.show_cursor(room);
                }
            })
        },
        ..ROW
    },
    Action {
        id: "logs.right",
        keys: &["right"],
        label: "Scroll right",
        about: "Scroll sideways in lines that do not wrap.",
        run: |store, _| {
            if store.settings.logs.wrap {
                return Vec::new();
            }
            with_log(store, |log| log.view.left += SIDEWAYS)
        },
        ..ROW
    },
    Action {
        id: "logs.left",
        keys: &["left"],
        label: "Scroll left",
        about: "Scroll back; from the first column, leave the log.",
        run: |store, _| {
            let left = store.log_in_sight().map_or(0, |log| log.view.left);
            if left == 0 {
                store.leave_detail();
                return Vec::new();
            }
            with_log(store, |log| {
                log.view.left = log.view.left.saturating_sub(SIDEWAYS);
            })
        },
        ..ROW
    },
];

/// Does something to the log that shows.
fn with_log(store: &mut Store, deed: impl FnOnce(&mut Log)) -> Effects {
    if let Some(log) = store.log_in_sight_mut() {
        deed(log);
    }
    Vec::new()
}
