//! Performs what makes and changes containers: one call a file.

mod checkpoint;
mod cidfile;
mod commit;
mod create;
pub(super) mod follow;
mod limits;
mod network;
mod prove;
mod pull;
mod survey;
mod transcript;

use std::time::Duration;

use serde_json::Value;

use super::convert::tree;
use super::error::Error;
use super::output::Sink;
use super::transport::Api;
use crate::model::{Id, text};
use crate::protocol::{Change, Reply};

/// How long an answer that takes no work may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Performs one; what is done meanwhile is told as lines.
pub(crate) async fn perform(api: &Api, change: &Change, sink: &Sink) -> Result<Reply, Error> {
    match change {
        Change::Pull {
            image,
            platform,
            always,
            quiet,
        } => {
            let how = pull::How {
                always: *always,
                quiet: *quiet,
            };
            pull::pull(api, (image, platform.as_deref()), how, sink).await
        }
        Change::Create { spec, console } => create::create(api, spec, *console, sink).await,
        Change::Update(id, change) => limits::update(api, id, change, sink).await,
        Change::Connect(id, to) => network::connect(api, id, to).await,
        Change::Disconnect(id, network) => network::disconnect(api, id, network).await,
        Change::Prove(id, time) => prove::prove(api, id, *time, sink).await,
        Change::Gone(id) => prove::gone(api, id).await,
        Change::Survey { id, pull, own_name } => {
            let survey = survey::survey(api, id, (*pull, own_name.as_deref()), sink).await?;
            Ok(Reply::Surveyed(Box::new(survey)))
        }
        Change::Commit(id, commit) => commit::commit(api, id, commit, sink).await,
        Change::Checkpoint(id, name) => checkpoint::create(api, id, name).await,
        Change::Thaw(id, name) => checkpoint::start(api, id, name).await,
        Change::Differences(id) => {
            let lines = differences(api, id).await?;
            if lines.is_empty() {
                sink.say("nothing changed in it since it was made").await;
            }
            for line in lines {
                sink.say(&line).await;
            }
            Ok(Reply::Done)
        }
        Change::Follow(wanted) => follow::follow(api, wanted, sink).await,
    }
}

async fn inspect(api: &Api, id: &Id) -> Result<Value, Error> {
    tree(&api.get(&format!("/containers/{id}/json"), WITHIN).await?)
}

/// What changed in a container's files: `A` for new, `C` for changed, `D` for gone.
async fn differences(api: &Api, id: &Id) -> Result<Vec<String>, Error> {
    // many files may have to be compared
    const COMPARED: Duration = Duration::from_secs(120);
    let answer = api
        .get(&format!("/containers/{id}/changes"), COMPARED)
        .await?;
    let found = tree(&answer)?;
    let lines = found.as_array().into_iter().flatten().map(|change| {
        let path = change
            .get("Path")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let kind = match change.get("Kind").and_then(Value::as_i64) {
            Some(1) => 'A',
            Some(2) => 'D',
            Some(_) | None => 'C',
        };
        format!("{kind} {}", text::clean(path))
    });
    Ok(lines.collect())
}
