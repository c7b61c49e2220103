//! Every key can be changed: each row of the action table on another key does what it did, and
//! its old keys do nothing of it any more. Faults in bindings say where they are.

#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "what cannot be set up fails its test"
)]

use std::collections::BTreeSet;

use chrono::FixedOffset;
use pilothouse::config::{Settings, keymaps};
use pilothouse::model::container::{Container, Port, State};
use pilothouse::model::input::{Key, Size};
use pilothouse::model::{Address, HostId, Id, Link, Source, Time};
use pilothouse::protocol::Fact;
use pilothouse::store::Store;
use pilothouse::store::actions::{self, Action, Call, Scope};
use pilothouse::store::keymap::Keymap;
use pilothouse::store::message::Message;
use pilothouse::store::stage::{Pane, Screen, Tab};

/// The spare key: no action has it.
const SPARE: &str = "f20";

fn settings(text: &str) -> Settings {
    Settings::parse(text).unwrap()
}

fn store(text: &str) -> Store {
    let zone = FixedOffset::east_opt(0).unwrap();
    let mut store = Store::new(settings(text), text, Time(1_700_000_000_000), zone).unwrap();
    let _ = store.apply(Message::Resize(Size {
        width: 160,
        height: 50,
    }));
    store
}

/// A settings file that gives an action the spare key.
fn rebound(action: &Action) -> String {
    format!("[keys]\n\"{}\" = \"{SPARE}\"\n", action.id)
}

/// A place where a scope's keys are live.
fn scopes(scope: Scope) -> Vec<Scope> {
    match scope {
        Scope::Global => vec![Scope::Global],
        Scope::List | Scope::Containers => vec![Scope::List, Scope::Containers, Scope::Global],
        Scope::Logs => vec![Scope::Logs, Scope::Containers, Scope::Global],
        Scope::Page => vec![Scope::Page, Scope::Containers, Scope::Global],
        Scope::Stats => vec![Scope::Stats, Scope::Containers, Scope::Global],
        Scope::Processes | Scope::Files | Scope::Ports => {
            vec![scope, Scope::Page, Scope::Containers, Scope::Global]
        }
        Scope::Journal => vec![Scope::Journal, Scope::Global],
        Scope::Hosts => vec![Scope::Hosts, Scope::List, Scope::Global],
        Scope::Events => vec![Scope::Events, Scope::List, Scope::Global],
        Scope::Health => vec![Scope::Health, Scope::List, Scope::Containers, Scope::Global],
        Scope::Connect => vec![Scope::Connect, Scope::Global],
    }
}

#[test]
fn every_action_can_have_another_key() {
    let spare: Key = SPARE.parse().unwrap();
    for action in actions::all() {
        let text = rebound(action);
        let keymap = Keymap::new(&settings(&text), &text).unwrap();
        let live = scopes(action.scope);
        let found = keymap.action(&live, spare).map(|found| found.id);
        assert_eq!(found, Some(action.id));
        assert_eq!(keymap.keys(action), [spare]);
        for old in action.default_keys() {
            let found = keymap.action(&live, old).map(|found| found.id);
            assert_ne!(found, Some(action.id), "{old} still works");
        }
        // and the documents and menus say the new one
        let document = actions::keys_document(&keymap);
        let row = document
            .lines()
            .find(|row| row.starts_with(&format!("| {} |", action.id)));
        assert!(row.is_some_and(|row| row.contains("`f20`")), "{row:?}");
    }
}

/// A store in which the keys of a scope are live and something is selected.
fn standing_in(scope: Scope, text: &str) -> Store {
    let mut store = scene(text, scope != Scope::Connect);
    match scope {
        Scope::Global | Scope::List | Scope::Containers | Scope::Connect => {}
        Scope::Logs => (store.stage.pane, store.stage.tab) = (Pane::Detail, Tab::Logs),
        Scope::Page => (store.stage.pane, store.stage.tab) = (Pane::Detail, Tab::Mounts),
        Scope::Stats => (store.stage.pane, store.stage.tab) = (Pane::Detail, Tab::Stats),
        Scope::Ports => (store.stage.pane, store.stage.tab) = (Pane::Detail, Tab::Ports),
        Scope::Journal => store.stage.show(Screen::Journal),
        Scope::Hosts => store.stage.show(Screen::Hosts),
        Scope::Files => (store.stage.pane, store.stage.tab) = (Pane::Detail, Tab::Files),
        Scope::Processes => (store.stage.pane, store.stage.tab) = (Pane::Detail, Tab::Processes),
        Scope::Events => store.stage.show(Screen::Events),
        Scope::Health => store.stage.show(Screen::Health),
    }
    store.settle();
    store
}

