//! A form being filled: its values, what has the focus, which sections are folded, how the focused
//! field can be completed, and what is wrong. Every printable key and editing chord is text; the
//! few keys that are not are in `keys`, what a field is completed to in `words`, how a form is checked
//! and submitted in `deeds`.

mod deeds;
mod keys;
mod purpose;
mod words;

pub use self::purpose::{More, Purpose, Trial, Typing};

use super::actions::Call;
use super::editor::Editor;
use super::overlay::Completion;
use crate::form::{Fault, Field, Form, Kind, Preview, Value, Values};

/// A form being filled.
#[derive(Clone, Debug)]
pub struct FormState {
    /// What is made.
    pub title: String,
    /// The verb on its button.
    pub verb: &'static str,
    /// Its sections.
    pub sections: Vec<Heading>,
    /// Its fields in order, section by section.
    pub fields: Vec<Filled>,
    /// What has the focus.
    pub focus: Place,
    /// What is wrong; of what is only missing, not before it was tried or left.
    pub faults: Vec<Fault>,
    /// What it comes to.
    pub preview: Vec<Preview>,
    /// How the focused field can be completed; empty: nothing is offered.
    pub words: Vec<Completion>,
    /// Which of those is chosen.
    pub chosen: Option<usize>,
    /// What its fields held when it was checked last.
    held: Values,
    /// The names of a folder are awaited; whether all of them are to be offered.
    waits: Option<bool>,
    /// Esc was pressed over something typed: it is asked whether to throw it away.
    pub leaving: bool,
    /// What it is for.
    pub purpose: &'static Purpose,
    /// What it was opened with.
    pub call: Call,
    /// It was tried to be submitted: what is missing is told.
    tried: bool,
    /// It came back with a reason of others, which stands until something in it changes.
    pub(in crate::store) refused: bool,
    /// What it held at first.
    start: Values,
}

/// A section's heading.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Its title.
    pub title: String,
    /// What its fields are about.
    pub about: String,
    /// Whether its fields are hidden.
    pub folded: bool,
}

/// A field with what it holds.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Which section it is in.
    pub section: usize,
    /// The field.
    pub field: Field,
    /// What it holds.
    pub entry: Entry,
}

/// What a field holds while it is edited.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Lines of text: one, or any number of rows of which the last is empty.
    Lines(Vec<Editor>),
    /// A switch.
    Switch(bool),
    /// The place of the chosen word.
    Choice(usize),
}

/// What can have the focus in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A section's heading.
    Section(usize),
    /// A row of a field.
    Field(usize, usize),
    /// The button that submits.
    Submit,
    /// The button that tries.
    Trial,
    /// The button that leaves.
    Cancel,
    /// The button that lists what else can be done, where there is something.
    More,
}

impl Filled {
    fn new(section: usize, field: Field) -> Self {
        let entry = entry(&field.kind, &field.start);
        Self {
            section,
            field,
            entry,
        }
    }

    /// Rows that it takes.
    pub fn rows(&self) -> usize {
        match &self.entry {
            Entry::Lines(lines) => lines.len(),
            Entry::Switch(_) | Entry::Choice(_) => 1,
        }
    }

    /// What it holds.
    pub fn value(&self) -> Value {
        match &self.entry {
            Entry::Switch(on) => Value::On(*on),
            Entry::Choice(place) => {
                let word = match &self.field.kind {
                    Kind::Choice(words) => words.get(*place).map(|word| word.word.clone()),
                    _ => None,
                };
                Value::Text(word.unwrap_or_default())
            }
            Entry::Lines(lines) if self.field.kind.has_rows() => {
                let rows = lines.iter().map(|line| line.text().trim());
                let rows = rows.filter(|row| !row.is_empty());
                Value::Rows(rows.map(str::to_owned).collect())
            }
            Entry::Lines(lines) => {
                let text = lines.first().map_or("", Editor::text);
                // a blank may belong to a secret
                let text = if self.field.kind == Kind::Secret {
                    text
                } else {
                    text.trim()
                };
                Value::Text(text.to_owned())
            }
        }
    }

    /// The place of a row among those that hold something: faults count only them.
    pub fn filled_row(&self, row: usize) -> usize {
        match &self.entry {
            Entry::Lines(lines) => {
                let before = lines.iter().take(row);
                before.filter(|line| !line.text().trim().is_empty()).count()
            }
            Entry::Switch(_) | Entry::Choice(_) => 0,
        }
    }

