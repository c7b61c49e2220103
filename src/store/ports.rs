//! What the tab of a container's ports shows: which it exposes, where they are published, where they
//! are forwarded to on this machine; and what else is forwarded.

use serde_json::Value;

use super::Store;
use super::page::{Page, PageRow};
use super::tabs::{entries, field, or_note, row, titles};
use crate::model::Ref;
use crate::model::host::Forward;
use crate::model::text::clean;
use crate::resource::Tone;

/// What stands before the local port in the path of a row of something else that is forwarded.
const ELSEWHERE: &str = "forward ";

/// The page.
pub(super) fn page(store: &Store, target: &Ref, json: &Value) -> Page {
    let mut rows = Vec::new();
    for (port, bindings) in entries(json, "/NetworkSettings/Ports") {
        let port = clean(port);
        let path = format!(".NetworkSettings.Ports[{port:?}]");
        let here = number(&port).and_then(|number| forward(store, target, number));
        let here = here.map(|forward| address(forward.local));
        let bindings: Vec<&Value> = bindings.as_array().into_iter().flatten().collect();
        if bindings.is_empty() {
            let cells = [port, "–".into(), "not published".into()];
            rows.push(row(path, cells.into_iter().chain(here)));
            continue;
        }
        for (index, binding) in bindings.into_iter().enumerate() {
            let ip = match field(binding, "HostIp") {
                ip if ip.is_empty() => "all addresses".to_owned(),
                ip => ip,
            };
            let cells = [port.clone(), field(binding, "HostPort"), ip];
            let here = here.clone().filter(|_| index == 0);
            rows.push(row(
                format!("{path}[{index}]"),
                cells.into_iter().chain(here),
            ));
        }
    }
    rows.extend(elsewhere(store, target, &rows));
    let titles = titles(&["container", "host port", "host address", "forwarded here"]);
    let page = Page {
        titles,
        rows,
        note: None,
    };
    or_note(
        page,
        "it exposes no port; `:forward` brings any port of it here",
    )
}

/// What is forwarded beside the ports that have a row: others of this container, and those of all
/// others.
fn elsewhere(store: &Store, target: &Ref, rows: &[PageRow]) -> Vec<PageRow> {
    let shown = |local: u16| {
        let address = address(local);
        rows.iter()
            .any(|row| row.cells.iter().any(|(text, _)| *text == address))
    };
    let mut found = Vec::new();
    for (host, forward) in store.world.forwards() {
        if shown(forward.local) {
            continue;
        }
        let of = Ref::container(host, &forward.container);
        let name = match of == *target {
            true => "this container".to_owned(),
            false => store.world.told_name(&of),
        };
        let cells = [
            forward.port.to_string(),
            "–".into(),
            name,
            address(forward.local),
        ];
        let mut row = row(format!("{ELSEWHERE}{}", forward.local), cells.into_iter());
        for (_, tone) in &mut row.cells {
            *tone = Tone::Dim;
        }
        found.push(row);
    }
    found
}

/// What a row of the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A port of the container that is not forwarded.
    Port(u16),
    /// What is forwarded to this port of this machine.
    Forwarded(u16),
}

/// What the row under the cursor is about; none where it is no port of TCP.
pub(super) fn subject(store: &Store, target: &Ref, row: &PageRow) -> Option<Subject> {
    if let Some(local) = row.path.strip_prefix(ELSEWHERE) {
        return local.parse().ok().map(Subject::Forwarded);
    }
    let port = number(&row.cells.first()?.0)?;
    Some(match forward(store, target, port) {
        Some(forward) => Subject::Forwarded(forward.local),
        None => Subject::Port(port),
    })
}

fn forward<'a>(store: &'a Store, target: &Ref, port: u16) -> Option<&'a Forward> {
    let host = store.world.hosts.get(&target.host)?;
    let is_of = |forward: &&Forward| forward.container == target.id && forward.port == port;
    host.forwards.iter().find(is_of)
}

/// The number of a port of TCP: `80/tcp`.
fn number(port: &str) -> Option<u16> {
    port.strip_suffix("/tcp")?.parse().ok()
}

fn address(local: u16) -> String {
    format!("127.0.0.1:{local}")
}
