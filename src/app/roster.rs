//! Which hosts are known, what they are called, and which of them are connected at the start.
//!
//! Known are those of the settings, of `--host`, of `DOCKER_HOST`, the usual sockets, the Docker
//! contexts and the aliases of `~/.ssh/config`, in this order. An engine that several of them name
//! is known once, by the first of these names. Connected are those of `--host`; without any, the
//! one that the docker command would use and those of the settings that do not say
//! `connect = false`.

use std::path::Path;

use crate::config::HostSettings;
use crate::config::hosts::{CONTEXT, name_fault};
use crate::engine::{aliases, contexts, expand_home, locate};
use crate::model::host::{Candidate, Source};
use crate::model::text::clean;
use crate::model::{Address, HostId, HostSpec, Origin, Problem, ProblemKind};

/// A variable of the environment.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The known hosts, each with whether it is connected at the start.
pub(super) fn known(given: &[String], settings: &[HostSettings], env: Env<'_>) -> Vec<HostSpec> {
    let mut offers = offers(env);
    let mut roster = Roster(Vec::new());
    for host in settings {
        let spec = of_settings(host, &mut offers, env);
        roster.add(spec);
    }
    let sockets = given.iter().filter(|word| word.contains("unix://")).count();
    let mut chosen = Vec::new();
    for word in given {
        chosen.push(roster.given(word, &mut offers, sockets < 2, env));
    }
    for offer in offers {
        roster.add(offer);
    }
    for spec in &mut roster.0 {
        spec.connect = if chosen.is_empty() {
            spec.connect || (spec.is_default && spec.origin != Origin::Settings)
        } else {
            chosen.contains(&spec.id)
        };
    }
    roster.0
}

/// A host whose address or name was typed: a known one, or a new one.
pub(super) fn typed(word: &str, known: &[HostSpec], env: Env<'_>) -> HostSpec {
    let mut roster = Roster(known.to_vec());
    let id = roster.given(word, &mut Vec::new(), true, env);
    let mut spec = roster
        .0
        .into_iter()
        .find(|spec| spec.id == id)
        .unwrap_or_else(|| HostSpec::new(id, Origin::Typed, Vec::new()));
    if !known.iter().any(|known| known.id == spec.id) {
        spec.origin = Origin::Typed;
    }
    spec
}

/// A host of the settings as it is known.
pub(super) fn kept(host: &HostSettings, env: Env<'_>) -> HostSpec {
    of_settings(host, &mut offers(env), env)
}

/// The hosts that others than the settings name, by the names that those have for them.
fn offers(env: Env<'_>) -> Vec<HostSpec> {
    let default = locate::candidates(None, env);
    let mut local = HostSpec::new(HostId::new("local"), Origin::Local, locate::usual(env));
    let mut offers: Vec<HostSpec> = contexts::all(env)
        .into_iter()
        .map(|(name, candidate)| {
            let origin = Origin::Context { current: false };
            HostSpec::new(HostId::new(&plain(&name)), origin, vec![candidate])
        })
        .collect();
    match default.first().map(|first| &first.source) {
        Some(Source::Environment) => {
            let name = names(default[0].address.as_ref().ok(), true).swap_remove(0);
            let mut spec = HostSpec::new(HostId::new(&name), Origin::Given, default);
            spec.is_default = true;
            offers.insert(0, spec);
        }
        Some(Source::Context(name)) => {
            let current = Origin::Context { current: true };
            let id = HostId::new(&plain(name));
            match offers.iter_mut().find(|offer| offer.id == id) {
                Some(offer) => (offer.origin, offer.is_default) = (current, true),
                None => {
                    let mut spec = HostSpec::new(id, current, default);
                    spec.is_default = true;
                    offers.insert(0, spec);
                }
            }
        }
        Some(_) | None => local.is_default = true,
    }
    let after = offers
        .iter()
        .take_while(|o| o.origin == Origin::Given)
        .count();
    offers.insert(after, local);
    let home = locate::home(env);
    for alias in home.map(|home| aliases::all(&home)).unwrap_or_default() {
        let candidate = locate::addressed(Source::Ssh, &format!("ssh://{alias}"), env);
        let id = HostId::new(&plain(&alias));
        offers.push(HostSpec::new(id, Origin::Ssh, vec![candidate]));
    }
    offers
}

