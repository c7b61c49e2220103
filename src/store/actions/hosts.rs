//! What can be done about hosts: choose, connect, disconnect, keep, test; and what the connection
//! screen offers.

use super::{Action, Arg, Call, Danger, Scope};
use crate::config::HostSettings;
use crate::config::hosts::{ALL, CONTEXT, keep};
use crate::form::{Preview, Suggestion, host};
use crate::model::{HostId, HostSpec, Kind, Origin, Source};
use crate::store::Store;
use crate::store::dialogs;
use crate::store::form::{Purpose, Trial};
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
        let here = meant(store, &Call::default());
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
        args: &[Arg {
            needed: false,
            ..ADDRESS
        }],
        run: |store, call| {
            let settings = HostSettings {
                address: call.first().to_owned(),
                ..HostSettings::default()
            };
            open(store, &settings, Call::default());
            Vec::new()
        },
        ..LISTED
    },
    Action {
        id: "host.edit",
        keys: &["E"],
        label: "Edit a host",
        about: "Change a host's address, name, colour and rights, and keep it in the settings.",
        word: "host-edit",
        args: &[ONE],
        run: |store, call| {
            if let Some(host) = meant(store, call) {
                let settings = store.host_settings(&host);
                open(store, &settings, Call::word(host.as_str()));
            }
            Vec::new()
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
        question: |action, store, call| {
            let host = meant(store, call).filter(|host| is_ours(store, host))?;
            Some(dialogs::remove_host(action, store, &host))
        },
        args: &[Arg {
            choices: |store| {
                let ours = |spec: &&HostSpec| is_ours(store, &spec.id);
                let hosts = store.roster.iter().filter(ours);
                hosts.map(|spec| choice(store, spec)).collect()
            },
            ..ONE
        }],
        run: remove,
        ..LISTED
    },
    Action {
        id: "host.test",
        keys: &["T"],
        label: "Test a host",
        about: "Try whether a host's engine answers, without connecting it.",
        word: "host-test",
        args: &[ONE],
        run: |store, call| {
            let host = meant(store, call);
            match host.and_then(|host| store.roster.get(&host)).cloned() {
                Some(spec) => vec![Effect::TestHost(Box::new(spec))],
                None => nobody(store),
            }
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

/// A known host by its name; none: the one under the cursor, else the one that is looked at.
pub(super) const ONE: Arg = Arg {
    needed: false,
    check: |store, text| {
        let unknown = || format!("no host is called `{text}`");
        store.roster.named(text).is_none().then(unknown)
    },
    ..HOST
};

/// What the form of a host is for.
const FORM: Purpose = Purpose {
    check: |store, call, values| {
        let taken = |name: &str| name != call.first() && store.roster.named(name).is_some();
        host::faults(&host::settings(values), taken)
    },
    preview: |_, _, values| {
        let settings = host::settings(values);
        // a host that cannot be written is none yet
        let text = keep("", "", &settings).unwrap_or_default();
        let lines = text.lines().map(str::to_owned).collect();
        vec![Preview::text("settings", lines)]
    },
    submit: |_, call, values| {
        let before = call.words.first().map(|name| HostId::new(name));
        let settings = host::settings(values);
        Ok(vec![Effect::KeepHost(before, Box::new(settings))])
    },
    trial: Some(Trial {
        verb: "Test",
        run: |_, _, values| vec![Effect::TryHost(Box::new(host::settings(values)))],
    }),
    ..Purpose::BASE
};

/// Opens the form of a host.
fn open(store: &mut Store, settings: &HostSettings, call: Call) {
    let known = store.roster.iter().filter_map(|spec| {
        let address = match spec.candidates.first().map(|first| &first.source) {
            Some(Source::Context(name)) => format!("{CONTEXT}{name}"),
            _ => spec.place().to_owned(),
        };
        let about = format!("{} · {}", spec.id, origin_word(spec.origin));
        address
            .contains("://")
            .then(|| Suggestion::new(address, about))
    });
    let form = host::form(settings, known.collect());
    store.open_form(form, &FORM, call);
}

/// The host that is meant: the named one, else the one under the cursor, else the one that is
/// looked at.
pub(in crate::store) fn meant(store: &Store, call: &Call) -> Option<HostId> {
    if let Some(name) = call.words.first() {
        return store.roster.named(name).map(|spec| spec.id.clone());
    }
    let chosen = store.list().cursor.as_ref();
    let chosen = chosen.filter(|target| target.kind == Kind::Host);
    chosen
        .map(|target| target.host.clone())
        .or_else(|| store.host_here())
}

fn remove(store: &mut Store, call: &Call) -> Effects {
    let Some(host) = meant(store, call) else {
        return nobody(store);
    };
    match store.roster.get(&host).map(|spec| spec.origin) {
        Some(Origin::Settings) => vec![Effect::DropHost(host)],
        Some(Origin::Typed) => store.unknow(&host),
        Some(origin) => {
            let text = format!(
                "{host} comes from {}: it is removed there",
                origin_word(origin)
            );
            store.toasts.explain(text, store.now);
            Vec::new()
        }
        None => nobody(store),
    }
}

fn nobody(store: &mut Store) -> Effects {
    store.toasts.explain("no host is chosen", store.now);
    Vec::new()
}

/// A host as a choice: its name, and what it is.
fn choice(store: &Store, spec: &HostSpec) -> (String, String) {
    let about = format!("{} · {}", store.host_state(&spec.id), spec.place());
    (spec.id.to_string(), about)
}

/// Whether this program keeps it.
fn is_ours(store: &Store, host: &HostId) -> bool {
    let origin = store.roster.get(host).map(|spec| spec.origin);
    matches!(origin, Some(Origin::Settings | Origin::Typed))
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
