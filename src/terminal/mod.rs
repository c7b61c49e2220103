//! The terminal: taking it, drawing to it, hearing from it, handing it to a shell and giving it
//! back whole. It knows no store and no screen, and waits for no answer of the terminal.

mod backend;
mod input;
mod screen;
mod signals;
mod taken;
mod writer;

// the same names for both: what terminals and signals are
#[cfg(unix)]
#[path = "unix/mod.rs"]
mod system;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;

pub use input::{Input, Inputs, TtyInput, key, mouse};
pub use screen::{COPY_LIMIT, Options, Screen};
pub use signals::Signal;
pub use system::{NOT_LENT, Signals, Tty, end_after_hangup, raise_file_limit};
pub use taken::{Taken, install_hooks};

use crate::model::input::Size;

/// The terminal's columns and rows now; 80x24 where it does not say.
pub fn size() -> Size {
    match system::size() {
        Some((width, height)) if width > 0 && height > 0 => Size { width, height },
        _ => Size {
            width: 80,
            height: 24,
        },
    }
}
