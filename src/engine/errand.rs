//! What a session sends out and hears back: requests under way beside it, and the event stream.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::error::Error;
use super::events::Tiding;
use super::forwards::Outcome;
use super::past;
use super::snapshot;
use super::task;
use super::told::Told;
use super::transport::Api;
use crate::model::host::Pulse;
use crate::model::{HostInfo, Id, Turn};

/// What an errand came back with.
pub(crate) enum Errand {
    All(Result<snapshot::Answer, Error>),
    Some(Vec<Id>, Result<snapshot::Answer, Error>),
    Info(Result<HostInfo, Error>),
    Ends(Vec<(Id, Turn)>),
    Ping(Result<Pulse, Error>),
    Forward(Outcome),
}

/// Asks for every container. Like the others it comes back with an error even when it panics, so
/// that nobody waits for it in vain.
pub(crate) async fn all(api: Api, told: Told) -> Errand {
    Errand::All(task::caught(snapshot::all(&api, &told)).await.flatten())
}

/// Asks for some containers.
pub(crate) async fn some(api: Api, ids: Vec<Id>) -> Errand {
    let list = task::caught(snapshot::some(&api, &ids)).await.flatten();
    Errand::Some(ids, list)
}

/// Asks the engine about itself.
pub(crate) async fn info(api: Api, known: HostInfo) -> Errand {
    Errand::Info(task::caught(snapshot::info(&api, &known)).await.flatten())
}

/// Asks which containers ended before one listened. An engine that does not tell is believed as
/// it is.
pub(crate) async fn ends(api: Api) -> Errand {
    let ends = task::caught(past::ends(&api)).await.flatten();
    Errand::Ends(ends.unwrap_or_default())
}

/// Asks whether the engine is there, and how fast it answers.
pub(crate) async fn ping(api: Api, within: Duration) -> Errand {
    Errand::Ping(task::caught(api.ping(within)).await.flatten())
}

/// The event stream.
pub(crate) struct Events {
    pub(crate) _task: AbortOnDropHandle<()>,
    pub(crate) tidings: mpsc::Sender<Tiding>,
    /// Whether it was answered.
    pub(crate) open: bool,
}
