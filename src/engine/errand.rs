//! What a session sends out and hears back: requests under way beside it, and the event stream.

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::error::Error;
use super::events::Tiding;
use super::snapshot;
use crate::model::{HostInfo, Id};

/// What an errand came back with.
pub(crate) enum Errand {
    All(Result<snapshot::Answer, Error>),
    Some(Vec<Id>, Result<snapshot::Answer, Error>),
    Info(Result<HostInfo, Error>),
    Ping(Result<(), Error>),
}

/// The event stream.
pub(crate) struct Events {
    pub(crate) _task: AbortOnDropHandle<()>,
    pub(crate) tidings: mpsc::Sender<Tiding>,
    /// Whether it was answered.
    pub(crate) open: bool,
}
