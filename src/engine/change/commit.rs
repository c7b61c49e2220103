//! Makes an image of a container as it is now.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::super::convert::tree;
use super::super::error::Error;
use super::super::output::Sink;
use super::super::transport::{Api, escape};
use crate::model::{Id, text};
use crate::protocol::{Commit, Reply};

/// How long it may take: a layer of any size is packed.
const WITHIN: Duration = Duration::from_secs(1800);

/// Makes it.
pub(super) async fn commit(
    api: &Api,
    id: &Id,
    commit: &Commit,
    sink: &Sink,
) -> Result<Reply, Error> {
    let (name, tag) = split(&commit.image);
    let mut query = vec![format!("container={id}&pause={}", commit.pause)];
    for (key, value) in [
        ("repo", name),
        ("tag", tag),
        ("comment", commit.message.as_str()),
        ("author", commit.author.as_str()),
    ] {
        if !value.is_empty() {
            query.push(format!("{key}={}", escape(value)));
        }
    }
    for change in &commit.changes {
        query.push(format!("changes={}", escape(change)));
    }
    let path = format!("/commit?{}", query.join("&"));
    let answer = timeout(WITHIN, api.ask(&path, "null".to_owned())).await;
    let answer = tree(&answer.map_err(|_| Error::Timeout(WITHIN))??)?;
    let made = answer.get("Id").and_then(Value::as_str).unwrap_or_default();
    sink.say(&text::clean(made)).await;
    Ok(Reply::Done)
}

/// Name and tag: what stands after the last colon, unless that belongs to a registry's port.
fn split(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        Some(_) | None => (image, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_no_port() {
        assert_eq!(split("app:2"), ("app", "2"));
        assert_eq!(split("reg:5000/app"), ("reg:5000/app", ""));
        assert_eq!(split("reg:5000/app:2"), ("reg:5000/app", "2"));
        assert_eq!(split(""), ("", ""));
    }
}
