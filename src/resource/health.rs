//! How what is wrong is listed: one row for each container and host that needs a look, with the
//! reason in words.

use crate::model::ending::{self, Asked, Ending, Verdict};
use crate::model::text::clean;
use crate::model::{HostId, Problem, Ref, Time, units};
use crate::resource::{Cell, Column, FilterKey, Mark, Order, Resource, Sign, Tone, holds};

/// Something that needs a look.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// The host that it is on, or that it is.
    pub host: &'a HostId,
    /// The container, or the host.
    pub target: Ref,
    /// Its name.
    pub name: &'a str,
    /// What is wrong.
    pub cause: Cause<'a>,
    /// Since when, as far as is known.
    pub since: Option<Time>,
    /// How often its restart policy restarted it, as far as is known.
    pub restarts: Option<u32>,
    /// Now.
    pub now: Time,
}

/// What is wrong with it, the worst first.
#[derive(Clone, Debug)]
pub enum Cause<'a> {
    /// The host does not answer.
    Unreachable(Option<&'a Problem>),
    /// It is started and ends, again and again: how often, and how it ended.
    Looping(u32, End),
    /// It ended because it wanted more memory than it may have.
    OutOfMemory(End),
    /// Its health check fails; what the check printed last, when that is known.
    Unhealthy(Option<&'a str>),
    /// It is the old one of an upgrade that was neither finished nor undone: of which name.
    HalfUpgraded(String),
    /// Its removal stopped half way.
    Dead,
    /// It runs on, but lost a process for want of memory.
    Starved,
    /// It ended, and is about to be started again.
    Restarting(End),
    /// The host answers, but something about it cannot be read.
    Trouble(&'a Problem),
    /// It failed.
    Failed(End),
    /// It failed days ago.
    FailedLongAgo(End),
    /// It was asked to end, by a signal that shows in its exit code.
    Ended(End),
    /// Somebody paused it.
    Paused,
}

/// How a container ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Its exit code, where it is known.
    pub code: Option<i32>,
    /// Whether that was for want of memory.
    pub oom: bool,
    /// What it was asked to do before.
    pub asked: Asked,
}

impl End {
    /// The end in words.
    pub fn read(&self) -> Verdict {
        ending::verdict(&Ending {
            code: i64::from(self.code.unwrap_or_default()),
            ran: true,
            error: "",
            oom: self.oom,
            limit: None,
            asked: self.asked,
        })
    }

    /// The end in a few words, without its code.
    fn brief(&self) -> String {
        let title = self.read().title;
        match title.split_once(" · ") {
            Some((_, words)) => words.to_owned(),
            None => title,
        }
    }
}

impl Cause<'_> {
    /// How bad it is, the worst greatest.
    pub fn weight(&self) -> u8 {
        match self {
            Self::Unreachable(_) => 11,
            Self::Looping(..) => 10,
            Self::OutOfMemory(_) => 9,
            Self::Unhealthy(_) => 8,
            Self::HalfUpgraded(_) | Self::Dead => 7,
            Self::Starved => 6,
            Self::Restarting(_) => 5,
            Self::Trouble(_) => 4,
            Self::Failed(_) => 3,
            Self::FailedLongAgo(_) => 2,
            Self::Ended(_) => 1,
            Self::Paused => 0,
        }
    }

    /// Whether it is worth counting: what was wished for or is long past is not.
    pub fn is_pressing(&self) -> bool {
        self.weight() > 2
    }

    fn sign(&self) -> Sign {
        let exited = |end: &End, tone| {
            let word = end
                .code
                .map_or_else(|| "exited".to_owned(), |code| format!("exited {code}"));
            Sign::new(Mark::Failed, word, tone)
        };
        match self {
            Self::Unreachable(_) => Sign::new(Mark::Failed, "unreachable", Tone::Bad),
            Self::Looping(..) => Sign::new(Mark::Starting, "restart loop", Tone::Bad),
            Self::OutOfMemory(_) => Sign::new(Mark::Failed, "OOM-killed", Tone::Bad),
            Self::Unhealthy(_) => Sign::new(Mark::Unhealthy, "unhealthy", Tone::Warn),
            Self::HalfUpgraded(_) => Sign::new(Mark::Unhealthy, "unfinished", Tone::Warn),
            Self::Dead => Sign::new(Mark::Failed, "dead", Tone::Bad),
            Self::Starved => Sign::new(Mark::Unhealthy, "OOM inside", Tone::Warn),
            Self::Restarting(_) => Sign::new(Mark::Starting, "restarting", Tone::Warn),
            Self::Trouble(_) => Sign::new(Mark::Unhealthy, "trouble", Tone::Warn),
            Self::Failed(end) => exited(end, Tone::Bad),
            Self::FailedLongAgo(end) | Self::Ended(end) => {
                let sign = exited(end, Tone::Dim);
                Sign {
                    mark: Mark::Exited,
                    ..sign
                }
            }
            Self::Paused => Sign::new(Mark::Paused, "paused", Tone::Dim),
        }
    }

    /// Why, in some words.
    pub fn reason(&self) -> String {
        match self {
            Self::Unreachable(Some(problem)) | Self::Trouble(problem) => problem.summary.clone(),
            Self::Unreachable(None) => "its engine does not answer".to_owned(),
            Self::Looping(times, end) => {
                format!("restarted {times} times; the last time: {}", end.told())
            }
            Self::OutOfMemory(end)
            | Self::Failed(end)
            | Self::FailedLongAgo(end)
            | Self::Ended(end) => end.brief(),
            Self::Restarting(end) => format!("about to start again; it ended: {}", end.told()),
            Self::Unhealthy(None) => "its health check fails".to_owned(),
            Self::Unhealthy(Some(says)) => format!("its health check fails: {}", clean(says)),
            Self::HalfUpgraded(name) => {
                format!("an upgrade of {name} was left half done: finish it or undo it")
            }
            Self::Dead => "its removal stopped half way".to_owned(),
            Self::Starved => {
                "runs on, but a process of it was killed for want of memory".to_owned()
            }
            Self::Paused => "somebody paused it: none of its processes runs".to_owned(),
        }
    }

    /// The whole sentences: what it means, and what usually helps.
    pub fn advice(&self) -> (String, String) {
        let of_end = |end: &End| {
            let read = end.read();
            let helps = read.helps.first().copied().unwrap_or_default();
            (read.why, helps.to_owned())
        };
        let say = |why: &str, help: &str| (why.to_owned(), help.to_owned());
        match self {
            Self::Unreachable(Some(problem)) | Self::Trouble(problem) => {
                let detail = problem.detail.lines().next().unwrap_or_default();
                let why = match detail {
                    "" => format!("{}.", problem.summary),
                    detail => format!("{}: {detail}", problem.summary),
                };
                (why, problem.hint.clone())
            }
            Self::Unreachable(None) => say("Its engine does not answer.", ""),
            Self::Looping(_, end)
            | Self::Restarting(end)
            | Self::OutOfMemory(end)
            | Self::Failed(end)
            | Self::FailedLongAgo(end)
            | Self::Ended(end) => of_end(end),
            Self::Unhealthy(_) => say(
                "It runs, but its health check says that it does not do its work.",
                "its Health tab has what the checks printed, its log what it does instead",
            ),
            Self::HalfUpgraded(_) => say(
                "It is the old one of an upgrade: it stays under this name until the new one works.",
                "`U` finishes the upgrade or undoes it, unless somebody is at it right now",
            ),
            Self::Dead => say(
                "The engine could not remove it whole: something still holds a file or a mount of it.",
                "remove it again with force, or after a restart of the engine",
            ),
            Self::Starved => say(
                "The kernel killed one of its processes, which wanted more memory than the limit leaves.",
                "raise the limit, or let it run fewer processes at once",
            ),
            Self::Paused => say("It was paused, and waits.", "unpause lets it go on"),
        }
    }
}

