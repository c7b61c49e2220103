//! What happens to a container when it starts, ends, pauses or goes away, and the events of it.
//!
//! Must not know HTTP: handlers check and wait, then call these.

use super::clock::{Nanos, seconds};
use super::container::{Container, Run, Status};
use super::daemon::State;
use super::life::{self, Task};
use super::logs;
use super::scenario::{Ailment, Begin};

/// Old stretches of log that are remembered.
const RUNS: usize = 64;

/// Begins a stretch of log; one that resumes goes on where the last one stopped.
fn open_run(container: &mut Container, now: Nanos, resumes: bool) {
    let last = container.runs.last();
    let skip = last
        .filter(|_| resumes)
        .map_or(0, |run| run.skip + run.end.map_or(0, |(_, lines)| lines));
    let first = last.map_or(0, |run| run.first + run.end.map_or(0, |(_, lines)| lines));
    if container.runs.len() >= RUNS {
        container.runs.remove(0);
    }
    container.runs.push(Run {
        start: now,
        first,
        end: None,
        last_words: false,
        skip,
        origin: container.started + container.paused_for,
    });
}

/// Ends the present stretch of log.
pub(super) fn close_run(container: &mut Container, now: Nanos, by_itself: bool) {
    let words = if by_itself {
        container.template.last_words.len() as u64
    } else {
        0
    };
    let voice = logs::Voice::of(container);
    if let Some(run) = container.runs.last_mut().filter(|run| run.end.is_none()) {
        run.end = Some((now, voice.written(run, now) + words));
        run.last_words = words > 0;
    }
}

impl State {
    /// Starts a container's processes.
    pub(super) fn begin(&mut self, id: &str, now: Nanos) {
        self.next_pid += 17;
        let pid = self.next_pid;
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        container.generation += 1;
        container.status = Status::Running;
        container.started = now;
        (container.paused_at, container.paused_for) = (None, 0);
        (container.exit_code, container.oom, container.pid) = (0, false, pid);
        container.health = (!container.template.health.is_empty()).then(life::new_health);
        container.listing = None;
        open_run(container, now, false);
        let copy = container.clone();
        self.touched = true;
        self.report_wiring(now, &copy, true);
        self.report(now, id, "start", &[]);
        life::plan_life(self, &copy, now);
    }

    /// Ends a container's processes with an exit code.
    pub(super) fn end(&mut self, id: &str, code: i64, by_itself: bool, now: Nanos) {
        let Some(container) = self.containers.get_mut(id).filter(|one| one.is_up()) else {
            return;
        };
        let was_waiting = container.status == Status::Restarting;
        container.generation += 1;
        container.status = Status::Exited;
        container.exit_code = if was_waiting {
            container.exit_code
        } else {
            code
        };
        container.oom = by_itself && container.template.oom;
        container.finished = now;
        container.pid = 0;
        container.paused_at = None;
        container.execs.clear();
        close_run(container, now, by_itself);
        if let Some(health) = &mut container.health {
            health.status = "unhealthy";
        }
        let copy = container.clone();
        self.touched = true;
        if was_waiting {
            return;
        }
        if copy.oom {
            self.report(now, id, "oom", &[]);
        }
        self.report(now, id, "die", &[("exitCode", &code.to_string())]);
        self.report_wiring(now, &copy, false);
    }

    /// A container ended by itself: its policy may want it back.
    pub(super) fn crash(&mut self, id: &str, now: Nanos) {
        let Some(code) = self.containers.get(id).map(|one| one.template.exit_code) else {
            return;
        };
        self.end(id, code, true, now);
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        let (policy, limit) = (
            container.restart_policy.0.as_str(),
            container.restart_policy.1,
        );
        let again = match policy {
            "always" | "unless-stopped" => true,
            "on-failure" => code != 0 && (limit == 0 || container.restart_count < limit),
            _ => false,
        };
        if again {
            container.status = Status::Restarting;
            container.restart_count += 1;
            let (id, generation) = (container.id.clone(), container.generation);
            self.plan(now + seconds(5.0), &id, generation, Task::Restart);
        } else if container.auto_remove {
            self.forget(id, now);
        }
    }

    /// Freezes a container.
    pub(super) fn freeze(&mut self, id: &str, now: Nanos) {
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        container.status = Status::Paused;
        container.paused_at = Some(now);
        close_run(container, now, false);
        self.touched = true;
        self.report(now, id, "pause", &[]);
    }

    /// Lets a frozen container go on.
    pub(super) fn thaw(&mut self, id: &str, now: Nanos) {
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        container.status = Status::Running;
        if let Some(since) = container.paused_at.take() {
            container.paused_for += now - since;
        }
        open_run(container, now, true);
        self.touched = true;
        self.report(now, id, "unpause", &[]);
    }

    /// Removes a container.
    pub(super) fn forget(&mut self, id: &str, now: Nanos) {
        self.report(now, id, "destroy", &[]);
        if let Some(container) = self.containers.remove(id) {
            self.names.remove(&container.name);
            self.execs.retain(|_, exec| exec.container != id);
        }
        self.touched = true;
    }

    /// Whether a container dies by itself soon after each start.
    pub(super) fn is_doomed(container: &Container) -> Option<Task> {
        if container.template.suffers(Ailment::Vanish) {
            Some(Task::Vanish)
        } else if container.template.state == Begin::Looping {
            Some(Task::Die)
        } else {
            None
        }
    }
}
