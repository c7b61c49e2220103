//! Answers on the wire: bodies, refusals, streams.
//!
//! Must know HTTP only, nothing of containers.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};

/// A response body: whole, or a stream of chunks that the reader's pace drives.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;
/// A response.
pub(super) type Answer = Response<Body>;
/// What a handler gives.
pub(super) type Outcome = Result<Answer, Refusal>;

/// The media type of Docker's JSON.
pub(super) const JSON: &str = "application/json";
/// The media type of hijacked connections.
pub(super) const RAW: &str = "application/vnd.docker.raw-stream";

/// An error as the engine answers it: a status and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// HTTP status.
    pub(super) status: u16,
    /// The text in `{"message": …}`.
    pub(super) message: String,
}

impl Refusal {
    /// A refusal of this status.
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// 404.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// 409.
    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }

    /// The response that says so; 304 has no body.
    pub(super) fn answer(&self) -> Answer {
        if self.status == 304 {
            return empty(304);
        }
        json_of(self.status, &json!({ "message": self.message }))
    }
}

/// A whole body of a media type.
pub(super) fn whole(status: u16, media: &'static str, body: impl Into<Bytes>) -> Answer {
    let body = Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync();
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media));
    answer
}

/// A JSON body as the engine writes it: with a line feed at its end.
pub(super) fn json_of(status: u16, value: &Value) -> Answer {
    whole(status, JSON, format!("{value}\n"))
}

/// A successful JSON answer.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(super) fn done(value: &Value) -> Outcome {
    Ok(json_of(200, value))
}

/// A status without a body.
pub(super) fn empty(status: u16) -> Answer {
    let mut answer = whole(status, JSON, Bytes::new());
    answer.headers_mut().remove(CONTENT_TYPE);
    if status == 200 {
        answer
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    answer
}

/// 204.
#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(super) fn no_content() -> Outcome {
    Ok(empty(204))
}

/// A chunked body; each item becomes one HTTP chunk.
pub(super) fn stream(
    media: Option<&'static str>,
    chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Answer {
    let mut answer = Response::new(BodyExt::boxed_unsync(StreamBody::new(
        chunks.map_ok(Frame::data),
    )));
    if let Some(media) = media {
        answer
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(media));
    }
    answer
}

/// Objects as one, in their order.
pub(super) fn joined<const N: usize>(parts: [Value; N]) -> Value {
    let mut all = Map::new();
    for part in parts {
        if let Value::Object(fields) = part {
            all.extend(fields);
        }
    }
    Value::Object(all)
}

/// The error that breaks a body off in the middle, once what was written before has gone out.
pub(super) async fn broken() -> io::Error {
    tokio::time::sleep(Duration::from_millis(20)).await;
    io::Error::new(io::ErrorKind::ConnectionReset, "simulated break")
}
