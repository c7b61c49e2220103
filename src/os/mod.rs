//! What each operating system does in its own way, under one face: sockets of this machine, owners
//! and rights of files, programs beside this one. Both systems have the same names; what one of
//! them has not, it says in plain words. The terminal has such a pair of its own.

#[cfg(unix)]
#[path = "unix/mod.rs"]
mod system;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;

use std::io;

use cap_std::fs::Dir;

pub(crate) use system::{files, local, programs};

/// Renames what nothing has the name of at this moment, where that cannot be asked for at once.
fn rename_if_free(from: &Dir, name: &str, to: &Dir, new: &str) -> io::Result<()> {
    if to.symlink_metadata(new).is_ok() {
        let words = "it came to be meanwhile";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, words));
    }
    from.rename(name, to, new)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::files;
    use super::local::{Listener, Place, connect};

    #[tokio::test]
    async fn who_listens_is_reached_and_nobody_else_takes_the_place() {
        let name = format!("pilothouse-os-{}", std::process::id());
        let place = Place::new(std::iter::once(name)).unwrap();
        assert!(connect(place.path()).await.is_err());
        let mut listener = Listener::bind(place.path()).unwrap();
        for said in [b"one", b"two"] {
            let (near, far) = tokio::join!(connect(place.path()), listener.accept());
            let (mut near, mut far) = (near.unwrap(), far.unwrap());
            near.write_all(said).await.unwrap();
            let mut heard = [0; 3];
            far.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, said);
        }
        let second = Listener::bind(place.path()).unwrap_err();
        assert_eq!(second.kind(), ErrorKind::AddrInUse);
        drop(listener);
        assert!(connect(place.path()).await.is_err());
        Listener::bind(place.path()).unwrap();
    }

    #[test]
    fn a_name_that_is_taken_is_not_renamed_over() {
        let folder = tempfile::tempdir().unwrap();
        let within = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        within.write("fresh", "fresh").unwrap();
        within.write("there", "there").unwrap();
        let refused = files::rename_new(&within, "fresh", &within, "there").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(within.read("there").unwrap(), b"there");
        files::rename_new(&within, "fresh", &within, "free").unwrap();
        assert_eq!(within.read("free").unwrap(), b"fresh");
    }
}
