//! Making a container anew from a newer image: what differs between the images, what the person
//! said over it, and which volumes without a name have to be kept.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::RunSpec;
use crate::model::secret::{MASK, is_secret};

/// Something in which two images differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is: `env LANG`, `command`, `port 80/tcp`.
    pub what: String,
    /// As the old image has it; none where it has not.
    pub old: Option<String>,
    /// As the new one has it.
    pub new: Option<String>,
    /// Whether the person said something of their own, which stays.
    pub own: bool,
}

/// A volume without a name of its own, which has to be named to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anonymous {
    /// Where it is mounted.
    pub target: String,
    /// The name that the engine gave it.
    pub volume: String,
}

/// How two images differ, as their inspects say, and where the specification says something else
/// than either.
pub fn differences(old: &Value, new: &Value, spec: &RunSpec) -> Vec<Difference> {
    let (old, new) = (part(old, "Config"), part(new, "Config"));
    let mut found = Vec::new();
    maps(
        &mut found,
        "env",
        &variables(old),
        &variables(new),
        |name| spec.env.iter().any(|variable| variable.name == name),
    );
    for (what, key, own) in [
        ("entrypoint", "Entrypoint", spec.entrypoint.is_some()),
        ("command", "Cmd", !spec.command.is_empty()),
        ("user", "User", spec.user.is_some()),
        ("directory", "WorkingDir", spec.workdir.is_some()),
        ("stop signal", "StopSignal", spec.stop_signal.is_some()),
        ("health check", "Healthcheck", spec.health_cmd.is_some()),
    ] {
        let (old, new) = (told(part(old, key)), told(part(new, key)));
        if old != new {
            let what = what.to_owned();
            found.push(Difference {
                what,
                old,
                new,
                own,
            });
        }
    }
    let names = |value: &Value, key: &str| -> Map<String, Value> {
        part(value, key).as_object().cloned().unwrap_or_default()
    };
    let label = |name: &str| spec.label.iter().any(|label| label.name == name);
    maps(
        &mut found,
        "label",
        &names(old, "Labels"),
        &names(new, "Labels"),
        label,
    );
    for (what, key) in [("port", "ExposedPorts"), ("volume", "Volumes")] {
        maps(&mut found, what, &names(old, key), &names(new, key), |_| {
            false
        });
    }
    found
}

fn part<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&Value::Null)
}

fn variables(config: &Value) -> Map<String, Value> {
    let all = part(config, "Env").as_array().into_iter().flatten();
    let all = all.filter_map(Value::as_str).map(|text| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.to_owned(), Value::from(value))
    });
    all.collect()
}

fn maps(
    found: &mut Vec<Difference>,
    what: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    own: impl Fn(&str) -> bool,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
    {
        let say = |value: Option<&Value>| {
            let text = value.map(|value| told(value).unwrap_or_default())?;
            Some(if is_secret(name, &text) {
                MASK.to_owned()
            } else {
                text
            })
        };
        found.push(Difference {
            what: format!("{what} {name}"),
            old: say(old.get(name)),
            new: say(new.get(name)),
            own: own(name),
        });
    }
}

/// A value as a person reads it; none when it says nothing.
fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Some(texts.join(" ")).filter(|text| !text.is_empty())
        }
        Value::Object(map) if map.is_empty() => Some(String::new()),
        value => Some(value.to_string()),
    }
}

impl Difference {
    /// The difference in a line: `env LANG: C → de, yours stays`.
    pub fn line(&self) -> String {
        let change = match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{old} → {new}"),
            (None, Some(new)) if new.is_empty() => "new".to_owned(),
            (None, Some(new)) => format!("new: {new}"),
            (_, None) => "gone".to_owned(),
        };
        let own = if self.own { "; yours stays" } else { "" };
        format!("{}: {change}{own}", self.what)
    }
}

