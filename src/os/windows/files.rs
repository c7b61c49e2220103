//! Files without the owners and modes of a container. What is made here may be read by whom the
//! folder around it lets read; a person's own folders, the temporary one among them, are closed to
//! others.

use std::fs::{File, Metadata, create_dir};
use std::io;
use std::path::Path;

use cap_std::fs as held;

use crate::os::rename_if_free;

/// Makes a folder; an error where something has that name.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    create_dir(path)
}

/// Makes a file; an error where something has that name.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// The same below a folder that holds it, links on the way included.
pub(crate) fn private_file_in(folder: &held::Dir, path: &Path) -> io::Result<held::File> {
    let mut options = held::OpenOptions::new();
    options.write(true).create_new(true);
    folder.open_with(path, &options)
}

/// Names that are devices in every folder, whatever ending they have.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Whether a path of a container, its parts apart by `/`, can be one here. The rest Windows refuses
/// or takes for something else: a stream of another file, a folder, a device ("Naming Files, Paths,
/// and Namespaces").
pub(crate) fn can_be_named(path: &str) -> bool {
    path.split('/').all(|part| {
        let stem = part.split('.').next().unwrap_or_default().trim_end();
        let stem = stem.to_ascii_uppercase();
        let number = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
        let is_port = number.is_some_and(|number| number.len() == 1);
        let odd = |c: char| c.is_control() || r#"\<>:"|?*"#.contains(c);
        !(part.contains(odd)
            || part.ends_with(['.', ' '])
            || is_port
            || DEVICES.contains(&stem.as_str()))
    })
}

/// Whether this program may give files to other people: there are no such owners.
pub(crate) fn may_give() -> bool {
    false
}

/// The numbers of a file's owner and group: what is copied into a container is root's there.
pub(crate) fn owner(_: &Metadata) -> (u32, u32) {
    (0, 0)
}

/// Whom a file is to belong to and who may do what with it, as an archive says it.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "nobody can be given them")]
pub(crate) struct Rights {
    /// Its owner and group, where they are to be given at all and are known.
    pub(crate) owner: Option<(Option<u32>, Option<u32>)>,
    /// Its mode.
    pub(crate) mode: u32,
}

#[expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "elsewhere they are given, which may fail"
)]
impl Rights {
    /// Nothing is given: the folder around says who may do what.
    pub(crate) fn give(self, _: &held::File) -> io::Result<()> {
        Ok(())
    }

    /// Nothing is given to a folder either.
    pub(crate) fn give_folder(self, _: &held::Dir, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// No link is made: links of a container lead to paths that are none here, and need rights.
pub(crate) fn link(_: &held::Dir, _: &Path, _: &Path) -> io::Result<()> {
    let words = "links of a container are not kept on Windows";
    Err(io::Error::new(io::ErrorKind::Unsupported, words))
}

/// Renames without replacing anything that is there; an error where something has the name.
pub(crate) fn rename_new(
    from: &held::Dir,
    name: &str,
    to: &held::Dir,
    new: &str,
) -> io::Result<()> {
    rename_if_free(from, name, to, new)
}

#[cfg(test)]
mod tests {
    use super::can_be_named;

    #[test]
    fn what_windows_takes_for_something_else_is_no_name() {
        for name in ["", "a", "a/b.txt", "console", "com10", ".env", "a b"] {
            assert!(can_be_named(name), "{name}");
        }
        for name in [
            "a:b", r"a\b", "a/what?", "nul", "aux.txt", "a/COM1", "dot.", "a /b", "a\n",
        ] {
            assert!(!can_be_named(name), "{name}");
        }
    }
}
