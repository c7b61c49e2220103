//! Rows of a page that says why a container stopped.

use super::*;
use crate::model::Id;

const END: Time = Time::from_secs(1_772_658_000);

fn event(before: i64, action: &str, attribute: Option<(&str, &str)>) -> Event {
    Event {
        at: Time(END.0 - before),
        kind: "container".into(),
        id: Id::new("a"),
        name: "web".into(),
        action: action.into(),
        attributes: attribute
            .map(|(key, value)| (key.into(), value.into()))
            .into_iter()
            .collect(),
    }
}

fn told(facts: &Facts) -> String {
    let zone = FixedOffset::east_opt(0).unwrap();
    let now = END + Duration::from_secs(180);
    let rows = rows(facts, (now, zone), 100);
    let line = |row: PageRow| format!("{:<10}{}\n", row.cells[0].0, row.cells[1].0);
    rows.into_iter().map(line).collect()
}

fn ended(code: i64) -> Facts {
    Facts {
        code,
        started: Some(Time(END.0 - 125_000)),
        finished: Some(END),
        restarts: (0, "no".to_owned()),
        ..Facts::default()
    }
}

#[test]
fn a_want_of_memory_is_told_with_limit_and_peak() {
    let facts = Facts {
        oom: true,
        limit: Some(32 << 20),
        peak: Some(31 << 20),
        restarts: (3, "on-failure, 5 times at most".to_owned()),
        events: vec![
            event(3_600_000, "pause", None),
            event(1000, "oom", None),
            event(0, "die", Some(("exitCode", "137"))),
        ],
        lines: vec![(END, "allocating".to_owned(), false)],
        ..ended(137)
    };
    let text = told(&facts);
    for line in [
        "ended     exit 137 · killed for want of memory",
        "more than its limit of 32.0MiB",
        "helps     raise the limit",
        "when      2026-03-04 21:00:00, 3m ago, after it had run for 2m",
        "memory    limit 32.0MiB · peak 31.0MiB of the minutes that were seen · killed for want",
        "restarts  3 restarts by its policy, which is: on-failure, 5 times at most",
        "events    20:59:59  oom",
        "          21:00:00  die with exit code 137",
        "log       21:00:00  allocating",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    // an hour before is not the minute before
    assert!(!text.contains("pause"), "{text}");
}

#[test]
fn events_tell_who_asked_for_the_end() {
    let start = || event(60_000, "start", None);
    let kill = |before, signal| event(before, "kill", Some(("signal", signal)));
    let die = || event(0, "die", Some(("exitCode", "137")));
    let stop = || event(-5, "stop", None);
    let cases = [
        (vec![start(), die()], Asked::Nothing),
        (
            vec![start(), kill(900, "15"), die(), stop()],
            Asked::Stop(15),
        ),
        (
            vec![start(), kill(9000, "15"), kill(100, "9"), die(), stop()],
            Asked::StopThenKill,
        ),
        (vec![start(), kill(100, "9"), die()], Asked::Signal(9)),
        // what an earlier life was asked for is of no matter
        (
            vec![
                kill(90_000, "9"),
                event(89_000, "die", None),
                start(),
                die(),
            ],
            Asked::Nothing,
        ),
        (vec![kill(90_000, "9")], Asked::Nothing),
    ];
    for (events, expected) in cases {
        assert_eq!(asked(&events), expected, "{events:?}");
    }
}

#[test]
fn each_state_has_its_words() {
    let running = Facts {
        alive: "running",
        started: Some(END),
        ..Facts::default()
    };
    assert!(told(&running).contains("it is running and has never ended"));
    let again = Facts {
        alive: "running",
        events: vec![event(0, "die", Some(("exitCode", "139")))],
        ..ended(0)
    };
    let text = told(&again);
    assert!(text.contains("it is running again; this is of its last end"));
    assert!(text.contains("segmentation fault"), "{text}");
    let restarting = Facts {
        alive: "restarting",
        ..ended(1)
    };
    assert!(told(&restarting).contains("exit 1 · it failed"));
    assert!(told(&Facts::default()).contains("it was made and never started"));
    let failed = Facts {
        code: 127,
        error: "exec: \"nosuch\": executable file not found in $PATH: unknown".to_owned(),
        ..Facts::default()
    };
    let text = told(&failed);
    assert!(text.contains("exit 127 · not started: there is no such program"));
    assert!(
        text.contains("engine    exec: \"nosuch\": executable file"),
        "{text}"
    );
}

#[test]
fn health_checks_are_told_newest_first_and_long_lines_wrap() {
    let facts = Facts {
        checks: vec![
            (Some(Time(END.0 - 60_000)), 0, "ok".to_owned()),
            (Some(END), 1, format!("refused {}", "x".repeat(120))),
        ],
        ..ended(3)
    };
    let text = told(&facts);
    let (newest, oldest) = (text.find("21:00:00  exit 1"), text.find("20:59:00  exit 0"));
    assert!(newest.is_some() && newest < oldest, "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}
