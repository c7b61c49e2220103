//! Container logs: which line was written when, and the stream that a client reads.
//!
//! Nothing is stored: a line follows from the container's seed, its number and its time, so that
//! any amount of log costs no memory. The reader's pace drives the stream.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use tokio::sync::watch;

use super::chance::{mix, unit};
use super::clock::{Nanos, log_stamp};
use super::container::{Container, Run};
use super::daemon::{Daemon, StreamGuard};
use super::lines::{Said, say};
use super::query::Query;
use super::scenario::{Ailment, Template};
use super::wire::{self, Outcome, Refusal};

/// The engine stores lines in parts of this size.
const PART: usize = 16 * 1024;
/// A process stops writing this long before it ends.
const HUSH: Nanos = 1_000_000;
/// Lines after which an ailing log stalls or breaks.
const AILS_AFTER: u64 = 25;

/// All that is needed to tell a container's log.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    seed: u64,
    template: Arc<Template>,
    runs: Vec<Run>,
    alive: bool,
    started: Nanos,
}

impl Voice {
    /// The voice of a container.
    pub(super) fn of(container: &Container) -> Self {
        Self {
            seed: container.seed,
            template: Arc::clone(&container.template),
            runs: container.runs.clone(),
            alive: container.is_alive(),
            started: container.started,
        }
    }

    /// The same life of a container as it is now. A log that is followed ends with the life in
    /// which it was asked for, however soon the next one begins.
    fn of_same_life(&self, container: &Container) -> Self {
        let mut voice = Self::of(container);
        if self.alive && container.started != self.started {
            voice.runs.retain(|run| run.start < container.started);
            (voice.alive, voice.started) = (false, self.started);
        }
        voice
    }

    /// The lines of a play and when they come; nothing when it has none.
    fn played(&self) -> Option<&[(Nanos, Said)]> {
        self.template.play.as_ref().map(|play| play.said.as_slice())
    }

    fn period(&self) -> f64 {
        1e9 / self.template.log_rate
    }

    /// When line `number` of a run is written: about evenly, the first one soon.
    fn time_of(&self, run: &Run, number: u64) -> Nanos {
        let place = unit(mix(self.seed ^ 0x7171, run.first + number)) * 0.9;
        let offset = (number as f64 + place) * self.period();
        run.start + if number == 0 { offset.min(3e7) } else { offset } as Nanos
    }

    /// How many lines of a run have been written by a moment, last words left out.
    pub(super) fn written(&self, run: &Run, moment: Nanos) -> u64 {
        let moment = moment - HUSH;
        if let Some(said) = self.played() {
            let spent = said.partition_point(|(after, _)| run.origin + after <= moment) as u64;
            return spent.saturating_sub(run.skip);
        }
        if self.template.log_rate <= 0.0 || moment < run.start {
            return 0;
        }
        let sure = ((moment - run.start) as f64 / self.period()) as u64;
        sure + u64::from(self.time_of(run, sure) <= moment)
    }

    /// Numbers of the oldest line kept and of the one after the newest.
    fn bounds(&self, now: Nanos) -> (u64, u64) {
        let end = self.runs.last().map_or(0, |run| {
            run.first
                + run
                    .end
                    .map_or_else(|| self.written(run, now), |(_, lines)| lines)
        });
        let kept = self.runs.first().map_or(0, |run| run.first);
        (end.saturating_sub(self.template.log_history).max(kept), end)
    }

    fn run_of(&self, number: u64) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.first <= number)
    }

    /// When a line is, or will be, written.
    fn moment(&self, number: u64) -> Option<Nanos> {
        let run = self.run_of(number)?;
        match self.last_word(run, number) {
            Some((left, _)) => run.end.map(|(end, _)| end - left * 1_000),
            None if self.played().is_some() => {
                let (after, _) = self.played_line(run, number)?;
                Some(run.origin + after)
            }
            None => Some(self.time_of(run, number - run.first)),
        }
    }

    fn played_line(&self, run: &Run, number: u64) -> Option<&(Nanos, Said)> {
        let place = usize::try_from(run.skip + number - run.first).ok()?;
        self.played()?.get(place)
    }

    /// Whether a line is one of a run's last words: how many are left, and the text.
    fn last_word(&self, run: &Run, number: u64) -> Option<(Nanos, &str)> {
        let (_, lines) = run.end.filter(|_| run.last_words)?;
        let words = &self.template.last_words;
        let left = (run.first + lines).checked_sub(number)?;
        let place = (words.len() as u64).checked_sub(left)?;
        Some((left.cast_signed(), words.get(place as usize)?))
    }

    fn line(&self, number: u64) -> Option<(Nanos, Said)> {
        let run = self.run_of(number)?;
        let moment = self.moment(number)?;
        let said = match self.last_word(run, number) {
            Some((_, text)) => Said {
                text: format!("{text}\n").into_bytes(),
                stderr: true,
            },
            None => match self.played_line(run, number) {
                Some((_, said)) => said.clone(),
                None => say(&self.template, self.seed, number, moment),
            },
        };
        Some((moment, said))
    }
}

