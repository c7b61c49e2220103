//! What a new container writes from its start to its end, and its exit code: what `docker run`
//! shows without `-d`. Attached and waited for before the start, so that nothing of it is lost.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::time::timeout;

use super::error::Error;
use super::exec::WITHIN;
use super::output::{self, Sink};
use super::transport::Api;
use crate::model::{Id, text};
use crate::protocol::Reply;
use crate::spec::RunSpec;

/// Bytes of the answer of a wait at most.
const MOST: usize = 64 * 1024;

/// A container that is listened to.
pub(crate) struct Following {
    output: TokioIo<Upgraded>,
    end: Incoming,
    tty: bool,
}

/// Listens to a container that is to be started.
pub(crate) async fn listen(api: &Api, id: &Id, spec: &RunSpec) -> Result<Following, Error> {
    let wants = |stream: &str| {
        let mut said = spec.attach.iter();
        spec.attach.is_empty() || said.any(|said| said.eq_ignore_ascii_case(stream))
    };
    let flag = |on: bool| u8::from(on);
    let path = format!(
        "/containers/{id}/attach?stream=1&stdout={}&stderr={}",
        flag(wants("stdout")),
        flag(wants("stderr"))
    );
    let output = timeout(WITHIN, api.hijack(&path, String::new())).await;
    let output = output.map_err(|_| Error::Timeout(WITHIN))??;
    // one that removes itself is gone before its end could be asked for
    let until = match spec.rm {
        Some(true) => "removed",
        Some(false) | None => "next-exit",
    };
    let path = format!("/containers/{id}/wait?condition={until}");
    let end = timeout(WITHIN, api.stream_of(&path)).await;
    Ok(Following {
        output,
        end: end.map_err(|_| Error::Timeout(WITHIN))??,
        tty: spec.tty == Some(true),
    })
}

impl Following {
    /// Passes on what it writes until it ends.
    pub(crate) async fn until_its_end(self, sink: &Sink) -> Result<Reply, Error> {
        let Self { output, end, tty } = self;
        output::pass(output, tty, sink).await?;
        Ok(Reply::Exited {
            command: Vec::new(),
            code: code(end).await?,
        })
    }
}

/// The exit code, once the engine tells it.
async fn code(mut body: Incoming) -> Result<i64, Error> {
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
