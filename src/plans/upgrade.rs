//! A container made anew, from a newer image or with other settings, so that at no moment anything
//! is lost: the old one stays under a name of its own, its restart policy off, until the new one is
//! proved. That name is all that is kept of it: whoever sees it, on whatever machine, can finish
//! the upgrade or undo it.

use std::time::Duration;

use crate::model::Id;
use crate::protocol::{Change, Command, Deed, Grace, Plan, Step, Survey};
use crate::spec::RunSpec;
use crate::spec::renewal;
use crate::spec::values::{Attachment, Restart};

/// What stands between a container's name and its restart policy in the name of an old one.
const MARK: &str = ".pilothouse-old-";
/// The name's end of a new one that cannot have the old one's name yet.
const NEW: &str = ".pilothouse-new";

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long the old one has to end.
    pub stop: Grace,
    /// How long a new one without a health check has to run to be proved.
    pub prove: Duration,
}

/// The old one of an upgrade that was begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The name that it had.
    pub name: String,
    /// The restart policy that it had.
    pub restart: Restart,
}

impl Kept {
    /// Reads the name of a container; none when it is not the old one of an upgrade.
    pub fn read(name: &str) -> Option<Self> {
        let (name, policy) = name.rsplit_once(MARK)?;
        let policy = match policy.strip_prefix("on-failure-") {
            Some(times) => format!("on-failure:{times}"),
            None => policy.to_owned(),
        };
        let restart = policy.parse().ok()?;
        (!name.is_empty()).then(|| Self {
            name: name.to_owned(),
            restart,
        })
    }

    /// The name that it is kept under.
    pub fn told(&self) -> String {
        let policy = if self.restart.is_no() {
            "no"
        } else {
            &self.restart.policy
        };
        let times = match self.restart.times {
            0 => String::new(),
            times => format!("-{times}"),
        };
        format!("{}{MARK}{policy}{times}", self.name)
    }

    fn of(spec: &RunSpec) -> Self {
        Self {
            name: spec.name.clone().unwrap_or_default(),
            restart: spec.restart.clone().unwrap_or_else(no_restart),
        }
    }
}

fn no_restart() -> Restart {
    Restart {
        policy: "no".to_owned(),
        times: 0,
    }
}

fn policy(id: &Id, restart: Restart) -> Command {
    let change = RunSpec {
        restart: Some(restart),
        ..RunSpec::default()
    };
    Command::Change(Change::Update(id.clone(), Box::new(change)))
}

/// The specification of the new one, and the networks that it joins after it is made: an engine
/// takes one with the request.
fn renewed(survey: &Survey) -> (RunSpec, Vec<Attachment>) {
    let mut spec = survey.spec.clone();
    renewal::keep(&mut spec, &survey.anonymous);
    let later = match spec.network.len() {
        0 | 1 => Vec::new(),
        _ => spec.network.split_off(1),
    };
    // the image is here already, and the name may stand for another one at the registry
    (spec.pull, spec.detach) = (None, None);
    (spec, later)
}

fn connects(plan: &mut Plan, later: Vec<Attachment>, name: &str, made: usize) {
    for network in later {
        let connect = Change::Connect(Deed::unknown(), Box::new(network));
        plan.add(Step::new(
            Deed::new(Command::Change(connect), name).on(made),
        ));
    }
}

fn remove(id: Id, volumes: bool) -> Command {
    let force = true;
    Command::Remove { id, force, volumes }
}

fn prove(pace: Pace) -> Command {
    Command::Change(Change::Prove(Deed::unknown(), pace.prove))
}

/// Makes a container anew. One that is removed when it ends cannot be kept: see
/// [`from_specification`].
pub fn upgrade(survey: &Survey, old: &Id, pace: Pace) -> Plan {
    let kept = Kept::of(&survey.spec);
    let mut plan = Plan {
        stands: format!("{} is as it was: the old one is back", kept.name),
        ..Plan::default()
    };
    let rename = |name: &str| Command::Rename(old.clone(), name.to_owned());
    let (name, aside) = (kept.name.as_str(), kept.told());
    let step = Step::new(Deed::new(rename(&aside), name));
    plan.add(step.undo(Deed::new(rename(name), &aside)));
    if !kept.restart.is_no() && !survey.policy_stays {
        let step = Step::new(Deed::new(policy(old, no_restart()), &aside));
        plan.add(step.undo(Deed::new(policy(old, kept.restart.clone()), &aside)));
    }
    renew(&mut plan, survey, (old, &aside), pace);
    plan
}

