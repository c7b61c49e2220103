//! An inspect by Podman in Docker's words: what Podman fills in of its own is left out, so that it
//! is not taken for something that a person said. As versions 4.3 to 5 answer.

use serde_json::{Map, Value, json};

use super::keys::{number, strings, text};
use crate::model::ending::signal_name;

/// The path that programs are looked for where neither a person nor the image says one.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The network of containers that name none.
const DEFAULT_NETWORK: &str = "podman";
/// What stands in the host's part when nobody said it.
const DEFAULTS: [(&str, &str); 6] = [
    ("ShmSize", "65536000"),
    ("UTSMode", "private"),
    ("PidMode", "private"),
    ("IpcMode", "shareable"),
    ("PidsLimit", "2048"),
    ("Runtime", "oci"),
];
/// What Podman adds to how a folder is mounted.
const MOUNTED: [&str; 5] = ["rw", "rprivate", "rbind", "nosuid", "nodev"];
/// How its own annotations begin.
const ANNOTATIONS: [&str; 3] = ["io.podman.", "io.container.", "io.kubernetes.cri-o."];

/// Whether an inspect is by Podman: it gives this for a runtime, whatever the runtime is.
pub fn is_podmans(container: &Value) -> bool {
    container.pointer("/HostConfig/Runtime") == Some(&json!("oci"))
}

/// An inspect as Docker would answer it; one by Docker stays as it is.
#[must_use]
pub fn in_dockers_words(mut container: Value, image: Option<&Value>) -> Value {
    if !is_podmans(&container) {
        return container;
    }
    volumes(&mut container);
    networks(&mut container);
    let image = image.and_then(|image| image.get("Config"));
    let id = text(&container, "Id");
    if let Some(own) = part(&mut container, "/Config") {
        config(own, image.unwrap_or(&Value::Null), &id);
    }
    if let Some(host) = part(&mut container, "/HostConfig") {
        host_config(host);
    }
    container
}

fn part<'a>(container: &'a mut Value, path: &str) -> Option<&'a mut Map<String, Value>> {
    container.pointer_mut(path).and_then(Value::as_object_mut)
}

/// Volumes stand among the folders that are mounted, those without a name too: by the name that
/// Podman gave them.
fn volumes(container: &mut Value) {
    let is_given = |name: &str| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let empty = json!({});
    let host = container.get("HostConfig").unwrap_or(&empty);
    let (mut binds, mut unnamed) = (Vec::new(), Map::new());
    for bind in strings(host, "Binds") {
        let mut parts = bind.splitn(3, ':');
        let (Some(source), Some(target)) = (parts.next(), parts.next()) else {
            binds.push(Value::from(bind));
            continue;
        };
        if is_given(source) {
            unnamed.insert(target.to_owned(), json!({}));
            continue;
        }
        let options = parts.next().unwrap_or_default().split(',');
        let options = options.filter(|option| !option.is_empty() && !MOUNTED.contains(option));
        let options = options.collect::<Vec<_>>().join(",");
        let bind = match options.as_str() {
            "" => format!("{source}:{target}"),
            options => format!("{source}:{target}:{options}"),
        };
        binds.push(Value::from(bind));
    }
    if let Some(host) = part(container, "/HostConfig").filter(|host| host.contains_key("Binds")) {
        host.insert("Binds".to_owned(), Value::Array(binds));
    }
    if let Some(own) = part(container, "/Config").filter(|_| !unnamed.is_empty()) {
        own.insert("Volumes".to_owned(), Value::Object(unnamed));
    }
}

/// Every network of one's own is called a bridge, and the default one by its name.
fn networks(container: &mut Value) {
    let mode = container.pointer("/HostConfig/NetworkMode");
    if mode != Some(&json!("bridge")) {
        return;
    }
    let Some(joined) = part(container, "/NetworkSettings/Networks") else {
        return;
    };
    if let Some(endpoint) = joined.remove(DEFAULT_NETWORK) {
        joined.insert("bridge".to_owned(), endpoint);
        return;
    }
    let first = joined.keys().next().cloned();
    if let (Some(first), Some(host)) = (first, part(container, "/HostConfig")) {
        host.insert("NetworkMode".to_owned(), Value::from(first));
    }
}

