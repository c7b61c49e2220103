//! Freezes a container's processes to disk, and starts it as it was: an experiment of Docker's, done
//! by CRIU on its machine.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::super::error::Error;
use super::super::transport::{Api, escape};
use crate::model::Id;
use crate::protocol::Reply;

/// How long it may take: all its memory is written or read.
const WITHIN: Duration = Duration::from_secs(600);

/// Freezes it under a name, and ends it.
pub(super) async fn create(api: &Api, id: &Id, name: &str) -> Result<Reply, Error> {
    let body = json!({ "CheckpointID": name, "Exit": true });
    let path = format!("/containers/{id}/checkpoints");
    let answer = timeout(WITHIN, api.ask(&path, body.to_string())).await;
    answer.map_err(|_| Error::Timeout(WITHIN))??;
    Ok(Reply::Done)
}

/// Starts it as it was frozen under a name.
pub(super) async fn start(api: &Api, id: &Id, name: &str) -> Result<Reply, Error> {
    let path = format!("/containers/{id}/start?checkpoint={}", escape(name));
    let answer = timeout(WITHIN, api.post(&path)).await;
    answer.map_err(|_| Error::Timeout(WITHIN))??;
    Ok(Reply::Done)
}
