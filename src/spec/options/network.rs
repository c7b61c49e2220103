//! Options of how a container is reached and whom it reaches.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Completion, Compose, Kind, RunOption, Section};

pub(super) const NETWORK: &[RunOption] = &[
    RunOption {
        name: "network",
        also: &["net"],
        section: Section::Network,
        about: "A network that it joins, or bridge, host, none, container:<name>.",
        example: "name=backend,alias=api",
        completion: Completion::Networks,
        compose: Compose::Own("networks"),
        field: |spec| &spec.network,
        field_mut: |spec| &mut spec.network,
        ..RunOption::BASE
    },
    RunOption {
        name: "network-alias",
        also: &["net-alias"],
        section: Section::Network,
        about: "A name by which others on the network find it.",
        example: "api",
        compose: Compose::Own("networks.*.aliases"),
        field: |spec| &spec.network_alias,
        field_mut: |spec| &mut spec.network_alias,
        ..RunOption::BASE
    },
    RunOption {
        name: "ip",
        section: Section::Network,
        about: "Its IPv4 address on the network.",
        example: "172.30.100.104",
        compose: Compose::Own("networks.*.ipv4_address"),
        check: |text| match text {
            "" => Ok(()),
            _ if text.parse::<Ipv4Addr>().is_ok() => Ok(()),
            _ => Err(format!("`{text}` is no IPv4 address")),
        },
        field: |spec| &spec.ip,
        field_mut: |spec| &mut spec.ip,
        ..RunOption::BASE
    },
    RunOption {
        name: "ip6",
        section: Section::Network,
        about: "Its IPv6 address on the network.",
        example: "2001:db8::33",
        compose: Compose::Own("networks.*.ipv6_address"),
        check: |text| match text {
            "" => Ok(()),
            _ if text.parse::<Ipv6Addr>().is_ok() => Ok(()),
            _ => Err(format!("`{text}` is no IPv6 address")),
        },
        field: |spec| &spec.ip6,
        field_mut: |spec| &mut spec.ip6,
        ..RunOption::BASE
    },
    RunOption {
        name: "link-local-ip",
        section: Section::Network,
        about: "A link-local address on the network.",
        example: "169.254.34.22",
        compose: Compose::Own("networks.*.link_local_ips"),
        field: |spec| &spec.link_local_ip,
        field_mut: |spec| &mut spec.link_local_ip,
        ..RunOption::BASE
    },
    RunOption {
        name: "mac-address",
        section: Section::Network,
        about: "Its MAC address on the network.",
        example: "92:d0:c6:0a:29:33",
        compose: Compose::Value("mac_address"),
        check: mac,
        field: |spec| &spec.mac_address,
        field_mut: |spec| &mut spec.mac_address,
        ..RunOption::BASE
    },
    RunOption {
        name: "publish",
        short: Some('p'),
        section: Section::Network,
        about: "A port of the container at a port of the host: [[address:]host:]container[/udp].",
        example: "127.0.0.1:8080:80",
        compose: Compose::List("ports"),
        field: |spec| &spec.publish,
        field_mut: |spec| &mut spec.publish,
        ..RunOption::BASE
    },
    RunOption {
        name: "publish-all",
        short: Some('P'),
        section: Section::Network,
        kind: Kind::Switch,
        about: "Give every exposed port a free port of the host.",
        example: "true",
        field: |spec| &spec.publish_all,
        field_mut: |spec| &mut spec.publish_all,
        ..RunOption::BASE
    },
    RunOption {
        name: "expose",
        section: Section::Network,
        about: "A port or range that it listens on, without a port of the host.",
        example: "8000-8010/tcp",
        compose: Compose::List("expose"),
        field: |spec| &spec.expose,
        field_mut: |spec| &mut spec.expose,
        ..RunOption::BASE
    },
    RunOption {
        name: "link",
        section: Section::Network,
        about: "Another container under a name of its own; networks do this better.",
        example: "postgres:db",
        completion: Completion::Containers,
        compose: Compose::List("external_links"),
        check: |text| match text.split(':').count() {
            1 | 2 if !text.is_empty() => Ok(()),
            _ => Err(format!("`{text}` is not container:alias")),
        },
        field: |spec| &spec.link,
        field_mut: |spec| &mut spec.link,
        ..RunOption::BASE
    },
    RunOption {
        name: "dns",
        section: Section::Network,
        about: "A name server that it asks.",
        example: "1.1.1.1",
        compose: Compose::List("dns"),
        field: |spec| &spec.dns,
        field_mut: |spec| &mut spec.dns,
        ..RunOption::BASE
    },
    RunOption {
        name: "dns-option",
        also: &["dns-opt"],
        section: Section::Network,
        about: "An option of its resolver.",
        example: "ndots:2",
        compose: Compose::List("dns_opt"),
        field: |spec| &spec.dns_option,
        field_mut: |spec| &mut spec.dns_option,
        ..RunOption::BASE
    },
    RunOption {
        name: "dns-search",
        section: Section::Network,
        about: "A domain in which short names are looked up; a dot is none.",
        example: "example.org",
        compose: Compose::List("dns_search"),
        check: domain,
        field: |spec| &spec.dns_search,
        field_mut: |spec| &mut spec.dns_search,
        ..RunOption::BASE
    },
    RunOption {
        name: "add-host",
        section: Section::Network,
        about: "A line for its /etc/hosts; host-gateway stands for the host's address.",
        example: "host.docker.internal:host-gateway",
        compose: Compose::List("extra_hosts"),
        field: |spec| &spec.add_host,
        field_mut: |spec| &mut spec.add_host,
        ..RunOption::BASE
    },
];

fn mac(text: &str) -> Result<(), String> {
    let separator = if text.contains('-') { '-' } else { ':' };
    let groups: Vec<&str> = text.trim().split(separator).collect();
    let is_hex = |group: &&str| group.len() == 2 && u8::from_str_radix(group, 16).is_ok();
    if text.is_empty() || (matches!(groups.len(), 6 | 8 | 20) && groups.iter().all(is_hex)) {
        Ok(())
    } else {
        Err(format!(
            "`{text}` is no MAC address, as in 92:d0:c6:0a:29:33"
        ))
    }
}

fn domain(text: &str) -> Result<(), String> {
    let name = text.trim();
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.ends_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let bare = name.strip_suffix('.').unwrap_or(name);
    let letters = name.contains(|c: char| c.is_ascii_alphabetic());
    if name == "." || (letters && name.len() < 255 && bare.split('.').all(part)) {
        Ok(())
    } else {
        Err(format!("`{text}` is no domain"))
    }
}
