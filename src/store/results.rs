//! What ended jobs mean: toasts, dialogs that were prepared, older log lines.

use super::Store;
use super::actions::{self, Call};
use super::dialogs;
use super::jobs::{Job, Purpose, Step, StepState};
use super::message::{Effect, Effects};
use super::overlay::Overlay;
use crate::model::text::clean;
use crate::model::{Problem, Ref, text, units};
use crate::protocol::{Change, Command, Files, FilesReply, JobId, Reply};
use crate::spec::RunSpec;
use crate::spec::run_line::print;

impl Store {
    /// Takes in how a step of a job ended.
    pub(super) fn done(
        &mut self,
        id: JobId,
        step: usize,
        result: Result<Reply, Problem>,
    ) -> Effects {
        let Some(job) = self.jobs.get(id) else {
            return Vec::new();
        };
        let purpose = job.purpose;
        let target = job.steps.get(step).map(|step| step.target.clone());
        let for_files = target.clone();
        // what is kept stands beside its host
        let state = state_of(&result);
        let result = result.map_err(|problem| match &target {
            Some(target) => self.with_host(target, problem),
            None => problem,
        });
        if result.is_err() || self.jobs.is_last(id, step) {
            self.outputs.end(id, &state);
        }
        // of several shells the journal names the one that ran
        if let Ok(Reply::Exited { command, .. }) = &result {
            self.jobs.ran(id, step, command);
        }
        if let Ok(Reply::Made(made)) = &result {
            self.jobs.made(id, step, made);
        }
        let ended = self.jobs.end_step(id, step, state, self.now).cloned();
        // a plan is answered as a whole: by its last step, or by the one that failed
        if self.jobs.get(id).is_some_and(Job::goes_on) {
            return Vec::new();
        }
        let Some(result) = self.form_of(id, result) else {
            return Vec::new();
        };
        match (purpose, result) {
            // its own pane says it
            (Purpose::Action, Ok(Reply::Exited { .. }) | Err(_)) if self.reads_output_of(id) => {}
            (Purpose::Action, Ok(Reply::Exited { command, code })) => {
                let name = ended.map(|job| self.subject_of(&job)).unwrap_or_default();
                self.toasts.tell(exited(&command, &name, code), self.now);
            }
            (Purpose::Action, Ok(Reply::Files(reply))) => {
                let step = ended.and_then(|job| job.steps.into_iter().next());
                if let Some(step) = step {
                    return self.copied(step, reply);
                }
            }
            (Purpose::Action, Ok(Reply::Detached)) => {
                if let Some(job) = ended {
                    self.left(&job);
                }
            }
            (Purpose::Action, Ok(Reply::Forwarded(local))) => {
                if let Some(job) = ended {
                    let text = format!("127.0.0.1:{local} leads to {} now", job.subject());
                    self.toasts.tell(text, self.now);
                }
            }
            (Purpose::Action, result) => {
                if let Some(job) = ended {
                    return self.ended(&job, &result);
                }
            }
            (Purpose::Limits, Ok(Reply::Described(spec))) => {
                self.jobs.forget(id);
                if let Some(target) = target {
                    self.open_limits(&target, *spec);
                }
            }
            (Purpose::Edit, Ok(Reply::Files(FilesReply::Contents(contents)))) => {
                self.jobs.forget(id);
                return self.edit(target, contents);
            }
            (Purpose::Again, Ok(Reply::Described(spec))) => {
                self.jobs.forget(id);
                if let Some(target) = target {
                    return self.new_from(&target, *spec);
                }
            }
            (_, Ok(reply)) => {
                self.jobs.forget(id);
                if let Some(target) = target {
                    return self.answer(&target, reply);
                }
            }
            (purpose, Err(problem)) => {
                self.jobs.forget(id);
                if purpose == Purpose::OlderLines
                    && let Some(log) = target.and_then(|target| self.logs.get_mut(&target))
                {
                    log.fetching = None;
                }
                if let (Purpose::Files, Some(target)) = (purpose, &for_files) {
                    self.files_failed(target, &problem);
                    return Vec::new();
                }
                self.toasts.fail(&problem, self.now);
            }
        }
        Vec::new()
    }

    /// A problem that says on which host, where there are several.
    fn with_host(&self, target: &Ref, mut problem: Problem) -> Problem {
        if self.world.hosts.len() > 1 {
            problem.summary = format!("{}: {}", target.host, problem.summary);
        }
        problem
    }

