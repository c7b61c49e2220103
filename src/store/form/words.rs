//! What the focused field of a form can be completed to.

use std::collections::BTreeMap;

use super::{Entry, FormState, Typing};
use crate::form::{Form, Kind, Suggestion};
use crate::store::filter::rank;
use crate::store::overlay::Completion;

/// Words that a field is completed to, shown at once.
const WORDS: usize = 200;

impl FormState {
    /// The field in focus and what is typed in its row; none where nothing is typed.
    pub(in crate::store) fn typing(&self) -> Option<Typing<'_>> {
        let (filled, row) = self.focused()?;
        let Entry::Lines(lines) = &filled.entry else {
            return None;
        };
        Some(Typing {
            field: &filled.field.id,
            text: lines.get(row).map_or("", |line| line.text().trim()),
            call: &self.call,
        })
    }

    /// Whether the field in focus takes a path and nothing else.
    pub(super) fn takes_path(&self) -> bool {
        let focused = self.focused();
        focused.is_some_and(|(filled, _)| filled.field.kind == Kind::Path)
    }

    /// Whether all that the focused field can be is offered or awaited.
    pub(in crate::store) fn offers_all(&self) -> bool {
        let is_empty = self.typing().is_some_and(|typing| typing.text.is_empty());
        self.waits.unwrap_or(is_empty && !self.words.is_empty())
    }

    /// Its fields offer what those of another form of its kind do. Tells whether the focused one
    /// offers something else now.
    pub(in crate::store) fn offer_as(&mut self, form: Form) -> bool {
        let before = self.suggestions().to_vec();
        let fields = form.sections.into_iter().flat_map(|section| section.fields);
        let mut words: BTreeMap<_, _> = fields.map(|field| (field.id, field.suggestions)).collect();
        for filled in &mut self.fields {
            if let Some(words) = words.remove(&filled.field.id) {
                filled.field.suggestions = words;
            }
        }
        before != self.suggestions()
    }

    /// What the field in focus has itself to be completed to.
    pub(super) fn suggestions(&self) -> &[Suggestion] {
        let focused = self.focused();
        focused.map_or(&[], |(filled, _)| &filled.field.suggestions)
    }

    /// Offers what the focused line can be completed to, of words of its own or of the field's; all
    /// of them when asked for.
    pub(super) fn offer(&mut self, own: Option<&[Suggestion]>, all: bool) {
        let (Some((filled, _)), Some(Typing { text: typed, .. })) = (self.focused(), self.typing())
        else {
            return;
        };
        let words = own.unwrap_or(&filled.field.suggestions);
        let sought = if all { "" } else { typed };
        let found = rank(sought, words.iter().map(|word| word.word.as_str()));
        let offered = found.into_iter().take(WORDS).filter_map(|at| words.get(at));
        let mut offered: Vec<Completion> = offered
            .map(|word| Completion {
                line: word.word.clone(),
                label: match word.shown.as_str() {
                    "" => word.word.clone(),
                    shown => shown.to_owned(),
                },
                about: word.about.clone(),
            })
            .collect();
        // one that is typed already, or everything while nothing is, helps nobody
        if !all && (typed.is_empty() || offered.iter().any(|word| word.line == typed)) {
            offered.clear();
        }
        self.words = offered;
        self.chosen = None;
    }
}
