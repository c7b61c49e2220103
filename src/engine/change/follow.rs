//! Starts a container and passes on what it writes until it ends: what `docker run` does without
//! `-d`. It is attached to and waited for before the start, so that nothing of it is lost.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::time::timeout;

use super::super::error::Error;
use super::super::exec::WITHIN;
use super::super::output::{self, Sink};
use super::super::transport::Api;
use crate::model::{Id, text};
use crate::protocol::Reply;

/// How long a start may take: volumes may have to be filled.
const START: Duration = Duration::from_secs(120);
/// Bytes of the answer of a wait at most.
const MOST: usize = 64 * 1024;

/// What is passed on, and until when.
pub(super) struct Wanted<'a> {
    /// `stdout`, `stderr`; none said is both.
    pub(super) streams: &'a [String],
    /// Whether it has a terminal.
    pub(super) tty: bool,
    /// Whether it removes itself.
    pub(super) removes: bool,
}

/// Starts it and follows it to its end. A person who gives up leaves it running, and so does a
/// connection that is lost.
pub(super) async fn follow(
    api: &Api,
    id: &Id,
    wanted: &Wanted<'_>,
    sink: &Sink,
) -> Result<Reply, Error> {
    let stream = attach(api, id, wanted).await?;
    let end = end(api, id, wanted.removes).await?;
    let started = timeout(START, api.post(&format!("/containers/{id}/start"))).await;
    started.unwrap_or(Err(Error::Timeout(START)))?;
    sink.say("started").await;
    let passed = output::pass(stream, wanted.tty, sink).await;
    if sink.cancel.is_cancelled() {
        return Ok(Reply::Detached);
    }
    let ended = async {
        passed?;
        tokio::select! {
            ended = code(end) => ended,
            () = sink.cancel.cancelled() => Err(Error::Cancelled),
        }
    };
    match ended.await {
        Ok(code) => Ok(Reply::Exited {
            command: Vec::new(),
            code,
        }),
        Err(error) => {
            if !sink.cancel.is_cancelled() {
                sink.say(&format!("no more of it is heard, it may run on: {error}"))
                    .await;
            }
            Ok(Reply::Detached)
        }
    }
}

async fn attach(api: &Api, id: &Id, wanted: &Wanted<'_>) -> Result<TokioIo<Upgraded>, Error> {
    let wants = |stream: &str| {
        let mut said = wanted.streams.iter();
        u8::from(wanted.streams.is_empty() || said.any(|said| said.eq_ignore_ascii_case(stream)))
    };
    let path = format!(
        "/containers/{id}/attach?stream=1&stdout={}&stderr={}",
        wants("stdout"),
        wants("stderr")
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
async fn code(mut body: Incoming) -> Result<i64, Error> {
    let mut answer = Vec::new();
    while let Some(frame) = body.frame().await {
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
