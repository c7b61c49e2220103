//! What happens by itself: healthchecks, crashes, restarts, churn, in the order of time.
//!
//! One task for the whole daemon; a thing to come is an entry in `State::plan`, never a task.

use std::cmp::{Ordering, Reverse};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::chance::{hex, mix};
use super::clock::{Nanos, SECOND, nanos, seconds};
use super::container::{Check, Container, Health, Status};
use super::daemon::{Daemon, State};

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// A healthcheck of the container.
    Check,
    /// Only the three events of a healthcheck, for benches.
    CheckEvents,
    /// It dies by itself.
    Die,
    /// Its restart policy starts it.
    Restart,
    /// It removes itself.
    Vanish,
    /// A container chosen by chance stops or starts.
    Churn,
}

/// Something planned; the earliest is the greatest, as the heap wants it.
#[derive(Debug)]
pub(super) struct Due {
    at: Nanos,
    order: u64,
    id: String,
    generation: u64,
    task: Task,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        Reverse((self.at, self.order)).cmp(&Reverse((other.at, other.order)))
    }
}

/// Plans the lives of all containers at the daemon's start.
pub(super) fn begin(state: &mut State, now: Nanos) {
    let all: Vec<Container> = state
        .containers
        .values()
        .filter(|one| one.is_alive())
        .cloned()
        .collect();
    for container in &all {
        plan_life(state, container, now);
    }
    if let Some(every) = state.options.healthcheck_every {
        let third: Vec<String> = state.containers.keys().step_by(3).cloned().collect();
        for (place, id) in third.iter().enumerate() {
            let share = place as f64 / third.len() as f64;
            let at = now + (nanos(every) as f64 * share) as Nanos;
            state.plan(at, id, 0, Task::CheckEvents);
        }
    }
    if state.options.events_per_second > 0.0 {
        state.plan(now + SECOND, "", 0, Task::Churn);
    }
}

/// Plans what a container does by itself in the life it has now.
pub(super) fn plan_life(state: &mut State, container: &Container, now: Nanos) {
    let (id, generation) = (&container.id, container.generation);
    if container.health.is_some() {
        let every = seconds(container.template.health_every);
        let phase = (container.seed % 1000).cast_signed() * (every / 1000);
        let first = if now - container.started < SECOND {
            every / 3
        } else {
            phase
        };
        state.plan(now + first, id, generation, Task::Check);
    }
    if let Some((after, _)) = container.template.play.as_ref().and_then(|play| play.end) {
        state.plan(now + after, id, generation, Task::Die);
    }
    if let Some(task) = State::is_doomed(container) {
        let after = if task == Task::Vanish { 20.0 } else { 4.0 };
        state.plan(now + seconds(after), id, generation, task);
    }
}

/// Does what is due, for as long as the daemon lives.
pub(super) async fn run(daemon: Arc<Daemon>) {
    let mut changes = daemon.changes();
    loop {
        changes.borrow_and_update();
        let next = daemon.with(|state, now| {
            while state.plan.peek().is_some_and(|due| due.at <= now) {
                if let Some(due) = state.plan.pop() {
                    state.perform(&due, now);
                }
            }
            state.plan.peek().map(|due| due.at)
        });
        let wait = next.map_or(Duration::from_secs(3600), |at| daemon.clock.until(at));
        // a change may have planned something earlier
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            woken = changes.changed() => if woken.is_err() { return },
        }
    }
}

impl State {
    /// Puts something on the plan.
    pub(super) fn plan(&mut self, at: Nanos, id: &str, generation: u64, task: Task) {
        self.planned += 1;
        self.plan.push(Due {
            at,
            order: self.planned,
            id: id.to_owned(),
            generation,
            task,
        });
    }

    fn perform(&mut self, due: &Due, now: Nanos) {
        let (id, task) = (due.id.as_str(), due.task);
        match task {
            Task::CheckEvents => return self.beat(id, now),
            Task::Churn => return self.churn(now),
            Task::Check | Task::Die | Task::Restart | Task::Vanish => {}
        }
        let fits = |one: &&Container| one.generation == due.generation;
        let Some(status) = self.containers.get(id).filter(fits).map(|one| one.status) else {
            return;
        };
        match (task, status) {
            // frozen processes do nothing: look again in a second
            (_, Status::Paused) => self.plan(now + SECOND, id, due.generation, task),
            (Task::Check, Status::Running) => self.check_health(id, now),
            (Task::Die, Status::Running) => match self.left(id, now) {
                0 => self.crash(id, now),
                // a pause put it off
                left => self.plan(now + left, id, due.generation, task),
            },
            (Task::Restart, Status::Restarting) => self.begin(id, now),
            (Task::Vanish, _) => {
                self.end(id, 0, true, now);
                self.forget(id, now);
            }
            _ => {}
        }
    }

    /// How much longer a container's play goes on.
    fn left(&self, id: &str, now: Nanos) -> Nanos {
        let left = |one: &Container| {
            let (after, _) = one.template.play.as_ref()?.end?;
            Some((after - one.active(now)).max(0))
        };
        self.containers.get(id).and_then(left).unwrap_or(0)
    }

