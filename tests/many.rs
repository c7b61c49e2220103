//! Several hosts at once, as scripts: whose objects show, what tells them apart, what is asked
//! and refused where, what a dead host costs the others.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::seen::{calls_on, dialog, form, menu, names, shown, toast};
use common::{NOW, Script, attempts, container, id, id_on, on};
use pilothouse::config::HostSettings;
use pilothouse::model::host::Pulse;
use pilothouse::model::{
    Address, Candidate, HostId, HostSpec, Link, Origin, Problem, ProblemKind, Ref, Source, State,
    Time,
};
use pilothouse::protocol::{Command, Fact, Grace, Reply, Watch};
use pilothouse::store::message::{Effect, Effects, Message};
use pilothouse::store::overlay::Overlay;
use pilothouse::store::stage::Screen;
use pilothouse::store::watch::{SAMPLE_ALL_HOSTS, wanted};

const OWN: Grace = Grace::Own;

fn down(since: Option<Time>, seconds: i64) -> Fact {
    Fact::Link(Link::Down {
        attempts: attempts()[2..].to_vec(),
        since,
        retry: Time(NOW.0 + seconds * 1000),
    })
}

fn scope(script: &Script) -> Option<String> {
    script.store.world.scope.as_ref().map(ToString::to_string)
}

#[test]
fn all_show_together_or_those_of_one_host() {
    let mut s = Script::several();
    assert_eq!(shown(&s).len(), 9);
    let text = s.text();
    assert!(text.contains("3 hosts  ● 3 live"), "{text}");
    assert!(text.contains("prod · shop"), "{text}");
    s.keys(":host prod<enter>");
    assert_eq!(scope(&s).as_deref(), Some("prod"));
    assert_eq!(
        shown(&s),
        BTreeSet::from(["prod/web", "prod/db", "prod/cache"].map(str::to_owned))
    );
    let text = s.text();
    assert!(text.contains("1 of 3 hosts"), "{text}");
    assert_eq!(s.store.world.counts().all, 3);
    s.keys(":host all<enter>");
    assert_eq!(shown(&s).len(), 9);
    s.keys("/host:edge<enter>");
    assert_eq!(shown(&s).len(), 3);
    s.keys("<esc>/host:edge !proxy<enter>");
    assert_eq!(shown(&s).len(), 2);
}

#[test]
fn the_picker_shows_one_alone_and_connects_and_disconnects() {
    let mut s = Script::several();
    let known = HostSpec::new(
        HostId::new("nas"),
        Origin::Ssh,
        s.store.roster.named("edge").unwrap().candidates.clone(),
    );
    s.store.apply(Message::Known(Box::new(known), false));
    s.keys("H");
    let labels: Vec<&str> = menu(&s)
        .items
        .iter()
        .map(|item| item.label.as_str())
        .collect();
    assert_eq!(labels[..5], ["all", "prod", "staging", "edge", "nas"]);
    let states: Vec<_> = menu(&s).items[..5].iter().map(|item| item.switch).collect();
    assert_eq!(
        states,
        [None, Some(true), Some(true), Some(true), Some(false)]
    );
    assert!(menu(&s).items[1].about.contains("protected"));
    s.keys("edge<enter>");
    assert_eq!(scope(&s).as_deref(), Some("edge"));
    // chosen again, all show again
    s.keys("Hedge<enter>");
    assert_eq!(scope(&s), None);
    // a space connects, a second one ends it; the menu stays
    let effects = s.keys("Hnas<space>");
    assert!(matches!(&effects[..], [Effect::Connect(spec)] if spec.id.as_str() == "nas"));
    assert_eq!(s.store.world.hosts.len(), 4);
    assert_eq!(menu(&s).chosen().unwrap().switch, Some(true));
    let effects = s.keys("<space>");
    assert!(matches!(&effects[..], [Effect::Disconnect(host)] if host.as_str() == "nas"));
    assert_eq!(menu(&s).chosen().unwrap().switch, Some(false));
    // Enter connects and shows it alone
    let effects = s.keys("<enter>");
    assert!(matches!(&effects[..], [Effect::Connect(_)]));
    assert_eq!(scope(&s).as_deref(), Some("nas"));
    assert!(s.text().contains("nas: connecting"), "{}", s.text());
}