/// A name as a host's name can be.
fn plain(name: &str) -> String {
    let name: String = clean(name)
        .chars()
        .map(|c| {
            if c.is_whitespace() || "/:=".contains(c) {
                '-'
            } else {
                c
            }
        })
        .collect();
    let name = name.trim_start_matches('-').to_owned();
    match name_fault(&name) {
        Some(_) => format!("host-{name}"),
        None => name,
    }
}

fn of_settings(host: &HostSettings, offers: &mut Vec<HostSpec>, env: Env<'_>) -> HostSpec {
    let id = HostId::new(&host.name);
    let mut spec = HostSpec::new(id, Origin::Settings, Vec::new());
    if host.address.is_empty() {
        match offers.iter().position(|offer| offer.id == spec.id) {
            Some(place) => {
                let offer = offers.remove(place);
                (spec.candidates, spec.is_default) = (offer.candidates, offer.is_default);
            }
            None => spec.candidates = vec![nowhere(&host.name)],
        }
    } else {
        spec.candidates = vec![place_of(host, env)];
    }
    spec.colour = Some(host.colour.clone()).filter(|colour| !colour.is_empty());
    spec.labels = host
        .labels
        .iter()
        .map(|(k, v)| (clean(k), clean(v)))
        .collect();
    (spec.read_only, spec.protect, spec.connect) = (host.read_only, host.protect, host.connect);
    spec
}

/// The place that the settings name.
fn place_of(host: &HostSettings, env: Env<'_>) -> Candidate {
    let (source, address) = (Source::Settings, host.address.as_str());
    if let Some(name) = address.strip_prefix(CONTEXT) {
        locate::context(name, env)
    } else if host.tls.is_empty() {
        locate::addressed(source, address, env)
    } else {
        let folder = expand_home(Path::new(&host.tls));
        locate::with_files(source, address, &folder)
    }
}

fn nowhere(name: &str) -> Candidate {
    let summary = format!("the settings name no address for `{name}`");
    let detail = "no Docker context and no ssh alias is called so";
    let problem = Problem::new(ProblemKind::NotFound, summary, detail)
        .hint("give it an address in [[hosts]]");
    Candidate {
        source: Source::Settings,
        place: name.to_owned(),
        address: Err(problem),
    }
}

/// Hosts with names of their own.
struct Roster(Vec<HostSpec>);

impl Roster {
    /// Takes in a host, unless its engine is known; gives the name by which it is.
    fn add(&mut self, mut spec: HostSpec) -> HostId {
        if let Some(known) = self.0.iter_mut().find(|known| is_same(known, &spec)) {
            known.is_default |= spec.is_default;
            return known.id.clone();
        }
        if spec.origin == Origin::Local {
            // what has a name of its own is no usual socket of nobody
            let own = |candidate: &Candidate| {
                let mut known = self.0.iter().flat_map(|known| &known.candidates);
                known.any(|other| other.address.is_ok() && other.address == candidate.address)
            };
            spec.candidates.retain(|candidate| !own(candidate));
        }
        spec.id = self.free(&spec, &[spec.id.as_str().to_owned()]);
        self.0.push(spec.clone());
        spec.id
    }

    /// The host that a word of the command line means.
    fn given(
        &mut self,
        word: &str,
        offers: &mut Vec<HostSpec>,
        alone: bool,
        env: Env<'_>,
    ) -> HostId {
        if let Some(known) = self.0.iter().find(|spec| spec.id.as_str() == word) {
            return known.id.clone();
        }
        if let Some(place) = offers.iter().position(|offer| offer.id.as_str() == word) {
            return self.add(offers.remove(place));
        }
        let named = word
            .split_once('=')
            .filter(|(name, _)| name_fault(name).is_none());
        let (name, place) = match named {
            Some((name, place)) => (Some(name), place),
            None => (None, word),
        };
        let candidate = locate::addressed(Source::Given, place, env);
        let preferred = match name {
            Some(name) => vec![name.to_owned()],
            None => names(candidate.address.as_ref().ok(), alone),
        };
        let id = HostId::new(&preferred[0]);
        let mut spec = HostSpec::new(id, Origin::Given, vec![candidate]);
        if !self.0.iter().any(|known| is_same(known, &spec)) {
            spec.id = self.free(&spec, &preferred);
        }
        self.add(spec)
    }