fn scene(text: &str, loaded: bool) -> Store {
    let mut store = store(text);
    let host = HostId::new("local");
    let now = store.now;
    if loaded {
        let up = Link::Up {
            address: Address::Unix("/run/docker.sock".into()),
            source: Source::Given,
            since: now,
        };
        let _ = store.apply(Message::Fact(host.clone(), Fact::Link(up)));
        let containers = ["web", "db"].map(container);
        let listed = Fact::Containers(containers.to_vec());
        let _ = store.apply(Message::Fact(host, listed));
    } else {
        let connecting = Link::Connecting { since: now };
        let _ = store.apply(Message::Fact(host, Fact::Link(connecting)));
    }
    store.settle();
    store
}

fn container(name: &str) -> Container {
    Container {
        id: Id::new(&format!("{name:0>12}")),
        name: name.into(),
        image: "nginx".into(),
        command: "".into(),
        created: Time(1_600_000_000_000),
        state: State::Running,
        status: "Up 2 hours".into(),
        health: None,
        exit_code: None,
        ports: vec![Port {
            private: 80,
            public: Some(8080),
            ip: None,
            protocol: "tcp".into(),
        }],
        networks: Vec::new(),
        labels: pilothouse::model::Labels::default(),
        mounts: Vec::new(),
        brief: None,
    }
}

/// What a person would notice: all state but what says which key it is on.
fn noticed(store: &Store, effects: &[pilothouse::store::message::Effect]) -> String {
    let mut bare = format!("{effects:?}");
    bare += &format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
        store.stage,
        store.list(),
        store.logs,
        store.pages,
        store.overlays,
        store.jobs,
        store.toasts,
        store.settings.logs,
        store.ending
    );
    bare
}

#[test]
fn the_new_key_acts_and_the_old_ones_are_dead() {
    let spare: Key = SPARE.parse().unwrap();
    let mut unseen = Vec::new();
    for action in actions::all() {
        let text = rebound(action);
        // what the action does when it is called without any key
        let mut called = standing_in(action.scope, &text);
        let mut idle = standing_in(action.scope, &text);
        idle.settle();
        let still = noticed(&idle, &[]);
        let effects = called.invoke(action, Call::default());
        called.settle();
        let deed = noticed(&called, &effects);

        let mut typed = standing_in(action.scope, &text);
        assert!(typed.is_live(action), "{} is not live there", action.id);
        let effects = typed.apply(Message::Key(spare));
        typed.settle();
        assert_eq!(
            noticed(&typed, &effects),
            deed,
            "{} by its new key",
            action.id
        );

        // where the old key has another meaning in the same place, that one holds
        for old in action.default_keys() {
            let mut dead = standing_in(action.scope, &text);
            let live = dead.scopes();
            // Ctrl-c ends the program whatever the table says
            if dead.keymap.action(&live, old).is_some() || old == Key::ctrl('c') {
                continue;
            }
            let effects = dead.apply(Message::Key(old));
            dead.settle();
            assert_eq!(noticed(&dead, &effects), still, "{} by {old}", action.id);
        }
        // most can be seen to act even here; the rest have nothing to act upon
        let idle = BTreeSet::from([
            "cursor.up",
            "cursor.page_up",
            "cursor.half_up",
            "cursor.first",
            "list.fold",
            "logs.next_hit",
            "logs.previous_hit",
            "logs.right",
            "page.unfold",
            "page.copy_value",
            "page.copy_path",
            "screen.containers",
            "journal.open",
            "health.go",
            // hidden but where an upgrade was left half done
            "container.upgrade_finish",
            "container.upgrade_undo",
            "journal.copy",
            "app.escape",
        ]);
        if !idle.contains(action.id) && deed == still {
            unseen.push(action.id);
        }
    }
    assert!(unseen.is_empty(), "did nothing: {unseen:?}");
}

