//! The terminal for a container's own first process: `docker attach`. The detach keys leave it
//! running.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::timeout;

use super::convert;
use super::error::Error;
use super::exec::{DETACH, Ends, WITHIN, pass, resize, show};
use super::transport::{Api, escape};
use crate::model::Id;
use crate::model::input::Size;
use crate::protocol::Reply;

/// Attaches until the container ends or is left.
pub(super) async fn attach(api: &Api, id: &Id, ends: Ends) -> Result<Reply, Error> {
    let of = format!("/containers/{id}");
    let inspected = convert::inspected(&api.get(&format!("{of}/json"), WITHIN).await?)?;
    if !inspected.alive {
        return Err(Error::Refused("it does not run".to_owned()));
    }
    if let Some(reason) = refusal(inspected.brief.stdin, inspected.brief.tty) {
        return Err(Error::Refused(reason.to_owned()));
    }
    let path = format!(
        "{of}/attach?stream=1&stdin=1&stdout=1&stderr=1&detachKeys={}",
        escape(DETACH)
    );
    let attached = timeout(WITHIN, api.hijack(&path, String::new())).await;
    let stream = attached.map_err(|_| Error::Timeout(WITHIN))??;
    // what runs draws itself anew when its terminal gets another size
    let other = Size {
        height: ends.size.height.saturating_add(1),
        ..ends.size
    };
    for size in [other, ends.size] {
        if let Err(error) = resize(api, &of, size).await {
            tracing::debug!(%error, "the container's terminal was not resized");
        }
    }
    let (reader, writer) = tokio::io::split(stream);
    let left = AtomicBool::new(false);
    tokio::select! {
        result = show(reader, Vec::new(), ends.output) => result?,
        () = pass(api, &of, writer, ends.input, &left) => return Ok(Reply::Detached),
    }
    let inspected = convert::inspected(&api.get(&format!("{of}/json"), WITHIN).await?)?;
    // one that ended may have been started again by its restart policy
    if left.load(Ordering::Relaxed) && inspected.alive {
        return Ok(Reply::Detached);
    }
    Ok(Reply::Exited {
        command: Vec::new(),
        code: inspected.brief.exit_code,
    })
}

/// Why a container cannot be attached to; none when it can.
fn refusal(stdin: bool, tty: bool) -> Option<&'static str> {
    match (stdin, tty) {
        (true, true) => None,
        (false, _) => Some("it was started without -i: it takes no input; its log shows the rest"),
        (true, false) => Some("it was started without -t: it has no terminal"),
    }
}
