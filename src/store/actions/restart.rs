//! A restart with options: the form that asks for them, and what becomes of a filled one.

use std::time::Duration;

use super::{Action, Call, Danger, Scope};
use crate::form::restart::{ending, form};
use crate::form::{Fault, Preview, Values};
use crate::protocol::{Command, Ending, Grace, on_host};
use crate::store::Store;
use crate::store::dialogs;
use crate::store::form::Purpose;
use crate::store::message::Effects;

/// Signals worth choosing, with what they usually do.
pub(super) const SIGNALS: [(&str, &str); 10] = [
    ("TERM", "ask it to end"),
    ("KILL", "end it at once"),
    ("HUP", "often: read the configuration again"),
    ("INT", "as Ctrl-C does"),
    ("QUIT", "end, often with a dump of its state"),
    ("USR1", "its own meaning"),
    ("USR2", "its own meaning"),
    ("STOP", "freeze it"),
    ("CONT", "thaw it"),
    ("WINCH", "often: end gracefully (httpd, nginx workers)"),
];

pub(super) const ACTIONS: &[Action] = &[Action {
    id: "container.restart_options",
    scope: Scope::Containers,
    keys: &["R"],
    label: "Restart with options",
    about: "Stop it and start it again, with another time to end, or by another signal.",
    word: "restart-with",
    targets: true,
    changes: true,
    danger: Danger::Ask,
    question: |action, store, call| {
        let protected = store.is_protected(&call.targets);
        protected.then(|| dialogs::change(action, store, call))
    },
    run: |store, call| {
        let name = dialogs::subject(store, call);
        let form = form(&name, store.settings.stop_timeout, &SIGNALS);
        store.open_form(form, &PURPOSE, call.clone());
        Vec::new()
    },
    ..Action::BASE
}];

const PURPOSE: Purpose = Purpose {
    check,
    preview,
    submit,
    ..Purpose::BASE
};

/// The choice of a question that gives no time at all.
pub(in crate::store) const AT_ONCE: &str = "at-once";

/// Whether the engines know a signal for a restart.
/// The time to end: what was typed, else what the settings say, else the container's own.
pub(in crate::store) fn grace(store: &Store, call: &Call) -> Grace {
    if call.chose(AT_ONCE) {
        return Grace::For(Duration::ZERO);
    }
    let seconds = call.first().parse().ok().or(store.settings.stop_timeout);
    seconds.map_or(Grace::Own, |seconds: u16| {
        Grace::For(Duration::from_secs(seconds.into()))
    })
}

fn check(store: &Store, call: &Call, values: &Values) -> Vec<Fault> {
    if values.text("signal").is_empty() {
        return Vec::new();
    }
    let hosts = call.targets.iter().map(|target| &target.host);
    let old = hosts.filter_map(|id| {
        let spoken = &store.world.hosts.get(id)?.info.api;
        let (major, minor) = spoken.split_once('.')?;
        let version = (major.parse().ok()?, minor.parse().ok()?);
        (version < Ending::SIGNAL_SINCE).then(|| format!("{id} speaks API {spoken}"))
    });
    let (major, minor) = Ending::SIGNAL_SINCE;
    let mut old = old.map(|host| {
        let reason = format!("{host}: a restart by a signal needs {major}.{minor}; leave it empty");
        Fault::of("signal", reason)
    });
    old.next().into_iter().collect()
}

fn preview(store: &Store, call: &Call, values: &Values) -> Vec<Preview> {
    let (Some(target), Ok(ending)) = (call.targets.first(), ending(values)) else {
        return Vec::new();
    };
    let names: Vec<String> = call
        .targets
        .iter()
        .filter(|other| other.host == target.host)
        .map(|target| store.world.name_of(target))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let line = Command::Restart(target.id.clone(), ending).docker_line(&names);
    let line = on_host(store.jobs.words(&target.host), &line);
    vec![Preview::command("docker", line)]
}

fn submit(store: &mut Store, call: &Call, values: &Values) -> Result<Effects, Vec<Fault>> {
    let ending = ending(values)?;
    Ok(super::containers::run(store, call, "restart", |_, id| {
        Some(Command::Restart(id, ending.clone()))
    }))
}
