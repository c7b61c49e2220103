//! Files with owners and modes.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use cap_std::fs as held;
use cap_std::fs::{OpenOptionsExt as _, PermissionsExt};
use rustix::fs::{Gid, RenameFlags, Uid, fchown, renameat_with};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::os::rename_if_free;

/// Makes a folder that only this person can enter; an error where something has that name.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes a file that only this person can read; an error where something has that name.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// The same below a folder that holds it, links on the way included.
pub(crate) fn private_file_in(folder: &held::Dir, path: &Path) -> io::Result<held::File> {
    let mut options = held::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    folder.open_with(path, &options)
}

/// Whether a path of a container, its parts apart by `/`, can be one here: any can.
pub(crate) fn can_be_named(_: &str) -> bool {
    true
}

/// Whether this program may give files to other people.
pub(crate) fn may_give() -> bool {
    geteuid().is_root()
}

/// The numbers of a file's owner and group.
pub(crate) fn owner(of: &Metadata) -> (u32, u32) {
    (of.uid(), of.gid())
}

/// Whom a file is to belong to and who may do what with it, as an archive says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rights {
    /// Its owner and group, where they are to be given at all and are known.
    pub(crate) owner: Option<(Option<u32>, Option<u32>)>,
    /// Its mode.
    pub(crate) mode: u32,
}

impl Rights {
    /// Gives them to an open file.
    pub(crate) fn give(self, file: &held::File) -> io::Result<()> {
        if let Some((owner, group)) = self.owner {
            fchown(file, owner.map(Uid::from_raw), group.map(Gid::from_raw))?;
        }
        file.set_permissions(held::Permissions::from_mode(self.mode))
    }

    /// Gives them to a folder below another.
    pub(crate) fn give_folder(self, within: &held::Dir, path: &Path) -> io::Result<()> {
        self.give(&within.open(path)?)
    }
}

/// Makes a link with any target; nothing is looked for at its end.
pub(crate) fn link(within: &held::Dir, target: &Path, path: &Path) -> io::Result<()> {
    within.symlink_contents(target, path)
}

/// Renames without ever replacing anything; an error where something has the name.
pub(crate) fn rename_new(
    from: &held::Dir,
    name: &str,
    to: &held::Dir,
    new: &str,
) -> io::Result<()> {
    match renameat_with(from, name, to, new, RenameFlags::NOREPLACE) {
        // a file system that cannot do so at once
        Err(Errno::INVAL | Errno::NOSYS) => rename_if_free(from, name, to, new),
        renamed => renamed.map_err(io::Error::from),
    }
}
