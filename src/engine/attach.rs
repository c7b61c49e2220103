//! The terminal for a container's own first process: `docker attach`. The detach keys leave it
//! running.

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::capture::Frames;
use super::convert;
use super::error::Error;
use super::exec::{DETACH, Ends, LEAVE, TerminalInput, WITHIN, pass, resize, show};
use super::line_editor::{self, LineEditor};
use super::transport::{Api, escape};
use crate::model::Id;
use crate::model::input::Size;
use crate::protocol::Reply;

/// Attaches until the container ends or is left.
pub(super) async fn attach(api: &Api, id: &Id, ends: Ends) -> Result<Reply, Error> {
    let of = format!("/containers/{id}");
    let inspected = convert::inspected(&api.get(&format!("{of}/json"), WITHIN).await?)?;
    if !inspected.alive {
        return Err(Error::Refused("it does not run".to_owned()));
    }
    if !inspected.brief.stdin {
        let why = "it was started without -i: it takes no input; its log shows the rest";
        return Err(Error::Refused(why.to_owned()));
    }
    let path = format!(
        "{of}/attach?stream=1&stdin=1&stdout=1&stderr=1&detachKeys={}",
        escape(DETACH)
    );
    let attached = timeout(WITHIN, api.hijack(&path, String::new())).await;
    let stream = attached.map_err(|_| Error::Timeout(WITHIN))??;
    // what runs draws itself anew when its terminal gets another size
    let other = Size {
        height: ends.size.height.saturating_add(1),
        ..ends.size
    };
    let sizes = [other, ends.size].into_iter();
    for size in sizes.filter(|_| inspected.brief.tty) {
        if let Err(error) = resize(api, &of, size).await {
            tracing::debug!(%error, "the container's terminal was not resized");
        }
    }
    let attached = Attached {
        of: &of,
        tty: inspected.brief.tty,
        leave: &LEAVE,
        stream,
    };
    let left = attached.connect(api, ends).await?;
    let inspected = convert::inspected(&api.get(&format!("{of}/json"), WITHIN).await?)?;
    // one that ended may have been started again by its restart policy
    if left && inspected.alive {
        return Ok(Reply::Detached);
    }
    Ok(Reply::Exited {
        command: Vec::new(),
        code: inspected.brief.exit_code,
    })
}

/// A container whose streams are connected.
pub(super) struct Attached<'a> {
    /// Its path.
    pub(super) of: &'a str,
    /// Whether it has a terminal.
    pub(super) tty: bool,
    /// The bytes that leave it running.
    pub(super) leave: &'a [u8],
    /// All its streams.
    pub(super) stream: TokioIo<Upgraded>,
}

impl Attached<'_> {
    /// Connects it with the terminal until it ends or is left. True when it was left.
    pub(super) async fn connect(self, api: &Api, ends: Ends) -> Result<bool, Error> {
        let (reader, writer) = tokio::io::split(self.stream);
        if !self.tty {
            return by_lines((reader, writer), ends).await;
        }
        tokio::select! {
            result = show(reader, Vec::new(), ends.output) => result.map(|()| false),
            () = pass(api, (self.of, self.leave), writer, ends.input) => Ok(true),
        }
    }
}

/// Connects a process that has no terminal: lines are edited here and sent whole, what it writes
/// comes in frames. True when it was left running.
async fn by_lines(
    (mut reader, mut writer): (ReadHalf<TokioIo<Upgraded>>, WriteHalf<TokioIo<Upgraded>>),
    mut ends: Ends,
) -> Result<bool, Error> {
    let mut buffer = vec![0; 16 * 1024];
    let mut frames = Frames::default();
    let mut editor = LineEditor::default();
    loop {
        let shown = tokio::select! {
            count = reader.read(&mut buffer) => {
                let Some(bytes) = buffer.get(..count?).filter(|bytes| !bytes.is_empty()) else {
                    return Ok(false);
                };
                let mut shown = Vec::with_capacity(bytes.len());
                frames.feed(bytes, |_, piece| line_editor::show(piece, &mut shown));
                shown
            }
            Some(typed) = ends.input.recv() => {
                let TerminalInput::Bytes(bytes) = typed else {
                    continue;
                };
                let typed = editor.feed(&bytes);
                // the reading side tells why, when it cannot be written
                if writer.write_all(&typed.sent).await.is_ok() {
                    let _ = writer.flush().await;
                }
                if typed.leaves {
                    return Ok(true);
                }
                typed.shown
            }
        };
        if ends.output.send(shown.into()).await.is_err() {
            return Ok(true);
        }
    }
}
