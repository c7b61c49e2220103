//! What can be done with the processes of a container.

use super::restart::SIGNALS;
use super::{Action, Arg, Availability, Call, Danger, Scope, find};
use crate::model::Ref;
use crate::protocol::{Command, Found, Processes};
use crate::store::Store;
use crate::store::dialogs;
use crate::store::jobs::Purpose;
use crate::store::message::Effects;
use crate::store::overlay::Confirm;
use crate::store::processes::{self, TREE};
use crate::store::stage::Tab;

const ROW: Action = Action {
    scope: Scope::Processes,
    ..Action::BASE
};

/// What a signal is sent to, as far as it is found: id on the host, id inside, start, command.
/// Nothing of it is typed.
const TOLD: Arg = Arg {
    name: "process",
    needed: false,
    ..Arg::TEXT
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "process.signal",
        keys: &["K"],
        label: "Send a signal to it",
        about: "Send a signal to the process under the cursor.",
        targets: true,
        changes: true,
        danger: Danger::Type,
        looks_first: true,
        footer: 1,
        args: &[
            TOLD,
            TOLD,
            TOLD,
            TOLD,
            Arg {
                name: "signal",
                choices: |_| {
                    SIGNALS
                        .map(|(name, about)| (name.to_owned(), about.to_owned()))
                        .to_vec()
                },
                ..Arg::TEXT
            },
        ],
        offered: |store, targets| match targets {
            [target] => Availability::or(under_cursor(store, target).is_some(), "there is none"),
            _ => Availability::No("choose one container".to_owned()),
        },
        question,
        run: signal,
        ..ROW
    },
    Action {
        id: "process.sort",
        keys: &["o"],
        label: "Sort",
        about: "Choose the order of processes: as a tree, or by a column.",
        footer: 2,
        args: &[Arg {
            name: "order",
            choices: |store| {
                let target = store.selected();
                let known = target.and_then(|target| processes_of(store, target));
                let orders = known.map(processes::orders).unwrap_or_default();
                let about = |order: &String| match order.as_str() {
                    TREE => "each below the one that started it",
                    _ => "",
                };
                orders
                    .into_iter()
                    .map(|order| (order.clone(), about(&order).to_owned()))
                    .collect()
            },
            preset: |store, _| store.pages.view(Tab::Processes).order.0,
            ..Arg::TEXT
        }],
        run: |store, call| {
            let view = store.pages.view_mut(Tab::Processes);
            view.order = (call.first().to_owned(), false);
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "process.reverse",
        keys: &["O"],
        label: "Reverse",
        about: "Sort the other way round.",
        run: |store, _| {
            let view = store.pages.view_mut(Tab::Processes);
            view.order.1 = !view.order.1;
            Vec::new()
        },
        ..ROW
    },
];

fn processes_of<'a>(store: &'a Store, target: &Ref) -> Option<&'a Processes> {
    let host = store.world.hosts.get(&target.host)?;
    host.processes(&target.id)?
        .as_ref()
        .ok()
        .map(|known| &**known)
}

/// The process under the cursor: its id on the host and its command.
fn under_cursor(store: &Store, target: &Ref) -> Option<(u32, String)> {
    let page = store.page();
    let row = page
        .rows
        .get(store.pages.view(Tab::Processes).place_on(&page))?;
    processes::process(processes_of(store, target)?, &row.path)
}

/// A process that was found: what is sent to it is asked for next.
pub(in crate::store) fn found(store: &mut Store, target: &Ref, pid: u32, found: Found) -> Effects {
    let command = processes_of(store, target)
        .and_then(|known| processes::process(known, &pid.to_string()))
        .map(|(_, command)| command);
    let (inner, start) = match found {
        Found::Main => ("main".to_owned(), String::new()),
        Found::Inner { pid, start } => (pid.to_string(), start.to_string()),
    };
    let Some(action) = find("process.signal") else {
        return Vec::new();
    };
    let call = Call {
        targets: vec![target.clone()],
        words: vec![pid.to_string(), inner, start, command.unwrap_or_default()],
        ..Call::default()
    };
    let signal = action.args.last().copied();
    if let Some(signal) = signal {
        store.ask_for(action, &signal, call);
    }
    Vec::new()
}

fn question(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let [pid, inner, _, command, signal] = call.words.as_slice() else {
        return None;
    };
    if !store.asks(call, store.settings.confirm.kill) {
        return None;
    }
    let name = call
        .targets
        .first()
        .map(|target| store.world.told_name(target));
    let name = name.unwrap_or_default();
    let (which, whose) = match inner.as_str() {
        "main" => (format!("the main process of {name}"), String::new()),
        inner => (
            format!("process {inner} of {name}"),
            format!(", {inner} inside"),
        ),
    };
    let mut lines = vec![
        command.clone(),
        format!("Its id is {pid} on the host{whose}."),
    ];
    if inner == "main" {
        lines.push("The container ends when it does.".to_owned());
    }
    if signal == "KILL" {
        lines.push("It ends at once and cannot tidy up.".to_owned());
    }
    let title = format!("Send SIG{signal} to {which}?");
    Some(dialogs::question(action, title, "Send", lines, call))
}

/// First finds the process inside; called again with that and a signal, sends it.
fn signal(store: &mut Store, call: &Call) -> Effects {
    let Some(target) = call.targets.first().cloned() else {
        return Vec::new();
    };
    let name = store.world.name_of(&target);
    let [_, inner, start, _, word] = call.words.as_slice() else {
        let Some((pid, _)) = under_cursor(store, &target) else {
            return Vec::new();
        };
        if store.jobs.is_under_way(Purpose::Process, &target.host) {
            return Vec::new();
        }
        let step = (target.clone(), name, Command::FindProcess(target.id, pid));
        return store
            .jobs
            .begin("signal", vec![step], Purpose::Process, store.now);
    };
    let Some((signal, _)) = SIGNALS.iter().find(|(name, _)| name == word) else {
        return Vec::new();
    };
    let id = target.id.clone();
    let command = match (inner.parse(), start.parse()) {
        (Ok(pid), Ok(start)) => Command::Signal {
            id,
            pid,
            start,
            signal,
        },
        _ => Command::Kill(id, signal),
    };
    let step = (target, name, command);
    store
        .jobs
        .begin("kill", vec![step], Purpose::Action, store.now)
}
