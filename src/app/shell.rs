//! Handing the terminal to a shell in a container, and taking it back.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{App, FRAME, from_engine};
use crate::engine::{ShellEnd, ShellInput};
use crate::model::{HostId, Id, Problem};
use crate::store::message::Outcome;
use crate::terminal::{Inputs, Signal, Tty, TtyInput};

/// Pieces of input on their way to the shell.
const QUEUE: usize = 64;

/// How long what was typed before the shell may take to be dropped.
const CLOSING: Duration = Duration::from_millis(200);

impl App {
    /// Gives the terminal to a shell until it ends. What the engine reports meanwhile is taken
    /// in, so that the screen that comes back is the present one.
    pub(super) async fn shell(&mut self, host: &HostId, id: &Id, name: &str) -> io::Result<()> {
        let inputs = std::mem::take(&mut self.inputs);
        // off the loop: a terminal that is gone is never quiet, and the end must still be heard
        let closing = tokio::task::spawn_blocking(move || inputs.close());
        let _ = tokio::time::timeout(CLOSING, closing).await;
        self.screen.lend()?;
        let (tty, mut typed, output) = Tty::start()?;
        let (input, for_shell) = mpsc::channel(QUEUE);
        let forward = tokio::spawn(async move {
            while let Some(piece) = typed.recv().await {
                let piece = match piece {
                    TtyInput::Bytes(bytes) => ShellInput::Bytes(bytes),
                    TtyInput::Resize(size) => ShellInput::Resize(size),
                };
                if input.send(piece).await.is_err() {
                    return;
                }
            }
        });
        let shells: Vec<Vec<String>> = self
            .store
            .settings
            .shells
            .iter()
            .map(|shell| shell.split_whitespace().map(str::to_owned).collect())
            .collect();
        let size = crate::terminal::size();
        let shell = self
            .engine
            .shell(host, id, &shells, size, for_shell, output);
        let ended = self.until(tokio::spawn(shell)).await;
        forward.abort();
        tty.stop().await;
        self.screen.reclaim()?;
        self.inputs = Inputs::new();
        self.show_after(FRAME);
        self.told(outcome(name, ended));
        Ok(())
    }

    /// Waits for the shell's end. None: the program itself is to end.
    async fn until(
        &mut self,
        mut shell: tokio::task::JoinHandle<Result<ShellEnd, Problem>>,
    ) -> Option<Result<ShellEnd, Problem>> {
        loop {
            let notice = tokio::select! {
                ended = &mut shell => return ended.ok(),
                notice = self.mailbox.notices.recv() => notice,
                notice = self.mailbox.lines.recv() => notice,
                signal = self.signals.next() => {
                    if signal == Signal::Continue {
                        continue;
                    }
                    self.store.ending = true;
                    shell.abort();
                    return None;
                }
            };
            self.tick();
            if let Some(notice) = notice {
                // what the engine reports has no effects
                let _ = self.store.apply(from_engine(notice));
                self.store.settle();
            }
        }
    }
}

fn outcome(name: &str, ended: Option<Result<ShellEnd, Problem>>) -> Outcome {
    match ended {
        None => Outcome::Done(format!("the shell in {name} was left")),
        Some(Err(problem)) => Outcome::Failed(problem),
        Some(Ok(ShellEnd::Detached)) => {
            Outcome::Done(format!("detached: the shell in {name} goes on"))
        }
        Some(Ok(ShellEnd::Exited { command, code })) => {
            Outcome::Done(format!("{command} in {name} ended with exit code {code}"))
        }
    }
}
