//! The log of one container: its newest lines, then what comes, across restarts of the container
//! and of the connection, without a line lost or doubled.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::basket::Basket;
use super::clock;
use super::convert::{self, Inspected};
use super::error::Error;
use super::splitter::{Piece, Splitter};
use super::transport::Api;
use super::watches::{Desk, Pulse, online};
use crate::model::log::{Chunk, Stream};
use crate::model::{Id, Problem};
use crate::protocol::{Fact, LogFact, LogPage};

/// After so long without a line, all that the log held has been read.
const QUIET: Duration = Duration::from_millis(100);
/// A log that never falls quiet counts as read after this.
const BUSY: Duration = Duration::from_secs(2);
/// How far back a log is asked for again: standard output and error are not written in the order
/// of their times.
const OVERLAP: i64 = 1_000_000_000;

/// What is held of one stream: the time of its last line, and how many lines have that time.
#[derive(Clone, Copy, Default)]
struct Mark {
    time: i64,
    count: u64,
}

/// Where a log is gone on with.
#[derive(Default)]
struct Resume {
    marks: [Mark; 2],
    /// While lines held already come again: how many with the mark's time have come.
    again: [Option<u64>; 2],
}

impl Resume {
    /// The log is asked for again: from where on.
    fn begin(&mut self) -> Option<i64> {
        let held = || {
            self.marks
                .iter()
                .map(|mark| mark.time)
                .filter(|time| *time > 0)
        };
        let (oldest, newest) = (held().min()?, held().max()?);
        self.again = self.marks.map(|mark| (mark.time > 0).then_some(0));
        Some(oldest.max(newest - OVERLAP))
    }

    /// Whether a line is new.
    fn admit(&mut self, stream: Stream, time: i64) -> bool {
        let index = usize::from(stream == Stream::Err);
        let (mark, again) = (&mut self.marks[index], &mut self.again[index]);
        if let Some(seen) = again {
            if time < mark.time || (time == mark.time && *seen < mark.count) {
                *seen += u64::from(time == mark.time);
                return false;
            }
            *again = None;
        }
        if time == mark.time {
            mark.count += 1;
        } else {
            *mark = Mark { time, count: 1 };
        }
        true
    }
}

/// Follows a container's log until it is no longer wanted.
pub(crate) async fn watch(desk: Desk, id: Id, mut pulse: watch::Receiver<Pulse>) {
    let mut link = desk.api.clone();
    let mut log = Log {
        desk,
        id,
        basket: Basket::default(),
        resume: Resume::default(),
        starts: 0,
        caught_up: false,
        ended: false,
    };
    while let Some(api) = online(&mut link).await {
        tokio::select! {
            () = log.connected(&api, &mut pulse) => {}
            _ = link.changed() => {}
        }
    }
}

struct Log {
    desk: Desk,
    id: Id,
    basket: Basket,
    resume: Resume,
    /// The container's starts that are known of.
    starts: u32,
    caught_up: bool,
    ended: bool,
}

/// Whether a failure may pass by itself: the engine was slow, failed or babbled; a refusal stays.
fn passes(error: &Error) -> bool {
    match error {
        Error::Timeout(_) | Error::Nonsense { .. } => true,
        Error::Status { code, .. } => matches!(code, 500 | 502..=599),
        _ => false,
    }
}

impl Log {
    /// Goes the way of the lines, so that it keeps its place among them.
    async fn tell(&self, fact: LogFact) {
        let notice = self.desk.teller.notice(Fact::Log(self.id.clone(), fact));
        // nobody takes it: the program ends
        let _ = self.desk.lines.send(notice).await;
    }

