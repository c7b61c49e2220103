//! Performs one command: its call, its time, and what its refusal means.

use std::time::Duration;

use bollard::query_parameters::{
    KillContainerOptions, RemoveContainerOptions, RenameContainerOptions,
};
use tokio::time::timeout;

use super::change;
use super::error::Error;
use super::files;
use super::inspect;
use super::logs;
use super::names;
use super::output::{self, Sink};
use super::processes;
use super::snapshot;
use super::transport::{Api, Posted, escape};
use crate::model::Id;
use crate::model::text::clean;
use crate::protocol::{Command, Ending, Files, Grace, Reply};

const SHORT: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_secs(60);

/// How long a command may take before it is given up.
fn limit(command: &Command) -> Duration {
    match command {
        // it ends when it ends, and can be cancelled
        Command::Exec(_)
        | Command::Shell(..)
        | Command::Attach(_)
        | Command::Local(_)
        | Command::Change(_)
        | Command::Files(..) => Duration::MAX,
        Command::Stop(_, grace) => within(*grace),
        Command::Restart(_, ending) => within(ending.grace),
        Command::Remove { .. }
        | Command::PrunePreview
        | Command::Names
        | Command::FindProcess(..) => LONG,
        Command::Start(_)
        | Command::Pause(_)
        | Command::Unpause(_)
        | Command::Kill(..)
        | Command::Rename(..)
        | Command::Signal { .. }
        | Command::Forward { .. }
        | Command::Unforward(_)
        | Command::Describe(_)
        | Command::OlderLines { .. } => SHORT,
    }
}

/// How long a container that has some time to end may take.
fn within(grace: Grace) -> Duration {
    match grace {
        Grace::For(time) => time.saturating_add(SHORT),
        Grace::Own | Grace::Endless => Duration::MAX,
    }
}

/// What a command does to an object of this name, for the sentence that says it failed.
pub(crate) fn tried(command: &Command, name: &str) -> String {
    match command {
        Command::Start(_) => format!("start {name}"),
        Command::Stop(..) => format!("stop {name}"),
        Command::Restart(..) => format!("restart {name}"),
        Command::Pause(_) => format!("pause {name}"),
        Command::Unpause(_) => format!("unpause {name}"),
        Command::Kill(_, signal) => format!("send {signal} to {name}"),
        Command::Rename(..) => format!("rename {name}"),
        Command::Remove { .. } => format!("remove {name}"),
        Command::Shell(..) => format!("open a shell in {name}"),
        Command::Exec(exec) => format!("run {} in {name}", exec.command.join(" ")),
        Command::Files(_, call) => files_tried(name, call),
        Command::FindProcess(_, pid) => format!("find process {pid} inside {name}"),
        Command::Signal { pid, signal, .. } => {
            format!("send {signal} to process {pid} in {name}")
        }
        Command::Attach(_) => format!("attach to {name}"),
        Command::Change(change) => change.tried(name),
        Command::Local(local) => format!("run {}", local.words.join(" ")),
        Command::Forward { port, .. } => format!("forward port {port} of {name}"),
        Command::Unforward(local) => format!("end the forward of port {local}"),
        Command::PrunePreview => "list the stopped containers".to_owned(),
        Command::Names => "list what there is".to_owned(),
        Command::Describe(_) => format!("inspect {name}"),
        Command::OlderLines { .. } => format!("read older lines of {name}"),
    }
}

fn files_tried(name: &str, call: &Files) -> String {
    match call {
        Files::Open { path, .. } => format!("open {} of {name}", clean(path)),
        Files::Read { path, .. } => format!("read {} of {name}", clean(path)),
        Files::CopyOut { path, .. } => format!("copy {} out of {name}", clean(path)),
        Files::CopyIn { from, .. } => {
            format!("copy {} into {name}", clean(&from.display().to_string()))
        }
        Files::Write { was, .. } => format!("write {} of {name}", clean(&was.path)),
        Files::Export { .. } => format!("export {name}"),
        Files::Delete { path } => format!("delete {} of {name}", clean(path)),
    }
}

/// Whether a command hears by itself that it is given up, to leave nothing behind.
pub(crate) fn ends_itself(command: &Command) -> bool {
    matches!(command, Command::Exec(exec) if !exec.tty)
}

/// What is told of a command that was given up and does not tell by itself what became of it.
pub(crate) fn given_up(command: &Command) -> Error {
    match command {
        Command::Files(_, Files::CopyIn { folder, .. }) => {
            Error::Ended(format!("what was copied so far stays in {}", clean(folder)))
        }
        _ => Error::Cancelled,
    }
}

/// Performs a command within its time.
pub(crate) async fn perform(api: &Api, command: &Command, sink: &Sink) -> Result<Reply, Error> {
    let limit = limit(command);
    match timeout(limit, call(api, command, sink)).await {
        Ok(result) => result,
        Err(_) => Err(Error::Timeout(limit)),
    }
}