/// From the making of the new one on: the old one has its mark.
fn renew(plan: &mut Plan, survey: &Survey, (old, aside): (&Id, &str), pace: Pace) {
    let (mut spec, later) = renewed(survey);
    let kept = Kept::read(aside);
    let name = kept
        .as_ref()
        .map(|kept| kept.name.clone())
        .unwrap_or_default();
    spec.name = Some(name.clone());
    spec.restart = kept
        .map(|kept| kept.restart)
        .filter(|restart| !restart.is_no());
    let made = plan.steps.len();
    let create = Command::Change(Change::create(spec));
    let step = Step::new(Deed::new(create, &name));
    plan.add(step.undo(Deed::new(remove(Deed::unknown(), true), &name).on(made)));
    connects(plan, later, &name, made);
    let step = Step::new(Deed::new(Command::Stop(old.clone(), pace.stop), aside));
    plan.add(step.undo(Deed::new(Command::Start(old.clone()), aside)));
    let step = Step::new(Deed::new(Command::Start(Deed::unknown()), &name).on(made));
    let stop = Command::Stop(Deed::unknown(), pace.stop);
    plan.add(step.undo(Deed::new(stop, &name).on(made)));
    plan.add(Step::new(Deed::new(prove(pace), &name).on(made)));
    // its volumes are those of the new one
    let sure = plan.add(Step::new(Deed::new(remove(old.clone(), false), aside)));
    plan.sure = Some(sure);
}

/// Finishes an upgrade that was begun: a new one that runs is proved, one that does not is made
/// anew. What fails is undone as far as it was found.
pub fn finish(survey: &Survey, old: &Id, kept: &Kept, pace: Pace) -> Plan {
    let aside = kept.told();
    let mut plan = Plan {
        stands: format!("the old one is there as {aside}: undo brings it back"),
        ..Plan::default()
    };
    match &survey.rival {
        Some((new, true)) => {
            let wait = Change::Prove(new.clone(), pace.prove);
            plan.add(Step::new(Deed::new(Command::Change(wait), &kept.name)));
            plan.add(Step::new(Deed::new(remove(old.clone(), false), &aside)));
        }
        rival => {
            if let Some((new, _)) = rival {
                plan.add(Step::new(Deed::new(remove(new.clone(), true), &kept.name)));
            }
            if !survey.policy_stays {
                plan.add(Step::new(Deed::new(policy(old, no_restart()), &aside)));
            }
            renew(&mut plan, survey, (old, &aside), pace);
        }
    }
    plan
}

/// Undoes an upgrade that was begun: the new one goes, the old one gets back its policy and its
/// name, and runs.
pub fn undo(old: &Id, kept: &Kept, new: Option<&Id>) -> Plan {
    let aside = kept.told();
    let mut plan = Plan {
        stands: format!("the old one is there as {aside}, and nothing of it is lost"),
        ..Plan::default()
    };
    if let Some(new) = new {
        plan.add(Step::new(Deed::new(remove(new.clone(), true), &kept.name)));
    }
    let restart = policy(old, kept.restart.clone());
    plan.add(Step::new(Deed::new(restart, &aside)));
    plan.add(Step::new(Deed::new(Command::Start(old.clone()), &aside)));
    let rename = Command::Rename(old.clone(), kept.name.clone());
    plan.add(Step::new(Deed::new(rename, &aside)));
    plan
}

/// Makes a container anew that is removed when it ends, and so cannot be kept: what brings it back
/// is its specification, and the image that it was made from.
pub fn from_specification(survey: &Survey, old: &Id, pace: Pace) -> Plan {
    let name = survey.spec.name.clone().unwrap_or_default();
    let aside = format!("{name}{NEW}");
    let mut plan = Plan {
        stands: format!("{name} was made again from its specification and its old image"),
        ..Plan::default()
    };
    let (mut spec, later) = renewed(survey);
    let mut before = spec.clone();
    before.image.clone_from(&survey.old_image);
    spec.name = Some(aside.clone());
    let create = Command::Change(Change::create(spec));
    let step = Step::new(Deed::new(create, &aside));
    let made = plan.steps.len();
    plan.add(step.undo(Deed::new(remove(Deed::unknown(), true), &aside).on(made)));
    connects(&mut plan, later.clone(), &aside, made);
    // what an engine calls by its name needs no id
    let by_name = || Id::new(&name);
    let again = Command::Change(Change::create(before));
    let mut step = Step::new(Deed::new(Command::Stop(old.clone(), pace.stop), &name));
    step = step.undo(Deed::new(again, &name));
    for network in later {
        let connect = Change::Connect(by_name(), Box::new(network));
        step = step.undo(Deed::new(Command::Change(connect), &name));
    }
    plan.add(step.undo(Deed::new(Command::Start(by_name()), &name)));
    let gone = Command::Change(Change::Gone(old.clone()));
    plan.add(Step::new(Deed::new(gone, &name)));
    let rename = |to: &str| Command::Rename(Deed::unknown(), to.to_owned());
    let step = Step::new(Deed::new(rename(&name), &aside).on(made));
    plan.add(step.undo(Deed::new(rename(&aside), &name).on(made)));
    let step = Step::new(Deed::new(Command::Start(Deed::unknown()), &name).on(made));
    // its end alone removes it; its name has to be free before the old one has it again
    let step = step.undo(Deed::new(remove(Deed::unknown(), true), &name).on(made));
    let gone = Command::Change(Change::Gone(Deed::unknown()));
    plan.add(step.undo(Deed::new(gone, &name).on(made)));
    plan.add(Step::new(Deed::new(prove(pace), &name).on(made)));
    plan
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
