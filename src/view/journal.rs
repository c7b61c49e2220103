//! The journal: what was done, with the equal `docker` line, where, when, and how it ended.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Pen, row, trim};
use super::text::{put, put_centred, put_right, put_short};
use crate::model::input::Area;
use crate::model::units::took;
use crate::resource::Tone;
use crate::store::Store;
use crate::store::jobs::{Job, StepState};
use crate::store::message::{Painted, Spot};

/// Columns of time, what, host, result and duration; the `docker` line takes the rest.
const TIME: u16 = 8;
const WHAT: u16 = 26;
const HOST: u16 = 10;
const RESULT: u16 = 14;
const TOOK: u16 = 7;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    painted.spots.push((area, Spot::List));
    let all = store.jobs.journal().count();
    if all == 0 {
        let y = area.y + area.height / 3;
        let text = "nothing was done yet";
        put_centred(buf, area.x, y, area.width, text, look.text());
        let more = "every action shows here with its equal docker line";
        put_centred(buf, area.x, y + 1, area.width, more, look.dim());
        return;
    }
    let columns = columns(area);
    for (title, (x, width)) in ["time", "what", "result", "took", "docker line", "host"]
        .into_iter()
        .zip(columns)
    {
        if title == "took" {
            put_right(buf, x, area.y, width, title, look.dim());
        } else {
            put(buf, x, area.y, width, title, look.dim());
        }
    }
    let height = usize::from(area.height.saturating_sub(1)).max(1);
    let place = store.journal_place.min(all - 1);
    let offset = place
        .saturating_sub(height / 2)
        .min(all.saturating_sub(height));
    let jobs = store.jobs.journal().enumerate().skip(offset);
    for ((number, job), index) in jobs.zip(1..area.height) {
        let line = row(area, index);
        entry(buf, line.y, job, store, look, columns);
        if number == place {
            Pen::new(buf, line).write(look.glyphs.bar, look.accent());
            look.select(buf, line);
        }
        painted.spots.push((line, Spot::JournalRow(number)));
    }
}

/// Where each column stands and how wide it is; 0 columns where it does not fit.
fn columns(area: Area) -> [(u16, u16); 6] {
    let inner = trim(area, 2, 1);
    let host = if inner.width >= 100 { HOST } else { 0 };
    let what = if inner.width >= 100 { WHAT } else { 20 };
    let fixed = TIME + what + RESULT + TOOK + 4 * 2;
    let free = inner.width.saturating_sub(fixed);
    let line = free.saturating_sub(if host > 0 { host + 2 } else { 0 });
    let mut x = inner.x;
    [TIME, what, RESULT, TOOK, line, host].map(|width| {
        let end = inner.x + inner.width;
        let placed = (x.min(end), width.min(end.saturating_sub(x)));
        x = x.saturating_add(width + 2);
        placed
    })
}

fn entry(
    buf: &mut Buffer,
    y: u16,
    job: &Job,
    store: &Store,
    look: &Look,
    [time, what, result, spent, line, host]: [(u16, u16); 6],
) {
    let ellipsis = look.glyphs.ellipsis;
    let began = job.began.in_zone(store.zone).format("%H:%M:%S").to_string();
    put(buf, time.0, y, time.1, &began, look.dim());
    let text = format!("{} {}", job.verb, store.subject_of(job));
    put_short(buf, (what.0, y), what.1, &text, look.text(), ellipsis);
    let (shape, word, tone) = outcome(job, store, look);
    let text = format!("{shape} {word}");
    put_short(
        buf,
        (result.0, y),
        result.1,
        &text,
        look.tone(tone),
        ellipsis,
    );
    let length = job.ended.unwrap_or(store.now).since(job.began);
    put_right(buf, spent.0, y, spent.1, &took(length), look.dim());
    let words = job.docker_line();
    put_short(buf, (line.0, y), line.1, &words, look.dim(), ellipsis);
    let on = match job.hosts().as_slice() {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    };
    put_short(buf, (host.0, y), host.1, &on, look.dim(), ellipsis);
}

/// How a job ended, or how far it is.
fn outcome(job: &Job, store: &Store, look: &Look) -> (&'static str, String, Tone) {
    let all = job.steps.len();
    let failed = job.failures().count();
    if job.ended.is_none() {
        let word = match (job.cancelled, all) {
            (true, _) => "cancelling".to_owned(),
            (false, 1) => "running".to_owned(),
            (false, all) => format!("{}/{all}", job.done()),
        };
        return (look.spin(store), word, Tone::Busy);
    }
    let already = job
        .steps
        .iter()
        .all(|step| step.state == StepState::Already);
    let code = job.steps.iter().find_map(|step| match step.state {
        StepState::Exited(code) => Some(code).filter(|code| *code != 0),
        _ => None,
    });
    match (failed, all) {
        (0, 1) if code.is_some() => {
            let code = code.unwrap_or_default();
            (look.glyphs.exited, format!("exit {code}"), Tone::Warn)
        }
        _ if job.was_given_up() => (look.glyphs.exited, "cancelled".to_owned(), Tone::Dim),
        (0, _) if already => (look.glyphs.check, "was so".to_owned(), Tone::Dim),
        (0, _) => (look.glyphs.check, "done".to_owned(), Tone::Good),
        (1, 1) => (look.glyphs.cross, "failed".to_owned(), Tone::Bad),
        (1, all) if job.plan.is_some() => {
            let begun = job.steps.iter().filter(|step| step.state.was_begun());
            let word = format!("failed at {}/{all}", begun.count());
            (look.glyphs.cross, word, Tone::Bad)
        }
        (failed, all) => (
            look.glyphs.cross,
            format!("{failed} of {all} failed"),
            Tone::Bad,
        ),
    }
}
