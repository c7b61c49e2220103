//! One thing that happened on an engine, from its event stream.

use std::fmt::Write as _;

use chrono::{Offset, Utc};
use serde_json::{Value, json};

use super::{Id, Time};

/// An event. All text is free of control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When the engine says it happened.
    pub at: Time,
    /// What sort of object it is about, in Docker's word: `container`, `image`, `network`.
    pub kind: Box<str>,
    /// The object.
    pub id: Id,
    /// Its name at that time; empty where there is none.
    pub name: Box<str>,
    /// Docker's word: `start`, `die`, `health_status: healthy`, `exec_create: sh`.
    pub action: Box<str>,
    /// Attributes worth showing (`exitCode`, `signal`, `image`), without labels.
    pub attributes: Vec<(Box<str>, Box<str>)>,
}

impl Event {
    /// One of its attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| &**value)
    }

    /// The exit code that it tells, if it tells one.
    pub fn exit_code(&self) -> Option<i64> {
        self.attribute("exitCode")?.parse().ok()
    }

    /// The event on one line, as `docker events` prints it; the time in UTC.
    pub fn line(&self) -> String {
        let mut line = format!("{} {} {} {}", self.stamp(), self.kind, self.action, self.id);
        let mut before = " (";
        for (key, value) in self.said() {
            // writing to a String cannot fail
            let _ = write!(line, "{before}{key}={value}");
            before = ", ";
        }
        if before == ", " {
            line.push(')');
        }
        line
    }

    /// The event as the engine's API words it, on one line.
    pub fn json(&self) -> Value {
        let attributes = self
            .said()
            .map(|(key, value)| (key.to_owned(), value.into()));
        json!({
            "Type": &*self.kind,
            "Action": &*self.action,
            "Actor": {
                "ID": self.id.as_str(),
                "Attributes": attributes.collect::<serde_json::Map<String, Value>>(),
            },
            "time": self.at.secs(),
            "timeNano": self.at.0 * 1_000_000,
        })
    }

    fn stamp(&self) -> String {
        let at = self.at.in_zone(Utc.fix());
        at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Its attributes, and the name that is kept apart from them.
    fn said(&self) -> impl Iterator<Item = (&str, &str)> {
        let attributes = self
            .attributes
            .iter()
            .map(|(key, value)| (&**key, &**value));
        let name =
            (!self.name.is_empty() && self.attribute("name").is_none()).then_some(&*self.name);
        attributes.chain(name.map(|name| ("name", name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_worded_as_docker_words_it() {
        let event = Event {
            at: Time(1_772_658_870_250),
            kind: "container".into(),
            id: Id::new("abc"),
            name: "web".into(),
            action: "die".into(),
            attributes: vec![("exitCode".into(), "3".into())],
        };
        assert_eq!(
            event.line(),
            "2026-03-04T21:14:30.250Z container die abc (exitCode=3, name=web)"
        );
        let json = event.json();
        assert_eq!(json["Actor"]["Attributes"]["name"], "web");
        assert_eq!(json["timeNano"], 1_772_658_870_250_000_000_i64);
        assert!(!json.to_string().contains('\n'));
    }
}