/// What a client asked to see.
#[derive(Clone, Debug)]
struct Wish {
    /// Standard output, standard error.
    streams: [bool; 2],
    timestamps: bool,
    follow: bool,
    framed: bool,
    since: Nanos,
    until: Option<Nanos>,
}

/// A client's place in a log.
struct Reader {
    daemon: Arc<Daemon>,
    id: String,
    voice: Voice,
    wish: Wish,
    next: u64,
    /// Where a reader that doesn't follow stops: the log may grow faster than it reads.
    stop: u64,
    given: u64,
    parts: VecDeque<Bytes>,
    changes: watch::Receiver<u64>,
    _open: StreamGuard,
}

/// `GET /containers/{id}/logs`
pub(super) fn logs(daemon: &Arc<Daemon>, reference: &str, query: &Query) -> Outcome {
    let (stdout, stderr) = (query.flag("stdout"), query.flag("stderr"));
    if !stdout && !stderr {
        let reason = "Bad parameters: you must choose at least one stream";
        return Err(Refusal::new(400, reason));
    }
    let mut wish = Wish {
        streams: [stdout, stderr],
        timestamps: query.flag("timestamps"),
        follow: query.flag("follow"),
        since: query.moment("since")?.unwrap_or(0),
        until: query.moment("until")?,
        framed: true,
    };
    // anything but a number means all of it
    let tail = query.text("tail").parse::<u64>().unwrap_or(u64::MAX);
    let changes = daemon.changes();
    let (id, voice, tty) = daemon.with(|state, _| {
        let container = state.container(reference)?;
        if !matches!(
            container.template.log_driver.as_str(),
            "json-file" | "local" | "journald"
        ) {
            let reason = "configured logging driver does not support reading";
            return Err(Refusal::new(501, reason));
        }
        Ok((
            container.id.clone(),
            Voice::of(container),
            container.template.tty,
        ))
    })?;
    wish.framed = !tty;
    let media = media(daemon, tty);
    let reader = Reader::open(daemon, id, voice, wish, tail, changes);
    Ok(wire::stream(media, reader.into_stream()))
}

/// The output of a container from now on, for attach.
pub(super) fn follow(
    daemon: &Arc<Daemon>,
    container: &Container,
    changes: watch::Receiver<u64>,
) -> impl stream::Stream<Item = io::Result<Bytes>> + Send + use<> {
    let wish = Wish {
        streams: [true, true],
        timestamps: false,
        follow: true,
        since: 0,
        until: None,
        framed: !container.template.tty,
    };
    let voice = Voice::of(container);
    Reader::open(daemon, container.id.clone(), voice, wish, 0, changes).into_stream()
}

/// 20.10 says nothing of the type; since 1.42 it tells framed from raw.
fn media(daemon: &Daemon, tty: bool) -> Option<&'static str> {
    match (daemon.with(|state, _| state.speaks(42)), tty) {
        (false, _) => None,
        (true, true) => Some(wire::RAW),
        (true, false) => Some("application/vnd.docker.multiplexed-stream"),
    }
}

impl Reader {
    fn open(
        daemon: &Arc<Daemon>,
        id: String,
        voice: Voice,
        wish: Wish,
        tail: u64,
        changes: watch::Receiver<u64>,
    ) -> Self {
        let (from, end) = voice.bounds(daemon.clock.now());
        // the engine takes the tail before it looks at `until`
        let mut next = end.saturating_sub(tail).max(from);
        next += partition(end - next, |skip| {
            voice
                .moment(next + skip)
                .is_some_and(|moment| moment < wish.since)
        });
        let stop = if wish.follow { u64::MAX } else { end };
        Self {
            id,
            voice,
            wish,
            next,
            stop,
            given: 0,
            parts: VecDeque::new(),
            changes,
            _open: daemon.open_stream(),
            daemon: Arc::clone(daemon),
        }
    }

    fn into_stream(self) -> impl stream::Stream<Item = io::Result<Bytes>> + Send {
        stream::unfold(Some(self), |reader| async move {
            let mut reader = reader?;
            match reader.step().await {
                Ok(Some(part)) => Some((Ok(part), Some(reader))),
                Ok(None) => None,
                Err(fault) => Some((Err(fault), None)),
            }
        })
    }

