//! What has a shape of its own in Compose: written here, and read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tree::{Tree, add, pairs, put, text, texts};
use crate::spec::RunSpec;
use crate::spec::options::RunOption;
use crate::spec::values::{
    Attachment, BindOptions, Bytes, Gpus, Mount, Span, TmpfsOptions, VolumeOptions,
};
use crate::spec::words::{alone, quoted};

/// Writes an option of which the specification says something.
///
/// # Errors
/// Why Compose cannot say it.
pub(super) fn write(
    option: &RunOption,
    path: &str,
    spec: &RunSpec,
    service: &mut Tree,
) -> Result<(), String> {
    match option.name {
        // all of a network stands in one place: see `networks`
        "network" | "network-alias" | "ip" | "ip6" | "link-local-ip" => {}
        "entrypoint" => {
            let words = spec.entrypoint.iter().filter(|word| !word.is_empty());
            put(service, path, json!(words.collect::<Vec<_>>()));
        }
        "env" => put(service, path, environment(spec)),
        "stop-timeout" => match spec.stop_timeout {
            Some(seconds) if seconds >= 0 => put(service, path, json!(format!("{seconds}s"))),
            _ => return Err("Compose has no wait without end".to_owned()),
        },
        "health-cmd" => match spec.health_cmd.as_deref() {
            Some(command) if !command.is_empty() => {
                put(service, path, json!(["CMD-SHELL", command]));
            }
            _ => return Err("an empty one cannot be said".to_owned()),
        },
        "volumes-from" => {
            let others = spec.volumes_from.iter();
            add(
                service,
                path,
                others.map(|other| json!(format!("container:{other}"))),
            );
        }
        "mount" => {
            for mount in &spec.mount {
                add(service, path, [mounted(mount)?]);
            }
        }
        "ulimit" => {
            let names: BTreeSet<&str> = spec
                .ulimit
                .iter()
                .map(|limit| limit.name.as_str())
                .collect();
            if names.len() < spec.ulimit.len() {
                return Err("it is said twice for one name".to_owned());
            }
            let limits = spec.ulimit.iter().map(|limit| {
                let both = json!({ "soft": limit.soft, "hard": limit.hard });
                let value = if limit.soft == limit.hard {
                    json!(limit.soft)
                } else {
                    both
                };
                (limit.name.clone(), value)
            });
            put(service, path, Value::Object(limits.collect()));
        }
        "gpus" => put(service, path, gpus(&spec.gpus)),
        _ => {
            // a device of the host and how much of it
            let key = if option.name == "blkio-weight-device" {
                "weight"
            } else {
                "rate"
            };
            let devices = option.get(spec).into_iter().filter_map(|said| {
                let (device, amount) = said.rsplit_once(':')?;
                let number = amount.parse::<u64>().map_or(json!(amount), Value::from);
                Some(json!({ "path": device, key: number }))
            });
            let devices: Vec<Value> = devices.collect();
            add(service, path, devices);
        }
    }
    Ok(())
}

/// Variables by name; as a list where one is said twice.
fn environment(spec: &RunSpec) -> Value {
    let names: BTreeSet<&str> = spec
        .env
        .iter()
        .map(|variable| variable.name.as_str())
        .collect();
    if names.len() < spec.env.len() {
        let texts = spec.env.iter().map(ToString::to_string);
        return json!(texts.collect::<Vec<_>>());
    }
    let map = spec
        .env
        .iter()
        .map(|variable| (variable.name.clone(), json!(variable.value)));
    Value::Object(map.collect())
}

fn gpus(gpus: &[Gpus]) -> Value {
    if let [one] = gpus
        && "all".parse::<Gpus>().is_ok_and(|all| all == *one)
    {
        return json!("all");
    }
    let one = |one: &Gpus| {
        let mut map = Tree::new();
        if !one.driver.is_empty() {
            map.insert("driver".to_owned(), json!(one.driver));
        }
        match one.count {
            0 => {}
            -1 => put(&mut map, "count", json!("all")),
            count => put(&mut map, "count", json!(count)),
        }
        for (key, list) in [
            ("device_ids", &one.devices),
            ("capabilities", &one.capabilities),
        ] {
            if let Some(list) = list {
                put(&mut map, key, json!(list));
            }
        }
        if !one.options.is_empty() {
            put(&mut map, "options", json!(one.options));
        }
        Value::Object(map)
    };
    Value::Array(gpus.iter().map(one).collect())
}

