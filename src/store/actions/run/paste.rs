//! What is pasted into the form of a new container: a `docker run` line, or a Compose service. What a shell would have
//! filled in is asked for first; what could not be read is told with its place.

use crate::form::run::values;
use crate::form::{Field, Form, Kind, Preview, Section, Values};
use crate::model::text::clean;
use crate::spec::compose;
use crate::spec::run_line::{RunLine, parse, position, print};
use crate::spec::words::{Asked, Question, Remark};
use crate::store::Store;
use crate::store::actions::Call;
use crate::store::form::Purpose;
use crate::store::message::Effects;
use crate::store::overlay::{Overlay, Scroll};

/// Bytes of a line or a service at most; what is longer is meant for a field.
const LONGEST: usize = 64 * 1024;

/// Takes a pasted text that is meant for the form as a whole.
pub(super) fn paste(store: &mut Store, text: &str) -> Option<Effects> {
    if text.len() > LONGEST {
        return None;
    }
    if !is_line(text) {
        return service(store, text);
    }
    let line = parse(text, &|_| None);
    let questions = questions(&line.asked);
    if questions.is_empty() {
        take(store, text, &line);
    } else {
        ask(store, text, &questions);
    }
    Some(Vec::new())
}

/// Takes a service of a Compose file.
fn service(store: &mut Store, text: &str) -> Option<Effects> {
    match compose::read(text)? {
        Ok(read) => {
            let mut spec = read.spec;
            spec.detach = Some(true);
            if spec.name.is_none() && !read.service.is_empty() {
                spec.name = Some(read.service);
            }
            store.fill_form(&values(&spec));
            let remarks = read.remarks.iter().map(|remark| clean(remark));
            told(store, "the service fills the form", remarks.collect());
        }
        Err(why) => {
            let lines = why.lines().map(clean);
            store.overlays.push(Overlay::Text {
                title: "It reads like a Compose file, and cannot be read".to_owned(),
                lines: lines.collect(),
                scroll: Scroll::default(),
            });
        }
    }
    Some(Vec::new())
}

/// Whether a text begins as a line that runs a container.
fn is_line(text: &str) -> bool {
    let start = text.trim_start().trim_start_matches(['$', '#', '%', ' ']);
    let mut words = start.split_whitespace().skip_while(|word| {
        // variables before the command, and who runs it
        *word == "sudo" || word.contains('=') && !word.starts_with('-')
    });
    let program = words.next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    ["docker", "podman", "nerdctl"].contains(&program)
}

/// Fills the form with what a line says.
fn take(store: &mut Store, text: &str, line: &RunLine) {
    store.fill_form(&values(&line.spec));
    let remarks = line.faults.iter().chain(&line.notes);
    let remarks: Vec<String> = remarks.map(|remark| placed(text, remark)).collect();
    told(store, "the line fills the form", remarks);
}

/// Says that the form is filled, and what of the text is not in it.
pub(super) fn told(store: &mut Store, done: &str, remarks: Vec<String>) {
    if remarks.is_empty() {
        return store.toasts.tell(done, store.now);
    }
    let mut lines = vec![
        format!("{done}; but of this only as far as it is told:"),
        String::new(),
    ];
    lines.extend(remarks);
    store.overlays.push(Overlay::Text {
        title: "What was pasted".to_owned(),
        lines,
        scroll: Scroll::default(),
    });
}

/// `line 2, column 3: there is no option --naem`.
fn placed(text: &str, remark: &Remark) -> String {
    let (line, column) = position(text, remark.place.start);
    let what = clean(&remark.text);
    format!("line {line}, column {column}: {what}")
}

/// What nobody has answered, each once.
fn questions(asked: &[Asked]) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for asked in asked.iter().filter(|asked| asked.answer.is_none()) {
        if !questions.contains(&asked.question) {
            questions.push(asked.question.clone());
        }
    }
    questions
}

/// The name of a question's field: what a shell would read.
fn name(question: &Question) -> String {
    match question {
        Question::Variable(name) => format!("${name}"),
        Question::Output(command) => format!("$({command})"),
    }
}

fn ask(store: &mut Store, text: &str, questions: &[Question]) {
    let fields = questions.iter().map(|question| {
        let name = name(question);
        let kind = match question {
            Question::Variable(name) if crate::model::secret::is_secret_name(name) => Kind::Secret,
            Question::Variable(_) | Question::Output(_) => Kind::Text,
        };
        let start = match question {
            Question::Variable(name) if name == "PWD" => store.paths.folder.clone(),
            Question::Variable(_) | Question::Output(_) => String::new(),
        };
        Field::new(name.clone(), name, kind)
            .help(
                "What a shell would put in its place; nothing is run here.",
                "",
            )
            .holding(crate::form::Value::Text(start))
    });
    let form = Form {
        title: "A shell would fill in".to_owned(),
        verb: "Fill in",
        sections: vec![Section::new("", fields.collect())],
    };
    let call = Call::word(text);
    store.open_form(form, &ASKED, call);
}

/// What a shell would fill in is said: the form below is filled.
const ASKED: Purpose = Purpose {
    preview: |_, call, values| {
        let line = print(&answered(call, values).spec.masked());
        vec![Preview::command("docker", line)]
    },
    submit: |store, call, values| {
        let line = answered(call, values);
        take(store, call.first(), &line);
        Ok(Vec::new())
    },
    ..Purpose::BASE
};

fn answered(call: &Call, values: &Values) -> RunLine {
    parse(call.first(), &|question| {
        Some(values.text(&name(question)).to_owned())
    })
}