    /// Tells what was left running.
    fn left(&mut self, job: &Job) {
        let step = job.steps.last();
        let what = left_running(step, &self.subject_of(job));
        if step.is_some_and(|step| takes_input(&step.command)) {
            self.close_output_of(job.id);
        }
        self.toasts
            .tell(format!("detached: {what} goes on"), self.now);
    }

    /// Tells how what the person asked for ended.
    fn ended(&mut self, job: &Job, result: &Result<Reply, Problem>) -> Effects {
        if let Ok(Reply::Updated(untaken)) = result
            && !untaken.is_empty()
        {
            let (name, what) = (self.subject_of(job), untaken.join("; "));
            let text = format!("{name}: the engine did not take all: {what}");
            self.toasts.explain(text, self.now);
            return Vec::new();
        }
        self.tell(job);
        if result.is_ok() && matches!(job.verb, "run" | "create") {
            self.close_output_of(job.id);
            return Vec::new();
        }
        self.look_again(job)
    }

    /// What a job wrote is read no more.
    fn close_output_of(&mut self, job: JobId) {
        if matches!(self.overlays.last(), Some(Overlay::Output(of)) if *of == job) {
            self.overlays.pop();
        }
    }

    /// What a job started asks for the terminal: it gets it where the person waits for it. No
    /// terminal is taken from under fingers that do something else.
    pub(super) fn asks_for_terminal(&self, job: JobId) -> Effects {
        let waits = matches!(self.overlays.last(), Some(Overlay::Output(of)) if *of == job);
        vec![match waits {
            true => Effect::Lend(job),
            false => Effect::Withhold(job),
        }]
    }

    /// What a job is about, with its host where there are several.
    pub fn subject_of(&self, job: &Job) -> String {
        match job.hosts().as_slice() {
            [host] if self.world.hosts.len() > 1 => format!("{} on {host}", job.subject()),
            _ => job.subject(),
        }
    }

    /// Tells the person how a job ended.
    fn tell(&mut self, job: &Job) {
        let took = units::took(self.now.since(job.began));
        let subject = self.subject_of(job);
        let mut failures = job.failures();
        match (failures.next(), failures.count()) {
            (None, _) => {
                let already = job
                    .steps
                    .iter()
                    .all(|step| step.state == StepState::Already);
                let text = if already {
                    format!("{subject}: nothing to do, it is so already")
                } else {
                    format!("{} {subject} · {took}", done(job))
                };
                self.toasts.tell(text, self.now);
            }
            (Some((_, problem)), _) if job.was_given_up() => {
                let mut text = format!("{} {subject}: cancelled", job.verb);
                if !problem.hint.is_empty() {
                    text = format!("{text}; {}", problem.hint);
                }
                self.toasts.note(text, self.now);
            }
            (Some((step, problem)), 0) if job.steps.len() == 1 || job.plan.is_some() => {
                let problem = self.with_host(&step.target, problem.clone());
                self.toasts.fail(&problem, self.now);
            }
            (Some((step, problem)), more) => {
                let mut problem = self.with_host(&step.target, problem.clone());
                let all = job.steps.len();
                let first = if more > 0 { "; the first" } else { "" };
                problem.summary =
                    format!("{} of {all} failed{first}: {}", more + 1, problem.summary);
                self.toasts.fail(&problem, self.now);
            }
        }
    }

    /// Copies the line that makes a container again. What looks secret is masked in it, unless it
    /// shows on the page that one looks at.
    fn copy_run_line(&mut self, spec: &RunSpec) -> Effects {
        let masked = spec.masked();
        let shows = self.pages.view(self.stage.tab).revealed;
        if shows || masked == *spec {
            return vec![Effect::Copy(print(spec))];
        }
        let text = "secrets are masked in the line; reveal them in Env first to have them in it";
        self.toasts.explain(text, self.now);
        vec![Effect::Copy(print(&masked))]
    }

