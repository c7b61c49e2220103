//! Ports of containers on this machine: over ssh and without, through restarts, until they end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use pilothouse::model::{Address, Id, ProblemKind};
use pilothouse::protocol::{Command, Reply};
use serde_json::json;

use crate::bench::{Live, UnderTest, engines};
use crate::reached;
use crate::sshd::{self, Sshd, wait_for};

pub(crate) const SERVE: &str =
    "while :; do printf 'HTTP/1.0 200 OK\\r\\n\\r\\nhello' | nc -l -p 8080 >/dev/null; done";

/// What a port of this machine answers.
pub(crate) fn answer(port: u16) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return "refused".to_owned();
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let _ = stream.write_all(b"GET / HTTP/1.0\r\n\r\n");
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

fn forward(id: &Id, local: Option<u16>) -> Command {
    Command::Forward {
        id: id.clone(),
        port: 8080,
        local,
    }
}

async fn forwards(under: &UnderTest, mut live: Live, way: &str) {
    let id = under.start(&format!("serve-{way}"), SERVE, &json!({}));
    live.until("the container", |s| s.containers.contains_key(&id))
        .await;
    let Ok(Reply::Forwarded(local)) = live.run(forward(&id, None)).await else {
        panic!("no forward");
    };
    live.until("the list", |s| s.forwards.len() == 1).await;
    assert_eq!(
        (live.seen.forwards[0].port, live.seen.forwards[0].local),
        (8080, local)
    );
    wait_for("an answer", || answer(local).ends_with("hello"));

    // another has its address afterwards, and it a new one
    under.post(&id, "stop?t=0");
    let other = under.start(&format!("other-{way}"), "sleep 100", &json!({}));
    under.post(&id, "start");
    live.until("the start", |s| {
        s.events.iter().filter(|e| &*e.action == "start").count() > 1
    })
    .await;
    wait_for("an answer after a restart", || {
        answer(local).ends_with("hello")
    });
    // a port that is forwarded is nobody else's
    let taken = live.run(forward(&other, Some(local))).await.unwrap_err();
    assert_eq!(taken.kind, ProblemKind::Conflict, "{taken:?}");
    wait_for("the same answer", || answer(local).ends_with("hello"));

    let asleep = live
        .run(Command::Forward {
            id: Id::new(&"0".repeat(64)),
            port: 1,
            local: None,
        })
        .await;
    assert_eq!(asleep.unwrap_err().kind, ProblemKind::NotFound);
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let busy_port = busy.local_addr().unwrap().port();
    let refused = live.run(forward(&id, Some(busy_port))).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Conflict);
    assert!(refused.summary.contains("is not free"), "{refused:?}");

    assert_eq!(live.run(Command::Unforward(local)).await, Ok(Reply::Done));
    live.until("the end", |s| s.forwards.is_empty()).await;
    wait_for("a closed port", || answer(local) == "refused");

    let Ok(Reply::Forwarded(local)) = live.run(forward(&id, None)).await else {
        panic!("no forward");
    };
    drop(live);
    wait_for("a closed port at the end", || answer(local) == "refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ports_are_forwarded_here_and_over_ssh() {
    // a simulated container listens nowhere
    for under in engines().filter(|under| under.demo.is_none()) {
        forwards(&under, Live::on(&under).await, "here").await;
        if sshd::there_is_one() {
            let sshd = Sshd::start("");
            let live = reached(Some(sshd.program()), sshd.address(Some(&under.socket))).await;
            forwards(&under, live, "ssh").await;
            assert_eq!(sshd.logins(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_without_ssh_says_why_it_forwards_nothing() {
    let under = UnderTest::simulated();
    let id = under.start("far", "sleep 100", &json!({}));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket: PathBuf = under.socket.clone();
    let front = tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = tokio::net::UnixStream::connect(&socket).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    let host = "127.0.0.1".to_owned();
    let mut live = reached(None, Address::Tcp { host, port }).await;
    let refused = live.run(forward(&id, None)).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Unsupported, "{refused:?}");
    assert!(refused.hint.contains("ssh://"), "{refused:?}");
    front.abort();
}
