//! Which key of an inspect is which option, and what its value says as text.

use serde_json::{Map, Value};

use crate::spec::create_body::is_empty;
use crate::spec::{RunSpec, options};

pub(super) fn text(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

pub(super) fn number(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_i64).unwrap_or(0)
}

pub(super) fn is_on(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

pub(super) fn strings(value: &Value, key: &str) -> Vec<String> {
    let texts = list(value, key).filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

pub(super) fn entries<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// A map of texts.
pub(super) fn map<T: FromIterator<(String, String)>>(value: &Value, key: &str) -> T {
    let entries = entries(value, key);
    let texts = entries.map(|(name, value)| {
        let value = value.as_str().unwrap_or_default();
        (name.clone(), value.to_owned())
    });
    texts.collect()
}

/// A plain key: the option that it is, and what it is when nobody said it.
pub(super) type Row = (&'static str, &'static str, &'static [&'static str]);

/// Of the container's own part; an image may say the same.
pub(super) const OWN: [Row; 8] = [
    ("Domainname", "domainname", &[]),
    ("User", "user", &[]),
    ("Tty", "tty", &[]),
    ("OpenStdin", "interactive", &[]),
    ("WorkingDir", "workdir", &[]),
    ("StopSignal", "stop-signal", &[]),
    ("StopTimeout", "stop-timeout", &[]),
    ("MacAddress", "mac-address", &[]),
];

/// Of the host's part. A capability, a bind, … stands in a list, a parameter in a map.
pub(super) const HOST: [Row; 55] = [
    ("Binds", "volume", &[]),
    ("AutoRemove", "rm", &[]),
    ("VolumeDriver", "volume-driver", &[]),
    ("VolumesFrom", "volumes-from", &[]),
    ("Annotations", "annotation", &[]),
    ("CapAdd", "cap-add", &[]),
    ("CapDrop", "cap-drop", &[]),
    // which of the two is the default depends on the host's cgroups
    ("CgroupnsMode", "cgroupns", &["private", "host"]),
    ("Dns", "dns", &[]),
    ("DnsOptions", "dns-option", &[]),
    ("DnsSearch", "dns-search", &[]),
    ("ExtraHosts", "add-host", &[]),
    ("GroupAdd", "group-add", &[]),
    ("IpcMode", "ipc", &["private"]),
    ("OomScoreAdj", "oom-score-adj", &[]),
    ("PidMode", "pid", &[]),
    ("Privileged", "privileged", &[]),
    ("PublishAllPorts", "publish-all", &[]),
    ("ReadonlyRootfs", "read-only", &[]),
    ("SecurityOpt", "security-opt", &[]),
    ("StorageOpt", "storage-opt", &[]),
    ("Tmpfs", "tmpfs", &[]),
    ("UTSMode", "uts", &[]),
    ("UsernsMode", "userns", &[]),
    ("ShmSize", "shm-size", &["67108864"]),
    ("Sysctls", "sysctl", &[]),
    ("Runtime", "runtime", &["runc"]),
    ("Isolation", "isolation", &[]),
    ("CpuShares", "cpu-shares", &[]),
    ("Memory", "memory", &[]),
    ("CgroupParent", "cgroup-parent", &[]),
    ("BlkioWeight", "blkio-weight", &[]),
    ("BlkioWeightDevice", "blkio-weight-device", &[]),
    ("BlkioDeviceReadBps", "device-read-bps", &[]),
    ("BlkioDeviceWriteBps", "device-write-bps", &[]),
    ("BlkioDeviceReadIOps", "device-read-iops", &[]),
    ("BlkioDeviceWriteIOps", "device-write-iops", &[]),
    ("CpuPeriod", "cpu-period", &[]),
    ("CpuQuota", "cpu-quota", &[]),
    ("CpuRealtimePeriod", "cpu-rt-period", &[]),
    ("CpuRealtimeRuntime", "cpu-rt-runtime", &[]),
    ("CpusetCpus", "cpuset-cpus", &[]),
    ("CpusetMems", "cpuset-mems", &[]),
    ("Devices", "device", &[]),
    ("DeviceCgroupRules", "device-cgroup-rule", &[]),
    ("KernelMemory", "kernel-memory", &[]),
    ("MemoryReservation", "memory-reservation", &[]),
    ("MemorySwappiness", "memory-swappiness", &["-1"]),
    ("OomKillDisable", "oom-kill-disable", &[]),
    ("PidsLimit", "pids-limit", &[]),
    ("Ulimits", "ulimit", &[]),
    ("CpuCount", "cpu-count", &[]),
    ("CpuPercent", "cpu-percent", &[]),
    ("IOMaximumIOps", "io-maxiops", &[]),
    ("IOMaximumBandwidth", "io-maxbandwidth", &[]),
];

/// Keys that are read elsewhere, or that say nothing of what was asked for.
const READ: [&str; 29] = [
    "Hostname",
    "AttachStdin",
    "AttachStdout",
    "AttachStderr",
    "StdinOnce",
    "Env",
    "Cmd",
    "Healthcheck",
    "Image",
    "Volumes",
    "Entrypoint",
    "OnBuild",
    "Labels",
    "ArgsEscaped",
    "ExposedPorts",
    "ContainerIDFile",
    "LogConfig",
    "NetworkMode",
    "PortBindings",
    "RestartPolicy",
    "ConsoleSize",
    "Links",
    "NanoCpus",
    "DeviceRequests",
    "MemorySwap",
    "Mounts",
    "MaskedPaths",
    "ReadonlyPaths",
    "Init",
];

/// What a plain value says, as the texts that its option takes; none when it says nothing.
fn texts(value: &Value, key: &str) -> Option<Vec<String>> {
    let part = |item: &Value, name: &str| match item.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let item = |item: &Value| match item {
        Value::String(text) => Some(text.clone()),
        Value::Object(_) if item.get("Soft").is_some() => Some(format!(
            "{}={}:{}",
            part(item, "Name"),
            part(item, "Soft"),
            part(item, "Hard")
        )),
        Value::Object(_) if item.get("Rate").is_some() => {
            Some(format!("{}:{}", part(item, "Path"), part(item, "Rate")))
        }
        Value::Object(_) if item.get("Weight").is_some() => {
            Some(format!("{}:{}", part(item, "Path"), part(item, "Weight")))
        }
        Value::Object(_) if item.get("PathOnHost").is_some() => Some(format!(
            "{}:{}:{}",
            part(item, "PathOnHost"),
            part(item, "PathInContainer"),
            part(item, "CgroupPermissions")
        )),
        _ => None,
    };
    match value {
        Value::Null => Some(Vec::new()),
        Value::Bool(on) => Some(vec![on.to_string()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(item).collect(),
        Value::Object(map) => {
            let mark = if key == "Tmpfs" { ':' } else { '=' };
            let pairs = map.iter().map(|(name, value)| match value.as_str()? {
                "" => Some(name.clone()),
                value => Some(format!("{name}{mark}{value}")),
            });
            pairs.collect()
        }
    }
}

/// Says what a key holds; what its option does not take is carried as it is.
pub(super) fn plain(spec: &mut RunSpec, value: &Value, row: &Row, rest: &mut Map<String, Value>) {
    let (key, option, defaults) = row;
    // seconds before a kill may be none, which is not the same as unsaid
    if is_empty(value) && *key != "StopTimeout" || value.is_null() {
        return;
    }
    let texts = texts(value, key);
    let texts = texts.filter(|texts| texts.iter().any(|text| !defaults.contains(&text.as_str())));
    let said = texts.map(|texts| {
        let option = options::named(option);
        option.is_some_and(|option| option.set(spec, &texts).is_ok())
    });
    let is_default = texts_are(value, key, defaults);
    if said != Some(true) && !is_default {
        rest.insert((*key).to_owned(), value.clone());
    }
}

fn texts_are(value: &Value, key: &str, defaults: &[&str]) -> bool {
    let texts = texts(value, key).unwrap_or_default();
    !texts.is_empty() && texts.iter().all(|text| defaults.contains(&text.as_str()))
}

/// What stands beside the keys that are known.
pub(super) fn rest(value: &Value, rows: &[Row], rest: &mut Map<String, Value>) {
    let Value::Object(all) = value else { return };
    for (key, value) in all {
        let known = READ.contains(&key.as_str()) || rows.iter().any(|row| row.0 == key);
        if !known && !is_empty(value) {
            rest.insert(key.clone(), value.clone());
        }
    }
}
