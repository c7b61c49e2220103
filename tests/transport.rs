//! Engines on other machines: the whole of what is done locally, over ssh and over TLS; each fault
//! on the way with its sentence; and nothing of it left behind. The servers are the tests' own.

#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

#[cfg(test)]
#[path = "engine/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "transport/certificates.rs"]
mod certificates;
#[cfg(test)]
#[path = "transport/deeds.rs"]
mod deeds;
#[cfg(test)]
#[path = "transport/forwards.rs"]
mod forwards;
#[cfg(test)]
#[path = "transport/left.rs"]
mod left;
#[cfg(test)]
#[path = "transport/logins.rs"]
mod logins;
#[cfg(test)]
mod pty;
#[cfg(test)]
#[path = "transport/secrets.rs"]
mod secrets;
#[cfg(test)]
#[path = "transport/ssh.rs"]
mod ssh;
#[cfg(test)]
#[path = "transport/sshd.rs"]
mod sshd;
#[cfg(test)]
#[path = "transport/tls.rs"]
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use bench::{Live, UnderTest, shell};
use pilothouse::model::host::{Check, Verdict};
use pilothouse::model::{Address, Id, Link, Problem, State};
use pilothouse::protocol::{Command, Grace, Reply, Watch};
use pty::skip;
use serde_json::{Value, json};

/// All that is done on an engine, by a way to it, each thing checked by the engine's own word.
pub(crate) async fn everything(under: &UnderTest, mut live: Live) {
    let script = "trap 'exit 0' TERM; echo up; while :; do sleep 0.2; echo tick; done";
    let id = under.start("far", script, &json!({}));
    let running = |state: bool| {
        let (status, body) = under.call("GET", &format!("/containers/{id}/json"), &Value::Null);
        assert_eq!(status, 200);
        let inspect: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(inspect["State"]["Running"], state, "{}", inspect["State"]);
    };
    live.until("the container", |s| {
        s.containers
            .get(&id)
            .is_some_and(|c| c.state == State::Running)
    })
    .await;
    live.watch(
        &[Watch::Logs, Watch::Stats, Watch::Inspect, Watch::Processes],
        &id,
    );
    live.until("a log that goes on", |s| s.lines.len() > 3)
        .await;
    assert_eq!(live.seen.lines[0].0, "up");
    live.until("samples", |s| s.samples.iter().any(|(of, _)| *of == id))
        .await;
    live.until("an inspect and processes", |s| {
        s.inspects.iter().any(Result::is_ok) && s.processes.iter().any(Result::is_ok)
    })
    .await;
    let (end, text) = shell(&live, &id, &["sh"], "echo te''st; exit 7\n").await;
    let command = vec!["sh".to_owned()];
    assert_eq!(end, Ok(Reply::Exited { command, code: 7 }), "{text}");
    assert!(text.contains("test"), "{text}");
    let second = Duration::from_secs(5);
    assert_eq!(
        live.run(Command::Stop(id.clone(), Grace::For(second)))
            .await,
        Ok(Reply::Done)
    );
    running(false);
    live.until("the end", |s| s.containers[&id].state == State::Exited)
        .await;
    assert_eq!(live.run(Command::Start(id.clone())).await, Ok(Reply::Done));
    running(true);
    live.until("the start", |s| s.containers[&id].state == State::Running)
        .await;
    let refused = live.run(Command::Start(Id::new(&"0".repeat(64)))).await;
    assert!(refused.unwrap_err().detail.contains("No such container"));
    deeds::deeds(under, &mut live, &id).await;
}

/// Connected by an ssh program, or without one, with the first list.
pub(crate) async fn reached(ssh: Option<PathBuf>, address: Address) -> Live {
    let ssh = ssh.unwrap_or_else(|| "ssh".into());
    let mut live = Live::by(ssh, address, false);
    live.until("the first list", |seen| seen.lists > 0).await;
    live
}

/// Why a place is not reached, and what the doctor says of it.
pub(crate) async fn missed(ssh: Option<PathBuf>, address: Address) -> (Problem, Check) {
    let ssh = ssh.unwrap_or_else(|| "ssh".into());
    let mut live = Live::by(ssh, address, false);
    live.until("the failure", |seen| seen.down().is_some())
        .await;
    live.until("the doctor's last word", |seen| {
        seen.findings
            .last()
            .is_some_and(|(check, _)| *check == Check::Clock)
    })
    .await;
    let problem = live.seen.links.iter().find_map(|link| match link {
        Link::Down { attempts, .. } => attempts.first().map(|attempt| attempt.problem.clone()),
        Link::Up { .. } | Link::Connecting { .. } => None,
    });
    let wrong = |(check, verdict): &(Check, Verdict)| match verdict {
        Verdict::Wrong(_) => Some(*check),
        Verdict::Fine(_) | Verdict::Skipped(_) => None,
    };
    let first = live.seen.findings.iter().find_map(wrong);
    (problem.unwrap(), first.unwrap())
}
