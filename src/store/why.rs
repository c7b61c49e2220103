//! Why a container stopped: what is known of its end, gathered from its inspect, its events, its
//! history and its log, and told as rows of a page.

use std::borrow::Borrow;
use std::time::Duration;

use chrono::FixedOffset;
use serde_json::Value;

use super::Store;
use super::page::{Note, Page, PageRow};
use crate::model::ending::{Asked, Ending, Verdict, signal_name, verdict};
use crate::model::log::Stream;
use crate::model::stats::Metric;
use crate::model::text::{clean, clean_lines, wrap};
use crate::model::{Container, Event, Ref, State, Time, units};
use crate::resource::Tone;

/// Lines of the log's end that are told.
const LINES: usize = 20;
/// Health checks that are told.
const CHECKS: usize = 3;
/// How long before the end events are of interest.
const BEFORE: Duration = Duration::from_secs(60);
/// How long after the end its own events come.
const AFTER: Duration = Duration::from_secs(2);
/// Columns of the labels at the left, with the gap behind them.
const LABELS: usize = 10;

/// All that is known of a container's end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Whether it runs now, in Docker's word; empty when it does not.
    pub alive: &'static str,
    /// Whether its removal stopped half way.
    pub dead: bool,
    /// The exit code.
    pub code: i64,
    /// The engine's words on a start that failed.
    pub error: String,
    /// Whether the kernel ended one of its processes for want of memory.
    pub oom: bool,
    /// When it was last started; none when it never was.
    pub started: Option<Time>,
    /// When it last ended.
    pub finished: Option<Time>,
    /// Bytes of memory that it may use; none without a limit.
    pub limit: Option<u64>,
    /// The most memory that its history holds.
    pub peak: Option<u64>,
    /// How often its policy restarted it, and the policy.
    pub restarts: (u64, String),
    /// Its last health checks, oldest first: when, exit code, output.
    pub checks: Vec<(Option<Time>, i64, String)>,
    /// What happened to it, oldest first.
    pub events: Vec<Event>,
    /// The end of its log: when, text, whether it came from standard error.
    pub lines: Vec<(Time, String, bool)>,
}

/// The page of a container.
pub(super) fn page(store: &Store, target: &Ref, inspect: &Value) -> Page {
    let facts = gather(store, target, inspect);
    let width = usize::from(store.areas().page().width);
    let rows = rows(&facts, (store.now, store.zone), width);
    let note = (facts.alive == State::Running.word()).then(|| Note {
        text: "it runs".to_owned(),
        more: Vec::new(),
        tone: Tone::Good,
    });
    Page {
        titles: Vec::new(),
        rows,
        note,
    }
}

/// An end in words, from what the list and a brief look tell: no inspect is waited for. None for
/// what runs, and for what was never started and never failed to.
pub fn summary(store: &Store, target: &Ref) -> Option<Verdict> {
    let container = store.world.container(target)?;
    let brief = container.brief.as_ref()?;
    let failed = container.state == State::Created && !brief.error.is_empty();
    if container.state != State::Exited && !failed {
        return None;
    }
    let events = events_of(store, target);
    let limit = store
        .world
        .hosts
        .get(&target.host)
        .and_then(|host| Some((host.series.get(&target.id)?.last().limit, host.info.memory)))
        .and_then(|(limit, all)| (limit > 0 && limit < all).then_some(limit));
    Some(verdict(&Ending {
        code: container.exit_code.map_or(brief.exit_code, i64::from),
        ran: brief.started.is_some(),
        error: &brief.error,
        oom: brief.oom_killed,
        limit,
        asked: asked(&events),
    }))
}

fn events_of(store: &Store, target: &Ref) -> Vec<Event> {
    let host = store.world.hosts.get(&target.host);
    let events = host.into_iter().flat_map(|host| &host.events);
    events
        .filter(|event| event.id == target.id)
        .cloned()
        .collect()
}

/// What a container was asked to do before its last end.
pub(super) fn asked<E: Borrow<Event>>(events: &[E]) -> Asked {
    let events: Vec<&Event> = events.iter().map(Borrow::borrow).collect();
    let Some(end) = events.iter().rposition(|event| &*event.action == "die") else {
        return Asked::Nothing;
    };
    let (before, after) = events.split_at(end);
    let life = before
        .iter()
        .rposition(|event| &*event.action == "start")
        .unwrap_or(0);
    let signals: Vec<u8> = before[life..]
        .iter()
        .filter(|event| &*event.action == "kill")
        .filter_map(|event| signal(event))
        .collect();
    let stopped = after.iter().any(|event| &*event.action == "stop");
    match (signals.as_slice(), stopped) {
        ([], _) => Asked::Nothing,
        ([.., _, 9], true) => Asked::StopThenKill,
        ([.., last], true) => Asked::Stop(*last),
        ([.., last], false) => Asked::Signal(*last),
    }
}

