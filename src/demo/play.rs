//! A small shell that plays a container's command ahead of time: what it will write and when, and
//! how it ends.
//!
//! Must be pure, and must refuse what it does not know: such a command lives on its image's manners.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::clock::{Nanos, SECOND, seconds};
use super::lines::Said;
use super::programs::{LARGEST, compare, format, head, number, sum, unescape};
use super::scenario::parse_span;
use super::syntax::{self, Piece, Redirect, Step, Target, Value, Word};

/// Time that one step takes.
const STEP: Nanos = 15_000;
/// Time that a process takes to end.
const END: Nanos = 2_000_000;
/// Steps without output after which a script is taken to go on like that for ever.
const SILENT: u32 = 20_000;
/// Lines of a script without end that are played.
const LINES: usize = 20_000;

/// A command played to its end, or for as long as it says anything new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Play {
    /// What is written, and how long after the start.
    pub(super) said: Vec<(Nanos, Said)>,
    /// How long after the start it ends, and its exit code.
    pub(super) end: Option<(Nanos, i64)>,
    /// It works without a rest.
    pub(super) busy: bool,
    /// Bytes written to files.
    pub(super) written: u64,
    /// The exit code on SIGTERM. The kernel keeps it from a first process that does not ask for it.
    pub(super) on_term: Option<i64>,
}

/// Plays a container's command; nothing when it is none that this shell knows.
pub(super) fn play(command: &[String], tty: bool) -> Option<Play> {
    let steps = match command {
        [shell, flag, script] if flag == "-c" && is_shell(shell) => syntax::parse(script)?,
        [] => return None,
        words => vec![syntax::literal(words)],
    };
    let mut player = Player {
        tty,
        ..Player::default()
    };
    let mut io = Io {
        to: [To::Stream(0), To::Stream(1)],
        ..Io::default()
    };
    let code = match player.steps(&steps, &mut io) {
        Ok(()) => player.status,
        Err(Stop::Exit(code)) => code,
        Err(Stop::Endless { busy }) => {
            player.play.busy = busy;
            return Some(player.play);
        }
        Err(Stop::Unknown | Stop::Break) => return None,
    };
    Some(player.finish(code))
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "ash" | "bash"))
}

/// Why a script does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Exit(i64),
    Break,
    Endless { busy: bool },
    Unknown,
}

/// Where output goes.
#[derive(Clone, Copy, Debug, Default)]
enum To {
    Stream(usize),
    Caught,
    File,
    #[default]
    Nowhere,
}

/// What a program reads and where it writes.
#[derive(Debug, Default)]
struct Io {
    to: [To; 2],
    input: Vec<u8>,
    caught: Vec<u8>,
}

/// What is not known is not played.
fn known<T>(result: Option<T>) -> Result<T, Stop> {
    result.ok_or(Stop::Unknown)
}

#[derive(Default)]
struct Player {
    tty: bool,
    play: Play,
    now: Nanos,
    /// The beginnings of lines, of standard output and error.
    open: [Vec<u8>; 2],
    names: HashMap<String, String>,
    status: i64,
    /// Steps since it last said anything.
    silent: u32,
    /// How long it slept, and how long it had when it last said anything.
    slept: Nanos,
    slept_then: Nanos,
}

impl Player {
    /// The process ends: the engine takes what it left unfinished for a line.
    fn finish(mut self, code: i64) -> Play {
        self.now += END;
        for stream in [0, 1] {
            if !self.open[stream].is_empty() {
                self.open[stream].push(b'\n');
                self.line(stream);
            }
        }
        self.play.end = Some((self.now + END, code));
        self.play
    }

    fn line(&mut self, stream: usize) {
        let said = Said {
            text: std::mem::take(&mut self.open[stream]),
            stderr: stream == 1,
        };
        self.play.said.push((self.now, said));
    }

    fn write(&mut self, io: &mut Io, stream: usize, bytes: &[u8]) -> Result<(), Stop> {
        if bytes.len() > LARGEST {
            return Err(Stop::Unknown);
        }
        match io.to[stream] {
            To::Nowhere => return Ok(()),
            To::Caught => io.caught.extend_from_slice(bytes),
            To::File => self.play.written += bytes.len() as u64,
            To::Stream(stream) => {
                // a terminal has one stream, and its lines end as typewriters do
                let stream = if self.tty { 0 } else { stream };
                for byte in bytes {
                    if *byte == b'\n' && self.tty {
                        self.open[stream].push(b'\r');
                    }
                    self.open[stream].push(*byte);
                    if *byte == b'\n' {
                        self.line(stream);
                        self.now += 1_000;
                    }
                }
                (self.silent, self.slept_then) = (0, self.slept);
                if self.play.said.len() > LINES {
                    return Err(Stop::Endless {
                        busy: self.slept == 0,
                    });
                }
            }
        }
        Ok(())
    }

    fn steps(&mut self, steps: &[Step], io: &mut Io) -> Result<(), Stop> {
        steps.iter().try_for_each(|step| self.step(step, io))
    }

