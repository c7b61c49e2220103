//! Which handler answers which request.
//!
//! Must hold no logic of its own beyond reading the body.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;

use super::daemon::Daemon;
use super::faults::Fault;
use super::hijack::{self, Session};
use super::query::Query;
use super::shell::Output;
use super::wire::{self, Outcome, Refusal};
use super::{
    actions, containers, events, exec, images, inspect, list, logs, networks, stats, system, top,
    volumes,
};

/// The largest body that is read.
const LARGEST: usize = 4 << 20;

/// A path without its version, in parts; the id of an image may have slashes.
pub(super) fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// The name of a route, for the counters.
pub(super) fn name(method: &Method, path: &str) -> String {
    let parts = parts(path);
    let named = match parts.as_slice() {
        ["containers", one] if *one != "json" && *one != "prune" && *one != "create" => {
            "/containers/{id}".to_owned()
        }
        [kind @ ("containers" | "exec"), _, verb] => format!("/{kind}/{{id}}/{verb}"),
        ["images", .., "json"] if parts.len() > 2 => "/images/{id}/json".to_owned(),
        [kind @ ("volumes" | "networks"), _] => format!("/{kind}/{{id}}"),
        _ => path.to_owned(),
    };
    format!("{method} {named}")
}

/// Answers a request whose path has lost its version.
pub(super) async fn dispatch(
    daemon: &Arc<Daemon>,
    path: &str,
    request: Request<Incoming>,
) -> Outcome {
    let query = Query::parse(request.uri().query().unwrap_or(""));
    let parts = parts(path);
    match (request.method().as_str(), parts.as_slice()) {
        ("GET", ["_ping"]) => Ok(system::ping(false)),
        ("HEAD", ["_ping"]) => Ok(system::ping(true)),
        ("GET", _) => get(daemon, &parts, &query).await,
        ("DELETE", _) => delete(daemon, &parts, &query),
        ("POST", ["exec", id, "start"]) => start_exec(daemon, id, request).await,
        ("POST", ["containers", id, "attach"]) => {
            let session = hijack::attach(daemon, id, &query)?;
            let upgrade = hyper::upgrade::on(request);
            Ok(switch(daemon, session, upgrade))
        }
        ("POST", _) => post(daemon, &parts, &query, request).await,
        _ => Err(Refusal::missing("page not found")),
    }
}

async fn get(daemon: &Arc<Daemon>, parts: &[&str], query: &Query) -> Outcome {
    match parts {
        ["version"] => daemon.with(|state, _| system::version(state)),
        ["info"] => daemon.with(|state, now| system::info(state, now)),
        ["system", "df"] => daemon.with(system::disk_usage),
        ["events"] => events::stream(daemon, query),
        ["containers", "json"] => list::list(daemon, query),
        ["containers", id, "json"] => {
            let found = daemon.with(|state, _| inspect::inspect(state, id, query.flag("size")))?;
            wire::done(&found)
        }
        ["containers", id, "logs"] => logs::logs(daemon, id, query),
        ["containers", id, "stats"] => stats::stats(daemon, id, query).await,
        ["containers", id, "top"] => daemon.with(|state, now| top::top(state, id, query, now)),
        ["containers", id, "changes"] => daemon.with(|state, _| containers::changes(state, id)),
        ["exec", id, "json"] => daemon.with(|state, _| exec::inspect(state, id)),
        ["images", "json"] => daemon.with(|state, _| images::list(state, query)),
        ["images", name @ .., "json"] => {
            let name = name.join("/");
            daemon.with(|state, _| images::inspect(state, &name))
        }
        ["volumes"] => daemon.with(|state, _| volumes::list(state, query)),
        ["volumes", name] => daemon.with(|state, _| volumes::inspect(state, name)),
        ["networks"] => daemon.with(|state, _| networks::list(state, query)),
        ["networks", id] => daemon.with(|state, _| networks::inspect(state, id)),
        _ => Err(Refusal::missing("page not found")),
    }
}

fn delete(daemon: &Arc<Daemon>, parts: &[&str], query: &Query) -> Outcome {
    daemon.with(|state, now| match parts {
        ["containers", id] => actions::remove(state, id, query, now),
        ["images", name @ ..] => images::remove(state, &name.join("/"), query, now),
        ["volumes", name] => volumes::remove(state, name, now),
        ["networks", id] => networks::remove(state, id, now),
        _ => Err(Refusal::missing("page not found")),
    })
}

