//! The server: accepts connections on a socket or pipe, checks versions, applies faults.
//!
//! What is answered is decided in `routes.rs`.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::chance::{Chance, unit};
use super::clock::{Clock, Nanos, seconds};
use super::connection::{self, Line};
use super::daemon::Daemon;
use super::faults::Fault;
use super::wire::{self, Answer, Body, Outcome, Refusal};
use super::{Options, Outages, life, routes};
use crate::os::local::{Accepted, Listener};

/// What the owner of a server asks of it.
pub(super) enum Ask {
    /// Close the listener and drop all connections.
    Pause(oneshot::Sender<()>),
    /// Listen again, with other containers if options are given.
    Resume(Option<Box<Options>>, oneshot::Sender<io::Result<()>>),
}

/// Serves until the owner lets go of its end of `asks`.
pub(super) async fn run(
    daemon: Arc<Daemon>,
    listener: Listener,
    path: PathBuf,
    mut asks: mpsc::UnboundedReceiver<Ask>,
) -> io::Result<()> {
    let mut listener = Some(listener);
    let mut tasks = JoinSet::new();
    tasks.spawn(life::run(Arc::clone(&daemon)));
    let mut outages = Turns::new(&daemon);
    loop {
        let turn = outages.next(daemon.clock, listener.is_some());
        tokio::select! {
            () = turn => match listener.take() {
                Some(listener) => down(&daemon, listener, &mut tasks).await,
                None => up(&daemon, &mut listener, &path, &mut tasks, None)?,
            },
            accepted = accept(listener.as_mut()) => if let Ok(socket) = accepted {
                tasks.spawn(serve(Arc::clone(&daemon), socket));
            },
            _ = tasks.join_next(), if !tasks.is_empty() => {}
            ask = asks.recv() => match ask {
                None => return Ok(()),
                Some(Ask::Pause(done)) => {
                    if let Some(listener) = listener.take() {
                        down(&daemon, listener, &mut tasks).await;
                    }
                    let _ = done.send(());
                }
                Some(Ask::Resume(options, done)) => {
                    let result = up(&daemon, &mut listener, &path, &mut tasks, options);
                    let _ = done.send(result);
                }
            },
        }
    }
}

/// Stops answering: the socket is gone and all connections break.
async fn down(daemon: &Daemon, listener: Listener, tasks: &mut JoinSet<()>) {
    drop(listener);
    daemon.cut_all();
    tasks.shutdown().await;
}

/// Answers again, with other containers if options are given.
fn up(
    daemon: &Arc<Daemon>,
    listener: &mut Option<Listener>,
    path: &Path,
    tasks: &mut JoinSet<()>,
    options: Option<Box<Options>>,
) -> io::Result<()> {
    if let Some(options) = options {
        daemon.replace(*options)?;
    }
    if listener.is_none() {
        *listener = Some(Listener::bind(path)?);
    }
    if tasks.is_empty() {
        tasks.spawn(life::run(Arc::clone(daemon)));
    }
    Ok(())
}

/// The turns in which an engine is up and down by itself.
struct Turns {
    outages: Option<Outages>,
    chance: Chance,
    /// Of which kind the present turn is, and when it ends.
    ends: Option<(bool, Nanos)>,
}

impl Turns {
    fn new(daemon: &Daemon) -> Self {
        let (outages, seed) = daemon.with(|state, _| (state.options.outages, state.options.seed));
        Self {
            outages,
            chance: Chance::new(seed),
            ends: None,
        }
    }

    /// Waits for the end of the present turn; for ever where there are no turns. One that was
    /// begun by the owner is as long as any.
    fn next(&mut self, clock: Clock, up: bool) -> impl Future<Output = ()> + use<> {
        let ends = self.outages.map(|outages| {
            let usual = if up { outages.up } else { outages.down };
            let kept = self.ends.filter(|(kind, _)| *kind == up);
            let (_, end) = kept.unwrap_or_else(|| {
                // half as long to half as long again
                let share = 0.5 + unit(self.chance.next());
                (up, clock.now() + seconds(usual * share))
            });
            self.ends = Some((up, end));
            end
        });
        async move {
            match ends {
                Some(end) => sleep(clock.until(end)).await,
                None => std::future::pending().await,
            }
        }
    }
}

async fn accept(listener: Option<&mut Listener>) -> io::Result<Accepted> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// Serves one connection until it ends or all are cut.
async fn serve(daemon: Arc<Daemon>, socket: Accepted) {
    if daemon.with(|state, _| {
        state.counters.connections += 1;
        state.fault == Fault::CloseAtOnce
    }) {
        return;
    }
    let mut cuts = daemon.cuts();
    let control = Arc::new(AtomicBool::new(false));
    let line = Line::new(socket, Arc::clone(&daemon));
    let work = async {
        // the old way of hijacking has no upgrade, which hyper can't serve
        let Some(line) = connection::old_way(&daemon, line).await else {
            return;
        };
        let service = service_fn(|request| {
            control.store(request.uri().path().starts_with("/_demo/"), Relaxed);
            let daemon = Arc::clone(&daemon);
            async move { Ok::<_, Infallible>(answer(&daemon, request).await) }
        });
        let connection = http1::Builder::new()
            .title_case_headers(true)
            .serve_connection(TokioIo::new(line), service)
            .with_upgrades();
        // a client that goes away is no error
        let _ = connection.await;
    };
    tokio::pin!(work);
    loop {
        tokio::select! {
            () = &mut work => return,
            changed = cuts.changed() => if changed.is_err() || !control.load(Relaxed) { return },
        }
    }
}

