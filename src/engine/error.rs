//! What can go wrong in talking to an engine, for code; and its translation for people.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use serde::Deserialize;

use crate::model::text;
use crate::model::{Problem, ProblemKind};

/// A failed exchange with an engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request could not be sent, or the answer broke off.
    #[error("the connection failed: {0}")]
    Http(#[from] hyper_util::client::legacy::Error),
    /// The body of an answer broke off.
    #[error("the answer broke off: {0}")]
    Body(#[from] hyper::Error),
    /// A hijacked connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// bollard's own failures, but refusals.
    #[error("{0}")]
    Client(bollard::errors::Error),
    /// No answer in time.
    #[error("no answer within {}", seconds(*.0))]
    Timeout(Duration),
    /// The engine refused.
    #[error("the engine answered {code}: {message}")]
    Status {
        /// The HTTP status.
        code: u16,
        /// Its message, cleaned.
        message: String,
    },
    /// The answer made no sense.
    #[error("{what} made no sense: {why}")]
    Nonsense {
        /// Which answer.
        what: &'static str,
        /// What about it.
        why: String,
    },
    /// Something answers there, but not as an engine does.
    #[error("not an engine: {0}")]
    NotEngine(String),
    /// The engine is older than this program can speak with.
    #[error("the engine speaks API {0}")]
    TooOld(String),
    /// There is no connection to the host.
    #[error("not connected")]
    Offline,
    /// The person cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Refused before asking an engine.
    #[error("{0}")]
    Refused(String),
}

impl From<bollard::errors::Error> for Error {
    fn from(error: bollard::errors::Error) -> Self {
        match error {
            bollard::errors::Error::DockerResponseServerError {
                status_code,
                message,
            } => Self::Status {
                code: status_code,
                message: said(message.as_bytes()),
            },
            other => Self::Client(other),
        }
    }
}

#[derive(Deserialize)]
struct Said {
    message: String,
}

/// The engine's own words in the body of a refusal.
pub(crate) fn said(body: &[u8]) -> String {
    let words = serde_json::from_slice::<Said>(body).map_or_else(
        |_| String::from_utf8_lossy(body.get(..2048).unwrap_or(body)).into_owned(),
        |said| said.message,
    );
    text::clean_lines(words.trim())
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f32())
}

impl Error {
    /// An answer that could not be read.
    pub(crate) fn nonsense(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Nonsense {
            what,
            why: text::clean(&why.to_string()),
        }
    }

