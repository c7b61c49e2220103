//! Jobs in flight and the journal of those that ended.

use std::collections::{BTreeMap, VecDeque};

use super::message::{Effect, Effects};
use crate::model::{HostId, HostSpec, Problem, ProblemKind, Ref, Time};
use crate::protocol::{Command, JobId, docker_words, on_host};

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
    /// It fetches what another container is to be made after.
    Again,
    /// It lists what a form could name.
    Names,
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

impl Job {
    /// Steps that ended.
    pub fn done(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.state != StepState::Running)
            .count()
    }

    /// The steps that failed.
    pub fn failures(&self) -> impl Iterator<Item = (&Step, &Problem)> {
        self.steps.iter().filter_map(|step| match &step.state {
            StepState::Failed(problem) => Some((step, problem)),
            StepState::Running | StepState::Done | StepState::Already | StepState::Exited(_) => {
                None
            }
        })
    }

    /// What it is about: the object's name, or how many they are.
    pub fn subject(&self) -> String {
        match self.steps.as_slice() {
            [step] => step.name.clone(),
            steps => crate::model::units::plural(steps.len(), "container"),
        }
    }

    /// The equal `docker …` lines: objects with the same words share one.
    pub fn docker_line(&self) -> String {
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

    /// Ends what is still running of it: its host is looked at no more.
    fn abandon(&mut self, host: &HostId, now: Time) {
        if self.ended.is_some() || self.steps.iter().all(|step| step.target.host != *host) {
            return;
        }
        for step in &mut self.steps {
            if step.state == StepState::Running && step.target.host == *host {
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
        self.words
            .insert(spec.id.clone(), docker_words(spec).into());
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
        self.next += 1;
        let id = JobId(self.next);
        let effects = steps
            .iter()
            .enumerate()
            .map(|(step, (target, _, command))| {
                Effect::Run(id, step, target.host.clone(), command.clone())
            })
            .collect();
        let steps = steps
            .into_iter()
            .map(|(target, name, command)| Step {
                words: self.words.get(&target.host).cloned().unwrap_or_default(),
                target,
                name,
                command,
                state: StepState::Running,
            })
            .collect();
        let ended = None;
        self.all.push_back(Job {
            id,
            verb,
            steps,
            began: now,
            ended,
            cancelled: false,
            purpose,
            progress: None,
        });
        if self.all.len() > KEPT
            && let Some(oldest) = self.all.iter().position(|job| job.ended.is_some())
        {
            self.all.remove(oldest);
        }
        effects
    }

    /// Notes how a step ended. Gives the job when that was its last.
    pub fn end_step(
        &mut self,
        id: JobId,
        step: usize,
        state: StepState,
        now: Time,
    ) -> Option<&Job> {
        let job = self.all.iter_mut().find(|job| job.id == id)?;
        job.steps.get_mut(step)?.state = state;
        if job.done() < job.steps.len() || job.ended.is_some() {
            return None;
        }
        job.ended = Some(now);
        Some(job)
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
