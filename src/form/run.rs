//! The form for a new container: a field for each option of `docker run`, from the table that the
//! parser and the printer of run lines read too.

use super::{Fault, Field, Form, Kind, Section, Suggestion, Value, Values, check};
use crate::spec::RunSpec;
use crate::spec::options::{self, Completion, Kind as Of, RunOption};
use crate::spec::run_line;

/// Capabilities worth adding, with what each allows.
const CAPABILITIES: [(&str, &str); 12] = [
    ("ALL", "every one of them"),
    ("NET_BIND_SERVICE", "listen on ports below 1024"),
    ("CHOWN", "give files to other users"),
    ("DAC_OVERRIDE", "pass over the rights of files"),
    ("FOWNER", "act as the owner of any file"),
    ("KILL", "signal processes of others"),
    ("SETUID", "become another user"),
    ("SETGID", "become another group"),
    ("NET_ADMIN", "configure networks"),
    ("NET_RAW", "send raw packets, as ping does"),
    ("SYS_PTRACE", "trace processes"),
    ("SYS_ADMIN", "much of what root may"),
];
const ULIMITS: [&str; 8] = [
    "core=", "cpu=", "fsize=", "memlock=", "nofile=", "nproc=", "rtprio=", "stack=",
];
const LOG_DRIVERS: [(&str, &str); 6] = [
    ("json-file", "files beside the engine, the usual one"),
    ("local", "compact files beside the engine"),
    ("journald", "the host's journal"),
    ("syslog", "a syslog server"),
    ("fluentd", "a Fluentd server"),
    ("none", "nothing is kept"),
];
const LOG_OPTIONS: [&str; 5] = ["max-size=", "max-file=", "compress=", "labels=", "tag="];
const SIGNALS: [&str; 5] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1"];

/// Names on the engine that fields are completed to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Images that its containers were made from.
    pub images: Vec<String>,
    /// Networks that its containers are on.
    pub networks: Vec<String>,
    /// Containers.
    pub containers: Vec<String>,
}

/// The form.
pub fn form(known: &Known) -> Form {
    let words = |words: &[String]| {
        let words = words.iter().map(|word| Suggestion::new(word.clone(), ""));
        words.collect::<Vec<_>>()
    };
    let first = vec![
        Field::new("image", "image", Kind::Text)
            .help(
                "The image that it is made from; pulled when it is missing.",
                "nginx:1.27",
            )
            .needed()
            .suggest(words(&known.images)),
        Field::new("command", "command", Kind::Text)
            .help(
                "What runs in place of the image's own command; quotes keep words together.",
                "python -m http.server 8080",
            )
            .check(|text| check::words(text).map(drop)),
    ];
    let mut sections = vec![Section::new("Image", first)];
    for option in shown() {
        let title = option.section.title();
        if sections.last().is_none_or(|section| section.title != title) {
            let section = Section::new(title, Vec::new());
            let open = option.section == options::Section::Identity;
            sections.push(if open { section } else { section.folded("") });
        }
        if let Some(section) = sections.last_mut() {
            section.fields.push(field(option, known, &words));
        }
    }
    Form {
        title: "New container".to_owned(),
        verb: "Run",
        sections,
    }
}

/// Options that make sense here: not those of the docker command itself, nor of Windows.
fn shown() -> impl Iterator<Item = &'static RunOption> {
    options::all().filter(|o| !o.windows && o.section != options::Section::Client)
}

fn field(
    option: &'static RunOption,
    known: &Known,
    words: &dyn Fn(&[String]) -> Vec<Suggestion>,
) -> Field {
    let kind = match option.kind {
        Of::Switch => Kind::Switch,
        _ if option.repeats() => Kind::Rows,
        Of::Text | Of::Number | Of::Bytes | Of::Cpus | Of::Span | Of::Choice(_) => Kind::Text,
    };
    let plain = |words: &[&str]| {
        let words = words.iter().map(|word| Suggestion::new(*word, ""));
        words.collect::<Vec<_>>()
    };
    let told = |words: &[(&str, &str)]| {
        let words = words
            .iter()
            .map(|(word, about)| Suggestion::new(*word, *about));
        words.collect::<Vec<_>>()
    };
    let suggestions = match (option.kind, option.completion) {
        (Of::Choice(choices), _) => plain(choices),
        (_, Completion::Networks) => {
            let mut all = plain(&["bridge", "host", "none"]);
            all.extend(
                words(&known.networks)
                    .into_iter()
                    .filter(|w| w.word != "bridge"),
            );
            all
        }
        (_, Completion::Containers) => words(&known.containers),
        (_, Completion::Capabilities) => told(&CAPABILITIES),
        (_, Completion::Ulimits) => plain(&ULIMITS),
        (_, Completion::LogDrivers) => told(&LOG_DRIVERS),
        (_, Completion::LogOptions) => plain(&LOG_OPTIONS),
        (_, Completion::Signals) => plain(&SIGNALS),
        (_, Completion::None | Completion::Volumes | Completion::Paths | Completion::Runtimes) => {
            Vec::new()
        }
    };
    Field::new(option.name, option.name, kind)
        .help(option.about, option.example)
        .suggest(suggestions)
}