    /// Whether the object is gone.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Status { code: 404, .. })
    }

    /// Which sort of failure it is for a person.
    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::Http(_) | Self::Body(_) | Self::Io(_) | Self::Client(_) => match self.io_kind() {
                Some(io::ErrorKind::PermissionDenied) => ProblemKind::Denied,
                Some(io::ErrorKind::TimedOut) => ProblemKind::Timeout,
                _ if self.is_babble() => ProblemKind::Protocol,
                _ => ProblemKind::Unreachable,
            },
            Self::Timeout(_) => ProblemKind::Timeout,
            Self::Status { code, .. } => match code {
                401 | 403 => ProblemKind::Denied,
                404 => ProblemKind::NotFound,
                409 => ProblemKind::Conflict,
                400 | 405 | 501 => ProblemKind::Unsupported,
                _ => ProblemKind::Engine,
            },
            Self::Nonsense { .. } | Self::NotEngine(_) => ProblemKind::Protocol,
            Self::TooOld(_) | Self::Refused(_) => ProblemKind::Unsupported,
            Self::Offline => ProblemKind::Unreachable,
            Self::Cancelled => ProblemKind::Cancelled,
        }
    }

    /// The system's own reason, wherever it is in the chain.
    fn io_kind(&self) -> Option<io::ErrorKind> {
        self.chain()
            .find_map(|error| error.downcast_ref::<io::Error>().map(io::Error::kind))
    }

    /// Whether what came back was no HTTP, or nothing at all.
    fn is_babble(&self) -> bool {
        self.chain().any(|error| {
            error
                .downcast_ref::<hyper::Error>()
                .is_some_and(|e| e.is_parse() || e.is_incomplete_message())
        })
    }

    /// Whether the other end hung up in place of an answer.
    fn is_cut(&self) -> bool {
        let hung_up = [
            io::ErrorKind::ConnectionReset,
            io::ErrorKind::ConnectionAborted,
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::UnexpectedEof,
        ];
        self.io_kind().is_some_and(|kind| hung_up.contains(&kind))
            || self.chain().any(|error| {
                error
                    .downcast_ref::<hyper::Error>()
                    .is_some_and(hyper::Error::is_incomplete_message)
            })
    }

    fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        std::iter::successors(Some(self as &(dyn StdError + 'static)), |e| (*e).source())
    }

    /// The innermost reason in the words of whoever gave it.
    fn root(&self) -> String {
        let root = self.chain().last().map(ToString::to_string);
        text::clean(&root.unwrap_or_default())
    }

    /// Why a place where an engine was looked for has none, in a few exact words.
    pub(crate) fn at_connect(&self) -> Problem {
        let (summary, detail) = match self {
            Self::Timeout(time) => (
                "timed out".to_owned(),
                format!("no answer within {}", seconds(*time)),
            ),
            Self::NotEngine(why) => ("not an engine".to_owned(), why.clone()),
            Self::Status { code, message } => (
                format!("the engine answered {code} to everything"),
                message.clone(),
            ),
            Self::TooOld(api) => {
                return Problem::new(
                    ProblemKind::Unsupported,
                    format!("the engine is too old: it speaks API {api}, 1.41 (Docker 20.10) is the oldest supported"),
                    String::new(),
                )
                .hint("update the engine, or choose another host");
            }
            _ => match self.io_kind() {
                // the system's own words say the same once more
                Some(io::ErrorKind::NotFound) => ("no such file".to_owned(), String::new()),
                Some(io::ErrorKind::PermissionDenied) => {
                    ("permission denied".to_owned(), self.root())
                }
                Some(io::ErrorKind::ConnectionRefused) => ("refused".to_owned(), self.root()),
                Some(io::ErrorKind::TimedOut) => ("timed out".to_owned(), self.root()),
                _ if self.is_cut() => (
                    "it closed the connection before it answered".to_owned(),
                    self.root(),
                ),
                _ if self.is_babble() => ("not an engine".to_owned(), self.root()),
                _ => (text::clean(&self.to_string()), self.root()),
            },
        };
        Problem::new(self.kind(), summary, detail)
    }

    /// The failure of something that was tried, `tried` being a phrase such as `stop web`.
    pub(crate) fn problem(&self, tried: &str) -> Problem {
        let kind = self.kind();
        let summary = |why: &str| format!("could not {tried}: {why}");
        match self {
            Self::Status { code, message } => {
                let why = match kind {
                    ProblemKind::NotFound => "there is no such object",
                    ProblemKind::Conflict => "its state does not allow that",
                    ProblemKind::Unsupported => "the engine refused",
                    ProblemKind::Denied => "the engine denied it",
                    _ => "the engine failed",
                };
                let problem = Problem::new(kind, summary(why), message.clone());
                Self::hinted(problem, *code)
            }
            Self::Timeout(_) | Self::Offline | Self::Cancelled | Self::Refused(_) => {
                Problem::new(kind, summary(&self.to_string()), String::new())
            }
            Self::NotEngine(detail) => Problem::new(kind, summary("not an engine"), detail.clone()),
            Self::Nonsense { what, why } => {
                Problem::new(kind, summary(&format!("{what} made no sense")), why.clone())
            }
            Self::TooOld(_) => self.at_connect(),
            Self::Http(_) | Self::Body(_) | Self::Io(_) | Self::Client(_) => {
                let why = if self.is_cut() {
                    "it closed the connection before its answer was whole"
                } else {
                    "the connection failed"
                };
                Problem::new(kind, summary(why), self.root())
            }
        }
    }

    /// Hints for refusals whose words say more than their number.
    fn hinted(problem: Problem, code: u16) -> Problem {
        let words = problem.detail.to_lowercase();
        if words.contains("already in use") {
            return problem.hint("choose another name, or rename the other container first");
        }
        if words.contains("is not running") {
            return problem.hint("start it first");
        }
        if words.contains("is paused") || words.contains("unpause") {
            return problem.hint("unpause it first");
        }
        if words.contains("remove a running container") || words.contains("stop the container") {
            return problem.hint("stop it first, or remove it by force");
        }
        if words.contains("port is already allocated") || words.contains("address already in use") {
            return problem.hint("another container or program holds that port: stop it first");
        }
        if code == 400 {
            return problem.hint("the engine did not accept what was asked; its own words say why");
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_keep_the_engines_words_and_say_what_to_do() {
        let error = Error::Status {
            code: 409,
            message: said(br#"{"message":"Conflict. The container name \"/web\" is already in use\u001b[2J"}"#),
        };
        let problem = error.problem("rename 0123");
        assert_eq!(problem.kind, ProblemKind::Conflict);
        assert_eq!(
            problem.summary,
            "could not rename 0123: its state does not allow that"
        );
        assert_eq!(
            problem.detail,
            "Conflict. The container name \"/web\" is already in use"
        );
        assert!(problem.hint.contains("another name"));
    }

    #[test]
    fn an_answer_that_breaks_off_is_told_in_words() {
        let cut = Error::Io(io::ErrorKind::UnexpectedEof.into()).problem("list the containers");
        assert_eq!(
            cut.summary,
            "could not list the containers: it closed the connection before its answer was whole"
        );
    }

    #[test]
    fn places_without_an_engine_have_exact_words() {
        let words = |kind: io::ErrorKind| Error::Io(kind.into()).at_connect().summary;
        assert_eq!(words(io::ErrorKind::NotFound), "no such file");
        assert_eq!(words(io::ErrorKind::PermissionDenied), "permission denied");
        assert_eq!(words(io::ErrorKind::ConnectionRefused), "refused");
        let slow = Error::Timeout(Duration::from_secs(2)).at_connect();
        assert_eq!(
            (slow.summary.as_str(), slow.kind),
            ("timed out", ProblemKind::Timeout)
        );
        assert_eq!(
            Error::NotEngine("x".into()).at_connect().summary,
            "not an engine"
        );
        assert!(
            Error::TooOld("1.38".into())
                .at_connect()
                .summary
                .contains("1.38")
        );
    }
}
