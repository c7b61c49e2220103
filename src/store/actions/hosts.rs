//! What can be done about hosts: choose, connect, disconnect, keep, test; and what the connection
//! screen offers.

use super::{Action, Arg, Call, Danger, Scope};
use crate::config::HostSettings;
use crate::config::hosts::{ALL, name_fault};
use crate::model::{HostId, HostSpec, Kind, Origin};
use crate::store::Store;
use crate::store::dialogs;
use crate::store::menus;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::Overlay;

const ROW: Action = Action::BASE;
/// On the screen of the hosts.
const LISTED: Action = Action {
    scope: Scope::Hosts,
    ..Action::BASE
};
/// On the connection screen.
const CONNECT: Action = Action {
    scope: Scope::Connect,
    ..Action::BASE
};

/// What an address begins with.
const SCHEMES: [&str; 7] = [
    "unix://", "tcp://", "ssh://", "npipe://", "http://", "https://", "tls://",
];

/// How an engine is named that may be a known host or not.
const PLACE: &str = "name, ssh://host, tcp://host:port or unix:///path";

/// A known host by its name.
const HOST: Arg = Arg {
    name: "host",
    choices: |store| {
        store
            .roster
            .iter()
            .map(|spec| choice(store, spec))
            .collect()
    },
    preset: |store, _| {
        let chosen = store.list().cursor.as_ref();
        let chosen = chosen.filter(|target| target.kind == Kind::Host);
        let here = chosen.map(|target| target.host.clone());
        let here = here.or_else(|| store.host_here());
        here.map(|host| host.to_string()).unwrap_or_default()
    },
    ..Arg::TEXT
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "host.choose",
        keys: &["H"],
        label: "Hosts",
        about: "Choose among all known hosts: show one alone or all, connect, disconnect.",
        run: |store, _| {
            let menu = menus::hosts(store);
            store.overlays.push(Overlay::Menu(menu));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "host.show",
        label: "Show one host",
        about: "Show one host's objects alone, connecting it first if need be; `all` shows all.",
        word: "host",
        args: &[Arg {
            choices: |store| {
                let all = (ALL.to_owned(), "those of all connected hosts".to_owned());
                let known = store.roster.iter().map(|spec| choice(store, spec));
                [all].into_iter().chain(known).collect()
            },
            free: true,
            preset: |_, _| String::new(),
            check: |store, text| host_fault(store, text).filter(|_| text != ALL),
            ..HOST
        }],
        run: show,
        ..ROW
    },
    Action {
        id: "host.switch",
        keys: &["s"],
        label: "Connect or disconnect",
        about: "Connect the host under the cursor, or look at it no more; it stays known.",
        targets: true,
        footer: 2,
        run: switch,
        ..LISTED
    },
    Action {
        id: "host.disconnect",
        label: "Disconnect",
        about: "Look at a host no more; it stays known.",
        word: "disconnect",
        args: &[Arg {
            choices: |store| {
                let connected = |spec: &&HostSpec| store.world.hosts.contains_key(&spec.id);
                let hosts = store.roster.iter().filter(connected);
                hosts.map(|spec| choice(store, spec)).collect()
            },
            ..HOST
        }],
        run: |store, call| {
            let host = HostId::new(call.first());
            let effects = store.disconnect(&host);
            store
                .toasts
                .tell(format!("{host} is disconnected"), store.now);
            effects
        },
        ..ROW
    },
    Action {
        id: "host.add",
        keys: &["n"],
        label: "Add a host",
        about: "Keep a host in the settings, and connect it.",
        word: "host-add",
        args: &[ADDRESS, NAME],
        run: |_, call| {
            let host = HostSettings {
                address: call.first().to_owned(),
                name: call.words.get(1).cloned().unwrap_or_default(),
                ..HostSettings::default()
            };
            vec![Effect::KeepHost(None, Box::new(host))]
        },
        ..LISTED
    },
    Action {
        id: "host.edit",
        keys: &["E"],
        label: "Edit a host",
        about: "Change a host's address, and keep it in the settings.",
        word: "host-edit",
        args: &[
            HOST,
            Arg {
                preset: |store, call| store.host_settings(&HostId::new(call.first())).address,
                ..ADDRESS
            },
        ],
        run: |store, call| {
            let host = HostId::new(call.first());
            let settings = HostSettings {
                address: call.words.get(1).cloned().unwrap_or_default(),
                ..store.host_settings(&host)
            };
            vec![Effect::KeepHost(Some(host), Box::new(settings))]
        },
        ..LISTED
    },
    Action {
        id: "host.remove",
        keys: &["d", "del"],
        label: "Remove a host",
        about: "Take a host out of the settings; on the host itself nothing changes.",
        word: "host-remove",
        danger: Danger::Ask,
        question: dialogs::remove_host,
        args: &[Arg {
            choices: |store| {
                let ours = |spec: &&HostSpec| is_ours(spec.origin);
                let hosts = store.roster.iter().filter(ours);
                hosts.map(|spec| choice(store, spec)).collect()
            },
            check: |store, text| match store.roster.named(text) {
                None => Some(format!("no host is called `{text}`")),
                Some(spec) if is_ours(spec.origin) => None,
                Some(spec) => Some(format!(
                    "{text} comes from {}: it is removed there",
                    origin_word(spec.origin)
                )),
            },
            ..HOST
        }],
        run: |store, call| {
            let host = HostId::new(call.first());
            match store.roster.get(&host).map(|spec| spec.origin) {
                Some(Origin::Settings) => vec![Effect::DropHost(host)],
                _ => store.unknow(&host),
            }
        },
        ..LISTED
    },
    Action {
        id: "host.test",
        keys: &["T"],
        label: "Test a host",
        about: "Try whether a host's engine answers, without connecting it.",
        word: "host-test",
        args: &[HOST],
        run: |store, call| {
            let spec = store.roster.named(call.first()).cloned();
            spec.map(|spec| Effect::TestHost(Box::new(spec)))
                .into_iter()
                .collect()
        },
        ..LISTED
    },
    Action {
        id: "host.retry",
        keys: &["r", "enter"],
        label: "Try again",
        about: "Look for the engine again now.",
        footer: 1,
        run: |store, _| {
            store
                .world
                .hosts
                .keys()
                .cloned()
                .map(Effect::Retry)
                .collect()
        },
        ..CONNECT
    },
    Action {
        id: "host.connect",
        keys: &["h"],
        label: "Another host",
        about: "Connect another host beside those that are: a known one by its name, or an address.",
        word: "connect",
        footer: 2,
        args: &[Arg {
            name: PLACE,
            free: true,
            preset: |_, _| String::new(),
            check: |store, text| host_fault(store, text),
            ..HOST
        }],
        run: connect,
        ..CONNECT
    },
    Action {
        id: "host.demo",
        keys: &["d"],
        label: "Demo engine",
        about: "Try everything on a simulated engine; nothing real is touched.",
        word: "demo",
        footer: 3,
        run: |_, _| vec![Effect::Demo],
        ..CONNECT
    },
];

