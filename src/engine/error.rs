//! What can go wrong in talking to an engine, for code; and its translation for people.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use serde::Deserialize;

use crate::model::host::Check;
use crate::model::text;
use crate::model::{Address, Problem, ProblemKind};

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
    /// An engine answers there, but only over TLS. Its own words.
    #[error("it wants TLS: {0}")]
    WantsTls(String),
    /// The place of a socket is something else: a file, a folder.
    #[error("not a socket: it is {0}")]
    NotSocket(&'static str),
    /// The engine is older than this program can speak with.
    #[error("{engine} speaks API {api}")]
    TooOld {
        /// What it says it is: `Docker 19.03.15`.
        engine: String,
        /// The newest version that it speaks.
        api: String,
    },
    /// There is no connection to the host.
    #[error("not connected")]
    Offline,
    /// The person cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The person cancelled it, and this is what became of it.
    #[error("cancelled")]
    Ended(String),
    /// A failure that has its words already.
    #[error("{}", .0.summary)]
    Told(Box<Problem>),
    /// Refused before asking an engine.
    #[error("{0}")]
    Refused(String),
    /// This program itself failed.
    #[error("{0}")]
    Bug(String),
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

    /// Whether the engine says that it is removing the object already.
    pub(crate) fn is_going(&self) -> bool {
        let going = "is already in progress";
        matches!(self, Self::Status { code: 409, message } if message.contains(going))
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
            Self::Status { code, message } => match code {
                401 | 403 => ProblemKind::Denied,
                404 => ProblemKind::NotFound,
                409 => ProblemKind::Conflict,
                _ if is_of_state(message) => ProblemKind::Conflict,
                _ if lacks_cgroups(message) => ProblemKind::Unsupported,
                400 | 405 | 501 => ProblemKind::Unsupported,
                _ => ProblemKind::Engine,
            },
            Self::Nonsense { .. } | Self::NotEngine(_) => ProblemKind::Protocol,
            Self::TooOld { .. } | Self::Refused(_) | Self::WantsTls(_) => ProblemKind::Unsupported,
            Self::Offline | Self::NotSocket(_) => ProblemKind::Unreachable,
            Self::Cancelled | Self::Ended(_) => ProblemKind::Cancelled,
            Self::Told(problem) => problem.kind,
            Self::Bug(_) => ProblemKind::Bug,
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

    /// What TLS has to say of it, when the reason is there.
    pub(crate) fn tls(&self) -> Option<&rustls::Error> {
        self.chain().find_map(|error| {
            let error = error.downcast_ref::<io::Error>()?;
            error.get_ref()?.downcast_ref::<rustls::Error>()
        })
    }

    /// The step of the way to an engine at which it shows.
    pub(crate) fn step(&self) -> Check {
        match self {
            Self::Status { .. }
            | Self::Nonsense { .. }
            | Self::NotEngine(_)
            | Self::WantsTls(_)
            | Self::NotSocket(_)
            | Self::TooOld { .. } => Check::Version,
            _ => match self.io_kind() {
                Some(io::ErrorKind::PermissionDenied) => Check::Rights,
                Some(io::ErrorKind::NotFound) => Check::Socket,
                _ if self.is_babble() || self.is_cut() => Check::Version,
                _ => Check::Port,
            },
        }
    }

    /// Whether the other end hung up in place of an answer.
    pub(crate) fn is_cut(&self) -> bool {
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

    /// An answer to the ping that no engine gives, because it lacks the version of the API.
    pub(crate) fn of_no_engine(self) -> Self {
        match self {
            // what Go's servers say, and among them every engine that listens with TLS
            Self::Status { code: 400, message } if message.contains("HTTPS") => {
                Self::WantsTls(message)
            }
            Self::Status { code, .. } => Self::NotEngine(format!(
                "it answered {code} to the ping, without an API version"
            )),
            other => other,
        }
    }

    /// Why a place where an engine was looked for has none, in a few exact words, and what to do
    /// about it there.
    pub(crate) fn at_connect(&self, at: &Address) -> Problem {
        let here = at.is_here();
        let why = |summary: &str, detail: String| Problem::new(self.kind(), summary, detail);
        match self {
            Self::Told(problem) => (**problem).clone(),
            Self::Timeout(time) => {
                let problem = why("timed out", format!("no answer within {}", seconds(*time)));
                if here {
                    return problem;
                }
                problem.hint("is the host up and the port right? a firewall may drop what is sent")
            }
            Self::NotEngine(words) => why("not an engine", words.clone()),
            Self::NotSocket(what) => why("not a socket", format!("it is {what}"))
                .hint("give the engine's socket, such as unix:///var/run/docker.sock"),
            Self::WantsTls(words) => why("it wants TLS, and was spoken to without", words.clone())
                .hint("set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use the docker context that has its certificates"),
            Self::Status { code, message } => {
                let summary = format!("the engine answered {code} to everything");
                why(&summary, message.clone())
            }
            Self::TooOld { engine, api } => {
                let oldest = "1.41 (Docker 20.10) is the oldest that works";
                let summary = format!("{engine} is too old: it speaks API {api}, and {oldest}");
                why(&summary, String::new()).hint("update the engine there, or choose another host")
            }
            Self::Bug(words) => why("Pilothouse itself failed", words.clone()),
            _ => self.of_the_system(here),
        }
    }

    /// A connection that could not be made or broke: to a socket of this machine, or elsewhere.
    fn of_the_system(&self, here: bool) -> Problem {
        use io::ErrorKind as Kind;
        let why = |words: &str| Problem::new(self.kind(), words, self.root());
        match self.io_kind() {
            // the system's own words say the same once more
            Some(Kind::NotFound | Kind::NotADirectory) => {
                Problem::new(self.kind(), "no such file", String::new())
            }
            Some(Kind::PermissionDenied) => why("permission denied"),
            Some(Kind::ConnectionRefused) if here => {
                why("refused").hint("no engine listens at this socket any more: start it")
            }
            Some(Kind::ConnectionRefused) => why("refused").hint(
                "nothing listens on that port: is it the engine's, and does it listen on TCP?",
            ),
            Some(Kind::TimedOut) => why("timed out"),
            Some(Kind::HostUnreachable | Kind::NetworkUnreachable) => {
                why("there is no way to that host")
                    .hint("is it up? a route, a VPN or a firewall may be in the way")
            }
            Some(Kind::InvalidInput) if here => why("no socket can have that path")
                .hint("a socket's path has at most 107 bytes, none of them zero"),
            // the library has no kind for a name that the name service does not know
            _ if self.root().starts_with("failed to lookup address") => {
                why("that host name has no address")
                    .hint("check its spelling; an address in numbers needs no name service")
            }
            _ => {
                let problem = match () {
                    () if self.is_cut() => why("it closed the connection before it answered"),
                    () if self.is_babble() => why("not an engine"),
                    () => return why(&text::clean(&self.to_string())),
                };
                if here {
                    return problem;
                }
                problem.hint("is it another service's port, or one that wants TLS?")
            }
        }
    }

    /// The failure of something that was tried, `tried` being a phrase such as `stop web`.
    pub(crate) fn problem(&self, tried: &str) -> Problem {
        let kind = self.kind();
        let summary = |why: &str| format!("could not {tried}: {why}");
        match self {
            Self::Told(problem) => (**problem).clone(),
            Self::Status { code, message } => {
                let why = match kind {
                    ProblemKind::NotFound => "there is no such object",
                    ProblemKind::Conflict if is_name_taken(&message.to_lowercase()) => {
                        "that name is taken"
                    }
                    ProblemKind::Conflict => "its state does not allow that",
                    ProblemKind::Unsupported => "the engine refused",
                    ProblemKind::Denied => "the engine denied it",
                    _ => "the engine failed",
                };
                let problem = Problem::new(kind, summary(why), message.clone());
                Self::hinted(problem, *code)
            }
            Self::Offline => Problem::new(kind, summary(&self.to_string()), String::new())
                .hint("the header says why; it connects by itself as soon as the engine answers"),
            Self::Timeout(_)
            | Self::Cancelled
            | Self::TooOld { .. }
            | Self::WantsTls(_)
            | Self::NotSocket(_) => Problem::new(kind, summary(&self.to_string()), String::new()),
            // this program's own words, which say it all
            Self::Refused(_) => {
                Problem::new(kind, summary(&self.to_string()), String::new()).hint("")
            }
            Self::Ended(words) => {
                Problem::new(kind, summary("cancelled"), String::new()).hint(words)
            }
            Self::Bug(words) => Problem::new(
                kind,
                summary("Pilothouse itself failed"),
                text::clean(words),
            ),
            Self::NotEngine(detail) => Problem::new(kind, summary("not an engine"), detail.clone()),
            Self::Nonsense { what, why } => {
                Problem::new(kind, summary(&format!("{what} made no sense")), why.clone())
            }
            Self::Http(_) | Self::Body(_) | Self::Io(_) | Self::Client(_) => {
                if self.is_cut() {
                    let why = "it closed the connection before its answer was whole";
                    return Problem::new(kind, summary(why), self.root())
                        .hint("it may be starting or ending: try again; its own log says more");
                }
                Problem::new(kind, summary("the connection failed"), self.root())
            }
        }
    }

    /// Hints for refusals whose words say more than their number.
    fn hinted(problem: Problem, code: u16) -> Problem {
        let words = problem.detail.to_lowercase();
        if is_name_taken(&words) {
            return problem.hint("choose another name, or rename the other container first");
        }
        if words.contains("the log driver `") {
            return problem.hint("json-file, local and journald keep logs that can be read");
        }
        if words.contains("is not running") || words.contains("can only kill running") {
            return problem.hint("start it first");
        }
        if words.contains("is paused") || words.contains("unpause") {
            return problem.hint("unpause it first");
        }
        let running = [
            "remove a running container",
            "stop the container",
            "removed without force",
        ];
        if running.iter().any(|running| words.contains(running)) {
            return problem.hint("stop it first, or remove it by force");
        }
        if words.contains("port is already allocated") || words.contains("address already in use") {
            return problem.hint("another container or program holds that port: stop it first");
        }
        if words.contains("criu") {
            return problem.hint("`criu check` on its machine says what is missing there");
        }
        if lacks_cgroups(&problem.detail) {
            let hint = "its engine is rootless: cgroup v2 on its machine makes it possible";
            return problem.hint(hint);
        }
        match code {
            400 => problem.hint("the engine did not accept what was asked; its own words say why"),
            401 | 403 => problem.hint("the engine, or a proxy before it, forbids that to you"),
            _ => problem,
        }
    }
}

/// Whether a refusal is about an object's state, by its words: Podman says 500 to what Docker says
/// 409 to.
fn is_of_state(message: &str) -> bool {
    let words = [
        "container state improper",
        "removed without force",
        "name is already in use",
    ];
    words.iter().any(|words| message.contains(words))
}

/// Whether a name is refused because another object has it, by the engine's words in small letters.
fn is_name_taken(words: &str) -> bool {
    words.contains("already in use") && !words.contains("address already in use")
}

/// Whether a rootless engine refuses what only cgroup v2 would let it do.
fn lacks_cgroups(message: &str) -> bool {
    let words = message.to_lowercase();
    words.contains("rootless") && words.contains("cgroup")
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
        assert_eq!(problem.summary, "could not rename 0123: that name is taken");
        assert_eq!(
            problem.detail,
            "Conflict. The container name \"/web\" is already in use"
        );
        assert!(problem.hint.contains("another name"));
        let podman = Error::Status {
            code: 500,
            message: said(br#"{"cause":"container state improper","message":"cannot remove container 01 as it is running - running or paused containers cannot be removed without force: container state improper"}"#),
        };
        let problem = podman.problem("remove 0123");
        assert_eq!(problem.kind, ProblemKind::Conflict);
        assert!(problem.hint.contains("by force"));
        let taken = Error::Status {
            code: 500,
            message: said(br#"{"cause":"that name is already in use","message":"container create: creating container storage: the container name \"web\" is already in use by 01. You have to remove that container to be able to reuse that name: that name is already in use"}"#),
        };
        let problem = taken.problem("create web");
        assert_eq!(problem.kind, ProblemKind::Conflict);
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

    /// What is said of a place, and the advice.
    fn at(error: &Error, here: bool) -> String {
        let place = if here {
            Address::Unix("/run/x.sock".into())
        } else {
            Address::Tcp {
                host: "far".to_owned(),
                port: 2375,
            }
        };
        let problem = error.at_connect(&place);
        format!("{} → {}", problem.summary, problem.hint)
    }

    #[test]
    fn what_the_system_says_of_a_place_has_exact_words_and_advice_of_its_own() {
        use io::ErrorKind as Kind;
        let (unix, tcp) = (true, false);
        let cases = [
            (Kind::NotFound, unix, "no such file → start the engine"),
            (Kind::NotADirectory, unix, "no such file → start the engine"),
            (Kind::PermissionDenied, unix, "permission denied → join"),
            (Kind::ConnectionRefused, unix, "refused → no engine listens"),
            (Kind::ConnectionRefused, tcp, "refused → nothing listens"),
            (Kind::TimedOut, tcp, "timed out → the engine is slow"),
            (Kind::InvalidInput, unix, "no socket can have that path"),
            (Kind::HostUnreachable, tcp, "there is no way to that host"),
            (Kind::ConnectionReset, unix, "it closed the connection"),
        ];
        for (kind, here, words) in cases {
            let said = at(&Error::Io(kind.into()), here);
            assert!(said.starts_with(words), "{said}");
        }
        let reset = Error::Io(Kind::ConnectionReset.into());
        assert!(at(&reset, tcp).ends_with("or one that wants TLS?"));
        let lookup = "failed to lookup address information: Name or service not known";
        let unknown = Error::Io(io::Error::other(lookup));
        assert!(
            at(&unknown, tcp).starts_with("that host name has no address → check its spelling")
        );
    }

    #[test]
    fn what_answers_and_is_no_engine_has_exact_words_and_advice_of_its_own() {
        let slow = Error::Timeout(Duration::from_secs(2));
        assert!(at(&slow, true).starts_with("timed out → the engine is slow"));
        assert!(at(&slow, false).contains("firewall"));
        let answered = |code, message: &str| Error::Status {
            code,
            message: message.to_owned(),
        };
        let https = answered(400, "Client sent an HTTP request to an HTTPS server.");
        assert!(at(&https.of_no_engine(), false).starts_with("it wants TLS"));
        let page = answered(404, "404 page not found").of_no_engine();
        assert!(at(&page, false).starts_with("not an engine → is that a Docker engine?"));
        let file = at(&Error::NotSocket("a file"), true);
        assert!(file.starts_with("not a socket → give the engine's socket"));
        let (engine, api) = ("Docker 18.09".to_owned(), "1.39".to_owned());
        let old = at(&Error::TooOld { engine, api }, true);
        assert!(old.starts_with("Docker 18.09 is too old: it speaks API 1.39, and 1.41"));
    }
}