    fn step(&mut self, step: &Step, io: &mut Io) -> Result<(), Stop> {
        self.now += STEP;
        self.silent += 1;
        if self.silent > SILENT {
            return Err(Stop::Endless {
                busy: self.slept == self.slept_then,
            });
        }
        match step {
            Step::Run {
                sets,
                words,
                redirects,
            } => self.run(sets, words, redirects, io),
            Step::Pipe(all) => self.pipe(all, io),
            Step::Then {
                first,
                unless,
                second,
            } => {
                self.step(first, io)?;
                if (self.status == 0) == *unless {
                    return Ok(());
                }
                self.step(second, io)
            }
            Step::While { test, until, body } => {
                loop {
                    self.steps(test, io)?;
                    if (self.status == 0) == *until {
                        break;
                    }
                    match self.steps(body, io) {
                        Err(Stop::Break) => break,
                        other => other?,
                    }
                }
                self.status = 0;
                Ok(())
            }
            Step::For { name, words, body } => {
                for word in self.all(words)? {
                    self.names.insert(name.clone(), word);
                    match self.steps(body, io) {
                        Err(Stop::Break) => break,
                        other => other?,
                    }
                }
                Ok(())
            }
            Step::If {
                branches,
                otherwise,
            } => {
                for (test, body) in branches {
                    self.steps(test, io)?;
                    if self.status == 0 {
                        return self.steps(body, io);
                    }
                }
                self.status = 0;
                self.steps(otherwise, io)
            }
        }
    }

    fn pipe(&mut self, all: &[Step], io: &mut Io) -> Result<(), Stop> {
        let (last, before) = all.split_last().ok_or(Stop::Unknown)?;
        let mut input = std::mem::take(&mut io.input);
        for step in before {
            let mut inner = Io {
                to: [To::Caught, io.to[1]],
                input,
                ..Io::default()
            };
            match self.step(step, &mut inner) {
                // one that never ends would feed the next for ever
                Err(Stop::Endless { .. }) => return Err(Stop::Unknown),
                Ok(()) | Err(Stop::Exit(_)) => {}
                Err(other) => return Err(other),
            }
            input = inner.caught;
        }
        io.input = input;
        self.step(last, io)
    }

    fn run(
        &mut self,
        sets: &[(String, Word)],
        words: &[Word],
        redirects: &[Redirect],
        io: &mut Io,
    ) -> Result<(), Stop> {
        for (name, word) in sets {
            let value = self.all(std::slice::from_ref(word))?.join(" ");
            self.names.insert(name.clone(), value);
        }
        let words = self.all(words)?;
        let before = io.to;
        for Redirect { stream, to } in redirects {
            io.to[*stream] = match to {
                Target::Stream(other) => io.to[*other],
                Target::File(word) => {
                    match self
                        .all(std::slice::from_ref(word))?
                        .first()
                        .map(String::as_str)
                    {
                        Some("/dev/null") => To::Nowhere,
                        Some("/dev/stdout" | "/proc/1/fd/1") => To::Stream(0),
                        Some("/dev/stderr" | "/proc/1/fd/2") => To::Stream(1),
                        Some(_) => To::File,
                        None => return Err(Stop::Unknown),
                    }
                }
            };
        }
        let done = match words.split_first() {
            None => Ok(0),
            Some((program, arguments)) => self.program(program, arguments, io),
        };
        io.to = before;
        self.status = done?;
        Ok(())
    }

    /// Runs a program; its exit code.
    fn program(&mut self, program: &str, words: &[String], io: &mut Io) -> Result<i64, Stop> {
        let first = words.first().map_or("", String::as_str);
        let input = std::mem::take(&mut io.input);
        match program.rsplit('/').next().unwrap_or(program) {
            ":" | "true" => {}
            "false" => return Ok(1),
            "exit" if first.is_empty() => return Err(Stop::Exit(self.status)),
            "exit" => return Err(Stop::Exit(known(number(first))? & 255)),
            "exec" => {
                let (program, words) = words.split_first().ok_or(Stop::Unknown)?;
                let code = self.program(program, words, io)?;
                return Err(Stop::Exit(code));
            }
            "break" if words.is_empty() => return Err(Stop::Break),
            "echo" => {
                let (words, escapes, newline) = match first {
                    "-e" => (&words[1..], true, "\n"),
                    "-n" => (&words[1..], false, ""),
                    "-ne" | "-en" => (&words[1..], true, ""),
                    _ => (words, false, "\n"),
                };
                let text = format!("{}{newline}", words.join(" "));
                let bytes = if escapes {
                    unescape(&text)
                } else {
                    text.into_bytes()
                };
                self.write(io, 0, &bytes)?;
            }
            "printf" => {
                let bytes = known(format(words))?;
                self.write(io, 0, &bytes)?;
            }
            "sleep" => self.sleep(first)?,
            "seq" => {
                let (from, to) = match words {
                    [to] => (1, known(number(to))?),
                    [from, to] => (known(number(from))?, known(number(to))?),
                    _ => return Err(Stop::Unknown),
                };
                if to - from > LARGEST as i64 / 8 {
                    return Err(Stop::Unknown);
                }
                let mut text = String::new();
                for number in from..=to {
                    // writing to a text can not fail
                    let _ = writeln!(text, "{number}");
                }
                self.write(io, 0, text.as_bytes())?;
            }
            "cat" if words.is_empty() => self.write(io, 0, &input)?,
            "head" => {
                let bytes = known(head(words, input))?;
                self.write(io, 0, &bytes)?;
            }
            "tr" => {
                let [from, to] = words else {
                    return Err(Stop::Unknown);
                };
                let (from, to) = (unescape(from), unescape(to));
                let ([from], [to]) = (&from[..], &to[..]) else {
                    return Err(Stop::Unknown);
                };
                let swap = |byte: &u8| if byte == from { *to } else { *byte };
                let bytes: Vec<u8> = input.iter().map(swap).collect();
                self.write(io, 0, &bytes)?;
            }
            "dd" => self.copy(words)?,
            "trap" => self.trap(words)?,
            "test" => return known(compare(words)).map(i64::from),
            "[" if words.last().is_some_and(|last| last == "]") => {
                return known(compare(&words[..words.len() - 1])).map(i64::from);
            }
            _ => return Err(Stop::Unknown),
        }
        Ok(0)
    }

