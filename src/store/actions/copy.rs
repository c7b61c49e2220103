//! What can be taken along: copied or saved.

use super::{Action, Arg, Scope};
use crate::model::text;
use crate::resource::containers::address;
use crate::store::Store;
use crate::store::jobs::Job;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay};
use crate::store::stage::{Pane, Screen, Tab};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "app.copy",
        keys: &["y"],
        label: "Copy",
        about: "Copy id, name, image or address; in a log, the line.",
        run: copy,
        ..Action::BASE
    },
    Action {
        id: "app.save",
        keys: &["ctrl-s"],
        label: "Save",
        about: "Save what is shown to a file.",
        word: "save",
        args: &[Arg {
            name: "file",
            preset: |store, _| format!("{}.txt", file_name(store)),
            ..Arg::TEXT
        }],
        run: |store, call| vec![Effect::Save(call.first().to_owned(), shown(store))],
        ..Action::BASE
    },
    Action {
        id: "journal.copy",
        scope: Scope::Journal,
        keys: &["y"],
        label: "Copy the command",
        about: "Copy the equal docker command.",
        footer: 2,
        run: |store, _| {
            let job = store.jobs.journal().nth(store.journal_place);
            job.map(|job| Effect::Copy(job.docker_line()))
                .into_iter()
                .collect()
        },
        ..Action::BASE
    },
];

fn copy(store: &mut Store, _: &super::Call) -> Effects {
    let Some(target) = store.selected().cloned() else {
        return Vec::new();
    };
    if store.stage.pane == Pane::Detail && store.shows_log() {
        let line = store.logs.get(&target).and_then(|log| {
            let last = log.buffer.end().saturating_sub(1);
            let number = if log.view.follow {
                last
            } else {
                log.view.cursor
            };
            Some(log.buffer.line(number)?.1.text.to_owned())
        });
        return line.map(Effect::Copy).into_iter().collect();
    }
    let Some(container) = store.world.container(&target) else {
        return Vec::new();
    };
    let mut values = vec![
        ("n", "name", container.name.to_string()),
        ("i", "id", container.id.to_string()),
        ("m", "image", container.image.to_string()),
    ];
    if let Some(address) = address(container) {
        values.push(("a", "address", address.to_owned()));
    }
    values.push((
        "s",
        "docker exec line",
        format!("docker exec -it {} sh", container.name),
    ));
    let items = values.into_iter().map(|(key, what, value)| MenuItem {
        label: what.to_owned(),
        key: key.to_owned(),
        about: text::ellipsis(&value, 60),
        refused: None,
        switch: None,
        deed: Deed::Copy(value),
    });
    let menu = Menu::new(format!("Copy from {}", container.name), items.collect());
    store.overlays.push(Overlay::Menu(menu));
    Vec::new()
}

fn file_name(store: &Store) -> String {
    let what = match (store.stage.screen, store.stage.pane) {
        (Screen::Journal, _) => "journal".to_owned(),
        (Screen::Containers, Pane::List) => "containers".to_owned(),
        (Screen::Containers, Pane::Detail) => {
            let name = store.selected().map(|target| store.world.name_of(target));
            let tab = store.stage.tab.title().to_lowercase();
            format!("{}-{tab}", name.unwrap_or_default())
        }
    };
    what.chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// What the focused pane shows, as text: all of it, not only what is in sight.
fn shown(store: &Store) -> String {
    let lines: Vec<String> = match (store.stage.screen, store.stage.pane, store.stage.tab) {
        (Screen::Journal, _, _) => store.jobs.journal().map(Job::docker_line).collect(),
        (Screen::Containers, Pane::List, _) => store
            .list
            .shown()
            .filter_map(|target| store.world.container(target))
            .map(|c| format!("{}\t{}\t{}\t{}", c.id.short(), c.name, c.image, c.status))
            .collect(),
        (Screen::Containers, Pane::Detail, Tab::Logs) => {
            let log = store.selected().and_then(|target| store.logs.get(target));
            let lines = log.map(|log| {
                log.buffer
                    .lines_from(0)
                    .map(|(_, _, line)| line.text.to_owned())
                    .collect()
            });
            lines.unwrap_or_default()
        }
        (Screen::Containers, Pane::Detail, _) => {
            let row = |row: crate::store::page::PageRow| {
                let cells: Vec<_> = row.cells.into_iter().map(|(text, _)| text).collect();
                format!("{}{}", "  ".repeat(row.depth.into()), cells.join("\t"))
            };
            store.page().rows.into_iter().map(row).collect()
        }
    };
    lines.into_iter().map(|line| line + "\n").collect()
}
