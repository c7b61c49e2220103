//! What is asked of an engine about the files in a container, and what it answers.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::file::{Contents, Listing};
use crate::spec::words::quoted;

/// A call about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// What a folder holds, or the beginning of a file: whatever is there.
    Open {
        /// Where.
        path: String,
        /// Whether a program may be run in the container for it, where it runs and has one.
        helper: bool,
        /// Bytes of a file.
        most: usize,
    },
    /// The beginning of a file: this many bytes.
    Read {
        /// The file.
        path: String,
        /// How many.
        most: usize,
    },
    /// Copy a file or folder to this machine.
    CopyOut {
        /// What.
        path: String,
        /// To this place, or into it where it is a folder.
        to: PathBuf,
        /// Replace a file that is there.
        replace: bool,
    },
    /// Copy a file or folder of this machine into a container.
    CopyIn {
        /// What.
        from: PathBuf,
        /// Into which folder.
        folder: String,
        /// Replace files that are there.
        replace: bool,
    },
    /// Write a file that was read before, unless it changed since.
    Write {
        /// As it was read.
        was: Contents,
        /// What it is to hold.
        bytes: Arc<[u8]>,
        /// Where that is kept on this machine, until it is written.
        kept: PathBuf,
    },
    /// Write all its files into a new archive on this machine.
    Export {
        /// Where.
        to: PathBuf,
    },
    /// Delete a file, or a folder with all in it.
    Delete {
        /// What.
        path: String,
    },
}

impl Files {
    /// Whether it changes anything in the container, or runs anything there.
    pub fn changes(&self) -> bool {
        match self {
            Self::Open { helper, .. } => *helper,
            Self::Read { .. } | Self::CopyOut { .. } | Self::Export { .. } => false,
            Self::CopyIn { .. } | Self::Write { .. } | Self::Delete { .. } => true,
        }
    }

    /// Whether it may take as long as its bytes do.
    pub fn is_copy(&self) -> bool {
        matches!(
            self,
            Self::CopyOut { .. } | Self::CopyIn { .. } | Self::Export { .. }
        )
    }

    /// The equal `docker …` line for a container of this name.
    pub fn docker_line(&self, name: &str) -> String {
        let inside = |path: &str| quoted(&format!("{name}:{path}"));
        let here = |path: &PathBuf| quoted(&path.to_string_lossy());
        match self {
            Self::Open { path, .. } => {
                format!("docker exec {} ls -la {}", quoted(name), quoted(path))
            }
            Self::Read { path, .. } => format!("docker cp {} -", inside(path)),
            Self::CopyOut { path, to, .. } => {
                format!("docker cp -a {} {}", inside(path), here(to))
            }
            Self::CopyIn { from, folder, .. } => {
                format!("docker cp -a {} {}", here(from), inside(folder))
            }
            Self::Write { was, .. } => {
                format!(
                    "docker cp - {}",
                    inside(crate::model::file::split(&was.path).0)
                )
            }
            Self::Export { to } => format!("docker export -o {} {}", here(to), quoted(name)),
            Self::Delete { path } => {
                format!("docker exec -u 0 {} rm -rf {}", quoted(name), quoted(path))
            }
        }
    }
}

/// What a call about files came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesReply {
    /// What folders hold: the one that was asked for first, then those that came by with it.
    Listed(Vec<Arc<Listing>>),
    /// A file.
    Contents(Arc<Contents>),
    /// Nothing was copied: something is there already, under this name.
    Exists(String),
    /// Something was copied.
    Copied(Copied),
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Where it is now.
    pub to: String,
    /// Files and folders.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Devices, pipes and sockets that were left out.
    pub left_out: u64,
    /// Links among them that lead out of what was copied.
    pub leading_out: u64,
}