    /// A field of rows ends with an empty one, and has no other empty row but the focused one.
    fn tidy(&mut self, focused: Option<usize>) {
        let Entry::Lines(lines) = &mut self.entry else {
            return;
        };
        if !self.field.kind.has_rows() {
            return;
        }
        if lines.last().is_none_or(|line| !line.text().is_empty()) {
            lines.push(Editor::default());
        }
        let last = lines.len() - 1;
        let mut place = 0;
        lines.retain(|line| {
            let stays = place == last || Some(place) == focused || !line.text().is_empty();
            place += 1;
            stays
        });
    }
}

fn entry(kind: &Kind, value: &Value) -> Entry {
    match (kind, value) {
        (Kind::Choice(words), Value::Text(text)) => {
            let place = words.iter().position(|word| word.word == *text);
            Entry::Choice(place.unwrap_or(0))
        }
        (_, Value::Rows(rows)) => {
            let rows = rows.iter().map(|row| Editor::new(row));
            Entry::Lines(rows.chain([Editor::default()]).collect())
        }
        (_, Value::Text(text)) => Entry::Lines(vec![Editor::new(text)]),
        (_, Value::On(on)) => Entry::Switch(*on),
    }
}

impl FormState {
    /// A form with nothing typed, its first field in focus.
    pub fn new(form: Form, purpose: &'static Purpose, call: Call) -> Self {
        let mut sections = Vec::new();
        let mut fields = Vec::new();
        for (place, section) in form.sections.into_iter().enumerate() {
            let into_filled = |field| Filled::new(place, field);
            fields.extend(section.fields.into_iter().map(into_filled));
            sections.push(Heading {
                title: section.title.into_owned(),
                about: section.about.into_owned(),
                folded: section.folded,
            });
        }
        let mut state = Self {
            title: form.title,
            verb: form.verb,
            sections,
            fields,
            focus: Place::Submit,
            faults: Vec::new(),
            preview: Vec::new(),
            words: Vec::new(),
            chosen: None,
            held: Values::default(),
            waits: None,
            leaving: false,
            purpose,
            call,
            tried: false,
            refused: false,
            start: Values::default(),
        };
        state.start = state.values();
        let first = state
            .places()
            .into_iter()
            .find(|place| matches!(place, Place::Field(..)));
        state.focus = first.unwrap_or(Place::Submit);
        state
    }

    /// What its fields hold.
    pub fn values(&self) -> Values {
        let mut values = Values::default();
        for filled in &self.fields {
            values.set(filled.field.id.clone(), filled.value());
        }
        values
    }

    /// Puts values in place of what its fields hold; fields of which nothing is said stay.
    pub fn fill(&mut self, values: &Values) {
        for filled in &mut self.fields {
            if let Some(value) = values.get(&filled.field.id) {
                filled.entry = entry(&filled.field.kind, value);
            }
        }
    }

    /// Whether something was typed that leaving would throw away.
    pub fn is_dirty(&self) -> bool {
        self.values() != self.start
    }

