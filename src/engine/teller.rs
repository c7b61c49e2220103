//! Who reports a host's facts: every task of a connected host has one, and what it says bears the
//! number of the connecting that it belongs to.

use tokio::sync::mpsc;

use crate::model::HostId;
use crate::protocol::{Era, Fact, Notice};

/// Reports what becomes known of one host.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    pub(crate) host: HostId,
    pub(crate) era: Era,
    pub(crate) notices: mpsc::Sender<Notice>,
}

impl Teller {
    /// A fact as it is sent, for those who send it by a way of their own.
    pub(crate) fn notice(&self, fact: Fact) -> Notice {
        Notice::Fact(self.host.clone(), self.era, fact)
    }

    /// Reports a fact. When nobody listens any more the engine is being dropped.
    pub(crate) async fn tell(&self, fact: Fact) {
        let _ = self.notices.send(self.notice(fact)).await;
    }

    #[cfg(test)]
    pub(crate) fn to(notices: mpsc::Sender<Notice>) -> Self {
        Self {
            host: HostId::new("h"),
            era: Era::default(),
            notices,
        }
    }
}
