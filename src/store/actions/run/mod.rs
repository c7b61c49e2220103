//! A new container: the form with every option of `docker run`, opened empty or filled after a
//! container that there is, and what becomes of a filled one.

mod more;
mod paste;
mod world;

use self::world::{containers, free_name};
use super::change::watch_output;
use super::containers::{only, open_tab};
use super::{Action, Arg, Availability, Call, Danger, Scope};
use crate::form::run::{Known, form, spec, suggestions, values};
use crate::form::{Fault, Preview, Values};
use crate::model::{HostId, Id, Problem, Ref};
use crate::plans;
use crate::protocol::{Command, on_host, run_line};
use crate::spec::RunSpec;
use crate::spec::compose;
use crate::spec::options;
use crate::store::Store;
use crate::store::dialogs;
use crate::store::form::Purpose;
use crate::store::jobs::{self, Planned};
use crate::store::message::{Effect, Effects};
use crate::store::overlay::Overlay;
use crate::store::stage::Tab;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.new",
        scope: Scope::Containers,
        keys: &["n"],
        label: "New container",
        about: "Make and start a container, with every option of docker run; a docker run line \
                pasted into the form fills it.",
        word: "run",
        changes: true,
        offered: |store, _| Availability::or(host(store).is_some(), "no engine answers"),
        run: |store, _| match host(store) {
            Some(host) => open(store, &host),
            None => Vec::new(),
        },
        ..Action::BASE
    },
    Action {
        id: "container.new_from",
        scope: Scope::Containers,
        keys: &["N"],
        label: "New from this one",
        about: "Make another container like it: the form with all that it was made with, under a \
                name that is free.",
        word: "run-from",
        targets: true,
        changes: true,
        offered: |store, targets| {
            Availability::or(only(store, targets).is_some(), "choose one container")
        },
        run: |store, call| {
            let Some(target) = call.targets.first().cloned() else {
                return Vec::new();
            };
            let name = store.world.name_of(&target);
            let steps = vec![(target.clone(), name, Command::Describe(target.id))];
            let again = jobs::Purpose::Again;
            store.jobs.begin("inspect", steps, again, store.now)
        },
        ..Action::BASE
    },
    Action {
        id: "container.hardening",
        label: "Hardening",
        about: "See how it is held: what is loose, how much that weighs, and how to tighten it.",
        word: "hardening",
        run: |store, call| open_tab(store, call, Tab::Hardening),
        scope: Scope::Containers,
        targets: true,
        ..Action::BASE
    },
    Action {
        id: "template.load",
        label: "New from a template",
        about: "Make a container after a template: the form filled with what was kept under a name.",
        word: "template",
        args: &[TEMPLATE],
        changes: true,
        run: |store, call| store.load_template(call.first()),
        ..TEMPLATES
    },
    Action {
        id: "template.remove",
        label: "Remove a template",
        about: "Remove the file of a template.",
        word: "template-remove",
        args: &[TEMPLATE],
        danger: Danger::Ask,
        question: dialogs::remove_template,
        run: |_, call| vec![Effect::DropTemplate(call.first().to_owned())],
        ..TEMPLATES
    },
];

const TEMPLATES: Action = Action {
    scope: Scope::Containers,
    offered: |store, _| Availability::or(!store.templates.is_empty(), "there is no template yet"),
    ..Action::BASE
};

const TEMPLATE: Arg = Arg {
    name: "template",
    choices: |store| {
        let templates = store.templates.iter();
        templates
            .map(|template| (template.name.clone(), template.about()))
            .collect()
    },
    ..Arg::TEXT
};

/// Fills the form of a new container with a text as if it were pasted; opens it where it is not
/// open.
pub(in crate::store) fn fill(store: &mut Store, text: &str) -> Effects {
    let open_now = matches!(store.overlays.last(), Some(Overlay::Form(form))
        if std::ptr::eq(form.purpose, &raw const PURPOSE));
    let mut effects = Vec::new();
    if !open_now {
        let Some(host) = host(store) else {
            store.toasts.explain("no engine answers", store.now);
            return Vec::new();
        };
        effects = open(store, &host);
    }
    match paste::paste(store, text) {
        Some(more) => effects.extend(more),
        None => {
            let told = "the template holds neither a docker run line nor a Compose service";
            store.toasts.explain(told, store.now);
        }
    }
    effects
}

/// What the form is for. A static: forms that are open are known by it.
static PURPOSE: Purpose = Purpose {
    check,
    preview,
    submit,
    words: |values, typing| suggestions(typing.field, values),
    path: world::typed_path,
    fresh: Some(|store, call| {
        let host = call.targets.first().map(|target| &target.host);
        form(&host.map(|host| known(store, host)).unwrap_or_default())
    }),
    paste: paste::paste,
    more: &more::MORE,
    failed: Some(place_of),
    ..Purpose::BASE
};

/// Opens the form for a host, and asks the host's engine what fields can be completed to.
fn open(store: &mut Store, host: &HostId) -> Effects {
    let call = Call {
        targets: vec![Ref::container(host, &Id::new(""))],
        ..Call::default()
    };
    let mut form = form(&known(store, host));
    form.title.push_str(&where_to(store, host));
    store.open_form(form, &PURPOSE, call);
    store.ask_names(host)
}

