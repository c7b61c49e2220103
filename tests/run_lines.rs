//! A corpus of `docker run` lines as people paste them: each is read, written and read again, and
//! the request made of it is the one that the docker command sends for the same line, field by
//! field. The docker command runs against a recording server; no engine is needed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fault here is a failed test; a skipped one says so"
)]

mod common;
mod pty;
#[path = "run_lines/recorder.rs"]
mod recorder;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use common::Script;
use pilothouse::model::input::Key;
use pilothouse::spec::RunSpec;
use pilothouse::spec::checks::check;
use pilothouse::spec::create_body::{Around, Request, request};
use pilothouse::spec::options::{self, Kind, RunOption};
use pilothouse::spec::run_line::{RunLine, parse, print};
use pilothouse::spec::words::{Question, quoted};
use pilothouse::store::form::FormState;
use pilothouse::store::message::Message;
use pilothouse::store::overlay::Overlay;
use serde_json::Value;

use self::pty::skip::{leave_out, skip};
use self::recorder::{CONSOLE, Recorder};

/// The docker command whose bodies ours are.
const CLIENT: &str = "28.";

/// A line of the corpus.
#[derive(Debug)]
struct Case {
    /// As it is pasted.
    text: String,
    /// The same as a shell takes it, where it would not take the paste.
    means: Option<String>,
    /// The API version below which the docker command refuses it.
    since: (u32, u32),
    /// Whether it is for Windows.
    windows: bool,
}

/// All lines of `tests/fixtures/run-lines`: divided by `---`, with what is to know of them behind
/// `@` before them.
fn corpus() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir("tests/fixtures/run-lines")
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for block in text.split("\n---\n") {
            let mut case = Case {
                text: String::new(),
                means: None,
                since: (1, 0),
                windows: false,
            };
            for line in block.lines() {
                match line
                    .strip_prefix('@')
                    .map(|note| note.split_once(' ').unwrap_or((note, "")))
                {
                    Some(("since", version)) => {
                        let (major, minor) = version.split_once('.').unwrap();
                        case.since = (major.parse().unwrap(), minor.parse().unwrap());
                    }
                    Some(("means", means)) => case.means = Some(means.to_owned()),
                    Some(("windows", _)) => case.windows = true,
                    Some(other) => panic!("{other:?} is nothing that a case knows"),
                    None => case.text.extend([line, "\n"]),
                }
            }
            cases.push(case);
        }
    }
    cases
}

fn read(text: &str, env: &[(String, String)], dir: &str) -> RunLine {
    let line = parse(text, &|question| match question {
        Question::Variable(name) if name == "PWD" => Some(dir.to_owned()),
        Question::Variable(name) => variable(env, name),
        Question::Output(command) => {
            assert_eq!(command, "echo out", "{text}");
            Some("out".to_owned())
        }
    });
    assert!(line.faults.is_empty(), "{text}: {:#?}", line.faults);
    line
}

fn variable(env: &[(String, String)], name: &str) -> Option<String> {
    let found = env.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.clone())
}

/// The version of the installed docker command. Without one the tests that want it are skipped, and
/// say so; in CI that is a failure.
fn client() -> Option<String> {
    let command = Command::new("docker")
        .args(["version", "--format", "{{.Client.Version}}"])
        .env("DOCKER_HOST", "unix:///nowhere")
        .output();
    match command {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Err(why) => {
            skip(&format!("no docker command to compare with ({why})"));
            None
        }
    }
}

/// A client of the version that is compared with.
fn same_client() -> bool {
    match client() {
        Some(version) if version.starts_with(CLIENT) => true,
        Some(version) => {
            leave_out(&format!(
                "the docker command is {version}; bodies are those of {CLIENT}x"
            ));
            false
        }
        None => false,
    }
}

