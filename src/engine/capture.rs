//! A program run in a container without a terminal: what it printed, within bounds, and its exit
//! code. Each part that looks into a container by a program of its own does so by this.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::error::Error;
use super::exec::{self, exit_code, is_missing};
use super::transport::Api;
use crate::model::Id;
use crate::model::text::clean_lines;
use crate::protocol::Exec;

/// Bytes kept of what it says is wrong.
const COMPLAINTS: usize = 4096;

/// What a program came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Captured {
    /// Its standard output.
    pub(crate) out: Vec<u8>,
    /// Its standard error, its beginning.
    pub(crate) err: Vec<u8>,
    /// Whether it printed more than was kept.
    pub(crate) cut: bool,
    /// Its exit code; none when it was cut, or runs on.
    pub(crate) code: Option<i64>,
}

impl Captured {
    /// What it complains of, in one line.
    pub(crate) fn complaint(&self) -> String {
        let text = clean_lines(String::from_utf8_lossy(&self.err).trim());
        text.lines().next().unwrap_or_default().to_owned()
    }
}

/// What is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'a> {
    /// Program and arguments.
    pub(crate) words: &'a [&'a str],
    /// Bytes of output that are kept; a program that prints more is left alone.
    pub(crate) limit: usize,
    /// How long it may take.
    pub(crate) within: Duration,
}

/// Runs a program in a container as root. None: the container has no such program.
pub(crate) async fn run(
    api: &Api,
    id: &Id,
    program: Program<'_>,
) -> Result<Option<Captured>, Error> {
    timeout(program.within, captured(api, id, program))
        .await
        .map_err(|_| Error::Timeout(program.within))?
}

async fn captured(api: &Api, id: &Id, program: Program<'_>) -> Result<Option<Captured>, Error> {
    let wanted = Exec {
        id: id.clone(),
        command: program.words.iter().map(|&word| word.to_owned()).collect(),
        user: "0".to_owned(),
        directory: String::new(),
        env: Vec::new(),
        tty: false,
        privileged: false,
    };
    let (exec, mut stream) = match exec::start(api, &wanted).await {
        Ok(started) => started,
        // newer engines say so at once
        Err(Error::Status { message, .. }) if is_missing(&message) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut found = Captured::default();
    let mut frames = Frames::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = stream.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        frames.feed(bytes, |is_error, piece| {
            let (kept, most) = if is_error {
                (&mut found.err, COMPLAINTS)
            } else {
                (&mut found.out, program.limit)
            };
            let room = most.saturating_sub(kept.len());
            kept.extend_from_slice(piece.get(..room).unwrap_or(piece));
            found.cut |= !is_error && piece.len() > room;
        });
        if found.cut {
            return Ok(Some(found));
        }
    }
    found.code = exit_code(api, &exec).await?;
    // older engines print it where the program's output would be
    let missing =
        matches!(found.code, Some(126 | 127)) && is_missing(&String::from_utf8_lossy(&found.out));
    Ok((!missing).then_some(found))
}

/// Takes frames apart: a byte for the stream, three of zero, four for the length, the bytes
/// (Docker's API, `ContainerAttach`, stream format).
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: Vec<u8>,
    left: usize,
    is_error: bool,
}

impl Frames {
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut give: impl FnMut(bool, &[u8])) {
        while !bytes.is_empty() {
            if self.left == 0 {
                let wanted = 8 - self.head.len();
                let (head, rest) = bytes.split_at(wanted.min(bytes.len()));
                self.head.extend_from_slice(head);
                bytes = rest;
                if let [stream, _, _, _, a, b, c, d] = *self.head.as_slice() {
                    self.is_error = stream == 2;
                    self.left = u32::from_be_bytes([a, b, c, d]) as usize;
                    self.head.clear();
                }
                continue;
            }
            let (piece, rest) = bytes.split_at(self.left.min(bytes.len()));
            give(self.is_error, piece);
            self.left -= piece.len();
            bytes = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_apart_however_they_are_cut() {
        let whole = [
            &b"\x01\0\0\0\0\0\0\x05hello"[..],
            b"\x02\0\0\0\0\0\0\x02no",
            b"\x01\0\0\0\0\0\0\0",
            b"\x01\0\0\0\0\0\0\x01!",
        ]
        .concat();
        for size in 1..=whole.len() {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut frames = Frames::default();
            for piece in whole.chunks(size) {
                frames.feed(piece, |is_error, bytes| {
                    let kept = if is_error { &mut err } else { &mut out };
                    kept.extend_from_slice(bytes);
                });
            }
            assert_eq!(
                (out.as_slice(), err.as_slice()),
                (&b"hello!"[..], &b"no"[..])
            );
        }
    }
}