#[test]
fn the_screen_of_hosts_connects_disconnects_and_shows_one_alone() {
    let mut s = Script::several();
    let edge = HostId::new("edge");
    s.keys("7/name:edge<enter>");
    let effects = s.keys("s");
    assert!(matches!(&effects[..], [Effect::Disconnect(host)] if *host == edge));
    assert!(!s.store.world.hosts.contains_key(&edge));
    // what is about one host begins with the one under the cursor, connected or not
    let effects = s.keys("T");
    assert!(matches!(&effects[..], [Effect::TestHost(spec)] if spec.id == edge));
    let effects = s.keys("s");
    assert!(matches!(&effects[..], [Effect::Connect(spec)] if spec.id == edge));
    s.keys("<enter>");
    assert_eq!(scope(&s).as_deref(), Some("edge"));
    assert_eq!(s.store.stage.screen, Screen::Containers);
}

#[test]
fn a_disconnected_host_takes_its_rows_and_marks_along_and_stays_known() {
    let mut s = Script::several();
    s.stand_on("edge", "web");
    s.keys(" :disconnect edge<enter>");
    assert_eq!(shown(&s).len(), 6);
    assert!(s.store.list().marks.is_empty());
    assert_ne!(s.store.selected().unwrap().host.as_str(), "edge");
    assert!(!s.store.world.hosts.contains_key(&HostId::new("edge")));
    let effects = s.keys(":connect edge<enter>");
    assert!(matches!(&effects[..], [Effect::Connect(spec)] if spec.read_only));
    let again = container("again", "x", State::Running, "Up 1 second");
    s.fact_of("edge", Fact::Containers(vec![again]));
    assert!(shown(&s).contains("edge/again"));
}

#[test]
fn containers_of_one_name_are_told_apart() {
    let mut s = Script::several();
    s.stand_on("staging", "web");
    s.keys("s");
    assert_eq!(dialog(&s).title, "Stop web on staging?");
    let effects = s.keys("y");
    let stop = Command::Stop(id_on("staging", "web"), OWN);
    assert_eq!(calls_on(&effects), [("staging".to_owned(), stop)]);
    s.answer(effects, &Ok(Reply::Done));
    assert!(
        toast(&s).starts_with("stopped web on staging"),
        "{}",
        toast(&s)
    );
    let job = s.store.jobs.journal().next().unwrap();
    assert_eq!(
        job.docker_line(),
        "docker -H unix:///run/staging.sock stop web"
    );
    // a name that several have wants its host
    assert!(calls_on(&s.keys(":restart web<enter>")).is_empty());
    assert!(
        toast(&s).contains("prod/web or staging/web"),
        "{}",
        toast(&s)
    );
    let effects = s.keys(":restart staging/web<enter>");
    assert_eq!(calls_on(&effects)[0].0, "staging");
    // one that a single host has does not
    s.keys(":proxy<enter>");
    assert_eq!(s.store.selected(), Some(&on("edge", "proxy")));
    // and where one host shows alone, its own is meant
    s.keys(":host staging<enter>:web<enter>");
    assert_eq!(s.store.selected(), Some(&on("staging", "web")));
    assert_eq!(scope(&s).as_deref(), Some("staging"));
    s.keys(":we");
    let Some(Overlay::Prompt(prompt)) = s.store.overlays.last() else {
        panic!("no prompt")
    };
    let labels: Vec<&str> = prompt
        .completions
        .iter()
        .map(|c| c.label.as_str())
        .collect();
    assert!(
        labels.contains(&"prod/web") && labels.contains(&"edge/web"),
        "{labels:?}"
    );
    s.keys("<esc><ctrl-p>prod/web");
    assert_eq!(menu(&s).chosen().unwrap().label, "prod/web");
    // what hides it is taken away
    s.keys("<enter>");
    assert_eq!(s.store.selected(), Some(&on("prod", "web")));
    assert_eq!(scope(&s), None);
}

