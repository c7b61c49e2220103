//! The screens as they show: text and styles of whole screens, and that no state, size or name
//! breaks them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod common;

use common::{NOW, Script, attempts, container, id};
use pilothouse::model::host::{Check, TlsFiles, Verdict};
use pilothouse::model::{Address, Link, Problem, ProblemKind, Source, State, Time};
use pilothouse::protocol::{Fact, Reply};
use pilothouse::store::message::Spot;
use pilothouse::view::{Look, colour::Depth, svg::svg, theme::Theme};
use proptest::prelude::*;

/// A scene by its name, ready but for its size.
fn scene(name: &str) -> Script {
    let mut script = match name {
        "connection" | "looking" => Script::empty(),
        "no-containers" => Script::connected(),
        "hosts" | "host" => Script::fleet(),
        "events" | "wrong" => Script::eventful(),
        _ => Script::scene(),
    };
    script.size(120, 40);
    match name {
        "list" => {}
        "filtered" => drop(script.keys("/graf<enter>")),
        "marked" => drop(script.keys(" jj ")),
        "logs" => drop(script.keys("l")),
        "log-search" => drop(script.keys("l/timed<enter>N")),
        "log-sideways" => drop(script.keys("lwtkkk<right>")),
        "stats" => drop(script.keys("t")),
        "inspect" => drop(script.keys("ijjjj<enter>jjj/true<enter>")),
        "env" => drop(script.keys("<tab>]]]")),
        "processes" => drop(script.keys("<tab>]]]]]]]")),
        "health" => drop(script.keys("<tab>]]]]]]]]")),
        "menu" => drop(script.keys("x")),
        "confirm" => drop(script.keys("d")),
        "palette" => drop(script.keys("<ctrl-p>lo")),
        "help" => drop(script.keys("?")),
        "command" => drop(script.keys(":re")),
        "form" => drop(script.keys("Els -l<tab>www<tab>srv")),
        "run-form" => drop(script.keys(
            "nnginx:1.27<ctrl-f>publish<enter>8080:80<ctrl-f>memory<enter>512q<ctrl-f>name<enter>db",
        )),
        "form-words" => drop(script.keys("Ep")),
        "form-leaving" => drop(script.keys("Ex<esc><esc>")),
        "output" => {
            let effects = script.keys("Esh -c 'tail -f x'<ctrl-s>");
            script.wrote(&effects, 60);
            script.answer(
                effects,
                &Ok(Reply::Exited {
                    command: vec!["sh".into()],
                    code: 3,
                }),
            );
            let _ = script.keys("/upstream<enter>");
        }
        "columns" => drop(script.keys("c")),
        "hosts" => drop(script.keys("7")),
        "events" => drop(script.keys("8")),
        "wrong" => drop(script.keys("9")),
        "host" => drop(script.keys("7jjj<right>")),
        "journal" | "record" => {
            let effects = script.keys("jr");
            script.answer(effects, &Ok(Reply::Done));
            let effects = script.keys("jp");
            let problem = Problem::new(
                ProblemKind::Conflict,
                "the engine refused to pause cache on local",
                "cannot pause container: it is not running",
            );
            script.answer(effects, &Err(problem));
            let _ = script.keys("kk j r");
            script.later(2500);
            let _ = script.keys("0");
            if name == "record" {
                let _ = script.keys("j<enter>");
            }
        }
        "lost" => {
            script.fact(Fact::Link(Link::Down {
                attempts: attempts()[2..].to_vec(),
                since: Some(Time(NOW.0 - 12_000)),
                retry: Time(NOW.0 + 3000),
            }));
        }
        "looking" => script.fact(Fact::Link(Link::Connecting {
            since: Time(NOW.0 - 4000),
        })),
        "connection" => script.fact(Fact::Link(Link::Down {
            attempts: attempts(),
            since: None,
            retry: Time(NOW.0 + 4000),
        })),
        "doctor" => doctor(&mut script),
        "unverified" => unverified(&mut script),
        "no-containers" => script.fact(Fact::Containers(Vec::new())),
        "no-match" => drop(script.keys("/nothing-like-it<enter>")),
        "stopped" => drop(script.keys("G")),
        "why" => {
            script.ended("loki");
            drop(script.keys(":loki<enter>W"));
        }
        "ended" => {
            script.ended("loki");
            drop(script.keys(":loki<enter>"));
        }
        other => panic!("no scene {other}"),
    }
    script.settle();
    script
}

/// An engine that is used without its certificate being verified.
fn unverified(script: &mut Script) {
    let address = Address::Tls {
        host: "engine.example.org".into(),
        port: 2376,
        files: TlsFiles {
            verify: false,
            ..TlsFiles::default()
        },
    };
    script.fact(Fact::Link(Link::Up {
        address,
        source: Source::Context("loose".into()),
        since: NOW,
    }));
}

