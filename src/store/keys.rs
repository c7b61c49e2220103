//! Where a key goes: to the uppermost overlay, else through the keymap to an action. Keys inside
//! overlays are fixed: typed text, arrows, Tab, Enter, Esc; all else is in the action table.

use super::Store;
use super::actions::{self, Call, Scope};
use super::command_line;
use super::dialogs;
use super::doctor;
use super::help::help;
use super::host_menu;
use super::logs::Search;
use super::message::{Effect, Effects};
use super::overlay::{Deed, Overlay, Prompt, Purpose, reading, wrapped};
use crate::model::input::{Code, Key};

impl Store {
    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Effects {
        let over = self.overlays.last();
        let typed = |over: &Overlay| matches!(over, Overlay::Prompt(_) | Overlay::Form(_));
        if over.is_some_and(|over| !typed(over)) && self.quits(key) {
            let asks = |over: &Overlay| matches!(over, Overlay::Confirm(dialog) if dialog.action.id == "app.quit");
            return if over.is_some_and(asks) {
                Vec::new()
            } else {
                self.quit()
            };
        }
        match self.overlays.last() {
            Some(Overlay::Menu(_)) => self.key_in_menu(key),
            Some(Overlay::Confirm(_)) => self.key_in_dialog(key),
            Some(Overlay::Prompt(_)) => self.key_in_prompt(key),
            Some(Overlay::Form(_)) => self.key_in_form(key),
            Some(Overlay::Output(_)) => self.key_in_output(key),
            Some(Overlay::Help(_) | Overlay::Doctor(..) | Overlay::Text { .. }) => {
                self.key_in_text(key)
            }
            None => match self.keymap.action(&self.scopes(), key) {
                Some(action) => self.invoke(action, Call::default()),
                None => Vec::new(),
            },
        }
    }

    /// Whether a key ends the program from wherever one is.
    fn quits(&self, key: Key) -> bool {
        let action = self.keymap.action(&[Scope::Global], key);
        action.is_some_and(|action| action.id == "app.quit")
    }

    /// Takes pasted text. What had no room is told.
    pub(super) fn paste(&mut self, text: &str) -> Effects {
        let (whole, effects) = match self.overlays.last_mut() {
            Some(Overlay::Prompt(prompt)) => (prompt.editor.insert(text), self.typed()),
            Some(Overlay::Form(_)) => self.paste_into_form(text),
            Some(Overlay::Menu(menu)) => {
                let search = menu.search.as_mut();
                let whole = search.is_none_or(|search| search.insert(text));
                menu.narrow();
                (whole, Vec::new())
            }
            Some(Overlay::Confirm(dialog)) => {
                dialog.type_name(|editor| {
                    editor.insert(text);
                    true
                });
                (true, Vec::new())
            }
            Some(_) => (true, Vec::new()),
            None => {
                self.toasts
                    .explain("nothing here takes pasted text", self.now);
                (true, Vec::new())
            }
        };
        if !whole {
            let text = "the pasted text was too long: its end is left out";
            self.toasts.explain(text, self.now);
        }
        effects
    }

    // ---- menus

