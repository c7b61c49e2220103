//! Changes limits and restart policy, and reads them back.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::super::convert::tree;
use super::super::error::Error;
use super::super::output::Sink;
use super::super::transport::Api;
use super::inspect;
use crate::model::{Id, text};
use crate::protocol::Reply;
use crate::spec::{RunSpec, update};

/// How long it may take: the kernel may have to press memory out.
const WITHIN: Duration = Duration::from_secs(60);

/// Changes them; what the engine did not take is told. One that changes nothing once it is made is
/// asked for nothing that is so already.
pub(super) async fn update(
    api: &Api,
    id: &Id,
    change: &RunSpec,
    sink: &Sink,
) -> Result<Reply, Error> {
    if let Some((major, minor)) = api.changes_nothing_made() {
        let untaken = update::untaken(change, &inspect(api, id).await?);
        return match untaken.is_empty() {
            true => Ok(Reply::Already),
            false => Err(Error::Refused(format!(
                "Podman {major}.{minor} changes nothing of a container once it is made, 5.1 does; \
                 recreate it with other settings"
            ))),
        };
    }
    let path = format!("/containers/{id}/update");
    let answer = timeout(WITHIN, api.ask(&path, update::body(change).to_string())).await;
    let answer = tree(&answer.map_err(|_| Error::Timeout(WITHIN))??)?;
    let warnings = answer.get("Warnings").and_then(Value::as_array);
    for warning in warnings.into_iter().flatten().filter_map(Value::as_str) {
        sink.say(&format!("warning: {warning}")).await;
    }
    let now = inspect(api, id).await?;
    let untaken = update::untaken(change, &now);
    Ok(Reply::Updated(
        untaken.iter().map(|line| text::clean(line)).collect(),
    ))
}
