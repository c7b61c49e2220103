//! One connection below HTTP: counts what is written, and serves hijacks without an upgrade.
//!
//! Old clients ask for an exec or attach without `Upgrade`; the engine answers `200 OK` and the
//! connection is raw from then on. That is served by hand here, before hyper sees the connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use hyper::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::daemon::Daemon;
use super::hijack::{self, Session};
use super::query::Query;
use super::server::split_version;
use super::wire::{RAW, Refusal};
use super::{exec, routes};
use crate::os::local::Accepted;

/// The longest head that is looked at.
const LONGEST: usize = 64 * 1024;

/// A socket that counts, and gives back first what was read ahead.
#[derive(Debug)]
pub(super) struct Line {
    socket: Accepted,
    ahead: BytesMut,
    daemon: Arc<Daemon>,
}

impl Line {
    /// A line over a socket.
    pub(super) fn new(socket: Accepted, daemon: Arc<Daemon>) -> Self {
        daemon.connections.fetch_add(1, Relaxed);
        Self {
            socket,
            ahead: BytesMut::new(),
            daemon,
        }
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(count)) = written {
            self.daemon.bytes_out.fetch_add(*count as u64, Relaxed);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.daemon.connections.fetch_sub(1, Relaxed);
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.socket).poll_read(context, buffer);
        }
        let count = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(self.ahead.get(..count).unwrap_or_default());
        self.ahead.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.count(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.count(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// A request's head as far as hijacking needs it.
struct Head {
    path: String,
    query: String,
    upgrades: bool,
    body: usize,
    length: usize,
}

impl Head {
    /// Reads a head that is complete; nothing when it is no POST.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let length = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
        let mut lines = text.split("\r\n");
        let target = lines.next()?.strip_prefix("POST ")?.split(' ').next()?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (mut upgrades, mut body) = (false, 0);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            match name.to_ascii_lowercase().as_str() {
                "upgrade" => upgrades = true,
                "content-length" => body = value.trim().parse().ok()?,
                _ => {}
            }
        }
        let (_, path) = split_version(path);
        Some(Self {
            path: path.to_owned(),
            query: query.to_owned(),
            upgrades,
            body,
            length,
        })
    }

    fn hijacks(&self) -> bool {
        let parts = routes::parts(&self.path);
        let asked = matches!(
            parts.as_slice(),
            ["exec", _, "start"] | ["containers", _, "attach"]
        );
        asked && !self.upgrades && self.body < LONGEST
    }
}

/// Looks at the first request of a connection. One that hijacks without an upgrade is served here;
/// else the line is given back with nothing lost.
pub(super) async fn old_way(daemon: &Arc<Daemon>, mut line: Line) -> Option<Line> {
    let head = loop {
        let read = line.socket.read_buf(&mut line.ahead).await;
        if !matches!(read, Ok(count) if count > 0) {
            return None;
        }
        if let Some(head) = Head::parse(&line.ahead) {
            break head;
        }
        let complete = line.ahead.windows(4).any(|four| four == b"\r\n\r\n");
        let post = b"POST ".starts_with(
            line.ahead
                .get(..5.min(line.ahead.len()))
                .unwrap_or_default(),
        );
        if complete || !post || line.ahead.len() > LONGEST {
            return Some(line);
        }
    };
    if !head.hijacks() {
        return Some(line);
    }
    while line.ahead.len() < head.length + head.body {
        let read = line.socket.read_buf(&mut line.ahead).await;
        if !matches!(read, Ok(count) if count > 0) {
            return None;
        }
    }
    let body = line
        .ahead
        .get(head.length..head.length + head.body)
        .unwrap_or_default();
    let wishes: Value = serde_json::from_slice(body).unwrap_or_default();
    if wishes["Detach"].as_bool().unwrap_or(false) {
        return Some(line);
    }
    line.ahead.advance(head.length + head.body);
    let name = routes::name(&Method::POST, &head.path);
    daemon.with(|state, _| state.counters.count(&name));
    match session(daemon, &head) {
        Ok(session) => {
            let welcome = format!("HTTP/1.1 200 OK\r\nContent-Type: {RAW}\r\n\r\n");
            if line.write_all(welcome.as_bytes()).await.is_ok() {
                hijack::talk(Arc::clone(daemon), session, line).await;
            }
        }
        Err(refusal) => {
            let text = json!({ "message": refusal.message });
            let answer = format!(
                "HTTP/1.1 {} Refused\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}",
                refusal.status,
                text.to_string().len()
            );
            let _ = line.write_all(answer.as_bytes()).await;
        }
    }
    None
}

fn session(daemon: &Arc<Daemon>, head: &Head) -> Result<Session, Refusal> {
    match routes::parts(&head.path).as_slice() {
        ["exec", id, _] => exec::begin(daemon, id).map(|shell| Session::Process(Box::new(shell))),
        ["containers", id, _] => hijack::attach(daemon, id, &Query::parse(&head.query)),
        _ => Err(Refusal::missing("page not found")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hijacks_without_an_upgrade_are_taken() {
        let head = |text: &str| Head::parse(text.as_bytes());
        assert!(
            head("POST /v1.41/exec/a/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
                .unwrap()
                .hijacks()
        );
        assert!(
            !head("POST /exec/a/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n")
                .unwrap()
                .hijacks()
        );
        assert!(
            !head("POST /containers/a/start HTTP/1.1\r\n\r\n")
                .unwrap()
                .hijacks()
        );
        assert!(head("GET /info HTTP/1.1\r\n\r\n").is_none() && head("POST /x").is_none());
    }
}
