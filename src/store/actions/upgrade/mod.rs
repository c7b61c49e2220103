//! A container made anew: what would change is looked at and shown first; one that was left half
//! done, here or on another machine, is finished or undone.

mod question;

use std::time::Duration;

use self::question::written_image;
use super::change::watch_output;
use super::containers::only;
use super::restart::grace;
use super::{Action, Availability, Call, Danger, Scope};
use crate::model::container::{Container, State};
use crate::model::{Id, Ref};
use crate::plans::upgrade::{self, Kept, Pace};
use crate::protocol::{Change, Command, Commit, Deed, Plan, Step, Survey};
use crate::spec::RunSpec;
use crate::spec::update;
use crate::store::jobs::{self, Jobs, Planned};
use crate::store::message::Effects;
use crate::store::overlay::{Deed as Chosen, Menu, MenuItem, Overlay};
use crate::store::{Store, actions, dialogs};

/// What was looked at before a container is made anew.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The container.
    pub target: Ref,
    /// What was found; none yet.
    pub survey: Option<Survey>,
    /// What for.
    pub wish: Wish,
}

/// What a container is made anew for.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A newer image.
    Upgrade,
    /// Other settings.
    Settings(Box<RunSpec>),
    /// The end of an upgrade that was left half done, which was asked about before.
    Finish,
}

const ROW: Action = Action {
    scope: Scope::Containers,
    changes: true,
    ..Action::OF_ONE
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.upgrade",
        keys: &["U"],
        label: "Upgrade",
        about: "Make it anew from a newer image of the same name, after showing what differs; the \
                old one stays until the new one works. Finishes or undoes one that was left half \
                done.",
        word: "upgrade",
        danger: Danger::Type,
        looks_first: true,
        offered,
        run: |store, call| {
            if call.confirmed {
                return renew(store, call);
            }
            let Some(target) = call.targets.first().cloned() else {
                return Vec::new();
            };
            if let Some((old, kept)) = unfinished(store, &target) {
                let menu = recovery(store, &old, &kept);
                store.overlays.push(Overlay::Menu(menu));
                return Vec::new();
            }
            store.look_before_renewal(&target, Wish::Upgrade)
        },
        ..ROW
    },
    Action {
        id: "container.upgrade_finish",
        label: "Finish the upgrade",
        about: "Finish an upgrade that was left half done: the new one is proved, or made anew.",
        word: "upgrade-finish",
        danger: Danger::Type,
        offered: recoverable,
        question: |action, store, call| {
            let (_, kept) = unfinished(store, call.targets.first()?)?;
            let lines = vec![
                format!(
                    "A {} that runs is proved; one that does not is made anew from the old one's \
                     settings.",
                    kept.name
                ),
                format!(
                    "The old one, {}, is removed once the new one works.",
                    kept.told()
                ),
                "Not while somebody else is upgrading it right now.".to_owned(),
            ];
            let title = format!("Finish the upgrade of {}?", kept.name);
            Some(dialogs::question(action, title, "Finish", lines, call))
        },
        run: |store, call| {
            let old = call.targets.first().and_then(|t| unfinished(store, t));
            match old {
                Some((old, _)) => store.look_before_renewal(&old, Wish::Finish),
                None => Vec::new(),
            }
        },
        ..ROW
    },
    Action {
        id: "container.upgrade_undo",
        label: "Undo the upgrade",
        about: "Undo an upgrade that was left half done: the old one comes back.",
        word: "upgrade-undo",
        danger: Danger::Type,
        offered: recoverable,
        question: |action, store, call| {
            let (old, kept) = unfinished(store, call.targets.first()?)?;
            let mut lines = Vec::new();
            if let Some(new) = named(store, &old, &kept.name) {
                let told = format!("{} ({}, {})", new.name, new.id.short(), new.status);
                lines.push(format!("The new one is removed by force: {told}."));
            }
            lines.push(format!(
                "{} gets its name and policy back, and runs.",
                kept.told()
            ));
            lines.push("Not while somebody else is upgrading it right now.".to_owned());
            let title = format!("Undo the upgrade of {}?", kept.name);
            Some(dialogs::question(action, title, "Undo", lines, call))
        },
        run: |store, call| {
            let Some((old, kept)) = call.targets.first().and_then(|t| unfinished(store, t)) else {
                return Vec::new();
            };
            let new = named(store, &old, &kept.name).map(|new| new.id.clone());
            let plan = upgrade::undo(&old.id, &kept, new.as_ref());
            begin(store, "undo", &old, kept.name, plan)
        },
        ..ROW
    },
];

