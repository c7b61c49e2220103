//! The answer to the list call, read as it comes: each container is turned into the model as soon
//! as its last byte is there, so that the whole text, megabytes where there are many, is never held.

use std::fmt;
use std::vec::Drain;

use serde::Deserialize;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Value};

use super::convert::{Pairs, Text, or_empty, read_text};
use super::error::Error;
use crate::model::container::read_status;
use crate::model::labels::Packer;
use crate::model::text::{clean, clean_cow};
use crate::model::{Container, Id, Labels, Network, Port, State, Time};

/// What is read, in words.
const WHAT: &str = "the list of containers";
/// Bytes of one container; thousands of labels fit.
const LONGEST: usize = 4 << 20;
/// Bytes of the next piece that are joined to the beginning of an entry at first; an entry has
/// about 1,500.
const JOIN: usize = 2 << 10;

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
    pub(crate) fn feed(&mut self, mut data: &[u8]) -> Result<(), Error> {
        // an entry that lies across two pieces is joined by itself; all others are read in place
        while !self.rest.is_empty() && !data.is_empty() {
            let before = self.rest.len();
            let more = data.len().min(before.max(JOIN));
            self.rest.extend_from_slice(&data[..more]);
            let mut joined = std::mem::take(&mut self.rest);
            let used = self.read(&joined)?;
            let taken = used.checked_sub(before);
            data = &data[taken.unwrap_or(more)..];
            joined.drain(..taken.map_or(used, |_| joined.len()));
            self.rest = joined;
            self.check_length()?;
        }
        let used = self.read(data)?;
        self.rest.extend_from_slice(&data[used..]);
        self.check_length()
    }

    fn check_length(&self) -> Result<(), Error> {
        if self.rest.len() > LONGEST {
            return Err(Error::nonsense(WHAT, "a container has no end"));
        }
        Ok(())
    }

    /// Gives out what was read so far.
    pub(crate) fn found(&mut self) -> Drain<'_, T> {
        self.list.found.drain(..)
    }

    /// The answer has ended: what was not given out of the list, if it is whole.
    pub(crate) fn finish(self) -> Result<List<T>, Error> {
        if self.place == Place::After {
            Ok(self.list)
        } else {
            Err(Error::nonsense(WHAT, "it ends in the middle"))
        }
    }

    /// Reads what is whole; how many bytes that took.
    fn read(&mut self, data: &[u8]) -> Result<usize, Error> {
        let text = whole_characters(data)?;
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
                (Place::Inside, _) => match self.entry(text.get(at..).unwrap_or_default())? {
                    Some(length) => at += length,
                    None => break,
                },
                (Place::Before | Place::After, _) => {
                    return Err(Error::nonsense(WHAT, "it is no list"));
                }
            }
        }
        Ok(at)
    }

    /// Reads an entry; its length, or nothing when its end has not come yet.
    fn entry(&mut self, text: &str) -> Result<Option<usize>, Error> {
        let mut values = Deserializer::from_str(text).into_iter::<RawContainer>();
        match values.next() {
            Some(Ok(raw)) => {
                self.list.found.push(T::from_raw(raw));
                Ok(Some(values.byte_offset()))
            }
            Some(Err(error)) if error.is_data() => {
                let passed = skip(text, &error)?;
                Ok(passed.map(|(odd, length)| {
                    self.list.odd.push(odd);
                    length
                }))
            }
            Some(Err(error)) if !error.is_eof() => Err(Error::nonsense(WHAT, error)),
            Some(Err(_)) | None => Ok(None),
        }
    }
}

/// The text in front of a character whose end has not come yet. Checked here once, it need not be
/// checked again string by string.
fn whole_characters(data: &[u8]) -> Result<&str, Error> {
    match std::str::from_utf8(data) {
        Ok(text) => Ok(text),
        Err(error) if error.error_len().is_none() => {
            let whole = &data[..error.valid_up_to()];
            std::str::from_utf8(whole).map_err(|error| Error::nonsense(WHAT, error))
        }
        Err(error) => Err(Error::nonsense(WHAT, error)),
    }
}

/// Passes over an entry that is JSON, but no container: what it is and how long; nothing when its
/// end has not come yet.
fn skip(text: &str, error: &serde_json::Error) -> Result<Option<(Odd, usize)>, Error> {
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
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
        (raw.id.0, raw.size_rw)
    }
}

/// An entry, its parts in the form that is kept: nothing is allocated for the way.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RawContainer {
    id: RawId,
    #[serde(default, deserialize_with = "or_empty")]
    names: RawName,
    #[serde(default, deserialize_with = "or_empty")]
    image: Text,
    #[serde(default, deserialize_with = "or_empty")]
    command: Text,
    #[serde(default, deserialize_with = "or_empty")]
    created: i64,
    #[serde(default, deserialize_with = "or_empty")]
    state: RawState,
    #[serde(default, deserialize_with = "or_empty")]
    status: Text,
    #[serde(default, deserialize_with = "or_empty")]
    ports: Vec<RawPort>,
    #[serde(default, deserialize_with = "or_empty")]
    labels: RawLabels,
    #[serde(default, deserialize_with = "or_empty")]
    network_settings: RawNetworks,
    #[serde(default, deserialize_with = "or_empty")]
    mounts: Vec<RawMount>,
    #[serde(default, deserialize_with = "or_empty")]
    size_rw: u64,
}

