//! What went wrong, in words for a person: what was tried, what was answered, what to do next.

use std::any::Any;

/// A failure as it is shown and kept in the journal. All text is free of control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What sort of failure.
    pub kind: ProblemKind,
    /// One sentence: what was tried and what happened.
    pub summary: String,
    /// The engine's or system's own words, when there are any.
    pub detail: String,
    /// What to do next.
    pub hint: String,
}

/// The sorts of failure; each has a hint of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// No engine there: no such file, connection refused, connection lost.
    Unreachable,
    /// No rights.
    Denied,
    /// A person has to log in at the terminal.
    Login,
    /// Whoever answers cannot prove to be who it should be.
    Identity,
    /// The object is gone.
    NotFound,
    /// The object's state forbids it.
    Conflict,
    /// No answer in time.
    Timeout,
    /// The person cancelled it.
    Cancelled,
    /// This engine, or this program, cannot do it.
    Unsupported,
    /// The answer made no sense.
    Protocol,
    /// The engine failed.
    Engine,
    /// This program itself failed.
    Bug,
}

impl ProblemKind {
    /// What usually helps.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unreachable => "start the engine, or choose another host",
            Self::Denied => "join the docker group, or run as a user who may use the socket",
            Self::Login => "log in at the terminal",
            Self::Identity => "until it can, nothing is sent to it",
            Self::NotFound => "it was removed meanwhile; the list shows what is there",
            Self::Conflict => "its state does not allow that; see its row and its events",
            Self::Timeout => "the engine is slow or hangs; try again, or look at its own log",
            Self::Cancelled => "the engine may still finish what it had begun",
            Self::Unsupported => "this engine cannot do that",
            Self::Protocol => "is that a Docker engine? its answer made no sense",
            Self::Engine => "look at the engine's own log",
            Self::Bug => "please report it; Pilothouse's log file has more",
        }
    }
}

/// What a panic said.
pub fn panic_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it did not say why".to_owned())
}

impl Problem {
    /// A failure with the usual hint for its kind.
    pub fn new(kind: ProblemKind, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            summary: summary.into(),
            detail: detail.into(),
            hint: kind.hint().to_owned(),
        }
    }

    /// A failure of this program itself: `does` is what failed, such as `reading the log of web`,
    /// `bug` what it said when it failed.
    pub fn bug(does: &str, bug: &str) -> Self {
        let summary = format!("Pilothouse itself failed in {does}");
        Self::new(ProblemKind::Bug, summary, super::text::clean(bug))
    }

    /// The same with another hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}
