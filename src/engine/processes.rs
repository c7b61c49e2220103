//! A signal to one process of a container. `top` tells the host's process ids, which mean nothing
//! inside; the process is found there by what both sides know of it, or it is said why not.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;

use super::capture::{self, Program};
use super::convert;
use super::error::Error;
use super::transport::{Api, escape};
use crate::model::Id;
use crate::model::text::clean;
use crate::protocol::{Found, Processes};

const WITHIN: Duration = Duration::from_secs(10);
/// Bytes of what a look at all processes may print.
const MOST: usize = 4 << 20;
/// What is asked of `ps` to find a process again: host's ids, seconds since its start, its name.
const TO_FIND: &str = "-eo pid,ppid,etimes,comm";
/// What is asked of `ps` for people.
const TO_SHOW: &str = "-eo pid,ppid,user,pcpu,rss,etimes,time,args";
/// Ticks of a second in `/proc`: fixed for programs, whatever the kernel's own are.
const TICKS: f64 = 100.0;
/// Ids of processes that were started within a second lie nearer together than this, unless the
/// counter began anew between them.
const NEAR: u32 = 10_000;
/// How often all is looked at again when processes came or went meanwhile.
const TRIES: usize = 3;

/// Prints the shell's own id, the seconds since the kernel started, and the line of every process.
/// Only what every shell has in itself: an image need not have any other program.
const LIST: &str = r#"printf '%s\n' "$$"
read -r up rest < /proc/uptime && printf '%s\n' "$up"
for s in /proc/[0-9]*/stat; do read -r line < "$s" && printf '%s\n' "$line"; done 2>/dev/null
exit 0"#;