#[test]
fn a_failure_names_its_host() {
    let mut s = Script::several();
    s.stand_on("staging", "web");
    let effects = s.keys("r");
    let problem = Problem::new(ProblemKind::Conflict, "could not restart web", "");
    s.answer(effects, &Err(problem));
    assert_eq!(toast(&s), "staging: could not restart web");
}

#[test]
fn marks_over_several_hosts_are_one_job_with_a_line_for_each() {
    let mut s = Script::several();
    for host in ["staging", "edge"] {
        s.stand_on(host, "web");
        s.keys(" ");
    }
    // one of them is read-only
    assert!(calls_on(&s.keys("r")).is_empty());
    assert!(toast(&s).contains("refused on edge"), "{}", toast(&s));
    s.keys("<esc>");
    for name in ["web", "db"] {
        s.stand_on("staging", name);
        s.keys(" ");
    }
    s.keys("s");
    assert_eq!(dialog(&s).title, "Stop 2 containers on staging?");
    assert!(dialog(&s).lines.contains(&"staging/web".to_owned()));
    let effects = s.keys("y");
    assert_eq!(calls_on(&effects).len(), 2);
}

#[test]
fn a_read_only_host_refuses_what_the_others_do() {
    let mut s = Script::several();
    s.stand_on("edge", "web");
    for keys in [
        "s",
        "r",
        "p",
        "d",
        "K",
        "<f2>",
        "P",
        "e",
        ":rm edge/web<enter>",
    ] {
        let effects = s.keys(keys);
        assert!(calls_on(&effects).is_empty(), "{keys}");
        assert!(s.store.overlays.is_empty(), "{keys}");
        assert!(
            toast(&s).contains("refused on edge"),
            "{keys}: {}",
            toast(&s)
        );
    }
    assert!(s.text().contains("read-only"));
    s.keys("x");
    assert!(menu(&s).items.iter().all(|item| item.label != "Remove"));
    s.keys("<esc>");
    s.stand_on("staging", "web");
    s.later(5_000);
    assert!(!s.text().contains("read-only"), "{}", s.text());
    assert_eq!(calls_on(&s.keys("r"))[0].0, "staging");
}

#[test]
fn a_protected_host_wants_the_name_before_harm_and_asks_before_every_change() {
    let mut s = Script::several();
    s.stand_on("prod", "web");
    for keys in ["d", "s", "Kterm<enter>"] {
        s.keys(keys);
        assert_eq!(dialog(&s).typed.as_ref().unwrap().wanted, "web", "{keys}");
        // letters are letters, and Enter stands on Cancel
        assert!(calls_on(&s.keys("ynjkhlq")).is_empty(), "{keys}");
        assert_eq!(dialog(&s).typed.as_ref().unwrap().editor.text(), "ynjkhlq");
        s.keys("<enter>");
        assert!(s.store.overlays.is_empty(), "{keys}");
    }
    // the button does not help
    s.keys("d<tab>");
    assert!(calls_on(&s.keys("<enter>")).is_empty());
    assert!(toast(&s).contains("type web first"));
    s.keys("<esc>");
    // choices are reached by Tab, and a space is no letter there
    let effects = s.keys("d<tab><tab><space>web<enter>");
    let force = Command::Remove {
        id: id_on("prod", "web"),
        force: true,
        volumes: false,
    };
    assert_eq!(calls_on(&effects), [("prod".to_owned(), force)]);
    // typed wrong again, the verb is out of reach again
    s.stand_on("prod", "db");
    assert!(calls_on(&s.keys("ddbx<enter>")).is_empty());
    assert!(s.store.overlays.is_empty());
    // what does no harm elsewhere asks, without a name
    for (keys, title) in [("r", "Restart db on prod?"), ("p", "Pause db on prod?")] {
        assert!(calls_on(&s.keys(keys)).is_empty());
        assert_eq!(dialog(&s).title, title);
        assert!(dialog(&s).typed.is_none());
        assert_eq!(calls_on(&s.keys("y")).len(), 1, "{keys}");
    }
    let effects = s.keys("e");
    assert!(effects.is_empty());
    assert!(matches!(
        &calls_on(&s.keys("y"))[..],
        [(_, Command::Shell(..))]
    ));
    // settings that ask less do not reach it
    s.store.settings.confirm.stop = false;
    assert!(calls_on(&s.keys("s")).is_empty());
    assert!(dialog(&s).typed.is_some());
    s.keys("<esc>");
    s.stand_on("staging", "web");
    assert_eq!(calls_on(&s.keys("s")).len(), 1);
}

