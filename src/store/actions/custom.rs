//! Commands of the person's own, from the settings: a menu of them, what they ask for, and what
//! becomes of one that is chosen.

use super::containers::only;
use super::{Action, Arg, Availability, Call, Scope};
use crate::config::{CustomCommand, Place};
use crate::form::{Fault, Field, Form, Kind, Preview, Section, Values};
use crate::model::{Link, Ref};
use crate::protocol::{Command, Local};
use crate::resource::containers::address;
use crate::store::Store;
use crate::store::form::Purpose;
use crate::store::jobs;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay};

const ROW: Action = Action {
    scope: Scope::Containers,
    targets: true,
    ..Action::BASE
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.commands",
        keys: &["!"],
        label: "Commands of your own",
        about: "Choose one of the commands that the settings file has.",
        offered,
        run: |store, call| {
            let items = store.settings.commands.iter().map(|c| item(store, c, call));
            let menu = Menu::new("Commands of your own", items.collect());
            store.overlays.push(Overlay::Menu(menu));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "container.custom",
        label: "Run a command of your own",
        about: "Run one of the commands that the settings file has, by its name.",
        word: "custom",
        args: &[Arg {
            name: "command",
            choices: |store| {
                let commands = store.settings.commands.iter();
                commands
                    .map(|c| (c.name.clone(), c.run.join(" ")))
                    .collect()
            },
            ..Arg::TEXT
        }],
        offered,
        run: choose,
        ..ROW
    },
];

fn offered(store: &Store, targets: &[Ref]) -> Availability {
    if store.settings.commands.is_empty() {
        let reason = "the settings file has none: see [[commands]] in --print-config";
        return Availability::No(reason.to_owned());
    }
    Availability::or(only(store, targets).is_some(), "choose one container")
}

/// A row of the menu.
fn item(store: &Store, command: &CustomCommand, call: &Call) -> MenuItem {
    let call = Call {
        targets: call.targets.clone(),
        words: vec![command.name.clone()],
        ..Call::default()
    };
    let refused = refusal(store, command, &call.targets);
    MenuItem {
        label: command.name.clone(),
        key: command.key.clone().unwrap_or_default(),
        about: command.run.join(" "),
        refused,
        switch: None,
        deed: Deed::Act(&ACTIONS[1], call),
    }
}

/// Why a command is not run here.
fn refusal(store: &Store, command: &CustomCommand, targets: &[Ref]) -> Option<String> {
    let mut hosts = targets.iter().map(|target| &target.host);
    let read_only = store.read_only() || hosts.any(|host| store.is_read_only(host));
    (command.changes && read_only)
        .then(|| "read-only, and it does not say that it changes nothing".to_owned())
}

/// The command that a call names.
fn named<'a>(store: &'a Store, call: &Call) -> Option<&'a CustomCommand> {
    let mut commands = store.settings.commands.iter();
    commands.find(|command| command.name == call.first())
}

/// Runs the command that was chosen, or asks first for what it wants to know.
fn choose(store: &mut Store, call: &Call) -> Effects {
    let Some(command) = named(store, call).cloned() else {
        return Vec::new();
    };
    if let Some(reason) = refusal(store, &command, &call.targets) {
        store
            .toasts
            .explain(format!("{}: {reason}", command.name), store.now);
        return Vec::new();
    }
    if command.ask.is_empty() {
        return begin(store, call, &command, &Values::default());
    }
    let fields = command.ask.iter().map(|name| {
        Field::new(name.clone(), name.clone(), Kind::Text)
            .help(format!("Stands in place of {{{{{name}}}}}."), "")
            .needed()
    });
    let form = Form {
        title: command.name.clone(),
        verb: "Run",
        sections: vec![Section::new("", fields.collect())],
    };
    store.open_form(form, &PURPOSE, call.clone());
    Vec::new()
}

const PURPOSE: Purpose = Purpose {
    preview: |store, call, values| {
        let line = named(store, call).and_then(|command| {
            let local = local(store, call, command, values)?;
            Some(Command::Local(local).docker_line(&[]))
        });
        let line = line.map(|line| Preview::command("runs", line));
        line.into_iter().collect()
    },
    submit: |store, call, values| {
        let command = named(store, call).cloned();
        let command = command.ok_or_else(|| vec![Fault::of("", "it is no command any more")])?;
        Ok(begin(store, call, &command, values))
    },
    ..Purpose::BASE
};

fn begin(store: &mut Store, call: &Call, command: &CustomCommand, values: &Values) -> Effects {
    let (Some(target), Some(local)) = (call.targets.first(), local(store, call, command, values))
    else {
        return Vec::new();
    };
    let name = store.world.name_of(target);
    let title = format!("{} · {name}", command.name);
    let terminal = local.terminal;
    let steps = vec![(target.clone(), name, Command::Local(local))];
    let effects = store
        .jobs
        .begin("command", steps, jobs::Purpose::Action, store.now);
    if let (false, Some(Effect::Run(job, ..))) = (terminal, effects.first()) {
        store.outputs.open(*job, title);
        store.overlays.push(Overlay::Output(*job));
    }
    effects
}

/// The program with every field filled in; none when its container is gone.
fn local(store: &Store, call: &Call, command: &CustomCommand, values: &Values) -> Option<Local> {
    let target = call.targets.first()?;
    let container = store.world.container(target)?;
    let published = || container.ports.iter().filter_map(|port| port.public).min();
    let filled = command.fill(|field| match field {
        asked if command.ask.iter().any(|name| name == asked) => values.text(asked).to_owned(),
        "name" => container.name.to_string(),
        "id" => container.id.to_string(),
        "image" => container.image.to_string(),
        "state" => container.state.word().to_owned(),
        "project" => container.project().unwrap_or_default().to_owned(),
        "address" => address(container).unwrap_or_default().to_owned(),
        "port" => published().map(|port| port.to_string()).unwrap_or_default(),
        "host" => target.host.to_string(),
        // the settings were checked for others
        _ => String::new(),
    });
    let mut env = filled.env;
    // the docker command looks at the same engine
    let link = store.world.hosts.get(&target.host)?.link.as_ref();
    if let Some(Link::Up { address, .. }) = link {
        let place = address.to_string();
        if place.starts_with("unix://") || place.starts_with("tcp://") {
            env.push(("DOCKER_HOST".to_owned(), place));
        }
    }
    Some(Local {
        words: filled.words,
        env,
        terminal: command.place == Place::Terminal,
        changes: command.changes,
    })
}
