//! What can be done with the files in a container.

use std::path::PathBuf;

use super::{Action, Arg, Call, Danger, Scope};
use crate::model::Ref;
use crate::model::file::{FileKind, join, split};
use crate::model::text::clean;
use crate::protocol::Files;
use crate::store::Store;
use crate::store::dialogs;
use crate::store::files::EDITED;
use crate::store::jobs::Purpose;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::Confirm;
use crate::store::stage::{Pane, Screen, Tab};

/// Columns that a sideways step scrolls.
const SIDEWAYS: isize = 8;

const ROW: Action = Action {
    scope: Scope::Files,
    ..Action::OF_ONE
};
const CHANGE: Action = Action {
    changes: true,
    ..ROW
};
/// The path that something is done to: never typed, told from the cursor.
const PATH: Arg = Arg {
    name: "path",
    needed: false,
    ..Arg::TEXT
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.files",
        scope: Scope::Containers,
        keys: &["f"],
        label: "Files",
        about: "Look into its files, even when it does not run.",
        word: "files",
        run: |store, call| {
            let Some(target) = call.targets.first().cloned() else {
                return Vec::new();
            };
            store.show(&target);
            store.stage.show(Screen::Containers);
            (store.stage.tab, store.stage.pane, store.stage.zoom) =
                (Tab::Files, Pane::Detail, true);
            match store.files.get(&target) {
                Some(_) => Vec::new(),
                None => store.open_path(&target, "/", ""),
            }
        },
        ..ROW
    },
    Action {
        id: "files.open",
        keys: &["enter", "right"],
        label: "Open",
        about: "Go into the folder, or read the file; in a file that is read, scroll right.",
        footer: 1,
        run: |store, call| with_target(store, call, open),
        ..ROW
    },
    Action {
        id: "files.up",
        keys: &["left", "backspace"],
        label: "Up",
        about: "Go to the folder above; in a file that is read, scroll left, then back to its folder.",
        footer: 2,
        run: |store, call| {
            with_target(store, call, |store, target| {
                if store.scroll_file(target, -SIDEWAYS) {
                    return Vec::new();
                }
                store.files_up(target).unwrap_or_else(|| {
                    store.leave_detail();
                    Vec::new()
                })
            })
        },
        ..ROW
    },
    Action {
        id: "files.wrap",
        keys: &["w"],
        label: "Wrap",
        about: "Wrap the long lines of a file that is read, or scroll sideways.",
        run: |store, call| {
            with_target(store, call, |store, target| {
                if !store.wrap_file(target) {
                    store.toasts.explain("wrap: no file is read", store.now);
                }
                Vec::new()
            })
        },
        ..ROW
    },
    Action {
        id: "files.go",
        keys: &["o"],
        label: "Go to a path",
        about: "Go to a folder or file by its path.",
        args: &[Arg {
            name: "path",
            preset: |store, call| {
                let browser = call
                    .targets
                    .first()
                    .and_then(|target| store.files.get(target));
                browser.map_or("/".to_owned(), |browser| clean(&join(&browser.folder, "")))
            },
            path: true,
            check: |_, text| (!text.starts_with('/')).then(|| "a path begins with /".to_owned()),
            ..Arg::TEXT
        }],
        run: |store, call| {
            let path = call.first().to_owned();
            with_target(store, call, |store, target| {
                store.open_path(target, &path, "")
            })
        },
        ..ROW
    },
    Action {
        id: "files.copy_out",
        keys: &["c"],
        label: "Copy out",
        about: "Copy it to this machine, with owners and rights.",
        footer: 3,
        danger: Danger::Ask,
        args: &[
            Arg {
                name: "to",
                preset: |store, call| {
                    let found = call
                        .targets
                        .first()
                        .and_then(|t| store.file_under_cursor(t));
                    let name = found.map(|(path, _)| clean(split(&path).1));
                    format!("./{}", name.unwrap_or_default())
                },
                path: true,
                ..Arg::TEXT
            },
            PATH,
        ],
        question: |action, _, call| {
            let [to, path] = call.words.as_slice() else {
                return None;
            };
            let title = format!("Replace {to}?");
            let lines = vec![format!(
                "It is there already. {} takes its place.",
                clean(path)
            )];
            Some(dialogs::question(action, title, "Replace", lines, call))
        },
        run: copy_out,
        ..ROW
    },
    Action {
        id: "files.copy_in",
        keys: &["i"],
        label: "Put in",
        about: "Copy a file or folder of this machine into the folder that shows.",
        footer: 4,
        danger: Danger::Ask,
        args: &[
            Arg {
                name: "from",
                preset: |_, _| "./".to_owned(),
                path: true,
                ..Arg::TEXT
            },
            PATH,
        ],
        question: |action, store, call| {
            let [from, folder] = call.words.as_slice() else {
                return None;
            };
            let name = call
                .targets
                .first()
                .map(|target| store.world.name_of(target));
            let title = format!("Copy {from} over what is in {}?", name.unwrap_or_default());
            let name = split(from).1;
            let lines = vec![format!(
                "{} is there already. Files of the same names are replaced.",
                clean(&join(folder, name))
            )];
            Some(dialogs::question(action, title, "Replace", lines, call))
        },
        run: copy_in,
        ..CHANGE
    },
    Action {
        id: "files.edit",
        keys: &["e"],
        label: "Edit",
        about: "Edit the file with $VISUAL or $EDITOR; it is written back unless it changed meanwhile.",
        footer: 5,
        run: |store, call| {
            with_target(store, call, |store, target| {
                match store.file_under_cursor(target) {
                    Some((path, entry))
                        if matches!(entry.kind, FileKind::File | FileKind::Link) =>
                    {
                        let call = Files::Read { path, most: EDITED };
                        store.begin_files(target, "read", call, Purpose::Edit)
                    }
                    _ => {
                        store
                            .toasts
                            .explain("edit: no file is under the cursor", store.now);
                        Vec::new()
                    }
                }
            })
        },
        ..CHANGE
    },
    Action {
        id: "files.delete",
        keys: &["d", "del"],
        label: "Delete",
        about: "Delete it, with all in it, by the container's own rm.",
        danger: Danger::Ask,
        args: &[PATH],
        question: ask_to_delete,
        run: |store, call| {
            let path = call.words.first().cloned();
            with_target(store, call, |store, target| {
                let found = store.file_under_cursor(target).map(|(path, _)| path);
                let Some(path) = path.or(found) else {
                    store
                        .toasts
                        .explain("delete: no file is under the cursor", store.now);
                    return Vec::new();
                };
                store.begin_files(target, "delete", Files::Delete { path }, Purpose::Action)
            })
        },
        ..CHANGE
    },
    Action {
        id: "files.copy_path",
        keys: &["y"],
        label: "Copy path",
        about: "Copy its path in the container; in a file that is read, the line.",
        run: |store, call| {
            with_target(store, call, |store, target| {
                let browser = store.files.get(target);
                if browser.is_some_and(|browser| browser.viewing.is_some()) {
                    let line = store.file_line(target).map(Effect::Copy);
                    return line.into_iter().collect();
                }
                // where no file is, the folder itself
                let found = store.file_under_cursor(target).map(|(path, _)| path);
                let folder = || browser.map(|browser| browser.folder.clone());
                let path = found.or_else(folder);
                vec![Effect::Copy(clean(path.as_deref().unwrap_or("/")))]
            })
        },
        ..ROW
    },
    Action {
        id: "files.refresh",
        keys: &["ctrl-r", "f5"],
        label: "Look again",
        about: "Look into the folder again.",
        run: |store, call| {
            with_target(store, call, |store, target| {
                let folder = store
                    .files
                    .get(target)
                    .map(|browser| browser.folder.clone());
                store.ask_path(target, folder.as_deref().unwrap_or("/"))
            })
        },
        ..ROW
    },
];

