//! Copying out of a container: into a hidden folder beside the target first, which takes its name
//! when all has come. What is given up or breaks leaves nothing.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::Progress;
use super::pipe::pipe;
use super::stat::{archive, resolved, stat};
use super::unpack::{Keep, ROOT, kind, unpack};
use crate::engine::error::Error;
use crate::engine::transport::Api;
use crate::model::file::{Contents, Entry, FileKind, split};
use crate::model::text::clean;
use crate::model::{Id, Time};
use crate::os::files;
use crate::protocol::FilesReply;

/// Copies a path to a place of this machine.
pub(super) async fn copy(
    api: &Api,
    id: &Id,
    path: &str,
    (to, replace): (&Path, bool),
    progress: &Arc<Progress>,
) -> Result<FilesReply, Error> {
    let missing = || Error::Refused("there is no such file".to_owned());
    let found = stat(api, id, path).await?.ok_or_else(missing)?;
    let is_file = found.kind == FileKind::File;
    if is_file {
        progress.expect(found.size);
    }
    let name = match split(path).1 {
        "" => id.short().to_owned(),
        name => name.to_owned(),
    };
    let to = to.to_owned();
    let place = blocking(move || Place::find(&to, &name)).await?;
    if place.is_taken && !(replace && is_file && place.holds_file) {
        return Ok(FilesReply::Exists(clean(&place.shown())));
    }
    let body = api.stream(&archive(id, path)).await?;
    let (pipe, allowance, pump) = pipe(body, progress);
    let copied = blocking(move || {
        let staging = Staging::new(&place)?;
        let keep = Keep {
            owners: files::may_give(),
        };
        let mut copied = unpack(pipe, &allowance, &staging.folder, keep)?;
        staging.give(&place, replace)?;
        copied.to = clean(&place.shown());
        Ok(copied)
    })
    .await?;
    drop(pump);
    Ok(FilesReply::Copied(copied))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|bug| Error::Refused(bug.to_string()))?
}

/// Where something is copied to.
struct Place {
    folder: PathBuf,
    name: String,
    is_taken: bool,
    holds_file: bool,
}

impl Place {
    /// `to` itself, or `name` in it where it is a folder.
    fn find(to: &Path, name: &str) -> Result<Self, Error> {
        let (folder, name) = if to.is_dir() {
            (to.to_owned(), name.to_owned())
        } else {
            let name = to
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let name = name.ok_or_else(|| refused(to, "it has no name"))?;
            let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
            (folder.unwrap_or(Path::new(".")).to_owned(), name)
        };
        if !folder.is_dir() {
            return Err(refused(&folder, "there is no such folder"));
        }
        let there = std::fs::symlink_metadata(folder.join(&name)).ok();
        Ok(Self {
            is_taken: there.is_some(),
            holds_file: there.is_some_and(|there| there.is_file()),
            folder,
            name,
        })
    }

    fn shown(&self) -> String {
        self.folder.join(&self.name).display().to_string()
    }
}

fn refused(place: &Path, why: &str) -> Error {
    Error::Refused(format!("{}: {why}", clean(&place.display().to_string())))
}

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A hidden folder beside the target, which goes with whatever is in it.
struct Staging {
    parent: Dir,
    name: String,
    folder: Dir,
}

impl Staging {
    fn new(place: &Place) -> Result<Self, Error> {
        let told = |error: std::io::Error| refused(&place.folder, &error.to_string());
        let parent = Dir::open_ambient_dir(&place.folder, ambient_authority()).map_err(told)?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".pilothouse-{}-{number}.part", std::process::id());
        parent.create_dir(&name).map_err(told)?;
        let folder = parent.open_dir(&name).map_err(told)?;
        Ok(Self {
            parent,
            name,
            folder,
        })
    }

    /// Gives what has come its name. Something that is there meanwhile is left alone, unless it is
    /// to be replaced.
    fn give(&self, place: &Place, replace: bool) -> Result<(), Error> {
        let told = |error: std::io::Error| refused(Path::new(&place.shown()), &error.to_string());
        let renamed = if replace {
            self.folder.rename(ROOT, &self.parent, &place.name)
        } else {
            files::rename_new(&self.folder, ROOT, &self.parent, &place.name)
        };
        renamed.map_err(told)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = self.parent.remove_dir_all(&self.name) {
            tracing::warn!(%error, name = self.name, "what was half copied was not removed");
        }
    }
}

/// The beginning of a file.
pub(super) async fn read(api: &Api, id: &Id, path: &str, most: usize) -> Result<Contents, Error> {
    let (path, found) = resolved(api, id, path).await?;
    if found.kind != FileKind::File {
        let what = match found.kind {
            FileKind::Folder => "a folder",
            FileKind::Device => "a device",
            FileKind::Pipe => "a pipe",
            FileKind::Socket => "a socket",
            FileKind::Link | FileKind::File => "a link",
        };
        return Err(Error::Refused(format!("it is {what}, and has no text")));
    }
    let body = api.stream(&archive(id, &path)).await?;
    let (pipe, allowance, pump) = pipe(body, &Arc::default());
    let contents = blocking(move || {
        let mut archive = tar::Archive::new(pipe);
        let none = || Error::Refused("its archive is empty".to_owned());
        let file = archive.entries()?.next().ok_or_else(none)??;
        allowance.header_after(file.size());
        if kind(file.header().entry_type()) != FileKind::File {
            return Err(Error::Refused("it is no plain file".to_owned()));
        }
        let (header, size) = (file.header().clone(), file.size());
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(Contents {
            entry: Entry {
                name: split(&path).1.to_owned(),
                kind: FileKind::File,
                mode: header.mode().unwrap_or(0o644) & 0o7777,
                uid: header.uid().unwrap_or_default(),
                gid: header.gid().unwrap_or_default(),
                size,
                modified: Time::from_secs(header.mtime().unwrap_or_default() as i64),
                link: String::new(),
            },
            cut: (bytes.len() as u64) < size,
            bytes: bytes.into(),
            path,
        })
    })
    .await?;
    drop(pump);
    Ok(contents)
}
