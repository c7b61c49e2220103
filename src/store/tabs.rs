//! What each tab of a container's detail shows, read from the engine's own answers. Whatever is
//! read is cleaned here, since an inspect is kept as the engine sent it.

use serde_json::Value;

use super::Store;
use super::hardening;
use super::host_page;
use super::page::{Fold, Note, Page, PageRow, PageView};
use super::stage::Tab;
use super::tree::{tree, value_at};
use super::world::Host;
use super::{files, ports, processes, why};
use crate::model::secret::{MASK, is_secret};
use crate::model::text::{clean, clean_lines};
use crate::model::{Link, Problem, Ref, Time};
use crate::resource::Tone;

/// What a tab shows of an object.
pub fn page(store: &Store, target: &Ref, tab: Tab) -> Page {
    with(store, target, tab, false)
}

/// The same with nothing folded, for a search.
pub(super) fn whole(store: &Store, target: &Ref, tab: Tab) -> Page {
    with(store, target, tab, true)
}

/// What `y` copies of a row: its value, or all that folds below it, masked as it shows.
pub(super) fn value_of(store: &Store, target: &Ref, tab: Tab, row: &PageRow) -> String {
    let inspect = match (tab, row.fold) {
        (Tab::Inspect, Fold::Open | Fold::Closed) => store
            .world
            .hosts
            .get(&target.host)
            .and_then(|host| host.inspect(&target.id))
            .and_then(|answer| answer.as_ref().ok()),
        _ => None,
    };
    inspect
        .and_then(|json| value_at(json, &store.pages.view(tab), &row.path))
        .unwrap_or_else(|| row.value.clone())
}

fn with(store: &Store, target: &Ref, tab: Tab, all: bool) -> Page {
    let view = store.pages.view(tab);
    let Some(host) = store.world.hosts.get(&target.host) else {
        return Page::default();
    };
    match tab {
        Tab::Logs | Tab::Stats => Page::default(),
        Tab::Host => host_page::page(store, target, host),
        Tab::Events => events(store, target),
        Tab::Files => files::page(store, target, &view),
        Tab::Processes => match host.processes(&target.id) {
            None => loading(host, "asking for its processes"),
            Some(Err(problem)) => failed(problem),
            Some(Ok(processes)) => processes::page(processes, &view),
        },
        Tab::Inspect
        | Tab::Env
        | Tab::Ports
        | Tab::Mounts
        | Tab::Networks
        | Tab::Health
        | Tab::Why
        | Tab::Hardening => match host.inspect(&target.id) {
            None => loading(host, "asking the engine"),
            Some(Err(problem)) => failed(problem),
            Some(Ok(json)) if tab == Tab::Why => why::page(store, target, json),
            Some(Ok(json)) if tab == Tab::Hardening => {
                hardening::page(json, usize::from(store.areas().page().width))
            }
            Some(Ok(json)) if tab == Tab::Ports => ports::page(store, target, json),
            Some(Ok(json)) => from_inspect(store, json, tab, (&view, all)),
        },
    }
}

fn from_inspect(store: &Store, json: &Value, tab: Tab, (view, all): (&PageView, bool)) -> Page {
    match tab {
        Tab::Inspect => tree(json, view, all),
        Tab::Env => env(json, view),
        Tab::Mounts => mounts(json),
        Tab::Networks => networks(json),
        Tab::Health => health(store, json),
        Tab::Logs
        | Tab::Stats
        | Tab::Processes
        | Tab::Events
        | Tab::Why
        | Tab::Hardening
        | Tab::Ports
        | Tab::Files
        | Tab::Host => Page::default(),
    }
}

/// One sentence in place of rows.
pub(super) fn note(text: impl Into<String>, tone: Tone) -> Note {
    Note {
        text: text.into(),
        more: Vec::new(),
        tone,
    }
}

/// What is under way; of a host that does not answer nothing is.
fn loading(host: &Host, text: &str) -> Page {
    let text = match host.link.as_ref().is_some_and(Link::is_up) {
        true => text,
        false => "waiting for the engine to answer",
    };
    Page {
        note: Some(note(format!("{text} …"), Tone::Dim)),
        ..Page::default()
    }
}

fn failed(problem: &Problem) -> Page {
    let more = [&problem.detail, &problem.hint].map(Clone::clone).to_vec();
    let note = Note {
        text: problem.summary.clone(),
        more,
        tone: Tone::Bad,
    };
    Page {
        note: Some(note),
        ..Page::default()
    }
}

