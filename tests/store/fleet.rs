//! Several hosts: the screens of hosts, events and health.

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;
use pilothouse::config::{ScreenSettings, Settings};
use pilothouse::model::host::Forward;
use pilothouse::model::{Event, HostId, Ref, Time};
use pilothouse::protocol::{Command, Fact, Watch};
use pilothouse::store::Store;
use pilothouse::store::message::Effect;
use pilothouse::store::overlay::{Deed, MenuItem, Overlay};
use pilothouse::store::stage::{Pane, Screen, Tab};
use pilothouse::store::watch::wanted;
use pilothouse::store::world::World;

use super::common::seen::names;
use super::common::{self, Script, host, id};

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

/// What the uppermost menu copies, by the key of each row.
fn copies(s: &Script) -> BTreeMap<String, String> {
    let Some(Overlay::Menu(menu)) = s.store.overlays.last() else {
        panic!("no menu but {:?}", s.store.overlays.last())
    };
    let copied = |item: &MenuItem| match &item.deed {
        Deed::Copy(text) => Some((item.key.clone(), text.clone())),
        _ => None,
    };
    menu.items.iter().filter_map(copied).collect()
}

#[test]
fn hosts_events_and_findings_have_their_own_to_copy() {
    let mut s = Script::eventful();
    s.keys("7/name:prod<enter>y");
    let found = copies(&s);
    assert_eq!(
        (found["n"].as_str(), found["v"].as_str()),
        ("prod", "Docker 27.3.1")
    );
    assert!(found["e"].contains("took longer than 10 s"), "{found:?}");
    let effects = s.keys("v");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text == "Docker 27.3.1"));
    s.keys("8/action:die name:loki<enter>y");
    let found = copies(&s);
    let line = &found["l"];
    assert!(
        line.contains(" container die ") && line.contains("exitCode=137"),
        "{line}"
    );
    let json: serde_json::Value = serde_json::from_str(&found["j"]).unwrap();
    assert_eq!(json["Actor"]["ID"], found["i"].as_str());
    s.keys("<esc>9/name:loki<enter>y");
    assert!(copies(&s)["w"].contains("memory"), "{:?}", copies(&s));
}

