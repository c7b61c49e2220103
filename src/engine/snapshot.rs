//! Lists of containers: all of them, or some by id; and what the engine says of itself.

use std::time::Duration;

use http_body_util::BodyExt;
use tokio::time::timeout;

use super::convert;
use super::error::Error;
use super::listing::{List, Listed, Listing};
use super::transport::{Api, escape};
use crate::model::{Container, HostInfo, Id};

/// Ids that are asked for by name; more are asked for with everything.
pub(crate) const BY_ID: usize = 50;
/// How long a list may take.
pub(crate) const LIST: Duration = Duration::from_secs(10);

/// Every container.
pub(crate) async fn all(api: &Api) -> Result<List<Container>, Error> {
    listed(api, "/containers/json?all=1", LIST).await
}

/// Those of `ids` that exist.
pub(crate) async fn some(api: &Api, ids: &[Id]) -> Result<List<Container>, Error> {
    let names: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let filters = serde_json::json!({ "id": names }).to_string();
    let path = format!("/containers/json?all=1&filters={}", escape(&filters));
    listed(api, &path, LIST).await
}

/// The answer to a list call, read as it comes.
pub(crate) async fn listed<T: Listed>(
    api: &Api,
    path: &str,
    within: Duration,
) -> Result<List<T>, Error> {
    let read = async {
        let mut body = api.stream(path).await?;
        let mut list = Listing::default();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                list.feed(&data)?;
            }
        }
        list.finish()
    };
    timeout(within, read)
        .await
        .map_err(|_| Error::Timeout(within))?
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
