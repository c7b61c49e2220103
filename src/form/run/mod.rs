//! The form for a new container: a field for each option of `docker run`, from the table that the
//! parser and the printer of run lines read too. Whatever a specification says can stand in the
//! form, and is read from it as the same.

pub mod paths;
mod words;

use self::paths::Whose;
use super::{Fault, Field, Form, Kind, Section, Suggestion, Value, Values, check};
use crate::spec::RunSpec;
use crate::spec::checks::{self, Finding};
use crate::spec::options::{self, Kind as Of, RunOption};
use crate::spec::words::{alone, quoted};

/// The field that says whether the container is only made.
const ONLY_CREATE: &str = "create";

/// What an engine has, for fields that are completed to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Images by their names.
    pub images: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes with a name that somebody gave.
    pub volumes: Vec<String>,
    /// Containers.
    pub containers: Vec<String>,
    /// Drivers of logs; empty while they are not known.
    pub log_drivers: Vec<String>,
    /// What runs containers.
    pub runtimes: Vec<String>,
    /// Paths of the engine's host that others have mounted.
    pub binds: Vec<String>,
    /// The machine of the engine, where that is another one: its paths are not those here.
    pub far: Option<String>,
}

/// The form.
pub fn form(known: &Known) -> Form {
    let mut sections = vec![Section::new("Image", first(known))];
    for option in options::all().filter(|option| option.name != "detach") {
        let title = option.section.title();
        if sections.last().is_none_or(|section| section.title != title) {
            let section = Section::new(title, Vec::new());
            let open = option.section == options::Section::Identity;
            sections.push(if open { section } else { section.folded("") });
        }
        if let Some(section) = sections.last_mut() {
            section.fields.push(field(option, known));
        }
    }
    Form {
        title: "New container".to_owned(),
        verb: "Run",
        sections,
    }
}

/// What stands before the options.
fn first(known: &Known) -> Vec<Field> {
    let images = known.images.iter();
    let mut fields = vec![
        Field::new("image", "image", Kind::Text)
            .help(
                "The image that it is made from; pulled when it is missing.",
                "nginx:1.27",
            )
            .needed()
            .suggest(images.map(|image| Suggestion::new(image.clone(), ""))),
        Field::new("command", "command", Kind::Text)
            .help(
                "What runs in place of the image's own command; quotes keep words together.",
                "python -m http.server 8080",
            )
            .check(|text| check::words(text).map(drop)),
    ];
    if let Some(option) = options::named("detach") {
        let ways = [
            ("true", "in the background"),
            ("", "in the foreground: output and exit code show here"),
            ("false", "the same, and said"),
        ];
        let ways = ways.map(|(word, about)| Suggestion::new(word, about));
        let field = Field::new(option.name, option.name, Kind::Choice(ways.to_vec()));
        fields.push(field.help(
            "Whether it runs by itself; else its output comes into a pane that can be searched \
             and saved, with its exit code; with --interactive it gets the terminal.",
            "",
        ));
    }
    fields.push(
        Field::new(ONLY_CREATE, "only create", Kind::Switch)
            .help("Makes it and does not start it, as docker create does.", ""),
    );
    fields
}

fn field(option: &'static RunOption, known: &Known) -> Field {
    let kind = match option.kind {
        Of::Switch => Kind::Choice(
            [
                ("", "not said"),
                ("true", "on"),
                ("false", "off, and said so"),
            ]
            .map(|(word, about)| Suggestion::new(word, about))
            .to_vec(),
        ),
        _ if option.repeats() => Kind::Rows,
        Of::Text | Of::Number | Of::Bytes | Of::Cpus | Of::Span | Of::Choice(_) => Kind::Text,
    };
    let mut help = option.about.to_owned();
    if let Some((major, minor)) = option.since {
        help = format!("{help} Engines know it since API {major}.{minor}.");
    }
    if option.windows {
        help = format!("{help} Engines on Windows only.");
    }
    if let (Some(far), Some((_, Whose::Engines))) = (&known.far, paths::path_in(option.name, "/")) {
        help = format!("{help} Paths are those of {far}.");
    }
    let field = Field::new(option.name, option.name, kind)
        .help(help, option.example)
        .suggest(words::of(option, known));
    if matches!(option.name, "env" | "label" | "log-opt") {
        field.masking()
    } else {
        field
    }
}

/// What a field can be completed to that depends on what others hold; none: what it has itself.
pub fn suggestions(field: &str, values: &Values) -> Option<Vec<Suggestion>> {
    (field == "log-opt").then(|| words::log_options(values.text("log-driver")))
}

/// A text as it stands in an option's field: in quotes where a home folder would be read in it.
fn written_in(option: &RunOption, text: &str) -> String {
    match paths::with_home(option.name, text, "/") {
        Some(_) => quoted(text),
        None => written(text),
    }
}