/// What a filled form asks for, as far as it can be read, and what is wrong with it.
pub fn spec(values: &Values) -> (RunSpec, Vec<Fault>) {
    let mut spec = RunSpec {
        image: values.text("image").to_owned(),
        command: check::words(values.text("command")).unwrap_or_default(),
        ..RunSpec::default()
    };
    let mut faults = Vec::new();
    for option in shown() {
        let texts: &[String] = match values.get(option.name) {
            Some(Value::On(true)) => &["true".to_owned()],
            Some(Value::Text(text)) if !text.is_empty() => std::slice::from_ref(text),
            Some(Value::Rows(rows)) => rows,
            Some(Value::Text(_) | Value::On(false)) | None => &[],
        };
        for (row, text) in texts.iter().enumerate() {
            if let Err(reason) = option.say(&mut spec, text) {
                faults.push(Fault {
                    field: option.name.into(),
                    row,
                    reason,
                });
            }
        }
    }
    faults.extend(conflicts(values, &spec));
    (spec, faults)
}

/// What is wrong across fields.
fn conflicts(values: &Values, spec: &RunSpec) -> Vec<Fault> {
    let mut faults = Vec::new();
    let bytes = |id: &str| check::bytes(values.text(id)).ok();
    if let (Some(swap), Some(memory)) = (bytes("memory-swap"), bytes("memory"))
        && swap < memory
    {
        let reason = "memory and swap together are less than the memory alone";
        faults.push(Fault::of("memory-swap", reason));
    }
    if !values.text("memory-swap").is_empty() && values.text("memory").is_empty() {
        faults.push(Fault::of(
            "memory-swap",
            "it needs a limit of the memory too",
        ));
    }
    for id in ["cpu-quota", "cpu-period"] {
        if spec.cpus.is_some() && !values.text(id).is_empty() {
            let reason = "cpus says the same in other words: leave one of them out";
            faults.push(Fault::of(id, reason));
        }
    }
    for (row, added) in values.rows("cap-add").iter().enumerate() {
        let dropped = values.rows("cap-drop").iter();
        if added != "ALL" && dropped.clone().any(|name| name.eq_ignore_ascii_case(added)) {
            faults.push(Fault {
                field: "cap-add".into(),
                row,
                reason: format!("{added} is dropped as well"),
            });
        }
    }
    if spec.rm == Some(true) && !values.text("restart").is_empty() && values.text("restart") != "no"
    {
        let reason = "what is removed when it ends cannot be started again: see rm";
        faults.push(Fault::of("restart", reason));
    }
    faults
}

/// The values of a pasted `docker run` line, and what was wrong or passed over in it; none when
/// the text is no such line.
pub fn pasted(text: &str) -> Option<(Values, Vec<String>)> {
    let start = text.trim_start().trim_start_matches(['$', '#', ' ']);
    let start = start.strip_prefix("sudo ").unwrap_or(start).trim_start();
    if !["docker ", "podman ", "nerdctl "]
        .iter()
        .any(|program| start.starts_with(program))
    {
        return None;
    }
    let line = run_line::parse(text, &|_| None);
    let mut values = Values::default();
    values.set("image", Value::Text(line.spec.image.clone()));
    values.set(
        "command",
        Value::Text(shell_words::join(&line.spec.command)),
    );
    for option in shown() {
        let texts = option.get(&line.spec);
        let value = match option.kind {
            Of::Switch => Value::On(texts.iter().any(|text| text == "true")),
            _ if option.repeats() => Value::Rows(texts),
            _ => Value::Text(texts.into_iter().next().unwrap_or_default()),
        };
        values.set(option.name, value);
    }
    let asked = line
        .asked
        .iter()
        .map(|_| "a shell would fill something in: look at the $".to_owned());
    let remarks = line.faults.iter().map(|fault| fault.text.clone());
    Some((values, remarks.chain(asked).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_line_fills_the_form_and_the_form_says_the_line() {
        let line =
            "docker run --name web --memory 512m -e 'A=b c' --read-only -p 80:80 nginx sh -c 'a b'";
        let (values, remarks) = pasted(line).unwrap();
        assert!(remarks.is_empty(), "{remarks:?}");
        let (spec, faults) = spec(&values);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(spec, run_line::parse(line, &|_| None).spec);
        assert!(pasted("hello").is_none());
        let (_, remarks) = pasted("docker run --naem x nginx").unwrap();
        assert!(remarks[0].contains("--name"));
    }

    #[test]
    fn conflicts_are_told_at_their_fields() {
        let line = "docker run --memory 512m --memory-swap 100m --cpus 1 --cpu-quota 5 \
                    --cap-add KILL --cap-drop KILL --rm --restart always nginx";
        let (_, faults) = spec(&pasted(line).unwrap().0);
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["memory-swap", "cpu-quota", "cap-add", "restart"]);
    }

    #[test]
    fn every_option_has_its_field() {
        let form = form(&Known::default());
        let fields = form.sections.iter().flat_map(|section| &section.fields);
        assert_eq!(fields.count(), shown().count() + 2);
    }
}
