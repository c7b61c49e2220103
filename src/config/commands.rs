//! Commands of the person's own: programs on this machine about an object of an engine. A command
//! is a list of words in which fields stand for what the object is called; the words go to the
//! program as they are, and no shell reads them unless the command names one.

use serde::Deserialize;

use super::Fault;
use crate::model::text::nearest;

/// The fields that words may name, with what they stand for.
pub const FIELDS: [(&str, &str); 8] = [
    ("name", "its name"),
    ("id", "its whole id"),
    ("image", "the image it was made from"),
    ("state", "its state: running, exited"),
    ("project", "its Compose project, or nothing"),
    ("address", "its address on its first network, or nothing"),
    ("port", "its first published port, or nothing"),
    ("host", "the host it is on"),
];

/// Shells whose scripts are given the fields as variables.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// A command of the person's own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomCommand {
    /// What it is called.
    pub name: String,
    /// The key that chooses it in the menu of commands.
    pub key: Option<String>,
    /// On what it can be used.
    #[serde(default)]
    pub on: On,
    /// The program and its words; `{{name}}` stands for a field or for what was asked for.
    pub run: Vec<String>,
    /// What is asked for before it runs.
    #[serde(default)]
    pub ask: Vec<String>,
    /// Where its output goes.
    #[serde(default, rename = "in")]
    pub place: Place,
    /// Whether it changes anything: then it is refused under read-only. What is not said to
    /// change nothing may.
    #[serde(default = "yes")]
    pub changes: bool,
}

/// On what a command can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// A container.
    #[default]
    Container,
}

/// Where a command's output goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Into a pane that is searched and saved.
    #[default]
    Pane,
    /// Onto the terminal, which it has until it ends.
    Terminal,
}

fn yes() -> bool {
    true
}

/// A command with its fields filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The program and its words.
    pub words: Vec<String>,
    /// Variables that it gets beside this program's own.
    pub env: Vec<(String, String)>,
}

impl CustomCommand {
    /// The same with each field's value in its place. In a script that a shell reads stands the
    /// name of a variable instead, so that no value is ever read as code.
    pub fn fill(&self, value: impl Fn(&str) -> String) -> Filled {
        let mut env = Vec::new();
        let is_script = |at: usize| self.is_script(at);
        let words = self.run.iter().enumerate().map(|(at, word)| {
            replaced(word, |field| {
                if !is_script(at) {
                    return value(field);
                }
                let variable = variable(field);
                if env.iter().all(|(name, _)| *name != variable) {
                    env.push((variable.clone(), value(field)));
                }
                format!("${{{variable}}}")
            })
        });
        let words = words.collect();
        Filled { words, env }
    }

    /// Whether a word is a script for a shell: the one behind its `-c`.
    fn is_script(&self, at: usize) -> bool {
        let program = self.run.first().and_then(|word| word.rsplit('/').next());
        let before = at.checked_sub(1).and_then(|at| self.run.get(at));
        program.is_some_and(|name| SHELLS.contains(&name))
            && before.is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c'))
    }

    /// What is wrong with it; `text` is the settings file, for the line.
    ///
    /// # Errors
    /// An empty command, an unknown field, or a key that is none.
    pub(super) fn check(&self, text: &str) -> Result<(), Fault> {
        let at = |what: &str, message: String| {
            let place = text.find(what).map(|start| start..start);
            Fault::at(text, place, message)
        };
        if self.run.first().is_none_or(String::is_empty) {
            let message = format!("the command `{}` names no program to run", self.name);
            return Err(at(&self.name, message));
        }
        if let Some(key) = &self.key {
            let read = key.parse::<crate::model::input::Key>();
            read.map_err(|fault| at(&format!("\"{key}\""), fault))?;
        }
        let known = || {
            let fields = FIELDS.iter().map(|(name, _)| *name);
            fields.chain(self.ask.iter().map(String::as_str))
        };
        for word in &self.run {
            let mut unknown = None;
            replaced(word, |field| {
                if !known().any(|name| name == field) {
                    unknown.get_or_insert(field.to_owned());
                }
                String::new()
            });
            if let Some(field) = unknown {
                let near = nearest(&field, known());
                let near = near.map(|near| format!("; did you mean `{near}`?"));
                let message = format!("there is no field `{field}`{}", near.unwrap_or_default());
                return Err(at(&format!("{{{{{field}"), message));
            }
        }
        Ok(())
    }
}

