//! The hosts that a settings file names: their types, what can be wrong with them, and how one is
//! added, changed and taken out without disturbing the rest of the file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table};

use super::tables::written;
use super::{Fault, set};
use crate::model::Address;
use crate::model::address;
use crate::model::text::nearest;

/// The colours that a host can have: of the theme's own, that which is nearest.
pub const COLOURS: [&str; 8] = [
    "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink",
];
/// The word that stands for all hosts, and so names none.
pub const ALL: &str = "all";
/// What an address begins with that names a Docker context.
pub const CONTEXT: &str = "context://";

/// A host of the settings file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostSettings {
    /// Its name.
    pub name: String,
    /// Where its engine is, also `context://NAME`; empty: the Docker context, the ssh alias or
    /// `local` of its name.
    pub address: String,
    /// The folder of `ca.pem`, `cert.pem` and `key.pem` with which TCP speaks TLS; empty: as the
    /// environment says.
    pub tls: String,
    /// One of [`COLOURS`]; empty for none.
    pub colour: String,
    /// Words about it, by key.
    pub labels: BTreeMap<String, String>,
    /// Refuse whatever changes something there.
    pub read_only: bool,
    /// Ask before every change there, and for the typed name before a harmful one.
    pub protect: bool,
    /// Connect at the start.
    pub connect: bool,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            address: String::new(),
            tls: String::new(),
            colour: String::new(),
            labels: BTreeMap::new(),
            read_only: false,
            protect: false,
            connect: true,
        }
    }
}

/// What is wrong with a host's name; none when nothing is. A name stands in commands and before a
/// container's: `prod/web`.
pub fn name_fault(name: &str) -> Option<String> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':' | '=');
    if name.is_empty() {
        Some("a host needs a name".to_owned())
    } else if name == ALL {
        Some("`all` stands for all hosts: choose another name".to_owned())
    } else if name.starts_with('-') || name.contains(odd) {
        Some("a host's name has no blank and no / : = in it".to_owned())
    } else {
        None
    }
}

/// What is wrong with an address, or with TLS files for it; none when nothing is.
pub fn address_fault(address: &str, tls: &str) -> Option<String> {
    let by_name = match address.strip_prefix(CONTEXT) {
        Some("") => return Some("the name of a Docker context is missing".to_owned()),
        Some(_) => true,
        None => address.is_empty(),
    };
    let tcp = match address::parse_address(address) {
        _ if by_name => false,
        Ok(address) => matches!(address, Address::Tcp { .. } | Address::Tls { .. }),
        Err(problem) => return Some(problem.summary),
    };
    let useless = !tls.is_empty() && !tcp;
    useless.then(|| "TLS files are of use with tcp:// alone".to_owned())
}

/// What is wrong with a colour's name; none when nothing is.
pub fn colour_fault(colour: &str) -> Option<String> {
    if colour.is_empty() || COLOURS.contains(&colour) {
        return None;
    }
    let near = nearest(colour, COLOURS.into_iter());
    let near = near.map_or_else(
        || format!("; there are {}", COLOURS.join(", ")),
        |near| format!("; did you mean `{near}`?"),
    );
    Some(format!("there is no colour `{colour}`{near}"))
}

/// Checks what the types do not say.
///
/// # Errors
/// The first fault, with the line of its host.
pub(super) fn check(hosts: &[toml::Spanned<HostSettings>], text: &str) -> Result<(), Fault> {
    let mut names = BTreeSet::new();
    for spanned in hosts {
        let host = spanned.get_ref();
        let twice = || format!("two hosts are called `{}`", host.name);
        let fault = name_fault(&host.name)
            .or_else(|| (!names.insert(&host.name)).then(twice))
            .or_else(|| colour_fault(&host.colour))
            .or_else(|| {
                let fault = address_fault(&host.address, &host.tls)?;
                Some(format!("the host {}: {fault}", host.name))
            });
        if let Some(fault) = fault {
            return Err(Fault::at(text, Some(spanned.span()), fault));
        }
    }
    Ok(())
}

