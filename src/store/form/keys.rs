//! Keys, pastes and clicks in a form. Esc, Tab, Enter, the arrows up and down, Ctrl-s, Ctrl-f and
//! Ctrl-c have a meaning of their own; every other key is text or an editing chord.

use super::{Entry, Filled, FormState, Place};
use crate::form::Kind;
use crate::model::input::{Code, Key};
use crate::store::Store;
use crate::store::message::Effects;
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay};

/// Rows that a paste fills at most: each of them is looked at with every key.
const ROWS: usize = 500;

/// Places that a page is.
const PAGE: isize = 8;

impl Store {
    /// Takes a key in the uppermost form.
    pub(in crate::store) fn key_in_form(&mut self, key: Key) -> Effects {
        let Some(Overlay::Form(form)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        if form.leaving {
            form.leaving = false;
            if key.typed() == Some('y') {
                self.overlays.pop();
            }
            return Vec::new();
        }
        let offered = form.words.len();
        let more = key == Key::ctrl('o') || key.code == Code::Enter && form.focus == Place::More;
        match key.code {
            _ if more => self.more_of_form(),
            Code::Esc if offered > 0 || form.waits.is_some() => {
                form.words.clear();
                form.waits = None;
            }
            Code::Esc => return self.leave_form(),
            _ if key == Key::ctrl('c') => return self.leave_form(),
            _ if key == Key::ctrl('s') => return self.submit_form(),
            _ if key == Key::ctrl('f') => self.find_field(),
            _ if key == Key::ctrl('t') && form.purpose.trial.is_some() => return self.try_form(),
            Code::Down if offered > 0 => choose(form, 1),
            Code::Up if offered > 0 => choose(form, -1),
            _ if key == Key::ctrl('n') && offered == 0 => return self.offer_words(true),
            _ if key == Key::ctrl('n') => choose(form, 1),
            _ if key == Key::ctrl('p') && offered > 0 => choose(form, -1),
            Code::Tab if key.shift => form.step(-1),
            Code::Up => form.step(-1),
            Code::Tab | Code::Down => form.step(1),
            Code::PageUp => form.step(-PAGE.min(form.places().len() as isize - 1)),
            Code::PageDown => form.step(PAGE.min(form.places().len() as isize - 1)),
            Code::Enter => return self.enter_in_form(),
            _ => {
                if type_into(form, key) {
                    self.check_form();
                    return self.offer_words(false);
                }
            }
        }
        Vec::new()
    }

    fn enter_in_form(&mut self) -> Effects {
        let Some(Overlay::Form(form)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        if let Some(chosen) = form.chosen {
            return self.take_word(chosen);
        }
        match form.focus {
            Place::Submit => return self.submit_form(),
            Place::Trial => return self.try_form(),
            Place::Cancel => return self.leave_form(),
            Place::More => {}
            Place::Section(section) => {
                if let Some(section) = form.sections.get_mut(section) {
                    section.folded = !section.folded;
                }
            }
            Place::Field(..) => {
                let rows = form.focused().is_some_and(|(f, _)| f.field.kind.has_rows());
                let filled = form.line_mut().is_some_and(|line| !line.text().is_empty());
                if rows && filled {
                    form.open_row();
                } else {
                    form.step(1);
                }
            }
        }
        self.check_form();
        Vec::new()
    }

    /// Leaves the uppermost form; asks first where something was typed.
    fn leave_form(&mut self) -> Effects {
        if let Some(Overlay::Form(form)) = self.overlays.last_mut()
            && form.is_dirty()
        {
            form.leaving = true;
            return Vec::new();
        }
        self.overlays.pop();
        Vec::new()
    }

    /// Completes the focused field to a word that was offered.
    pub(in crate::store) fn take_word(&mut self, place: usize) -> Effects {
        self.with_form(|form| {
            if let Some(word) = form.words.get(place).map(|word| word.line.clone())
                && let Some(line) = form.line_mut()
            {
                line.set(&word);
            }
            form.words.clear();
            form.chosen = None;
            form.tidy();
        });
        let typing = match self.overlays.last() {
            Some(Overlay::Form(form)) => form.typing(),
            _ => None,
        };
        // a folder goes on with what is in it
        match typing.is_some_and(|typing| typing.text.ends_with('/')) {
            true => self.offer_words(false),
            false => Vec::new(),
        }
    }

    /// Offers every field of the form by name.
    fn find_field(&mut self) {
        let Some(Overlay::Form(form)) = self.overlays.last() else {
            return;
        };
        let item = |(place, filled): (usize, &Filled)| {
            let section = form
                .sections
                .get(filled.section)
                .filter(|_| form.sections.len() > 1);
            let section = section
                .map(|s| format!("{} · ", s.title))
                .unwrap_or_default();
            MenuItem {
                label: filled.field.label.to_string(),
                key: String::new(),
                about: format!("{section}{}", filled.field.help),
                refused: None,
                switch: None,
                deed: Deed::Field(place),
            }
        };
        let items = form.fields.iter().enumerate().map(item).collect();
        self.overlays
            .push(Overlay::Menu(Menu::searched("Find a field", items)));
    }

    /// Gives the focus to a field, whatever was folded.
    pub(in crate::store) fn go_to_field(&mut self, place: usize) {
        if let Some(Overlay::Form(form)) = self.overlays.last_mut() {
            form.stand_on(Place::Field(place, 0));
        }
    }

    /// Takes pasted text: into the line in focus, or a row for each of its lines.
    pub(in crate::store) fn paste_into_form(&mut self, text: &str) -> (bool, Effects) {
        let paste = match self.overlays.last() {
            Some(Overlay::Form(form)) => form.purpose.paste,
            _ => return (true, Vec::new()),
        };
        if let Some(effects) = paste(self, text) {
            return (true, effects);
        }
        let mut whole = true;
        self.with_form(|form| {
            form.leaving = false;
            let rows = form.focused().is_some_and(|(f, _)| f.field.kind.has_rows());
            let lines: Vec<&str> = if rows {
                text.lines()
                    .filter(|line| !line.trim().is_empty())
                    .collect()
            } else {
                vec![text]
            };
            whole &= lines.len() <= ROWS;
            for (place, piece) in lines.into_iter().take(ROWS).enumerate() {
                if place > 0 {
                    form.open_row();
                }
                if let Some(line) = form.line_mut() {
                    whole &= line.insert(piece);
                }
            }
            form.tidy();
        });
        (whole, self.offer_words(false))
    }

    /// A click on a place: it gets the focus; a switch turns, a button is pressed.
    pub(in crate::store) fn press_in_form(&mut self, place: usize) -> Effects {
        let Some(Overlay::Form(form)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        let Some(place) = form.places().get(place).copied() else {
            return Vec::new();
        };
        form.stand_on(place);
        match place {
            Place::Submit if form.leaving => {
                form.leaving = false;
                Vec::new()
            }
            Place::Cancel if form.leaving => {
                self.overlays.pop();
                Vec::new()
            }
            Place::More => {
                self.more_of_form();
                Vec::new()
            }
            Place::Submit | Place::Trial | Place::Cancel | Place::Section(_) => {
                self.enter_in_form()
            }
            Place::Field(..) => {
                if type_into_switch(form, Key::char(' ')) {
                    self.check_form();
                }
                Vec::new()
            }
        }
    }
}

/// Chooses among the offered words.
fn choose(form: &mut FormState, by: isize) {
    let count = form.words.len() as isize;
    let next = match form.chosen {
        None if by > 0 => 0,
        None => count - 1,
        Some(chosen) => (chosen as isize + by).rem_euclid(count),
    };
    form.chosen = usize::try_from(next).ok();
}

/// Types a key into the place in focus. True when something changed.
fn type_into(form: &mut FormState, key: Key) -> bool {
    if let Place::Section(section) = form.focus {
        let fold = match key.code {
            Code::Left => true,
            Code::Right => false,
            Code::Char(' ') => !form.is_folded(section),
            _ => return false,
        };
        if let Some(section) = form.sections.get_mut(section) {
            section.folded = fold;
        }
        return true;
    }
    if matches!(
        form.focus,
        Place::Submit | Place::Trial | Place::Cancel | Place::More
    ) {
        let buttons = form.places();
        let buttons = buttons.iter().skip_while(|place| **place != Place::Submit);
        let buttons: Vec<Place> = buttons.copied().collect();
        let at = buttons.iter().position(|place| *place == form.focus);
        let by = match key.code {
            Code::Left => buttons.len() - 1,
            Code::Right => 1,
            _ => return false,
        };
        if let Some(next) = buttons.get((at.unwrap_or(0) + by) % buttons.len()) {
            form.focus = *next;
        }
        return false;
    }
    if type_into_switch(form, key) {
        return true;
    }
    let Some(line) = form.line_mut() else {
        return false;
    };
    if key.code == Code::Backspace && line.text().is_empty() {
        // an empty row is left the way it was entered
        if let Place::Field(_, row) = form.focus
            && row > 0
        {
            form.step(-1);
        }
        return true;
    }
    if !line.key(key) {
        return false;
    }
    form.tidy();
    true
}

/// Turns a switch, or goes on to another word of a choice. False where text is typed.
fn type_into_switch(form: &mut FormState, key: Key) -> bool {
    let Place::Field(field, _) = form.focus else {
        return false;
    };
    let Some(filled) = form.fields.get_mut(field) else {
        return false;
    };
    let turns = matches!(key.code, Code::Char(' ') | Code::Left | Code::Right);
    match (&mut filled.entry, &filled.field.kind) {
        (Entry::Switch(on), _) if turns => *on = !*on,
        (Entry::Choice(place), Kind::Choice(words)) if !words.is_empty() => {
            let count = words.len();
            let begins = |at: &usize| {
                let word = words.get(*at).map(|word| word.word.to_lowercase());
                let typed = key.typed().map(|c| c.to_lowercase().to_string());
                typed.is_some_and(|typed| word.is_some_and(|word| word.starts_with(&typed)))
            };
            *place = match key.code {
                Code::Left => (*place + count - 1) % count,
                Code::Right | Code::Char(' ') => (*place + 1) % count,
                _ => {
                    let next = (1..=count).map(|by| (*place + by) % count).find(begins);
                    next.unwrap_or(*place)
                }
            };
        }
        (Entry::Switch(_) | Entry::Choice(_), _) => {}
        (Entry::Lines(_), _) => return false,
    }
    true
}
