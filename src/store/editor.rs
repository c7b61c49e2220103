//! Text entry on one line: wraps tui-textarea, so that all editing chords are the ones people
//! know. The view draws from [`Editor::text`] and [`Editor::cursor`].

use tui_textarea::{CursorMove, Input, Key as AreaKey, TextArea};

use crate::model::input::{Code, Key};
use crate::model::text;

/// Bytes that a typed line may have.
const LONGEST: usize = 4096;

/// A line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    area: TextArea<'static>,
}

impl Editor {
    /// A line with some text, the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![text.to_owned()]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Characters left of the cursor.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Puts other text in, the cursor at its end.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text);
    }

    /// Types text at the cursor; what no line holds becomes a space or goes. False when there was
    /// no room for all of it.
    pub fn insert(&mut self, pasted: &str) -> bool {
        let room = LONGEST.saturating_sub(self.text().len());
        let line = text::clean(pasted.trim_end_matches(['\n', '\r']));
        let end = line
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .take_while(|e| *e <= room);
        let end = end.last().unwrap_or(0);
        self.area.insert_str(line.get(..end).unwrap_or_default());
        end == line.len()
    }

    /// Takes a key: a character or an editing chord. True when the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        if key.typed().is_some() && self.text().len() >= LONGEST {
            return false;
        }
        let code = match key.code {
            Code::Char(c) => AreaKey::Char(c),
            Code::Backspace => AreaKey::Backspace,
            Code::Delete => AreaKey::Delete,
            Code::Left => AreaKey::Left,
            Code::Right => AreaKey::Right,
            Code::Home => AreaKey::Home,
            Code::End => AreaKey::End,
            Code::Enter
            | Code::Esc
            | Code::Tab
            | Code::Insert
            | Code::Up
            | Code::Down
            | Code::PageUp
            | Code::PageDown
            | Code::F(_) => return false,
        };
        // what every shell does, where the library would undo
        if key == Key::ctrl('u') {
            return self.area.delete_line_by_head();
        }
        // ctrl-m and ctrl-j would break the line, ctrl-n and ctrl-p leave it
        if key.ctrl && matches!(key.code, Code::Char('m' | 'j' | 'n' | 'p')) {
            return false;
        }
        let input = Input {
            key: code,
            ctrl: key.ctrl,
            alt: key.alt,
            shift: key.shift,
        };
        self.area.input(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_stays_on_one_line_and_within_bounds() {
        let mut editor = Editor::new("a");
        assert!(editor.insert("b\nc\x1b[2Jd\n"));
        assert_eq!((editor.text(), editor.cursor()), ("ab cd", 5));
        assert!(!editor.insert(&"é".repeat(5000)));
        assert!(editor.text().len() <= LONGEST);
    }

    #[test]
    fn keys_edit() {
        let mut editor = Editor::new("web-1");
        assert!(editor.key(Key::ctrl('w')));
        assert!(editor.key(Key::char('x')));
        assert!(!editor.key(Key::plain(Code::Enter)));
        editor.set("web-1");
        assert!(editor.key(Key::ctrl('u')));
        assert_eq!(editor.text(), "");
        assert!(editor.key(Key::char('x')));
        assert!(!editor.key(Key::ctrl('m')));
        assert!(editor.text().ends_with('x'));
    }
}
