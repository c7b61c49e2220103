//! The questions before harmful actions: each names its object, says what else is touched, and
//! stands on Cancel.

use std::collections::BTreeSet;

use super::Store;
use super::actions::{Action, Arg, Call, containers};
use super::overlay::{Choice, Confirm, Deed, Menu, MenuItem, Overlay, Prompt, Purpose};
use crate::model::container::{Container, State};
use crate::model::{Id, Ref, units};

/// Names that a question lists; the rest are counted.
const NAMED: usize = 12;

impl Store {
    /// Asks for an argument: a menu of its choices, or a typed line.
    pub(super) fn ask_for(&mut self, action: &'static Action, arg: &Arg, call: Call) {
        let subject = match call.targets.as_slice() {
            [] => String::new(),
            [target] => format!(" · {}", self.world.name_of(target)),
            targets => format!(" · {}", units::plural(targets.len(), "container")),
        };
        let title = format!("{}{subject}", action.label);
        let choices = (arg.choices)(self);
        if choices.is_empty() {
            let preset = (arg.preset)(self, &call);
            let title = format!("{title} · {}", arg.name);
            let prompt = Prompt::new(Purpose::Argument(action, call), title).with(&preset);
            self.overlays.push(Overlay::Prompt(prompt));
            return;
        }
        let preset = (arg.preset)(self, &call);
        let items = choices.into_iter().map(|(word, about)| {
            let mut call = call.clone();
            call.words.push(word.clone());
            MenuItem {
                label: word,
                key: String::new(),
                about,
                refused: None,
                switch: None,
                deed: Deed::Act(action, call),
            }
        });
        let mut menu = Menu::searched(title, items.collect());
        menu.cursor = menu
            .items
            .iter()
            .position(|item| item.label == preset)
            .unwrap_or(0);
        self.overlays.push(Overlay::Menu(menu));
    }

    fn containers<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a Container> {
        call.targets
            .iter()
            .filter_map(|target| self.world.container(target))
    }
}

/// What a question is about: `web`, or `3 containers`.
fn subject(store: &Store, call: &Call) -> String {
    match call.targets.as_slice() {
        [target] => store.world.name_of(target),
        targets => units::plural(targets.len(), "container"),
    }
}

/// The names of several objects; a single one is named in the title already.
fn named(store: &Store, targets: &[Ref]) -> Vec<String> {
    if targets.len() < 2 {
        return Vec::new();
    }
    let mut lines: Vec<String> = targets
        .iter()
        .take(NAMED)
        .map(|target| store.world.name_of(target))
        .collect();
    if targets.len() > NAMED {
        lines.push(format!("and {} more", targets.len() - NAMED));
    }
    lines
}

pub(super) fn question(
    action: &'static Action,
    title: String,
    verb: &str,
    lines: Vec<String>,
    call: &Call,
) -> Confirm {
    Confirm {
        title,
        lines,
        choices: Vec::new(),
        verb: verb.to_owned(),
        focus: 0,
        action,
        call: call.clone(),
    }
}

/// Before start-or-stop: asks when something would be stopped.
pub(super) fn start_or_stop(
    action: &'static Action,
    store: &Store,
    call: &Call,
) -> Option<Confirm> {
    let runs = |target: &Ref| {
        store
            .world
            .container(target)
            .is_some_and(Container::is_alive)
    };
    let (stops, starts): (Vec<Ref>, Vec<Ref>) = call.targets.iter().cloned().partition(runs);
    let mixed = !starts.is_empty();
    let mut dialog = ask_to_stop(action, store, stops, &call.words)?;
    if mixed {
        let names = starts
            .iter()
            .take(NAMED)
            .map(|target| store.world.name_of(target));
        let names: Vec<String> = names.collect();
        dialog.title = format!(
            "Stop {}, start {}?",
            dialog.call.targets.len(),
            starts.len()
        );
        dialog
            .lines
            .push(format!("To be started: {}", names.join(", ")));
        "Stop and start".clone_into(&mut dialog.verb);
        dialog.call.starts = starts;
    }
    Some(dialog)
}

/// Before stop: what does not run is left out.
pub(super) fn stop(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let runs = |target: &&Ref| {
        store
            .world
            .container(target)
            .is_some_and(Container::is_alive)
    };
    let stops = call.targets.iter().filter(runs).cloned().collect();
    ask_to_stop(action, store, stops, &call.words)
}

fn ask_to_stop(
    action: &'static Action,
    store: &Store,
    targets: Vec<Ref>,
    words: &[String],
) -> Option<Confirm> {
    if targets.is_empty() || !store.settings.confirm.stop {
        return None;
    }
    let call = Call {
        targets,
        words: words.to_vec(),
        ..Call::default()
    };
    let mut lines = named(store, &call.targets);
    let seconds = containers::stop_timeout(store, &call).as_secs();
    lines.push(format!(
        "It gets {seconds} seconds to end by itself, then it is killed."
    ));
    lines.extend(dependants(store, &call));
    let title = format!("Stop {}?", subject(store, &call));
    Some(question(action, title, "Stop", lines, &call))
}