fn signal(event: &Event) -> Option<u8> {
    event.attribute("signal")?.parse().ok()
}

fn gather(store: &Store, target: &Ref, inspect: &Value) -> Facts {
    let state = inspect.pointer("/State").unwrap_or(&Value::Null);
    let number = |pointer: &str| inspect.pointer(pointer).and_then(Value::as_i64);
    let time = |key: &str| state.get(key).and_then(Value::as_str).and_then(Time::parse);
    let limit = number("/HostConfig/Memory").and_then(|limit| u64::try_from(limit).ok());
    let container = store.world.container(target);
    let series = store
        .world
        .hosts
        .get(&target.host)
        .and_then(|host| host.series.get(&target.id));
    Facts {
        alive: container
            .filter(|container| container.is_alive())
            .map_or("", |container| container.state.word()),
        dead: container.is_some_and(|container| container.state == State::Dead),
        code: number("/State/ExitCode").unwrap_or_default(),
        error: clean(state.get("Error").and_then(Value::as_str).unwrap_or("")),
        oom: state.get("OOMKilled").and_then(Value::as_bool) == Some(true)
            || container.is_some_and(was_oom_killed),
        started: time("StartedAt"),
        finished: time("FinishedAt"),
        limit: limit.filter(|limit| *limit > 0),
        peak: series
            .and_then(|series| series.summary(Metric::Memory))
            .map(|summary| summary.greatest as u64),
        restarts: (
            number("/RestartCount")
                .and_then(|count| u64::try_from(count).ok())
                .unwrap_or_default(),
            policy(inspect),
        ),
        checks: checks(inspect),
        events: events_of(store, target),
        lines: last_lines(store, target),
    }
}

fn was_oom_killed(container: &Container) -> bool {
    let brief = container.brief.as_ref();
    brief.is_some_and(|brief| brief.oom_killed)
}

fn policy(inspect: &Value) -> String {
    let policy = inspect.pointer("/HostConfig/RestartPolicy");
    let name = policy.and_then(|policy| policy.get("Name"));
    let name = clean(name.and_then(Value::as_str).unwrap_or(""));
    let most = policy.and_then(|policy| policy.get("MaximumRetryCount"));
    match (name.as_str(), most.and_then(Value::as_i64)) {
        ("" | "no", _) => "no".to_owned(),
        ("on-failure", Some(most)) if most > 0 => format!("on-failure, {most} times at most"),
        _ => name,
    }
}

