//! One log line's bytes into harmless text: SGR becomes looks beside it, every other escape
//! sequence goes as a whole, tabs become spaces.

use vte::{Params, ParamsIter, Parser, Perform};

use crate::model::log::{Colour, Look, Span};
use crate::model::text::{char_width, is_harmless};

/// Bytes of a line that are kept.
pub(crate) const MAX_LINE: usize = 64 * 1024;
/// Columns between tab stops.
const TAB: usize = 8;

/// Cleans lines, one after another, in buffers of its own.
#[derive(Default)]
pub(crate) struct Cleaner {
    text: String,
    spans: Vec<Span>,
    look: Look,
    /// Where the present look began.
    since: usize,
    column: usize,
    /// Bytes at the line's end that are not kept.
    cut: u64,
}

impl Cleaner {
    /// The clean text of a line, the looks of its pieces, and how many bytes at its end are not
    /// kept.
    pub(crate) fn clean(&mut self, line: &[u8]) -> (&str, &[Span], u64) {
        let (line, cut) = shorten(line);
        self.text.clear();
        self.spans.clear();
        (self.look, self.since, self.column, self.cut) = (Look::default(), 0, 0, cut);
        match str::from_utf8(line) {
            Ok(text) if text.chars().all(is_harmless) => self.text.push_str(text),
            Ok(text) => self.parse(text),
            Err(_) => self.parse(&String::from_utf8_lossy(line)),
        }
        (&self.text, &self.spans, self.cut)
    }

    fn parse(&mut self, text: &str) {
        let mut parser = Parser::new();
        let mut rest = self.simple(&mut parser, text);
        // C1 controls are escape sequences in one character, which the parser does not read
        while let Some(at) = rest.find(|c| matches!(c, '\u{80}'..='\u{9f}')) {
            parser.advance(self, &rest.as_bytes()[..at]);
            let c1 = rest[at..].chars().next().unwrap_or_default();
            parser.advance(self, &[0x1b, c1 as u8 - 0x40]);
            rest = &rest[at + c1.len_utf8()..];
        }
        parser.advance(self, rest.as_bytes());
        self.turn(Look::default());
    }

    /// The quick way for what most coloured lines are, plain ASCII and SGR; what is left of a line
    /// that has something else too.
    fn simple<'a>(&mut self, parser: &mut Parser, mut rest: &'a str) -> &'a str {
        loop {
            let plain = |byte: &u8| (b' '..=b'~').contains(byte);
            let run = rest.bytes().take_while(plain).count();
            if self.text.len() + run > MAX_LINE {
                return rest;
            }
            let (plain, after) = rest.split_at(run);
            self.text.push_str(plain);
            self.column += run;
            let Some(numbers) = after.strip_prefix("\x1b[") else {
                return after;
            };
            let in_sgr = |c: char| c.is_ascii_digit() || matches!(c, ';' | ':');
            let Some(next) = numbers.trim_start_matches(in_sgr).strip_prefix('m') else {
                return after;
            };
            parser.advance(self, &after.as_bytes()[..after.len() - next.len()]);
            rest = next;
        }
    }

    /// From here on the text has another look.
    fn turn(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        if self.look != Look::default() && self.text.len() > self.since {
            self.spans.push(Span {
                start: self.since as u32,
                end: self.text.len() as u32,
                look: self.look,
            });
        }
        self.look = look;
        self.since = self.text.len();
    }

    fn put(&mut self, c: char) {
        if self.text.len() + c.len_utf8() > MAX_LINE {
            self.cut += c.len_utf8() as u64;
        } else {
            self.text.push(c);
            self.column += char_width(c);
        }
    }
}

/// A line of at most [`MAX_LINE`] bytes, cut between characters, and how many bytes that took.
fn shorten(line: &[u8]) -> (&[u8], u64) {
    if line.len() <= MAX_LINE {
        return (line, 0);
    }
    let inside = |at: usize| line.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut end = MAX_LINE;
    while end > MAX_LINE - 3 && inside(end) {
        end -= 1;
    }
    (&line[..end], (line.len() - end) as u64)
}

impl Perform for Cleaner {
    fn print(&mut self, c: char) {
        self.put(if is_harmless(c) { c } else { '\u{fffd}' });
    }

