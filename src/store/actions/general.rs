//! What can be done everywhere: moving, panes, screens, help, settings, the end.

use super::{Action, Arg, Availability, Danger, Scope};
use crate::config::Preferences;
use crate::config::hosts::ALL;
use crate::model::HostId;
use crate::store::Store;
use crate::store::dialogs;
use crate::store::menus;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Overlay, Prompt, Purpose, Scroll};
use crate::store::stage::{Pane, Screen};

const ROW: Action = Action::BASE;

/// Percents of the width that `+` goes through.
const SPLITS: [u16; 5] = [50, 60, 70, 30, 40];

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "app.command",
        keys: &[":"],
        label: "Command",
        about: "Type a command, with completion by Tab and history by the arrows.",
        footer: 11,
        run: |store, _| {
            let mut prompt = Prompt::new(Purpose::Command, ":");
            prompt.completions = crate::store::command_line::completions(store, "");
            store.overlays.push(Overlay::Prompt(prompt));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "app.help",
        keys: &["?", "f1"],
        label: "Keys",
        about: "Show every key that is valid here, and what it does.",
        word: "help",
        footer: 12,
        run: |store, _| {
            store.overlays.push(Overlay::Help(Scroll::default()));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "app.palette",
        keys: &["ctrl-p"],
        label: "Palette",
        about: "Find any action or container by typing part of its name.",
        run: |store, _| {
            let menu = menus::palette(store);
            store.overlays.push(Overlay::Menu(menu));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "cursor.down",
        keys: &["j", "down"],
        label: "Down",
        about: "Move down a row.",
        run: |store, _| store.move_by(1, false),
        ..ROW
    },
    Action {
        id: "cursor.up",
        keys: &["k", "up"],
        label: "Up",
        about: "Move up a row.",
        run: |store, _| store.move_by(-1, false),
        ..ROW
    },
    Action {
        id: "cursor.first",
        keys: &["g", "home"],
        label: "First",
        about: "Move to the first row.",
        run: |store, _| store.move_to_end(true),
        ..ROW
    },
    Action {
        id: "cursor.last",
        keys: &["G", "end"],
        label: "Last",
        about: "Move to the last row; in a log, follow the newest line.",
        run: |store, _| store.move_to_end(false),
        ..ROW
    },
    Action {
        id: "cursor.page_down",
        keys: &["pgdn"],
        label: "Page down",
        about: "Move down a screen.",
        run: |store, _| store.move_by(store.screen_rows(), true),
        ..ROW
    },
    Action {
        id: "cursor.page_up",
        keys: &["pgup"],
        label: "Page up",
        about: "Move up a screen.",
        run: |store, _| store.move_by(-store.screen_rows(), true),
        ..ROW
    },
    Action {
        id: "cursor.half_down",
        keys: &["ctrl-d"],
        label: "Half a page down",
        about: "Move down half a screen.",
        run: |store, _| store.move_by(store.screen_rows() / 2, true),
        ..ROW
    },
    Action {
        id: "cursor.half_up",
        keys: &["ctrl-u"],
        label: "Half a page up",
        about: "Move up half a screen.",
        run: |store, _| store.move_by(-store.screen_rows() / 2, true),
        ..ROW
    },
    Action {
        id: "pane.next",
        keys: &["tab", "shift-tab"],
        label: "Other pane",
        about: "Give the focus to the list or to the detail.",
        offered: |store, _| has_detail(store),
        run: |store, _| {
            match store.stage.pane {
                Pane::List => store.stage.pane = Pane::Detail,
                Pane::Detail => store.leave_detail(),
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "tab.next",
        keys: &["]"],
        label: "Next tab",
        about: "Show the detail's next tab.",
        footer: 9,
        offered: |store, _| has_tabs(store),
        run: |store, _| turn_tab(store, 1),
        ..ROW
    },
    Action {
        id: "tab.previous",
        keys: &["["],
        label: "Previous tab",
        about: "Show the detail's tab before this one.",
        offered: |store, _| has_tabs(store),
        run: |store, _| turn_tab(store, -1),
        ..ROW
    },
    Action {
        id: "journal.open",
        scope: Scope::Journal,
        keys: &["enter"],
        label: "Open",
        about: "Show all that is known of a job.",
        footer: 1,
        run: |store, _| {
            if let Some((title, lines)) = store.job_record() {
                store.overlays.push(Overlay::Text {
                    title,
                    lines,
                    scroll: Scroll::default(),
                });
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "job.cancel",
        keys: &["ctrl-x"],
        label: "Cancel a job",
        about: "Give up the newest running job; in the journal, the one under the cursor.",
        word: "cancel",
        offered: |store, _| {
            Availability::or(store.jobs.running().next().is_some(), "no job is running")
        },
        run: |store, _| {
            let chosen = if store.stage.screen == Screen::Journal {
                store.jobs.journal().nth(store.journal_place)
            } else {
                store.jobs.running().next()
            };
            let id = chosen.map(|job| job.id);
            id.map(|id| store.jobs.cancel(id)).unwrap_or_default()
        },
        ..ROW
    },
    Action {
        id: "app.zoom",
        keys: &["z"],
        label: "Zoom",
        about: "Give the focused pane the screen to itself, or share it again.",
        run: |store, _| {
            store.stage.zoom = !store.stage.zoom;
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "app.split",
        keys: &["+"],
        label: "Split",
        about: "Change how list and detail share the screen.",
        run: |store, _| {
            let place = SPLITS.iter().position(|split| *split == store.stage.split);
            let next = place.map_or(0, |place| (place + 1) % SPLITS.len());
            store.stage.split = SPLITS.get(next).copied().unwrap_or(50);
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "app.stack",
        keys: &["_"],
        label: "Beside or below",
        about: "Put the detail beside the list or below it.",
        run: |store, _| {
            store.stage.stacked = !store.stage.stacked;
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "app.refresh",
        keys: &["ctrl-r", "f5"],
        label: "Refresh",
        about: "List everything anew; try a lost host now.",
        word: "refresh",
        run: |store, _| {
            let hosts = store.world.hosts.iter().map(|(id, host)| {
                let up = host.link.as_ref().is_some_and(crate::model::Link::is_up);
                if up {
                    Effect::Refresh(id.clone())
                } else {
                    Effect::Retry(id.clone())
                }
            });
            hosts.chain([Effect::Repaint]).collect()
        },
        ..ROW
    },
    Action {
        id: "app.theme",
        label: "Theme",
        about: "Choose the colours.",
        word: "theme",
        args: &[Arg {
            name: "theme",
            choices: |store| {
                let themes = store.themes.iter();
                themes.map(|name| (name.clone(), String::new())).collect()
            },
            preset: |store, _| store.settings.theme.clone(),
            ..Arg::TEXT
        }],
        run: |store, call| {
            call.first().clone_into(&mut store.settings.theme);
            vec![Effect::Theme(call.first().to_owned()), Effect::Repaint]
        },
        ..ROW
    },
    Action {
        id: "app.mouse",
        keys: &["M"],
        label: "Mouse",
        about: "Take the mouse from the terminal, or give it back for selecting text.",
        run: |store, _| {
            store.stage.mouse = !store.stage.mouse;
            let text = if store.stage.mouse {
                "the mouse acts here"
            } else {
                "the mouse selects text in the terminal"
            };
            store.toasts.tell(text, store.now);
            vec![Effect::Mouse(store.stage.mouse)]
        },
        ..ROW
    },
    Action {
        id: "app.save_preferences",
        keys: &["S"],
        label: "Save preferences",
        about: "Write columns, order, split, theme and log view to the settings file.",
        run: |store, _| vec![Effect::SavePreferences(Box::new(preferences(store)))],
        ..ROW
    },
    Action {
        id: "app.suspend",
        keys: &["ctrl-z"],
        label: "Suspend",
        about: "Go back to the shell; `fg` comes here again.",
        run: |_, _| vec![Effect::Suspend],
        ..ROW
    },
    Action {
        id: "app.escape",
        keys: &["esc"],
        label: "Clear",
        about: "Clear search, marks or filter; leave the detail.",
        run: |store, _| store.clear_one(),
        ..ROW
    },
    Action {
        id: "app.back",
        keys: &["q"],
        label: "Back",
        about: "Go back; from the list, quit.",
        run: |store, _| {
            let reads = store.stage.pane == Pane::Detail;
            if let Some(effects) = reads.then(|| store.close_file()).flatten() {
                return effects;
            }
            if store.stage.pane == Pane::Detail && !store.shows_connection() {
                store.leave_detail();
            } else if store.stage.screen != Screen::Containers {
                store.stage.show(Screen::Containers);
            } else {
                return store.quit();
            }
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "app.quit",
        keys: &["ctrl-c"],
        label: "Quit",
        about: "End Pilothouse; asks while jobs run.",
        word: "quit",
        danger: Danger::Ask,
        question: dialogs::quit,
        run: |store, _| {
            store.ending = true;
            vec![Effect::Quit]
        },
        ..ROW
    },
];

/// Whether list and detail are on the screen.
fn has_detail(store: &Store) -> Availability {
    if store.stage.screen.has_detail() {
        Availability::Yes
    } else {
        Availability::Hidden
    }
}

/// Whether the detail has several tabs.
fn has_tabs(store: &Store) -> Availability {
    if store.stage.screen.has_detail() && store.stage.tab.among().len() > 1 {
        Availability::Yes
    } else {
        Availability::Hidden
    }
}

fn turn_tab(store: &mut Store, by: isize) -> Effects {
    let tabs = store.stage.tab.among();
    let count = tabs.len() as isize;
    let place = (store.stage.tab.place() as isize + by).rem_euclid(count) as usize;
    if let Some((tab, _)) = tabs.get(place) {
        store.stage.tab = *tab;
    }
    Vec::new()
}

/// What `S` writes to the settings file.
fn preferences(store: &Store) -> Preferences {
    Preferences {
        theme: store.settings.theme.clone(),
        list: crate::config::ListSettings {
            columns: store.lists.containers.columns.clone(),
            sort: store.lists.containers.sort.clone(),
            reverse: store.lists.containers.reverse,
            stopped: store.lists.containers.stopped,
            group: store.lists.containers.group,
            split: store.stage.split,
            stacked: store.stage.stacked,
            host: store
                .world
                .scope
                .as_ref()
                .map_or(ALL, HostId::as_str)
                .to_owned(),
        },
        screens: store.lists.rows(&store.settings.screens),
        wrap: store.settings.logs.wrap,
        times: store.settings.logs.times,
    }
}