fn checks(inspect: &Value) -> Vec<(Option<Time>, i64, String)> {
    let log = inspect.pointer("/State/Health/Log");
    let log = log.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let newest = log.get(log.len().saturating_sub(CHECKS)..);
    let text = |check: &Value, key: &str| {
        let text = check.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    newest
        .unwrap_or_default()
        .iter()
        .map(|check| {
            let code = check.get("ExitCode").and_then(Value::as_i64);
            (
                Time::parse(&text(check, "End")),
                code.unwrap_or_default(),
                clean_lines(text(check, "Output").trim_end()),
            )
        })
        .collect()
}

/// The last lines of a log, oldest first.
fn last_lines(store: &Store, target: &Ref) -> Vec<(Time, String, bool)> {
    let Some(log) = store.logs.get(target) else {
        return Vec::new();
    };
    let from = log.buffer.end().saturating_sub(LINES as u64);
    let lines = log.buffer.lines_from(from.max(log.buffer.first()));
    lines
        .map(|(_, _, line)| {
            let at = Time(line.time / 1_000_000);
            (at, line.text.to_owned(), line.stream == Stream::Err)
        })
        .collect()
}

/// Rows as they are made: a label stands at the first row of its section only.
struct Rows {
    rows: Vec<PageRow>,
    width: usize,
}

impl Rows {
    fn say(&mut self, label: &str, text: &str, tone: Tone) {
        let mut label = label;
        let number = self.rows.len();
        let pieces: Vec<&str> = match text {
            "" => vec![""],
            text => wrap(text, self.width).collect(),
        };
        for (piece, at) in pieces.into_iter().zip(0..) {
            self.rows.push(PageRow {
                path: format!("why {number} {at}"),
                cells: vec![
                    (label.to_owned(), Tone::Dim),
                    (piece.trim().to_owned(), tone),
                ],
                value: text.to_owned(),
                ..PageRow::default()
            });
            label = "";
        }
    }
}

/// Tells facts as rows: what happened first, then what it is told from.
pub fn rows(facts: &Facts, (now, zone): (Time, FixedOffset), width: usize) -> Vec<PageRow> {
    let mut rows = Rows {
        rows: Vec::new(),
        width: width.saturating_sub(LABELS).max(20),
    };
    let clock = |at: Time| at.in_zone(zone).format("%H:%M:%S").to_string();
    say_end(&mut rows, facts, now, zone);
    say_memory(&mut rows, facts);
    let (count, policy) = &facts.restarts;
    let times = units::plural(*count as usize, "restart");
    let text = format!("{times} by its policy, which is: {policy}");
    rows.say("restarts", &text, Tone::Text);
    let mut label = "health";
    for (at, code, output) in facts.checks.iter().rev() {
        let tone = if *code == 0 { Tone::Good } else { Tone::Bad };
        let at = at.map_or_else(String::new, |at| format!("{}  ", clock(at)));
        rows.say(label, &format!("{at}exit {code}"), tone);
        for line in output.lines() {
            rows.say("", line, Tone::Text);
        }
        label = "";
    }
    let mut label = "events";
    for event in around_the_end(facts) {
        let text = format!("{}  {}{}", clock(event.at), event.action, more_of(event));
        rows.say(label, &text, Tone::Text);
        label = "";
    }
    let mut label = "log";
    for (at, line, is_error) in &facts.lines {
        let tone = if *is_error { Tone::Warn } else { Tone::Text };
        rows.say(label, &format!("{}  {line}", clock(*at)), tone);
        label = "";
    }
    rows.rows
}

fn say_end(rows: &mut Rows, facts: &Facts, now: Time, zone: FixedOffset) {
    if !facts.alive.is_empty() && facts.finished.is_none() {
        rows.say(
            "now",
            &format!("it is {} and has never ended", facts.alive),
            Tone::Good,
        );
        return;
    }
    if facts.started.is_none() && facts.error.is_empty() {
        rows.say("now", "it was made and never started", Tone::Text);
        return;
    }
    if facts.dead {
        let text = "it is dead: half removed; all that can be done is to remove it again";
        rows.say("now", text, Tone::Bad);
    }
    let seen = last_code(&facts.events);
    let told = if facts.alive.is_empty() || facts.alive == State::Restarting.word() {
        Some(facts.code)
    } else {
        // what runs has exit code 0 until it ends: only an event tells of the end before
        seen
    };
    if !facts.alive.is_empty() {
        let text = format!("it is {} again; this is of its last end", facts.alive);
        rows.say("now", &text, Tone::Good);
    }
    if let Some(code) = told {
        let read = verdict(&Ending {
            code,
            ran: facts.started.is_some(),
            error: &facts.error,
            oom: facts.oom,
            limit: facts.limit,
            asked: asked(&facts.events),
        });
        let tone = if read.well { Tone::Good } else { Tone::Bad };
        rows.say("ended", &read.title, tone);
        rows.say("", &read.why, Tone::Text);
        if !facts.error.is_empty() && facts.started.is_none() {
            rows.say("engine", &facts.error, Tone::Text);
        }
        let mut label = "helps";
        for help in &read.helps {
            rows.say(label, help, Tone::Accent);
            label = "";
        }
    }
    if let Some(finished) = facts.finished {
        let at = finished.in_zone(zone).format("%Y-%m-%d %H:%M:%S");
        let started = facts.started.filter(|started| *started < finished);
        let ran = started.map_or_else(String::new, |started| {
            let ran = units::took(finished.since(started));
            format!(", after it had run for {ran}")
        });
        let ago = units::span(now.since(finished));
        let text = format!("{at}, {ago} ago{ran}");
        rows.say("when", &text, Tone::Text);
    }
}

fn last_code(events: &[Event]) -> Option<i64> {
    let end = events.iter().rfind(|event| &*event.action == "die")?;
    end.attribute("exitCode")?.parse().ok()
}

fn say_memory(rows: &mut Rows, facts: &Facts) {
    let limit = match facts.limit {
        Some(limit) => format!("limit {}", units::bytes(limit)),
        None => "no limit of its own".to_owned(),
    };
    let peak = match facts.peak {
        Some(peak) => format!("peak {} of the minutes that were seen", units::bytes(peak)),
        None => "no figures were seen while it ran".to_owned(),
    };
    let oom = if facts.oom {
        "killed for want of it (OOM)"
    } else {
        "the engine tells of no want of it (OOM)"
    };
    let tone = if facts.oom { Tone::Bad } else { Tone::Text };
    rows.say("memory", &format!("{limit} · {peak} · {oom}"), tone);
}

/// What happened in the minute before the end, and what the end itself brought.
fn around_the_end(facts: &Facts) -> impl Iterator<Item = &Event> {
    let last = facts.events.iter().rfind(|event| &*event.action == "die");
    let end = facts.finished.or(last.map(|event| event.at));
    facts.events.iter().filter(move |event| {
        end.is_none_or(|end| end.since(event.at) <= BEFORE && event.at <= end + AFTER)
    })
}

/// What an event has to say beside its name.
fn more_of(event: &Event) -> String {
    let code = event
        .attribute("exitCode")
        .map(|code| format!(" with exit code {code}"));
    let signal = signal(event).map(|signal| format!(" with {}", signal_name(signal)));
    code.or(signal).unwrap_or_default()
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