/// Before restart.
pub(super) fn restart(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    store.settings.confirm.restart.then(|| {
        let title = format!("Restart {}?", subject(store, call));
        question(action, title, "Restart", named(store, &call.targets), call)
    })
}

/// Before a signal.
pub(super) fn kill(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    store.settings.confirm.kill.then(|| {
        let signal = call.first();
        let title = format!("Send SIG{signal} to {}?", subject(store, call));
        let mut lines = named(store, &call.targets);
        if signal == "KILL" {
            lines.push("It ends at once and cannot tidy up.".to_owned());
        }
        question(action, title, "Send", lines, call)
    })
}

/// Before removal: what goes, what stays, and the two choices.
pub(super) fn remove(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    if !store.settings.confirm.remove {
        return None;
    }
    let alive = store
        .containers(call)
        .filter(|container| container.is_alive())
        .count();
    let mut lines = named(store, &call.targets);
    lines.push("Its writable layer and its log are lost. Named volumes stay.".to_owned());
    if alive > 0 {
        lines.push(match call.targets.len() {
            1 => "It is running: the engine refuses unless it is forced.".to_owned(),
            _ => format!("{alive} of them run: the engine refuses those unless forced."),
        });
    }
    lines.extend(dependants(store, call));
    let title = format!("Remove {}?", subject(store, call));
    let mut dialog = question(action, title, "Remove", lines, call);
    dialog.choices = vec![
        Choice {
            id: "force",
            label: "force: kill it first if it runs".to_owned(),
            on: false,
        },
        Choice {
            id: "volumes",
            label: "remove its anonymous volumes too".to_owned(),
            on: false,
        },
    ];
    Some(dialog)
}

/// Before pruning: exactly what would go, and how many bytes.
pub(super) fn prune(
    action: &'static Action,
    store: &Store,
    call: &Call,
    found: &[(Id, u64)],
) -> Confirm {
    let total: u64 = found.iter().map(|(_, bytes)| bytes).sum();
    let mut sized: Vec<_> = call
        .targets
        .iter()
        .zip(found.iter().map(|(_, bytes)| *bytes))
        .collect();
    sized.sort_by_key(|(target, bytes)| (std::cmp::Reverse(*bytes), store.world.name_of(target)));
    let mut lines: Vec<String> = sized
        .iter()
        .take(NAMED)
        .map(|(target, size)| format!("{}  {}", store.world.name_of(target), units::bytes(*size)))
        .collect();
    if sized.len() > NAMED {
        lines.push(format!("and {} more", sized.len() - NAMED));
    }
    lines.push(format!("{} come free. Volumes stay.", units::bytes(total)));
    let title = format!(
        "Remove {}?",
        units::plural(found.len(), "stopped container")
    );
    question(action, title, "Remove", lines, call)
}

/// Before the program ends.
pub(super) fn quit(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let running: Vec<String> = store
        .jobs
        .running()
        .map(|job| format!("{} {} is under way", job.verb, job.subject()))
        .collect();
    if running.is_empty() && !store.settings.confirm.quit {
        return None;
    }
    Some(question(
        action,
        "Quit Pilothouse?".to_owned(),
        "Quit",
        running,
        call,
    ))
}

/// Running containers of the same compose project that would stay: they may depend on these.
fn dependants(store: &Store, call: &Call) -> Option<String> {
    let project = |target: &Ref| {
        let project = store.world.container(target)?.project()?;
        Some((target.host.clone(), project.to_owned()))
    };
    let projects: BTreeSet<_> = call.targets.iter().filter_map(project).collect();
    if projects.is_empty() {
        return None;
    }
    let chosen: BTreeSet<&Id> = call.targets.iter().map(|target| &target.id).collect();
    let mut names: Vec<&str> = store
        .world
        .items(store.now)
        .filter(|item| item.container.state == State::Running)
        .filter(|item| !chosen.contains(&item.container.id))
        .filter(|item| {
            let project = item.container.project();
            project.is_some_and(|p| projects.contains(&(item.host.clone(), p.to_owned())))
        })
        .map(|item| &*item.container.name)
        .collect();
    names.sort_unstable();
    let (shown, rest) = names.split_at(names.len().min(6));
    let more = if rest.is_empty() {
        String::new()
    } else {
        format!(" and {} more", rest.len())
    };
    (!names.is_empty()).then(|| {
        format!(
            "Of the same project, still running: {}{more}.",
            shown.join(", ")
        )
    })
}
