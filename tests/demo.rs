//! The simulated engine, driven over its socket as any client would drive it.
//!
//! Must not look inside: what is proved here is what travels on the wire.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail a test"
)]

#[path = "demo/client.rs"]
mod client;
#[path = "demo/faults.rs"]
mod faults;
#[path = "demo/streams.rs"]
mod streams;

use http_body_util::BodyExt;
use pilothouse::demo::{Options, Scenario};
use serde_json::{Value, json};

use client::{begin, chunk, filters, start};

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
async fn a_long_list_comes_in_parts_and_whole() {
    let (_demo, client) = begin(Options {
        count: Some(200),
        ..Scenario::Crowd.into()
    });
    let ids = async |query: &str| {
        let list = client.get(&format!("/containers/json?{query}")).await;
        let ids = list.as_array().unwrap().iter().map(|one| &one["Id"]);
        ids.map(Value::to_string).collect::<Vec<_>>()
    };
    let all = ids("all=1").await;
    assert_eq!(all.len(), 200);
    for limit in [1, 47, 48, 49, 96, 97, 199] {
        assert_eq!(ids(&format!("limit={limit}")).await, all[..limit]);
    }
    let mut body = client.stream("/containers/json?all=1").await;
    let first = chunk(&mut body).await.unwrap();
    let mut whole = first.to_vec();
    while let Some(more) = chunk(&mut body).await {
        whole.extend_from_slice(&more);
    }
    assert!(first.len() < whole.len() / 2, "{} bytes", first.len());
    assert_eq!(
        serde_json::from_slice::<Vec<Value>>(&whole).unwrap().len(),
        200
    );
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
