//! What is measured of one program.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::engine::Engine;
use super::terminal::{Start, Terminal};

/// How long a program may take to show its list.
const LIST: Duration = Duration::from_secs(60);
/// A list that has not grown for so long is whole.
const WHOLE: Duration = Duration::from_millis(600);
/// How long a program is left alone before idle figures are taken.
const SETTLE: Duration = Duration::from_secs(6);
/// An answer is over when nothing came for so long.
const SILENCE: Duration = Duration::from_millis(8);
/// A key that had no answer in this time has none.
const MUTE: Duration = Duration::from_millis(500);

/// A program that can be measured.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// A program that runs and shows its list.
pub(crate) struct Run {
    pub(crate) terminal: Terminal,
}

/// What a program costs while nobody touches it, a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    /// Percent of one core.
    pub(crate) cpu: f64,
    /// Megabytes resident.
    pub(crate) memory: f64,
    /// Bytes to the terminal.
    pub(crate) terminal: f64,
    /// Requests to the engine.
    pub(crate) requests: f64,
    /// Kilobytes from the engine.
    pub(crate) received: f64,
}

/// Milliseconds from a key to the last byte of its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Keys that had no answer.
    pub(crate) mute: usize,
}

impl Program {
    pub(crate) fn new(name: &str, path: &Path) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
        }
    }

    /// Milliseconds from the start to the last row of the list.
    pub(crate) fn first_frame(&self, engine: &Engine, start: &Start<'_>) -> Result<f64> {
        Ok(self.listed(engine, start)?.1)
    }

    /// Starts it and waits for its list, and until it has come to rest.
    pub(crate) fn run(&self, engine: &Engine, start: &Start<'_>) -> Result<Run> {
        Ok(Run::at_rest(self.listed(engine, start)?.0))
    }

    /// Starts it; when the list was whole, in milliseconds.
    fn listed(&self, engine: &Engine, start: &Start<'_>) -> Result<(Terminal, f64)> {
        let names: HashSet<&str> = engine.names.iter().map(String::as_str).collect();
        let mut terminal = Terminal::start(&self.path, start)?;
        let began = terminal.began;
        let (mut most, mut since) = (0, began);
        loop {
            let came = terminal.wait(Duration::from_millis(20));
            if let Some(at) = came {
                let shown = terminal.shown(&names);
                if shown > most {
                    (most, since) = (shown, at);
                }
            }
            let still = since.elapsed();
            if most > 0 && still > WHOLE {
                return Ok((terminal, millis(since - began)));
            }
            if still > LIST {
                return Err(eyre!("{} showed no list", self.name));
            }
        }
    }
}

impl Run {
    /// Of a program that has shown its list, once it has come to rest.
    pub(crate) fn at_rest(mut terminal: Terminal) -> Self {
        terminal.watch_until(Instant::now() + SETTLE);
        Self { terminal }
    }

    /// Leaves it alone for some seconds.
    pub(crate) fn idle(&mut self, engine: &Engine, seconds: u64) -> Result<Idle> {
        let pid = self.terminal.pid();
        let (began, written) = (Instant::now(), self.terminal.written);
        let (cpu, asked) = (cpu_seconds(pid)?, engine.counters()?);
        self.terminal
            .watch_until(began + Duration::from_secs(seconds));
        let (cpu_now, asked_now) = (cpu_seconds(pid)?, engine.counters()?);
        let time = began.elapsed().as_secs_f64();
        Ok(Idle {
            cpu: (cpu_now - cpu) / time * 100.0,
            memory: resident_megabytes(pid)?,
            terminal: (self.terminal.written - written) as f64 / time,
            requests: (asked_now.requests - asked.requests) / time,
            received: (asked_now.bytes - asked.bytes) / time / 1000.0,
        })
    }

    /// Presses j and k through the list.
    pub(crate) fn answers(&mut self, keys: usize, size: usize) -> Answers {
        let turn = size.min(keys).saturating_sub(2).max(1);
        let (mut times, mut mute) = (Vec::new(), 0);
        for press in 0..keys {
            let key = if (press / turn).is_multiple_of(2) {
                b'j'
            } else {
                b'k'
            };
            match self.answer(key) {
                Some(time) => times.push(time),
                None => mute += 1,
            }
            // at changing moments of whatever beat the program has
            let pause = 40 + (press as u64 * 7) % 31;
            self.terminal
                .watch_until(Instant::now() + Duration::from_millis(pause));
        }
        times.sort_unstable_by(f64::total_cmp);
        let share = |part: usize| times.get(times.len() * part / 100).copied();
        Answers {
            p50: share(50).unwrap_or(f64::NAN),
            p99: share(99).unwrap_or(f64::NAN),
            mute,
        }
    }

    fn answer(&mut self, key: u8) -> Option<f64> {
        let pressed = self.terminal.press(key).ok()?;
        let mut last = self.terminal.wait(MUTE)?;
        while let Some(at) = self.terminal.wait(SILENCE) {
            last = at;
        }
        Some(millis(last - pressed))
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The middle of some values.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Seconds of CPU time that a process has used, all its threads together.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).wrap_err("it has ended")?;
    // the name before may hold anything, also blanks
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = |place: usize| -> f64 {
        let field = fields.split_whitespace().nth(place);
        field.and_then(|field| field.parse().ok()).unwrap_or(0.0)
    };
    Ok((ticks(11) + ticks(12)) / 100.0)
}

fn resident_megabytes(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).wrap_err("it has ended")?;
    let kib = status.lines().find_map(|line| {
        let value = line.strip_prefix("VmRSS:")?;
        value.split_whitespace().next()?.parse::<f64>().ok()
    });
    kib.map(|kib| kib * 1024.0 / 1e6)
        .ok_or_else(|| eyre!("no VmRSS"))
}
