//! The processes of a container as a page: a tree by their parents, or sorted by a column.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::page::{Page, PageRow, PageView};
use crate::model::units;
use crate::protocol::Processes;
use crate::resource::Tone;

/// What a column is, by the title that the host's `ps` gives it.
const COLUMNS: [(&str, &str, Kind); 8] = [
    ("%CPU", "cpu %", Kind::Number),
    ("%MEM", "mem %", Kind::Number),
    ("C", "cpu %", Kind::Number),
    ("RSS", "memory", Kind::Kibibytes),
    ("ELAPSED", "up", Kind::Seconds),
    ("PID", "pid", Kind::Text),
    ("UID", "user", Kind::Text),
    ("CMD", "command", Kind::Text),
];

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    /// Thousands of bytes, as `ps` counts memory.
    Kibibytes,
    Seconds,
}

/// The word for the order by parents.
pub const TREE: &str = "tree";

fn column(title: &str) -> (String, Kind) {
    let known = COLUMNS.iter().find(|(of, _, _)| *of == title);
    known.map_or_else(
        || (title.to_lowercase(), Kind::Text),
        |(_, name, kind)| ((*name).to_owned(), *kind),
    )
}

/// What the page can be sorted by: the tree, and each column.
pub fn orders(processes: &Processes) -> Vec<String> {
    let titles = processes.titles.iter().map(|title| column(title).0);
    std::iter::once(TREE.to_owned())
        .chain(titles.filter(|title| title != "ppid"))
        .collect()
}

/// A process' id on the host and its command, by its row's path.
pub fn process(processes: &Processes, path: &str) -> Option<(u32, String)> {
    let place = place_of(processes, "PID")?;
    let row = processes.rows.iter().find(|row| {
        let pid = row.get(place);
        pid.is_some_and(|pid| **pid == *path)
    })?;
    let command = row.last().map(ToString::to_string);
    Some((path.parse().ok()?, command.unwrap_or_default()))
}

fn place_of(processes: &Processes, title: &str) -> Option<usize> {
    let mut titles = processes.titles.iter();
    titles.position(|of| **of == *title)
}

/// The page, in the order that was chosen.
pub(super) fn page(processes: &Processes, view: &PageView) -> Page {
    let columns: Vec<(String, Kind)> = processes.titles.iter().map(|of| column(of)).collect();
    let (by, reverse) = (view.order.0.as_str(), view.order.1);
    let sorting = columns.iter().position(|(name, _)| name == by);
    let mut order: Vec<(usize, u16)> = match sorting {
        None => tree(processes),
        Some(at) => {
            let mut order: Vec<(usize, u16)> = (0..processes.rows.len()).map(|p| (p, 0)).collect();
            let cell = |place: usize| processes.rows[place].get(at).map_or("", |cell| &**cell);
            order.sort_by(|(a, _), (b, _)| compare(cell(*a), cell(*b)));
            order
        }
    };
    if reverse {
        order.reverse();
    }
    // who is above whom shows in the tree
    let hidden = place_of(processes, "PPID");
    let shown = |place: &usize| Some(*place) != hidden;
    let pid = place_of(processes, "PID");
    let titles = (0..columns.len()).filter(shown).map(|place| {
        let name = columns[place].0.clone();
        let arrow = if reverse { " ▴" } else { " ▾" };
        let sorts = Some(place) == sorting;
        name + if sorts { arrow } else { "" }
    });
    let rows = order.iter().map(|(place, depth)| {
        let row = &processes.rows[*place];
        let path = pid.and_then(|pid| row.get(pid)).map(ToString::to_string);
        let cells = (0..row.len()).filter(shown).map(|at| {
            let text = written(
                &row[at],
                columns.get(at).map_or(Kind::Text, |(_, kind)| *kind),
            );
            let last = at + 1 == row.len();
            let indent = if last { branch(*depth) } else { String::new() };
            let tone = if last { Tone::Text } else { Tone::Dim };
            (indent + &text, tone)
        });
        PageRow {
            path: path.unwrap_or_else(|| place.to_string()),
            cells: cells.collect(),
            value: row.join(" "),
            ..PageRow::default()
        }
    });
    Page {
        rows: rows.collect(),
        titles: titles.collect(),
        note: None,
    }
}

fn branch(depth: u16) -> String {
    match depth {
        0 => String::new(),
        depth => format!("{}└ ", "  ".repeat(usize::from(depth.min(20)) - 1)),
    }
}

fn written(cell: &str, kind: Kind) -> String {
    match (kind, cell.parse::<u64>()) {
        (Kind::Kibibytes, Ok(count)) => units::bytes_short(count.saturating_mul(1024)),
        (Kind::Seconds, Ok(seconds)) => units::span(Duration::from_secs(seconds)),
        _ => cell.to_owned(),
    }
}

