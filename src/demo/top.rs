//! A container's processes, as the host's `ps` tells them.
//!
//! Must change nothing but report that it was asked.

use serde_json::json;

use super::actions::{allowed, must_be_live};
use super::clock::{Nanos, stamp};
use super::daemon::State;
use super::query::Query;
use super::wire::{self, Outcome, Refusal};

/// `GET /containers/{id}/top`
pub(super) fn top(state: &mut State, reference: &str, query: &Query, now: Nanos) -> Outcome {
    let container = state.container(reference)?;
    allowed(container, "top")?;
    must_be_live(container)?;
    let arguments = query.text("ps_args");
    if arguments.contains("zz") {
        return Err(Refusal::new(500, "ps: error: garbage option"));
    }
    let columns = columns(arguments);
    let titles: Vec<&str> = columns.iter().map(|(_, title)| *title).collect();
    let used = container.active(now) as f64 / 1e9 * container.template.cpu / 100.0;
    let mut rows = Vec::new();
    for (place, (user, command)) in container.processes().into_iter().enumerate() {
        let share = place as u64 + 1;
        let first = container.pid;
        let process = Process {
            user,
            pid: first + place as u32 * 3,
            parent: if place == 0 {
                first.saturating_sub(21)
            } else {
                first
            },
            cpu: container.template.cpu / share as f64,
            resident: container.template.memory / 1024 / share,
            of_memory: state.host.memory,
            began: container.started,
            age: u64::try_from(now - container.started).unwrap_or(0) / 1_000_000_000,
            spent: if place == 0 {
                used as u64
            } else {
                (used / share as f64) as u64
            },
            command,
        };
        let cells = columns.iter().map(|(name, _)| process.cell(name));
        rows.push(cells.collect::<Vec<_>>());
    }
    let id = container.id.clone();
    state.report(now, &id, "top", &[]);
    wire::done(&json!({ "Processes": rows, "Titles": titles }))
}

/// Columns of `ps` by their names, with their titles: those that `-o` names, or the usual ones of
/// its two dialects.
fn columns(arguments: &str) -> Vec<(&str, &str)> {
    const KNOWN: [(&str, &str); 18] = [
        ("user", "USER"),
        ("uid", "UID"),
        ("pid", "PID"),
        ("ppid", "PPID"),
        ("pcpu", "%CPU"),
        ("pmem", "%MEM"),
        ("vsz", "VSZ"),
        ("rss", "RSS"),
        ("tty", "TTY"),
        ("stat", "STAT"),
        ("start", "START"),
        ("stime", "STIME"),
        ("c", "C"),
        ("etimes", "ELAPSED"),
        ("time", "TIME"),
        ("comm", "COMMAND"),
        ("args", "COMMAND"),
        ("cmd", "CMD"),
    ];
    let named = arguments.split_once("-eo ").map(|(_, names)| names);
    let names = named.unwrap_or(if arguments.is_empty() || arguments.starts_with('-') {
        "uid,pid,ppid,c,stime,tty,time,cmd"
    } else {
        "user,pid,pcpu,pmem,vsz,rss,tty,stat,start,time,args"
    });
    let title = |name: &str| KNOWN.into_iter().find(|(known, _)| *known == name);
    names.split(',').filter_map(title).collect()
}

/// A process as `ps` shows it.
struct Process {
    user: String,
    pid: u32,
    parent: u32,
    cpu: f64,
    /// In KiB.
    resident: u64,
    of_memory: u64,
    began: Nanos,
    /// Seconds since it began.
    age: u64,
    /// Seconds of processor time.
    spent: u64,
    command: String,
}

impl Process {
    fn cell(&self, name: &str) -> String {
        let began = || stamp(self.began).chars().skip(11).take(5).collect();
        let spent = self.spent;
        match name {
            "user" | "uid" => self.user.clone(),
            "pid" => self.pid.to_string(),
            "ppid" => self.parent.to_string(),
            "pcpu" => format!("{:.1}", self.cpu),
            "c" => (self.cpu as u64).to_string(),
            "pmem" => format!(
                "{:.1}",
                self.resident as f64 * 102_400.0 / self.of_memory as f64
            ),
            "vsz" => (self.resident * 3).to_string(),
            "rss" => self.resident.to_string(),
            "tty" => "?".to_owned(),
            "stat" => "S".to_owned(),
            "start" | "stime" => began(),
            "etimes" => self.age.to_string(),
            "time" => format!(
                "{:02}:{:02}:{:02}",
                spent / 3600,
                spent / 60 % 60,
                spent % 60
            ),
            "comm" => {
                let name = self.command.split([' ', ':']).next().unwrap_or_default();
                name.rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .chars()
                    .take(15)
                    .collect()
            }
            _ => self.command.clone(),
        }
    }
}
