//! Lists of containers: all of them, or some by id; and what the engine says of itself.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{sleep_until, timeout, timeout_at};

use super::clock;
use super::convert;
use super::error::Error;
use super::listing::{List, Listed, Listing, Odd};
use super::told::Told;
use super::transport::{Api, escape};
use crate::model::{Container, HostInfo, Id};

/// Ids that are asked for by name; more are asked for with everything.
pub(crate) const BY_ID: usize = 50;
/// How long a list may take.
pub(crate) const LIST: Duration = Duration::from_secs(10);

/// How long a list may be silent before it is asked for once more beside it.
pub(crate) const SILENT: Duration = Duration::from_secs(2);

/// A list that was answered.
pub(crate) struct Answer {
    /// The containers that are not as they were told.
    pub(crate) list: List<Container>,
    /// Those that are.
    pub(crate) same: Vec<Id>,
    /// Whether the first request for it was never answered while a later one was: then other
    /// requests of that time may never be answered either.
    pub(crate) late: bool,
}

/// Every container.
pub(crate) async fn all(api: &Api, told: &Told) -> Result<Answer, Error> {
    hedged(api, "/containers/json?all=1", told).await
}

/// Those of `ids` that exist.
pub(crate) async fn some(api: &Api, ids: &[Id]) -> Result<Answer, Error> {
    let names: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let filters = serde_json::json!({ "id": names }).to_string();
    let path = format!("/containers/json?all=1&filters={}", escape(&filters));
    hedged(api, &path, &Told::default()).await
}

/// A list from an engine that may hang: while the answer has not begun, it is asked for once more
/// beside it, every two seconds anew. Whichever is answered first counts.
async fn hedged(api: &Api, path: &str, told: &Told) -> Result<Answer, Error> {
    let more = async {
        let mut next = clock::instant() + SILENT;
        loop {
            sleep_until(next).await;
            next += SILENT;
            if let Ok(Ok(body)) = timeout_at(next, api.stream(path)).await {
                return body;
            }
        }
    };
    let read = async {
        let (body, late) = tokio::select! {
            biased;
            body = api.stream(path) => (body?, false),
            body = more => (body, true),
        };
        let (mut found, mut same) = (Vec::new(), Vec::new());
        let odd = read(body, |container| match told.same(&container) {
            Some(id) => same.push(id),
            None => found.push(container),
        })
        .await?;
        let list = List { found, odd };
        Ok(Answer { list, same, late })
    };
    timeout(LIST, read)
        .await
        .map_err(|_| Error::Timeout(LIST))?
}

/// The answer to a list call, read as it comes.
pub(crate) async fn listed<T: Listed>(
    api: &Api,
    path: &str,
    within: Duration,
) -> Result<List<T>, Error> {
    let read = async {
        let mut found = Vec::new();
        let odd = read(api.stream(path).await?, |one| found.push(one)).await?;
        Ok(List { found, odd })
    };
    timeout(within, read)
        .await
        .map_err(|_| Error::Timeout(within))?
}

/// Gives out what a list has, as it comes; the entries that made no sense at its end.
async fn read<T: Listed>(mut body: Incoming, mut take: impl FnMut(T)) -> Result<Vec<Odd>, Error> {
    let mut list = Listing::default();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            list.feed(&data)?;
            list.found().for_each(&mut take);
        }
    }
    Ok(list.finish()?.odd)
}

/// What the engine says of itself, added to what is known.
pub(crate) async fn info(api: &Api, known: &HostInfo) -> Result<HostInfo, Error> {
    convert::info(&api.get("/info", LIST).await?, known)
}

/// How long until everything is listed again without need: a minute, longer for many.
pub(crate) fn resync_after(containers: usize) -> Duration {
    Duration::from_secs(60 * (containers as u64).div_ceil(1000).clamp(1, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_containers_are_listed_rarely() {
        assert_eq!(resync_after(0).as_secs(), 60);
        assert_eq!(resync_after(1000).as_secs(), 60);
        assert_eq!(resync_after(10_000).as_secs(), 600);
        assert_eq!(resync_after(90_000).as_secs(), 600);
    }
}
