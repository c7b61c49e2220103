//! A specification as a Compose file with one service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tree::{Tree, add, each_text, put};
use super::{COMMAND, IMAGE, own};
use crate::spec::RunSpec;
use crate::spec::options::{self, Compose, Kind, RunOption};

/// A Compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its text.
    pub yaml: String,
    /// What of the specification is not in it, a sentence each.
    pub left: Vec<String>,
}

/// Writes a specification.
pub fn write(spec: &RunSpec) -> Written {
    let mut service = Tree::new();
    let mut left = Vec::new();
    if !spec.image.is_empty() {
        service.insert(IMAGE.to_owned(), json!(spec.image));
    }
    if !spec.command.is_empty() {
        service.insert(COMMAND.to_owned(), json!(spec.command));
    }
    if spec.only_create {
        left.push("create: Compose starts what it makes, but for `up --no-start`".to_owned());
    }
    for option in options::all() {
        let texts = option.get(spec);
        if !texts.is_empty() {
            one(option, texts, spec, &mut service, &mut left);
        }
    }
    own::networks(spec, &mut service, &mut left);
    let mut whole = Tree::new();
    let mut escaped = Value::Object(service);
    // Compose fills in what stands behind a dollar sign
    each_text(&mut escaped, &mut |text| *text = text.replace('$', "$$"));
    put(&mut whole, "services", json!({ name(spec): escaped }));
    let networks = own::joined(spec);
    if !networks.is_empty() {
        let external = networks.into_iter();
        let external: Tree = external
            .map(|name| (name, json!({ "external": true })))
            .collect();
        put(&mut whole, "networks", Value::Object(external));
    }
    let volumes = named_volumes(spec);
    if !volumes.is_empty() {
        let named = volumes.into_iter();
        // by its own name, or Compose would put the project's before it
        let named: Tree = named
            .map(|name| (name.clone(), json!({ "name": name })))
            .collect();
        put(&mut whole, "volumes", Value::Object(named));
    }
    let yaml = serde_saphyr::to_string(&Value::Object(whole));
    Written {
        yaml: yaml.unwrap_or_else(|why| format!("# {why}\n")),
        left,
    }
}

/// What one option says, where Compose has it.
fn one(
    option: &RunOption,
    texts: Vec<String>,
    spec: &RunSpec,
    service: &mut Tree,
    left: &mut Vec<String>,
) {
    match option.compose {
        Compose::None if matches!(option.name, "detach" | "quiet") => {}
        Compose::None => left.push(format!("{}: Compose has no word for it", option.flag())),
        Compose::Value(path) => {
            if let Some(text) = texts.into_iter().next() {
                put(service, path, scalar(option.kind, text));
            }
        }
        Compose::List(path) => add(service, path, texts.into_iter().map(Value::String)),
        Compose::Map(path) => {
            let pairs = texts
                .iter()
                .map(|text| text.split_once('=').unwrap_or((text, "")));
            let pairs: Vec<_> = pairs.collect();
            let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| *name).collect();
            if names.len() < pairs.len() {
                left.push(format!(
                    "{}: said twice for one name, the last counts",
                    option.flag()
                ));
            }
            let map = pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), json!(value)));
            put(service, path, Value::Object(map.collect()));
        }
        Compose::Own(path) => {
            if let Err(why) = own::write(option, path, spec, service) {
                left.push(format!("{}: {why}", option.flag()));
            }
        }
    }
}

/// A value as YAML has it: switches and numbers are no texts.
fn scalar(kind: Kind, text: String) -> Value {
    match kind {
        Kind::Switch => Value::Bool(text == "true"),
        Kind::Number => text.parse::<i64>().map_or(Value::String(text), Value::from),
        Kind::Text | Kind::Bytes | Kind::Cpus | Kind::Span | Kind::Choice(_) => Value::String(text),
    }
}

/// What the service is called: as the container, else as the image.
fn name(spec: &RunSpec) -> String {
    let image = spec.image.rsplit('/').next().unwrap_or_default();
    let image = image.split([':', '@']).next().unwrap_or_default();
    let name = spec.name.as_deref().filter(|name| !name.is_empty());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let name: String = name
        .unwrap_or(image)
        .chars()
        .filter(|c| plain(*c))
        .collect();
    if name.is_empty() {
        "app".to_owned()
    } else {
        name
    }
}

/// Volumes that are named by it.
fn named_volumes(spec: &RunSpec) -> BTreeSet<String> {
    let short = spec.volume.iter().filter(|volume| !volume.is_bind());
    let short = short.filter_map(|volume| volume.source.clone());
    let long = spec.mount.iter().filter(|mount| mount.kind == "volume");
    let long = long.map(|mount| mount.source.clone());
    short.chain(long).filter(|name| !name.is_empty()).collect()
}