    fn sleep(&mut self, text: &str) -> Result<(), Stop> {
        let asleep = Stop::Endless { busy: false };
        if text == "infinity" {
            return Err(asleep);
        }
        let long = text.parse().ok().or_else(|| parse_span(text));
        let long = seconds(long.filter(|long| *long >= 0.0).ok_or(Stop::Unknown)?);
        self.now = self.now.saturating_add(long);
        self.slept = self.slept.saturating_add(long);
        // what sleeps for years says nothing more
        if self.now > SECOND * 86_400 * 3_650 {
            return Err(asleep);
        }
        Ok(())
    }

    fn copy(&mut self, words: &[String]) -> Result<(), Stop> {
        let of = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
        let count =
            |name| of(name).and_then(|text| super::scenario::parse_size(&text.to_uppercase()));
        let (Some("/dev/zero"), Some(_), Some(count)) =
            (of("if="), of("of="), count("count=").zip(count("bs=")))
        else {
            return Err(Stop::Unknown);
        };
        self.play.written = self
            .play
            .written
            .saturating_add(count.0.saturating_mul(count.1));
        Ok(())
    }

    /// Only SIGTERM is heeded, and only to exit.
    fn trap(&mut self, words: &[String]) -> Result<(), Stop> {
        let (deed, signals) = words.split_first().ok_or(Stop::Unknown)?;
        let is_term = |signal: &String| matches!(signal.as_str(), "TERM" | "SIGTERM" | "15");
        let is_other = |signal: &String| matches!(signal.as_str(), "INT" | "SIGINT" | "2" | "HUP");
        if !signals
            .iter()
            .all(|signal| is_term(signal) || is_other(signal))
        {
            return Err(Stop::Unknown);
        }
        let code = match deed.trim().strip_prefix("exit") {
            None if deed.is_empty() || deed == "-" => None,
            None => return Err(Stop::Unknown),
            Some("") => Some(0),
            Some(code) => Some(known(number(code.trim()))?),
        };
        if signals.iter().any(is_term) {
            self.play.on_term = code;
        }
        Ok(())
    }

    /// All words, filled in and fallen apart.
    fn all(&mut self, words: &[Word]) -> Result<Vec<String>, Stop> {
        let mut all = Vec::new();
        for word in words {
            let (mut open, mut any) = (String::new(), false);
            for piece in word {
                let (text, quoted) = match piece {
                    Piece::Text(text) => (text.clone(), true),
                    Piece::Value { of, quoted } => (self.value(of)?, *quoted),
                };
                if quoted {
                    open.push_str(&text);
                    any = true;
                    continue;
                }
                for (place, part) in text.split(char::is_whitespace).enumerate() {
                    if place > 0 && (any || !open.is_empty()) {
                        all.push(std::mem::take(&mut open));
                        any = false;
                    }
                    open.push_str(part);
                }
            }
            if any || !open.is_empty() {
                all.push(open);
            }
        }
        Ok(all)
    }

    fn value(&mut self, of: &Value) -> Result<String, Stop> {
        match of {
            Value::Name(name) if name == "?" => Ok(self.status.to_string()),
            Value::Name(name) => Ok(self.names.get(name).cloned().unwrap_or_default()),
            Value::Sum(text) => Ok(known(sum(text, &self.names))?.to_string()),
            Value::Output(steps) => {
                let mut inner = Io {
                    to: [To::Caught, To::Stream(1)],
                    ..Io::default()
                };
                match self.steps(steps, &mut inner) {
                    Ok(()) | Err(Stop::Exit(_)) => {}
                    Err(other) => return Err(other),
                }
                let text = String::from_utf8_lossy(&inner.caught).into_owned();
                Ok(text.trim_end_matches('\n').to_owned())
            }
        }
    }
}

#[cfg(test)]
#[path = "play_tests.rs"]
mod tests;
