//! Programs that run in a container or beside the engine, because a person wants it.

use crate::model::Id;
use crate::model::secret::{MASK, is_secret};
use crate::spec::words::quoted;

/// A command to be run in a running container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// The container.
    pub id: Id,
    /// The program and its words.
    pub command: Vec<String>,
    /// `user`, `uid`, either with `:group`; empty: the container's own.
    pub user: String,
    /// Where it runs; empty: the container's own working directory.
    pub directory: String,
    /// `NAME=value`, beside the container's own.
    pub env: Vec<String>,
    /// Whether it gets the terminal; without it, its output comes as [`Notice::Output`](super::Notice::Output).
    pub tty: bool,
    /// Whether it may do everything to the host's kernel.
    pub privileged: bool,
}

/// A program to be run on this machine, about an object of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The program and its words; no shell reads them.
    pub words: Vec<String>,
    /// Variables beside this program's own.
    pub env: Vec<(String, String)>,
    /// Whether it gets the terminal; without it, its output comes as [`Notice::Output`](super::Notice::Output).
    pub terminal: bool,
    /// Whether it changes anything, as far as the person has said.
    pub changes: bool,
}

impl Exec {
    /// The equal `docker exec …` line for a container of this name.
    pub fn docker_line(&self, name: &str) -> String {
        let mut words = vec!["docker".to_owned(), "exec".to_owned()];
        let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), quoted(value)]);
        for value in &self.env {
            match value.split_once('=') {
                Some((name, secret)) if is_secret(name, secret) => {
                    add("-e", &format!("{name}={MASK}"));
                }
                _ => add("-e", value),
            }
        }
        for (flag, value) in [("-u", &self.user), ("-w", &self.directory)] {
            if !value.is_empty() {
                add(flag, value);
            }
        }
        let flags = [(self.tty, "-it"), (self.privileged, "--privileged")];
        words.extend(
            flags
                .iter()
                .filter(|(on, _)| *on)
                .map(|(_, flag)| (*flag).to_owned()),
        );
        let rest = std::iter::once(name).chain(self.command.iter().map(String::as_str));
        words.extend(rest.map(quoted));
        words.join(" ")
    }
}
