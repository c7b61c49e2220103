//! What a folder holds. A program of the container tells it at once, where the container runs and
//! has one; else the archive of all that is below is read, its contents passed over, as far as
//! bytes and time allow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Progress;
use super::pipe::{Allowance, Pipe, pipe};
use super::stat::archive;
use super::unpack::{Named, kind};
use crate::engine::capture::{self, Program};
use crate::engine::clock;
use crate::engine::error::Error;
use crate::engine::transport::Api;
use crate::model::file::{Entry, FileKind, Listing, Way, join};
use crate::model::text::clean;
use crate::model::{Id, Time, units};

/// Files of one folder that are told.
const MOST: usize = 20_000;
/// Files of all folders that are told when they come by.
const BESIDE: usize = 50_000;
/// Bytes of an archive that are read for the names in it.
const BYTES: u64 = 512 << 20;
/// How long it is read for them.
const TIME: Duration = Duration::from_secs(15);
/// Bytes that a program may print.
const PRINTED: usize = 8 << 20;
const WITHIN: Duration = Duration::from_secs(10);

/// Prints each file of folder $1: by GNU find, or by find and stat of busybox. A name has no slash,
/// so one that begins a line begins a file.
const SCRIPT: &str = r#"cd "$1" || exit 66
if find . -maxdepth 0 -printf '' 2>/dev/null; then
  find . -mindepth 1 -maxdepth 1 -printf '/%#m/%y/%U/%G/%s/%Ts/%f/%l\n'
else
  find . -mindepth 1 -maxdepth 1 -exec stat -c '/%f/%u/%g/%s/%Y/%n/%N' {} +
fi 2>/dev/null
exit 0"#;

/// What a folder holds; with an archive, what folders below it hold too.
pub(super) async fn list(
    api: &Api,
    id: &Id,
    folder: String,
    helper: bool,
    progress: &Arc<Progress>,
) -> Result<Vec<Arc<Listing>>, Error> {
    if helper && let Some(entries) = by_program(api, id, &folder).await {
        return Ok(vec![Arc::new(listing(folder, entries, Way::Program, None))]);
    }
    by_archive(api, id, folder, progress).await
}

fn listing(folder: String, mut entries: Vec<Entry>, way: Way, cut: Option<String>) -> Listing {
    let many = entries.len() > MOST;
    entries.sort_by(|a, b| {
        let folder = |entry: &Entry| entry.kind != FileKind::Folder;
        (folder(a), &a.name).cmp(&(folder(b), &b.name))
    });
    entries.truncate(MOST);
    let cut = cut.or_else(|| {
        let most = units::count(MOST as u64);
        many.then(|| format!("the first {most} of more"))
    });
    Listing {
        folder,
        entries,
        way,
        cut,
    }
}

/// None: the archive tells, since it does not run, has no such program, or is frozen.
async fn by_program(api: &Api, id: &Id, folder: &str) -> Option<Vec<Entry>> {
    let program = Program {
        words: &["sh", "-c", SCRIPT, "sh", folder],
        limit: PRINTED,
        within: WITHIN,
    };
    let printed = capture::run(api, id, program).await.ok()??;
    if printed.code != Some(0) {
        return None;
    }
    let text = String::from_utf8_lossy(&printed.out);
    let lines = text.strip_prefix('/').unwrap_or(&text);
    if lines.is_empty() {
        // an empty folder, or no find: the archive knows, and is small when it is empty
        return None;
    }
    Some(lines.split("\n/").filter_map(entry).collect())
}

fn entry(line: &str) -> Option<Entry> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let mut fields = line.splitn(2, '/');
    let (mode, rest) = (fields.next()?, fields.next()?);
    // GNU's has the kind as a field of its own, and the mode in octal with its leading zero
    let letter = rest.as_bytes().first().copied()?;
    if letter.is_ascii_alphabetic() {
        let mut fields = rest.splitn(7, '/');
        let kind = match fields.next()? {
            "d" => FileKind::Folder,
            "l" => FileKind::Link,
            "b" | "c" => FileKind::Device,
            "p" => FileKind::Pipe,
            "s" => FileKind::Socket,
            _ => FileKind::File,
        };
        let mut next = || fields.next();
        return Some(Entry {
            kind,
            mode: u32::from_str_radix(mode, 8).ok()? & 0o7777,
            uid: next()?.parse().ok()?,
            gid: next()?.parse().ok()?,
            size: next()?.parse().ok()?,
            modified: Time::from_secs(next()?.parse().ok()?),
            name: next()?.to_owned(),
            link: clean(next()?),
        });
    }
    let mode = u32::from_str_radix(mode, 16).ok()?;
    let mut fields = rest.splitn(7, '/');
    let mut next = || fields.next();
    let (uid, gid, size, modified) = (next()?, next()?, next()?, next()?);
    // the name is told as `./name`
    let (_, name, quoted) = (next()?, next()?, next()?);
    let kind = match mode & 0o170_000 {
        0o040_000 => FileKind::Folder,
        0o120_000 => FileKind::Link,
        0o020_000 | 0o060_000 => FileKind::Device,
        0o010_000 => FileKind::Pipe,
        0o140_000 => FileKind::Socket,
        _ => FileKind::File,
    };
    let link = quoted.split_once("' -> '").map_or("", |(_, link)| link);
    Some(Entry {
        name: name.to_owned(),
        kind,
        mode: mode & 0o7777,
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        size: size.parse().ok()?,
        modified: Time::from_secs(modified.parse().ok()?),
        link: clean(link.trim_end_matches('\'')),
    })
}

