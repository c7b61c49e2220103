//! The rules of `docs/architecture.md`, read from the sources: who may use whom, how long a file
//! may be, what every action says of itself, and that generated documents are what they say.

#![expect(clippy::unwrap_used, reason = "a fault here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pilothouse::config::Settings;
use pilothouse::store::actions;
use pilothouse::store::keymap::Keymap;

/// Lines of a file at most, without the tests inside it.
const LONGEST: usize = 500;

/// What each module may use of this crate.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("os", &[]),
    ("spec", &["model"]),
    ("protocol", &["model", "spec"]),
    ("plans", &["model", "spec", "protocol"]),
    ("config", &["model"]),
    ("resource", &["model"]),
    ("form", &["model", "spec", "protocol", "config"]),
    (
        "store",
        &[
            "model", "spec", "protocol", "plans", "config", "resource", "form",
        ],
    ),
    (
        "view",
        &["model", "protocol", "config", "resource", "form", "store"],
    ),
    ("engine", &["model", "spec", "protocol", "os"]),
    ("demo", &["os"]),
    ("terminal", &["model"]),
    ("cli", &[]),
    (
        "app",
        &[
            "model", "protocol", "config", "resource", "form", "store", "view", "engine", "demo",
            "terminal", "cli", "headless", "os",
        ],
    ),
    ("headless", &["model", "spec", "cli"]),
    ("main", &["app", "cli"]),
    ("lib", &[]),
];

/// Libraries that only these modules may use.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("crossterm", &["terminal"]),
    ("ratatui", &["view", "terminal"]),
    ("ratatui_crossterm", &["terminal"]),
    ("bollard", &["engine"]),
    ("hyper", &["engine", "demo"]),
    ("rustls", &["engine"]),
    ("tui_textarea", &["store"]),
    ("clap", &["cli", "main"]),
    ("rustix", &["os", "terminal", "engine"]),
    ("tokio", &["app", "engine", "demo", "terminal", "os"]),
];

/// Files that may tell operating systems apart; in all others all systems are the same.
const SYSTEMS: &[&str] = &[
    // two halves with the same names
    "os/mod.rs",
    "terminal/mod.rs",
    "engine/mod.rs",
    "engine/transport/way.rs",
    // what the systems have other words and places for
    "model/address.rs",
    "model/host.rs",
    "engine/locate.rs",
    "engine/route.rs",
    "view/colour.rs",
    // which program opens a page
    "app/effects.rs",
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The module at the top level that a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The text of a file before its tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap()
}

#[test]
fn modules_use_only_what_they_may() {
    let edges: BTreeMap<_, _> = EDGES.iter().copied().collect();
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        let allowed = edges
            .get(own.as_str())
            .unwrap_or_else(|| panic!("no rule for {own}"));
        let text = without_tests(&text);
        let used: BTreeSet<&str> = text
            .split("crate::")
            .skip(1)
            .map(|rest| {
                rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap()
            })
            .filter(|name| edges.contains_key(name))
            .collect();
        for name in used {
            if name != own && !allowed.contains(&name) {
                faults.push(format!("{} uses crate::{name}", path.display()));
            }
        }
        for (library, users) in OUTSIDE {
            let uses = text.contains(&format!("use {library}::"))
                || text.contains(&format!(" {library}::"));
            if uses && !users.contains(&own.as_str()) {
                faults.push(format!("{} uses {library}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_editor_knows_the_text_area() {
    for (path, text) in sources() {
        assert!(
            !text.contains("tui_textarea") || path.ends_with("store/editor.rs"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn few_files_tell_systems_apart() {
    const ASKED: &[&str] = &["unix", "windows", "target_os", "target_family"];
    const HALVES: &[&str] = &[
        "std::os::",
        "rustix::",
        "net::unix",
        "net::windows",
        "UnixStream",
        "UnixListener",
        "signal::unix",
        "signal::windows",
    ];
    let mut asking = BTreeSet::new();
    let is_test = |path: &Path| path.to_string_lossy().ends_with("_tests.rs");
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test(path)) {
        let text = without_tests(&text);
        let mut conditions = text.split("cfg").skip(1).filter_map(|rest| {
            let rest = rest.strip_prefix("_attr").unwrap_or(rest);
            rest.trim_start_matches('!').strip_prefix('(')
        });
        let asks = conditions.any(|condition| {
            let condition = condition.split([')', ',']).next().unwrap();
            ASKED.iter().any(|asked| condition.contains(asked))
        });
        let halves = HALVES.iter().any(|name| text.contains(name));
        let is_half = ["unix", "windows", "tunnel"]
            .iter()
            .any(|half| path.components().any(|part| part.as_os_str() == *half));
        assert!(
            !halves || is_half,
            "{} is for one system alone",
            path.display()
        );
        if asks {
            let path = path.strip_prefix("src").unwrap();
            asking.insert(path.to_string_lossy().replace('\\', "/"));
        }
    }
    let named: BTreeSet<String> = SYSTEMS.iter().map(|&path| path.to_owned()).collect();
    assert_eq!(asking, named);
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            faults.push(format!("{} does not say what it is for", path.display()));
        }
        let lines = without_tests(&text).lines().count();
        let is_test = path.to_string_lossy().ends_with("_tests.rs");
        if lines > LONGEST && !is_test {
            faults.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_action_says_what_it_is() {
    let (mut ids, mut words) = (BTreeSet::new(), BTreeSet::new());
    for action in actions::all() {
        let id = action.id;
        assert!(ids.insert(id), "{id} stands twice in the table");
        assert!(id.contains('.'), "{id} has no subject");
        assert!(!action.label.is_empty(), "{id} has no label");
        assert!(
            action.about.ends_with('.') && action.about.len() > 10,
            "{id} says nothing"
        );
        assert_eq!(
            action.default_keys().len(),
            action.keys.len(),
            "{id} has a key that is none"
        );
        assert!(
            action.word.is_empty() || words.insert(action.word),
            "`:{}` twice",
            action.word
        );
        assert!(
            !(action.keys.is_empty() && action.word.is_empty())
                || action.scope == actions::Scope::Containers,
            "{id} cannot be reached"
        );
    }
}

#[test]
fn no_key_has_two_meanings_in_one_place() {
    Keymap::new(&Settings::default(), "").unwrap();
}

#[test]
fn the_document_of_keys_is_the_table() {
    let keymap = Keymap::new(&Settings::default(), "").unwrap();
    let document = actions::keys_document(&keymap);
    let written = fs::read_to_string("docs/keys.md").unwrap_or_default();
    assert!(written == document, "docs/keys.md is old: run `just keys`");
}

#[test]
fn the_document_of_options_is_the_table() {
    let written = fs::read_to_string("docs/run.md").unwrap_or_default();
    let document = pilothouse::spec::options::document();
    assert!(written == document, "docs/run.md is old: run `just keys`");
}