    /// All that can have the focus, from top to bottom.
    pub fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        let mut section = None;
        for (index, filled) in self.fields.iter().enumerate() {
            if section != Some(filled.section) && self.sections.len() > 1 {
                places.push(Place::Section(filled.section));
            }
            section = Some(filled.section);
            if !self.is_folded(filled.section) {
                places.extend((0..filled.rows()).map(|row| Place::Field(index, row)));
            }
        }
        places.push(Place::Submit);
        places.extend(self.purpose.trial.as_ref().map(|_| Place::Trial));
        places.push(Place::Cancel);
        if !self.purpose.more.is_empty() {
            places.push(Place::More);
        }
        places
    }

    /// What it was filled with is what it holds: leaving it throws nothing away.
    pub(in crate::store) fn begin_here(&mut self) {
        self.start = self.values();
    }

    /// Whether a section hides its fields; the only one never does.
    pub fn is_folded(&self, section: usize) -> bool {
        self.sections.len() > 1 && self.sections.get(section).is_some_and(|s| s.folded)
    }

    /// Fields of a section that hold something else than at first.
    pub fn set_in(&self, section: usize) -> usize {
        let set = |filled: &&Filled| {
            filled.section == section && self.start.get(&filled.field.id) != Some(&filled.value())
        };
        self.fields.iter().filter(set).count()
    }

    /// The field in focus, and which of its rows.
    pub fn focused(&self) -> Option<(&Filled, usize)> {
        match self.focus {
            Place::Field(field, row) => Some((self.fields.get(field)?, row)),
            Place::Section(_) | Place::Submit | Place::Trial | Place::Cancel | Place::More => None,
        }
    }

    /// The line in focus, where text is typed.
    fn line_mut(&mut self) -> Option<&mut Editor> {
        let Place::Field(field, row) = self.focus else {
            return None;
        };
        match &mut self.fields.get_mut(field)?.entry {
            Entry::Lines(lines) => lines.get_mut(row),
            Entry::Switch(_) | Entry::Choice(_) => None,
        }
    }

    /// Moves the focus by places, from the last to the first and back.
    pub fn step(&mut self, by: isize) {
        let places = self.places();
        let at = places.iter().position(|place| *place == self.focus);
        let next = (at.unwrap_or(0) as isize + by).rem_euclid(places.len() as isize);
        if let Some(place) = places.get(next as usize) {
            self.stand_on(*place);
        }
    }

    /// Gives the focus to a place; what is offered for the last one goes.
    pub fn stand_on(&mut self, place: Place) {
        if let Place::Field(field, _) = place
            && let Some(section) = self.fields.get(field).map(|filled| filled.section)
            && let Some(section) = self.sections.get_mut(section)
        {
            section.folded = false;
        }
        let before = std::mem::replace(&mut self.focus, place);
        let (words, chosen) = (&mut self.words, &mut self.chosen);
        words.clear();
        (*chosen, self.waits) = (None, None);
        if let (Place::Field(old, _), true) = (before, before != place) {
            // rows left empty go; the focus may stand further up then
            let focused = match place {
                Place::Field(new, row) if new == old => Some(row),
                _ => None,
            };
            if let Some(filled) = self.fields.get_mut(old) {
                let before = filled.rows();
                filled.tidy(focused);
                let gone = before.saturating_sub(filled.rows());
                if let (Place::Field(new, row), Some(_)) = (place, focused)
                    && gone > 0
                {
                    let last = filled.rows().saturating_sub(1);
                    self.focus = Place::Field(new, row.saturating_sub(gone).min(last));
                }
            }
        }
    }

    /// A new row below the one in focus, which is to hold something.
    fn open_row(&mut self) {
        let Place::Field(field, row) = self.focus else {
            return;
        };
        if let Some(Entry::Lines(lines)) = self.fields.get_mut(field).map(|f| &mut f.entry)
            && lines
                .get(row + 1)
                .is_none_or(|next| !next.text().is_empty())
        {
            lines.insert(row + 1, Editor::default());
        }
        self.stand_on(Place::Field(field, row + 1));
    }

    /// What stands in focus changed: rows are kept in order.
    fn tidy(&mut self) {
        if let Place::Field(field, row) = self.focus
            && let Some(filled) = self.fields.get_mut(field)
        {
            filled.tidy(Some(row));
        }
    }

    /// What is wrong with a row of a field, where it is to be told.
    pub fn fault_at(&self, field: usize, row: usize) -> Option<&Fault> {
        let filled = self.fields.get(field)?;
        let place = filled.filled_row(row);
        let is_last = row + 1 == filled.rows();
        let here = |fault: &&Fault| {
            let here = if filled.field.kind.has_rows() {
                fault.row == place && (!is_last || filled.rows() == 1)
            } else {
                true
            };
            fault.field == filled.field.id && here
        };
        let mut faults = self.faults.iter().filter(here);
        let first = faults.clone().next();
        faults.find(|fault| !fault.hint).or(first)
    }

    /// Whether something keeps it from being done.
    pub fn is_wrong(&self) -> bool {
        self.faults.iter().any(|fault| !fault.hint)
    }

    /// Faults that belong to no field of the form.
    pub fn stray_faults(&self) -> impl Iterator<Item = &Fault> {
        let known = |fault: &&Fault| self.fields.iter().any(|f| f.field.id == fault.field);
        self.faults.iter().filter(move |fault| !known(fault))
    }

    /// Goes to the first field with a fault.
    fn go_to_fault(&mut self) {
        let wrong = self.fields.iter().position(|filled| {
            let id = &filled.field.id;
            self.faults
                .iter()
                .any(|fault| fault.field == *id && !fault.hint)
        });
        if let Some(field) = wrong {
            let row = (0..self.fields.get(field).map_or(0, Filled::rows))
                .find(|row| self.fault_at(field, *row).is_some_and(|fault| !fault.hint));
            self.stand_on(Place::Field(field, row.unwrap_or(0)));
        }
    }

    /// What its fields say is wrong, each for itself.
    fn own_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for filled in &self.fields {
            let value = filled.value();
            faults.extend(filled.field.faults(&value));
            if self.tried && filled.field.is_missing(&value) {
                let reason = format!("{} is missing", filled.field.label);
                faults.push(Fault::of(filled.field.id.clone(), reason));
            }
        }
        faults
    }
}
