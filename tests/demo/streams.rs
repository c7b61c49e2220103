//! What streams: logs, statistics, events, hijacked shells.
//!
//! Must wait for what comes, never for time.

use hyper_util::rt::TokioIo;
use pilothouse::demo::{Options, Scenario};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::client::{LIMIT, begin, chunk, event, exec, filters, frames, start};

#[tokio::test]
async fn logs_are_framed_cut_and_dated() {
    let (_demo, client) = start(Scenario::Shop);
    let path = "/containers/shop-api-1/logs?stdout=1&stderr=1&timestamps=1";
    let lines = frames(&client.text(&format!("{path}&tail=20")).await);
    assert_eq!(lines.len(), 20);
    let times: Vec<&str> = lines.iter().map(|(_, line)| &line[..30]).collect();
    assert!(times.is_sorted() && times[0].ends_with('Z'), "{times:?}");
    let again = frames(&client.text(&format!("{path}&tail=500")).await);
    let place = again
        .iter()
        .position(|line| *line == lines[10])
        .expect("lines repeat");
    assert_eq!(again[place + 5], lines[15]);
    // since takes a fraction, and means that very moment or later
    let moment = chrono::DateTime::parse_from_rfc3339(times[10]).unwrap();
    let since = format!(
        "{}.{:09}",
        moment.timestamp(),
        moment.timestamp_subsec_nanos()
    );
    let later = frames(&client.text(&format!("{path}&since={since}")).await);
    assert_eq!(later[0], lines[10]);
    let until = frames(&client.text(&format!("{path}&tail=500&until={since}")).await);
    assert_eq!(until.last(), Some(&lines[10]));
    assert!(until.len() < 500, "the tail is taken before until");
    let errors = frames(
        &client
            .text("/containers/shop-api-1/logs?stderr=1&tail=300")
            .await,
    );
    assert!(errors.iter().all(|(stream, _)| *stream == 2));
    let (status, message) = client.ask("GET", "/containers/shop-api-1/logs").await;
    assert_eq!(
        (status, message.as_str()),
        (400, "Bad parameters: you must choose at least one stream")
    );
    let dead = frames(
        &client
            .text("/containers/legacy/logs?stdout=1&stderr=1&follow=1")
            .await,
    );
    assert!(dead.last().unwrap().1.starts_with("ConnectionRefusedError"));
}

#[tokio::test]
async fn a_followed_log_goes_on_and_ends_with_its_container() {
    let (_demo, client) = start(Scenario::Shop);
    let path = "/containers/shop-web-1/logs?stdout=1&stderr=1&follow=1&tail=0";
    let mut log = client.stream(path).await;
    for _ in 0..3 {
        assert_eq!(frames(&chunk(&mut log).await.expect("a new line")).len(), 1);
    }
    assert_eq!(client.post("/containers/shop-web-1/stop").await.0, 204);
    while chunk(&mut log).await.is_some() {}
}

