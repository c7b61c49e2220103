//! What can be done about the way to a host: log in at it, have the doctor look at it, forward
//! ports of its containers.

use super::containers::{only, run};
use super::hosts::ONE;
use super::{Action, Arg, Availability, Call, Scope};
use crate::model::{HostId, Link, ProblemKind, Ref};
use crate::protocol::Command;
use crate::store::Store;
use crate::store::menus;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Overlay, Scroll};
use crate::store::ports::{self, Subject};
use crate::store::stage::Tab;

const PORT: Arg = Arg {
    name: "port of the container",
    check: |_, text| port_fault(text),
    preset: |store, call| {
        let container = only(store, &call.targets);
        let ports = container.iter().flat_map(|container| &container.ports);
        let first = ports.map(|port| port.private).min();
        first.map(|port| port.to_string()).unwrap_or_default()
    },
    ..Arg::TEXT
};

const LOCAL: Arg = Arg {
    name: "port of this machine",
    check: |_, text| port_fault(text),
    ..Arg::TEXT
};

const LOGIN: Action = Action {
    id: "host.login",
    scope: Scope::Hosts,
    keys: &["L"],
    label: "Log in",
    about: "Hand the terminal to ssh, for a password, a passphrase, a code or a first host key.",
    word: "login",
    args: &[ONE],
    offered: |store, _| {
        let over_ssh = store.world.hosts.values().any(|host| match &host.link {
            Some(Link::Down { attempts, .. }) => attempts
                .iter()
                .any(|attempt| attempt.place.starts_with("ssh://")),
            _ => false,
        });
        Availability::or(over_ssh, "no host over ssh waits for a login")
    },
    run: |store, call| {
        let Some(host) = host(store, call, true) else {
            return Vec::new();
        };
        let mut effects = reached_for(store, &host);
        effects.push(Effect::Login(host));
        effects
    },
    ..Action::BASE
};

const DOCTOR: Action = Action {
    id: "host.doctor",
    scope: Scope::Hosts,
    keys: &["D"],
    label: "Doctor",
    about: "Look at each step of the way to a host's engine: what was seen, what is wrong, what helps.",
    word: "doctor",
    args: &[ONE],
    run: |store, call| {
        let Some(host) = host(store, call, false) else {
            return Vec::new();
        };
        let mut effects = reached_for(store, &host);
        store
            .overlays
            .push(Overlay::Doctor(host.clone(), Scroll::default()));
        effects.push(Effect::Examine(host));
        effects
    },
    ..Action::BASE
};

const FORWARDS: Action = Action {
    id: "port.forwards",
    label: "Forwarded ports",
    about: "Show the ports that are forwarded to this machine; choosing one ends it.",
    word: "forwards",
    offered: |store, _| Availability::or(any_forward(store), "no port is forwarded"),
    run: |store, _| {
        let menu = menus::forwards(store);
        store.overlays.push(Overlay::Menu(menu));
        Vec::new()
    },
    ..Action::BASE
};

