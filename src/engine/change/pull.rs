//! Pulls an image: a line for each step of a layer, and how many bytes have come.

use std::collections::HashMap;
use std::time::Duration;

use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;

use super::super::convert::tree;
use super::super::credentials;
use super::super::error::Error;
use super::super::output::Sink;
use super::super::transport::{Api, escape};
use crate::model::text;
use crate::protocol::Reply;

/// How long the engine may take to say whether it has an image.
const WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a line of the answer at most.
const LINE: usize = 1 << 20;

/// A line of the answer.
#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    status: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default, rename = "progressDetail")]
    progress: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    current: u64,
    #[serde(default)]
    total: u64,
}

/// How an image is pulled.
#[derive(Clone, Copy)]
pub(super) struct How {
    /// Even when the engine has one of that name.
    pub(super) always: bool,
    /// Without a line for each of its layers.
    pub(super) quiet: bool,
}

/// Pulls an image, unless the engine has one of that name and platform already.
pub(super) async fn pull(
    api: &Api,
    (image, platform): (&str, Option<&str>),
    how: How,
    sink: &Sink,
) -> Result<Reply, Error> {
    if !how.always && is_there(api, image, platform).await? {
        return Ok(Reply::Already);
    }
    let named = image.contains('@') || image.rsplit('/').next().is_some_and(|n| n.contains(':'));
    // without a tag an engine would pull every one
    let tag = if named { "" } else { "&tag=latest" };
    let platform = platform.filter(|name| !name.is_empty());
    let platform = platform.map(|name| format!("&platform={}", escape(name)));
    let platform = platform.unwrap_or_default();
    let path = format!("/images/create?fromImage={}{tag}{platform}", escape(image));
    let login = credentials::login(image).await;
    if let Some(fault) = &login.fault {
        sink.say(fault).await;
    }
    let pulled = pulled(api, (&path, login.header.as_deref()), how, sink).await;
    pulled.map_err(|error| match (error, login.fault) {
        // what was refused may be so for that
        (Error::Status { code, message }, Some(fault)) => Error::Status {
            code,
            message: format!("{message}; {fault}"),
        },
        (error, _) => error,
    })?;
    Ok(Reply::Done)
}

/// Has the engine pull it, and tells what comes.
async fn pulled(
    api: &Api,
    (path, login): (&str, Option<&str>),
    how: How,
    sink: &Sink,
) -> Result<(), Error> {
    let mut body = api.stream_with(path, login).await?;
    let (mut held, mut layers) = (Vec::new(), HashMap::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        held.extend_from_slice(&data);
        if held.len() > LINE {
            return Err(Error::nonsense("the pull", "a line has no end"));
        }
        while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = held.drain(..=end).collect();
            // what is no step says nothing
            if let Ok(step) = serde_json::from_slice(&line) {
                note(step, &mut layers, how, sink).await?;
            }
        }
    }
    Ok(())
}

/// Whether the engine has an image of that name, and for that platform where one is said.
async fn is_there(api: &Api, image: &str, platform: Option<&str>) -> Result<bool, Error> {
    // a name has slashes, which separate nothing here
    let path = format!("/images/{}/json", escape(image));
    let found = match api.get(&path, WITHIN).await {
        Ok(answer) => tree(&answer)?,
        Err(error) if error.is_gone() => return Ok(false),
        Err(error) => return Err(error),
    };
    let part = |key: &str| found.get(key).and_then(Value::as_str).unwrap_or_default();
    let Some(wanted) = platform.filter(|platform| !platform.is_empty()) else {
        return Ok(true);
    };
    let mut parts = wanted.split('/');
    let is = |said: Option<&str>, has: &str| said.is_none_or(|said| said == has);
    let (first, second) = (parts.next(), parts.next());
    // `linux/arm64`, or the architecture alone
    Ok(match second {
        Some(_) => is(first, part("Os")) && is(second, part("Architecture")),
        None => is(first, part("Architecture")) || is(first, part("Os")),
    })
}

async fn note(
    step: Step,
    layers: &mut HashMap<String, (u64, u64)>,
    how: How,
    sink: &Sink,
) -> Result<(), Error> {
    if let Some(message) = step.error {
        let message = text::clean(&message);
        return Err(Error::Status { code: 404, message });
    }
    if step.status == "Downloading"
        && let Some(detail) = step.progress.filter(|detail| detail.total > 0)
    {
        layers.insert(step.id, (detail.current, detail.total));
        let sum = |(done, all): (u64, u64), (now, total): &(u64, u64)| {
            (done.saturating_add(*now), all.saturating_add(*total))
        };
        sink.went(layers.values().fold((0, 0), sum));
        return Ok(());
    }
    if let Some(layer) = layers.get_mut(&step.id)
        && step.status == "Download complete"
    {
        layer.0 = layer.1;
    }
    if !how.quiet
        && !step.status.is_empty()
        && !matches!(step.status.as_str(), "Extracting" | "Waiting")
    {
        let layer = match step.id.as_str() {
            "" => String::new(),
            id => format!("{id}: "),
        };
        sink.say(&format!("{layer}{}", step.status)).await;
    }
    Ok(())
}
