//! What the detail of a host shows: its connection, its machine, its containers, its disk, and what
//! was found wrong.

use super::Store;
use super::page::{Page, PageRow};
use super::world::Host;
use crate::model::host::{Attempt, Check, Link, Verdict};
use crate::model::{Problem, Ref, Time, units};
use crate::resource::Tone;

/// Rows of a page, in sections.
#[derive(Default)]
struct Rows(Vec<PageRow>);

impl Rows {
    /// A section's heading.
    fn heading(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.push(0, Default::default(), Default::default());
        }
        self.push(
            0,
            (text.to_owned(), Tone::Accent),
            (String::new(), Tone::Dim),
        );
    }

    /// A word and what it is.
    fn say(&mut self, word: &str, value: impl Into<String>) {
        self.tell(word, value, Tone::Text);
    }

    /// The same in a tone; nothing where there is nothing to say.
    fn tell(&mut self, word: &str, value: impl Into<String>, tone: Tone) {
        let value = value.into();
        if !value.is_empty() {
            self.push(1, (word.to_owned(), Tone::Dim), (value, tone));
        }
    }

    /// What went wrong, in full, with what to do about it.
    fn problem(&mut self, word: &str, problem: &Problem, tone: Tone) {
        self.tell(word, problem.summary.clone(), tone);
        for line in problem
            .detail
            .lines()
            .filter(|line| *line != problem.summary)
        {
            self.tell("", line, Tone::Dim);
        }
        self.tell("", problem.hint.clone(), Tone::Text);
    }

    fn push(&mut self, depth: u16, word: (String, Tone), value: (String, Tone)) {
        self.0.push(PageRow {
            path: format!("host {}", self.0.len()),
            depth,
            value: value.0.clone(),
            cells: vec![word, value],
            ..PageRow::default()
        });
    }
}

/// The page of a host.
pub(super) fn page(store: &Store, target: &Ref, host: &Host) -> Page {
    let mut rows = Rows::default();
    connection(store, host, &mut rows);
    machine(host, &mut rows);
    containers(store, host, &mut rows);
    disk(host, &mut rows);
    findings(host, &mut rows);
    let mut forwards = host.forwards.iter();
    if let Some(first) = forwards.next() {
        rows.heading("forwarded ports");
        for forward in std::iter::once(first).chain(forwards) {
            let container = Ref::container(&target.host, &forward.container);
            let from = format!("{} {}", store.world.name_of(&container), forward.port);
            rows.say(&from, format!("127.0.0.1:{}", forward.local));
        }
    }
    Page {
        titles: Vec::new(),
        rows: rows.0,
        note: None,
    }
}

fn connection(store: &Store, host: &Host, rows: &mut Rows) {
    let at = |time: Time| time.in_zone(store.zone).format("%H:%M:%S").to_string();
    let ago = |time: Time| format!("{} ({} ago)", at(time), units::span(store.now.since(time)));
    rows.heading("connection");
    match &host.link {
        None => rows.tell("state", "not connected", Tone::Dim),
        Some(Link::Connecting { since }) => {
            rows.tell("state", "connecting", Tone::Busy);
            rows.say("since", ago(*since));
            attempts(&host.tried, rows);
        }
        Some(Link::Up {
            address,
            source,
            since,
        }) => {
            rows.tell("state", "live", Tone::Good);
            rows.say("since", ago(*since));
            rows.say("address", address.to_string());
            rows.say("found by", source.to_string());
        }
        Some(Link::Down {
            attempts: tried,
            since,
            retry,
        }) => {
            let word = if since.is_some() { "lost" } else { "no engine" };
            rows.tell("state", word, Tone::Bad);
            if let Some(since) = since {
                rows.say("since", ago(*since));
            }
            let left = units::span(retry.since(store.now));
            rows.say("next try", format!("{} (in {left})", at(*retry)));
            attempts(tried, rows);
        }
    }
    if let Some(pulse) = host.pulse {
        let ping = units::latency(pulse.latency);
        match host.late() {
            Some(_) => rows.tell(
                "ping",
                format!("{ping}: what shows is that old"),
                Tone::Warn,
            ),
            None => rows.say("ping", ping),
        }
        let clock = pulse.skew.map(|skew| match skew {
            0 => "as here".to_owned(),
            skew if skew > 0 => format!("{} ahead", units::skew(skew)),
            skew => format!("{} behind", units::skew(skew)),
        });
        rows.say("clock", clock.unwrap_or_default());
    }
    if let Some((when, problem)) = &host.trouble {
        rows.say("trouble at", ago(*when));
        rows.problem("trouble", problem, Tone::Warn);
    }
}