#[test]
fn several_keys_and_none_can_be_given() {
    let text = "[keys]\n\"container.restart\" = [\"f20\", \"alt-r\"]\n\"container.remove\" = []\n";
    let store = store(text);
    let action = actions::find("container.restart").unwrap();
    assert_eq!(store.keymap.keys(action).len(), 2);
    let action = actions::find("container.remove").unwrap();
    assert!(store.keymap.keys(action).is_empty());
    // two actions can change places
    let text = "[keys]\n\"container.restart\" = \"p\"\n\"container.pause_or_unpause\" = \"r\"\n";
    let store = self::store(text);
    let live = scopes(Scope::Containers);
    let found = store.keymap.action(&live, Key::char('p')).unwrap();
    assert_eq!(found.id, "container.restart");
}

#[test]
fn a_wrong_binding_is_told_with_its_line() {
    let fault = |text: &str| Keymap::new(&settings(text), text).unwrap_err();
    // every action on the first key of another in its scope
    for action in actions::all() {
        let other = actions::all().find(|other| {
            other.scope == action.scope && other.id != action.id && !other.keys.is_empty()
        });
        let Some(other) = other else { continue };
        let text = format!(
            "# mine\n\n[keys]\n\"{}\" = \"{}\"\n",
            action.id, other.keys[0]
        );
        let fault = fault(&text);
        assert_eq!(fault.line, Some(4), "{fault}");
        assert!(
            fault.message.contains(action.id) && fault.message.contains(other.id),
            "{fault}"
        );
    }
    let unknown = fault("[keys]\n\"container.restrat\" = \"f20\"\n");
    assert_eq!(unknown.line, Some(2));
    assert!(unknown.message.contains("`container.restart`"), "{unknown}");
    for name in ["hyper-x", "f99", "", "shift-a", "ctrl-"] {
        let text = format!("\n[keys]\n\"container.restart\" = \"{name}\"\n");
        assert_eq!(fault(&text).line, Some(3), "{name}");
    }
    // one key twice for one action is no clash with another
    let text = "[keys]\n\"container.restart\" = [\"f20\", \"f20\"]\n";
    if let Err(fault) = Keymap::new(&settings(text), text) {
        assert_eq!(fault.line, Some(2), "{fault}");
    }
}

/// A keymap, where one is, and its keys there with the action of each.
type Hands = (&'static str, Scope, &'static [(&'static str, &'static str)]);

/// Keys of other programs and what they do there, by the nearest action here: in a list, in a log,
/// in a menu.
const HANDS: [Hands; 7] = [
    (
        "lazydocker",
        Scope::List,
        &[
            ("j", "cursor.down"),
            ("l", "list.open"),
            ("enter", "list.open"),
            ("[", "tab.previous"),
            ("]", "tab.next"),
            ("/", "list.filter"),
            ("d", "container.remove"),
            ("e", "list.stopped"),
            ("p", "container.pause_or_unpause"),
            ("s", "container.stop_or_start"),
            ("r", "container.restart"),
            ("R", "container.restart_options"),
            ("a", "container.attach"),
            ("m", "container.logs"),
            ("E", "container.shell"),
            ("c", "container.commands"),
            ("X", "container.exec"),
            ("b", "container.bulk"),
            ("w", "container.open_port"),
            ("x", "container.menu"),
            ("q", "app.back"),
        ],
    ),
    (
        "lazydocker",
        Scope::Logs,
        &[
            ("h", "logs.left"),
            ("l", "logs.right"),
            ("esc", "app.escape"),
        ],
    ),
    ("lazydocker", Scope::Stats, &[("h", "stats.leave")]),
    (
        "k9s",
        Scope::List,
        &[
            ("j", "cursor.down"),
            ("g", "cursor.first"),
            ("G", "cursor.last"),
            ("ctrl-f", "cursor.page_down"),
            ("ctrl-b", "cursor.page_up"),
            ("enter", "list.open"),
            ("l", "container.logs"),
            ("s", "container.shell"),
            ("a", "container.attach"),
            ("d", "container.inspect"),
            ("y", "container.inspect"),
            ("r", "container.restart"),
            ("ctrl-k", "container.kill"),
            ("F", "port.forward"),
            ("c", "app.copy"),
            ("space", "list.mark"),
            ("ctrl-space", "list.mark_range"),
            ("shift-left", "list.sort_previous"),
            ("shift-right", "list.sort_next"),
            ("ctrl-r", "app.refresh"),
            ("ctrl-s", "app.save"),
            (":", "app.command"),
            ("/", "list.filter"),
            ("?", "app.help"),
            ("esc", "app.escape"),
        ],
    ),
    (
        "k9s",
        Scope::Logs,
        &[
            ("s", "logs.follow"),
            ("t", "logs.times"),
            ("w", "logs.wrap"),
            ("c", "app.copy"),
            ("/", "logs.search"),
        ],
    ),
    (
        "ctop",
        Scope::List,
        &[
            ("k", "cursor.up"),
            ("ctrl-down", "cursor.page_down"),
            ("enter", "container.menu"),
            ("a", "list.stopped"),
            ("f", "list.filter"),
            ("h", "app.help"),
            ("s", "list.sort"),
            ("r", "list.reverse"),
            ("c", "list.columns"),
            ("o", "list.open"),
            ("l", "container.logs"),
            ("e", "container.shell"),
            ("w", "container.open_port"),
            ("R", "container.remove"),
            ("S", "app.save_preferences"),
            ("q", "app.back"),
        ],
    ),
    ("ctop", Scope::Logs, &[("t", "logs.times")]),
];

