//! `pilothouse explain`: says what a `docker run` line means, by the parser that everything else
//! uses, without an engine. With `--json` it prints the request that would be sent.

use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::ops::Range;
use std::process::ExitCode;

use serde_json::{Map, json};

use crate::cli::ExplainArgs;
use crate::model::text::clean;
use crate::spec::RunSpec;
use crate::spec::checks::{Finding, check};
use crate::spec::create_body::{Around, Request, request};
use crate::spec::hardening::{Hardening, judge as judge_hardening};
use crate::spec::options::{self, Kind};
use crate::spec::run_line::{self, RunLine, Said, position};
use crate::spec::words::{Asked, Question, Remark, quoted};

/// Bytes of standard input and of files that are read at most.
const MOST: u64 = 4 << 20;
/// Where an engine's socket usually is.
const SOCKET: &str = "/var/run/docker.sock";

/// Explains the line of the arguments, or the one on standard input.
///
/// # Errors
/// Standard input or output that fails. What is wrong with the line is no error: it is said, and
/// the exit code is 2.
pub fn explain(args: &ExplainArgs) -> io::Result<ExitCode> {
    let text = match args.line.is_empty() {
        true => standard_input()?,
        false => {
            let words = args.line.iter().map(|word| quoted(word));
            words.collect::<Vec<_>>().join(" ")
        }
    };
    let Some(api) = version(&args.api) else {
        let told = format!(
            "pilothouse: `{}` is no API version; 1.47 is one\n",
            clean(&args.api)
        );
        io::stderr().write_all(told.as_bytes())?;
        return Ok(ExitCode::from(2));
    };
    let line = run_line::parse(&text, &answer);
    let dir = std::env::current_dir().unwrap_or_default();
    let around = Around {
        api,
        dir: &dir.to_string_lossy(),
        socket: SOCKET,
        console: (0, 0),
        env: &variable,
        read: &read,
    };
    let (request, faults, hints) = judge(&line, &around);
    let mut told = String::new();
    for hint in line.notes.iter().chain(&hints) {
        let _ = write!(told, "note: {}", shown(&text, hint));
    }
    for fault in &faults {
        let _ = write!(told, "pilothouse: {}", shown(&text, fault));
    }
    io::stderr().write_all(told.as_bytes())?;
    let Some(request) = request.filter(|_| faults.is_empty()) else {
        return Ok(ExitCode::from(2));
    };
    let out = match args.json {
        true => as_json(&request, api),
        false => as_text(&line),
    };
    match io::stdout().write_all(out.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// The request of a line where one can be made, what is wrong, and what is worth a hint.
fn judge(line: &RunLine, around: &Around<'_>) -> (Option<Request>, Vec<Remark>, Vec<Remark>) {
    let mut faults = line.faults.clone();
    faults.extend(line.asked.iter().filter_map(unanswered));
    let (refused, hints): (Vec<_>, Vec<_>) = check(&line.spec)
        .into_iter()
        .partition(|finding| finding.refused);
    let remark = |finding: Finding| Remark {
        place: place_of(line, finding.options),
        text: match finding
            .options
            .first()
            .and_then(|name| options::named(name))
        {
            Some(option) => format!("{}: {}", option.flag(), finding.text),
            None => finding.text,
        },
    };
    // what could not be read makes no sense beside the rest
    if line.faults.is_empty() {
        faults.extend(refused.into_iter().map(remark));
    }
    let request = match request(&line.spec, around) {
        Ok(request) => Some(request),
        Err(fault) => {
            faults.push(Remark {
                place: place_of(line, &[fault.option]),
                text: format!("--{}: {}", fault.option, fault.text),
            });
            None
        }
    };
    faults.sort_by_key(|fault| fault.place.start);
    (request, faults, hints.into_iter().map(remark).collect())
}

fn standard_input() -> io::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `1.47` as two numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What this program's own shell would fill in.
fn answer(question: &Question) -> Option<String> {
    match question {
        Question::Variable(name) if name == "PWD" => {
            let dir = std::env::current_dir().ok()?;
            Some(dir.to_string_lossy().into_owned())
        }
        Question::Variable(name) => variable(name),
        Question::Output(_) => None,
    }
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| format!("{path}: {error}"))?;
    file.take(MOST)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{path}: {error}"))?;
    Ok(bytes)
}

fn unanswered(asked: &Asked) -> Option<Remark> {
    let text = match (&asked.answer, &asked.question) {
        (Some(_), _) => return None,
        (None, Question::Variable(name)) => {
            format!("the variable {name} is not set here: put its value in its place")
        }
        (None, Question::Output(command)) => {
            format!("nothing is run here: put what `{command}` prints in its place")
        }
    };
    Some(Remark {
        place: asked.place.clone(),
        text,
    })
}

/// Where a line says the first of some options that it says; the image's place where it is none.
fn place_of(line: &RunLine, options: &[&str]) -> Range<usize> {
    let places = options.iter().filter_map(|option| {
        let said = line
            .said
            .iter()
            .rev()
            .find(|said| said.option.name == *option)?;
        Some(said.place.clone())
    });
    places
        .into_iter()
        .next()
        .unwrap_or_else(|| line.image.clone())
}

/// A remark with its place, and the place itself below it.
fn shown(text: &str, remark: &Remark) -> String {
    let (line, column) = position(text, remark.place.start);
    let mut out = format!("line {line}, column {column}: {}\n", clean(&remark.text));
    let place = text.get(remark.place.clone()).unwrap_or_default();
    if !place.is_empty() && place.len() < text.trim().len() {
        let _ = writeln!(out, "  {}", clean(place));
    }
    out
}

/// The request as one JSON document.
fn as_json(request: &Request, api: (u32, u32)) -> String {
    let mut query = Map::new();
    for (key, value) in [("name", &request.name), ("platform", &request.platform)] {
        if let Some(value) = value {
            query.insert(key.to_owned(), json!(value));
        }
    }
    let path = format!("/v{}.{}/containers/create", api.0, api.1);
    let all = json!({ "method": "POST", "path": path, "query": query, "body": request.body });
    format!("{all:#}\n")
}

/// Each option with its help, then image and command.
fn as_text(line: &RunLine) -> String {
    let said: Vec<(String, &str)> = line
        .said
        .iter()
        .map(|said| (written(said), said.option.about))
        .collect();
    let spec = &line.spec.masked();
    let mut rows = said;
    rows.push((clean(&spec.image), "The image."));
    if !spec.command.is_empty() {
        let words = spec.command.iter().map(|word| quoted(word));
        let words = words.collect::<Vec<_>>().join(" ");
        rows.push((clean(&words), "The command, in place of the image's."));
    }
    let width = rows.iter().map(|(written, _)| written.chars().count());
    let width = width.filter(|width| *width <= 40).max().unwrap_or(0);
    let mut out = String::new();
    for (written, about) in rows {
        if written.chars().count() > width {
            let _ = writeln!(out, "{written}\n{:width$}  {about}", "");
        } else {
            let _ = writeln!(out, "{written:width$}  {about}");
        }
    }
    out.push_str(&hardened(&judge_hardening(spec)));
    out
}

/// How the container is held: its points, and what is loose with how to tighten it.
fn hardened(hardening: &Hardening) -> String {
    let mut out = format!("\nHardening: {} of 100\n", hardening.score);
    for loose in &hardening.loose {
        let what = clean(&loose.what);
        let _ = writeln!(
            out,
            "{:>4}  {what}\n      {}",
            -i64::from(loose.weight),
            loose.advice
        );
    }
    out
}

/// An option by its whole name, with its value; a secret's is masked.
fn written(said: &Said) -> String {
    let flag = said.option.flag();
    if said.option.kind == Kind::Switch {
        return match said.value.as_str() {
            "true" => flag,
            value => format!("{flag}={}", clean(value)),
        };
    }
    let mut spec = RunSpec::default();
    // what cannot be read holds no secret that is known as one
    let read = said.option.say(&mut spec, &said.value).is_ok();
    let masked = spec.masked();
    let text = match said.option.get(&masked).into_iter().next() {
        Some(text) if read && masked != spec => text,
        _ => quoted(&said.value),
    };
    format!("{flag} {}", clean(&text))
}
