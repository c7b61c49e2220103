//! `docs/run.md`, from the table: every option with what it takes, what it is, and where Compose
//! has it.

use std::fmt::Write as _;

use super::{Compose, Kind, RunOption, all};

/// The document, in Markdown.
pub fn document() -> String {
    let mut out = String::from(
        "# Options of a new container\n\nWhat the form of a new container, a pasted `docker run` line \
         and `pilothouse explain` know: every option of\nthe docker command. Printed by \
         `pilothouse --print-options`.\n",
    );
    let mut section = None;
    for option in all() {
        if section != Some(option.section) {
            section = Some(option.section);
            // writing to a String cannot fail
            let _ = write!(
                out,
                "\n## {}\n\n| option | takes | what it is | such as | Compose |\n|---|---|---|---|---|\n",
                option.section.title()
            );
        }
        out.push_str(&row(option));
    }
    out
}

fn row(option: &RunOption) -> String {
    let mut names = format!("`{}`", option.flag());
    if let Some(letter) = option.short {
        let _ = write!(names, " `-{letter}`");
    }
    for name in option.also {
        let _ = write!(names, " `--{name}`");
    }
    let mut takes = match option.kind {
        Kind::Switch => "on or off".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Number => "a number".to_owned(),
        Kind::Bytes => "a size".to_owned(),
        Kind::Cpus => "a number of CPUs".to_owned(),
        Kind::Span => "a time".to_owned(),
        Kind::Choice(words) => {
            let words = words.iter().map(|word| format!("`{word}`"));
            words.collect::<Vec<_>>().join(", ")
        }
    };
    if option.repeats() {
        takes.push_str(", several times");
    }
    let mut about = option.about.to_owned();
    if let Some((major, minor)) = option.since {
        let _ = write!(about, " Since API {major}.{minor}.");
    }
    if option.windows {
        about.push_str(" On Windows only.");
    }
    let example = match option.example {
        "" => String::new(),
        example => format!("`{example}`"),
    };
    let compose = match option.compose {
        Compose::None => String::new(),
        Compose::Value(key) | Compose::List(key) | Compose::Map(key) | Compose::Own(key) => {
            format!("`{key}`")
        }
    };
    let cells = [names, takes, about, example, compose];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}
