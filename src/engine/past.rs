//! What an engine remembers that happened to a container: Docker keeps its last 256 events of all
//! kinds.

use std::collections::HashMap;
use std::time::Duration;

use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::error::Error;
use super::events::{Lines, MAX_EVENT, WANTED};
use super::transport::{Api, escape};
use super::watches::{Desk, online};
use super::{clock, convert};
use crate::model::{Event, Id, Turn};
use crate::protocol::Fact;

/// How long the answer may take. An engine whose clock is behind keeps it open until its own clock
/// says the moment that was asked for; what came until then is taken.
const WITHIN: Duration = Duration::from_secs(3);

/// How long nothing more may come before all that is remembered has come.
const QUIET: Duration = Duration::from_millis(300);

/// Asks once, and again on each new connection.
pub(crate) async fn recall(desk: Desk, id: Id) {
    let mut link = desk.api.clone();
    while let Some(api) = online(&mut link).await {
        let filters = json!({ "type": ["container"], "container": [id.as_str()], "event": WANTED });
        let mut events = Vec::new();
        let keep = |event: Event| events.extend(Some(event).filter(|event| event.id == id));
        // what cannot be told is no fault: what happens from now on is heard all the same
        if let Ok(Err(error)) = timeout(WITHIN, read(&api, &filters, keep)).await {
            tracing::debug!(%error, "the past events were not told");
        }
        desk.tell(Fact::Past(id.clone(), events)).await;
        if link.changed().await.is_err() {
            return;
        }
    }
}

/// The containers whose last event that is remembered is their end. A list that is asked for soon
/// after an end may not know of it yet, and one that connects meanwhile never hears of it.
pub(crate) async fn ends(api: &Api) -> Result<Vec<(Id, Turn)>, Error> {
    // Podman remembers all there ever was, and its lists know
    if api.is_podman() {
        return Ok(Vec::new());
    }
    let filters = json!({ "type": ["container"], "event": ["die", "start"] });
    let mut last = HashMap::new();
    let keep = |event: Event| {
        if let Some(turn) = Turn::read(&event) {
            last.insert(event.id, turn);
        }
    };
    // to the present by its silence, not by a clock: the engine's may be another
    let path = format!("/events?since=1&filters={}", escape(&filters.to_string()));
    if let Ok(read) = timeout(WITHIN, take(api, &path, Some(QUIET), keep)).await {
        read?;
    }
    let ended = |(_, turn): &(Id, Turn)| matches!(turn, Turn::Ended { .. });
    Ok(last.into_iter().filter(ended).collect())
}

async fn read(api: &Api, filters: &Value, keep: impl FnMut(Event)) -> Result<(), Error> {
    let filters = escape(&filters.to_string());
    let now = clock::now().0;
    let (seconds, millis) = (now / 1000, now % 1000);
    // a beginning of zero would mean: nothing of the past. Podman answers nothing at all when it is
    // given an end that has passed, but can be told to stop at the present
    let until = match api.is_podman() {
        true => "stream=false".to_owned(),
        false => format!("until={seconds}.{millis:03}000000"),
    };
    let path = format!("/events?since=1&{until}&filters={filters}");
    take(api, &path, None, keep).await
}

/// Takes events until their stream ends, or is quiet for so long.
async fn take(
    api: &Api,
    path: &str,
    quiet: Option<Duration>,
    mut keep: impl FnMut(Event),
) -> Result<(), Error> {
    let mut body = api.stream(path).await?;
    let mut lines = Lines::default();
    while let Ok(Some(frame)) = timeout(quiet.unwrap_or(WITHIN), body.frame()).await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        lines.feed(&data, MAX_EVENT, |line| {
            if let Ok(event) = convert::event(line) {
                keep(event);
            }
        })?;
    }
    Ok(())
}
