//! Forms as values: which fields there are, of which kind, what helps to fill them, and what is
//! wrong with what they hold. It knows no screen, no keys and no engine: how a form is edited is
//! in `store/form`, how it looks in `view/form`.

pub mod check;
pub mod commit;
pub mod connect;
pub mod exec;
pub mod host;
pub mod limits;
pub mod restart;
pub mod run;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::Problem;

/// Text of a form: most is known when the program is built.
pub type Text = Cow<'static, str>;

/// A form before it is filled.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is made: `Run a command in web`.
    pub title: String,
    /// The verb on its button.
    pub verb: &'static str,
    /// Its fields, in sections that fold; a single section shows no heading.
    pub sections: Vec<Section>,
}

/// Fields that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its heading.
    pub title: Text,
    /// What its fields are about: one sentence.
    pub about: Text,
    /// Whether it is folded at first.
    pub folded: bool,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

impl Section {
    /// An open section.
    pub fn new(title: impl Into<Text>, fields: Vec<Field>) -> Self {
        Self {
            title: title.into(),
            about: Text::default(),
            folded: false,
            fields,
        }
    }

    /// The same, folded at first.
    #[must_use]
    pub fn folded(mut self, about: impl Into<Text>) -> Self {
        self.about = about.into();
        self.folded = true;
        self
    }
}

/// A field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name that its value is known by; one of its own within the form.
    pub id: Text,
    /// What stands before it.
    pub label: Text,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must not be left empty.
    pub needed: bool,
    /// What it is: one sentence.
    pub help: Text,
    /// What could stand in it; empty where that is plain.
    pub example: Text,
    /// What is wrong with a text, beside what its kind says; of rows with each alone.
    pub check: fn(&str) -> Result<(), String>,
    /// What it can be completed to.
    pub suggestions: Vec<Suggestion>,
    /// What it holds at first.
    pub start: Value,
    /// Whether values behind names that look secret are masked while it has not the focus.
    pub masks: bool,
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text on one line.
    Text,
    /// A whole number.
    Number,
    /// A number of bytes: `512m`.
    Bytes,
    /// A length of time: `1m30s`.
    Duration,
    /// One of several words.
    Choice(Vec<Suggestion>),
    /// On or off.
    Switch,
    /// Any number of texts, each on a row.
    Rows,
    /// Any number of `NAME=value`, each on a row.
    Pairs,
    /// A text that is not shown.
    Secret,
    /// A path.
    Path,
}

impl Kind {
    /// Whether it takes any number of rows.
    pub fn has_rows(&self) -> bool {
        matches!(self, Self::Rows | Self::Pairs)
    }

    /// What a field of this kind holds before anything is typed.
    fn empty(&self) -> Value {
        match self {
            Self::Switch => Value::On(false),
            Self::Rows | Self::Pairs => Value::Rows(Vec::new()),
            Self::Choice(words) => {
                Value::Text(words.first().map(|w| w.word.clone()).unwrap_or_default())
            }
            Self::Text
            | Self::Number
            | Self::Bytes
            | Self::Duration
            | Self::Secret
            | Self::Path => Value::Text(String::new()),
        }
    }

    /// What is wrong with one text of this kind.
    fn fault(&self, text: &str) -> Result<(), String> {
        match self {
            Self::Number => check::number(text).map(drop),
            Self::Bytes => check::bytes(text).map(drop),
            Self::Duration => check::duration(text).map(drop),
            Self::Pairs => check::pair(text).map(drop),
            Self::Choice(words) if words.iter().all(|w| w.word != text) => {
                Err(format!("`{text}` is none of its words"))
            }
            Self::Text
            | Self::Choice(_)
            | Self::Switch
            | Self::Rows
            | Self::Secret
            | Self::Path => Ok(()),
        }
    }
}

/// A word that a field can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The word.
    pub word: String,
    /// What is shown in its place; empty: the word itself.
    pub shown: String,
    /// What it is or does; may be empty.
    pub about: String,
}

impl Suggestion {
    /// A word with what it is.
    pub fn new(word: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            shown: String::new(),
            about: about.into(),
        }
    }

    /// The same, shown otherwise.
    #[must_use]
    pub fn shown(mut self, text: impl Into<String>) -> Self {
        self.shown = text.into();
        self
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text; empty: nothing was said.
    Text(String),
    /// A switch.
    On(bool),
    /// Rows, none of them empty.
    Rows(Vec<String>),
}

