//! What things are called: objects found by what a person types, and named so that those of
//! several hosts are told apart.

use super::Store;
use super::jobs::Purpose;
use super::message::Effects;
use super::overlay::Overlay;
use super::world::World;
use crate::model::container::Container;
use crate::model::{HostId, Id, Kind, Ref};
use crate::protocol::{Command, Names};

impl World {
    /// A container by its name, whole id or the beginning of its id, after its host's name and a
    /// slash or without. Where several hosts have one of that name, it is that of the hosts that
    /// show; else none.
    pub fn find(&self, name: &str) -> Option<Ref> {
        let all = self.find_all(name);
        let only = |found: &[Ref]| match found {
            [one] => Some(one.clone()),
            _ => None,
        };
        only(&all).or_else(|| {
            let shown = |found: &Ref| self.in_scope().any(|(id, _)| *id == found.host);
            only(&all.into_iter().filter(shown).collect::<Vec<_>>())
        })
    }

    /// Every container that a word may mean.
    pub fn find_all(&self, word: &str) -> Vec<Ref> {
        let on = word
            .split_once('/')
            .and_then(|(host, name)| Some((self.hosts.get_key_value(&HostId::new(host))?, name)));
        let (hosts, name): (Vec<_>, &str) = match on {
            Some((host, name)) => (vec![host], name),
            None => (self.hosts.iter().collect(), word),
        };
        let named = |test: &dyn Fn(&Container) -> bool| -> Vec<Ref> {
            let all = hosts.iter().flat_map(|(host, known)| {
                let containers = known.containers.values().filter(|c| test(c));
                containers.map(|c| Ref::container(host, &c.id))
            });
            all.collect()
        };
        let by_name = named(&|c| &*c.name == name);
        let is_id = name.len() >= 4 && name.chars().all(|c| c.is_ascii_hexdigit());
        if by_name.is_empty() && is_id {
            // the beginning of several ids names none of them
            return named(&|c| c.id.as_str().starts_with(name));
        }
        by_name
    }

    /// The name of an object for people: its name, else its short id.
    pub fn name_of(&self, target: &Ref) -> String {
        match target.kind {
            Kind::Host => target.host.to_string(),
            Kind::Event => target.id.to_string(),
            Kind::Container => self.container(target).map_or_else(
                || target.id.short().to_owned(),
                |container| container.name.to_string(),
            ),
        }
    }

    /// The same with its host before it, where several are connected: `prod/web`.
    pub fn full_name(&self, target: &Ref) -> String {
        let name = self.name_of(target);
        match (self.hosts.len(), target.kind) {
            (0 | 1, _) | (_, Kind::Host | Kind::Event) => name,
            (_, Kind::Container) => format!("{}/{name}", target.host),
        }
    }

    /// The same in a sentence: `web on prod`.
    pub fn told_name(&self, target: &Ref) -> String {
        let name = self.name_of(target);
        match (self.hosts.len(), target.kind) {
            (0 | 1, _) | (_, Kind::Host | Kind::Event) => name,
            (_, Kind::Container) => format!("{name} on {}", target.host),
        }
    }
}

impl Store {
    /// Asks a host's engine for the names of what it has, which forms offer.
    pub(super) fn ask_names(&mut self, host: &HostId) -> Effects {
        let all = Ref::container(host, &Id::new(""));
        let steps = vec![(all, String::new(), Command::Names)];
        self.jobs.begin("list", steps, Purpose::Names, self.now)
    }

    /// What there is on a host is known: forms that are open offer it.
    pub(super) fn learn_names(&mut self, host: &HostId, names: Names) -> Effects {
        self.names.insert(host.clone(), names);
        let mut changed = false;
        for place in 0..self.overlays.len() {
            let Some(Overlay::Form(form)) = self.overlays.get(place) else {
                continue;
            };
            let target = form.call.targets.first();
            let fresh = form
                .purpose
                .fresh
                .filter(|_| target.is_some_and(|of| of.host == *host));
            let fresh = fresh.map(|fresh| fresh(self, &form.call));
            if let (Some(fresh), Some(Overlay::Form(form))) = (fresh, self.overlays.get_mut(place))
            {
                changed = form.offer_as(fresh);
            }
        }
        if !matches!(self.overlays.last(), Some(Overlay::Form(form)) if form.refused) {
            self.check_form();
        }
        match self.overlays.last() {
            // one that is chosen already is left alone
            Some(Overlay::Form(form)) if changed && form.chosen.is_none() => {
                self.offer_words(form.offers_all())
            }
            _ => Vec::new(),
        }
    }

    /// The networks of a host that are known: what its engine listed, and those its containers are
    /// on.
    pub fn networks_of(&self, host: &HostId) -> Vec<String> {
        let listed = self.names.get(host).map(|names| names.networks.clone());
        let known = self.world.hosts.get(host);
        let containers = known.into_iter().flat_map(|host| host.containers.values());
        let joined = containers.flat_map(|container| &container.networks);
        let joined = joined.map(|network| network.name.to_string());
        let mut all: Vec<String> = listed.into_iter().flatten().chain(joined).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
