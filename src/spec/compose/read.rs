//! A service of a Compose file as a specification: a whole file, one service with its name, or what
//! stands below that. What `docker run` cannot say is told.

use serde_json::Value;

use super::tree::{Tree, each_text, pairs, take, text, texts};
use super::{COMMAND, IMAGE, own};
use crate::spec::RunSpec;
use crate::spec::options::{self, Compose, RunOption};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The service's name; empty where none was said.
    pub service: String,
    /// What it says.
    pub spec: RunSpec,
    /// What of it the specification does not say, a sentence each.
    pub remarks: Vec<String>,
}

/// Reads a text; none where it is not meant as a service. In it: what keeps it from being read, with
/// its line.
pub fn read(text: &str) -> Option<Result<Read, String>> {
    let meant = |line: &str| {
        let line = line.trim_start();
        ["services:", "image:", "build:"]
            .iter()
            .any(|key| line.starts_with(key))
    };
    if !text.lines().any(meant) {
        return None;
    }
    let mut root: Value = match serde_saphyr::from_str(text) {
        Ok(root) => root,
        Err(why) => return Some(Err(why.to_string())),
    };
    let mut read = Read::default();
    each_text(&mut root, &mut |text| {
        *text = filled_in(text, &mut read.remarks);
    });
    let Value::Object(mut root) = root else {
        return None;
    };
    let (name, service) = chosen(&mut root, &mut read.remarks)?;
    read.service = name;
    service_of(service, &root, &mut read);
    Some(Ok(read))
}

/// The service that is meant: the first.
fn chosen(root: &mut Tree, remarks: &mut Vec<String>) -> Option<(String, Tree)> {
    let is_service = |value: &Value| value.get(IMAGE).or_else(|| value.get("build")).is_some();
    let services = match root.shift_remove("services") {
        Some(Value::Object(services)) => services,
        Some(_) => return None,
        None if is_service(&Value::Object(root.clone())) => {
            return Some((String::new(), std::mem::take(root)));
        }
        None => root
            .clone()
            .into_iter()
            .filter(|(_, value)| is_service(value))
            .collect(),
    };
    let mut services = services.into_iter();
    let (name, first) = services.next()?;
    let others: Vec<String> = services.map(|(name, _)| name).collect();
    if !others.is_empty() {
        remarks.push(format!(
            "of several services {name} is taken, not {}",
            others.join(", ")
        ));
    }
    match first {
        Value::Object(service) => Some((name, service)),
        _ => None,
    }
}

fn service_of(mut service: Tree, root: &Tree, read: &mut Read) {
    let Read { spec, remarks, .. } = read;
    if let Some(image) = take(&mut service, IMAGE).as_ref().and_then(text) {
        spec.image = image;
    }
    if let Some(command) = take(&mut service, COMMAND) {
        match own::words(&command) {
            Ok(words) => spec.command = words,
            Err(why) => remarks.push(format!("command: {why}")),
        }
    }
    limits(&mut service);
    for option in options::all() {
        if let Err(why) = one(option, &mut service, spec) {
            remarks.push(format!("{}: {why}", path(option)));
        }
    }
    if let Some(mode) = take(&mut service, "network_mode").as_ref().and_then(text) {
        match mode.strip_prefix("service:") {
            Some(other) => remarks.push(format!("network_mode: {other} is another service")),
            None => {
                if let Ok(network) = mode.parse() {
                    spec.network.push(network);
                }
            }
        }
    }
    named(root, spec, remarks);
    let rest = service.keys().filter(|key| !key.starts_with("x-"));
    remarks.extend(rest.map(|key| format!("{key}: docker run has no word for it")));
}

fn path(option: &RunOption) -> &'static str {
    match option.compose {
        Compose::None => option.name,
        Compose::Value(path) | Compose::List(path) | Compose::Map(path) | Compose::Own(path) => {
            path
        }
    }
}

/// Limits where newer files have them, at the place of the older ones.
fn limits(service: &mut Tree) {
    let places = [
        ("deploy.resources.limits.memory", "mem_limit"),
        ("deploy.resources.limits.cpus", "cpus"),
        ("deploy.resources.limits.pids", "pids_limit"),
        ("deploy.resources.reservations.memory", "mem_reservation"),
    ];
    for (from, to) in places {
        if let Some(value) = take(service, from) {
            service.entry(to).or_insert(value);
        }
    }
}