    /// Reads for as long as the connection stands.
    async fn connected(&mut self, api: &Api, pulse: &mut watch::Receiver<Pulse>) {
        let mut pause = Duration::from_millis(500);
        loop {
            let starts = pulse.borrow_and_update().starts;
            if self.starts != starts {
                // it runs again: that it ended holds no longer, and that all is read is told anew
                (self.starts, self.caught_up, self.ended) = (starts, false, false);
            }
            let began = clock::instant();
            let outcome = self.read(api, true).await;
            self.basket.seal();
            self.flush().await;
            if began.elapsed() > Duration::from_secs(10) {
                pause = Duration::from_millis(500);
            }
            match outcome {
                Ok(()) => self.ended(api, pulse, starts, &mut pause).await,
                Err(Error::Http(_) | Error::Body(_)) => sleep(pause).await,
                Err(error) => {
                    let problem =
                        error.problem(&format!("read the log of {}", self.desk.names.of(&self.id)));
                    self.tell(LogFact::Failed(problem)).await;
                    if passes(&error) {
                        // to be told again once it is read after all
                        self.caught_up = false;
                        sleep(pause).await;
                        pause = (pause * 2).min(Duration::from_secs(15));
                        continue;
                    }
                    // nothing will change until it is started again
                    let _ = pulse.wait_for(|pulse| pulse.starts != starts).await;
                }
            }
        }
    }

    /// The engine ended the log: says so unless the container is running again, and waits until it
    /// is worth asking again.
    async fn ended(
        &mut self,
        api: &Api,
        pulse: &mut watch::Receiver<Pulse>,
        starts: u32,
        pause: &mut Duration,
    ) {
        if !self.caught_up {
            self.caught_up = true;
            self.tell(LogFact::CaughtUp).await;
        }
        // the event that says why may be on its way
        let news = pulse.wait_for(|pulse| !pulse.alive || pulse.starts != starts);
        let quiet = timeout(*pause, news).await.is_err();
        let now = *pulse.borrow();
        if now.starts != starts {
            return;
        }
        if quiet && now.alive {
            // it runs, but its log ended: asked again, ever more rarely
            *pause = (*pause * 2).min(Duration::from_secs(15));
            return;
        }
        // engines end a followed log before its last lines are written
        if let Err(error) = self.read(api, false).await {
            tracing::debug!(%error, "the last lines of a log were not read");
        }
        self.basket.seal();
        self.flush().await;
        if !self.ended {
            self.ended = true;
            self.tell(LogFact::Ended).await;
        }
        let _ = pulse.wait_for(|pulse| pulse.starts != starts).await;
    }

    /// Reads the log once, to its end; following it, that is when its container ends.
    async fn read(&mut self, api: &Api, follow: bool) -> Result<(), Error> {
        let inspected = inspect(api, &self.id).await?;
        let since = self.resume.begin();
        let query = if let Some(since) = since {
            format!("tail=all&since={}", seconds(since))
        } else {
            self.caught_up = false;
            self.tell(LogFact::Opened).await;
            format!("tail={}", self.desk.log_tail)
        };
        let path = path(&self.id, &format!("follow={}&{query}", u8::from(follow)));
        let open = api.stream(&path);
        let began = clock::instant();
        let mut body = self
            .opened(open, began)
            .await
            .map_err(|error| named(error, &inspected))?;
        let mut splitter = Splitter::new(inspected.brief.tty);
        let mut quiet = clock::instant() + QUIET;
        loop {
            let caught_up = (!self.caught_up).then_some(quiet.min(began + BUSY));
            let due = self.basket.due();
            let wake = due.into_iter().chain(caught_up).min();
            tokio::select! {
                biased;
                frame = body.frame() => {
                    let Some(frame) = frame else { break };
                    let Ok(data) = frame?.into_data() else { continue };
                    let (basket, resume) = (&mut self.basket, &mut self.resume);
                    splitter.feed(&data, &mut |cut| {
                        if resume.admit(cut.stream, cut.time) {
                            basket.put(cut);
                        }
                    })?;
                    if !self.caught_up {
                        quiet = clock::instant() + QUIET;
                    }
                }
                () = sleep_until(wake.unwrap_or(began)), if wake.is_some() => {}
            }
            if due.is_some_and(|due| due <= clock::instant()) {
                self.basket.seal();
            }
            self.flush().await;
            self.look(quiet.min(began + BUSY)).await;
        }
        let (basket, resume) = (&mut self.basket, &mut self.resume);
        splitter.finish(&mut |cut| {
            if resume.admit(cut.stream, cut.time) {
                basket.put(cut);
            }
        });
        Ok(())
    }