    /// The first of some names that is free; else one with a word about where it comes from.
    fn free(&self, spec: &HostSpec, preferred: &[String]) -> HostId {
        let word = match spec.origin {
            Origin::Given => "given",
            Origin::Local => "socket",
            Origin::Context { .. } => "context",
            Origin::Settings => "settings",
            Origin::Ssh => "ssh",
            Origin::Typed => "typed",
            Origin::Demo => "demo",
        };
        // Docker's own name for the engine that the usual sockets are of
        let other = match spec.origin {
            Origin::Local => "default".to_owned(),
            _ => format!("{}-{word}", preferred[0]),
        };
        let numbered = (2..).map(|number| format!("{}-{number}", preferred[0]));
        let names = preferred.iter().cloned().chain([other]).chain(numbered);
        let is_free = |name: &String| !self.0.iter().any(|spec| spec.id.as_str() == *name);
        let mut names = names.filter(is_free);
        HostId::new(&names.next().unwrap_or_default())
    }
}

/// Whether two hosts are the same engine by their first places.
fn is_same(one: &HostSpec, other: &HostSpec) -> bool {
    let first = |spec: &HostSpec| -> Option<Address> {
        let first = spec.candidates.first()?;
        first.address.as_ref().ok().cloned()
    };
    first(one).is_some_and(|address| Some(address) == first(other))
}