/// A text with each `{{field}}` replaced. Braces that are not closed stay as they are, and so does
/// what is a template of the docker command's own: `{{.State.Status}}`, `{{json .}}`, `{{end}}`.
fn replaced(text: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((field, after)) = behind.split_once("}}") else {
            break;
        };
        out.push_str(before);
        let name = field.trim();
        let plain = |c: char| c.is_alphanumeric() || "_- ".contains(c);
        if name.is_empty() || matches!(name, "end" | "else") || !name.chars().all(plain) {
            out.extend(["{{", field, "}}"]);
        } else {
            out.push_str(&value(name));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The variable that a script finds a field in.
fn variable(field: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = field.to_uppercase().chars().map(plain).collect();
    format!("PILOTHOUSE_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULT_FILE, Settings};

    fn read(text: &str) -> Result<Vec<CustomCommand>, Fault> {
        Settings::parse(text).map(|settings| settings.commands)
    }

    #[test]
    fn a_value_is_one_word_and_never_code() {
        let text = "[[commands]]\nname = \"x\"\nrun = [\"tool\", \"-v\", \"a={{name}}\"]\n";
        let hostile = |field: &str| {
            assert_eq!(field, "name");
            "x y; $(evil) 'q'".to_owned()
        };
        let filled = read(text).unwrap()[0].fill(hostile);
        assert_eq!(filled.words, ["tool", "-v", "a=x y; $(evil) 'q'"]);
        let text =
            "[[commands]]\nname = \"x\"\nrun = [\"docker\", \"{{.State}}{{end}} {{name}}\"]\n";
        let filled = read(text).unwrap()[0].fill(|_| "web".to_owned());
        assert_eq!(filled.words, ["docker", "{{.State}}{{end}} web"]);
        let text = "[[commands]]\nname = \"x\"\n\
                    run = [\"/bin/sh\", \"-ec\", 'echo \"{{ name }}\" {{name}}']\n";
        let filled = read(text).unwrap()[0].fill(hostile);
        let script = "echo \"${PILOTHOUSE_NAME}\" ${PILOTHOUSE_NAME}";
        assert_eq!(filled.words, ["/bin/sh", "-ec", script]);
        let variable = ("PILOTHOUSE_NAME".to_owned(), "x y; $(evil) 'q'".to_owned());
        assert_eq!(filled.env, [variable]);
    }

    #[test]
    fn faults_have_line_and_suggestion() {
        let faults = [
            ("run = [\"a\", \"{{nam}}\"]", "did you mean `name`"),
            ("run = []", "names no program"),
            ("run = [\"a\"]\nkey = \"hyper-x\"", "is no key"),
            ("run = [\"a\"]\nin = \"window\"", "unknown variant"),
            ("run = [\"a\"]\nrum = 1", "did you mean `run`"),
        ];
        for (lines, expected) in faults {
            let fault = read(&format!("[[commands]]\nname = \"tool\"\n{lines}\n")).unwrap_err();
            assert!(fault.message.contains(expected), "{lines}: {fault}");
            assert!(fault.line.is_some_and(|line| line > 0), "{lines}: {fault}");
        }
        let asked = "[[commands]]\nname = \"x\"\nask = [\"path\"]\nrun = [\"a\", \"{{path}}\"]\n";
        assert!(read(asked).is_ok());
    }

    #[test]
    fn the_shipped_examples_are_commands() {
        let examples: Vec<&str> = DEFAULT_FILE
            .lines()
            .filter(|line| line.starts_with("# [[") || line.starts_with("#   "))
            .filter_map(|line| line.strip_prefix('#'))
            .collect();
        let commands = read(&examples.join("\n")).unwrap();
        assert!(commands.len() >= 3);
        assert!(commands.iter().any(|command| !command.changes));
    }
}
