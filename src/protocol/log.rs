//! What is told of a container's log.

use std::sync::Arc;

use crate::model::Problem;
use crate::model::log::Chunk;

/// What became of an open log.
#[derive(Clone, Debug)]
pub enum LogFact {
    /// A new reading begins: what was held is void. A reading that goes on after a break does not
    /// say this.
    Opened,
    /// Lines, in order.
    Lines(Arc<Chunk>),
    /// All that the log holds now has been read. Told again after each start: what comes from now
    /// on is live.
    CaughtUp,
    /// The container does not run: no more lines until it starts.
    Ended,
    /// It cannot be read.
    Failed(Problem),
}

impl PartialEq for LogFact {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Lines(a), Self::Lines(b)) => Arc::ptr_eq(a, b),
            (Self::Opened, Self::Opened)
            | (Self::CaughtUp, Self::CaughtUp)
            | (Self::Ended, Self::Ended) => true,
            (Self::Failed(a), Self::Failed(b)) => a == b,
            (Self::Opened | Self::Lines(_) | Self::CaughtUp | Self::Ended | Self::Failed(_), _) => {
                false
            }
        }
    }
}

/// A chunk of lines, compared by identity.
#[derive(Clone, Debug)]
pub struct LogPage(pub Arc<Chunk>);

impl PartialEq for LogPage {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