    /// Waits for the beginning of the answer. Some engines send it with the first line only, so a
    /// silent one is an empty log.
    async fn opened<T>(
        &mut self,
        open: impl Future<Output = Result<T, Error>>,
        began: Instant,
    ) -> Result<T, Error> {
        tokio::pin!(open);
        loop {
            tokio::select! {
                body = &mut open => return body,
                () = sleep_until(began + BUSY), if !self.caught_up => self.look(began).await,
            }
        }
    }

    /// Says that all has been read, when it has.
    async fn look(&mut self, at: Instant) {
        if !self.caught_up && at <= clock::instant() {
            self.basket.seal();
            self.flush().await;
            self.caught_up = true;
            self.tell(LogFact::CaughtUp).await;
        }
    }

    /// Sends what is sealed. Waits where the loop is behind, and with it the engine.
    async fn flush(&mut self) {
        while !self.basket.sealed.is_empty() {
            let Ok(place) = self.desk.lines.reserve().await else {
                return;
            };
            if let Some(chunk) = self.basket.sealed.pop_front() {
                place.send(
                    self.desk
                        .teller
                        .notice(Fact::Log(self.id.clone(), LogFact::Lines(chunk))),
                );
            }
        }
    }
}

async fn inspect(api: &Api, id: &Id) -> Result<Inspected, Error> {
    let json = api
        .get(&format!("/containers/{id}/json"), Duration::from_secs(10))
        .await?;
    convert::inspected(&json)
}

fn path(id: &Id, query: &str) -> String {
    format!("/containers/{id}/logs?stdout=1&stderr=1&timestamps=1&{query}")
}

/// A time as the engine reads it: seconds and nanoseconds.
fn seconds(nanos: i64) -> String {
    let mut text = nanos.div_euclid(1_000_000_000).to_string();
    // writing to a String cannot fail
    let _ = write!(text, ".{:09}", nanos.rem_euclid(1_000_000_000));
    text
}

/// A driver that cannot be read is named.
fn named(error: Error, inspected: &Inspected) -> Error {
    match error {
        // Docker's words, and Podman's, which says 500
        Error::Status { message, .. }
            if message.contains("does not support reading")
                || message.contains("cannot read logs") =>
        {
            Error::Status {
                code: 501,
                message: format!("the log driver `{}`: {message}", inspected.driver),
            }
        }
        error => error,
    }
}

/// A page of at most `count` lines before `before`, of a log whose newest `held` lines are held.
pub(crate) async fn older(
    api: &Api,
    id: &Id,
    before: i64,
    held: u64,
    count: u64,
) -> Result<Vec<LogPage>, Error> {
    let inspected = inspect(api, id).await?;
    // the engine takes the last lines first, and only then those until the time
    let tail = held.saturating_add(count);
    let query = format!("tail={tail}&until={}", seconds(before));
    let mut body = api
        .stream(&path(id, &query))
        .await
        .map_err(|error| named(error, &inspected))?;
    let mut splitter = Splitter::new(inspected.brief.tty);
    let mut basket = Basket::default();
    let mut take = |cut: &Piece<'_>| {
        if cut.time < before {
            basket.put(cut);
        }
    };
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            splitter.feed(&data, &mut take)?;
        }
    }
    splitter.finish(&mut take);
    basket.seal();
    Ok(newest(basket.sealed, count))
}

