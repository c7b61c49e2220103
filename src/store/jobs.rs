//! Jobs in flight and the journal of those that ended.

use std::collections::{BTreeMap, VecDeque};

use super::message::{Effect, Effects};
use crate::model::{HostId, HostSpec, Id, Problem, ProblemKind, Ref, Time};
use crate::protocol::{Command, Deed, JobId, Plan, docker_words, on_host};

/// Jobs that the journal keeps.
const KEPT: usize = 500;

/// A piece of work: one verb on one or several objects.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// What is done: `stop`.
    pub verb: &'static str,
    /// What is done to each object.
    pub steps: Vec<Step>,
    /// Of a plan, whose steps follow one another: what it is as a whole.
    pub plan: Option<Planned>,
    /// Steps of a plan that were undone, in that order.
    pub undone: Vec<Step>,
    /// When it began.
    pub began: Time,
    /// When its last step ended.
    pub ended: Option<Time>,
    /// Whether the person gave it up.
    pub cancelled: bool,
    /// What its answer is for.
    pub purpose: Purpose,
    /// Bytes that went by, and how many there will be; 0 while that is not known.
    pub progress: Option<(u64, u64)>,
}

/// What a job's answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The person asked for it: it is told and kept in the journal.
    Action,
    /// It prepares a dialog: what could be pruned.
    Prunable,
    /// It fetches older log lines.
    OlderLines,
    /// It looks into files.
    Files,
    /// It reads a file that is to be edited.
    Edit,
    /// It finds the process that a signal is to be sent to.
    Process,
    /// It fetches what is to be copied.
    Copy,
    /// It asks how the limits are that are to be changed.
    Limits,
    /// It looks at what is to be made anew.
    Survey,
    /// It fetches what another container is to be made after.
    Again,
    /// It lists what a form could name.
    Names,
}

/// A plan as a whole.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What it is about: a container's name.
    pub subject: String,
    /// The one `docker …` line that comes to the same; none where there is no such line.
    pub line: Option<String>,
    /// The plan.
    pub plan: Plan,
}

/// What is done to one object.
#[derive(Clone, Debug)]
pub struct Step {
    /// The object; none for a call about all of a host.
    pub target: Ref,
    /// The object's name at that time.
    pub name: String,
    /// The call.
    pub command: Command,
    /// What a docker line says to reach its host.
    pub words: Box<str>,
    /// How far it is.
    pub state: StepState,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Its turn has not come.
    Waiting,
    /// Its turn never came: a step before it failed.
    Skipped,
    /// Asked for, not answered.
    Running,
    /// Done.
    Done,
    /// It was so already.
    Already,
    /// What it ran ended, with an exit code.
    Exited(i64),
    /// Not done.
    Failed(Problem),
}

impl Step {
    /// A step of a plan.
    fn of(deed: &Deed, host: &HostId, words: &str, state: StepState) -> Self {
        let id = deed.command.target().cloned();
        Self {
            target: Ref::container(host, &id.unwrap_or_else(|| Id::new(""))),
            name: deed.name.clone(),
            command: deed.command.clone(),
            words: words.into(),
            state,
        }
    }

    /// The equal `docker …` line.
    pub fn docker_line(&self) -> String {
        on_host(&self.words, &self.command.docker_line(&[&self.name]))
    }
}

impl StepState {
    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }

    /// Whether its turn came.
    pub fn was_begun(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Skipped)
    }
}

impl Job {
    /// Steps that ended.
    pub fn done(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.state.is_over())
            .count()
    }

    /// Whether it is a plan of which steps are still to come.
    pub fn goes_on(&self) -> bool {
        self.plan.is_some() && self.ended.is_none()
    }

    /// The steps that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&Step, &Problem)> {
        self.steps.iter().filter_map(|step| match &step.state {
            StepState::Failed(problem) => Some((step, problem)),
            _ => None,
        })
    }

    /// Whether it ended since the person gave it up, or all that failed of it did.
    pub fn was_given_up(&self) -> bool {
        let given_up = |(_, problem): (_, &Problem)| problem.kind == ProblemKind::Cancelled;
        let failed = self.failures().next().is_some();
        self.ended.is_some() && (failed || self.cancelled) && self.failures().all(given_up)
    }

    /// What it is about: the object's name, or how many they are.
    pub fn subject(&self) -> String {
        if let Some(planned) = &self.plan {
            return planned.subject.clone();
        }
        match self.steps.as_slice() {
            [step] => step.name.clone(),
            steps => crate::model::units::plural(steps.len(), "container"),
        }
    }

    /// The equal `docker …` lines: objects with the same words share one.
    pub fn docker_line(&self) -> String {
        if let Some(planned) = &self.plan {
            return match &planned.line {
                Some(line) => line.clone(),
                None => self.plan_lines().join("; "),
            };
        }
        let mut lines: Vec<(&Step, Vec<&str>)> = Vec::new();
        let line =
            |step: &Step, names: &[&str]| on_host(&step.words, &step.command.docker_line(names));
        for step in &self.steps {
            let same = |(other, _): &&mut (&Step, Vec<&str>)| line(other, &[]) == line(step, &[]);
            match lines.iter_mut().find(same) {
                Some((_, names)) => names.push(&step.name),
                None => lines.push((step, vec![&step.name])),
            }
        }
        let lines: Vec<_> = lines
            .into_iter()
            .map(|(step, names)| line(step, &names))
            .collect();
        lines.join("; ")
    }

    /// The `docker …` lines of a plan's steps that were begun, then of what undid them; before
    /// anything was begun, of all its steps.
    fn plan_lines(&self) -> Vec<String> {
        let begun = self.steps.iter().any(|step| step.state.was_begun());
        let shown = self.steps.iter();
        let shown = shown.filter(|step| step.state.was_begun() || !begun);
        shown.chain(&self.undone).map(Step::docker_line).collect()
    }

    /// Ends what is still running of it: its host is looked at no more.
    fn abandon(&mut self, host: &HostId, now: Time) {
        if self.ended.is_some() || self.steps.iter().all(|step| step.target.host != *host) {
            return;
        }
        for step in &mut self.steps {
            if !step.state.is_over() && step.target.host == *host {
                let summary = format!("{host} is looked at no more");
                let problem = Problem::new(ProblemKind::Cancelled, summary, "");
                step.state = StepState::Failed(problem);
            }
        }
        if self.done() == self.steps.len() {
            self.ended = Some(now);
        }
    }

    /// The hosts that it is about, each once.
    pub fn hosts(&self) -> Vec<&HostId> {
        let mut hosts: Vec<&HostId> = self.steps.iter().map(|step| &step.target.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }
}

