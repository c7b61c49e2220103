//! A new container: the form with every option of `docker run`, and what becomes of a filled one.

use std::collections::BTreeSet;

use super::{Action, Availability, Call, Scope};
use crate::form::run::{Known, form, pasted, spec};
use crate::form::{Fault, Preview, Values};
use crate::model::container::Container;
use crate::model::{HostId, Id, Problem, Ref};
use crate::plans;
use crate::protocol::run_line;
use crate::spec::RunSpec;
use crate::spec::options;
use crate::store::Store;
use crate::store::form::Purpose;
use crate::store::jobs::Planned;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::Overlay;

pub(super) const ACTIONS: &[Action] = &[Action {
    id: "container.new",
    scope: Scope::Containers,
    keys: &["n"],
    label: "New container",
    about: "Make and start a container, with every option of docker run; a docker run line pasted \
            into the form fills it.",
    word: "run",
    changes: true,
    offered: |store, _| Availability::or(host(store).is_some(), "no engine answers"),
    run: |store, _| {
        let Some(host) = host(store) else {
            return Vec::new();
        };
        let call = Call {
            targets: vec![Ref::container(&host, &Id::new(""))],
            ..Call::default()
        };
        let form = form(&known(store, &host));
        store.open_form(form, &PURPOSE, call);
        Vec::new()
    },
    ..Action::BASE
}];

const PURPOSE: Purpose = Purpose {
    check,
    preview: |_, _, values| {
        if values.text("image").is_empty() {
            return Vec::new();
        }
        vec![Preview {
            title: "docker",
            lines: vec![run_line(&spec(values).0)],
        }]
    },
    submit,
    paste: pasted,
    failed: Some(place_of),
};

/// The host that it is made on: the one that shows alone, else the selected container's, else the
/// first that answers.
fn host(store: &Store) -> Option<HostId> {
    let alone = store.world.scope.clone();
    let selected = alone.or_else(|| store.selected().map(|target| target.host.clone()));
    let hosts = &store.world.hosts;
    let up = |id: &&HostId| {
        let link = hosts.get(*id).and_then(|host| host.link.as_ref());
        link.is_some_and(crate::model::Link::is_up)
    };
    selected
        .filter(|id| up(&id))
        .or_else(|| hosts.keys().find(up).cloned())
}

fn containers<'a>(store: &'a Store, host: &HostId) -> impl Iterator<Item = &'a Container> {
    let known = store.world.hosts.get(host);
    known.into_iter().flat_map(|host| host.containers.values())
}

/// What fields can be completed to, as far as the containers tell.
fn known(store: &Store, host: &HostId) -> Known {
    let mut images = BTreeSet::new();
    let mut networks = BTreeSet::new();
    let mut names = BTreeSet::new();
    for container in containers(store, host) {
        images.insert(container.image.to_string());
        names.insert(container.name.to_string());
        networks.extend(
            container
                .networks
                .iter()
                .map(|network| network.name.to_string()),
        );
    }
    Known {
        images: images.into_iter().collect(),
        networks: networks.into_iter().collect(),
        containers: names.into_iter().collect(),
    }
}

/// What is wrong with the values, and with what is there already.
fn check(store: &Store, call: &Call, values: &Values) -> Vec<Fault> {
    let (spec, mut faults) = spec(values);
    let Some(target) = call.targets.first() else {
        return faults;
    };
    if let Some(name) = &spec.name
        && containers(store, &target.host).any(|other| *other.name == **name)
    {
        faults.push(Fault::of(
            "name",
            format!("a container {name} is there already"),
        ));
    }
    for (row, text) in values.rows("publish").iter().enumerate() {
        faults.extend(taken(store, &target.host, text).map(|reason| Fault {
            field: "publish".into(),
            row,
            reason,
        }));
    }
    faults
}

/// Who holds the host's port that a row wants.
fn taken(store: &Store, host: &HostId, text: &str) -> Option<String> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let wanted: u16 = ports.rsplit(':').nth(1)?.parse().ok()?;
    let holds = |container: &&Container| {
        let mut ports = container.ports.iter();
        ports.any(|port| port.public == Some(wanted) && *port.protocol == *protocol)
    };
    let holder = containers(store, host).find(holds)?;
    Some(format!("{} holds port {wanted} of the host", holder.name))
}

fn submit(store: &mut Store, call: &Call, values: &Values) -> Result<Effects, Vec<Fault>> {
    let Some(target) = call.targets.first() else {
        return Ok(Vec::new());
    };
    let (spec, faults) = spec(values);
    if !faults.is_empty() {
        return Err(faults);
    }
    let RunSpec { image, name, .. } = &spec;
    let subject = name.clone().unwrap_or_else(|| image.clone());
    let title = format!("run {subject}");
    let planned = Planned {
        subject,
        line: Some(run_line(&spec)),
        plan: plans::run::run(&spec),
    };
    let effects = store
        .jobs
        .begin_plan("run", &target.host, planned, store.now);
    if let Some(Effect::Plan(job, ..)) = effects.first() {
        store.outputs.open(*job, title);
        store.overlays.push(Overlay::Output(*job));
    }
    Ok(effects)
}

/// The field that an engine's refusal is about, as far as its words tell.
fn place_of(problem: &Problem) -> Fault {
    let reason = if problem.detail.is_empty() {
        problem.summary.clone()
    } else {
        problem.detail.clone()
    };
    let said = format!("{} {}", problem.summary, problem.detail).to_lowercase();
    let own = options::all().find(|option| said.contains(&format!("{}:", option.flag())));
    let known = [
        ("container name", "name"),
        ("port is already allocated", "publish"),
        ("address already in use", "publish"),
        ("manifest", "image"),
        ("pull access denied", "image"),
        ("no such image", "image"),
        ("no such host", "image"),
        ("network", "network"),
        ("executable file not found", "command"),
        ("unable to find user", "user"),
        ("volume name", "volume"),
        ("bind source path", "mount"),
        ("invalid mount", "mount"),
        ("memory", "memory"),
        ("cpuset", "cpuset-cpus"),
    ];
    let field = known.into_iter().find(|(words, _)| said.contains(words));
    let field = own
        .map(|option| option.name)
        .or(field.map(|(_, field)| field));
    Fault::of(field.unwrap_or_default(), reason)
}