/// The doctor's box with a step of each sort.
fn doctor(script: &mut Script) {
    let _ = script.keys(":doctor<enter>");
    let refused = Problem::new(
        ProblemKind::Identity,
        "the engine's certificate expired on 2021-01-01",
        "received fatal alert: the peer's certificate is not valid any more",
    );
    let fine = |text: &str| Verdict::Fine(text.to_owned());
    let skipped = |text: &str| Verdict::Skipped(text.to_owned());
    for (check, verdict) in [
        (Check::Address, fine("tcp://engine.example.org:2376")),
        (Check::Name, fine("engine.example.org is 10.0.0.7, 10.0.0.8")),
        (Check::Port, fine("engine.example.org:2376 answers")),
        (Check::HostKey, skipped("ssh is not used")),
        (Check::Login, skipped("ssh is not used")),
        (
            Check::Certificates,
            Verdict::Wrong(refused.hint(
                "renew it on the engine's machine and restart the engine; until then nobody proves to be it",
            )),
        ),
        (Check::Socket, skipped("not tried")),
        (Check::Rights, skipped("not tried")),
        (Check::Version, skipped("not tried")),
        (Check::Clock, skipped("not tried")),
    ] {
        script.fact(Fact::Finding(check, verdict));
    }
}

const SCENES: &[&str] = &[
    "list",
    "filtered",
    "marked",
    "logs",
    "log-search",
    "log-sideways",
    "stats",
    "inspect",
    "env",
    "processes",
    "health",
    "menu",
    "confirm",
    "palette",
    "help",
    "command",
    "form",
    "run-form",
    "form-words",
    "form-leaving",
    "output",
    "columns",
    "journal",
    "record",
    "lost",
    "looking",
    "connection",
    "doctor",
    "unverified",
    "no-containers",
    "no-match",
    "stopped",
    "why",
    "ended",
    "hosts",
    "host",
    "events",
    "wrong",
];

/// Pictures of all scenes, to be looked at.
#[test]
#[ignore = "writes pictures"]
fn pictures() {
    let dir = std::env::temp_dir().join("screens");
    std::fs::create_dir_all(&dir).unwrap();
    for name in SCENES {
        for (width, height) in [(80, 24), (120, 40), (200, 50)] {
            let mut script = scene(name);
            script.size(width, height);
            let (buf, _) = script.draw();
            let path = dir.join(format!("{name}-{width}.svg"));
            std::fs::write(path, svg(&buf, None)).unwrap();
        }
    }
    for (name, theme, ascii, depth) in [
        ("light", "harbor-light", false, Depth::Truecolor),
        ("ascii", "harbor", true, Depth::Truecolor),
        ("mono", "harbor", false, Depth::None),
    ] {
        let mut script = scene("list");
        script.look = Look::new(Theme::load(theme, None).unwrap().with_depth(depth), ascii);
        script.size(120, 40);
        let (buf, _) = script.draw();
        std::fs::write(dir.join(format!("look-{name}.svg")), svg(&buf, None)).unwrap();
    }
}

/// Text and styles at one size; text alone where only the arrangement differs.
#[test]
fn scenes_show_as_they_were_approved() {
    for name in SCENES {
        let mut script = scene(name);
        script.size(80, 24);
        insta::assert_snapshot!(format!("{name}-80x24"), script.text());
        script.size(120, 40);
        insta::assert_snapshot!(format!("{name}-120x40"), script.screen());
    }
    for name in [
        "list", "stats", "logs", "journal", "hosts", "form", "events", "wrong",
    ] {
        let mut script = scene(name);
        script.size(200, 50);
        insta::assert_snapshot!(format!("{name}-200x50"), script.text());
    }
}

#[test]
fn without_unicode_and_colour_all_can_be_read() {
    let theme = Theme::load("harbor", None).unwrap();
    for name in ["list", "confirm", "stats", "lost", "doctor"] {
        let mut script = scene(name);
        script.look = Look::new(theme.clone().with_depth(Depth::None), true);
        script.size(80, 24);
        let text = script.text();
        assert!(text.is_ascii(), "{name}\n{text}");
        insta::assert_snapshot!(format!("{name}-plain"), script.screen());
    }
}

#[test]
fn a_screen_without_room_says_how_much_it_takes() {
    let mut script = scene("list");
    let text = script.size(39, 8).text();
    assert!(text.contains("39x8 is too small") && text.contains("40x8 is enough"));
    assert!(script.size(40, 8).text().contains("web"));
}

