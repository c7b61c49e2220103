//! Keys in a question before something harmful. Where a name has to be typed, letters are letters.

use super::Store;
use super::actions::Call;
use super::message::Effects;
use super::overlay::Overlay;
use crate::model::input::{Code, Key};

impl Store {
    /// Takes a key in a dialog.
    pub(super) fn key_in_dialog(&mut self, key: Key) -> Effects {
        let Some(Overlay::Confirm(dialog)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        let page = dialog
            .room(self.size)
            .saturating_sub(1)
            .max(1)
            .cast_signed();
        let places = dialog.places();
        // where a name has to be typed, letters are letters
        let letter = key.typed().filter(|_| dialog.typed.is_none());
        let forward =
            matches!(key.code, Code::Right | Code::Down) || matches!(letter, Some('l' | 'j'));
        let backward =
            matches!(key.code, Code::Left | Code::Up) || matches!(letter, Some('h' | 'k'));
        match key.code {
            Code::Esc => return self.cancel_overlay(),
            Code::Enter => return self.press_button(),
            Code::PageUp => self.move_overlay(-page),
            Code::PageDown => self.move_overlay(page),
            Code::Tab if key.shift => dialog.focus = (dialog.focus + places - 1) % places,
            Code::Tab => dialog.focus = (dialog.focus + 1) % places,
            _ if forward => dialog.focus = (dialog.focus + 1) % places,
            _ if backward => dialog.focus = (dialog.focus + places - 1) % places,
            _ if key.typed() == Some(' ') => {
                // a choice that is the only one need not be gone to
                let only = (dialog.choices.len() == 1).then_some(0);
                let meant = dialog.focus.checked_sub(2).or(only);
                if let Some(choice) = meant.and_then(|i| dialog.choices.get_mut(i)) {
                    choice.on = !choice.on;
                }
            }
            _ => match letter {
                Some('y') => {
                    dialog.focus = 1;
                    return self.press_button();
                }
                Some('n' | 'q') => return self.cancel_overlay(),
                _ => dialog.type_name(|editor| editor.key(key)),
            },
        }
        Vec::new()
    }

    /// Presses what has the focus in a dialog.
    pub(super) fn press_button(&mut self) -> Effects {
        let Some(Overlay::Confirm(dialog)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        if let Some(choice) = dialog
            .focus
            .checked_sub(2)
            .and_then(|i| dialog.choices.get_mut(i))
        {
            choice.on = !choice.on;
            return Vec::new();
        }
        if dialog.focus == 1 && !dialog.is_ready() {
            let wanted = dialog.typed.as_ref().map(|typed| typed.wanted.clone());
            let text = format!("type {} first", wanted.unwrap_or_default());
            self.toasts.explain(text, self.now);
            return Vec::new();
        }
        let Some(Overlay::Confirm(dialog)) = self.overlays.pop() else {
            return Vec::new();
        };
        if dialog.focus == 0 {
            return Vec::new();
        }
        let choices = dialog
            .choices
            .iter()
            .filter(|c| c.on)
            .map(|c| c.id)
            .collect();
        let call = Call {
            confirmed: true,
            choices,
            ..dialog.call
        };
        self.invoke(dialog.action, call)
    }
}
