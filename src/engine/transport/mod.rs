//! The way to one engine: a pooled HTTP client over whatever leads there. Raw requests and
//! bollard's calls go through the same client, so connections are reused and every request
//! carries the negotiated version.

mod answer;
mod greeting;
mod tls;
mod trickle;
mod way;

use std::io;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bollard::{BollardRequest, ClientVersion, Docker};
use bytes::Bytes;
use chrono::DateTime;
use futures_util::{Stream, future};
use http_body_util::{Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::http::request::Builder;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::{Notify, OnceCell};
use tokio::time::{sleep_until, timeout};

use self::answer::{body, read_whole, refusal};
pub(crate) use self::greeting::Greeting;
use self::greeting::{OLDEST, negotiate, read_server, release};
pub(crate) use self::tls::Tls;
pub(crate) use self::trickle::Trickle;
use self::way::Connector;
pub(crate) use self::way::Way;
use super::clock;
use super::error::Error;
use crate::model::Id;
use crate::model::host::Pulse;

/// How long an engine may be silent before it is doubted.
const DOUBT: Duration = Duration::from_secs(2);

/// Bytes read from a connection at once: a buffer that stays in the cache and is used again. Larger
/// ones come fresh from the system for each read.
const READ_BUFFER: usize = 64 << 10;

/// How often an engine is greeted that closes the connection at once. One that refuses a
/// certificate says so, but only to who still listens.
const GREETINGS: usize = 3;

/// The body of a request, as bollard makes them.
type Body =
    Either<Full<Bytes>, StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>>;

/// Where an engine's socket usually is.
const SOCKET: &str = "/var/run/docker.sock";

/// A client of one engine. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client<Connector, Body>,
    way: Way,
    authority: String,
    prefix: String,
    docker: Option<Docker>,
    /// The version of Podman, where it is that.
    podman: Option<(u32, u32)>,
    /// The engine's socket on its host.
    socket: Arc<str>,
    /// Whether it measures nothing of what it runs, once that was asked.
    unmeasured: Arc<OnceCell<bool>>,
    /// Told of each sign that the engine may hang.
    doubt: Arc<Notify>,
}

