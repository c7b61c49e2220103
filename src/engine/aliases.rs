//! The hosts that `~/.ssh/config` has names for: offered, never connected by themselves. Only the
//! names are read; what they mean is left to ssh.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::model::text::clean;

/// Bytes of a file that are read.
const MAX_FILE: u64 = 1 << 20;
/// Files that include each other, as ssh allows it.
const DEPTH: usize = 16;
/// Aliases and files that are taken at most.
const MOST: usize = 500;

/// The aliases of a person's ssh settings, in their order. Patterns are none.
pub fn all(home: &Path) -> Vec<String> {
    let mut found = Found {
        ssh: home.join(".ssh"),
        home: home.to_owned(),
        files: 0,
        names: Vec::new(),
        seen: BTreeSet::new(),
    };
    found.file(&home.join(".ssh/config"), 0);
    found.names
}

struct Found {
    home: PathBuf,
    ssh: PathBuf,
    files: usize,
    names: Vec<String>,
    seen: BTreeSet<String>,
}

impl Found {
    fn file(&mut self, path: &Path, depth: usize) {
        self.files += 1;
        if depth > DEPTH || self.files > MOST {
            return;
        }
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_string(&mut text));
        if read.is_err() {
            return;
        }
        for line in text.lines() {
            let (keyword, rest) = keyword(line);
            if keyword.eq_ignore_ascii_case("host") {
                self.hosts(rest);
            } else if keyword.eq_ignore_ascii_case("include") {
                for pattern in words(rest) {
                    self.include(&pattern, depth);
                }
            }
        }
    }

    fn hosts(&mut self, rest: &str) {
        for name in words(rest) {
            let is_pattern = name.contains(['*', '?', '!']);
            let is_odd = clean(&name) != name || name.contains('/') || name.starts_with('-');
            if !is_pattern && !is_odd && self.names.len() < MOST && self.seen.insert(name.clone()) {
                self.names.push(name);
            }
        }
    }

    /// Reads the files of an `Include`: below `~/.ssh` where it is no whole path.
    fn include(&mut self, pattern: &str, depth: usize) {
        let path = match pattern.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => self.ssh.join(pattern),
        };
        let Ok(found) = glob::glob(&path.to_string_lossy()) else {
            return;
        };
        for path in found.flatten().take(MOST) {
            self.file(&path, depth + 1);
        }
    }
}

/// A line's keyword and the rest: `Host web`, `Host=web`, `host = web`.
fn keyword(line: &str) -> (&str, &str) {
    let line = line.trim();
    let end = line
        .find(|c: char| c.is_whitespace() || c == '=')
        .unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    (keyword, rest.strip_prefix('=').unwrap_or(rest).trim_start())
}

/// Words separated by blanks; quotes hold one together, `#` ends the line.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => match rest.find(char::is_whitespace) {
                Some(end) => rest.split_at(end),
                None => (rest, ""),
            },
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_read_with_what_is_included() {
        let home = tempfile::tempdir().unwrap();
        let ssh = home.path().join(".ssh");
        std::fs::create_dir_all(ssh.join("conf.d")).unwrap();
        let config = "# mine\nInclude conf.d/*.conf ~/.ssh/more\nHost prod \"stage\" *.example !x\n  \
                      HostName 10.0.0.1\nhost=nas # the cupboard\nHost *\n  Compression yes\nHost prod\n";
        std::fs::write(ssh.join("config"), config).unwrap();
        std::fs::write(ssh.join("conf.d/a.conf"), "HOST lab\nMatch host x\n").unwrap();
        std::fs::write(ssh.join("conf.d/b.txt"), "Host never\n").unwrap();
        // one that includes itself comes to an end
        std::fs::write(
            ssh.join("more"),
            "Include more\nHost deep\nHost od\x1bd a/b -x\n",
        )
        .unwrap();
        let names = all(home.path());
        assert_eq!(names, ["lab", "deep", "prod", "stage", "nas"]);
        assert!(all(&home.path().join("nobody")).is_empty());
    }
}
