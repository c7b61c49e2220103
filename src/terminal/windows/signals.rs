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

/// How late the signal that ended another program may reach this one.
const LATE: Duration = Duration::from_millis(50);

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

    /// Drops interrupts that have come or come in a moment: those that ended another program,
    /// which had the console, go to this one as well, and may be heard of after its end.
    pub async fn forget_interrupts(&mut self) {
        let forget = async {
            loop {
                tokio::select! {
                    Some(()) = self.interrupt.recv() => {}
                    Some(()) = self.quit.recv() => {}
                    else => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(LATE, forget).await;
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
