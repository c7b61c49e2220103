//! What the engine says of itself: ping, version, info, disk usage.
//!
//! Must change nothing.

use serde_json::{Value, json};

use super::chance::hex;
use super::clock::{Nanos, stamp};
use super::container::Status;
use super::daemon::State;
use super::faults::Fault;
use super::wire::{self, Answer, Outcome};
use super::{images, list, query::Query, volumes};

const KERNEL: &str = "6.1.0-27-amd64";

fn dotted((major, minor): (u8, u8)) -> String {
    format!("{major}.{minor}")
}

/// `GET /_ping` and `HEAD /_ping`
pub(super) fn ping(head: bool) -> Answer {
    let mut answer = wire::whole(
        200,
        "text/plain; charset=utf-8",
        if head { "" } else { "OK" },
    );
    for (name, value) in [
        ("cache-control", "no-cache, no-store, must-revalidate"),
        ("pragma", "no-cache"),
    ] {
        answer
            .headers_mut()
            .insert(name, hyper::header::HeaderValue::from_static(value));
    }
    answer
}

/// `GET /version`
pub(super) fn version(state: &State) -> Outcome {
    let (version, api) = (state.engine_version(), dotted(state.options.api_version));
    let oldest = dotted(state.oldest_api());
    let built = "2026-05-07T21:09:36.000000000+00:00";
    wire::done(&json!({
        "Platform": { "Name": "Docker Engine - Demo" },
        "Components": [
            { "Name": "Engine", "Version": version, "Details": {
                "ApiVersion": api, "Arch": "amd64", "BuildTime": built, "Experimental": "false",
                "GitCommit": "5d6db84", "GoVersion": "go1.19.8", "KernelVersion": KERNEL,
                "MinAPIVersion": oldest, "Os": "linux" } },
            { "Name": "containerd", "Version": "1.6.20", "Details": { "GitCommit": "2806fc1" } },
            { "Name": "runc", "Version": "1.1.5", "Details": { "GitCommit": "v1.1.5-0-gf19387a" } },
            { "Name": "docker-init", "Version": "0.19.0", "Details": { "GitCommit": "de40ad0" } },
        ],
        "Version": version, "ApiVersion": api, "MinAPIVersion": oldest, "GitCommit": "5d6db84",
        "GoVersion": "go1.19.8", "Os": "linux", "Arch": "amd64", "KernelVersion": KERNEL,
        "BuildTime": built,
    }))
}

/// `GET /info`
pub(super) fn info(state: &State, now: Nanos) -> Outcome {
    let count = |wanted: fn(Status) -> bool| {
        state
            .containers
            .values()
            .filter(|one| wanted(one.status))
            .count()
    };
    let modern = state.speaks(42);
    let id = hex(state.options.seed, 48).to_uppercase();
    let id: Vec<&str> = (0..12).filter_map(|n| id.get(n * 4..n * 4 + 4)).collect();
    let counts = json!({
        "ID": id.join(":"),
        "Containers": state.containers.len(),
        "ContainersRunning": count(|one| matches!(one, Status::Running | Status::Restarting)),
        "ContainersPaused": count(|one| one == Status::Paused),
        "ContainersStopped": count(|one| matches!(one, Status::Exited | Status::Created)),
        "Images": state.images.len(),
        "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]],
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
            "Authorization": null,
            "Log": ["awslogs", "fluentd", "gelf", "journald", "json-file", "local", "syslog"],
        },
    });
    let abilities = json!({
        "MemoryLimit": true, "SwapLimit": true, "KernelMemory": true, "KernelMemoryTCP": true,
        "CpuCfsPeriod": true, "CpuCfsQuota": true, "CPUShares": true, "CPUSet": true,
        "PidsLimit": true, "IPv4Forwarding": true, "BridgeNfIptables": true,
        "BridgeNfIp6tables": true, "Debug": false, "NFd": 34, "OomKillDisable": true,
    });
    let system = json!({
        "NGoroutines": 56, "SystemTime": stamp(now), "LoggingDriver": "json-file",
        "CgroupDriver": if modern { "systemd" } else { "cgroupfs" },
        "CgroupVersion": if modern { "2" } else { "1" },
        "NEventsListener": state.bus.receiver_count(), "KernelVersion": KERNEL,
        "OperatingSystem": "Debian GNU/Linux 12 (bookworm)", "OSVersion": "12",
        "OSType": "linux", "Architecture": "x86_64",
        "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": {
            "AllowNondistributableArtifactsCIDRs": [], "AllowNondistributableArtifactsHostnames": [],
            "InsecureRegistryCIDRs": ["127.0.0.0/8"],
            "IndexConfigs": { "docker.io": {
                "Name": "docker.io", "Mirrors": [], "Secure": true, "Official": true } },
            "Mirrors": [],
        },
    });
    wire::done(&wire::joined([counts, abilities, system, machine(state)]))
}

/// The part of info that speaks of the machine and what runs containers.
fn machine(state: &State) -> Value {
    json!({
        "NCPU": state.host.cpus, "MemTotal": state.host.memory, "GenericResources": null,
        "DockerRootDir": "/var/lib/docker", "HttpProxy": "", "HttpsProxy": "", "NoProxy": "",
        "Name": state.host.name, "Labels": [], "ExperimentalBuild": false,
        "ServerVersion": state.engine_version(),
        "Runtimes": { "io.containerd.runc.v2": { "path": "runc" }, "runc": { "path": "runc" } },
        "DefaultRuntime": "runc",
        "Swarm": {
            "NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": false,
            "Error": "", "RemoteManagers": null,
        },
        "LiveRestoreEnabled": false, "Isolation": "", "InitBinary": "docker-init",
        "ContainerdCommit": { "ID": "2806fc1", "Expected": "2806fc1" },
        "RuncCommit": { "ID": "f19387a", "Expected": "f19387a" },
        "InitCommit": { "ID": "de40ad0", "Expected": "de40ad0" },
        "SecurityOptions": if state.fault == Fault::Unmeasured {
            vec!["name=seccomp,profile=default", "name=rootless"]
        } else {
            vec!["name=seccomp,profile=default"]
        },
        "Warnings": null,
    })
}

/// `GET /system/df`
pub(super) fn disk_usage(state: &mut State, now: Nanos) -> Outcome {
    let every = list::choose(state, &Query::parse("all=1&size=1"))?;
    let listed = list::text(state, &every, now);
    let containers: Value = serde_json::from_str(&listed).unwrap_or_default();
    let layers: u64 = state.images.iter().map(|one| one.size).sum();
    wire::done(&json!({
        "LayersSize": layers, "Images": images::usage(state), "Containers": containers,
        "Volumes": volumes::usage(state), "BuildCache": null, "BuilderSize": 0,
    }))
}
