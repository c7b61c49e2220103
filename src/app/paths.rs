//! What stands in a folder of this machine, for fields that take a path. A folder may be on a disk
//! that does not answer: it is read on a thread, and no other is asked for meanwhile.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::effects::on_a_thread;
use super::{App, Own};
use crate::engine::expand_home;
use crate::model::text::is_harmless;
use crate::store::message::Message;
use crate::store::paths::{Listing, OFFERED};

/// Entries of a folder that are looked at.
const LOOKED_AT: usize = 20_000;

impl App {
    /// Lists what begins so in a folder.
    pub(super) fn list_folder(&mut self, folder: String, start: String) {
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let asked = Listing {
                folder,
                start,
                ..Listing::default()
            };
            let wanted = asked.clone();
            let listed = on_a_thread("listing a folder", move || list(wanted)).await;
            // the loop is gone: nobody is left to be told
            let _ = own
                .send(Own::Message(Message::Folder(listed.unwrap_or(asked))))
                .await;
        });
        while self.tasks.try_join_next().is_some() {}
    }
}

/// The names in a folder that begin as is asked, hidden ones only after a dot. One that cannot be
/// read has none.
fn list(mut listing: Listing) -> Listing {
    let folder = match listing.folder.as_str() {
        "" => Path::new("."),
        folder => Path::new(folder),
    };
    let Ok(entries) = fs::read_dir(expand_home(folder)) else {
        return listing;
    };
    let mut looked_at = 0;
    let fits = |entry: io::Result<DirEntry>| {
        looked_at += 1;
        let entry = entry.ok()?;
        // what cannot be typed cannot be offered
        let name = entry.file_name().into_string().ok()?;
        let hidden = name.starts_with('.') && !listing.start.starts_with('.');
        let plain = name.trim() == name && name.chars().all(is_harmless);
        (plain && !hidden && name.starts_with(&listing.start)).then_some((name, entry))
    };
    let mut found: Vec<_> = entries.take(LOOKED_AT).filter_map(fits).collect();
    listing.cut = looked_at == LOOKED_AT || found.len() > OFFERED;
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.truncate(OFFERED);
    let named = found.into_iter().map(|(name, entry)| {
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let folder = match link {
            true => fs::metadata(entry.path()).is_ok_and(|found| found.is_dir()),
            false => entry.file_type().is_ok_and(|kind| kind.is_dir()),
        };
        (name, folder)
    });
    listing.names = named.collect();
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, start: &str) -> (Vec<String>, bool) {
        let asked = Listing {
            folder: format!("{}/", folder.display()),
            start: start.to_owned(),
            ..Listing::default()
        };
        let listing = list(asked);
        let shown =
            |(name, folder): (String, bool)| format!("{name}{}", if folder { "/" } else { "" });
        (listing.names.into_iter().map(shown).collect(), listing.cut)
    }

    #[test]
    fn names_are_listed_by_their_beginning_and_hidden_ones_after_a_dot() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        for name in ["data", "other"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        for name in ["dump.sql", ".env", "odd\u{1b}[2J", " blank"] {
            fs::write(folder.join(name), "").unwrap();
        }
        std::os::unix::fs::symlink("data", folder.join("link")).unwrap();
        assert_eq!(
            names(folder, "").0,
            ["data/", "dump.sql", "link/", "other/"]
        );
        assert_eq!(names(folder, "d").0, ["data/", "dump.sql"]);
        assert_eq!(names(folder, ".").0, [".env"]);
        assert!(names(&folder.join("nowhere"), "").0.is_empty());
    }

    #[test]
    fn a_folder_of_many_is_cut_and_said_to_be() {
        let home = tempfile::tempdir().unwrap();
        for number in 0..OFFERED + 50 {
            fs::write(home.path().join(format!("f{number:04}")), "").unwrap();
        }
        let (found, cut) = names(home.path(), "");
        assert_eq!((found.len(), cut), (OFFERED, true));
        assert_eq!(
            names(home.path(), "f024"),
            ((240..250).map(|n| format!("f{n:04}")).collect(), false)
        );
    }
}
