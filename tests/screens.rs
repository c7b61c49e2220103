//! The screens as they show: text and styles of whole screens, and that no state, size or name
//! breaks them.

mod common;

use common::{NOW, Script, attempts, container, host, id};
use pilothouse::model::{Link, Problem, ProblemKind, State, Time};
use pilothouse::protocol::{Fact, Reply};
use pilothouse::store::message::Spot;
use pilothouse::view::{Look, colour::Depth, svg::svg, theme::Theme};
use proptest::prelude::*;

/// A scene by its name, ready but for its size.
fn scene(name: &str) -> Script {
    let mut script = match name {
        "connection" | "looking" => Script::empty(),
        "no-containers" => Script::connected(),
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
        "columns" => drop(script.keys("c")),
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
        "no-containers" => script.fact(Fact::Containers(Vec::new())),
        "no-match" => drop(script.keys("/nothing-like-it<enter>")),
        "stopped" => drop(script.keys("G")),
        other => panic!("no scene {other}"),
    }
    script.settle();
    script
}

const SCENES: [&str; 26] = [
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
    "columns",
    "journal",
    "record",
    "lost",
    "looking",
    "connection",
    "no-containers",
    "no-match",
    "stopped",
    "list",
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
