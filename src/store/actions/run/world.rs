//! What of a new container does not go with what is there: its name, its ports, what it names and
//! nobody knows.

use crate::form::run::paths::{Whose, path_in};
use crate::form::{Fault, Values};
use crate::model::container::{Container, Port};
use crate::model::{HostId, Link, Source};
use crate::spec::RunSpec;
use crate::spec::values::Publish;
use crate::store::Store;
use crate::store::form::Typing;
use crate::store::paths::TypedPath;

/// A host's containers.
pub(super) fn containers<'a>(
    store: &'a Store,
    host: &HostId,
) -> impl Iterator<Item = &'a Container> {
    let known = store.world.hosts.get(host);
    known.into_iter().flat_map(|host| host.containers.values())
}

/// Whether a host's engine is on this machine, so that its paths are those here. A simulated one
/// has none.
pub(super) fn is_here(store: &Store, host: &HostId) -> bool {
    let link = store.world.hosts.get(host);
    match link.and_then(|host| host.link.as_ref()) {
        Some(Link::Up {
            address, source, ..
        }) => address.is_here() && !matches!(source, Source::Demo(_)),
        _ => false,
    }
}

/// The path of this machine that is typed in a field.
pub(super) fn typed_path(store: &Store, typing: &Typing<'_>) -> Option<TypedPath> {
    let (range, whose) = path_in(typing.field, typing.text)?;
    let here = || {
        let target = typing.call.targets.first();
        target.is_some_and(|target| is_here(store, &target.host))
    };
    // behind a path that is whole other things are typed
    if range.end < typing.text.len() || whose == Whose::Engines && !here() {
        return None;
    }
    let path = TypedPath::new(&typing.text[..range.start], &typing.text[range]);
    Some(match typing.field {
        "mount" => path.ended_by(&[',', '"']).rooted(),
        _ if whose == Whose::Engines => path.ended_by(&[':']).rooted(),
        _ => path,
    })
}

/// What does not go with what is there.
pub(super) fn faults(store: &Store, host: &HostId, spec: &RunSpec, values: &Values) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(name) = &spec.name
        && containers(store, host).any(|other| *other.name == **name)
    {
        let reason = format!("a container {name} is there already");
        faults.push(Fault::of("name", reason));
    }
    for (row, text) in values.rows("publish").iter().enumerate() {
        let port: Option<Publish> = text.parse().ok();
        if let Some(holder) = port.and_then(|port| holder(store, host, &port)) {
            faults.push(Fault::of("publish", holder).at(row));
        }
    }
    faults.extend(unknown(store, host, spec));
    faults
}

/// Who holds a port of the host that is to be published.
fn holder(store: &Store, host: &HostId, wanted: &Publish) -> Option<String> {
    let ports = wanted.host?;
    // of several to choose from one is free most likely
    if ports.span() > 0 && wanted.container.span() == 0 || ports.first == 0 {
        return None;
    }
    let meets = |port: &&Port| {
        let held = port.public.unwrap_or_default();
        let there = port.ip.as_deref().unwrap_or_default();
        let addresses = match (wanted.address, there.parse::<std::net::IpAddr>()) {
            (Some(one), Ok(other)) => {
                let any = one.is_unspecified() || other.is_unspecified();
                one == other || any && one.is_ipv4() == other.is_ipv4()
            }
            _ => true,
        };
        (ports.first..=ports.last).contains(&held)
            && *port.protocol == *wanted.protocol
            && addresses
    };
    containers(store, host).find_map(|container| {
        let port = container.ports.iter().find(meets)?;
        let held = port.public.unwrap_or_default();
        Some(format!("{} holds port {held} of {host}", container.name))
    })
}

/// What is named and nobody knows, where the engine would refuse it.
fn unknown(store: &Store, host: &HostId, spec: &RunSpec) -> Vec<Fault> {
    let mut faults = Vec::new();
    let is_container = |name: &str| {
        let named = |other: &Container| *other.name == *name || other.id.as_str().starts_with(name);
        containers(store, host).any(named)
    };
    for (row, network) in spec.network.iter().enumerate() {
        let name = network.name.as_str();
        let fault = match name.strip_prefix("container:") {
            Some(other) => (!is_container(other)).then(|| format!("there is no container {other}")),
            None => store
                .names
                .get(host)
                .filter(|names| network.is_user_defined() && !names.networks.is_empty())
                .filter(|names| names.networks.iter().all(|known| known != name))
                .map(|_| format!("there was no network {name} on {host} when this form opened")),
        };
        // networks and containers may have ids, or be made meanwhile: the engine decides
        faults.extend(fault.map(|reason| Fault::of("network", reason).at(row).hint()));
    }
    for (row, from) in spec.volumes_from.iter().enumerate() {
        let name = from.split(':').next().unwrap_or_default();
        if !is_container(name) {
            let reason = format!("there is no container {name}");
            faults.push(Fault::of("volumes-from", reason).at(row).hint());
        }
    }
    faults
}

/// A name like this one that no container has: `web-2` after `web` and `web-1`.
pub(super) fn free_name(store: &Store, host: &HostId, like: &str) -> String {
    let (stem, number) = match like.rsplit_once('-') {
        Some((stem, number)) => match number.parse::<u32>() {
            Ok(number) => (stem, number),
            Err(_) => (like, 1),
        },
        None => (like, 1),
    };
    let taken = |name: &str| containers(store, host).any(|other| *other.name == *name);
    let mut names = (number.saturating_add(1)..).map(|number| format!("{stem}-{number}"));
    names.find(|name| !taken(name)).unwrap_or_default()
}