fn mounted(mount: &Mount) -> Result<Value, String> {
    let mut map = Tree::new();
    put(&mut map, "type", json!(mount.kind));
    for (key, value) in [("source", &mount.source), ("target", &mount.target)] {
        if !value.is_empty() {
            put(&mut map, key, json!(value));
        }
    }
    if mount.read_only {
        put(&mut map, "read_only", json!(true));
    }
    if !mount.consistency.is_empty() {
        put(&mut map, "consistency", json!(mount.consistency));
    }
    if mount.kind == "bind" {
        // a mount whose source is missing is refused, as docker does
        put(&mut map, "bind.create_host_path", json!(false));
    }
    if let Some(bind) = &mount.bind {
        if !bind.propagation.is_empty() {
            put(&mut map, "bind.propagation", json!(bind.propagation));
        }
        let recursive = match (
            bind.non_recursive,
            bind.writable_below,
            bind.read_only_below,
        ) {
            (true, _, _) => Some("disabled"),
            (_, true, _) => Some("writable"),
            (_, _, true) => Some("readonly"),
            // said, and as it would be anyway
            _ => bind.propagation.is_empty().then_some("enabled"),
        };
        if let Some(word) = recursive {
            put(&mut map, "bind.recursive", json!(word));
        }
    }
    if let Some(volume) = &mount.volume {
        if !volume.driver.is_empty() || !volume.options.is_empty() || !volume.labels.is_empty() {
            let name = &mount.source;
            return Err(format!(
                "driver, options and labels of {name} belong below `volumes`"
            ));
        }
        put(&mut map, "volume.nocopy", json!(volume.no_copy));
        if !volume.subpath.is_empty() {
            put(&mut map, "volume.subpath", json!(volume.subpath));
        }
    }
    if let Some(tmpfs) = &mount.tmpfs {
        put(&mut map, "tmpfs.size", json!(tmpfs.size.0));
        put(&mut map, "tmpfs.mode", json!(tmpfs.mode));
    }
    if let Some(subpath) = &mount.image_subpath {
        put(&mut map, "image.subpath", json!(subpath));
    }
    Ok(Value::Object(map))
}

/// Networks that somebody made and that are joined.
pub(super) fn joined(spec: &RunSpec) -> BTreeSet<String> {
    let own = spec
        .network
        .iter()
        .filter(|network| network.is_user_defined());
    own.map(|network| network.name.clone()).collect()
}

/// Writes all that is said of networks.
pub(super) fn networks(spec: &RunSpec, service: &mut Tree, left: &mut Vec<String>) {
    let own = joined(spec);
    if own.len() < spec.network.len() {
        match spec.network.as_slice() {
            [mode] if mode.is_plain() => {
                if mode.name != "default" {
                    put(service, "network_mode", json!(mode.name));
                }
            }
            _ => {
                left.push("--network: Compose joins each network once, or has one mode".to_owned());
            }
        }
    }
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let first = Attachment {
        aliases: spec.network_alias.clone(),
        ip: said(&spec.ip),
        ip6: said(&spec.ip6),
        link_local: spec.link_local_ip.clone(),
        ..Attachment::default()
    };
    let alone = spec
        .network
        .first()
        .is_none_or(|network| !network.is_user_defined());
    if alone && !(first.is_plain()) {
        left.push(
            "--network-alias, --ip, --ip6, --link-local-ip: they need a network that somebody made"
                .to_owned(),
        );
    }
    for (place, network) in spec.network.iter().enumerate() {
        if !network.is_user_defined() {
            continue;
        }
        let mut network = network.clone();
        if place == 0 {
            network.aliases.extend(first.aliases.iter().cloned());
            network.link_local.extend(first.link_local.iter().cloned());
            for (text, said) in [(&mut network.ip, &first.ip), (&mut network.ip6, &first.ip6)] {
                if text.is_empty() {
                    text.clone_from(said);
                }
            }
        }
        let how = joining(&network);
        let how = if how.is_empty() {
            Value::Null
        } else {
            Value::Object(how)
        };
        let networks = service
            .entry("networks")
            .or_insert_with(|| Value::Object(Tree::new()));
        if let Value::Object(networks) = networks {
            // a name may have dots
            networks.insert(network.name.clone(), how);
        }
    }
}

