//! Answers that are read whole, and those that say why something was refused.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::super::error::{Error, said};

/// How long the words of a refusal may take.
pub(super) const WORDS: Duration = Duration::from_secs(2);
/// Bytes of an answer that is read whole: a list of 10,000 containers has about 20 MB.
const MAX_ANSWER: usize = 256 << 20;

/// The body of an answer that is no refusal.
pub(super) async fn body(response: Response<Incoming>) -> Result<Incoming, Error> {
    if response.status().is_success() {
        Ok(response.into_body())
    } else {
        Err(refusal(response).await)
    }
}

/// All of an answer.
pub(super) async fn read_whole(response: Response<Incoming>) -> Result<Bytes, Error> {
    let mut body = response.into_body();
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > MAX_ANSWER {
                return Err(Error::nonsense("an answer", "it is longer than 256 MiB"));
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}

/// What an answer says that is a refusal.
pub(super) async fn refusal(response: Response<Incoming>) -> Error {
    let code = response.status().as_u16();
    // a refusal's words are short; one that never ends is not waited for
    let body = timeout(WORDS, read_whole(response)).await;
    let message = said(&body.ok().and_then(Result::ok).unwrap_or_default());
    Error::Status { code, message }
}