impl End {
    fn told(&self) -> String {
        match self.code {
            Some(code) => format!("exit {code}, {}", self.brief()),
            None => "it is not known how".to_owned(),
        }
    }
}

/// What is wrong on all hosts.
#[derive(Debug)]
pub struct Findings;

impl Resource for Findings {
    type Item<'a> = Item<'a>;
    const WORD: &'static str = "finding";
    const ACTIVE: (&'static str, &'static str) = ("pressing", "as wished or long ago");
    const EMPTY: (&'static str, &'static str) = (
        "nothing is wrong",
        "what becomes unhealthy, fails or cannot be reached shows here",
    );
    const SHOWN: &'static [&'static str] = &["host", "since", "restarts"];
    const SORT: (&'static str, bool) = ("state", false);
    const COLUMNS: &'static [Column<Self>] = COLUMNS;
    const KEYS: &'static [FilterKey<Self>] = KEYS;

    fn target(item: &Self::Item<'_>) -> Ref {
        item.target.clone()
    }

    fn host<'a>(item: &Self::Item<'a>) -> &'a HostId {
        item.host
    }

    fn name<'a>(item: &Self::Item<'a>) -> &'a str {
        item.name
    }

    fn sign(item: &Self::Item<'_>) -> Sign {
        item.cause.sign()
    }

    fn is_active(item: &Self::Item<'_>) -> bool {
        item.cause.is_pressing()
    }
}

const KEYS: &[FilterKey<Findings>] = &[FilterKey::new(&["host"], |item, value| {
    holds(item.host.as_str(), value)
})];

type Col = Column<Findings>;

const COLUMNS: &[Col] = &[
    Col::new("name", "The container, or the host.", 20)
        .pinned()
        .show(|item| Cell::text(item.name.to_owned()))
        .order(|item| Order::text(Some(item.name))),
    Col::new(
        "state",
        "What is wrong; the worst first, then the newest.",
        12,
    )
    .pinned()
    .show(|item| {
        let sign = item.cause.sign();
        Cell::new(sign.word, sign.tone)
    })
    .order(|item| {
        // seconds since 1970 have ten digits
        let since = item.since.map_or(0.0, |since| since.secs() as f64);
        Order::Number(f64::from(item.cause.weight()) * 1e12 + since)
    }),
    Col::new("host", "The host that it is on.", 10)
        .show(|item| Cell::text(item.host.to_string()))
        .order(|item| Order::text(Some(item.host.as_str()))),
    Col::new("since", "How long ago it began, as far as is known.", 7)
        .right()
        .show(|item| Cell::optional(item.since.map(|since| units::span(item.now.since(since)))))
        .order(|item| Order::number(item.since.map(|since| since.secs() as f64))),
    Col::new("restarts", "How often its restart policy restarted it.", 8)
        .right()
        .show(|item| match item.restarts {
            None => Cell::none(),
            Some(0) => Cell::new("0", Tone::Dim),
            Some(count) => Cell::new(count.to_string(), Tone::Warn),
        })
        .order(|item| Order::number(item.restarts.map(f64::from))),
    Col::new("reason", "Why, in words.", 30)
        .pinned()
        .grow(20, 20, u16::MAX)
        .show(|item| {
            let tone = if item.cause.is_pressing() {
                Tone::Text
            } else {
                Tone::Dim
            };
            Cell::new(item.cause.reason(), tone)
        })
        .order(|item| Order::text(Some(&item.cause.reason()))),
];
