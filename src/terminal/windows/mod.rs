//! Consoles of Windows: set by calls instead of bytes where they have to be, and read by whole keys.

mod signals;
mod tty;

pub use signals::{Signals, end_after_hangup};
pub use tty::Tty;

use std::io::{self, Write};

use crossterm::Command;
use crossterm::ansi_support::supports_ansi;
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};

/// Why the terminal cannot be lent to what runs in a container; none where it can.
pub const NOT_LENT: Option<&str> = Some("a console of Windows gives keys and no bytes");

/// Bytes written at once; between two pieces it is asked whether to stop.
const PIECE: usize = 8 * 1024;

/// How many files may be open: there is no limit to raise.
pub fn raise_file_limit() -> io::Result<u64> {
    Ok(u64::MAX)
}

/// The console's columns and rows, where it says them.
pub(super) fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}

/// Makes the console understand what is written to it, as all since Windows 10 can.
pub(super) fn prepare() -> io::Result<()> {
    if supports_ansi() {
        return Ok(());
    }
    let words = "this console understands no escape sequences: use Windows Terminal";
    Err(io::Error::new(io::ErrorKind::Unsupported, words))
}

/// Has the mouse reported, or left to the console: done by a call, so that nothing is written.
pub(super) fn mouse(on: bool) -> io::Result<&'static str> {
    if on {
        EnableMouseCapture.execute_winapi()?;
    } else {
        DisableMouseCapture.execute_winapi()?;
    }
    Ok("")
}

/// Stopping a program is nothing that Windows does.
pub(super) fn stop() -> io::Result<()> {
    let words = "Windows stops no program in the background";
    Err(io::Error::new(io::ErrorKind::Unsupported, words))
}

/// Writes the last bytes to a console that is given back.
pub(super) fn write_last(bytes: &[u8]) {
    // it is an error where it was not taken, and nothing is to be done about it
    let _ = mouse(false);
    let _ = write(bytes, &|| true);
}

/// Writes all bytes to the console for as long as `may_go_on` says so.
pub(super) fn write(bytes: &[u8], may_go_on: &dyn Fn() -> bool) -> io::Result<()> {
    let mut console = io::stdout().lock();
    for piece in bytes.chunks(PIECE) {
        if !may_go_on() {
            return Ok(());
        }
        console.write_all(piece)?;
    }
    console.flush()
}