pub(super) fn offered(store: &Store, targets: &[Ref]) -> Availability {
    let Some(container) = only(store, targets) else {
        return Availability::No("choose one container".to_owned());
    };
    let [target] = targets else {
        return Availability::Hidden;
    };
    if is_under_way(store, target) {
        return Availability::No("one is under way".to_owned());
    }
    if unfinished(store, target).is_some() {
        return Availability::Yes;
    }
    let runs = container.state == State::Running;
    Availability::or(
        runs,
        "it does not run: a new one could not be proved; start it first",
    )
}

fn recoverable(store: &Store, targets: &[Ref]) -> Availability {
    match targets {
        [target] if is_under_way(store, target) => Availability::No("one is under way".to_owned()),
        [target] if unfinished(store, target).is_some() => Availability::Yes,
        _ => Availability::Hidden,
    }
}

/// Whether this program is making a container of that name anew.
fn is_under_way(store: &Store, target: &Ref) -> bool {
    let name = store.world.name_of(target);
    let name = Kept::read(&name).map_or(name, |kept| kept.name);
    store.jobs.renews(&target.host, &name)
}

/// The old one of an upgrade that was left half done: the container itself, or the one that is
/// kept for its name.
pub(super) fn unfinished(store: &Store, target: &Ref) -> Option<(Ref, Kept)> {
    let container = store.world.container(target)?;
    if let Some(kept) = Kept::read(&container.name) {
        return Some((target.clone(), kept));
    }
    let host = store.world.hosts.get(&target.host)?;
    host.containers.values().find_map(|other| {
        let kept = Kept::read(&other.name).filter(|kept| *kept.name == *container.name)?;
        Some((Ref::container(&target.host, &other.id), kept))
    })
}

/// A container of a name on the same host.
fn named<'a>(store: &'a Store, beside: &Ref, name: &str) -> Option<&'a Container> {
    let host = store.world.hosts.get(&beside.host)?;
    host.containers.values().find(|one| *one.name == *name)
}

fn recovery(store: &Store, old: &Ref, kept: &Kept) -> Menu {
    let items = ["container.upgrade_finish", "container.upgrade_undo"];
    let items = items.into_iter().filter_map(|id| {
        let action = actions::find(id)?;
        let call = Call {
            targets: vec![old.clone()],
            ..Call::default()
        };
        Some(MenuItem {
            label: action.label.to_owned(),
            key: String::new(),
            about: action.about.to_owned(),
            refused: None,
            switch: None,
            deed: Chosen::Act(action, call),
        })
    });
    let title = format!("An upgrade of {} was left half done", kept.name);
    let mut menu = Menu::new(title, items.collect());
    menu.cursor = usize::from(named(store, old, &kept.name).is_none());
    menu
}

fn pace(store: &Store, call: &Call) -> Pace {
    Pace {
        stop: grace(store, call),
        prove: Duration::from_secs(store.settings.upgrade_proof.into()),
    }
}

fn begin(
    store: &mut Store,
    verb: &'static str,
    target: &Ref,
    subject: String,
    plan: Plan,
) -> Effects {
    let title = format!("{verb} {subject}");
    let planned = Planned {
        subject,
        line: None,
        plan,
    };
    let effects = store
        .jobs
        .begin_plan(verb, &target.host, planned, store.now);
    watch_output(store, &effects, title);
    effects
}

impl Jobs {
    /// Whether a container of a name is being made anew, or looked at for that.
    pub fn renews(&self, host: &crate::model::HostId, name: &str) -> bool {
        self.running().any(|job| {
            let renews = matches!(job.verb, "upgrade" | "finish" | "undo");
            let subject = job.subject();
            let kept = Kept::read(&subject).map(|kept| kept.name);
            (renews || job.purpose == jobs::Purpose::Survey)
                && kept.unwrap_or(subject) == name
                && job.hosts().contains(&host)
        })
    }
}

impl Store {
    /// Tells of upgrades on a host that were left half done.
    pub(in crate::store) fn tell_half_upgraded(&mut self, host: &crate::model::HostId) {
        let known = self.world.hosts.get(host);
        let containers = known.into_iter().flat_map(|host| host.containers.values());
        let kept = containers.filter_map(|container| Kept::read(&container.name));
        let names: Vec<String> = kept.map(|kept| kept.name).collect();
        if !names.is_empty() {
            let text = format!(
                "left half done: the upgrade of {}; U on it, or on Health, finishes or undoes it",
                names.join(", ")
            );
            self.toasts.explain(text, self.now);
        }
    }

