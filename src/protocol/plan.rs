//! Work of several steps on one host, done one after the other as one job. What fails is undone as
//! far as its steps say how, and what stands after that is said.

use super::Command;
use crate::model::Id;

/// What is to be done, in order. Made by pure functions; one executor performs every plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What stands when a step fails and everything before it was undone: one sentence. Empty
    /// where nothing does.
    pub stands: String,
    /// The step from which on nothing is undone: what was made is proved by then.
    pub sure: Option<usize>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub deed: Deed,
    /// What undoes it, in this order, when it or a later step fails. What an engine refused was
    /// not done, and is not undone.
    pub undo: Vec<Deed>,
}

/// A call, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The call.
    pub command: Command,
    /// The name of its object, as it is when its turn comes.
    pub name: String,
    /// The step whose container it is about: one that is made on the way has no id before.
    pub on: Option<usize>,
}

impl Deed {
    /// A call about an object that is there, by its name.
    pub fn new(command: Command, name: impl Into<String>) -> Self {
        Self {
            command,
            name: name.into(),
            on: None,
        }
    }

    /// The same about what a step makes.
    #[must_use]
    pub fn on(mut self, step: usize) -> Self {
        self.on = Some(step);
        self
    }

    /// The id to be given to a call about what is made on the way.
    pub fn unknown() -> Id {
        Id::new("")
    }

    /// The call with its object, given what each step made; none while that is not there.
    pub fn bound(&self, made: &[Option<Id>]) -> Option<Command> {
        let mut command = self.command.clone();
        if let Some(step) = self.on {
            let id = made.get(step)?.clone()?;
            if let Some(place) = command.target_mut() {
                *place = id;
            }
        }
        Some(command)
    }

    /// The equal `docker …` line.
    pub fn docker_line(&self) -> String {
        self.command.docker_line(&[&self.name])
    }
}

impl Step {
    /// A step that nothing undoes.
    pub fn new(deed: Deed) -> Self {
        Self {
            deed,
            undo: Vec::new(),
        }
    }

    /// The same with what undoes it.
    #[must_use]
    pub fn undo(mut self, deed: Deed) -> Self {
        self.undo.push(deed);
        self
    }
}

impl Plan {
    /// Adds a step; gives its place.
    pub fn add(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Puts a step before all others.
    pub fn prepend(&mut self, step: Step) {
        for step in &mut self.steps {
            let undo = step.undo.iter_mut();
            for deed in undo.chain([&mut step.deed]) {
                deed.on = deed.on.map(|place| place + 1);
            }
        }
        self.sure = self.sure.map(|place| place + 1);
        self.steps.insert(0, step);
    }

    /// Whether any of it changes anything.
    pub fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.deed.command.changes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_about_what_is_made_waits_for_it() {
        let start = Deed::new(Command::Start(Deed::unknown()), "web").on(1);
        assert_eq!(start.bound(&[None, None]), None);
        let bound = start.bound(&[None, Some(Id::new("abc"))]);
        assert_eq!(bound, Some(Command::Start(Id::new("abc"))));
        assert_eq!(start.docker_line(), "docker start web");
        let known = Deed::new(Command::Start(Id::new("xyz")), "web");
        assert_eq!(known.bound(&[]), Some(Command::Start(Id::new("xyz"))));
    }
}
