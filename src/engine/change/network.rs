//! Joins networks and leaves them.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::super::error::Error;
use super::super::transport::{Api, escape};
use crate::model::Id;
use crate::protocol::Reply;
use crate::spec::values::Attachment;

const WITHIN: Duration = Duration::from_secs(60);

/// Joins a network.
pub(super) async fn connect(api: &Api, id: &Id, to: &Attachment) -> Result<Reply, Error> {
    let mut addresses = Map::new();
    for (key, address) in [("IPv4Address", &to.ip), ("IPv6Address", &to.ip6)] {
        if !address.is_empty() {
            addresses.insert(key.to_owned(), json!(address));
        }
    }
    if !to.link_local.is_empty() {
        addresses.insert("LinkLocalIPs".to_owned(), json!(to.link_local));
    }
    let body = json!({
        "Container": id.as_str(),
        "EndpointConfig": {
            "IPAMConfig": addresses,
            "Aliases": to.aliases,
            "DriverOpts": to.options,
        },
    });
    call(api, &to.name, "connect", &body).await
}

/// Leaves a network.
pub(super) async fn disconnect(api: &Api, id: &Id, network: &str) -> Result<Reply, Error> {
    let body = json!({ "Container": id.as_str(), "Force": false });
    call(api, network, "disconnect", &body).await
}

async fn call(api: &Api, network: &str, deed: &str, body: &Value) -> Result<Reply, Error> {
    let path = format!("/networks/{}/{deed}", escape(network));
    let answer = timeout(WITHIN, api.ask(&path, body.to_string())).await;
    answer.map_err(|_| Error::Timeout(WITHIN))??;
    Ok(Reply::Done)
}
