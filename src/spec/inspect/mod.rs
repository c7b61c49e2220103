//! The specification behind a container that there is: what somebody said when it was made, told
//! apart from what came from the image and what the engine filled in. What no option stands for is
//! carried in [`super::Rest`], so that nothing is lost when the container is made again.

mod host;
mod keys;
mod podman;

use std::str::FromStr;

use serde_json::{Map, Value};

use self::host::host_config;
use self::keys::{OWN, entries, map, number, plain, rest, strings, text};
pub use self::podman::{in_dockers_words, is_podmans};
use super::RunSpec;
use super::create_body::is_empty;
use super::values::{Attachment, Pair, Publish, Span, Variable};
use super::words::quoted;

/// Reads an engine's answer to an inspect, with that about its image where there is one: without
/// it everything seems to have been said.
pub fn from_inspect(container: &Value, image: Option<&Value>) -> RunSpec {
    if is_podmans(container) {
        return from_inspect(&in_dockers_words(container.clone(), image), image);
    }
    let empty = Value::Object(Map::new());
    let part = |value: &Value, key: &str| value.get(key).cloned().unwrap_or_else(|| empty.clone());
    let (own, host) = (part(container, "Config"), part(container, "HostConfig"));
    let image = image.map_or_else(|| empty.clone(), |image| part(image, "Config"));
    let mut spec = RunSpec {
        image: text(&own, "Image"),
        ..RunSpec::default()
    };
    let name = text(container, "Name");
    let name = name.trim_start_matches('/');
    spec.name = Some(name.to_owned()).filter(|name| !name.is_empty());
    // what was attached is not told again: a container that runs is left to itself
    if own.get("AttachStdout") != Some(&Value::Bool(true)) {
        spec.detach = Some(true);
    }
    config(
        &mut spec,
        &own,
        &image,
        &text(container, "Id"),
        &text(&host, "NetworkMode"),
    );
    command(&mut spec, &own, &image);
    health(&mut spec, &own, &image);
    host_config(&mut spec, &host);
    ports(&mut spec, &own, &image, &host);
    networks(&mut spec, container, &host);
    spec
}

