//! An archive into a folder of this machine, and never beside it: whatever names, links and kinds
//! it holds. The operating system holds every path below the folder (`cap_std`), and what is not
//! a plain file, folder or link is left out.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;
use tar::{EntryType, Header};

use super::pipe::Allowance;
use crate::engine::error::Error;
use crate::model::file::FileKind;
use crate::model::text::clean;
use crate::os::files::{self, Rights};
use crate::protocol::Copied;

/// The name in the folder under which all of an archive is put.
pub(super) const ROOT: &str = "it";
/// Files of one archive.
const MOST: u64 = 5_000_000;

/// The sort of a file in an archive; a hard link is a file.
pub(super) fn kind(of: EntryType) -> FileKind {
    match of {
        EntryType::Directory => FileKind::Folder,
        EntryType::Symlink => FileKind::Link,
        EntryType::Char | EntryType::Block => FileKind::Device,
        EntryType::Fifo => FileKind::Pipe,
        _ => FileKind::File,
    }
}

/// Names in an archive of one path: the first is the path's own, all others stand below it.
#[derive(Debug, Default)]
pub(super) struct Named {
    first: Option<String>,
}

impl Named {
    /// The name of a file below the first: empty for the first, none for what is no file.
    pub(super) fn below<R: io::Read>(
        &mut self,
        file: &tar::Entry<'_, R>,
    ) -> Result<Option<String>, Error> {
        if file.header().entry_type() == EntryType::XGlobalHeader {
            return Ok(None);
        }
        self.path(&file.path_bytes()).map(Some)
    }

    fn path(&mut self, bytes: &[u8]) -> Result<String, Error> {
        let name = std::str::from_utf8(bytes).map_err(|_| {
            let name = clean(&String::from_utf8_lossy(bytes));
            Error::Refused(format!("the name {name} is no Unicode text"))
        })?;
        let plain = name.trim_start_matches("./").trim_matches('/');
        let Some(first) = &self.first else {
            if plain.split('/').any(|part| part == "..") {
                return Err(leads_out(name));
            }
            self.first = Some(plain.to_owned());
            return Ok(String::new());
        };
        let below = if first.is_empty() {
            Some(plain)
        } else if plain == first {
            Some("")
        } else {
            plain
                .strip_prefix(first.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
        };
        let below = below.ok_or_else(|| leads_out(name))?;
        let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !Path::new(below).components().all(normal) || below.contains('\0') {
            return Err(leads_out(name));
        }
        Ok(below.to_owned())
    }
}

fn leads_out(name: &str) -> Error {
    let name = clean(&name.chars().take(200).collect::<String>());
    Error::Refused(format!(
        "its archive is not what it should be: the name {name} leads out of what was asked for"
    ))
}

/// What is done to owners and rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keep {
    /// Give files their owners: only root may.
    pub(super) owners: bool,
}

/// Unpacks an archive into an empty folder, all of it under the name [`ROOT`].
pub(super) fn unpack(
    from: impl io::Read,
    allowance: &Allowance,
    folder: &Dir,
    keep: Keep,
) -> Result<Copied, Error> {
    let mut unpacker = Unpacker {
        folder,
        keep,
        named: Named::default(),
        folders: Vec::new(),
        copied: Copied::default(),
    };
    let mut archive = tar::Archive::new(from);
    for file in archive.entries()? {
        let mut file = file?;
        allowance.header_after(file.size());
        unpacker.take(&mut file)?;
    }
    if unpacker.named.first.is_none() {
        return Err(Error::Refused("its archive is empty".to_owned()));
    }
    unpacker.finish()
}

struct Unpacker<'a> {
    folder: &'a Dir,
    keep: Keep,
    named: Named,
    /// Folders with their rights, which are given last: one that may not be written is filled
    /// before.
    folders: Vec<(PathBuf, Header)>,
    copied: Copied,
}

