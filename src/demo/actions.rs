//! What is done to containers: start, stop, restart, kill, pause, remove, with the engine's refusals.
//!
//! A wait never holds the lock; after it, the container is looked up again.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Nanos;
use super::container::{Container, Status};
use super::daemon::{Daemon, State};
use super::query::Query;
use super::wire::{self, Outcome, Refusal};

/// A process that heeds SIGTERM takes this long.
const GRACE: Duration = Duration::from_millis(180);
/// The number of SIGTERM.
const TERM: u8 = 15;

/// Refuses what a scenario's container refuses.
pub(super) fn allowed(container: &Container, deed: &str) -> Result<(), Refusal> {
    let Some(text) = container.template.refuse.get(deed) else {
        return Ok(());
    };
    let (status, message) = text.split_once(' ').unwrap_or(("500", text));
    let message = message
        .replace("{id}", &container.id)
        .replace("{name}", &container.name);
    Err(Refusal::new(status.parse().unwrap_or(500), message))
}

fn must_run(container: &Container) -> Result<(), Refusal> {
    match container.status {
        Status::Running | Status::Paused => Ok(()),
        Status::Restarting => Err(restarting(container)),
        Status::Created | Status::Exited => Err(Refusal::conflict(format!(
            "Container {} is not running",
            container.id
        ))),
    }
}

fn restarting(container: &Container) -> Refusal {
    let id = &container.id;
    Refusal::conflict(format!(
        "Container {id} is restarting, wait until the container is running"
    ))
}

/// Refuses unless processes run and are not frozen, in the words of exec, top and pause.
pub(super) fn must_be_live(container: &Container) -> Result<(), Refusal> {
    must_run(container)?;
    if container.status == Status::Paused {
        let id = &container.id;
        return Err(Refusal::conflict(format!(
            "Container {id} is paused, unpause the container before exec"
        )));
    }
    Ok(())
}

/// `POST /containers/{id}/start`
pub(super) fn start(state: &mut State, reference: &str, now: Nanos) -> Outcome {
    let container = state.container_mut(reference)?;
    allowed(container, "start")?;
    match container.status {
        Status::Running | Status::Restarting => return Ok(wire::empty(304)),
        Status::Paused => {
            return Err(Refusal::conflict(
                "cannot start a paused container, try unpause instead",
            ));
        }
        Status::Created | Status::Exited => {}
    }
    container.restart_count = 0;
    let id = container.id.clone();
    state.begin(&id, now);
    wire::no_content()
}

/// `POST /containers/{id}/stop`
pub(super) async fn stop(daemon: &Arc<Daemon>, reference: &str, query: &Query) -> Outcome {
    let id = daemon.with(|state, _| {
        let container = state.container(reference)?;
        allowed(container, "stop")?;
        if container.is_up() {
            Ok(container.id.clone())
        } else {
            Err(Refusal::new(304, ""))
        }
    })?;
    halted(daemon, &id, query).await?;
    daemon.with(|state, now| state.report(now, &id, "stop", &[]));
    settle(daemon, &id);
    wire::no_content()
}

/// Ends a container, also when the client that asked for it goes away.
async fn halted(daemon: &Arc<Daemon>, id: &str, query: &Query) -> Result<(), Refusal> {
    let (own, takes_signal) = daemon.with(|state, _| {
        let own = state.container(id)?.template.stop_timeout;
        Ok((own, state.speaks(42)))
    })?;
    let timeout = query.number("t", 400)?.unwrap_or(own);
    let signal = match query.text("signal") {
        named if !named.is_empty() && takes_signal => signal(named)?,
        _ => TERM,
    };
    let (daemon, id) = (Arc::clone(daemon), id.to_owned());
    // it has ended when the daemon has: there is nobody to tell
    let _ = tokio::spawn(async move { halt(&daemon, &id, (timeout, signal)).await }).await;
    Ok(())
}

/// Ends a container as `stop` does: a signal, a wait, SIGKILL.
async fn halt(daemon: &Arc<Daemon>, id: &str, (timeout, signal): (i64, u8)) {
    let begun = daemon.with(|state, now| {
        let container = state.containers.get(id).filter(|one| one.is_up())?;
        let life = (
            container.generation,
            !heeds(container, signal),
            container.status,
        );
        if life.2 != Status::Restarting {
            state.report(now, id, "kill", &[("signal", &signal.to_string())]);
        }
        Some(life)
    });
    let Some((generation, stubborn, status)) = begun else {
        return;
    };
    if status != Status::Restarting {
        let patience = Duration::from_secs(u64::try_from(timeout).unwrap_or(86_400));
        let needs = if stubborn { Duration::MAX } else { GRACE };
        tokio::time::sleep(needs.min(patience)).await;
    }
    daemon.with(|state, now| {
        if state.containers.get(id).map(|one| one.generation) != Some(generation) {
            return;
        }
        if stubborn {
            state.report(now, id, "kill", &[("signal", "9")]);
        }
        let code = match (stubborn, timeout) {
            (true, _) | (_, 0) => 137,
            (false, _) => ended_by(state, id, signal),
        };
        state.end(id, code, false, now);
    });
}

/// Whether a container's first process ends by a signal.
fn heeds(container: &Container, signal: u8) -> bool {
    let template = &container.template;
    match signal {
        9 => true,
        TERM => !template.stubborn,
        // a first process ends by the signals only that it asks for
        1 | 2 | 3 | 6 | 11 => !template.stubborn && template.play.is_none(),
        _ => false,
    }
}

