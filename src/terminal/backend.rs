//! ratatui's backend: one frame's bytes, collected. Crossterm encodes; nothing is written and
//! nothing is asked here, and what did not change costs no byte.

use std::io;

use crossterm::{cursor, queue, terminal};
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui_crossterm::CrosstermBackend;

/// Collects the bytes of a frame.
#[derive(Debug, Default)]
pub(super) struct FrameBackend {
    bytes: Vec<u8>,
    /// Whether the terminal shows its cursor, as far as it was told.
    shown: bool,
    position: Position,
    /// Whether the frame wrote cells after the cursor was placed.
    moved: bool,
}

/// A terminal draws what comes between these at once.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

impl FrameBackend {
    /// The bytes of the frame, wrapped as one update; none if it changed nothing.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        let mut frame = Vec::with_capacity(self.bytes.len() + BEGIN.len() + END.len());
        frame.extend_from_slice(BEGIN);
        frame.append(&mut self.bytes);
        frame.extend_from_slice(END);
        Some(frame)
    }

    /// Forgets what the terminal showed: somebody else had it.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
        // whether it shows its cursor is forgotten too, so it is told
        self.bytes.extend_from_slice(b"\x1b[?25l");
    }
}

impl Backend for FrameBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.moved = true;
        CrosstermBackend::new(&mut self.bytes).draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            queue!(self.bytes, cursor::Hide)?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.shown, true) {
            self.moved = true;
            queue!(self.bytes, cursor::Show)?;
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.position)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if std::mem::take(&mut self.moved) || position != self.position {
            self.position = position;
            queue!(self.bytes, cursor::MoveTo(position.x, position.y))?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        // ratatui asks for regions only where it shares the screen
        self.moved = true;
        queue!(self.bytes, terminal::Clear(terminal::ClearType::All))
    }

    fn size(&self) -> io::Result<Size> {
        let size = super::size();
        Ok(Size::new(size.width, size.height))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;

    fn terminal() -> Terminal<FrameBackend> {
        Terminal::new(FrameBackend::default()).unwrap()
    }

    fn draw(terminal: &mut Terminal<FrameBackend>, text: &str, at: Option<(u16, u16)>) -> String {
        let drawn = terminal.draw(|frame| {
            let style = ratatui::style::Style::new();
            frame.buffer_mut().set_string(0, 0, text, style);
            if let Some(at) = at {
                frame.set_cursor_position(at);
            }
        });
        drawn.unwrap();
        let bytes = terminal.backend_mut().take().unwrap_or_default();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_did_not_change_costs_no_byte() {
        let mut terminal = terminal();
        let first = draw(&mut terminal, "web", None);
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l"));
        assert!(first.contains("web") && !first.contains("\x1b[?25"));
        assert_eq!(draw(&mut terminal, "web", None), "");
        let shown = draw(&mut terminal, "web", Some((3, 0)));
        assert!(shown.contains("\x1b[?25h\x1b[1;4H"), "{shown:?}");
        assert_eq!(draw(&mut terminal, "web", Some((3, 0))), "");
        // cells move the terminal's cursor, so it is put back
        let moved = draw(&mut terminal, "wed", Some((3, 0)));
        assert!(moved.ends_with("\x1b[1;4H\x1b[?2026l"), "{moved:?}");
        let hidden = draw(&mut terminal, "wed", None);
        assert_eq!(hidden, "\x1b[?2026h\x1b[?25l\x1b[?2026l");
    }

    #[test]
    fn a_cleared_terminal_is_painted_whole() {
        let mut terminal = terminal();
        draw(&mut terminal, "web", None);
        terminal.backend_mut().forget();
        terminal.clear().unwrap();
        let again = draw(&mut terminal, "web", None);
        assert!(again.contains("\x1b[2J") && again.contains("web"));
    }
}