fn config(own: &mut Map<String, Value>, image: &Value, id: &str) {
    let all = Value::Object(own.clone());
    let (user, hostname) = (text(&all, "User"), text(&all, "Hostname"));
    let has_path = strings(image, "Env").iter().any(|v| v.starts_with("PATH="));
    let is_added = |variable: &String| match variable.split_once('=') {
        Some(("container", value)) => value == "podman",
        Some(("TERM", value)) => value == "xterm",
        Some(("HOSTNAME", value)) => {
            !value.is_empty() && (id.starts_with(value) || value == hostname)
        }
        // of the user, as the image's list of users has it
        Some(("HOME", "/")) => true,
        Some(("HOME", "/root")) => matches!(user.as_str(), "" | "0" | "root"),
        Some(("HOME", value)) => value.strip_prefix("/home/") == Some(&user),
        Some(("PATH", _)) => variable == PATH && !has_path,
        _ => false,
    };
    let mut variables = strings(&all, "Env");
    variables.retain(|variable| !is_added(variable));
    own.insert("Env".to_owned(), json!(variables));
    let signal = text(&all, "StopSignal").parse::<u8>().map(signal_name);
    if let Ok(signal) = signal {
        match signal == "SIGTERM" && text(image, "StopSignal").is_empty() {
            true => own.remove("StopSignal"),
            false => own.insert("StopSignal".to_owned(), Value::from(signal)),
        };
    }
    if number(&all, "StopTimeout") == 10 {
        own.remove("StopTimeout");
    }
    if text(&all, "WorkingDir") == "/" && text(image, "WorkingDir").is_empty() {
        own.remove("WorkingDir");
    }
}

