//! `docker run …` as people paste it, read into a [`RunSpec`] with what is wrong and where; and a
//! [`RunSpec`] written as such a line. Reading what was written gives the same specification.

use std::ops::Range;

use super::RunSpec;
use super::options::{self, Kind, RunOption};
use super::words::{self, Answers, Asked, Remark, Word, quoted};
use crate::model::text::nearest;

/// What a line said.
#[derive(Debug, Default)]
pub struct RunLine {
    /// The specification, as far as it could be read.
    pub spec: RunSpec,
    /// The bytes of the text that name the image.
    pub image: Range<usize>,
    /// Its options, in the order in which they stand.
    pub said: Vec<Said>,
    /// What keeps it from being run.
    pub faults: Vec<Remark>,
    /// What was passed over or guessed.
    pub notes: Vec<Remark>,
    /// What a shell would have filled in.
    pub asked: Vec<Asked>,
}

/// An option as it stands in a line.
#[derive(Debug)]
pub struct Said {
    /// Which.
    pub option: &'static RunOption,
    /// The bytes of the text that say it, value included.
    pub place: Range<usize>,
    /// Its value as it was given; `true` for a switch that stands alone.
    pub value: String,
}

/// Programs that run containers by the same words.
const PROGRAMS: [&str; 3] = ["docker", "podman", "nerdctl"];

/// Options of the docker command itself, before its first word, that take a value.
const WITH_VALUE: [&str; 10] = [
    "-H",
    "--host",
    "-c",
    "--context",
    "-l",
    "--log-level",
    "--config",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
];

/// Reads a text that holds a `docker run` or `docker create` line. What a shell would fill in is
/// asked of `answers`.
pub fn parse(text: &str, answers: Answers<'_>) -> RunLine {
    let words::Words {
        commands,
        faults,
        notes,
        asked,
    } = words::split(text, answers);
    let mut reader = Reader {
        line: RunLine {
            faults,
            notes,
            asked,
            ..RunLine::default()
        },
        words: &[],
    };
    let runs = commands.iter().map(|words| Start::of(words));
    let chosen = runs
        .clone()
        .position(|start| matches!(start, Start::Run { .. }));
    for (place, (start, words)) in runs.zip(&commands).enumerate() {
        match start {
            Start::Run {
                create,
                program,
                from,
            } if Some(place) == chosen => {
                reader.line.spec.only_create = create;
                reader.prefix(&words[..from], program);
                reader.words = &words[from..];
                reader.options();
            }
            _ if chosen.is_some() => reader.note(span(words), "this other command is left out"),
            Start::Compose => {
                reader.fault(span(words), "Compose has a run of its own; this is none");
            }
            Start::Run { .. } | Start::Other => {}
        }
    }
    if chosen.is_none() && reader.line.faults.is_empty() {
        reader.fault(0..text.len(), "there is no `docker run` in it");
    }
    reader.line
}

/// What a command is.
enum Start {
    /// `docker run`, or what is as good; the options begin at `from`.
    Run {
        create: bool,
        program: usize,
        from: usize,
    },
    /// `docker compose run`.
    Compose,
    /// Another.
    Other,
}

impl Start {
    /// Looks past prompts, variables and `sudo` to the program, past its own options to its verb.
    fn of(words: &[Word]) -> Self {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let name = |text: &str| {
            let name = text.rsplit('/').next().unwrap_or(text);
            PROGRAMS.contains(&name)
        };
        let Some(program) = texts.iter().position(|text| name(text)) else {
            return Self::Other;
        };
        let mut at = program + 1;
        while let Some(text) = texts.get(at).filter(|text| text.starts_with('-')) {
            at += if WITH_VALUE.contains(text) { 2 } else { 1 };
        }
        if texts.get(at) == Some(&"container") {
            at += 1;
        }
        let create = match texts.get(at).copied() {
            Some("run") => false,
            Some("create") => true,
            Some("compose") if texts[at..].contains(&"run") => return Self::Compose,
            _ => return Self::Other,
        };
        Self::Run {
            create,
            program,
            from: at + 1,
        }
    }
}

/// The bytes from the first to the last word.
fn span(words: &[Word]) -> Range<usize> {
    let first = words.first().map_or(0, |word| word.place.start);
    first..words.last().map_or(0, |word| word.place.end)
}

/// Reads the words behind `docker run`.
struct Reader<'a> {
    line: RunLine,
    words: &'a [Word],
}

impl<'a> Reader<'a> {
    fn fault(&mut self, place: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        self.line.faults.push(Remark { place, text });
    }

    fn note(&mut self, place: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        self.line.notes.push(Remark { place, text });
    }