/// The bytes of a whole log, as an engine sends them, in sealed chunks.
///
/// # Errors
/// Frames that do not follow the protocol.
pub fn read_log(tty: bool, bytes: &[u8]) -> Result<Vec<Arc<Chunk>>, Problem> {
    let mut splitter = Splitter::new(tty);
    let mut basket = Basket::default();
    splitter
        .feed(bytes, &mut |piece| basket.put(piece))
        .map_err(|error| error.problem("read a log"))?;
    splitter.finish(&mut |piece| basket.put(piece));
    basket.seal();
    Ok(basket.sealed.into())
}

/// The last `count` lines.
fn newest(mut chunks: VecDeque<Arc<Chunk>>, count: u64) -> Vec<LogPage> {
    let all: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    let mut over = all.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
    while chunks
        .front()
        .is_some_and(|first| first.len() <= over && over > 0)
    {
        over -= chunks.pop_front().map_or(0, |chunk| chunk.len());
    }
    if over > 0
        && let Some(first) = chunks.pop_front()
    {
        chunks.push_front(without(&first, over));
    }
    chunks.into_iter().map(LogPage).collect()
}

/// A chunk without its first lines.
fn without(chunk: &Chunk, first: usize) -> Arc<Chunk> {
    let mut rest = Chunk::default();
    for line in chunk.lines().skip(first) {
        let spans: Vec<_> = chunk
            .spans_of(line)
            .map(|(range, look)| crate::model::log::Span {
                start: range.start as u32,
                end: range.end as u32,
                look,
            })
            .collect();
        rest.push(line.text, line.time, line.stream, line.cut, &spans);
    }
    rest.seal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_held_already_are_not_taken_again() {
        let mut resume = Resume::default();
        assert_eq!(resume.begin(), None);
        let lines = [
            (Stream::Out, 5),
            (Stream::Out, 5),
            (Stream::Err, 6),
            (Stream::Out, 9),
        ];
        assert!(
            lines
                .iter()
                .all(|(stream, time)| resume.admit(*stream, *time))
        );
        assert_eq!(resume.begin(), Some(6));
        let again = [
            (Stream::Err, 6, false),
            (Stream::Out, 9, false),
            (Stream::Out, 9, true),
            (Stream::Err, 6, true),
            (Stream::Err, 5, true),
        ];
        for (stream, time, new) in again {
            assert_eq!(resume.admit(stream, time), new, "{stream:?} {time}");
        }
    }

    #[test]
    fn a_silent_stream_does_not_ask_for_hours_again() {
        let mut resume = Resume::default();
        resume.admit(Stream::Err, 1);
        resume.admit(Stream::Out, 5 * OVERLAP);
        assert_eq!(resume.begin(), Some(4 * OVERLAP));
    }

    #[test]
    fn a_page_has_the_newest_lines() {
        let mut basket = Basket::default();
        for number in 0..10 {
            let text = number.to_string();
            basket.put(&Piece {
                text: &text,
                spans: &[],
                time: number,
                stream: Stream::Out,
                cut: 0,
            });
            if number % 4 == 3 {
                basket.seal();
            }
        }
        basket.seal();
        let pages = newest(basket.sealed, 3);
        let lines: Vec<_> = pages.iter().flat_map(|page| page.0.lines()).collect();
        let texts: Vec<_> = lines.iter().map(|line| line.text).collect();
        assert_eq!(texts, ["7", "8", "9"]);
    }

    fn unreadable(driver: &str) -> Problem {
        let inspected = Inspected {
            brief: crate::model::Brief::default(),
            driver: driver.into(),
            alive: true,
        };
        let error = Error::Status {
            code: 501,
            message: "configured logging driver does not support reading".into(),
        };
        named(error, &inspected).problem("read the log of web")
    }

    #[test]
    fn times_and_drivers_have_their_words() {
        assert_eq!(seconds(1_500_000_002), "1.500000002");
        assert!(unreadable("none").detail.contains("`none`"));
    }
}
