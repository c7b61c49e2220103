//! Runs what a specification says: pulls the image when it is missing, makes the container, starts
//! it. What could not be started is removed again, so that its name is free for another try.

use std::time::Duration;

use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::time::timeout;

use super::cidfile;
use super::error::Error;
use super::follow::{self, Following};
use super::output::{Cutter, Sink};
use super::transport::{Api, escape};
use crate::model::log::Stream;
use crate::model::{Id, text};
use crate::protocol::Reply;
use crate::spec::RunSpec;
use crate::spec::create_body::{Around, Request, request};

/// How long making or starting may take: volumes may have to be filled.
const WITHIN: Duration = Duration::from_secs(120);
/// Bytes of a file of variables or a profile at most.
const MOST: u64 = 4 << 20;

/// Runs it; what is done meanwhile is told as lines. In the foreground what it writes is told too,
/// until it ends.
pub(crate) async fn run(api: &Api, spec: &RunSpec, sink: &Sink) -> Result<Reply, Error> {
    let made = made(spec.clone(), api.version()).await?;
    let cidfile = cidfile::claim(spec.cidfile.as_deref()).await?;
    let created = made_of(api, spec, &made, sink).await;
    if let Some(file) = cidfile {
        file.settle(created.as_ref().ok()).await?;
    }
    let id = created?;
    tell(sink, &format!("created {}", id.short())).await;
    if spec.only_create {
        return Ok(Reply::Made(id));
    }
    let started = start(api, &id, spec).await;
    if started.is_err()
        && let Err(left) = api.delete(&format!("/containers/{id}?force=1&v=1")).await
    {
        tracing::debug!(error = %left, "what did not start was not removed");
    }
    let following = started?;
    tell(sink, "started").await;
    match following {
        Some(following) => following.until_its_end(sink).await,
        None => Ok(Reply::Made(id)),
    }
}

/// Makes it; its image is pulled when it is missing, or as the specification says.
async fn made_of(api: &Api, spec: &RunSpec, made: &Request, sink: &Sink) -> Result<Id, Error> {
    let platform = made.platform.as_deref();
    let never = spec.pull.as_deref() == Some("never");
    if spec.pull.as_deref() == Some("always") {
        pull(api, spec, platform, sink).await?;
    }
    match create(api, made).await {
        Err(Error::Status { code: 404, message })
            if message.contains("No such image") && !never =>
        {
            tell(sink, &format!("{} is missing: it is pulled", spec.image)).await;
            pull(api, spec, platform, sink).await?;
            create(api, made).await
        }
        created => created,
    }
}

/// Starts it; in the foreground it is listened to from before.
async fn start(api: &Api, id: &Id, spec: &RunSpec) -> Result<Option<Following>, Error> {
    let following = match spec.is_followed() {
        true => Some(follow::listen(api, id, spec).await?),
        false => None,
    };
    let started = timeout(WITHIN, api.post(&format!("/containers/{id}/start"))).await;
    started.unwrap_or(Err(Error::Timeout(WITHIN)))?;
    Ok(following)
}

/// The request; the files that it needs are read off the loop.
async fn made(spec: RunSpec, api: (u32, u32)) -> Result<Request, Error> {
    let work = move || {
        let dir = std::env::current_dir().unwrap_or_default();
        let around = Around {
            api,
            dir: &dir.to_string_lossy(),
            socket: "/var/run/docker.sock",
            console: (0, 0),
            env: &|name| std::env::var(name).ok(),
            read: &read,
        };
        request(&spec, &around)
    };
    let made = tokio::task::spawn_blocking(work).await;
    let made = made.map_err(|bug| Error::nonsense("the request", bug))?;
    made.map_err(|fault| Error::Refused(format!("--{}: {}", fault.option, fault.text)))
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let fault = |error: std::io::Error| format!("{path}: {error}");
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fault)?;
    file.take(MOST).read_to_end(&mut bytes).map_err(fault)?;
    Ok(bytes)
}

async fn create(api: &Api, made: &Request) -> Result<Id, Error> {
    #[derive(Deserialize)]
    struct Made {
        #[serde(rename = "Id")]
        id: String,
    }
    let mut query = Vec::new();
    for (name, value) in [("name", &made.name), ("platform", &made.platform)] {
        query.extend(
            value
                .iter()
                .map(|value| format!("{name}={}", escape(value))),
        );
    }
    let path = format!("/containers/create?{}", query.join("&"));
    let answer = timeout(WITHIN, api.ask(&path, made.body.to_string())).await;
    let answer = answer.map_err(|_| Error::Timeout(WITHIN))??;
    let made: Made =
        serde_json::from_slice(&answer).map_err(|why| Error::nonsense("what was made", why))?;
    Ok(Id::new(&text::clean(&made.id)))
}

/// A line of what a pull tells.
#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    status: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    error: Option<String>,
}

/// Pulls an image; each step of a layer is a line, but not each of its bytes.
async fn pull(api: &Api, spec: &RunSpec, platform: Option<&str>, sink: &Sink) -> Result<(), Error> {
    let image = spec.image.as_str();
    let quiet = spec.quiet == Some(true);
    let named = image.contains('@') || image.rsplit('/').next().is_some_and(|n| n.contains(':'));
    // without a tag an engine would pull every one
    let tag = if named { "" } else { "&tag=latest" };
    let platform = platform.map(|name| format!("&platform={}", escape(name)));
    let platform = platform.unwrap_or_default();
    let path = format!("/images/create?fromImage={}{tag}{platform}", escape(image));
    let mut body = api.stream_of(&path).await?;
    let mut held = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        held.extend_from_slice(&data);
        if held.len() > 1 << 20 {
            return Err(Error::nonsense("the pull", "a line has no end"));
        }
        while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = held.drain(..=end).collect();
            let Ok(step) = serde_json::from_slice::<Step>(&line) else {
                continue;
            };
            if let Some(message) = step.error {
                let message = text::clean(&message);
                return Err(Error::Status { code: 404, message });
            }
            let moving = matches!(
                step.status.as_str(),
                "Downloading" | "Extracting" | "Waiting"
            );
            if !step.status.is_empty() && !moving && !quiet {
                let id = if step.id.is_empty() {
                    String::new()
                } else {
                    format!("{}: ", step.id)
                };
                tell(sink, &format!("{id}{}", step.status)).await;
            }
        }
    }
    Ok(())
}

/// A line of what is done.
async fn tell(sink: &Sink, line: &str) {
    let mut cutter = Cutter::default();
    // beside what the container itself writes
    cutter.feed(Stream::Err, line.as_bytes());
    cutter.finish();
    while let Some(chunk) = cutter.take(false) {
        sink.tell(chunk).await;
    }
}