    fn next(&mut self) -> Option<&'a Word> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    /// What stands before the verb and is not kept.
    fn prefix(&mut self, words: &[Word], program: usize) {
        let before = |word: &&Word| !matches!(word.text.as_str(), "$" | "#" | "%" | ">" | "sudo");
        let before: Vec<Word> = words[..program].iter().filter(before).cloned().collect();
        if !before.is_empty() {
            self.note(span(&before), "what stands before the command is left out");
        }
        let name = &words[program];
        if name.text.ends_with("podman") || name.text.ends_with("nerdctl") {
            let text = format!("read as docker reads it: {} may differ", name.text);
            self.note(name.place.clone(), text);
        }
        let own = &words[program + 1..];
        if own.iter().any(|word| word.text.starts_with('-')) {
            self.note(
                span(own),
                "which engine it is for, and what else stands here, is left out",
            );
        }
    }

    /// Options up to the image, then the image and the command.
    fn options(&mut self) {
        while let Some(word) = self.next() {
            let text = word.text.as_str();
            match text.strip_prefix("--") {
                Some("") => match self.next() {
                    Some(image) => return self.image(image),
                    None => break,
                },
                Some(long) => self.long(word, long),
                None if text.len() > 1 && text.starts_with('-') => self.short(word),
                None => return self.image(word),
            }
        }
        let end = self.line.said.last().map_or(0, |said| said.place.end);
        if self.line.faults.is_empty() {
            self.fault(end..end, "the image is not said");
        }
    }

    fn image(&mut self, word: &Word) {
        self.line.spec.image.clone_from(&word.text);
        self.line.image = word.place.clone();
        self.command();
    }

    fn command(&mut self) {
        let words = self.words.iter();
        self.line.spec.command = words.map(|word| word.text.clone()).collect();
    }

    /// `--name=value`, `--name value`, `--switch`.
    fn long(&mut self, word: &Word, long: &str) {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        let Some(option) = options::named(name) else {
            return self.unknown(word, name, value.is_some());
        };
        match value {
            Some(value) => self.say(option, word.place.clone(), &value),
            None => self.with_next(option, word),
        }
    }

    /// Says an option whose value is the next word, or that needs none.
    fn with_next(&mut self, option: &'static RunOption, word: &Word) {
        if option.kind == Kind::Switch {
            return self.say(option, word.place.clone(), "true");
        }
        match self.next() {
            Some(value) => {
                let place = word.place.start..value.place.end;
                self.say(option, place, &value.text);
            }
            None => {
                let text = format!("{} needs a value, as in {}", option.flag(), option.example);
                self.fault(word.place.clone(), text);
            }
        }
    }

    /// `-d`, `-it`, `-p80:80`, `-p=80:80`, `-dp 80:80`.
    fn short(&mut self, word: &Word) {
        let mut letters = word.text[1..].chars();
        while let Some(letter) = letters.next() {
            let rest = letters.as_str();
            let Some(option) = options::lettered(letter) else {
                return self.unknown(word, &word.text[1..], word.text.contains('='));
            };
            if let Some(value) = rest.strip_prefix('=') {
                return self.say(option, word.place.clone(), value);
            }
            if option.kind == Kind::Switch {
                self.say(option, word.place.clone(), "true");
            } else if rest.is_empty() {
                return self.with_next(option, word);
            } else {
                return self.say(option, word.place.clone(), rest);
            }
        }
    }

    fn say(&mut self, option: &'static RunOption, place: Range<usize>, value: &str) {
        match option.say(&mut self.line.spec, value) {
            Ok(()) => self.line.said.push(Said {
                option,
                place,
                value: value.to_owned(),
            }),
            Err(fault) => self.fault(place, format!("{}: {fault}", option.flag())),
        }
    }

    /// A flag that there is not. Its value, where one seems to follow, is passed over, so that what
    /// comes behind it is read.
    fn unknown(&mut self, word: &Word, name: &str, has_value: bool) {
        let bare = name.split('=').next().unwrap_or(name);
        let near = near_option(bare);
        let hint = match near {
            Some(near) => format!("; did you mean {}?", near.flag()),
            None => String::new(),
        };
        let written = word.text.split('=').next().unwrap_or(&word.text);
        self.fault(
            word.place.clone(),
            format!("there is no option {written}{hint}"),
        );
        let takes = near.is_some_and(|near| near.kind != Kind::Switch);
        if takes && !has_value && self.words.len() > 1 && !self.words[0].text.starts_with('-') {
            self.next();
        }
    }
}

/// The option whose name is most like a word; none when none is like it.
fn near_option(word: &str) -> Option<&'static RunOption> {
    let names = options::all().flat_map(|option| option.also.iter().chain([&option.name]));
    nearest(word, names.copied()).and_then(options::named)
}

/// Options that are written by their letter: those that everybody knows.
const LETTERS: &str = "deiptv";

