//! Which of the known hosts are connected, and whose objects show: all, or those of one.

use super::Store;
use super::message::{Effect, Effects};
use crate::config::HostSettings;
use crate::config::hosts::CONTEXT;
use crate::model::{HostId, HostSpec, Link, Ref, Source, units};

impl Store {
    /// Begins to look at a known host beside the others.
    pub fn connect(&mut self, host: &HostId) -> Effects {
        let Some(spec) = self.roster.get(host).cloned() else {
            return Vec::new();
        };
        self.world.open(host);
        vec![Effect::Connect(Box::new(spec))]
    }

    /// Looks at a host no more. It stays known.
    pub fn disconnect(&mut self, host: &HostId) -> Effects {
        if !self.world.hosts.contains_key(host) {
            return Vec::new();
        }
        self.world.close(host);
        vec![self.let_go(host)]
    }

    /// Forgets what was asked of a host that is looked at no more by that name.
    fn let_go(&mut self, host: &HostId) -> Effect {
        self.logs.forget(host);
        self.files.forget(host);
        self.names.remove(host);
        self.jobs.abandon(host, self.now);
        Effect::Disconnect(host.clone())
    }

    /// Shows one host's objects alone, or those of all.
    pub fn show_host(&mut self, host: Option<HostId>) {
        if self.world.scope != host {
            self.world.scope = host;
            self.world.version += 1;
        }
    }

    /// Knows the hosts that there are, and connects those that are to be at the start.
    pub fn begin(&mut self, hosts: Vec<HostSpec>) -> Effects {
        let mut effects = Vec::new();
        for spec in hosts {
            let connect = spec.connect;
            effects.extend(self.know(spec, connect));
        }
        let scope = HostId::new(&self.settings.list.host);
        if self.world.hosts.contains_key(&scope) {
            self.show_host(Some(scope));
        }
        effects
    }

    /// Shows one host alone, connecting it first if need be.
    pub(super) fn show_alone(&mut self, host: &HostId) -> Effects {
        let effects = if self.world.hosts.contains_key(host) {
            Vec::new()
        } else {
            self.connect(host)
        };
        self.show_host(Some(host.clone()));
        effects
    }

    /// Knows a host that was asked for and connects it. Hosts that never answered give way where
    /// no other has: somebody who looks for another engine has given those up.
    pub(super) fn meet(&mut self, spec: HostSpec, connect: bool) -> Effects {
        let mut effects = Vec::new();
        if connect && !self.world.is_loaded() {
            effects.extend(self.give_up(&spec.id));
        }
        effects.extend(self.know(spec, connect));
        effects
    }

    /// Disconnects the hosts that never answered, but one.
    pub fn give_up(&mut self, but: &HostId) -> Effects {
        let hosts = self.world.hosts.iter();
        let mute = hosts.filter(|(id, host)| host.loaded.is_none() && *id != but);
        let mute: Vec<HostId> = mute.map(|(id, _)| id.clone()).collect();
        mute.iter().flat_map(|host| self.disconnect(host)).collect()
    }

    /// A host is known from now on, or known otherwise. A connected one is looked at anew where
    /// that makes a difference; `connect` begins to look at it in any case.
    pub(super) fn know(&mut self, spec: HostSpec, connect: bool) -> Effects {
        let host = spec.id.clone();
        let connected = self.world.hosts.contains_key(&host);
        let before = self.roster.get(&host).cloned();
        let differs = before.is_some_and(|before| before != spec);
        self.jobs.know(&spec);
        self.roster.put(spec);
        if connect && !connected || connected && differs {
            if self
                .world
                .scope
                .as_ref()
                .is_some_and(|scope| *scope != host)
            {
                self.show_host(None);
            }
            self.connect(&host)
        } else {
            Vec::new()
        }
    }