/// The volumes without a name that a container has, as its inspect says: those that it or its image
/// asked for by their place alone.
pub fn anonymous(inspect: &Value) -> Vec<Anonymous> {
    let text = |value: &Value, key: &str| part(value, key).as_str().unwrap_or_default().to_owned();
    let asked = part(part(inspect, "Config"), "Volumes");
    let long = part(part(inspect, "HostConfig"), "Mounts").as_array();
    let asked_long = |target: &str| {
        long.into_iter().flatten().any(|mount| {
            text(mount, "Target") == target
                && text(mount, "Source").is_empty()
                && text(mount, "Type") == "volume"
        })
    };
    let binds = part(part(inspect, "HostConfig"), "Binds").as_array();
    let bound = |target: &str| {
        let binds = binds.into_iter().flatten().filter_map(Value::as_str);
        binds
            .filter_map(|bind| bind.split(':').nth(1))
            .any(|at| at == target)
    };
    let mounts = part(inspect, "Mounts").as_array().into_iter().flatten();
    let mounts = mounts
        .filter(|mount| text(mount, "Type") == "volume")
        .map(|mount| Anonymous {
            target: text(mount, "Destination"),
            volume: text(mount, "Name"),
        });
    mounts
        .filter(|one| !one.volume.is_empty() && !bound(&one.target))
        .filter(|one| asked.get(&one.target).is_some() || asked_long(&one.target))
        .collect()
}

/// Has a specification mount volumes without a name by the name that the engine gave them.
pub fn keep(spec: &mut RunSpec, volumes: &[Anonymous]) {
    for Anonymous { target, volume } in volumes {
        let long = spec.mount.iter_mut();
        let mut long = long.filter(|mount| mount.target == *target && mount.source.is_empty());
        if let Some(mount) = long.next() {
            mount.source.clone_from(volume);
            continue;
        }
        spec.volume.retain(|said| said.to_string() != *target);
        spec.volume.extend(format!("{volume}:{target}").parse());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::run_line::{parse, print};

    #[test]
    fn what_the_images_say_is_told_apart_from_what_the_person_said() {
        let old = json!({ "Config": {
            "Env": ["LANG=C", "V=1", "API_TOKEN=old"], "Cmd": ["serve"], "Labels": { "a": "1" },
            "ExposedPorts": { "80/tcp": {} }, "User": "",
        } });
        let new = json!({ "Config": {
            "Env": ["LANG=C", "V=2", "API_TOKEN=new"], "Cmd": ["serve", "-x"],
            "Entrypoint": ["/init"], "Labels": { "a": "2" },
            "ExposedPorts": { "81/tcp": {} }, "Volumes": { "/data": {} },
        } });
        let spec = parse("docker run -e V=mine x run me", &|_| None).spec;
        let lines: Vec<String> = differences(&old, &new, &spec)
            .iter()
            .map(Difference::line)
            .collect();
        assert_eq!(
            lines,
            [
                format!("env API_TOKEN: {MASK} → {MASK}").as_str(),
                "env V: 1 → 2; yours stays",
                "entrypoint: new: /init",
                "command: serve → serve -x; yours stays",
                "label a: 1 → 2",
                "port 80/tcp: gone",
                "port 81/tcp: new",
                "volume /data: new",
            ]
        );
        assert!(differences(&old, &old, &spec).is_empty());
        assert!(differences(&json!([]), &json!(3), &spec).is_empty());
    }

    #[test]
    fn volumes_without_a_name_are_kept_under_the_one_they_have() {
        let inspect = json!({
            "Config": { "Volumes": { "/data": {}, "/more": {} } },
            "HostConfig": {
                "Binds": ["named:/more"],
                "Mounts": [{ "Type": "volume", "Target": "/long" }],
            },
            "Mounts": [
                { "Type": "volume", "Name": "abc", "Destination": "/data" },
                { "Type": "volume", "Name": "named", "Destination": "/more" },
                { "Type": "volume", "Name": "def", "Destination": "/long" },
                { "Type": "volume", "Name": "of-another", "Destination": "/from" },
                { "Type": "bind", "Source": "/x", "Destination": "/y" },
            ],
        });
        let found = anonymous(&inspect);
        let targets: Vec<&str> = found.iter().map(|one| one.target.as_str()).collect();
        assert_eq!(targets, ["/data", "/long"]);
        let line = "docker run -v /data -v named:/more --mount type=volume,target=/long x";
        let mut spec = parse(line, &|_| None).spec;
        keep(&mut spec, &found);
        let line = print(&spec);
        assert!(line.contains("-v named:/more -v abc:/data"), "{line}");
        assert!(
            line.contains("source=def") || line.contains("src=def"),
            "{line}"
        );
    }
}
