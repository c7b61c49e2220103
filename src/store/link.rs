//! What a host tells of the way to it: whether it answers, how late, and what the doctor found.

use std::time::Duration;

use super::world::Host;
use crate::model::Link;
use crate::model::host::{Check, Pulse, Verdict};

impl Host {
    /// Whether its engine answers.
    pub fn is_up(&self) -> bool {
        self.link.as_ref().is_some_and(Link::is_up)
    }

    /// How late it answers: what shows of it is that old. None where it is not worth saying.
    pub fn late(&self) -> Option<Duration> {
        let pulse = self.pulse.filter(|_| self.late && self.is_up());
        pulse.map(|pulse| pulse.latency)
    }

    /// The connection is in another state.
    pub(super) fn learn_link(&mut self, link: Link) {
        if let Link::Down {
            attempts, since, ..
        } = &link
        {
            let problem = attempts.last().map(|attempt| attempt.problem.clone());
            self.lost = Some((*since, problem));
        }
        if link.is_up() {
            self.lost = None;
            self.tried.clear();
            self.unsampled.clear();
            self.trouble = None;
            self.late = false;
        }
        if let Link::Connecting { .. } = link {
            self.tried.clear();
        }
        self.link = Some(link);
    }

    /// A ping was answered. Whether it is late now and was not, or the other way round.
    pub(super) fn learn_pulse(&mut self, pulse: Pulse) -> bool {
        let late = pulse.is_late(self.late);
        self.pulse = Some(pulse);
        std::mem::replace(&mut self.late, late) != late
    }

    /// The doctor found something at a step; the first step begins anew.
    pub(super) fn learn_finding(&mut self, check: Check, verdict: Verdict) {
        if self.findings.last().is_some_and(|(last, _)| *last >= check) {
            self.findings.clear();
        }
        self.findings.push((check, verdict));
    }
}
