//! What the program may write: letters, colours, the cursor's place, the modes that it needs.
//! Every byte of every test goes through here.

#![allow(unreachable_pub, reason = "a part of each test file")]

use base64::Engine as _;
use vte::{Params, Parser, Perform};

/// Watches over what is written.
#[derive(Default)]
pub struct Police {
    parser: Parser,
    notes: Notes,
}

/// What was written, beside letters.
#[derive(Default)]
pub struct Notes {
    /// What was not allowed, each with its place.
    pub strays: Vec<String>,
    /// How often the whole screen was emptied.
    pub clears: usize,
    /// How often the alternate screen was taken.
    pub taken: usize,
    /// How often it was left.
    pub left: usize,
    /// Whole frames since it was last taken.
    pub frames_since_taken: usize,
    /// What was sent to the clipboard.
    pub copied: Vec<String>,
    /// Colours were set, and not only bold, dim, reversed and the like.
    pub coloured: bool,
    /// Letters outside ASCII.
    pub beyond_ascii: Vec<char>,
    /// On the alternate screen: outside it, another program may be writing.
    ours: bool,
    in_frame: bool,
}

impl std::ops::Deref for Police {
    type Target = Notes;
    fn deref(&self) -> &Notes {
        &self.notes
    }
}

impl Police {
    /// Takes in what was written.
    pub fn take(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.notes, bytes);
    }

    /// Whether a frame is half drawn.
    pub fn in_frame(&self) -> bool {
        self.notes.in_frame
    }
}

/// Modes that the program sets and resets.
const MODES: [u16; 6] = [25, 1000, 1006, 1049, 2004, 2026];

impl Notes {
    fn stray(&mut self, what: String) {
        // outside, a shell or another program has the terminal
        if self.ours && self.strays.len() < 20 {
            self.strays.push(what);
        }
    }

    fn mode(&mut self, mode: u16, on: bool) {
        match mode {
            1049 if on => {
                self.taken += 1;
                self.frames_since_taken = 0;
                self.ours = true;
            }
            1049 => {
                self.left += 1;
                self.ours = false;
            }
            2026 => {
                if self.in_frame && !on {
                    self.frames_since_taken += 1;
                }
                self.in_frame = on;
            }
            _ => {}
        }
    }
}

/// What reorders, hides or is nothing on its own; written down here a second time, so that a gap
/// in the program's own list is a failure.
fn acts(c: char) -> bool {
    matches!(u32::from(c),
        0..=0x1f | 0x7f..=0x9f | 0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e
        | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}

impl Perform for Notes {
    fn print(&mut self, c: char) {
        if acts(c) {
            self.stray(format!("the character {:04x}", u32::from(c)));
        }
        if self.ours && !c.is_ascii() && !self.beyond_ascii.contains(&c) {
            self.beyond_ascii.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        self.stray(format!("the control {byte:02x}"));
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, action: char) {
        self.stray(format!("a device control string {action}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        match params {
            [b"52", b"c", payload] => {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(payload)
                    .unwrap_or_else(|_| b"not base64".to_vec());
                self.copied
                    .push(String::from_utf8_lossy(&bytes).into_owned());
            }
            _ => self.stray(format!("an operating system command {params:?}")),
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        let numbers: Vec<u16> = params.iter().flatten().copied().collect();
        let allowed = match (intermediates, action) {
            ([], 'm') => {
                self.coloured |= coloured(&numbers);
                true
            }
            ([], 'H') => true,
            ([], 'J') => {
                self.clears += 1;
                numbers == [2]
            }
            ([b'?'], 'h' | 'l') => {
                let known = numbers.iter().all(|mode| MODES.contains(mode));
                for mode in numbers.iter().copied() {
                    self.mode(mode, action == 'h');
                }
                known
            }
            _ => false,
        };
        if !allowed {
            self.stray(format!(
                "a control sequence {intermediates:?} {numbers:?} {action}"
            ));
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        // the end of a control string
        if (intermediates, byte) != (&[], b'\\') {
            self.stray(format!("an escape {intermediates:?} {byte:02x}"));
        }
    }
}

/// Whether a colour is set. 39, 49 and 59 give back the terminal's own.
fn coloured(numbers: &[u16]) -> bool {
    numbers
        .iter()
        .any(|number| matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
}
