//! Names for things: a [`Ref`] (host, kind, id) is the one name for anything anywhere.

use std::fmt;
use std::sync::Arc;

/// The name of a host (an engine) as the person knows it: `local`, `demo`, a context's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(Arc<str>);

impl HostId {
    /// A host's name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The engine's own id of an object: 64 hexadecimal digits for a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Arc<str>);

impl Id {
    /// An id as the engine gave it.
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve characters, as `docker ps` shows them.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of object a [`Ref`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A container.
    Container,
    /// A host itself.
    Host,
    /// Something that happened.
    Event,
}

impl Kind {
    /// Docker's word for one object of this kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Host => "host",
            Self::Event => "event",
        }
    }
}

/// One object on one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    /// The host it is on.
    pub host: HostId,
    /// What it is.
    pub kind: Kind,
    /// Its id there.
    pub id: Id,
}

impl Ref {
    /// A host itself: its id there is its name.
    pub fn host(host: &HostId) -> Self {
        Self {
            host: host.clone(),
            kind: Kind::Host,
            id: Id::new(host.as_str()),
        }
    }

    /// A container of a host.
    pub fn container(host: &HostId, id: &Id) -> Self {
        Self {
            host: host.clone(),
            kind: Kind::Container,
            id: id.clone(),
        }
    }
}
