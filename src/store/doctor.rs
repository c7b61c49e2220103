//! What the connection doctor found, as lines to read.

use super::Store;
use super::host_page::step;
use crate::model::HostId;
use crate::model::host::Verdict;

/// Columns of a step's name.
const NAME: usize = 13;

/// The steps of a host, each with its mark, its name, what was seen, and what to do.
pub fn lines(store: &Store, host: &HostId) -> Vec<String> {
    let findings = store.world.hosts.get(host).map(|host| &host.findings);
    let Some(findings) = findings.filter(|findings| !findings.is_empty()) else {
        return vec!["looking …".to_owned()];
    };
    let [fine, wrong, skipped] = if store.settings.ascii {
        ["+", "x", "-"]
    } else {
        ["✔", "✖", "·"]
    };
    let mut lines = Vec::new();
    for (check, verdict) in findings {
        let mut say = |mark: &str, name: &str, text: &str| {
            lines.push(format!("{mark} {name:<NAME$} {text}"));
        };
        match verdict {
            Verdict::Fine(seen) => say(fine, step(*check), seen),
            Verdict::Skipped(why) => say(skipped, step(*check), why),
            Verdict::Wrong(problem) => {
                say(wrong, step(*check), &problem.summary);
                for text in [&problem.detail, &problem.hint] {
                    if !text.is_empty() {
                        say(" ", "", text);
                    }
                }
            }
        }
    }
    lines
}
