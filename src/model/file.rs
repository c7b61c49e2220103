//! Files inside a container: what a folder holds, and the text of one.

use std::sync::Arc;

use super::Time;

/// What sort of file it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the sorts of files that a Unix has")]
pub enum FileKind {
    Folder,
    #[default]
    File,
    Link,
    Device,
    Pipe,
    Socket,
}

impl FileKind {
    /// The letter that `ls -l` begins with.
    pub fn letter(self) -> char {
        match self {
            Self::Folder => 'd',
            Self::File => '-',
            Self::Link => 'l',
            Self::Device => 'b',
            Self::Pipe => 'p',
            Self::Socket => 's',
        }
    }
}

/// A file in a folder. Its name is as the container has it: it is cleaned before it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its sort.
    pub kind: FileKind,
    /// Its rights: the lowest twelve bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// Its owner's number.
    pub uid: u64,
    /// Its group's number.
    pub gid: u64,
    /// Its bytes.
    pub size: u64,
    /// When it was changed.
    pub modified: Time,
    /// What it points to, clean; empty when it is no link.
    pub link: String,
}

/// How a folder was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a program in the container: at once.
    Program,
    /// By the archive of all that is below it: works in any state, and may be much to read.
    Archive,
}

/// What a folder holds, folders first, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The folder: an absolute path, links in it resolved.
    pub folder: String,
    /// Its files.
    pub entries: Vec<Entry>,
    /// How it was looked at.
    pub way: Way,
    /// Why it is not whole.
    pub cut: Option<String>,
}

/// A file's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The file: an absolute path, links in it resolved.
    pub path: String,
    /// What is known of it; its mode, owner and time go back with it when it is written.
    pub entry: Entry,
    /// Its bytes, or the beginning of them.
    pub bytes: Arc<[u8]>,
    /// Whether there are more.
    pub cut: bool,
}

impl Contents {
    /// Whether it is no text.
    pub fn is_binary(&self) -> bool {
        let start = self.bytes.get(..8192).unwrap_or(&self.bytes);
        start.contains(&0)
    }
}

/// A path in a container, one step further.
pub fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// An absolute path as it is usually written: no slash twice or at its end. What `..` leads to is
/// the container's to say, since links stand between.
pub fn normal(path: &str) -> String {
    let steps = path.split('/').filter(|step| !matches!(*step, "" | "."));
    let steps: Vec<&str> = steps.collect();
    format!("/{}", steps.join("/"))
}

/// The folder that a path is in, and its name there; the root is in itself and has none.
pub fn split(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => ("/", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_apart_and_together() {
        assert_eq!(join("/", "etc"), "/etc");
        assert_eq!(join("/etc/", "a b"), "/etc/a b");
        assert_eq!(split("/etc/nginx/"), ("/etc", "nginx"));
        assert_eq!(split("/etc"), ("/", "etc"));
        assert_eq!(split("/"), ("/", ""));
        assert_eq!(normal("//etc/./x/"), "/etc/x");
        assert_eq!(normal("/"), "/");
        assert_eq!(normal("/a/../b c"), "/a/../b c");
    }
}