/// Says why a table is empty.
pub(super) fn or_note(mut page: Page, text: &str) -> Page {
    if page.rows.is_empty() {
        page.note = Some(note(text, Tone::Dim));
    }
    page
}

pub(super) fn row(path: String, cells: impl Iterator<Item = String>) -> PageRow {
    let cells: Vec<_> = cells.map(|text| (text, Tone::Text)).collect();
    let value = cells
        .iter()
        .map(|(text, _)| text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    PageRow {
        path,
        cells,
        value,
        ..PageRow::default()
    }
}

pub(super) fn titles(titles: &[&str]) -> Vec<String> {
    titles.iter().map(|title| (*title).to_owned()).collect()
}

/// Text of a JSON value, clean; strings without quotes.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text),
        Value::Null => "null".to_owned(),
        other => clean(&other.to_string()),
    }
}

pub(super) fn field(value: &Value, key: &str) -> String {
    value.get(key).map(plain).unwrap_or_default()
}

fn items<'a>(json: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    json.pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub(super) fn entries<'a>(
    json: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    json.pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn env(json: &Value, view: &PageView) -> Page {
    let mut rows: Vec<PageRow> = items(json, "/Config/Env")
        .filter_map(Value::as_str)
        .enumerate()
        .map(|(index, line)| {
            let line = clean(line);
            let (name, value) = line.split_once('=').unwrap_or((&line, ""));
            let hidden = is_secret(name, value) && !view.revealed;
            let value = if hidden {
                MASK.to_owned()
            } else {
                value.to_owned()
            };
            PageRow {
                path: format!(".Config.Env[{index}]"),
                cells: vec![
                    (name.to_owned(), Tone::Dim),
                    (value.clone(), if hidden { Tone::Warn } else { Tone::Text }),
                ],
                value,
                ..PageRow::default()
            }
        })
        .collect();
    rows.sort_by(|a, b| a.cells.first().cmp_by_text(b.cells.first()));
    or_note(
        Page {
            titles: titles(&["name", "value"]),
            rows,
            note: None,
        },
        "no variables are set",
    )
}

/// Cells are ordered by their text.
trait ByText {
    fn cmp_by_text(self, other: Self) -> std::cmp::Ordering;
}

impl ByText for Option<&(String, Tone)> {
    fn cmp_by_text(self, other: Self) -> std::cmp::Ordering {
        self.map(|(text, _)| text).cmp(&other.map(|(text, _)| text))
    }
}

fn mounts(json: &Value) -> Page {
    let rows = items(json, "/Mounts").enumerate().map(|(index, mount)| {
        let name = field(mount, "Name");
        let source = if name.is_empty() {
            field(mount, "Source")
        } else {
            name
        };
        let access = if mount.get("RW").and_then(Value::as_bool) == Some(false) {
            "ro"
        } else {
            "rw"
        };
        let cells = [
            field(mount, "Destination"),
            field(mount, "Type"),
            access.to_owned(),
            source,
        ];
        row(format!(".Mounts[{index}]"), cells.into_iter())
    });
    let mut rows: Vec<PageRow> = rows.collect();
    for (path, options) in entries(json, "/HostConfig/Tmpfs") {
        let path = clean(path);
        let cells = [path.clone(), "tmpfs".into(), "rw".into(), plain(options)];
        rows.push(row(
            format!(".HostConfig.Tmpfs[{path:?}]"),
            cells.into_iter(),
        ));
    }
    let titles = titles(&["in the container", "type", "", "from"]);
    or_note(
        Page {
            titles,
            rows,
            note: None,
        },
        "nothing is mounted",
    )
}

fn networks(json: &Value) -> Page {
    let rows = entries(json, "/NetworkSettings/Networks").map(|(name, network)| {
        let name = clean(name);
        let aliases: Vec<String> = items(network, "/Aliases").map(plain).collect();
        let address = match (field(network, "IPAddress"), field(network, "IPPrefixLen")) {
            (ip, _) if ip.is_empty() => "–".to_owned(),
            (ip, bits) => format!("{ip}/{bits}"),
        };
        let cells = [
            name.clone(),
            address,
            field(network, "GlobalIPv6Address"),
            field(network, "Gateway"),
            field(network, "MacAddress"),
            aliases.join(" "),
        ];
        row(
            format!(".NetworkSettings.Networks[{name:?}]"),
            cells.into_iter(),
        )
    });
    let titles = titles(&["network", "address", "IPv6", "gateway", "MAC", "aliases"]);
    or_note(
        Page {
            titles,
            rows: rows.collect(),
            note: None,
        },
        "it is on no network",
    )
}

fn health(store: &Store, json: &Value) -> Page {
    let Some(health) = json
        .pointer("/State/Health")
        .filter(|health| health.is_object())
    else {
        return Page {
            note: Some(Note {
                text: "it has no health check".to_owned(),
                more: vec!["an image's HEALTHCHECK or `--health-cmd` gives it one".to_owned()],
                tone: Tone::Dim,
            }),
            ..Page::default()
        };
    };
    let mut rows = Vec::new();
    let mut say = |key: &str, value: String, tone: Tone| {
        rows.push(PageRow {
            path: format!("health {key}"),
            cells: vec![(key.to_owned(), Tone::Dim), (value.clone(), tone)],
            value,
            ..PageRow::default()
        });
    };
    let status = field(health, "Status");
    let tone = match status.as_str() {
        "healthy" => Tone::Good,
        "unhealthy" => Tone::Bad,
        _ => Tone::Busy,
    };
    say("state", status, tone);
    say(
        "failing",
        format!("{} in a row", field(health, "FailingStreak")),
        Tone::Text,
    );
    let test: Vec<String> = items(json, "/Config/Healthcheck/Test").map(plain).collect();
    say("check", test.join(" "), Tone::Text);
    let checks: Vec<&Value> = items(health, "/Log").collect();
    for (index, check) in checks.iter().enumerate().rev() {
        rows.extend(one_check(store, check, index));
    }
    Page {
        titles: Vec::new(),
        rows,
        note: None,
    }
}

/// A health check that was made: when, how it ended, what it printed.
fn one_check(store: &Store, check: &Value, index: usize) -> Vec<PageRow> {
    let path = format!(".State.Health.Log[{index}]");
    let code = check
        .get("ExitCode")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    let tone = if code == 0 { Tone::Good } else { Tone::Bad };
    let start = check
        .get("Start")
        .and_then(Value::as_str)
        .and_then(Time::parse);
    let end = check
        .get("End")
        .and_then(Value::as_str)
        .and_then(Time::parse);
    let when = start.map_or_else(String::new, |at| clock(store, at));
    let took = start
        .zip(end)
        .map(|(a, b)| format!(" · {} ms", b.since(a).as_millis()));
    let text = format!("exit {code}{}", took.unwrap_or_default());
    let mut rows = vec![PageRow {
        path: path.clone(),
        cells: vec![(when, Tone::Dim), (text.clone(), tone)],
        value: text,
        ..PageRow::default()
    }];
    let output = check
        .get("Output")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for (number, line) in clean_lines(output).lines().enumerate() {
        rows.push(PageRow {
            path: format!("{path}.Output[{number}]"),
            depth: 1,
            cells: vec![(String::new(), Tone::Dim), (line.to_owned(), Tone::Text)],
            value: line.to_owned(),
            ..PageRow::default()
        });
    }
    rows
}

fn clock(store: &Store, at: Time) -> String {
    at.in_zone(store.zone).format("%H:%M:%S").to_string()
}

fn events(store: &Store, target: &Ref) -> Page {
    let Some(host) = store.world.hosts.get(&target.host) else {
        return Page::default();
    };
    let rows = host
        .events
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, event)| event.id == target.id);
    let rows = rows.map(|(index, event)| {
        let attributes: Vec<String> = event
            .attributes
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let tone = match &*event.action {
            "die" | "oom" | "kill" | "destroy" => Tone::Warn,
            "start" | "unpause" => Tone::Good,
            _ => Tone::Text,
        };
        let value = format!(
            "{} {} {}",
            clock(store, event.at),
            event.action,
            attributes.join(" ")
        );
        PageRow {
            path: format!("event {} {index}", event.at.0),
            cells: vec![
                (clock(store, event.at), Tone::Dim),
                (event.action.to_string(), tone),
                (attributes.join(" "), Tone::Dim),
            ],
            value,
            ..PageRow::default()
        }
    });
    let page = Page {
        titles: titles(&["time", "event", ""]),
        rows: rows.collect(),
        note: None,
    };
    or_note(
        page,
        "no event of it is known; the engine may have forgotten older ones",
    )
}
