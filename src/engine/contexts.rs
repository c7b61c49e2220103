//! The Docker contexts of this machine, and which of them the docker command would use.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::locate::{self, Unread};
use crate::model::Candidate;
use crate::model::text::clean;

/// Contexts that are read at most.
const MOST: usize = 500;

/// Every context but `default`, by name: where its engine is, or why nobody knows.
pub fn all(env: &dyn Fn(&str) -> Option<String>) -> Vec<(String, Candidate)> {
    let Some(folder) = locate::docker_folder(env) else {
        return Vec::new();
    };
    let mut names: Vec<String> = names(&folder);
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| name != "default")
        .map(|name| {
            let candidate = locate::context(&name, env);
            (clean(&name), candidate)
        })
        .collect()
}

/// The names that the contexts' own files say; one that cannot be read has none.
fn names(folder: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "Name")]
        name: String,
    }
    let Ok(entries) = std::fs::read_dir(folder.join("contexts/meta")) else {
        return Vec::new();
    };
    let files = entries.take(MOST).flatten();
    files
        .map(|entry| -> PathBuf { entry.path().join("meta.json") })
        .filter_map(|file| match locate::read::<Meta>(&file) {
            Ok(meta) => Some(meta.name),
            Err(Unread::Missing | Unread::Broken(_)) => None,
        })
        .collect()
}
