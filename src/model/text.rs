//! Text from outside, made harmless; and how many columns text takes.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use vte::{Parser, Perform};

/// Whether a character may reach a terminal: no control (C0, C1), nothing that reorders or hides
/// its neighbours (bidi marks, zero-width and other format characters), nothing unassigned for
/// exchange.
pub fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Text of an engine made fit for one line of the screen: escape sequences go as a whole, line
/// breaks and tabs become a space, every other harmful character becomes `�`.
pub fn clean(text: &str) -> String {
    clean_cow(text).into_owned()
}

/// [`clean`] of a text that is mostly harmless already: then it is lent back.
pub fn clean_cow(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut cleaner = Cleaner {
        out: String::with_capacity(text.len()),
    };
    let mut parser = Parser::new();
    // C1 controls are two bytes in UTF-8 that the parser passes on as characters, so sequences
    // that begin with one are turned into their seven-bit form first.
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{80}'..='\u{9f}' => bytes.extend([0x1b, c as u8 - 0x40]),
            _ => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    parser.advance(&mut cleaner, &bytes);
    Cow::Owned(cleaner.out)
}

struct Cleaner {
    out: String,
}

impl Perform for Cleaner {
    fn print(&mut self, c: char) {
        self.out.push(if is_harmless(c) { c } else { '\u{fffd}' });
    }

    fn execute(&mut self, byte: u8) {
        self.out.push(if matches!(byte, b'\n' | b'\r' | b'\t') {
            ' '
        } else {
            '\u{fffd}'
        });
    }
}

/// [`clean`] into a boxed string, the form in which lists keep text.
pub fn clean_box(text: &str) -> Box<str> {
    clean_cow(text).into()
}

/// Whether a text can stay as it is; most are printable ASCII, which is seen at once.
fn is_clean(text: &str) -> bool {
    is_printable_ascii(text.as_bytes()) || text.chars().all(is_harmless)
}

/// Whether all bytes are printable ASCII. In steps of eight that are judged at once: most text of an
/// engine is, and this is asked of all of it.
pub fn is_printable_ascii(text: &[u8]) -> bool {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = EACH * 0x80;
    let whole = |step: &[u8; 8]| {
        let bytes = u64::from_ne_bytes(*step);
        // the high bit of a byte is set if it was so, or if the byte is below a blank, or is the
        // one behind `~`; one that is wrong may make its neighbour look so too, never right
        (bytes | bytes.wrapping_sub(EACH * 0x20) | bytes.wrapping_add(EACH)) & HIGH == 0
    };
    let (steps, rest) = text.as_chunks::<8>();
    // the last step may judge some bytes again
    let end = text.last_chunk::<8>();
    steps.iter().all(whole)
        && end.map_or_else(
            || rest.iter().all(|byte| matches!(byte, b' '..=b'~')),
            whole,
        )
}

/// Several lines of an engine's text, each cleaned; line breaks stay.
pub fn clean_lines(text: &str) -> String {
    text.lines()
        .map(|line| clean(line.trim_end_matches('\r')))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Columns that text takes on a terminal.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        UnicodeWidthStr::width(text)
    }
}

/// Columns that one character takes.
pub fn char_width(c: char) -> usize {
    UnicodeWidthChar::width(c).unwrap_or(0)
}

/// The longest beginning of `text` that fits into `columns`, cut between graphemes.
pub fn prefix(text: &str, columns: usize) -> &str {
    if text.is_ascii() {
        return text.get(..columns).unwrap_or(text);
    }
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += UnicodeWidthStr::width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// What is left of `text` after its first `columns`, cut between graphemes.
pub fn skip(text: &str, columns: usize) -> &str {
    &text[prefix(text, columns).len()..]
}

/// The pieces of `text` that each fit into `columns`: cut behind a blank where one stands in the
/// second half of a row, else between graphemes. Together they are the text; none for an empty
/// one. A grapheme wider than all the columns stands alone.
pub fn wrap(text: &str, columns: usize) -> impl Iterator<Item = &str> {
    let columns = columns.max(1);
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut piece = prefix(rest, columns);
        if piece.is_empty() {
            piece = rest.graphemes(true).next().unwrap_or(rest);
        } else if piece.len() < rest.len() && !rest[piece.len()..].starts_with(' ') {
            let word = piece.rfind(' ').map_or(0, |blank| blank + 1);
            if word > piece.len() / 2 {
                piece = &piece[..word];
            }
        }
        rest = &rest[piece.len()..];
        Some(piece)
    })
}

/// `text` cut to `columns`, with an ellipsis where something is missing.
pub fn ellipsis(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    match columns {
        0 => String::new(),
        1 => "…".to_owned(),
        _ => format!("{}…", prefix(text, columns - 1)),
    }
}

/// The candidate most like a word, by edit distance; none when nothing is near.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(4) / 2)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_ascii_is_seen_at_every_place() {
        for length in 0..=24 {
            assert!(is_printable_ascii(&vec![b'x'; length]));
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b' '; length];
                    text[place] = byte;
                    let expected = (b' '..=b'~').contains(&byte);
                    assert_eq!(is_printable_ascii(&text), expected, "{text:?}");
                    text.fill(b'~');
                    text[place] = byte;
                    assert_eq!(is_printable_ascii(&text), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn escape_sequences_leave_no_litter() {
        let cases = [
            ("plain", "plain"),
            ("a\x1b]52;c;aGk=\x07b", "ab"),
            ("a\x1b]0;title\x1b\\b", "ab"),
            ("a\x1b[2J\x1b[1;31mb", "ab"),
            ("a\x1bPq#0\x1b\\b", "ab"),
            ("a\u{9b}31mb", "ab"),
            ("a\u{9d}0;t\x07b", "ab"),
            ("web\u{202e}txt", "web\u{fffd}txt"),
            ("a\u{200b}b", "a\u{fffd}b"),
            ("two\nlines\tand\rmore", "two lines and more"),
            ("bell\x07", "bell\u{fffd}"),
            ("多字节 🐳", "多字节 🐳"),
        ];
        for (from, to) in cases {
            assert_eq!(clean(from), to, "{from:?}");
        }
    }

    #[test]
    fn wrapping_loses_nothing() {
        assert_eq!(wrap("abcdefg", 3).collect::<Vec<_>>(), ["abc", "def", "g"]);
        assert_eq!(wrap("多字节", 3).collect::<Vec<_>>(), ["多", "字", "节"]);
        assert_eq!(wrap("多a", 1).collect::<String>(), "多a");
        assert_eq!(wrap("", 3).count(), 0);
        let text = "GET /cart 200 in 12 ms";
        assert_eq!(
            wrap(text, 12).collect::<Vec<_>>(),
            ["GET /cart ", "200 in 12 ms"]
        );
        assert_eq!(wrap(text, 9).collect::<String>(), text);
    }

    #[test]
    fn cuts_fall_between_graphemes() {
        assert_eq!(prefix("héllo", 2), "hé");
        assert_eq!(prefix("多字节", 3), "多");
        assert_eq!(skip("多字节", 3), "字节");
        assert_eq!(ellipsis("container", 5), "cont…");
        assert_eq!(ellipsis("web", 5), "web");
        assert_eq!(ellipsis("web", 0), "");
    }
}
