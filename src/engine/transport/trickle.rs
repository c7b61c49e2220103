//! An answer that trickles for as long as somebody listens, over a connection of its own. It is
//! asked for in HTTP/1.0, so that it is plain bytes to the end of the connection (RFC 1945, 7.2.2):
//! a screen of rows has dozens of them, and one that waits needs no buffer at all. A connection of
//! the client's takes 25 kB.

use std::future::poll_fn;
use std::io;
use std::mem::{self, MaybeUninit};
use std::pin::Pin;
use std::task::{Poll, ready};

use httparse::{EMPTY_HEADER, Response, Status};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::answer::WORDS;
use super::way::{Socket, Way};
use crate::engine::error::{Error, said};

/// Bytes that are read at once; a sample has about 2,500.
const PIECE: usize = 8 << 10;
/// Bytes that most heads fit into.
const HEAD: usize = 512;
/// Bytes of a head, or of a refusal, at most.
const LONGEST: usize = 64 << 10;
/// Headers of an answer at most.
const HEADERS: usize = 64;

/// The answer, as it comes.
pub(crate) struct Trickle {
    socket: Socket,
    /// What came together with the head.
    rest: Vec<u8>,
}

impl Trickle {
    /// Asks for a path.
    ///
    /// # Errors
    /// What kept it from being sent, or what the engine refused it with.
    pub(super) async fn open(way: &Way, path: &str) -> Result<Self, Error> {
        Self::over(way.connect().await?, &way.authority(), path).await
    }

    async fn over(mut socket: Socket, authority: &str, path: &str) -> Result<Self, Error> {
        let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
        socket.write_all(request.as_bytes()).await?;
        socket.flush().await?;
        let mut trickle = Self {
            socket,
            rest: Vec::with_capacity(HEAD),
        };
        match trickle.head().await? {
            200..300 => Ok(trickle),
            code => Err(trickle.refusal(code).await),
        }
    }

    /// What `take` makes of the next bytes; nothing at the end. May be dropped and called again:
    /// nothing is lost.
    pub(crate) async fn next<T>(
        &mut self,
        mut take: impl FnMut(&[u8]) -> T,
    ) -> io::Result<Option<T>> {
        let rest = mem::take(&mut self.rest);
        if !rest.is_empty() {
            return Ok(Some(take(&rest)));
        }
        poll_fn(|context| {
            let mut space = [MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut piece))?;
            let bytes = piece.filled();
            Poll::Ready(Ok((!bytes.is_empty()).then(|| take(bytes))))
        })
        .await
    }

    /// Reads the head: the status. What came with it is kept.
    async fn head(&mut self) -> Result<u16, Error> {
        loop {
            if let Some((code, length)) = read_head(&self.rest)? {
                self.rest.drain(..length);
                return Ok(code);
            }
            if self.rest.len() > LONGEST {
                return Err(odd("it has no end"));
            }
            if self.socket.read_buf(&mut self.rest).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    /// What an answer says that is a refusal.
    async fn refusal(mut self, code: u16) -> Error {
        let read = async {
            while self.rest.len() < LONGEST
                && matches!(self.socket.read_buf(&mut self.rest).await, Ok(1..))
            {}
        };
        // one that never ends is not waited for
        let _ = timeout(WORDS, read).await;
        let message = said(&self.rest);
        Error::Status { code, message }
    }
}

/// The status of a head and its length in bytes, once it is whole.
fn read_head(bytes: &[u8]) -> Result<Option<(u16, usize)>, Error> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut head = Response::new(&mut headers);
    let parsed = head.parse(bytes).map_err(|error| odd(&error.to_string()))?;
    let Status::Complete(length) = parsed else {
        return Ok(None);
    };
    let mut headers = head.headers.iter();
    if headers.any(|header| header.name.eq_ignore_ascii_case("transfer-encoding")) {
        return Err(odd("it is in pieces, which HTTP/1.0 has not"));
    }
    Ok(Some((head.code.unwrap_or_default(), length)))
}

fn odd(why: &str) -> Error {
    Error::nonsense("the head of an answer", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of an answer, all of it, whatever pieces it comes in; and what was asked.
    async fn asked(answer: &[u8], piece: usize) -> (Result<Vec<u8>, Error>, String) {
        let (near, mut far) = tokio::io::duplex(64);
        let answer = answer.to_vec();
        let engine = tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                far.read_buf(&mut request).await.unwrap();
            }
            for piece in answer.chunks(piece) {
                // who has heard enough listens no more
                if far.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            String::from_utf8(request).unwrap()
        });
        let read = async {
            let mut trickle = Trickle::over(Socket::over(near), "docker", "/x").await?;
            let mut all = Vec::new();
            while let Some(bytes) = trickle.next(<[u8]>::to_vec).await? {
                assert!(!bytes.is_empty());
                all.extend(bytes);
            }
            Ok(all)
        };
        (read.await, engine.await.unwrap())
    }

    #[tokio::test]
    async fn an_answer_comes_whole_in_whatever_pieces() {
        let answer =
            b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\n{\"b\":2}\n";
        for piece in 1..answer.len() {
            let (read, request) = asked(answer, piece).await;
            assert_eq!(read.unwrap(), b"{\"a\":1}\n{\"b\":2}\n", "{piece}");
            assert_eq!(request, "GET /x HTTP/1.0\r\nHost: docker\r\n\r\n");
        }
        let (none, _) = asked(b"HTTP/1.1 200 OK\r\n\r\n", 100).await;
        assert!(none.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_error() {
        let refused = b"HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"No such container: web\"}\n";
        let (read, _) = asked(refused, 7).await;
        let Err(Error::Status { code, message }) = read else {
            panic!("{read:?}")
        };
        assert_eq!((code, message.as_str()), (404, "No such container: web"));
        let pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        assert!(matches!(
            asked(pieces, 9).await.0,
            Err(Error::Nonsense { .. })
        ));
        assert!(matches!(
            asked(b"SSH-2.0-x\r\n", 99).await.0,
            Err(Error::Nonsense { .. })
        ));
        let endless = [&b"HTTP/1.0 200 OK\r\nx: "[..], &vec![b'a'; LONGEST * 2]].concat();
        assert!(matches!(
            asked(&endless, 50).await.0,
            Err(Error::Nonsense { .. })
        ));
        for cut in [&b""[..], b"HTTP/1.0 200", b"HTTP/1.0 200 OK\r\nA: b"] {
            assert!(matches!(asked(cut, 9).await.0, Err(Error::Io(_))));
        }
    }
}