impl Api {
    /// A client that has not spoken yet.
    fn new(way: Way) -> Self {
        let authority = way.authority();
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(90))
            .pool_max_idle_per_host(way.idle())
            .http1_max_buf_size(READ_BUFFER)
            .build(Connector(way.clone()));
        Self {
            client,
            way,
            authority,
            prefix: String::new(),
            docker: None,
            podman: None,
            socket: SOCKET.into(),
            unmeasured: Arc::default(),
            doubt: Arc::default(),
        }
    }

    /// A client of an engine that has greeted, within a time. At half of it the engine is greeted
    /// once more: one that hung swallowed the first greeting, and may be back.
    pub(crate) async fn greeted(way: Way, within: Duration) -> Result<(Self, Greeting), Error> {
        let half = clock::instant() + within / 2;
        let again = async {
            sleep_until(half).await;
            Self::greeting(way.clone()).await
        };
        let greeted = async {
            let first = pin!(Self::greeting(way.clone()));
            match future::select(first, pin!(again)).await {
                // a connection from before the hang may be reset while the other is being answered
                future::Either::Left((Err(error), again)) if clock::instant() >= half => {
                    again.await.map_err(|_| error)
                }
                future::Either::Right((Err(_), first)) => first.await,
                future::Either::Left((greeted, _)) | future::Either::Right((greeted, _)) => greeted,
            }
        };
        timeout(within, greeted)
            .await
            .map_err(|_| Error::Timeout(within))?
    }

    async fn greeting(way: Way) -> Result<(Self, Greeting), Error> {
        let mut api = Self::new(way);
        let mut left = GREETINGS;
        loop {
            left -= 1;
            match api.greet().await {
                // it was closed before it was used: the next may hear why
                Err(Error::Http(error)) if left > 0 && is_canceled(&error) => {}
                greeting => return Ok((api, greeting?)),
            }
        }
    }

    /// The engine may hang.
    pub(crate) fn doubt(&self) {
        self.doubt.notify_one();
    }

    /// Waits until the engine may hang: a request has waited for long, or streams came to a stop.
    pub(crate) async fn doubted(&self) {
        self.doubt.notified().await;
    }

    /// Waits for the beginning of an answer; a long wait is told. It may be right: a stop takes its
    /// time.
    async fn answer(
        &self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        let mut answer = self.client.request(request);
        match timeout(DOUBT, &mut answer).await {
            Ok(answer) => answer,
            Err(_) => {
                self.doubt();
                answer.await
            }
        }
    }

    /// Asks who is there, and settles on a version of the API.
    async fn greet(&mut self) -> Result<Greeting, Error> {
        let response = self.send(Method::GET, "/_ping", None).await?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(crate::model::text::clean)
        };
        let Some(api) = header("api-version") else {
            let status = response.status();
            return if status.is_server_error() {
                Err(refusal(response).await)
            } else if status.is_client_error() {
                Err(refusal(response).await.of_no_engine())
            } else {
                Err(Error::NotEngine(format!(
                    "it answered {status} to the ping, without an API version"
                )))
            };
        };
        let (engine, version) = read_server(&header("server").unwrap_or_default());
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let spoken = negotiate(&api, &format!("{engine} {version}"))?;
        drop(read_whole(response).await);
        self.prefix = format!("/v{}.{}", spoken.0, spoken.1);
        self.docker = Some(self.bollard(spoken)?);
        self.podman = (engine == "Podman").then(|| release(&version));
        Ok(Greeting {
            engine,
            version,
            api: format!("{}.{}", spoken.0, spoken.1),
        })
    }

    /// bollard's calls over this client.
    fn bollard(&self, (major, minor): (u32, u32)) -> Result<Docker, Error> {
        let api = self.clone();
        let transport = move |request: BollardRequest| {
            let api = api.clone();
            async move {
                let (mut parts, body) = request.into_parts();
                let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                parts.uri = api.uri(path)?;
                let request = Request::from_parts(parts, body);
                Ok(api.answer(request).await?)
            }
        };
        let version = ClientVersion {
            major_version: major as usize,
            minor_version: minor as usize,
        };
        // each call has its own, shorter limit: see `command`
        let longest = 3600;
        Ok(Docker::connect_with_custom_transport(
            transport,
            Some("http://docker"),
            longest,
            &version,
        )?)
    }

    /// Whether the engine is Podman, for the few questions that it takes in other words.
    pub(crate) fn is_podman(&self) -> bool {
        self.podman.is_some()
    }

    /// The version, where it is a Podman that changes no container once that is made: it has no
    /// call for it before 5.1.
    pub(crate) fn changes_nothing_made(&self) -> Option<(u32, u32)> {
        self.podman.filter(|version| *version < (5, 1))
    }

    /// Whether it measures nothing of what it runs; `ask` is asked for it once a connection.
    pub(crate) async fn unmeasured(&self, ask: impl Future<Output = bool>) -> &bool {
        self.unmeasured.get_or_init(|| ask).await
    }

    /// bollard's calls, once the engine has greeted.
    pub(crate) fn docker(&self) -> Result<&Docker, Error> {
        self.docker.as_ref().ok_or(Error::Offline)
    }

    fn uri(&self, path: &str) -> Result<Uri, hyper::http::Error> {
        Uri::builder()
            .scheme("http")
            .authority(self.authority.as_str())
            .path_and_query(format!("{}{path}", self.prefix))
            .build()
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<Response<Incoming>, Error> {
        self.dispatch(Request::builder().method(method), path, json)
            .await
    }

    async fn dispatch(
        &self,
        request: Builder,
        path: &str,
        json: Option<String>,
    ) -> Result<Response<Incoming>, Error> {
        let bad = |error| Error::nonsense("a request", error);
        let request = match &json {
            Some(_) => request.header("content-type", "application/json"),
            None => request,
        };
        let request = request
            .uri(self.uri(path).map_err(bad)?)
            .body(bollard::body_full(json.unwrap_or_default().into()))
            .map_err(bad)?;
        Ok(self.answer(request).await?)
    }

    /// The whole answer to a GET, within a time.
    pub(crate) async fn get(&self, path: &str, within: Duration) -> Result<Bytes, Error> {
        timeout(within, async {
            let response = self.send(Method::GET, path, None).await?;
            if response.status().is_success() {
                read_whole(response).await
            } else {
                Err(refusal(response).await)
            }
        })
        .await
        .map_err(|_| Error::Timeout(within))?
    }

    /// Asks whether the engine is there, and what its clock says.
    pub(crate) async fn ping(&self, within: Duration) -> Result<Pulse, Error> {
        let asked = clock::instant();
        timeout(within, async {
            let response = self.send(Method::GET, "/_ping", None).await?;
            if !response.status().is_success() {
                return Err(refusal(response).await);
            }
            let (latency, now) = (asked.elapsed(), clock::now());
            let date = response.headers().get("date");
            let date = date.and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
            drop(read_whole(response).await);
            // the second that the header tells began at most a second before the answer left
            let skew = date.map(|date| date.timestamp() - now.secs());
            Ok(Pulse { latency, skew })
        })
        .await
        .map_err(|_| Error::Timeout(within))?
    }

    /// A POST without an answer worth reading: whether it was done now or was so already.
    pub(crate) async fn post(&self, path: &str) -> Result<Posted, Error> {
        let response = self.send(Method::POST, path, None).await?;
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Posted::Already),
            status if status.is_success() => Ok(Posted::Done),
            _ => Err(refusal(response).await),
        }
    }

    /// The same of an engine whose socket is known.
    pub(crate) fn listening_at(mut self, socket: &Path) -> Self {
        self.socket = socket.to_string_lossy().into();
        self
    }

    /// The engine's socket on its host: where it usually is, unless it is known.
    pub(crate) fn socket(&self) -> &str {
        &self.socket
    }

    /// The version that is spoken.
    pub(crate) fn version(&self) -> (u32, u32) {
        let spoken = self.prefix.trim_start_matches("/v").split_once('.');
        let spoken =
            spoken.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        spoken.unwrap_or(OLDEST)
    }

    /// The whole answer to a POST with a body.
    pub(crate) async fn ask(&self, path: &str, json: String) -> Result<Bytes, Error> {
        let response = self.send(Method::POST, path, Some(json)).await?;
        if response.status().is_success() {
            read_whole(response).await
        } else {
            Err(refusal(response).await)
        }
    }

    /// The answer to a POST as it comes.
    pub(crate) async fn stream_of(&self, path: &str) -> Result<Incoming, Error> {
        body(self.send(Method::POST, path, None).await?).await
    }

    /// The same with a login for a registry.
    pub(crate) async fn stream_with(
        &self,
        path: &str,
        login: Option<&str>,
    ) -> Result<Incoming, Error> {
        let request = Request::builder().method(Method::POST);
        let request = match login {
            Some(login) => request.header("X-Registry-Auth", login),
            None => request,
        };
        body(self.dispatch(request, path, None).await?).await
    }

    /// The body of a GET as it comes.
    pub(crate) async fn stream(&self, path: &str) -> Result<Incoming, Error> {
        body(self.send(Method::GET, path, None).await?).await
    }

    /// The samples of a container as they come.
    pub(crate) async fn samples(&self, id: &Id) -> Result<Trickle, Error> {
        let uri = self.uri(&format!("/containers/{id}/stats?stream=1"));
        let uri = uri.map_err(|error| Error::nonsense("a request", error))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Trickle::open(&self.way, path).await
    }

    /// A header of the answer to a HEAD, within a time.
    pub(crate) async fn head(
        &self,
        path: &str,
        name: &str,
        within: Duration,
    ) -> Result<String, Error> {
        let sent = timeout(within, self.send(Method::HEAD, path, None)).await;
        let response = sent.map_err(|_| Error::Timeout(within))??;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let value = response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        let missing = || Error::nonsense("the answer about a file", format!("it has no {name}"));
        value.map(str::to_owned).ok_or_else(missing)
    }

    /// A PUT of a body as it comes.
    pub(crate) async fn put(
        &self,
        path: &str,
        body: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<(), Error> {
        let frames = futures_util::StreamExt::map(body, |piece| piece.map(Frame::data));
        let body: Body = Either::Right(StreamBody::new(Box::pin(frames)));
        let bad = |error| Error::nonsense("a request", error);
        let request = Request::builder()
            .method(Method::PUT)
            .header("content-type", "application/x-tar")
            .uri(self.uri(path).map_err(bad)?)
            .body(body)
            .map_err(bad)?;
        let response = self.client.request(request).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(refusal(response).await)
    }

    /// A POST that turns the connection into a plain two-way stream.
    pub(crate) async fn hijack(
        &self,
        path: &str,
        json: String,
    ) -> Result<TokioIo<hyper::upgrade::Upgraded>, Error> {
        let request = Request::builder()
            .method(Method::POST)
            .header("connection", "Upgrade")
            .header("upgrade", "tcp");
        let response = self.dispatch(request, path, Some(json)).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(TokioIo::new(hyper::upgrade::on(response).await?));
        }
        if response.status().is_success() {
            return Err(Error::NotEngine(
                "it does not hand over the connection for a shell".to_owned(),
            ));
        }
        Err(refusal(response).await)
    }
}

/// Whether a connection ended before a request had gone over it.
fn is_canceled(error: &hyper_util::client::legacy::Error) -> bool {
    let cause = std::error::Error::source(error);
    let cause = cause.and_then(|cause| cause.downcast_ref::<hyper::Error>());
    cause.is_some_and(hyper::Error::is_canceled)
}

/// What a POST came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    /// It was done.
    Done,
    /// It was so already (304).
    Already,
}

/// A query value with everything escaped that is not plainly harmless.
pub(crate) fn escape(value: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(value.len() * 2);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte as char);
        } else {
            // writing to a String cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_escaped() {
        assert_eq!(escape(r#"{"id":["a"]}"#), "%7B%22id%22%3A%5B%22a%22%5D%7D");
    }
}
