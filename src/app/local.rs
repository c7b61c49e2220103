//! Programs of this machine that the person's own commands run: in a pane, their output as it
//! comes; or with the terminal until they end.

use std::io;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use super::{App, FRAME, Own, clock};
use crate::engine::Cutter;
use crate::model::log::Stream;
use crate::model::{HostId, Problem, ProblemKind, text};
use crate::os::programs;
use crate::protocol::{JobId, Local, Reply};
use crate::store::message::Message;
use crate::terminal::{Inputs, Signal};

impl App {
    /// Runs a program for a step of a job. Refused under read-only here too, as the engine
    /// refuses its own calls.
    pub(super) async fn run_local(
        &mut self,
        job: JobId,
        step: usize,
        host: &HostId,
        local: Local,
    ) -> io::Result<()> {
        if local.changes && self.store.is_read_only(host) {
            let problem = failed(&local, "everything that changes something is refused here");
            let _ = self.store.apply(Message::Done(job, step, Err(problem)));
            return Ok(());
        }
        if local.terminal {
            return self.lend_local(job, step, &local).await;
        }
        let cancel = CancellationToken::new();
        self.locals.retain(|(_, cancel)| !cancel.is_cancelled());
        self.locals.push((job, cancel.clone()));
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let result = in_pane(job, &local, &own, &cancel).await;
            // it has ended: nothing is left to cancel
            cancel.cancel();
            let _ = own
                .send(Own::Message(Message::Done(job, step, result)))
                .await;
        });
        Ok(())
    }

    /// Ends the programs of a job.
    pub(super) fn end_locals(&mut self, job: JobId) {
        for (_, cancel) in self.locals.iter().filter(|(of, _)| *of == job) {
            cancel.cancel();
        }
    }

    /// Gives a program the terminal, in the state in which it was found, until it ends.
    async fn lend_local(&mut self, job: JobId, step: usize, local: &Local) -> io::Result<()> {
        self.close_inputs().await;
        self.screen.leave();
        let mut ended = Err(failed(local, "it was not waited for"));
        match command(local).spawn() {
            Ok(mut child) => loop {
                tokio::select! {
                    status = child.wait() => {
                        ended = told(local, status);
                        break;
                    }
                    // Ctrl-C is the program's own
                    signal = self.signals.next() => match signal {
                        Signal::Continue | Signal::Interrupt => {}
                        Signal::Terminate | Signal::Hangup => {
                            self.store.ending = true;
                            break;
                        }
                    },
                    notice = self.mailbox.notices.recv() => self.note(notice),
                    notice = self.mailbox.lines.recv() => self.note(notice),
                }
            },
            Err(error) => ended = Err(failed(local, &error.to_string())),
        }
        self.signals.forget_interrupts().await;
        self.screen.reclaim()?;
        self.inputs = Inputs::new();
        self.show_after(FRAME);
        let _ = self.store.apply(Message::Done(job, step, ended));
        Ok(())
    }
}

/// The processes that a program began, with itself: killed when nobody waits for it any more.
struct Group(Option<u32>);

impl Group {
    /// It has ended by itself; what it left running was meant to be left.
    fn leave_alone(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            programs::kill_all(leader);
        }
    }
}

fn command(local: &Local) -> Command {
    let (program, words) = local
        .words
        .split_first()
        .map_or(("", &[][..]), |(program, words)| (program.as_str(), words));
    let mut command = Command::new(program);
    command
        .args(words)
        .envs(local.env.iter().map(|(name, value)| (name, value)))
        .kill_on_drop(true);
    command
}

/// Runs a program and passes on what it writes.
async fn in_pane(
    job: JobId,
    local: &Local,
    own: &mpsc::Sender<Own>,
    cancel: &CancellationToken,
) -> Result<Reply, Problem> {
    let mut program = command(local);
    program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let spawned = programs::apart(&mut program).spawn();
    let mut child = spawned.map_err(|error| failed(local, &error.to_string()))?;
    let group = Group(child.id());
    tokio::select! {
        status = read(job, &mut child, own) => {
            group.leave_alone();
            told(local, status)
        }
        () = cancel.cancelled() => {
            drop(group);
            let _ = child.wait().await;
            let what = format!("{} was cancelled", local.words.join(" "));
            Err(Problem::new(ProblemKind::Cancelled, what, "").hint("it was killed"))
        }
    }
}

/// Reads both streams to their ends, then waits for the program's.
async fn read(job: JobId, child: &mut Child, own: &mpsc::Sender<Own>) -> io::Result<ExitStatus> {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let mut cutter = Cutter::default();
    let mut buffers = [vec![0; 16 * 1024], vec![0; 16 * 1024]];
    let [for_out, for_err] = &mut buffers;
    while out.is_some() || err.is_some() {
        let due = cutter.due();
        tokio::select! {
            count = some(&mut out, for_out) => match count? {
                0 => out = None,
                count => cutter.feed(Stream::Out, for_out.get(..count).unwrap_or_default()),
            },
            count = some(&mut err, for_err) => match count? {
                0 => err = None,
                count => cutter.feed(Stream::Err, for_err.get(..count).unwrap_or_default()),
            },
            () = sleep_until(due.unwrap_or_else(clock::instant)), if due.is_some() => {}
        }
        let is_due = cutter.due().is_some_and(|at| at <= clock::instant());
        send(job, &mut cutter, is_due, own).await;
    }
    cutter.finish();
    send(job, &mut cutter, true, own).await;
    child.wait().await
}

/// Reads from a stream; from one that has ended nothing ever comes.
async fn some(from: &mut Option<impl AsyncRead + Unpin>, into: &mut [u8]) -> io::Result<usize> {
    match from {
        Some(from) => from.read(into).await,
        None => std::future::pending().await,
    }
}

/// Passes lines on to the loop; when it is busy the program waits.
async fn send(job: JobId, cutter: &mut Cutter, mut all: bool, own: &mpsc::Sender<Own>) {
    while let Some(chunk) = cutter.take(std::mem::take(&mut all)) {
        // the loop is gone: nobody reads them
        let _ = own.send(Own::Message(Message::Output(job, chunk))).await;
    }
}

fn told(local: &Local, status: io::Result<ExitStatus>) -> Result<Reply, Problem> {
    match status {
        Ok(status) => Ok(Reply::Exited {
            command: local.words.clone(),
            code: programs::code(status),
        }),
        Err(error) => Err(failed(local, &error.to_string())),
    }
}

fn failed(local: &Local, detail: &str) -> Problem {
    let program = local.words.first().map_or("", String::as_str);
    let summary = format!("{} was not run", text::clean(program));
    Problem::new(ProblemKind::Unsupported, summary, text::clean(detail))
        .hint("the command is in the settings file, under [[commands]]")
}