fn host_config(host: &mut Map<String, Value>) {
    for (key, default) in DEFAULTS {
        let said = host.get(key).map(|value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        if said.as_deref() == Some(default) {
            host.remove(key);
        }
    }
    // a number of CPUs is told as a quota as well, and both together are refused
    if host.get("NanoCpus").and_then(Value::as_i64).unwrap_or(0) != 0 {
        host.remove("CpuPeriod");
        host.remove("CpuQuota");
    }
    for limit in items(host, "Ulimits") {
        if let Some(Value::String(name)) = limit.get_mut("Name") {
            *name = name.trim_start_matches("RLIMIT_").to_lowercase();
        }
    }
    for device in items(host, "Devices") {
        if let Some(Value::String(rights)) = device.get_mut("CgroupPermissions")
            && rights.is_empty()
        {
            "rwm".clone_into(rights);
        }
    }
    if let Some(Value::Object(annotations)) = host.get_mut("Annotations") {
        annotations.retain(|name, _| !ANNOTATIONS.iter().any(|own| name.starts_with(own)));
    }
}

fn items<'a>(host: &'a mut Map<String, Value>, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = host.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::from_inspect;
    use super::*;
    use crate::spec::renewal::anonymous;
    use crate::spec::run_line::print;

    /// What Podman 4.3.1 answers, in parts.
    fn container() -> Value {
        let given = "8cf8b5175fde2f9f519a5aa28e90af33de9f6d6e63322d5f1e415e70f8be2c59";
        json!({
            "Id": "2a278791b3759a1011f13c03021e0fef975dcfe269f5f1303fd7d1168899a49e",
            "Name": "/web",
            "Config": {
                "Hostname": "2a278791b375", "User": "", "Volumes": null, "WorkingDir": "/",
                "Env": [PATH, "TERM=xterm", "container=podman", "MINE=1", "HOME=/root",
                    "HOSTNAME=2a278791b375"],
                "Cmd": ["sleep", "1000"], "Entrypoint": [], "Image": "docker.io/library/app:1",
                "StopSignal": "15", "StopTimeout": 10,
            },
            "Mounts": [{ "Type": "volume", "Name": given, "Destination": "/data" }],
            "NetworkSettings": { "Networks": {
                "net1": { "IPAMConfig": null, "Aliases": ["api", "2a278791b375"], "NetworkID": "net1" },
            } },
            "HostConfig": {
                "Binds": ["/tmp:/x:ro,rprivate,rbind", "/tmp:/z:rshared,rw,rbind",
                    format!("{given}:/data:rw,rprivate,nosuid,nodev,rbind"),
                    "vol1:/y:rw,rprivate,nosuid,nodev,rbind"],
                "LogConfig": { "Type": "json-file", "Config": null }, "NetworkMode": "bridge",
                "RestartPolicy": { "Name": "", "MaximumRetryCount": 0 }, "IpcMode": "shareable",
                "PidMode": "private", "UTSMode": "private", "ShmSize": 65_536_000, "Runtime": "oci",
                "NanoCpus": 500_000_000, "CpuPeriod": 100_000, "CpuQuota": 50_000, "PidsLimit": 2048,
                "Devices": [{ "PathOnHost": "/dev/null", "PathInContainer": "/dev/xx",
                    "CgroupPermissions": "" }],
                "Ulimits": [{ "Name": "RLIMIT_NOFILE", "Hard": 1024, "Soft": 1024 }],
                "Annotations": { "io.podman.annotations.init": "FALSE", "mine": "1" },
            },
        })
    }

    #[test]
    fn what_podman_fills_in_was_said_by_nobody() {
        let told = |container: Value, image: &Value| {
            let container = in_dockers_words(container, Some(image));
            assert!(!is_podmans(&container));
            print(&from_inspect(&container, Some(image)))
        };
        assert_eq!(
            told(container(), &json!({ "Config": {} })),
            "docker run --name web --annotation mine=1 -e MINE=1 --network name=net1,alias=api \
             -v /data -v /tmp:/x:ro -v /tmp:/z:rshared -v vol1:/y --cpus 0.5 --ulimit nofile=1024 \
             --device /dev/null:/dev/xx -d docker.io/library/app:1 sleep 1000"
        );
        // what the image says otherwise was said
        let image = json!({ "Config": { "Env": ["PATH=/bin"], "WorkingDir": "/srv", "StopSignal": "SIGINT" } });
        let line = told(container(), &image);
        for part in [PATH, "--workdir /", "--stop-signal SIGTERM"] {
            assert!(line.contains(part), "{part} in {line}");
        }
        let mut other = container();
        other["Config"]["StopSignal"] = json!("2");
        other["Config"]["Env"] = json!(["HOME=/srv", "HOSTNAME=mine"]);
        other["NetworkSettings"]["Networks"] = json!({ "podman": {} });
        let line = told(other, &image);
        assert!(
            !line.contains("stop-signal") && !line.contains("network"),
            "{line}"
        );
        assert!(line.contains("-e HOME=/srv -e HOSTNAME=mine"), "{line}");
    }

    #[test]
    fn volumes_without_a_name_are_found() {
        let found = anonymous(&in_dockers_words(container(), None));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].target, "/data");
    }

    #[test]
    fn dockers_words_stay_and_nonsense_is_no_panic() {
        let docker = json!({ "HostConfig": { "Runtime": "runc", "ShmSize": 65_536_000 } });
        assert_eq!(in_dockers_words(docker.clone(), None), docker);
        let odd = json!({ "HostConfig": { "Runtime": "oci", "Binds": [1, "x"], "Ulimits": 3,
            "NetworkMode": "bridge" }, "Config": 1, "NetworkSettings": [] });
        let _ = in_dockers_words(odd, Some(&json!([])));
    }
}