/// The file with a host written into it: in place of the one that was called `before`, or, where
/// there is none, behind the others, the first at the end of the file. Comments and everything else stay.
///
/// # Errors
/// The file is not TOML, or `hosts` is no list of tables.
pub fn keep(text: &str, before: &str, host: &HostSettings) -> Result<String, Fault> {
    let mut file = parse(text)?;
    let tables = tables(&mut file)?;
    let place = place_of(tables, before);
    if place.is_none() {
        tables.push(Table::new());
    }
    let last = tables.len().saturating_sub(1);
    if let Some(table) = tables.get_mut(place.unwrap_or(last)) {
        write(table, host);
    }
    // the host that shows at the start goes by its new name
    if let Some(list) = file.get_mut("list").and_then(Item::as_table_mut)
        && !before.is_empty()
        && list.get("host").and_then(Item::as_str) == Some(before)
    {
        set(list, "host", host.name.as_str());
    }
    Ok(written(file))
}

/// The file without a host; none when it has no such host.
///
/// # Errors
/// As of [`keep`].
pub fn drop(text: &str, name: &str) -> Result<Option<String>, Fault> {
    let mut file = parse(text)?;
    let tables = tables(&mut file)?;
    let Some(place) = place_of(tables, name) else {
        return Ok(None);
    };
    tables.remove(place);
    if tables.is_empty() {
        file.remove("hosts");
    }
    Ok(Some(file.to_string()))
}

fn parse(text: &str) -> Result<DocumentMut, Fault> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| Fault::at(text, error.span(), error.message()))
}

fn tables(file: &mut DocumentMut) -> Result<&mut ArrayOfTables, Fault> {
    let hosts = file
        .entry("hosts")
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    hosts.as_array_of_tables_mut().ok_or_else(|| Fault {
        line: None,
        message: "`hosts` is not written as [[hosts]] tables".to_owned(),
    })
}

fn place_of(tables: &ArrayOfTables, name: &str) -> Option<usize> {
    tables
        .iter()
        .position(|table| table.get("name").and_then(Item::as_str) == Some(name))
}

