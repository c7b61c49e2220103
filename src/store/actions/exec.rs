//! A command in a container: the form that asks for it, and what becomes of a filled one.

use super::containers::only;
use super::{Action, Availability, Call, Scope};
use crate::form::exec::{Known, exec, form};
use crate::form::{Fault, Preview, Values};
use crate::model::Ref;
use crate::model::container::{Container, State};
use crate::protocol::{Command, on_host};
use crate::store::Store;
use crate::store::form::Purpose;
use crate::store::jobs;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::Overlay;

/// Commands that are remembered.
const REMEMBERED: usize = 20;

const ROW: Action = Action {
    scope: Scope::Containers,
    changes: true,
    ..Action::OF_ONE
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.exec",
        keys: &["E"],
        label: "Run a command",
        about: "Run a command in it: as which user, where, with which environment, with or without \
            the terminal.",
        word: "exec",
        offered: running,
        run: |store, call| {
            let known = known(store, call);
            store.open_form(form(known), &PURPOSE, call.clone());
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "container.attach",
        keys: &["A"],
        label: "Attach",
        about: "Talk to its own first process, by lines if it has no terminal; Ctrl-p Ctrl-q leaves it running.",
        word: "attach",
        offered: |store, targets| match only(store, targets) {
            Some(container) => attachable(container),
            None => Availability::No("choose one container".to_owned()),
        },
        run: |store, call| {
            let Some(target) = call.targets.first() else {
                return Vec::new();
            };
            let step = (
                target.clone(),
                store.world.name_of(target),
                Command::Attach(target.id.clone()),
            );
            store
                .jobs
                .begin("attach", vec![step], jobs::Purpose::Action, store.now)
        },
        ..ROW
    },
];

/// Offered for one that runs and is not frozen.
pub(super) fn running(store: &Store, targets: &[Ref]) -> Availability {
    match only(store, targets) {
        Some(container) => runs(container),
        None => Availability::No("choose one container".to_owned()),
    }
}

fn runs(container: &Container) -> Availability {
    match container.state {
        State::Running => Availability::Yes,
        State::Paused => Availability::No("it is paused: unpause it first".to_owned()),
        _ => Availability::No("it does not run".to_owned()),
    }
}

/// Whether one can attach to a container, as far as is known of it; the engine asks again.
fn attachable(container: &Container) -> Availability {
    let brief = container.brief.as_ref();
    match runs(container) {
        Availability::Yes if brief.is_some_and(|brief| !brief.stdin) => {
            Availability::No("it was started without -i: it takes no input".to_owned())
        }
        offered => offered,
    }
}

const PURPOSE: Purpose = Purpose {
    preview,
    submit,
    ..Purpose::BASE
};

/// What the form can be told of the container.
fn known(store: &Store, call: &Call) -> Known {
    let target = call.targets.first();
    Known {
        name: target.map(|t| store.world.name_of(t)).unwrap_or_default(),
        commands: store.commands.iter().rev().cloned().collect(),
        paths: Vec::new(),
    }
}

fn preview(store: &Store, call: &Call, values: &Values) -> Vec<Preview> {
    let Some(target) = call.targets.first() else {
        return Vec::new();
    };
    let Ok(exec) = exec(&target.id, values) else {
        return Vec::new();
    };
    let line = exec.docker_line(&store.world.name_of(target));
    let line = on_host(store.jobs.words(&target.host), &line);
    vec![Preview::command("docker", line)]
}

fn submit(store: &mut Store, call: &Call, values: &Values) -> Result<Effects, Vec<Fault>> {
    let Some(target) = call.targets.first() else {
        return Ok(Vec::new());
    };
    let exec = exec(&target.id, values)?;
    let typed = values.text("command").to_owned();
    store.commands.retain(|known| *known != typed);
    store.commands.push(typed.clone());
    if store.commands.len() > REMEMBERED {
        store.commands.remove(0);
    }
    let name = store.world.name_of(target);
    let title = format!("{typed} in {}", store.world.told_name(target));
    let command = Command::Exec(exec);
    let has_output = command.has_output();
    let steps = vec![(target.clone(), name, command)];
    let effects = store
        .jobs
        .begin("exec", steps, jobs::Purpose::Action, store.now);
    if let (true, Some(Effect::Run(job, ..))) = (has_output, effects.first()) {
        store.outputs.open(*job, title);
        store.overlays.push(Overlay::Output(*job));
    }
    Ok(effects)
}
