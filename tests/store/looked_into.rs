//! The files of a container: where the cursor stands, and which paths are asked for.

use std::sync::Arc;

use pilothouse::model::file::{Entry, FileKind, Listing, Way};
use pilothouse::model::{Problem, ProblemKind};
use pilothouse::protocol::{Command, Files, FilesReply, Reply};
use pilothouse::store::message::{Effect, Effects};
use pilothouse::store::overlay::Overlay;

use super::common::Script;
use super::common::seen::{calls, toast};
use super::select;

/// Looks into the files of a container.
pub(super) fn root(s: &mut Script) -> Effects {
    select(s, "web");
    s.keys("f")
}

/// What a folder holds: folders of some names.
pub(super) fn listing(folder: &str, names: &[&str]) -> Reply {
    let entries = names.iter().map(|name| Entry {
        name: (*name).to_owned(),
        kind: FileKind::Folder,
        ..Entry::default()
    });
    let listing = Listing {
        folder: folder.to_owned(),
        entries: entries.collect(),
        way: Way::Program,
        cut: None,
    };
    Reply::Files(FilesReply::Listed(vec![Arc::new(listing)]))
}

/// The path under the cursor.
fn path(s: &mut Script) -> String {
    let copied = s.keys("y");
    match &copied[..] {
        [Effect::Copy(path)] => path.clone(),
        other => panic!("nothing was copied but {other:?}"),
    }
}

/// The paths that are asked for.
fn asked(effects: &Effects) -> Vec<String> {
    let calls = calls(effects).into_iter();
    let path = |command| match command {
        Command::Files(_, Files::Open { path, .. }) => Some(path),
        _ => None,
    };
    calls.filter_map(path).collect()
}

fn typed(s: &Script) -> &str {
    match s.store.overlays.last() {
        Some(Overlay::Prompt(prompt)) => prompt.editor.text(),
        other => panic!("no prompt but {other:?}"),
    }
}

#[test]
fn the_cursor_stays_where_nothing_could_be_opened() {
    let mut s = Script::scene();
    let effects = root(&mut s);
    s.answer(effects, &Ok(listing("/", &["bin", "etc", "gone", "srv"])));
    let effects = s.keys("jj<enter>");
    assert_eq!(asked(&effects), ["/gone"]);
    let problem = Problem::new(ProblemKind::NotFound, "could not open /gone", "");
    s.answer(effects, &Err(problem));
    assert_eq!(toast(&s), "could not open /gone");
    assert_eq!(path(&mut s), "/gone");
    // what opens is looked at from its top, and left for the row that it is
    let effects = s.keys("j<enter>");
    s.answer(effects, &Ok(listing("/srv", &["a", "b"])));
    assert_eq!(path(&mut s), "/srv/a");
    s.keys("<left>");
    assert_eq!(path(&mut s), "/srv");
}

#[test]
fn paths_are_typed_on_from_the_folder_or_from_the_root() {
    let mut s = Script::scene();
    let effects = root(&mut s);
    s.answer(effects, &Ok(listing("/", &["data"])));
    s.keys("o");
    assert_eq!(typed(&s), "/");
    let effects = s.keys("/data/<enter>");
    assert_eq!(asked(&effects), ["/data"]);
    s.answer(effects, &Ok(listing("/data", &["a"])));
    s.keys("o");
    assert_eq!(typed(&s), "/data/");
    assert_eq!(asked(&s.keys("sub/x<enter>")), ["/data/sub/x"]);
    s.keys("o<ctrl-u>//etc//x<enter>");
    s.keys("i");
    assert_eq!(typed(&s), "./");
    s.keys("/tmp/x");
    assert_eq!(typed(&s), "/tmp/x");
}
