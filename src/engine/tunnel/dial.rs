//! Connections by a command at the other end of our own ssh: for servers that forward no sockets.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::line::Control;

/// Channels with a command at their end that are open at once: servers give ten to a connection
/// unless they are told otherwise.
const CHANNELS: usize = 8;

/// Opens connections that are a command each.
pub(crate) struct Dial {
    control: Control,
    command: String,
    channels: Arc<Semaphore>,
}

impl Dial {
    /// By a command at the other end of a master.
    pub(crate) fn new(control: &Control, command: &str) -> Self {
        Self {
            control: control.clone(),
            command: command.to_owned(),
            channels: Arc::new(Semaphore::new(CHANNELS)),
        }
    }

    /// Opens one; waits while too many are open.
    pub(crate) async fn open(&self) -> io::Result<Channel> {
        let permit = Arc::clone(&self.channels).acquire_owned().await;
        let permit = permit.map_err(io::Error::other)?;
        let mut command = self.control.remote(&self.command);
        command.stdin(Stdio::piped());
        command.stderr(Stdio::null());
        let mut child = command.spawn()?;
        let ends = child.stdin.take().zip(child.stdout.take());
        let (input, output) = ends.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Channel {
            input,
            output,
            _child: child,
            _permit: permit,
        })
    }
}

/// The two ends of a command as one stream. Dropping it ends the command.
pub(crate) struct Channel {
    input: ChildStdin,
    output: ChildStdout,
    _child: Child,
    _permit: OwnedSemaphorePermit,
}

impl AsyncRead for Channel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(cx, buf)
    }
}

impl AsyncWrite for Channel {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}
