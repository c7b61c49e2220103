//! What is said of a log as a whole: how far it has been read, what a search found, and what
//! stands where there is no line.

use ratatui::buffer::Buffer;

use super::list::is_stale;
use super::look::{Look, key};
use super::pen::{Part, Pen, row, trim, write_both};
use super::text::tint;
use crate::model::ProblemKind;
use crate::model::input::Area;
use crate::model::text::{ellipsis, wrap};
use crate::model::units::{count, plural};
use crate::resource::Tone;
use crate::store::Store;
use crate::store::logs::{Log, LogState};
use crate::store::message::{Painted, Spot};

/// What is said where there is no line.
pub(super) fn nothing(buf: &mut Buffer, area: Area, log: &Log, store: &Store, look: &Look) {
    let mut lines = Vec::new();
    match &log.state {
        LogState::Opening if waits(store) => {
            lines.push(("waiting for the engine to answer".to_owned(), Tone::Dim));
        }
        LogState::Opening => {
            lines.push((format!("{} reading its log …", look.spin(store)), Tone::Dim));
        }
        LogState::Live => lines.push(("it has written nothing yet".to_owned(), Tone::Dim)),
        LogState::Ended => lines.push(("it has written nothing".to_owned(), Tone::Dim)),
        LogState::Failed(problem) => {
            let tone = match problem.kind {
                ProblemKind::Cancelled => Tone::Text,
                _ => Tone::Bad,
            };
            lines.push((problem.summary.clone(), tone));
            lines.push((problem.detail.clone(), Tone::Text));
            lines.push((problem.hint.clone(), Tone::Dim));
        }
    }
    let inner = trim(area, 1, 1);
    let mut y = 0;
    for (text, tone) in lines {
        for piece in wrap(&text, usize::from(inner.width)).take(4) {
            Pen::new(buf, row(inner, y)).write(piece, look.tone(tone));
            y += 1;
        }
    }
}

/// `▾ following                 17 of 3,204 hits   1,204 lines`
pub(super) fn draw(
    buf: &mut Buffer,
    line: Area,
    log: &Log,
    (store, place): (&Store, Area),
    look: &Look,
    painted: &mut Painted,
) {
    let mut left = vec![state(log, store, look)];
    let mut right = Vec::new();
    if let Some(search) = log.search.as_ref().filter(|search| !search.text.is_empty()) {
        let (at, all) = log.hit_place().unwrap_or((0, 0));
        let text = match (&search.fault, search.running.is_some(), at) {
            (Some(fault), _, _) => fault.clone(),
            (None, true, _) => format!("{} searching", look.spin(store)),
            (None, false, 0) => plural(all, "hit"),
            (None, false, at) => format!("{} of {} hits", count(at as u64), count(all as u64)),
        };
        let style = if search.fault.is_some() {
            look.tone(Tone::Bad)
        } else {
            look.text()
        };
        right.push(Part::new(1, 3).text(text, style));
    }
    if log.buffer.dropped() > 0 && place.y == line.y.saturating_sub(place.height) {
        let text = format!("{} dropped", count(log.buffer.dropped()));
        left.push(Part::new(5, 3).text(text, look.dim()));
    }
    if !store.settings.logs.wrap {
        let text = if log.view.left > 0 {
            format!("from column {}", log.view.left + 1)
        } else {
            "no wrap".to_owned()
        };
        right.push(Part::new(4, 3).text(text, look.dim()));
    }
    let lines = plural(
        usize::try_from(log.buffer.len()).unwrap_or(usize::MAX),
        "line",
    );
    right.push(Part::new(3, 3).text(lines, look.dim()));
    tint(buf, line, look.dim());
    write_both(buf, line, (left, right), look, &mut painted.spots);
}

/// Whether the log that shows cannot be read now, since its engine does not answer.
fn waits(store: &Store) -> bool {
    let target = store.selected().filter(|_| store.output_job().is_none());
    target.is_some_and(|target| is_stale(store, &target.host))
}

/// How far it has been read, and what to do about it.
fn state(log: &Log, store: &Store, look: &Look) -> Part {
    let part = Part::new(1, 0);
    let glyphs = look.glyphs;
    match &log.state {
        LogState::Opening if waits(store) => part.text("waiting for the engine", look.dim()),
        LogState::Opening if !log.buffer.is_empty() || log.view.follow => {
            part.text(format!("{} reading", look.spin(store)), look.dim())
        }
        // nothing is read again: what it came to stands
        LogState::Failed(problem) if store.output_job().is_some() => {
            let (mark, words, tone) = match problem.kind {
                ProblemKind::Cancelled => (glyphs.exited, &problem.hint, Tone::Dim),
                _ => (glyphs.failed, &problem.summary, Tone::Bad),
            };
            part.text(format!("{mark} {}", ellipsis(words, 80)), look.tone(tone))
        }
        LogState::Failed(_) => {
            let again = key(store, "app.refresh");
            part.text(
                format!("{} not readable", glyphs.failed),
                look.tone(Tone::Bad),
            )
            .text(format!(" · {again} tries again"), look.dim())
        }
        _ if !log.view.follow => {
            let text = match log.unseen() {
                0 => format!("{} held", glyphs.ascending),
                new => format!(
                    "{} {} new",
                    glyphs.ascending,
                    plural(usize::try_from(new).unwrap_or(usize::MAX), "line")
                ),
            };
            let key = key(store, "logs.follow");
            part.text(text, look.accent())
                .text(format!(" · {key} follows"), look.dim())
                .spot(Spot::Action("logs.follow"))
        }
        LogState::Ended => part.text(format!("{} ended", glyphs.exited), look.dim()),
        LogState::Live | LogState::Opening => {
            part.text(format!("{} following", glyphs.descending), look.dim())
        }
    }
}
