//! The simulated engine, driven over its socket as any client would drive it.
//!
//! Must not look inside: what is proved here is what travels on the wire.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use pilothouse::demo::{self, Demo, Fault, Options, Scenario};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone)]
struct Client(PathBuf);

impl Client {
    async fn send(
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

    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(method, path, body).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    async fn get(&self, path: &str) -> Value {
        let (status, value) = self.call("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Status and message of a request without a body.
    async fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let (status, value) = self.call(method, path, &Value::Null).await;
        (
            status,
            value["message"].as_str().unwrap_or_default().to_owned(),
        )
    }

    async fn post(&self, path: &str) -> (u16, String) {
        self.ask("POST", path).await
    }

    async fn text(&self, path: &str) -> Vec<u8> {
        let answer = self.send("GET", path, &Value::Null).await.unwrap();
        timeout(LIMIT, answer.into_body().collect())
            .await
            .unwrap()
            .unwrap()
            .to_bytes()
            .to_vec()
    }

    async fn stream(&self, path: &str) -> Incoming {
        let answer = self.send("GET", path, &Value::Null).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.into_body()
    }
}

async fn chunk(body: &mut Incoming) -> Option<Bytes> {
    let frame = timeout(LIMIT, body.frame())
        .await
        .expect("a chunk in time")?;
    Some(frame.ok()?.into_data().unwrap())
}

async fn event(body: &mut Incoming) -> Value {
    serde_json::from_slice(&chunk(body).await.expect("an event")).unwrap()
}

fn start(scenario: Scenario) -> (Demo, Client) {
    begin(Options::from(scenario))
}

fn begin(options: Options) -> (Demo, Client) {
    let demo = demo::start(options).unwrap();
    let client = Client(demo.socket().to_owned());
    (demo, client)
}

/// `filters=` with quotes as a query needs them.
fn filters(text: &str) -> String {
    format!("filters={}", text.replace('"', "%22"))
}

/// Stream number and text of each frame.
fn frames(mut bytes: &[u8]) -> Vec<(u8, String)> {
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

#[tokio::test]
async fn versions_are_negotiated_as_the_engine_does() {
    let (_demo, client) = start(Scenario::Shop);
    let answer = client.send("HEAD", "/_ping", &Value::Null).await.unwrap();
    assert_eq!(answer.headers()["api-version"], "1.41");
    assert_eq!(client.get("/v1.41/version").await["Version"], "20.10.24");
    let (status, message) = client.ask("GET", "/v1.99/info").await;
    assert_eq!(status, 400);
    assert_eq!(
        message,
        "client version 1.99 is too new. Maximum supported API version is 1.41"
    );
    let old = client.text("/v1.5/info").await;
    assert!(
        old.starts_with(b"client version 1.5 is too old. Minimum supported API version is 1.12")
    );
    assert_eq!(
        client.ask("GET", "/bogus").await,
        (404, "page not found".to_owned())
    );
    assert_eq!(client.get("/info").await["CgroupVersion"], "1");
    assert!(client.get("/system/df").await["Images"].is_array());
}

#[tokio::test]
async fn a_container_lives_and_its_state_stays() {
    let (_demo, client) = start(Scenario::Shop);
    let web = "/containers/shop-web-1";
    let at = |verb: &str| format!("{web}/{verb}");
    assert_eq!(client.post(&at("start")).await.0, 304);
    let before = client.get(&at("json")).await["State"]["StartedAt"].clone();
    assert_eq!(client.post(&at("stop")).await.0, 204);
    assert_eq!(client.post(&at("stop")).await.0, 304);
    assert_eq!(client.get(&at("json")).await["State"]["Status"], "exited");
    assert_eq!(client.post(&at("start")).await.0, 204);
    assert_ne!(client.get(&at("json")).await["State"]["StartedAt"], before);
    assert_eq!(client.post(&at("pause")).await.0, 204);
    let (status, message) = client.post(&at("pause")).await;
    assert!(
        status == 409 && message.ends_with("is already paused"),
        "{message}"
    );
    let (status, message) = client.post(&at("start")).await;
    assert_eq!(
        (status, message.as_str()),
        (409, "cannot start a paused container, try unpause instead")
    );
    assert_eq!(client.post(&at("unpause")).await.0, 204);
    assert_eq!(client.post(&at("unpause")).await.0, 500);
    let (status, message) = client.ask("DELETE", web).await;
    assert!(status == 409 && message.starts_with("You cannot remove a running container"));
    assert_eq!(client.post(&at("kill?signal=KILL")).await.0, 204);
    let (status, message) = client.post(&at("kill")).await;
    assert!(status == 409 && message.starts_with("Cannot kill container: shop-web-1: Container"));
    let (status, message) = client.post(&at("rename?name=shop-db-1")).await;
    assert!(status == 409 && message.starts_with("Conflict. The container name \"/shop-db-1\""));
    assert_eq!(client.post(&at("rename?name=edge")).await.0, 204);
    assert_eq!(client.ask("DELETE", "/containers/edge").await.0, 204);
    let gone = client.ask("GET", "/containers/edge/json").await;
    assert_eq!(gone, (404, "No such container: edge".to_owned()));
}

#[tokio::test]
async fn a_stubborn_container_takes_its_whole_timeout() {
    let (_demo, client) = start(Scenario::Shop);
    let begun = client.get("/info").await["SystemTime"].clone();
    assert_eq!(client.post("/containers/shop-db-1/stop?t=1").await.0, 204);
    let state = client.get("/containers/shop-db-1/json").await["State"].clone();
    let moment = |value: &Value| {
        value
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    let took = moment(&state["FinishedAt"]) - moment(&begun);
    assert!((1_000..3_000).contains(&took.num_milliseconds()), "{took}");
    assert_eq!(
        (&state["ExitCode"], &state["OOMKilled"]),
        (&json!(137), &json!(false))
    );
}

#[tokio::test]
async fn lists_filter_and_limit() {
    let (_demo, client) = start(Scenario::Shop);
    let names = async |query: &str| {
        let list = client.get(&format!("/containers/json?{query}")).await;
        list.as_array()
            .unwrap()
            .iter()
            .map(|one| one["Names"][0].to_string())
            .collect::<Vec<_>>()
    };
    assert!(names("all=1").await.len() > names("").await.len());
    assert_eq!(names("limit=2").await.len(), 2);
    let exited = names(&filters(r#"{"status":["exited"]}"#)).await;
    assert!(exited.contains(&"\"/legacy\"".to_owned()), "{exited:?}");
    let ill = names(&filters(r#"{"health":["unhealthy"]}"#)).await;
    assert!(
        ill.contains(&"\"/monitoring-grafana-1\"".to_owned()),
        "{ill:?}"
    );
    let shop = names(&filters(r#"{"label":["com.docker.compose.project=shop"]}"#)).await;
    assert_eq!(shop.len(), 6, "{shop:?}");
    assert_eq!(
        client
            .ask(
                "GET",
                &format!("/containers/json?{}", filters(r#"{"x":["y"]}"#))
            )
            .await
            .0,
        400
    );
    let one = &client.get("/containers/json?all=1&size=1").await[0];
    for key in [
        "Id",
        "Image",
        "ImageID",
        "Ports",
        "Labels",
        "State",
        "Status",
        "SizeRootFs",
    ] {
        assert!(!one[key].is_null(), "{key}");
    }
    let id = one["Id"].as_str().unwrap();
    assert_eq!(
        client.get(&format!("/containers/{}/json", &id[..10])).await["Id"],
        id
    );
}

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
    assert!((2.0..60.0).contains(&percent), "{percent}");
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

async fn exec(client: &Client, name: &str, body: &Value) -> String {
    let (status, made) = client
        .call("POST", &format!("/containers/{name}/exec"), body)
        .await;
    assert_eq!(status, 201, "{made}");
    made["Id"].as_str().unwrap().to_owned()
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
async fn containers_are_made_and_images_pulled() {
    let (_demo, client) = start(Scenario::Shop);
    let body = json!({"Image": "busybox:1", "Cmd": ["sleep", "9"], "Labels": {"a": "b"}});
    let (status, refused) = client
        .call("POST", "/containers/create?name=mine", &body)
        .await;
    assert_eq!(
        (status, refused["message"].as_str()),
        (404, Some("No such image: busybox:1"))
    );
    let pull = "/images/create?fromImage=busybox&tag=1";
    let answer = client.send("POST", pull, &Value::Null).await.unwrap();
    let lines = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&lines).contains("Downloading"));
    assert_eq!(
        client
            .call("POST", "/containers/create?name=mine", &body)
            .await
            .0,
        201
    );
    assert_eq!(client.post("/containers/mine/start").await.0, 204);
    let path = "/containers/mine/wait?condition=next-exit";
    // the head comes when the wait has begun
    let waiting = client.send("POST", path, &Value::Null).await.unwrap();
    assert_eq!(client.post("/containers/mine/stop?t=0").await.0, 204);
    let ended = waiting.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        serde_json::from_slice::<Value>(&ended).unwrap()["StatusCode"],
        137
    );
    let pruned = client
        .call("POST", "/containers/prune", &Value::Null)
        .await
        .1;
    assert!(pruned["ContainersDeleted"].as_array().unwrap().len() >= 5);
}

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
