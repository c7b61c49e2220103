//! The terminal in another program's hands: every byte typed goes to it unread, every byte that
//! it writes goes out unchanged. Nothing is kept and no key is taken that comes after the end.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle as Task;
use tokio_util::sync::CancellationToken;

use super::write_to;
use crate::terminal::TtyInput;

/// Pieces that may wait in either direction; then the sender waits.
const QUEUE: usize = 64;
/// Bytes read at once.
const PIECE: usize = 4096;
/// How long the end waits for the last output to get through.
const PATIENCE: Duration = Duration::from_millis(500);

/// The terminal, lent. The screen must have been lent and its inputs closed before.
pub struct Tty {
    stop: OwnedFd,
    ending: CancellationToken,
    writes: Arc<AtomicBool>,
    reader: JoinHandle<()>,
    tasks: [Task<()>; 2],
}

impl Tty {
    /// Begins. Needs a tokio runtime, and the terminal raw; in its usual state, input comes by the
    /// line.
    pub fn start() -> io::Result<(Self, Receiver<TtyInput>, Sender<Bytes>)> {
        let stdin = io::stdin();
        let source: OwnedFd = if stdin.is_terminal() {
            stdin.as_fd().try_clone_to_owned()?
        } else {
            File::open("/dev/tty")?.into()
        };
        let target = io::stdout().as_fd().try_clone_to_owned()?;
        Self::over(source, target)
    }

    fn over(
        source: OwnedFd,
        target: OwnedFd,
    ) -> io::Result<(Self, Receiver<TtyInput>, Sender<Bytes>)> {
        let (heard, inputs) = channel(QUEUE);
        let (outputs, written) = channel(QUEUE);
        let (stopped, stop) = rustix::pipe::pipe()?;
        let ending = CancellationToken::new();
        let writes = Arc::new(AtomicBool::new(true));
        let mut sizes = signal(SignalKind::window_change())?;
        let typed = heard.clone();
        let reader = std::thread::Builder::new()
            .name("terminal-reader".into())
            .spawn(move || read(&source, &stopped, &typed))?;
        let until = ending.clone();
        let resizes = tokio::spawn(async move {
            let forward = async {
                while sizes.recv().await.is_some() {
                    if heard
                        .send(TtyInput::Resize(crate::terminal::size()))
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
            };
            until.run_until_cancelled(forward).await;
        });
        let output = tokio::spawn(write(
            written,
            Arc::new(target),
            ending.clone(),
            Arc::clone(&writes),
        ));
        let tty = Self {
            stop,
            ending,
            writes,
            reader,
            tasks: [resizes, output],
        };
        Ok((tty, inputs, outputs))
    }

    /// Ends it: what was given out is written, what is typed from now on is nobody's until the
    /// next reader. Waits for all of it, but half a second at most for a terminal that stands
    /// still.
    pub async fn stop(self) {
        self.ending.cancel();
        // closing the pipe wakes the reader
        drop(self.stop);
        let reader = self.reader;
        let joined = tokio::task::spawn_blocking(move || {
            // a reader that panicked has said so itself
            let _ = reader.join();
        });
        let _ = joined.await;
        for task in self.tasks {
            let abort = task.abort_handle();
            if tokio::time::timeout(PATIENCE, task).await.is_err() {
                self.writes.store(false, Ordering::SeqCst);
                abort.abort();
            }
        }
    }
}

/// Reads until the other end of `stopped` is closed. It never reads without having been told that
/// there is something and that it should go on, so it takes no key that comes later.
fn read(source: &OwnedFd, stopped: &OwnedFd, typed: &Sender<TtyInput>) {
    let mut piece = vec![0; PIECE];
    loop {
        if !wait(source, stopped) {
            return;
        }
        let count = match rustix::io::read(source, &mut piece) {
            Err(Errno::INTR | Errno::AGAIN) => continue,
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        let mut bytes = TtyInput::Bytes(piece.get(..count).unwrap_or_default().to_vec());
        loop {
            match typed.try_send(bytes) {
                Ok(()) => break,
                Err(TrySendError::Closed(_)) => return,
                Err(TrySendError::Full(back)) => bytes = back,
            }
            let short = Timespec {
                tv_sec: 0,
                tv_nsec: 10_000_000,
            };
            let mut ends = [PollFd::new(stopped, PollFlags::IN)];
            if matches!(poll(&mut ends, Some(&short)), Ok(1..)) {
                return;
            }
        }
    }
}

/// Whether there is something to read; false when it should stop.
fn wait(source: &OwnedFd, stopped: &OwnedFd) -> bool {
    loop {
        let mut ends = [
            PollFd::new(stopped, PollFlags::IN),
            PollFd::new(source, PollFlags::IN),
        ];
        match poll(&mut ends, None) {
            Err(Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => {
                let [stop, source] = ends.map(|end| !end.revents().is_empty());
                if stop || source {
                    return !stop;
                }
            }
        }
    }
}

/// Writes what comes, until all senders are gone or the end is called; what had been given by
/// then is still written.
async fn write(
    mut written: Receiver<Bytes>,
    target: Arc<OwnedFd>,
    ending: CancellationToken,
    writes: Arc<AtomicBool>,
) {
    let mut pieces = Vec::new();
    loop {
        let more = written.recv_many(&mut pieces, QUEUE);
        let count = if let Some(count) = ending.run_until_cancelled(more).await {
            count
        } else {
            written.close();
            written.recv_many(&mut pieces, QUEUE).await
        };
        if count == 0 {
            return;
        }
        let bytes = pieces.concat();
        pieces.clear();
        let (target, writes) = (Arc::clone(&target), Arc::clone(&writes));
        // a write to a terminal that stands still must not hold a worker of the runtime
        let done = tokio::task::spawn_blocking(move || {
            write_to(target.as_fd(), &bytes, &|| writes.load(Ordering::SeqCst))
        });
        if !matches!(done.await, Ok(Ok(()))) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_pass_both_ways_and_none_is_taken_after_the_end() {
        let (source, typing) = rustix::pipe::pipe().unwrap();
        let (screen, target) = rustix::pipe::pipe().unwrap();
        let later = source.try_clone().unwrap();
        let (tty, mut inputs, outputs) = Tty::over(source, target).unwrap();
        rustix::io::write(&typing, b"ls\r\x03").unwrap();
        assert_eq!(
            inputs.recv().await,
            Some(TtyInput::Bytes(b"ls\r\x03".to_vec()))
        );
        outputs
            .send(Bytes::from_static(b"\x1b[1mweb"))
            .await
            .unwrap();
        outputs.send(Bytes::from_static(b"\r\n")).await.unwrap();
        tty.stop().await;
        let mut shown = [0; 64];
        let count = rustix::io::read(&screen, &mut shown).unwrap();
        assert_eq!(&shown[..count], b"\x1b[1mweb\r\n");
        rustix::io::write(&typing, b"q").unwrap();
        let mut left = [0; 8];
        assert_eq!(rustix::io::read(&later, &mut left).unwrap(), 1);
        assert!(outputs.send(Bytes::from_static(b"late")).await.is_err());
    }

    #[tokio::test]
    async fn it_ends_with_its_queue_full() {
        let (source, typing) = rustix::pipe::pipe().unwrap();
        let (_screen, target) = rustix::pipe::pipe().unwrap();
        let (tty, inputs, _outputs) = Tty::over(source, target).unwrap();
        for _ in 0..QUEUE * 2 {
            rustix::io::write(&typing, b"x").unwrap();
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        let ended = tokio::time::timeout(Duration::from_secs(2), tty.stop()).await;
        assert!(ended.is_ok());
        drop(inputs);
    }
}
