//! Forms, by keys against a store: what is text and what is not, what is said of a wrong field and
//! when, what is asked before something typed is thrown away, and what a filled form asks for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod common;

use common::seen::form;
use common::{Script, host, id};
use pilothouse::form::{Field, Form, Kind, Section, Suggestion, Value};
use pilothouse::model::input::{Mouse, MouseDeed};
use pilothouse::model::{Problem, ProblemKind};
use pilothouse::protocol::{Command, Exec, Reply};
use pilothouse::store::actions::Call;
use pilothouse::store::form::{Place, Purpose};
use pilothouse::store::message::{Effect, Effects, Message, Spot};
use pilothouse::store::overlay::Overlay;

fn execs(effects: &Effects) -> Vec<Exec> {
    let exec = |effect: &Effect| match effect {
        Effect::Run(_, _, _, Command::Exec(exec)) => Some(exec.clone()),
        _ => None,
    };
    effects.iter().filter_map(exec).collect()
}

/// A form with a field of every kind, in two sections of which the second is folded.
fn every_kind(script: &mut Script) {
    let words = ["bridge", "host", "none"].map(|word| Suggestion::new(word, ""));
    let fields = vec![
        Field::new("name", "name", Kind::Text).needed(),
        Field::new("count", "count", Kind::Number),
        Field::new("memory", "memory", Kind::Bytes),
        Field::new("time", "time", Kind::Duration),
        Field::new("mode", "mode", Kind::Choice(words.to_vec())),
        Field::new("init", "init", Kind::Switch),
    ];
    let more = vec![
        Field::new("ports", "ports", Kind::Rows),
        Field::new("env", "env", Kind::Pairs).help("Variables.", ""),
        Field::new("password", "password", Kind::Secret),
        Field::new("file", "file", Kind::Path),
    ];
    let form = Form {
        title: "Every kind".to_owned(),
        verb: "Make",
        sections: vec![
            Section::new("first", fields),
            Section::new("second", more).folded("The rest."),
        ],
    };
    script.store.open_form(form, &NOTHING, Call::default());
}

const NOTHING: Purpose = Purpose {
    check: |_, _, values| {
        if values.text("name") == "memory" && !values.text("memory").is_empty() {
            let reason = "memory and its name must differ";
            return vec![pilothouse::form::Fault::of("memory", reason)];
        }
        Vec::new()
    },
    submit: |_, _, values| {
        if values.text("name") == "taken" {
            return Err(vec![pilothouse::form::Fault::of("name", "it is taken")]);
        }
        Ok(vec![Effect::Copy(format!("{values:?}"))])
    },
    ..Purpose::BASE
};

#[test]
fn a_command_is_asked_for_by_a_form() {
    let mut s = Script::scene();
    let mut effects = s.keys("Esh -c 'echo $A; q?:'<tab>1000:1000<tab>/srv<tab>A=b c<enter>B=d");
    effects.extend(s.keys("<ctrl-s>"));
    let asked = Exec {
        id: id("web"),
        command: ["sh", "-c", "echo $A; q?:"].map(str::to_owned).to_vec(),
        user: "1000:1000".into(),
        directory: "/srv".into(),
        env: vec!["A=b c".into(), "B=d".into()],
        tty: false,
        privileged: false,
    };
    assert_eq!(execs(&effects), [asked]);
    assert!(matches!(s.store.overlays.last(), Some(Overlay::Output(_))));
    // its lines show, can be searched, and its end is told where they are
    s.wrote(&effects, 40);
    s.answer(
        effects,
        &Ok(Reply::Exited {
            command: vec!["sh".into()],
            code: 3,
        }),
    );
    assert!(s.text().contains("exit code 3"), "{}", s.text());
    s.keys("/upstream<enter>");
    assert!(s.text().contains("hits"), "{}", s.text());
    s.keys("<esc>");
    assert!(s.store.selected_log_search().is_none());
    let saved = s.keys("<ctrl-s>out.txt<enter>");
    let text = saved.iter().find_map(|effect| match effect {
        Effect::Save(_, text) => Some(text.lines().count()),
        _ => None,
    });
    assert_eq!(text, Some(40));
    s.keys("q");
    assert!(s.store.overlays.is_empty());
    s.size(200, 50).keys("0");
    let line = "docker exec -e 'A=b c' -e B=d -u 1000:1000 -w /srv web sh -c";
    assert!(s.text().contains(line), "{}", s.text());
    // the next form knows what was run before
    s.keys("1E<ctrl-n>");
    assert_eq!(form(&s).words[0].about, "run before");
}

