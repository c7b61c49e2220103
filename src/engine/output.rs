//! A command in a container without the terminal: what it writes comes as lines, in bounded pieces,
//! and when nobody takes them the command waits.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::basket::Basket;
use super::clock;
use super::error::Error;
use super::exec;
use super::splitter::{Piece, Splitter};
use super::transport::Api;
use crate::model::log::{Chunk, Stream};
use crate::protocol::{Exec, JobId, LogPage, Notice, Reply};

/// Where a job's output goes.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) job: JobId,
    pub(crate) lines: mpsc::Sender<Notice>,
    /// The person gives the job up.
    pub(crate) cancel: CancellationToken,
}

impl Sink {
    /// Sends lines.
    pub(crate) async fn tell(&self, chunk: Arc<Chunk>) {
        // nobody listens when the program ends
        let _ = self
            .lines
            .send(Notice::Output(self.job, LogPage(chunk)))
            .await;
    }

    /// Sends a line of this program's own.
    pub(crate) async fn say(&self, line: &str) {
        let mut cutter = Cutter::default();
        // beside what runs writes itself
        cutter.feed(Stream::Err, line.as_bytes());
        cutter.finish();
        while let Some(chunk) = cutter.take(false) {
            self.tell(chunk).await;
        }
    }

    /// Tells how many bytes went by, of how many. A loop that is busy hears of a later count.
    pub(crate) fn went(&self, (done, total): (u64, u64)) {
        let job = self.job;
        let _ = self.lines.try_send(Notice::Progress { job, done, total });
    }

    /// Sends what is sealed. False when nobody listens any more.
    async fn send(&self, basket: &mut Basket) -> bool {
        while let Some(chunk) = basket.sealed.pop_front() {
            let notice = Notice::Output(self.job, LogPage(chunk));
            if self.lines.send(notice).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// Cuts what a program of this machine writes into lines, as what a container's command writes is.
#[derive(Default)]
pub struct Cutter {
    lines: [Half; 2],
    basket: Basket,
}

/// One of a program's two streams.
struct Half(Splitter);

impl Default for Half {
    fn default() -> Self {
        Self(Splitter::live(true))
    }
}

impl Cutter {
    /// Takes bytes of standard output, or of standard error.
    pub fn feed(&mut self, stream: Stream, bytes: &[u8]) {
        let Self { lines, basket } = self;
        let half = &mut lines[usize::from(stream == Stream::Err)].0;
        half.now(clock::now().0.saturating_mul(1_000_000));
        // bytes of a terminal have no frames that could be wrong
        let _ = half.feed(bytes, &mut |piece| basket.put(&Piece { stream, ..*piece }));
    }

    /// Both streams ended: a last line without a line break is a line.
    pub fn finish(&mut self) {
        let Self { lines, basket } = self;
        for (half, stream) in lines.iter_mut().zip([Stream::Out, Stream::Err]) {
            half.0
                .finish(&mut |piece| basket.put(&Piece { stream, ..*piece }));
        }
        basket.seal();
    }

    /// When lines have waited long enough.
    pub fn due(&mut self) -> Option<Instant> {
        self.basket.due()
    }

    /// Lines that are ready; with `all`, those that wait too.
    pub fn take(&mut self, all: bool) -> Option<Arc<Chunk>> {
        if all {
            self.basket.seal();
        }
        self.basket.sealed.pop_front()
    }
}

/// Passes on what is written until the stream ends, or the job is given up.
pub(crate) async fn pass(
    mut stream: impl AsyncRead + Unpin,
    tty: bool,
    sink: &Sink,
) -> Result<(), Error> {
    let mut splitter = Splitter::live(tty);
    let mut basket = Basket::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let due = basket.due();
        let count = tokio::select! {
            count = stream.read(&mut buffer) => count?,
            () = sink.cancel.cancelled() => return Err(Error::Cancelled),
            () = sleep_until(due.unwrap_or_else(clock::instant)), if due.is_some() => {
                basket.seal();
                if !sink.send(&mut basket).await {
                    return Err(Error::Cancelled);
                }
                continue;
            }
        };
        splitter.now(clock::now().0.saturating_mul(1_000_000));
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        splitter.feed(bytes, &mut |piece| basket.put(piece))?;
        if !sink.send(&mut basket).await {
            return Err(Error::Cancelled);
        }
    }
    splitter.finish(&mut |piece| basket.put(piece));
    basket.seal();
    sink.send(&mut basket).await;
    Ok(())
}

/// Runs a command until it ends, and tells its exit code.
pub(crate) async fn run(api: &Api, exec: &Exec, sink: &Sink) -> Result<Reply, Error> {
    let (session, stream) = exec::start(api, exec).await?;
    let passed = pass(stream, false, sink).await;
    if sink.cancel.is_cancelled() {
        return Err(Error::Ended(exec::end(api, &exec.id, &session).await));
    }
    passed?;
    let command = exec.command.clone();
    match exec::exit_code(api, &session).await? {
        Some(code) => Ok(Reply::Exited { command, code }),
        // its output was closed and it runs on
        None => Ok(Reply::Detached),
    }
}
