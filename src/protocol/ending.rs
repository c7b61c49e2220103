//! How a container is asked to end before it is started again.

use std::time::Duration;

/// How a container is asked to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How long it has.
    pub grace: Grace,
    /// The signal, named without `SIG`; none: its own.
    pub signal: Option<String>,
}

/// How long a container has to end before it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// What it was made with; Docker's 10 seconds where nothing was said.
    Own,
    /// This long.
    For(Duration),
    /// As long as it takes.
    Endless,
}

impl Grace {
    /// The engine's number of seconds; none where it is not to be told any.
    pub fn seconds(self) -> Option<i64> {
        match self {
            Self::Own => None,
            Self::For(time) => Some(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)),
            Self::Endless => Some(-1),
        }
    }

    /// The option of the docker command for it, with a blank before it.
    pub fn docker_words(self) -> String {
        let time = self.seconds().map(|time| format!(" -t {time}"));
        time.unwrap_or_default()
    }
}

impl From<Grace> for Ending {
    /// By its own signal.
    fn from(grace: Grace) -> Self {
        Self {
            grace,
            signal: None,
        }
    }
}

impl Ending {
    /// The oldest API that takes a signal for a restart; those before leave it out without a word.
    pub const SIGNAL_SINCE: (u32, u32) = (1, 42);

    /// The options of the docker command for it, each with a blank before it.
    pub fn docker_words(&self) -> String {
        let signal = self.signal.as_ref().map(|signal| format!(" -s {signal}"));
        format!(
            "{}{}",
            signal.unwrap_or_default(),
            self.grace.docker_words()
        )
    }
}
