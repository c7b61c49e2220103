//! The console in another program's hands, which it never is: see [`super::NOT_LENT`].

use std::io;

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::terminal::TtyInput;

/// The terminal, lent: there is none.
pub enum Tty {}

impl Tty {
    /// Says that the console is not lent.
    pub fn start() -> io::Result<(Self, Receiver<TtyInput>, Sender<Bytes>)> {
        let why = super::NOT_LENT.unwrap_or_default();
        Err(io::Error::new(io::ErrorKind::Unsupported, why))
    }

    /// Ends it.
    #[expect(clippy::unused_async, reason = "ending one takes its time elsewhere")]
    pub async fn stop(self) {
        match self {}
    }
}