fn joining(network: &Attachment) -> Tree {
    let mut how = Tree::new();
    for (key, list) in [
        ("aliases", &network.aliases),
        ("link_local_ips", &network.link_local),
    ] {
        if !list.is_empty() {
            put(&mut how, key, json!(list));
        }
    }
    let texts = [
        ("ipv4_address", &network.ip),
        ("ipv6_address", &network.ip6),
        ("mac_address", &network.mac),
    ];
    for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        put(&mut how, key, json!(text));
    }
    if !network.options.is_empty() {
        put(&mut how, "driver_opts", json!(network.options));
    }
    if network.priority != 0 {
        put(&mut how, "gw_priority", json!(network.priority));
    }
    how
}

/// Reads what stands at an option's path.
///
/// # Errors
/// What of it could not be read.
pub(super) fn read(option: &RunOption, value: &Value, spec: &mut RunSpec) -> Result<(), String> {
    let odd = || format!("it is no value of {}", option.flag());
    match option.name {
        "network" => read_networks(value, spec)?,
        "entrypoint" => {
            let mut words = words(value)?.into_iter();
            spec.entrypoint = Some(words.next().unwrap_or_default());
            let rest: Vec<String> = words.collect();
            spec.command.splice(0..0, rest);
        }
        "env" => {
            for pair in pairs(value).ok_or_else(odd)? {
                option.say(spec, &pair)?;
            }
        }
        "stop-timeout" => {
            let span: Span = text(value).ok_or_else(odd)?.parse()?;
            spec.stop_timeout = Some(span.0 / 1_000_000_000);
        }
        "health-cmd" => read_test(value, spec)?,
        "volumes-from" => {
            for other in texts(value).ok_or_else(odd)? {
                match other.strip_prefix("container:") {
                    Some(other) => spec.volumes_from.push(other.to_owned()),
                    None => return Err(format!("{other} is another service, and no container")),
                }
            }
        }
        "mount" => {
            for one in value.as_array().ok_or_else(odd)? {
                spec.mount.push(read_mount(one)?);
            }
        }
        "ulimit" => {
            for (name, limit) in value.as_object().ok_or_else(odd)? {
                let part = |key: &str| limit.get(key).and_then(text);
                let said = match (part("soft"), part("hard")) {
                    (Some(soft), Some(hard)) => format!("{name}={soft}:{hard}"),
                    _ => format!("{name}={}", text(limit).ok_or_else(odd)?),
                };
                option.say(spec, &said)?;
            }
        }
        "gpus" => read_gpus(value, spec).ok_or_else(odd)?,
        "network-alias" | "ip" | "ip6" | "link-local-ip" => {}
        _ => {
            for one in value.as_array().ok_or_else(odd)? {
                let part = |key: &str| one.get(key).and_then(text);
                let amount = part("rate").or_else(|| part("weight"));
                let (device, amount) = part("path").zip(amount).ok_or_else(odd)?;
                option.say(spec, &format!("{device}:{amount}"))?;
            }
        }
    }
    Ok(())
}

/// The words of a command: a list, or a text as a shell cuts it.
pub(super) fn words(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(line) => alone(line),
        value => texts(value).ok_or_else(|| "it is no list of words".to_owned()),
    }
}

