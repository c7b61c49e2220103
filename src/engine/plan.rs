//! Performs a plan: one step after the other, told as they go. When one fails, or the person gives
//! up, what was begun is undone from the last to the first; that is not given up.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::access::Access;
use super::change::follow;
use super::error::Error;
use super::loan::Lender;
use super::output::Sink;
use super::{command, task};
use crate::model::{Id, Problem};
use crate::protocol::{Change, Command, Deed, Follow, JobId, Notice, Plan, Reply};

/// How long an undo waits for a connection that was lost.
const RETURN: Duration = Duration::from_secs(30);

/// A plan under way.
pub(super) struct Run {
    pub(super) job: JobId,
    /// The host; none when it is not looked at.
    pub(super) access: Option<Access>,
    pub(super) notices: mpsc::Sender<Notice>,
    pub(super) lines: mpsc::Sender<Notice>,
    pub(super) cancel: CancellationToken,
    /// Where what takes input asks for the terminal.
    pub(super) lender: Lender,
}

impl Run {
    /// Performs it. Each step that was begun is answered by one [`Notice::Done`].
    pub(super) async fn perform(mut self, plan: Plan) {
        let mut made: Vec<Option<Id>> = vec![None; plan.steps.len()];
        for (place, step) in plan.steps.iter().enumerate() {
            self.notice(Notice::Begun(self.job, place)).await;
            let line = named(&step.deed, &made).docker_line();
            self.say(&format!("[{}/{}] {line}", place + 1, plan.steps.len()))
                .await;
            let result = match self.cancel.is_cancelled() {
                true => Err(Error::Cancelled),
                false => self.step(&step.deed, &made).await,
            };
            let error = match result {
                Ok(reply) => {
                    if let Some(word) = word(&step.deed.command, &reply) {
                        self.say(word).await;
                    }
                    if let Reply::Made(id) = &reply {
                        made[place] = Some(id.clone());
                    }
                    self.done(place, Ok(reply)).await;
                    continue;
                }
                Err(error) => error,
            };
            // what was refused, left or never sent was not done; an engine that failed at it may
            // have done a part
            let begun = match error {
                Error::Status { code: 500.., .. } => place + 1,
                Error::Status { .. } | Error::Refused(_) | Error::Cancelled => place,
                _ => place + 1,
            };
            let problem = error.problem(&tried(&named(&step.deed, &made)));
            self.say(&format!("failed: {}", problem.summary)).await;
            let problem = match plan.sure.is_some_and(|sure| place >= sure) {
                true => problem,
                false => {
                    let undone = self.undo(&plan, begun, &made).await;
                    stands(problem, &plan, undone)
                }
            };
            self.say(&problem.hint).await;
            self.done(place, Err(problem)).await;
            return;
        }
    }

    async fn step(&mut self, deed: &Deed, made: &[Option<Id>]) -> Result<Reply, Error> {
        let missing = || Error::Refused("what it is about was not made".to_owned());
        let command = deed.bound(made).ok_or_else(missing)?;
        if let Command::Change(Change::Follow(wanted)) = &command
            && wanted.input
        {
            return self.with_input(wanted).await;
        }
        let can_be_left = match &command {
            Command::Change(change) => change.can_be_left(),
            _ => false,
        };
        let work = self.work(command, self.cancel.clone());
        if !can_be_left {
            return work.await;
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::Cancelled),
            result = work => result,
        }
    }

    /// Starts what takes input, which asks for the terminal.
    async fn with_input(&mut self, wanted: &Follow) -> Result<Reply, Error> {
        let access = self.access.as_ref().ok_or(Error::Offline)?;
        access.allowed(true)?;
        let (api, sink) = (access.api()?, self.sink(self.cancel.clone()));
        let work = follow::with_input(&api, wanted, &sink, &mut self.lender);
        // even its panic is answered
        task::caught(work).await.flatten()
    }

    async fn work(&self, command: Command, cancel: CancellationToken) -> Result<Reply, Error> {
        let sink = self.sink(cancel);
        let access = self.access.as_ref().ok_or(Error::Offline)?;
        // even its panic is answered
        task::caught(access.work(command, sink)?).await.flatten()
    }

    /// Undoes the first steps, from the last of them to the first. False when not all could be.
    async fn undo(&self, plan: &Plan, begun: usize, made: &[Option<Id>]) -> bool {
        let mut whole = true;
        for (step, place) in plan.steps.iter().zip(0..begun).rev() {
            for (number, deed) in step.undo.iter().enumerate() {
                // what was never made needs no undoing
                let Some(command) = deed.bound(made) else {
                    continue;
                };
                if let Some(access) = &self.access {
                    access.online(RETURN).await;
                }
                let deed = &named(deed, made);
                self.say(&format!("[undo] {}", deed.docker_line())).await;
                // an undo is not given up
                let result = match self.work(command, CancellationToken::new()).await {
                    Ok(_) => Ok(()),
                    Err(error) if error.is_gone() || error.is_going() => Ok(()),
                    Err(error) => Err(error.problem(&tried(deed))),
                };
                whole &= result.is_ok();
                if let Err(problem) = &result {
                    self.say(&format!("failed: {}", problem.summary)).await;
                }
                self.notice(Notice::Undone {
                    job: self.job,
                    step: place,
                    deed: number,
                    result,
                })
                .await;
            }
        }
        whole
    }

    fn sink(&self, cancel: CancellationToken) -> Sink {
        Sink {
            job: self.job,
            lines: self.lines.clone(),
            cancel,
        }
    }

    async fn say(&self, line: &str) {
        self.sink(self.cancel.clone()).say(line).await;
    }

    async fn done(&self, step: usize, result: Result<Reply, Problem>) {
        let job = self.job;
        self.notice(Notice::Done { job, step, result }).await;
    }

    async fn notice(&self, notice: Notice) {
        // nobody listens when the program ends
        let _ = self.notices.send(notice).await;
    }
}

/// What a step came to, where its own lines do not say it.
fn word(command: &Command, reply: &Reply) -> Option<&'static str> {
    match (command, reply) {
        (_, Reply::Already) => Some("it is so already"),
        (Command::Start(_), _) => Some("started"),
        (Command::Stop(..), _) => Some("stopped"),
        (Command::Remove { .. }, _) => Some("removed"),
        _ => None,
    }
}

/// A call about what was made without a name: the engine's own is not known, its id is.
fn named(deed: &Deed, made: &[Option<Id>]) -> Deed {
    let mut deed = deed.clone();
    let id = deed.on.and_then(|step| made.get(step)?.as_ref());
    if let Some(id) = id.filter(|_| deed.name.is_empty()) {
        id.short().clone_into(&mut deed.name);
    }
    deed
}

fn tried(deed: &Deed) -> String {
    command::tried(&deed.command, &deed.name)
}

/// A failure with what stands after it.
fn stands(mut problem: Problem, plan: &Plan, undone: bool) -> Problem {
    let stands = match undone {
        true => plan.stands.as_str(),
        false => "not all of it could be undone: the job's record says what",
    };
    if !stands.is_empty() {
        stands.clone_into(&mut problem.hint);
    }
    problem
}
