//! The engine's JSON into the model, leniently: what is missing or null is empty, and every string
//! is made harmless on the way.

use std::borrow::Cow;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::Error;
use crate::model::container::read_status;
use crate::model::text::{clean, clean_box};
use crate::model::{Brief, Container, Event, HostInfo, Id, Network, Port, State, Time};
use crate::protocol::Processes;

/// Takes null for empty.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A map in the engine's order, as the parser meets it.
#[derive(Default)]
struct Pairs<V>(Vec<(Box<str>, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Reader<V> {
            type Value = Pairs<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some((key, value)) = map.next_entry::<Cow<'de, str>, V>()? {
                    pairs.push((clean_box(&key), value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader(std::marker::PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawContainer<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default, deserialize_with = "or_empty")]
    names: Vec<Cow<'a, str>>,
    #[serde(default, deserialize_with = "or_empty")]
    image: Cow<'a, str>,
    #[serde(default, deserialize_with = "or_empty")]
    command: Cow<'a, str>,
    #[serde(default, deserialize_with = "or_empty")]
    created: i64,
    #[serde(default, deserialize_with = "or_empty")]
    state: Cow<'a, str>,
    #[serde(default, deserialize_with = "or_empty")]
    status: Cow<'a, str>,
    #[serde(default, deserialize_with = "or_empty")]
    ports: Vec<RawPort<'a>>,
    #[serde(default, deserialize_with = "or_empty")]
    labels: Pairs<Cow<'a, str>>,
    #[serde(default, deserialize_with = "or_empty")]
    network_settings: RawNetworks<'a>,
    #[serde(default, deserialize_with = "or_empty")]
    size_rw: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawPort<'a> {
    #[serde(rename = "IP", default)]
    ip: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "or_empty")]
    private_port: u16,
    #[serde(default)]
    public_port: Option<u16>,
    #[serde(rename = "Type", default, deserialize_with = "or_empty")]
    protocol: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
struct RawNetworks<'a> {
    #[serde(default, deserialize_with = "or_empty")]
    networks: Pairs<Option<RawNetwork<'a>>>,
}

#[derive(Deserialize)]
struct RawNetwork<'a> {
    #[serde(rename = "IPAddress", default)]
    v4: Option<Cow<'a, str>>,
    #[serde(rename = "GlobalIPv6Address", default)]
    v6: Option<Cow<'a, str>>,
}

impl RawContainer<'_> {
    fn into_model(self) -> Container {
        let (health, exit_code) = read_status(&self.status);
        Container {
            id: Id::new(&clean(&self.id)),
            name: self
                .names
                .iter()
                .map(|name| name.trim_start_matches('/'))
                // a link's name has another container's name before its own
                .find(|name| !name.contains('/'))
                .map(clean_box)
                .unwrap_or_default(),
            image: clean_box(&self.image),
            command: clean_box(&self.command),
            created: Time::from_secs(self.created),
            state: State::parse(&self.state),
            status: clean_box(&self.status),
            health,
            exit_code,
            ports: ports(&self.ports),
            networks: networks(self.network_settings.networks),
            labels: self
                .labels
                .0
                .into_iter()
                .map(|(key, value)| (key, clean_box(&value)))
                .collect(),
            brief: None,
        }
    }
}

fn ports(raw: &[RawPort<'_>]) -> Vec<Port> {
    let mut ports: Vec<Port> = raw
        .iter()
        .map(|port| Port {
            private: port.private_port,
            public: port.public_port,
            ip: port
                .ip
                .as_deref()
                .filter(|ip| !ip.is_empty())
                .map(clean_box),
            protocol: clean_box(&port.protocol),
        })
        .collect();
    // the engine's order changes from call to call
    ports.sort_unstable();
    ports
}

fn networks(raw: Pairs<Option<RawNetwork<'_>>>) -> Vec<Network> {
    let mut networks: Vec<Network> = raw
        .0
        .into_iter()
        .map(|(name, network)| {
            let filled = |address: &Cow<'_, str>| !address.is_empty();
            let address = network.and_then(|n| n.v4.filter(filled).or(n.v6.filter(filled)));
            Network {
                name,
                address: clean_box(&address.unwrap_or_default()),
            }
        })
        .collect();
    networks.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    networks
}

/// A list that is turned into the model element by element, so that it is never held twice.
struct List<T>(Vec<T>);

/// What an element of the list call becomes.
trait Listed: Sized {
    fn from_raw(raw: RawContainer<'_>) -> Self;
}

impl Listed for Container {
    fn from_raw(raw: RawContainer<'_>) -> Self {
        raw.into_model()
    }
}

impl Listed for (Id, u64) {
    fn from_raw(raw: RawContainer<'_>) -> Self {
        (Id::new(&clean(&raw.id)), raw.size_rw)
    }
}

impl<'de, T: Listed> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(std::marker::PhantomData<T>);
        impl<'de, T: Listed> Visitor<'de> for Reader<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of containers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(raw) = seq.next_element::<RawContainer<'de>>()? {
                    all.push(T::from_raw(raw));
                }
                Ok(List(all))
            }
        }
        deserializer.deserialize_seq(Reader(std::marker::PhantomData))
    }
}

