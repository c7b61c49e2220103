//! Looking into the files of containers: where one is, what is known of folders, the file that is
//! read; and both as a page.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::FixedOffset;

use super::Store;
use super::jobs::Purpose;
use super::message::Effects;
use super::page::{Note, Page, PageRow, PageView};
use super::stage::Tab;
use crate::model::file::{Contents, Entry, FileKind, Listing, Way, join, normal, split};
use crate::model::text::{clean, skip, width, wrap};
use crate::model::{HostId, Problem, Ref, units};
use crate::protocol::{Command, Files as Call, FilesReply};
use crate::resource::Tone;

/// Containers whose folders are remembered.
const KEPT: usize = 8;
/// Folders that are remembered of each.
const FOLDERS: usize = 2_000;
/// Bytes of a file that are shown.
pub(super) const SHOWN: usize = 1 << 20;
/// Bytes of a file that can be edited.
pub(super) const EDITED: usize = 8 << 20;

/// The containers that are looked into.
#[derive(Debug, Default)]
pub struct Browsers {
    open: BTreeMap<Ref, Browser>,
    looks: u64,
}

/// What is known of the files of one container.
#[derive(Debug, Default)]
pub struct Browser {
    /// The folder that one is in.
    pub folder: String,
    /// What folders hold.
    listings: BTreeMap<String, Arc<Listing>>,
    /// The file that is read.
    pub viewing: Option<Reading>,
    /// What was asked for and has not come.
    pub waiting: Option<String>,
    /// The row on which the cursor stands once it came; empty: the first.
    row: String,
    /// Why it did not come.
    pub problem: Option<Problem>,
    looked: u64,
}

/// A file that is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The file, or its beginning.
    pub contents: Arc<Contents>,
    /// Its lines, clean.
    lines: Arc<[String]>,
    /// Columns that are scrolled past.
    pub left: usize,
    /// Whether long lines go on in the next row.
    pub wrap: bool,
}

impl Browser {
    /// What the present folder holds.
    pub fn listing(&self) -> Option<&Listing> {
        self.listings.get(&self.folder).map(|listing| &**listing)
    }

    fn learn(&mut self, listings: Vec<Arc<Listing>>) {
        if self.listings.len() + listings.len() > FOLDERS {
            self.listings.clear();
        }
        if let Some(first) = listings.first() {
            self.folder.clone_from(&first.folder);
        }
        for listing in listings {
            self.listings.insert(listing.folder.clone(), listing);
        }
        self.waiting = None;
        self.problem = None;
        self.viewing = None;
    }

    fn view(&mut self, contents: Arc<Contents>) {
        let lines = lines(&contents);
        self.waiting = None;
        self.problem = None;
        self.viewing = Some(Reading {
            contents,
            lines: lines.into(),
            left: 0,
            wrap: false,
        });
    }
}

impl Browsers {
    /// What is known of a container's files, once one looked.
    pub fn get(&self, target: &Ref) -> Option<&Browser> {
        self.open.get(target)
    }

    /// The same to be changed.
    pub fn get_mut(&mut self, target: &Ref) -> Option<&mut Browser> {
        self.open.get_mut(target)
    }

    fn open(&mut self, target: &Ref) -> &mut Browser {
        self.looks += 1;
        if self.open.len() >= KEPT && !self.open.contains_key(target) {
            let oldest = self.open.iter().min_by_key(|(_, browser)| browser.looked);
            if let Some(oldest) = oldest.map(|(target, _)| target.clone()) {
                self.open.remove(&oldest);
            }
        }
        let browser = self.open.entry(target.clone()).or_default();
        browser.looked = self.looks;
        browser
    }

    /// Lets go all of a host.
    pub fn forget(&mut self, host: &HostId) {
        self.open.retain(|target, _| target.host != *host);
    }
}

impl Store {
    /// Goes to a folder or file, and there to a row by its name; to the first without one. What is
    /// known shows at once; until the rest has come, and where it does not, the cursor stays.
    pub(super) fn open_path(&mut self, target: &Ref, path: &str, row: &str) -> Effects {
        let path = &*normal(path);
        let browser = self.files.open(target);
        browser.problem = None;
        browser.viewing = None;
        if let Some(known) = browser.listings.get(path) {
            browser.folder.clone_from(&known.folder);
            browser.waiting = None;
            let is_whole = known.way == Way::Archive;
            self.look_at_row(row);
            if is_whole {
                return Vec::new();
            }
        } else {
            browser.waiting = Some(path.to_owned());
            row.clone_into(&mut browser.row);
        }
        self.ask_path(target, path)
    }

