//! A login by ssh: the terminal is ssh's until it is logged in, refused or given up.

use std::io::{self, Write};

use tokio::process::{Child, Command};

use super::{App, FRAME};
use crate::model::{HostId, Problem, ProblemKind};
use crate::store::message::Outcome;
use crate::terminal::{Inputs, Signal, Tty, TtyInput};

/// What came of a login.
enum Ended {
    /// It is made, and ssh is in the background.
    Made,
    /// The host, or ssh itself, said no; its words are on the terminal.
    Refused,
    /// The person gave up.
    GivenUp,
    /// This program is to end.
    Leaving,
}

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
        self.close_inputs().await;
        self.screen.leave();
        writeln!(io::stdout(), "ssh logs in at {host}; Ctrl-C gives up")?;
        let mut ssh = std::process::Command::new(login.command.get_program());
        std::mem::swap(&mut ssh, &mut login.command);
        let ended = match Command::from(ssh).kill_on_drop(true).spawn() {
            Ok(child) => self.until_logged_in(child).await,
            Err(error) => Err(error),
        };
        self.signals.forget_interrupts().await;
        match ended {
            Ok(Ended::Refused) => {
                // else the screen would cover what ssh has said
                writeln!(io::stdout(), "There was no login. Enter goes back.")?;
                self.until_enter().await?;
                self.signals.forget_interrupts().await;
            }
            // the line of the question has no end yet
            Ok(Ended::GivenUp) => writeln!(io::stdout())?,
            Ok(Ended::Made | Ended::Leaving) | Err(_) => {}
        }
        self.screen.reclaim()?;
        self.inputs = Inputs::new();
        self.show_after(FRAME);
        match ended {
            Ok(Ended::Made) => {
                self.engine.logged_in(host, login);
                self.told(Outcome::Done(format!("logged in at {host}")));
            }
            Ok(Ended::Refused) => {
                let summary = format!("there was no login at {host}");
                let problem = Problem::new(ProblemKind::Login, summary, "");
                let hint = "ssh has said why; the doctor says where the way to it ends";
                self.told(Outcome::Failed(problem.hint(hint)));
            }
            Ok(Ended::GivenUp) => {
                let summary = format!("the login at {host} was given up");
                let problem = Problem::new(ProblemKind::Cancelled, summary, "");
                self.told(Outcome::Failed(problem.hint("log in again when you like")));
            }
            Ok(Ended::Leaving) => {}
            Err(error) => {
                let summary = format!("ssh did not run for a login at {host}");
                let problem = Problem::new(ProblemKind::Unsupported, summary, error.to_string());
                self.told(Outcome::Failed(problem.hint("install OpenSSH's client")));
            }
        }
        Ok(())
    }

    /// Waits for the end of ssh.
    async fn until_logged_in(&mut self, mut ssh: Child) -> io::Result<Ended> {
        loop {
            let notice = tokio::select! {
                ended = ssh.wait() => {
                    let ended = ended?;
                    return Ok(match ended.code() {
                        Some(0) => Ended::Made,
                        Some(_) => Ended::Refused,
                        // a signal: Ctrl-C at one of its questions
                        None => Ended::GivenUp,
                    });
                }
                notice = self.mailbox.notices.recv() => notice,
                notice = self.mailbox.lines.recv() => notice,
                signal = self.signals.next() => match signal {
                    // ssh has heard it too, and ends
                    Signal::Continue | Signal::Interrupt => continue,
                    Signal::Terminate | Signal::Hangup => {
                        self.store.ending = true;
                        return Ok(Ended::Leaving);
                    }
                },
            };
            self.note(notice);
        }
    }

    /// Waits until the person has read what is on the terminal.
    async fn until_enter(&mut self) -> io::Result<()> {
        let (tty, mut typed, _output) = Tty::start()?;
        loop {
            let notice = tokio::select! {
                typed = typed.recv() => match typed {
                    Some(TtyInput::Resize(_)) => continue,
                    Some(TtyInput::Bytes(_)) | None => break,
                },
                notice = self.mailbox.notices.recv() => notice,
                notice = self.mailbox.lines.recv() => notice,
                signal = self.signals.next() => match signal {
                    Signal::Continue => continue,
                    Signal::Interrupt => break,
                    Signal::Terminate | Signal::Hangup => {
                        self.store.ending = true;
                        break;
                    }
                },
            };
            self.note(notice);
        }
        tty.stop().await;
        Ok(())
    }
}