/// The answer to the list call.
pub(crate) fn containers(json: &[u8]) -> Result<Vec<Container>, Error> {
    parse::<List<Container>>("the list of containers", json).map(|list| list.0)
}

/// The answer to the list call with sizes: each container's bytes of its own.
pub(crate) fn sizes(json: &[u8]) -> Result<Vec<(Id, u64)>, Error> {
    parse::<List<(Id, u64)>>("the list of containers", json).map(|list| list.0)
}

fn parse<'a, T: Deserialize<'a>>(what: &'static str, json: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|error| Error::nonsense(what, error))
}

#[derive(Deserialize)]
struct RawEvent<'a> {
    #[serde(rename = "Action", default, borrow)]
    action: Cow<'a, str>,
    #[serde(rename = "status", default)]
    status: Option<Cow<'a, str>>,
    #[serde(rename = "Actor")]
    actor: RawActor<'a>,
    #[serde(default, deserialize_with = "or_empty")]
    time: i64,
    #[serde(rename = "timeNano", default, deserialize_with = "or_empty")]
    nanos: i64,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawActor<'a> {
    #[serde(rename = "ID")]
    id: Cow<'a, str>,
    #[serde(rename = "Attributes", default, deserialize_with = "or_empty")]
    attributes: Pairs<Cow<'a, str>>,
}

/// The attributes of an event that are not labels.
const ATTRIBUTES: [&str; 5] = ["exitCode", "signal", "oldName", "image", "execDuration"];

/// One line of the event stream.
pub(crate) fn event(json: &[u8]) -> Result<Event, Error> {
    let raw: RawEvent<'_> = parse("an event", json)?;
    let action = if raw.action.is_empty() {
        raw.status.unwrap_or_default()
    } else {
        raw.action
    };
    let mut name = Box::default();
    let mut attributes = Vec::new();
    for (key, value) in raw.actor.attributes.0 {
        if &*key == "name" {
            name = clean_box(&value);
        } else if ATTRIBUTES.contains(&&*key) {
            attributes.push((key, clean_box(&value)));
        }
    }
    Ok(Event {
        at: if raw.nanos > 0 {
            Time(raw.nanos / 1_000_000)
        } else {
            Time::from_secs(raw.time)
        },
        id: Id::new(&clean(&raw.actor.id)),
        name,
        action: clean_box(&action),
        attributes,
    })
}

/// What an inspect says that a list row shows, and how its log is to be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inspected {
    /// For the row.
    pub(crate) brief: Brief,
    /// Its log driver.
    pub(crate) driver: Box<str>,
    /// Whether its main process runs.
    pub(crate) alive: bool,
}

/// Reads an inspect's few fields.
pub(crate) fn inspected(json: &[u8]) -> Result<Inspected, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Raw<'a> {
        #[serde(borrow)]
        state: RawState<'a>,
        #[serde(default, deserialize_with = "or_empty")]
        restart_count: u32,
        #[serde(default, deserialize_with = "or_empty")]
        config: RawConfig,
        #[serde(default, deserialize_with = "or_empty")]
        host_config: RawHostConfig,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct RawState<'a> {
        #[serde(default, borrow)]
        started_at: Cow<'a, str>,
        #[serde(default, borrow)]
        finished_at: Cow<'a, str>,
        #[serde(rename = "OOMKilled", default, deserialize_with = "or_empty")]
        oom_killed: bool,
        #[serde(default, deserialize_with = "or_empty")]
        running: bool,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase")]
    struct RawConfig {
        #[serde(default, deserialize_with = "or_empty")]
        tty: bool,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase")]
    struct RawHostConfig {
        #[serde(default, deserialize_with = "or_empty")]
        log_config: RawLogConfig,
    }
    #[derive(Deserialize, Default)]
    struct RawLogConfig {
        #[serde(rename = "Type", default, deserialize_with = "or_empty")]
        driver: String,
    }
    let raw: Raw<'_> = parse("the inspect of a container", json)?;
    Ok(Inspected {
        brief: Brief {
            started: Time::parse(&raw.state.started_at),
            finished: Time::parse(&raw.state.finished_at),
            restarts: raw.restart_count,
            oom_killed: raw.state.oom_killed,
            tty: raw.config.tty,
        },
        driver: clean_box(&raw.host_config.log_config.driver),
        alive: raw.state.running,
    })
}