#[test]
fn a_failure_is_told_where_its_output_is_read() {
    let mut s = Script::scene();
    let effects = s.keys("Enope<ctrl-s>");
    let problem = Problem::new(
        ProblemKind::NotFound,
        "could not run nope",
        "no such program",
    );
    s.answer(effects, &Err(problem));
    let text = s.text();
    assert!(
        text.contains("could not run nope") && text.contains("no such program"),
        "{text}"
    );
}

/// The form of a new container on a host whose engine answers at an address, a volume's row in
/// focus.
fn volume_on(address: pilothouse::model::Address) -> Script {
    use pilothouse::model::{Link, Source};
    let mut s = Script::scene();
    s.store.paths.home = "/home/ann".into();
    s.fact(pilothouse::protocol::Fact::Link(Link::Up {
        address,
        source: Source::Given,
        since: common::NOW,
    }));
    s.keys("nbusybox<ctrl-f>volume<enter>");
    s
}

#[test]
fn paths_are_those_of_the_engines_machine() {
    use pilothouse::model::Address;
    use pilothouse::store::paths::Listing;
    let lists = |effects: Effects| {
        let list = |effect| match effect {
            Effect::ListFolder(folder, start) => Some((folder, start)),
            _ => None,
        };
        effects.into_iter().filter_map(list).collect::<Vec<_>>()
    };
    let words = |s: &Script| {
        let words = form(s).words.iter().map(|word| word.line.clone());
        words.collect::<Vec<_>>()
    };
    // here: asked for once, offered when the answer comes
    let mut s = volume_on(Address::Unix("/run/docker.sock".into()));
    let asked = lists(s.keys("~/sr"));
    assert_eq!(asked, [("~/".to_owned(), String::new())]);
    let answer = |start: &str, names: &[(&str, bool)]| {
        Message::Folder(Listing {
            folder: "~/".into(),
            start: start.into(),
            names: names.iter().map(|(n, f)| ((*n).to_owned(), *f)).collect(),
            cut: false,
        })
    };
    assert!(words(&s).is_empty());
    let names = [("src", true), ("srv.txt", false), ("other", true)];
    s.store.apply(answer("", &names));
    assert_eq!(words(&s), ["~/src/", "~/srv.txt"]);
    // a word that is a folder goes on
    let asked = lists(s.keys("<down><enter>"));
    assert_eq!(asked, [("~/src/".to_owned(), String::new())]);
    // an answer that nobody waits for any more opens nothing
    s.keys("<esc>");
    s.store.apply(Message::Folder(Listing {
        folder: "~/src/".into(),
        names: vec![("main.rs".into(), false)],
        ..Listing::default()
    }));
    assert!(words(&s).is_empty());
    assert!(lists(s.keys(":/data")).is_empty());
    assert_eq!(form(&s).values().rows("volume"), ["~/src/:/data"]);
    assert!(s.text().contains("-v /home/ann/src/:/data"), "{}", s.text());
    // elsewhere: no folder of this machine is read, and it is said whose paths they are
    let far = Address::Tcp {
        host: "far.example".into(),
        port: 2376,
    };
    let mut s = volume_on(far);
    assert!(s.text().contains("Paths are those of"), "{}", s.text());
    assert!(lists(s.keys("/sr")).is_empty());
    // but what the docker command reads is here
    assert_eq!(lists(s.keys("<ctrl-f>env-file<enter>ap")).len(), 1);
}