#[tokio::test]
async fn a_flood_never_stops_and_a_terminal_is_raw() {
    let (demo, client) = start(Scenario::Storm);
    let mut log = client
        .stream("/containers/flood/logs?stdout=1&stderr=1&follow=1&tail=10")
        .await;
    let mut bytes = 0;
    while bytes < 3_000_000 {
        bytes += chunk(&mut log).await.expect("more").len();
    }
    assert_eq!(demo.counters().streams_open, 1);
    drop(log);
    let bar = client
        .text("/containers/progress/logs?stdout=1&tail=30")
        .await;
    assert!(
        bar.starts_with(b"\r"),
        "no frame around a terminal's output"
    );
    let huge = frames(
        &client
            .text("/containers/huge-lines/logs?stdout=1&tail=8")
            .await,
    );
    assert!(
        huge.iter()
            .any(|(_, part)| part.len() == 16 * 1024 && !part.ends_with('\n'))
    );
    assert!(
        client
            .text("/containers/silent/logs?stdout=1&stderr=1")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn samples_have_the_shape_of_both_cgroup_versions() {
    let (_demo, client) = start(Scenario::Shop);
    let mut stats = client.stream("/containers/shop-api-1/stats").await;
    assert_eq!(event(&mut stats).await["preread"], "0001-01-01T00:00:00Z");
    event(&mut stats).await;
    let third = event(&mut stats).await;
    let total = |side: &str| third[side]["cpu_usage"]["total_usage"].as_u64().unwrap();
    let system = |side: &str| third[side]["system_cpu_usage"].as_u64().unwrap();
    let share = (total("cpu_stats") - total("precpu_stats")) as f64;
    let percent = share / (system("cpu_stats") - system("precpu_stats")) as f64 * 8.0 * 100.0;
    assert!((5.0..130.0).contains(&percent), "{percent}");
    assert!(third["memory_stats"]["stats"]["total_inactive_file"].is_u64());
    assert!(third["networks"]["eth0"]["rx_bytes"].as_u64() > Some(0));
    let dead = client.get("/containers/legacy/stats?stream=0").await;
    assert_eq!(
        (&dead["read"], &dead["memory_stats"]),
        (&json!("0001-01-01T00:00:00Z"), &json!({}))
    );

    let (_modern, client) = begin(Options {
        api_version: (1, 47),
        ..Options::default()
    });
    let sample = client
        .get("/containers/shop-api-1/stats?stream=0&one-shot=1")
        .await;
    assert!(sample["memory_stats"]["stats"]["inactive_file"].is_u64());
    assert!(sample["memory_stats"]["stats"]["total_inactive_file"].is_null());
}

#[tokio::test]
async fn events_tell_what_happens_and_what_happened() {
    let (_demo, client) = start(Scenario::Shop);
    let only = r#"{"container":["shop-cache-1"],"event":["kill","die","stop","start","restart"]}"#;
    let path = format!("/events?{}", filters(only));
    let mut events = client.stream(&path).await;
    assert_eq!(
        client.post("/containers/shop-cache-1/restart?t=3").await.0,
        204
    );
    for action in ["kill", "die", "stop", "start", "restart"] {
        let event = event(&mut events).await;
        assert_eq!(event["Action"], action);
        assert_eq!(
            event["Actor"]["Attributes"]["com.docker.compose.service"],
            "cache"
        );
    }
    let now = client.get("/info").await["SystemTime"]
        .as_str()
        .unwrap()
        .to_owned();
    let past = client.text(&format!("{path}&since=1&until={now}")).await;
    assert_eq!(
        past.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .count(),
        5
    );
}

#[tokio::test]
async fn a_shell_is_hijacked_by_an_upgrade() {
    let (_demo, client) = start(Scenario::Shop);
    let body = json!({"Cmd": ["sh"], "Tty": true, "AttachStdin": true, "AttachStdout": true});
    let id = exec(&client, "shop-web-1", &body).await;
    let wish = json!({"Detach": false, "Tty": true});
    let answer = client
        .send("POST", &format!("/exec/{id}/start"), &wish)
        .await
        .unwrap();
    assert_eq!(answer.status(), 101);
    let mut shell = TokioIo::new(hyper::upgrade::on(answer).await.unwrap());
    assert_eq!(
        client
            .post(&format!("/exec/{id}/resize?h=40&w=120"))
            .await
            .0,
        200
    );
    shell
        .write_all(b"echo hello there\rstty size\rexit 9\r")
        .await
        .unwrap();
    let mut said = String::new();
    timeout(LIMIT, shell.read_to_string(&mut said))
        .await
        .unwrap()
        .unwrap();
    assert!(
        said.starts_with("/ # ") && said.contains("\r\nhello there\r\n"),
        "{said:?}"
    );
    assert!(said.contains("40 120\r\n"), "{said:?}");
    let seen = client.get(&format!("/exec/{id}/json")).await;
    assert_eq!(
        (&seen["Running"], &seen["ExitCode"]),
        (&json!(false), &json!(9))
    );
}

#[tokio::test]
async fn a_missing_program_is_told_the_old_way_too() {
    let (_demo, client) = start(Scenario::Shop);
    let body = json!({"Cmd": ["sh"], "AttachStdout": true});
    let id = exec(&client, "monitoring-alertmanager-1", &body).await;
    let mut socket = UnixStream::connect(&client.0).await.unwrap();
    let head =
        format!("POST /v1.41/exec/{id}/start HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\n{{}}");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LIMIT, socket.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("exec: \"sh\": executable file not found in $PATH: unknown"));
    assert_eq!(
        client.get(&format!("/exec/{id}/json")).await["ExitCode"],
        126
    );
}

#[tokio::test]
async fn pictures_repeat_under_a_fixed_clock() {
    let epoch = chrono::DateTime::parse_from_rfc3339("2026-03-01T12:00:00Z")
        .unwrap()
        .to_utc();
    let options = || Options {
        epoch: Some(epoch),
        ..Options::default()
    };
    let ((_one, first), (_two, second)) = (begin(options()), begin(options()));
    let until = epoch.timestamp() - 5;
    let path = format!(
        "/containers/shop-web-1/logs?stdout=1&timestamps=1&until={until}&since={}",
        until - 30
    );
    let said = first.text(&path).await;
    assert!(!said.is_empty());
    assert!(
        said == second.text(&path).await,
        "the same lines at the same moments"
    );
    let list = "/containers/json?all=1";
    assert_eq!(first.get(list).await, second.get(list).await);
}