async fn call(api: &Api, command: &Command, sink: &Sink) -> Result<Reply, Error> {
    let docker = api.docker()?;
    match command {
        // bollard does not tell done from already so
        Command::Start(id) => Ok(posted(api.post(&format!("/containers/{id}/start")).await?)),
        Command::Stop(id, grace) => {
            let time = grace.seconds().map(|time| format!("?t={time}"));
            let path = format!("/containers/{id}/stop{}", time.unwrap_or_default());
            Ok(posted(api.post(&path).await?))
        }
        Command::Restart(id, ending) => restart(api, id, ending).await,
        Command::Pause(id) => done(docker.pause_container(id.as_str()).await),
        Command::Unpause(id) => done(docker.unpause_container(id.as_str()).await),
        Command::Kill(id, signal) => {
            let options = KillContainerOptions {
                signal: format!("SIG{signal}"),
            };
            done(docker.kill_container(id.as_str(), Some(options)).await)
        }
        Command::Rename(id, name) => {
            if !is_name(name) {
                return Err(Error::Refused(
                    "a name is two or more letters, digits, _ . - and begins with a letter or digit"
                        .to_owned(),
                ));
            }
            let options = RenameContainerOptions { name: name.clone() };
            done(docker.rename_container(id.as_str(), options).await)
        }
        Command::Remove { id, force, volumes } => {
            let options = RemoveContainerOptions {
                v: *volumes,
                force: *force,
                link: false,
            };
            done(docker.remove_container(id.as_str(), Some(options)).await)
        }
        Command::Exec(exec) if !exec.tty => output::run(api, exec, sink).await,
        Command::Exec(_) | Command::Shell(..) | Command::Attach(_) => {
            Err(Error::Refused("it needs the terminal".to_owned()))
        }
        Command::Files(id, call) => files::perform(api, id, call, sink).await,
        Command::FindProcess(id, pid) => {
            let found = processes::find(api, id, *pid).await?;
            Ok(Reply::Process(*pid, found))
        }
        Command::Signal {
            id,
            pid,
            start,
            signal,
        } => {
            processes::send(api, id, (*pid, *start), signal).await?;
            Ok(Reply::Done)
        }
        Command::Change(change) => Box::pin(change::perform(api, change, sink)).await,
        Command::Local(_) => Err(Error::Refused("it is no call to an engine".to_owned())),
        // the host's task has them: see `Engine::work`
        Command::Forward { .. } | Command::Unforward(_) => Err(Error::Offline),
        Command::PrunePreview => prunable(api).await,
        // four calls at once are kept off the futures of the others
        Command::Names => Box::pin(names::names(api)).await,
        Command::Describe(id) => inspect::describe(api, id).await,
        Command::OlderLines {
            id,
            before,
            held,
            count,
        } => {
            let pages = logs::older(api, id, *before, *held, *count).await?;
            Ok(Reply::Lines(pages))
        }
    }
}

/// An engine that knows no signal for a restart would leave it out without a word: it is refused.
async fn restart(api: &Api, id: &Id, ending: &Ending) -> Result<Reply, Error> {
    let (major, minor) = api.version();
    let (wanted, since) = Ending::SIGNAL_SINCE;
    if ending.signal.is_some() && (major, minor) < (wanted, since) {
        return Err(Error::Refused(format!(
            "a restart by a signal needs API {wanted}.{since}, and this engine speaks {major}.{minor}"
        )));
    }
    let time = ending.grace.seconds().map(|time| format!("t={time}"));
    let signal = ending.signal.as_ref();
    let signal = signal.map(|signal| format!("signal={}", escape(&format!("SIG{signal}"))));
    let words: Vec<String> = time.into_iter().chain(signal).collect();
    let path = format!("/containers/{id}/restart?{}", words.join("&"));
    Ok(posted(api.post(&path).await?))
}

fn posted(posted: Posted) -> Reply {
    match posted {
        Posted::Done => Reply::Done,
        Posted::Already => Reply::Already,
    }
}

fn done(result: Result<(), bollard::errors::Error>) -> Result<Reply, Error> {
    result?;
    Ok(Reply::Done)
}

async fn prunable(api: &Api) -> Result<Reply, Error> {
    let path = |states: &str| {
        let filters = escape(&format!(r#"{{"status":[{states}]}}"#));
        format!("/containers/json?all=1&size=1&filters={filters}")
    };
    let list = match snapshot::listed(api, &path(r#""created","exited","dead""#), LONG).await {
        // Podman has none that are dead, and refuses to look for such
        Err(Error::Status { message, .. }) if message.contains("unknown container state") => {
            snapshot::listed(api, &path(r#""created","exited""#), LONG).await?
        }
        listed => listed?,
    };
    Ok(Reply::Prunable(list.found))
}

/// The engine's own rule for names: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    name.len() > 1
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_engines_rule() {
        for good in ["web", "web-1", "9a", "a.b_c"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "w", "-web", ".web", "a b", "a/b", "../x", "wéb", "a?b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_stop_may_take_its_time_and_no_more() {
        let stop = Command::Stop(Id::new("a"), Grace::For(Duration::from_secs(30)));
        assert_eq!(limit(&stop).as_secs(), 40);
        assert_eq!(limit(&Command::Start(Id::new("a"))), SHORT);
    }
}