/// All jobs: those in flight, and the journal.
#[derive(Debug, Default)]
pub struct Jobs {
    /// Running and ended, oldest first.
    all: VecDeque<Job>,
    next: u64,
    /// What a docker line says to reach each host.
    words: BTreeMap<HostId, Box<str>>,
}

impl Jobs {
    /// Knows what a docker line says to reach a host.
    pub fn know(&mut self, spec: &HostSpec) {
        let words = docker_words(spec).into();
        self.words.insert(spec.id.clone(), words);
    }

    /// What a docker line says to reach a host; empty where it says nothing.
    pub fn words(&self, host: &HostId) -> &str {
        self.words.get(host).map_or("", |words| words)
    }

    /// Begins a job.
    pub fn begin(
        &mut self,
        verb: &'static str,
        steps: Vec<(Ref, String, Command)>,
        purpose: Purpose,
        now: Time,
    ) -> Effects {
        if steps.is_empty() {
            return Vec::new();
        }
        let step = |(target, name, command): (Ref, String, Command)| Step {
            words: self.words.get(&target.host).cloned().unwrap_or_default(),
            target,
            name,
            command,
            state: StepState::Running,
        };
        let steps: Vec<Step> = steps.into_iter().map(step).collect();
        let call = |step: &Step| (step.target.host.clone(), step.command.clone());
        let calls: Vec<_> = steps.iter().map(call).enumerate().collect();
        let id = self.add(verb, steps, None, purpose, now);
        let calls = calls.into_iter();
        let runs = calls.map(|(place, (host, command))| Effect::Run(id, place, host, command));
        runs.collect()
    }

    fn add(
        &mut self,
        verb: &'static str,
        steps: Vec<Step>,
        plan: Option<Planned>,
        purpose: Purpose,
        now: Time,
    ) -> JobId {
        self.next += 1;
        let id = JobId(self.next);
        self.all.push_back(Job {
            id,
            verb,
            steps,
            plan,
            undone: Vec::new(),
            began: now,
            ended: None,
            cancelled: false,
            purpose,
            progress: None,
        });
        if self.all.len() > KEPT
            && let Some(oldest) = self.all.iter().position(|job| job.ended.is_some())
        {
            self.all.remove(oldest);
        }
        id
    }

    /// Begins a plan on a host.
    pub fn begin_plan(
        &mut self,
        verb: &'static str,
        host: &HostId,
        planned: Planned,
        now: Time,
    ) -> Effects {
        let words = self.words.get(host).cloned().unwrap_or_default();
        let steps = planned.plan.steps.iter();
        let steps = steps.map(|step| Step::of(&step.deed, host, &words, StepState::Waiting));
        let steps: Vec<Step> = steps.collect();
        if steps.is_empty() {
            return Vec::new();
        }
        let plan = Box::new(planned.plan.clone());
        let line = planned.line.map(|line| on_host(&words, &line));
        let planned = Planned { line, ..planned };
        let id = self.add(verb, steps, Some(planned), Purpose::Action, now);
        vec![Effect::Plan(id, host.clone(), plan)]
    }

    /// Notes that a plan's step began.
    pub fn begin_step(&mut self, id: JobId, step: usize) {
        let job = self.all.iter_mut().find(|job| job.id == id);
        if let Some(job) = job
            && let Some(step) = job.steps.get_mut(step)
        {
            step.state = StepState::Running;
            job.progress = None;
        }
    }