/// Sends signal $3 to process $1, if it still is the one that was started at $2.
const SEND: &str = r#"read -r line < "/proc/$1/stat" || exit 44
rest=${line##*) }
set -- "$1" "$2" "$3" $rest
[ "${23}" = "$2" ] || exit 44
kill -s "$3" "$1""#;
/// The same for all of the group that the process leads.
const SEND_TO_GROUP: &str = r#"read -r line < "/proc/$1/stat" || exit 44
rest=${line##*) }
set -- "$1" "$2" "$3" $rest
[ "${23}" = "$2" ] || exit 44
kill -s "$3" -- "-$1" || kill -s "$3" "$1""#;
/// The exit code of the script when the process is gone.
const GONE: i64 = 44;

/// The processes for people: with memory and time where the host's `ps` tells them.
pub(crate) async fn list(api: &Api, id: &Id) -> Result<Processes, Error> {
    match top(api, id, TO_SHOW).await {
        Ok(processes) => Ok(processes),
        // another ps, as on a host with busybox: its own columns. Podman asks the container's own
        // ps, and answers nothing at all when that one fails
        Err(
            Error::Status {
                code: 500 | 400, ..
            }
            | Error::Nonsense { .. },
        ) => top(api, id, "").await,
        Err(error) => Err(error),
    }
}

async fn top(api: &Api, id: &Id, arguments: &str) -> Result<Processes, Error> {
    let arguments = match arguments {
        "" => String::new(),
        arguments => format!("?ps_args={}", escape(arguments)),
    };
    let answer = api
        .get(&format!("/containers/{id}/top{arguments}"), WITHIN)
        .await?;
    convert::processes(&answer)
}

/// A process as one side sees it.
#[derive(Clone, Debug, PartialEq)]
struct Process {
    pid: u32,
    parent: u32,
    name: String,
    /// Seconds since its start.
    age: f64,
    /// When it was started, in ticks; only known inside.
    start: u64,
}

/// Finds a process of `top` inside its container.
pub(crate) async fn find(api: &Api, id: &Id, pid: u32) -> Result<Found, Error> {
    let (main, shares_host) = main_process(api, id).await?;
    if pid == main {
        return Ok(Found::Main);
    }
    let mut why = String::new();
    for _ in 0..TRIES {
        let outer = outer(&top(api, id, TO_FIND).await?);
        if !outer.iter().any(|process| process.pid == pid) {
            return Err(Error::Refused("it has ended".to_owned()));
        }
        let inner = inside(api, id).await?;
        let found = if shares_host {
            let same = inner.iter().find(|process| process.pid == pid);
            same.ok_or_else(|| "it was not seen inside".to_owned())
        } else {
            matching(&outer, &inner, pid)
        };
        match found {
            Ok(process) => {
                return Ok(Found::Inner {
                    pid: process.pid,
                    start: process.start,
                });
            }
            Err(reason) => why = reason,
        }
    }
    Err(Error::Refused(why))
}

/// The main process' id on the host, and whether the container has no ids of its own.
async fn main_process(api: &Api, id: &Id) -> Result<(u32, bool), Error> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct Raw {
        state: RawState,
        host_config: RawHost,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct RawState {
        pid: u32,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase", default)]
    struct RawHost {
        pid_mode: String,
    }
    let json = api.get(&format!("/containers/{id}/json"), WITHIN).await?;
    let raw: Raw = serde_json::from_slice(&json)
        .map_err(|error| Error::nonsense("the inspect of a container", error))?;
    Ok((raw.state.pid, raw.host_config.pid_mode == "host"))
}

fn outer(processes: &Processes) -> Vec<Process> {
    let rows = processes.rows.iter();
    rows.filter_map(|row| {
        let [pid, parent, age, name] = row.as_slice() else {
            return None;
        };
        Some(Process {
            pid: pid.parse().ok()?,
            parent: parent.parse().ok()?,
            name: name.to_string(),
            age: age.parse().ok()?,
            start: 0,
        })
    })
    .collect()
}

async fn inside(api: &Api, id: &Id) -> Result<Vec<Process>, Error> {
    let program = Program {
        words: &["sh", "-c", LIST],
        limit: MOST,
        within: WITHIN,
    };
    let listed = capture::run(api, id, program).await?.ok_or_else(no_shell)?;
    let found = inner(&String::from_utf8_lossy(&listed.out));
    if found.is_empty() {
        let why = "its processes cannot be seen from inside: it has no /proc".to_owned();
        return Err(Error::Refused(why));
    }
    Ok(found)
}

fn no_shell() -> Error {
    Error::Refused(
        "its image has no shell that could send it; only a container's main process can be reached without"
            .to_owned(),
    )
}

/// Reads what [`LIST`] prints: `pid (name) state parent …`, the start being the 22nd field
/// (`proc_pid_stat(5)`).
fn inner(text: &str) -> Vec<Process> {
    let mut lines = text.lines();
    let own: Option<u32> = lines.next().and_then(|line| line.trim().parse().ok());
    let up: Option<f64> = lines.next().and_then(|line| line.trim().parse().ok());
    let (Some(own), Some(up)) = (own, up) else {
        return Vec::new();
    };
    let read = |line: &str| {
        let (pid, rest) = line.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let parent = fields.nth(1)?.parse().ok()?;
        let start: u64 = fields.nth(17)?.parse().ok()?;
        Some(Process {
            pid: pid.parse().ok()?,
            parent,
            name: clean(name),
            age: up - start as f64 / TICKS,
            start,
        })
    };
    lines
        .filter_map(read)
        .filter(|process| process.pid != own)
        .collect()
}

/// The name of a process and of all above it: the same on both sides.
fn lineage(of: &Process, all: &HashMap<u32, &Process>) -> Vec<String> {
    let mut names = vec![of.name.clone()];
    let mut at = of;
    // a circle of parents would be a lie
    while let Some(above) = all.get(&at.parent).filter(|_| names.len() <= all.len()) {
        names.push(above.name.clone());
        at = above;
    }
    names
}

/// The process inside that is the one with an id outside. Both sides give their ids in the order
/// in which processes start, so the third `worker` outside is the third inside, as long as there
/// are as many, they are as old, and the counter of ids did not begin anew between them.
fn matching<'a>(outer: &[Process], inner: &'a [Process], pid: u32) -> Result<&'a Process, String> {
    let like = |all: &'_ [Process], wanted: &[String]| -> Vec<usize> {
        let by_pid: HashMap<u32, &Process> = all.iter().map(|one| (one.pid, one)).collect();
        let same = |place: &usize| lineage(&all[*place], &by_pid) == wanted;
        (0..all.len()).filter(same).collect()
    };
    let by_pid: HashMap<u32, &Process> = outer.iter().map(|one| (one.pid, one)).collect();
    let wanted = by_pid.get(&pid).ok_or("it has ended")?;
    let names = lineage(wanted, &by_pid);
    let mut out: Vec<&Process> = like(outer, &names)
        .into_iter()
        .map(|at| &outer[at])
        .collect();
    let mut inn: Vec<&Process> = like(inner, &names)
        .into_iter()
        .map(|at| &inner[at])
        .collect();
    if out.len() != inn.len() {
        return Err(format!(
            "it cannot be told from others: {} like it are seen on the host, {} inside",
            out.len(),
            inn.len()
        ));
    }
    out.sort_by(|a, b| b.age.total_cmp(&a.age).then(a.pid.cmp(&b.pid)));
    inn.sort_by_key(|process| (process.start, process.pid));
    // ages outside are whole seconds: neighbours within two of them are told apart by their ids
    let unsure = out.windows(2).any(|pair| {
        let near = pair[0].age - pair[1].age <= 1.0;
        near && (pair[0].pid >= pair[1].pid || pair[1].pid - pair[0].pid > NEAR)
    });
    let aged = out.iter().zip(&inn).all(|(out, inn)| {
        let later = inn.age - out.age;
        (-1.0..=5.0).contains(&later)
    });
    if unsure || !aged {
        return Err("it cannot be told from others that look the same inside".to_owned());
    }
    let place = out.iter().position(|process| process.pid == pid);
    let found = place.and_then(|place| inn.get(place)).copied();
    found.ok_or_else(|| "it was not seen inside".to_owned())
}

