//! What a program wrote to a terminal, as lines: what it drew on the terminal's other screen, as
//! editors and pagers do, is left out.

use std::sync::Arc;

use super::super::output::Cutter;
use crate::model::log::{Chunk, Stream};

/// What turns the other screen on and off (xterm, control sequences, private modes 47, 1047, 1049).
const SWITCHES: [(&[u8], bool); 6] = [
    (b"\x1b[?1049h", true),
    (b"\x1b[?1049l", false),
    (b"\x1b[?1047h", true),
    (b"\x1b[?1047l", false),
    (b"\x1b[?47h", true),
    (b"\x1b[?47l", false),
];

/// The lines so far.
#[derive(Default)]
pub(super) struct Transcript {
    cutter: Cutter,
    /// Whether the other screen shows.
    hidden: bool,
    /// What may be the beginning of a switch.
    held: Vec<u8>,
}

impl Transcript {
    /// Takes what was written, however it was cut.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let mut rest = std::mem::take(&mut self.held);
        rest.extend_from_slice(bytes);
        let mut rest = rest.as_slice();
        while let Some((at, (switch, hides))) = first_switch(rest) {
            self.keep(&rest[..at]);
            self.hidden = hides;
            rest = &rest[at + switch.len()..];
        }
        let open = rest.iter().rposition(|byte| *byte == 0x1b);
        let open = open.filter(|at| {
            let mut switches = SWITCHES.iter();
            switches.any(|(switch, _)| switch.starts_with(&rest[*at..]))
        });
        let (whole, held) = rest.split_at(open.unwrap_or(rest.len()));
        self.keep(whole);
        self.held.extend_from_slice(held);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if !self.hidden {
            self.cutter.feed(Stream::Out, bytes);
        }
    }

    /// Nothing more comes: a last line without its end is a line.
    pub(super) fn finish(&mut self) {
        self.cutter.finish();
    }

    /// Lines that are ready.
    pub(super) fn take(&mut self) -> Option<Arc<Chunk>> {
        self.cutter.take(false)
    }
}

/// Where the first switch is, and which.
fn first_switch(bytes: &[u8]) -> Option<(usize, (&'static [u8], bool))> {
    let place = |switch: &[u8]| bytes.windows(switch.len()).position(|part| part == switch);
    let found = SWITCHES
        .iter()
        .filter_map(|(switch, hides)| Some((place(switch)?, (*switch, *hides))));
    found.min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut transcript = Transcript::default();
        for piece in pieces {
            transcript.feed(piece);
        }
        transcript.finish();
        let mut lines = Vec::new();
        while let Some(chunk) = transcript.take() {
            lines.extend((0..chunk.len()).map(|at| chunk.line(at).unwrap().text.to_owned()));
        }
        lines
    }

    #[test]
    fn what_is_drawn_on_the_other_screen_is_left_out() {
        let whole = b"$ vi\r\n\x1b[?1049h\x1b[1;1Hdrawn\r\nmore\r\n\x1b[?1049l$ exit\r\nbye";
        for size in 1..=whole.len() {
            let pieces: Vec<&[u8]> = whole.chunks(size).collect();
            assert_eq!(lines(&pieces), ["$ vi", "$ exit", "bye"], "by {size}");
        }
    }
}