fn switch(store: &mut Store, call: &Call) -> Effects {
    let Some(host) = call.targets.first().map(|target| target.host.clone()) else {
        return Vec::new();
    };
    if store.world.hosts.contains_key(&host) {
        store.disconnect(&host)
    } else {
        store.connect(&host)
    }
}

/// Where an engine is.
const ADDRESS: Arg = Arg {
    name: "ssh://host, tcp://host:port or unix:///path",
    check: |_, text| address_fault(text),
    ..Arg::TEXT
};

/// What a new host is called.
const NAME: Arg = Arg {
    name: "name",
    preset: |_, call| {
        let address = call.first();
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let end = rest.find([':', '/']).unwrap_or(rest.len());
        rest[..end].to_owned()
    },
    check: |store, text| {
        let taken = || format!("a host is called {text} already");
        name_fault(text).or_else(|| store.roster.named(text).map(|_| taken()))
    },
    ..Arg::TEXT
};

/// A host as a choice: its name, and what it is.
fn choice(store: &Store, spec: &HostSpec) -> (String, String) {
    let about = format!("{} · {}", store.host_state(&spec.id), spec.place());
    (spec.id.to_string(), about)
}

/// Whether this program keeps it.
fn is_ours(origin: Origin) -> bool {
    matches!(origin, Origin::Settings | Origin::Typed)
}

/// Where a host is known from.
pub(in crate::store) fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Given => "the command line or DOCKER_HOST",
        Origin::Local => "the usual sockets",
        Origin::Context { current: true } => "Docker's current context",
        Origin::Context { current: false } => "a Docker context",
        Origin::Settings => "the settings",
        Origin::Ssh => "~/.ssh/config",
        Origin::Typed => "this session",
        Origin::Demo => "the demo",
    }
}

fn address_fault(text: &str) -> Option<String> {
    let known = SCHEMES.iter().any(|scheme| text.starts_with(scheme));
    (!known).then(|| "an address begins with unix://, tcp:// or ssh://".to_owned())
}

/// What is wrong with what was typed for a host: a name or an address.
fn host_fault(store: &Store, text: &str) -> Option<String> {
    if store.roster.named(text).is_some() {
        return None;
    }
    address_fault(text)
}

/// Connects a host beside the others, and lets it be seen.
fn connect(store: &mut Store, call: &Call) -> Effects {
    let Some(host) = store.roster.named(call.first()).map(|spec| spec.id.clone()) else {
        return vec![Effect::Resolve(call.first().to_owned())];
    };
    if store
        .world
        .scope
        .as_ref()
        .is_some_and(|scope| *scope != host)
    {
        store.show_host(None);
    }
    if store.world.hosts.contains_key(&host) {
        return vec![Effect::Retry(host)];
    }
    let mut effects = Vec::new();
    if !store.world.is_loaded() {
        effects.extend(store.give_up(&host));
    }
    effects.extend(store.connect(&host));
    effects
}

/// Shows one host alone, or all.
fn show(store: &mut Store, call: &Call) -> Effects {
    if call.first() == ALL {
        store.show_host(None);
        return Vec::new();
    }
    match store.roster.named(call.first()).map(|spec| spec.id.clone()) {
        Some(host) => store.show_alone(&host),
        None => vec![Effect::Resolve(call.first().to_owned())],
    }
}
