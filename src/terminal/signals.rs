//! What signals say, whatever a system calls them. What follows from one is the loop's business.

use std::time::Duration;

use super::Signals;

/// How late the signal that ended another program may reach this one.
const LATE: Duration = Duration::from_millis(50);

/// A signal that the program answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, or the end of the session: somebody wants it to end.
    Terminate,
    /// SIGHUP, or a closed window: the terminal is gone.
    Hangup,
    /// SIGINT, SIGQUIT or Ctrl-Break from outside; Ctrl-C and Ctrl-\\ are keys while the program reads them,
    /// and meant for another program while that one has the terminal.
    Interrupt,
    /// SIGCONT: it was stopped and runs again, and the terminal may be in any state.
    Continue,
}

impl Signals {
    /// Drops interrupts that have come or come in a moment: those that ended another program,
    /// which had the terminal, go to this one as well, and may be heard of after its end.
    pub async fn forget_interrupts(&mut self) {
        let forget = async {
            loop {
                self.interrupted().await;
            }
        };
        let _ = tokio::time::timeout(LATE, forget).await;
    }
}
