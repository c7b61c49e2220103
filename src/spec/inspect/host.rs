//! What an inspect says of the host's part.

use serde_json::{Map, Value};

use super::keys::{HOST, is_on, list, map, number, plain, rest, strings, text};
use crate::spec::RunSpec;
use crate::spec::values::{
    BindOptions, Bytes, Cpus, Device, Gpus, Mount, Pair, Restart, Swap, TmpfsOptions, VolumeOptions,
};

pub(super) fn host_config(spec: &mut RunSpec, host: &Value) {
    let mut others = Map::new();
    for row in &HOST {
        if let Some(value) = host.get(row.0) {
            let before = spec.volume.clone();
            plain(spec, value, row, &mut others);
            if row.1 == "volume" && !before.is_empty() {
                let binds = std::mem::take(&mut spec.volume);
                let new = binds.into_iter().filter(|bind| !before.contains(bind));
                spec.volume = before.iter().cloned().chain(new).collect();
            }
        }
    }
    rest(host, &HOST, &mut others);
    spec.init = host.get("Init").and_then(Value::as_bool);
    let nano = number(host, "NanoCpus");
    spec.cpus = (nano != 0).then_some(Cpus(nano));
    let (memory, swap) = (number(host, "Memory"), number(host, "MemorySwap"));
    // twice the memory is what the engine fills in
    spec.memory_swap = match swap {
        0 => None,
        -1 => Some(Swap::Unlimited),
        swap if swap == memory.saturating_mul(2) => None,
        swap => Some(Swap::Limit(Bytes(swap))),
    };
    if let Some(policy) = host.get("RestartPolicy") {
        let restart = Restart {
            policy: text(policy, "Name"),
            times: number(policy, "MaximumRetryCount"),
        };
        spec.restart = Some(restart).filter(|restart| !restart.is_no());
    }
    let log = host.get("LogConfig").cloned().unwrap_or_default();
    let driver = text(&log, "Type");
    let options: Vec<(String, String)> = map(&log, "Config");
    let pairs = options
        .into_iter()
        .map(|(name, value)| Pair { name, value });
    spec.log_opt = pairs.collect();
    let is_default = driver.is_empty() || driver == "json-file" && spec.log_opt.is_empty();
    spec.log_driver = Some(driver).filter(|_| !is_default);
    spec.mount = list(host, "Mounts").map(mount).collect();
    let links = strings(host, "Links");
    spec.link = links.iter().filter_map(|link| short_link(link)).collect();
    paths(spec, host);
    for request in list(host, "DeviceRequests") {
        device_request(spec, request, &mut others);
    }
    spec.rest.host = others;
}

/// `/db:/web/database` as `db:database`.
fn short_link(link: &str) -> Option<String> {
    let (other, alias) = link.split_once(':')?;
    let alias = alias.rsplit('/').next()?;
    Some(format!("{}:{alias}", other.trim_start_matches('/')))
}

/// The lists of masked paths are the engine's own, unless somebody emptied them. A privileged
/// container has none, and no label either.
fn paths(spec: &mut RunSpec, host: &Value) {
    let none = |key: &str| {
        host.get(key)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    };
    if spec.privileged == Some(true) {
        spec.security_opt.retain(|option| option != "label=disable");
    } else if none("MaskedPaths") && none("ReadonlyPaths") {
        spec.security_opt.push("systempaths=unconfined".to_owned());
    }
}

fn device_request(spec: &mut RunSpec, request: &Value, others: &mut Map<String, Value>) {
    let mut capabilities: Vec<Vec<String>> = list(request, "Capabilities")
        .map(|all| {
            let texts = all
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        })
        .collect();
    let devices = strings(request, "DeviceIDs");
    if text(request, "Driver") == "cdi" && capabilities.is_empty() {
        spec.device.extend(devices.into_iter().map(Device::Named));
        return;
    }
    let (Some(mut one), true) = (capabilities.pop(), capabilities.is_empty()) else {
        let all = others
            .entry("DeviceRequests")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = all {
            all.push(request.clone());
        }
        return;
    };
    if let Some(place) = one.iter().rposition(|capability| capability == "gpu") {
        one.remove(place);
    }
    spec.gpus.push(Gpus {
        driver: text(request, "Driver"),
        count: number(request, "Count"),
        devices: Some(devices).filter(|devices| !devices.is_empty()),
        capabilities: Some(one).filter(|one| !one.is_empty()),
        options: map(request, "Options"),
    });
}

fn mount(value: &Value) -> Mount {
    let part = |key: &str| value.get(key).filter(|value| value.is_object());
    let volume = |options: &Value| {
        let driver = options.get("DriverConfig").cloned().unwrap_or_default();
        VolumeOptions {
            no_copy: is_on(options, "NoCopy"),
            subpath: text(options, "Subpath"),
            labels: map(options, "Labels"),
            driver: text(&driver, "Name"),
            options: map(&driver, "Options"),
        }
    };
    Mount {
        kind: text(value, "Type"),
        source: text(value, "Source"),
        target: text(value, "Target"),
        read_only: is_on(value, "ReadOnly"),
        consistency: text(value, "Consistency"),
        bind: part("BindOptions").map(|options| BindOptions {
            propagation: text(options, "Propagation"),
            non_recursive: is_on(options, "NonRecursive"),
            writable_below: is_on(options, "ReadOnlyNonRecursive"),
            read_only_below: is_on(options, "ReadOnlyForceRecursive"),
        }),
        volume: part("VolumeOptions").map(volume),
        image_subpath: part("ImageOptions").map(|options| text(options, "Subpath")),
        tmpfs: part("TmpfsOptions").map(|options| TmpfsOptions {
            size: Bytes(number(options, "SizeBytes")),
            mode: u32::try_from(number(options, "Mode")).unwrap_or(0),
        }),
    }
}
