//! Makes a container that a specification says.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use super::super::error::Error;
use super::super::output::Sink;
use super::super::transport::{Api, escape};
use super::cidfile;
use crate::model::{Id, text};
use crate::protocol::Reply;
use crate::spec::RunSpec;
use crate::spec::create_body::{Around, Request, request};

/// How long it may take: volumes may have to be filled.
const WITHIN: Duration = Duration::from_secs(120);
/// Bytes of a file of variables or a profile at most.
const MOST: u64 = 4 << 20;

/// Makes it; `console` is the size of the terminal here, as rows and columns.
pub(super) async fn create(
    api: &Api,
    spec: &RunSpec,
    console: (u16, u16),
    sink: &Sink,
) -> Result<Reply, Error> {
    #[derive(Deserialize)]
    struct Made {
        #[serde(rename = "Id")]
        id: String,
        #[serde(rename = "Warnings", default)]
        warnings: Option<Vec<String>>,
    }
    let wanted = wanted(api, spec.clone(), console).await?;
    let cidfile = cidfile::claim(spec.cidfile.as_deref()).await?;
    let mut query = Vec::new();
    for (name, value) in [("name", &wanted.name), ("platform", &wanted.platform)] {
        query.extend(
            value
                .iter()
                .map(|value| format!("{name}={}", escape(value))),
        );
    }
    let path = format!("/containers/create?{}", query.join("&"));
    let answer = timeout(WITHIN, api.ask(&path, wanted.body.to_string())).await;
    let answer = answer.map_err(|_| Error::Timeout(WITHIN)).flatten();
    let made = answer.and_then(|answer| {
        let made = serde_json::from_slice::<Made>(&answer);
        made.map_err(|why| Error::nonsense("what was made", why))
    });
    let id = |made: &Made| Id::new(&text::clean(&made.id));
    if let Some(file) = cidfile {
        file.settle(made.as_ref().ok().map(id).as_ref()).await?;
    }
    let made = made?;
    let id = id(&made);
    for warning in made.warnings.unwrap_or_default() {
        sink.say(&format!("warning: {warning}")).await;
    }
    sink.say(&format!("created {}", id.short())).await;
    Ok(Reply::Made(id))
}

/// The request; the files that it needs are read off the loop.
async fn wanted(api: &Api, spec: RunSpec, console: (u16, u16)) -> Result<Request, Error> {
    let (version, socket) = (api.version(), api.socket().to_owned());
    let work = move || {
        let dir = std::env::current_dir().unwrap_or_default();
        let around = Around {
            api: version,
            dir: &dir.to_string_lossy(),
            socket: &socket,
            console,
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
