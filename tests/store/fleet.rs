//! Several hosts: the screens of hosts, events and health.

use std::collections::BTreeSet;

use pilothouse::model::{Event, HostId, Ref};
use pilothouse::protocol::{Fact, Watch};
use pilothouse::store::message::Effect;
use pilothouse::store::stage::{Pane, Screen, Tab};
use pilothouse::store::watch::wanted;

use super::common::{Script, host, id};
use super::names;

#[test]
fn a_list_is_filtered_by_any_of_its_columns() {
    let mut s = Script::scene();
    s.keys("/ports:8080<enter>");
    let by_port = names(&s);
    assert!(!by_port.is_empty() && by_port.len() < 12, "{by_port:?}");
    s.keys("<esc>7/cores:8<enter>");
    assert_eq!(names(&s), ["local"]);
    s.keys("<esc>/state:lost<enter>");
    assert!(names(&s).is_empty());
    // the other screen's filter is its own
    s.keys("1");
    assert_eq!(s.store.list().filter.text, "");
}

#[test]
fn screens_stand_as_they_were_left() {
    let mut s = Script::fleet();
    s.keys("t7");
    assert_eq!(
        (s.store.stage.pane, s.store.stage.tab),
        (Pane::List, Tab::Host)
    );
    s.keys("jj<right>1");
    assert_eq!(
        (s.store.stage.pane, s.store.stage.tab),
        (Pane::Detail, Tab::Stats)
    );
    s.keys("7");
    assert_eq!(s.store.stage.pane, Pane::Detail);
    assert_eq!(
        s.store
            .selected()
            .map(|target| target.host.to_string())
            .as_deref(),
        Some("build")
    );
    s.keys("qq");
    assert_eq!(s.store.stage.screen, Screen::Containers);
}

#[test]
fn what_a_screen_shows_is_what_is_asked_for() {
    let mut s = Script::fleet();
    let asked = |s: &Script, watch: fn(HostId) -> Watch| {
        let all = wanted(&s.store);
        s.store
            .world
            .hosts
            .keys()
            .filter(|host| all.contains(&watch((*host).clone())))
            .count()
    };
    assert_eq!(asked(&s, Watch::Host), 0);
    s.keys("7");
    assert_eq!(asked(&s, Watch::Host), 4);
    s.keys("8");
    assert_eq!(
        (
            asked(&s, Watch::Host),
            asked(&s, Watch::Events),
            asked(&s, Watch::Execs)
        ),
        (0, 4, 0)
    );
    s.keys("a");
    assert_eq!(asked(&s, Watch::Execs), 4);
    s.keys("9");
    assert_eq!((asked(&s, Watch::Events), asked(&s, Watch::Execs)), (4, 0));
    let sick = Ref::container(&host(), &id("grafana"));
    assert!(wanted(&s.store).contains(&Watch::Inspect(sick.clone())));
    assert!(wanted(&s.store).contains(&Watch::Brief(sick)));
    s.keys("1");
    assert_eq!(asked(&s, Watch::Events), 0);
}

#[test]
fn containers_actions_are_not_about_hosts() {
    let mut s = Script::fleet();
    let effects = s.keys("7:restart<enter>");
    assert!(effects.is_empty(), "{effects:?}");
    assert!(
        s.text().contains("no container is selected"),
        "{}",
        s.text()
    );
    s.keys("<esc><enter>");
    assert_eq!(s.store.stage.screen, Screen::Containers);
    let hosts: BTreeSet<_> = s.store.list().shown().map(|one| &one.host).collect();
    assert_eq!(hosts.len(), 1);
}

#[test]
fn events_follow_the_newest_until_one_looks_back() {
    let mut s = Script::eventful();
    s.keys("8");
    let last = |s: &Script| s.store.list().place() + 1 == s.store.list().rows.len();
    assert!(last(&s) && s.store.list().is_following());
    let happen = |s: &mut Script, action: &str| {
        s.later(1000);
        let event = Event {
            at: s.store.now,
            kind: "image".into(),
            id: id("alpine"),
            name: "alpine:3.20".into(),
            action: action.into(),
            attributes: Vec::new(),
        };
        s.fact(Fact::Event(event.clone()));
        // several streams may tell of the same
        s.fact(Fact::Event(event));
        s.settle();
    };
    let before = s.store.list().rows.len();
    happen(&mut s, "pull");
    assert_eq!(s.store.list().rows.len(), before + 1);
    assert!(last(&s), "{}", s.text());
    s.keys("kk");
    let held = s.store.list().cursor.clone();
    happen(&mut s, "tag");
    assert_eq!(s.store.list().cursor, held);
    s.keys("G");
    happen(&mut s, "untag");
    assert!(last(&s));
    // execs are noise until they are asked for
    assert!(!s.text().contains("exec_create"));
    s.keys("a");
    assert!(s.text().contains("exec_create"));
    s.keys("/type:network<enter>");
    assert_eq!(s.store.list().count, 1);
    s.keys("<enter>");
    assert_eq!(s.store.stage.screen, Screen::Containers);
    assert_eq!(
        s.store
            .selected()
            .map(|one| s.store.world.name_of(one))
            .as_deref(),
        Some("web")
    );
    s.keys("8<esc>/type:image<enter><enter>");
    assert_eq!(s.store.stage.screen, Screen::Events);
    assert!(s.text().contains("only containers"), "{}", s.text());
}

#[test]
fn what_is_wrong_is_counted_and_gone_to() {
    let mut s = Script::eventful();
    s.later(1100);
    assert!(s.store.pressing > 0);
    assert!(
        s.text()
            .contains(&format!("9 Health ▲{}", s.store.pressing)),
        "{}",
        s.text()
    );
    s.keys("9");
    assert_eq!(
        names(&s).first().map(String::as_str),
        Some("staging"),
        "{}",
        s.text()
    );
    s.keys("<enter>");
    assert_eq!(s.store.stage.screen, Screen::Hosts);
    assert_eq!(
        s.store
            .selected()
            .map(|one| one.host.to_string())
            .as_deref(),
        Some("staging")
    );
    s.keys("9/grafana<enter><enter>");
    assert_eq!(s.store.stage.screen, Screen::Containers);
    assert_eq!(
        s.store
            .selected()
            .map(|one| s.store.world.name_of(one))
            .as_deref(),
        Some("grafana")
    );
    // there is no detail to go into: the keys stay with the list
    s.keys("9/<ctrl-u><enter>g<right>j");
    assert_eq!(s.store.list().place(), 1);
    s.keys("/grafana<enter>");
    // what can be done to a container can be done from there
    let effects = s.keys("r");
    assert!(
        matches!(effects.as_slice(), [Effect::Run(..)]),
        "{effects:?}"
    );
}