/// Ends a command that was begun in a container, and what it began: each is the first of a group
/// (`setsid` in runc's `nsexec.c`).
pub(crate) async fn end(api: &Api, id: &Id, pid: u32) -> Result<(), Error> {
    match find(api, id, pid).await? {
        Found::Inner { pid, start } => {
            by_script(api, id, SEND_TO_GROUP, (pid, start), "TERM").await
        }
        Found::Main => Err(Error::Refused("it is the main process".to_owned())),
    }
}

/// Sends a signal to a process that was found.
pub(crate) async fn send(
    api: &Api,
    id: &Id,
    process: (u32, u64),
    signal: &str,
) -> Result<(), Error> {
    by_script(api, id, SEND, process, signal).await
}

async fn by_script(
    api: &Api,
    id: &Id,
    script: &str,
    (pid, start): (u32, u64),
    signal: &str,
) -> Result<(), Error> {
    let (pid, start) = (pid.to_string(), start.to_string());
    let program = Program {
        words: &["sh", "-c", script, "sh", &pid, &start, signal],
        limit: 4096,
        within: WITHIN,
    };
    let sent = capture::run(api, id, program).await?.ok_or_else(no_shell)?;
    match sent.code {
        Some(0) => Ok(()),
        Some(GONE) => Err(Error::Refused("it has ended".to_owned())),
        _ => Err(Error::Refused(sent.complaint())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, name: &str, age: f64, start: u64) -> Process {
        Process {
            pid,
            parent,
            name: name.to_owned(),
            age,
            start,
        }
    }

    #[test]
    fn the_kernels_lines_are_read_whatever_a_process_is_called() {
        let text = "20\n2327.89\n1 (nginx) S 0 1 1 0 -1 4194560 1313 0 8 0 1 1 0 0 20 0 1 0 232710 10637312 1760 1\n\
            20 (sh) R 0 20 20 0 -1 4194560 903 0 1 0 1 0 0 0 20 0 1 0 232782 2654208 451 1\n\
            7 (a) b (c) S 1 1 1 0 -1 4194624 141 0 0 0 0 0 0 0 20 0 1 0 232741 10981376 683 1\nbroken (\n";
        let found = inner(text);
        let told: Vec<_> = found
            .iter()
            .map(|p| (p.pid, p.parent, p.name.as_str(), p.start))
            .collect();
        assert_eq!(told, [(1, 0, "nginx", 232_710), (7, 1, "a) b (c", 232_741)]);
        assert!((found[0].age - 0.79).abs() < 1e-6);
        assert!(inner("").is_empty());
    }

    #[test]
    fn twins_are_told_apart_by_the_order_of_their_ids() {
        let outer = [
            process(15_630, 15_610, "nginx", 10.0, 0),
            process(15_675, 15_630, "nginx", 9.0, 0),
            process(15_673, 15_630, "nginx", 9.0, 0),
            process(15_700, 15_610, "sleep", 2.0, 0),
        ];
        let inner = [
            process(1, 0, "nginx", 10.9, 100),
            process(7, 1, "nginx", 10.0, 190),
            process(6, 1, "nginx", 10.0, 190),
            process(30, 0, "sleep", 3.1, 900),
        ];
        for (out, inn) in [(15_673, 6), (15_675, 7), (15_700, 30)] {
            assert_eq!(matching(&outer, &inner, out).map(|p| p.pid), Ok(inn));
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let outer = [
            process(100, 1, "init", 50.0, 0),
            process(32_000, 100, "job", 9.0, 0),
            process(310, 100, "job", 9.0, 0),
        ];
        let inner = [
            process(1, 0, "init", 50.5, 10),
            process(8, 1, "job", 9.5, 900),
            process(9, 1, "job", 9.5, 900),
        ];
        // the host's counter began anew between them: either may be the first
        assert!(matching(&outer, &inner, 310).is_err());
        // one came or went meanwhile
        assert!(matching(&outer[..2], &inner, 32_000).is_err());
        // it only looks the same: started at another time
        let old = [
            process(1, 0, "init", 50.5, 10),
            process(8, 1, "job", 40.0, 20),
        ];
        assert!(matching(&outer[..2], &old, 32_000).is_err());
        // another name, or another parent
        let other = [
            process(1, 0, "init", 50.5, 10),
            process(8, 0, "job", 9.5, 900),
        ];
        assert!(matching(&outer[..2], &other, 32_000).is_err());
        assert!(matching(&outer, &inner, 4).is_err());
    }
}