pub(super) const ACTIONS: &[Action] = &[
    LOGIN,
    DOCTOR,
    Action {
        id: "connection.login",
        scope: Scope::Connect,
        keys: &["l"],
        word: "",
        args: &[],
        footer: 4,
        ..LOGIN
    },
    Action {
        id: "connection.doctor",
        scope: Scope::Connect,
        keys: &["e"],
        label: "Examine",
        word: "",
        args: &[],
        footer: 5,
        ..DOCTOR
    },
    Action {
        id: "port.forward",
        scope: Scope::Containers,
        label: "Forward a port",
        about: "Bring one of its ports to this machine: `:forward web 8080`, or with another local port behind.",
        word: "forward",
        targets: true,
        args: &[
            PORT,
            Arg {
                needed: false,
                ..LOCAL
            },
        ],
        offered: |_, targets| Availability::or(targets.len() == 1, "choose one container"),
        run: |store, call| {
            let mut ports = call.words.iter().map(|word| word.parse::<u16>().ok());
            let (port, local) = (ports.next().flatten(), ports.next().flatten());
            run(store, call, "forward", |_, id| {
                port.map(|port| Command::Forward { id, port, local })
            })
        },
        ..Action::BASE
    },
    Action {
        id: "port.unforward",
        scope: Scope::Containers,
        label: "End a forward",
        about: "End what is forwarded to a port of this machine: `:unforward 8080`.",
        word: "unforward",
        args: &[LOCAL],
        offered: |store, _| Availability::or(any_forward(store), "no port is forwarded"),
        run: |store, call| end(store, call.first().parse().ok()),
        ..Action::BASE
    },
    Action {
        id: "port.switch",
        scope: Scope::Ports,
        keys: &["F"],
        label: "Forward or end",
        about: "Bring the port under the cursor to this machine, or end what is forwarded there.",
        targets: true,
        footer: 1,
        run: switch,
        ..Action::BASE
    },
    Action {
        id: "port.list",
        scope: Scope::Ports,
        keys: &["L"],
        word: "",
        footer: 2,
        ..FORWARDS
    },
    FORWARDS,
];

/// Forwards the port under the cursor, or ends what is forwarded there.
fn switch(store: &mut Store, call: &Call) -> Effects {
    let Some(target) = call.targets.first() else {
        return Vec::new();
    };
    let page = store.page();
    let place = store.pages.view(Tab::Ports).place_on(&page);
    let row = page.rows.get(place);
    match row.and_then(|row| ports::subject(store, target, row)) {
        Some(Subject::Port(port)) => run(store, call, "forward", |_, id| {
            let local = None;
            Some(Command::Forward { id, port, local })
        }),
        Some(Subject::Forwarded(local)) => end(store, Some(local)),
        None => {
            let text = "only ports of TCP can be forwarded; `:forward` takes any of them";
            store.toasts.explain(text, store.now);
            Vec::new()
        }
    }
}

/// Ends what is forwarded to a port of this machine.
fn end(store: &mut Store, local: Option<u16>) -> Effects {
    let found = {
        let mut forwards = store.world.forwards();
        forwards.find(|(_, forward)| Some(forward.local) == local)
    };
    let found = found.map(|(id, forward)| (Ref::container(id, &forward.container), forward.local));
    let Some((target, local)) = found else {
        store
            .toasts
            .explain("nothing is forwarded to that port", store.now);
        return Vec::new();
    };
    let call = Call {
        targets: vec![target],
        ..Call::default()
    };
    run(store, &call, "unforward", |_, _| {
        Some(Command::Unforward(local))
    })
}

fn any_forward(store: &Store) -> bool {
    store.world.forwards().next().is_some()
}

fn port_fault(text: &str) -> Option<String> {
    let port = text.parse::<u16>().is_ok_and(|port| port > 0);
    (!port).then(|| format!("`{text}` is no port: a number from 1 to 65535"))
}

/// Begins to connect to a host that is not: its way is looked at by going it.
fn reached_for(store: &mut Store, host: &HostId) -> Effects {
    match store.world.hosts.contains_key(host) {
        true => Vec::new(),
        false => store.connect(host),
    }
}

/// The host that is meant: the named one, else the one that waits for a login, else the one that
/// is looked at.
fn host(store: &Store, call: &Call, login: bool) -> Option<HostId> {
    if let Some(name) = call.words.first() {
        return store.roster.named(name).map(|spec| spec.id.clone());
    }
    let waits = |host: &crate::store::world::Host| match &host.link {
        Some(Link::Down { attempts, .. }) => attempts
            .iter()
            .any(|attempt| attempt.problem.kind == ProblemKind::Login),
        _ => false,
    };
    let waiting = store
        .world
        .hosts
        .iter()
        .find(|(_, host)| login && waits(host));
    let selected = store.selected().map(|target| target.host.clone());
    let first = || store.world.hosts.keys().next().cloned();
    waiting
        .map(|(id, _)| id.clone())
        .or(selected)
        .or_else(first)
}