#[test]
fn the_corpus_has_every_option_twice_in_every_spelling() {
    let cases = corpus();
    assert!(cases.len() >= 100, "{} lines", cases.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut spellings: BTreeSet<String> = BTreeSet::new();
    let env = [("TOKEN", "t"), ("VERSION", "v"), ("HOME", "/h")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for case in &cases {
        for said in read(&case.text, &env, "/d").said {
            *counts.entry(said.option.name).or_default() += 1;
            let written = &case.text[said.place];
            let name = written.split(['=', ' ', '\n', '\\']).next().unwrap();
            spellings.insert(match name.starts_with("--") {
                true => name.to_owned(),
                false => format!("-{}", said.option.short.unwrap()),
            });
        }
    }
    let mut missing = Vec::new();
    for option in options::all() {
        if counts.get(option.name).copied().unwrap_or(0) < 2 {
            missing.push(format!("--{} stands fewer than twice", option.name));
        }
        let long = option
            .also
            .iter()
            .chain([&option.name])
            .map(|name| format!("--{name}"));
        let short = option.short.map(|letter| format!("-{letter}"));
        let unseen = long
            .chain(short)
            .filter(|spelling| !spellings.contains(spelling));
        missing.extend(unseen.map(|spelling| format!("{spelling} is nowhere")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let env = [
        ("TOKEN", "t with blanks"),
        ("VERSION", "1.27"),
        ("HOME", "/home/me"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for case in corpus() {
        let spec = read(&case.text, &env, "/a dir").spec;
        let line = print(&spec);
        assert_eq!(read(&line, &[], "").spec, spec, "{}\n{line}", case.text);
        if let Some(means) = &case.means {
            assert_eq!(read(means, &env, "/a dir").spec, spec, "{}", case.text);
        }
    }
}

#[test]
fn the_table_is_what_the_docker_command_says_of_itself() {
    let Some(version) = client().filter(|version| {
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        major.is_some_and(|major| major >= 28)
    }) else {
        leave_out("the docker command is older than the table");
        return;
    };
    // a recorder that plays a new version: an old engine hides what it does not know
    let recorder = Recorder::new((1, 50), "linux");
    let output = Command::new("docker")
        .args(["run", "--help"])
        .envs(recorder.env())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut said = BTreeSet::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('-'))
    {
        let (short, rest) = match line.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => match line.split_once(", --") {
                Some((short, rest)) => (short.chars().nth(1), rest),
                // a sentence that goes on
                None => continue,
            },
        };
        said.insert((rest.split(' ').next().unwrap(), short));
    }
    said.remove(&("help", None));
    let ours: BTreeSet<_> = options::all()
        .filter(|option| !option.windows)
        .map(|option| (option.name, option.short))
        .collect();
    let more: Vec<_> = said.difference(&ours).collect();
    assert!(more.is_empty(), "{version} also knows {more:?}");
    let fewer: Vec<_> = ours.difference(&said).collect();
    // what newer ones have taken away may still be pasted
    let gone = [("disable-content-trust", None), ("kernel-memory", None)];
    let fewer: Vec<_> = fewer
        .into_iter()
        .filter(|option| !gone.contains(option))
        .collect();
    assert!(fewer.is_empty(), "{version} does not know {fewer:?}");
}

#[test]
fn the_request_is_that_of_the_docker_command_for_the_oldest_engine() {
    compare((1, 41));
}

#[test]
fn the_request_is_that_of_the_docker_command_for_the_newest_we_speak() {
    compare((1, 47));
}

#[test]
fn the_request_is_that_of_the_docker_command_for_a_new_engine() {
    compare((1, 50));
}

#[test]
fn what_a_line_says_is_what_the_form_says() {
    use pilothouse::form::run::{spec, values};
    let env = [
        ("TOKEN", "t with blanks"),
        ("VERSION", "1.27"),
        ("HOME", "/h"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for case in corpus() {
        let said = read(&case.text, &env, "/a dir").spec;
        assert_eq!(spec(&values(&said), "/h").0, said, "{}", case.text);
    }
}

#[test]
fn what_is_typed_into_the_form_is_what_the_line_says() {
    let env = [
        ("TOKEN", "t with blanks"),
        ("VERSION", "1.27"),
        ("HOME", "/h"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in corpus() {
        let line = read(&case.text, &env, "/a dir");
        let mut typed = Typed::new();
        typed.field("image", &quoted_if_odd(&line.spec.image));
        let words: Vec<String> = line.spec.command.iter().map(|word| quoted(word)).collect();
        typed.field("command", &words.join(" "));
        typed.field("detach", "");
        if line.spec.only_create {
            typed.field("only create", " ");
        }
        for said in &line.said {
            *counts.entry(said.option.name).or_default() += 1;
            typed.option(said.option, &said.value);
        }
        assert_eq!(typed.spec(), line.spec, "{}", case.text);
    }
    for option in options::all() {
        let count = counts.get(option.name).copied().unwrap_or(0);
        assert!(count >= 2, "{} was typed {count} times", option.name);
    }
}

#[test]
fn what_compose_can_say_comes_back_from_it() {
    use pilothouse::spec::compose;
    use pilothouse::spec::options::Compose;
    let env = [("TOKEN", "t $x"), ("VERSION", "1.27"), ("HOME", "/h")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for case in corpus() {
        let mut said = read(&case.text, &env, "/a dir").spec;
        let written = compose::write(&said);
        let back = compose::read(&written.yaml).unwrap().unwrap();
        let mut back = back.spec;
        (said.only_create, back.only_create) = (false, false);
        in_one_place(&mut said);
        for option in options::all() {
            // what is told as left out, and what belongs to the docker command alone
            let named = |why: &str| {
                let options = why.split(": ").next().unwrap_or_default();
                options.split(", ").any(|named| named == option.flag())
            };
            let told = written.left.iter().any(|why| named(why));
            let silent = matches!(option.name, "detach" | "quiet");
            assert!(
                option.compose != Compose::None || option.get(&said).is_empty() || told || silent,
                "{}{} is lost silently",
                case.text,
                option.name
            );
            if told || silent {
                option.set(&mut said, &[]).unwrap();
                option.set(&mut back, &[]).unwrap();
            } else if !option.get(&said).is_empty() {
                *counts.entry(option.name).or_default() += 1;
            }
            let (ours, theirs) = (option.get(&said), option.get(&back));
            if theirs != ours {
                let name = option.name;
                faults.push(format!(
                    "{}{name}: {theirs:?} of {ours:?}\n{}",
                    case.text, written.yaml
                ));
            }
        }
        if back != said {
            faults.push(format!("{}{}", case.text, written.yaml));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for option in options::all().filter(|option| option.compose != Compose::None) {
        // said of the first network, it comes back as the network's
        let first = ["network-alias", "ip", "ip6", "link-local-ip"].contains(&option.name);
        let went = counts.contains_key(option.name);
        assert!(went || first, "{} never went through", option.name);
    }
}

/// What is said of the first network beside it stands within it, as Compose has it.
fn in_one_place(spec: &mut RunSpec) {
    let take = |text: &mut Option<String>| text.take().unwrap_or_default();
    if spec.network.iter().all(|network| network.name == "default") {
        spec.network.clear();
    }
    let Some(first) = spec
        .network
        .first_mut()
        .filter(|first| first.is_user_defined())
    else {
        return;
    };
    first.aliases.append(&mut spec.network_alias);
    first.link_local.append(&mut spec.link_local_ip);
    let (ip, ip6) = (take(&mut spec.ip), take(&mut spec.ip6));
    for (text, said) in [(&mut first.ip, ip), (&mut first.ip6, ip6)] {
        if text.is_empty() {
            *text = said;
        }
    }
}

/// Text that a field would read otherwise, in quotes.
fn quoted_if_odd(text: &str) -> String {
    let plain = text.trim() == text && !text.is_empty() && !text.contains(['\n', '\t']);
    // a form reads `~` as a shell does
    if plain && !text.starts_with(['\'', '"', '$', '~']) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// The form of a new container, filled by keys.
struct Typed(Script);

impl Typed {
    fn new() -> Self {
        let mut script = Script::scene();
        script.keys("n");
        Self(script)
    }

    /// Goes to a field by its name.
    fn go(&mut self, name: &str) {
        self.0.keys(&format!("<ctrl-f>{name}<enter>"));
        let (filled, _) = self.form().focused().unwrap();
        assert_eq!(filled.field.label, name);
    }

    fn field(&mut self, name: &str, text: &str) {
        self.go(name);
        if name == "detach" {
            return self.choose(text);
        }
        self.text(text);
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.0.store.apply(Message::Key(Key::char(c)));
        }
    }

    /// Turns a choice until it stands on a word.
    fn choose(&mut self, word: &str) {
        let name = self.form().focused().unwrap().0.field.id.clone();
        for _ in 0..3 {
            if self.form().values().text(&name) == word {
                return;
            }
            self.0.keys(" ");
        }
        panic!("{name} never stands on {word:?}");
    }

    fn option(&mut self, option: &'static RunOption, value: &str) {
        self.go(option.name);
        if option.kind == Kind::Switch {
            let mut spec = RunSpec::default();
            option.say(&mut spec, value).unwrap();
            return self.choose(&option.get(&spec)[0]);
        }
        if option.repeats() {
            // the empty row at the end is the next one
            let rows = self.form().focused().unwrap().0.rows();
            self.0.keys(&"<down>".repeat(rows - 1));
        } else {
            self.0.keys("<ctrl-u>");
        }
        self.text(&quoted_if_odd(value));
    }

    fn form(&self) -> &FormState {
        match self.0.store.overlays.last() {
            Some(Overlay::Form(form)) => form,
            other => panic!("no form but {other:?}"),
        }
    }

    fn spec(&self) -> RunSpec {
        pilothouse::form::run::spec(&self.form().values(), "/h").0
    }
}

#[test]
fn what_the_form_sends_is_what_the_docker_command_sends() {
    if !same_client() {
        return;
    }
    let api = (1, 47);
    let (mut faults, mut kept, mut sent) = (Vec::new(), Vec::new(), 0);
    for (system, windows) in [("linux", false), ("windows", true)] {
        let start = pty::Start::new(&[]).size(CONSOLE.1, CONSOLE.0);
        let recorder = Recorder::in_home(start.home(), api, system);
        let start = recorder
            .env()
            .iter()
            .fold(start, |start, (name, value)| start.env(name, value));
        let mut terminal = start.spawn();
        terminal.wait("live");
        terminal.wait_gone("listing its containers");
        terminal.keys("n");
        terminal.wait("New container");
        for case in corpus().iter().filter(|case| case.windows == windows) {
            let theirs = recorder.record(case.means.as_ref().unwrap_or(&case.text));
            // what the docker command refuses it does not send
            let Ok(mut theirs) = theirs else {
                assert!(case.since > api, "{}: {theirs:?}", case.text);
                continue;
            };
            let dir = recorder.home().to_str().unwrap();
            let spec = read(&case.text, &recorder.env(), dir).spec;
            // what an engine would refuse the form keeps
            if check(&spec).iter().any(|finding| finding.refused) {
                kept.push(case.text.clone());
                continue;
            }
            let line = print(&spec);
            sent += 1;
            terminal.paste(&line);
            terminal.wait_gone("recorded");
            terminal.keys("<ctrl-s>");
            let Some(mut ours) = recorder.next() else {
                panic!("{line}: nothing was sent; the screen:\n{}", terminal.text());
            };
            let mut differences = Vec::new();
            if (&ours.name, &ours.platform) != (&theirs.name, &theirs.platform) {
                differences.push(format!("{ours:?}"));
            }
            in_no_order(&mut ours.body);
            in_no_order(&mut theirs.body);
            differ("", &ours.body, &theirs.body, &mut differences);
            if !differences.is_empty() {
                faults.push(format!("{}{}", case.text, differences.join("\n")));
            }
            // refused: the form is back with the reason
            terminal.wait("recorded");
        }
        terminal.keys("<esc>");
        terminal.wait("Throw away");
        terminal.keys("y");
        terminal.quit();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(sent >= 100, "{sent} were sent, these were kept: {kept:#?}");
}

/// Every line of the corpus, by the docker command and by us.
fn compare(api: (u32, u32)) {
    if !same_client() {
        return;
    }
    let linux = Recorder::new(api, "linux");
    let windows = Recorder::new(api, "windows");
    let mut faults = Vec::new();
    for case in corpus() {
        let recorder = if case.windows { &windows } else { &linux };
        let ours = ours(&case.text, recorder, api);
        let theirs = recorder.record(case.means.as_ref().unwrap_or(&case.text));
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                let mut differences = Vec::new();
                if (&ours.name, &ours.platform) != (&theirs.name, &theirs.platform) {
                    let pairs = (ours.name, theirs.name, ours.platform, theirs.platform);
                    differences.push(format!("{pairs:?}"));
                }
                let (mut ours, mut theirs) = (ours.body, theirs.body);
                in_no_order(&mut ours);
                in_no_order(&mut theirs);
                differ("", &ours, &theirs, &mut differences);
                if !differences.is_empty() {
                    faults.push(format!("{}{}", case.text, differences.join("\n")));
                }
                if case.since > api {
                    faults.push(format!("{}the docker command takes it", case.text));
                }
            }
            // refused by the docker command: so it was expected, and we have not to follow
            (_, Err(_)) if case.since > api => {}
            (Ok(_), Err(printed)) => faults.push(format!("{}refused: {printed}", case.text)),
            (Err(fault), theirs) => {
                faults.push(format!("{}we: {fault}; docker: {theirs:?}", case.text));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn ours(text: &str, recorder: &Recorder, api: (u32, u32)) -> Result<Request, String> {
    let (env, home) = (recorder.env(), recorder.home());
    let (dir, socket) = (home.to_str().unwrap(), recorder.socket());
    let spec = read(text, &env, dir).spec;
    let around = Around {
        api,
        dir,
        socket: socket.to_str().unwrap(),
        console: CONSOLE,
        env: &|name| variable(&env, name),
        read: &|path| std::fs::read(home.join(path)).map_err(|why| why.to_string()),
    };
    request(&spec, &around).map_err(|fault| format!("--{}: {}", fault.option, fault.text))
}

/// The docker command keeps variables and binds in maps of Go, whose order is another each time.
fn in_no_order(body: &mut Value) {
    for path in ["/Env", "/HostConfig/Binds"] {
        if let Some(Value::Array(list)) = body.pointer_mut(path) {
            list.sort_by_key(ToString::to_string);
        }
    }
}

/// Every field that is not the same, with its path.
fn differ(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(our), Value::Object(their)) => {
            let keys: BTreeSet<_> = our.keys().chain(their.keys()).collect();
            for key in keys {
                let absent = Value::String("(absent)".to_owned());
                let (our, their) = (our.get(key), their.get(key));
                let (our, their) = (our.unwrap_or(&absent), their.unwrap_or(&absent));
                differ(&format!("{path}/{key}"), our, their, found);
            }
        }
        (ours, theirs) if ours != theirs => {
            found.push(format!(
                "  {path}: ours {ours}, the docker command's {theirs}"
            ));
        }
        _ => {}
    }
}