#[test]
fn columns_and_order_of_each_screen_are_saved_and_come_back() {
    let mut s = Script::fleet();
    // nothing is said of a list that is as its kind wants it
    let effects = s.keys("S");
    let [Effect::SavePreferences(saved)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(saved.screens, ScreenSettings::default());
    // the second of its columns goes
    s.keys("7c<down><enter><esc>:sort ping<enter>O8:sort name<enter>9a");
    let effects = s.keys("S");
    let [Effect::SavePreferences(saved)] = &effects[..] else {
        panic!("{effects:?}")
    };
    let text = pilothouse::config::save("", saved).unwrap();
    let settings = Settings::parse(&text).unwrap();
    let zone = FixedOffset::east_opt(0).unwrap();
    let fresh = Store::new(settings, &text, s.store.now, zone).unwrap();
    for (before, after) in [
        (&s.store.lists.hosts, &fresh.lists.hosts),
        (&s.store.lists.events, &fresh.lists.events),
        (&s.store.lists.health, &fresh.lists.health),
    ] {
        assert_eq!(
            (
                &before.columns,
                &before.sort,
                before.reverse,
                before.stopped
            ),
            (&after.columns, &after.sort, after.reverse, after.stopped)
        );
    }
    assert!(
        !fresh.lists.hosts.columns.iter().any(|id| id == "memory"),
        "{text}"
    );
    assert_eq!(
        (fresh.lists.hosts.sort.as_str(), fresh.lists.hosts.reverse),
        ("ping", true)
    );
    assert!(!fresh.lists.health.stopped && !fresh.lists.events.stopped);
    // a column that is none is refused with its line
    let wrong = "[screens.events]\nsort = \"tim\"\n";
    let fault = Store::new(Settings::parse(wrong).unwrap(), wrong, s.store.now, zone).unwrap_err();
    assert_eq!(fault.line, Some(2));
    assert!(fault.message.contains("did you mean `time`"), "{fault}");
}

#[test]
fn events_are_bounded_over_all_hosts() {
    let mut world = World::default();
    let now = common::NOW;
    let hosts: Vec<HostId> = (0..50).map(|n| HostId::new(&format!("h{n}"))).collect();
    let event = |n: i64| Event {
        at: Time(now.0 + n),
        kind: "container".into(),
        id: id("web"),
        name: "web".into(),
        action: "start".into(),
        attributes: Vec::new(),
    };
    // each alone keeps many; together they keep their shares, the newest of each
    for host in &hosts {
        world.open(host);
        for n in 0..2_500 {
            world.learn(host, Fact::Event(event(n)), now);
        }
    }
    let kept: Vec<usize> = world.hosts.values().map(|host| host.events.len()).collect();
    assert!(kept.iter().sum::<usize>() <= 20_000, "{kept:?}");
    assert!(kept.iter().all(|kept| *kept >= 400), "{kept:?}");
    for host in world.hosts.values() {
        assert_eq!(host.events.back(), Some(&event(2_499)));
    }
}

#[test]
fn an_event_of_what_is_gone_says_so() {
    let mut s = Script::eventful();
    for (filter, said) in [
        (
            "action:pull",
            "image nginx:1.27: only containers can be gone to",
        ),
        ("action:prune", "only containers can be gone to"),
    ] {
        s.keys(&format!("8/{filter}<enter><enter>"));
        assert_eq!(s.store.stage.screen, Screen::Events);
        assert!(s.text().contains(said), "{}", s.text());
        s.keys("<esc>");
    }
    s.fact_of(host().as_str(), Fact::Removed(vec![id("loki")]));
    s.keys("8/action:oom<enter><enter>");
    assert!(s.text().contains("loki is gone"), "{}", s.text());
    // and one that is there is gone to
    s.keys("<esc>/action:pause<enter><enter>");
    assert_eq!(
        s.store.selected(),
        Some(&Ref::container(&host(), &id("worker")))
    );
}

#[test]
fn a_port_is_forwarded_and_ended_by_its_key() {
    let mut s = Script::scene();
    s.keys(":web<enter>");
    let target = s.store.selected().unwrap().clone();
    let published = serde_json::json!([{"HostIp": "0.0.0.0", "HostPort": "8080"}]);
    let ports = serde_json::json!({"53/udp": null, "80/tcp": published, "9000/tcp": null});
    let inspect = serde_json::json!({"NetworkSettings": {"Ports": ports}});
    s.fact(Fact::Inspect(target.id.clone(), Ok(inspect.into())));
    (s.store.stage.pane, s.store.stage.tab) = (Pane::Detail, Tab::Ports);
    s.settle();
    // the first row is of UDP
    assert!(s.keys("F").is_empty());
    assert!(s.text().contains("only ports of TCP"), "{}", s.text());
    let effects = s.keys("jF");
    let asked = |effects: &[Effect]| match effects {
        [Effect::Run(_, _, _, command)] => command.clone(),
        other => panic!("{other:?}"),
    };
    let (id, local) = (target.id.clone(), None);
    assert_eq!(
        asked(&effects),
        Command::Forward {
            id,
            port: 80,
            local
        }
    );
    let forward = |port, local| Forward {
        container: target.id.clone(),
        port,
        local,
    };
    let forwards = vec![forward(80, 40_080), forward(7777, 7777)];
    s.fact(Fact::Forwards(forwards));
    let text = s.text();
    assert!(text.contains("127.0.0.1:40080"), "{text}");
    assert_eq!(asked(&s.keys("F")), Command::Unforward(40_080));
    // what the container does not expose has a row of its own
    assert_eq!(asked(&s.keys("GF")), Command::Unforward(7777));
    s.keys("L");
    let Some(Overlay::Menu(menu)) = s.store.overlays.last() else {
        panic!("no menu")
    };
    assert_eq!(menu.items.len(), 2);
    assert_eq!(asked(&s.keys("j<enter>")), Command::Unforward(7777));
}
