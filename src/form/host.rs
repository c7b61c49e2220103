//! The form for a host of the settings: new, or changed.

use std::collections::BTreeMap;

use super::{Fault, Field, Form, Kind, Section, Suggestion, Value, Values, check};
use crate::config::HostSettings;
use crate::config::hosts::{COLOURS, CONTEXT, address_fault, colour_fault, name_fault};

/// What a host without a colour of its own has in its place.
const NO_COLOUR: &str = "none";

/// The form. `before` is what the settings say of it now, `known` what its address can be: those of
/// contexts, aliases and sockets that are known already.
pub fn form(before: &HostSettings, known: Vec<Suggestion>) -> Form {
    let is_new = before.name.is_empty();
    let text = |text: &str| Value::Text(text.to_owned());
    let named = !is_new && before.address.is_empty();
    let address = Field::new("address", "address", Kind::Text)
        .help(
            if named {
                "Where its engine is; empty: the Docker context or the ssh alias of its name."
            } else {
                "Where its engine is: ssh://, tcp://, unix://, or context:// and a name."
            },
            "ssh://ann@prod.example.org",
        )
        .check(|text| whole(text).and_then(|()| address_fault(text, "").map_or(Ok(()), Err)))
        .suggest(known)
        .holding(text(&before.address));
    let colours = COLOURS.map(|colour| Suggestion::new(colour, ""));
    let colours = [Suggestion::new(NO_COLOUR, "")].into_iter().chain(colours);
    let labels = before
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    let fields =
        vec![
        if named { address } else { address.needed() },
        Field::new("name", "name", Kind::Text)
            .help("What it is called here; empty: as the machine of its address.", "prod")
            .check(|text| name_fault(text).map_or(Ok(()), Err))
            .holding(text(&before.name)),
        Field::new("tls", "TLS files", Kind::Path)
            .help(
                "The folder of ca.pem, cert.pem and key.pem with which tcp:// speaks TLS; empty: \
                 as DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say.",
                "~/.docker/prod",
            )
            .holding(text(&before.tls)),
        Field::new("colour", "colour", Kind::Choice(colours.collect()))
            .help("In which its name shows, in lists, header and frames.", "")
            .holding(text(match before.colour.as_str() {
                "" => NO_COLOUR,
                colour => colour,
            })),
        Field::new("labels", "labels", Kind::Pairs)
            .help("Words about it, one a row; they can be filtered by.", "role=db")
            .check(|text| match check::pair(text)? {
                (_, Some(_)) => Ok(()),
                (key, None) => Err(format!("a value is missing: {key}=…")),
            })
            .holding(Value::Rows(labels.collect())),
        Field::new("protect", "protected", Kind::Switch)
            .help("Asks before every change there, and for the typed name before harm.", "")
            .holding(Value::On(before.protect)),
        Field::new("read_only", "read-only", Kind::Switch)
            .help("Refuses whatever changes something there.", "")
            .holding(Value::On(before.read_only)),
        Field::new("connect", "at the start", Kind::Switch)
            .help("Connects it whenever Pilothouse starts.", "")
            .holding(Value::On(before.connect)),
    ];
    Form {
        title: if is_new {
            "Add a host".to_owned()
        } else {
            format!("Edit {}", before.name)
        },
        verb: "Save",
        sections: vec![Section::new("host", fields)],
    }
}

/// What a filled form says of a host.
pub fn settings(values: &Values) -> HostSettings {
    let text = |id: &str| values.text(id).to_owned();
    let pair = |row: &String| {
        let (key, value) = row.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    };
    HostSettings {
        name: match values.text("name") {
            "" => name_of(values.text("address")),
            name => name.to_owned(),
        },
        address: text("address"),
        tls: text("tls"),
        colour: Some(text("colour"))
            .filter(|colour| colour != NO_COLOUR && colour_fault(colour).is_none())
            .unwrap_or_default(),
        labels: values
            .rows("labels")
            .iter()
            .filter_map(pair)
            .collect::<BTreeMap<_, _>>(),
        read_only: values.is_on("read_only"),
        protect: values.is_on("protect"),
        connect: values.is_on("connect"),
    }
}

/// What is wrong across the fields. `taken` says whether another host has a name.
pub fn faults(host: &HostSettings, taken: impl Fn(&str) -> bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if host.name.is_empty() && !host.address.is_empty() {
        faults.push(Fault::of(
            "name",
            "its address names no machine: give it a name",
        ));
    }
    if taken(&host.name) {
        let reason = format!("a host is called {} already", host.name);
        faults.push(Fault::of("name", reason));
    }
    if address_fault(&host.address, "").is_none()
        && let Some(reason) = address_fault(&host.address, &host.tls)
    {
        faults.push(Fault::of("tls", reason));
    }
    faults
}

/// What a new host is called as long as nobody says otherwise: the machine of its address.
pub fn name_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let name = match address.strip_prefix("unix://") {
        Some(path) => {
            let file = path.rsplit('/').next().unwrap_or_default();
            file.trim_end_matches(".sock").to_owned()
        }
        None => {
            let rest = rest.trim_start_matches('[');
            let end = rest.find([':', '/', ']']).unwrap_or(rest.len());
            rest[..end].to_owned()
        }
    };
    Some(name)
        .filter(|name| name_fault(name).is_none())
        .unwrap_or_default()
}

/// An address is typed whole: without its scheme, a word would be a machine at the port of an
/// engine without TLS.
fn whole(text: &str) -> Result<(), String> {
    if text.contains("://") {
        Ok(())
    } else {
        Err(format!(
            "an address begins with ssh://, tcp://, unix:// or {CONTEXT}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(form: &Form) -> Values {
        let mut values = Values::default();
        for field in &form.sections[0].fields {
            values.set(field.id.clone(), field.start.clone());
        }
        values
    }

    #[test]
    fn what_is_not_touched_comes_back_as_it_was() {
        let host = HostSettings {
            name: "prod".into(),
            address: "tcp://prod:2376".into(),
            tls: "~/certs".into(),
            colour: "orange".into(),
            labels: BTreeMap::from([("role".into(), "db=main".into())]),
            read_only: true,
            protect: true,
            connect: false,
        };
        for host in [host, HostSettings::default()] {
            assert_eq!(settings(&filled(&form(&host, Vec::new()))), host);
        }
    }

    #[test]
    fn faults_are_told_where_they_are() {
        let host = HostSettings {
            name: "prod".into(),
            address: "ssh://prod".into(),
            tls: "/certs".into(),
            ..HostSettings::default()
        };
        let found = faults(&host, |name| name == "prod");
        let places: Vec<_> = found.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(places, ["name", "tls"]);
        let form = form(&HostSettings::default(), Vec::new());
        let address = &form.sections[0].fields[0];
        for (text, wrong) in [
            ("prod", true),
            ("tcp://prod:x", true),
            ("ssh://me:pw@prod", true),
            ("ssh://me@prod:22/run/x.sock", false),
        ] {
            let found = address.faults(&Value::Text(text.into()));
            assert_eq!(!found.is_empty(), wrong, "{text}: {found:?}");
        }
    }

    #[test]
    fn a_name_is_taken_from_the_address() {
        for (address, name) in [
            ("ssh://ann@nas:2222/run/x.sock", "nas"),
            ("tcp://10.0.0.2:2376", "10.0.0.2"),
            ("unix:///run/podman/podman.sock", "podman"),
            ("context://far", "far"),
            ("tcp://[::1]:2376", ""),
            ("ssh://", ""),
        ] {
            assert_eq!(name_of(address), name, "{address}");
        }
    }
}