    fn execute(&mut self, byte: u8) {
        if byte == b'\t' {
            for _ in 0..TAB - self.column % TAB {
                self.put(' ');
            }
        } else {
            self.put('\u{fffd}');
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        if action == 'm' && intermediates.is_empty() && !ignore {
            let look = sgr(self.look, params);
            self.turn(look);
        }
    }
}

/// A look after an SGR sequence.
fn sgr(mut look: Look, params: &Params) -> Look {
    let mut params = params.iter();
    while let Some(param) = params.next() {
        let Some((&code, sub)) = param.split_first() else {
            continue;
        };
        match code {
            0 => look = Look::default(),
            1 => look.bold = true,
            2 => look.dim = true,
            3 => look.italic = true,
            4 => look.underline = sub.first() != Some(&0),
            7 => look.reverse = true,
            21 | 22 => (look.bold, look.dim) = (false, false),
            23 => look.italic = false,
            24 => look.underline = false,
            27 => look.reverse = false,
            30..=37 => look.fg = Some(Colour::Indexed(code as u8 - 30)),
            38 => look.fg = extended(sub, &mut params).or(look.fg),
            39 => look.fg = None,
            40..=47 => look.bg = Some(Colour::Indexed(code as u8 - 40)),
            48 => look.bg = extended(sub, &mut params).or(look.bg),
            49 => look.bg = None,
            90..=97 => look.fg = Some(Colour::Indexed(code as u8 - 82)),
            100..=107 => look.bg = Some(Colour::Indexed(code as u8 - 92)),
            _ => {}
        }
    }
    look
}

/// The colour after a 38 or 48: `;5;n`, `;2;r;g;b`, `:5:n`, `:2:r:g:b` or `:2::r:g:b`.
fn extended(sub: &[u16], params: &mut ParamsIter<'_>) -> Option<Colour> {
    let byte = |value: u16| u8::try_from(value).ok();
    match sub {
        [5, n, ..] => return byte(*n).map(Colour::Indexed),
        [2, r, g, b] | [2, _, r, g, b, ..] => {
            return Some(Colour::Rgb(byte(*r)?, byte(*g)?, byte(*b)?));
        }
        _ => {}
    }
    let mut next = || params.next().and_then(|param| param.first().copied());
    match next()? {
        5 => byte(next()?).map(Colour::Indexed),
        2 => {
            let (r, g, b) = (next()?, next()?, next()?);
            Some(Colour::Rgb(byte(r)?, byte(g)?, byte(b)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(line: &str) -> (String, Vec<(u32, u32, Look)>) {
        let mut cleaner = Cleaner::default();
        let (text, spans, _) = cleaner.clean(line.as_bytes());
        let spans = spans.iter().map(|s| (s.start, s.end, s.look)).collect();
        (text.to_owned(), spans)
    }

    fn fg(colour: Colour) -> Look {
        Look {
            fg: Some(colour),
            ..Look::default()
        }
    }

    #[test]
    fn colours_stand_beside_the_text() {
        let cases = [
            ("a\x1b[31mred\x1b[0mb", fg(Colour::Indexed(1)), 1..4),
            ("a\x1b[91mred\x1b[mb", fg(Colour::Indexed(9)), 1..4),
            (
                "a\x1b[38;5;200mred\x1b[39mb",
                fg(Colour::Indexed(200)),
                1..4,
            ),
            (
                "a\x1b[38;2;1;2;3mred\x1b[39mb",
                fg(Colour::Rgb(1, 2, 3)),
                1..4,
            ),
            (
                "a\x1b[38:2::1:2:3mred\x1b[39mb",
                fg(Colour::Rgb(1, 2, 3)),
                1..4,
            ),
            ("a\u{9b}31mred\x1b[0mb", fg(Colour::Indexed(1)), 1..4),
        ];
        for (line, look, range) in cases {
            let (text, spans) = clean(line);
            assert_eq!(text, "aredb", "{line:?}");
            assert_eq!(spans, [(range.start, range.end, look)], "{line:?}");
        }
        let (_, spans) = clean("\x1b[1;4;7mx");
        assert!(spans[0].2.bold && spans[0].2.underline && spans[0].2.reverse);
    }

    #[test]
    fn nothing_else_is_left_of_a_sequence() {
        let cases = [
            ("a\x1b]52;c;aGk=\x07b", "ab"),
            ("a\x1b]0;title\x1b\\b", "ab"),
            ("a\x1b[2J\x1b[?25lb", "ab"),
            ("a\x1bPq#0\x1b\\b", "ab"),
            ("a\u{9d}0;t\x07b", "ab"),
            ("a\x1b[", "a"),
            ("a\tb", "a       b"),
            ("多\tb", "多      b"),
            ("x\x08y", "x\u{fffd}y"),
            ("web\u{202e}", "web\u{fffd}"),
        ];
        for (line, text) in cases {
            assert_eq!(clean(line).0, text, "{line:?}");
        }
        let mut cleaner = Cleaner::default();
        assert_eq!(cleaner.clean(b"a\xffb").0, "a\u{fffd}b");
    }

    #[test]
    fn very_long_lines_are_cut_between_characters() {
        let line = "é".repeat(MAX_LINE);
        let mut cleaner = Cleaner::default();
        let (text, _, cut) = cleaner.clean(line.as_bytes());
        assert!(cut > 0 && text.len() <= MAX_LINE && text.ends_with('é'));
        let tabs = "\t".repeat(MAX_LINE);
        let (text, _, cut) = cleaner.clean(tabs.as_bytes());
        assert!(cut > 0 && text.len() == MAX_LINE);
    }
}
