//! What a script comes to: what shows, what was asked for, what lies over the screen.

use std::collections::BTreeSet;

use pilothouse::protocol::Command;
use pilothouse::store::form::FormState;
use pilothouse::store::message::{Effect, Effects};
use pilothouse::store::overlay::{Confirm, Menu, Overlay};

use super::Script;

/// The calls among some effects, each with its host.
pub fn calls_on(effects: &Effects) -> Vec<(String, Command)> {
    let call = |effect: &Effect| match effect {
        Effect::Run(_, _, host, command) => Some((host.to_string(), command.clone())),
        _ => None,
    };
    effects.iter().filter_map(call).collect()
}

/// The same where there is one host.
pub fn calls(effects: &Effects) -> Vec<Command> {
    let calls = calls_on(effects).into_iter();
    calls.map(|(_, command)| command).collect()
}

/// The title of the uppermost overlay; empty without one.
pub fn title(script: &Script) -> String {
    match script.store.overlays.last() {
        Some(Overlay::Confirm(dialog)) => dialog.title.clone(),
        Some(Overlay::Menu(menu)) => menu.title.clone(),
        Some(Overlay::Prompt(prompt)) => prompt.title.clone(),
        Some(Overlay::Text { title, .. }) => title.clone(),
        Some(Overlay::Form(form)) => form.title.clone(),
        Some(Overlay::Output(_)) => "output".to_owned(),
        Some(Overlay::Help(_)) => "help".to_owned(),
        Some(Overlay::Doctor(host, _)) => format!("doctor {host}"),
        None => String::new(),
    }
}

pub fn dialog(script: &Script) -> &Confirm {
    match script.store.overlays.last() {
        Some(Overlay::Confirm(dialog)) => dialog,
        other => panic!("no dialog but {other:?}"),
    }
}

pub fn menu(script: &Script) -> &Menu {
    match script.store.overlays.last() {
        Some(Overlay::Menu(menu)) => menu,
        other => panic!("no menu but {other:?}"),
    }
}

pub fn form(script: &Script) -> &FormState {
    match script.store.overlays.last() {
        Some(Overlay::Form(form)) => form,
        other => panic!("no form but {other:?}"),
    }
}

/// The name of what is under the cursor; empty where nothing is.
pub fn selected(script: &Script) -> String {
    let target = script.store.selected();
    let name = target.map(|target| script.store.world.name_of(target));
    name.unwrap_or_default()
}

/// The names in the list, in its order.
pub fn names(script: &Script) -> Vec<String> {
    let shown = script.store.list().shown();
    shown
        .map(|target| script.store.world.name_of(target))
        .collect()
}

/// What is in the list, as `host/name`.
pub fn shown(script: &Script) -> BTreeSet<String> {
    let shown = script.store.list().shown();
    shown
        .map(|target| format!("{}/{}", target.host, script.store.world.name_of(target)))
        .collect()
}

/// The newest short message; empty without one.
pub fn toast(script: &Script) -> String {
    let last = script.store.toasts.toasts.back();
    last.map(|toast| toast.text.clone()).unwrap_or_default()
}
