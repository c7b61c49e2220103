//! Places without an engine, and engines that fail: each is said, in exact words and in time.

use std::time::Duration;

use pilothouse::demo::Fault;
use pilothouse::model::{Address, Link, ProblemKind};
use pilothouse::protocol::{Command, Grace, Watch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::bench::{Live, Seen, UnderTest};

/// A server that answers the ping and the list as told, and keeps everything else waiting.
async fn fake(ping: &'static str, list: &'static str) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
                    let answer = if request.contains("/_ping") {
                        ping
                    } else if request.contains("/containers/json") {
                        list
                    } else {
                        ""
                    };
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

const PING: &str = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\nContent-Length: 2\r\n\r\nOK";

/// A server that answers everything so and hangs up, as one does that speaks TLS alone.
async fn fake_that_hangs_up(answer: &'static str) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

/// What is said of a place, its kind, and after how long.
async fn said(address: Address) -> (String, String, ProblemKind, Duration) {
    let began = Instant::now();
    let mut live = Live::new(address, false);
    live.until("the loss", |s| s.down().is_some()).await;
    let attempt = live.seen.links.iter().find_map(|link| match link {
        Link::Down { attempts, .. } => attempts.first().cloned(),
        Link::Up { .. } | Link::Connecting { .. } => None,
    });
    let problem = attempt.unwrap().problem;
    (
        problem.summary,
        problem.detail,
        problem.kind,
        began.elapsed(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_without_an_engine_say_why() {
    let (words, _, kind, _) = said(Address::Unix("/nowhere/docker.sock".into())).await;
    assert_eq!(
        (words.as_str(), kind),
        ("no such file", ProblemKind::Unreachable)
    );
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let closed = Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port,
    };
    assert_eq!(said(closed).await.0, "refused");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (place, what) in [(folder.path().to_owned(), "folder"), (file, "file")] {
        let (words, detail, kind, _) = said(Address::Unix(place)).await;
        let said = (words.as_str(), detail.as_str(), kind);
        let detail = format!("it is a {what}");
        assert_eq!(said, ("not a socket", &*detail, ProblemKind::Unreachable));
    }
    // a name that can be nobody's
    let unknown = Address::Tcp {
        host: "engine.invalid".to_owned(),
        port,
    };
    assert_eq!(said(unknown).await.0, "that host name has no address");
    let https = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    let words = said(fake_that_hangs_up(https).await).await.0;
    assert_eq!(words, "it wants TLS, and was spoken to without");
    let (words, _, kind, after) = said(fake("", "").await).await;
    assert_eq!((words.as_str(), kind), ("timed out", ProblemKind::Timeout));
    assert!(after < Duration::from_millis(2500), "{after:?}");
    for other in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (words, detail, kind, _) = said(fake(other, "").await).await;
        assert_eq!(
            (words.as_str(), kind),
            ("not an engine", ProblemKind::Protocol),
            "{detail}"
        );
    }
    let old = "HTTP/1.1 200 OK\r\nApi-Version: 1.38\r\nContent-Length: 2\r\n\r\nOK";
    assert!(said(fake(old, "").await).await.0.contains("too old"));
    let failing = "HTTP/1.1 500 Oh\r\nContent-Length: 18\r\n\r\n{\"message\":\"sick\"}";
    let (words, detail, kind, _) = said(fake(failing, "").await).await;
    assert_eq!((kind, detail.as_str()), (ProblemKind::Engine, "sick"));
    assert!(words.contains("500"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engines_that_fail_after_the_ping_say_why() {
    let garbage = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n[{\"Id\": nope";
    let (words, _, kind, after) = said(fake(PING, garbage).await).await;
    assert_eq!(kind, ProblemKind::Protocol);
    assert!(
        words.contains("the list of containers made no sense"),
        "{words}"
    );
    assert!(after < Duration::from_secs(2), "{after:?}");
    let failing = "HTTP/1.1 500 Oh\r\nContent-Length: 18\r\n\r\n{\"message\":\"sick\"}";
    let (words, detail, kind, _) = said(fake(PING, failing).await).await;
    assert_eq!(
        (kind, detail.as_str()),
        (ProblemKind::Engine, "sick"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_hangs_is_said_early_and_given_up_late() {
    let began = Instant::now();
    let mut live = Live::new(fake(PING, "").await, false);
    live.until("the trouble", |s| !s.troubles.is_empty()).await;
    assert!(began.elapsed() < Duration::from_millis(2500));
    let words = &live.seen.troubles[0].summary;
    assert_eq!(
        words,
        "the engine answered the ping, but not the list of containers, for 2 s"
    );
    live.until("the loss", |s| s.down().is_some()).await;
    assert_eq!(
        live.seen.down().unwrap().0,
        "could not list the containers: no answer within 10 s"
    );
}

/// How long after something another thing is said.
async fn within(live: &mut Live, what: &str, so: impl Fn(&Seen) -> bool) -> Duration {
    let began = Instant::now();
    live.until(what, so).await;
    began.elapsed()
}

fn has_trouble(seen: &Seen, words: &str) -> bool {
    seen.troubles.iter().any(|p| p.summary.contains(words))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connected_engine_that_hangs_is_given_up_and_found_again() {
    let under = UnderTest::simulated();
    let demo = under.demo.as_ref().unwrap();
    let mut live = Live::on(&under).await;
    live.until("the machine's cores", |s| s.info.cpus > 0).await;
    demo.set_fault(Fault::HangFromFirstByte);
    live.engine.refresh(&live.host);
    let list = "could not list the containers: no answer yet, after 2 s";
    let said = within(&mut live, "the list", |s| has_trouble(s, list)).await;
    assert!(said < Duration::from_millis(2500), "{said:?}");
    let ping = "could not reach the engine: no answer within 2 s";
    let missed = within(&mut live, "the ping", |s| has_trouble(s, ping)).await;
    let lost = within(&mut live, "the loss", |s| s.down().is_some()).await;
    let all = said + missed + lost;
    assert!(all < Duration::from_secs(9), "{all:?}");
    assert_eq!(live.seen.down().unwrap().0, "timed out");
    let lists = live.seen.lists;
    demo.set_fault(Fault::None);
    live.until("its return", |s| s.lists > lists).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_request_that_hangs_raises_doubt() {
    let under = UnderTest::simulated();
    let id = under.create("hang", "sleep 100", &serde_json::json!({}));
    let mut live = Live::on(&under).await;
    under
        .demo
        .as_ref()
        .unwrap()
        .set_fault(Fault::HangFromFirstByte);
    let job = live.begin(Command::Start(id));
    let ping = "could not reach the engine";
    let said = within(&mut live, "the doubt", |s| has_trouble(s, ping)).await;
    assert!(said < Duration::from_secs(5), "{said:?}");
    live.until("the loss", |s| s.down().is_some()).await;
    let refused = live.answer(job).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Timeout);
    under.demo.as_ref().unwrap().set_fault(Fault::None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_answer_is_no_loss() {
    let under = UnderTest::simulated();
    let deaf = "trap '' TERM; while :; do sleep 1; done";
    let id = under.start("slow", deaf, &serde_json::json!({}));
    let mut live = Live::on(&under).await;
    let stop = Command::Stop(id, Grace::For(Duration::from_secs(6)));
    assert!(live.run(stop).await.is_ok());
    assert!(live.seen.troubles.is_empty() && live.seen.down().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_hangs_unasked_is_noticed_by_its_ping() {
    let under = UnderTest::simulated();
    let mut live = Live::on(&under).await;
    live.until("the machine's cores", |s| s.info.cpus > 0).await;
    under
        .demo
        .as_ref()
        .unwrap()
        .set_fault(Fault::HangFromFirstByte);
    // nothing is due for half a minute
    tokio::time::sleep(Duration::from_secs(20)).await;
    live.until("the trouble", |s| {
        has_trouble(s, "could not reach the engine")
    })
    .await;
    live.until("the loss", |s| s.down().is_some()).await;
    under.demo.as_ref().unwrap().set_fault(Fault::None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_entry_that_makes_no_sense_spoils_no_list() {
    let under = UnderTest::simulated();
    let demo = under.demo.as_ref().unwrap();
    let id = under.create("odd", "sleep 100", &serde_json::json!({}));
    demo.set_fault(Fault::OddEntry);
    let mut live = Live::on(&under).await;
    assert!(live.seen.containers.len() > 5 && !live.seen.containers.contains_key(&id));
    let words = format!(
        "could not read container {}: its entry in the list made no sense",
        under.name("odd")
    );
    live.until("the trouble", |s| has_trouble(s, &words)).await;
    // looked at again after its event it is unreadable, and not gone
    under.post(&id, "start");
    live.until("the event", |s| s.events.iter().any(|e| e.id == id))
        .await;
    let lists = live.seen.lists;
    live.engine.refresh(&live.host);
    live.until("another list", |s| s.lists > lists).await;
    assert_eq!(live.seen.troubles.len(), 1, "{:?}", live.seen.troubles);
    assert!(live.seen.removed.is_empty() && live.seen.down().is_none());
    demo.set_fault(Fault::None);
    live.engine.refresh(&live.host);
    live.until("the container", |s| s.containers.contains_key(&id))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_hangs_later_is_said_while_the_ping_answers() {
    let under = UnderTest::simulated();
    let demo = under.demo.as_ref().unwrap();
    let mut live = Live::on(&under).await;
    demo.set_fault(Fault::HangAfterPing);
    live.engine.refresh(&live.host);
    let list = "could not list the containers: no answer yet, after 2 s";
    let said = within(&mut live, "the list", |s| has_trouble(s, list)).await;
    assert!(said < Duration::from_millis(2500), "{said:?}");
    let late = "could not list the containers: no answer within 10 s";
    live.until("the end of it", |s| has_trouble(s, late)).await;
    assert!(live.seen.down().is_none());
    let lists = live.seen.lists;
    demo.set_fault(Fault::None);
    live.until("another list", |s| s.lists > lists).await;
}

/// Statistics that fail in some way are told with their reason, and come once they can.
async fn statistics_fail(fault: Fault, why: &str) {
    let under = UnderTest::simulated();
    let demo = under.demo.as_ref().unwrap();
    let id = under.start("mute", "sleep 100", &serde_json::json!({}));
    demo.set_fault(fault);
    let mut live = Live::on(&under).await;
    live.watch(&[Watch::Stats], &id);
    live.until("the reason", |s| !s.unsampled.is_empty()).await;
    let (of, problem) = &live.seen.unsampled[0];
    let words = format!(
        "could not read the statistics of {}: {why}",
        under.name("mute")
    );
    assert_eq!((of, problem.summary.as_str()), (&id, words.as_str()));
    assert!(live.seen.samples.is_empty() && live.seen.down().is_none());
    demo.set_fault(Fault::None);
    if fault == Fault::RefuseStats {
        live.until("a sample", |s| !s.samples.is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_that_are_refused_are_told_of() {
    statistics_fail(Fault::RefuseStats, "the engine failed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_that_never_come_are_told_of() {
    statistics_fail(Fault::HangStats, "no answer within 10 s").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_that_an_engine_cannot_have_are_explained() {
    statistics_fail(Fault::Unmeasured, "its engine measures nothing").await;
}
