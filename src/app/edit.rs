//! A copy of a file given to the person's editor, with the terminal.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lent::Interrupts;
use super::{App, FRAME};
use crate::model::file::Contents;
use crate::model::text::clean;
use crate::model::{Problem, ProblemKind, Ref};
use crate::os::{files, programs};
use crate::store::message::{Message, Outcome};
use crate::terminal::Inputs;

impl App {
    /// Lends the terminal to the editor until it ends; what was typed goes to the store.
    pub(super) async fn edit(&mut self, target: Ref, was: Arc<Contents>) -> io::Result<()> {
        let copy = match copy(&was) {
            Ok(copy) => copy,
            Err(error) => {
                self.told(Outcome::Failed(refused("no copy could be made", &error)));
                return Ok(());
            }
        };
        self.close_inputs().await;
        self.screen.leave();
        let file = copy.clone();
        let ended = self
            .until(
                tokio::task::spawn_blocking(move || run(&file)),
                Interrupts::Theirs,
            )
            .await;
        self.signals.forget_interrupts().await;
        self.screen.enter()?;
        self.inputs = Inputs::new();
        self.show_after(FRAME);
        // none: the program itself is to end
        let Some(ended) = ended else { return Ok(()) };
        let read = ended.and_then(|()| std::fs::read(&copy));
        match read {
            Ok(bytes) if *bytes == *was.bytes => {
                discard(&copy);
                self.told(Outcome::Done("nothing was changed".to_owned()));
            }
            Ok(bytes) => {
                let message = Message::Edited(target, was, bytes.into(), copy);
                for effect in self.store.apply(message) {
                    Box::pin(self.perform(effect)).await?;
                }
            }
            Err(error) => {
                let problem = refused("the editor failed; nothing is written", &error);
                let kept = clean(&copy.display().to_string());
                self.told(Outcome::Failed(
                    problem.hint(format!("the copy is in {kept}")),
                ));
            }
        }
        Ok(())
    }
}

fn refused(summary: &str, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Unsupported, summary, error.to_string())
        .hint("set EDITOR to an editor that is there")
}

/// A file that only this person can read, in a folder of its own, named as the other is.
fn copy(was: &Contents) -> io::Result<PathBuf> {
    let own = std::process::id();
    let folder = (0..1000).map(|n| std::env::temp_dir().join(format!("pilothouse-edit-{own}-{n}")));
    let mut made = Err(io::Error::other("no folder is free"));
    for folder in folder {
        made = files::private_folder(&folder).map(|()| folder);
        if !matches!(&made, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
            break;
        }
    }
    let plain = |c: char| {
        if c.is_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = was.entry.name.chars().map(plain).take(100).collect();
    let name = if name.trim_matches('.').is_empty() {
        "file".to_owned()
    } else {
        name
    };
    let path = made?.join(name);
    files::private_file(&path)?.write_all(&was.bytes)?;
    Ok(path)
}

fn discard(copy: &Path) {
    // a copy that stays harms nobody
    let _ = std::fs::remove_file(copy);
    if let Some(folder) = copy.parent() {
        let _ = std::fs::remove_dir(folder);
    }
}

/// Runs the editor, as git and others do: what is set may have words of its own.
fn run(file: &Path) -> io::Result<()> {
    let set = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| programs::EDITOR.to_owned());
    let status = programs::line(&editor, file).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{editor} ended with {status}")))
    }
}
