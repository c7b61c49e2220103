//! `HostConfig`: the part of the create body that belongs to the host.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::RunSpec;
use super::create_body::{Around, Fault, is_empty, is_on, keys, object, or_null, text};
use super::files::compact;
use super::values::{
    Capability, Device, Gpus, Mount, Pair, Rate, RateBytes, Swap, Ulimit, Volume, Weight,
    clean_path,
};

/// A path as the engine takes it: one that begins with a dot is seen from the directory.
fn absolute(path: &str, dir: &str) -> String {
    match path.starts_with('.') {
        true => clean_path(&format!("{dir}/{path}")),
        false => path.to_owned(),
    }
}

fn binds(spec: &RunSpec, dir: &str) -> Vec<String> {
    let mut binds: Vec<String> = Vec::new();
    for volume in &spec.volume {
        let Some(source) = &volume.source else {
            continue;
        };
        let source = match volume.is_bind() {
            true => absolute(source, dir),
            false => source.clone(),
        };
        let bind = Volume {
            source: Some(source),
            ..volume.clone()
        };
        let bind = bind.to_string();
        if !binds.contains(&bind) {
            binds.push(bind);
        }
    }
    binds
}

/// Keys of the host's part that are left out while empty.
const UNLESS_EMPTY: [&str; 7] = [
    "Annotations",
    "StorageOpt",
    "Tmpfs",
    "Sysctls",
    "Runtime",
    "KernelMemory",
    "Mounts",
];

/// The host's part.
pub(super) fn host_config(
    spec: &RunSpec,
    around: &Around<'_>,
) -> Result<Map<String, Value>, Fault> {
    let (security, paths) = security(spec, around)?;
    let restart = spec.restart.as_ref();
    let network = spec
        .network
        .first()
        .map_or("default", |network| network.name.as_str());
    let log: Value = pairs(&spec.log_opt);
    if text(spec.log_driver.as_ref()) == "none" && !spec.log_opt.is_empty() {
        return Err(Fault::new(
            "log-opt",
            "the log driver none takes no options",
        ));
    }
    let first = json!({
        "Binds": or_null(binds(spec, around.dir)),
        "ContainerIDFile": text(spec.cidfile.as_ref()),
        "LogConfig": { "Type": text(spec.log_driver.as_ref()), "Config": log },
        "NetworkMode": network,
        "PortBindings": bindings(spec),
        "RestartPolicy": {
            "Name": restart.map_or("no", |restart| restart.policy.as_str()),
            "MaximumRetryCount": restart.map_or(0, |restart| restart.times),
        },
        "AutoRemove": is_on(spec.rm),
        "VolumeDriver": text(spec.volume_driver.as_ref()),
        "VolumesFrom": or_null(spec.volumes_from.clone()),
        "ConsoleSize": [around.console.0, around.console.1],
        "Annotations": pairs(&spec.annotation),
        "CapAdd": capabilities(&spec.cap_add),
        "CapDrop": capabilities(&spec.cap_drop),
        "CgroupnsMode": text(spec.cgroupns.as_ref()),
        "Dns": spec.dns.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "DnsOptions": spec.dns_option,
        "DnsSearch": spec.dns_search.iter().map(|name| search(name)).collect::<Vec<_>>(),
        "ExtraHosts": or_null(spec.add_host.iter().map(ToString::to_string).collect()),
        "GroupAdd": or_null(spec.group_add.clone()),
        "IpcMode": text(spec.ipc.as_ref()),
        "Cgroup": "",
        "Links": or_null(spec.link.clone()),
        "OomScoreAdj": spec.oom_score_adj.unwrap_or(0),
        "PidMode": text(spec.pid.as_ref()),
        "Privileged": is_on(spec.privileged),
        "PublishAllPorts": is_on(spec.publish_all),
        "ReadonlyRootfs": is_on(spec.read_only),
        "SecurityOpt": security,
        "StorageOpt": pairs(&spec.storage_opt),
        "Tmpfs": tmpfs(spec),
        "UTSMode": text(spec.uts.as_ref()),
        "UsernsMode": text(spec.userns.as_ref()),
        "ShmSize": spec.shm_size.map_or(0, |size| size.0),
        "Sysctls": pairs(&spec.sysctl),
        "Runtime": text(spec.runtime.as_ref()),
        "Isolation": text(spec.isolation.as_ref()),
    });
    let mut host = object(first, &UNLESS_EMPTY);
    host.extend(object(resources(spec, around.api), &UNLESS_EMPTY));
    let last = json!({
        "Mounts": mounts(spec, around),
        "MaskedPaths": paths,
        "ReadonlyPaths": paths,
    });
    host.extend(object(last, &UNLESS_EMPTY));
    if let Some(init) = spec.init {
        host.insert("Init".to_owned(), json!(init));
    }
    Ok(host)
}