fn config(spec: &mut RunSpec, own: &Value, image: &Value, id: &str, network: &str) {
    let mut others = Map::new();
    for row in &OWN {
        match own.get(row.0) {
            Some(value) if image.get(row.0) != Some(value) => plain(spec, value, row, &mut others),
            _ => {}
        }
    }
    rest(own, &OWN, &mut others);
    // the image's shell stands in the container as well
    others.retain(|key, value| image.get(key) != Some(value));
    spec.rest.config = others;
    let hostname = text(own, "Hostname");
    // the engine takes the id's beginning, the host's name, or that of the other container
    let filled = network == "host" || network.starts_with("container:");
    let uts = !hostname.is_empty() && id.starts_with(&hostname);
    if !hostname.is_empty() && !filled && !uts {
        spec.hostname = Some(hostname);
    }
    let from_image = strings(image, "Env");
    let variables = strings(own, "Env");
    let variables = variables
        .iter()
        .filter(|variable| !from_image.contains(variable));
    spec.env = variables
        .filter_map(|text| Variable::from_str(text).ok())
        .collect();
    let image_labels: Map<String, Value> = entries(image, "Labels")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let labels =
        entries(own, "Labels").filter(|(name, value)| image_labels.get(*name) != Some(*value));
    spec.label = labels
        .map(|(name, value)| Pair {
            name: name.clone(),
            value: value.as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    let from_image = image.get("Volumes");
    for (target, _) in entries(own, "Volumes") {
        if from_image.and_then(|volumes| volumes.get(target)).is_none() {
            spec.volume.extend(target.parse());
        }
    }
}

/// Entry point and command. One with arguments of its own has them before the command's, which
/// comes to the same.
fn command(spec: &mut RunSpec, own: &Value, image: &Value) {
    let (entry, words) = (strings(own, "Entrypoint"), strings(own, "Cmd"));
    if entry == strings(image, "Entrypoint") {
        if words != strings(image, "Cmd") {
            spec.command = words;
        }
        return;
    }
    let (program, arguments) = match entry.split_first() {
        Some((program, arguments)) => (program.clone(), arguments.to_vec()),
        None => (String::new(), Vec::new()),
    };
    spec.entrypoint = Some(program);
    spec.command = [arguments, words].concat();
}

fn health(spec: &mut RunSpec, own: &Value, image: &Value) {
    let none = Value::Null;
    let of = |value: &Value| value.get("Healthcheck").cloned().unwrap_or(Value::Null);
    let (check, from_image) = (of(own), of(image));
    let part = |key: &str| {
        let value = check.get(key).unwrap_or(&none);
        let said = from_image.get(key).unwrap_or(&none) != value && !is_empty(value);
        said.then(|| value.clone())
    };
    let span = |key: &str| part(key).and_then(|value| value.as_i64()).map(Span);
    spec.health_interval = span("Interval");
    spec.health_timeout = span("Timeout");
    spec.health_start_period = span("StartPeriod");
    spec.health_start_interval = span("StartInterval");
    spec.health_retries = part("Retries").and_then(|value| value.as_i64());
    if part("Test").is_none() {
        return;
    }
    let test = strings(&check, "Test");
    match test.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["NONE"] => {
            spec.no_healthcheck = Some(true);
            spec.health_interval = None;
            spec.health_timeout = None;
            spec.health_start_period = None;
            spec.health_start_interval = None;
            spec.health_retries = None;
        }
        ["CMD-SHELL", command] => spec.health_cmd = Some(command.to_owned()),
        ["CMD", ref words @ ..] => {
            // an option has a shell run it; made again it runs without one, as it did
            let words = words.iter().map(|word| quoted(word));
            spec.health_cmd = Some(words.collect::<Vec<_>>().join(" "));
            spec.rest.config.insert("Healthcheck".to_owned(), check);
        }
        _ => {
            spec.rest.config.insert("Healthcheck".to_owned(), check);
        }
    }
}

/// Published ports, and those that are exposed beside them and beside the image's.
fn ports(spec: &mut RunSpec, own: &Value, image: &Value, host: &Value) {
    let mut published: Vec<(u16, Publish)> = Vec::new();
    for (port, bindings) in entries(host, "PortBindings") {
        for binding in bindings.as_array().into_iter().flatten() {
            let (address, at) = (text(binding, "HostIp"), text(binding, "HostPort"));
            let address = match address.contains(':') {
                true => format!("[{address}]"),
                false => address,
            };
            if let Ok(publish) = format!("{address}:{at}:{port}").parse::<Publish>() {
                published.push((publish.container.first, publish));
            }
        }
    }
    published.sort_by_key(|(port, _)| *port);
    spec.publish = published.into_iter().map(|(_, publish)| publish).collect();
    let known = |port: &String| {
        let at =
            |value: &Value, key: &str| value.get(key).is_some_and(|all| all.get(port).is_some());
        at(image, "ExposedPorts") || at(host, "PortBindings")
    };
    let exposed = entries(own, "ExposedPorts").map(|(port, _)| port);
    let exposed = exposed.filter(|port| !known(port));
    spec.expose = exposed.filter_map(|port| port.parse().ok()).collect();
}

/// The networks, the one that it was made on first.
fn networks(spec: &mut RunSpec, container: &Value, host: &Value) {
    let mode = text(host, "NetworkMode");
    let settings = container
        .get("NetworkSettings")
        .cloned()
        .unwrap_or_default();
    let id = text(container, "Id");
    let joined = entries(&settings, "Networks").map(|(name, endpoint)| {
        let first = *name == mode || text(endpoint, "NetworkID") == mode;
        (!first, attachment(name, endpoint, &id))
    });
    let mut joined: Vec<(bool, Attachment)> = joined.collect();
    joined.sort_by_key(|(later, _)| *later);
    let own = Attachment {
        name: mode.clone(),
        ..Attachment::default()
    };
    spec.network = match own.is_user_defined() && !mode.is_empty() {
        // one that never ran may not tell of it
        true if joined.is_empty() => vec![own],
        true => joined
            .into_iter()
            .map(|(_, attachment)| attachment)
            .collect(),
        false => {
            // joined afterwards
            let later = joined.into_iter().map(|(_, attachment)| attachment);
            let later: Vec<_> = later.filter(Attachment::is_user_defined).collect();
            let is_default = matches!(mode.as_str(), "default" | "bridge" | "");
            match is_default && later.is_empty() {
                true => Vec::new(),
                false if later.is_empty() => vec![own],
                false => [vec![own], later].concat(),
            }
        }
    };
    // links on a network of one's own are told by both
    if let Some(first) = spec.network.first().filter(|first| first.is_user_defined()) {
        let endpoint = settings
            .get("Networks")
            .and_then(|all| all.get(&first.name));
        let links = endpoint
            .map(|endpoint| strings(endpoint, "Links"))
            .unwrap_or_default();
        if spec.link.is_empty() {
            spec.link = links;
        }
    }
}

fn attachment(name: &str, endpoint: &Value, id: &str) -> Attachment {
    let addresses = endpoint.get("IPAMConfig").cloned().unwrap_or_default();
    let aliases = strings(endpoint, "Aliases").into_iter();
    // the engine adds the id's beginning
    let aliases = aliases.filter(|alias| !id.starts_with(alias.as_str()));
    Attachment {
        name: name.to_owned(),
        aliases: aliases.collect(),
        ip: text(&addresses, "IPv4Address"),
        ip6: text(&addresses, "IPv6Address"),
        link_local: strings(&addresses, "LinkLocalIPs"),
        // what it has while it runs is no address that somebody chose
        mac: String::new(),
        options: map(endpoint, "DriverOpts"),
        priority: number(endpoint, "GwPriority"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::create_body::{Around, request};
    use super::super::run_line::print;
    use super::*;

    fn line(container: &Value, image: &Value) -> String {
        print(&from_inspect(container, Some(image)))
    }

    /// A change of the image's part, and the line that it makes.
    type Case = (fn(&mut Value), &'static str);

    #[test]
    fn what_the_image_says_is_not_frozen() {
        let image = json!({ "Config": {
            "Env": ["PATH=/bin", "LANG=C"], "Cmd": ["serve"], "Entrypoint": ["/init", "-x"],
            "Labels": { "a": "1", "b": "2" }, "User": "app", "WorkingDir": "/srv",
            "Volumes": { "/data": {} }, "ExposedPorts": { "80/tcp": {} }, "StopSignal": "SIGINT",
            "Shell": ["/bin/bash"],
            "Healthcheck": { "Test": ["CMD-SHELL", "ok"], "Interval": 5_000_000_000_i64 },
        } });
        let container = |change: fn(&mut Value)| {
            let mut own = image["Config"].clone();
            own["Image"] = json!("app:1");
            change(&mut own);
            json!({ "Id": "abc", "Name": "/web", "Config": own, "HostConfig": {} })
        };
        let cases: [Case; 9] = [
            (|_| {}, "-d app:1"),
            (
                |own| own["Env"] = json!(["PATH=/bin", "LANG=de"]),
                "-e LANG=de -d app:1",
            ),
            (
                |own| own["Labels"]["b"] = json!("3"),
                "--label b=3 -d app:1",
            ),
            (|own| own["Cmd"] = json!(["sh"]), "-d app:1 sh"),
            (
                |own| {
                    own["Entrypoint"] = json!(["/bin/sh", "-c"]);
                    own["Cmd"] = json!(["true"]);
                },
                "--entrypoint /bin/sh -d app:1 -c true",
            ),
            (
                |own| {
                    own["Entrypoint"] = json!([""]);
                    own["Cmd"] = json!(["true"]);
                },
                "--entrypoint '' -d app:1 true",
            ),
            (
                |own| own["Volumes"]["/more"] = json!({}),
                "-v /more -d app:1",
            ),
            (
                |own| own["ExposedPorts"]["81/tcp"] = json!({}),
                "--expose 81 -d app:1",
            ),
            (
                |own| own["Healthcheck"]["Interval"] = json!(1_000_000_000),
                "--health-interval 1s -d app:1",
            ),
        ];
        for (change, expected) in cases {
            let told = line(&container(change), &image);
            assert_eq!(told, format!("docker run --name web {expected}"));
        }
    }

    #[test]
    fn what_no_option_stands_for_is_carried() {
        let container = json!({
            "Id": "abc",
            "Config": {
                "Image": "x", "NetworkDisabled": true, "NewInApi9": { "a": 1 },
                "Healthcheck": { "Test": ["CMD", "probe", "a b"] },
            },
            "HostConfig": { "KernelMemoryTCP": 5, "Future": ["y"], "Empty": null, "Zero": 0,
                "PidMode": "something new" },
        });
        let spec = from_inspect(&container, None);
        assert_eq!(spec.health_cmd.as_deref(), Some("probe 'a b'"));
        let around = Around {
            api: (1, 47),
            dir: "/",
            socket: "",
            console: (0, 0),
            env: &|_| None,
            read: &|_| Err(String::new()),
        };
        let body = request(&spec, &around).unwrap().body;
        for part in ["NetworkDisabled", "NewInApi9", "Healthcheck"] {
            assert_eq!(body[part], container["Config"][part], "{part}");
        }
        for part in ["KernelMemoryTCP", "Future", "PidMode"] {
            assert_eq!(
                body["HostConfig"][part], container["HostConfig"][part],
                "{part}"
            );
        }
        assert!(body["HostConfig"].get("Empty").is_none());
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_no_panic() {
        for value in [
            json!(null),
            json!([]),
            json!({ "Config": [], "HostConfig": "x" }),
        ] {
            from_inspect(&value, Some(&value));
        }
        let strange = json!({
            "Config": { "Env": "x", "Labels": [1], "Cmd": {}, "Volumes": 3, "ExposedPorts": ["a"] },
            "HostConfig": { "Binds": [1], "PortBindings": { "x": 1 }, "Mounts": [3], "Ulimits": [{}],
                "DeviceRequests": [1], "LogConfig": 5, "RestartPolicy": [] },
            "NetworkSettings": { "Networks": { "a": null } },
        });
        from_inspect(&strange, None);
    }

    #[test]
    fn secrets_are_masked() {
        let container =
            json!({ "Config": { "Image": "x", "Env": ["DB_PASSWORD=hush", "TZ=UTC"] } });
        let spec = from_inspect(&container, None);
        assert!(print(&spec).contains("hush"));
        let masked = print(&spec.masked());
        assert!(
            !masked.contains("hush") && masked.contains("TZ=UTC"),
            "{masked}"
        );
    }
}
