//! Engines behind TLS: all that is done locally, and every way in which certificates can be wrong.

use std::fs;
use std::path::{Path, PathBuf};

use pilothouse::demo::{self, Options, Scenario};
use pilothouse::engine::locate;
use pilothouse::model::host::{Check, TlsFiles, Verdict};
use pilothouse::model::{Address, ProblemKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::bench::engines;
use crate::certificates::{Authority, Front, NOW, PAST};
use crate::pty::skip::skip;
use crate::{everything, missed, reached};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_done_here_is_done_over_tls() {
    for under in engines() {
        let authority = Authority::new(NOW);
        authority.sign("server", &["127.0.0.1"], NOW);
        authority.sign("me", &["me"], NOW);
        let front = Front::start(&authority, "server", &under.socket).await;
        let live = reached(None, front.address(authority.client("me"))).await;
        everything(&under, live).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "a row for each fault")]
async fn certificates_that_do_not_hold_are_named_with_their_date() {
    let demo = demo::start(Options::from(Scenario::Shop)).unwrap();
    let authority = Authority::new(NOW);
    authority.sign("server", &["127.0.0.1"], NOW);
    authority.sign("expired", &["127.0.0.1"], PAST);
    authority.sign("elsewhere", &["engine.example.org"], NOW);
    authority.sign("me", &["me"], NOW);
    authority.sign("old-me", &["me"], PAST);
    let stranger = Authority::new(NOW);
    stranger.sign("me", &["me"], NOW);
    let ended = Authority::new(PAST);
    let good = Front::start(&authority, "server", demo.socket()).await;
    let expired = Front::start(&authority, "expired", demo.socket()).await;
    let elsewhere = Front::start(&authority, "elsewhere", demo.socket()).await;
    let me = authority.client("me");
    let with = |change: &dyn Fn(&mut TlsFiles)| {
        let mut files = authority.client("me");
        change(&mut files);
        files
    };
    let file = |name: &str| authority.file(name).display().to_string();
    let identity = ProblemKind::Identity;
    let cases: Vec<(Address, ProblemKind, String)> = vec![
        (
            expired.address(me.clone()),
            identity,
            "the engine's certificate expired on 2021-01-01".into(),
        ),
        (
            elsewhere.address(me.clone()),
            identity,
            "the engine's certificate is for engine.example.org, not for 127.0.0.1".into(),
        ),
        (
            good.address(with(&|files| files.ca = Some(stranger.file("ca.pem")))),
            identity,
            format!(
                "the engine's certificate is not signed by the authority in {}",
                stranger.file("ca.pem").display()
            ),
        ),
        (
            good.address(with(&|files| files.ca = Some(ended.file("ca.pem")))),
            identity,
            format!(
                "the authority in {} expired on 2021-01-01",
                ended.file("ca.pem").display()
            ),
        ),
        (
            good.address(TlsFiles {
                ca: me.ca.clone(),
                ..stranger.client("me")
            }),
            identity,
            format!(
                "the engine refuses our certificate {}",
                stranger.file("me.pem").display()
            ),
        ),
        (
            good.address(authority.client("old-me")),
            identity,
            format!(
                "our certificate {} expired on 2021-01-01",
                file("old-me.pem")
            ),
        ),
        (
            good.address(authority.client("none")),
            identity,
            format!(
                "the engine wants a certificate of ours, and {} is missing",
                file("none.pem")
            ),
        ),
        (
            good.address(with(&|files| files.ca = Some("/nowhere/ca.pem".into()))),
            ProblemKind::NotFound,
            "/nowhere/ca.pem is missing".into(),
        ),
        (
            good.address(with(&|files| files.key = Some(authority.file("none.pem")))),
            ProblemKind::NotFound,
            format!("{} is missing", file("none.pem")),
        ),
        (
            good.address(with(&|files| {
                files.key = Some(authority.file("old-me-key.pem"));
            })),
            ProblemKind::Unsupported,
            format!(
                "{} is not the key of {}",
                file("old-me-key.pem"),
                file("me.pem")
            ),
        ),
        (
            good.address(with(&|files| {
                files.cert = Some(authority.file("me-key.pem"));
            })),
            ProblemKind::Unsupported,
            format!("{} cannot be used", file("me-key.pem")),
        ),
    ];
    for (address, kind, summary) in cases {
        let (problem, step) = missed(None, address).await;
        assert_eq!(
            (problem.summary.as_str(), problem.kind),
            (summary.as_str(), kind),
            "{problem:?}"
        );
        assert_eq!(step, Check::Certificates, "{problem:?}");
        assert!(!problem.hint.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_and_plain_text_do_not_mix() {
    let demo = demo::start(Options::from(Scenario::Shop)).unwrap();
    let authority = Authority::new(NOW);
    authority.sign("me", &["me"], NOW);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = demo.socket().to_owned();
    // an engine at plain TCP
    let plain = tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = tokio::net::UnixStream::connect(&socket).await.unwrap();
            tokio::spawn(async move {
                // what is no HTTP is answered as engines do
                let mut first = [0; 1];
                if near.read_exact(&mut first).await.is_ok() && first[0] == 0x16 {
                    let _ = near
                        .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n400 Bad Request")
                        .await;
                    return;
                }
                let _ = far.write_all(&first).await;
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    let address = Address::Tls {
        host: "127.0.0.1".into(),
        port,
        files: authority.client("me"),
    };
    let (problem, step) = missed(None, address).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Protocol, Check::Certificates),
        "{problem:?}"
    );
    assert!(problem.summary.contains("speaks no TLS"), "{problem:?}");
    let host = "127.0.0.1".to_owned();
    let live = reached(None, Address::Tcp { host, port }).await;
    drop(live);
    plain.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_not_verified_is_used_and_said_loudly() {
    let demo = demo::start(Options::from(Scenario::Shop)).unwrap();
    let authority = Authority::new(NOW);
    authority.sign("expired", &["elsewhere.example.org"], PAST);
    authority.sign("me", &["me"], NOW);
    let front = Front::start(&authority, "expired", demo.socket()).await;
    let files = TlsFiles {
        ca: None,
        verify: false,
        ..authority.client("me")
    };
    let mut live = reached(None, front.address(files)).await;
    live.until("the doctor's last word", |s| {
        s.findings
            .last()
            .is_some_and(|(check, _)| *check == Check::Clock)
    })
    .await;
    let said = live
        .seen
        .findings
        .iter()
        .find(|(check, _)| *check == Check::Certificates);
    let Some((_, Verdict::Wrong(problem))) = said else {
        panic!("{said:?}");
    };
    assert!(problem.summary.contains("not verified"), "{problem:?}");
    assert!(problem.detail.contains("2021-01-01"), "{problem:?}");
}

/// The second engine of the lab, when it is up: dockerd's own TLS.
fn dockerd() -> Option<(String, PathBuf, PathBuf)> {
    let dir = std::env::var("LAB_DIR").unwrap_or_else(|_| {
        let temp = std::env::temp_dir();
        temp.join("engine-lab").display().to_string()
    });
    let certs = Path::new(&dir).join("tls");
    let port = std::env::var("LAB_TLS_PORT").unwrap_or_else(|_| "2376".into());
    let place = format!("127.0.0.1:{port}");
    let up = std::net::TcpStream::connect(&place).is_ok() && certs.join("client/ca.pem").exists();
    if !up {
        skip(&format!("no engine at {place}"));
        return None;
    }
    Some((
        format!("tcp://{place}"),
        certs.join("client"),
        certs.join("stranger"),
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dockerd_is_reached_by_its_own_tls() {
    let Some((place, client, stranger)) = dockerd() else {
        return;
    };
    let address = |folder: &Path| {
        let env = |name: &str| match name {
            "DOCKER_TLS_VERIFY" => Some("1".to_owned()),
            "DOCKER_CERT_PATH" => Some(folder.display().to_string()),
            _ => None,
        };
        locate::address_in(&place, &env).unwrap()
    };
    let live = reached(None, address(&client)).await;
    assert_eq!(live.seen.info.api, "1.41");
    drop(live);
    // the engine's authority with a stranger's certificate
    let mixed = tempfile::tempdir().unwrap();
    fs::copy(client.join("ca.pem"), mixed.path().join("ca.pem")).unwrap();
    for file in ["cert.pem", "key.pem"] {
        fs::copy(stranger.join(file), mixed.path().join(file)).unwrap();
    }
    let (problem, step) = missed(None, address(mixed.path())).await;
    assert_eq!(
        (problem.kind, step),
        (ProblemKind::Identity, Check::Certificates),
        "{problem:?}"
    );
    assert!(
        problem.summary.contains("refuses our certificate"),
        "{problem:?}"
    );
    fs::remove_file(mixed.path().join("cert.pem")).unwrap();
    fs::remove_file(mixed.path().join("key.pem")).unwrap();
    let (problem, _) = missed(None, address(mixed.path())).await;
    assert!(
        problem.summary.contains("wants a certificate of ours"),
        "{problem:?}"
    );
    let (problem, _) = missed(None, address(&stranger)).await;
    assert!(problem.summary.contains("is not signed by"), "{problem:?}");
    let (problem, _) = missed(None, locate::parse_address(&place).unwrap()).await;
    assert_eq!(problem.summary, "it wants TLS, and was spoken to without");
}