async fn post(
    daemon: &Arc<Daemon>,
    parts: &[&str],
    query: &Query,
    request: Request<Incoming>,
) -> Outcome {
    match parts {
        ["containers", "create"] => {
            let body = body(request).await?;
            daemon.with(|state, now| containers::create(state, query, &body, now))
        }
        ["containers", "prune"] => daemon.with(|state, now| containers::prune(state, query, now)),
        ["containers", id, "stop"] => actions::stop(daemon, id, query).await,
        ["containers", id, "restart"] => actions::restart(daemon, id, query).await,
        ["containers", id, "wait"] => containers::wait(daemon, id, query),
        ["containers", id, "update"] => {
            let body = body(request).await?;
            daemon.with(|state, now| containers::update(state, id, &body, now))
        }
        ["containers", id, "exec"] => {
            let body = body(request).await?;
            daemon.with(|state, now| exec::create(state, id, &body, now))
        }
        ["exec", id, "resize"] => daemon.with(|state, _| exec::resize(state, id, query)),
        ["images", "create"] => images::pull(daemon, query),
        ["containers", id, deed] => daemon.with(|state, now| match *deed {
            "start" => actions::start(state, id, now),
            "kill" => actions::kill(state, id, query, now),
            "pause" => actions::pause(state, id, now),
            "unpause" => actions::unpause(state, id, now),
            "rename" => containers::rename(state, id, query, now),
            "resize" => containers::resize(state, id, query, now),
            _ => Err(Refusal::missing("page not found")),
        }),
        _ => Err(Refusal::missing("page not found")),
    }
}

/// The body as JSON; an empty one is null.
async fn body(request: Request<Incoming>) -> Result<Value, Refusal> {
    let unreadable = |_| Refusal::new(400, "request body could not be read");
    let bytes = Limited::new(request.into_body(), LARGEST)
        .collect()
        .await
        .map_err(unreadable)?;
    let bytes = bytes.to_bytes();
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|fault| Refusal::new(400, fault.to_string()))
}

/// `POST /exec/{id}/start` with an upgrade, or detached.
async fn start_exec(daemon: &Arc<Daemon>, id: &str, mut request: Request<Incoming>) -> Outcome {
    let upgrade = hyper::upgrade::on(&mut request);
    let wishes = body(request).await?;
    let shell = exec::begin(daemon, id)?;
    if wishes["Detach"].as_bool().unwrap_or(false) {
        tokio::spawn(detached(Arc::clone(daemon), shell));
        return Ok(wire::empty(200));
    }
    Ok(switch(daemon, Session::Process(Box::new(shell)), upgrade))
}

/// Runs a process that nobody watches.
async fn detached(daemon: Arc<Daemon>, mut shell: super::shell::Shell) {
    let mut code = 0;
    for output in shell.begin() {
        match output {
            Output::Sleep(millis) => {
                tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            }
            Output::Exit(end) => code = end,
            Output::Text(_) | Output::Error(_) | Output::Size | Output::Leave => {}
        }
    }
    exec::end(&daemon, &shell.exec.id, code);
}

/// Answers `101 UPGRADED`, and talks once the connection has been handed over.
fn switch(
    daemon: &Arc<Daemon>,
    session: Session,
    upgrade: hyper::upgrade::OnUpgrade,
) -> wire::Answer {
    let (owner, mut cuts) = (Arc::clone(daemon), daemon.cuts());
    tokio::spawn(async move {
        let Ok(connection) = upgrade.await else {
            return;
        };
        tokio::select! {
            () = hijack::talk(owner, session, TokioIo::new(connection)) => {}
            _ = cuts.changed() => {}
        }
    });
    let mut answer = wire::empty(101);
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    answer
        .extensions_mut()
        .insert(ReasonPhrase::from_static(b"UPGRADED"));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(wire::RAW));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
    answer
}

/// The control of the simulator itself, for tests and benches in other processes.
pub(super) fn control(daemon: &Arc<Daemon>, request: &Request<Incoming>, path: &str) -> Outcome {
    let query = Query::parse(request.uri().query().unwrap_or(""));
    match (request.method().as_str(), path) {
        ("GET", "/_demo/counters") => {
            let counters = serde_json::to_value(daemon.counters()).unwrap_or_default();
            wire::done(&counters)
        }
        ("POST", "/_demo/counters/reset") => {
            daemon.with(|state, _| state.counters = super::Counters::default());
            daemon.bytes_out.store(0, Relaxed);
            wire::no_content()
        }
        ("POST", "/_demo/fault") => {
            let fault: Fault = query
                .text("name")
                .parse()
                .map_err(|why: String| Refusal::new(400, why))?;
            daemon.set_fault(fault);
            wire::no_content()
        }
        _ => Err(Refusal::missing("page not found")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_names_without_ids() {
        for (path, expected) in [
            ("/containers/json", "GET /containers/json"),
            ("/containers/abc/json", "GET /containers/{id}/json"),
            ("/images/a/b/json", "GET /images/{id}/json"),
            ("/volumes/x", "GET /volumes/{id}"),
            ("/events", "GET /events"),
        ] {
            assert_eq!(name(&Method::GET, path), expected);
        }
        assert_eq!(
            name(&Method::DELETE, "/containers/abc"),
            "DELETE /containers/{id}"
        );
    }
}