/// What of the host may be used, in the order in which the docker command says it.
fn resources(spec: &RunSpec, api: (u32, u32)) -> Value {
    let weight = |weight: &Weight| json!({ "Path": weight.device, "Weight": weight.weight });
    let kernel_memory = match api < (1, 42) {
        true => spec.kernel_memory.map_or(0, |size| size.0),
        false => 0,
    };
    json!({
        "CpuShares": spec.cpu_shares.unwrap_or(0),
        "Memory": spec.memory.map_or(0, |size| size.0),
        "NanoCpus": spec.cpus.map_or(0, |cpus| cpus.0),
        "CgroupParent": text(spec.cgroup_parent.as_ref()),
        "BlkioWeight": spec.blkio_weight.unwrap_or(0),
        "BlkioWeightDevice": spec.blkio_weight_device.iter().map(weight).collect::<Vec<_>>(),
        "BlkioDeviceReadBps": bytes(&spec.device_read_bps),
        "BlkioDeviceWriteBps": bytes(&spec.device_write_bps),
        "BlkioDeviceReadIOps": rates(&spec.device_read_iops),
        "BlkioDeviceWriteIOps": rates(&spec.device_write_iops),
        "CpuPeriod": spec.cpu_period.unwrap_or(0),
        "CpuQuota": spec.cpu_quota.unwrap_or(0),
        "CpuRealtimePeriod": spec.cpu_rt_period.unwrap_or(0),
        "CpuRealtimeRuntime": spec.cpu_rt_runtime.unwrap_or(0),
        "CpusetCpus": text(spec.cpuset_cpus.as_ref()),
        "CpusetMems": text(spec.cpuset_mems.as_ref()),
        "Devices": devices(spec),
        "DeviceCgroupRules": or_null(spec.device_cgroup_rule.clone()),
        "DeviceRequests": device_requests(spec),
        "KernelMemory": kernel_memory,
        "MemoryReservation": spec.memory_reservation.map_or(0, |size| size.0),
        "MemorySwap": spec.memory_swap.map_or(0, Swap::value),
        "MemorySwappiness": spec.memory_swappiness.unwrap_or(-1),
        "OomKillDisable": is_on(spec.oom_kill_disable),
        "PidsLimit": spec.pids_limit.unwrap_or(0),
        "Ulimits": ulimits(spec),
        "CpuCount": spec.cpu_count.unwrap_or(0),
        "CpuPercent": spec.cpu_percent.unwrap_or(0),
        "IOMaximumIOps": spec.io_maxiops.unwrap_or(0),
        "IOMaximumBandwidth": spec.io_maxbandwidth.map_or(0, |size| size.0),
    })
}

fn pairs(pairs: &[Pair]) -> Value {
    let pairs = pairs
        .iter()
        .map(|pair| (pair.name.clone(), pair.value.clone()));
    let sorted: BTreeMap<String, String> = pairs.collect();
    json!(sorted)
}

fn bindings(spec: &RunSpec) -> Value {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for port in &spec.publish {
        let address = port
            .address
            .map_or_else(String::new, |address| address.to_string());
        for (place, key) in (0..).zip(keys(port.container, &port.protocol)) {
            let host = match port.host {
                None => String::new(),
                // one port at a free one among several
                Some(host) if port.container.span() == 0 => host.to_string(),
                Some(host) => (host.first + place).to_string(),
            };
            let binding = json!({ "HostIp": address, "HostPort": host });
            all.entry(key).or_default().push(binding);
        }
    }
    all.into_iter()
        .map(|(key, list)| (key, Value::from(list)))
        .collect()
}

fn tmpfs(spec: &RunSpec) -> Value {
    let tmpfs = spec.tmpfs.iter();
    let sorted: BTreeMap<_, _> = tmpfs.map(|tmpfs| (&tmpfs.path, &tmpfs.options)).collect();
    json!(sorted)
}

fn capabilities(list: &[Capability]) -> Value {
    let sorted: BTreeSet<String> = list.iter().map(Capability::value).collect();
    or_null(sorted.into_iter().collect())
}

/// A domain without blanks around it and without a dot behind.
fn search(name: &str) -> &str {
    match name.trim() {
        "." => ".",
        name => name.strip_suffix('.').unwrap_or(name),
    }
}

fn bytes(rates: &[RateBytes]) -> Value {
    let rate = |rate: &RateBytes| json!({ "Path": rate.device, "Rate": rate.rate.0 });
    rates.iter().map(rate).collect()
}

fn rates(rates: &[Rate]) -> Value {
    let rate = |rate: &Rate| json!({ "Path": rate.device, "Rate": rate.rate });
    rates.iter().map(rate).collect()
}

