//! Several simulated engines side by side, as `assets/demo/fleet.toml` describes them.
//!
//! Must not know how any of them is served.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;

use super::scenario::{parse_size, parse_span};
use super::{Machine, Options, Outages, Scenario};

/// The word that asks for it in place of a scenario.
pub const NAME: &str = "fleet";

/// One of the engines, with what a person would have set about its host.
#[derive(Clone, Debug)]
pub struct Member {
    /// The host's name.
    pub name: String,
    /// What it plays.
    pub options: Options,
    /// Whether changes on it ask first.
    pub protect: bool,
    /// The colour in which it is shown; empty for none.
    pub colour: String,
    /// Words about it, by key.
    pub labels: BTreeMap<String, String>,
}

/// The members, with seeds that count up from one.
pub fn members(seed: u64) -> io::Result<Vec<Member>> {
    #[derive(Deserialize)]
    struct File {
        host: Vec<Host>,
    }
    let broken = |fault: String| io::Error::new(io::ErrorKind::InvalidData, fault);
    let file: File = toml::from_str(include_str!("../../assets/demo/fleet.toml"))
        .map_err(|fault| broken(format!("the fleet: {fault}")))?;
    let hosts = file.host.into_iter().zip(seed..);
    hosts
        .map(|(host, seed)| {
            host.member(seed)
                .ok_or_else(|| broken("the fleet has a value that makes no sense".to_owned()))
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Host {
    name: String,
    machine: String,
    plays: String,
    count: Option<usize>,
    cpus: u32,
    memory: String,
    /// The minor number of its API version.
    api: u8,
    events: f64,
    protect: bool,
    colour: String,
    about: BTreeMap<String, String>,
    /// How long it is up and down in turn, about; empty where it stays up.
    up: String,
    down: String,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            name: String::new(),
            machine: String::new(),
            plays: "shop".to_owned(),
            count: None,
            cpus: 8,
            memory: "32G".to_owned(),
            api: 41,
            events: 0.0,
            protect: false,
            colour: String::new(),
            about: BTreeMap::new(),
            up: String::new(),
            down: String::new(),
        }
    }
}

impl Host {
    fn member(self, seed: u64) -> Option<Member> {
        let outages = if self.down.is_empty() {
            None
        } else {
            Some(Outages {
                up: parse_span(&self.up)?,
                down: parse_span(&self.down)?,
            })
        };
        let options = Options {
            scenario: self.plays.parse::<Scenario>().ok()?,
            count: self.count,
            seed,
            api_version: (1, self.api),
            events_per_second: self.events,
            machine: Some(Machine {
                name: self.machine,
                cpus: self.cpus,
                memory: parse_size(&self.memory)?,
            }),
            outages,
            ..Options::default()
        };
        Some(Member {
            name: self.name,
            options,
            protect: self.protect,
            colour: self.colour,
            labels: self.about,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fleet_is_of_different_engines() {
        let members = members(7).unwrap();
        assert!(members.len() > 2);
        let of = |field: fn(&Member) -> String| {
            let all: std::collections::BTreeSet<_> = members.iter().map(field).collect();
            all.len()
        };
        assert_eq!(of(|member| member.name.clone()), members.len());
        assert_eq!(of(|member| member.options.seed.to_string()), members.len());
        assert_eq!(
            of(|member| format!("{:?}", member.options.api_version)),
            members.len()
        );
        assert_eq!(members.iter().filter(|member| member.protect).count(), 1);
        let down = members
            .iter()
            .filter(|member| member.options.outages.is_some());
        assert_eq!(down.count(), 1);
    }
}
