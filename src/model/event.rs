//! One thing that happened on an engine, from its event stream.

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
}
