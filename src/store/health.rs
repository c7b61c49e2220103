//! What is wrong: read from what is known of hosts and containers, without asking anybody.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::listing::Known;
use super::why::asked;
use super::world::Host;
use crate::model::container::{Health, State};
use crate::model::ending::Asked;
use crate::model::{Container, Event, HostId, Id, Kind, Ref, Time};
use crate::plans::upgrade::Kept;
use crate::resource::health::{Cause, End, Item};

/// Ends within [`RECENT`] from which on a container loops.
const LOOP: u32 = 3;
/// How long an end counts for that.
const RECENT: Duration = Duration::from_secs(600);
/// How long a failure is pressing.
const FRESH: Duration = Duration::from_secs(86_400);

/// Everything that needs a look, in no order.
pub fn findings(known: Known<'_>) -> Vec<Item<'_>> {
    let mut found = Vec::new();
    for (id, host) in &known.world.hosts {
        found.extend(of_host(known, id, host));
        let ends = ends(host, known.now);
        let told = |id: &Id| ends.contains(id);
        let suspects = host.containers.values();
        let suspects = suspects.filter(|one| is_suspect(one) || told(&one.id));
        let suspects: Vec<&Container> = suspects.collect();
        if suspects.is_empty() {
            continue;
        }
        let mut events: HashMap<&Id, Vec<&Event>> = HashMap::new();
        for event in &host.events {
            events.entry(&event.id).or_default().push(event);
        }
        found.extend(suspects.into_iter().filter_map(|container| {
            let events = events.get(&container.id).map_or(&[][..], Vec::as_slice);
            of_container(known, (id, host), container, events)
        }));
    }
    found
}

/// What is wrong with one object.
pub fn finding<'a>(known: Known<'a>, target: &Ref) -> Option<Item<'a>> {
    let (id, host) = known.world.hosts.get_key_value(&target.host)?;
    if target.kind == Kind::Host {
        return of_host(known, id, host);
    }
    let container = host.containers.get(&target.id)?;
    let events = host.events.iter().filter(|event| event.id == target.id);
    let events: Vec<&Event> = events.collect();
    of_container(known, (id, host), container, &events)
}

/// Whether the list call alone says that it may need a look.
fn is_suspect(container: &Container) -> bool {
    if Kept::read(&container.name).is_some() {
        return true;
    }
    let brief = container.brief.as_ref();
    match container.state {
        State::Restarting | State::Dead | State::Paused => true,
        State::Exited => container.exit_code.is_some_and(|code| code != 0) || oom(container),
        State::Running => {
            container.health == Some(Health::Unhealthy)
                || brief.is_some_and(|brief| brief.oom_killed || brief.restarts >= LOOP)
        }
        State::Created | State::Removing | State::Other => false,
    }
}

fn oom(container: &Container) -> bool {
    let brief = container.brief.as_ref();
    brief.is_some_and(|brief| brief.oom_killed)
}

/// Whether its last life saw a want of memory, as its events tell.
fn saw_oom(events: &[&Event]) -> bool {
    let newest = events.iter().rev();
    let mut life = newest.take_while(|event| &*event.action != "start");
    life.any(|event| &*event.action == "oom")
}

/// The containers of which a recent end was told.
fn ends(host: &Host, now: Time) -> HashSet<&Id> {
    let recent = host.events.iter().rev();
    let recent = recent.take_while(|event| now.since(event.at) <= RECENT);
    let ends = recent.filter(|event| is_end(event));
    ends.map(|event| &event.id).collect()
}

fn is_end(event: &Event) -> bool {
    matches!(&*event.action, "die" | "died")
}

fn of_host<'a>(known: Known<'a>, id: &'a HostId, host: &'a Host) -> Option<Item<'a>> {
    let (cause, since) = match (&host.lost, &host.trouble) {
        (Some((since, problem)), _) => (Cause::Unreachable(problem.as_ref()), *since),
        (None, Some((at, problem))) => (Cause::Trouble(problem), Some(*at)),
        (None, None) => return None,
    };
    Some(Item {
        host: id,
        target: Ref::host(id),
        name: id.as_str(),
        cause,
        since,
        restarts: None,
        now: known.now,
    })
}

