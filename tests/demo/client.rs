//! A client of the simulated engine: requests, streams and frames over its socket.
//!
//! Must use no client library of the crate, so that both ends stay independent.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use pilothouse::demo::{self, Demo, Options, Scenario};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::timeout;

pub(crate) const LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Client(pub(crate) PathBuf);

impl Client {
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> hyper::Result<Response<Incoming>> {
        let socket = UnixStream::connect(&self.0).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection.with_upgrades());
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "d");
        if path.starts_with("/exec/") && path.ends_with("/start") {
            request = request
                .header("connection", "Upgrade")
                .header("upgrade", "tcp");
        }
        let request = request.body(Full::new(Bytes::from(text))).unwrap();
        timeout(LIMIT, sender.send_request(request))
            .await
            .expect("an answer in time")
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(method, path, body).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, value) = self.call("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Status and message of a request without a body.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let (status, value) = self.call(method, path, &Value::Null).await;
        (
            status,
            value["message"].as_str().unwrap_or_default().to_owned(),
        )
    }

    pub(crate) async fn post(&self, path: &str) -> (u16, String) {
        self.ask("POST", path).await
    }

    pub(crate) async fn text(&self, path: &str) -> Vec<u8> {
        let answer = self.send("GET", path, &Value::Null).await.unwrap();
        timeout(LIMIT, answer.into_body().collect())
            .await
            .unwrap()
            .unwrap()
            .to_bytes()
            .to_vec()
    }

    pub(crate) async fn stream(&self, path: &str) -> Incoming {
        let answer = self.send("GET", path, &Value::Null).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.into_body()
    }
}

pub(crate) async fn chunk(body: &mut Incoming) -> Option<Bytes> {
    let frame = timeout(LIMIT, body.frame())
        .await
        .expect("a chunk in time")?;
    Some(frame.ok()?.into_data().unwrap())
}

pub(crate) async fn event(body: &mut Incoming) -> Value {
    serde_json::from_slice(&chunk(body).await.expect("an event")).unwrap()
}

pub(crate) fn start(scenario: Scenario) -> (Demo, Client) {
    begin(Options::from(scenario))
}

pub(crate) fn begin(options: Options) -> (Demo, Client) {
    let demo = demo::start(options).unwrap();
    let client = Client(demo.socket().to_owned());
    (demo, client)
}

/// `filters=` with quotes as a query needs them.
pub(crate) fn filters(text: &str) -> String {
    format!("filters={}", text.replace('"', "%22"))
}

/// Stream number and text of each frame.
pub(crate) fn frames(mut bytes: &[u8]) -> Vec<(u8, String)> {
    let mut all = Vec::new();
    while let [stream, 0, 0, 0, a, b, c, d, rest @ ..] = bytes {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        all.push((
            *stream,
            String::from_utf8_lossy(&rest[..length]).into_owned(),
        ));
        bytes = &rest[length..];
    }
    assert!(bytes.is_empty(), "{} bytes are no frame", bytes.len());
    all
}

pub(crate) async fn exec(client: &Client, name: &str, body: &Value) -> String {
    let (status, made) = client
        .call("POST", &format!("/containers/{name}/exec"), body)
        .await;
    assert_eq!(status, 201, "{made}");
    made["Id"].as_str().unwrap().to_owned()
}