/// What is clicked is what is drawn there.
#[test]
fn clicks_reach_what_they_show() {
    let mut script = scene("list");
    let (buf, painted) = script.size(120, 40).draw();
    for (area, spot) in &painted.spots {
        assert!(
            area.x + area.width <= 120 && area.y + area.height <= 40,
            "{spot:?} {area:?}"
        );
        let text: String = (area.x..area.x + area.width)
            .map(|x| buf[(x, area.y)].symbol())
            .collect();
        match spot {
            Spot::Tab(2) => assert_eq!(text, "Inspect"),
            Spot::Screen(1) => assert!(text.starts_with("7 Hosts")),
            Spot::Action("container.restart") => assert_eq!(text, "r restart"),
            Spot::Column("cpu") => assert!(text.contains("cpu %")),
            _ => {}
        }
    }
    let (_, painted) = scene("confirm").draw();
    let buttons = painted
        .spots
        .iter()
        .filter(|(_, spot)| matches!(spot, Spot::Button(_)));
    assert_eq!(buttons.count(), 4);
}

#[test]
fn help_keeps_whole_sentences_and_its_end_at_any_size() {
    let mut script = Script::scene();
    script.size(80, 24).keys("?<end>");
    let shown = |script: &Script| {
        let text = script.text();
        let words = text.split(['│', '\n']).flat_map(str::split_whitespace);
        words.collect::<Vec<_>>().join(" ")
    };
    let last = "CPU percent is of one core: 250 is two and a half cores";
    assert!(shown(&script).contains(last), "{}", script.text());
    assert!(!script.text().contains('…'), "{}", script.text());
    script.size(200, 50);
    assert!(shown(&script).contains(last), "{}", script.text());
    assert!(script.text().contains("Examine"), "{}", script.text());
}

/// Drawing a second time, a second later, changes few cells.
#[test]
fn little_changes_between_two_seconds() {
    let mut script = scene("list");
    let before = script.draw().0;
    script.later(100);
    let after = script.draw().0;
    assert_eq!(before.diff(&after).len(), 0);
}

/// A scene in which every text of the engine is hostile.
fn hostile(name: &str) -> Script {
    let mut script = scene("list");
    let mut bad = container(name, name, State::Running, name);
    bad.command = name.into();
    bad.labels = [("com.docker.compose.project", name)].into_iter().collect();
    bad.id = id("web");
    bad.networks[0].address = name.into();
    script.fact(Fact::Changed(vec![bad]));
    let problem = Problem::new(ProblemKind::Engine, name, name).hint(name);
    script.fact(Fact::Trouble(problem.clone()));
    script.fact(Fact::Processes(id("web"), Err(problem)));
    script.settle();
    script
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    /// No screen at any size fails, and nothing that acts on a terminal gets into a cell.
    #[test]
    fn any_screen_at_any_size_is_harmless(
        place in 0..SCENES.len(),
        size in (1..400_u16, 1..120_u16),
        small in (1..60_u16, 1..20_u16),
        keys in "[a-z0-9/:?xdlti<>\\[\\] ]{0,8}",
        ascii in any::<bool>(),
    ) {
        let mut script = scene(SCENES[place]);
        script.look = Look::new(Theme::load("harbor", None).unwrap(), ascii);
        for (width, height) in [size, small] {
            script.size(width, height);
            check(&script)?;
        }
        for key in keys.chars().filter(|c| *c != '<') {
            script.keys(&key.to_string());
            check(&script)?;
        }
    }

    #[test]
    fn hostile_names_stay_text(
        name in r"[\x00-\x1f\x7f-\u{9f}a-z\u{202e}\u{200b}\u{2066}\u{1f468}\u{200d}\u{fe0f}\u{301}多🐳]{0,40}",
        size in (1..200_u16, 1..60_u16),
        keys in prop::sample::select(vec!["", "l", "i", "x", "d", "t", "0", "<ctrl-p>", "<tab>]]]]]]]"]),
    ) {
        let mut script = hostile(&name);
        script.keys(keys);
        script.size(size.0, size.1);
        check(&script)?;
    }
}

fn check(script: &Script) -> Result<(), TestCaseError> {
    let (buf, painted) = script.draw();
    for cell in &buf.content {
        let harmless = cell
            .symbol()
            .chars()
            .all(pilothouse::model::text::is_harmless);
        prop_assert!(harmless, "{:?}", cell.symbol());
    }
    for (area, spot) in &painted.spots {
        let inside = u32::from(area.x) + u32::from(area.width) <= u32::from(buf.area.width)
            && u32::from(area.y) + u32::from(area.height) <= u32::from(buf.area.height);
        prop_assert!(inside, "{spot:?} {area:?} on {:?}", buf.area);
    }
    Ok(())
}
