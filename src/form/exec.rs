//! The form for a command in a running container, as `docker exec` takes it.

use super::{Fault, Field, Form, Kind, Section, Suggestion, Values, check};
use crate::model::Id;
use crate::protocol::Exec;

/// Programs that most images have.
const COMMANDS: [(&str, &str); 6] = [
    ("sh", "a shell"),
    ("env", "its environment"),
    ("ps aux", "its processes"),
    ("ls -la", "the files of a directory"),
    ("cat /etc/os-release", "which system its image is"),
    ("id", "who runs there"),
];

/// What is known of the container before anything is typed.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Commands that were run before, newest first.
    pub commands: Vec<String>,
    /// Paths in it worth offering.
    pub paths: Vec<String>,
}

/// The form.
pub fn form(known: Known) -> Form {
    let before = known
        .commands
        .into_iter()
        .map(|command| Suggestion::new(command, "run before"));
    let usual = COMMANDS.map(|(word, about)| Suggestion::new(word, about));
    let mut commands: Vec<Suggestion> = before.collect();
    for word in usual {
        if commands.iter().all(|known| known.word != word.word) {
            commands.push(word);
        }
    }
    let users = [
        ("root", "may do everything"),
        ("nobody", "owns nothing"),
        ("1000:1000", "a user and a group by number"),
    ];
    let fields = vec![
        Field::new("command", "command", Kind::Text)
            .help(
                "What runs, a program and its words; quotes keep words together.",
                "sh -c 'ls /var | wc -l'",
            )
            .needed()
            .check(|text| check::words(text).map(drop))
            .suggest(commands),
        Field::new("user", "user", Kind::Text)
            .help(
                "A user's name or number, also with a group; empty: the container's own.",
                "www-data or 1000:1000",
            )
            .check(user)
            .suggest(users.map(|(word, about)| Suggestion::new(word, about))),
        Field::new("directory", "directory", Kind::Path)
            .help(
                "Where it runs; empty: the container's own working directory.",
                "/srv/app",
            )
            .check(check::absolute)
            .suggest(
                known
                    .paths
                    .into_iter()
                    .map(|path| Suggestion::new(path, "mounted")),
            ),
        Field::new("env", "environment", Kind::Pairs)
            .help(
                "Variables beside the container's own, one a row.",
                "LOG_LEVEL=debug",
            )
            .check(|text| match check::pair(text)? {
                (_, Some(_)) => Ok(()),
                (name, None) => Err(format!("a value is missing: {name}=…")),
            }),
        Field::new("tty", "terminal", Kind::Switch).help(
            "Gives it this terminal until it ends, for what is interactive; off: its output \
             comes into a pane that can be searched and saved.",
            "",
        ),
        Field::new("privileged", "privileged", Kind::Switch).help(
            "Gives it every right over the host's kernel, whatever the container has.",
            "",
        ),
    ];
    Form {
        title: format!("Run a command in {}", known.name),
        verb: "Run",
        sections: vec![Section::new("command", fields)],
    }
}

/// What a filled form asks for.
///
/// # Errors
/// The faults that keep it from being run.
pub fn exec(id: &Id, values: &Values) -> Result<Exec, Vec<Fault>> {
    let fault = |reason: String| vec![Fault::of("command", reason)];
    let command = check::words(values.text("command")).map_err(fault)?;
    if command.is_empty() {
        return Err(fault("something has to be run".to_owned()));
    }
    Ok(Exec {
        id: id.clone(),
        command,
        user: values.text("user").to_owned(),
        directory: values.text("directory").to_owned(),
        env: values.rows("env").to_vec(),
        tty: values.is_on("tty"),
        privileged: values.is_on("privileged"),
    })
}

/// A user as the engine takes it: `user`, `uid`, either with `:group`.
fn user(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split(':').collect();
    let plain = |part: &&str| !part.is_empty() && !part.contains(char::is_whitespace);
    if parts.len() <= 2 && parts.iter().all(plain) {
        Ok(())
    } else {
        Err(format!(
            "`{text}` is no user: a name or number, as in 1000:1000"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Value;

    #[test]
    fn a_filled_form_asks_for_what_it_says() {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut values = Values::default();
        values.set("command", text("sh -c 'echo $A b'"));
        values.set("user", text("1000:1000"));
        values.set("env", Value::Rows(vec!["A=x y".into()]));
        values.set("tty", Value::On(true));
        let asked = Exec {
            id: Id::new("abc"),
            command: ["sh", "-c", "echo $A b"].map(str::to_owned).to_vec(),
            user: "1000:1000".into(),
            directory: String::new(),
            env: vec!["A=x y".into()],
            tty: true,
            privileged: false,
        };
        assert_eq!(exec(&asked.id, &values), Ok(asked));
        assert!(exec(&Id::new("abc"), &Values::default()).is_err());
    }

    #[test]
    fn users_are_names_or_numbers() {
        for good in ["root", "1000", "1000:1000", "www-data:adm"] {
            assert!(user(good).is_ok(), "{good}");
        }
        for bad in ["a:b:c", ":x", "x:", "a b"] {
            assert!(user(bad).is_err(), "{bad}");
        }
    }
}
