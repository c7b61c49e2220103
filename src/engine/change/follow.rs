//! Starts a container and passes on what it writes until it ends: what `docker run` does without
//! `-d`. It is attached to and waited for before the start, so that nothing of it is lost. What
//! takes input is given the terminal once it runs.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::super::attach::Attached;
use super::super::convert;
use super::super::error::Error;
use super::super::exec::{DETACH, Ends, LEAVE, WITHIN, resize};
use super::super::loan::{Lender, Loan};
use super::super::output::{self, Sink};
use super::super::transport::{Api, escape};
use super::transcript::Transcript;
use crate::model::{Id, text};
use crate::protocol::{Follow, Reply};

/// How long a start may take: volumes may have to be filled.
const START: Duration = Duration::from_secs(120);
/// Bytes of the answer of a wait at most.
const MOST: usize = 64 * 1024;
/// Pieces of output on their way to the terminal.
const QUEUE: usize = 16;

/// Starts it and follows it to its end. A person who gives up leaves it running, and so does a
/// connection that is lost.
pub(super) async fn follow(api: &Api, wanted: &Follow, sink: &Sink) -> Result<Reply, Error> {
    let (stream, end) = started(api, wanted, sink).await?;
    let passed = output::pass(stream, wanted.tty, sink).await;
    if sink.cancel.is_cancelled() {
        return Ok(Reply::Detached);
    }
    let ended = async {
        passed?;
        code(end, sink).await
    };
    Ok(told(ended.await, sink).await)
}

/// The same with the terminal for what is typed to it: what it writes goes there, and is kept as
/// lines beside. Where the terminal is not lent it is left running.
pub(crate) async fn with_input(
    api: &Api,
    wanted: &Follow,
    sink: &Sink,
    lender: &mut Lender,
) -> Result<Reply, Error> {
    let (stream, end) = started(api, wanted, sink).await?;
    let Some(loan) = lender.ask().await else {
        return Ok(Reply::Detached);
    };
    let of = format!("/containers/{}", wanted.id);
    if wanted.tty
        && let Err(error) = resize(api, &of, loan.ends.size).await
    {
        // one that has ended already has no terminal
        tracing::debug!(%error, "the container's terminal was not resized");
    }
    let keys = wanted.detach_keys.as_deref().and_then(bytes_of);
    let attached = Attached {
        of: &of,
        tty: wanted.tty,
        leave: keys.as_deref().unwrap_or(&LEAVE),
        stream,
    };
    let left = connected(api, attached, loan, sink).await;
    let ended = async {
        if left? && is_alive(api, &of).await {
            return Ok(None);
        }
        code(end, sink).await.map(Some)
    };
    match ended.await {
        Ok(None) => Ok(Reply::Detached),
        Ok(Some(code)) => Ok(told(Ok(code), sink).await),
        Err(error) => Ok(told(Err(error), sink).await),
    }
}

/// Connects it with the terminal, which is given back at the end. True when it was left.
async fn connected(
    api: &Api,
    attached: Attached<'_>,
    loan: Loan,
    sink: &Sink,
) -> Result<bool, Error> {
    let Loan { ends, _back } = loan;
    let (output, written) = mpsc::channel(QUEUE);
    let inner = Ends {
        size: ends.size,
        input: ends.input,
        output,
    };
    let (left, ()) = tokio::join!(
        attached.connect(api, inner),
        show_and_keep(written, ends.output, sink)
    );
    left
}

/// Passes on what is written, and keeps it as lines.
async fn show_and_keep(
    mut written: mpsc::Receiver<Bytes>,
    terminal: mpsc::Sender<Bytes>,
    sink: &Sink,
) {
    let mut transcript = Transcript::default();
    while let Some(bytes) = written.recv().await {
        transcript.feed(&bytes);
        if terminal.send(bytes).await.is_err() {
            break;
        }
        while let Some(chunk) = transcript.take() {
            sink.tell(chunk).await;
        }
    }
    transcript.finish();
    while let Some(chunk) = transcript.take() {
        sink.tell(chunk).await;
    }
}

async fn is_alive(api: &Api, of: &str) -> bool {
    let answer = api.get(&format!("{of}/json"), WITHIN).await;
    let inspected = answer.and_then(|answer| convert::inspected(&answer));
    inspected.is_ok_and(|inspected| inspected.alive)
}

