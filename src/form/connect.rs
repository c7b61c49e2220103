//! The form for a network that a container joins, as `docker network connect` takes it.

use super::{Fault, Field, Form, Kind, Section, Suggestion, Values};
use crate::spec::values::Attachment;

/// The form for a container of this name; networks that are known are offered.
pub fn form(name: &str, networks: &[String]) -> Form {
    let fields = vec![
        Field::new("network", "network", Kind::Text)
            .help("The network that it joins.", "backend")
            .needed()
            .suggest(
                networks
                    .iter()
                    .map(|name| Suggestion::new(name.clone(), "")),
            ),
        Field::new("alias", "alias", Kind::Rows).help(
            "Names by which others on the network find it besides its own, one a row.",
            "db",
        ),
        Field::new("ip", "ip", Kind::Text)
            .help(
                "A fixed IPv4 address, in the network's own subnet; empty: any.",
                "172.20.0.10",
            )
            .check(|text| parsed::<std::net::Ipv4Addr>(text, "IPv4")),
        Field::new("ip6", "ip6", Kind::Text)
            .help("A fixed IPv6 address; empty: any.", "fd00::10")
            .check(|text| parsed::<std::net::Ipv6Addr>(text, "IPv6")),
    ];
    Form {
        title: format!("Connect {name} to a network"),
        verb: "Connect",
        sections: vec![Section::new("network", fields)],
    }
}

fn parsed<T: std::str::FromStr>(text: &str, kind: &str) -> Result<(), String> {
    let parsed = text.parse::<T>();
    parsed
        .map(drop)
        .map_err(|_| format!("`{text}` is no {kind} address"))
}

/// What a filled form asks for.
///
/// # Errors
/// The faults that keep it from being done.
pub fn attachment(values: &Values) -> Result<Attachment, Vec<Fault>> {
    let name = values.text("network");
    if matches!(name, "host" | "none") {
        let reason = format!("{name} is joined by no container that exists");
        return Err(vec![Fault::of("network", reason)]);
    }
    Ok(Attachment {
        name: name.to_owned(),
        aliases: values.rows("alias").to_vec(),
        ip: values.text("ip").to_owned(),
        ip6: values.text("ip6").to_owned(),
        ..Attachment::default()
    })
}
