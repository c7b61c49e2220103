//! One thing that happened on an engine, from its event stream.

use super::{Id, Time};

/// An event about a container. All text is free of control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When the engine says it happened.
    pub at: Time,
    /// The container.
    pub id: Id,
    /// Its name at that time.
    pub name: Box<str>,
    /// Docker's word: `start`, `die`, `health_status: healthy`, `exec_create: sh`.
    pub action: Box<str>,
    /// Attributes worth showing (`exitCode`, `signal`, `image`), without labels.
    pub attributes: Vec<(Box<str>, Box<str>)>,
}
