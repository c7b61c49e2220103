//! What changes containers while they exist: limits, networks; and what is made of them: images,
//! archives, the list of their changes.

use std::path::PathBuf;
use std::sync::Arc;

use super::containers::only;
use super::upgrade;
use super::{Action, Arg, Availability, Call, Danger, Scope};
use crate::form::{Fault, Form, Preview, Values, commit, connect, limits};
use crate::model::Ref;
use crate::model::container::State;
use crate::protocol::{Change, Command, Files, on_host};
use crate::spec::{RunSpec, update};
use crate::store::form::Purpose;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Confirm, Overlay};
use crate::store::{Store, analytics, dialogs, jobs};

const ROW: Action = Action {
    scope: Scope::Containers,
    ..Action::OF_ONE
};
const CHANGE: Action = Action {
    changes: true,
    ..ROW
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.limits",
        keys: &["u"],
        label: "Limits",
        about: "Change memory, CPUs, processes, disk share and restart policy while it runs, beside \
                what it uses.",
        word: "update",
        run: |store, call| {
            let Some(target) = call.targets.first() else {
                return Vec::new();
            };
            let describe = Command::Describe(target.id.clone());
            let step = (target.clone(), store.world.name_of(target), describe);
            let purpose = jobs::Purpose::Limits;
            store.jobs.begin("inspect", vec![step], purpose, store.now)
        },
        ..CHANGE
    },
    Action {
        id: "container.connect",
        label: "Connect to a network",
        about: "Have it join a network, with names and a fixed address there.",
        word: "network-connect",
        run: |store, call| {
            store.open_form(connect_form(store, call), &CONNECT, call.clone());
            match call.targets.first().map(|target| target.host.clone()) {
                Some(host) => store.ask_names(&host),
                None => Vec::new(),
            }
        },
        ..CHANGE
    },
    Action {
        id: "container.disconnect",
        label: "Disconnect from a network",
        about: "Have it leave a network.",
        word: "network-disconnect",
        danger: Danger::Ask,
        args: &[Arg {
            name: "network",
            choices: |store| {
                let names = own_networks(store);
                names
                    .into_iter()
                    .map(|name| (name, String::new()))
                    .collect()
            },
            free: true,
            ..Arg::TEXT
        }],
        question: |action, store, call| Some(disconnect_question(action, store, call)),
        run: |store, call| {
            let network = call.first().to_owned();
            act(store, call, "disconnect", |id| {
                Change::Disconnect(id, network)
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.commit",
        label: "Make an image",
        about: "Make an image of it as it is now.",
        word: "commit",
        run: |store, call| {
            let form = commit::form(&name(store, call));
            store.open_form(form, &COMMIT, call.clone());
            Vec::new()
        },
        ..CHANGE
    },
    Action {
        id: "container.export",
        label: "Export its files",
        about: "Write all its files into a tar archive on this machine.",
        word: "export",
        args: &[Arg {
            name: "file",
            preset: |store, call| format!("{}.tar", name(store, call)),
            path: true,
            ..Arg::TEXT
        }],
        run: |store, call| {
            let Some(target) = call.targets.first().cloned() else {
                return Vec::new();
            };
            let to = PathBuf::from(call.first());
            let command = Command::Files(target.id.clone(), Files::Export { to });
            let step = (target.clone(), store.world.name_of(&target), command);
            let purpose = jobs::Purpose::Action;
            store.jobs.begin("export", vec![step], purpose, store.now)
        },
        ..ROW
    },
    Action {
        id: "container.diff",
        label: "Changes in its files",
        about: "See which files were added, changed or removed since it was made.",
        word: "diff",
        run: |store, call| {
            let title = format!("changes in {}", name(store, call));
            let effects = act(store, call, "diff", Change::Differences);
            watch_output(store, &effects, title);
            effects
        },
        ..ROW
    },
];

fn name(store: &Store, call: &Call) -> String {
    let target = call.targets.first();
    target
        .map(|target| store.world.name_of(target))
        .unwrap_or_default()
}

/// Begins a job of one call.
pub(super) fn act(
    store: &mut Store,
    call: &Call,
    verb: &'static str,
    change: impl FnOnce(crate::model::Id) -> Change,
) -> Effects {
    let Some(target) = call.targets.first().cloned() else {
        return Vec::new();
    };
    let command = Command::Change(change(target.id.clone()));
    let step = (target.clone(), store.world.name_of(&target), command);
    let purpose = jobs::Purpose::Action;
    store.jobs.begin(verb, vec![step], purpose, store.now)
}

/// Opens the pane in which a job's lines are read.
pub(super) fn watch_output(store: &mut Store, effects: &Effects, title: String) {
    if let Some(Effect::Run(job, ..) | Effect::Plan(job, ..)) = effects.first() {
        store.outputs.open(*job, title);
        store.overlays.push(Overlay::Output(*job));
    }
}

/// The networks of the selected container.
fn own_networks(store: &Store) -> Vec<String> {
    let targets = store.targets();
    let container = only(store, &targets);
    let networks = container.map(|container| container.networks.iter());
    let names = networks
        .into_iter()
        .flatten()
        .map(|network| network.name.to_string());
    names.collect()
}

/// The networks of its host that are known, without its own.
fn networks(store: &Store, call: &Call) -> Vec<String> {
    let Some(target) = call.targets.first() else {
        return Vec::new();
    };
    let own: Vec<String> = only(store, &call.targets)
        .map(|container| {
            container
                .networks
                .iter()
                .map(|n| n.name.to_string())
                .collect()
        })
        .unwrap_or_default();
    let mut names = store.networks_of(&target.host);
    names.retain(|name| !own.contains(name) && !matches!(name.as_str(), "host" | "none"));
    names
}

fn disconnect_question(action: &'static Action, store: &Store, call: &Call) -> Confirm {
    let title = format!("Disconnect {} from {}?", name(store, call), call.first());
    let lines = vec!["What it talks to over that network does not reach it any more.".to_owned()];
    dialogs::question(action, title, "Disconnect", lines, call)
}

fn connect_form(store: &Store, call: &Call) -> Form {
    connect::form(&name(store, call), &networks(store, call))
}

const CONNECT: Purpose = Purpose {
    fresh: Some(connect_form),
    check: |_, _, values| connect::attachment(values).err().unwrap_or_default(),
    preview: |store, call, values| {
        let to = connect::attachment(values).ok();
        let to = to.filter(|to| !to.name.is_empty());
        preview(store, call, to.map(Box::new), Change::Connect)
    },
    submit: |store, call, values| {
        let to = Box::new(connect::attachment(values)?);
        Ok(act(store, call, "connect", |id| Change::Connect(id, to)))
    },
    failed: Some(|problem| Fault::refusal(problem, &[("", "network")])),
    ..Purpose::BASE
};

const COMMIT: Purpose = Purpose {
    preview: |store, call, values| {
        preview(store, call, commit::commit(values).ok(), Change::Commit)
    },
    submit: |store, call, values| {
        let wanted = commit::commit(values)?;
        Ok(act(store, call, "commit", |id| Change::Commit(id, wanted)))
    },
    failed: Some(|problem| Fault::refusal(problem, &[("", "image")])),
    ..Purpose::BASE
};

fn preview<T>(
    store: &Store,
    call: &Call,
    wanted: Option<T>,
    change: fn(crate::model::Id, T) -> Change,
) -> Vec<Preview> {
    let (Some(wanted), Some(target)) = (wanted, call.targets.first()) else {
        return Vec::new();
    };
    let line = change(target.id.clone(), wanted).docker_line(&store.world.name_of(target));
    let line = on_host(store.jobs.words(&target.host), &line);
    vec![Preview::command("docker", line)]
}

/// By which words of a refusal the limit is known that it is about.
const REFUSALS: [(&str, &str); 10] = [
    ("memoryswap", "memory-swap"),
    ("memory reservation", "memory-reservation"),
    ("memory", "memory"),
    ("nano", "cpus"),
    ("quota", "cpu-quota"),
    ("cpuset.mems", "cpuset-mems"),
    ("cpus", "cpuset-cpus"),
    ("restart", "restart"),
    ("blkio", "blkio-weight"),
    ("pids", "pids-limit"),
];

const LIMITS: Purpose = Purpose {
    check: |_, call, values| match &call.made {
        Some(before) => limits::wanted(before, values).1,
        None => Vec::new(),
    },
    preview: limits_preview,
    submit: submit_limits,
    failed: Some(|problem| Fault::refusal(problem, &REFUSALS)),
    ..Purpose::BASE
};

impl Store {
    /// Opens the form for the limits of a container, now that it is known how they are.
    pub(in crate::store) fn open_limits(&mut self, target: &Ref, spec: RunSpec) {
        // no form comes up under fingers that are typing something else
        if !self.overlays.is_empty() {
            let text = "limits: they are known now; ask again";
            self.toasts.explain(text, self.now);
            return;
        }
        let host = self.world.hosts.get(&target.host);
        let series = host.and_then(|host| host.series.get(&target.id));
        let uses = series.map(|series| analytics::uses(series, &spec));
        let form = limits::form(
            &self.world.told_name(target),
            &spec,
            &uses.unwrap_or_default(),
        );
        let call = Call {
            targets: vec![target.clone()],
            made: Some(Arc::new(spec)),
            ..Call::default()
        };
        self.open_form(form, &LIMITS, call);
    }
}

fn limits_preview(store: &Store, call: &Call, values: &Values) -> Vec<Preview> {
    let (Some(before), Some(target)) = (&call.made, call.targets.first()) else {
        return Vec::new();
    };
    let (after, faults) = limits::wanted(before, values);
    let changed = update::changed(before, &after);
    let mut previews = Vec::new();
    let line = match values.is_on(limits::RECREATE) {
        true => {
            let text = format!("# {} is made anew with that", name(store, call));
            Some(Preview::text("docker", vec![text]))
        }
        false if changed == RunSpec::default() => None,
        false => {
            let line = update::line(&changed, &name(store, call));
            let line = on_host(store.jobs.words(&target.host), &line);
            Some(Preview::command("docker", line))
        }
    };
    previews.extend(line.filter(|_| faults.is_empty()));
    let host = store.world.hosts.get(&target.host);
    let series = host.and_then(|host| host.series.get(&target.id));
    let uses = series.map(|series| analytics::uses(series, before));
    let uses = uses.unwrap_or_default().into_iter();
    let mut lines: Vec<String> = uses.map(|(of, used)| format!("{of}: {used}")).collect();
    if lines.is_empty() {
        lines.push("nothing was measured yet".to_owned());
    }
    previews.push(Preview::text("in use", lines));
    previews
}

fn submit_limits(store: &mut Store, call: &Call, values: &Values) -> Result<Effects, Vec<Fault>> {
    // the form was opened with both
    let (Some(before), Some(target)) = (&call.made, call.targets.first()) else {
        return Ok(Vec::new());
    };
    let (after, faults) = limits::wanted(before, values);
    if !faults.is_empty() {
        return Err(faults);
    }
    let changed = update::changed(before, &after);
    let target = target.clone();
    if values.is_on(limits::RECREATE) {
        // as for an upgrade: one that does not run cannot be proved, one set aside is no more
        if let Availability::No(why) = upgrade::offered(store, &call.targets) {
            return Err(vec![Fault::of(limits::RECREATE, why)]);
        }
        if upgrade::unfinished(store, &target).is_some() {
            let why = "an upgrade of it was left half done: finish or undo that first";
            return Err(vec![Fault::of(limits::RECREATE, why)]);
        }
        let wish = upgrade::Wish::Settings(Box::new(after));
        return Ok(store.look_before_renewal(&target, wish));
    }
    if changed == RunSpec::default() {
        store.toasts.explain("nothing was changed", store.now);
        return Ok(Vec::new());
    }
    let running = only(store, &call.targets).map(|container| container.state);
    if running == Some(State::Removing) {
        return Err(vec![Fault::of("", "it is being removed")]);
    }
    Ok(act(store, call, "update", |id| {
        Change::Update(id, Box::new(changed))
    }))
}
