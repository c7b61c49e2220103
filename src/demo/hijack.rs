//! Connections taken over from HTTP: a process or a container on one end, a client on the other.
//!
//! Must not know how the connection was taken over: by an upgrade, or the old way by a plain 200.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::container::Container;
use super::daemon::Daemon;
use super::exec;
use super::logs;
use super::query::Query;
use super::shell::{Output, Shell};
use super::wire::Refusal;

/// What talks over a connection that was taken over.
#[derive(Debug)]
pub(super) enum Session {
    /// A process in a container.
    Process(Box<Shell>),
    /// A container's own input and output.
    Attached(Box<Container>, /* streams on */ bool),
}

/// `POST /containers/{id}/attach`: what will talk.
pub(super) fn attach(
    daemon: &Arc<Daemon>,
    reference: &str,
    query: &Query,
) -> Result<Session, Refusal> {
    daemon.with(|state, now| {
        let container = state.container(reference)?.clone();
        if container.paused_at.is_some() {
            let id = &container.id;
            let reason = format!("Container {id} is paused, unpause the container before attach.");
            return Err(Refusal::conflict(reason));
        }
        state.report(now, &container.id, "attach", &[]);
        Ok(Session::Attached(Box::new(container), query.flag("stream")))
    })
}

/// Talks until one side ends.
pub(super) async fn talk<C>(daemon: Arc<Daemon>, session: Session, connection: C)
where
    C: AsyncRead + AsyncWrite + Send,
{
    let _open = daemon.open_stream();
    let (reader, mut writer) = tokio::io::split(connection);
    // a client that goes away is no error
    let _ = match session {
        Session::Process(shell) => process(&daemon, *shell, reader, &mut writer).await,
        Session::Attached(container, on) => {
            attached(&daemon, &container, on, reader, &mut writer).await
        }
    };
    let _ = writer.shutdown().await;
}

/// Plays a process; its exit code is known to inspect before the connection ends.
async fn process(
    daemon: &Arc<Daemon>,
    mut shell: Shell,
    mut reader: impl AsyncRead + Unpin,
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let id = shell.exec.id.clone();
    let mut changes = daemon.changes();
    let mut buffer = vec![0; 4096];
    let mut out = shell.begin();
    let end = loop {
        match write(daemon, &shell, out, writer).await {
            Ok(Some(end)) => break end,
            Ok(None) => {}
            Err(fault) => {
                exec::end(daemon, &id, 129);
                return Err(fault);
            }
        }
        out = loop {
            tokio::select! {
                read = reader.read(&mut buffer) => break match read {
                    Ok(0) | Err(_) => shell.eof(),
                    Ok(count) => shell.feed(buffer.get(..count).unwrap_or_default()),
                },
                _ = changes.changed() => if !exec::lives(daemon, &shell.container) {
                    break vec![Output::Exit(137)];
                },
            }
        };
    };
    match end {
        End::Exited(code) => exec::end(daemon, &id, code),
        End::Left => exec::leave(daemon, &id),
    }
    Ok(())
}

/// How a session ended.
#[derive(Clone, Copy, Debug)]
enum End {
    Exited(i64),
    Left,
}

/// Writes output; says how the session ended when it has.
async fn write(
    daemon: &Daemon,
    shell: &Shell,
    out: Vec<Output>,
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<Option<End>> {
    let tty = shell.exec.tty;
    let mut bytes = Vec::new();
    for one in out {
        match one {
            Output::Text(text) => frame(tty, 1, text.as_bytes(), &mut bytes),
            Output::Error(text) => frame(tty, 2, text.as_bytes(), &mut bytes),
            Output::Size => {
                let (columns, rows) = exec::size(daemon, &shell.exec.id);
                frame(
                    tty,
                    1,
                    format!("{rows} {columns}\r\n").as_bytes(),
                    &mut bytes,
                );
            }
            Output::Sleep(millis) => {
                writer.write_all(&std::mem::take(&mut bytes)).await?;
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
            Output::Leave => {
                writer.write_all(&bytes).await?;
                return Ok(Some(End::Left));
            }
            Output::Exit(code) => {
                writer.write_all(&bytes).await?;
                return Ok(Some(End::Exited(code)));
            }
        }
    }
    writer.write_all(&bytes).await?;
    Ok(None)
}

/// Adds output in the engine's framing; a terminal's is raw.
fn frame(tty: bool, stream: u8, text: &[u8], bytes: &mut Vec<u8>) {
    if !tty {
        bytes.extend_from_slice(&[stream, 0, 0, 0]);
        bytes.extend_from_slice(&(text.len() as u32).to_be_bytes());
    }
    bytes.extend_from_slice(text);
}

/// Plays a container's own output; input goes nowhere, as to a server that reads none.
async fn attached(
    daemon: &Arc<Daemon>,
    container: &Container,
    on: bool,
    mut reader: impl AsyncRead + Unpin,
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    if !on {
        return Ok(());
    }
    let mut changes = daemon.changes();
    // `docker run` attaches before it starts
    while !daemon.with(|state, _| {
        state
            .containers
            .get(&container.id)
            .is_none_or(Container::is_alive)
    }) {
        if container.started > 0 || changes.changed().await.is_err() {
            return Ok(());
        }
    }
    let Some(container) = daemon.with(|state, _| state.containers.get(&container.id).cloned())
    else {
        return Ok(());
    };
    let mut output = Box::pin(logs::follow(daemon, &container, changes));
    let mut buffer = [0; 512];
    let mut open = true;
    loop {
        tokio::select! {
            chunk = output.next() => match chunk {
                Some(Ok(chunk)) => writer.write_all(&Bytes::clone(&chunk)).await?,
                _ => return Ok(()),
            },
            read = reader.read(&mut buffer), if open => open = !matches!(read, Ok(0) | Err(_)),
        }
    }
}
