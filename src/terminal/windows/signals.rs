//! What Windows tells a console's program, as a stream of words. What follows from one is the
//! loop's business.

use std::io;
use std::time::Duration;

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
    ctrl_logoff, ctrl_shutdown,
};

use crate::terminal::Signal;

/// Ends the process when the console is closed and the loop has not done so by itself in time.
/// Needs a tokio runtime with threads beside the loop's.
pub fn end_after_hangup(patience: Duration) -> io::Result<()> {
    let mut close = ctrl_close()?;
    tokio::spawn(async move {
        if close.recv().await.is_some() {
            tokio::time::sleep(patience).await;
            // nobody is left to be told, and no console to be restored
            std::process::exit(0);
        }
    });
    Ok(())
}

/// All of them.
#[derive(Debug)]
pub struct Signals {
    interrupt: CtrlC,
    quit: CtrlBreak,
    close: CtrlClose,
    logoff: CtrlLogoff,
    shutdown: CtrlShutdown,
}

impl Signals {
    /// Begins to listen. Needs a tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
            quit: ctrl_break()?,
            close: ctrl_close()?,
            logoff: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
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
            Some(()) = self.close.recv() => Signal::Hangup,
            Some(()) = self.logoff.recv() => Signal::Terminate,
            Some(()) = self.shutdown.recv() => Signal::Terminate,
            Some(()) = self.interrupt.recv() => Signal::Interrupt,
            Some(()) = self.quit.recv() => Signal::Interrupt,
            else => std::future::pending().await,
        }
    }
}