    /// Notes that a plan's step was undone, or could not be.
    pub fn undone(&mut self, id: JobId, (step, deed): (usize, usize), result: Result<(), Problem>) {
        let Some(job) = self.all.iter_mut().find(|job| job.id == id) else {
            return;
        };
        let steps = job.plan.as_ref().map(|planned| &planned.plan.steps);
        let deed = steps
            .and_then(|steps| steps.get(step))
            .and_then(|step| step.undo.get(deed));
        if let (Some(deed), Some(of)) = (deed, job.steps.get(step)) {
            let state = match result {
                Ok(()) => StepState::Done,
                Err(problem) => StepState::Failed(problem),
            };
            let undone = Step::of(deed, &of.target.host, &of.words, state);
            job.undone.push(undone);
        }
    }

    /// Notes how a step ended; of a plan none begins after one that failed. Gives the job when that was its last.
    pub fn end_step(
        &mut self,
        id: JobId,
        step: usize,
        state: StepState,
        now: Time,
    ) -> Option<&Job> {
        let job = self.all.iter_mut().find(|job| job.id == id)?;
        let failed = matches!(state, StepState::Failed(_));
        job.steps.get_mut(step)?.state = state;
        if failed && job.plan.is_some() {
            let rest = job.steps.iter_mut();
            for step in rest.filter(|step| step.state == StepState::Waiting) {
                step.state = StepState::Skipped;
            }
        }
        if job.done() < job.steps.len() || job.ended.is_some() {
            return None;
        }
        job.ended = Some(now);
        Some(job)
    }

    /// Whether nothing follows a step: each of a job's calls stands for itself, those of a plan
    /// follow one another.
    pub fn is_last(&self, id: JobId, step: usize) -> bool {
        let plan = self.get(id).filter(|job| job.plan.is_some());
        plan.is_none_or(|job| step + 1 >= job.steps.len())
    }

    /// Notes which of its shells a step ran.
    pub fn ran(&mut self, id: JobId, step: usize, command: &[String]) {
        let job = self.all.iter_mut().find(|job| job.id == id);
        if let Some(Command::Shell(_, shells)) = job
            .and_then(|job| job.steps.get_mut(step))
            .map(|step| &mut step.command)
        {
            *shells = vec![command.to_vec()];
        }
    }

    /// Notes what a step made: it is about that from now on.
    pub fn made(&mut self, id: JobId, step: usize, made: &Id) {
        let job = self.all.iter_mut().find(|job| job.id == id);
        if let Some(step) = job.and_then(|job| job.steps.get_mut(step)) {
            step.target.id.clone_from(made);
        }
    }

    /// Forgets a job that is of no interest once it ended.
    pub fn forget(&mut self, id: JobId) {
        self.all.retain(|job| job.id != id);
    }

    /// Ends the jobs of a host that is looked at no more.
    pub fn abandon(&mut self, host: &HostId, now: Time) {
        for job in &mut self.all {
            job.abandon(host, now);
        }
        self.all
            .retain(|job| job.ended.is_none() || job.purpose == Purpose::Action);
    }

    /// Notes how far a copy is.
    pub fn went(&mut self, id: JobId, done: u64, total: u64) {
        let mut running = self.all.iter_mut().filter(|job| job.ended.is_none());
        if let Some(job) = running.find(|job| job.id == id) {
            job.progress = Some((done, total));
        }
    }

    /// Gives a job up.
    pub fn cancel(&mut self, id: JobId) -> Effects {
        match self
            .all
            .iter_mut()
            .find(|job| job.id == id && job.ended.is_none())
        {
            Some(job) => {
                job.cancelled = true;
                vec![Effect::Cancel(id)]
            }
            None => Vec::new(),
        }
    }

    /// What the person asked for: running and ended, newest first.
    pub fn journal(&self) -> impl Iterator<Item = &Job> {
        self.all
            .iter()
            .rev()
            .filter(|job| job.purpose == Purpose::Action)
    }

    /// What the person asked for and is still waiting for, newest first.
    pub fn running(&self) -> impl Iterator<Item = &Job> {
        let silent = |job: &Job| matches!(job.purpose, Purpose::OlderLines | Purpose::Names);
        let shown = move |job: &&Job| job.ended.is_none() && !silent(job);
        self.all.iter().rev().filter(shown)
    }

    /// A job by its name.
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.all.iter().find(|job| job.id == id)
    }

    /// Whether a job with a purpose is under way on a host.
    pub fn is_under_way(&self, purpose: Purpose, host: &HostId) -> bool {
        self.all.iter().any(|job| {
            let on_host = job.steps.iter().any(|step| step.target.host == *host);
            job.purpose == purpose && job.ended.is_none() && on_host
        })
    }

    /// What is being done to an object now.
    pub fn verb_on(&self, target: &Ref) -> Option<&'static str> {
        let running = self.all.iter().filter(|job| job.ended.is_none());
        running
            .filter(|job| job.purpose == Purpose::Action)
            .find_map(|job| {
                let mut steps = job.steps.iter();
                steps
                    .any(|step| step.target == *target && step.state == StepState::Running)
                    .then_some(job.verb)
            })
    }
}
