//! The rest of what containers answer: create, rename, update, wait, changes, prune, resize.
//!
//! Must leave starting and ending to `actions.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use super::actions::allowed;
use super::clock::Nanos;
use super::container::Container;
use super::daemon::{Daemon, State};
use super::play::{self, Play};
use super::query::Query;
use super::scenario::{Begin, Shape, Template};
use super::wire::{self, JSON, Outcome, Refusal};
use super::{chance, clock, images, networks, scenario, volumes};

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric())
        && text.len() > 1
        && letters.all(|one| one.is_ascii_alphanumeric() || "_.-".contains(one))
}

fn free_name(state: &State, name: &str) -> Result<(), Refusal> {
    if !is_name(name) {
        let reason =
            format!("Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
        return Err(Refusal::new(400, reason));
    }
    match state.names.get(name) {
        None => Ok(()),
        Some(id) => Err(Refusal::conflict(format!(
            "Conflict. The container name \"/{name}\" is already in use by container \"{id}\". You have to remove (or rename) that container to be able to reuse that name."
        ))),
    }
}

fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => all
            .iter()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// `POST /containers/create`
pub(super) fn create(state: &mut State, query: &Query, body: &Value, now: Nanos) -> Outcome {
    let image = body["Image"].as_str().unwrap_or_default();
    let seed = state.chance.next();
    let name = match query.text("name").trim_start_matches('/') {
        "" => format!(
            "{}_{}",
            chance::pick(seed, &ADJECTIVES),
            chance::pick(seed >> 20, &NAMES)
        ),
        name => name.to_owned(),
    };
    free_name(state, &name)?;
    images::find(state, image)?;
    let template = template(state, image, body);
    let mut container = Container::new(Arc::new(template), name.clone(), seed, now, 0);
    container.address = (state.containers.len() + 2) as u16;
    container.auto_remove = body["HostConfig"]["AutoRemove"].as_bool().unwrap_or(false);
    let id = container.id.clone();
    networks::ensure(&mut state.networks, &container, now);
    volumes::ensure(&mut state.volumes, &container.template, "", now);
    state.names.insert(name, id.clone());
    state.containers.insert(id.clone(), container);
    state.touched = true;
    state.report(now, &id, "create", &[]);
    Ok(wire::json_of(201, &json!({ "Id": id, "Warnings": [] })))
}

const ADJECTIVES: [&str; 6] = ["brave", "calm", "eager", "jolly", "keen", "quiet"];
const NAMES: [&str; 6] = [
    "hopper", "lovelace", "noether", "ride", "torvalds", "turing",
];

/// The template of a container made by a client; one of the same image lends it its manners.
fn template(state: &State, image: &str, body: &Value) -> Template {
    let like = state
        .containers
        .values()
        .find(|one| one.template.image == image && one.template.play.is_none());
    let mut made = like.map_or_else(Template::default, |one| (*one.template).clone());
    let host = &body["HostConfig"];
    let (entrypoint, command) = (words(&body["Entrypoint"]), words(&body["Cmd"]));
    if !entrypoint.is_empty() || !command.is_empty() {
        (made.entrypoint, made.command, made.processes) = (entrypoint, command, Vec::new());
    }
    if made.entrypoint.is_empty() && made.command.is_empty() {
        made.command = vec!["sh".to_owned()];
    }
    image.clone_into(&mut made.image);
    (made.project, made.service) = (String::new(), String::new());
    (made.state, made.refuse, made.ailments) = (Begin::Created, BTreeMap::new(), Vec::new());
    made.labels = serde_json::from_value(body["Labels"].clone()).unwrap_or_default();
    made.env = words(&body["Env"]);
    made.tty = body["Tty"].as_bool().unwrap_or(false);
    body["User"]
        .as_str()
        .unwrap_or_default()
        .clone_into(&mut made.user);
    body["WorkingDir"]
        .as_str()
        .unwrap_or_default()
        .clone_into(&mut made.workdir);
    made.limit = host["Memory"].as_u64().unwrap_or(0);
    made.health = String::new();
    made.ports = Vec::new();
    for (private, bindings) in host["PortBindings"].as_object().into_iter().flatten() {
        for binding in bindings.as_array().into_iter().flatten() {
            let ip = binding["HostIp"]
                .as_str()
                .filter(|ip| !ip.is_empty())
                .unwrap_or("0.0.0.0");
            let public = binding["HostPort"].as_str().filter(|port| !port.is_empty());
            made.ports
                .push(format!("{ip}:{}:{private}", public.unwrap_or("auto")));
        }
    }
    made.mounts = words(&host["Binds"])
        .iter()
        .map(|bind| {
            format!(
                "{}:{bind}",
                if bind.starts_with('/') {
                    "bind"
                } else {
                    "volume"
                }
            )
        })
        .collect();
    made.networks = match host["NetworkMode"].as_str() {
        None | Some("" | "default" | "bridge") => Vec::new(),
        Some(name) => vec![name.to_owned()],
    };
    let policy = restart_policy(&host["RestartPolicy"]);
    let (name, retries) = policy.unwrap_or_else(|| ("no".to_owned(), 0));
    (made.restart, made.restarts) = (format!("{name}:{retries}"), 0);
    made.stop_timeout = body["StopTimeout"].as_i64().unwrap_or(10);
    made.quota = host["NanoCpus"].as_u64().unwrap_or(0);
    if let Some(driver) = host["LogConfig"]["Type"]
        .as_str()
        .filter(|one| !one.is_empty())
    {
        driver.clone_into(&mut made.log_driver);
    }
    let command = [made.entrypoint.as_slice(), &made.command].concat();
    if let Some(play) = play::play(&command, made.tty) {
        perform(&mut made, play);
    }
    made
}

/// A restart policy's name and how often at most; none where none is asked for.
fn restart_policy(asked: &Value) -> Option<(String, u32)> {
    let name = asked["Name"].as_str().filter(|name| !name.is_empty())?;
    let retries = asked["MaximumRetryCount"].as_u64().unwrap_or(0);
    Some((name.to_owned(), u32::try_from(retries).unwrap_or(u32::MAX)))
}

/// Gives a container the manners of a command that is played.
fn perform(made: &mut Template, play: Play) {
    let core = 1_000_000_000;
    let share = if made.quota == 0 {
        core
    } else {
        made.quota.min(core)
    };
    made.cpu = if play.busy {
        share as f64 / core as f64 * 100.0
    } else {
        0.0
    };
    (made.shape, made.memory, made.cache, made.disk) = (Shape::Calm, 1 << 20, 0, [0.0, 0.0]);
    made.stubborn = play.on_term.is_none();
    made.exit_code = play.end.map_or(0, |(_, code)| code);
    (made.oom, made.last_words) = (false, Vec::new());
    (made.log_history, made.log_rate) = (u64::MAX, 0.0);
    made.play = Some(play);
}

/// `POST /containers/{id}/rename`
pub(super) fn rename(state: &mut State, reference: &str, query: &Query, now: Nanos) -> Outcome {
    let new = query.text("name").trim_start_matches('/').to_owned();
    if new.is_empty() {
        return Err(Refusal::new(400, "Neither old nor new names may be empty"));
    }
    let container = state.container(reference)?;
    allowed(container, "rename")?;
    let (id, old) = (container.id.clone(), container.name.clone());
    if old == new {
        let reason = "Renaming a container with the same name as its current name";
        return Err(Refusal::new(400, reason));
    }
    free_name(state, &new)?;
    let container = state.container_mut(&id)?;
    (container.name, container.listing) = (new.clone(), None);
    state.names.remove(&old);
    state.names.insert(new, id.clone());
    state.report(now, &id, "rename", &[("oldName", &format!("/{old}"))]);
    wire::no_content()
}

/// `POST /containers/{id}/update`
pub(super) fn update(state: &mut State, reference: &str, body: &Value, now: Nanos) -> Outcome {
    let container = state.container_mut(reference)?;
    allowed(container, "update")?;
    if let Some(limit) = body["Memory"].as_u64().filter(|limit| *limit > 0) {
        container.limit = limit;
    }
    if let Some(policy) = restart_policy(&body["RestartPolicy"]) {
        container.restart_policy = policy;
    }
    let id = container.id.clone();
    state.report(now, &id, "update", &[]);
    wire::done(&json!({ "Warnings": null }))
}

/// `POST /containers/{id}/wait`: the head at once, the body when it has happened.
pub(super) fn wait(daemon: &Arc<Daemon>, reference: &str, query: &Query) -> Outcome {
    let condition = query.text("condition").to_owned();
    if !matches!(
        condition.as_str(),
        "" | "not-running" | "next-exit" | "removed"
    ) {
        return Err(Refusal::new(
            400,
            format!("invalid condition: \"{condition}\""),
        ));
    }
    let mut changes = daemon.changes();
    let (id, from) = daemon.with(|state, _| {
        let container = state.container(reference)?;
        Ok((container.id.clone(), container.finished))
    })?;
    let daemon = Arc::clone(daemon);
    let body = stream::once(async move {
        let mut code = 0;
        loop {
            let over = daemon.with(|state, _| match state.containers.get(&id) {
                None => true,
                Some(one) => {
                    code = one.exit_code;
                    match condition.as_str() {
                        "next-exit" => one.finished != from,
                        "removed" => false,
                        _ => !one.is_up(),
                    }
                }
            });
            if over || changes.changed().await.is_err() {
                return Ok(Bytes::from(format!(
                    "{{\"Error\":null,\"StatusCode\":{code}}}\n"
                )));
            }
        }
    });
    Ok(wire::stream(Some(JSON), body))
}

/// `GET /containers/{id}/changes`
pub(super) fn changes(state: &State, reference: &str) -> Outcome {
    let container = state.container(reference)?;
    if container.runs.is_empty() {
        return wire::done(&Value::Null);
    }
    wire::done(&json!([
        { "Path": "/tmp", "Kind": 0 },
        { "Path": format!("/tmp/{}.lock", container.template.service), "Kind": 1 },
        { "Path": "/run", "Kind": 0 },
        { "Path": "/run/pid", "Kind": 1 },
    ]))
}

/// `POST /containers/prune`
pub(super) fn prune(state: &mut State, query: &Query, now: Nanos) -> Outcome {
    let filters = query.filters()?;
    // a moment, or a span back from now
    let back = |text: &String| scenario::parse_span(text).map(|span| now - clock::seconds(span));
    let moment = |text: &String| clock::parse_moment(text).or_else(|| back(text));
    let until = filters.values("until").iter().find_map(moment);
    let gone = |one: &&Container| {
        !one.is_up()
            && filters.labels(&one.labels())
            && until.is_none_or(|until| one.created < until)
            && allowed(one, "remove").is_ok()
    };
    let chosen: Vec<(String, u64)> = state
        .containers
        .values()
        .filter(gone)
        .map(|one| (one.id.clone(), one.sizes().0))
        .collect();
    let freed: u64 = chosen.iter().map(|(_, size)| size).sum();
    for (id, _) in &chosen {
        state.forget(id, now);
    }
    let ids: Vec<&String> = chosen.iter().map(|(id, _)| id).collect();
    if !ids.is_empty() {
        let attributes = super::events::owned([("reclaimed", freed.to_string())]);
        state.emit(now, "container", "", "prune", attributes);
    }
    let deleted = if ids.is_empty() {
        Value::Null
    } else {
        json!(ids)
    };
    wire::done(&json!({ "ContainersDeleted": deleted, "SpaceReclaimed": freed }))
}

/// `POST /containers/{id}/resize`
pub(super) fn resize(state: &mut State, reference: &str, query: &Query, now: Nanos) -> Outcome {
    let (height, width) = (query.text("h").to_owned(), query.text("w").to_owned());
    for text in [&height, &width] {
        if text.parse::<u16>().is_err() {
            return Err(Refusal::new(
                400,
                format!("strconv.Atoi: parsing {text:?}: invalid syntax"),
            ));
        }
    }
    let container = state.container(reference)?;
    let id = container.id.clone();
    if !container.is_alive() {
        return Err(Refusal::conflict(format!("Container {id} is not running")));
    }
    state.report(
        now,
        &id,
        "resize",
        &[("height", &height), ("width", &width)],
    );
    Ok(wire::empty(200))
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_are_what_the_engine_takes() {
        assert!(is_name("web-1") && is_name("a.b_c"));
        assert!(!is_name("") && !is_name("a") && !is_name("-web") && !is_name("r!"));
    }
}
