//! How connections to an engine are opened: one way for each sort of address, one sort of stream
//! for the client above.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::tunnel::Dial;
use super::tls::Tls;
use crate::model::host::bracketed;
use crate::os::local;

/// How long a connection may take on this machine, or over plain TCP.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one may take that needs more than one round trip.
const CONNECT_FAR: Duration = Duration::from_secs(6);

/// How connections are opened.
#[derive(Clone)]
pub(crate) enum Way {
    /// A Unix socket or a named pipe: an engine's own, or the near end of a tunnel.
    Local(PathBuf),
    /// Plain TCP.
    Tcp(String, u16),
    /// TLS.
    Tls(Arc<Tls>),
    /// A channel of ssh for each.
    #[cfg_attr(windows, expect(dead_code, reason = "there are no tunnels"))]
    Dial(Arc<Dial>),
}

impl Way {
    /// The name and port for a request's head.
    pub(crate) fn authority(&self) -> String {
        match self {
            Self::Local(_) | Self::Dial(_) => "docker".to_owned(),
            Self::Tcp(host, port) => format!("{}:{port}", bracketed(host)),
            Self::Tls(tls) => tls.authority(),
        }
    }

    /// Connections that may wait for their next use.
    pub(crate) fn idle(&self) -> usize {
        match self {
            // each is a session there, of which a server gives few
            Self::Dial(_) => 1,
            _ => 8,
        }
    }

    fn limit(&self) -> Duration {
        match self {
            Self::Tls(_) | Self::Dial(_) => CONNECT_FAR,
            _ => CONNECT,
        }
    }

    /// Opens a connection, within a time.
    pub(crate) async fn connect(&self) -> io::Result<Socket> {
        let opened = timeout(self.limit(), self.clone().open()).await;
        opened.map_err(|_| io::ErrorKind::TimedOut)?
    }

    async fn open(self) -> io::Result<Socket> {
        Ok(match self {
            Self::Local(path) => Socket::over(local::connect(&path).await?),
            Self::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), port)).await?;
                stream.set_nodelay(true)?;
                Socket::over(stream)
            }
            Self::Tls(tls) => Socket::over(tls.open().await?),
            Self::Dial(dial) => Socket::over(dial.open().await?),
        })
    }
}

/// A stream of any sort.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection.
pub(crate) struct Socket(Box<dyn Duplex>);

impl Socket {
    /// A connection over any stream.
    pub(super) fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(cx)
    }
}

/// Opens connections for the client.
#[derive(Clone)]
pub(crate) struct Connector(pub(crate) Way);

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Socket>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let way = self.0.clone();
        Box::pin(async move { Ok(TokioIo::new(way.connect().await?)) })
    }
}
