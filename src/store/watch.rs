//! Which streams should be open: a pure function of the state.

use std::collections::BTreeSet;

use super::Store;
use super::stage::{Screen, Tab};
use super::world::Host;
use crate::model::container::{Container, Health};
use crate::model::{HostId, Id, Kind, Ref};
use crate::protocol::Watch;

/// Running and paused containers of a host up to which all are sampled.
pub const SAMPLE_ALL: usize = 64;
/// Streams of samples that are asked for when the list is sorted by a live column, shared by the
/// hosts, and those that each host is asked for at least.
pub const SAMPLE_MOST: usize = 400;
/// See [`SAMPLE_MOST`].
pub const SAMPLE_LEAST: usize = 16;
/// Streams of samples over all hosts, beside those of rows in sight.
pub const SAMPLE_ALL_HOSTS: usize = 1_000;

/// Unhealthy containers of which the last check is asked for, on the screen of what is wrong.
const CHECKS: usize = 12;

/// The streams that the present screen needs.
pub fn wanted(store: &Store) -> BTreeSet<Watch> {
    let mut wanted = BTreeSet::new();
    let rows = store.areas().list_rows();
    let shows_list = store.stage.screen == Screen::Containers && store.areas().list.width > 0;
    if shows_list {
        for target in store.list().visible(rows) {
            wanted.insert(Watch::Brief(target.clone()));
            want_samples(store, target, &mut wanted);
        }
    }
    want_samples_of_all(store, &mut wanted);
    if shows_list
        && store
            .list()
            .sort_column()
            .is_some_and(|column| column.brief)
    {
        // a list cannot be sorted by what it does not know: all are looked at once
        let unknown = store
            .world
            .items_in_scope(store.now)
            .filter(|item| item.container.brief.is_none());
        wanted.extend(unknown.map(|i| Watch::Brief(Ref::container(i.host, &i.container.id))));
    }
    want_for_screen(store, rows, &mut wanted);
    if let Some(target) = store.selected().filter(|one| one.kind == Kind::Container) {
        want_samples(store, target, &mut wanted);
        wanted.insert(Watch::Brief(target.clone()));
        if store.shows_detail() && store.stage.screen == Screen::Containers {
            want_detail(store, target, &mut wanted);
        }
    }
    wanted
}

/// What a screen needs beside the containers' own.
fn want_for_screen(store: &Store, rows: usize, wanted: &mut BTreeSet<Watch>) {
    let hosts = || store.world.hosts.keys().cloned();
    match store.stage.screen {
        Screen::Containers | Screen::Journal => {}
        Screen::Hosts => wanted.extend(hosts().map(Watch::Host)),
        Screen::Events => {
            wanted.extend(hosts().map(Watch::Events));
            if store.lists.events.stopped {
                wanted.extend(hosts().map(Watch::Execs));
            }
        }
        Screen::Health => {
            // what was asked of a container before it ended tells a failure from a wish
            wanted.extend(hosts().map(Watch::Events));
            let list = &store.lists.health;
            let containers = || {
                let shown = list.visible(rows);
                shown.filter(|target| target.kind == Kind::Container)
            };
            wanted.extend(containers().cloned().map(Watch::Brief));
            let checked = |target: &&Ref| {
                let container = store.world.container(target);
                container.is_some_and(|one| one.health == Some(Health::Unhealthy))
            };
            // what their checks printed
            let unhealthy = containers().filter(checked).take(CHECKS);
            wanted.extend(unhealthy.cloned().map(Watch::Inspect));
        }
    }
}

fn want_detail(store: &Store, target: &Ref, wanted: &mut BTreeSet<Watch>) {
    // a log that was read goes on behind the other tabs: one comes back to the same place
    if store.logs.get(target).is_some() {
        wanted.insert(Watch::Logs(target.clone()));
    }
    match store.stage.tab {
        Tab::Logs => {
            wanted.insert(Watch::Logs(target.clone()));
        }
        Tab::Processes => {
            wanted.insert(Watch::Processes(target.clone()));
        }
        Tab::Inspect
        | Tab::Env
        | Tab::Ports
        | Tab::Mounts
        | Tab::Networks
        | Tab::Health
        | Tab::Hardening => {
            wanted.insert(Watch::Inspect(target.clone()));
        }
        Tab::Events => {
            wanted.insert(Watch::Past(target.clone()));
        }
        Tab::Why => {
            wanted.insert(Watch::Inspect(target.clone()));
            wanted.insert(Watch::Past(target.clone()));
        }
        Tab::Files | Tab::Stats | Tab::Host => {}
    }
}

/// Samples of a container that runs or is paused, or ran a moment ago: it may be back at once.
fn want_samples(store: &Store, target: &Ref, wanted: &mut BTreeSet<Watch>) {
    let Some(item) = store.world.item(target, store.now) else {
        return;
    };
    let ran = || item.series.is_some_and(|s| s.present(store.now).is_some());
    if item.container.state.runs() || ran() {
        wanted.insert(Watch::Stats(target.clone()));
    }
}

/// All of a host's running and paused containers while they are few; as many as a host is asked
/// for when the list is sorted by what only samples tell. Over all hosts there is a limit too:
/// first come the host here and those that show, then those with the fewest, so that as many hosts
/// as possible are known whole.
fn want_samples_of_all(store: &Store, wanted: &mut BTreeSet<Watch>) {
    let here = store.host_here();
    let list = &store.lists.containers;
    let sorted_by_live = list.sort_column().is_some_and(|column| column.live);
    let mut hosts: Vec<(&HostId, &Host)> = store.world.hosts.iter().collect();
    hosts.sort_by_key(|(id, host)| {
        let shows = store.world.scope.as_ref().is_none_or(|scope| scope == *id);
        (here.as_ref() != Some(*id), !shows, host.counts.running)
    });
    let share = (SAMPLE_MOST / hosts.len().max(1)).max(SAMPLE_LEAST);
    let mut left = SAMPLE_ALL_HOSTS;
    for (host, known) in hosts {
        // a paused one is measured too: it holds on to its memory
        let running = known.counts.running + known.counts.paused;
        let most = match running {
            0..=SAMPLE_ALL if running <= left => running,
            // a part of them sums up to nothing that is true
            _ if !sorted_by_live => continue,
            _ => share,
        };
        let runs = |container: &&Container| container.state.runs();
        // the same ones each time: by id
        let mut ids: Vec<&Id> = known
            .containers
            .values()
            .filter(runs)
            .map(|c| &c.id)
            .collect();
        ids.sort_unstable();
        ids.truncate(most);
        left = left.saturating_sub(ids.len());
        wanted.extend(
            ids.into_iter()
                .map(|id| Watch::Stats(Ref::container(host, id))),
        );
    }
}
