//! Calls that make and change containers: what plans are made of.

use std::time::Duration;

use crate::model::Id;
use crate::spec::values::Attachment;
use crate::spec::words::quoted;
use crate::spec::{RunSpec, update};

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
    Create {
        /// What it is to be.
        spec: Box<RunSpec>,
        /// Rows and columns of the terminal here, which its own begins with; 0 where nobody looks.
        console: (u16, u16),
    },
    /// Change what a specification says of limits and restart policy, and read it back.
    Update(Id, Box<RunSpec>),
    /// Join a network.
    Connect(Id, Box<Attachment>),
    /// Leave a network.
    Disconnect(Id, String),
    /// Wait until it is healthy; without a health check, until it has run for a time.
    Prove(Id, Duration),
    /// Wait until it is removed.
    Gone(Id),
    /// Look at what an upgrade would mean; with `pull`, have the newer image come first.
    Survey {
        /// The container.
        id: Id,
        /// Whether the image is pulled.
        pull: bool,
        /// The name that it has without the mark of an upgrade under way; none without one.
        own_name: Option<String>,
    },
    /// Make an image of it as it is now.
    Commit(Id, Commit),
    /// List what changed in its files since it was made.
    Differences(Id),
    /// Freeze its processes to disk under a name, and end it.
    Checkpoint(Id, String),
    /// Start it as it was frozen under a name.
    Thaw(Id, String),
    /// Start a container, pass on what it writes, and tell its exit code.
    Follow(Follow),
}

/// How a container is started that somebody looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Which.
    pub id: Id,
    /// The streams that are passed on: `stdout`, `stderr`; none said is both.
    pub streams: Vec<String>,
    /// Whether it has a terminal: then it has one stream.
    pub tty: bool,
    /// Whether it takes input: once it runs it asks for the terminal by [`Notice::Asks`].
    ///
    /// [`Notice::Asks`]: super::Notice::Asks
    pub input: bool,
    /// The keys that leave it running; none: the usual ones.
    pub detach_keys: Option<String>,
    /// Whether it removes itself.
    pub removes: bool,
}

/// An image to be made of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its name, with a tag or without; empty for none.
    pub image: String,
    /// What is said of it.
    pub message: String,
    /// Who made it.
    pub author: String,
    /// Whether the container is paused meanwhile.
    pub pause: bool,
    /// Instructions as in a Dockerfile.
    pub changes: Vec<String>,
}

/// The container that a change is about, by reference or to be set, as `self` is.
macro_rules! target_of {
    ($change:expr) => {
        match $change {
            Self::Update(id, _)
            | Self::Connect(id, _)
            | Self::Disconnect(id, _)
            | Self::Prove(id, _)
            | Self::Gone(id)
            | Self::Survey { id, .. }
            | Self::Commit(id, _)
            | Self::Differences(id)
            | Self::Checkpoint(id, _)
            | Self::Thaw(id, _)
            | Self::Follow(Follow { id, .. }) => Some(id),
            Self::Pull { .. } | Self::Create { .. } => None,
        }
    };
}

impl Change {
    /// Makes a container at which nobody looks.
    pub fn create(spec: RunSpec) -> Self {
        Self::Create {
            spec: Box::new(spec),
            console: (0, 0),
        }
    }

    /// The container that it is about; none where there is none yet.
    pub fn target(&self) -> Option<&Id> {
        target_of!(self)
    }

    /// The same, to be set.
    pub fn target_mut(&mut self) -> Option<&mut Id> {
        target_of!(self)
    }

    /// Whether it goes on for as long as what it started.
    pub fn is_long(&self) -> bool {
        matches!(self, Self::Follow(_))
    }

    /// Whether it changes anything on the host.
    pub fn changes(&self) -> bool {
        match self {
            Self::Pull { .. }
            | Self::Create { .. }
            | Self::Follow(_)
            | Self::Update(..)
            | Self::Connect(..)
            | Self::Disconnect(..)
            | Self::Checkpoint(..)
            | Self::Thaw(..)
            | Self::Commit(..) => true,
            Self::Survey { pull, .. } => *pull,
            Self::Prove(..) | Self::Gone(_) | Self::Differences(_) => false,
        }
    }

    /// Whether it can be given up at any moment and leaves nothing behind. What cannot is waited
    /// for: nobody would know what became of it.
    pub fn can_be_left(&self) -> bool {
        match self {
            Self::Pull { .. }
            | Self::Prove(..)
            | Self::Gone(_)
            | Self::Survey { .. }
            | Self::Differences(_) => true,
            Self::Create { .. }
            | Self::Follow(_)
            | Self::Update(..)
            | Self::Connect(..)
            | Self::Disconnect(..)
            | Self::Checkpoint(..)
            | Self::Thaw(..)
            | Self::Commit(..) => false,
        }
    }

