//! Whether the program holds the terminal, and giving it back from wherever the program ends.
//! It must work at any moment, twice, and on a terminal that is gone.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::system;

/// Taking the screen: alternate screen, cleared, cursor hidden, pastes marked as such.
pub(super) const ENTER: &str = "\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?2004h";
/// Giving it back, from any state: the end of a half-sent control string and of a synchronised
/// update, mouse and pastes as before, plain letters, cursor, main screen.
pub(super) const LEAVE: &str =
    "\x1b\\\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";
/// What a program in a shell may have left behind: an alternate screen, cursor keys and keypad
/// as letters, rows that do not scroll, other letters, no line wrap, reports of mouse, focus and
/// pastes. The cursor stays where that program left it.
pub(super) const TIDY: &str = "\x1b\\\x1b[?1047l\x1b[?1l\x1b>\x1b7\x1b[r\x1b8\x1b(B\x0f\x1b[?7h\x1b[4l\
     \x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l\
     \x1b[0m\x1b[?25h";

/// Whether the program holds the terminal; clones say the same.
#[derive(Clone, Debug, Default)]
pub struct Taken(Arc<AtomicU8>);

const FREE: u8 = 0;
const HELD: u8 = 1;
const LENT: u8 = 2;

impl Taken {
    /// Whether the terminal is held, lent or not.
    pub fn is_held(&self) -> bool {
        self.0.load(Ordering::SeqCst) != FREE
    }

    /// The screen is the program's.
    pub(super) fn hold(&self) {
        self.0.store(HELD, Ordering::SeqCst);
    }

    /// The terminal is raw, but on its main screen.
    pub(super) fn lend(&self) {
        self.0.store(LENT, Ordering::SeqCst);
    }

    /// Gives the terminal back if it is held; does nothing otherwise, so it may be called from
    /// every path on which the program ends.
    pub fn restore(&self) {
        let bytes = match self.0.swap(FREE, Ordering::SeqCst) {
            HELD => LEAVE,
            LENT => TIDY,
            _ => return,
        };
        system::write_last(bytes.as_bytes());
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// Installs color-eyre's reports, and a panic hook that gives the terminal back before it
/// reports. Only a panic of the thread that calls this ends the program: a panic elsewhere is a
/// task's, goes to the log file, and leaves the screen alone.
pub fn install_hooks(taken: &Taken) -> color_eyre::Result<()> {
    let (report, errors) = color_eyre::config::HookBuilder::default()
        .theme(if io::stderr().is_terminal() {
            color_eyre::config::Theme::dark()
        } else {
            color_eyre::config::Theme::new()
        })
        .display_env_section(false)
        .try_into_hooks()?;
    errors.install()?;
    let report = report.into_panic_hook();
    let taken = taken.clone();
    let own = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == own || !taken.is_held() {
            taken.restore();
            report(panic);
        } else {
            tracing::error!("{panic}");
        }
    }));
    Ok(())
}