/// Writes what differs from the default; what is the default again is taken out.
fn write(table: &mut Table, host: &HostSettings) {
    let usual = HostSettings::default();
    set(table, "name", host.name.as_str());
    for (key, value) in [
        ("address", &host.address),
        ("tls", &host.tls),
        ("colour", &host.colour),
    ] {
        if value.is_empty() {
            table.remove(key);
        } else {
            set(table, key, value.as_str());
        }
    }
    for (key, value, usual) in [
        ("read_only", host.read_only, usual.read_only),
        ("protect", host.protect, usual.protect),
        ("connect", host.connect, usual.connect),
    ] {
        if value != usual || table.contains_key(key) {
            set(table, key, value);
        }
    }
    let said: BTreeMap<String, String> = table
        .get("labels")
        .and_then(Item::as_table_like)
        .into_iter()
        .flat_map(|labels| labels.iter())
        .filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())))
        .collect();
    if said == host.labels {
        return;
    }
    let labels: InlineTable = host.labels.iter().map(|(k, v)| (k, v.as_str())).collect();
    if labels.is_empty() {
        table.remove("labels");
    } else {
        table.insert("labels", Item::Value(labels.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT_FILE, Settings};
    use super::*;

    const FILE: &str = "# mine\ntheme = \"nord\" # dark\n\n# the shop\n[[hosts]]\nname = \"prod\" # careful\naddress = \"ssh://prod\"\nprotect = true\nlabels = { role = \"db\" }\n\n[list]\nsort = \"cpu\"\n";

    fn hosts(text: &str) -> Vec<HostSettings> {
        let settings = Settings::parse(text).unwrap();
        let hosts = settings.hosts.into_iter();
        hosts.map(toml::Spanned::into_inner).collect()
    }

    #[test]
    fn hosts_are_read_and_their_faults_have_lines() {
        let found = hosts(FILE);
        assert_eq!(found.len(), 1);
        assert!(found[0].protect && found[0].connect && !found[0].read_only);
        assert_eq!(found[0].labels["role"], "db");
        for (text, line, words) in [
            ("\n[[hosts]]\naddress = \"tcp://a:1\"\n", 2, "needs a name"),
            ("[[hosts]]\nname = \"a b\"\n", 1, "no blank"),
            ("[[hosts]]\nname = \"all\"\n", 1, "stands for all"),
            (
                "[[hosts]]\nname = \"a\"\n\n[[hosts]]\nname = \"a\"\n",
                4,
                "two hosts",
            ),
            (
                "[[hosts]]\nname = \"a\"\ncolour = \"gren\"\n",
                1,
                "did you mean `green`",
            ),
            (
                "[[hosts]]\nname = \"a\"\nprotected = true\n",
                3,
                "did you mean `protect`",
            ),
        ] {
            let fault = Settings::parse(text).unwrap_err();
            assert_eq!(fault.line, Some(line), "{text}: {fault}");
            assert!(fault.message.contains(words), "{fault}");
        }
    }

    #[test]
    fn addresses_are_checked_with_their_files() {
        for (address, tls) in [
            ("", ""),
            ("ssh://ann@prod", ""),
            ("tcp://prod:2376", "~/certs/prod"),
            ("https://prod", "/certs"),
            ("context://far", ""),
        ] {
            assert_eq!(address_fault(address, tls), None, "{address}");
        }
        for (address, tls, words) in [
            ("tcp://prod:99999", "", "its port is no number"),
            ("gopher://prod", "", "its scheme is unknown"),
            ("ssh://prod", "/certs", "with tcp:// alone"),
            ("context://far", "/certs", "with tcp:// alone"),
            ("context://", "", "is missing"),
        ] {
            let fault = address_fault(address, tls).unwrap();
            assert!(fault.contains(words), "{address}: {fault}");
        }
    }

    #[test]
    fn a_host_is_added_changed_and_taken_out_beside_comments() {
        let fresh = HostSettings {
            name: "lab".into(),
            address: "tcp://10.0.0.2:2375".into(),
            colour: "green".into(),
            ..HostSettings::default()
        };
        let added = keep(FILE, "", &fresh).unwrap();
        assert_eq!(hosts(&added)[1], fresh);
        for kept in [
            "# mine",
            "# dark",
            "# the shop",
            "# careful",
            "sort = \"cpu\"",
        ] {
            assert!(added.contains(kept), "{added}");
        }
        let mut prod = hosts(&added)[0].clone();
        prod.address = "ssh://ann@prod".into();
        prod.protect = false;
        prod.labels.clear();
        let changed = keep(&added, "prod", &prod).unwrap();
        assert_eq!(hosts(&changed)[0], prod);
        assert!(changed.contains("name = \"prod\" # careful"), "{changed}");
        assert_eq!(keep(&changed, "prod", &prod).unwrap(), changed);
        // a new name, also where the file says which host shows
        let shown = changed.replace("[list]\n", "[list]\nhost = \"prod\" # the shop\n");
        prod.name = "shop".into();
        let renamed = keep(&shown, "prod", &prod).unwrap();
        assert_eq!(hosts(&renamed)[0], prod);
        assert!(renamed.contains("host = \"shop\" # the shop"), "{renamed}");
        assert!(renamed.contains("name = \"shop\" # careful"), "{renamed}");
        prod.name = "prod".into();
        let dropped = drop(&changed, "prod").unwrap().unwrap();
        assert_eq!(hosts(&dropped), std::slice::from_ref(&fresh));
        assert!(dropped.contains("# mine"));
        assert_eq!(drop(&dropped, "prod").unwrap(), None);
        let none = drop(&dropped, "lab").unwrap().unwrap();
        assert!(hosts(&none).is_empty());
        // and into a file without any
        let first = keep(DEFAULT_FILE, "", &prod).unwrap();
        let used = first.replace("# \"container.restart\" = ", "\"container.restart\" = ");
        let settings = Settings::parse(&used).unwrap();
        assert!(settings.keys.contains_key("container.restart"), "{used}");
        assert_eq!(hosts(&used), [prod.clone()]);
        let second = keep(&first, "", &fresh).unwrap();
        assert_eq!(hosts(&second), [prod.clone(), fresh.clone()]);
        assert!(second.contains(DEFAULT_FILE), "{second}");
        let first = keep("[list]\nsort = \"cpu\" # heavy\n", "", &prod).unwrap();
        assert_eq!(hosts(&first), [prod]);
        assert!(first.contains("# heavy"));
    }
}