/// What a host is called that only has an address, best first. A socket of this machine is
/// `local`, where it is the only one that was given.
fn names(address: Option<&Address>, alone: bool) -> Vec<String> {
    match address {
        Some(Address::Tcp { host, port } | Address::Tls { host, port, .. }) => {
            vec![plain(host), plain(&format!("{host}-{port}"))]
        }
        Some(Address::Ssh(target)) => {
            let user = target.user.as_deref().unwrap_or("ssh");
            vec![
                plain(&target.host),
                plain(&format!("{user}-{}", target.host)),
            ]
        }
        Some(Address::Unix(path) | Address::Pipe(path)) => {
            let part = |part: Option<&std::ffi::OsStr>| {
                let part = part.map(|part| plain(&part.to_string_lossy()));
                part.filter(|name| !name.is_empty() && name != "docker")
            };
            let stem = part(path.file_stem());
            let folder = part(path.parent().and_then(|folder| folder.file_name()));
            let local = Some("local".to_owned());
            let (first, last) = if alone { (local, None) } else { (None, local) };
            [first, stem, folder, last].into_iter().flatten().collect()
        }
        None => vec!["local".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home with two contexts, of which `far` is the current one, and two ssh aliases.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let docker = home.path().join(".docker");
        std::fs::create_dir_all(home.path().join(".ssh")).unwrap();
        std::fs::write(home.path().join(".ssh/config"), "Host far nas\n").unwrap();
        for (folder, name, host) in [
            // a context's folder is the SHA-256 of its name
            (
                "e69e54f0bbc2ab4d4db5c2a4fbb5e7d9cb1d7b6a0b6b2d5b2ad2a7b1ad8e5f10",
                "unread",
                "tcp://unread:1",
            ),
            (&sha("far"), "far", "tcp://far:1"),
            (&sha("near"), "near", "tcp://near:1"),
        ] {
            let folder = docker.join("contexts/meta").join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let text =
                format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
            std::fs::write(folder.join("meta.json"), text).unwrap();
        }
        std::fs::write(docker.join("config.json"), r#"{"currentContext":"far"}"#).unwrap();
        home
    }

    fn sha(name: &str) -> String {
        use sha2::{Digest, Sha256};
        use std::fmt::Write;
        let mut hex = String::new();
        for byte in Sha256::digest(name.as_bytes()) {
            write!(hex, "{byte:02x}").unwrap();
        }
        hex
    }

    fn with(home: &tempfile::TempDir, more: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let home = home.path().display().to_string();
        let mut pairs = vec![("HOME".to_owned(), home)];
        pairs.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        move |name| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        }
    }

    fn host(name: &str, address: &str) -> HostSettings {
        HostSettings {
            name: name.to_owned(),
            address: address.to_owned(),
            ..HostSettings::default()
        }
    }

    fn connected(hosts: &[HostSpec]) -> Vec<&str> {
        let connected = hosts.iter().filter(|spec| spec.connect);
        connected.map(|spec| spec.id.as_str()).collect()
    }

    fn get<'a>(hosts: &'a [HostSpec], name: &str) -> &'a HostSpec {
        let names: Vec<_> = hosts.iter().map(|spec| spec.id.as_str()).collect();
        let found = hosts.iter().find(|spec| spec.id.as_str() == name);
        found.unwrap_or_else(|| panic!("no {name} in {names:?}"))
    }

    #[test]
    fn without_a_word_it_is_the_one_of_docker_and_those_of_the_settings() {
        let home = home();
        let env = with(&home, &[]);
        let quiet = HostSettings {
            connect: false,
            ..host("quiet", "tcp://quiet:1")
        };
        let hosts = known(&[], &[host("shop", "tcp://shop:1"), quiet], &env);
        assert_eq!(connected(&hosts), ["shop", "far"]);
        assert!(get(&hosts, "far").is_default);
        assert_eq!(get(&hosts, "near").place(), "tcp://near:1");
        assert_eq!(get(&hosts, "local").origin, Origin::Local);
        // the alias that is called as the context is told apart
        assert_eq!(get(&hosts, "far-ssh").place(), "ssh://far");
        assert_eq!(get(&hosts, "nas").origin, Origin::Ssh);
        let variable = with(&home, &[("DOCKER_HOST", "unix:///tmp/x.sock")]);
        let hosts = known(&[], &[], &variable);
        assert_eq!(connected(&hosts), ["local"]);
        assert_eq!(get(&hosts, "local").place(), "unix:///tmp/x.sock");
        assert_eq!(get(&hosts, "default").origin, Origin::Local);
        assert!(!get(&hosts, "far").is_default);
    }

    #[test]
    fn those_that_are_given_are_the_only_ones() {
        let home = home();
        let env = with(&home, &[]);
        let words = [
            "near",
            "tcp://b:2",
            "tcp://b:3",
            "own=tcp://c:4",
            "unix:///a.sock",
        ];
        let words = words.map(str::to_owned);
        let hosts = known(&words, &[host("shop", "tcp://shop:1")], &env);
        assert_eq!(connected(&hosts), ["near", "b", "b-3", "own", "local"]);
        let two = ["unix:///run/a.sock", "unix:///run/b/docker.sock"].map(str::to_owned);
        assert_eq!(connected(&known(&two, &[], &env)), ["a", "b"]);
    }

    #[test]
    fn one_engine_is_known_once_and_keeps_what_the_settings_say_of_it() {
        let home = home();
        let env = with(&home, &[]);
        let guarded = HostSettings {
            protect: true,
            read_only: true,
            ..host("prod", "tcp://far:1")
        };
        let hosts = known(&[], std::slice::from_ref(&guarded), &env);
        let prod = get(&hosts, "prod");
        assert!(prod.is_default && prod.protect && prod.read_only && prod.connect);
        assert!(
            !hosts
                .iter()
                .any(|spec| spec.id.as_str() == "far" && spec.origin != Origin::Ssh)
        );
        let given = known(&["tcp://far:1".to_owned()], &[guarded], &env);
        assert_eq!(connected(&given), ["prod"]);
        assert!(get(&given, "prod").protect);
        // without an address it is what others call so
        let hosts = known(&[], &[host("near", ""), host("none", "")], &env);
        assert_eq!(get(&hosts, "near").place(), "tcp://near:1");
        assert_eq!(get(&hosts, "near").origin, Origin::Settings);
        assert!(get(&hosts, "none").candidates[0].address.is_err());
    }

    #[test]
    fn a_typed_address_is_a_known_host_or_a_new_one() {
        let home = home();
        let env = with(&home, &[]);
        let hosts = known(&[], &[], &env);
        assert_eq!(typed("tcp://near:1", &hosts, &env).id.as_str(), "near");
        assert_eq!(typed("nas", &hosts, &env).origin, Origin::Ssh);
        let fresh = typed("tcp://near:2", &hosts, &env);
        assert_eq!((fresh.id.as_str(), fresh.origin), ("near-2", Origin::Typed));
    }
}