#[test]
fn the_terminal_goes_to_a_new_container_only_while_somebody_waits_for_it() {
    let begun = |s: &mut Script| {
        s.keys("n");
        s.store
            .apply(Message::Paste("docker run -it busybox sh".into()));
        let effects = s.keys("<ctrl-s>");
        match effects.as_slice() {
            [Effect::Plan(job, _, plan)] => {
                let last = plan.steps.last().unwrap();
                assert_eq!(last.deed.docker_line(), "docker start -ai ''");
                *job
            }
            other => panic!("no plan but {other:?}"),
        }
    };
    let mut s = Script::scene();
    let job = begun(&mut s);
    let asked = s.store.apply(Message::Asks(job));
    assert!(matches!(asked.as_slice(), [Effect::Lend(of)] if *of == job));
    // left by its keys: the pane that waited for it is gone
    let step = s.store.jobs.get(job).unwrap().steps.len() - 1;
    for done in 0..step {
        s.store.apply(Message::Done(job, done, Ok(Reply::Done)));
    }
    s.store.apply(Message::Done(job, step, Ok(Reply::Detached)));
    assert!(s.store.overlays.is_empty());
    // nothing is taken from who does something else
    let job = begun(&mut s);
    s.keys("q");
    let asked = s.store.apply(Message::Asks(job));
    assert!(matches!(asked.as_slice(), [Effect::Withhold(of)] if *of == job));
}

#[test]
fn one_with_the_terminal_opens_no_pane() {
    let mut s = Script::scene();
    let effects = s.keys("Etop<tab><tab><tab><tab> <ctrl-s>");
    assert!(execs(&effects)[0].tty);
    assert!(s.store.overlays.is_empty());
    s.answer(
        effects,
        &Ok(Reply::Exited {
            command: vec!["top".into()],
            code: 1,
        }),
    );
    assert!(s.text().contains("top in web ended with exit code 1"));
}

#[test]
fn wrong_values_are_told_as_they_are_typed_and_missing_ones_when_it_is_tried() {
    let mut s = Script::scene();
    every_kind(&mut s);
    assert!(form(&s).faults.is_empty());
    s.keys("<tab>x");
    assert_eq!(form(&s).faults[0].field, "count");
    s.keys("<backspace>3<tab>5q");
    assert!(form(&s).faults[0].reason.contains("as in 512m"));
    s.keys("<ctrl-u>5m<tab>5<ctrl-s>");
    let fields: Vec<&str> = form(&s).faults.iter().map(|f| f.field.as_ref()).collect();
    assert_eq!(fields, ["name", "time"]);
    assert_eq!(form(&s).focus, Place::Field(0, 0));
    // across fields, at once
    s.keys("memory");
    assert!(
        form(&s)
            .faults
            .iter()
            .any(|f| f.reason.contains("must differ"))
    );
    s.keys("<ctrl-u>taken<tab><tab><tab><ctrl-u>5s<ctrl-s>");
    // what the deed itself finds brings the form back with all its values
    assert_eq!(form(&s).faults[0].reason, "it is taken");
    assert_eq!(form(&s).values().text("memory"), "5m");
    let done = s.keys("<ctrl-u>free<ctrl-s>");
    assert!(matches!(done.as_slice(), [Effect::Copy(_)]));
    assert!(s.store.overlays.is_empty());
}

#[test]
fn what_was_typed_is_not_thrown_away_unasked() {
    let mut s = Script::scene();
    every_kind(&mut s);
    s.keys("<esc>");
    assert!(s.store.overlays.is_empty(), "nothing was typed");
    for leave in ["<esc>", "<ctrl-c>"] {
        every_kind(&mut s);
        s.keys(&format!("x{leave}"));
        assert!(s.text().contains("Throw away what was typed?"));
        s.keys("n");
        assert_eq!(form(&s).values().text("name"), "x");
        s.keys(&format!("{leave}y"));
        assert!(s.store.overlays.is_empty());
        assert!(!s.store.ending);
    }
    // beside it nothing is pressed
    every_kind(&mut s);
    s.keys("x");
    let press = Mouse {
        x: 1,
        y: 5,
        deed: MouseDeed::Press,
    };
    let painted = s.draw().1;
    s.store.apply(Message::Painted(painted));
    s.store.apply(Message::Mouse(press));
    assert_eq!(form(&s).values().text("name"), "x");
}

