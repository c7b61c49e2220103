//! Into a container: copying, writing a file that was read before, deleting. Whatever comes in
//! part only is taken away again, where the container has a program for it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Progress;
use super::out::read;
use super::pack::{self, Sender};
use super::stat::{archive, resolved, stat};
use crate::engine::capture::{self, Program};
use crate::engine::error::Error;
use crate::engine::transport::Api;
use crate::model::Id;
use crate::model::file::{Contents, FileKind, join, split};
use crate::model::text::clean;
use crate::protocol::{FilesReply, Reply};

const WITHIN: Duration = Duration::from_secs(60);
/// Pieces on their way, of 128 KiB each.
const PIECES: usize = 8;

/// Copies a path of this machine into a folder.
pub(super) async fn copy(
    api: &Api,
    id: &Id,
    from: &Path,
    (folder, replace): (&str, bool),
    progress: &Arc<Progress>,
) -> Result<FilesReply, Error> {
    let from = from.to_owned();
    let name = name_of(&from).await?;
    let (folder, found) = resolved(api, id, folder).await?;
    if found.kind != FileKind::Folder {
        return Err(Error::Refused("the target is no folder".to_owned()));
    }
    let target = join(&folder, &name);
    let is_there = stat(api, id, &target).await?.is_some();
    if is_there && !replace {
        return Ok(FilesReply::Exists(clean(&target)));
    }
    let mut undo = (!is_there).then(|| Undo::new(api, id, &target));
    let (pieces, body) = mpsc::channel(PIECES);
    let sender = Sender::new(pieces.clone(), Arc::clone(progress));
    let counted = Arc::clone(progress);
    let packing = tokio::task::spawn_blocking(move || {
        counted.expect(pack::size(&from)?);
        let packed = pack::pack(&from, &name, sender);
        if packed.is_err() {
            // the engine must not take a part for the whole
            let _ = pieces.blocking_send(Err(io::ErrorKind::Interrupted.into()));
        }
        packed
    });
    let put = put(api, id, &folder, body).await;
    let packed = packing
        .await
        .map_err(|bug| Error::Refused(bug.to_string()))?;
    let mut copied = match (put, packed) {
        // what the engine says, or what could not be read here, is why the other side broke off
        (Err(error @ Error::Status { .. }), _) | (Err(error), Ok(_)) => return Err(error),
        (Err(error), Err(packing)) => {
            let broken =
                matches!(&packing, Error::Io(io) if io.kind() == io::ErrorKind::BrokenPipe);
            return Err(if broken { error } else { packing });
        }
        (Ok(()), Err(packing)) => return Err(packing),
        (Ok(()), Ok(copied)) => copied,
    };
    if let Some(undo) = &mut undo {
        undo.armed = false;
    }
    copied.to = clean(&target);
    Ok(FilesReply::Copied(copied))
}

/// What a path of this machine is called; a folder may be far away.
async fn name_of(from: &Path) -> Result<String, Error> {
    let whole = tokio::fs::canonicalize(from).await.map_err(|error| {
        let place = clean(&from.display().to_string());
        Error::Refused(format!("{place}: {error}"))
    })?;
    let name = from.file_name().or(whole.file_name());
    let name = name.map(|name| name.to_string_lossy().into_owned());
    name.ok_or_else(|| Error::Refused("it has no name".to_owned()))
}

async fn put(
    api: &Api,
    id: &Id,
    folder: &str,
    mut body: mpsc::Receiver<io::Result<Bytes>>,
) -> Result<(), Error> {
    let stream = futures_util::stream::poll_fn(move |context| body.poll_recv(context));
    let path = format!("{}&noOverwriteDirNonDir=1", archive(id, folder));
    api.put(&path, stream).await
}

/// Takes away what a copy that broke off has left.
struct Undo {
    api: Api,
    id: Id,
    path: String,
    armed: bool,
}

impl Undo {
    fn new(api: &Api, id: &Id, path: &str) -> Self {
        Self {
            api: api.clone(),
            id: id.clone(),
            path: path.to_owned(),
            armed: true,
        }
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (api, id, path) = (self.api.clone(), self.id.clone(), self.path.clone());
        // ends by itself within its time; nobody waits for it
        tokio::spawn(async move {
            if let Err(error) = remove(&api, &id, &path).await {
                tracing::warn!(%error, "what was half copied stays in the container");
            }
        });
    }
}