    fn key_in_menu(&mut self, key: Key) -> Effects {
        let Some(Overlay::Menu(menu)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        match key.code {
            Code::Esc => return self.cancel_overlay(),
            Code::Enter => return self.choose(),
            Code::Tab if !key.shift => menu.step(1),
            Code::Up | Code::Tab => menu.step(-1),
            Code::Down => menu.step(1),
            Code::PageUp => menu.step(-10),
            Code::PageDown => menu.step(10),
            _ if key == Key::ctrl('p') => menu.step(-1),
            _ if key == Key::ctrl('n') => menu.step(1),
            _ if menu.is_of_hosts() && host_menu::takes(key) => return self.key_on_host(key),
            _ => match &mut menu.search {
                Some(search) => {
                    if search.key(key) {
                        menu.narrow();
                    }
                }
                None => return self.shortcut(key),
            },
        }
        Vec::new()
    }

    /// A key in a menu that is not narrowed by typing: an item's own key, or movement.
    fn shortcut(&mut self, key: Key) -> Effects {
        let Some(Overlay::Menu(menu)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        let name = key.to_string();
        if let Some(place) = menu.items.iter().position(|item| item.key == name) {
            menu.cursor = place;
            return self.choose();
        }
        match key.typed() {
            Some('j') => menu.step(1),
            Some('k') => menu.step(-1),
            Some('q') => return self.cancel_overlay(),
            Some(' ') => return self.choose(),
            _ => {}
        }
        Vec::new()
    }

    /// Does what the menu's cursor stands on.
    pub(super) fn choose(&mut self) -> Effects {
        let Some(Overlay::Menu(menu)) = self.overlays.last() else {
            return Vec::new();
        };
        let Some(item) = menu.chosen().cloned() else {
            return Vec::new();
        };
        if let Some(reason) = item.refused {
            self.toasts
                .explain(format!("{}: {reason}", item.label), self.now);
            return Vec::new();
        }
        if let Deed::Column(id) = item.deed {
            self.toggle_column(id);
            return Vec::new();
        }
        self.overlays.pop();
        match item.deed {
            Deed::Act(action, call) => self.invoke(action, call),
            Deed::Copy(text) => vec![Effect::Copy(text)],
            Deed::Select(target) => {
                self.show(&target);
                Vec::new()
            }
            Deed::Field(place) => {
                self.go_to_field(place);
                Vec::new()
            }
            Deed::More(more) => (more.run)(self),
            Deed::Host(host) if self.world.scope.as_ref() == Some(&host) => {
                self.show_host(None);
                Vec::new()
            }
            Deed::Host(host) => self.show_alone(&host),
            Deed::Column(_) => Vec::new(),
        }
    }

    fn toggle_column(&mut self, id: &'static str) {
        let columns = &mut self.list_mut().columns;
        match columns.iter().position(|column| column == id) {
            Some(place) => {
                columns.remove(place);
            }
            None => columns.push(id.to_owned()),
        }
        if let Some(Overlay::Menu(menu)) = self.overlays.last_mut() {
            for item in &mut menu.items {
                if matches!(item.deed, Deed::Column(column) if column == id) {
                    item.switch = item.switch.map(|on| !on);
                }
            }
        }
    }

    // ---- texts

    fn key_in_text(&mut self, key: Key) -> Effects {
        let closes = key.code == Code::Esc
            || key.code == Code::Enter
            || matches!(key.typed(), Some('q' | '?'))
            || key.code == Code::F(1);
        if closes {
            return self.cancel_overlay();
        }
        // movement is what the keymap says it is
        match self.keymap.action(&[Scope::Global], key) {
            Some(action) if action.id.starts_with("cursor.") => {
                (action.run)(self, &Call::default())
            }
            _ => Vec::new(),
        }
    }

    /// Moves in the uppermost overlay by rows.
    pub(super) fn move_overlay(&mut self, by: isize) {
        match self.overlays.last_mut() {
            Some(Overlay::Menu(menu)) => menu.step(by.signum()),
            Some(Overlay::Form(form)) => form.step(by.signum()),
            _ => self.scroll_overlay(by),
        }
    }

    /// Scrolls the uppermost overlay by rows, no further than its last row.
    pub(super) fn scroll_overlay(&mut self, by: isize) {
        let (columns, height) = reading(self.size);
        let height = usize::from(height);
        let (rows, room) = match self.overlays.last() {
            Some(Overlay::Help(_)) => (help(self).rows.len(), height),
            Some(Overlay::Doctor(host, _)) => (doctor::rows(self, host, columns).len(), height),
            Some(Overlay::Text { lines, .. }) => (wrapped(lines, columns).len(), height),
            Some(Overlay::Confirm(question)) => {
                (question.rows(self.size).len(), question.room(self.size))
            }
            _ => return,
        };
        let scroll = match self.overlays.last_mut() {
            Some(
                Overlay::Help(scroll) | Overlay::Doctor(_, scroll) | Overlay::Text { scroll, .. },
            ) => scroll,
            Some(Overlay::Confirm(question)) => &mut question.scroll,
            _ => return,
        };
        let most = rows.saturating_sub(room);
        scroll.top = scroll.top.saturating_add_signed(by).min(most);
    }

    // ---- typed lines

    fn key_in_prompt(&mut self, key: Key) -> Effects {
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        match key.code {
            Code::Esc => return self.cancel_overlay(),
            Code::Enter => return self.submit(),
            Code::Tab => {
                complete(prompt, !key.shift);
                return Vec::new();
            }
            Code::Up => return self.look_back(1),
            Code::Down => return self.look_back(-1),
            // an empty line is left the way it was entered
            Code::Backspace if prompt.editor.text().is_empty() => return self.cancel_overlay(),
            _ if key == Key::ctrl('c') => return self.cancel_overlay(),
            _ if key == Key::ctrl('p') => return self.look_back(1),
            _ if key == Key::ctrl('n') => return self.look_back(-1),
            _ if key == Key::ctrl('r') && matches!(prompt.purpose, Purpose::LogSearch { .. }) => {
                return self.toggle_regex();
            }
            _ => {
                if !prompt.editor.key(key) {
                    return Vec::new();
                }
            }
        }
        self.typed()
    }

    /// The typed text changed: filters and searches follow it, commands complete it.
    fn typed(&mut self) -> Effects {
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        prompt.chosen = None;
        prompt.fault = None;
        prompt.take_root();
        let text = prompt.editor.text().to_owned();
        match &prompt.purpose {
            Purpose::Filter { stood, .. } => {
                let stood = stood.clone();
                self.list_mut().set_filter(&text);
                self.list_mut().stand_again(stood);
                let fault = self.list().filter.fault.clone();
                if let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() {
                    prompt.fault = fault;
                }
                Vec::new()
            }
            Purpose::LogSearch { .. } => self.search_log(&text, None),
            Purpose::PageSearch { .. } => {
                self.search_page(&text);
                Vec::new()
            }
            Purpose::Command => {
                let completions = command_line::completions(self, &text);
                if let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() {
                    prompt.completions = completions;
                }
                Vec::new()
            }
            Purpose::Argument(action, call) => {
                let arg = action.args.get(call.words.len());
                let fault = arg
                    .filter(|_| !text.is_empty())
                    .and_then(|arg| (arg.check)(self, &text));
                let choices = arg.map(|arg| (arg.choices)(self)).unwrap_or_default();
                let completions = dialogs::completions(choices, &text);
                // a word on its way to one of the choices is not wrong yet
                let fault = fault.filter(|_| completions.is_empty());
                if let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() {
                    prompt.fault = fault;
                    prompt.completions = completions;
                }
                Vec::new()
            }
        }
    }

    /// Enter in a typed line.
    fn submit(&mut self) -> Effects {
        let Some(Overlay::Prompt(prompt)) = self.overlays.last() else {
            return Vec::new();
        };
        let text = prompt.editor.text().trim().to_owned();
        match prompt.purpose.clone() {
            Purpose::Filter { .. } | Purpose::PageSearch { .. } => {
                self.overlays.pop();
            }
            Purpose::LogSearch { .. } => {
                self.overlays.pop();
                self.go_to_log_hit(None);
            }
            Purpose::Command => {
                self.overlays.pop();
                return command_line::run(self, &text);
            }
            Purpose::Argument(action, mut call) => {
                let arg = action.args.get(call.words.len());
                let fault = arg.and_then(|arg| (arg.check)(self, &text));
                let missing = text
                    .is_empty()
                    .then(|| "something has to be typed".to_owned());
                if let Some(fault) = missing.or(fault) {
                    if let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() {
                        prompt.fault = Some(fault);
                    }
                    return Vec::new();
                }
                self.overlays.pop();
                call.words.push(text);
                return self.invoke(action, call);
            }
        }
        Vec::new()
    }

    /// Earlier commands, in the command line; the search before, in that of a search.
    fn look_back(&mut self, by: isize) -> Effects {
        let Some(Overlay::Prompt(prompt)) = self.overlays.last_mut() else {
            return Vec::new();
        };
        let before;
        let earlier = match &prompt.purpose {
            Purpose::Command => self.history.as_slice(),
            Purpose::LogSearch {
                before: Some((text, _)),
            }
            | Purpose::PageSearch { before: text }
                if !text.is_empty() =>
            {
                before = [text.clone()];
                &before
            }
            _ => return Vec::new(),
        };
        if prompt.back == 0 {
            prompt.editor.text().clone_into(&mut prompt.draft);
        }
        let back = prompt.back.saturating_add_signed(by).min(earlier.len());
        prompt.back = back;
        let line = match back {
            0 => prompt.draft.clone(),
            _ => earlier
                .get(earlier.len() - back)
                .cloned()
                .unwrap_or_default(),
        };
        prompt.editor.set(&line);
        self.typed()
    }

    fn toggle_regex(&mut self) -> Effects {
        let Some(Overlay::Prompt(prompt)) = self.overlays.last() else {
            return Vec::new();
        };
        let typed = prompt.editor.text().to_owned();
        let was = self.selected_log_search();
        let is_regex = was.is_some_and(|search| search.is_regex);
        // before anything is typed it is about the search that there is
        let text = match was {
            Some(was) if typed.is_empty() => was.text.clone(),
            _ => typed,
        };
        self.search_log(&text, Some(!is_regex))
    }

    /// The search of the log that shows.
    pub fn selected_log_search(&self) -> Option<&Search> {
        self.log_in_sight()?.search.as_ref()
    }

    /// Closes the uppermost overlay and undoes what it only tried.
    pub(super) fn cancel_overlay(&mut self) -> Effects {
        let Some(Overlay::Prompt(Prompt { purpose, .. })) = self.overlays.pop() else {
            return Vec::new();
        };
        match purpose {
            Purpose::Filter { before, stood } => {
                self.list_mut().set_filter(&before);
                self.list_mut().stand_again(stood);
            }
            Purpose::LogSearch { before: None } => self.clear_log_search(),
            Purpose::LogSearch {
                before: Some((text, is_regex)),
            } => {
                let same = |now: &Search| now.text == text && now.is_regex == is_regex;
                if !self.selected_log_search().is_some_and(same) {
                    return self.search_log(&text, Some(is_regex));
                }
            }
            Purpose::PageSearch { before } => {
                self.pages.view_mut(self.stage.tab).search = before;
            }
            Purpose::Command | Purpose::Argument(..) => {}
        }
        Vec::new()
    }

    /// Ends the program; asks first while jobs run or where the settings want it.
    pub(super) fn quit(&mut self) -> Effects {
        match actions::find("app.quit") {
            Some(action) => self.invoke(action, Call::default()),
            None => vec![Effect::Quit],
        }
    }
}

/// Takes the next completion into the line, or the one before.
fn complete(prompt: &mut Prompt, forward: bool) {
    let count = prompt.completions.len();
    if count == 0 {
        return;
    }
    let next = match (prompt.chosen, forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(chosen), true) => (chosen + 1) % count,
        (Some(chosen), false) => (chosen + count - 1) % count,
    };
    prompt.chosen = Some(next);
    if let Some(completion) = prompt.completions.get(next) {
        prompt.editor.set(&completion.line);
    }
}
