//! What commands of this program's own jobs wrote: read, searched and saved like a log, in a pane
//! over the screen. Bounded: the oldest lines of a long one go, and the oldest ones go whole.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Store;
use super::actions::{Action, Call, Scope};
use super::jobs::StepState;
use super::logs::{Log, LogState};
use super::message::{Effects, SearchId};
use super::overlay::Overlay;
use crate::model::input::{Code, Key};
use crate::model::log::Chunk;
use crate::model::{Problem, Ref, Time, units};
use crate::protocol::{JobId, LogFact};

/// Outputs whose lines are kept.
const KEPT: usize = 8;
/// Bytes that are kept of each.
const BYTES: usize = 32 << 20;

/// All outputs, oldest first.
#[derive(Debug, Default)]
pub struct Outputs {
    kept: VecDeque<Output>,
}

/// What one job wrote.
#[derive(Debug)]
pub struct Output {
    /// The job.
    pub job: JobId,
    /// What runs: `ls -l in web`.
    pub title: String,
    /// Its lines.
    pub log: Log,
}

impl Outputs {
    /// Begins to keep what a job writes.
    pub fn open(&mut self, job: JobId, title: String) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Output {
            job,
            title,
            log: Log::new(),
        });
    }

    /// What a job wrote, while it is kept.
    pub fn get(&self, job: JobId) -> Option<&Output> {
        self.kept.iter().find(|output| output.job == job)
    }

    /// The same, to look elsewhere in it.
    pub fn get_mut(&mut self, job: JobId) -> Option<&mut Output> {
        self.kept.iter_mut().find(|output| output.job == job)
    }

    /// Takes lines in.
    pub fn add(&mut self, job: JobId, chunk: Arc<Chunk>) {
        if let Some(output) = self.get_mut(job) {
            output.log.learn(LogFact::CaughtUp, BYTES);
            output.log.learn(LogFact::Lines(chunk), BYTES);
        }
    }

    /// A job ended: no more lines come.
    pub fn end(&mut self, job: JobId, state: &StepState) {
        if let Some(output) = self.get_mut(job) {
            output.log.state = match state {
                StepState::Failed(problem) => LogState::Failed(problem.clone()),
                StepState::Waiting
                | StepState::Skipped
                | StepState::Running
                | StepState::Done
                | StepState::Already
                | StepState::Exited(_) => LogState::Ended,
            };
        }
    }

    /// Takes in what a search found; gives the job whose output it was in.
    pub fn found(&mut self, id: SearchId, found: &Result<Vec<u64>, Problem>) -> Option<JobId> {
        let kept = self.kept.iter_mut();
        let mut of = kept.filter_map(|o| o.log.found(id, found).then_some(o.job));
        of.next()
    }
}

impl Store {
    /// The output that lies over the screen.
    pub fn output_in_sight(&self) -> Option<&Output> {
        self.outputs.get(self.output_job()?)
    }

    /// Whether what a job wrote lies over the screen.
    pub(super) fn reads_output_of(&self, job: JobId) -> bool {
        self.output_job() == Some(job)
    }

    /// The job whose output covers the screen.
    pub(crate) fn output_job(&self) -> Option<JobId> {
        self.overlays.iter().rev().find_map(|over| match over {
            Overlay::Output(job) => Some(*job),
            Overlay::Menu(_)
            | Overlay::Confirm(_)
            | Overlay::Prompt(_)
            | Overlay::Form(_)
            | Overlay::Help(_)
            | Overlay::Doctor(..)
            | Overlay::Text { .. } => None,
        })
    }

    /// The log that is read: an output that lies over the screen, else the selected container's.
    pub fn log_in_sight(&self) -> Option<&Log> {
        match self.output_job() {
            Some(job) => Some(&self.outputs.get(job)?.log),
            None => self.logs.get(self.selected()?),
        }
    }

    /// The same, to look elsewhere in it.
    pub fn log_in_sight_mut(&mut self) -> Option<&mut Log> {
        match self.output_job() {
            Some(job) => Some(&mut self.outputs.get_mut(job)?.log),
            None => {
                let target: Ref = self.selected()?.clone();
                self.logs.get_mut(&target)
            }
        }
    }

    /// How a job that wrote ended, and how long it took or takes: `exit code 1 · 0.4 s`.
    pub fn output_end(&self, job: JobId) -> String {
        let Some(job) = self.jobs.get(job) else {
            return String::new();
        };
        let took = |now: Time| units::took(now.since(job.began));
        let Some(ended) = job.ended else {
            return format!("running for {}", took(self.now));
        };
        let begun = job.steps.iter().rev().find(|step| step.state.was_begun());
        let how = match begun.map(|step| &step.state) {
            Some(StepState::Exited(code)) => format!("exit code {code}"),
            Some(StepState::Failed(_)) if job.cancelled => "cancelled".to_owned(),
            Some(StepState::Failed(_)) => "failed".to_owned(),
            Some(
                StepState::Waiting
                | StepState::Skipped
                | StepState::Running
                | StepState::Done
                | StepState::Already,
            )
            | None => "ended".to_owned(),
        };
        format!("{how} · {}", took(ended))
    }

    /// A key in an output: those of a log, and of what is live everywhere what is of use here.
    pub(super) fn key_in_output(&mut self, key: Key) -> Effects {
        let closes = matches!(key.typed(), Some('q'))
            || key.code == Code::Esc
            || (key.code == Code::Left && self.log_in_sight().is_none_or(|l| l.view.left == 0));
        if closes {
            if key.code == Code::Esc && self.selected_log_search().is_some() {
                self.clear_log_search();
            } else {
                self.overlays.pop();
            }
            return Vec::new();
        }
        let of_use = |action: &Action| {
            action.scope == Scope::Logs
                || action.id.starts_with("cursor.")
                || matches!(
                    action.id,
                    "app.copy"
                        | "app.save"
                        | "app.help"
                        | "app.mouse"
                        | "app.suspend"
                        | "job.cancel"
                )
        };
        match self.keymap.action(&[Scope::Logs, Scope::Global], key) {
            Some(action) if of_use(action) => self.invoke(action, Call::default()),
            _ => Vec::new(),
        }
    }
}
