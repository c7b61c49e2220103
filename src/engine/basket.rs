//! Lines on their way into sealed chunks: they wait for each other a moment, so that few small
//! chunks are sent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::clock;
use super::splitter::Piece;
use crate::model::log::Chunk;

/// How long lines wait for company before they are shown.
const SEAL: Duration = Duration::from_millis(50);

/// Lines on their way into chunks.
#[derive(Default)]
pub(crate) struct Basket {
    open: Chunk,
    /// Full chunks, oldest first.
    pub(crate) sealed: VecDeque<Arc<Chunk>>,
    since: Option<Instant>,
}

impl Basket {
    /// Adds a line.
    pub(crate) fn put(&mut self, cut: &Piece<'_>) {
        self.open
            .push(cut.text, cut.time, cut.stream, cut.cut, cut.spans);
        if self.open.is_full() {
            self.seal();
        }
    }

    /// Seals what has been collected.
    pub(crate) fn seal(&mut self) {
        self.since = None;
        if !self.open.is_empty() {
            self.sealed.push_back(std::mem::take(&mut self.open).seal());
        }
    }

    /// When the open chunk has waited long enough.
    pub(crate) fn due(&mut self) -> Option<Instant> {
        if self.open.is_empty() {
            return None;
        }
        Some(*self.since.get_or_insert_with(|| clock::instant() + SEAL))
    }
}
