//! The request that makes a container, as the docker command sends it: the same keys, the same
//! defaults, null and empty where it has them. The bodies are those of the docker command 28.2 at
//! the API version that was negotiated; `tests/run_lines.rs` compares them field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::files;
use super::host_config::host_config;
use super::networks;
use super::values::{Exposed, Mount, Ports, Span};
use super::{RunSpec, options, platform};

/// What surrounds the command: none of it is read here.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The API version that the request is made for.
    pub api: (u32, u32),
    /// The directory that relative paths begin in.
    pub dir: &'a str,
    /// The engine's socket on its host, for `--use-api-socket`.
    pub socket: &'a str,
    /// Rows and columns of the terminal; 0 where there is none.
    pub console: (u16, u16),
    /// A variable of the environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// A file's bytes, or why it cannot be read.
    pub read: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
}

/// The request `POST /containers/create`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The query's `name`; none when it is not said.
    pub name: Option<String>,
    /// The query's `platform`; none when it is not said.
    pub platform: Option<String>,
    /// The body.
    pub body: Value,
}

/// Why a request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The option it is about, by its name in [`options`].
    pub option: &'static str,
    /// The sentence.
    pub text: String,
}

impl Fault {
    pub(crate) fn new(option: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { option, text }
    }
}

/// The request that makes what a specification says.
///
/// # Errors
/// What the docker command would refuse, at the option it is about.
pub fn request(spec: &RunSpec, around: &Around<'_>) -> Result<Request, Fault> {
    too_new(spec, around.api)?;
    let platform = match spec.platform.as_deref() {
        None | Some("") => None,
        Some(text) => Some(platform::normal(text).map_err(|fault| Fault::new("platform", fault))?),
    };
    let endpoints = networks::endpoints(spec, around.api)?;
    let mut body = config(spec, around)?;
    let mut host = host_config(spec, around)?;
    // an engine before API 1.42 does not mind the size
    if around.api < (1, 42)
        && platform
            .as_deref()
            .is_some_and(|text| text.starts_with("linux"))
    {
        host.insert("ConsoleSize".to_owned(), json!([0, 0]));
    }
    body.extend(spec.rest.config.clone());
    host.extend(spec.rest.host.clone());
    body.insert("HostConfig".to_owned(), Value::Object(host));
    let endpoints = json!({ "EndpointsConfig": endpoints });
    body.insert("NetworkingConfig".to_owned(), endpoints);
    Ok(Request {
        name: spec.name.clone().filter(|name| !name.is_empty()),
        platform,
        body: Value::Object(body),
    })
}

/// Options that the engine's version does not know.
fn too_new(spec: &RunSpec, api: (u32, u32)) -> Result<(), Fault> {
    for option in options::all() {
        if let Some(since) = option.since.filter(|since| *since > api)
            && !option.get(spec).is_empty()
        {
            let text = format!(
                "it needs API {}.{}, and the engine speaks {}.{}",
                since.0, since.1, api.0, api.1
            );
            return Err(Fault::new(option.name, text));
        }
    }
    let below = |mount: &Mount| mount.bind.as_ref().is_some_and(|bind| bind.read_only_below);
    if api < (1, 44) && spec.mount.iter().any(below) {
        let text = format!(
            "bind-recursive=readonly needs API 1.44, and the engine speaks {}.{}",
            api.0, api.1
        );
        return Err(Fault::new("mount", text));
    }
    Ok(())
}

