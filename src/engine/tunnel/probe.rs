//! Where the engine's socket is on the other machine: asked by a small script over our own
//! connection, answered in lines.

use std::time::Duration;

use super::line::{self, Control};
use crate::engine::route::Failure;
use crate::model::host::{Check, SshTarget};
use crate::model::text::clean;
use crate::model::{Problem, ProblemKind};
use crate::spec::words::quoted;

/// What runs there. It is read from standard input, so that any login shell will do.
const SCRIPT: &str = include_str!("probe.sh");
/// What every line of the answer begins with: profiles of a shell may print anything beside.
const MARK: &str = "pilothouse\t";
/// How long the answer may take: docker may be slow to say its context.
const WITHIN: Duration = Duration::from_secs(15);

/// What was found there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct There {
    /// The user that we are there.
    user: String,
    /// Whether the docker command is in its PATH.
    pub(crate) docker: bool,
    places: Vec<Place>,
}

/// One place that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// Whose place it is.
    whose: String,
    /// A path, or what an address has behind its scheme.
    at: String,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// A socket that we may use.
    Usable,
    /// A socket that we may not use; its owner and group.
    Closed(String),
    /// No socket.
    Missing,
    /// Plain TCP, as that machine reaches it.
    Tcp,
    /// An address that cannot be gone on to from there.
    Other,
}

/// An engine's place, as the other machine reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remote {
    /// The path of a socket.
    Socket(String),
    /// `host:port`.
    Tcp(String),
}

impl std::fmt::Display for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket(path) => f.write_str(&clean(path)),
            Self::Tcp(place) => write!(f, "tcp://{}", clean(place)),
        }
    }
}

/// Asks what there is.
pub(crate) async fn ask(control: &Control, target: &SshTarget) -> Result<There, Failure> {
    let given = target
        .socket
        .as_deref()
        .map(|path| path.display().to_string());
    let given = quoted(given.as_deref().unwrap_or_default());
    let script = format!("GIVEN={given}\n{SCRIPT}");
    let host = &target.host;
    let failed = |summary: String, detail: &str| {
        let problem = Problem::new(ProblemKind::Unreachable, summary, clean(detail));
        Failure::at(
            Check::Socket,
            problem.hint("can you run `ssh HOST sh` there?"),
        )
    };
    let ask = line::run(control.remote("sh"), Some(&script), WITHIN);
    let said = ask.await.map_err(|error| {
        failed(
            format!("{host} did not say where its engine is"),
            &error.to_string(),
        )
    })?;
    let there = read(&said.out);
    there.ok_or_else(|| {
        let words = if said.err.trim().is_empty() {
            &said.out
        } else {
            &said.err
        };
        let words: String = words.trim().chars().take(300).collect();
        failed(
            format!("{host} runs no command for us, so its engine is not found"),
            &words,
        )
    })
}

/// Reads the answer; none when it has no end.
fn read(text: &str) -> Option<There> {
    let mut there = There::default();
    let lines = text.lines().filter_map(|line| line.strip_prefix(MARK));
    for line in lines {
        let words: Vec<&str> = line.split('\t').collect();
        match words.as_slice() {
            ["end"] => return Some(there),
            ["user", user] => there.user = clean(user),
            ["docker"] => there.docker = true,
            [state, whose, at, rest @ ..] => {
                let state = match *state {
                    "usable" => State::Usable,
                    "closed" => State::Closed(clean(rest.first().unwrap_or(&""))),
                    "missing" => State::Missing,
                    "tcp" => State::Tcp,
                    _ => State::Other,
                };
                there.places.push(Place {
                    whose: clean(whose),
                    at: (*at).to_owned(),
                    state,
                });
            }
            _ => {}
        }
    }
    None
}

impl There {
    /// The first place that may be used.
    pub(crate) fn choose(&self, host: &str) -> Result<Remote, Failure> {
        let good = self.places.iter().find_map(|place| match place.state {
            // anything but an absolute path has another meaning to ssh
            State::Usable if place.at.starts_with('/') => Some(Remote::Socket(place.at.clone())),
            State::Tcp => Some(Remote::Tcp(place.at.trim_end_matches('/').to_owned())),
            _ => None,
        });
        good.ok_or_else(|| self.nothing(host))
    }

