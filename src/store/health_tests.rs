//! What counts as wrong, and how bad it is.

use super::*;
use crate::model::Brief;
use crate::protocol::Fact;
use crate::store::Jobs;
use crate::store::roster::Roster;
use crate::store::world::World;
use chrono::FixedOffset;

const NOW: Time = Time::from_secs(1_772_658_870);

fn ago(seconds: i64) -> Time {
    Time(NOW.0 - seconds * 1000)
}

fn container(name: &str, state: State, status: &str) -> Container {
    let (health, exit_code) = crate::model::container::read_status(status);
    Container {
        id: Id::new(name),
        name: name.into(),
        image: "i".into(),
        command: "c".into(),
        created: ago(90_000),
        state,
        status: status.into(),
        health,
        exit_code,
        ports: Vec::new(),
        networks: Vec::new(),
        labels: crate::model::labels::Labels::default(),
        mounts: Vec::new(),
        brief: None,
    }
}

fn event(name: &str, before: i64, action: &str, attribute: Option<(&str, &str)>) -> Fact {
    let attributes = attribute.into_iter();
    Fact::Event(Event {
        at: ago(before),
        kind: "container".into(),
        id: Id::new(name),
        name: name.into(),
        action: action.into(),
        attributes: attributes.map(|(k, v)| (k.into(), v.into())).collect(),
    })
}

fn world(facts: impl IntoIterator<Item = Fact>) -> World {
    let mut world = World::default();
    for fact in facts {
        world.learn(&HostId::new("h"), fact, NOW);
    }
    world
}

fn known(world: &World) -> Known<'_> {
    static NOBODY: Roster = Roster::new();
    static IDLE: std::sync::LazyLock<Jobs> = std::sync::LazyLock::new(Jobs::default);
    Known {
        roster: &NOBODY,
        world,
        jobs: &IDLE,
        now: NOW,
        zone: FixedOffset::east_opt(0).unwrap(),
    }
}

/// What is found of one container that has some events: its cause's weight and its reason.
fn of(one: Container, events: impl IntoIterator<Item = Fact>) -> Option<(u8, String)> {
    let target = Ref::container(&HostId::new("h"), &one.id);
    let world = world([Fact::Containers(vec![one])].into_iter().chain(events));
    let all = findings(known(&world));
    let one = finding(known(&world), &target);
    let told = |item: &Item<'_>| (item.cause.weight(), item.cause.reason());
    // what the list tells and what a row tells is the same
    assert_eq!(all.first().map(told), one.as_ref().map(told));
    one.as_ref().map(told)
}

fn pressing(found: Option<&(u8, String)>) -> bool {
    found.is_some_and(|(weight, _)| *weight > 2)
}

#[test]
fn what_is_well_is_not_told() {
    for (state, status) in [
        (State::Running, "Up 2 hours (healthy)"),
        (State::Running, "Up 2 hours"),
        (State::Exited, "Exited (0) 2 hours ago"),
        (State::Created, "Created"),
    ] {
        assert_eq!(of(container("a", state, status), []), None, "{status}");
    }
}

#[test]
fn a_wish_is_told_from_a_failure() {
    let killed = || container("a", State::Exited, "Exited (137) 2 minutes ago");
    assert!(
        pressing(of(killed(), []).as_ref()),
        "nobody is known to have asked"
    );
    let stop = [
        event("a", 121, "kill", Some(("signal", "15"))),
        event("a", 120, "kill", Some(("signal", "9"))),
        event("a", 120, "die", Some(("exitCode", "137"))),
        event("a", 119, "stop", None),
    ];
    let stopped = of(killed(), stop);
    assert!(
        stopped.is_some() && !pressing(stopped.as_ref()),
        "{stopped:?}"
    );
    let term = of(
        container("a", State::Exited, "Exited (143) 2 minutes ago"),
        [],
    );
    assert!(term.is_some() && !pressing(term.as_ref()), "{term:?}");
    let failed = of(
        container("a", State::Exited, "Exited (3) 2 minutes ago"),
        [],
    );
    assert!(pressing(failed.as_ref()));
    // a program that fails although it was asked to stop fails all the same
    let events = [
        event("a", 121, "kill", Some(("signal", "15"))),
        event("a", 120, "die", Some(("exitCode", "3"))),
        event("a", 119, "stop", None),
    ];
    let failed = of(
        container("a", State::Exited, "Exited (3) 2 minutes ago"),
        events,
    );
    assert!(pressing(failed.as_ref()));
    let old = of(container("a", State::Exited, "Exited (3) 5 days ago"), []);
    assert!(old.is_some() && !pressing(old.as_ref()), "{old:?}");
}

