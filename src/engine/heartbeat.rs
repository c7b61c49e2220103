//! When an engine is asked whether it is there, and what the answers come to: a silent one after a
//! while, one that a request waits for at once, one that answered late again soon.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::host::Pulse;

/// How often a silent engine is asked whether it is there.
const PING: Duration = Duration::from_secs(30);
/// How long it may take to say so.
pub(crate) const PONG: Duration = Duration::from_secs(2);
/// When after the first list it is asked how fast it answers.
const MEASURE: Duration = Duration::from_secs(2);
/// When it is asked again after a late answer, which may have been that of a moment.
const SOON: Duration = Duration::from_secs(10);

/// The pings of one connection.
pub(crate) struct Heartbeat {
    next: Instant,
    /// Whether the last answer came late.
    late: bool,
    trust: Trust,
}

/// What the last ping came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// It was answered, or none was needed yet.
    Sure,
    /// It is under way.
    Asked,
    /// It was not answered; the next decides.
    Missed,
}

impl Heartbeat {
    /// Of an engine that has just greeted.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            next: now + PING,
            late: false,
            trust: Trust::Sure,
        }
    }

    /// When the next ping is due.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Whether a ping is due. It is taken to be sent then.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        if self.next > now {
            return false;
        }
        self.next = now + PING;
        if self.trust == Trust::Sure {
            self.trust = Trust::Asked;
        }
        true
    }

    /// The engine says something: it need not be asked whether it is there, only whether it still
    /// is late.
    pub(crate) fn speaks(&mut self, now: Instant) {
        if !self.late {
            self.next = now + PING;
        }
    }

    /// The first list is there: how fast it answers is worth knowing.
    pub(crate) fn measure(&mut self, now: Instant) {
        self.next = now + MEASURE;
    }

    /// A request waits for long: a ping tells a slow answer from an engine that hangs.
    pub(crate) fn doubt(&mut self, now: Instant) {
        if self.trust == Trust::Sure {
            self.next = now;
        }
    }

    /// A ping was answered.
    pub(crate) fn answered(&mut self, pulse: &Pulse, now: Instant) {
        self.trust = Trust::Sure;
        self.late = pulse.is_late(self.late);
        if self.late {
            self.next = now + SOON;
        }
    }

    /// A ping was not answered in time. Whether it was the second: the engine is lost.
    pub(crate) fn missed(&mut self, now: Instant) -> bool {
        if self.trust == Trust::Missed {
            return true;
        }
        // one more chance, soon
        self.trust = Trust::Missed;
        self.next = now + PONG;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(millis: u64) -> Pulse {
        Pulse {
            latency: Duration::from_millis(millis),
            skew: None,
        }
    }

    #[test]
    fn a_late_engine_is_measured_again_though_it_speaks() {
        let now = Instant::now();
        let mut heartbeat = Heartbeat::new(now);
        heartbeat.measure(now);
        assert!(!heartbeat.is_due(now) && heartbeat.is_due(now + MEASURE));
        heartbeat.answered(&pulse(210), now);
        heartbeat.speaks(now + SOON / 2);
        assert_eq!(heartbeat.next(), now + SOON);
        // one that is late is asked soon for as long as it is called so
        heartbeat.answered(&pulse(90), now + SOON);
        heartbeat.speaks(now + SOON);
        assert_eq!(heartbeat.next(), now + SOON + SOON);
        heartbeat.answered(&pulse(3), now + SOON);
        heartbeat.speaks(now + SOON);
        assert_eq!(heartbeat.next(), now + SOON + PING);
    }

    #[test]
    fn an_engine_is_lost_with_the_second_ping_that_it_misses() {
        let now = Instant::now();
        let mut heartbeat = Heartbeat::new(now);
        heartbeat.doubt(now);
        assert!(heartbeat.is_due(now) && !heartbeat.missed(now + PONG));
        // a request that waits asks no third time meanwhile
        heartbeat.doubt(now + PONG);
        assert_eq!(heartbeat.next(), now + 2 * PONG);
        assert!(heartbeat.is_due(now + 2 * PONG) && heartbeat.missed(now + 3 * PONG));
    }
}
