//! What can be done to containers.

use super::exec::running;
use super::published::page_of;
use super::restart::{SIGNALS, grace};
use super::{Action, Arg, Availability, Call, Danger, Scope};
use crate::model::container::{Container, State};
use crate::model::{Id, Ref};
use crate::protocol::Command;
use crate::store::Store;
use crate::store::dialogs;
use crate::store::jobs::Purpose;
use crate::store::menus;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::Overlay;
use crate::store::stage::{Pane, Screen, Tab};

const ROW: Action = Action {
    scope: Scope::Containers,
    targets: true,
    ..Action::BASE
};
const CHANGE: Action = Action {
    changes: true,
    ..ROW
};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        id: "container.stop_or_start",
        keys: &["s"],
        label: "Start or stop",
        about: "Start it, or stop it when it runs.",
        danger: Danger::Type,
        footer: 1,
        question: dialogs::start_or_stop,
        run: stop_or_start,
        ..CHANGE
    },
    Action {
        id: "container.restart",
        keys: &["r"],
        label: "Restart",
        about: "Stop it and start it again.",
        word: "restart",
        danger: Danger::Ask,
        footer: 2,
        question: dialogs::restart,
        args: &[SECONDS],
        run: |store, call| {
            let grace = grace(store, call);
            run(store, call, "restart", |_, id| {
                Some(Command::Restart(id, grace.into()))
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.logs",
        keys: &["l", "m"],
        label: "Logs",
        about: "Read its log in full width.",
        word: "logs",
        footer: 3,
        run: |store, call| open_tab(store, call, Tab::Logs),
        ..ROW
    },
    Action {
        id: "container.shell",
        keys: &["e"],
        label: "Shell",
        about: "Open a shell in it; the terminal comes back when the shell ends.",
        word: "shell",
        footer: 4,
        offered: running,
        run: |store, call| {
            let shells = store.settings.shells.iter();
            let words = |shell: &String| shell.split_whitespace().map(str::to_owned).collect();
            let shells: Vec<Vec<String>> = shells.map(words).collect();
            run(store, call, "shell", |_, id| {
                Some(Command::Shell(id, shells.clone()))
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.menu",
        keys: &["x"],
        label: "More",
        about: "Everything that can be done to it.",
        footer: 5,
        targets: false,
        run: |store, _| {
            let menu = menus::actions_menu(store);
            store.overlays.push(Overlay::Menu(menu));
            Vec::new()
        },
        ..ROW
    },
    Action {
        id: "container.start",
        label: "Start",
        about: "Start it, when it does not run.",
        word: "start",
        offered: |store, targets| {
            let idle = any(store, targets, |container| !container.is_alive());
            Availability::or(idle, "it runs already")
        },
        run: |store, call| {
            run(store, call, "start", |container, id| {
                (!container.is_alive()).then_some(Command::Start(id))
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.stop",
        label: "Stop",
        about: "Ask it to end; it is killed when it has not ended in time.",
        word: "stop",
        danger: Danger::Type,
        offered: |store, targets| alive(store, targets),
        question: dialogs::stop,
        args: &[SECONDS],
        run: |store, call| {
            let grace = grace(store, call);
            run(store, call, "stop", |container, id| {
                container.is_alive().then_some(Command::Stop(id, grace))
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.pause_or_unpause",
        keys: &["p"],
        label: "Pause or unpause",
        about: "Freeze all its processes, or thaw them.",
        danger: Danger::Ask,
        question: dialogs::pause_or_unpause,
        offered: |store, targets| alive(store, targets),
        run: |store, call| {
            if are_paused(store, &call.targets) {
                unpause(store, call)
            } else {
                pause(store, call)
            }
        },
        ..CHANGE
    },
    Action {
        id: "container.pause",
        label: "Pause",
        about: "Freeze all its processes.",
        word: "pause",
        offered: |store, targets| {
            let runs = any(store, targets, |c| c.state == State::Running);
            Availability::or(runs, "it does not run")
        },
        run: pause,
        ..CHANGE
    },
    Action {
        id: "container.unpause",
        label: "Unpause",
        about: "Thaw all its processes.",
        word: "unpause",
        offered: |store, targets| {
            let paused = any(store, targets, |c| c.state == State::Paused);
            Availability::or(paused, "it is not paused")
        },
        run: unpause,
        ..CHANGE
    },
    Action {
        id: "container.kill",
        keys: &["K"],
        label: "Send a signal",
        about: "Send a signal to its main process.",
        word: "kill",
        danger: Danger::Type,
        args: &[Arg {
            name: "signal",
            choices: |_| {
                SIGNALS
                    .map(|(name, about)| (name.to_owned(), about.to_owned()))
                    .to_vec()
            },
            ..Arg::TEXT
        }],
        offered: |store, targets| alive(store, targets),
        question: dialogs::kill,
        run: |store, call| {
            let word = call.first();
            match SIGNALS.iter().find(|(name, _)| *name == word) {
                Some((signal, _)) => run(store, call, "kill", |container, id| {
                    container.is_alive().then_some(Command::Kill(id, signal))
                }),
                None => Vec::new(),
            }
        },
        ..CHANGE
    },
    Action {
        id: "container.rename",
        keys: &["f2"],
        label: "Rename",
        about: "Give it another name.",
        word: "rename",
        args: &[Arg {
            name: "new name",
            preset: |store, call| {
                call.targets
                    .first()
                    .map(|target| store.world.name_of(target))
                    .unwrap_or_default()
            },
            check: |_, text| name_fault(text),
            ..Arg::TEXT
        }],
        offered: |_, targets| Availability::or(targets.len() == 1, "choose one container"),
        run: |store, call| {
            let name = call.first().to_owned();
            run(store, call, "rename", |_, id| {
                Some(Command::Rename(id, name.clone()))
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.remove",
        keys: &["d", "del"],
        label: "Remove",
        about: "Remove it; a running one only by force.",
        word: "rm",
        danger: Danger::Type,
        question: dialogs::remove,
        run: |store, call| {
            let (force, volumes) = (call.chose("force"), call.chose("volumes"));
            run(store, call, "remove", |_, id| {
                Some(Command::Remove { id, force, volumes })
            })
        },
        ..CHANGE
    },
    Action {
        id: "container.prune",
        keys: &["P"],
        label: "Prune",
        about: "Remove all stopped containers here; shows first which and how many bytes come free.",
        word: "prune",
        targets: false,
        danger: Danger::Type,
        looks_first: true,
        run: prune,
        ..CHANGE
    },
    Action {
        id: "container.stats",
        keys: &["t"],
        label: "Statistics",
        about: "See its CPU, memory, network and disk use of the last five minutes.",
        word: "stats",
        run: |store, call| open_tab(store, call, Tab::Stats),
        ..ROW
    },
    Action {
        id: "container.inspect",
        keys: &["i"],
        label: "Inspect",
        about: "See all that the engine knows of it.",
        word: "inspect",
        run: |store, call| open_tab(store, call, Tab::Inspect),
        ..ROW
    },
    Action {
        id: "container.top",
        label: "Processes",
        about: "See its processes.",
        word: "top",
        run: |store, call| open_tab(store, call, Tab::Processes),
        ..ROW
    },
    Action {
        id: "container.why",
        keys: &["W"],
        label: "Why did it stop",
        about: "See why it ended: exit code, signal, memory, events, last lines, and what helps.",
        word: "why",
        run: |store, call| open_tab(store, call, Tab::Why),
        ..ROW
    },
    Action {
        id: "container.open_port",
        keys: &["w"],
        label: "Open published port",
        about: "Open its first published TCP port in the browser.",
        word: "open",
        offered: |store, targets| {
            let url = page_of(store, targets);
            Availability::or(url.is_some(), "it publishes no TCP port")
        },
        run: |store, call| {
            let url = page_of(store, &call.targets);
            url.map(Effect::Open).into_iter().collect()
        },
        ..ROW
    },
];

/// Seconds that stop and restart may be given.
const SECONDS: Arg = Arg {
    name: "seconds",
    needed: false,
    check: |_, text| {
        let fault = || format!("`{text}` is no container and no number of seconds");
        text.parse::<u16>().is_err().then(fault)
    },
    ..Arg::TEXT
};

/// Stops what runs and starts what does not, or what a dialog has named as such.
fn stop_or_start(store: &mut Store, call: &Call) -> Effects {
    let grace = grace(store, call);
    let mut call = call.clone();
    if !call.confirmed {
        let runs = |target: &Ref| {
            store
                .world
                .container(target)
                .is_some_and(Container::is_alive)
        };
        (call.targets, call.starts) = call.targets.into_iter().partition(runs);
    }
    let verb = match (call.targets.is_empty(), call.starts.is_empty()) {
        (true, _) => "start",
        (false, true) => "stop",
        (false, false) => "stop or start",
    };
    let starts = std::mem::take(&mut call.starts);
    call.targets.extend(starts.iter().cloned());
    run_on(store, &call, verb, |_, target| {
        let id = target.id.clone();
        Some(if starts.contains(target) {
            Command::Start(id)
        } else {
            Command::Stop(id, grace)
        })
    })
}

/// Whether all of them are paused, and so would thaw.
pub(in crate::store) fn are_paused(store: &Store, targets: &[Ref]) -> bool {
    let mut chosen = targets
        .iter()
        .filter_map(|target| store.world.container(target));
    chosen.all(|container| container.state == State::Paused)
}

fn pause(store: &mut Store, call: &Call) -> Effects {
    run(store, call, "pause", |container, id| {
        (container.state == State::Running).then_some(Command::Pause(id))
    })
}

fn unpause(store: &mut Store, call: &Call) -> Effects {
    run(store, call, "unpause", |container, id| {
        (container.state == State::Paused).then_some(Command::Unpause(id))
    })
}

/// Begins a job with one call for each object that needs one.
pub(super) fn run(
    store: &mut Store,
    call: &Call,
    verb: &'static str,
    command: impl Fn(&Container, Id) -> Option<Command>,
) -> Effects {
    run_on(store, call, verb, |container, target| {
        command(container, target.id.clone())
    })
}

/// The same for calls that depend on the host too.
fn run_on(
    store: &mut Store,
    call: &Call,
    verb: &'static str,
    command: impl Fn(&Container, &Ref) -> Option<Command>,
) -> Effects {
    let steps: Vec<_> = call
        .targets
        .iter()
        .filter_map(|target| {
            let container = store.world.container(target)?;
            let command = command(container, target)?;
            Some((target.clone(), container.name.to_string(), command))
        })
        .collect();
    if steps.is_empty() {
        let text = format!("{verb}: what it was about is gone");
        store.toasts.explain(text, store.now);
    }
    store.list_mut().marks.clear();
    store.list_mut().range = None;
    store.jobs.begin(verb, steps, Purpose::Action, store.now)
}

/// First asks what could go; called again with that and a confirmation, removes exactly that.
fn prune(store: &mut Store, call: &Call) -> Effects {
    if call.confirmed {
        return run(store, call, "prune", |_, id| {
            Some(Command::Remove {
                id,
                force: false,
                volumes: false,
            })
        });
    }
    let Some(host) = store.host_here() else {
        return Vec::new();
    };
    if store.jobs.is_under_way(Purpose::Prunable, &host) {
        return Vec::new();
    }
    let target = Ref::container(&host, &Id::new(""));
    let step = (target, host.to_string(), Command::PrunePreview);
    store
        .jobs
        .begin("prune", vec![step], Purpose::Prunable, store.now)
}

pub(super) fn open_tab(store: &mut Store, call: &Call, tab: Tab) -> Effects {
    if let Some(target) = call
        .targets
        .first()
        .filter(|_| call.targets.len() == 1)
        .cloned()
    {
        store.show(&target);
    }
    store.stage.show(Screen::Containers);
    store.stage.tab = tab;
    store.stage.pane = Pane::Detail;
    // a log is read in full width
    store.stage.zoom |= tab == Tab::Logs;
    Vec::new()
}

/// The container, when it is one alone.
pub(super) fn only<'a>(store: &'a Store, targets: &[Ref]) -> Option<&'a Container> {
    match targets {
        [target] => store.world.container(target),
        _ => None,
    }
}

fn any(store: &Store, targets: &[Ref], test: fn(&Container) -> bool) -> bool {
    targets
        .iter()
        .filter_map(|target| store.world.container(target))
        .any(test)
}

fn alive(store: &Store, targets: &[Ref]) -> Availability {
    Availability::or(any(store, targets, Container::is_alive), "it does not run")
}

/// The engine's own rule for names.
pub(super) fn name_fault(name: &str) -> Option<String> {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    (!(first && rest && name.len() >= 2))
        .then(|| "letters, digits and _ . - ; at least two; the first a letter or digit".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_engines_rule() {
        for good in ["web", "web-1", "a_b.c", "9x"] {
            assert_eq!(name_fault(good), None, "{good}");
        }
        for bad in ["", "w", "-web", "we b", "wéb", "a/b"] {
            assert!(name_fault(bad).is_some(), "{bad}");
        }
    }
}
