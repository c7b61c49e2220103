//! The questions before harmful actions: each names its object, says what else is touched, and
//! stands on Cancel.

use std::collections::BTreeSet;

use super::Store;
use super::actions::{self, Action, Arg, Call, Danger, containers};
use super::editor::Editor;
use super::overlay::{
    Choice, Completion, Confirm, Deed, Menu, MenuItem, Overlay, Prompt, Purpose, Scroll, Typed,
};
use crate::model::container::{Container, State};
use crate::model::{HostId, Id, Ref, units};
use crate::protocol::Grace;

/// Names that a question lists; the rest are counted.
const NAMED: usize = 12;

impl Store {
    /// Asks for an argument: a menu of its choices, or a typed line.
    pub(super) fn ask_for(&mut self, action: &'static Action, arg: &Arg, call: Call) {
        let subject = match call.targets.as_slice() {
            [] => String::new(),
            [target] => format!(" · {}", self.world.full_name(target)),
            targets => format!(" · {}", units::plural(targets.len(), "container")),
        };
        let title = format!("{}{subject}", action.label);
        let choices = (arg.choices)(self);
        let preset = (arg.preset)(self, &call);
        if choices.is_empty() || arg.free {
            let title = format!("{title} · {}", arg.name);
            let mut prompt = Prompt::new(Purpose::Argument(action, call), title).with(&preset);
            prompt.completions = completions(choices, &preset);
            prompt.preset = arg.path.then_some(preset);
            self.overlays.push(Overlay::Prompt(prompt));
            return;
        }
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

    /// Puts a question. On a protected host one before something harmful wants the name typed.
    pub(super) fn ask(&mut self, mut question: Confirm) {
        let targets = &question.call.targets;
        if question.action.danger == Danger::Type && self.is_protected(targets) {
            question.typed = Some(Typed {
                wanted: self.name_to_type(targets),
                editor: Editor::default(),
            });
        }
        self.overlays.push(Overlay::Confirm(question));
    }

    /// What is to be typed: the name of the object, or, where they are several, of their
    /// protected host.
    fn name_to_type(&self, targets: &[Ref]) -> String {
        if let [target] = targets {
            return self.world.name_of(target);
        }
        let mut hosts = targets.iter().map(|target| &target.host);
        let host = hosts.find(|host| self.roster.is_protected(host)).cloned();
        host.or_else(|| self.host_here())
            .map(|host| host.to_string())
            .unwrap_or_default()
    }

    /// Whether something is asked before: the settings want it, or a host is protected.
    pub(super) fn asks(&self, call: &Call, setting: bool) -> bool {
        setting || self.is_protected(&call.targets)
    }

    fn containers<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a Container> {
        call.targets
            .iter()
            .filter_map(|target| self.world.container(target))
    }
}

/// What a question is about: `web`, or `3 containers`.
pub(super) fn subject(store: &Store, call: &Call) -> String {
    match call.targets.as_slice() {
        [target] => store.world.told_name(target),
        targets => {
            let count = units::plural(targets.len(), "container");
            match hosts_of(targets).as_slice() {
                [host] if store.world.hosts.len() > 1 => format!("{count} on {host}"),
                _ => count,
            }
        }
    }
}

/// The hosts of some objects, each once.
fn hosts_of(targets: &[Ref]) -> Vec<&HostId> {
    let hosts: BTreeSet<&HostId> = targets.iter().map(|target| &target.host).collect();
    hosts.into_iter().collect()
}

/// How a word can go on among some choices.
pub(super) fn completions(choices: Vec<(String, String)>, typed: &str) -> Vec<Completion> {
    let found = super::filter::rank(typed, choices.iter().map(|(word, _)| word.as_str()));
    let mut choices: Vec<_> = choices.into_iter().map(Some).collect();
    let mut take = |place: usize| choices.get_mut(place)?.take();
    found
        .into_iter()
        .filter_map(|place| {
            let (word, about) = take(place)?;
            Some(Completion {
                line: word.clone(),
                label: word,
                about,
            })
        })
        .collect()
}

/// The names of several objects; a single one is named in the title already.
fn named(store: &Store, targets: &[Ref]) -> Vec<String> {
    if targets.len() < 2 {
        return Vec::new();
    }
    let mut lines: Vec<String> = targets
        .iter()
        .take(NAMED)
        .map(|target| store.world.full_name(target))
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
        typed: None,
        focus: 0,
        action,
        call: call.clone(),
        scroll: Scroll::default(),
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
    if stops.is_empty() {
        // as the action of that name, so that what is asked is what is done
        let action = actions::find("container.start")?;
        return store
            .is_protected(&starts)
            .then(|| change(action, store, call));
    }
    let mut dialog = ask_to_stop(action, store, stops, &call.words)?;
    if mixed {
        let names = starts
            .iter()
            .take(NAMED)
            .map(|target| store.world.full_name(target));
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
    let (stops, idle) = alive(store, call);
    let mut dialog = ask_to_stop(action, store, stops, &call.words)?;
    dialog.lines.extend(left_out(idle));
    Some(dialog)
}

/// Those of a call's objects that run, and how many do not.
fn alive(store: &Store, call: &Call) -> (Vec<Ref>, usize) {
    let runs = |target: &&Ref| {
        store
            .world
            .container(target)
            .is_some_and(Container::is_alive)
    };
    let alive: Vec<Ref> = call.targets.iter().filter(runs).cloned().collect();
    let idle = call.targets.len() - alive.len();
    (alive, idle)
}

/// That some are left out, since they do not run.
fn left_out(idle: usize) -> Option<String> {
    match idle {
        0 => None,
        1 => Some("1 more does not run and is left alone.".to_owned()),
        idle => Some(format!("{idle} more do not run and are left alone.")),
    }
}

fn ask_to_stop(
    action: &'static Action,
    store: &Store,
    targets: Vec<Ref>,
    words: &[String],
) -> Option<Confirm> {
    let call = Call {
        targets,
        words: words.to_vec(),
        ..Call::default()
    };
    if call.targets.is_empty() || !store.asks(&call, store.settings.confirm.stop) {
        return None;
    }
    let mut lines = named(store, &call.targets);
    let each = match call.targets.len() {
        1 => "It",
        _ => "Each",
    };
    let time = match actions::restart::grace(store, &call) {
        Grace::For(time) => format!("{} seconds", time.as_secs()),
        Grace::Own | Grace::Endless => "its own time, 10 seconds unless it says otherwise,".into(),
    };
    lines.push(format!(
        "{each} gets {time} to end by itself, then it is killed."
    ));
    lines.extend(dependants(store, &call));
    let title = format!("Stop {}?", subject(store, &call));
    let mut dialog = question(action, title, "Stop", lines, &call);
    dialog.choices = vec![Choice {
        id: actions::restart::AT_ONCE,
        label: format!(
            "at once: {} is killed without that time",
            each.to_lowercase()
        ),
        on: false,
    }];
    Some(dialog)
}

/// Before restart.
pub(super) fn restart(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    store.asks(call, store.settings.confirm.restart).then(|| {
        let title = format!("Restart {}?", subject(store, call));
        question(action, title, "Restart", named(store, &call.targets), call)
    })
}

/// Before a signal: what does not run is left out.
pub(super) fn kill(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let (targets, idle) = alive(store, call);
    let call = &Call {
        targets,
        ..call.clone()
    };
    store.asks(call, store.settings.confirm.kill).then(|| {
        let signal = call.first();
        let title = format!("Send SIG{signal} to {}?", subject(store, call));
        let mut lines = named(store, &call.targets);
        if signal == "KILL" {
            lines.push("What gets it ends at once and cannot tidy up.".to_owned());
        }
        lines.extend(left_out(idle));
        question(action, title, "Send", lines, call)
    })
}

/// Before removal: what goes, what stays, and the two choices.
pub(super) fn remove(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    if !store.asks(call, store.settings.confirm.remove) {
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
    let mut title = format!(
        "Remove {}?",
        units::plural(found.len(), "stopped container")
    );
    if let ([host], true) = (
        hosts_of(&call.targets).as_slice(),
        store.world.hosts.len() > 1,
    ) {
        title = format!("{} on {host}?", title.trim_end_matches('?'));
    }
    question(action, title, "Remove", lines, call)
}

/// Before a pause or its end, on a protected host: as the action that it comes to.
pub(super) fn pause_or_unpause(_: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let id = match containers::are_paused(store, &call.targets) {
        true => "container.unpause",
        false => "container.pause",
    };
    let action = actions::find(id)?;
    store
        .is_protected(&call.targets)
        .then(|| change(action, store, call))
}

/// Before any change on a protected host.
pub(super) fn change(action: &'static Action, store: &Store, call: &Call) -> Confirm {
    let host = hosts_of(&call.targets)
        .into_iter()
        .find(|host| store.roster.is_protected(host))
        .cloned()
        .or_else(|| store.host_here());
    let mut lines = named(store, &call.targets);
    if let Some(host) = host {
        lines.push(format!(
            "{host} is protected: every change there is asked about."
        ));
    }
    let about = match call.targets.as_slice() {
        [] => action.label.to_owned(),
        _ => format!("{} {}", action.label, subject(store, call)),
    };
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    let title = match words.as_slice() {
        [] => format!("{about}?"),
        words => format!("{about}: {}?", words.join(" ")),
    };
    question(action, title, action.label, lines, call)
}

/// Before a host is taken out of the settings.
pub(super) fn remove_host(action: &'static Action, store: &Store, host: &HostId) -> Confirm {
    let mut lines = vec!["On the host itself nothing changes.".to_owned()];
    if store.world.hosts.contains_key(host) {
        lines.push("It is connected now, and is disconnected.".to_owned());
    }
    let title = format!("Remove {host} from the settings?");
    let call = Call::word(host.as_str());
    question(action, title, "Remove", lines, &call)
}

/// Before a template is removed.
pub(super) fn remove_template(
    action: &'static Action,
    store: &Store,
    call: &Call,
) -> Option<Confirm> {
    let mut templates = store.templates.iter();
    templates.find(|template| template.name == call.first())?;
    let title = format!("Remove the template {}?", call.first());
    let lines = vec!["Its file goes; containers made after it stay.".to_owned()];
    Some(question(action, title, "Remove", lines, call))
}

/// Before the program ends.
pub(super) fn quit(action: &'static Action, store: &Store, call: &Call) -> Option<Confirm> {
    let running: Vec<String> = store
        .jobs
        .running()
        .map(|job| format!("{} {} is under way", job.verb, store.subject_of(job)))
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
    let chosen: BTreeSet<&Ref> = call.targets.iter().collect();
    let mut names: Vec<&str> = store
        .world
        .items(store.now)
        .filter(|item| item.container.state == State::Running)
        .filter(|item| !chosen.contains(&Ref::container(item.host, &item.container.id)))
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
