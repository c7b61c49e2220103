//! Connections within this machine: named pipes.

use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};
use tokio::time::sleep;

/// All instances of a pipe are taken at this moment (`ERROR_PIPE_BUSY`).
const BUSY: i32 = 231;
/// How long until a busy pipe is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// A connection as its listener has it.
pub(crate) type Accepted = NamedPipeServer;

/// Connects to whoever listens at a path; waits while all that listen are taken.
pub(crate) async fn connect(path: &Path) -> io::Result<NamedPipeClient> {
    loop {
        match ClientOptions::new().open(path) {
            Err(error) if error.raw_os_error() == Some(BUSY) => sleep(AGAIN).await,
            opened => return opened,
        }
    }
}

/// Whether something can listen at what has such a type: pipes are not in any folder.
pub(crate) fn is_socket(_: FileType) -> bool {
    false
}

/// Somebody who listens at a path. Dropping it ends the pipe.
#[derive(Debug)]
pub(crate) struct Listener {
    /// The instance that waits for the next connection.
    next: NamedPipeServer,
    path: PathBuf,
}

impl Listener {
    /// Listens. Must be called inside a tokio runtime.
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        let mut options = ServerOptions::new();
        let next = options.first_pipe_instance(true).create(path);
        let next = next.map_err(|error| {
            // what the system says where the pipe has another owner
            if error.kind() == io::ErrorKind::PermissionDenied {
                let words = format!("{}: something already answers there", path.display());
                return io::Error::new(io::ErrorKind::AddrInUse, words);
            }
            error
        })?;
        Ok(Self {
            next,
            path: path.to_owned(),
        })
    }

    /// Waits for the next connection. May be dropped and called again.
    pub(crate) async fn accept(&mut self) -> io::Result<Accepted> {
        let connected = self.next.connect().await;
        // one that somebody came to and left cannot be waited at again
        let fresh = ServerOptions::new().create(&self.path)?;
        let taken = std::mem::replace(&mut self.next, fresh);
        connected.map(|()| taken)
    }
}

/// A place to listen at.
#[derive(Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// The first of some names.
    pub(crate) fn new(mut names: impl Iterator<Item = String>) -> io::Result<Self> {
        let name = names.next().ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self(PathBuf::from(format!(r"\\.\pipe\{name}"))))
    }

    /// Where to listen.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}
