//! Changes of the settings file: preferences and hosts, one after the other, each whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::effects::on_a_thread;
use super::{App, Own, roster, startup};
use crate::config::{self, HostSettings, Preferences, hosts};
use crate::model::{HostId, Problem, ProblemKind};
use crate::os::files::private_file;
use crate::store::message::{Message, Outcome};

impl App {
    /// Writes preferences into the settings file.
    pub(super) fn save_preferences(&mut self, preferences: Preferences) {
        let file = self.config_file.clone();
        self.rewriting("saving the preferences", move || {
            let file = rewrite(file, "the preferences were not saved", |text| {
                config::save(text, &preferences)
            })?;
            let text = format!("preferences saved to {}", file.display());
            Ok(vec![Message::Told(Outcome::Done(text))])
        });
    }

    /// Keeps a host in the settings file, in place of the one of a name, and knows it.
    pub(super) fn keep_host(&mut self, before: Option<HostId>, host: HostSettings) {
        let file = self.config_file.clone();
        self.rewriting("keeping a host", move || {
            let old = before.as_ref().map_or(host.name.as_str(), HostId::as_str);
            let fault = format!("the host {} was not saved", host.name);
            let file = rewrite(file, &fault, |text| hosts::keep(text, old, &host))?;
            let text = format!("{} is kept in {}", host.name, file.display());
            let spec = roster::kept(&host, &startup::env);
            let kept = Message::Kept(before, Box::new(host), Box::new(spec));
            Ok(vec![kept, Message::Told(Outcome::Done(text))])
        });
    }

    /// Takes a host out of the settings file, and knows it no more.
    pub(super) fn drop_host(&mut self, host: HostId) {
        let file = self.config_file.clone();
        self.rewriting("removing a host", move || {
            let fault = format!("the host {host} was not removed");
            let change = |text: &str| {
                let without = hosts::drop(text, host.as_str())?;
                Ok(without.unwrap_or_else(|| text.to_owned()))
            };
            let file = rewrite(file, &fault, change)?;
            let text = format!("{host} is no longer in {}", file.display());
            Ok(vec![
                Message::Unknown(host),
                Message::Told(Outcome::Done(text)),
            ])
        });
    }

    /// Changes the file off the loop, when no other change is under way; what came of it is told.
    fn rewriting(
        &mut self,
        does: &'static str,
        work: impl FnOnce() -> Result<Vec<Message>, Problem> + Send + 'static,
    ) {
        let (turn, own) = (Arc::clone(&self.rewrites), self.own.clone());
        self.tasks.spawn(async move {
            // it is never closed
            let _turn = turn.acquire().await;
            let messages = match on_a_thread(does, work).await.flatten() {
                Ok(messages) => messages,
                Err(problem) => vec![Message::Told(Outcome::Failed(problem))],
            };
            for message in messages {
                // the loop is gone: nobody is left to be told
                let _ = own.send(Own::Message(message)).await;
            }
        });
    }
}

/// Rewrites the settings file; without one, a new one with all comments. `fault` says what was
/// not done when that fails.
fn rewrite(
    file: Option<PathBuf>,
    fault: &str,
    change: impl FnOnce(&str) -> Result<String, config::Fault>,
) -> Result<PathBuf, Problem> {
    let refused = |detail: String| {
        Problem::new(ProblemKind::Denied, fault, detail).hint("the settings file is as it was")
    };
    let file = file.ok_or_else(|| refused("there is no home folder".to_owned()))?;
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => config::DEFAULT_FILE.to_owned(),
        Err(error) => return Err(refused(format!("{}: {error}", file.display()))),
    };
    let text = change(&text).map_err(|fault| refused(format!("{}: {fault}", file.display())))?;
    replace(&file, &text).map_err(|error| refused(format!("{}: {error}", file.display())))?;
    Ok(file)
}

/// Replaces a file whole or not at all. Through a link, what it points to is replaced.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let fresh = file.with_extension(format!("toml.{}", std::process::id()));
    // what a run that was killed left there
    let _ = std::fs::remove_file(&fresh);
    private_file(&fresh)?.write_all(text.as_bytes())?;
    if let Ok(metadata) = std::fs::metadata(&file) {
        std::fs::set_permissions(&fresh, metadata.permissions())?;
    }
    std::fs::rename(&fresh, &file)
}
