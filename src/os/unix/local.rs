//! Connections within this machine: Unix sockets.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::files::private_folder;

/// Socket paths are limited to about this by the system.
const LONGEST: usize = 100;

/// A connection as its listener has it.
pub(crate) type Accepted = UnixStream;

/// Connects to whoever listens at a path.
pub(crate) async fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path).await
}

/// Whether something can listen at what has such a type.
pub(crate) fn is_socket(kind: FileType) -> bool {
    kind.is_socket()
}

/// Somebody who listens at a path. Dropping it removes the socket.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Listens; a stale socket at which nothing answers is replaced. Must be called inside a tokio
    /// runtime.
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        if let Ok(found) = std::fs::symlink_metadata(path) {
            let in_use = |what: &str| {
                let words = format!("{}: {what}", path.display());
                io::Error::new(io::ErrorKind::AddrInUse, words)
            };
            if !is_socket(found.file_type()) {
                return Err(in_use("exists and is no socket"));
            }
            if Blocking::connect(path).is_ok() {
                return Err(in_use("something already answers there"));
            }
            std::fs::remove_file(path)?;
        }
        Ok(Self {
            socket: UnixListener::bind(path)?,
            path: path.to_owned(),
        })
    }

    /// Waits for the next connection. May be dropped and called again.
    pub(crate) async fn accept(&mut self) -> io::Result<Accepted> {
        self.socket.accept().await.map(|(socket, _)| socket)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // it may be gone already
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A place to listen at that only this person can reach. Dropping it removes its folder.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    socket: PathBuf,
}

impl Place {
    /// The first of some names that is free, with a path short enough for a socket.
    pub(crate) fn new(names: impl Iterator<Item = String>) -> io::Result<Self> {
        let mut parent = std::env::temp_dir();
        if parent.as_os_str().len() + 50 > LONGEST {
            parent = PathBuf::from("/tmp");
        }
        for name in names {
            let folder = parent.join(name);
            match private_folder(&folder) {
                Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => {}
                made => {
                    made?;
                    let socket = folder.join("docker.sock");
                    return Ok(Self { folder, socket });
                }
            }
        }
        Err(io::Error::other("no name for a folder is free"))
    }

    /// Where to listen.
    pub(crate) fn path(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
        let _ = std::fs::remove_dir(&self.folder);
    }
}