fn of_container<'a>(
    known: Known<'a>,
    (id, host): (&'a HostId, &'a Host),
    container: &'a Container,
    events: &[&Event],
) -> Option<Item<'a>> {
    let brief = container.brief.as_ref();
    let last = |wanted: &dyn Fn(&Event) -> bool| {
        let mut newest = events.iter().rev();
        newest.find(|event| wanted(event)).map(|event| event.at)
    };
    let end = End {
        code: container.exit_code,
        oom: oom(container) || saw_oom(events),
        asked: asked(events),
    };
    let ended = brief
        .and_then(|brief| brief.finished)
        .or_else(|| last(&is_end));
    let times = loops(container, events, known.now);
    // one that goes on right here is not left
    let half = Kept::read(&container.name)
        .filter(|kept| !known.jobs.renews(id, &kept.name))
        .map(|kept| Cause::HalfUpgraded(kept.name));
    let (cause, since) = match container.state {
        _ if half.is_some() => (half?, ended),
        State::Dead => (Cause::Dead, ended),
        State::Running | State::Restarting if times >= LOOP && end.asked == Asked::Nothing => {
            let restarts = brief.map_or(0, |brief| brief.restarts);
            let code = end.code.or_else(|| last_code(events));
            (
                Cause::Looping(times.max(restarts), End { code, ..end }),
                ended,
            )
        }
        State::Running if container.health == Some(Health::Unhealthy) => {
            let since = last(&|event| event.action.starts_with("health_status: unhealthy"));
            (Cause::Unhealthy(last_check(host, &container.id)), since)
        }
        State::Running if end.oom => (Cause::Starved, last(&|event| &*event.action == "oom")),
        State::Restarting => (Cause::Restarting(end), ended),
        State::Paused => (Cause::Paused, last(&|event| &*event.action == "pause")),
        State::Exited => (exited(container, end, ended, known.now)?, ended),
        State::Running | State::Created | State::Removing | State::Other => return None,
    };
    Some(Item {
        host: id,
        target: Ref::container(id, &container.id),
        name: &container.name,
        cause,
        since,
        restarts: brief.map(|brief| brief.restarts),
        now: known.now,
    })
}

/// How often it ended lately without having been asked to: by its events, or by what an inspect
/// says of one that was just started.
fn loops(container: &Container, events: &[&Event], now: Time) -> u32 {
    let recent = |at: Time| now.since(at) <= RECENT;
    let seen = events
        .iter()
        .filter(|event| is_end(event) && recent(event.at));
    let seen = u32::try_from(seen.count()).unwrap_or(u32::MAX);
    let told = container.brief.as_ref().map_or(0, |brief| {
        let fresh = brief.started.is_some_and(recent) || container.state == State::Restarting;
        if fresh { brief.restarts } else { 0 }
    });
    seen.max(told)
}

fn last_code(events: &[&Event]) -> Option<i32> {
    let end = events.iter().rfind(|event| is_end(event))?;
    let code = end.attributes.iter().find(|(key, _)| &**key == "exitCode");
    code?.1.parse().ok()
}

/// What an end is worth: none when all is well.
fn exited<'a>(
    container: &Container,
    end: End,
    ended: Option<Time>,
    now: Time,
) -> Option<Cause<'a>> {
    let code = end.code?;
    if code == 0 && !end.oom {
        return None;
    }
    // 128 and more: by the signal of that number; 130, 137 and 143 are what stops and kills leave
    let by_signal = matches!(code, 129..=192);
    let wished = end.asked != Asked::Nothing && by_signal || matches!(code, 130 | 143);
    let old = match ended {
        Some(ended) => now.since(ended) > FRESH,
        None => is_old(&container.status),
    };
    Some(match (end.oom, wished, old) {
        (_, _, true) => Cause::FailedLongAgo(end),
        (true, _, false) => Cause::OutOfMemory(end),
        (false, true, false) => Cause::Ended(end),
        (false, false, false) => Cause::Failed(end),
    })
}

/// Whether the engine's words say that it ended days ago: `Exited (1) 3 days ago`.
fn is_old(status: &str) -> bool {
    [" days", " week", " month", " year"]
        .iter()
        .any(|unit| status.contains(unit))
}

/// What the last health check printed, as far as an inspect told: its first line.
fn last_check<'a>(host: &'a Host, id: &Id) -> Option<&'a str> {
    let json = host.inspect(id)?.as_ref().ok()?;
    let checks = json.pointer("/State/Health/Log").and_then(Value::as_array);
    let output = checks?.last()?.get("Output")?.as_str()?;
    output.lines().map(str::trim).find(|line| !line.is_empty())
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
