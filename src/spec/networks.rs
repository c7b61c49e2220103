//! The networks part of the create body: `--network` in both forms, and the older options that
//! belong to the first network.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::RunSpec;
use super::create_body::Fault;
use super::values::Attachment;

/// The networks that are joined, with what the older options add to the first.
///
/// # Errors
/// What contradicts itself.
fn attachments(spec: &RunSpec) -> Result<Vec<Attachment>, Fault> {
    let mut all = spec.network.clone();
    if all.is_empty() {
        all.push(Attachment {
            name: "default".to_owned(),
            ..Attachment::default()
        });
    }
    let Some(first) = all.first_mut() else {
        return Ok(all);
    };
    let twice = |option, said: bool, also: bool| match said && also {
        true => Err(Fault::new(
            option,
            "the network's own fields say it already",
        )),
        false => Ok(()),
    };
    let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let (ip, ip6, mac) = (text(&spec.ip), text(&spec.ip6), text(&spec.mac_address));
    twice(
        "network-alias",
        !first.aliases.is_empty(),
        !spec.network_alias.is_empty(),
    )?;
    twice("ip", !first.ip.is_empty(), ip.is_some())?;
    twice("ip6", !first.ip6.is_empty(), ip6.is_some())?;
    twice("mac-address", !first.mac.is_empty(), mac.is_some())?;
    twice(
        "link-local-ip",
        !first.link_local.is_empty(),
        !spec.link_local_ip.is_empty(),
    )?;
    first.aliases.extend(spec.network_alias.iter().cloned());
    first.link_local.extend(spec.link_local_ip.iter().cloned());
    for (field, said) in [
        (&mut first.ip, ip),
        (&mut first.ip6, ip6),
        (&mut first.mac, mac),
    ] {
        if let Some(said) = said {
            *field = said;
        }
    }
    Ok(all)
}

/// `EndpointsConfig`: how each network is joined. One that is only named is left to the engine.
pub(crate) fn endpoints(spec: &RunSpec, api: (u32, u32)) -> Result<Value, Fault> {
    let all = attachments(spec)?;
    let links = |network: &Attachment, place: usize| match place == 0 && network.is_user_defined() {
        true => spec.link.clone(),
        false => Vec::new(),
    };
    let mut endpoints = Map::new();
    let mut names = BTreeSet::new();
    for (place, network) in all.iter().enumerate() {
        let name = &network.name;
        if !network.is_user_defined() && !network.aliases.is_empty() {
            let text = format!("only networks that somebody made have aliases, {name} is none");
            return Err(Fault::new("network-alias", text));
        }
        if !names.insert(name) {
            return Err(Fault::new("network", format!("{name} is said twice")));
        }
        let links = links(network, place);
        let plain = network.is_plain() && links.is_empty();
        if !(plain && spec.network.len() == 1) {
            endpoints.insert(name.clone(), endpoint(network, &links, api));
        }
    }
    let own = spec
        .network
        .iter()
        .filter(|network| network.is_user_defined())
        .count();
    if own > 0 && own < spec.network.len() {
        let text = "networks that somebody made do not go together with bridge, host or none";
        return Err(Fault::new("network", text));
    }
    endpoints.sort_keys();
    Ok(Value::Object(endpoints))
}

fn endpoint(network: &Attachment, links: &[String], api: (u32, u32)) -> Value {
    let list = |list: &[String]| match list.is_empty() {
        true => Value::Null,
        false => json!(list),
    };
    let mut addresses = Map::new();
    for (key, address) in [("IPv4Address", &network.ip), ("IPv6Address", &network.ip6)] {
        if !address.is_empty() {
            addresses.insert(key.to_owned(), json!(address));
        }
    }
    if !network.link_local.is_empty() {
        addresses.insert("LinkLocalIPs".to_owned(), json!(network.link_local));
    }
    let addresses = match addresses.is_empty() {
        true => Value::Null,
        false => Value::Object(addresses),
    };
    let options = match network.options.is_empty() {
        true => Value::Null,
        false => json!(network.options),
    };
    // an older engine takes it from the container's part
    let mac = if api < (1, 44) { "" } else { &network.mac };
    json!({
        "IPAMConfig": addresses,
        "Links": list(links),
        "Aliases": list(&network.aliases),
        "MacAddress": mac,
        "DriverOpts": options,
        "GwPriority": network.priority,
        "NetworkID": "",
        "EndpointID": "",
        "Gateway": "",
        "IPAddress": "",
        "IPPrefixLen": 0,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "DNSNames": null,
    })
}

/// The MAC address where engines before API 1.44 look for it; empty for newer ones.
pub(crate) fn old_mac(spec: &RunSpec, api: (u32, u32)) -> String {
    if api >= (1, 44) {
        return String::new();
    }
    let own = spec.network.first().map(|network| network.mac.clone());
    let own = own.filter(|mac| !mac.is_empty());
    own.or_else(|| spec.mac_address.clone()).unwrap_or_default()
}
