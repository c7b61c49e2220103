//! Checkpoints are offered where the engine is willing, and elsewhere it is said why not.

use pilothouse::model::{HostInfo, Ref};
use pilothouse::protocol::{Change, Command, Fact};

use super::common::seen::{calls, title, toast};
use super::common::{Script, host, id};

fn on(experimental: bool, engine: &str) -> Script {
    let mut s = Script::scene();
    s.fact(Fact::Info(Box::new(HostInfo {
        engine: engine.into(),
        experimental,
        ..HostInfo::default()
    })));
    s
}

fn select(s: &mut Script, name: &str) {
    s.store
        .list_mut()
        .select(&Ref::container(&host(), &id(name)));
    s.settle();
}

#[test]
fn a_container_is_frozen_after_a_question_and_started_from_there() {
    let mut s = on(true, "Docker");
    select(&mut s, "web");
    s.keys(":checkpoint before<enter>");
    assert_eq!(title(&s), "Freeze web to disk?");
    let effects = s.keys("y");
    let freeze = Change::Checkpoint(id("web"), "before".into());
    assert_eq!(calls(&effects), [Command::Change(freeze)]);
    select(&mut s, "loki");
    let effects = s.keys(":start-checkpoint before<enter>");
    let thaw = Change::Thaw(id("loki"), "before".into());
    assert_eq!(calls(&effects), [Command::Change(thaw)]);
}

#[test]
fn where_it_cannot_be_it_is_said_why() {
    for (experimental, engine, why) in [
        (false, "Docker", "not switched on there"),
        (true, "Podman", "only Docker has checkpoints"),
    ] {
        let mut s = on(experimental, engine);
        select(&mut s, "web");
        assert!(s.keys(":checkpoint before<enter>").is_empty());
        assert!(toast(&s).contains(why), "{}", toast(&s));
    }
}
