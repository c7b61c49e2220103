//! What comes from the terminal, in the program's own words. It decides nothing about it.

use std::io;
use std::time::Duration;

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures_util::StreamExt;

use crate::model::input::{Code, Key, Mouse, MouseDeed, Size};
use crate::model::text::is_harmless;

/// Something that a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// The mouse.
    Mouse(Mouse),
    /// A paste: text and line breaks, free of anything that acts.
    Paste(String),
    /// The terminal has another size; the screen wants a repaint.
    Resize(Size),
}

/// What comes from the terminal for the other program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TtyInput {
    /// Typed or pasted, as it came.
    Bytes(Vec<u8>),
    /// The terminal has another size.
    Resize(Size),
}

/// Everything that a person does, as it comes. Made anew after a shell had the terminal. The
/// default one hears nothing: to make one that does waits while another still reads.
#[derive(Default)]
pub struct Inputs(Option<EventStream>);

impl Inputs {
    /// Begins to listen. The terminal must be raw already.
    pub fn new() -> Self {
        Self(Some(EventStream::new()))
    }

    /// Waits for the next one. None or an error says that the terminal is gone. May be dropped
    /// and called again: nothing is lost.
    pub async fn next(&mut self) -> Option<io::Result<Input>> {
        let Some(events) = &mut self.0 else {
            return std::future::pending().await;
        };
        loop {
            match events.next().await? {
                Ok(event) => {
                    if let Some(input) = input(event) {
                        return Some(Ok(input));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Stops listening, so that nobody but the next reader takes keys. What was typed and not
    /// read yet is dropped: it was not meant for a program that is not on the screen.
    pub fn close(self) {
        drop(self.0);
        // The reader's thread lets go of the terminal a moment after its stream is dropped.
        let wait = Duration::from_millis(20);
        while matches!(crossterm::event::poll(wait), Ok(true)) {
            if crossterm::event::read().is_err() {
                return;
            }
        }
    }
}

fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(event) => key(event).map(Input::Key),
        Event::Mouse(event) => mouse(event).map(Input::Mouse),
        Event::Paste(text) => Some(Input::Paste(paste(&text))),
        Event::Resize(width, height) => Some(Input::Resize(Size { width, height })),
        Event::FocusGained | Event::FocusLost => None,
    }
}

/// A key as the program names it; none for releases and for keys that it has no name for.
pub fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let mut key = Key {
        code: Code::Esc,
        ctrl: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
        shift: held(KeyModifiers::SHIFT),
    };
    key.code = match event.code {
        KeyCode::Char(c) => {
            key.shift = false;
            match (key.ctrl, c) {
                // some terminals send this for Backspace
                (true, 'h') => {
                    key.ctrl = false;
                    Code::Backspace
                }
                // four control characters come named after digits
                (true, '4') => Code::Char('\\'),
                (true, '5') => Code::Char(']'),
                (true, '6') => Code::Char('^'),
                (true, '7') => Code::Char('_'),
                (true, c) => Code::Char(c.to_ascii_lowercase()),
                (false, c) => Code::Char(c),
            }
        }
        KeyCode::Null => {
            key.ctrl = true;
            Code::Char(' ')
        }
        KeyCode::BackTab => {
            key.shift = true;
            Code::Tab
        }
        KeyCode::F(number) => Code::F(number),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    Some(key)
}

/// A press of the left button or a turn of the wheel; none for the rest.
pub fn mouse(event: MouseEvent) -> Option<Mouse> {
    let deed = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseDeed::Press,
        MouseEventKind::ScrollUp => MouseDeed::WheelUp,
        MouseEventKind::ScrollDown => MouseDeed::WheelDown,
        _ => return None,
    };
    Some(Mouse {
        x: event.column,
        y: event.row,
        deed,
    })
}

fn paste(text: &str) -> String {
    let breaks = text.replace("\r\n", "\n").replace('\r', "\n");
    breaks
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || is_harmless(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(code: KeyCode, modifiers: KeyModifiers) -> String {
        key(KeyEvent::new(code, modifiers)).unwrap().to_string()
    }

    #[test]
    fn keys_have_the_programs_names() {
        const NONE: KeyModifiers = KeyModifiers::NONE;
        const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
        const CTRL: KeyModifiers = KeyModifiers::CONTROL;
        let cases = [
            (KeyCode::Char('q'), NONE, "q"),
            (KeyCode::Char('G'), SHIFT, "G"),
            (KeyCode::Char(' '), NONE, "space"),
            (KeyCode::Char('d'), CTRL, "ctrl-d"),
            (KeyCode::Char('D'), CTRL | SHIFT, "ctrl-d"),
            (KeyCode::Char('h'), CTRL, "backspace"),
            (KeyCode::Backspace, NONE, "backspace"),
            (KeyCode::Char(' '), CTRL, "ctrl-space"),
            (KeyCode::Null, NONE, "ctrl-space"),
            (KeyCode::Char('4'), CTRL, "ctrl-\\"),
            (KeyCode::Char('x'), KeyModifiers::ALT, "alt-x"),
            (KeyCode::BackTab, SHIFT, "shift-tab"),
            (KeyCode::Tab, NONE, "tab"),
            (KeyCode::Up, SHIFT, "shift-up"),
            (KeyCode::Right, CTRL, "ctrl-right"),
            (KeyCode::F(5), NONE, "f5"),
            (KeyCode::Delete, NONE, "del"),
            (KeyCode::PageDown, NONE, "pgdn"),
        ];
        for (code, modifiers, name) in cases {
            assert_eq!(named(code, modifiers), name);
            assert!(name.parse::<Key>().is_ok(), "{name}");
        }
        let event = |kind| KeyEvent::new_with_kind(KeyCode::Char('a'), NONE, kind);
        assert_eq!(key(event(KeyEventKind::Release)), None);
        assert_eq!(key(event(KeyEventKind::Repeat)), Some(Key::char('a')));
        assert_eq!(key(KeyEvent::new(KeyCode::CapsLock, NONE)), None);
    }

    #[test]
    fn the_mouse_presses_and_turns() {
        let event = |kind| MouseEvent {
            kind,
            column: 3,
            row: 4,
            modifiers: KeyModifiers::NONE,
        };
        let deed = |kind| mouse(event(kind)).map(|mouse| (mouse.x, mouse.y, mouse.deed));
        let press = MouseEventKind::Down(MouseButton::Left);
        assert_eq!(deed(press), Some((3, 4, MouseDeed::Press)));
        let wheel = deed(MouseEventKind::ScrollDown);
        assert_eq!(wheel, Some((3, 4, MouseDeed::WheelDown)));
        assert_eq!(deed(MouseEventKind::Moved), None);
        assert_eq!(deed(MouseEventKind::Down(MouseButton::Right)), None);
    }

    #[test]
    fn a_paste_holds_text_alone() {
        let pasted = input(Event::Paste("a\r\nb\rc\td\x1b[31m\u{202e}e".into()));
        assert_eq!(pasted, Some(Input::Paste("a\nb\nc\td[31me".into())));
        assert_eq!(
            input(Event::Resize(80, 24)),
            Some(Input::Resize(Size {
                width: 80,
                height: 24
            }))
        );
        assert_eq!(input(Event::FocusLost), None);
    }
}
