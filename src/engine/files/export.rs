//! All files of a container as a tar archive: into a file beside the target first, which takes its
//! name when all has come. What is given up or breaks leaves nothing.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Progress;
use super::pipe::pipe;
use crate::engine::error::Error;
use crate::engine::transport::Api;
use crate::model::Id;
use crate::model::text::clean;
use crate::protocol::{Copied, FilesReply};

/// Writes the archive to a new file.
pub(super) async fn export(
    api: &Api,
    id: &Id,
    to: &Path,
    progress: &Arc<Progress>,
) -> Result<FilesReply, Error> {
    let to = to.to_owned();
    if tokio::fs::symlink_metadata(&to).await.is_ok() {
        return Err(refused(
            &to,
            "it is there already, and nothing is overwritten",
        ));
    }
    let body = api.stream(&format!("/containers/{id}/export")).await?;
    let (mut from, pump) = {
        let (pipe, allowance, pump) = pipe(body, progress);
        // it is not looked into: there are no headers that could have no end
        allowance.header_after(u64::MAX);
        (pipe, pump)
    };
    let work = move || {
        let mut part = Part::new(&to)?;
        let bytes = io::copy(&mut from, &mut part.file).map_err(|error| part.fault(&error))?;
        part.file.flush().map_err(|error| part.fault(&error))?;
        part.give(&to)?;
        Ok(FilesReply::Copied(Copied {
            to: clean(&to.display().to_string()),
            files: 1,
            bytes,
            ..Copied::default()
        }))
    };
    let done = tokio::task::spawn_blocking(work).await;
    drop(pump);
    done.map_err(|bug| Error::Refused(bug.to_string()))?
}

fn refused(place: &Path, why: &str) -> Error {
    Error::Refused(format!("{}: {why}", clean(&place.display().to_string())))
}

/// A file that goes unless it is given its name.
struct Part {
    file: File,
    place: PathBuf,
}

impl Part {
    fn new(to: &Path) -> Result<Self, Error> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let place = to.with_file_name(name);
        let file = File::create_new(&place);
        let file = file.map_err(|error| refused(&place, &error.to_string()))?;
        Ok(Self { file, place })
    }

    fn fault(&self, error: &io::Error) -> Error {
        refused(&self.place, &error.to_string())
    }

    /// Gives it its name, unless something has that by now.
    fn give(&self, to: &Path) -> Result<(), Error> {
        // a link never takes the place of what is there; some file systems have none
        let linked = std::fs::hard_link(&self.place, to).or_else(|error| {
            let there =
                error.kind() == io::ErrorKind::AlreadyExists || to.symlink_metadata().is_ok();
            match there {
                true => Err(error),
                false => std::fs::rename(&self.place, to),
            }
        });
        linked.map_err(|error| refused(to, &error.to_string()))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // its name is another one by now, or nobody wants it
        let _ = std::fs::remove_file(&self.place);
    }
}