#[test]
fn a_start_on_a_protected_host_is_asked_and_done_as_asked() {
    let mut s = Script::several();
    let idle = container("idle", "x", State::Exited, "Exited (0) 1 hour ago");
    s.fact_of("prod", Fact::Changed(vec![idle.clone()]));
    let target = Ref::container(&HostId::new("prod"), &id("idle"));
    assert!(s.store.list_mut().select(&target));
    s.keys("s");
    assert_eq!(dialog(&s).title, "Start idle on prod?");
    // it started meanwhile: it is not stopped by that
    let mut runs = idle;
    runs.state = State::Running;
    s.fact_of("prod", Fact::Changed(vec![runs]));
    assert!(calls_on(&s.keys("y")).is_empty());
}

#[test]
fn prune_is_about_the_host_here() {
    let mut s = Script::several();
    s.stand_on("staging", "web");
    let effects = s.keys("P");
    assert_eq!(
        calls_on(&effects),
        [("staging".to_owned(), Command::PrunePreview)]
    );
    // a host that takes its time holds up no other
    s.stand_on("prod", "web");
    let other = s.keys("P");
    assert_eq!(
        calls_on(&other),
        [("prod".to_owned(), Command::PrunePreview)]
    );
    let found = |name: &str| Ok(Reply::Prunable(vec![(id_on("prod", name), 10)]));
    s.answer(other, &found("cache"));
    assert_eq!(dialog(&s).title, "Remove 1 stopped container on prod?");
    assert_eq!(dialog(&s).typed.as_ref().unwrap().wanted, "cache");
    let effects = s.keys("cache<enter>");
    assert_eq!(calls_on(&effects)[0].0, "prod");
}

#[test]
fn a_dead_host_is_a_badge_and_old_rows_and_nothing_else() {
    let mut s = Script::several();
    s.stand_on("prod", "web");
    s.fact_of("staging", down(Some(Time(NOW.0 - 90_000)), 4));
    let text = s.text();
    assert!(
        text.contains("3 hosts  ● 2 live  ▲ 1 lost (retry 4s)"),
        "{text}"
    );
    assert!(text.contains("staging does not answer"), "{text}");
    assert!(text.contains("· seen 1m ago"), "{text}");
    assert_eq!(shown(&s).len(), 9, "what was known stays");
    assert!(!s.store.shows_connection());
    // it counts down
    assert_eq!(s.store.next_wake(), Some(Time(NOW.0 + 1000)));
    s.later(3000);
    assert!(s.text().contains("(retry 1s)"), "{}", s.text());
    // in a flat list the age stands beside the name
    s.keys("<ctrl-g>");
    assert!(s.text().contains("▲ 1m"), "{}", s.text());
    // its figures are no part of the sum
    let with = s.store.world.usage(s.store.now).totals.counted;
    assert!(with <= 6, "{with}");
    // the others go on
    s.stand_on("prod", "web");
    s.keys("r");
    assert_eq!(calls_on(&s.keys("y")).len(), 1);
    // a second one
    s.fact_of("edge", down(None, 9));
    assert!(
        s.text().contains("2 hosts do not answer: edge, staging"),
        "{}",
        s.text()
    );
}