    /// The next chunk; nothing at the end of the log.
    async fn step(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(part) = self.parts.pop_front() {
                return Ok(Some(part));
            }
            self.ail().await?;
            let now = self.daemon.clock.now();
            let (from, end) = self.voice.bounds(now);
            // a reader slower than the log loses what the log driver dropped
            self.next = self.next.max(from);
            if self.next >= self.stop {
                return Ok(None);
            }
            if self.next < end {
                if !self.take() {
                    return Ok(None);
                }
            } else if !self.wish.follow || !self.voice.alive || !self.wait(now).await {
                return Ok(None);
            }
        }
    }

    /// Takes the next line apart into chunks; `false` when `until` is passed.
    fn take(&mut self) -> bool {
        let Some((moment, said)) = self.voice.line(self.next) else {
            return false;
        };
        self.next += 1;
        if self.wish.until.is_some_and(|until| moment > until) {
            return false;
        }
        let wanted = self.wish.streams[usize::from(said.stderr)];
        if wanted && moment >= self.wish.since {
            self.given += 1;
            let stamp = self.wish.timestamps.then(|| log_stamp(moment));
            for part in said.text.chunks(PART) {
                self.parts
                    .push_back(self.frame(said.stderr, stamp.as_deref(), part));
            }
        }
        true
    }

    fn frame(&self, stderr: bool, stamp: Option<&str>, part: &[u8]) -> Bytes {
        let stamped = stamp.map_or(0, |stamp| stamp.len() + 1);
        let mut chunk = BytesMut::with_capacity(8 + stamped + part.len());
        if self.wish.framed {
            chunk.put_u32(if stderr { 0x0200_0000 } else { 0x0100_0000 });
            chunk.put_u32((stamped + part.len()) as u32);
        }
        if let Some(stamp) = stamp {
            chunk.put_slice(stamp.as_bytes());
            chunk.put_u8(b' ');
        }
        chunk.put_slice(part);
        chunk.freeze()
    }

    /// Waits for the next line or for a change of the container; `false` when `until` comes first.
    async fn wait(&mut self, now: Nanos) -> bool {
        let spoken = self.voice.template.log_rate > 0.0 || self.voice.played().is_some();
        let next = self.voice.moment(self.next).filter(|_| spoken);
        let due = next.map_or(Nanos::MAX, |moment| moment + HUSH);
        let until = self.wish.until.unwrap_or(Nanos::MAX);
        if until <= now {
            return false;
        }
        let left = self
            .daemon
            .clock
            .until(due.min(until))
            .min(Duration::from_secs(3600));
        tokio::select! {
            () = tokio::time::sleep(left + Duration::from_micros(200)) => {}
            _ = self.changes.changed() => {
                let found = self.daemon.with(|state, _| {
                    let found = state.containers.get(&self.id);
                    found.map(|one| self.voice.of_same_life(one))
                });
                match found {
                    Some(voice) => self.voice = voice,
                    None => self.voice.alive = false,
                }
            }
        }
        true
    }

    /// Stalls or breaks when this container's logs are meant to.
    async fn ail(&self) -> io::Result<()> {
        if self.given < AILS_AFTER {
            return Ok(());
        }
        if self.voice.template.suffers(Ailment::LogsStall) {
            std::future::pending::<()>().await;
        }
        if self.voice.template.suffers(Ailment::LogsDrop) {
            return Err(wire::broken().await);
        }
        Ok(())
    }
}

/// The first number below `count` for which the test fails, when it holds for all before it.
fn partition(count: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::SECOND;

    fn voice(rate: f64, end: Option<(Nanos, u64)>) -> Voice {
        let template = Template {
            log_rate: rate,
            last_words: vec!["bye".to_owned(), "now".to_owned()],
            ..Template::default()
        };
        let run = Run {
            start: SECOND,
            first: 0,
            end,
            last_words: end.is_some(),
            skip: 0,
            origin: SECOND,
        };
        Voice {
            seed: 9,
            template: Arc::new(template),
            runs: vec![run],
            alive: true,
            started: SECOND,
        }
    }

    #[test]
    fn lines_come_in_the_order_of_time_and_are_counted() {
        let voice = voice(100.0, None);
        let run = voice.runs[0].clone();
        let times: Vec<Nanos> = (0..500).map(|number| voice.time_of(&run, number)).collect();
        assert!(times.is_sorted());
        for moment in [0, SECOND, 2 * SECOND, 3 * SECOND + 7_000_000] {
            let counted = times.iter().filter(|time| **time <= moment - HUSH).count() as u64;
            assert_eq!(voice.written(&run, moment), counted);
        }
    }

    #[test]
    fn a_run_that_ended_by_itself_says_its_last_words() {
        let voice = voice(1.0, Some((10 * SECOND, 7)));
        assert_eq!(voice.bounds(99 * SECOND), (0, 7));
        assert_eq!(
            voice.line(5).map(|(_, said)| said.text),
            Some(b"bye\n".to_vec())
        );
        assert_eq!(
            voice.line(6).map(|(_, said)| said.text),
            Some(b"now\n".to_vec())
        );
        assert!(voice.last_word(&voice.runs[0], 4).is_none());
        assert!(voice.last_word(&voice.runs[0], 7).is_none());
    }

    #[test]
    fn partition_finds_the_border() {
        assert_eq!(partition(10, |n| n < 4), 4);
        assert_eq!(partition(10, |_| true), 10);
        assert_eq!(partition(0, |_| true), 0);
    }
}