#[test]
fn want_of_memory_comes_from_the_inspect() {
    let mut one = container("a", State::Exited, "Exited (137) 2 minutes ago");
    let before = of(one.clone(), []).unwrap();
    one.brief = Some(Brief {
        oom_killed: true,
        finished: Some(ago(120)),
        ..Brief::default()
    });
    let (weight, reason) = of(one.clone(), []).unwrap();
    assert!(weight > before.0 && reason.contains("memory"), "{reason}");
    one.state = State::Running;
    let (weight, reason) = of(one, []).unwrap();
    assert!(weight < 9 && reason.contains("runs on"), "{reason}");
}

#[test]
fn a_loop_is_seen_by_its_ends_or_by_its_inspect() {
    let running = || container("a", State::Running, "Up 2 seconds");
    let ends = |count: i64| (0..count).map(|n| event("a", 60 - n, "die", Some(("exitCode", "4"))));
    assert_eq!(of(running(), ends(2)), None);
    let (weight, reason) = of(running(), ends(3)).unwrap();
    assert_eq!(weight, 10);
    assert!(
        reason.contains("3 times") && reason.contains("exit 4"),
        "{reason}"
    );
    // long ago is no loop
    let old = (0..5).map(|n| event("a", 4000 - n, "die", None));
    assert_eq!(of(running(), old), None);
    let mut told = running();
    told.brief = Some(Brief {
        restarts: 7,
        started: Some(ago(2)),
        ..Brief::default()
    });
    let (weight, reason) = of(told.clone(), []).unwrap();
    assert!(weight == 10 && reason.contains("7 times"), "{reason}");
    // it has been running for hours since
    told.brief = Some(Brief {
        restarts: 7,
        started: Some(ago(7200)),
        ..Brief::default()
    });
    assert_eq!(of(told, []), None);
}

#[test]
fn a_host_that_is_lost_stays_a_finding_while_it_is_tried_again() {
    use crate::model::{Attempt, Link, Problem, ProblemKind, Source};
    let problem = Problem::new(ProblemKind::Unreachable, "nobody listens there", "");
    let down = Fact::Link(Link::Down {
        attempts: vec![Attempt {
            source: Source::Given,
            place: "tcp://x:1".into(),
            problem,
        }],
        since: Some(ago(40)),
        retry: NOW,
    });
    let again = Fact::Link(Link::Connecting { since: NOW });
    let world = world([down, again]);
    let found = findings(known(&world));
    let reasons: Vec<_> = found.iter().map(|item| item.cause.reason()).collect();
    assert_eq!(reasons, ["nobody listens there"]);
    assert_eq!(found[0].since, Some(ago(40)));
}

#[test]
fn the_worst_comes_first() {
    use crate::resource::Resource;
    use crate::resource::health::Findings;
    let world = world([Fact::Containers(vec![
        container("old", State::Exited, "Exited (1) 5 days ago"),
        container("sick", State::Running, "Up 4 minutes (unhealthy)"),
        container("failed", State::Exited, "Exited (1) 2 minutes ago"),
        container("paused", State::Paused, "Up 4 minutes (Paused)"),
    ])]);
    let mut found = findings(known(&world));
    let order = Findings::COLUMNS
        .iter()
        .find(|column| column.head.id == Findings::SORT.0);
    let order = order.unwrap().order;
    found.sort_by_key(|item| std::cmp::Reverse(order(item)));
    let names: Vec<_> = found.iter().map(|item| item.name).collect();
    assert_eq!(names, ["sick", "failed", "old", "paused"]);
}

#[test]
fn an_upgrade_is_left_half_done_only_where_nobody_is_at_it() {
    use crate::plans::upgrade::undo;
    use crate::store::jobs::Planned;
    let host = HostId::new("h");
    let old = container("web.pilothouse-old-always", State::Running, "Up 2 minutes");
    let kept = Kept::read(&old.name).unwrap();
    let target = Ref::container(&host, &old.id);
    let plan = undo(&old.id, &kept, None);
    let world = world([Fact::Containers(vec![old])]);
    let causes = |jobs: &Jobs| {
        let found = finding(
            Known {
                jobs,
                ..known(&world)
            },
            &target,
        );
        matches!(found.map(|item| item.cause), Some(Cause::HalfUpgraded(_)))
    };
    let mut jobs = Jobs::default();
    assert!(causes(&jobs));
    let planned = Planned {
        subject: "web".to_owned(),
        line: None,
        plan,
    };
    jobs.begin_plan("undo", &host, planned, NOW);
    assert!(!causes(&jobs));
}