#[test]
fn sections_fold_and_fields_are_found() {
    let mut s = Script::scene();
    every_kind(&mut s);
    assert!(!s.text().contains("password"));
    s.keys("<ctrl-f>passw<enter>hunter2");
    let text = s.text();
    assert!(
        text.contains("password") && !text.contains("hunter2"),
        "{text}"
    );
    assert_eq!(form(&s).values().text("password"), "hunter2");
    s.keys("<up><up><up>");
    assert_eq!(form(&s).focus, Place::Section(1));
    s.keys("<enter>");
    assert!(form(&s).is_folded(1) && s.text().contains("1 set"));
    s.keys("<right>");
    assert!(!form(&s).is_folded(1));
}

#[test]
fn rows_grow_shrink_and_take_pasted_lines() {
    let mut s = Script::scene();
    every_kind(&mut s);
    s.keys("<ctrl-f>ports<enter>80<enter>81<enter>82");
    let ports = |s: &Script| form(s).values().rows("ports").to_vec();
    assert_eq!(ports(&s), ["80", "81", "82"]);
    // a row in the middle: opened, and gone when it was left empty
    s.keys("<up><up><enter>");
    assert_eq!(form(&s).focus, Place::Field(6, 1));
    s.keys("<down>");
    assert_eq!(ports(&s), ["80", "81", "82"]);
    assert_eq!(form(&s).focus, Place::Field(6, 1));
    s.keys("<ctrl-u>");
    assert_eq!(ports(&s), ["80", "82"]);
    s.keys("<ctrl-f>env<enter>");
    s.store
        .apply(Message::Paste("A=1\n\nB=2\r\nbad name=\n".into()));
    assert_eq!(form(&s).values().rows("env"), ["A=1", "B=2", "bad name="]);
    let wrong: Vec<usize> = form(&s).faults.iter().map(|fault| fault.row).collect();
    assert_eq!(wrong, [2]);
    // of a flood a part is taken, and that is told
    s.keys("<ctrl-f>ports<enter>");
    s.store.apply(Message::Paste("9\n".repeat(100_000)));
    assert!(ports(&s).len() <= 502, "{}", ports(&s).len());
    assert!(s.text().contains("its end is left out"), "{}", s.text());
    s.keys("<ctrl-f>env<enter>");
    assert!(s.text().contains("no name has one"), "{}", s.text());
}

#[test]
fn switches_and_choices_turn() {
    let mut s = Script::scene();
    every_kind(&mut s);
    s.keys("<tab><tab><tab><tab> ");
    assert_eq!(form(&s).values().text("mode"), "host");
    s.keys("<left><left>");
    assert_eq!(form(&s).values().text("mode"), "none");
    s.keys("b");
    assert_eq!(form(&s).values().text("mode"), "bridge");
    s.keys("<tab> ");
    assert!(form(&s).values().is_on("init"));
    s.keys("x");
    assert!(form(&s).values().is_on("init"));
}

#[test]
fn words_are_offered_and_taken() {
    let mut s = Script::scene();
    s.keys("Eps");
    assert!(form(&s).words.iter().any(|word| word.line == "ps aux"));
    s.keys("<esc>");
    assert!(form(&s).words.is_empty(), "the words go, the form stays");
    s.keys("<backspace>s<down><enter>");
    assert_eq!(form(&s).values().text("command"), "ps aux");
    assert!(form(&s).words.is_empty());
    assert!(form(&s).preview[0].lines[0].ends_with("web ps aux"));
}

