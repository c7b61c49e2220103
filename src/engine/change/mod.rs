//! Performs what makes and changes containers: one call a file.

mod cidfile;
mod create;
mod follow;
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
            quiet,
        } => {
            let how = pull::How {
                always: *always,
                quiet: *quiet,
            };
            pull::pull(api, (image, platform.as_deref()), how, sink).await
        }
        Change::Create(spec) => create::create(api, spec, sink).await,
        Change::Follow {
            id,
            streams,
            tty,
            removes,
        } => {
            let wanted = follow::Wanted {
                streams,
                tty: *tty,
                removes: *removes,
            };
            follow::follow(api, id, &wanted, sink).await
        }
    }
}