    fn answer(&mut self, target: &Ref, reply: Reply) -> Effects {
        match reply {
            Reply::Prunable(found) if found.is_empty() => {
                let mut text = "nothing to prune: no container is stopped".to_owned();
                if self.world.hosts.len() > 1 {
                    text = format!("{text} on {}", target.host);
                }
                self.toasts.tell(text, self.now);
            }
            Reply::Prunable(found) => {
                let Some(action) = actions::find("container.prune") else {
                    return Vec::new();
                };
                // no question comes up under fingers that are typing something else
                if !self.overlays.is_empty() {
                    let text = "prune: what would go is known now; ask again";
                    self.toasts.explain(text, self.now);
                    return Vec::new();
                }
                let targets = found.iter().map(|(id, _)| Ref::container(&target.host, id));
                let call = Call {
                    targets: targets.collect(),
                    ..Call::default()
                };
                if !self.settings.confirm.prune && !self.is_protected(&call.targets) {
                    let confirmed = true;
                    return self.invoke(action, Call { confirmed, ..call });
                }
                let dialog = dialogs::prune(action, self, &call, &found);
                self.ask(dialog);
            }
            Reply::Files(reply) => self.learn_files(target, reply),
            Reply::Process(pid, found) => {
                if self.overlays.is_empty() {
                    return actions::processes::found(self, target, pid, found);
                }
            }
            Reply::Names(names) => return self.learn_names(&target.host, *names),
            Reply::Described(spec) => return self.copy_run_line(&spec),
            Reply::Surveyed(survey) => return self.show_survey(target, *survey),
            Reply::Lines(pages) => {
                if let Some(log) = self.logs.get_mut(target) {
                    log.add_older(pages.into_iter().map(|page| page.0).collect());
                }
            }
            Reply::Done
            | Reply::Already
            | Reply::Forwarded(_)
            | Reply::Made(_)
            | Reply::Updated(_)
            | Reply::Exited { .. }
            | Reply::Detached => {}
        }
        Vec::new()
    }
}

/// How a step ended.
fn state_of(result: &Result<Reply, Problem>) -> StepState {
    match result {
        Ok(Reply::Already) => StepState::Already,
        Ok(Reply::Exited { code, .. }) => StepState::Exited(*code),
        Ok(
            Reply::Done
            | Reply::Made(_)
            | Reply::Detached
            | Reply::Process(..)
            | Reply::Forwarded(_)
            | Reply::Files(_)
            | Reply::Prunable(_)
            | Reply::Described(_)
            | Reply::Updated(_)
            | Reply::Surveyed(_)
            | Reply::Names(_)
            | Reply::Lines(_),
        ) => StepState::Done,
        Err(problem) => StepState::Failed(problem.clone()),
    }
}

/// How what ran in a container ended; of no command, the container itself.
fn exited(command: &[String], name: &str, code: i64) -> String {
    match text::ellipsis(&command.join(" "), 40).as_str() {
        "" => format!("{name} ended with exit code {code}"),
        what => format!("{what} in {name} ended with exit code {code}"),
    }
}

/// Whether a command starts what is typed to.
fn takes_input(command: &Command) -> bool {
    matches!(command, Command::Change(Change::Follow(follow)) if follow.input)
}

/// What a step left running.
fn left_running(step: Option<&Step>, name: &str) -> String {
    match step.map(|step| &step.command) {
        Some(Command::Exec(exec)) => {
            format!("{} in {name}", text::ellipsis(&exec.command.join(" "), 40))
        }
        Some(Command::Attach(_) | Command::Change(_)) => name.to_owned(),
        _ => format!("the shell in {name}"),
    }
}

/// What was done, before the name of what it was done to.
fn done(job: &Job) -> String {
    let call = job.steps.first().map(|step| &step.command);
    match call {
        Some(Command::Files(_, Files::Delete { path })) => format!("deleted {} in", clean(path)),
        Some(Command::Files(_, Files::Write { was, .. })) => {
            format!("wrote {} in", clean(&was.path))
        }
        _ => past(job.verb).to_owned(),
    }
}

/// The past of a verb, for what was done.
fn past(verb: &str) -> &'static str {
    match verb {
        "start" => "started",
        "stop" => "stopped",
        "stop or start" => "stopped or started",
        "restart" => "restarted",
        "pause" => "paused",
        "unpause" => "unpaused",
        "kill" => "sent the signal to",
        "rename" => "renamed",
        "remove" => "removed",
        "prune" => "pruned",
        "unforward" => "ended the forward of a port of",
        "run" => "runs:",
        "update" => "changed the limits of",
        "upgrade" => "upgraded",
        "finish" => "finished the upgrade of",
        "undo" => "undid the upgrade of",
        "connect" => "connected",
        "disconnect" => "disconnected",
        "commit" => "made an image of",
        "diff" => "listed the changes in",
        "create" => "created",
        _ => "did it to",
    }
}