    /// Asks the engine for a path, known or not.
    pub(super) fn ask_path(&mut self, target: &Ref, path: &str) -> Effects {
        let call = Call::Open {
            path: path.to_owned(),
            helper: !self.is_read_only(&target.host),
            most: SHOWN,
        };
        self.begin_files(target, "look", call, Purpose::Files)
    }

    /// Begins a call about files.
    pub(super) fn begin_files(
        &mut self,
        target: &Ref,
        verb: &'static str,
        call: Call,
        purpose: Purpose,
    ) -> Effects {
        let name = self.world.name_of(target);
        let command = Command::Files(target.id.clone(), call);
        let step = (target.clone(), name, command);
        self.jobs.begin(verb, vec![step], purpose, self.now)
    }

    /// Takes in what was asked for.
    pub(super) fn learn_files(&mut self, target: &Ref, reply: FilesReply) {
        match reply {
            FilesReply::Listed(listings) => {
                // an answer that comes late leads nowhere else
                let browser = self.files.open(target);
                let first = listings.first().map(|listing| listing.folder.clone());
                let here = browser.viewing.is_none() && first.as_ref() == Some(&browser.folder);
                let row = browser.waiting.is_some().then(|| browser.row.clone());
                if here || row.is_some() {
                    browser.learn(listings);
                }
                if let Some(row) = row {
                    self.look_at_row(&row);
                }
            }
            FilesReply::Contents(contents) => {
                let browser = self.files.open(target);
                if browser.waiting.take().is_some() {
                    browser.view(contents);
                    self.look_at_row("");
                }
            }
            FilesReply::Exists(_) | FilesReply::Copied(_) => {}
        }
    }

    /// What was asked for did not come.
    pub(super) fn files_failed(&mut self, target: &Ref, problem: &Problem) {
        if let Some(browser) = self.files.get_mut(target) {
            let asked = browser.waiting.take();
            if asked.is_some() && browser.listing().is_none() {
                browser.problem = Some(problem.clone());
            } else {
                self.toasts.fail(problem, self.now);
            }
        }
    }

    /// The cursor goes to a row by its name, and nothing is searched.
    fn look_at_row(&mut self, name: &str) {
        let view = self.pages.view_mut(Tab::Files);
        *view = PageView {
            path: name.to_owned(),
            ..PageView::default()
        };
    }

    /// Goes one step back: from a file to its folder, from a folder to the one above. False: at
    /// the root, or nowhere yet.
    pub(super) fn files_up(&mut self, target: &Ref) -> Option<Effects> {
        let browser = self.files.get_mut(target)?;
        browser.problem = None;
        browser.waiting = None;
        if let Some(reading) = browser.viewing.take() {
            let (folder, name) = split(&reading.contents.path);
            let (folder, name) = (folder.to_owned(), clean(name));
            return Some(self.open_path(target, &folder, &name));
        }
        if browser.folder == "/" || browser.folder.is_empty() {
            return None;
        }
        let (above, name) = split(&browser.folder);
        let (above, name) = (above.to_owned(), clean(name));
        Some(self.open_path(target, &above, &name))
    }

    /// Leaves a file that is read; none where none is.
    pub(super) fn close_file(&mut self) -> Option<Effects> {
        let target = self.selected()?.clone();
        let browser = self.files.get(&target)?;
        let reads = self.stage.tab == Tab::Files && browser.viewing.is_some();
        reads.then(|| self.files_up(&target).unwrap_or_default())
    }

    /// Scrolls sideways in a file that is read. False: none is, or it stands as far left as it
    /// can.
    pub(super) fn scroll_file(&mut self, target: &Ref, by: isize) -> bool {
        let browser = self.files.get_mut(target);
        let Some(reading) = browser.and_then(|browser| browser.viewing.as_mut()) else {
            return false;
        };
        if by < 0 && reading.left == 0 {
            return false;
        }
        if !reading.wrap {
            let widest = reading.lines.iter().map(|line| width(line)).max();
            let most = widest.unwrap_or(0).saturating_sub(1);
            reading.left = reading.left.saturating_add_signed(by).min(most);
        }
        true
    }

    /// Wraps the lines of a file that is read, or no more. False: none is.
    pub(super) fn wrap_file(&mut self, target: &Ref) -> bool {
        let browser = self.files.get_mut(target);
        let Some(reading) = browser.and_then(|browser| browser.viewing.as_mut()) else {
            return false;
        };
        reading.wrap = !reading.wrap;
        reading.left = 0;
        // the cursor stays on its line
        let view = self.pages.view_mut(Tab::Files);
        if let Some((line, _)) = view.path.split_once('.') {
            view.path = line.to_owned();
        }
        true
    }

