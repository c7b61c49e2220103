//! What a command needs of its host: the connection, a place among those under way, and that it is
//! allowed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::timeout;

use super::command;
use super::error::Error;
use super::forwards::{Ask, Deed};
use super::host::Order;
use super::output::Sink;
use super::transport::Api;
use super::watches::Names;
use crate::model::Id;
use crate::protocol::{Command, Reply};

/// Reads under way at once on one host.
const READS: usize = 8;
/// Actions under way at once on one host: a stop may take ten seconds.
const ACTIONS: usize = 16;
/// Commands with output under way at once on one host: each may go on for ever.
const LONG: usize = 16;

/// A host as commands see it.
#[derive(Clone)]
pub(super) struct Access {
    orders: mpsc::Sender<Order>,
    api: watch::Receiver<Option<Api>>,
    names: Names,
    read_only: bool,
    reads: Arc<Semaphore>,
    actions: Arc<Semaphore>,
    long: Arc<Semaphore>,
}

impl Access {
    pub(super) fn new(
        orders: mpsc::Sender<Order>,
        api: watch::Receiver<Option<Api>>,
        names: Names,
        read_only: bool,
    ) -> Self {
        Self {
            orders,
            api,
            names,
            read_only,
            reads: Arc::new(Semaphore::new(READS)),
            actions: Arc::new(Semaphore::new(ACTIONS)),
            long: Arc::new(Semaphore::new(LONG)),
        }
    }

    /// Gives its task an order.
    pub(super) fn order(&self, order: Order) {
        // full only where its task has taken none for long: it hangs, and is asked in vain
        if self.orders.try_send(order).is_err() {
            tracing::warn!("an order was not taken");
        }
    }

    /// The boundary that read-only means.
    pub(super) fn allowed(&self, changes: bool) -> Result<(), Error> {
        if changes && self.read_only {
            return Err(Error::Refused("this host is read-only here".to_owned()));
        }
        Ok(())
    }

    /// The connection as it is now.
    pub(super) fn api(&self) -> Result<Api, Error> {
        self.api.borrow().clone().ok_or(Error::Offline)
    }

    /// Waits until there is a connection, for a time at most.
    pub(super) async fn online(&self, within: Duration) {
        let mut link = self.api.clone();
        // what comes next says that there is none
        let _ = timeout(within, link.wait_for(Option::is_some)).await;
    }

    /// A container's name; its short id while no list has told it.
    pub(super) fn name_of(&self, id: &Id) -> String {
        self.names.of(id)
    }

    /// What a command will do, or why it will not.
    pub(super) fn work(
        &self,
        command: Command,
        sink: Sink,
    ) -> Result<impl Future<Output = Result<Reply, Error>> + Send + 'static + use<>, Error> {
        self.allowed(command.changes())?;
        let api = self.api()?;
        let limit = Arc::clone(if command.has_output() {
            &self.long
        } else if command.changes() {
            &self.actions
        } else {
            &self.reads
        });
        let (mut link, orders) = (self.api.clone(), self.orders.clone());
        Ok(async move {
            let _permit = tokio::select! {
                // the semaphore is never closed
                permit = limit.acquire_owned() => permit,
                () = sink.cancel.cancelled() => return Err(Error::Cancelled),
            };
            let work = async {
                match Deed::asked(&command) {
                    Some(deed) => ask(orders, deed).await,
                    None => command::perform(&api, &command, &sink).await,
                }
            };
            tokio::select! {
                result = work => result,
                // the host was dropped
                () = gone(&mut link) => Err(Error::Offline),
            }
        })
    }
}

async fn ask(orders: mpsc::Sender<Order>, deed: Deed) -> Result<Reply, Error> {
    let (reply, answer) = oneshot::channel();
    let ask = Ask {
        deed,
        reply: Some(reply),
    };
    let given = orders.send(Order::Forward(ask)).await;
    given.map_err(|_| Error::Offline)?;
    let answered = answer.await.map_err(|_| Error::Offline)?;
    answered.map_err(|problem| Error::Told(Box::new(problem)))
}

/// Waits until a host is dropped.
async fn gone(link: &mut watch::Receiver<Option<Api>>) {
    while link.changed().await.is_ok() {}
}
