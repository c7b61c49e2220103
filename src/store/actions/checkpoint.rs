//! A container frozen to disk, and started as it was: where the engine is willing.

use super::change::act;
use super::containers::{name_fault, only};
use super::{Action, Arg, Availability, Call, Danger, Scope};
use crate::model::Ref;
use crate::model::container::State;
use crate::protocol::Change;
use crate::store::overlay::Confirm;
use crate::store::{Store, dialogs};

const ROW: Action = Action {
    scope: Scope::Containers,
    changes: true,
    args: &[NAME],
    ..Action::OF_ONE
};

/// The name of a checkpoint.
const NAME: Arg = Arg {
    name: "checkpoint",
    preset: |_, _| "checkpoint1".to_owned(),
    check: |_, text| name_fault(text),
    ..Arg::TEXT
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.checkpoint",
        label: "Checkpoint",
        about: "Freeze its processes to disk under a name and end it, where the engine is \
                experimental and has CRIU.",
        word: "checkpoint",
        danger: Danger::Ask,
        offered: |store, targets| willing(store, targets, true),
        question: |action, store, call| Some(question(action, store, call)),
        run: |store, call| {
            let name = call.first().to_owned();
            act(store, call, "checkpoint", |id| Change::Checkpoint(id, name))
        },
        ..ROW
    },
    Action {
        id: "container.thaw",
        label: "Start from a checkpoint",
        about: "Start it as it was frozen under a name.",
        word: "start-checkpoint",
        offered: |store, targets| willing(store, targets, false),
        run: |store, call| {
            let name = call.first().to_owned();
            act(store, call, "start", |id| Change::Thaw(id, name))
        },
        ..ROW
    },
];

/// Whether the engine does such experiments, and the container runs, or does not.
fn willing(store: &Store, targets: &[Ref], running: bool) -> Availability {
    let Some(container) = only(store, targets) else {
        return Availability::No("choose one container".to_owned());
    };
    let host = targets
        .first()
        .and_then(|target| store.world.hosts.get(&target.host));
    let is_docker = host.is_some_and(|host| host.info.engine == "Docker");
    if !is_docker {
        return Availability::No("only Docker has checkpoints in its API".to_owned());
    }
    if !host.is_some_and(|host| host.info.experimental) {
        let why = "an experiment of the engine's, which is not switched on there: `experimental` \
                   in its daemon.json, and CRIU on its machine";
        return Availability::No(why.to_owned());
    }
    let runs = container.state == State::Running;
    match running {
        true => Availability::or(runs, "it does not run"),
        false => Availability::or(!container.is_alive(), "it runs already"),
    }
}

fn question(action: &'static Action, store: &Store, call: &Call) -> Confirm {
    let name = dialogs::subject(store, call);
    let title = format!("Freeze {name} to disk?");
    let lines = vec![format!(
        "Its processes are kept as {} and end; connections of theirs break. It is started as it was \
         from there.",
        call.first()
    )];
    dialogs::question(action, title, "Freeze", lines, call)
}