fn ulimits(spec: &RunSpec) -> Value {
    let limits = spec.ulimit.iter();
    let sorted: BTreeMap<_, _> = limits.map(|limit| (&limit.name, limit)).collect();
    let limit =
        |limit: &Ulimit| json!({ "Name": limit.name, "Hard": limit.hard, "Soft": limit.soft });
    sorted.into_values().map(limit).collect()
}

fn devices(spec: &RunSpec) -> Value {
    let device = |device: &Device| match device {
        Device::File {
            host,
            container,
            permissions,
        } => Some(json!({
            "PathOnHost": host,
            "PathInContainer": container,
            "CgroupPermissions": permissions,
        })),
        Device::Named(_) => None,
    };
    spec.device.iter().filter_map(device).collect()
}

fn device_requests(spec: &RunSpec) -> Value {
    let gpu = |gpus: &Gpus| {
        let mut capabilities = gpus.capabilities.clone().unwrap_or_default();
        capabilities.push("gpu".to_owned());
        json!({
            "Driver": gpus.driver,
            "Count": gpus.count,
            "DeviceIDs": gpus.devices,
            "Capabilities": [capabilities],
            "Options": gpus.options,
        })
    };
    let mut requests: Vec<Value> = spec.gpus.iter().map(gpu).collect();
    let names = spec.device.iter().filter_map(|device| match device {
        Device::Named(name) => Some(name.clone()),
        Device::File { .. } => None,
    });
    let names: Vec<String> = names.collect();
    if !names.is_empty() {
        requests.push(json!({
            "Driver": "cdi",
            "Count": 0,
            "DeviceIDs": names,
            "Capabilities": null,
            "Options": null,
        }));
    }
    or_null(requests)
}

fn mounts(spec: &RunSpec, around: &Around<'_>) -> Value {
    let mut mounts: Vec<Value> = spec
        .mount
        .iter()
        .map(|mount| mount_value(mount, around.dir))
        .collect();
    if is_on(spec.use_api_socket) {
        mounts.push(json!({
            "Type": "bind",
            "Source": around.socket,
            "Target": "/var/run/docker.sock",
            "BindOptions": {},
        }));
    }
    or_null(mounts)
}

fn mount_value(mount: &Mount, dir: &str) -> Value {
    let all = |value: Value| {
        let Value::Object(mut map) = value else {
            return Value::Null;
        };
        map.retain(|_, value| !is_empty(value));
        Value::Object(map)
    };
    let mut value = all(json!({
        "Type": mount.kind,
        "Source": absolute(&mount.source, dir),
        "Target": mount.target,
        "ReadOnly": mount.read_only,
        "Consistency": mount.consistency,
    }));
    if let Some(bind) = &mount.bind {
        value["BindOptions"] = all(json!({
            "Propagation": bind.propagation,
            "NonRecursive": bind.non_recursive,
            "ReadOnlyNonRecursive": bind.writable_below,
            "ReadOnlyForceRecursive": bind.read_only_below,
        }));
    }
    if let Some(volume) = &mount.volume {
        value["VolumeOptions"] = all(json!({
            "NoCopy": volume.no_copy,
            "Labels": volume.labels,
            "Subpath": volume.subpath,
        }));
        value["VolumeOptions"]["DriverConfig"] = all(json!({
            "Name": volume.driver,
            "Options": volume.options,
        }));
    }
    if let Some(subpath) = &mount.image_subpath {
        value["ImageOptions"] = all(json!({ "Subpath": subpath }));
    }
    if let Some(tmpfs) = &mount.tmpfs {
        value["TmpfsOptions"] = all(json!({ "SizeBytes": tmpfs.size.0, "Mode": tmpfs.mode }));
    }
    value
}

/// The security options, a seccomp profile's file as its text; and the paths that are masked:
/// null for the usual ones, empty for none.
fn security(spec: &RunSpec, around: &Around<'_>) -> Result<(Value, Value), Fault> {
    let mut list = Vec::new();
    let mut paths = Value::Null;
    for option in &spec.security_opt {
        if option == "systempaths=unconfined" {
            paths = json!([]);
            continue;
        }
        let profile = option
            .strip_prefix("seccomp")
            .and_then(|rest| rest.strip_prefix(['=', ':']));
        match profile {
            Some("builtin" | "unconfined") | None => list.push(option.clone()),
            // an engine's own word has the profile itself
            Some(profile) if profile.starts_with('{') => list.push(option.clone()),
            Some(file) => {
                let fault = |why| Fault::new("security-opt", format!("the profile {file}: {why}"));
                let bytes = (around.read)(file).map_err(fault)?;
                let profile = compact(&bytes).map_err(fault)?;
                list.push(format!("seccomp={profile}"));
            }
        }
    }
    let none = spec.security_opt.is_empty();
    Ok((if none { Value::Null } else { json!(list) }, paths))
}