/// A whole answer, its keys in the engine's order and every string in it harmless; line breaks
/// stay, since scripts and certificates have them.
pub(crate) fn tree(json: &[u8]) -> Result<Value, Error> {
    let mut value = parse("the inspect of a container", json)?;
    cleanse(&mut value);
    Ok(value)
}

fn cleanse(value: &mut Value) {
    match value {
        Value::String(text) => {
            if text.chars().any(|c| !crate::model::text::is_harmless(c)) {
                *text = crate::model::text::clean_lines(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(cleanse),
        Value::Object(map) => {
            if map.keys().any(|key| clean(key) != *key) {
                let old = std::mem::take(map);
                map.extend(old.into_iter().map(|(key, value)| (clean(&key), value)));
            }
            map.values_mut().for_each(cleanse);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The answer to `top`.
pub(crate) fn processes(json: &[u8]) -> Result<Processes, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Raw {
        #[serde(default, deserialize_with = "or_empty")]
        titles: Vec<String>,
        #[serde(default, deserialize_with = "or_empty")]
        processes: Vec<Vec<String>>,
    }
    let raw: Raw = parse("the list of processes", json)?;
    let boxed = |row: Vec<String>| row.iter().map(|cell| clean_box(cell)).collect();
    Ok(Processes {
        titles: boxed(raw.titles),
        rows: raw.processes.into_iter().map(boxed).collect(),
    })
}

/// The answer to `info`, added to what the ping told.
pub(crate) fn info(json: &[u8], known: &HostInfo) -> Result<HostInfo, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Raw {
        #[serde(default, deserialize_with = "or_empty")]
        name: String,
        #[serde(default, deserialize_with = "or_empty")]
        operating_system: String,
        #[serde(default, deserialize_with = "or_empty")]
        kernel_version: String,
        #[serde(rename = "NCPU", default, deserialize_with = "or_empty")]
        cpus: u32,
        #[serde(default, deserialize_with = "or_empty")]
        mem_total: u64,
    }
    let raw: Raw = parse("what the engine says of itself", json)?;
    Ok(HostInfo {
        name: clean(&raw.name),
        os: clean(&raw.operating_system),
        kernel: clean(&raw.kernel_version),
        cpus: raw.cpus,
        memory: raw.mem_total,
        ..known.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_leniently_and_harmlessly() {
        let json = br#"[{"Id":"aa","Names":["/other/link","/web\u001b[2J"],"Image":"nginx",
            "Command":null,"Created":100,"State":"hibernating","Status":"Exited (3) 2 days ago",
            "Ports":[{"PrivatePort":80,"Type":"tcp"},{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],
            "Labels":{"z":"1","a":"2\u0007"},"NewField":{"x":[1]},
            "NetworkSettings":{"Networks":{"b":{"IPAddress":""},"a":{"IPAddress":"10.0.0.2"},"n":null}}},
            {"Id":"bb","Names":null,"Labels":null,"Ports":null,"NetworkSettings":null}]"#;
        let list = containers(json).unwrap();
        let web = &list[0];
        assert_eq!(
            (&*web.name, web.state, web.exit_code),
            ("web", State::Other, Some(3))
        );
        assert_eq!(web.labels[0], ("z".into(), "1".into()));
        assert_eq!(&*web.labels[1].1, "2\u{fffd}");
        assert_eq!(&*web.networks[0].address, "10.0.0.2");
        assert_eq!(web.ports.len(), 2);
        assert_eq!(&*list[1].name, "");
        assert!(containers(b"<html>").is_err());
        let cut = containers(br#"[{"Id":"aa""#).unwrap_err();
        assert!(
            cut.problem("list")
                .summary
                .contains("the list of containers")
        );
    }

    #[test]
    fn an_event_keeps_what_is_worth_showing() {
        let json =
            br#"{"status":"die","id":"aa","Type":"container","Action":"die","Actor":{"ID":"aa",
            "Attributes":{"exitCode":"137","image":"nginx","name":"web","maintainer":"me"}},
            "time":1,"timeNano":1500000000}"#;
        let event = event(json).unwrap();
        assert_eq!(
            (&*event.name, &*event.action, event.at),
            ("web", "die", Time(1500))
        );
        let keys: Vec<_> = event.attributes.iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["exitCode", "image"]);
    }

    #[test]
    fn an_inspect_keeps_its_order_and_loses_its_harm() {
        let json = br#"{"Zeta":"a\u001b]0;t\u0007b","Alpha":["1\n2"],"k\u001b[1m":null}"#;
        let text = tree(json).unwrap().to_string();
        assert_eq!(text, r#"{"Zeta":"ab","Alpha":["1\n2"],"k":null}"#);
    }
}
