//! Lending the terminal to what runs in a container, and taking it back.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{App, FRAME};
use crate::engine::{Engine, TerminalInput};
use crate::model::input::Size;
use crate::model::{HostId, Problem, ProblemKind};
use crate::protocol::{Command, JobId, Notice};
use crate::store::message::Message;
use crate::terminal::{self, Inputs, Signal, Tty, TtyInput};

/// Pieces of input on their way to what runs.
const QUEUE: usize = 64;

/// How long what was typed before the shell may take to be dropped.
const CLOSING: Duration = Duration::from_millis(200);

/// What an interrupt means while the terminal is lent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupts {
    /// The end of this program.
    End,
    /// The business of who has the terminal.
    Theirs,
}

impl App {
    /// Lends the terminal to a step of a job until it ends. What the engine reports meanwhile is
    /// taken in, so that the screen that comes back is the present one.
    pub(super) async fn lend(
        &mut self,
        (job, step): (JobId, usize),
        host: &HostId,
        command: Command,
    ) -> io::Result<()> {
        if let Some(why) = terminal::NOT_LENT {
            let summary = "the terminal cannot be given to what runs in a container";
            let problem = Problem::new(ProblemKind::Unsupported, summary, why);
            let problem = problem.hint("the docker command can: the journal has its line");
            let effects = self.store.apply(Message::Done(job, step, Err(problem)));
            self.later.extend(effects);
            self.show_after(FRAME);
            return Ok(());
        }
        let run = |engine: &Engine, size, input, output| {
            engine.terminal(host, command, size, input, output)
        };
        // none: the program itself is to end
        if let Some(result) = self.lent_to(run).await? {
            let effects = self.store.apply(Message::Done(job, step, result));
            self.later.extend(effects);
        }
        Ok(())
    }

    /// Lends the terminal to what a plan started. What it comes to is reported as of every step.
    pub(super) async fn lend_to_plan(&mut self, job: JobId) -> io::Result<()> {
        if terminal::NOT_LENT.is_some() {
            self.engine.withhold(job);
            return Ok(());
        }
        let run = |engine: &Engine, size, input, output| engine.lend(job, size, input, output);
        self.lent_to(run).await.map(drop)
    }

    /// Lends the terminal until something ends; none when the program itself is to end.
    async fn lent_to<T, F>(
        &mut self,
        run: impl FnOnce(&Engine, Size, mpsc::Receiver<TerminalInput>, mpsc::Sender<Bytes>) -> F,
    ) -> io::Result<Option<T>>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.close_inputs().await;
        self.screen.lend()?;
        let (tty, mut typed, output) = Tty::start()?;
        let (input, for_it) = mpsc::channel(QUEUE);
        let forward = tokio::spawn(async move {
            while let Some(piece) = typed.recv().await {
                let piece = match piece {
                    TtyInput::Bytes(bytes) => TerminalInput::Bytes(bytes),
                    TtyInput::Resize(size) => TerminalInput::Resize(size),
                };
                if input.send(piece).await.is_err() {
                    return;
                }
            }
        });
        let size = terminal::size();
        let run = run(&self.engine, size, for_it, output);
        // the terminal is raw: an interrupt comes from elsewhere, and is meant for this program
        let ended = self.until(tokio::spawn(run), Interrupts::End).await;
        forward.abort();
        tty.stop().await;
        self.screen.reclaim()?;
        self.inputs = Inputs::new();
        self.show_after(FRAME);
        Ok(ended)
    }

    /// Reads no more from the terminal, and drops what was typed and not read.
    pub(super) async fn close_inputs(&mut self) {
        let inputs = std::mem::take(&mut self.inputs);
        // off the loop: a terminal that is gone is never quiet, and the end must still be heard
        let closing = tokio::task::spawn_blocking(move || inputs.close());
        let _ = tokio::time::timeout(CLOSING, closing).await;
    }

    /// Takes in what the engine reports while the terminal is lent.
    pub(super) fn note(&mut self, notice: Option<Notice>) {
        self.tick();
        if let Some(notice) = notice.filter(|notice| self.is_current(notice)) {
            let effects = self.store.apply(notice.into());
            self.later.extend(effects);
            self.store.settle();
        }
    }

    /// Waits for the end of what runs. None: the program itself is to end.
    pub(super) async fn until<T>(
        &mut self,
        mut run: tokio::task::JoinHandle<T>,
        interrupts: Interrupts,
    ) -> Option<T> {
        loop {
            let notice = tokio::select! {
                ended = &mut run => return ended.ok(),
                notice = self.mailbox.notices.recv() => notice,
                notice = self.mailbox.lines.recv() => notice,
                signal = self.signals.next() => {
                    let theirs = signal == Signal::Interrupt && interrupts == Interrupts::Theirs;
                    if theirs || signal == Signal::Continue {
                        continue;
                    }
                    self.store.ending = true;
                    run.abort();
                    return None;
                }
            };
            self.note(notice);
        }
    }
}