/// Answers one request, with faults and the headers that every answer has.
async fn answer(daemon: &Arc<Daemon>, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    if path.starts_with("/_demo/") {
        return settle(routes::control(daemon, &request, &path));
    }
    let (version, path) = split_version(&path);
    let fault = daemon.with(|state, _| {
        state.counters.count(&routes::name(request.method(), path));
        state.fault
    });
    if fault.hangs(path) {
        std::future::pending::<()>().await;
    }
    let mut answer = match fault {
        fault if fault.refuses(path) => {
            Refusal::new(500, "simulated failure of the engine").answer()
        }
        Fault::GarbageJson => wire::whole(200, wire::JSON, "{\"Id\": [}\u{fffd}<<< not json"),
        Fault::NotAnEngine => {
            return wire::whole(200, "text/html", "<html><body>It works!</body></html>");
        }
        Fault::Unmeasured if path.ends_with("/stats") => wire::whole(200, wire::JSON, ""),
        Fault::SlowBy(delay) => {
            sleep(delay).await;
            checked(daemon, version, path, request).await
        }
        Fault::CloseMidStream => cut(checked(daemon, version, path, request).await),
        Fault::None
        | Fault::HangAfterPing
        | Fault::HangFromFirstByte
        | Fault::CloseAtOnce
        | Fault::Refuse500
        | Fault::RefuseStats
        | Fault::HangStats
        | Fault::Unmeasured
        | Fault::OddEntry => checked(daemon, version, path, request).await,
    };
    sign(daemon, answer.headers_mut());
    answer
}

fn settle(outcome: Outcome) -> Answer {
    outcome.unwrap_or_else(|refusal| refusal.answer())
}

async fn checked(
    daemon: &Arc<Daemon>,
    version: Option<(u8, u8)>,
    path: &str,
    request: Request<Incoming>,
) -> Answer {
    match check_version(daemon, version) {
        Some(refused) => refused,
        None => settle(routes::dispatch(daemon, path, request).await),
    }
}

/// Takes `/v1.41` off a path.
pub(super) fn split_version(path: &str) -> (Option<(u8, u8)>, &str) {
    let parse = || {
        let (version, rest) = path.strip_prefix("/v")?.split_once('/')?;
        let (major, minor) = version.split_once('.')?;
        let place = path.len() - rest.len() - 1;
        Some((
            (major.parse().ok()?, minor.parse().ok()?),
            path.get(place..)?,
        ))
    };
    match parse() {
        Some((version, rest)) => (Some(version), rest),
        None => (None, path),
    }
}

/// Refuses a client that is too new or too old.
fn check_version(daemon: &Daemon, version: Option<(u8, u8)>) -> Option<Answer> {
    let (major, minor) = version?;
    let (newest, oldest) = daemon.with(|state, _| (state.options.api_version, state.oldest_api()));
    if (major, minor) > newest {
        let reason = format!(
            "client version {major}.{minor} is too new. Maximum supported API version is {}.{}",
            newest.0, newest.1
        );
        return Some(Refusal::new(400, reason).answer());
    }
    if (major, minor) < oldest {
        // the engine says this one in plain text
        let reason = format!(
            "client version {major}.{minor} is too old. Minimum supported API version is {}.{}, please upgrade your client to a newer version\n",
            oldest.0, oldest.1
        );
        return Some(wire::whole(400, "text/plain; charset=utf-8", reason));
    }
    None
}

/// The headers that every answer of an engine has.
pub(super) fn sign(daemon: &Daemon, headers: &mut HeaderMap) {
    let (api, engine) = daemon.with(|state, _| {
        let (major, minor) = state.options.api_version;
        (
            format!("{major}.{minor}"),
            format!("Docker/{} (linux)", state.engine_version()),
        )
    });
    for (name, value) in [
        ("api-version", api),
        ("docker-experimental", "false".to_owned()),
        ("ostype", "linux".to_owned()),
        ("server", engine),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// Breaks an answer in the middle of its body.
fn cut(answer: Answer) -> Answer {
    let (parts, body) = answer.into_parts();
    let chunks =
        stream::once(first_half(body)).chain(stream::once(async { Err(wire::broken().await) }));
    let (_, body) = wire::stream(None, chunks).into_parts();
    Response::from_parts(parts, body)
}

async fn first_half(mut body: Body) -> io::Result<Bytes> {
    match body.frame().await {
        Some(Ok(frame)) => {
            let data = frame.into_data().unwrap_or_default();
            Ok(data.slice(..data.len() / 2))
        }
        _ => Err(wire::broken().await),
    }
}

#[cfg(test)]
mod tests {
    use super::split_version;

    #[test]
    fn versions_are_taken_off_paths() {
        assert_eq!(
            split_version("/v1.41/containers/json"),
            (Some((1, 41)), "/containers/json")
        );
        assert_eq!(split_version("/volumes/x"), (None, "/volumes/x"));
        assert_eq!(split_version("/vx/y"), (None, "/vx/y"));
    }
}
