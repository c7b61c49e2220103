//! Files in a container, by the engine's archive calls: they work on one that does not run, on
//! images without any program, and wherever the engine is. Only to look into folders quickly, to
//! delete, and to replace a file at once, a program of the container is run where it has one.
//!
//! ```text
//! stat.rs     what one path is
//! list.rs     what a folder holds
//! pipe.rs     an answer's body as something to read, for the archive's reader on another thread
//! out.rs      copying to this machine
//! unpack.rs   an archive into a folder here, and never beside it
//! pack.rs     files of this machine as an archive
//! put.rs      copying into a container; writing and deleting there
//! ```

mod export;
mod list;
mod out;
mod pack;
mod pipe;
mod put;
mod stat;
pub(crate) mod unpack;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::error::Error;
use super::locate::home;
use super::output::Sink;
use super::transport::Api;
use crate::model::Id;
use crate::model::file::FileKind;
use crate::protocol::{Files, FilesReply, Reply};

/// How often it is told how far a copy is.
const OFTEN: Duration = Duration::from_millis(150);
/// How long the engine may take to say what a path is.
const WITHIN: Duration = Duration::from_secs(10);

/// How far a copy is: counted where the bytes go by, told from beside it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    fn add(&self, bytes: usize) {
        self.done.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn expect(&self, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }
}

/// A path that was typed, with the home folder in place of `~`.
pub fn expand_home(path: &Path) -> PathBuf {
    let home = || home(&|name| std::env::var(name).ok());
    let below = path.strip_prefix("~").ok();
    below
        .and_then(|rest| Some(home()?.join(rest)))
        .unwrap_or_else(|| path.to_owned())
}

/// Performs a call about files.
pub(crate) async fn perform(api: &Api, id: &Id, call: &Files, sink: &Sink) -> Result<Reply, Error> {
    let progress = Arc::new(Progress::default());
    let work = dispatch(api, id, call, &progress);
    tokio::pin!(work);
    loop {
        tokio::select! {
            reply = &mut work => return reply,
            () = tokio::time::sleep(OFTEN) => {
                let done = progress.done.load(Ordering::Relaxed);
                let total = progress.total.load(Ordering::Relaxed);
                sink.went((done, total));
            }
        }
    }
}

async fn dispatch(
    api: &Api,
    id: &Id,
    call: &Files,
    progress: &Arc<Progress>,
) -> Result<Reply, Error> {
    match call {
        Files::Open { path, helper, most } => {
            let (path, stat) = stat::resolved(api, id, path).await?;
            if stat.kind == FileKind::Folder {
                let found = list::list(api, id, path, *helper, progress).await?;
                return Ok(Reply::Files(FilesReply::Listed(found)));
            }
            let contents = out::read(api, id, &path, *most).await?;
            Ok(Reply::Files(FilesReply::Contents(Arc::new(contents))))
        }
        Files::Read { path, most } => {
            let contents = out::read(api, id, path, *most).await?;
            Ok(Reply::Files(FilesReply::Contents(Arc::new(contents))))
        }
        Files::CopyOut { path, to, replace } => {
            let to = expand_home(to);
            let reply = out::copy(api, id, path, (&to, *replace), progress).await?;
            Ok(Reply::Files(reply))
        }
        Files::CopyIn {
            from,
            folder,
            replace,
        } => {
            let from = expand_home(from);
            let reply = put::copy(api, id, &from, (folder, *replace), progress).await?;
            Ok(Reply::Files(reply))
        }
        Files::Write { was, bytes, kept } => put::write(api, id, was, (bytes, kept)).await,
        Files::Export { to } => {
            let reply = export::export(api, id, &expand_home(to), progress).await?;
            Ok(Reply::Files(reply))
        }
        Files::Delete { path } => put::delete(api, id, path).await,
    }
}
