//! The engine's JSON into the model, leniently: what is missing or null is empty, and every string
//! is made harmless on the way.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::Error;
use crate::model::text::{clean, clean_box};
use crate::model::{Brief, Event, HostInfo, Id, Time};
use crate::protocol::Processes;

/// Takes null for empty.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a string and turns it into what is kept at once, without a copy between.
pub(super) fn read_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    make: fn(&str) -> T,
) -> Result<T, D::Error> {
    struct Reader<T>(fn(&str) -> T);
    impl<T> Visitor<'_> for Reader<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, text: &str) -> Result<T, E> {
            Ok(self.0(text))
        }
    }
    deserializer.deserialize_str(Reader(make))
}

/// A string, made harmless as it is read: it is copied once, into the form that is kept.
#[derive(Default)]
pub(super) struct Text(pub(super) Box<str>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| Self(clean_box(text)))
    }
}

/// A map in the engine's order, as the parser meets it.
#[derive(Default)]
pub(super) struct Pairs<V>(pub(super) Vec<(Box<str>, V)>);

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
                while let Some((key, value)) = map.next_entry::<Text, V>()? {
                    pairs.push((key.0, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader(std::marker::PhantomData))
    }
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
    #[serde(rename = "Type", default, borrow)]
    kind: Cow<'a, str>,
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
const ATTRIBUTES: [&str; 7] = [
    "exitCode",
    "signal",
    "oldName",
    "image",
    "execDuration",
    "container",
    "destination",
];

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
    let mut code = None;
    for (key, value) in raw.actor.attributes.0 {
        if &*key == "name" {
            name = clean_box(&value);
        } else if &*key == "containerExitCode" {
            // Podman's word, where it does not say the other too
            code = Some(clean_box(&value));
        } else if ATTRIBUTES.contains(&&*key) {
            attributes.push((key, clean_box(&value)));
        }
    }
    if let Some(code) = code
        && !attributes.iter().any(|(key, _)| &**key == "exitCode")
    {
        attributes.push(("exitCode".into(), code));
    }
    Ok(Event {
        at: if raw.nanos > 0 {
            Time(raw.nanos / 1_000_000)
        } else {
            Time::from_secs(raw.time)
        },
        kind: clean_box(&raw.kind),
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
        exit_code: i64,
        #[serde(default, deserialize_with = "or_empty")]
        error: Text,
        #[serde(default, deserialize_with = "or_empty")]
        running: bool,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "PascalCase")]
    struct RawConfig {
        #[serde(default, deserialize_with = "or_empty")]
        tty: bool,
        #[serde(default, deserialize_with = "or_empty")]
        open_stdin: bool,
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
            exit_code: raw.state.exit_code,
            error: raw.state.error.0,
            tty: raw.config.tty,
            stdin: raw.config.open_stdin,
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
        #[serde(default)]
        experimental_build: Option<bool>,
    }
    let raw: Raw = parse("what the engine says of itself", json)?;
    Ok(HostInfo {
        name: clean(&raw.name),
        os: clean(&raw.operating_system),
        kernel: clean(&raw.kernel_version),
        cpus: raw.cpus,
        memory: raw.mem_total,
        experimental: raw.experimental_build == Some(true),
        ..known.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
