//! What is asked of an engine about itself while somebody looks at its host: how fast it answers,
//! what its clock says, what its objects take on disk.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{MissedTickBehavior, interval};

use super::error::Error;
use super::transport::Api;
use super::watches::Desk;
use crate::model::host::DiskUse;
use crate::protocol::Fact;

/// How often it is pinged.
const PING: Duration = Duration::from_secs(5);
/// How long it may take to answer.
const PONG: Duration = Duration::from_secs(5);
/// Pings from one question for the disk use to the next: five minutes. The engine walks through
/// its layers and volumes for it.
const PINGS: u32 = 60;
/// How long it may count.
const COUNT: Duration = Duration::from_secs(60);

/// Keeps asking until it is dropped. What fails is asked again in its turn: the session notices a
/// lost engine by itself.
pub(crate) async fn watch(desk: Desk) {
    let mut ticks = interval(PING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = 0;
    loop {
        ticks.tick().await;
        let Some(api) = desk.api.borrow().clone() else {
            continue;
        };
        if let Ok(pulse) = api.ping(PONG).await {
            desk.tell(Fact::Pulse(pulse)).await;
        }
        if left == 0 {
            left = PINGS;
            if let Ok(disk) = disk_use(&api).await {
                desk.tell(Fact::Disk(disk)).await;
            }
        }
        left -= 1;
    }
}

/// The answer of `/system/df`, of which old and new engines leave out what they do not count.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Usage {
    layers_size: Option<i64>,
    images: Option<Vec<Image>>,
    containers: Option<Vec<Part>>,
    volumes: Option<Vec<Volume>>,
    build_cache: Option<Vec<Part>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Image {
    id: String,
    size: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Part {
    size: i64,
    size_rw: i64,
    shared: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Volume {
    usage_data: Option<Part>,
}

/// What the engine's objects take on disk.
async fn disk_use(api: &Api) -> Result<DiskUse, Error> {
    let answer = api.get("/system/df", COUNT).await?;
    let usage: Usage =
        serde_json::from_slice(&answer).map_err(|error| Error::nonsense("the disk use", error))?;
    Ok(count(usage))
}

fn count(usage: Usage) -> DiskUse {
    // -1 stands for "not counted"
    let bytes = |size: i64| u64::try_from(size).unwrap_or(0);
    // Podman counts no layers, and names an image once for each of its tags
    let images = usage.images.into_iter().flatten();
    let images: BTreeMap<String, i64> = images.map(|image| (image.id, image.size)).collect();
    let images = images.values().map(|size| bytes(*size)).sum();
    DiskUse {
        images: match bytes(usage.layers_size.unwrap_or(0)) {
            0 => images,
            layers => layers,
        },
        containers: usage
            .containers
            .into_iter()
            .flatten()
            .map(|one| bytes(one.size_rw))
            .sum(),
        volumes: usage
            .volumes
            .into_iter()
            .flatten()
            .filter_map(|volume| volume.usage_data)
            .map(|one| bytes(one.size))
            .sum(),
        build_cache: usage
            .build_cache
            .into_iter()
            .flatten()
            .filter(|one| !one.shared)
            .map(|one| bytes(one.size))
            .sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_use_counts_what_the_engine_counted() {
        let answer = r#"{"LayersSize":1000,"Containers":[{"SizeRw":5,"SizeRootFs":900},{"SizeRw":7}],
            "Volumes":[{"UsageData":{"Size":30,"RefCount":1}},{"UsageData":{"Size":-1,"RefCount":-1}},
            {"UsageData":null}],"BuildCache":[{"Size":400,"Shared":false},{"Size":99,"Shared":true}]}"#;
        let disk = count(serde_json::from_str(answer).unwrap());
        let expected = DiskUse {
            images: 1000,
            containers: 12,
            volumes: 30,
            build_cache: 400,
        };
        assert_eq!(disk, expected);
        let podman = r#"{"LayersSize":0,"Images":[{"Id":"a","Size":8},{"Id":"a","Size":8},{"Id":"b","Size":3}]}"#;
        assert_eq!(count(serde_json::from_str(podman).unwrap()).images, 11);
        let none = r#"{"LayersSize":null,"Containers":null,"Volumes":null,"BuildCache":null}"#;
        let none = count(serde_json::from_str(none).unwrap());
        assert_eq!(none, DiskUse::default());
    }
}
