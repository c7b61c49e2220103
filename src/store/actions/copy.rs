//! What can be taken along: copied or saved.

use std::fmt::Write as _;

use chrono::{Offset, Utc};

use super::{Action, Arg, Availability, Call, Scope};
use crate::config::Times;
use crate::model::stats::{Metric, SERIES_SECONDS};
use crate::model::units::span;
use crate::model::{HostInfo, HostSpec, Kind, Ref, Time, text};
use crate::protocol::{Command, on_host};
use crate::resource::Resource;
use crate::resource::containers::address;
use crate::resource::events::Events;
use crate::resource::health::Findings;
use crate::resource::hosts::Hosts;
use crate::store::Store;
use crate::store::jobs::{Job, Purpose};
use crate::store::listing::Table;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay};
use crate::store::stage::{Pane, Screen, Tab};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "app.copy",
        keys: &["y"],
        label: "Copy",
        about: "Copy id, name, image or address, an event as a line or JSON; in a log, the line.",
        run: copy,
        ..Action::BASE
    },
    Action {
        id: "container.copy_run_line",
        scope: Scope::Containers,
        label: "Copy as docker run",
        about: "Copy the docker run line that makes it again.",
        word: "run-line",
        targets: true,
        offered: |_, targets| Availability::or(targets.len() == 1, "choose one container"),
        run: describe,
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
            path: true,
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

fn copy(store: &mut Store, _: &Call) -> Effects {
    let output = store.output_in_sight().is_some();
    if output || store.stage.pane == Pane::Detail && store.shows_log() {
        let line = store.log_in_sight().and_then(|log| {
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
    let Some(target) = store.selected().cloned() else {
        return Vec::new();
    };
    let (name, mut values) = match target.kind {
        Kind::Container => (store.world.full_name(&target), of_container(store, &target)),
        Kind::Host => (target.host.to_string(), of_host(store, &target)),
        Kind::Event => of_event(store, &target),
    };
    if store.stage.screen == Screen::Health {
        let found = Findings::item(store.known(), &target);
        values.extend(found.map(|item| ("w", "what is wrong", item.cause.reason())));
    }
    let copied = |(key, what, value): Value| MenuItem {
        label: what.to_owned(),
        key: key.to_owned(),
        about: text::ellipsis(&value, 60),
        refused: None,
        switch: None,
        deed: Deed::Copy(value),
    };
    let said = values.into_iter().filter(|(_, _, value)| !value.is_empty());
    let mut items: Vec<MenuItem> = said.map(copied).collect();
    if target.kind == Kind::Container
        && let Some(action) = super::find("container.copy_run_line")
    {
        let call = Call {
            targets: vec![target],
            ..Call::default()
        };
        items.push(MenuItem {
            label: "docker run line".to_owned(),
            key: "r".to_owned(),
            about: "that makes it again".to_owned(),
            refused: None,
            switch: None,
            deed: Deed::Act(action, call),
        });
    }
    if !items.is_empty() {
        let menu = Menu::new(format!("Copy from {name}"), items);
        store.overlays.push(Overlay::Menu(menu));
    }
    Vec::new()
}

/// Something that can be copied: its key, what it is, and the text; an empty one is left out.
type Value = (&'static str, &'static str, String);

fn of_container(store: &Store, target: &Ref) -> Vec<Value> {
    let Some(container) = store.world.container(target) else {
        return Vec::new();
    };
    let shell = format!("docker exec -it {} sh", container.name);
    vec![
        ("n", "name", container.name.to_string()),
        ("i", "id", container.id.to_string()),
        ("m", "image", container.image.to_string()),
        (
            "a",
            "address",
            address(container).unwrap_or_default().to_owned(),
        ),
        (
            "s",
            "docker exec line",
            on_host(store.jobs.words(&target.host), &shell),
        ),
    ]
}

fn of_host(store: &Store, target: &Ref) -> Vec<Value> {
    let known = store.world.hosts.get(&target.host);
    let said =
        |word: fn(&HostInfo) -> String| known.map(|host| word(&host.info)).unwrap_or_default();
    let place = store.roster.get(&target.host).map(HostSpec::place);
    let error = Hosts::item(store.known(), target).and_then(|item| {
        item.problem()
            .map(|problem| format!("{} {}", problem.summary, problem.detail))
    });
    vec![
        ("n", "name", target.host.to_string()),
        ("a", "address", place.unwrap_or_default().to_owned()),
        ("m", "machine", said(|info| info.name.clone())),
        (
            "v",
            "version",
            said(|info| {
                format!("{} {}", info.engine, info.version)
                    .trim()
                    .to_owned()
            }),
        ),
        ("o", "system", said(|info| info.os.clone())),
        (
            "s",
            "docker line",
            on_host(store.jobs.words(&target.host), "docker ps"),
        ),
        ("e", "last error", error.unwrap_or_default()),
    ]
}

/// What an event is about, and what of it can be copied.
fn of_event(store: &Store, target: &Ref) -> (String, Vec<Value>) {
    let Some(item) = Events::item(store.known(), target) else {
        return (String::new(), Vec::new());
    };
    let name = Events::name(&item).to_owned();
    let title = format!("{} of {name}", item.action());
    let values = vec![
        ("l", "line", item.event.line()),
        ("j", "JSON", item.event.json().to_string()),
        ("n", "name", name),
        ("i", "id", item.event.id.to_string()),
    ];
    (title, values)
}

/// Asks how a container was made; the answer is copied.
fn describe(store: &mut Store, call: &Call) -> Effects {
    let Some(target) = call.targets.first().cloned() else {
        return Vec::new();
    };
    let name = store.world.name_of(&target);
    let command = Command::Describe(target.id.clone());
    let steps = vec![(target, name, command)];
    store.jobs.begin("inspect", steps, Purpose::Copy, store.now)
}

fn file_name(store: &Store) -> String {
    let what = match (store.stage.screen, store.stage.pane) {
        _ if store.output_in_sight().is_some() => {
            let title = store.output_in_sight().map(|output| output.title.clone());
            text::prefix(&title.unwrap_or_default(), 40).replace(' ', "-")
        }
        (Screen::Journal, _) => "journal".to_owned(),
        (screen, Pane::List) => screen.title().to_lowercase(),
        (_, Pane::Detail) => {
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
    if store.output_in_sight().is_some() {
        return log(store);
    }
    let lines: Vec<String> = match (store.stage.screen, store.stage.pane, store.stage.tab) {
        (Screen::Journal, _, _) => store.jobs.journal().map(Job::docker_line).collect(),
        (_, Pane::List, _) => rows(store),
        (_, Pane::Detail, Tab::Logs) => return log(store),
        (_, Pane::Detail, Tab::Stats) => return figures(store),
        (_, Pane::Detail, _) => {
            let row = |row: crate::store::page::PageRow| {
                let cells: Vec<_> = row.cells.into_iter().map(|(text, _)| text).collect();
                format!("{}{}", "  ".repeat(row.depth.into()), cells.join("\t"))
            };
            store.page().rows.into_iter().map(row).collect()
        }
    };
    lines.into_iter().map(|line| line + "\n").collect()
}

/// The rows of the list that shows, with all their columns.
fn rows(store: &Store) -> Vec<String> {
    let list = store.list();
    let heads: Vec<_> = list.listing.heads().map(|head| head.title).collect();
    let row = |target: &Ref| {
        let mut columns = (0..heads.len()).map(|place| (place, 0));
        let line = list
            .listing
            .line(list, store.known(), target, &mut columns)?;
        let cells: Vec<_> = line.cells.into_iter().map(|(cell, _)| cell.text).collect();
        Some(cells.join("\t"))
    };
    let rows = list.shown().filter_map(row);
    [heads.join("\t")].into_iter().chain(rows).collect()
}

/// Bytes of a log that are saved at most, since the loop waits while they are copied; of a longer
/// one the newest lines, and a first line that says so.
const LOG_BYTES: usize = 64 << 20;

/// The log's lines, with their times where they show.
fn log(store: &Store) -> String {
    let Some(log) = store.log_in_sight() else {
        return String::new();
    };
    let stamp = store.stamp_width();
    let (mut first, mut bytes) = (log.buffer.end(), 0);
    while first > log.buffer.first()
        && let Some((_, line)) = log.buffer.line(first - 1)
    {
        let more = bytes + line.text.len() + stamp + 1;
        if more > LOG_BYTES {
            break;
        }
        (first, bytes) = (first - 1, more);
    }
    let mut text = String::with_capacity(bytes + 80);
    let left_out = first - log.buffer.first();
    if left_out > 0 {
        let _ = writeln!(text, "… {left_out} older lines are not in this file");
    }
    for (_, _, line) in log.buffer.lines_from(first) {
        if stamp > 0 {
            text.push_str(&time(store, line.time));
            text.push(' ');
        }
        text.push_str(line.text);
        text.push('\n');
    }
    text
}

/// The time before a log line, as it shows.
fn time(store: &Store, nanos: i64) -> String {
    let at = Time(nanos.div_euclid(1_000_000));
    let zone = match store.settings.logs.times {
        Times::Off => return String::new(),
        Times::Relative => return format!("{:>7}", span(store.now.since(at))),
        Times::Local => store.zone,
        Times::Utc => Utc.fix(),
    };
    at.in_zone(zone).format("%H:%M:%S%.3f").to_string()
}

/// The history behind the charts: a line for each second, gaps left empty.
fn figures(store: &Store) -> String {
    let mut text = "seconds\tcpu\tmemory\trx\ttx\tread\twritten\n".to_owned();
    let item = store
        .selected()
        .and_then(|target| store.world.item(target, store.now));
    let Some(series) = item.and_then(|item| item.series) else {
        return text;
    };
    let metrics = [
        Metric::Cpu,
        Metric::Memory,
        Metric::Rx,
        Metric::Tx,
        Metric::Read,
        Metric::Written,
    ];
    let end = series.newest();
    let columns = metrics.map(|metric| {
        series
            .window(metric, end, SERIES_SECONDS)
            .collect::<Vec<_>>()
    });
    for second in 0..SERIES_SECONDS {
        let values = columns
            .each_ref()
            .map(|column| column.get(second).copied().filter(|value| !value.is_nan()));
        if values.iter().all(Option::is_none) {
            continue;
        }
        let at = end - (SERIES_SECONDS - 1 - second) as i64;
        let values = values.map(|value| value.map_or_else(String::new, |value| value.to_string()));
        let _ = writeln!(text, "{at}\t{}", values.join("\t"));
    }
    text
}
