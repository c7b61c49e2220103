//! Archives as no engine should send them: nothing of them is ever written beside the folder.

use std::io::Cursor;
use std::os::unix::fs::PermissionsExt as _;

use cap_std::ambient_authority;
use tar::{Builder, EntryType, Header};

use super::*;

/// An archive of entries: kind, name, link or contents.
fn archive(entries: &[(EntryType, &str, &str)]) -> Vec<u8> {
    let mut whole = Builder::new(Vec::new());
    for (kind, name, content) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o4750);
        header.set_uid(0);
        header.set_gid(0);
        // the library refuses to write such names; the field does not
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        let is_link = matches!(kind, Symlink | Link);
        if is_link {
            header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
        }
        let body = if is_link { "" } else { content };
        header.set_size(body.len() as u64);
        header.set_cksum();
        whole.append(&header, body.as_bytes()).unwrap();
    }
    whole.into_inner().unwrap()
}

/// A folder with a secret beside the target; what became of both.
struct Bench {
    whole: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let whole = tempfile::tempdir().unwrap();
        std::fs::create_dir(whole.path().join("target")).unwrap();
        std::fs::write(whole.path().join("secret"), "untouched").unwrap();
        Self { whole }
    }

    fn unpack(&self, bytes: Vec<u8>) -> Result<Copied, Error> {
        let target = self.whole.path().join("target");
        let folder = Dir::open_ambient_dir(target, ambient_authority()).unwrap();
        let allowance = Allowance::default();
        let keep = Keep { owners: false };
        unpack(Cursor::new(bytes), &allowance, &folder, keep)
    }

    /// Nothing was made, changed or taken beside the target.
    fn assert_safe(&self, what: &str) {
        let mut names: Vec<String> = std::fs::read_dir(self.whole.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["secret", "target"], "{what}");
        let secret = std::fs::read_to_string(self.whole.path().join("secret")).unwrap();
        assert_eq!(secret, "untouched", "{what}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.whole.path().join("target").join(ROOT).join(name)
    }
}

use EntryType::{Directory, Link, Regular, Symlink};

/// A place beside everything that nothing may be written to.
const OUTSIDE: &str = "/tmp/pilothouse-never-written";

/// What an archive holds: kind, name, link or contents.
type Entries = &'static [(EntryType, &'static str, &'static str)];

/// Archives that lead out, each in its own way.
const CORPUS: &[(&str, Entries)] = &[
    (
        "a parent",
        &[(Directory, "d/", ""), (Regular, "d/../../evil", "x")],
    ),
    ("a parent first", &[(Regular, "../evil", "x")]),
    (
        "a parent in the middle",
        &[(Directory, "d/", ""), (Regular, "d/a/../../../evil", "x")],
    ),
    (
        "an absolute path",
        &[(Directory, "d/", ""), (Regular, OUTSIDE, "x")],
    ),
    (
        "another folder",
        &[(Directory, "d/", ""), (Regular, "other/evil", "x")],
    ),
    (
        "a name that only begins alike",
        &[(Directory, "d/", ""), (Regular, "devil", "x")],
    ),
    (
        "through a link up",
        &[
            (Directory, "d/", ""),
            (Symlink, "d/l", "../.."),
            (Regular, "d/l/evil", "x"),
        ],
    ),
    (
        "through an absolute link",
        &[
            (Directory, "d/", ""),
            (Symlink, "d/l", "/tmp"),
            (Regular, "d/l/evil", "x"),
        ],
    ),
    (
        "through two links",
        &[
            (Directory, "d/", ""),
            (Directory, "d/a/", ""),
            (Symlink, "d/a/up", ".."),
            (Symlink, "d/b", "a/up/.."),
            (Symlink, "d/c", "b/.."),
            (Regular, "d/c/evil", "x"),
        ],
    ),
    (
        "over a link",
        &[
            (Directory, "d/", ""),
            (Symlink, "d/l", "../../secret"),
            (Regular, "d/l", "x"),
        ],
    ),
    (
        "the first is a link",
        &[(Symlink, "d", "../secret"), (Regular, "d", "x")],
    ),
    (
        "a folder in place of a link",
        &[
            (Directory, "d/", ""),
            (Symlink, "d/l", "../.."),
            (Directory, "d/l/", ""),
        ],
    ),
    (
        "a hard link out",
        &[
            (Directory, "d/", ""),
            (Link, "d/h", "../secret"),
            (Regular, "d/h", "x"),
        ],
    ),
    (
        "an absolute hard link",
        &[(Directory, "d/", ""), (Link, "d/h", "/etc/passwd")],
    ),
    (
        "a hard link to a link out",
        &[
            (Directory, "d/", ""),
            (Symlink, "d/l", "../../secret"),
            (Link, "d/h", "d/l"),
            (Regular, "d/h", "x"),
        ],
    ),
    (
        "twice the same",
        &[
            (Directory, "d/", ""),
            (Regular, "d/a", "1"),
            (Regular, "d/a", "2"),
        ],
    ),
];