/// An object from what `json!` made, without those of the keys whose value is empty.
pub(super) fn object(value: Value, unless_empty: &[&str]) -> Map<String, Value> {
    let Value::Object(mut map) = value else {
        return Map::new();
    };
    map.retain(|key, value| !unless_empty.contains(&key.as_str()) || !is_empty(value));
    map
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// A list, or null in place of an empty one: what Go makes of a list that nobody touched.
pub(super) fn or_null<T: Into<Value>>(list: Vec<T>) -> Value {
    match list.is_empty() {
        true => Value::Null,
        false => list.into_iter().map(Into::into).collect(),
    }
}

pub(super) fn text(value: Option<&String>) -> &str {
    value.map_or("", String::as_str)
}

pub(super) fn is_on(value: Option<bool>) -> bool {
    value == Some(true)
}

/// The container's own part.
fn config(spec: &RunSpec, around: &Around<'_>) -> Result<Map<String, Value>, Fault> {
    let attached = |stream: &str| {
        let attach = spec.attach.iter().map(|text| text.to_lowercase());
        attach.clone().any(|text| text == stream)
    };
    let none = spec.attach.is_empty();
    // `docker run -d` attaches nothing; `docker create` leaves it to a later start
    let here = spec.only_create || !is_on(spec.detach);
    let open = is_on(spec.interactive);
    let stdin = here && (open || attached("stdin"));
    let entrypoint = spec.entrypoint.as_ref().map(|program| json!([program]));
    let value = json!({
        "Hostname": text(spec.hostname.as_ref()),
        "Domainname": text(spec.domainname.as_ref()),
        "User": text(spec.user.as_ref()),
        "AttachStdin": stdin,
        "AttachStdout": here && (none || attached("stdout")),
        "AttachStderr": here && (none || attached("stderr")),
        "ExposedPorts": exposed(spec),
        "Tty": is_on(spec.tty),
        "OpenStdin": open,
        "StdinOnce": stdin && open,
        "Env": or_null(files::environment(spec, around)?),
        "Cmd": or_null(spec.command.clone()),
        "Healthcheck": health(spec)?,
        "Image": spec.image,
        "Volumes": anonymous(spec),
        "WorkingDir": text(spec.workdir.as_ref()),
        "Entrypoint": entrypoint,
        "MacAddress": networks::old_mac(spec, around.api),
        "OnBuild": null,
        "Labels": files::labels(spec, around)?,
        "StopSignal": text(spec.stop_signal.as_ref()),
    });
    let mut config = object(
        value,
        &["ExposedPorts", "Healthcheck", "MacAddress", "StopSignal"],
    );
    if let Some(seconds) = spec.stop_timeout {
        config.insert("StopTimeout".to_owned(), json!(seconds));
    }
    Ok(config)
}

/// `80/tcp`, … for each port of a range.
pub(super) fn keys(ports: Ports, protocol: &str) -> impl Iterator<Item = String> {
    (ports.first..=ports.last).map(move |port| format!("{port}/{protocol}"))
}

fn exposed(spec: &RunSpec) -> Value {
    let published = spec.publish.iter();
    let published = published.flat_map(|port| keys(port.container, &port.protocol));
    let exposed = |port: &Exposed| keys(port.ports, &port.protocol).collect::<Vec<_>>();
    let all: BTreeSet<String> = published
        .chain(spec.expose.iter().flat_map(exposed))
        .collect();
    all.into_iter().map(|key| (key, json!({}))).collect()
}

fn health(spec: &RunSpec) -> Result<Value, Fault> {
    let nanos = |span: Option<Span>| span.map_or(0, |span| span.0);
    let command = text(spec.health_cmd.as_ref());
    let parts = [
        ("health-interval", nanos(spec.health_interval), "Interval"),
        ("health-timeout", nanos(spec.health_timeout), "Timeout"),
        (
            "health-start-period",
            nanos(spec.health_start_period),
            "StartPeriod",
        ),
        (
            "health-start-interval",
            nanos(spec.health_start_interval),
            "StartInterval",
        ),
        (
            "health-retries",
            spec.health_retries.unwrap_or(0),
            "Retries",
        ),
    ];
    let said = !command.is_empty() || parts.iter().any(|(_, number, _)| *number != 0);
    if is_on(spec.no_healthcheck) {
        return match said {
            true => Err(Fault::new(
                "no-healthcheck",
                "it leaves out what --health-… asks for",
            )),
            false => Ok(json!({ "Test": ["NONE"] })),
        };
    }
    let mut health = Map::new();
    if !command.is_empty() {
        health.insert("Test".to_owned(), json!(["CMD-SHELL", command]));
    }
    for (option, number, key) in parts {
        if number < 0 {
            return Err(Fault::new(option, "it is below zero"));
        }
        if number != 0 {
            health.insert(key.to_owned(), json!(number));
        }
    }
    Ok(Value::Object(health))
}

/// Volumes without a source, which go into the container's own part.
fn anonymous(spec: &RunSpec) -> Value {
    let volumes = spec.volume.iter().filter(|volume| volume.source.is_none());
    let all: BTreeSet<String> = volumes.map(ToString::to_string).collect();
    all.into_iter().map(|target| (target, json!({}))).collect()
}
