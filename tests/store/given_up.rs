//! How what the person gave up is told, and that a host is named once.

use pilothouse::model::{Problem, ProblemKind};
use pilothouse::protocol::{Command, Files, Reply};
use pilothouse::resource::Tone;
use pilothouse::store::message::Effects;

use super::common::Script;
use super::common::seen::toast;

/// A restart on one of several hosts.
fn restart() -> (Script, Effects) {
    let mut s = Script::several();
    s.stand_on("staging", "web");
    let effects = s.keys("r");
    assert!(!effects.is_empty());
    (s, effects)
}

fn problem(kind: ProblemKind, why: &str) -> Problem {
    Problem::new(kind, format!("could not restart web: {why}"), "")
}

#[test]
fn what_was_given_up_is_cancelled_and_has_not_failed() {
    let (mut s, effects) = restart();
    s.answer(effects, &Err(problem(ProblemKind::Cancelled, "cancelled")));
    let told = s.store.toasts.toasts.back().unwrap();
    let text = "restart web on staging: cancelled; ";
    assert!(told.text.starts_with(text), "{}", told.text);
    assert_eq!(told.tone, Tone::Text);
    s.size(120, 40).keys("0");
    let text = s.text();
    let row = text
        .lines()
        .find(|row| row.contains("restart web"))
        .unwrap();
    assert!(
        row.contains("cancelled") && !row.contains("failed"),
        "{row}"
    );
}

#[test]
fn a_host_is_named_once() {
    let (mut s, effects) = restart();
    s.answer(effects, &Err(problem(ProblemKind::Conflict, "it is busy")));
    assert_eq!(toast(&s), "staging: could not restart web: it is busy");
    s.size(120, 40).keys("0");
    s.keys("<enter>");
    let text = s.text();
    assert!(text.contains("it is busy"), "{text}");
    assert!(
        text.contains("web on staging: could not restart web"),
        "{text}"
    );
}

#[test]
fn what_was_deleted_is_named() {
    let mut s = Script::scene();
    let effects = super::looked_into::root(&mut s);
    s.answer(
        effects,
        &Ok(super::looked_into::listing("/", &["etc", "srv"])),
    );
    let effects = s.keys("dy");
    let [Command::Files(_, Files::Delete { path })] = &super::calls(&effects)[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(path, "/etc");
    s.answer(effects, &Ok(Reply::Done));
    assert!(
        toast(&s).starts_with("deleted /etc in web"),
        "{}",
        toast(&s)
    );
}
