//! From a scenario to the state that a daemon begins with.
//!
//! Must not serve anything; runs once per start.

use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use tokio::sync::broadcast;

use super::chance::{Chance, mix, seed_of};
use super::clock::{Nanos, SECOND, seconds};
use super::container::{Container, Health, Run, Status};
use super::counters::Counters;
use super::daemon::{Host, State};
use super::faults::Fault;
use super::scenario::{Begin, Script, Template};
use super::{Machine, Options, images, life, lifecycle, networks, volumes};

/// How many events a slow reader may be behind.
const BACKLOG: usize = 4096;

/// Makes the state of a scenario as it is at `now`.
pub(super) fn state(options: Options, now: Nanos) -> io::Result<State> {
    let script = options.scenario.load()?;
    let seed = options.seed;
    let host = match options.machine.clone() {
        Some(Machine { name, cpus, memory }) => Host { name, cpus, memory },
        None => Host {
            name: script.host.clone(),
            cpus: script.cpus,
            memory: script.memory,
        },
    };
    let mut state = State {
        host,
        images: images::of_script(&script, now),
        networks: networks::builtin(now),
        volumes: BTreeMap::new(),
        containers: BTreeMap::new(),
        names: HashMap::new(),
        execs: HashMap::new(),
        chance: Chance::new(seed),
        past: VecDeque::new(),
        bus: broadcast::Sender::new(BACKLOG),
        plan: BinaryHeap::new(),
        planned: 0,
        fault: Fault::None,
        counters: Counters::default(),
        touched: false,
        next_pid: 1_200,
        options,
    };
    let templates = |script: &Script| -> Vec<Arc<Template>> {
        script.containers.iter().cloned().map(Arc::new).collect()
    };
    let made = match (script.count, state.options.count) {
        (Some(count), None) | (Some(_), Some(count)) => crowd(&templates(&script), count),
        (None, _) => templates(&script)
            .into_iter()
            .map(|one| (one, 1, false))
            .collect(),
    };
    for (order, (template, number, down)) in made.into_iter().enumerate() {
        let container = container(&template, number, order, down, seed, now);
        networks::ensure(&mut state.networks, &container, now);
        volumes::ensure(
            &mut state.volumes,
            &container.template,
            &container.project,
            container.created,
        );
        adopt(&mut state, container);
    }
    for name in &script.volumes {
        volumes::add(&mut state.volumes, name, "", now - 9 * 86_400 * SECOND);
    }
    life::begin(&mut state, now);
    Ok(state)
}

/// Which template each container of a crowd is made of, and whether it is one of the tenth that is
/// down.
fn crowd(templates: &[Arc<Template>], count: usize) -> Vec<(Arc<Template>, usize, bool)> {
    let total: usize = templates.iter().map(|one| one.weight).sum();
    let choose = |order: usize| {
        // an odd stride spreads the kinds evenly over each project
        let mut at = (order * 37) % total.max(1);
        templates.iter().find(|one| {
            let hit = at < one.weight;
            at = at.saturating_sub(one.weight);
            hit
        })
    };
    let made = (0..count)
        .filter_map(|order| choose(order).map(|one| (Arc::clone(one), order + 1, order % 10 == 9)));
    made.collect()
}

/// Makes one container of a template.
fn container(
    template: &Arc<Template>,
    number: usize,
    order: usize,
    down: bool,
    seed: u64,
    now: Nanos,
) -> Container {
    let name = template.name.replace("{n}", &number.to_string());
    let own = mix(seed, seed_of(&name));
    let spread = (own % 3_600) as f64 * (f64::from(template.name.contains("{n}")));
    let created = now - seconds(template.age + spread) - seconds(order as f64 * 1.731e-6);
    let ended = now - seconds(template.ended);
    let begin = match (down, own % 8) {
        (false, _) => template.state,
        (true, 0) => Begin::Created,
        (true, 1) => Begin::Paused,
        (true, _) => Begin::Exited,
    };
    let started = match begin {
        Begin::Exited => ended - seconds(template.up.min(template.age) / 2.0),
        _ => (now - seconds(template.up + spread)).max(created + SECOND / 3),
    };
    let project = template
        .project
        .replace("{p}", &format!("{:02}", order / 50 + 1));
    let mut made = Container::new(Arc::clone(template), name, own, created, number);
    if template.name.contains("{n}") {
        made.number = order % 50 + 1;
    }
    made.project = project;
    made.address = u16::try_from(order % 60_000).unwrap_or(0) + 2;
    let life = Life {
        begin,
        started,
        ended,
        down,
    };
    live(&mut made, &life, now);
    made
}

/// What has become of a container up to now.
struct Life {
    begin: Begin,
    started: Nanos,
    ended: Nanos,
    down: bool,
}

/// Gives a container the state, the log and the health that its life up to now has left.
fn live(made: &mut Container, life: &Life, now: Nanos) {
    match life.begin {
        Begin::Created => return,
        Begin::Running | Begin::Looping => made.status = Status::Running,
        Begin::Paused => {
            made.status = Status::Paused;
            made.paused_at = Some(life.ended.max(life.started + SECOND));
        }
        Begin::Exited => {
            made.status = Status::Exited;
            made.finished = life.ended;
            made.exit_code = if life.down {
                [0, 0, 1, 137, 143][made.seed as usize % 5]
            } else {
                made.template.exit_code
            };
            made.oom = made.template.oom;
        }
    }
    made.started = if life.begin == Begin::Looping {
        now - SECOND
    } else {
        life.started
    };
    made.runs.push(Run {
        start: made.started,
        first: 0,
        end: None,
        last_words: false,
        skip: 0,
        origin: made.started,
    });
    if let Some(end) = made
        .paused_at
        .or((made.finished > 0).then_some(made.finished))
    {
        lifecycle::close_run(made, end, life.begin == Begin::Exited);
    }
    made.health = past_health(made, now);
}

/// The last five checks, as if they had been made all along.
fn past_health(container: &Container, now: Nanos) -> Option<Health> {
    let template = &container.template;
    if template.health.is_empty() {
        return None;
    }
    let end = if container.finished > 0 {
        container.finished
    } else {
        now
    };
    let mut health = life::new_health();
    for back in (0..5_i32).rev() {
        let start = end - seconds(template.health_every * (f64::from(back) + 0.4));
        if start > container.started {
            let check = life::check(container, start);
            life::learn(&mut health, &template.health, check);
        }
    }
    if container.status == Status::Running {
        health.status = life::settled(&template.health, health.status);
    }
    if health.status == "unhealthy" {
        health.failing_streak = health.failing_streak.max(37);
    }
    Some(health)
}

/// Puts a container among the others and gives it a process id.
fn adopt(state: &mut State, mut container: Container) {
    if container.is_alive() {
        state.next_pid += 17;
        container.pid = state.next_pid;
    }
    state
        .names
        .insert(container.name.clone(), container.id.clone());
    state.containers.insert(container.id.clone(), container);
}
