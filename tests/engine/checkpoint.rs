//! Checkpoints: what an engine is asked, word for word, and what one says that does no experiments.

use pilothouse::model::{Address, Id, ProblemKind};
use pilothouse::protocol::{Change, Command, Reply};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::bench::{Live, real};
use super::skip::leave_out;

/// An engine that lists nothing, says that all is done, and tells what it was asked to do.
async fn recorder() -> (Address, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, for_test) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let asked = asked.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
                    let answer = match request.split(' ').next() {
                        // told when there are any
                        _ if request.contains("/events") => {
                            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        }
                        Some("POST") if request.contains("/checkpoints") => {
                            "201 Created\r\nContent-Length: 0\r\n\r\n"
                        }
                        Some("POST") => "204 No Content\r\n\r\n",
                        _ => "200 OK\r\nContent-Length: 2\r\n\r\n[]",
                    };
                    let (status, rest) = answer.split_once("\r\n").unwrap();
                    let who = "Api-Version: 1.41\r\nServer: Docker/20.10.24 (linux)";
                    let answer = format!("HTTP/1.1 {status}\r\n{who}\r\n{rest}");
                    if request.starts_with("POST") {
                        asked.send(request).await.unwrap();
                    }
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    let host = "127.0.0.1".to_owned();
    (Address::Tcp { host, port }, for_test)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_is_asked_for_and_started_from() {
    let (address, mut asked) = recorder().await;
    let mut live = Live::new(address, false);
    live.until("the list", |seen| seen.lists > 0).await;
    let id = Id::new("abc");
    let freeze = Change::Checkpoint(id.clone(), "before".into());
    assert_eq!(live.run(Command::Change(freeze)).await, Ok(Reply::Done));
    let request = asked.recv().await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1.41/containers/abc/checkpoints HTTP/1.1"));
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body, json!({ "CheckpointID": "before", "Exit": true }));
    let thaw = Change::Thaw(id, "before".into());
    assert_eq!(live.run(Command::Change(thaw)).await, Ok(Reply::Done));
    let request = asked.recv().await.unwrap();
    let line = "POST /v1.41/containers/abc/start?checkpoint=before HTTP/1.1";
    assert!(request.starts_with(line), "{request}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_without_experiments_says_so_in_its_own_words() {
    let Some(under) = real() else { return };
    let id = under.start("frozen", "sleep 100", &json!({}));
    let mut live = Live::on(&under).await;
    live.until("what it is", |seen| seen.info.cpus > 0).await;
    if live.seen.info.experimental && !under.is_podman() {
        leave_out("this engine does experiments");
        return;
    }
    let freeze = Command::Change(Change::Checkpoint(id.clone(), "before".into()));
    let problem = live.run(freeze).await.unwrap_err();
    assert!(problem.summary.contains("could not freeze"), "{problem:?}");
    if under.is_podman() {
        // it has no such call at all
        assert_eq!(problem.kind, ProblemKind::NotFound);
    } else {
        assert!(problem.detail.contains("experimental"), "{problem:?}");
    }
    assert!(live.seen.containers.contains_key(&id));
}
