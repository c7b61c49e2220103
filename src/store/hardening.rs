//! How a container is held: its points, what is loose, and how to tighten it, as rows of a page.

use serde_json::Value;

use super::page::{Page, PageRow};
use crate::model::text::{clean, wrap};
use crate::resource::Tone;
use crate::spec::hardening::{Hardening, judge};
use crate::spec::inspect::from_inspect;

/// Columns of the points at the left, with the gap behind them.
const POINTS: usize = 6;

/// The page of a container, from its inspect.
pub(super) fn page(inspect: &Value, width: usize) -> Page {
    // what the image gave is as good as said here: it is what the container has
    let judged = judge(&from_inspect(inspect, None));
    Page {
        rows: rows(&judged, width),
        ..Page::default()
    }
}

fn rows(judged: &Hardening, width: usize) -> Vec<PageRow> {
    let tone = match judged.score {
        75.. => Tone::Good,
        40.. => Tone::Warn,
        _ => Tone::Bad,
    };
    let title = match judged.loose.len() {
        0 => "nothing is loose".to_owned(),
        loose => format!("{loose} things are loose, the heaviest first"),
    };
    let mut rows = vec![row(
        "score",
        &format!("{:<POINTS$}", judged.score),
        (&format!("of 100: {title}"), tone),
    )];
    let room = width.saturating_sub(POINTS + 2).max(20);
    for (place, loose) in judged.loose.iter().enumerate() {
        let points = format!("{:<POINTS$}", -i64::from(loose.weight));
        let mut label = points.as_str();
        let what = clean(&loose.what);
        for (piece, number) in wrap(&what, room).zip(0..) {
            let path = format!("{place}.what.{number}");
            rows.push(row(&path, label, (piece, Tone::Text)));
            label = "      ";
        }
        for (piece, number) in wrap(&loose.advice, room).zip(0..) {
            let path = format!("{place}.advice.{number}");
            rows.push(row(&path, "      ", (piece, Tone::Accent)));
        }
    }
    rows
}

fn row(path: &str, label: &str, (text, tone): (&str, Tone)) -> PageRow {
    PageRow {
        path: path.to_owned(),
        cells: vec![(label.to_owned(), Tone::Dim), (text.to_owned(), tone)],
        value: text.to_owned(),
        ..PageRow::default()
    }
}
