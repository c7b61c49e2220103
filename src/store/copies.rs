//! What became of copies and edits of files in containers.

use std::sync::Arc;

use super::Store;
use super::actions::{self, Call};
use super::jobs::{Job, Step};
use super::message::{Effect, Effects};
use super::overlay::Overlay;
use crate::model::file::Contents;
use crate::model::{Ref, units};
use crate::protocol::{Command, Copied, Files, FilesReply};

impl Store {
    /// Tells what was copied; asks where something is there already.
    pub(super) fn copied(&mut self, step: Step, reply: FilesReply) -> Effects {
        let Command::Files(_, call) = step.command else {
            return Vec::new();
        };
        match reply {
            FilesReply::Copied(copied) => {
                self.toasts.tell(told(&copied, &call), self.now);
                self.look_into_again(&step.target, &call)
            }
            FilesReply::Exists(place) => {
                self.ask_to_replace(step.target, call, place);
                Vec::new()
            }
            FilesReply::Listed(_) | FilesReply::Contents(_) => Vec::new(),
        }
    }

    fn ask_to_replace(&mut self, target: Ref, call: Files, place: String) {
        let (id, words) = match call {
            Files::CopyOut { path, .. } => ("files.copy_out", vec![place, path]),
            Files::CopyIn { from, folder, .. } => {
                let from = from.to_string_lossy().into_owned();
                ("files.copy_in", vec![from, folder])
            }
            Files::Open { .. }
            | Files::Read { .. }
            | Files::Write { .. }
            | Files::Export { .. }
            | Files::Delete { .. } => {
                return;
            }
        };
        let call = Call {
            targets: vec![target],
            words,
            ..Call::default()
        };
        let Some(action) = actions::find(id) else {
            return;
        };
        // no question comes up under fingers that are typing something else
        let question = (action.question)(action, self, &call).filter(|_| self.overlays.is_empty());
        match question {
            Some(question) => self.overlays.push(Overlay::Confirm(question)),
            None => {
                let text = "nothing was copied: something of that name is there already";
                self.toasts.explain(text, self.now);
            }
        }
    }

    /// Looks again into the folder that a job changed.
    pub(super) fn look_again(&mut self, job: &Job) -> Effects {
        let step = job.steps.first();
        match step.map(|step| (step.target.clone(), &step.command)) {
            Some((target, Command::Files(_, call))) => self.look_into_again(&target, call),
            _ => Vec::new(),
        }
    }

    fn look_into_again(&mut self, target: &Ref, call: &Files) -> Effects {
        let changes = call.changes() && !matches!(call, Files::Open { .. });
        let browser = self.files.get(target).filter(|_| changes);
        let Some(browser) = browser else {
            return Vec::new();
        };
        match &browser.viewing {
            Some(reading) => {
                let path = reading.contents.path.clone();
                self.open_path(target, &path, "")
            }
            None => {
                let folder = browser.folder.clone();
                self.ask_path(target, &folder)
            }
        }
    }

    /// A file that is to be edited was read.
    pub(super) fn edit(&mut self, target: Option<Ref>, contents: Arc<Contents>) -> Effects {
        let refused = if contents.is_binary() || std::str::from_utf8(&contents.bytes).is_err() {
            Some("it is no text: copy it out and in to change it")
        } else if contents.cut {
            Some("it is too long to be edited here: copy it out and in to change it")
        } else {
            None
        };
        match (refused, target) {
            (None, Some(target)) => vec![Effect::Edit(target, contents)],
            (reason, _) => {
                self.toasts.explain(reason.unwrap_or_default(), self.now);
                Vec::new()
            }
        }
    }
}

fn told(copied: &Copied, call: &Files) -> String {
    let verb = match call {
        Files::CopyIn { .. } => "copied in as",
        _ => "copied to",
    };
    let files = units::plural(copied.files as usize, "file");
    let mut text = format!(
        "{verb} {} · {files} · {}",
        copied.to,
        units::bytes(copied.bytes)
    );
    if copied.left_out > 0 {
        let count = units::plural(copied.left_out as usize, "device");
        text.push_str(&[" · ", &count, " or pipes left out"].concat());
    }
    if copied.leading_out > 0 {
        let count = units::plural(copied.leading_out as usize, "link");
        text.push_str(&[" · ", &count, " lead elsewhere"].concat());
    }
    text
}