    /// The line of a file that is read on which the cursor stands.
    pub(super) fn file_line(&self, target: &Ref) -> Option<String> {
        let reading = self.files.get(target)?.viewing.as_ref()?;
        let page = self.page();
        let row = page.rows.get(self.pages.view(Tab::Files).place_on(&page))?;
        let number = row.path.split('.').next()?.parse::<usize>().ok()?;
        reading.lines.get(number).cloned()
    }

    /// The file under the cursor, with its path; in a file that is read, that one.
    pub(super) fn file_under_cursor(&self, target: &Ref) -> Option<(String, Entry)> {
        let browser = self.files.get(target)?;
        if let Some(Reading { contents, .. }) = &browser.viewing {
            return Some((contents.path.clone(), contents.entry.clone()));
        }
        let page = self.page();
        let row = page.rows.get(self.pages.view(Tab::Files).place_on(&page))?;
        let mut entries = browser.listing()?.entries.iter();
        let entry = entries.find(|entry| clean(&entry.name) == row.path)?;
        Some((join(&browser.folder, &entry.name), entry.clone()))
    }
}

/// The page of a container's files.
pub(super) fn page(store: &Store, target: &Ref, view: &PageView) -> Page {
    let Some(browser) = store.files.get(target) else {
        let text = "Enter looks into its files; it need not run";
        return said(text.to_owned(), Vec::new(), Tone::Dim);
    };
    if let Some(reading) = &browser.viewing {
        return text_page(reading, usize::from(store.areas().page().width));
    }
    if let Some(problem) = &browser.problem {
        let more = [&problem.detail, &problem.hint].map(Clone::clone).to_vec();
        return said(problem.summary.clone(), more, Tone::Bad);
    }
    let waiting = browser.waiting.as_deref();
    let Some(listing) = browser.listing().filter(|_| waiting.is_none()) else {
        let text = format!("looking into {} …", clean(waiting.unwrap_or("/")));
        let more = "of one that does not run all below is read, which can take a while";
        return said(text, vec![more.to_owned()], Tone::Dim);
    };
    folder_page(listing, store.zone, view)
}

fn said(text: String, more: Vec<String>, tone: Tone) -> Page {
    Page {
        note: Some(Note { text, more, tone }),
        ..Page::default()
    }
}

fn folder_page(listing: &Listing, zone: FixedOffset, view: &PageView) -> Page {
    let needle = view.search.to_lowercase();
    let passes = |entry: &&Entry| clean(&entry.name).to_lowercase().contains(&needle);
    let rows = listing.entries.iter().filter(passes);
    let rows: Vec<PageRow> = rows.map(|entry| row(entry, zone)).collect();
    let folder = clean(&listing.folder);
    let note = match (&listing.cut, listing.way) {
        (Some(cut), _) => Some((cut.clone(), Tone::Warn)),
        // without a row there are no titles either
        (None, _) if listing.entries.is_empty() => {
            Some((format!("{folder}: nothing is in it"), Tone::Dim))
        }
        (None, _) if rows.is_empty() => Some((format!("{folder}: no name holds that"), Tone::Dim)),
        (None, Way::Archive) => Some(("by its archive".to_owned(), Tone::Dim)),
        (None, Way::Program) => None,
    };
    Page {
        titles: ["rights", "owner", "size", "changed", &folder]
            .map(str::to_owned)
            .to_vec(),
        rows,
        note: note.map(|(text, tone)| Note {
            text,
            more: Vec::new(),
            tone,
        }),
    }
}

fn row(entry: &Entry, zone: FixedOffset) -> PageRow {
    let name = clean(&entry.name);
    let (shown, tone) = match entry.kind {
        FileKind::Folder => (format!("{name}/"), Tone::Accent),
        FileKind::Link => (format!("{name} → {}", entry.link), Tone::Text),
        FileKind::File if entry.mode & 0o111 != 0 => (name.clone(), Tone::Good),
        FileKind::File => (name.clone(), Tone::Text),
        FileKind::Device | FileKind::Pipe | FileKind::Socket => (name.clone(), Tone::Busy),
    };
    let size = match entry.kind {
        FileKind::File => units::bytes_short(entry.size),
        _ => "–".to_owned(),
    };
    let changed = entry.modified.in_zone(zone).format("%Y-%m-%d %H:%M");
    let cells = [
        (rights(entry), Tone::Dim),
        (format!("{}:{}", entry.uid, entry.gid), Tone::Dim),
        (format!("{size:>6}"), Tone::Text),
        (changed.to_string(), Tone::Dim),
        (shown, tone),
    ];
    PageRow {
        path: name.clone(),
        cells: cells.to_vec(),
        value: name,
        ..PageRow::default()
    }
}