#[test]
fn the_connection_screen_is_for_when_no_host_has_ever_answered() {
    let mut s = Script::empty();
    s.size(120, 40);
    let mut hosts = Vec::new();
    for (name, place) in [("a", "tcp://a:1"), ("b", "tcp://b:1")] {
        let candidate = Candidate {
            source: Source::Given,
            place: place.to_owned(),
            address: Ok(Address::Tcp {
                host: name.to_owned(),
                port: 1,
            }),
        };
        let mut spec = HostSpec::new(HostId::new(name), Origin::Given, vec![candidate]);
        spec.connect = true;
        hosts.push(spec);
    }
    s.store.begin(hosts);
    s.fact_of("a", down(None, 3));
    s.fact_of("b", down(None, 5));
    assert!(s.store.shows_connection());
    let text = s.text();
    assert!(text.contains("No engine answers on 2 hosts"), "{text}");
    assert!(text.contains("a · ") && text.contains("b · "), "{text}");
    assert_eq!(s.keys("r").len(), 2, "both are tried");
    s.fact_of("b", Fact::Containers(Vec::new()));
    assert!(!s.store.shows_connection());
    // with the one alone that never answered, its row says why
    s.keys(":host a<enter>");
    assert!(!s.store.shows_connection());
    assert!(
        s.text().contains("a: no engine, next try in 3s"),
        "{}",
        s.text()
    );
    // without any host that is connected there is a way back
    s.keys(":disconnect a<enter>:disconnect b<enter>");
    assert!(s.text().contains("No host is connected."), "{}", s.text());
    s.keys("H");
    assert_eq!(menu(&s).items[0].label, "a");
}

#[test]
fn samples_are_bounded_over_all_hosts_and_those_in_sight_come_first() {
    let mut s = Script::empty();
    s.size(120, 40);
    for host in 0..50 {
        let host = format!("host{host:02}");
        let many = (0..60).map(|n| {
            let name = format!("{host}-{n}");
            container(&name, "x", State::Running, "Up 1 hour")
        });
        s.fact_of(&host, Fact::Containers(many.collect()));
    }
    let samples = |s: &Script| -> BTreeSet<Ref> {
        let wanted = wanted(&s.store).into_iter();
        wanted
            .filter_map(|watch| match watch {
                Watch::Stats(target) => Some(target),
                _ => None,
            })
            .collect()
    };
    let rows = s.store.areas().list_rows();
    assert!(samples(&s).len() <= SAMPLE_ALL_HOSTS + rows);
    s.keys("G");
    let sampled = samples(&s);
    assert!(sampled.len() <= SAMPLE_ALL_HOSTS + rows);
    for target in s.store.list().visible(rows) {
        assert!(sampled.contains(target), "{target:?} is in sight");
    }
    // the host here is known whole
    let here = s.store.host_here().unwrap();
    assert_eq!(
        sampled.iter().filter(|target| target.host == here).count(),
        60
    );
}

/// What a form wants kept in the settings: in place of which host, and what.
fn kept(effects: &Effects) -> (Option<&str>, &HostSettings) {
    match &effects[..] {
        [Effect::KeepHost(before, kept)] => (before.as_ref().map(HostId::as_str), kept),
        other => panic!("nothing is kept but {other:?}"),
    }
}