async fn by_archive(
    api: &Api,
    id: &Id,
    folder: String,
    progress: &Arc<Progress>,
) -> Result<Vec<Arc<Listing>>, Error> {
    let body = api.stream(&archive(id, &folder)).await?;
    let (pipe, allowance, pump) = pipe(body, progress);
    let progress = Arc::clone(progress);
    let read = tokio::task::spawn_blocking(move || names(pipe, &allowance, &progress));
    let (found, cut) = read
        .await
        .map_err(|bug| Error::Refused(bug.to_string()))??;
    drop(pump);
    let mut listings = Vec::new();
    for (below, entries) in found {
        let whole = below.is_empty();
        // of a reading that was ended only the folders that were passed are known whole
        if !whole && cut.is_some() {
            continue;
        }
        let path = if whole {
            folder.clone()
        } else {
            join(&folder, &below)
        };
        let cut = cut.clone().filter(|_| whole);
        listings.push(Arc::new(listing(path, entries, Way::Archive, cut)));
    }
    Ok(listings)
}

type Folders = BTreeMap<String, Vec<Entry>>;

/// The files in an archive by their folders, below the one that it is of; and why it was not read
/// to its end.
fn names(
    pipe: Pipe,
    allowance: &Allowance,
    progress: &Progress,
) -> Result<(Folders, Option<String>), Error> {
    let began = clock::instant();
    let mut archive = tar::Archive::new(pipe);
    let mut found = Folders::from([(String::new(), Vec::new())]);
    let mut named = Named::default();
    let mut count = 0;
    for file in archive.entries()? {
        let file = file?;
        allowance.header_after(file.size());
        let path = named.below(&file)?;
        let Some((folder, name)) = path
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(|path| path.rsplit_once('/').unwrap_or(("", path)))
        else {
            continue;
        };
        let header = file.header();
        let kind = kind(header.entry_type());
        if kind == FileKind::Folder && count < BESIDE {
            let path = path.as_deref().unwrap_or_default().to_owned();
            found.entry(path).or_default();
        }
        count += 1;
        if folder.is_empty() || count < BESIDE {
            let link = file.link_name_bytes();
            let link = link.map(|link| clean(&String::from_utf8_lossy(&link)));
            let entries = found.entry(folder.to_owned()).or_default();
            entries.push(Entry {
                name: name.to_owned(),
                kind,
                mode: header.mode().unwrap_or_default() & 0o7777,
                uid: header.uid().unwrap_or_default(),
                gid: header.gid().unwrap_or_default(),
                size: file.size(),
                modified: Time::from_secs(header.mtime().unwrap_or_default() as i64),
                link: link.filter(|_| kind == FileKind::Link).unwrap_or_default(),
            });
        }
        let done = progress.done.load(std::sync::atomic::Ordering::Relaxed);
        if done > BYTES || began.elapsed() > TIME {
            let read = units::bytes(done);
            let why = format!(
                "not whole: the engine sends contents with names, and {read} were read; start it to see all"
            );
            return Ok((found, Some(why)));
        }
    }
    if count >= BESIDE {
        // folders below may not be whole: they are asked for when one goes there
        found.retain(|folder, _| folder.is_empty());
    }
    Ok((found, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_of_find_are_read() {
        let gnu = entry("0644/f/0/42/12/1700000000/a b/").unwrap();
        assert_eq!(
            (gnu.name.as_str(), gnu.mode, gnu.gid, gnu.size),
            ("a b", 0o644, 42, 12)
        );
        let link = entry("0777/l/0/0/7/1700000000/sh/../x/dash").unwrap();
        assert_eq!(
            (link.kind, link.link.as_str()),
            (FileKind::Link, "../x/dash")
        );
        let suid = entry("04755/f/0/0/7/1700000000/su/").unwrap();
        assert_eq!(suid.mode, 0o4755);
        let busy = entry("41ed/0/0/40/1700000000/./etc/./etc").unwrap();
        assert_eq!((busy.name.as_str(), busy.kind), ("etc", FileKind::Folder));
        let busy = entry("a1ff/0/0/4/1700000000/./sh/'./sh' -> '/bin/dash'").unwrap();
        assert_eq!(
            (busy.kind, busy.link.as_str()),
            (FileKind::Link, "/bin/dash")
        );
        let odd = entry("0644/f/0/0/1/1700000000/a\nb\u{1b}[2J/").unwrap();
        assert_eq!(odd.name, "a\nb\u{1b}[2J");
        assert_eq!(entry("what is this"), None);
    }
}
