//! What goes wrong on purpose, and what survives it.
//!
//! Must wait for what comes, never for time.

use http_body_util::BodyExt;
use pilothouse::demo::{self, Fault, Options, Scenario};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::client::{Client, LIMIT, begin, chunk, event, filters, start};

#[tokio::test]
async fn troubles_are_as_described() {
    let (_demo, client) = start(Scenario::Trouble);
    let (status, message) = client.post("/containers/unstoppable/stop").await;
    assert!(
        status == 500 && message.contains("did not receive an exit event"),
        "{message}"
    );
    assert_eq!(
        client
            .ask("GET", "/containers/log-none/logs?stdout=1")
            .await
            .0,
        501
    );
    assert_eq!(client.ask("GET", "/containers/ghost/json").await.0, 404);
    assert_eq!(
        client.ask("GET", "/containers/stats-fail/stats").await.0,
        500
    );
    let mut log = client
        .stream("/containers/log-drops/logs?stdout=1&follow=1")
        .await;
    loop {
        match timeout(LIMIT, log.frame()).await.unwrap() {
            Some(Ok(_)) => {}
            Some(Err(_)) => break,
            None => panic!("the log ended in order"),
        }
    }
    let hostile = client.get("/containers/json?all=1").await.to_string();
    assert!(hostile.contains("\\u001b]0;owned\\u0007") && hostile.contains('\u{202e}'));
}

#[tokio::test]
async fn faults_come_and_go() {
    let (demo, client) = start(Scenario::Shop);
    let mut events = client.stream("/events").await;
    demo.set_fault(Fault::Refuse500);
    assert_eq!(client.ask("GET", "/containers/json").await.0, 500);
    demo.set_fault(Fault::GarbageJson);
    let garbage = client.text("/containers/json").await;
    assert!(serde_json::from_slice::<Value>(&garbage).is_err());
    demo.set_fault(Fault::HangAfterPing);
    assert_eq!(client.text("/_ping").await, b"OK");
    let asked = demo.counters().requests;
    let other = client.clone();
    let hung = tokio::spawn(async move { other.send("GET", "/info", &Value::Null).await.is_err() });
    while demo.counters().requests == asked {
        tokio::task::yield_now().await;
    }
    demo.set_fault(Fault::CloseMidStream);
    assert!(hung.await.unwrap(), "a request that hangs breaks too");
    while chunk(&mut events).await.is_some() {}
    let cut = client
        .send("GET", "/containers/json", &Value::Null)
        .await
        .unwrap();
    assert!(cut.into_body().collect().await.is_err());
    assert_eq!(client.post("/_demo/fault?name=none").await.0, 204);
    assert!(client.get("/containers/json").await.is_array());
    assert_eq!(client.post("/_demo/fault?name=nap").await.0, 400);
}

#[tokio::test]
async fn an_engine_is_killed_and_comes_back_with_other_containers() {
    let (demo, client) = start(Scenario::Shop);
    let mut events = client.stream("/events").await;
    assert_eq!(client.post("/containers/shop-web-1/kill").await.0, 204);
    demo.pause();
    while chunk(&mut events).await.is_some() {}
    assert!(UnixStream::connect(demo.socket()).await.is_err());
    demo.resume().unwrap();
    assert_eq!(
        client.get("/containers/shop-web-1/json").await["State"]["Status"],
        "exited"
    );
    demo.pause();
    demo.resume_with(Options {
        count: Some(30),
        ..Options::from(Scenario::Crowd)
    })
    .unwrap();
    assert_eq!(
        client
            .get("/containers/json?all=1")
            .await
            .as_array()
            .unwrap()
            .len(),
        30
    );
    let socket = demo.socket().to_owned();
    assert!(socket.as_os_str().len() < 100);
    drop(demo);
    assert!(!socket.exists() && !socket.parent().unwrap().exists());
}

#[tokio::test]
async fn a_crowd_is_counted_and_churns() {
    let (_demo, client) = begin(Options {
        count: Some(2_000),
        events_per_second: 50.0,
        healthcheck_every: Some(Duration::from_secs(30)),
        ..Options::from(Scenario::Crowd)
    });
    let all = client.get("/containers/json?all=1").await;
    let all = all.as_array().unwrap();
    let running = all.iter().filter(|one| one["State"] == "running").count();
    assert!(
        all.len() == 2_000 && (1_750..1_850).contains(&running),
        "{running}"
    );
    let size = all.iter().map(|one| one.to_string().len()).sum::<usize>() / all.len();
    assert!((800..1_700).contains(&size), "{size} bytes an entry");
    let mut events = client
        .stream(&format!("/events?{}", filters(r#"{"event":["die"]}"#)))
        .await;
    assert_eq!(event(&mut events).await["Action"], "die");
    let counters = client.get("/_demo/counters").await;
    assert_eq!(counters["by_route"]["GET /containers/json"], 1);
    assert_eq!(
        (&counters["requests"], &counters["streams_open"]),
        (&json!(2), &json!(1))
    );
    assert!(counters["bytes_out"].as_u64() > Some(1_600_000));
}

#[tokio::test]
async fn a_served_socket_replaces_a_stale_one_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let served = path.clone();
    let serving = tokio::spawn(async move { demo::serve(&served, Options::default()).await });
    timeout(LIMIT, async {
        while UnixStream::connect(&path).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert_eq!(Client(path.clone()).text("/_ping").await, b"OK");
    let second = demo::serve(&path, Options::default()).await.unwrap_err();
    assert_eq!(second.kind(), std::io::ErrorKind::AddrInUse);
    serving.abort();
    assert!(serving.await.is_err());
    assert!(!path.exists());
}
