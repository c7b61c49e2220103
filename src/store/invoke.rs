//! How an action is done: refused with a reason, asked for what is missing, asked whether it is
//! meant, or done.

use std::collections::BTreeSet;

use super::Store;
use super::actions::{Action, Availability, Call, Danger};
use super::dialogs;
use super::message::Effects;
use super::overlay::Confirm;
use crate::model::{HostId, Ref};

impl Store {
    /// Whether whatever changes something is refused on every host.
    pub fn read_only(&self) -> bool {
        self.settings.read_only
    }

    /// Whether an action makes sense for some objects now.
    pub fn offers(&self, action: &Action, targets: &[Ref]) -> Availability {
        if action.changes {
            let hosts = self.hosts_of(targets);
            let refused = hosts.iter().filter(|host| self.is_read_only(host));
            match refused.count() {
                _ if self.read_only() => return Availability::Hidden,
                0 => {}
                count if count == hosts.len() => return Availability::Hidden,
                _ => return Availability::No("some of them are on a read-only host".to_owned()),
            }
        }
        let kind = action.scope.kind();
        if action.targets && !targets.iter().any(|target| target.kind == kind) {
            return Availability::No(format!("no {} is selected", kind.word()));
        }
        (action.offered)(self, targets)
    }

    /// Does an action: refuses it with a reason, asks for what is missing, asks whether it is
    /// meant, or does it.
    pub fn invoke(&mut self, action: &'static Action, mut call: Call) -> Effects {
        if action.targets && call.targets.is_empty() {
            call.targets = self.targets();
            call.targets
                .retain(|target| target.kind == action.scope.kind());
        }
        if action.changes
            && let Some(refusal) = self.refusal(action, &call.targets)
        {
            self.toasts.explain(refusal, self.now);
            return Vec::new();
        }
        match self.offers(action, &call.targets) {
            Availability::Yes => {}
            Availability::Hidden => return Vec::new(),
            Availability::No(reason) => {
                self.toasts
                    .explain(format!("{}: {reason}", action.label), self.now);
                return Vec::new();
            }
        }
        if let Some(arg) = action.args.get(call.words.len()).filter(|arg| arg.needed) {
            self.ask_for(action, arg, call);
            return Vec::new();
        }
        if !call.confirmed
            && let Some(question) = self.question(action, &call)
        {
            self.ask(question);
            return Vec::new();
        }
        (action.run)(self, &call)
    }

    /// What is asked before an action: what its row asks, and on a protected host something in
    /// any case.
    fn question(&self, action: &'static Action, call: &Call) -> Option<Confirm> {
        let own = match action.danger {
            Danger::None => None,
            Danger::Ask | Danger::Type => (action.question)(action, self, call),
        };
        let guarded = action.changes && !action.looks_first && self.is_protected(&call.targets);
        own.or_else(|| guarded.then(|| dialogs::change(action, self, call)))
    }

    /// Why a change is refused: it is read-only, all of it or on a host.
    fn refusal(&self, action: &Action, targets: &[Ref]) -> Option<String> {
        let what = action.label.to_lowercase();
        if self.read_only() {
            return Some(format!("read-only: {what} is refused"));
        }
        let hosts = self.hosts_of(targets);
        let host = hosts.iter().find(|host| self.is_read_only(host))?;
        Some(format!("read-only: {what} is refused on {host}"))
    }

    /// The hosts of some objects; without objects, the host here.
    fn hosts_of(&self, targets: &[Ref]) -> Vec<HostId> {
        let hosts: BTreeSet<HostId> = targets.iter().map(|target| target.host.clone()).collect();
        if hosts.is_empty() {
            return self.host_here().into_iter().collect();
        }
        hosts.into_iter().collect()
    }
}
