//! The private folder of this program's sockets: short paths, for nobody else to enter, and gone
//! with the program. What a killed one left is found by its lock, which the system has let go.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{FlockOperation, flock};
use rustix::process::getuid;

use super::line::{CONTROL, Control};

/// Bytes that a socket's path may have anywhere; ssh adds 17 to that of its control socket while
/// it makes it.
const LONGEST: usize = 100 - 17;
/// Folders that are tried before giving up: others of this process have the first.
const TRIES: u32 = 1000;

/// A private folder. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Den {
    path: PathBuf,
    /// Held for as long as the folder is in use.
    _lock: File,
    count: AtomicU32,
}

impl Den {
    /// Makes a folder where paths are short enough.
    pub(crate) fn make() -> io::Result<Self> {
        let mut last = io::Error::other("every place for sockets has too long a path");
        for base in bases() {
            match Self::make_in(&base) {
                Ok(den) => return Ok(den),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn make_in(base: &Path) -> io::Result<Self> {
        private(base)?;
        for number in 0..TRIES {
            let path = base.join(format!("{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            // somebody who cleans up may have taken it for left over in between: then the next
            if let Ok(Some(lock)) = lock(&path)
                && is_still(&path, &lock)
            {
                return Ok(Self {
                    path,
                    _lock: lock,
                    count: AtomicU32::new(0),
                });
            }
        }
        Err(io::Error::other(
            "there are too many folders of this process",
        ))
    }

    /// A path for a file that there is none of yet.
    pub(crate) fn file(&self, ending: &str) -> PathBuf {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        self.path.join(format!("{number}.{ending}"))
    }
}

impl Drop for Den {
    fn drop(&mut self) {
        // what cannot be removed is removed by a next start
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Folders that may hold private folders, best first.
fn bases() -> Vec<PathBuf> {
    let name = format!("pilothouse-{}", getuid().as_raw());
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let places = [runtime, Some(std::env::temp_dir()), Some("/tmp".into())];
    let mut bases: Vec<PathBuf> = Vec::new();
    for place in places.into_iter().flatten() {
        let base = place.join(&name);
        if place.is_absolute() && is_short(&base) && !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}

/// Whether sockets in a private folder below have paths that the system takes.
fn is_short(base: &Path) -> bool {
    base.as_os_str().as_bytes().len() + "/4194304-999/9999.s".len() <= LONGEST
}

/// Makes a folder that only its owner can enter, or sees to it that it is one.
fn private(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != getuid().as_raw() {
        let place = folder.display();
        return Err(io::Error::other(format!(
            "{place} belongs to somebody else"
        )));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Locks a folder; none when somebody else has.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = File::open(folder)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_still(path: &Path, lock: &File) -> bool {
    let inode = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (there, held) = (
        fs::symlink_metadata(path).map(inode),
        lock.metadata().map(inode),
    );
    matches!((there, held), (Ok(there), Ok(held)) if there == held)
}

/// Ends the ssh connections of programs that were killed, and removes their folders. Those of
/// programs that run are locked, and left alone.
pub(crate) async fn sweep(program: Arc<Path>) {
    for base in bases() {
        let Ok(entries) = fs::read_dir(&base) else {
            continue;
        };
        let own =
            fs::symlink_metadata(&base).is_ok_and(|m| m.is_dir() && m.uid() == getuid().as_raw());
        for folder in entries.flatten().map(|entry| entry.path()).filter(|_| own) {
            let Ok(Some(_lock)) = lock(&folder) else {
                continue;
            };
            let files = fs::read_dir(&folder).into_iter().flatten().flatten();
            for file in files.map(|entry| entry.path()) {
                if file.extension().is_some_and(|ending| ending == CONTROL) {
                    let (program, socket) = (Arc::clone(&program), file);
                    Control { program, socket }.end().await;
                }
            }
            if let Err(error) = fs::remove_dir_all(&folder) {
                tracing::warn!(%error, "a folder of a former run was not removed");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_and_goes() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path().join("x");
        let den = Den::make_in(&base).unwrap();
        let path = den.path.clone();
        for folder in [&base, &path] {
            let mode = fs::metadata(folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        assert!(matches!(lock(&path), Ok(None)), "nobody else can lock it");
        let other = Den::make_in(&base).unwrap();
        assert_ne!(other.path, path);
        assert_ne!(den.file("s"), den.file("s"));
        drop(den);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_others_can_enter_is_closed_and_a_link_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let open = base.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        Den::make_in(&open).unwrap();
        assert_eq!(
            fs::metadata(&open).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let link = base.path().join("link");
        std::os::unix::fs::symlink(&open, &link).unwrap();
        assert!(Den::make_in(&link).is_err());
    }

    #[test]
    fn paths_are_short_wherever_they_are() {
        assert!(!is_short(Path::new(&format!("/{}", "long/".repeat(20)))));
        for base in bases() {
            let socket = base.join("4194304-999/9999.s");
            assert!(socket.as_os_str().len() <= LONGEST, "{}", socket.display());
        }
        assert!(!bases().is_empty());
    }
}
