//! What a simulated engine was asked: the figures that benches and tests read.
//!
//! Must only count.

use std::collections::BTreeMap;

use serde::Serialize;

/// Figures of a simulated engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Requests answered, those to `/_demo` left out.
    pub requests: u64,
    /// Requests by route: `GET /containers/{id}/json`.
    pub by_route: BTreeMap<String, u64>,
    /// Bytes written to all clients.
    pub bytes_out: u64,
    /// Streams (events, stats, logs, exec) open at present.
    pub streams_open: u64,
    /// Connections open at present.
    pub connections_open: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Events that happened.
    pub events: u64,
}

impl Counters {
    /// Counts one request.
    pub(super) fn count(&mut self, route: &str) {
        self.requests += 1;
        match self.by_route.get_mut(route) {
            Some(count) => *count += 1,
            None => {
                self.by_route.insert(route.to_owned(), 1);
            }
        }
    }
}
