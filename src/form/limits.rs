//! The form for what can be changed of a container while it exists, as `docker update` takes it.

use super::{Fault, Field, Form, Kind, Section, Suggestion, Value, Values};
use crate::spec::update::{OPTIONS, text};
use crate::spec::{RunSpec, options, update};

/// The switch that makes the container anew instead.
pub const RECREATE: &str = "recreate";

/// The form for a container of this name as it is; `uses` says for some options what is used now.
pub fn form(name: &str, before: &RunSpec, uses: &[(&'static str, String)]) -> Form {
    let fields = OPTIONS.into_iter().filter_map(|(option, _)| {
        let row = options::named(option)?;
        let used = uses.iter().find(|(of, _)| *of == option);
        let about = match used {
            Some((_, used)) => format!("{} {used}", row.about),
            None => row.about.to_owned(),
        };
        let policies = ["no", "always", "unless-stopped", "on-failure:5"];
        let words = if option == "restart" {
            &policies[..]
        } else {
            &[]
        };
        let field = Field::new(option, option, Kind::Text)
            .help(about, row.example)
            .suggest(words.iter().map(|word| Suggestion::new(*word, "")))
            .holding(Value::Text(text(before, option)));
        Some(field)
    });
    let recreate = Field::new(RECREATE, RECREATE, Kind::Switch).help(
        "Makes the container anew with these values, for what cannot be changed or taken off while \
         it exists: it stops for that, what was written into its own layer goes.",
        "",
    );
    Form {
        title: format!("Limits of {name}"),
        verb: "Change",
        sections: vec![Section::new("limits", fields.chain([recreate]).collect())],
    }
}

/// What a filled form asks the container to be, and what is wrong with it.
pub fn wanted(before: &RunSpec, values: &Values) -> (RunSpec, Vec<Fault>) {
    let mut after = before.clone();
    let mut faults = Vec::new();
    for (name, _) in OPTIONS {
        let Some(option) = options::named(name) else {
            continue;
        };
        let typed = values.text(name);
        let texts: Vec<String> = match typed {
            "" => Vec::new(),
            typed => vec![typed.to_owned()],
        };
        if let Err(reason) = option.set(&mut after, &texts) {
            faults.push(Fault::of(name, reason));
        }
    }
    // made anew, it can be anything that a new one can be
    if faults.is_empty() && !values.is_on(RECREATE) {
        let found = update::faults(before, &after).into_iter();
        faults.extend(found.map(|(option, reason)| Fault::of(option, reason)));
    }
    (after, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::run_line::parse;

    #[test]
    fn the_form_holds_what_is_and_says_what_cannot_be() {
        let before = parse("docker run --memory 64m --cpus 0.5 x", &|_| None).spec;
        let form = form("web", &before, &[("memory", "In use: 3 MiB.".to_owned())]);
        let mut values = Values::default();
        for field in &form.sections[0].fields {
            values.set(field.id.clone(), field.start.clone());
        }
        assert_eq!(values.text("memory"), "64m");
        assert!(form.sections[0].fields[0].help.contains("In use: 3 MiB."));
        assert_eq!(wanted(&before, &values), (before.clone(), Vec::new()));
        values.set("memory", Value::Text(String::new()));
        let (_, faults) = wanted(&before, &values);
        assert_eq!(faults[0].field, "memory");
        values.set(RECREATE, Value::On(true));
        let (after, faults) = wanted(&before, &values);
        assert!(faults.is_empty() && after.memory.is_none());
        values.set("cpus", Value::Text("many".into()));
        assert_eq!(wanted(&before, &values).1[0].field, "cpus");
    }
}
