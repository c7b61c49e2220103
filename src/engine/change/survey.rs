//! Looks at what an upgrade of a container would mean: a newer image, in what it differs, what was
//! written into the old one, who depends on it.

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::super::convert::tree;
use super::super::error::Error;
use super::super::output::Sink;
use super::super::transport::{Api, escape};
use super::{WITHIN, differences, inspect, pull};
use crate::model::{Id, text};
use crate::protocol::Survey;
use crate::spec::inspect::{from_inspect, in_dockers_words, is_podmans};
use crate::spec::renewal;

/// Other containers that are looked at, and how many at once.
const OTHERS: usize = 500;
const AT_ONCE: usize = 8;
/// The registry is asked even where an image of that name is here.
const ALWAYS: pull::How = pull::How {
    always: true,
    quiet: false,
};
/// Changed files that are kept.
const FILES: usize = 1000;

/// Looks; with `pull` the registry is asked first. Where it cannot be reached, an image of that
/// name that is here already is taken.
pub(super) async fn survey(
    api: &Api,
    id: &Id,
    (pull, own_name): (bool, Option<&str>),
    sink: &Sink,
) -> Result<Survey, Error> {
    let told = inspect(api, id).await?;
    let part = |path: &str| {
        let text = told.pointer(path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (image, old_image) = (part("/Config/Image"), part("/Image"));
    let is_named = match image.as_str() {
        "" => false,
        name if name.contains('@') => false,
        name => !is_id(name, &old_image, image_of(api, name).await?.as_ref()),
    };
    if !is_named {
        return Err(Error::Refused(
            "it was made from an image without a name that could move on to a newer one".to_owned(),
        ));
    }
    let unreached = match pull {
        true => match pull::pull(api, (&image, None), ALWAYS, sink).await {
            Ok(_) => None,
            Err(error) => {
                let why = text::clean(&error.to_string());
                sink.say(&format!("not pulled: {why}")).await;
                Some(why)
            }
        },
        false => None,
    };
    let old = image_of(api, &old_image).await?.unwrap_or(Value::Null);
    let Some(new) = image_of(api, &image).await? else {
        let why = unreached.unwrap_or_default();
        return Err(Error::Refused(format!("there is no {image} here: {why}")));
    };
    let new_image = new.get("Id").and_then(Value::as_str).unwrap_or_default();
    let known = Some(&old).filter(|old| !old.is_null());
    let gaps = gaps(api, &told);
    let container = in_dockers_words(told, known);
    let spec = from_inspect(&container, known);
    let mut written = differences(api, id).await?;
    written.retain(|line| !is_mount_point(line, &container));
    written.truncate(FILES);
    let (dependants, rival) = others(api, &container, own_name).await?;
    Ok(Survey {
        differences: renewal::differences(&old, &new, &spec),
        anonymous: renewal::anonymous(&container),
        new_image: new_image.to_owned(),
        spec,
        image: text::clean(&image),
        old_image,
        unreached,
        written,
        dependants,
        gaps,
        policy_stays: api.changes_nothing_made().is_some(),
        rival,
    })
}

/// Whether what a container was made from is the id of its image, or the beginning of one. A name
/// may look like that: then the image that it stands for has it.
fn is_id(image: &str, old_image: &str, here: Option<&Value>) -> bool {
    let digits = |id: &str| id.trim_start_matches("sha256:").to_owned();
    let tags = here.and_then(|here| here.get("RepoTags")?.as_array());
    let mut tags = tags.into_iter().flatten().filter_map(Value::as_str);
    let has =
        |tag: &str| tag == image || tag.rsplit_once(':').is_some_and(|(name, _)| name == image);
    digits(old_image).starts_with(&digits(image)) && !tags.any(has)
}

/// What this engine does not tell of a container or cannot do with it.
fn gaps(api: &Api, told: &Value) -> Vec<String> {
    let mut gaps = Vec::new();
    if is_podmans(told) {
        let text = "Podman does not tell of fixed addresses, kernel parameters and log options: what \
                    was said of them is not kept";
        gaps.push(text.to_owned());
    }
    let policy = told.pointer("/HostConfig/RestartPolicy/Name");
    let policy = policy.and_then(Value::as_str).unwrap_or_default();
    if let (Some((major, minor)), false) = (api.changes_nothing_made(), matches!(policy, "" | "no"))
    {
        let policy = text::clean(policy);
        gaps.push(format!(
            "Podman {major}.{minor} cannot switch the restart policy off: set aside, the old one \
             keeps `{policy}`, and may be started when the machine is"
        ));
    }
    gaps
}

/// Whether a changed file is the place of a mount, which the engine makes itself.
fn is_mount_point(line: &str, container: &Value) -> bool {
    let mounts = container.get("Mounts").and_then(Value::as_array);
    let mut places = mounts.into_iter().flatten();
    places.any(|mount| line.strip_prefix("A ") == Some(&text_of(mount, "Destination")))
}

async fn image_of(api: &Api, name: &str) -> Result<Option<Value>, Error> {
    match api
        .get(&format!("/images/{}/json", escape(name)), WITHIN)
        .await
    {
        Ok(answer) => tree(&answer).map(Some),
        Err(error) if error.is_gone() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Containers that need this very one, and the one that has its name besides.
async fn others(
    api: &Api,
    container: &Value,
    own_name: Option<&str>,
) -> Result<(Vec<String>, Option<(Id, bool)>), Error> {
    let list = tree(&api.get("/containers/json?all=1", WITHIN).await?)?;
    let own = text_of(container, "Id");
    let name = text_of(container, "Name");
    let name = own_name.unwrap_or(name.trim_start_matches('/'));
    let ids = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| text_of(one, "Id"));
    let ids: Vec<Id> = ids
        .filter(|id| *id != own)
        .take(OTHERS)
        .map(|id| Id::new(&id))
        .collect();
    let looks = stream::iter(ids.into_iter().map(|id| {
        let api = api.clone();
        async move { inspect(&api, &id).await }
    }));
    // one that went meanwhile needs nothing
    let found: Vec<Value> = looks
        .buffered(AT_ONCE)
        .filter_map(|found| async { found.ok() })
        .collect()
        .await;
    let dependants = found.iter().flat_map(|other| needs(other, &own, name));
    let rival = found.iter().find(|other| {
        own_name.is_some_and(|own_name| text_of(other, "Name").trim_start_matches('/') == own_name)
    });
    let rival = rival.map(|other| {
        let runs = other.pointer("/State/Running") == Some(&Value::Bool(true));
        (Id::new(&text_of(other, "Id")), runs)
    });
    Ok((dependants.collect(), rival))
}

fn text_of(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// How a container needs another one, by its id or name.
fn needs(other: &Value, id: &str, name: &str) -> Vec<String> {
    let host = other.get("HostConfig").unwrap_or(&Value::Null);
    let who = text::clean(text_of(other, "Name").trim_start_matches('/'));
    let is_it = |word: &str| word == name || word.len() >= 12 && id.starts_with(word);
    let mut found = Vec::new();
    for (key, what) in [
        ("NetworkMode", "network"),
        ("PidMode", "processes"),
        ("IpcMode", "shared memory"),
    ] {
        let mode = text_of(host, key);
        if mode.strip_prefix("container:").is_some_and(is_it) {
            found.push(format!("{who} lives in its {what}"));
        }
    }
    let list = |key: &str| {
        let all = host
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        all.filter_map(Value::as_str)
    };
    let from = |word: &str| is_it(word.split(':').next().unwrap_or_default());
    if list("VolumesFrom").any(from) {
        found.push(format!("{who} has its volumes"));
    }
    let linked = |word: &str| from(word.trim_start_matches('/'));
    if list("Links").any(linked) {
        found.push(format!("{who} is linked to it"));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_told_from_an_id() {
        let old = "sha256:dbcafe0123456789";
        let tagged = |tag: &str| json!({ "RepoTags": [tag] });
        let none = json!({ "RepoTags": null });
        assert!(is_id(old, old, Some(&none)));
        assert!(is_id("dbcafe01", old, Some(&tagged("app:1"))));
        assert!(is_id("dbcafe01", old, None));
        for name in ["db", "dbcafe"] {
            assert!(!is_id(name, old, Some(&tagged(&format!("{name}:latest")))));
        }
        assert!(!is_id("cafe", old, Some(&none)) && !is_id("sha256", old, None));
    }

    #[test]
    fn a_mount_point_is_nothing_that_was_written() {
        let container = json!({ "Mounts": [{ "Destination": "/data" }] });
        assert!(is_mount_point("A /data", &container));
        for written in ["A /data2", "C /data", "A /data/x"] {
            assert!(!is_mount_point(written, &container), "{written}");
        }
        assert!(!is_mount_point("A /data", &json!({})));
    }

    #[test]
    fn who_needs_a_container_is_told() {
        let id = "abcdef0123456789";
        let other = json!({ "Name": "/side", "HostConfig": {
            "NetworkMode": format!("container:{id}"), "PidMode": "container:web",
            "IpcMode": "private", "VolumesFrom": ["abcdef012345:ro"],
            "Links": ["/web:/side/db"],
        } });
        assert_eq!(
            needs(&other, id, "web"),
            [
                "side lives in its network",
                "side lives in its processes",
                "side has its volumes",
                "side is linked to it",
            ]
        );
        let stranger = json!({ "Name": "/x", "HostConfig": { "NetworkMode": "container:abd" } });
        assert!(needs(&stranger, id, "web").is_empty());
    }
}
