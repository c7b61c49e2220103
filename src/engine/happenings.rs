//! Everything that happens on an engine, while somebody looks at all events: images, networks,
//! volumes and all the rest. What happens to containers is followed in any case, in `events`.

use std::time::Duration;

use http_body_util::BodyExt;
use tokio::time::sleep;

use super::error::Error;
use super::events::{Lines, MAX_EVENT};
use super::transport::{Api, escape};
use super::watches::{Desk, online};
use super::{clock, convert};
use crate::protocol::Fact;

/// What is told at first. What this program itself causes all the time by looking (`top`,
/// `resize`) is noise, as are health checks.
pub(crate) const TOLD: [&str; 40] = [
    "attach",
    "commit",
    "connect",
    "copy",
    "create",
    "delete",
    "destroy",
    "detach",
    "die",
    "died",
    "disable",
    "disconnect",
    "enable",
    "export",
    "extract-to-dir",
    "health_status",
    "import",
    "install",
    "kill",
    "load",
    "mount",
    "oom",
    "pause",
    "prune",
    "pull",
    "push",
    "reload",
    "remove",
    "rename",
    "restart",
    "save",
    "start",
    "stop",
    "tag",
    "unmount",
    "unpause",
    "untag",
    "update",
    "upgrade",
    "build",
];
/// The noise, when it is asked for.
pub(crate) const NOISE: [&str; 7] = [
    "exec_create",
    "exec_start",
    "exec_die",
    "exec_detach",
    "top",
    "resize",
    "archive-path",
];
/// Seconds of Podman's past that are asked for.
const PODMANS: i64 = 3600;
/// How long a stream that broke is left alone: the session notices a lost engine by itself.
const AGAIN: Duration = Duration::from_secs(2);

/// Follows some actions until it is dropped; at first with what the engine remembers of them, its
/// last 256 events.
pub(crate) async fn watch(desk: Desk, actions: &'static [&'static str]) {
    let mut link = desk.api.clone();
    while let Some(api) = online(&mut link).await {
        let read = async {
            if let Err(error) = read(&desk, &api, actions).await {
                tracing::debug!(%error, "the stream of all events broke");
            }
            sleep(AGAIN).await;
        };
        tokio::select! {
            () = read => {}
            _ = link.changed() => {}
        }
    }
}

async fn read(desk: &Desk, api: &Api, actions: &[&str]) -> Result<(), Error> {
    let filters = serde_json::json!({ "event": actions }).to_string();
    // a beginning of zero would mean: nothing of the past. Podman remembers all there ever was
    let since = match api.is_podman() {
        true => clock::now().secs() - PODMANS,
        false => 1,
    };
    let path = format!("/events?since={since}&filters={}", escape(&filters));
    let mut body = api.stream(&path).await?;
    let mut lines = Lines::default();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let mut found = Vec::new();
        // one that makes no sense is told of by the stream that is always open
        lines.feed(&data, MAX_EVENT, |line| found.extend(convert::event(line)))?;
        for event in found {
            desk.tell(Fact::Event(event)).await;
        }
    }
    Ok(())
}
