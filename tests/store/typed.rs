//! What is typed: command lines, the filters of menus and lists, prompts that hold something
//! already, forms whose words come late.

use pilothouse::config::Settings;
use pilothouse::model::{Problem, ProblemKind};
use pilothouse::protocol::{Command, Names, Reply};
use pilothouse::store::message::{Effect, Effects, Message};
use pilothouse::store::overlay::Overlay;

use super::common::Script;
use super::common::seen::{calls, form, menu, names, title, toast};
use super::select;

/// The programs of this machine that run, by their words.
fn programs(effects: &Effects) -> Vec<Vec<String>> {
    let commands = calls(effects).into_iter();
    let words = |command| match command {
        Command::Local(local) => Some(local.words),
        _ => None,
    };
    commands.filter_map(words).collect()
}

fn with_commands() -> Script {
    let mut s = Script::scene();
    let one = |name: &str, word: &str| {
        format!(
            "[[commands]]\nname = \"{name}\"\nrun = [\"{word}\", \"{{{{name}}}}\"]\nchanges = false\n"
        )
    };
    let text = [one("Inspect", "short"), one("Inspect template", "long")].concat();
    s.store.settings = Settings::parse(&text).unwrap();
    s
}

#[test]
fn a_name_with_a_blank_is_typed_as_it_is_or_in_quotes() {
    for (line, words) in [
        ("custom Inspect template", ["long", "web"]),
        ("custom web Inspect template", ["long", "web"]),
        ("custom 'Inspect template'", ["long", "web"]),
        ("custom db \"Inspect template\"", ["long", "db"]),
        ("custom Inspect", ["short", "web"]),
    ] {
        let mut s = with_commands();
        select(&mut s, "web");
        let effects = s.keys(&format!(":{line}<enter>"));
        assert_eq!(programs(&effects), [words], "{line}: {}", toast(&s));
    }
    // what is one word too many is told
    let mut s = with_commands();
    select(&mut s, "web");
    assert!(programs(&s.keys(":custom Inspect template nosuch<enter>")).is_empty());
    assert!(toast(&s).contains("nosuch"), "{}", toast(&s));
    // and the second word is completed
    let completed = s.keys(":custom Inspect te<tab><enter>");
    assert_eq!(programs(&completed), [["long", "web"]]);
}

#[test]
fn in_the_menu_of_hosts_the_cursor_stays_on_its_host() {
    let mut s = Script::several();
    s.size(80, 24).keys("H");
    let text = s.text();
    assert!(
        text.contains("space connect") && text.contains("del remove"),
        "{text}"
    );
    // the descriptions of others say `connected` and `protected`
    s.keys("ed");
    assert_eq!(menu(&s).chosen().unwrap().label, "edge");
    // ended, it stands behind those that are connected; then among them again
    for connected in [false, true] {
        s.keys("<space>");
        let chosen = menu(&s).chosen().unwrap();
        assert_eq!(
            (chosen.label.as_str(), chosen.switch),
            ("edge", Some(connected))
        );
    }
    // and where nothing is typed
    s.keys("<esc>H<down><space>");
    let chosen = menu(&s).chosen().unwrap();
    assert_eq!(
        (chosen.label.as_str(), chosen.switch),
        ("prod", Some(false))
    );
}

#[test]
fn keys_for_a_host_say_why_they_do_nothing_to_all_of_them() {
    for key in ["<ctrl-t>", "<ctrl-d>", "<ctrl-e>", "<del>", "<space>"] {
        let mut s = Script::several();
        s.keys("H");
        let effects = s.keys(key);
        assert!(effects.is_empty(), "{key}");
        assert_eq!(title(&s), "Hosts", "{key}");
        assert!(toast(&s).contains("`all`"), "{key}: {}", toast(&s));
    }
}

#[test]
fn networks_are_asked_for_when_they_are_needed_and_offered_when_they_come() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let effects = s.keys(":network-connect<enter>");
    assert_eq!(calls(&effects), [Command::Names]);
    let offered = |s: &Script| {
        let words = form(s).words.iter();
        words.map(|word| word.line.clone()).collect::<Vec<_>>()
    };
    s.keys("late");
    assert!(offered(&s).is_empty(), "{:?}", offered(&s));
    let named = |name: &str| {
        let networks = vec![name.to_owned()];
        Ok(Reply::Names(Box::new(Names {
            networks,
            ..Names::default()
        })))
    };
    s.answer(effects, &named("come-lately"));
    assert_eq!(offered(&s), ["come-lately"]);
    // all of them, asked for before they came
    s.keys("<esc><esc>y");
    let effects = s.keys(":network-connect<enter>");
    s.keys("<ctrl-n>");
    s.answer(effects, &named("asked-for"));
    assert!(
        offered(&s).contains(&"asked-for".to_owned()),
        "{:?}",
        offered(&s)
    );
    // and anew by the next form: what is gone is offered no more
    s.keys("<esc><esc>");
    assert_eq!(title(&s), "");
    let effects = s.keys(":network-connect<enter>");
    assert_eq!(calls(&effects), [Command::Names]);
    s.answer(effects, &named("later"));
    s.keys("late");
    assert_eq!(offered(&s), ["later"]);
}

#[test]
fn names_that_come_late_do_not_wipe_out_why_a_form_came_back() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let listed = s.keys(":network-connect<enter>");
    let sent = s.keys("nosuch<ctrl-s>");
    let problem = Problem::new(ProblemKind::NotFound, "could not connect web", "no nosuch");
    s.answer(sent, &Err(problem));
    let told = |s: &Script| form(s).is_wrong();
    assert!(told(&s));
    s.answer(listed, &Ok(Reply::Names(Box::default())));
    assert!(told(&s));
}