/// The bytes of `--detach-keys`: letters, and `ctrl-` with one. None: they are no keys.
fn bytes_of(keys: &str) -> Option<Vec<u8>> {
    let byte = |key: &str| match (key.strip_prefix("ctrl-"), key.as_bytes()) {
        (Some(of), _) => match of.as_bytes() {
            [of @ (b'a'..=b'z' | b'@' | b'['..=b'_')] => Some(of & 0x1f),
            _ => None,
        },
        (None, [byte]) => Some(*byte),
        (None, _) => None,
    };
    keys.split(',').map(byte).collect()
}

/// Attaches to it, waits for it, starts it.
async fn started(
    api: &Api,
    wanted: &Follow,
    sink: &Sink,
) -> Result<(TokioIo<Upgraded>, Incoming), Error> {
    let id = &wanted.id;
    let stream = attach(api, wanted).await?;
    let end = end(api, id, wanted.removes).await?;
    let started = timeout(START, api.post(&format!("/containers/{id}/start"))).await;
    started.unwrap_or(Err(Error::Timeout(START)))?;
    sink.say("started").await;
    Ok((stream, end))
}

/// How it ended; one of which nothing more is heard may run on.
async fn told(ended: Result<i64, Error>, sink: &Sink) -> Reply {
    match ended {
        Ok(code) => Reply::Exited {
            command: Vec::new(),
            code,
        },
        Err(error) => {
            if !sink.cancel.is_cancelled() {
                sink.say(&format!("no more of it is heard, it may run on: {error}"))
                    .await;
            }
            Reply::Detached
        }
    }
}

async fn attach(api: &Api, wanted: &Follow) -> Result<TokioIo<Upgraded>, Error> {
    let wants = |stream: &str| {
        let mut said = wanted.streams.iter();
        u8::from(wanted.streams.is_empty() || said.any(|said| said.eq_ignore_ascii_case(stream)))
    };
    let keys = wanted
        .detach_keys
        .as_deref()
        .filter(|keys| !keys.is_empty());
    let path = format!(
        "/containers/{}/attach?stream=1&stdin={}&stdout={}&stderr={}&detachKeys={}",
        wanted.id,
        u8::from(wanted.input),
        wants("stdout"),
        wants("stderr"),
        escape(keys.unwrap_or(DETACH)),
    );
    let attached = timeout(WITHIN, api.hijack(&path, String::new())).await;
    attached.map_err(|_| Error::Timeout(WITHIN))?
}

/// The answer that comes when it has ended.
async fn end(api: &Api, id: &Id, removes: bool) -> Result<Incoming, Error> {
    // one that removes itself is gone before its end could be asked for
    let until = if removes { "removed" } else { "next-exit" };
    let path = format!("/containers/{id}/wait?condition={until}");
    let asked = timeout(WITHIN, api.stream_of(&path)).await;
    asked.map_err(|_| Error::Timeout(WITHIN))?
}

/// What the engine answers when a container has ended.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ended {
    status_code: i64,
    #[serde(default)]
    error: Option<Refused>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refused {
    #[serde(default)]
    message: String,
}

/// The exit code, once the engine tells it.
async fn code(mut body: Incoming, sink: &Sink) -> Result<i64, Error> {
    let mut answer = Vec::new();
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = sink.cancel.cancelled() => return Err(Error::Cancelled),
        };
        let Some(frame) = frame else { break };
        if let Ok(data) = frame?.into_data() {
            answer.extend_from_slice(&data);
        }
        if answer.len() > MOST {
            return Err(Error::nonsense("the wait", "it has no end"));
        }
    }
    let ended: Ended =
        serde_json::from_slice(&answer).map_err(|why| Error::nonsense("the wait", why))?;
    match ended.error.map(|refused| refused.message) {
        Some(message) if !message.is_empty() => Err(Error::Refused(text::clean(&message))),
        Some(_) | None => Ok(ended.status_code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_the_docker_command_reads_them() {
        assert_eq!(bytes_of(DETACH).as_deref(), Some(&LEAVE[..]));
        assert_eq!(bytes_of("ctrl-a,x,ctrl-["), Some(vec![1, b'x', 0x1b]));
        for text in ["", "ctrl-", "ctrl-ab", "ab", "ctrl-A"] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }
}
