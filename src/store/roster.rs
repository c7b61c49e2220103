//! Which hosts are known, connected or not, and what the person has said of them.

use crate::model::{HostId, HostSpec};

/// The known hosts, in the order of their sources.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    hosts: Vec<HostSpec>,
}

impl Roster {
    /// No hosts.
    pub const fn new() -> Self {
        Self { hosts: Vec::new() }
    }

    /// Every known host.
    pub fn iter(&self) -> impl Iterator<Item = &HostSpec> {
        self.hosts.iter()
    }

    /// A host by its name.
    pub fn get(&self, host: &HostId) -> Option<&HostSpec> {
        self.named(host.as_str())
    }

    /// A host by its name as typed.
    pub fn named(&self, name: &str) -> Option<&HostSpec> {
        self.hosts.iter().find(|spec| spec.id.as_str() == name)
    }

    /// Knows a host, in place of what was known of it.
    pub fn put(&mut self, spec: HostSpec) {
        match self.hosts.iter_mut().find(|known| known.id == spec.id) {
            Some(known) => *known = spec,
            None => self.hosts.push(spec),
        }
    }

    /// Knows a host by another name; one that had it gives way.
    pub fn rename(&mut self, before: &HostId, now: &HostId) {
        self.remove(now);
        if let Some(spec) = self.hosts.iter_mut().find(|spec| spec.id == *before) {
            spec.id = now.clone();
        }
    }

    /// Knows a host no more.
    pub fn remove(&mut self, host: &HostId) {
        self.hosts.retain(|spec| spec.id != *host);
    }

    /// Whether changes on a host ask first, and harmful ones for the typed name.
    pub fn is_protected(&self, host: &HostId) -> bool {
        self.get(host).is_some_and(|spec| spec.protect)
    }

    /// Whether changes on a host are refused.
    pub fn is_read_only(&self, host: &HostId) -> bool {
        self.get(host).is_some_and(|spec| spec.read_only)
    }
}