    /// What it does to an object of this name, for the sentence that says it failed.
    pub fn tried(&self, name: &str) -> String {
        match self {
            Self::Pull { image, .. } => format!("pull {image}"),
            Self::Create { spec, .. } => match &spec.name {
                Some(name) => format!("create {name}"),
                None => format!("create a container from {}", spec.image),
            },
            Self::Update(..) => format!("change the limits of {name}"),
            Self::Connect(_, to) => format!("connect {name} to {}", to.name),
            Self::Disconnect(_, network) => format!("disconnect {name} from {network}"),
            Self::Prove(..) => format!("wait until {name} works"),
            Self::Gone(_) => format!("wait until {name} is removed"),
            Self::Survey { .. } => format!("look for a newer image of {name}"),
            Self::Commit(..) => format!("make an image of {name}"),
            Self::Differences(_) => format!("list the changes in {name}"),
            Self::Checkpoint(..) => format!("freeze {name} to disk"),
            Self::Thaw(_, checkpoint) => format!("start {name} from {checkpoint}"),
            Self::Follow(_) => format!("start {name}"),
        }
    }

    /// The equal `docker …` line for a container of this name.
    pub fn docker_line(&self, name: &str) -> String {
        let quoted_name = quoted(name);
        match self {
            Self::Pull {
                image, platform, ..
            } => {
                let platform = platform.as_ref().filter(|platform| !platform.is_empty());
                let platform = platform.map(|platform| format!("--platform {} ", quoted(platform)));
                let platform = platform.unwrap_or_default();
                format!("docker pull {platform}{}", quoted(image))
            }
            Self::Create { spec, .. } => {
                let mut made = spec.masked();
                (made.only_create, made.detach) = (true, None);
                crate::spec::run_line::print(&made)
            }
            Self::Update(_, change) => update::line(change, name),
            Self::Connect(_, to) => connect_line(to, name),
            Self::Disconnect(_, network) => {
                format!(
                    "docker network disconnect {} {quoted_name}",
                    quoted(network)
                )
            }
            // docker has no word for it
            Self::Prove(_, time) => {
                format!(
                    "# wait until {name} is healthy, or has run for {} s",
                    time.as_secs()
                )
            }
            Self::Gone(_) => format!("# wait until {name} is removed"),
            Self::Survey { .. } => format!("# look for a newer image of {name}"),
            Self::Commit(_, commit) => commit.docker_line(name),
            Self::Differences(_) => format!("docker diff {quoted_name}"),
            Self::Checkpoint(_, to) => {
                format!("docker checkpoint create {quoted_name} {}", quoted(to))
            }
            Self::Thaw(_, from) => {
                format!("docker start --checkpoint {} {quoted_name}", quoted(from))
            }
            Self::Follow(follow) => {
                let input = if follow.input { "i" } else { "" };
                format!("docker start -a{input} {quoted_name}")
            }
        }
    }
}

fn connect_line(to: &Attachment, name: &str) -> String {
    let mut words = vec!["docker network connect".to_owned()];
    for (flag, value) in [("--ip", &to.ip), ("--ip6", &to.ip6)] {
        if !value.is_empty() {
            words.extend([flag.to_owned(), quoted(value)]);
        }
    }
    for (flag, values) in [
        ("--alias", &to.aliases),
        ("--link-local-ip", &to.link_local),
    ] {
        for value in values {
            words.extend([flag.to_owned(), quoted(value)]);
        }
    }
    for (option, value) in &to.options {
        let pair = format!("{option}={value}");
        words.extend(["--driver-opt".to_owned(), quoted(&pair)]);
    }
    words.extend([quoted(&to.name), quoted(name)]);
    words.join(" ")
}

impl Commit {
    /// The `docker commit` line for a container of this name.
    pub fn docker_line(&self, name: &str) -> String {
        let mut words = vec!["docker commit".to_owned()];
        for (flag, value) in [("-a", &self.author), ("-m", &self.message)] {
            if !value.is_empty() {
                words.extend([flag.to_owned(), quoted(value)]);
            }
        }
        for change in &self.changes {
            words.extend(["-c".to_owned(), quoted(change)]);
        }
        if !self.pause {
            words.push("--pause=false".to_owned());
        }
        words.push(quoted(name));
        if !self.image.is_empty() {
            words.push(quoted(&self.image));
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_knows_its_words() {
        let id = Id::new("abc");
        let to = Attachment {
            name: "back".into(),
            aliases: vec!["db".into(), "a b".into()],
            ip: "10.1.0.5".into(),
            ..Attachment::default()
        };
        let commit = Commit {
            image: "app:2".into(),
            message: "it's new".into(),
            changes: vec!["ENV A=1".into()],
            ..Commit::default()
        };
        let cases = [
            (
                Change::Connect(id.clone(), Box::new(to)),
                "docker network connect --ip 10.1.0.5 --alias db --alias 'a b' back web",
            ),
            (
                Change::Disconnect(id.clone(), "back".into()),
                "docker network disconnect back web",
            ),
            (Change::Differences(id.clone()), "docker diff web"),
            (
                Change::Checkpoint(id.clone(), "before".into()),
                "docker checkpoint create web before",
            ),
            (
                Change::Thaw(id.clone(), "before".into()),
                "docker start --checkpoint before web",
            ),
            (
                Change::Commit(id, commit),
                "docker commit -m 'it'\\''s new' -c 'ENV A=1' --pause=false web app:2",
            ),
        ];
        for (change, line) in cases {
            assert_eq!(change.docker_line("web"), line);
        }
    }
}