    /// Looks at a container that is to be made anew: for a newer image, or with other settings.
    pub(in crate::store) fn look_before_renewal(&mut self, target: &Ref, wish: Wish) -> Effects {
        let name = self.world.name_of(target);
        let kept = Kept::read(&name);
        let survey = Change::Survey {
            id: target.id.clone(),
            pull: matches!(wish, Wish::Upgrade),
            own_name: kept.map(|kept| kept.name),
        };
        self.surveyed = Some(Box::new(Surveyed {
            target: target.clone(),
            survey: None,
            wish,
        }));
        let step = (target.clone(), name, Command::Change(survey));
        let purpose = jobs::Purpose::Survey;
        self.jobs.begin("look", vec![step], purpose, self.now)
    }

    /// What was looked for is known: it is shown and asked about, or an upgrade that was left half
    /// done goes on, as was asked.
    pub(in crate::store) fn show_survey(&mut self, target: &Ref, mut survey: Survey) -> Effects {
        let awaited = |found: &mut Box<Surveyed>| found.target == *target && found.survey.is_none();
        let Some(found) = self.surveyed.take_if(awaited) else {
            return Vec::new();
        };
        let name = self.world.name_of(target);
        match (Kept::read(&name), &found.wish) {
            (Some(kept), Wish::Finish) => {
                let pace = pace(self, &Call::default());
                let plan = upgrade::finish(&survey, &target.id, &kept, pace);
                return begin(self, "finish", target, kept.name, plan);
            }
            (None, Wish::Upgrade) if !survey.is_newer() => {
                let why = match &survey.unreached {
                    Some(why) => format!("; the registry was not reached: {why}"),
                    None => String::new(),
                };
                let text = format!("{name}: no newer {} is here{why}", survey.image);
                self.toasts.explain(text, self.now);
                return Vec::new();
            }
            (None, Wish::Settings(settings)) => survey.spec = with_settings(&survey.spec, settings),
            (None, Wish::Upgrade) => {}
            (Some(_), Wish::Upgrade | Wish::Settings(_)) | (None, Wish::Finish) => {
                let text = format!("{name}: somebody else upgraded it meanwhile; look again");
                self.toasts.explain(text, self.now);
                return Vec::new();
            }
        }
        // no question comes up under fingers that are typing something else
        if !self.overlays.is_empty() {
            let text = "upgrade: what would change is known now; ask again";
            self.toasts.explain(text, self.now);
            return Vec::new();
        }
        let Some(action) = actions::find("container.upgrade") else {
            return Vec::new();
        };
        let call = Call {
            targets: vec![target.clone()],
            ..Call::default()
        };
        let question = question::question(action, self, &call, (&survey, &found.wish));
        self.ask(question);
        self.surveyed = Some(Box::new(Surveyed {
            survey: Some(survey),
            ..*found
        }));
        Vec::new()
    }
}

/// A specification with the settings that a form gave it.
fn with_settings(spec: &RunSpec, settings: &RunSpec) -> RunSpec {
    let mut spec = spec.clone();
    for (name, _) in update::OPTIONS {
        if let Some(option) = crate::spec::options::named(name) {
            // it was read by the option itself
            let _ = option.set(&mut spec, &option.get(settings));
        }
    }
    spec
}

/// Makes a container anew, as was asked.
fn renew(store: &mut Store, call: &Call) -> Effects {
    let found = store.surveyed.as_deref();
    let found = found.filter(|found| call.targets.first() == Some(&found.target));
    let known = found.and_then(|found| Some((found.target.clone(), found.survey.clone()?)));
    let Some((target, survey)) = known else {
        let text = "upgrade: what would change is not known any more; ask again";
        store.toasts.explain(text, store.now);
        return Vec::new();
    };
    let goes = survey.spec.rm == Some(true);
    if goes && !call.chose("rm") {
        let text = "upgrade: it is removed when it ends, so the old one cannot be kept; choose to \
                    make it anew all the same";
        store.toasts.explain(text, store.now);
        return Vec::new();
    }
    store.surveyed = None;
    let pace = pace(store, &Call::default());
    let mut plan = match goes {
        true => upgrade::from_specification(&survey, &target.id, pace),
        false => upgrade::upgrade(&survey, &target.id, pace),
    };
    let name = store.world.name_of(&target);
    if call.chose("commit") {
        let commit = Commit {
            image: written_image(&survey),
            message: "what was written into it before an upgrade".to_owned(),
            pause: true,
            ..Commit::default()
        };
        let commit = Change::Commit(Id::new(target.id.as_str()), commit);
        plan.prepend(Step::new(Deed::new(Command::Change(commit), &name)));
    }
    begin(store, "upgrade", &target, name, plan)
}