fn attempts(tried: &[Attempt], rows: &mut Rows) {
    for attempt in tried {
        rows.say("tried", format!("{} ({})", attempt.place, attempt.source));
        rows.problem("", &attempt.problem, Tone::Bad);
    }
}

fn machine(host: &Host, rows: &mut Rows) {
    let info = &host.info;
    if info.version.is_empty() && info.name.is_empty() {
        return;
    }
    rows.heading("machine");
    rows.say("name", info.name.clone());
    rows.say("engine", format!("{} {}", info.engine, info.version));
    rows.say("API", info.api.clone());
    rows.say("system", info.os.clone());
    rows.say("kernel", info.kernel.clone());
    if info.cpus > 0 {
        rows.say("cores", info.cpus.to_string());
    }
    if info.memory > 0 {
        rows.say("memory", units::bytes(info.memory));
    }
}

fn containers(store: &Store, host: &Host, rows: &mut Rows) {
    if host.loaded.is_none() {
        return;
    }
    rows.heading("containers");
    let counts = host.counts;
    let mut said = 0;
    for (word, count, tone) in [
        ("running", counts.running, Tone::Text),
        ("unhealthy", counts.unhealthy, Tone::Warn),
        ("restarting", counts.restarting, Tone::Warn),
        ("paused", counts.paused, Tone::Text),
        ("created", counts.created, Tone::Text),
        ("exited", counts.exited, Tone::Text),
    ] {
        if count > 0 {
            rows.tell(word, units::count(count as u64), tone);
            said += 1;
        }
    }
    if said == 0 {
        rows.tell("", "none", Tone::Dim);
    }
    if let Some(totals) = host.present(store.now) {
        let of = (totals.counted < totals.running)
            .then(|| format!(" ({} of {} sampled)", totals.counted, totals.running));
        let of = of.unwrap_or_default();
        rows.say(
            "cpu",
            format!("{} % of one core{of}", units::percent(totals.cpu)),
        );
        rows.say("memory", format!("{}{of}", units::bytes(totals.memory)));
    }
}

fn disk(host: &Host, rows: &mut Rows) {
    let Some(disk) = host.disk else { return };
    rows.heading("disk");
    for (word, bytes) in [
        ("images", disk.images),
        ("containers", disk.containers),
        ("volumes", disk.volumes),
        ("build cache", disk.build_cache),
        ("together", disk.total()),
    ] {
        rows.say(word, units::bytes(bytes));
    }
}

fn findings(host: &Host, rows: &mut Rows) {
    if host.findings.is_empty() {
        return;
    }
    rows.heading("doctor");
    for (check, verdict) in &host.findings {
        let word = step(*check);
        match verdict {
            Verdict::Fine(seen) => rows.tell(word, seen.clone(), Tone::Good),
            Verdict::Skipped(why) => rows.tell(word, why.clone(), Tone::Dim),
            Verdict::Wrong(problem) => rows.problem(word, problem, Tone::Bad),
        }
    }
}

/// The word for a step of the doctor.
pub(super) fn step(check: Check) -> &'static str {
    match check {
        Check::Address => "address",
        Check::Name => "name",
        Check::Port => "port",
        Check::HostKey => "host key",
        Check::Login => "login",
        Check::Certificates => "certificates",
        Check::Socket => "socket",
        Check::Rights => "rights",
        Check::Version => "version",
        Check::Clock => "clock",
    }
}