#[test]
fn a_path_from_the_root_takes_the_place_of_what_stood_there() {
    let mut s = Script::scene();
    let line = |s: &Script| match s.store.overlays.last() {
        Some(Overlay::Prompt(prompt)) => prompt.editor.text().to_owned(),
        other => panic!("no prompt but {other:?}"),
    };
    s.keys("<ctrl-s>/tmp/x");
    assert_eq!(line(&s), "/tmp/x");
    s.keys("<esc><ctrl-s>~/x");
    assert_eq!(line(&s), "~/x");
    s.keys("<esc><ctrl-s>");
    let preset = line(&s);
    s.store.apply(Message::Paste("/a/b".to_owned()));
    assert_eq!(line(&s), "/a/b");
    // what is no path from the root goes on from it, as does one after a change
    s.keys("<esc><ctrl-s>.gz");
    assert_eq!(line(&s), format!("{preset}.gz"));
    s.keys("<esc><ctrl-s><backspace>/x");
    assert_eq!(line(&s), format!("{}/x", &preset[..preset.len() - 1]));
}

#[test]
fn a_word_finds_events_by_what_happened() {
    let mut s = Script::eventful();
    s.keys("8/die<enter>");
    let found = names(&s);
    assert!(
        !found.is_empty() && found.iter().all(|event| event.ends_with(" die")),
        "{found:?}"
    );
    s.keys("<esc>/nginx<enter>");
    assert!(!names(&s).is_empty());
}

#[test]
fn what_is_no_host_is_named() {
    let mut s = Script::scene();
    let effects = s.keys(":connect nosuchhost<enter>");
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Resolve(_)))
    );
    let fault = "`nosuchhost`: an address begins with unix://, tcp:// or ssh://";
    assert_eq!(toast(&s), fault);
    let mut s = Script::several();
    s.keys(":connect stagin<enter>");
    assert!(
        toast(&s).ends_with("did you mean `staging`?"),
        "{}",
        toast(&s)
    );
}

#[test]
fn what_is_typed_shows_before_what_is_wrong_with_it() {
    let mut s = Script::scene();
    s.size(120, 40);
    let last = |s: &Script| s.text().lines().last().unwrap().to_owned();
    s.keys("/foo:bar");
    let line = last(&s);
    assert!(
        line.contains("filter /foo:bar ") && line.ends_with('…'),
        "{line}"
    );
    s.keys(&"x".repeat(40));
    let line = last(&s);
    let typed = format!("filter /foo:bar{} ", "x".repeat(40));
    assert!(line.contains(&typed) && line.ends_with('…'), "{line}");
    s.keys(&"x".repeat(40));
    let line = last(&s);
    let typed = line.split("filter /").nth(1).unwrap();
    let typed = typed.split("  ").next().unwrap();
    assert!(typed.starts_with('‹') && typed.len() > 50, "{line}");
}

#[test]
fn a_search_of_a_log_begins_empty_and_escape_leaves_the_one_before() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let searched = |s: &Script| {
        let search = s.store.selected_log_search()?;
        Some((search.text.clone(), search.is_regex))
    };
    let of = |text: &str, is_regex| Some((text.to_owned(), is_regex));
    let at = |s: &Script| {
        s.store
            .log_in_sight()
            .and_then(pilothouse::store::logs::Log::hit_place)
    };
    s.keys("l/timed out<enter>NN");
    let stood = at(&s);
    assert!(stood.is_some_and(|(at, all)| at > 0 && at < all));
    // nothing is typed: nothing is changed
    s.keys("/<enter>");
    assert_eq!((searched(&s), at(&s)), (of("timed out", false), stood));
    s.keys("/<esc>");
    assert_eq!((searched(&s), at(&s)), (of("timed out", false), stood));
    s.keys("/slow");
    assert_eq!(searched(&s), of("slow", false));
    s.keys("<esc>");
    assert_eq!((searched(&s), at(&s)), (of("timed out", false), stood));
    // the one before can be edited, or be meant as an expression
    s.keys("/x<up>");
    assert_eq!(searched(&s), of("timed out", false));
    s.keys("<down>");
    assert_eq!(searched(&s), of("x", false));
    s.keys("<esc>/<ctrl-r>");
    assert_eq!(searched(&s), of("timed out", true));
    s.keys("<esc>");
    assert_eq!(searched(&s), of("timed out", false));
    s.keys("<esc>");
    assert_eq!(searched(&s), None);
    s.keys("/slow<esc>");
    assert_eq!(searched(&s), None, "there was none before");
}

#[test]
fn a_search_of_a_page_begins_empty_and_escape_leaves_the_one_before() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let searched = |s: &Script| s.store.pages.view(s.store.stage.tab).search;
    s.keys("i/true<enter>/<enter>");
    assert_eq!(searched(&s), "true");
    s.keys("/im");
    assert_eq!(searched(&s), "im");
    assert!(!s.text().contains("0 hits"));
    s.keys("zzzz");
    assert!(s.text().contains("0 hits"), "{}", s.text());
    s.keys("<esc>");
    assert_eq!(searched(&s), "true");
    s.keys("/im<up>");
    assert_eq!(searched(&s), "true");
    s.keys("<enter><esc>");
    assert_eq!(searched(&s), "");
}