struct RawId(Id);

impl<'de> Deserialize<'de> for RawId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |id| Self(Id::new(&clean_cow(id))))
    }
}

struct RawState(State);

impl Default for RawState {
    fn default() -> Self {
        Self(State::Other)
    }
}

impl<'de> Deserialize<'de> for RawState {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |word| Self(State::parse(word)))
    }
}

/// The name out of the list of names: a link's has another container's name before its own.
#[derive(Default)]
struct RawName(Box<str>);

impl<'de> Deserialize<'de> for RawName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Own(Option<Box<str>>);
        impl<'de> Deserialize<'de> for Own {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, |name| {
                    let name = clean_cow(name);
                    let name = name.trim_start_matches('/');
                    Self((!name.contains('/')).then(|| name.into()))
                })
            }
        }
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = RawName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of names")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<RawName, A::Error> {
                let mut own = None;
                while let Some(Own(name)) = names.next_element()? {
                    own = own.or(name);
                }
                Ok(RawName(own.unwrap_or_default()))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[derive(Default)]
struct RawLabels(Labels);

impl<'de> Deserialize<'de> for RawLabels {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// One key or value, packed where it is read.
        struct Part<'a>(&'a mut Packer);
        impl<'de> DeserializeSeed<'de> for Part<'_> {
            type Value = ();

            fn deserialize<D: serde::Deserializer<'de>>(self, part: D) -> Result<(), D::Error> {
                part.deserialize_str(self)
            }
        }
        impl Visitor<'_> for Part<'_> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<(), E> {
                self.0.push(text);
                Ok(())
            }
        }
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = RawLabels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut labels: A) -> Result<RawLabels, A::Error> {
                let mut packer = Packer::default();
                while labels.next_key_seed(Part(&mut packer))?.is_some() {
                    labels.next_value_seed(Part(&mut packer))?;
                }
                Ok(RawLabels(packer.finish()))
            }
        }
        deserializer.deserialize_map(Reader)
    }
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
#[serde(from = "PortFields")]
struct RawPort(Port);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PortFields {
    #[serde(rename = "IP", default)]
    ip: Option<Text>,
    #[serde(default, deserialize_with = "or_empty")]
    private_port: u16,
    #[serde(default)]
    public_port: Option<u16>,
    #[serde(rename = "Type", default, deserialize_with = "or_empty")]
    protocol: Text,
}

impl From<PortFields> for RawPort {
    fn from(raw: PortFields) -> Self {
        Self(Port {
            private: raw.private_port,
            public: raw.public_port,
            ip: filled(raw.ip),
            protocol: raw.protocol.0,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawNetworks {
    #[serde(default, deserialize_with = "or_empty")]
    networks: Pairs<Option<RawAddress>>,
}

/// A container's address in a network.
#[derive(Deserialize)]
#[serde(from = "AddressFields")]
struct RawAddress(Box<str>);

#[derive(Deserialize)]
struct AddressFields {
    #[serde(rename = "IPAddress", default)]
    v4: Option<Text>,
    #[serde(rename = "GlobalIPv6Address", default)]
    v6: Option<Text>,
}

impl From<AddressFields> for RawAddress {
    fn from(raw: AddressFields) -> Self {
        Self(filled(raw.v4).or(filled(raw.v6)).unwrap_or_default())
    }
}

impl RawContainer {
    fn into_model(self) -> Container {
        let (health, exit_code) = read_status(&self.status.0);
        let mut ports = exact(self.ports, |port| Some(port.0));
        // the engine's order changes from call to call
        ports.sort_unstable();
        let mut networks = exact(self.network_settings.networks.0, |(name, address)| {
            let address = address.map(|address| address.0).unwrap_or_default();
            Some(Network { name, address })
        });
        networks.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Container {
            id: self.id.0,
            name: self.names.0,
            image: self.image.0,
            command: self.command.0,
            created: Time::from_secs(self.created),
            state: self.state.0,
            status: self.status.0,
            health,
            exit_code,
            ports,
            networks,
            labels: self.labels.0,
            mounts: exact(self.mounts, |mount| {
                filled(mount.name).or(filled(mount.source))
            }),
            brief: None,
        }
    }
}

/// Raw parts as they are kept, without the room that a growing list leaves: there are thousands.
fn exact<R, T>(raw: Vec<R>, kept: impl Fn(R) -> Option<T>) -> Vec<T> {
    let mut all: Vec<T> = raw.into_iter().filter_map(kept).collect();
    all.shrink_to_fit();
    all
}

fn filled(text: Option<Text>) -> Option<Box<str>> {
    text.map(|text| text.0).filter(|text| !text.is_empty())
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
        assert!(web.labels.iter().eq([("z", "1"), ("a", "2\u{fffd}")]));
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
    fn a_list_may_come_byte_by_byte() {
        let json = r#"[{"Id":"aa","Names":["/wéb"],"Labels":{"k":"多字节"}},{"Id":"bb"}]"#;
        let mut list = Listing::<Container>::default();
        for byte in json.as_bytes() {
            list.feed(std::slice::from_ref(byte)).unwrap();
        }
        let list = list.finish().unwrap().found;
        assert_eq!(list, containers(json.as_bytes()).unwrap());
        assert_eq!((&*list[0].name, list.len()), ("wéb", 2));
        assert!(containers(b"[{\"Id\":\"\xff\"}]").is_err());
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
