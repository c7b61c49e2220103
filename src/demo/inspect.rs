//! One container in full, in the engine's order of keys.
//!
//! Must change nothing.

use serde_json::{Map, Value, json};

use super::chance::hex;
use super::clock::{seconds, stamp};
use super::container::{Container, Port, Status};
use super::daemon::State;
use super::list::network_mode;
use super::scenario::Ailment;
use super::wire::{Refusal, joined};
use super::{images, networks, volumes};

const ROOT: &str = "/var/lib/docker";

/// `GET /containers/{id}/json`
pub(super) fn inspect(state: &State, reference: &str, size: bool) -> Result<Value, Refusal> {
    let container = state.container(reference)?;
    if container.template.suffers(Ailment::InspectMissing) {
        return Err(Refusal::missing(format!("No such container: {reference}")));
    }
    let id = &container.id;
    let home = format!("{ROOT}/containers/{id}");
    let words = container.words();
    let mut fields = Map::new();
    for (key, value) in [
        ("Id", json!(id)),
        ("Created", json!(stamp(container.created))),
        ("Path", json!(words.first().cloned().unwrap_or_default())),
        ("Args", json!(words.get(1..).unwrap_or_default())),
        ("State", state_of(container)),
        (
            "Image",
            json!(images::id_of(state, &container.template.image)),
        ),
        ("ResolvConfPath", json!(format!("{home}/resolv.conf"))),
        ("HostnamePath", json!(format!("{home}/hostname"))),
        ("HostsPath", json!(format!("{home}/hosts"))),
        ("LogPath", json!(log_path(container, &home))),
        ("Name", json!(format!("/{}", container.name))),
        ("RestartCount", json!(container.restart_count)),
        ("Driver", json!("overlay2")),
        ("Platform", json!("linux")),
        ("MountLabel", json!("")),
        ("ProcessLabel", json!("")),
        ("AppArmorProfile", json!("docker-default")),
        (
            "ExecIDs",
            if container.execs.is_empty() {
                Value::Null
            } else {
                json!(container.execs)
            },
        ),
        ("HostConfig", host_config(container)),
        ("GraphDriver", graph_driver(container)),
    ] {
        fields.insert(key.to_owned(), value);
    }
    if size {
        let (written, total) = container.sizes();
        fields.insert("SizeRw".to_owned(), json!(written));
        fields.insert("SizeRootFs".to_owned(), json!(total));
    }
    fields.insert("Mounts".to_owned(), json!(volumes::mounts(container)));
    fields.insert("Config".to_owned(), config(container));
    fields.insert(
        "NetworkSettings".to_owned(),
        network_settings(state, container),
    );
    Ok(Value::Object(fields))
}

fn log_path(container: &Container, home: &str) -> String {
    match container.template.log_driver.as_str() {
        "json-file" => format!("{home}/{}-json.log", container.id),
        _ => String::new(),
    }
}

fn state_of(container: &Container) -> Value {
    let status = container.status;
    let mut fields = json!({
        "Status": status.word(),
        "Running": container.is_up(),
        "Paused": status == Status::Paused,
        "Restarting": status == Status::Restarting,
        "OOMKilled": container.oom,
        "Dead": false,
        "Pid": container.pid,
        "ExitCode": container.exit_code,
        "Error": "",
        "StartedAt": stamp(container.started),
        "FinishedAt": stamp(container.finished),
    });
    if let Some(health) = &container.health {
        let log: Vec<Value> = health
            .checks
            .iter()
            .map(|check| {
                json!({
                    "Start": stamp(check.start), "End": stamp(check.end),
                    "ExitCode": check.exit_code, "Output": check.output,
                })
            })
            .collect();
        let streak = health.failing_streak;
        fields["Health"] = json!({ "Status": health.status, "FailingStreak": streak, "Log": log });
    }
    fields
}

fn host_config(container: &Container) -> Value {
    let template = &container.template;
    let (restart, retries) = &container.restart_policy;
    let limit = container.limit;
    let first = json!({
        "Binds": volumes::binds(container),
        "ContainerIDFile": "",
        "LogConfig": { "Type": template.log_driver, "Config": {} },
        "NetworkMode": network_mode(container),
        "PortBindings": port_map(container, |port| json!({
            "HostIp": if port.ip == "0.0.0.0" { "" } else { &port.ip },
            "HostPort": port.public.unwrap_or_default().to_string(),
        })),
        "RestartPolicy": { "Name": restart, "MaximumRetryCount": retries },
        "AutoRemove": container.auto_remove,
        "VolumeDriver": "", "VolumesFrom": null, "CapAdd": null, "CapDrop": null,
    });
    let second = json!({
        "CgroupnsMode": "host", "Dns": [], "DnsOptions": [], "DnsSearch": [],
        "ExtraHosts": null, "GroupAdd": null, "IpcMode": "private", "Cgroup": "",
        "Links": null, "OomScoreAdj": 0, "PidMode": "", "Privileged": false,
        "PublishAllPorts": false, "ReadonlyRootfs": false, "SecurityOpt": null,
        "UTSMode": "", "UsernsMode": "", "ShmSize": 67_108_864, "Runtime": "runc",
        "ConsoleSize": [0, 0], "Isolation": "", "CpuShares": 0, "Memory": limit,
        "NanoCpus": container.template.quota, "CgroupParent": "", "BlkioWeight": 0, "BlkioWeightDevice": [],
        "BlkioDeviceReadBps": [], "BlkioDeviceWriteBps": [], "BlkioDeviceReadIOps": [],
        "BlkioDeviceWriteIOps": [],
    });
    let third = json!({
        "CpuPeriod": 0, "CpuQuota": 0, "CpuRealtimePeriod": 0,
        "CpuRealtimeRuntime": 0, "CpusetCpus": "", "CpusetMems": "", "Devices": [],
        "DeviceCgroupRules": null, "DeviceRequests": null, "KernelMemory": 0,
        "KernelMemoryTCP": 0, "MemoryReservation": 0, "MemorySwap": limit * 2,
        "MemorySwappiness": null, "OomKillDisable": false, "PidsLimit": null, "Ulimits": [],
        "CpuCount": 0, "CpuPercent": 0, "IOMaximumIOps": 0, "IOMaximumBandwidth": 0,
        "MaskedPaths": ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys"],
        "ReadonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
    });
    joined([first, second, third])
}