/// A specification as a `docker run` line, quoted as a shell takes it. What no option stands for is
/// not in it.
pub fn print(spec: &RunSpec) -> String {
    let verb = if spec.only_create { "create" } else { "run" };
    let mut words = vec!["docker".to_owned(), verb.to_owned()];
    for option in options::all() {
        let letter = option.short.filter(|letter| LETTERS.contains(*letter));
        let flag = letter.map_or_else(|| option.flag(), |letter| format!("-{letter}"));
        for text in option.get(spec) {
            match (option.kind, text.as_str()) {
                (Kind::Switch, "true") => words.push(flag.clone()),
                (Kind::Switch, _) => words.push(format!("{}={text}", option.flag())),
                _ => words.extend([flag.clone(), quoted(&text)]),
            }
        }
    }
    if !spec.image.is_empty() {
        words.push(quoted(&spec.image));
        words.extend(spec.command.iter().map(|word| quoted(word)));
    }
    words.join(" ")
}

/// Line and column of a byte in a text, both from one; columns count characters.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> RunLine {
        parse(text, &|_| None)
    }

    fn clean(text: &str) -> RunSpec {
        let line = read(text);
        assert!(line.faults.is_empty(), "{text}: {:?}", line.faults);
        line.spec
    }

    /// Each fault as `line:column sentence`.
    fn faults(text: &str) -> Vec<String> {
        let faults = read(text).faults;
        let told = faults.iter().map(|fault| {
            let (line, column) = position(text, fault.place.start);
            format!("{line}:{column} {}", fault.text)
        });
        told.collect()
    }

    #[test]
    fn flags_of_all_spellings() {
        let plain = clean("docker run -d -i -t -p 80:80 -e A=b --name web nginx sh -c 'a b' -x");
        for text in [
            "docker run -dit -p80:80 -eA=b --name=web nginx sh -c 'a b' -x",
            "docker run -ditp 80:80 -e=A=b --name web -- nginx sh -c 'a b' -x",
            "docker run -dit=true -p=80:80 --env A=b --name web nginx sh -c 'a b' -x",
            "sudo docker container run -d -it -p 80:80 -e A=b --name web nginx sh -c \"a b\" -x",
            "$ /usr/bin/docker run \\\n  -dit -p 80:80 \\\n  -e A=b --name web \\\n nginx sh -c 'a b' -x",
            "# docker run -dit -p 80:80 -e A=b --name web nginx sh -c 'a b' -x",
        ] {
            assert_eq!(clean(text), plain, "{text}");
        }
        assert_eq!(plain.command, ["sh", "-c", "a b", "-x"]);
        assert!(clean("docker create --rm=false nginx").only_create);
        assert_eq!(clean("docker run --rm=0 nginx").rm, Some(false));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let cases: &[(&str, &[&str])] = &[
            (
                "docker run \\\n  --naem web nginx",
                &["2:3 there is no option --naem; did you mean --name?"],
            ),
            (
                "docker run -name web nginx",
                &["1:12 there is no option -name; did you mean --name?"],
            ),
            (
                "docker run --frobnicate nginx",
                &["1:12 there is no option --frobnicate"],
            ),
            (
                "docker run -p 80:x -m lots nginx",
                &[
                    "1:12 --publish: `x` is no port: a number from 0 to 65535",
                    "1:20 --memory: `lots` is no size: a number with b, k, m, g, t or p, as in 512m",
                ],
            ),
            ("docker run -d", &["1:14 the image is not said"]),
            (
                "docker run --name",
                &["1:12 --name needs a value, as in web"],
            ),
            ("docker ps", &["1:1 there is no `docker run` in it"]),
            ("docker run 'nginx", &["1:12 this quote is not closed"]),
            (
                "docker compose run web",
                &["1:1 Compose has a run of its own; this is none"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(faults(text), *expected, "{text}");
        }
    }

    #[test]
    fn the_run_is_found_among_other_commands() {
        let text =
            "docker pull nginx && DOCKER_HOST=x docker -H tcp://y run nginx > log; docker ps";
        let line = read(text);
        assert!(line.faults.is_empty());
        assert_eq!(line.spec.image, "nginx");
        assert_eq!(line.notes.len(), 5, "{:?}", line.notes);
    }

    #[test]
    fn what_a_shell_fills_in_is_asked() {
        let text = "docker run -v $(pwd):/w -e T=$TOKEN -e V=$(git describe) nginx";
        let line = read(text);
        assert_eq!(line.asked.len(), 3);
        assert_eq!(line.spec.volume[0].source.as_deref(), Some("$(pwd)"));
        let line = parse(text, &|_| Some("/x y".to_owned()));
        assert_eq!(line.spec.volume[0].source.as_deref(), Some("/x y"));
    }

    #[test]
    fn every_option_is_written_so_that_it_is_read_again() {
        for option in options::all() {
            let mut spec = RunSpec {
                image: "nginx".to_owned(),
                command: vec!["it's".to_owned(), String::new()],
                ..RunSpec::default()
            };
            option.say(&mut spec, option.example).unwrap();
            if option.repeats() || option.kind != Kind::Switch {
                option.say(&mut spec, option.example).unwrap();
            } else {
                option.say(&mut spec, "false").unwrap();
            }
            assert_eq!(clean(&print(&spec)), spec, "{}", print(&spec));
        }
    }
}