impl Unpacker<'_> {
    fn take<R: io::Read>(&mut self, file: &mut tar::Entry<'_, R>) -> Result<(), Error> {
        let Some(below) = self.named.below(file)? else {
            return Ok(());
        };
        self.copied.files += 1;
        if self.copied.files > MOST {
            return Err(Error::Refused("it holds too many files".to_owned()));
        }
        if !files::can_be_named(&below) {
            self.copied.left_out += 1;
            return Ok(());
        }
        let path = under_root(&below);
        let header = file.header().clone();
        let made = match header.entry_type() {
            EntryType::Directory => self.folder(path, &header),
            EntryType::Symlink => self.link(&path, file),
            EntryType::Link => self.hard_link(&path, file),
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                self.file(&path, file)
            }
            _ => {
                self.copied.left_out += 1;
                Ok(())
            }
        };
        made.map_err(|error| told(&below, error))
    }

    fn folder(&mut self, path: PathBuf, header: &Header) -> Result<(), Error> {
        match self.folder.create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !self.folder.symlink_metadata(&path)?.is_dir() {
                    return Err(error.into());
                }
            }
            made => made?,
        }
        self.folders.push((path, header.clone()));
        Ok(())
    }

    fn file<R: io::Read>(
        &mut self,
        path: &Path,
        file: &mut tar::Entry<'_, R>,
    ) -> Result<(), Error> {
        // nothing that is there is ever opened, so no link is followed either
        let mut made = files::private_file_in(self.folder, path)?;
        let size = file.size();
        let copied = io::copy(file, &mut made)?;
        if copied != size {
            return Err(Error::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        self.copied.bytes += copied;
        let header = file.header();
        self.rights(header).give(&made)?;
        let changed = Duration::from_secs(header.mtime().unwrap_or_default());
        if let Some(changed) = SystemTime::UNIX_EPOCH.checked_add(changed) {
            made.into_std().set_modified(changed)?;
        }
        Ok(())
    }

    /// A link is kept as it is, wherever it leads: nothing is written through it.
    fn link<R: io::Read>(&mut self, path: &Path, file: &tar::Entry<'_, R>) -> Result<(), Error> {
        let target = file.link_name()?.unwrap_or_default();
        match files::link(self.folder, &target, path) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.copied.left_out += 1;
                return Ok(());
            }
            made => made?,
        }
        self.copied.leading_out += u64::from(leads_outside(path, &target));
        Ok(())
    }

    /// A second name of a file that came before, in the same archive.
    fn hard_link<R: io::Read>(
        &mut self,
        path: &Path,
        file: &tar::Entry<'_, R>,
    ) -> Result<(), Error> {
        let target = file.link_name_bytes().unwrap_or_default();
        let first = self.named.first.clone();
        let below = Named { first }.path(&target)?;
        let target = under_root(&below);
        if !self.folder.symlink_metadata(&target)?.is_file() {
            return Err(leads_out(&target.to_string_lossy()));
        }
        self.folder.hard_link(&target, self.folder, path)?;
        Ok(())
    }

    /// Rights without setuid and setgid, unless the owner they mean is kept.
    fn rights(&self, header: &Header) -> Rights {
        let number = |id: io::Result<u64>| id.ok().and_then(|id| u32::try_from(id).ok());
        let owner = || (number(header.uid()), number(header.gid()));
        let all = if self.keep.owners { 0o7777 } else { 0o1777 };
        Rights {
            owner: self.keep.owners.then(owner),
            mode: header.mode().unwrap_or(0o600) & all,
        }
    }

    fn finish(mut self) -> Result<Copied, Error> {
        // those deepest first
        while let Some((path, header)) = self.folders.pop() {
            self.rights(&header).give_folder(self.folder, &path)?;
        }
        Ok(self.copied)
    }
}

/// The place of a name in the folder. A path that ends in a slash would be a folder's.
fn under_root(below: &str) -> PathBuf {
    let root = Path::new(ROOT);
    if below.is_empty() {
        root.to_owned()
    } else {
        root.join(below)
    }
}

/// A failure with the file that it is about.
fn told(below: &str, error: Error) -> Error {
    match error {
        Error::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            let name = if below.is_empty() { "it" } else { below };
            Error::Refused(format!("{}: {}", clean(name), clean(&error.to_string())))
        }
        other => other,
    }
}

/// Whether a link leads out of what was copied, by its words alone.
fn leads_outside(path: &Path, target: &Path) -> bool {
    let above = path
        .parent()
        .map_or(0, |folder| folder.components().count());
    let mut depth = above as i64;
    for part in target.components() {
        match part {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
        // the first level is the folder's own
        if depth < 1 {
            return true;
        }
    }
    false
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