async fn remove(api: &Api, id: &Id, path: &str) -> Result<(), Error> {
    run(api, id, &["rm", "-rf", path], "rm").await
}

/// Runs a program that must succeed.
async fn run(api: &Api, id: &Id, words: &[&str], name: &str) -> Result<(), Error> {
    let program = Program {
        words,
        limit: 4096,
        within: WITHIN,
    };
    let none = || {
        Error::Refused(format!(
            "its image has no `{name}`, and the engine itself cannot do that"
        ))
    };
    let ended = capture::run(api, id, program).await?.ok_or_else(none)?;
    match ended.code {
        Some(0) => Ok(()),
        _ => Err(Error::Refused(ended.complaint())),
    }
}

/// Deletes a path: the engine has no call for it, so a program of the container does.
pub(super) async fn delete(api: &Api, id: &Id, path: &str) -> Result<Reply, Error> {
    if stat(api, id, path).await?.is_none() {
        return Ok(Reply::Already);
    }
    match remove(api, id, path).await {
        Err(Error::Status { code: 409, .. }) => Err(Error::Refused(
            "it does not run, and the engine has no call to delete a file: start it first"
                .to_owned(),
        )),
        other => other.map(|()| Reply::Done),
    }
}

/// Writes a file, unless it changed since it was read: beside it first and then in its place at
/// once, where the container runs and has `mv`; else by the archive alone, which nobody sees half
/// way in a container that does not run.
pub(super) async fn write(
    api: &Api,
    id: &Id,
    was: &Contents,
    (bytes, kept): (&Arc<[u8]>, &Path),
) -> Result<Reply, Error> {
    let written = write_back(api, id, was, bytes).await;
    match written {
        Ok(()) => {
            // what was typed is where it belongs
            if let Some(folder) = kept.parent() {
                let _ = tokio::fs::remove_file(kept).await;
                let _ = tokio::fs::remove_dir(folder).await;
            }
            Ok(Reply::Done)
        }
        Err(Error::Refused(why)) => {
            let kept = clean(&kept.display().to_string());
            Err(Error::Refused(format!("{why}; yours is in {kept}")))
        }
        Err(error) => Err(error),
    }
}

async fn write_back(api: &Api, id: &Id, was: &Contents, bytes: &[u8]) -> Result<(), Error> {
    unchanged(api, id, was).await?;
    let (folder, name) = split(&was.path);
    if !has_mv(api, id).await? {
        return put_file(api, id, folder, name, was, bytes).await;
    }
    let fresh = format!(".{name}.pilothouse");
    let beside = join(folder, &fresh);
    let mut undo = Undo::new(api, id, &beside);
    put_file(api, id, folder, &fresh, was, bytes).await?;
    unchanged(api, id, was).await?;
    run(api, id, &["mv", "-f", &beside, &was.path], "mv").await?;
    undo.armed = false;
    Ok(())
}

/// Whether a program can be run in the container that gives a file another's place.
async fn has_mv(api: &Api, id: &Id) -> Result<bool, Error> {
    let program = Program {
        words: &["mv", "--help"],
        limit: 64 * 1024,
        within: WITHIN,
    };
    match capture::run(api, id, program).await {
        Ok(ran) => Ok(ran.is_some()),
        // it does not run, or is frozen
        Err(Error::Status { code: 409, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn unchanged(api: &Api, id: &Id, was: &Contents) -> Result<(), Error> {
    let now = read(api, id, &was.path, was.bytes.len().max(1)).await?;
    let same = now.bytes == was.bytes && now.entry == was.entry && now.path == was.path;
    same.then_some(())
        .ok_or_else(|| Error::Refused("it changed meanwhile".to_owned()))
}

async fn put_file(
    api: &Api,
    id: &Id,
    folder: &str,
    name: &str,
    was: &Contents,
    bytes: &[u8],
) -> Result<(), Error> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(was.entry.mode);
    header.set_uid(was.entry.uid);
    header.set_gid(was.entry.gid);
    header.set_size(bytes.len() as u64);
    header.set_mtime(u64::try_from(crate::engine::clock::now().secs()).unwrap_or_default());
    archive.append_data(&mut header, name, bytes)?;
    let whole = Bytes::from(archive.into_inner()?);
    let (sender, body) = mpsc::channel(1);
    // room for one is there
    let _ = sender.try_send(Ok(whole));
    drop(sender);
    put(api, id, folder, body).await
}
