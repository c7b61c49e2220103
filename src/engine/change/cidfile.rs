//! The file that a container's id is written to, as `docker run --cidfile` does: it must not be
//! there before, and it goes again when no container was made.

use std::fs::{File, remove_file};
use std::io::Write;
use std::path::PathBuf;

use super::super::error::Error;
use super::super::expand_home;
use crate::model::Id;

/// A file that waits for an id.
pub(super) struct CidFile {
    path: PathBuf,
    file: File,
}

/// Makes the file, where one is wanted.
pub(super) async fn claim(path: Option<&str>) -> Result<Option<CidFile>, Error> {
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = expand_home(path.as_ref());
    let made = off_the_loop(move || {
        let file = File::create_new(&path);
        file.map(|file| CidFile {
            path: path.clone(),
            file,
        })
        .map_err(|why| format!("--cidfile: {}: {why}", path.display()))
    });
    made.await.map(Some)
}

impl CidFile {
    /// Writes the id; without one the file goes again.
    pub(super) async fn settle(mut self, id: Option<&Id>) -> Result<(), Error> {
        let id = id.map(ToString::to_string);
        off_the_loop(move || {
            let settled = match id {
                Some(id) => self.file.write_all(id.as_bytes()),
                None => remove_file(&self.path),
            };
            settled.map_err(|why| format!("--cidfile: {}: {why}", self.path.display()))
        })
        .await
    }
}

async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|bug| Error::nonsense("the file of the id", bug))?
        .map_err(Error::Refused)
}