fn with_target(
    store: &mut Store,
    call: &Call,
    work: impl FnOnce(&mut Store, &Ref) -> Effects,
) -> Effects {
    match call.targets.first().cloned() {
        Some(target) => work(store, &target),
        None => Vec::new(),
    }
}

fn open(store: &mut Store, target: &Ref) -> Effects {
    let Some(browser) = store.files.get(target) else {
        return store.open_path(target, "/", "");
    };
    if browser.viewing.is_some() {
        store.scroll_file(target, SIDEWAYS);
        return Vec::new();
    }
    let Some((path, entry)) = store.file_under_cursor(target) else {
        return Vec::new();
    };
    match entry.kind {
        FileKind::Folder | FileKind::Link | FileKind::File => store.open_path(target, &path, ""),
        FileKind::Device | FileKind::Pipe | FileKind::Socket => {
            let text = format!("{} is no file that can be read", clean(&entry.name));
            store.toasts.explain(text, store.now);
            Vec::new()
        }
    }
}

/// Copies out; called again with the path, on a person's word, replaces what is there.
fn copy_out(store: &mut Store, call: &Call) -> Effects {
    let to = PathBuf::from(call.first());
    let path = call.words.get(1).cloned();
    with_target(store, call, |store, target| {
        let found = store.file_under_cursor(target).map(|(path, _)| path);
        let Some(path) = path.or(found) else {
            return Vec::new();
        };
        let replace = call.confirmed;
        let call = Files::CopyOut { path, to, replace };
        store.begin_files(target, "copy out", call, Purpose::Action)
    })
}

fn copy_in(store: &mut Store, call: &Call) -> Effects {
    let from = PathBuf::from(call.first());
    let folder = call.words.get(1).cloned();
    with_target(store, call, |store, target| {
        let here = store
            .files
            .get(target)
            .map(|browser| browser.folder.clone());
        let Some(folder) = folder.or(here) else {
            return Vec::new();
        };
        let replace = call.confirmed;
        let call = Files::CopyIn {
            from,
            folder,
            replace,
        };
        store.begin_files(target, "copy in", call, Purpose::Action)
    })
}

fn ask_to_delete(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let target = call.targets.first()?;
    let (path, entry) = store.file_under_cursor(target)?;
    let name = store.world.name_of(target);
    let title = format!("Delete {} in {name}?", clean(&path));
    let mut lines = Vec::new();
    if entry.kind == FileKind::Folder {
        lines.push("The folder goes with all that is in it.".to_owned());
    }
    lines
        .push("It cannot be taken back. What lies in a volume is gone from the volume.".to_owned());
    let call = Call {
        words: vec![path],
        ..call.clone()
    };
    Some(dialogs::question(action, title, "Delete", lines, &call))
}