fn port_map(container: &Container, binding: impl Fn(&Port) -> Value) -> Value {
    let mut map = Map::new();
    for port in container.ports.iter().filter(|port| port.public.is_some()) {
        let key = format!("{}/{}", port.private, port.protocol);
        let list = map.entry(key).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(binding(port));
        }
    }
    Value::Object(map)
}

fn graph_driver(container: &Container) -> Value {
    let layer = format!("{ROOT}/overlay2/{}", hex(container.seed ^ 1, 64));
    let below = format!("{ROOT}/overlay2/{}/diff", hex(container.seed ^ 2, 64));
    json!({
        "Data": {
            "LowerDir": format!("{layer}-init/diff:{below}"),
            "MergedDir": format!("{layer}/merged"),
            "UpperDir": format!("{layer}/diff"),
            "WorkDir": format!("{layer}/work"),
        },
        "Name": "overlay2",
    })
}

fn config(container: &Container) -> Value {
    let template = &container.template;
    let list = |words: &[String]| {
        if words.is_empty() {
            Value::Null
        } else {
            json!(words)
        }
    };
    let mut env = template.env.clone();
    if !env.iter().any(|one| one.starts_with("PATH=")) {
        env.push("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned());
    }
    let exposed: Map<String, Value> = container
        .ports
        .iter()
        .map(|port| (format!("{}/{}", port.private, port.protocol), json!({})))
        .collect();
    let mut fields = Map::new();
    for (key, value) in [
        ("Hostname", json!(container.id.get(..12))),
        ("Domainname", json!("")),
        ("User", json!(template.user)),
        ("AttachStdin", json!(false)),
        ("AttachStdout", json!(false)),
        ("AttachStderr", json!(false)),
        ("ExposedPorts", Value::Object(exposed)),
        ("Tty", json!(template.tty)),
        ("OpenStdin", json!(template.tty)),
        ("StdinOnce", json!(false)),
        ("Env", json!(env)),
        ("Cmd", list(&template.command)),
        ("Image", json!(template.image)),
        ("Volumes", Value::Null),
        ("WorkingDir", json!(template.workdir)),
        ("Entrypoint", list(&template.entrypoint)),
        ("OnBuild", Value::Null),
        ("Labels", json!(container.labels())),
    ] {
        if key == "Cmd" && !template.health.is_empty() {
            let test = json!(["CMD-SHELL", template.health_command]);
            let every = seconds(template.health_every);
            fields.insert(
                "Healthcheck".into(),
                json!({ "Test": test, "Interval": every }),
            );
        }
        let absent = key == "ExposedPorts" && container.ports.is_empty();
        if !absent {
            fields.insert(key.to_owned(), value);
        }
    }
    if !template.refuse.is_empty() || template.stubborn {
        fields.insert("StopSignal".into(), json!("SIGTERM"));
    }
    Value::Object(fields)
}

fn network_settings(state: &State, container: &Container) -> Value {
    let endpoints = networks::endpoints(state, container);
    // the old top-level fields speak of the default bridge only
    let bridge = endpoints
        .get("bridge")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let old = |key: &str, otherwise: Value| bridge.get(key).cloned().unwrap_or(otherwise);
    let up = container.is_alive();
    let sandbox = if up {
        hex(container.seed ^ 3, 64)
    } else {
        String::new()
    };
    let key = sandbox.get(..12).map_or(String::new(), |short| {
        format!("/var/run/docker/netns/{short}")
    });
    let mut ports = Map::new();
    for port in container.ports.iter().filter(|_| up) {
        let bindings = port.public.map(|public| {
            let mut list = vec![json!({ "HostIp": port.ip, "HostPort": public.to_string() })];
            if port.ip == "0.0.0.0" {
                list.push(json!({ "HostIp": "::", "HostPort": public.to_string() }));
            }
            list
        });
        ports.insert(
            format!("{}/{}", port.private, port.protocol),
            json!(bindings),
        );
    }
    json!({
        "Bridge": "", "SandboxID": sandbox, "HairpinMode": false, "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0, "Ports": ports, "SandboxKey": key,
        "SecondaryIPAddresses": null, "SecondaryIPv6Addresses": null,
        "EndpointID": old("EndpointID", json!("")), "Gateway": old("Gateway", json!("")),
        "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
        "IPAddress": old("IPAddress", json!("")), "IPPrefixLen": old("IPPrefixLen", json!(0)),
        "IPv6Gateway": "", "MacAddress": old("MacAddress", json!("")), "Networks": endpoints,
    })
}
