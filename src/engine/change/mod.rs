//! Performs what makes and changes containers: one call a file.

mod create;
mod pull;

use super::error::Error;
use super::output::Sink;
use super::transport::Api;
use crate::protocol::{Change, Reply};

/// Performs one; what is done meanwhile is told as lines.
pub(crate) async fn perform(api: &Api, change: &Change, sink: &Sink) -> Result<Reply, Error> {
    match change {
        Change::Pull {
            image,
            platform,
            always,
        } => pull::pull(api, (image, platform.as_deref()), *always, sink).await,
        Change::Create(spec) => create::create(api, spec, sink).await,
    }
}