impl Field {
    /// An empty field.
    pub fn new(id: impl Into<Text>, label: impl Into<Text>, kind: Kind) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            start: kind.empty(),
            kind,
            needed: false,
            help: Text::default(),
            example: Text::default(),
            check: |_| Ok(()),
            suggestions: Vec::new(),
            masks: false,
        }
    }

    /// The same, which masks what looks secret while it has not the focus.
    #[must_use]
    pub fn masking(mut self) -> Self {
        self.masks = true;
        self
    }

    /// The same with what it is, and what could stand in it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text>, example: impl Into<Text>) -> Self {
        (self.help, self.example) = (help.into(), example.into());
        self
    }

    /// The same, which must not be left empty.
    #[must_use]
    pub fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// The same with a check of its own.
    #[must_use]
    pub fn check(mut self, check: fn(&str) -> Result<(), String>) -> Self {
        self.check = check;
        self
    }

    /// The same with words that it can be completed to.
    #[must_use]
    pub fn suggest(mut self, words: impl IntoIterator<Item = Suggestion>) -> Self {
        self.suggestions.extend(words);
        self
    }

    /// The same with something in it.
    #[must_use]
    pub fn holding(mut self, start: Value) -> Self {
        self.start = start;
        self
    }

    /// What is wrong with what it holds, by its kind and its own check. An empty one is not wrong
    /// here: whether something is missing is asked by [`Field::is_missing`].
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        let fault = |row: usize, text: &str| {
            let checked = self.kind.fault(text).and_then(|()| (self.check)(text));
            let fault = |reason: String| Fault::of(self.id.clone(), reason).at(row);
            checked.err().map(fault)
        };
        match value {
            Value::On(_) => Vec::new(),
            Value::Text(text) if text.is_empty() => Vec::new(),
            Value::Text(text) => fault(0, text).into_iter().collect(),
            Value::Rows(rows) => {
                let faults = rows.iter().enumerate();
                faults.filter_map(|(row, text)| fault(row, text)).collect()
            }
        }
    }

    /// Whether it is needed and holds nothing.
    pub fn is_missing(&self, value: &Value) -> bool {
        self.needed
            && match value {
                Value::Text(text) => text.is_empty(),
                Value::Rows(rows) => rows.is_empty(),
                Value::On(_) => false,
            }
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's id.
    pub field: Text,
    /// Which of its rows.
    pub row: usize,
    /// What is wrong and what would be right: one sentence.
    pub reason: String,
    /// Whether it is only worth a word, and keeps nothing from being done.
    pub hint: bool,
}

impl Fault {
    /// A fault of a field as a whole.
    pub fn of(field: impl Into<Text>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            row: 0,
            reason: reason.into(),
            hint: false,
        }
    }

    /// What became of something that was asked, at the field that its words are about: the first of
    /// some words, in small letters, that stand in them say which; else at none.
    pub fn refusal(problem: &Problem, fields: &[(&str, &'static str)]) -> Self {
        let reason = match problem.detail.as_str() {
            "" => &problem.summary,
            detail => detail,
        };
        let said = format!("{} {}", problem.summary, problem.detail).to_lowercase();
        let mut fields = fields.iter();
        let field = fields.find(|(words, _)| said.contains(words));
        Self::of(field.map_or("", |(_, field)| *field), reason)
    }

    /// The same of one of its rows.
    #[must_use]
    pub fn at(mut self, row: usize) -> Self {
        self.row = row;
        self
    }

    /// The same as a hint.
    #[must_use]
    pub fn hint(mut self) -> Self {
        self.hint = true;
        self
    }
}

/// What a form's fields hold, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<Text, Value>);

impl Values {
    /// Puts a value in.
    pub fn set(&mut self, id: impl Into<Text>, value: Value) {
        self.0.insert(id.into(), value);
    }

    /// A value; none when the form has no such field.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.0.get(id)
    }

    /// A field's text; empty when it holds none.
    pub fn text(&self, id: &str) -> &str {
        match self.get(id) {
            Some(Value::Text(text)) => text,
            Some(Value::On(_) | Value::Rows(_)) | None => "",
        }
    }

    /// Whether a switch is on.
    pub fn is_on(&self, id: &str) -> bool {
        self.get(id) == Some(&Value::On(true))
    }

    /// A field's rows.
    pub fn rows(&self, id: &str) -> &[String] {
        match self.get(id) {
            Some(Value::Rows(rows)) => rows,
            Some(Value::On(_) | Value::Text(_)) | None => &[],
        }
    }

    /// Every value with its id, in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(id, value)| (id.as_ref(), value))
    }
}

/// What a form comes to in other words: the equal `docker` line, a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What it is.
    pub title: &'static str,
    /// Its lines.
    pub lines: Vec<String>,
    /// Whether it is a command line, which stands behind a prompt.
    pub is_command: bool,
}

impl Preview {
    /// A command line.
    pub fn command(title: &'static str, line: String) -> Self {
        Self {
            title,
            lines: vec![line],
            is_command: true,
        }
    }

    /// Any other text.
    pub fn text(title: &'static str, lines: Vec<String>) -> Self {
        Self {
            title,
            lines,
            is_command: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_what_is_wrong_with_each_row() {
        let field = Field::new("env", "environment", Kind::Pairs).check(|text| {
            if text.contains('\t') {
                Err("no tabs".to_owned())
            } else {
                Ok(())
            }
        });
        let rows = ["A=1", "=2", "B=\t"].map(str::to_owned).to_vec();
        let faults = field.faults(&Value::Rows(rows));
        let rows: Vec<usize> = faults.iter().map(|fault| fault.row).collect();
        assert_eq!(rows, [1, 2]);
        assert_eq!(faults[1].reason, "no tabs");
    }

    #[test]
    fn nothing_said_is_only_wrong_where_something_is_needed() {
        let field = Field::new("memory", "memory", Kind::Bytes);
        let nothing = Value::Text(String::new());
        assert!(field.faults(&nothing).is_empty() && !field.is_missing(&nothing));
        assert!(field.needed().is_missing(&nothing));
    }
}
