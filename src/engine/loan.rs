//! The terminal, asked for by what a plan started: the loop lends it, or says that it does not.

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::exec::Ends;
use crate::protocol::{JobId, Notice};

/// The terminal, lent. Dropping it gives it back.
pub(super) struct Loan {
    pub(super) ends: Ends,
    /// Closed when it is given back.
    pub(super) _back: oneshot::Sender<()>,
}

/// Where a plan asks for the terminal.
pub(super) struct Lender {
    pub(super) job: JobId,
    pub(super) notices: mpsc::Sender<Notice>,
    /// None: it is not lent.
    pub(super) loans: mpsc::Receiver<Option<Loan>>,
    /// The person gives the job up.
    pub(super) cancel: CancellationToken,
}

impl Lender {
    /// Asks for it, and waits for the answer. None: it is not lent.
    pub(super) async fn ask(&mut self) -> Option<Loan> {
        self.notices.send(Notice::Asks(self.job)).await.ok()?;
        tokio::select! {
            () = self.cancel.cancelled() => None,
            loan = self.loans.recv() => loan.flatten(),
        }
    }
}
