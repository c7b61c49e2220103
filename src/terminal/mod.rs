//! The terminal: taking it, drawing to it, hearing from it, handing it to a shell and giving it
//! back whole. It knows no store and no screen, and waits for no answer of the terminal.

mod backend;
mod input;
mod screen;
mod signals;
mod taken;
mod tty;
mod writer;

pub use input::{Input, Inputs, key, mouse};
pub use screen::{COPY_LIMIT, Options, Screen};
pub use signals::{Signal, Signals, end_after_hangup};
pub use taken::{Taken, install_hooks};
pub use tty::{Tty, TtyInput};

use std::io;
use std::os::fd::AsFd;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::model::input::Size;

/// Files that the program wants to be able to hold open: streams, connections, and room.
const FILES: u64 = 65_536;

/// Raises the number of files that may be open towards the system's hard limit, since every
/// stream of an engine is a connection, and returns what holds now.
pub fn raise_file_limit() -> io::Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES, |hard| hard.min(FILES));
    match limit.current {
        Some(current) if current < wanted => {
            setrlimit(
                Resource::Nofile,
                Rlimit {
                    current: Some(wanted),
                    maximum: limit.maximum,
                },
            )?;
            Ok(wanted)
        }
        current => Ok(current.unwrap_or(u64::MAX)),
    }
}

/// The terminal's columns and rows now; 80x24 where it does not say.
pub fn size() -> Size {
    let asked = rustix::termios::tcgetwinsize(io::stdout().as_fd());
    match asked {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size {
            width: size.ws_col,
            height: size.ws_row,
        },
        _ => Size {
            width: 80,
            height: 24,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_limit_is_at_the_hard_limit_or_enough() {
        let now = raise_file_limit().unwrap();
        let limit = getrlimit(Resource::Nofile);
        assert!(now >= limit.maximum.unwrap_or(FILES).min(FILES));
        assert_eq!(limit.current.unwrap_or(u64::MAX), now);
    }
}
