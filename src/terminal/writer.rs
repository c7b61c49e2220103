//! The thread that writes frames, so that a terminal that stands still never stops the loop.
//! It writes what it is given, in order, and invents nothing.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::Notify;

use super::{Taken, system};

/// Pieces that may wait: one frame, and copies to the clipboard beside it.
const QUEUE: usize = 4;
/// Pieces beside the frame, for which there is always room so.
const OTHERS: usize = QUEUE - 1;
/// How long leaving waits for a frame to get through.
const PATIENCE: Duration = Duration::from_millis(500);

enum Job {
    Frame(Vec<u8>),
    Other(Vec<u8>),
    Barrier(SyncSender<()>),
}

#[derive(Default)]
struct Shared {
    /// A frame has been given and is not written yet.
    busy: AtomicBool,
    /// Other pieces that were given and are not written yet.
    others: AtomicUsize,
    written: AtomicU64,
    gone: OnceLock<io::ErrorKind>,
    drained: Notify,
}

/// The loop's end of the writer thread.
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts a thread that writes to standard output while the terminal is held.
    pub(super) fn start(taken: &Taken) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (jobs, queue) = sync_channel(QUEUE);
        let (theirs, taken) = (Arc::clone(&shared), taken.clone());
        let thread = std::thread::Builder::new()
            .name("terminal-writer".into())
            .spawn(move || run(&queue, &theirs, &taken))?;
        Ok(Self {
            jobs: Some(jobs),
            shared,
            thread: Some(thread),
        })
    }

    /// Whether a frame may be given: the last one is written.
    pub(super) fn ready(&self) -> bool {
        !self.shared.busy.load(Ordering::SeqCst)
    }

    /// Waits until the last frame is written, or the terminal is gone.
    pub(super) async fn drained(&self) {
        loop {
            let notified = self.shared.drained.notified();
            if self.ready() {
                return;
            }
            notified.await;
        }
    }

    /// Bytes written so far.
    pub(super) fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Relaxed)
    }

    /// An error if the terminal is gone.
    pub(super) fn check(&self) -> io::Result<()> {
        match self.shared.gone.get() {
            Some(kind) => Err((*kind).into()),
            None => Ok(()),
        }
    }

    /// Gives a frame. Only when [`Writer::ready`].
    pub(super) fn frame(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.shared.busy.store(true, Ordering::SeqCst);
        self.give(Job::Frame(bytes))
    }

    /// Gives something beside the frames.
    pub(super) fn other(&self, bytes: Vec<u8>) -> io::Result<()> {
        if self.shared.others.load(Ordering::SeqCst) >= OTHERS {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.shared.others.fetch_add(1, Ordering::SeqCst);
        let given = self.give(Job::Other(bytes));
        if given.is_err() {
            self.shared.others.fetch_sub(1, Ordering::SeqCst);
        }
        given
    }

    fn give(&self, job: Job) -> io::Result<()> {
        self.check()?;
        let jobs = self.jobs.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => io::ErrorKind::WouldBlock.into(),
            TrySendError::Disconnected(_) => io::ErrorKind::BrokenPipe.into(),
        })
    }

    /// Waits until all that was given is written; half a second at most, so that a terminal that
    /// stands still does not keep the program from leaving.
    pub(super) fn settle(&self) {
        let (done, wait) = sync_channel(1);
        if self.give(Job::Barrier(done)).is_ok() {
            let _ = wait.recv_timeout(PATIENCE);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        // A thread that hangs in a write is left to the end of the process.
        if self.ready()
            && self.shared.others.load(Ordering::SeqCst) == 0
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Ends the program should the writer panic: a screen that never changes again says nothing.
struct Watched<'a>(&'a Shared);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.gone.set(io::ErrorKind::Other);
            self.0.busy.store(false, Ordering::SeqCst);
            self.0.drained.notify_waiters();
        }
    }
}

fn run(queue: &Receiver<Job>, shared: &Shared, taken: &Taken) {
    let _watched = Watched(shared);
    while let Ok(job) = queue.recv() {
        let (bytes, is_frame) = match job {
            Job::Barrier(done) => {
                let _ = done.try_send(());
                continue;
            }
            Job::Frame(bytes) => (bytes, true),
            Job::Other(bytes) => (bytes, false),
        };
        let result = system::write(&bytes, &|| taken.is_held());
        match result {
            Ok(()) => {
                let count = bytes.len() as u64;
                shared.written.fetch_add(count, Ordering::Relaxed);
            }
            Err(error) => {
                let _ = shared.gone.set(error.kind());
            }
        }
        if is_frame {
            shared.busy.store(false, Ordering::SeqCst);
        } else {
            shared.others.fetch_sub(1, Ordering::SeqCst);
        }
        shared.drained.notify_waiters();
    }
}