/// A text as it stands in a field: in quotes where it would be lost or read otherwise without.
fn written(text: &str) -> String {
    let kept = text.trim() == text && text.chars().all(crate::model::text::is_harmless);
    if kept && !text.is_empty() && meant(text) == text {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// The text that is meant by what stands in a field: a single quoted word stands for what it
/// quotes, so `''` is an empty text.
fn meant(text: &str) -> String {
    if !text.starts_with(['\'', '"']) && !text.starts_with("$'") {
        return text.to_owned();
    }
    match alone(text).as_deref() {
        Ok([word]) => word.clone(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

/// What a filled form asks for, as far as it can be read, and what is wrong with it; `home` is what
/// `~` is in paths, empty where nobody knows.
pub fn spec(values: &Values, home: &str) -> (RunSpec, Vec<Fault>) {
    let mut spec = RunSpec {
        only_create: values.is_on(ONLY_CREATE),
        image: meant(values.text("image")),
        command: check::words(values.text("command")).unwrap_or_default(),
        ..RunSpec::default()
    };
    let mut faults = Vec::new();
    for option in options::all() {
        let texts: &[String] = match values.get(option.name) {
            Some(Value::Text(text)) if !text.is_empty() => std::slice::from_ref(text),
            Some(Value::Rows(rows)) => rows,
            Some(Value::Text(_) | Value::On(_)) | None => &[],
        };
        for (row, text) in texts.iter().enumerate() {
            let text = paths::with_home(option.name, text, home).unwrap_or_else(|| meant(text));
            if let Err(reason) = option.say(&mut spec, &text) {
                faults.push(Fault::of(option.name, reason).at(row));
            }
        }
    }
    // what could not be read makes no sense beside the rest
    let unread = |finding: &Finding| {
        let mut options = finding.options.iter();
        options.any(|option| faults.iter().any(|fault| fault.field == **option))
    };
    let findings = checks::check(&spec).into_iter();
    let found: Vec<Fault> = findings
        .filter(|finding| !unread(finding))
        .map(told)
        .collect();
    faults.extend(found);
    (spec, faults)
}

/// What does not go together, at the first of its fields.
fn told(finding: Finding) -> Fault {
    let field = finding.options.first().copied().unwrap_or("image");
    let fault = Fault::of(field, finding.text).at(finding.row);
    if finding.refused { fault } else { fault.hint() }
}

/// A specification as values of the form.
pub fn values(spec: &RunSpec) -> Values {
    let mut values = Values::default();
    let image = if spec.image.is_empty() {
        String::new()
    } else {
        written(&spec.image)
    };
    values.set("image", Value::Text(image));
    let words: Vec<String> = spec.command.iter().map(|word| quoted(word)).collect();
    values.set("command", Value::Text(words.join(" ")));
    values.set(ONLY_CREATE, Value::On(spec.only_create));
    for option in options::all() {
        let mut texts = option
            .get(spec)
            .into_iter()
            .map(|text| written_in(option, &text));
        let value = if option.repeats() {
            Value::Rows(texts.collect())
        } else {
            Value::Text(texts.next().unwrap_or_default())
        };
        values.set(option.name, value);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::run_line::{parse, print};

    fn of(line: &str) -> RunSpec {
        let line = parse(line, &|_| None);
        assert!(line.faults.is_empty(), "{:?}", line.faults);
        line.spec
    }

    #[test]
    fn what_a_line_says_is_what_the_form_says() {
        let lines = [
            "docker run --name web --memory 512m -e 'A=b c' --read-only -p 80:80 nginx sh -c 'a b'",
            "docker run --init=false --rm=false -d=false --tty nginx",
            "docker run --entrypoint '' --name '' -e \"A=\" -e A nginx",
            "docker run -e $'A=one\\ntwo' -e ' B=  ' -l '\"x\"=y' nginx \"\" '$HOME' '~' '#'",
            "docker create --cidfile /tmp/x -q --sig-proxy=false --detach-keys ctrl-a nginx",
            "docker run --isolation hyperv --cpu-count 2 nginx",
            "docker run -v '~/a:/b' --mount 'type=bind,src=~/a,dst=/c' --env-file '~/e' nginx",
            "docker run -a stdout -a stderr --health-cmd '\"quoted\"' nginx",
        ];
        for line in lines {
            let spec = of(line);
            let (again, faults) = super::spec(&values(&spec), "/h");
            assert!(faults.iter().all(|fault| fault.hint), "{line}: {faults:?}");
            assert_eq!(again, spec, "{line}\n{}", print(&again));
        }
    }

    #[test]
    fn conflicts_are_told_at_their_fields() {
        let line = "docker run --memory 512m --memory-swap 100m --cpus 1 --cpu-quota 5000 \
                    --cap-add CHOWN --cap-add KILL --cap-drop KILL --rm --restart always \
                    --read-only nginx";
        let (_, faults) = spec(&values(&of(line)), "");
        let told = faults
            .iter()
            .map(|fault| (fault.field.as_ref(), fault.row, fault.hint));
        let expected = [
            ("memory-swap", 0, false),
            ("cpus", 0, false),
            ("rm", 0, false),
            ("read-only", 0, true),
            ("cap-add", 1, true),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_option_has_its_field() {
        let form = form(&Known::default());
        let fields = form.sections.iter().flat_map(|section| &section.fields);
        let ids: Vec<&str> = fields.map(|field| field.id.as_ref()).collect();
        for option in options::all() {
            assert!(ids.contains(&option.name), "{}", option.name);
        }
        assert_eq!(ids.len(), options::all().count() + 3);
    }
}