    /// One healthcheck: three exec events, and one more when the verdict changes.
    fn check_health(&mut self, id: &str, now: Nanos) {
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        let made = check(container, now);
        let (kind, every) = (
            container.template.health.clone(),
            container.template.health_every,
        );
        let generation = container.generation;
        let Some(health) = &mut container.health else {
            return;
        };
        let before = health.status;
        learn(health, &kind, made.clone());
        let after = health.status;
        self.exec_events(id, now, made.exit_code);
        if before != after {
            self.touched = true;
            self.report(now, id, &format!("health_status: {after}"), &[]);
        }
        self.plan(now + seconds(every), id, generation, Task::Check);
    }

    fn exec_events(&mut self, id: &str, now: Nanos, code: i64) {
        let Some(container) = self.containers.get(id) else {
            return;
        };
        let line = format!("/bin/sh -c {}", container.template.health_command);
        let exec = hex(mix(container.seed, now as u64), 64);
        self.report(
            now,
            id,
            &format!("exec_create: {line}"),
            &[("execID", &exec)],
        );
        self.report(
            now,
            id,
            &format!("exec_start: {line}"),
            &[("execID", &exec)],
        );
        let code = code.to_string();
        self.report(
            now,
            id,
            "exec_die",
            &[("execID", &exec), ("exitCode", &code)],
        );
    }

    /// The events alone of a healthcheck of a running container.
    fn beat(&mut self, id: &str, now: Nanos) {
        if self
            .containers
            .get(id)
            .is_some_and(|one| one.status == Status::Running)
        {
            self.exec_events(id, now, 0);
        }
        if let Some(every) = self.options.healthcheck_every {
            self.plan(now + nanos(every), id, 0, Task::CheckEvents);
        }
    }

    /// Stops a running container or starts an ended one, chosen by chance.
    fn churn(&mut self, now: Nanos) {
        let place = self.chance.next();
        let from = hex(place, 8);
        let mut nearby = self.containers.range(from..).chain(self.containers.iter());
        let chosen = nearby.find(|(_, one)| matches!(one.status, Status::Running | Status::Exited));
        let chosen = chosen.map(|(id, one)| (id.clone(), one.status));
        let events = match chosen {
            Some((id, Status::Running)) => {
                self.report(now, &id, "kill", &[("signal", "15")]);
                self.end(&id, 0, false, now);
                self.report(now, &id, "stop", &[]);
                3.0
            }
            Some((id, _)) => {
                self.begin(&id, now);
                1.0
            }
            None => 1.0,
        };
        let rate = self.options.events_per_second.max(0.001);
        self.plan(now + seconds(events / rate), "", 0, Task::Churn);
    }
}

/// Health before the first check.
pub(super) fn new_health() -> Health {
    Health {
        status: "starting",
        failing_streak: 0,
        checks: VecDeque::new(),
    }
}

/// What a check at this moment finds.
pub(super) fn check(container: &Container, now: Nanos) -> Check {
    let template = &container.template;
    let fails = match template.health.as_str() {
        "unhealthy" | "starting" => true,
        // three minutes well, one and a half ill
        "flipping" => (now / SECOND + (container.seed % 270).cast_signed()) % 270 >= 180,
        _ => false,
    };
    let outputs = &template.health_output;
    let place = (mix(container.seed, (now / SECOND) as u64) % outputs.len().max(1) as u64) as usize;
    let output = match outputs.get(place) {
        Some(text) => text.clone(),
        None if fails => {
            "wget: can't connect to remote host (127.0.0.1): Connection refused\n".to_owned()
        }
        None => "ok\n".to_owned(),
    };
    let took = 18_000_000 + (mix(container.seed, now as u64) % 60_000_000).cast_signed();
    Check {
        start: now,
        end: now + took,
        exit_code: i64::from(fails),
        output,
    }
}

/// Takes in a check as the engine does: three failures make unhealthy, one success healthy.
pub(super) fn learn(health: &mut Health, kind: &str, check: Check) {
    if check.exit_code == 0 {
        (health.status, health.failing_streak) = ("healthy", 0);
    } else if kind != "starting" {
        health.failing_streak += 1;
        if health.failing_streak >= 3 {
            health.status = "unhealthy";
        }
    }
    health.checks.push_back(check);
    if health.checks.len() > 5 {
        health.checks.pop_front();
    }
}

/// The verdict that a container which has been up for long has reached.
pub(super) fn settled(kind: &str, reached: &'static str) -> &'static str {
    match kind {
        "healthy" => "healthy",
        "unhealthy" => "unhealthy",
        _ => reached,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_make_unhealthy_and_one_success_healthy() {
        let check = |exit_code| Check {
            start: 0,
            end: 0,
            exit_code,
            output: String::new(),
        };
        let mut health = new_health();
        learn(&mut health, "flipping", check(1));
        learn(&mut health, "flipping", check(1));
        assert_eq!(health.status, "starting");
        learn(&mut health, "flipping", check(1));
        assert_eq!(health.status, "unhealthy");
        learn(&mut health, "flipping", check(0));
        assert_eq!((health.status, health.failing_streak), ("healthy", 0));
        (0..9).for_each(|_| learn(&mut health, "healthy", check(0)));
        assert_eq!(health.checks.len(), 5);
    }

    #[test]
    fn the_earliest_comes_first() {
        let due = |at, order| Due {
            at,
            order,
            id: String::new(),
            generation: 0,
            task: Task::Die,
        };
        let mut heap = std::collections::BinaryHeap::from([due(5, 1), due(3, 2), due(3, 3)]);
        assert_eq!(heap.pop().map(|one| one.order), Some(2));
        assert_eq!(heap.pop().map(|one| one.order), Some(3));
    }
}