/// Reads what one option's place says.
fn one(option: &RunOption, service: &mut Tree, spec: &mut RunSpec) -> Result<(), String> {
    let odd = || format!("it is no value of {}", option.flag());
    let mut say = |texts: Vec<String>| texts.iter().try_for_each(|text| option.say(spec, text));
    match option.compose {
        Compose::None => Ok(()),
        Compose::Value(path) => match take(service, path) {
            None | Some(Value::Null) => Ok(()),
            // what older YAML takes for a switch
            Some(Value::Bool(false)) if option.name == "restart" => say(vec!["no".to_owned()]),
            Some(value) if option.name == "pull" && value == "if_not_present" => {
                say(vec!["missing".to_owned()])
            }
            Some(value) => say(vec![text(&value).ok_or_else(odd)?]),
        },
        Compose::List(path) => {
            let Some(value) = take(service, path) else {
                return Ok(());
            };
            let (long, short) = apart(path, value);
            if !long.is_empty() {
                service.insert(path.to_owned(), Value::Array(long));
            }
            say(texts(&short).ok_or_else(odd)?)
        }
        Compose::Map(path) => match take(service, path) {
            None => Ok(()),
            Some(value) => say(pairs(&value).ok_or_else(odd)?),
        },
        Compose::Own(path) => match take(service, path) {
            None => Ok(()),
            Some(value) => own::read(option, &value, spec),
        },
    }
}

/// Entries of a list in the long form that have no short one, and the others in the short one.
fn apart(path: &str, value: Value) -> (Vec<Value>, Value) {
    let entries = match value {
        Value::Object(map) if path == "extra_hosts" => {
            let hosts = map.iter();
            let hosts = hosts.map(|(name, to)| format!("{name}:{}", text(to).unwrap_or_default()));
            hosts.map(Value::String).collect()
        }
        Value::Array(entries) => entries,
        one => return (Vec::new(), one),
    };
    let (mut long, mut short) = (Vec::new(), Vec::new());
    for entry in entries {
        let part = |key: &str| entry.get(key).and_then(text);
        let written = match path {
            "ports" => part("target").map(|target| {
                let before = part("host_ip").map(|ip| match ip.contains(':') {
                    true => format!("[{ip}]:"),
                    false => format!("{ip}:"),
                });
                let published = part("published").unwrap_or_default();
                let before = before.unwrap_or_default();
                let protocol = part("protocol").unwrap_or_else(|| "tcp".to_owned());
                match before.is_empty() && published.is_empty() {
                    true => format!("{target}/{protocol}"),
                    false => format!("{before}{published}:{target}/{protocol}"),
                }
            }),
            "devices" => part("source").map(|source| {
                let target = part("target").unwrap_or_else(|| source.clone());
                let rights = part("permissions").unwrap_or_else(|| "rwm".to_owned());
                format!("{source}:{target}:{rights}")
            }),
            "env_file" => part("path"),
            _ => None,
        };
        match written {
            Some(text) => short.push(Value::String(text)),
            None if entry.is_object() => long.push(entry),
            None => short.push(entry),
        }
    }
    (long, Value::Array(short))
}

/// Gives networks and volumes the names that they have on the engine.
fn named(root: &Tree, spec: &mut RunSpec, remarks: &mut Vec<String>) {
    let mut own = Vec::new();
    let mut name = |kind: &str, key: &mut String| {
        let Some(defined) = root.get(kind).and_then(|all| all.get(key.as_str())) else {
            return;
        };
        match defined.get("name").and_then(text) {
            Some(name) => *key = name,
            None if defined.get("external") == Some(&Value::Bool(true)) => {}
            None => own.push(key.clone()),
        }
    };
    for network in &mut spec.network {
        name("networks", &mut network.name);
    }
    for volume in &mut spec.volume {
        if let Some(source) = &mut volume.source {
            name("volumes", source);
        }
    }
    for mount in &mut spec.mount {
        name("volumes", &mut mount.source);
    }
    if !own.is_empty() {
        let own = own.join(", ");
        remarks.push(format!(
            "{own}: Compose puts its project's name before, and makes it"
        ));
    }
}

/// A text with what Compose fills in: two dollar signs stand for one, and what is said for a
/// variable that is not set is taken. Other variables stay as they are written.
fn filled_in(text: &str, remarks: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = rest
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'));
        let (written, value, after) = match braced {
            Some((inside, after)) => {
                let default = inside.split_once(":-").or_else(|| inside.split_once('-'));
                let written = format!("${{{inside}}}");
                let value = default.map_or_else(|| written.clone(), |(_, value)| value.to_owned());
                (written, value, after)
            }
            None => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
                (format!("${name}"), format!("${name}"), after)
            }
        };
        if written.len() > 1 {
            remarks.push(format!(
                "{written}: Compose fills it in from its environment"
            ));
        }
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    out
}