/// Numbers from the greatest on, all else from A on.
fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => b.total_cmp(&a),
        _ => a.to_lowercase().cmp(&b.to_lowercase()),
    }
}

/// Places of the rows with their depths: each below its parent. Without parents, as they come.
fn tree(processes: &Processes) -> Vec<(usize, u16)> {
    let (Some(pid), Some(parent)) = (place_of(processes, "PID"), place_of(processes, "PPID"))
    else {
        return (0..processes.rows.len()).map(|place| (place, 0)).collect();
    };
    let cell = |place: usize, at: usize| processes.rows[place].get(at).map_or("", |cell| &**cell);
    let pids: HashSet<&str> = (0..processes.rows.len())
        .map(|place| cell(place, pid))
        .collect();
    let mut below: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut roots = Vec::new();
    for place in 0..processes.rows.len() {
        let above = cell(place, parent);
        if pids.contains(above) && above != cell(place, pid) {
            below.entry(above).or_default().push(place);
        } else {
            roots.push(place);
        }
    }
    let mut order = Vec::with_capacity(processes.rows.len());
    let mut waiting: Vec<(usize, u16)> = roots.into_iter().rev().map(|at| (at, 0)).collect();
    while let Some((place, depth)) = waiting.pop() {
        order.push((place, depth));
        let children = below.remove(cell(place, pid)).unwrap_or_default();
        waiting.extend(
            children
                .into_iter()
                .rev()
                .map(|at| (at, depth.saturating_add(1))),
        );
    }
    // a circle of parents hangs from no root
    for place in below.into_values().flatten() {
        order.push((place, 0));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(titles: &[&str], rows: &[&[&str]]) -> Processes {
        let boxed = |row: &&[&str]| row.iter().map(|cell| (*cell).into()).collect();
        Processes {
            titles: titles.iter().map(|title| (*title).into()).collect(),
            rows: rows.iter().map(boxed).collect(),
        }
    }

    fn commands(page: &Page) -> Vec<&str> {
        let last = |row: &'_ PageRow| row.cells.len() - 1;
        page.rows
            .iter()
            .map(|row| row.cells[last(row)].0.as_str())
            .collect()
    }

    fn shop() -> Processes {
        table(
            &["PID", "PPID", "USER", "%CPU", "RSS", "ELAPSED", "COMMAND"],
            &[
                &["10", "1", "root", "0.5", "6724", "90", "master"],
                &["40", "12", "www", "9.0", "100", "9", "helper"],
                &["12", "10", "www", "12.5", "2048", "80", "worker a"],
                &["11", "10", "www", "0.0", "2724", "80", "worker b"],
                &["77", "2", "root", "0.0", "900", "3700", "sh"],
            ],
        )
    }

    #[test]
    fn each_stands_below_its_parent() {
        let page = page(&shop(), &PageView::default());
        assert_eq!(
            commands(&page),
            ["master", "└ worker a", "  └ helper", "└ worker b", "sh"]
        );
        assert_eq!(
            page.titles,
            ["pid", "user", "cpu %", "memory", "up", "command"]
        );
        let cells: Vec<&str> = page.rows[4]
            .cells
            .iter()
            .map(|(text, _)| text.as_str())
            .collect();
        assert_eq!(cells, ["77", "root", "0.0", "900K", "1h 1m", "sh"]);
        assert_eq!(page.rows[2].path, "40");
    }

    #[test]
    fn columns_sort_by_their_numbers() {
        let by = |name: &str, reverse| PageView {
            order: (name.to_owned(), reverse),
            ..PageView::default()
        };
        let by_cpu = page(&shop(), &by("cpu %", false));
        assert_eq!(commands(&by_cpu)[..2], ["worker a", "helper"]);
        assert_eq!(by_cpu.titles[2], "cpu % ▾");
        let by_name = page(&shop(), &by("command", true));
        assert_eq!(commands(&by_name)[0], "worker b");
        assert!(orders(&shop()).contains(&"memory".to_owned()));
        assert_eq!(process(&shop(), "12"), Some((12, "worker a".to_owned())));
        assert_eq!(process(&shop(), "13"), None);
    }

    #[test]
    fn odd_tables_show_whole() {
        let circle = table(
            &["PID", "PPID", "CMD"],
            &[&["1", "2", "a"], &["2", "1", "b"]],
        );
        assert_eq!(page(&circle, &PageView::default()).rows.len(), 2);
        let own = table(&["PID", "PPID", "CMD"], &[&["1", "1", "a"]]);
        assert_eq!(page(&own, &PageView::default()).rows.len(), 1);
        let bare = table(&["CMD"], &[&["a"], &["b"]]);
        assert_eq!(commands(&page(&bare, &PageView::default())), ["a", "b"]);
        let ragged = table(&["PID", "PPID", "CMD"], &[&["1"], &[]]);
        assert_eq!(page(&ragged, &PageView::default()).rows.len(), 2);
    }
}
