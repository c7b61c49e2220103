//! Networks: the three built-in ones and those that containers name.
//!
//! Must keep no state of its own.

use serde_json::{Map, Value, json};

use super::chance::{hex, seed_of};
use super::clock::{Nanos, SECOND, stamp};
use super::container::Container;
use super::daemon::State;
use super::query::Query;
use super::wire::{self, Outcome, Refusal};

/// A network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) driver: String,
    created: Nanos,
    project: String,
    /// Second part of its addresses: `172.N.0.0/16`.
    octet: usize,
}

impl Network {
    fn new(name: &str, driver: &str, project: &str, octet: usize, created: Nanos) -> Self {
        Self {
            id: hex(seed_of(name), 64),
            name: name.to_owned(),
            driver: driver.to_owned(),
            created,
            project: project.to_owned(),
            octet,
        }
    }

    fn json(&self, members: &Value) -> Value {
        let config = match self.driver.as_str() {
            "bridge" => json!([{
                "Subnet": format!("172.{}.0.0/16", self.octet),
                "Gateway": format!("172.{}.0.1", self.octet),
            }]),
            _ => json!([]),
        };
        let labels = match self.project.as_str() {
            "" => json!({}),
            project => json!({
                "com.docker.compose.network": "default",
                "com.docker.compose.project": project,
                "com.docker.compose.version": "2.29.7",
            }),
        };
        json!({
            "Name": self.name, "Id": self.id, "Created": stamp(self.created), "Scope": "local",
            "Driver": self.driver, "EnableIPv6": false,
            "IPAM": { "Driver": "default", "Options": null, "Config": config },
            "Internal": false, "Attachable": false, "Ingress": false,
            "ConfigFrom": { "Network": "" }, "ConfigOnly": false,
            "Containers": members, "Options": {}, "Labels": labels,
        })
    }

    fn is_builtin(&self) -> bool {
        matches!(self.name.as_str(), "bridge" | "host" | "none")
    }
}

/// The networks that every engine has.
pub(super) fn builtin(now: Nanos) -> Vec<Network> {
    let created = now - 90 * 86_400 * SECOND;
    [("bridge", "bridge"), ("host", "host"), ("none", "null")]
        .map(|(name, driver)| Network::new(name, driver, "", 17, created))
        .to_vec()
}

/// Makes the networks that a container names and that aren't there yet.
pub(super) fn ensure(networks: &mut Vec<Network>, container: &Container, now: Nanos) {
    for name in container.networks() {
        if !networks.iter().any(|one| one.name == name) {
            let octet = 15 + networks.len() % 200;
            let created = container.created.min(now) - SECOND;
            networks.push(Network::new(
                &name,
                "bridge",
                &container.project,
                octet,
                created,
            ));
        }
    }
}

/// A container's endpoints by network; without addresses while it isn't up.
pub(super) fn endpoints(state: &State, container: &Container) -> Map<String, Value> {
    let mut all = Map::new();
    for name in container.networks() {
        let network = state.networks.iter().find(|one| one.name == name);
        let Some(network) = network else { continue };
        let up = container.is_alive();
        let bridged = up && network.driver == "bridge";
        let (high, low) = (container.address / 250, container.address % 250 + 1);
        let text = |yes: bool, text: String| if yes { text } else { String::new() };
        let aliases = match container.template.service.as_str() {
            "" => Value::Null,
            service => json!([container.name, service, container.id.get(..12)]),
        };
        let mut endpoint = json!({
            "IPAMConfig": null, "Links": null, "Aliases": aliases,
            "NetworkID": text(up, network.id.clone()),
            "EndpointID": text(up, hex(container.seed ^ seed_of(&name), 64)),
            "Gateway": text(bridged, format!("172.{}.0.1", network.octet)),
            "IPAddress": text(bridged, format!("172.{}.{high}.{low}", network.octet)),
            "IPPrefixLen": if bridged { 16 } else { 0 },
            "IPv6Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
            "MacAddress": text(bridged, format!("02:42:ac:{:02x}:{high:02x}:{low:02x}", network.octet)),
            "DriverOpts": null,
        });
        if state.speaks(44) {
            endpoint["DNSNames"] = json!([container.name, container.id.get(..12)]);
        }
        all.insert(name, endpoint);
    }
    all
}

/// `GET /networks`
pub(super) fn list(state: &State, query: &Query) -> Outcome {
    let filters = query.filters()?;
    let wanted = state.networks.iter().filter(|one| {
        filters.any("name", |name| one.name.contains(name))
            && filters.any("id", |id| one.id.starts_with(id))
            && filters.any("driver", |driver| one.driver == driver)
            && filters.any("type", |kind| (kind == "builtin") == one.is_builtin())
    });
    wire::done(&wanted.map(|one| one.json(&json!({}))).collect())
}

fn find<'a>(state: &'a State, reference: &str) -> Result<&'a Network, Refusal> {
    let mut all = state.networks.iter();
    let found = all.find(|one| one.name == reference || one.id.starts_with(reference));
    found.ok_or_else(|| Refusal::missing(format!("network {reference} not found")))
}

/// `GET /networks/{id}`
pub(super) fn inspect(state: &State, reference: &str) -> Outcome {
    let network = find(state, reference)?;
    let mut members = Map::new();
    for container in state.containers.values().filter(|one| one.is_alive()) {
        if let Some(endpoint) = endpoints(state, container).get(&network.name) {
            let address = endpoint["IPAddress"].as_str().unwrap_or_default();
            let member = json!({
                "Name": container.name, "EndpointID": endpoint["EndpointID"],
                "MacAddress": endpoint["MacAddress"],
                "IPv4Address": if address.is_empty() { String::new() } else { format!("{address}/16") },
                "IPv6Address": "",
            });
            members.insert(container.id.clone(), member);
        }
    }
    wire::done(&network.json(&Value::Object(members)))
}

/// `DELETE /networks/{id}`
pub(super) fn remove(state: &mut State, reference: &str, now: Nanos) -> Outcome {
    let network = find(state, reference)?.clone();
    if network.is_builtin() {
        let reason = format!(
            "{} is a pre-defined network and cannot be removed",
            network.name
        );
        return Err(Refusal::new(403, reason));
    }
    let used = |one: &Container| one.is_alive() && one.networks().contains(&network.name);
    if state.containers.values().any(used) {
        let reason = format!(
            "error while removing network: network {} id {} has active endpoints",
            network.name, network.id
        );
        return Err(Refusal::new(403, reason));
    }
    state.networks.retain(|one| one.id != network.id);
    let attributes = super::events::owned([("name", network.name), ("type", network.driver)]);
    state.emit(now, "network", &network.id, "destroy", attributes);
    wire::no_content()
}
