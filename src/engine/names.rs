//! What there is on an engine, by name.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Error;
use super::transport::Api;
use crate::model::text::clean;
use crate::protocol::{Names, Reply};

/// How long each list may take.
const WITHIN: Duration = Duration::from_secs(10);
/// Names of a list that are kept.
const MOST: usize = 5_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Volumes {
    #[serde(default)]
    volumes: Option<Vec<Named>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    #[serde(default)]
    plugins: Plugins,
    #[serde(default)]
    runtimes: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Plugins {
    #[serde(default)]
    log: Option<Vec<String>>,
}

/// Lists them.
pub(crate) async fn names(api: &Api) -> Result<Reply, Error> {
    let (images, networks, volumes, info) = tokio::try_join!(
        read::<Vec<Image>>(api, "/images/json"),
        read::<Vec<Named>>(api, "/networks"),
        read::<Volumes>(api, "/volumes"),
        read::<Info>(api, "/info"),
    )?;
    let tags = images
        .into_iter()
        .flat_map(|image| image.repo_tags.unwrap_or_default());
    let tags = tags.filter(|tag| !tag.contains("<none>"));
    let volumes = volumes.volumes.unwrap_or_default();
    let volumes = volumes.into_iter().map(|volume| volume.name);
    let runtimes = info.runtimes.unwrap_or_default();
    Ok(Reply::Names(Box::new(Names {
        images: in_order(tags),
        networks: in_order(networks.into_iter().map(|network| network.name)),
        volumes: in_order(volumes.filter(|name| !is_anonymous(name))),
        log_drivers: in_order(info.plugins.log.unwrap_or_default()),
        runtimes: in_order(runtimes.into_iter().map(|(name, _)| name)),
    })))
}

async fn read<T: DeserializeOwned>(api: &Api, path: &'static str) -> Result<T, Error> {
    let answer = api.get(path, WITHIN).await?;
    serde_json::from_slice(&answer).map_err(|why| Error::nonsense(path, why))
}

fn in_order(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let names = names.into_iter().map(|name| clean(&name));
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}

/// Whether the engine itself gave the name.
fn is_anonymous(volume: &str) -> bool {
    volume.len() == 64 && volume.bytes().all(|byte| byte.is_ascii_hexdigit())
}
