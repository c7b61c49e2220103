//! What can be done about the connection to an engine.

use super::{Action, Arg, Scope};
use crate::store::message::Effect;

const ROW: Action = Action {
    scope: Scope::Connect,
    ..Action::BASE
};

pub(super) const ACTIONS: &[Action] = &[
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
        ..ROW
    },
    Action {
        id: "host.connect",
        keys: &["h"],
        label: "Another host",
        about: "Look for an engine at another address: unix:///path, tcp://host:port or ssh://user@host.",
        word: "host",
        footer: 2,
        args: &[Arg {
            name: "unix:///path, tcp://host:port or ssh://user@host",
            check: |_, text| {
                let known = ["unix://", "tcp://", "https://", "tls://", "ssh://"]
                    .iter()
                    .any(|scheme| text.starts_with(scheme));
                (!known).then(|| "an address begins with unix://, tcp:// or ssh://".to_owned())
            },
            ..Arg::TEXT
        }],
        run: |_, call| vec![Effect::Connect(call.first().to_owned())],
        ..ROW
    },
    Action {
        id: "host.demo",
        keys: &["d"],
        label: "Demo engine",
        about: "Try everything on a simulated engine; nothing real is touched.",
        word: "demo",
        footer: 3,
        run: |_, _| vec![Effect::Demo],
        ..ROW
    },
];