/// Rights as `ls -l` writes them.
fn rights(entry: &Entry) -> String {
    let mut text = String::from(entry.kind.letter());
    for (shift, special, set, unset) in [
        (6, 0o4000, 's', 'S'),
        (3, 0o2000, 's', 'S'),
        (0, 0o1000, 't', 'T'),
    ] {
        let bits = entry.mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (entry.mode & special != 0, bits & 1 != 0) {
            (true, true) => set,
            (true, false) => unset,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// The rows of a file that is read; a line that wraps takes several. What they copy is the line:
/// see [`Store::file_line`].
fn text_page(reading: &Reading, columns: usize) -> Page {
    let contents = &reading.contents;
    let row = |path: String, shown: &str| PageRow {
        path,
        cells: vec![(shown.to_owned(), Tone::Text)],
        ..PageRow::default()
    };
    let mut rows = Vec::with_capacity(reading.lines.len());
    for (number, line) in reading.lines.iter().enumerate() {
        if reading.wrap && width(line) > columns {
            let pieces = wrap(line, columns).enumerate();
            rows.extend(pieces.map(|(piece, text)| match piece {
                0 => row(number.to_string(), text),
                _ => row(format!("{number}.{piece}"), text),
            }));
        } else {
            rows.push(row(number.to_string(), skip(line, reading.left)));
        }
    }
    let size = units::bytes(contents.entry.size);
    let note = if contents.is_binary() {
        Some((format!("{size} of no text"), Tone::Warn))
    } else if contents.cut {
        let shown = units::bytes(contents.bytes.len() as u64);
        Some((format!("the first {shown} of {size}"), Tone::Warn))
    } else {
        Some((size, Tone::Dim))
    };
    Page {
        titles: vec![clean(&contents.path)],
        rows,
        note: note.map(|(text, tone)| Note {
            text,
            more: Vec::new(),
            tone,
        }),
    }
}

/// A file's text as lines that can be shown.
fn lines(contents: &Contents) -> Vec<String> {
    if contents.is_binary() {
        return vec!["this file is no text; c copies it out".to_owned()];
    }
    let text = String::from_utf8_lossy(&contents.bytes);
    let lines = text.lines().map(|line| clean(&line.replace('\t', "    ")));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return vec!["it is empty".to_owned()];
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_written_as_ls_does() {
        let of = |kind, mode| {
            rights(&Entry {
                kind,
                mode,
                ..Entry::default()
            })
        };
        assert_eq!(of(FileKind::Folder, 0o1777), "drwxrwxrwt");
        assert_eq!(of(FileKind::File, 0o4755), "-rwsr-xr-x");
        assert_eq!(of(FileKind::File, 0o2640), "-rw-r-S---");
        assert_eq!(of(FileKind::Link, 0o777), "lrwxrwxrwx");
    }

    #[test]
    fn long_lines_wrap_or_scroll() {
        let mut reading = Reading {
            contents: Arc::new(Contents {
                path: "/etc/a".to_owned(),
                entry: Entry::default(),
                bytes: b"short\none two three"[..].into(),
                cut: false,
            }),
            lines: ["short".to_owned(), "one two three".to_owned()].into(),
            left: 4,
            wrap: false,
        };
        let shown = |reading: &Reading| {
            let page = text_page(reading, 8);
            let rows = page.rows.into_iter();
            rows.map(|row| (row.cells[0].0.clone(), row.path))
                .collect::<Vec<_>>()
        };
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(shown, path)| ((*shown).to_owned(), (*path).to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&reading), of(&[("t", "0"), ("two three", "1")]));
        (reading.left, reading.wrap) = (0, true);
        assert_eq!(
            shown(&reading),
            of(&[("short", "0"), ("one two ", "1"), ("three", "1.1")])
        );
    }

    #[test]
    fn hostile_text_and_names_are_harmless() {
        let contents = |bytes: &[u8]| Contents {
            path: "/a".to_owned(),
            entry: Entry::default(),
            bytes: bytes.into(),
            cut: false,
        };
        let shown = lines(&contents(b"a\x1b[2Jb\tc\nd\r\n\xff"));
        assert_eq!(shown, ["ab    c", "d", "\u{fffd}"]);
        assert!(lines(&contents(b"\x7fELF\0\0"))[0].contains("no text"));
        let entry = Entry {
            name: "x\x1b]0;t\x07\ny".to_owned(),
            ..Entry::default()
        };
        let row = row(&entry, FixedOffset::east_opt(0).unwrap());
        let all: String = row.cells.iter().map(|(text, _)| text.as_str()).collect();
        assert!(all.chars().all(crate::model::text::is_harmless), "{all:?}");
    }
}
