//! Terminals of Unix: file descriptors that may not be ready, signals, a limit of open files.

mod signals;
mod tty;

pub use signals::{Signals, end_after_hangup};
pub use tty::Tty;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, kill_current_process_group, setrlimit};

/// Why the terminal cannot be lent to what runs in a container; none where it can.
pub const NOT_LENT: Option<&str> = None;

/// Presses and the wheel alone: reports of every movement would cost a byte and a wake-up each.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Bytes written at once; between two pieces it is asked whether to stop.
const PIECE: usize = 8 * 1024;

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

/// The terminal's columns and rows, where it says them.
pub(super) fn size() -> Option<(u16, u16)> {
    let asked = rustix::termios::tcgetwinsize(io::stdout().as_fd());
    asked.ok().map(|size| (size.ws_col, size.ws_row))
}

/// Makes the terminal understand what is written to it: it does.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it fails where a console is too old"
)]
pub(super) fn prepare() -> io::Result<()> {
    Ok(())
}

/// Has the mouse reported, or left to the terminal: what is to be written for it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it fails where the system is asked"
)]
pub(super) fn mouse(on: bool) -> io::Result<&'static str> {
    Ok(if on { MOUSE_ON } else { MOUSE_OFF })
}

/// Stops the program as Ctrl-Z does.
pub(super) fn stop() -> io::Result<()> {
    Ok(kill_current_process_group(Signal::TSTP)?)
}

/// Writes the last bytes to a terminal that is given back. One that stands still for half a second
/// does not get them: it must not keep the program from ending.
pub(super) fn write_last(bytes: &[u8]) {
    let stdout = io::stdout();
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: 500_000_000,
    };
    let mut ends = [PollFd::new(&stdout, PollFlags::OUT)];
    if matches!(poll(&mut ends, Some(&wait)), Ok(1..)) {
        // nothing is left to be done about a terminal that does not take this
        let _ = write_to(stdout.as_fd(), bytes, &|| true);
    }
}

/// Writes all bytes to the terminal for as long as `may_go_on` says so.
pub(super) fn write(bytes: &[u8], may_go_on: &dyn Fn() -> bool) -> io::Result<()> {
    write_to(io::stdout().as_fd(), bytes, may_go_on)
}

/// Writes all bytes, in pieces, for as long as `may_go_on` says so, also to a terminal that is
/// set not to block.
fn write_to(to: BorrowedFd<'_>, mut bytes: &[u8], may_go_on: &dyn Fn() -> bool) -> io::Result<()> {
    while !bytes.is_empty() {
        if !may_go_on() {
            return Ok(());
        }
        let piece = bytes.get(..PIECE).unwrap_or(bytes);
        match rustix::io::write(to, piece) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let wait = Timespec {
                    tv_sec: 0,
                    tv_nsec: 100_000_000,
                };
                match poll(
                    &mut [PollFd::from_borrowed_fd(to, PollFlags::OUT)],
                    Some(&wait),
                ) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
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