/// The exit code of a process that a signal has ended.
fn ended_by(state: &State, id: &str, signal: u8) -> i64 {
    match signal {
        TERM => graceful(state, id),
        signal => 128 + i64::from(signal),
    }
}

/// The exit code of a process that heeds SIGTERM: most end cleanly.
fn graceful(state: &State, id: &str) -> i64 {
    let code = |one: &Container| match &one.template.play {
        Some(play) => play.on_term.unwrap_or(143),
        None if one.seed.is_multiple_of(4) => 143,
        None => 0,
    };
    state.containers.get(id).map_or(0, code)
}

/// Removes a container that was to be removed at its end.
fn settle(daemon: &Daemon, id: &str) {
    daemon.with(|state, now| {
        if state
            .containers
            .get(id)
            .is_some_and(|one| one.auto_remove && !one.is_up())
        {
            state.forget(id, now);
        }
    });
}

/// `POST /containers/{id}/restart`
pub(super) async fn restart(daemon: &Arc<Daemon>, reference: &str, query: &Query) -> Outcome {
    let id = daemon.with(|state, _| {
        let container = state.container(reference)?;
        allowed(container, "restart")?;
        Ok(container.id.clone())
    })?;
    halted(daemon, &id, query).await?;
    daemon.with(|state, now| {
        let container = state.container_mut(&id)?;
        container.restart_count = 0;
        if !container.is_up() {
            state.report(now, &id, "stop", &[]);
            state.begin(&id, now);
        }
        state.report(now, &id, "restart", &[]);
        wire::no_content()
    })
}

/// The number of a signal given by name or number.
fn signal(text: &str) -> Result<u8, Refusal> {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];
    if text.is_empty() {
        return Ok(9);
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let named = NAMES
        .iter()
        .position(|one| *one == name)
        .map(|place| place as u8 + 1);
    let number = text.parse().ok().filter(|number| (1..=64).contains(number));
    named
        .or(number)
        .ok_or_else(|| Refusal::new(400, format!("Invalid signal: {text}")))
}

/// `POST /containers/{id}/kill`
pub(super) fn kill(state: &mut State, reference: &str, query: &Query, now: Nanos) -> Outcome {
    let signal = signal(query.text("signal"))?;
    let container = state.container(reference)?;
    allowed(container, "kill")?;
    let id = container.id.clone();
    if !container.is_up() {
        let reason = format!("Cannot kill container: {reference}: Container {id} is not running");
        return Err(Refusal::conflict(reason));
    }
    let deadly = heeds(container, signal);
    let number = signal.to_string();
    state.report(now, &id, "kill", &[("signal", &number)]);
    if deadly {
        let code = ended_by(state, &id, signal);
        state.end(&id, code, false, now);
        if state.containers.get(&id).is_some_and(|one| one.auto_remove) {
            state.forget(&id, now);
        }
    }
    wire::no_content()
}

/// `POST /containers/{id}/pause`
pub(super) fn pause(state: &mut State, reference: &str, now: Nanos) -> Outcome {
    let container = state.container(reference)?;
    allowed(container, "pause")?;
    must_run(container)?;
    let id = container.id.clone();
    if container.status == Status::Paused {
        return Err(Refusal::conflict(format!(
            "Container {id} is already paused"
        )));
    }
    state.freeze(&id, now);
    wire::no_content()
}

/// `POST /containers/{id}/unpause`
pub(super) fn unpause(state: &mut State, reference: &str, now: Nanos) -> Outcome {
    let container = state.container(reference)?;
    allowed(container, "unpause")?;
    let id = container.id.clone();
    if container.status != Status::Paused {
        return Err(Refusal::new(500, format!("Container {id} is not paused")));
    }
    state.thaw(&id, now);
    wire::no_content()
}

/// `DELETE /containers/{id}`
pub(super) fn remove(state: &mut State, reference: &str, query: &Query, now: Nanos) -> Outcome {
    let container = state.container(reference)?;
    allowed(container, "remove")?;
    let (id, status) = (container.id.clone(), container.status);
    let mounts = container.template.mounts.clone();
    if container.is_up() {
        if !query.flag("force") {
            let (word, advice) = match status {
                Status::Paused => ("paused", "Unpause and then stop the container"),
                Status::Restarting => ("restarting", "Stop the container"),
                _ => ("running", "Stop the container"),
            };
            let reason = format!(
                "You cannot remove a {word} container {id}. {advice} before attempting removal or force remove"
            );
            return Err(Refusal::conflict(reason));
        }
        state.report(now, &id, "kill", &[("signal", "9")]);
        state.end(&id, 137, false, now);
    }
    state.forget(&id, now);
    if query.flag("v") {
        // only anonymous volumes go with their container
        for name in mounts.iter().filter_map(|text| text.split(':').nth(1)) {
            if name.len() == 64 {
                state.volumes.remove(name);
            }
        }
    }
    wire::no_content()
}

#[cfg(test)]
mod tests {
    use super::signal;

    #[test]
    fn signals_have_names_and_numbers() {
        assert_eq!(signal("SIGTERM").unwrap(), 15);
        assert_eq!(
            (
                signal("hup").unwrap(),
                signal("9").unwrap(),
                signal("").unwrap()
            ),
            (1, 9, 9)
        );
        assert_eq!(signal("FOO").unwrap_err().message, "Invalid signal: FOO");
    }
}
