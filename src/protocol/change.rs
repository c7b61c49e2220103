//! Calls that make and change containers: what plans are made of.

use crate::model::Id;
use crate::spec::RunSpec;
use crate::spec::words::quoted;

/// A call that makes or changes containers.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Pull an image.
    Pull {
        /// Its name.
        image: String,
        /// Operating system and architecture; none is the engine's own.
        platform: Option<String>,
        /// Even when the engine has one of that name.
        always: bool,
        /// Without a line for each of its layers.
        quiet: bool,
    },
    /// Make a container, and leave it stopped.
    Create(Box<RunSpec>),
    /// Start a container, pass on what it writes, and tell its exit code.
    Follow {
        /// Which.
        id: Id,
        /// The streams that are passed on: `stdout`, `stderr`; none said is both.
        streams: Vec<String>,
        /// Whether it has a terminal: then it has one stream.
        tty: bool,
        /// Whether it removes itself.
        removes: bool,
    },
}

impl Change {
    /// The container that it is about; none where there is none yet.
    pub fn target(&self) -> Option<&Id> {
        match self {
            Self::Pull { .. } | Self::Create(_) => None,
            Self::Follow { id, .. } => Some(id),
        }
    }

    /// Whether it goes on for as long as what it started.
    pub fn is_long(&self) -> bool {
        matches!(self, Self::Follow { .. })
    }

    /// The same, to be set.
    pub fn target_mut(&mut self) -> Option<&mut Id> {
        match self {
            Self::Pull { .. } | Self::Create(_) => None,
            Self::Follow { id, .. } => Some(id),
        }
    }

    /// Whether it changes anything on the host.
    pub fn changes(&self) -> bool {
        match self {
            Self::Pull { .. } | Self::Create(_) | Self::Follow { .. } => true,
        }
    }

    /// Whether it can be given up at any moment and leaves nothing behind. What cannot is waited
    /// for: nobody would know what became of it.
    pub fn can_be_left(&self) -> bool {
        match self {
            Self::Pull { .. } => true,
            Self::Create(_) | Self::Follow { .. } => false,
        }
    }

    /// What it does to an object of this name, for the sentence that says it failed.
    pub fn tried(&self, name: &str) -> String {
        match self {
            Self::Pull { image, .. } => format!("pull {image}"),
            Self::Create(spec) => match &spec.name {
                Some(name) => format!("create {name}"),
                None => format!("create a container from {}", spec.image),
            },
            Self::Follow { .. } => format!("start {name}"),
        }
    }

    /// The equal `docker …` line for a container of this name.
    pub fn docker_line(&self, name: &str) -> String {
        match self {
            Self::Pull {
                image, platform, ..
            } => {
                let platform = platform.as_ref().filter(|platform| !platform.is_empty());
                let platform = platform.map(|platform| format!("--platform {} ", quoted(platform)));
                let platform = platform.unwrap_or_default();
                format!("docker pull {platform}{}", quoted(image))
            }
            Self::Create(spec) => {
                let mut made = spec.masked();
                (made.only_create, made.detach) = (true, None);
                crate::spec::run_line::print(&made)
            }
            Self::Follow { .. } => format!("docker start -a {}", quoted(name)),
        }
    }
}