#[test]
fn a_host_is_added_by_a_form_that_says_what_is_wrong() {
    let mut s = Script::several();
    s.keys("7n");
    assert_eq!(form(&s).title, "Add a host");
    // wrong as typed, and nothing is kept or tried while it is
    s.keys("nonsense");
    assert!(form(&s).faults[0].reason.contains("begins with ssh://"));
    assert!(s.keys("<ctrl-s>").is_empty() && s.keys("<ctrl-t>").is_empty());
    s.keys("<ctrl-u>tcp://prod:2376");
    // the name that its address gives is taken
    assert_eq!(form(&s).faults[0].field, "name");
    s.keys("<ctrl-u>ssh://ann@nas:2222/run/x.sock");
    assert!(form(&s).faults.is_empty());
    // what is typed can be tried first
    let effects = s.keys("<ctrl-t>");
    let [Effect::TryHost(tried)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(tried.name, "nas");
    // TLS is not for ssh
    s.keys("<tab><tab>/certs");
    assert!(form(&s).faults[0].reason.contains("tcp:// alone"));
    s.keys("<ctrl-u><tab>g<tab>role=db<tab><tab><space>");
    let preview = form(&s).preview[0].lines.join("\n");
    assert!(preview.contains("labels = { role = \"db\" }"), "{preview}");
    let effects = s.keys("<ctrl-s>");
    let expected = HostSettings {
        name: "nas".into(),
        address: "ssh://ann@nas:2222/run/x.sock".into(),
        colour: "green".into(),
        labels: [("role".to_owned(), "db".to_owned())].into(),
        protect: true,
        ..HostSettings::default()
    };
    assert_eq!(kept(&effects), (None, &expected));
}

#[test]
fn known_places_complete_an_address() {
    let mut s = Script::several();
    let spec = |name: &str, source, place: &str| {
        let candidate = Candidate {
            source,
            place: place.to_owned(),
            address: Ok(Address::Unix("/run/x.sock".into())),
        };
        HostSpec::new(HostId::new(name), Origin::Ssh, vec![candidate])
    };
    for spec in [
        spec("nas", Source::Ssh, "ssh://nas"),
        spec("far", Source::Context("far".into()), "tcp://far:2376"),
    ] {
        s.store.apply(Message::Known(Box::new(spec), false));
    }
    s.keys(":host-add<enter><ctrl-n>");
    let words: Vec<&str> = form(&s).words.iter().map(|word| &*word.label).collect();
    assert!(
        words.contains(&"ssh://nas") && words.contains(&"context://far"),
        "{words:?}"
    );
    s.keys("<esc>cont<down><enter><ctrl-s>");
    s.keys("<esc>");
    let effects = s.keys("y:host-edit far<enter><ctrl-s>");
    // what a context names is kept by the context's name
    assert_eq!(kept(&effects).1.address, "context://far");
}

#[test]
fn hosts_are_changed_tested_and_removed() {
    let mut s = Script::several();
    // from the screen of hosts, from the picker and by command it is the same form
    for keys in [
        "7/name:prod<enter>E",
        "<esc><esc>1Hprod<ctrl-e>",
        ":host-edit prod<enter>",
    ] {
        s.keys(keys);
        assert_eq!(form(&s).title, "Edit prod", "{keys}");
        let effects = s.keys("2<ctrl-s>");
        let expected = HostSettings {
            name: "prod".into(),
            address: "unix:///run/prod.sock2".into(),
            colour: "orange".into(),
            protect: true,
            ..HostSettings::default()
        };
        assert_eq!(kept(&effects), (Some("prod"), &expected), "{keys}");
    }
    let effects = s.keys(":host-test staging<enter>");
    assert!(matches!(&effects[..], [Effect::TestHost(spec)] if spec.id.as_str() == "staging"));
    s.keys("Hstaging<del>");
    assert_eq!(dialog(&s).title, "Remove staging from the settings?");
    let effects = s.keys("y");
    assert!(matches!(&effects[..], [Effect::DropHost(host)] if host.as_str() == "staging"));
    s.store.apply(Message::Unknown(HostId::new("staging")));
    s.settle();
    assert_eq!(shown(&s).len(), 6);
}

#[test]
fn a_host_with_a_new_name_keeps_its_rows_marks_and_filter() {
    let mut s = Script::several();
    s.stand_on("staging", "db");
    s.keys(" /host:staging<enter>");
    let mut spec = s.store.roster.named("staging").unwrap().clone();
    let settings = HostSettings {
        name: "stage".into(),
        ..s.store.host_settings(&spec.id)
    };
    let before = std::mem::replace(&mut spec.id, HostId::new("stage"));
    let message = Message::Kept(Some(before.clone()), Box::new(settings), Box::new(spec));
    let effects = s.store.apply(message);
    s.settle();
    let [Effect::Disconnect(gone), Effect::Connect(fresh)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((gone, fresh.id.as_str()), (&before, "stage"));
    let all = ["stage/web", "stage/db", "stage/worker"].map(str::to_owned);
    assert_eq!(shown(&s), BTreeSet::from(all));
    assert_eq!(s.store.list().filter.text, "host:stage");
    let db = Ref::container(&HostId::new("stage"), &id_on("staging", "db"));
    assert_eq!(s.store.targets(), [db]);
    assert!(s.store.roster.named("staging").is_none());
    // what is said of it next is what the settings say now
    assert_eq!(s.store.host_settings(&HostId::new("stage")).name, "stage");
}

#[test]
fn a_known_host_that_changes_is_looked_at_anew() {
    let mut s = Script::several();
    let mut spec = s.store.roster.named("staging").unwrap().clone();
    assert!(
        s.store
            .apply(Message::Known(Box::new(spec.clone()), true))
            .is_empty()
    );
    spec.read_only = true;
    let effects = s.store.apply(Message::Known(Box::new(spec), true));
    assert!(matches!(&effects[..], [Effect::Connect(spec)] if spec.read_only));
    s.stand_on("staging", "web");
    assert!(calls_on(&s.keys("r")).is_empty());
}

#[test]
fn what_shows_is_remembered() {
    let mut s = Script::several();
    s.keys(":host prod<enter>");
    let effects = s.keys("S");
    let Some(Effect::SavePreferences(saved)) = effects.first() else {
        panic!("{effects:?}")
    };
    assert_eq!(saved.list.host, "prod");
    let specs: Vec<HostSpec> = s.store.roster.iter().cloned().collect();
    let mut fresh = Script::empty();
    fresh.store.settings.list.host = "prod".into();
    let effects = fresh.store.begin(specs);
    assert_eq!(effects.len(), 3, "all are connected");
    assert_eq!(scope(&fresh).as_deref(), Some("prod"));
}

#[test]
fn screens_of_several_hosts() {
    let mut s = Script::several();
    s.stand_on("prod", "web");
    for (width, height) in [(80, 24), (140, 40), (200, 50)] {
        s.size(width, height);
        insta::assert_snapshot!(format!("several-{width}x{height}"), s.text());
    }
    s.size(140, 40);
    s.fact_of("staging", down(Some(Time(NOW.0 - 90_000)), 4));
    insta::assert_snapshot!("several-lost", s.text());
    s.keys("H");
    insta::assert_snapshot!("several-picker", s.text());
    s.keys("<esc>dwe");
    insta::assert_snapshot!("several-typed", s.screen());
    s.size(80, 24);
    s.keys("<esc>");
    insta::assert_snapshot!("several-protected", s.screen());
}

/// A host's ping is answered after so many milliseconds.
fn answers_after(script: &mut Script, host: &str, millis: u64) {
    let pulse = Pulse {
        latency: Duration::from_millis(millis),
        skew: None,
    };
    script.fact_of(host, Fact::Pulse(pulse));
}

/// The first row of the screen.
fn first_row(script: &Script) -> String {
    let screen = script.screen();
    screen.lines().next().unwrap_or_default().to_owned()
}

/// The row of a host on screen 7, which shows.
fn host_row(script: &Script, host: &str) -> String {
    let screen = script.screen();
    let name = format!("● {host} ");
    let mut rows = screen.lines().filter(|row| !row.starts_with('╭'));
    rows.find(|row| row.contains(&name)).unwrap().to_owned()
}

#[test]
fn a_host_that_answers_late_says_so_until_it_does_not() {
    let mut s = Script::scene();
    let mut first = |millis| {
        answers_after(&mut s, common::host().as_str(), millis);
        first_row(&s)
    };
    assert!(!first(99).contains("late"));
    let row = first(213);
    assert!(row.contains("● live 213 ms late"), "{row}");
    // about as far away as makes it late it is not late and not late in turns
    for millis in [101, 99, 80, 120, 90] {
        let row = first(millis);
        assert!(row.contains(&format!("● live {millis} ms late")), "{row}");
    }
    for millis in [74, 99, 80, 2] {
        assert!(!first(millis).contains("late"), "{millis}");
    }
}

#[test]
fn of_several_hosts_those_that_answer_late_are_named() {
    let mut s = Script::several();
    for (host, millis) in [("prod", 4), ("staging", 12), ("edge", 213)] {
        answers_after(&mut s, host, millis);
    }
    let row = first_row(&s);
    assert!(row.contains("3 hosts  ● 3 live  edge 213 ms late"), "{row}");
    // on the screen of hosts each says it of itself, in words, and the page what it means
    s.size(200, 50).keys("7/name:edge<enter>");
    assert!(
        s.text().contains("213 ms: what shows is that old"),
        "{}",
        s.text()
    );
    s.keys("<esc>");
    let row = host_row(&s, "edge");
    assert!(
        row.contains("live · late") && row.contains("213 ms"),
        "{row}"
    );
    for (host, ping) in [("prod", "4.0 ms"), ("staging", "12 ms")] {
        let row = host_row(&s, host);
        assert!(row.contains(ping) && !row.contains("late"), "{row}");
    }
    s.keys("/state:late<enter>");
    assert_eq!(names(&s), ["edge"]);
    // the list is kept to it: one that is late no more goes, one that is comes
    answers_after(&mut s, "edge", 3);
    answers_after(&mut s, "staging", 150);
    assert_eq!(names(&s), ["staging"]);
    answers_after(&mut s, "edge", 180);
    s.keys("<esc>1");
    // two are named in an order that does not follow who is the later one
    for (edge, staging) in [(180, 150), (120, 400), (90, 80), (1500, 300)] {
        answers_after(&mut s, "edge", edge);
        answers_after(&mut s, "staging", staging);
        let row = first_row(&s);
        assert!(row.contains("2 late: edge, staging"), "{row}");
    }
    s.keys("H");
    let about = &menu(&s).items[3].about;
    assert!(about.contains("1.5 s late"), "{about}");
    // where one shows alone, it says how late; the others do not matter
    s.keys("<esc>:host edge<enter>");
    let row = first_row(&s);
    assert!(
        row.contains("● live 1.5 s late") && !row.contains("staging"),
        "{row}"
    );
    s.keys(":host prod<enter>");
    assert!(!first_row(&s).contains("late"), "{}", first_row(&s));
    // one that is lost is not late as well, nor is one that has come back and not been asked yet
    s.keys(":host all<enter>");
    s.fact_of("edge", down(Some(NOW), 4));
    let row = first_row(&s);
    assert!(
        row.contains("staging 300 ms late") && !row.contains("edge"),
        "{row}"
    );
    let up = Link::Up {
        address: Address::Unix("/run/edge.sock".into()),
        source: Source::Settings,
        since: NOW,
    };
    s.fact_of("edge", Fact::Link(up));
    answers_after(&mut s, "edge", 90);
    let row = first_row(&s);
    assert!(row.contains("3 live  staging 300 ms late"), "{row}");
    // no name pushes the counts out where it is narrow
    s.size(80, 24);
    let row = first_row(&s);
    assert!(row.contains("3 live") && row.contains("8 running"), "{row}");
}
