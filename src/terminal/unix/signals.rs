//! Signals as a stream of words. What follows from one is the loop's business.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::terminal::Signal;

/// Ends the process when the terminal is gone and the loop has not done so by itself in time:
/// crossterm never comes back from reading a terminal that has reached its end, and the thread
/// that reads is the loop's own. Needs a tokio runtime with threads beside the loop's.
pub fn end_after_hangup(patience: Duration) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        if hangup.recv().await.is_some() {
            tokio::time::sleep(patience).await;
            // nobody is left to be told, and no terminal to be restored
            std::process::exit(0);
        }
    });
    Ok(())
}

/// All of them.
#[derive(Debug)]
pub struct Signals {
    terminate: Stream,
    hangup: Stream,
    interrupt: Stream,
    quit: Stream,
    resume: Stream,
}

impl Signals {
    /// Begins to listen. Needs a tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// Waits for an interrupt. May be dropped and called again.
    pub(in crate::terminal) async fn interrupted(&mut self) {
        tokio::select! {
            Some(()) = self.interrupt.recv() => {}
            Some(()) = self.quit.recv() => {}
            else => std::future::pending().await,
        }
    }

    /// Waits for the next one. May be dropped and called again.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            Some(()) = self.terminate.recv() => Signal::Terminate,
            Some(()) = self.hangup.recv() => Signal::Hangup,
            Some(()) = self.interrupt.recv() => Signal::Interrupt,
            Some(()) = self.quit.recv() => Signal::Interrupt,
            Some(()) = self.resume.recv() => Signal::Continue,
            else => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{getpid, kill_process};

    #[tokio::test]
    async fn signals_come_as_words() {
        let mut signals = Signals::listen().unwrap();
        for (sent, heard) in [
            (rustix::process::Signal::HUP, Signal::Hangup),
            (rustix::process::Signal::CONT, Signal::Continue),
            (rustix::process::Signal::TERM, Signal::Terminate),
            (rustix::process::Signal::QUIT, Signal::Interrupt),
        ] {
            kill_process(getpid(), sent).unwrap();
            assert_eq!(signals.next().await, heard);
        }
        // those that are meant for another program; in this test, since signals go to the process
        kill_process(getpid(), rustix::process::Signal::INT).unwrap();
        signals.forget_interrupts().await;
        kill_process(getpid(), rustix::process::Signal::CONT).unwrap();
        assert_eq!(signals.next().await, Signal::Continue);
    }
}
