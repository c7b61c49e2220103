//! Files of this machine as an archive, written as it is read at the other end.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Progress;
use crate::engine::error::Error;
use crate::model::text::clean;
use crate::os::files::owner;
use crate::protocol::Copied;

/// Bytes that are sent at once.
const PIECE: usize = 128 * 1024;

/// What is written goes into a channel; when nobody reads, writing fails.
pub(super) struct Sender {
    pub(super) pieces: mpsc::Sender<io::Result<Bytes>>,
    pub(super) progress: Arc<Progress>,
    held: Vec<u8>,
}

impl Sender {
    pub(super) fn new(pieces: mpsc::Sender<io::Result<Bytes>>, progress: Arc<Progress>) -> Self {
        Self {
            pieces,
            progress,
            held: Vec::with_capacity(PIECE),
        }
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PIECE - self.held.len());
        self.held.extend_from_slice(&bytes[..count]);
        if self.held.len() == PIECE {
            self.flush()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.progress.add(self.held.len());
        let piece = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE));
        let sent = self.pieces.blocking_send(Ok(piece.into()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Every file at and below a path, folders before what is in them, with its name in the archive.
fn walk(
    from: &Path,
    name: &str,
    mut each: impl FnMut(&Path, &Path, &Metadata) -> io::Result<()>,
) -> Result<(), Error> {
    let mut waiting: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), PathBuf::from(name))];
    while let Some((path, inside)) = waiting.pop() {
        let told = |error: io::Error| {
            let place = clean(&path.display().to_string());
            Error::Refused(format!("{place}: {error}"))
        };
        let metadata = std::fs::symlink_metadata(&path).map_err(told)?;
        each(&path, &inside, &metadata).map_err(told)?;
        if metadata.is_dir() {
            for entry in std::fs::read_dir(&path).map_err(told)? {
                let name = entry.map_err(told)?.file_name();
                waiting.push((path.join(&name), inside.join(&name)));
            }
        }
    }
    Ok(())
}

/// Bytes of all files at and below a path.
pub(super) fn size(from: &Path) -> Result<u64, Error> {
    let mut sum = 0;
    walk(from, "", |_, _, metadata| {
        sum += if metadata.is_file() {
            metadata.len()
        } else {
            0
        };
        Ok(())
    })?;
    Ok(sum)
}

/// Writes all at and below a path as an archive, under a name, with owners, rights and times.
pub(super) fn pack(from: &Path, name: &str, sender: Sender) -> Result<Copied, Error> {
    let mut copied = Copied::default();
    let mut archive = tar::Builder::new(sender);
    walk(from, name, |path, inside, metadata| {
        let mut header = tar::Header::new_gnu();
        header.set_metadata_in_mode(metadata, tar::HeaderMode::Complete);
        let (user, group) = owner(metadata);
        header.set_uid(user.into());
        header.set_gid(group.into());
        copied.files += 1;
        if metadata.is_symlink() {
            let target = std::fs::read_link(path)?;
            return archive.append_link(&mut header, inside, target);
        }
        if metadata.is_dir() {
            return archive.append_data(&mut header, inside, io::empty());
        }
        if !metadata.is_file() {
            copied.left_out += 1;
            return Ok(());
        }
        // a file that grows meanwhile ends where it did; one that shrinks is told
        let mut file = File::open(path)?.take(metadata.len());
        header.set_size(metadata.len());
        copied.bytes += metadata.len();
        archive.append_data(&mut header, inside, Exact(&mut file, metadata.len()))
    })?;
    archive.into_inner()?.flush()?;
    Ok(copied)
}

/// Reads so many bytes, or fails.
struct Exact<R>(R, u64);

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(into)?;
        self.1 -= count as u64;
        if count == 0 && self.1 > 0 && !into.is_empty() {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        Ok(count)
    }
}