fn read_test(value: &Value, spec: &mut RunSpec) -> Result<(), String> {
    let words = match value {
        Value::String(command) => vec!["CMD-SHELL".to_owned(), command.clone()],
        value => texts(value).ok_or("it is no list of words")?,
    };
    match words.split_first() {
        Some((kind, _)) if kind == "NONE" => spec.no_healthcheck = Some(true),
        Some((kind, [command])) if kind == "CMD-SHELL" => spec.health_cmd = Some(command.clone()),
        // docker run has only a shell's line
        Some((kind, words)) if kind == "CMD" => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            spec.health_cmd = Some(words.join(" "));
        }
        _ => return Err("it begins with none of NONE, CMD, CMD-SHELL".to_owned()),
    }
    Ok(())
}

fn read_networks(value: &Value, spec: &mut RunSpec) -> Result<(), String> {
    let Value::Object(map) = value else {
        for name in texts(value).ok_or("it is no list of networks")? {
            spec.network.push(Attachment {
                name,
                ..Attachment::default()
            });
        }
        return Ok(());
    };
    for (name, how) in map {
        let part = |key: &str| how.get(key).and_then(text).unwrap_or_default();
        let list = |key: &str| how.get(key).and_then(texts).unwrap_or_default();
        let options = how.get("driver_opts").and_then(Value::as_object);
        let options = options.into_iter().flatten();
        spec.network.push(Attachment {
            name: name.clone(),
            aliases: list("aliases"),
            ip: part("ipv4_address"),
            ip6: part("ipv6_address"),
            link_local: list("link_local_ips"),
            mac: part("mac_address"),
            options: options
                .map(|(name, value)| (name.clone(), text(value).unwrap_or_default()))
                .collect(),
            priority: how.get("gw_priority").and_then(Value::as_i64).unwrap_or(0),
        });
    }
    Ok(())
}

fn read_mount(value: &Value) -> Result<Mount, String> {
    let part = |path: &str| value.pointer(path).and_then(text).unwrap_or_default();
    let is_on = |path: &str| value.pointer(path) == Some(&Value::Bool(true));
    let has = |key: &str| value.get(key).is_some_and(Value::is_object);
    let kind = part("/type");
    let recursive = part("/bind/recursive");
    let bind = BindOptions {
        propagation: part("/bind/propagation"),
        non_recursive: recursive == "disabled",
        writable_below: recursive == "writable",
        read_only_below: recursive == "readonly",
    };
    let size = part("/tmpfs/size");
    let mode = value.pointer("/tmpfs/mode").and_then(Value::as_u64);
    if part("/target").is_empty() {
        return Err("a mount has no target".to_owned());
    }
    Ok(Mount {
        source: part("/source"),
        target: part("/target"),
        read_only: is_on("/read_only"),
        consistency: part("/consistency"),
        bind: (!recursive.is_empty() || !bind.propagation.is_empty()).then_some(bind),
        volume: has("volume").then(|| VolumeOptions {
            no_copy: is_on("/volume/nocopy"),
            subpath: part("/volume/subpath"),
            ..VolumeOptions::default()
        }),
        image_subpath: has("image").then(|| part("/image/subpath")),
        tmpfs: match has("tmpfs") {
            true => Some(TmpfsOptions {
                size: if size.is_empty() {
                    Bytes(0)
                } else {
                    size.parse()?
                },
                mode: mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0),
            }),
            false => None,
        },
        kind: if kind.is_empty() {
            "volume".to_owned()
        } else {
            kind
        },
    })
}

fn read_gpus(value: &Value, spec: &mut RunSpec) -> Option<()> {
    if let Some(word) = value.as_str() {
        spec.gpus.push(word.parse().ok()?);
        return Some(());
    }
    for one in value.as_array()? {
        let list = |key: &str| one.get(key).and_then(texts);
        let options = one
            .get("options")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        spec.gpus.push(Gpus {
            driver: one.get("driver").and_then(text).unwrap_or_default(),
            count: match one.get("count").and_then(text).as_deref() {
                Some("all") => -1,
                Some(count) => count.parse().ok()?,
                None => 0,
            },
            devices: list("device_ids"),
            capabilities: list("capabilities"),
            options: options
                .map(|(name, value)| (name.clone(), text(value).unwrap_or_default()))
                .collect(),
        });
    }
    Some(())
}