    /// The settings keep a host, in place of the one that was called `before`: it is known as they
    /// say from now on, and all that was of the former name is of the new one. A new host is
    /// connected where the settings want it, another one looked at anew where it was.
    pub(super) fn keep(
        &mut self,
        before: Option<&HostId>,
        settings: HostSettings,
        spec: HostSpec,
    ) -> Effects {
        let connected = match before {
            Some(before) => self.world.hosts.contains_key(before),
            None => settings.connect,
        };
        let host = spec.id.clone();
        let renamed = before.filter(|before| **before != host);
        let mut effects = match renamed {
            Some(before) => self.rename_host(before, &host),
            None => Vec::new(),
        };
        let named = before.unwrap_or(&host).as_str();
        let kept = &mut self.settings.hosts;
        kept.retain(|kept| kept.get_ref().name != named);
        kept.push(toml::Spanned::new(0..0, settings));
        if renamed.is_some() {
            // the engine knows it by its new name once it is connected anew
            self.jobs.know(&spec);
            self.roster.put(spec);
            if connected {
                effects.extend(self.connect(&host));
            }
        } else {
            effects.extend(self.meet(spec, connected));
        }
        effects
    }

    /// Gives a host another name: its rows, marks, folded groups and filters stay.
    fn rename_host(&mut self, before: &HostId, now: &HostId) -> Effects {
        let mut effects = Vec::new();
        if self.world.rename(before, now) {
            effects.push(self.let_go(before));
        }
        self.roster.rename(before, now);
        for list in self.lists.all_mut() {
            list.rename_host(before, now);
        }
        effects
    }

    /// A host is known no more.
    pub(super) fn unknow(&mut self, host: &HostId) -> Effects {
        let effects = self.disconnect(host);
        self.roster.remove(host);
        let kept = &mut self.settings.hosts;
        kept.retain(|kept| kept.get_ref().name != host.as_str());
        effects
    }

    /// The hosts whose objects show.
    pub fn hosts_in_scope(&self) -> Vec<HostId> {
        self.world.in_scope().map(|(id, _)| id.clone()).collect()
    }

    /// The host that what has no object of its own is about: that of the row under the cursor,
    /// else the first that shows.
    pub fn host_here(&self) -> Option<HostId> {
        let of_row = self.list().cursor.as_ref().map(|target| &target.host);
        let of_group = self.list().on_group.as_ref().map(|(host, _)| host);
        of_row
            .or(of_group)
            .filter(|host| self.world.hosts.contains_key(*host))
            .cloned()
            .or_else(|| self.hosts_in_scope().into_iter().next())
    }

    /// Whether changes on a host are refused.
    pub fn is_read_only(&self, host: &HostId) -> bool {
        self.settings.read_only || self.roster.is_read_only(host)
    }

    /// Whether one of some objects is on a protected host; without objects, whether the host here
    /// is one.
    pub fn is_protected(&self, targets: &[Ref]) -> bool {
        match targets {
            [] => self
                .host_here()
                .is_some_and(|host| self.roster.is_protected(&host)),
            targets => targets
                .iter()
                .any(|target| self.roster.is_protected(&target.host)),
        }
    }

    /// How the connection to a known host is, in words.
    pub fn host_state(&self, host: &HostId) -> String {
        let Some(known) = self.world.hosts.get(host) else {
            return "not connected".to_owned();
        };
        match &known.link {
            None | Some(Link::Connecting { .. }) => "connecting".to_owned(),
            Some(Link::Up { .. }) => match known.counts.running {
                _ if known.loaded.is_none() => "answers".to_owned(),
                running => {
                    let late = |by| format!(" {} late,", units::latency(by));
                    let late = known.late().map_or_else(String::new, late);
                    format!("live,{late} {running} running")
                }
            },
            Some(Link::Down { since, retry, .. }) => {
                let word = if since.is_some() { "lost" } else { "no engine" };
                let left = retry.since(self.now).as_secs();
                format!("{word}, next try in {left}s")
            }
        }
    }

    /// What the settings file says of a host, for a form that changes it. A host that is known
    /// from elsewhere is given its address.
    pub fn host_settings(&self, host: &HostId) -> HostSettings {
        let mut kept = self.settings.hosts.iter().map(toml::Spanned::get_ref);
        if let Some(kept) = kept.find(|kept| kept.name == host.as_str()) {
            return kept.clone();
        }
        let Some(spec) = self.roster.get(host) else {
            return HostSettings::default();
        };
        HostSettings {
            name: host.as_str().to_owned(),
            address: match spec.candidates.first().map(|first| &first.source) {
                Some(Source::Context(name)) => format!("{CONTEXT}{name}"),
                _ => spec.place().to_owned(),
            },
            tls: String::new(),
            colour: spec.colour.clone().unwrap_or_default(),
            labels: spec.labels.clone(),
            read_only: spec.read_only,
            protect: spec.protect,
            connect: true,
        }
    }
}