    /// Why there is none.
    fn nothing(&self, host: &str) -> Failure {
        let user = match self.user.as_str() {
            "" => "this user",
            user => user,
        };
        let closed = self.places.iter().find_map(|place| match &place.state {
            State::Closed(owner) => Some((clean(&place.at), owner)),
            _ => None,
        });
        if let Some((path, owner)) = closed {
            let detail = match owner.split_once(' ') {
                Some((owner, group)) => format!("it belongs to {owner} and to the group {group}"),
                None => String::new(),
            };
            let summary = format!("{user} may not use {path} on {host}");
            let hint = format!(
                "there: `sudo usermod -aG docker {user}`, then log in anew; or name another user or socket"
            );
            let problem = Problem::new(ProblemKind::Denied, summary, detail).hint(hint);
            return Failure::at(Check::Rights, problem);
        }
        let other = self.places.iter().find(|place| place.state == State::Other);
        if let Some(place) = other {
            let (whose, at) = (&place.whose, clean(&place.at));
            let summary = format!("{whose} on {host} leads on to {at}, which is not followed");
            let problem = Problem::new(ProblemKind::Unsupported, summary, "")
                .hint("name the socket in the address: ssh://user@host/path/to/docker.sock");
            return Failure::at(Check::Socket, problem);
        }
        let mut looked: Vec<String> = self.places.iter().map(|place| clean(&place.at)).collect();
        looked.dedup();
        let looked = format!("looked at {}", looked.join(", "));
        let summary = match (self.places.as_slice(), self.docker) {
            ([only], _) => format!("there is no socket {} on {host}", clean(&only.at)),
            (_, true) => format!("no engine's socket was found on {host}"),
            (_, false) => {
                format!(
                    "no engine's socket was found on {host}, and no docker in the PATH of {user}"
                )
            }
        };
        let hint = if self.docker {
            "start the engine there, or name its socket: ssh://user@host/path/to/docker.sock"
        } else {
            "install Docker or Podman there, or name the socket: ssh://user@host/path/to/docker.sock"
        };
        let problem = Problem::new(ProblemKind::NotFound, summary, looked).hint(hint);
        Failure::at(Check::Socket, problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(lines: &str) -> There {
        let lines = lines.lines().map(|line| line.trim().replace(" | ", "\t"));
        let text: Vec<String> = lines.map(|line| MARK.to_owned() + &line).collect();
        read(&format!("Welcome!\n{}\n{MARK}end\nbye\n", text.join("\n"))).unwrap()
    }

    #[test]
    fn the_first_socket_that_may_be_used_is_taken() {
        let found = there(
            "user | ann
             docker
             closed | Docker | /var/run/docker.sock | root docker
             usable | rootless Docker | /run/user/7/docker.sock
             usable | Podman | /run/podman/podman.sock",
        );
        assert!(found.docker);
        let chosen = found.choose("far").unwrap();
        assert_eq!(chosen, Remote::Socket("/run/user/7/docker.sock".into()));
        let tcp = there("user | ann\ntcp | DOCKER_HOST | 127.0.0.1:2375");
        assert_eq!(
            tcp.choose("far").unwrap(),
            Remote::Tcp("127.0.0.1:2375".into())
        );
        assert!(
            there("usable | DOCKER_HOST | docker.sock")
                .choose("far")
                .is_err()
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let closed = there("user | ann\nclosed | Docker | /var/run/docker.sock | root docker");
        let failure = closed.choose("far").unwrap_err();
        assert_eq!(
            (failure.check, failure.problem.kind),
            (Check::Rights, ProblemKind::Denied)
        );
        assert_eq!(
            failure.problem.summary,
            "ann may not use /var/run/docker.sock on far"
        );
        assert!(
            failure.problem.detail.contains("group docker"),
            "{failure:?}"
        );
        let none = there("user | ann\nmissing | Docker | /a\nmissing | Podman | /b");
        let problem = none.choose("far").unwrap_err().problem;
        assert!(
            problem.summary.contains("no docker in the PATH of ann"),
            "{problem:?}"
        );
        assert_eq!(problem.detail, "looked at /a, /b");
        let given = there("user | ann\nmissing | given | /x.sock");
        let problem = given.choose("far").unwrap_err().problem;
        assert_eq!(problem.summary, "there is no socket /x.sock on far");
        let other = there("other | DOCKER_HOST | ssh://further");
        assert_eq!(
            other.choose("far").unwrap_err().problem.kind,
            ProblemKind::Unsupported
        );
    }

    #[test]
    fn an_answer_without_end_is_none() {
        assert_eq!(read("This account is currently not available.\n"), None);
        assert_eq!(read(&format!("{MARK}user\tann\n")), None);
    }
}