#[test]
fn nothing_is_written_beside_the_folder() {
    for (what, entries) in CORPUS {
        let bench = Bench::new();
        let result = bench.unpack(archive(entries));
        assert!(result.is_err(), "{what}: {result:?}");
        bench.assert_safe(what);
        assert!(!Path::new(OUTSIDE).exists(), "{what}");
        assert!(!Path::new("/tmp/evil").exists(), "{what}");
    }
}

#[test]
fn devices_and_pipes_are_left_out() {
    let bench = Bench::new();
    let copied = bench
        .unpack(archive(&[
            (Directory, "d/", ""),
            (EntryType::Char, "d/null", ""),
            (EntryType::Block, "d/disk", ""),
            (EntryType::Fifo, "d/pipe", ""),
            (Regular, "d/file", "text"),
        ]))
        .unwrap();
    assert_eq!((copied.files, copied.left_out, copied.bytes), (5, 3, 4));
    let names: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().collect();
    assert_eq!(names.len(), 1);
    bench.assert_safe("devices");
}

#[test]
fn what_is_well_made_comes_whole() {
    let bench = Bench::new();
    let copied = bench
        .unpack(archive(&[
            (Directory, "d/", ""),
            (Directory, "d/in/", ""),
            (Regular, "d/in/file", "text"),
            (Link, "d/in/second", "d/in/file"),
            (Symlink, "d/in/near", "file"),
            (Symlink, "d/far", "/etc/passwd"),
            (Regular, "d/e\u{1b}[2Jvil\n", "named oddly"),
        ]))
        .unwrap();
    assert_eq!((copied.leading_out, copied.left_out), (1, 0));
    assert_eq!(
        std::fs::read_to_string(bench.path("in/second")).unwrap(),
        "text"
    );
    assert_eq!(
        std::fs::read_to_string(bench.path("in/near")).unwrap(),
        "text"
    );
    let far = std::fs::read_link(bench.path("far")).unwrap();
    assert_eq!(far.to_str(), Some("/etc/passwd"));
    // rights are kept, but not those that are an owner's, who is another here
    let mode = std::fs::metadata(bench.path("in/file"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o750);
    bench.assert_safe("well made");
}

#[test]
fn endless_names_and_broken_archives_are_refused() {
    let bench = Bench::new();
    // a long name of 64 MiB: held in memory it would be
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(64 << 20);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.resize(bytes.len() + (64 << 20), b'a');
    let allowance = Allowance::default();
    allowance.header_after(0);
    let reader = Limited {
        from: Cursor::new(bytes),
        allowance: allowance.clone(),
    };
    let target = bench.whole.path().join("target");
    let folder = Dir::open_ambient_dir(target, ambient_authority()).unwrap();
    let result = unpack(reader, &allowance, &folder, Keep { owners: false });
    assert!(result.is_err());
    let whole = archive(&[
        (Directory, "d/", ""),
        (Regular, "d/a", "contents of a file"),
    ]);
    assert!(
        bench.unpack(whole[..1024 + 5].to_vec()).is_err(),
        "it breaks off"
    );
    assert!(bench.unpack(b"no archive at all".repeat(100)).is_err());
    assert!(bench.unpack(Vec::new()).is_err(), "empty");
    bench.assert_safe("broken");
}

/// Bytes that count against an allowance, as a pipe's do.
struct Limited {
    from: Cursor<Vec<u8>>,
    allowance: Allowance,
}

impl io::Read for Limited {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        if self.allowance.take(count) {
            Ok(count)
        } else {
            Err(io::Error::other("too much"))
        }
    }
}
