//! A login by ssh: the terminal is ssh's until it is logged in, refused or given up.

use std::io::{self, Write};
use std::time::Duration;

use tokio::process::{Child, Command};

use super::{App, FRAME};
use crate::model::{HostId, Problem, ProblemKind};
use crate::store::message::Outcome;
use crate::terminal::{Inputs, Signal};

/// How long what was typed before may take to be dropped.
const CLOSING: Duration = Duration::from_millis(200);

impl App {
    /// Lends the terminal to ssh for a login at a host, and goes on with the login.
    pub(super) async fn log_in(&mut self, host: &HostId) -> io::Result<()> {
        let Some(prepare) = self.engine.login(host) else {
            let summary = format!("{host} is not reached by ssh: there is no login");
            let problem = Problem::new(ProblemKind::Unsupported, summary, "");
            self.told(Outcome::Failed(problem.hint("log in at hosts of ssh://")));
            return Ok(());
        };
        let mut login = match prepare.await {
            Ok(login) => login,
            Err(problem) => {
                self.told(Outcome::Failed(problem));
                return Ok(());
            }
        };
        let inputs = std::mem::take(&mut self.inputs);
        let closing = tokio::task::spawn_blocking(move || inputs.close());
        let _ = tokio::time::timeout(CLOSING, closing).await;
        self.screen.leave();
        writeln!(io::stdout(), "ssh logs in at {host}; Ctrl-C gives up")?;
        let mut ssh = std::process::Command::new(login.command.get_program());
        std::mem::swap(&mut ssh, &mut login.command);
        let ended = match Command::from(ssh).kill_on_drop(true).spawn() {
            Ok(child) => self.until_logged_in(child).await,
            Err(error) => Err(error),
        };
        self.screen.enter()?;
        self.inputs = Inputs::new();
        self.show_after(FRAME);
        match ended {
            Ok(Some(true)) => {
                self.engine.logged_in(host, login);
                self.told(Outcome::Done(format!("logged in at {host}")));
            }
            // the program is to end
            Ok(None) => {}
            Ok(Some(false)) => self.told(Outcome::Failed(refused(host, ""))),
            Err(error) => self.told(Outcome::Failed(refused(host, &error.to_string()))),
        }
        Ok(())
    }

    /// Waits for the end of ssh: whether it is logged in. None: the program itself is to end.
    async fn until_logged_in(&mut self, mut ssh: Child) -> io::Result<Option<bool>> {
        loop {
            let notice = tokio::select! {
                ended = ssh.wait() => return Ok(Some(ended?.success())),
                notice = self.mailbox.notices.recv() => notice,
                notice = self.mailbox.lines.recv() => notice,
                signal = self.signals.next() => match signal {
                    // ssh has heard it too, and ends
                    Signal::Continue | Signal::Interrupt => continue,
                    Signal::Terminate | Signal::Hangup => {
                        self.store.ending = true;
                        return Ok(None);
                    }
                },
            };
            self.tick();
            if let Some(notice) = notice {
                // what the engine reports has no effects
                let _ = self.store.apply(notice.into());
                self.store.settle();
            }
        }
    }
}

fn refused(host: &HostId, detail: &str) -> Problem {
    let summary = format!("there was no login at {host}");
    let problem = Problem::new(ProblemKind::Login, summary, detail);
    problem.hint(
        "what ssh said is on the terminal behind this screen; the doctor says where it stands",
    )
}
