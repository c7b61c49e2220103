//! Where a browser finds what a container publishes.

use super::containers::only;
use crate::model::container::Container;
use crate::model::{Link, Ref};
use crate::store::Store;

/// The page of a container's first published TCP port.
pub(super) fn page_of(store: &Store, targets: &[Ref]) -> Option<String> {
    let container = only(store, targets)?;
    let link = store.world.hosts.get(&targets.first()?.host)?.link.as_ref();
    let machine = match link {
        Some(Link::Up { address, .. }) => address.machine().unwrap_or("localhost"),
        _ => "localhost",
    };
    port_url(container, machine)
}

/// The address of the first published TCP port, as a browser on this machine reaches it.
fn port_url(container: &Container, machine: &str) -> Option<String> {
    let published = container
        .ports
        .iter()
        .filter(|port| &*port.protocol == "tcp");
    let port = published
        .filter_map(|port| Some((port.public?, port.ip.as_deref())))
        .min()?;
    let host = match port.1 {
        None | Some("" | "0.0.0.0" | "::") => machine.to_owned(),
        Some(ip) if ip.contains(':') => format!("[{ip}]"),
        Some(ip) => ip.to_owned(),
    };
    let scheme = if matches!(port.0, 443 | 8443) {
        "https"
    } else {
        "http"
    };
    Some(format!("{scheme}://{host}:{}", port.0))
}