#[test]
fn other_programs_keys_do_what_they_do_there() {
    for (name, scope, hands) in HANDS {
        let text = format!("keymap = \"{name}\"\n");
        for (key, id) in hands {
            let key: Key = key.parse().unwrap();
            let action = actions::find(id).unwrap();
            let mut called = standing_in(scope, &text);
            let effects = called.invoke(action, Call::default());
            called.settle();
            let deed = noticed(&called, &effects);
            let mut typed = standing_in(scope, &text);
            let effects = typed.apply(Message::Key(key));
            typed.settle();
            assert_eq!(noticed(&typed, &effects), deed, "{name}: {key} as {id}");
            let live = typed
                .keymap
                .action(&standing_in(scope, &text).scopes(), key);
            assert_eq!(live.map(|action| action.id), Some(*id), "{name}: {key}");
        }
    }
}

#[test]
fn in_the_menu_of_ctop_its_letters_choose() {
    let mut store = standing_in(Scope::List, "keymap = \"ctop\"\n");
    let _ = store.apply(Message::Key("enter".parse().unwrap()));
    let _ = store.apply(Message::Key(Key::char('s')));
    assert!(format!("{:?}", store.overlays).contains("Stop db?"));
}

#[test]
fn no_keymap_deletes_by_ctrl_d_nor_takes_a_key_from_itself() {
    let names = keymaps::SHIPPED.map(|(name, _)| name);
    for name in names.into_iter().chain([keymaps::DEFAULT]) {
        let text = format!("keymap = \"{name}\"\n");
        let keymap = Keymap::new(&settings(&text), &text).unwrap();
        for (scope, _) in Scope::ALL {
            let half = keymap.action(&scopes(scope), Key::ctrl('d')).unwrap();
            assert_eq!(half.id, "cursor.half_down", "{name}");
        }
        // whatever it names is said in full: no row repeats the table's own keys
        for (id, keys) in keymaps::find(name).unwrap() {
            let action = actions::find(&id).unwrap();
            assert!(keys.names() != action.keys, "{name}: {id} is so already");
        }
    }
}

#[test]
fn a_persons_keys_go_before_those_of_a_keymap() {
    let text = "keymap = \"k9s\"\n[keys]\n\"container.shell\" = \"f20\"\n";
    let keymap = Keymap::new(&settings(text), text).unwrap();
    let live = scopes(Scope::Containers);
    let found = |key: &str| keymap.action(&live, key.parse().unwrap()).map(|a| a.id);
    assert_eq!(found("f20"), Some("container.shell"));
    assert_eq!(found("s"), None);
    assert_eq!(found("t"), Some("container.stop_or_start"));
    // and clash with them as with the table's
    let text = "keymap = \"k9s\"\n[keys]\n\"container.restart\" = \"s\"\n";
    let fault = Keymap::new(&settings(text), text).unwrap_err();
    assert_eq!(fault.line, Some(3), "{fault}");
    assert!(fault.message.contains("container.shell"), "{fault}");
    let fault = Settings::parse("\nkeymap = \"k9\"\n").unwrap_err();
    assert_eq!(fault.line, Some(2));
    assert!(fault.message.contains("did you mean `k9s`"), "{fault}");
}