#[test]
fn clicks_focus_turn_and_press() {
    let mut s = Script::scene();
    every_kind(&mut s);
    let click = |s: &mut Script, wanted: Place| {
        let places = form(s).places();
        let number = places.iter().position(|place| *place == wanted).unwrap();
        let painted = s.draw().1;
        let found = painted
            .spots
            .iter()
            .find(|(_, spot)| *spot == Spot::FormPlace(number));
        let (area, _) = found.unwrap().clone();
        s.store.apply(Message::Painted(painted));
        let (x, y) = (area.x + 1, area.y);
        s.store.apply(Message::Mouse(Mouse {
            x,
            y,
            deed: MouseDeed::Press,
        }))
    };
    click(&mut s, Place::Field(2, 0));
    assert_eq!(form(&s).focus, Place::Field(2, 0));
    click(&mut s, Place::Field(5, 0));
    assert_eq!(form(&s).values().get("init"), Some(&Value::On(true)));
    click(&mut s, Place::Section(1));
    assert!(!form(&s).is_folded(1));
    click(&mut s, Place::Field(0, 0));
    s.keys("web");
    let done = click(&mut s, Place::Submit);
    assert!(matches!(done.as_slice(), [Effect::Copy(_)]));
}

#[test]
fn every_printable_key_is_text() {
    let mut s = Script::scene();
    every_kind(&mut s);
    let all: String = (' '..='~').filter(|c| !"<".contains(*c)).collect();
    s.keys(&format!("x{all}"));
    assert_eq!(
        form(&s).values().text("name"),
        format!("x{}", all.trim_end())
    );
    assert_eq!(s.store.selected().map(|target| &target.host), Some(&host()));
}

#[test]
fn read_only_offers_no_command() {
    let mut s = Script::scene();
    s.store.settings.read_only = true;
    s.keys("E");
    assert!(s.store.overlays.is_empty());
}

/// A store with two commands of the person's own.
fn with_commands() -> Script {
    let mut s = Script::scene();
    let text = "[[commands]]\nname = \"Sizes\"\nkey = \"z\"\n\
                run = [\"du\", \"{{name}}:{{path}}\", \"{{image}}\"]\nask = [\"path\"]\n\
                changes = false\n\
                [[commands]]\nname = \"Bake\"\nrun = [\"bake\", \"{{id}}\"]\nin = \"terminal\"\n";
    s.store.settings.commands = pilothouse::config::Settings::parse(text).unwrap().commands;
    s
}

fn locals(effects: &Effects) -> Vec<(Vec<String>, bool)> {
    let local = |effect: &Effect| match effect {
        Effect::Run(_, _, _, Command::Local(local)) => Some((local.words.clone(), local.terminal)),
        _ => None,
    };
    effects.iter().filter_map(local).collect()
}

#[test]
fn a_command_of_ones_own_asks_fills_in_and_runs() {
    let mut s = with_commands();
    s.keys("!z<ctrl-s>");
    assert_eq!(form(&s).faults[0].reason, "path is missing");
    s.keys("/a b");
    assert_eq!(form(&s).preview[0].lines[0], "du 'web:/a b' nginx:1.27");
    let effects = s.keys("<ctrl-s>");
    let words = ["du", "web:/a b", "nginx:1.27"].map(str::to_owned).to_vec();
    assert_eq!(locals(&effects), [(words, false)]);
    assert!(matches!(s.store.overlays.last(), Some(Overlay::Output(_))));
    s.keys("q");
    // by its name, and with the terminal
    let effects = s.keys(":custom Bake<enter>");
    let words = vec!["bake".to_owned(), id("web").to_string()];
    assert_eq!(locals(&effects), [(words, true)]);
    assert!(s.store.overlays.is_empty());
    let others: Vec<_> = Script::scene().keys("!");
    assert!(others.is_empty());
}

#[test]
fn read_only_runs_only_what_says_that_it_changes_nothing() {
    let mut s = with_commands();
    s.store.settings.read_only = true;
    let refused = s.keys("!j<enter>");
    assert!(locals(&refused).is_empty());
    assert!(s.text().contains("it does not say that it changes nothing"));
    s.keys("<esc>");
    let refused = s.keys(":custom Bake<enter>");
    assert!(locals(&refused).is_empty());
    let effects = s.keys("!z/<ctrl-s>");
    assert_eq!(locals(&effects).len(), 1);
}
