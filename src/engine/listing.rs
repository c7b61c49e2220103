//! The answer to the list call, read as it comes: each container is turned into the model as soon
//! as its last byte is there, so that the whole text, megabytes where there are many, is never held.

use serde::Deserialize;
use serde_json::{Deserializer, Value};

use super::convert::{Pairs, Text, or_empty};
use super::error::Error;
use crate::model::container::read_status;
use crate::model::text::clean;
use crate::model::{Container, Id, Network, Port, State, Time};

/// What is read, in words.
const WHAT: &str = "the list of containers";
/// Bytes of one container; thousands of labels fit.
const LONGEST: usize = 4 << 20;

/// A list that was read.
#[derive(Debug)]
pub(crate) struct List<T> {
    pub(crate) found: Vec<T>,
    /// Entries that made no sense: the others are good without them.
    pub(crate) odd: Vec<Odd>,
}

/// An entry that made no sense.
#[derive(Debug)]
pub(crate) struct Odd {
    /// What it is called, as far as that can be read.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) error: Error,
}

impl Odd {
    fn new(entry: &Value, error: &serde_json::Error) -> Self {
        let name = entry["Names"][0].as_str().or(entry["Id"].as_str());
        let name = name.map_or("without a name", |name| name.trim_start_matches('/'));
        Self {
            name: clean(name),
            error: Error::nonsense("its entry in the list", error),
        }
    }
}

/// A list that grows with the bytes of the answer.
pub(crate) struct Listing<T> {
    list: List<T>,
    /// The beginning of a container whose end has not come yet.
    rest: Vec<u8>,
    place: Place,
}

/// Where in the list its reading stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    After,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            list: List {
                found: Vec::new(),
                odd: Vec::new(),
            },
            rest: Vec::new(),
            place: Place::Before,
        }
    }
}

impl<T: Listed> Listing<T> {
    /// Takes bytes of the answer.
    pub(crate) fn feed(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.rest.is_empty() {
            let used = self.read(data)?;
            self.rest.extend_from_slice(&data[used..]);
        } else {
            let mut whole = std::mem::take(&mut self.rest);
            whole.extend_from_slice(data);
            let used = self.read(&whole)?;
            whole.drain(..used);
            self.rest = whole;
        }
        if self.rest.len() > LONGEST {
            return Err(Error::nonsense(WHAT, "a container has no end"));
        }
        Ok(())
    }

    /// The answer has ended: the list, if it is whole.
    pub(crate) fn finish(self) -> Result<List<T>, Error> {
        if self.place == Place::After {
            Ok(self.list)
        } else {
            Err(Error::nonsense(WHAT, "it ends in the middle"))
        }
    }

    /// Reads what is whole; how many bytes that took.
    fn read(&mut self, data: &[u8]) -> Result<usize, Error> {
        let mut at = 0;
        while let Some(byte) = data.get(at) {
            match (self.place, byte) {
                (_, b' ' | b'\t' | b'\r' | b'\n') | (Place::Inside, b',') => at += 1,
                (Place::Before, b'[') => {
                    self.place = Place::Inside;
                    at += 1;
                }
                (Place::Inside, b']') => {
                    self.place = Place::After;
                    at += 1;
                }
                (Place::Inside, _) => {
                    let mut values =
                        Deserializer::from_slice(&data[at..]).into_iter::<RawContainer>();
                    match values.next() {
                        Some(Ok(raw)) => self.list.found.push(T::from_raw(raw)),
                        Some(Err(error)) if error.is_data() => {
                            let Some((odd, length)) = skip(&data[at..], &error)? else {
                                break;
                            };
                            self.list.odd.push(odd);
                            at += length;
                            continue;
                        }
                        Some(Err(error)) if !error.is_eof() => {
                            return Err(Error::nonsense(WHAT, error));
                        }
                        Some(Err(_)) | None => break,
                    }
                    at += values.byte_offset();
                }
                (Place::Before | Place::After, _) => {
                    return Err(Error::nonsense(WHAT, "it is no list"));
                }
            }
        }
        Ok(at)
    }
}

