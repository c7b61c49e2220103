//! Looking closely at one container: its whole inspect, and its processes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::error::Error;
use super::transport::Api;
use super::watches::{Desk, Pulse, online};
use super::{convert, processes};
use crate::model::Id;
use crate::protocol::{Fact, Reply};
use crate::spec::inspect::from_inspect;

const WITHIN: Duration = Duration::from_secs(10);
/// The shortest time between two inspects: a container that restarts in a loop is no flood.
const SETTLE: Duration = Duration::from_millis(250);
/// How often processes are looked at.
const PROCESSES: Duration = Duration::from_secs(2);

/// Keeps a container's inspect fresh: now, and after its events.
pub(crate) async fn watch(desk: Desk, id: Id, mut pulse: watch::Receiver<Pulse>) {
    let mut link = desk.api.clone();
    while let Some(api) = online(&mut link).await {
        let look = async {
            loop {
                pulse.mark_unchanged();
                let result = inspect(&api, &id).await;
                if matches!(result, Err(Error::Http(_) | Error::Body(_))) {
                    // the connection is being lost; the next one tells
                    sleep(WITHIN).await;
                    continue;
                }
                let result = result
                    .map(Arc::new)
                    .map_err(|error| error.problem(&format!("inspect {}", desk.names.of(&id))));
                desk.tell(Fact::Inspect(id.clone(), result)).await;
                sleep(SETTLE).await;
                if pulse.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = look => return,
            _ = link.changed() => {}
        }
    }
}

async fn inspect(api: &Api, id: &Id) -> Result<serde_json::Value, Error> {
    convert::tree(&api.get(&format!("/containers/{id}/json"), WITHIN).await?)
}

/// How a container was made. Without its image, which may be gone, all seems to have been said.
pub(crate) async fn describe(api: &Api, id: &Id) -> Result<Reply, Error> {
    let container = inspect(api, id).await?;
    let image = container.get("Image").and_then(|image| image.as_str());
    // an engine's word becomes part of a path only where it is an id
    let is_id = |id: &&str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == ':');
    let image = match image.filter(is_id) {
        Some(image) => match api.get(&format!("/images/{image}/json"), WITHIN).await {
            Ok(answer) => Some(convert::tree(&answer)?),
            Err(error) if error.is_gone() => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let spec = from_inspect(&container, image.as_ref());
    Ok(Reply::Described(Box::new(spec)))
}

/// Keeps a container's processes fresh, every two seconds while it runs.
pub(crate) async fn processes(desk: Desk, id: Id, mut pulse: watch::Receiver<Pulse>) {
    let mut link = desk.api.clone();
    let mut last = None;
    while let Some(api) = online(&mut link).await {
        let look = async {
            loop {
                let before = *pulse.borrow_and_update();
                let answer = processes::list(&api, &id).await;
                if !matches!(answer, Err(Error::Http(_) | Error::Body(_))) {
                    let result = answer.map(Arc::new).map_err(|error| {
                        error.problem(&format!("list the processes of {}", desk.names.of(&id)))
                    });
                    if last.as_ref() != Some(&result) {
                        last = Some(result.clone());
                        desk.tell(Fact::Processes(id.clone(), result)).await;
                    }
                }
                // one that does not run has none, until it starts
                let news = pulse.wait_for(|now| *now != before);
                let waited = if before.alive {
                    timeout(PROCESSES, news).await.map(|news| news.is_err())
                } else {
                    Ok(news.await.is_err())
                };
                if waited == Ok(true) {
                    return;
                }
            }
        };
        tokio::select! {
            () = look => return,
            _ = link.changed() => {}
        }
    }
}
