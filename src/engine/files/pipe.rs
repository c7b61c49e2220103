//! An answer's body as something to read on another thread. Memory is bounded by the channel's few
//! pieces; when one side goes away, the other ends.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::Progress;

/// Pieces on their way: of up to a few hundred KiB each.
const PIECES: usize = 8;
/// Bytes that stand between two files of an archive: headers, long names. More is hostile.
const BETWEEN: u64 = 1 << 20;

enum Piece {
    Data(Bytes),
    /// The whole body has come: an end without this is a break.
    End,
}

/// The reading side.
pub(super) struct Pipe {
    pieces: mpsc::Receiver<Piece>,
    now: Bytes,
    ended: bool,
    progress: Arc<Progress>,
    allowance: Allowance,
}

/// Bytes that may still be read before somebody says that more are wanted: the archive's reader
/// would hold a name of any length.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    /// What comes next is the rest of a file of this size, and the next one's header.
    pub(super) fn header_after(&self, size: u64) {
        let rounded = size.saturating_add(1024);
        self.0
            .store(rounded.saturating_add(BETWEEN), Ordering::Relaxed);
    }

    pub(super) fn take(&self, bytes: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        self.0
            .store(left.saturating_sub(bytes as u64), Ordering::Relaxed);
        left >= bytes as u64
    }
}

/// Reads a body into a pipe; the task ends with its handle.
pub(super) fn pipe(
    mut body: Incoming,
    progress: &Arc<Progress>,
) -> (Pipe, Allowance, AbortOnDropHandle<()>) {
    let (sender, pieces) = mpsc::channel(PIECES);
    let pump = tokio::spawn(async move {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return };
            if let Ok(data) = frame.into_data()
                && sender.send(Piece::Data(data)).await.is_err()
            {
                return;
            }
        }
        let _ = sender.send(Piece::End).await;
    });
    let allowance = Allowance::default();
    allowance.header_after(0);
    let pipe = Pipe {
        pieces,
        now: Bytes::new(),
        ended: false,
        progress: Arc::clone(progress),
        allowance: allowance.clone(),
    };
    (pipe, allowance, AbortOnDropHandle::new(pump))
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Data(data)) => self.now = data,
                Some(Piece::End) => self.ended = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let count = self.now.len().min(into.len());
        self.now.copy_to_slice(&mut into[..count]);
        if !self.allowance.take(count) {
            return Err(io::Error::other("a name in the archive has no end"));
        }
        self.progress.add(count);
        Ok(count)
    }
}
