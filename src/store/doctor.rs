//! What the connection doctor found, as rows to read.

use super::Store;
use super::host_page::step;
use crate::model::HostId;
use crate::model::host::Verdict;
use crate::model::text::wrap;

/// Columns before the words: a mark, and a step's name.
pub const MARGIN: usize = 16;

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Nothing yet.
    Looking,
    /// What was seen, and is as it should be.
    Fine,
    /// Why it was not looked at.
    Skipped,
    /// What is wrong.
    Wrong,
    /// The words of whoever refused.
    Detail,
    /// What to do.
    Hint,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The step's name, at its first row.
    pub name: &'static str,
    /// What it says.
    pub sort: Sort,
    /// Its words.
    pub text: String,
}

/// The steps of a host, each with its name, what was seen, and what to do, in some columns.
pub fn rows(store: &Store, host: &HostId, columns: usize) -> Vec<Row> {
    let room = columns.saturating_sub(MARGIN).max(1);
    let mut rows = Vec::new();
    let mut say = |name: &'static str, sort: Sort, text: &str| {
        let parts = wrap(text, room).enumerate().map(|(index, part)| Row {
            name: if index == 0 { name } else { "" },
            sort,
            text: part.trim_start().to_owned(),
        });
        rows.extend(parts);
    };
    let findings = store.world.hosts.get(host).map(|host| &host.findings);
    let Some(findings) = findings.filter(|findings| !findings.is_empty()) else {
        say("looking …", Sort::Looking, " ");
        return rows;
    };
    for (check, verdict) in findings {
        let name = step(*check);
        match verdict {
            Verdict::Fine(seen) => say(name, Sort::Fine, seen),
            Verdict::Skipped(why) => say(name, Sort::Skipped, why),
            Verdict::Wrong(problem) => {
                say(name, Sort::Wrong, &problem.summary);
                say("", Sort::Detail, &problem.detail);
                say("", Sort::Hint, &problem.hint);
            }
        }
    }
    rows
}
