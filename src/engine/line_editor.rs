//! Typing lines for a process that has no terminal of its own, while this program's is raw: what a
//! terminal's driver does otherwise. See `termios(3)`, canonical mode.

use crate::model::text::char_width;

/// The longest line; a terminal's driver keeps 4096 bytes.
const LONGEST: usize = 4096;

/// The line that is typed.
#[derive(Debug, Default)]
pub(super) struct LineEditor {
    line: String,
    /// The beginning of a character that came in pieces.
    partial: Vec<u8>,
    /// Whether Ctrl-p was the last key.
    leaving: bool,
}

/// What typing comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// Bytes for the process.
    pub(super) sent: Vec<u8>,
    /// Bytes for the terminal.
    pub(super) shown: Vec<u8>,
    /// Whether the process is to be left running.
    pub(super) leaves: bool,
}

impl LineEditor {
    /// Takes what was typed. Enter sends the line, Backspace and Ctrl-u take back, Ctrl-c and
    /// Ctrl-p Ctrl-q leave.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Typed {
        let mut typed = Typed::default();
        self.partial.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.partial) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.partial.len(),
        };
        let whole: Vec<u8> = self.partial.drain(..whole).collect();
        for c in String::from_utf8_lossy(&whole).chars() {
            let leaving = std::mem::take(&mut self.leaving);
            match c {
                '\x03' => typed.leaves = true,
                '\x11' if leaving => typed.leaves = true,
                '\x10' => self.leaving = true,
                '\r' | '\n' => {
                    self.line.push('\n');
                    typed.sent.extend(std::mem::take(&mut self.line).bytes());
                    typed.shown.extend(b"\r\n");
                }
                '\x7f' | '\x08' => self.take_back(1, &mut typed.shown),
                '\x15' => self.take_back(usize::MAX, &mut typed.shown),
                // keys that edit elsewhere come as sequences, which mean nothing here
                c if c.is_control() && c != '\t' => {}
                c if self.line.len() + c.len_utf8() < LONGEST => {
                    self.line.push(c);
                    typed.shown.extend(c.encode_utf8(&mut [0; 4]).bytes());
                }
                _ => typed.shown.push(0x07),
            }
            if typed.leaves {
                break;
            }
        }
        typed
    }

    fn take_back(&mut self, most: usize, shown: &mut Vec<u8>) {
        for _ in 0..most {
            let Some(c) = self.line.pop() else {
                return;
            };
            for _ in 0..char_width(c) {
                shown.extend(b"\x08 \x08");
            }
        }
    }
}

/// What a process without a terminal writes, for one in raw mode: its line feeds begin a new line.
pub(super) fn show(bytes: &[u8], shown: &mut Vec<u8>) {
    for byte in bytes {
        if *byte == b'\n' {
            shown.push(b'\r');
        }
        shown.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(sent: &str, shown: &str, leaves: bool) -> Typed {
        Typed {
            sent: sent.into(),
            shown: shown.into(),
            leaves,
        }
    }

    #[test]
    fn a_line_is_sent_whole_and_can_be_taken_back() {
        let mut editor = LineEditor::default();
        assert_eq!(editor.feed(b"sya"), typed("", "sya", false));
        assert_eq!(editor.feed(b"\x7f"), typed("", "\x08 \x08", false));
        assert_eq!(editor.feed(b"\x1b"), typed("", "", false));
        assert_eq!(editor.feed(b"\r"), typed("sy\n", "\r\n", false));
        assert_eq!(editor.feed(b"ab\x15c\r").sent, b"c\n");
        // a wide character that comes in pieces
        let bytes = "船".as_bytes();
        assert_eq!(editor.feed(&bytes[..1]), typed("", "", false));
        assert_eq!(editor.feed(&bytes[1..]), typed("", "船", false));
        assert_eq!(editor.feed(b"\x7f").shown, b"\x08 \x08\x08 \x08");
    }

    #[test]
    fn it_is_left_by_its_keys_alone() {
        let mut editor = LineEditor::default();
        assert!(!editor.feed(b"\x11").leaves);
        assert!(!editor.feed(b"\x10a\x11").leaves);
        assert!(!editor.feed(b"\x10").leaves);
        assert!(editor.feed(b"\x11").leaves);
        assert!(editor.feed(b"\x03").leaves);
    }

    #[test]
    fn a_line_has_an_end() {
        let mut editor = LineEditor::default();
        let typed = editor.feed(&[b'x'; 5000]);
        assert_eq!(editor.line.len(), LONGEST - 1);
        assert_eq!(typed.shown.last(), Some(&7));
    }
}