impl Store {
    /// How a container was made is known: the form for another like it.
    pub(in crate::store) fn new_from(&mut self, target: &Ref, mut spec: RunSpec) -> Effects {
        // no form comes up under fingers that are typing something else
        if !self.overlays.is_empty() {
            let text = "new from this one: it is known now how it was made; ask again";
            self.toasts.explain(text, self.now);
            return Vec::new();
        }
        let name = spec
            .name
            .clone()
            .unwrap_or_else(|| self.world.name_of(target));
        spec.name = Some(free_name(self, &target.host, &name)).filter(|name| !name.is_empty());
        spec.detach = Some(true);
        let effects = open(self, &target.host);
        self.fill_form(&values(&spec));
        let title = format!("New container like {name}{}", where_to(self, &target.host));
        if let Some(Overlay::Form(form)) = self.overlays.last_mut() {
            form.begin_here();
            form.title = title;
        }
        let rest = spec.rest.config.keys().chain(spec.rest.host.keys());
        let rest: Vec<&str> = rest.map(String::as_str).collect();
        if !rest.is_empty() {
            let text = format!("no option stands for {}: left out", rest.join(", "));
            self.toasts.explain(text, self.now);
        }
        effects
    }
}

/// The host that it is made on: the host here, by which protection is judged too, if it answers.
fn host(store: &Store) -> Option<HostId> {
    store.host_here().filter(|id| {
        let host = store.world.hosts.get(id);
        let link = host.and_then(|host| host.link.as_ref());
        link.is_some_and(crate::model::Link::is_up)
    })
}

/// On which host it is made, where there are several.
fn where_to(store: &Store, host: &HostId) -> String {
    match store.world.hosts.len() {
        0 | 1 => String::new(),
        _ => format!(" on {host}"),
    }
}

/// What fields can be completed to: what the engine said it has, and what its containers tell.
fn known(store: &Store, host: &HostId) -> Known {
    let names = store.names.get(host).cloned().unwrap_or_default();
    let mut images = names.images;
    let (mut names_of, mut binds) = (Vec::new(), Vec::new());
    for container in containers(store, host) {
        images.push(container.image.to_string());
        names_of.push(container.name.to_string());
        let paths = container
            .mounts
            .iter()
            .filter(|mount| mount.starts_with('/'));
        binds.extend(paths.map(ToString::to_string));
    }
    for list in [&mut images, &mut names_of, &mut binds] {
        list.sort_unstable();
        list.dedup();
    }
    Known {
        images,
        networks: store.networks_of(host),
        volumes: names.volumes,
        containers: names_of,
        log_drivers: names.log_drivers,
        runtimes: names.runtimes,
        binds,
        far: (!world::is_here(store, host)).then(|| host.to_string()),
    }
}

/// What is wrong with the values, and with what is there already.
fn check(store: &Store, call: &Call, values: &Values) -> Vec<Fault> {
    let (spec, mut faults) = spec(values, &store.paths.home);
    if let Some(target) = call.targets.first() {
        faults.extend(world::faults(store, &target.host, &spec, values));
    }
    faults
}

/// The equal docker line, and the equal Compose file with what it cannot say.
fn preview(store: &Store, call: &Call, values: &Values) -> Vec<Preview> {
    let (spec, _) = spec(values, &store.paths.home);
    if spec.image.is_empty() {
        return Vec::new();
    }
    let words = call.targets.first();
    let words = words.map_or("", |target| store.jobs.words(&target.host));
    let written = compose::write(&spec.masked());
    let mut lines: Vec<String> = written.yaml.lines().map(str::to_owned).collect();
    lines.extend(written.left.iter().map(|left| format!("# {left}")));
    vec![
        Preview::command("docker", on_host(words, &run_line(&spec))),
        Preview::text("compose.yaml", lines),
    ]
}

fn submit(store: &mut Store, call: &Call, values: &Values) -> Result<Effects, Vec<Fault>> {
    let Some(target) = call.targets.first() else {
        return Ok(Vec::new());
    };
    let (spec, faults) = spec(values, &store.paths.home);
    if faults.iter().any(|fault| !fault.hint) {
        return Err(faults);
    }
    let RunSpec { image, name, .. } = &spec;
    let subject = name.clone().unwrap_or_else(|| image.clone());
    let verb = if spec.only_create { "create" } else { "run" };
    let title = format!("{verb} {subject}");
    let console = (store.size.height, store.size.width);
    let planned = Planned {
        subject,
        line: Some(run_line(&spec)),
        plan: plans::run::run(&spec, console),
    };
    let effects = store
        .jobs
        .begin_plan(verb, &target.host, planned, store.now);
    watch_output(store, &effects, title);
    Ok(effects)
}

/// By which words of an engine's refusal the field is known that it is about.
const REFUSALS: [(&str, &str); 15] = [
    ("container name", "name"),
    ("port is already allocated", "publish"),
    ("address already in use", "publish"),
    ("manifest", "image"),
    ("pull access denied", "image"),
    ("no such image", "image"),
    ("no such host", "image"),
    ("network", "network"),
    ("executable file not found", "command"),
    ("unable to find user", "user"),
    ("volume name", "volume"),
    ("bind source path", "mount"),
    ("invalid mount", "mount"),
    ("memory", "memory"),
    ("cpuset", "cpuset-cpus"),
];

/// The field that a refusal is about, as far as its words tell.
fn place_of(problem: &Problem) -> Fault {
    let said = format!("{} {}", problem.summary, problem.detail);
    let mut options = options::all();
    let fault = Fault::refusal(problem, &REFUSALS);
    match options.find(|option| said.contains(&format!("{}:", option.flag()))) {
        Some(own) => Fault::of(own.name, fault.reason),
        None => fault,
    }
}
