//! The screen while the program holds it: taken, drawn to, left, taken again.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::{Frame, Terminal};

use super::backend::FrameBackend;
use super::taken::{ENTER, LEAVE, TIDY};
use super::writer::Writer;
use super::{Taken, system};

/// How the screen is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether the mouse is the program's and not the terminal's own for selecting text.
    pub mouse: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { mouse: true }
    }
}

/// Bytes of text that most terminals still take into the clipboard.
pub const COPY_LIMIT: usize = 74 * 1024;

/// The terminal, held: raw, on its alternate screen. Given back when dropped.
pub struct Screen {
    terminal: Terminal<FrameBackend>,
    writer: Writer,
    taken: Taken,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal. `taken` is what [`super::install_hooks`] was given, so that a panic
    /// gives it back.
    pub fn open(options: Options, taken: &Taken) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("standard output is no terminal"));
        }
        let mut screen = Self {
            terminal: Terminal::new(FrameBackend::default())?,
            writer: Writer::start(taken)?,
            taken: taken.clone(),
            mouse: options.mouse,
        };
        // nothing was given to the writer yet: its thread, which may still be starting, is not awaited
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again after [`Screen::leave`], or when the program
    /// was continued after a stop; the next frame is painted whole.
    pub fn enter(&mut self) -> io::Result<()> {
        self.writer.settle();
        self.take()
    }

    fn take(&mut self) -> io::Result<()> {
        // crossterm believes that raw mode is still on after somebody else turned it off
        disable_raw_mode()?;
        enable_raw_mode()?;
        system::prepare()?;
        self.taken.hold();
        let mouse = if self.mouse { system::mouse(true)? } else { "" };
        send(&format!("{ENTER}{mouse}"))?;
        self.repaint()
    }

    /// Gives the terminal back, until [`Screen::enter`].
    pub fn leave(&mut self) {
        self.writer.settle();
        self.taken.restore();
    }

    /// Leaves the alternate screen for another program's output but keeps the terminal raw, for
    /// [`super::Tty`]. [`Screen::reclaim`] ends it.
    pub fn lend(&mut self) -> io::Result<()> {
        self.writer.settle();
        self.taken.lend();
        send(LEAVE)
    }

    /// Ends [`Screen::lend`]: resets what the other program may have left, then enters.
    pub fn reclaim(&mut self) -> io::Result<()> {
        send(TIDY)?;
        self.enter()
    }

    /// Stops the program as Ctrl-Z does, and takes the terminal again when it is continued.
    /// Blocks for as long as the program is stopped. Unsupported where no program can be stopped.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.leave();
        let stopped = system::stop();
        // The stop may reach this thread a moment later; nothing must be drawn before it does.
        std::thread::sleep(Duration::from_millis(50));
        self.enter()?;
        stopped
    }

    /// Whether a frame can be drawn now: the last one has reached the terminal.
    pub fn ready(&self) -> bool {
        self.writer.ready()
    }

    /// Waits until [`Screen::ready`]. May be dropped and called again.
    pub async fn drained(&self) {
        self.writer.drained().await;
    }

    /// Draws a frame and hands it to the writer; returns whether it was drawn: not while the last
    /// one is on its way. An error says that the terminal is gone.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<bool> {
        self.writer.check()?;
        if !self.ready() {
            return Ok(false);
        }
        self.terminal.draw(paint)?;
        if let Some(bytes) = self.terminal.backend_mut().take() {
            self.writer.frame(bytes)?;
        }
        Ok(true)
    }

    /// Has the next frame painted whole, on an emptied screen: after a resize, or when something
    /// else wrote to the terminal.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().forget();
        self.terminal.clear()
    }

    /// Takes the mouse or gives it back to the terminal.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        if self.mouse != on {
            self.mouse = on;
            self.writer.other(system::mouse(on)?.into())?;
        }
        Ok(())
    }

    /// Sends text to the clipboard through the terminal (OSC 52), which also works over SSH, and
    /// in tmux with `set-clipboard on`. No terminal says whether it took it.
    pub fn copy(&self, text: &str) -> io::Result<()> {
        self.writer.other(osc52(text)?.into_bytes())
    }

    /// Bytes written to the terminal so far.
    pub fn written(&self) -> u64 {
        self.writer.written()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Writes at once; the writer must have settled.
fn send(text: &str) -> io::Result<()> {
    system::write(text.as_bytes(), &|| true)
}

fn osc52(text: &str) -> io::Result<String> {
    if text.len() > COPY_LIMIT {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "{} bytes are more than a terminal's clipboard takes ({COPY_LIMIT})",
                text.len()
            ),
        ));
    }
    let mut bytes = String::new();
    CopyToClipboard::to_clipboard_from(text)
        .write_ansi(&mut bytes)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_an_osc_52_of_bounded_size() {
        assert_eq!(osc52("web").unwrap(), "\x1b]52;c;d2Vi\x1b\\");
        assert!(osc52(&"x".repeat(COPY_LIMIT)).is_ok());
        let error = osc52(&"x".repeat(COPY_LIMIT + 1)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_screen_needs_a_terminal() {
        if !io::stdout().is_terminal() {
            assert!(Screen::open(Options::default(), &Taken::default()).is_err());
        }
    }
}
