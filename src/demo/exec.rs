//! Processes run inside containers: made, started (hijacked or detached), resized, inspected.
//!
//! What such a process says is in `shell.rs`; how bytes travel is in `hijack.rs`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::actions::{allowed, must_be_live};
use super::chance::hex;
use super::clock::Nanos;
use super::container::Container;
use super::daemon::{Daemon, State};
use super::query::Query;
use super::shell::Shell;
use super::wire::{self, Outcome, Refusal};

/// A process that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Exec {
    pub(super) id: String,
    pub(super) container: String,
    pub(super) command: Vec<String>,
    pub(super) tty: bool,
    /// Whether standard input, output and error are attached.
    pub(super) attached: [bool; 3],
    privileged: bool,
    started: bool,
    pub(super) exit_code: Option<i64>,
    pid: u32,
    /// Columns and rows of its terminal.
    pub(super) size: (u16, u16),
}

impl Exec {
    fn line(&self) -> String {
        self.command.join(" ")
    }
}

/// `POST /containers/{id}/exec`
pub(super) fn create(state: &mut State, reference: &str, body: &Value, now: Nanos) -> Outcome {
    let container = state.container(reference)?;
    allowed(container, "exec")?;
    must_be_live(container)?;
    let command: Vec<String> = serde_json::from_value(body["Cmd"].clone()).unwrap_or_default();
    if command.is_empty() {
        return Err(Refusal::new(400, "No exec command specified"));
    }
    let flag = |name: &str| body[name].as_bool().unwrap_or(false);
    let owner = container.id.clone();
    let exec = Exec {
        id: hex(state.chance.next(), 64),
        container: owner.clone(),
        command,
        tty: flag("Tty"),
        attached: ["AttachStdin", "AttachStdout", "AttachStderr"].map(flag),
        privileged: flag("Privileged"),
        started: false,
        exit_code: None,
        pid: 0,
        size: (80, 24),
    };
    let id = exec.id.clone();
    state.report(
        now,
        &owner,
        &format!("exec_create: {}", exec.line()),
        &[("execID", &id)],
    );
    state.container_mut(&owner)?.execs.push(id.clone());
    state.execs.insert(id.clone(), exec);
    Ok(wire::json_of(201, &json!({ "Id": id })))
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Exec, Refusal> {
    state
        .execs
        .get(id)
        .ok_or_else(|| Refusal::missing(format!("No such exec instance: {id}")))
}

/// `GET /exec/{id}/json`
pub(super) fn inspect(state: &State, id: &str) -> Outcome {
    let exec = find(state, id)?;
    let (entry, rest) = exec
        .command
        .split_first()
        .map_or(("", &[][..]), |(a, b)| (a.as_str(), b));
    wire::done(&json!({
        "ID": exec.id, "Running": exec.started && exec.exit_code.is_none(),
        "ExitCode": exec.exit_code,
        "ProcessConfig": {
            "tty": exec.tty, "entrypoint": entry, "arguments": rest, "privileged": exec.privileged,
        },
        "OpenStdin": exec.attached[0], "OpenStderr": exec.attached[2],
        "OpenStdout": exec.attached[1],
        "CanRemove": false, "ContainerID": exec.container, "DetachKeys": "", "Pid": exec.pid,
    }))
}

/// `POST /exec/{id}/resize`
pub(super) fn resize(state: &mut State, id: &str, query: &Query) -> Outcome {
    let size = |name: &str| {
        Ok(query
            .number(name, 400)?
            .and_then(|n| u16::try_from(n).ok())
            .unwrap_or(0))
    };
    let (height, width) = (size("h")?, size("w")?);
    find(state, id)?;
    match state.execs.get_mut(id).filter(|exec| exec.started) {
        Some(exec) => {
            exec.size = (width, height);
            Ok(wire::empty(if query.has("h") { 200 } else { 400 }))
        }
        None => Err(Refusal::new(500, "timeout waiting for exec session ready")),
    }
}

/// Starts a process: gives the shell that plays it.
pub(super) fn begin(daemon: &Arc<Daemon>, id: &str) -> Result<Shell, Refusal> {
    daemon.with(|state, now| {
        let exec = find(state, id)?.clone();
        if exec.started {
            return Err(Refusal::conflict(format!(
                "Error: Exec command {id} has already run"
            )));
        }
        let container = state.container(&exec.container)?;
        must_be_live(container)?;
        let container = container.clone();
        state.next_pid += 7;
        let pid = state.next_pid;
        if let Some(exec) = state.execs.get_mut(id) {
            (exec.started, exec.pid) = (true, pid);
        }
        let line = format!("exec_start: {}", exec.line());
        state.report(now, &exec.container, &line, &[("execID", id)]);
        let modern = state.speaks(42);
        Ok(Shell::new(container, exec, modern))
    })
}

/// A process ended: remembers its exit code and says so.
pub(super) fn end(daemon: &Daemon, id: &str, code: i64) {
    daemon.with(|state, now| {
        let Some(exec) = state.execs.get_mut(id) else {
            return;
        };
        exec.exit_code = Some(code);
        let owner = exec.container.clone();
        if let Some(container) = state.containers.get_mut(&owner) {
            container.execs.retain(|one| one != id);
        }
        state.touched = true;
        state.report(
            now,
            &owner,
            "exec_die",
            &[("execID", id), ("exitCode", &code.to_string())],
        );
    });
}

/// A client left a process running.
pub(super) fn leave(daemon: &Daemon, id: &str) {
    let modern = daemon.with(|state, now| {
        let owner = state.execs.get(id).map(|exec| exec.container.clone());
        if let Some(owner) = owner {
            state.report(now, &owner, "exec_detach", &[("execID", id)]);
        }
        state.speaks(42)
    });
    // 20.10 calls it ended from then on
    if !modern {
        end(daemon, id, 126);
    }
}

/// Whether the container a process runs in is still the same life.
pub(super) fn lives(daemon: &Daemon, container: &Container) -> bool {
    daemon.with(|state, _| {
        let now = state.containers.get(&container.id);
        now.is_some_and(|one| one.generation == container.generation && one.is_alive())
    })
}

/// The present size of a process' terminal.
pub(super) fn size(daemon: &Daemon, id: &str) -> (u16, u16) {
    daemon.with(|state, _| state.execs.get(id).map_or((80, 24), |exec| exec.size))
}