/// Passes over an entry that is JSON, but no container: what it is and how long; nothing when its
/// end has not come yet.
fn skip(data: &[u8], error: &serde_json::Error) -> Result<Option<(Odd, usize)>, Error> {
    let mut values = Deserializer::from_slice(data).into_iter::<Value>();
    match values.next() {
        Some(Ok(entry)) => Ok(Some((Odd::new(&entry, error), values.byte_offset()))),
        Some(Err(error)) if !error.is_eof() => Err(Error::nonsense(WHAT, error)),
        Some(Err(_)) | None => Ok(None),
    }
}

/// What an element of the list call becomes.
pub(crate) trait Listed: Sized {
    fn from_raw(raw: RawContainer) -> Self;
}

impl Listed for Container {
    fn from_raw(raw: RawContainer) -> Self {
        raw.into_model()
    }
}

/// A container's bytes of its own, where the list call was asked for sizes.
impl Listed for (Id, u64) {
    fn from_raw(raw: RawContainer) -> Self {
        (Id::new(&raw.id.0), raw.size_rw)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RawContainer {
    id: Text,
    #[serde(default, deserialize_with = "or_empty")]
    names: Vec<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    image: Text,
    #[serde(default, deserialize_with = "or_empty")]
    command: Text,
    #[serde(default, deserialize_with = "or_empty")]
    created: i64,
    #[serde(default, deserialize_with = "or_empty")]
    state: Text,
    #[serde(default, deserialize_with = "or_empty")]
    status: Text,
    #[serde(default, deserialize_with = "or_empty")]
    ports: Vec<RawPort>,
    #[serde(default, deserialize_with = "or_empty")]
    labels: Pairs<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    network_settings: RawNetworks,
    #[serde(default, deserialize_with = "or_empty")]
    mounts: Vec<RawMount>,
    #[serde(default, deserialize_with = "or_empty")]
    size_rw: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawMount {
    #[serde(default)]
    name: Option<Text>,
    #[serde(default)]
    source: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawPort {
    #[serde(rename = "IP", default)]
    ip: Option<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    private_port: u16,
    #[serde(default)]
    public_port: Option<u16>,
    #[serde(rename = "Type", default, deserialize_with = "or_empty")]
    protocol: Text,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawNetworks {
    #[serde(default, deserialize_with = "or_empty")]
    networks: Pairs<Option<RawNetwork>>,
}

#[derive(Deserialize)]
struct RawNetwork {
    #[serde(rename = "IPAddress", default)]
    v4: Option<Text>,
    #[serde(rename = "GlobalIPv6Address", default)]
    v6: Option<Text>,
}

impl RawContainer {
    fn into_model(self) -> Container {
        let (health, exit_code) = read_status(&self.status.0);
        Container {
            id: Id::new(&self.id.0),
            name: self
                .names
                .iter()
                .map(|name| name.0.trim_start_matches('/'))
                // a link's name has another container's name before its own
                .find(|name| !name.contains('/'))
                .map(Box::from)
                .unwrap_or_default(),
            image: self.image.0,
            command: self.command.0,
            created: Time::from_secs(self.created),
            state: State::parse(&self.state.0),
            status: self.status.0,
            health,
            exit_code,
            ports: ports(self.ports),
            networks: networks(self.network_settings.networks),
            labels: self
                .labels
                .0
                .into_iter()
                .map(|(key, value)| (key, value.0))
                .collect(),
            mounts: self
                .mounts
                .into_iter()
                .filter_map(|mount| filled(mount.name).or(filled(mount.source)))
                .collect(),
            brief: None,
        }
    }
}

fn filled(text: Option<Text>) -> Option<Box<str>> {
    text.map(|text| text.0).filter(|text| !text.is_empty())
}

fn ports(raw: Vec<RawPort>) -> Vec<Port> {
    let mut ports: Vec<Port> = raw
        .into_iter()
        .map(|port| Port {
            private: port.private_port,
            public: port.public_port,
            ip: filled(port.ip),
            protocol: port.protocol.0,
        })
        .collect();
    // the engine's order changes from call to call
    ports.sort_unstable();
    ports
}

fn networks(raw: Pairs<Option<RawNetwork>>) -> Vec<Network> {
    let mut networks: Vec<Network> = raw
        .0
        .into_iter()
        .map(|(name, network)| {
            let address = network.and_then(|n| filled(n.v4).or(filled(n.v6)));
            Network {
                name,
                address: address.unwrap_or_default(),
            }
        })
        .collect();
    networks.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn containers(json: &[u8]) -> Result<Vec<Container>, Error> {
        let mut list = Listing::default();
        list.feed(json)?;
        list.finish().map(|list| list.found)
    }

    #[test]
    fn an_entry_that_makes_no_sense_is_passed_over_wherever_it_is_cut() {
        let json = br#"[{"Id":"aa"},{"Id":"bb","Names":["/we\u001b[2Jb"],"Labels":7,"x":{"y":[1]}},
            {"Names":null,"Id":5},3,{"Id":"cc"}]"#;
        for cut in 0..json.len() {
            let mut list = Listing::<Container>::default();
            list.feed(&json[..cut]).unwrap();
            list.feed(&json[cut..]).unwrap();
            let list = list.finish().unwrap();
            let ids: Vec<_> = list.found.iter().map(|one| one.id.as_str()).collect();
            assert_eq!(ids, ["aa", "cc"], "{cut}");
            let names: Vec<_> = list.odd.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, ["web", "without a name", "without a name"]);
            let problem = list.odd[0].error.problem("read container web");
            assert!(
                problem
                    .summary
                    .ends_with("its entry in the list made no sense")
            );
            assert!(problem.detail.contains("invalid type"), "{problem:?}");
        }
    }

    #[test]
    fn a_list_is_read_leniently_and_harmlessly() {
        let json = br#"[{"Id":"aa","Names":["/other/link","/web\u001b[2J"],"Image":"nginx",
            "Command":null,"Created":100,"State":"hibernating","Status":"Exited (3) 2 days ago",
            "Ports":[{"PrivatePort":80,"Type":"tcp"},{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],
            "Labels":{"z":"1","a":"2\u0007"},"NewField":{"x":[1]},
            "NetworkSettings":{"Networks":{"b":{"IPAddress":""},"a":{"IPAddress":"10.0.0.2"},"n":null}}},
            {"Id":"cc","Mounts":[{"Type":"volume","Name":"data","Source":"/x"},{"Type":"bind","Source":"/srv"}]},
            {"Id":"bb","Names":null,"Labels":null,"Ports":null,"NetworkSettings":null}]"#;
        for cut in 0..json.len() {
            let mut list = Listing::<Container>::default();
            list.feed(&json[..cut]).unwrap();
            list.feed(&json[cut..]).unwrap();
            let list = list.finish().unwrap().found;
            assert_eq!(list, containers(json).unwrap(), "{cut}");
        }
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
        let mounts: Vec<&str> = list[1].mounts.iter().map(|mount| &**mount).collect();
        assert_eq!(mounts, ["data", "/srv"]);
        assert_eq!(&*list[2].name, "");
        assert!(containers(b"<html>").is_err());
        let cut = containers(br#"[{"Id":"aa""#).unwrap_err();
        assert!(
            cut.problem("list")
                .summary
                .contains("the list of containers")
        );
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(containers(b"").is_err() && containers(b"{}").is_err());
        assert!(containers(b"[]]").is_err() && containers(br#"[{"Id":[}]"#).is_err());
        assert!(containers(b" [ ]\n").unwrap().is_empty());
        let endless = vec![b'a'; LONGEST];
        let mut list = Listing::<Container>::default();
        list.feed(b"[{\"Id\":\"").unwrap();
        assert!(list.feed(&endless).is_err());
    }
}
