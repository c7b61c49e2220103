//! What can be changed of a container while it exists, as `docker update` does: which options, what
//! the engine would refuse or pass over in silence, the request, and what of it was not taken.

use serde_json::{Map, Value, json};

use super::values::{Bytes, Swap};
use super::words::quoted;
use super::{RunSpec, options};

/// Options that can be changed, each with its key in the request and in an inspect.
pub const OPTIONS: [(&str, &str); 14] = [
    ("memory", "Memory"),
    ("memory-swap", "MemorySwap"),
    ("memory-reservation", "MemoryReservation"),
    ("cpus", "NanoCpus"),
    ("cpu-shares", "CpuShares"),
    ("cpu-quota", "CpuQuota"),
    ("cpu-period", "CpuPeriod"),
    ("cpu-rt-runtime", "CpuRealtimeRuntime"),
    ("cpu-rt-period", "CpuRealtimePeriod"),
    ("cpuset-cpus", "CpusetCpus"),
    ("cpuset-mems", "CpusetMems"),
    ("pids-limit", "PidsLimit"),
    ("blkio-weight", "BlkioWeight"),
    ("restart", "RestartPolicy"),
];

/// The least memory that an engine takes: 6 MiB.
const LEAST: i64 = 6 << 20;

fn said(spec: &RunSpec, option: &str) -> Vec<String> {
    options::named(option).map_or_else(Vec::new, |option| option.get(spec))
}

/// What an option holds, as text; empty when nothing is said.
pub fn text(spec: &RunSpec, option: &str) -> String {
    said(spec, option).into_iter().next().unwrap_or_default()
}

/// The options that differ, as they are to be. Swap goes along with memory: an engine refuses
/// memory above what both together may be, and where nobody said the sum it is twice the memory.
pub fn changed(before: &RunSpec, after: &RunSpec) -> RunSpec {
    let mut change = RunSpec::default();
    for (name, _) in OPTIONS {
        let texts = said(after, name);
        if let Some(option) = options::named(name)
            && texts != said(before, name)
        {
            // both were read by the option itself
            let _ = option.set(&mut change, &texts);
        }
    }
    if let (Some(memory), None, None) = (change.memory, after.memory_swap, change.memory_swap) {
        change.memory_swap = Some(Swap::Limit(Bytes(memory.0.saturating_mul(2))));
    }
    change
}

/// What an engine would refuse, or pass over without a word: each with its option.
pub fn faults(before: &RunSpec, after: &RunSpec) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    for (name, _) in OPTIONS {
        let (old, new) = (text(before, name), text(after, name));
        // 0 is a CPU like others
        let numbers = !name.starts_with("cpuset");
        let is_nothing = |text: &str| text.is_empty() || numbers && text == "0";
        if is_nothing(&new) && !is_nothing(&old) {
            faults.push((name, cannot_be_taken_off(name, &old)));
        }
    }
    faults.extend(cpu_faults(before, after));
    let memory = after.memory.map_or(0, |memory| memory.0);
    let told = |bytes: i64| crate::model::units::bytes(u64::try_from(bytes).unwrap_or(0));
    if after.memory != before.memory && memory > 0 && memory < LEAST {
        faults.push((
            "memory",
            format!("an engine takes {} at least", told(LEAST)),
        ));
    }
    if let Some(Swap::Limit(Bytes(both))) = after.memory_swap
        && both > 0
        && both < memory
    {
        let text = format!(
            "memory and swap together, {}, would be less than the memory: raise it along",
            told(both)
        );
        faults.push(("memory-swap", text));
    }
    if let Some(Bytes(reserved)) = after.memory_reservation
        && memory > 0
        && reserved > memory
    {
        let text = "what is reserved is more than the limit of the memory".to_owned();
        faults.push(("memory-reservation", text));
    }
    if after.memory_swap.is_some() && after.memory.is_none() {
        let text = "it needs a limit of the memory too".to_owned();
        faults.push(("memory-swap", text));
    }
    let restarts = after
        .restart
        .as_ref()
        .is_some_and(|restart| !restart.is_no());
    if before.rm == Some(true) && restarts {
        let text = "it is removed when it ends (--rm): the engine refuses a policy".to_owned();
        faults.push(("restart", text));
    }
    faults
}

/// Why an option cannot be taken off a container that exists, and what can be done instead.
fn cannot_be_taken_off(option: &str, old: &str) -> String {
    match option {
        "restart" => "say `no` for no policy".to_owned(),
        "memory-swap" | "cpu-quota" | "pids-limit" => {
            format!(
                "the engine reads nothing and 0 as `unchanged`, {old} would stay: say -1 for no limit"
            )
        }
        _ => format!(
            "the engine reads nothing and 0 as `unchanged`, {old} would stay: to take it off the \
             container must be recreated (switch below)"
        ),
    }
}

/// CPUs are given as a number, or as a quota in a period: an engine never changes one for the
/// other.
fn cpu_faults(before: &RunSpec, after: &RunSpec) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let by_quota = |spec: &RunSpec| spec.cpu_quota.is_some() || spec.cpu_period.is_some();
    if before.cpus.is_some() {
        for (name, differs) in [
            ("cpu-quota", before.cpu_quota != after.cpu_quota),
            ("cpu-period", before.cpu_period != after.cpu_period),
        ] {
            if differs {
                let text = "it was given its CPUs as a number: the engine refuses a quota beside it; \
                            change cpus, or recreate it (switch below)";
                faults.push((name, text.to_owned()));
            }
        }
    } else if by_quota(before) && after.cpus.is_some() {
        let text = "it was given its CPUs as a quota: the engine refuses a number beside it; change \
                    the quota, or recreate it (switch below)";
        faults.push(("cpus", text.to_owned()));
    } else if after.cpus.is_some() && by_quota(after) {
        let text = "cpus says the same in other words: leave one of them out";
        faults.push(("cpu-quota", text.to_owned()));
    }
    faults
}

/// The body of `POST /containers/{id}/update`.
pub fn body(change: &RunSpec) -> Value {
    let mut body = Map::new();
    for (name, key) in OPTIONS {
        if let Some(value) = wanted(change, name) {
            body.insert(key.to_owned(), value);
        }
    }
    Value::Object(body)
}

fn wanted(change: &RunSpec, option: &str) -> Option<Value> {
    Some(match option {
        "memory" => json!(change.memory?.0),
        "memory-swap" => json!(change.memory_swap?.value()),
        "memory-reservation" => json!(change.memory_reservation?.0),
        "cpus" => json!(change.cpus?.0),
        "cpu-shares" => json!(change.cpu_shares?),
        "cpu-quota" => json!(change.cpu_quota?),
        "cpu-period" => json!(change.cpu_period?),
        "cpu-rt-runtime" => json!(change.cpu_rt_runtime?),
        "cpu-rt-period" => json!(change.cpu_rt_period?),
        "cpuset-cpus" => json!(change.cpuset_cpus.as_ref()?),
        "cpuset-mems" => json!(change.cpuset_mems.as_ref()?),
        "pids-limit" => json!(change.pids_limit?),
        "blkio-weight" => json!(change.blkio_weight?),
        "restart" => {
            let restart = change.restart.as_ref()?;
            let policy = if restart.is_no() {
                "no"
            } else {
                &restart.policy
            };
            json!({ "Name": policy, "MaximumRetryCount": restart.times })
        }
        _ => return None,
    })
}

/// The options that an inspect after the change does not have as they were asked for: each in a
/// sentence.
pub fn untaken(change: &RunSpec, inspect: &Value) -> Vec<String> {
    let host = inspect.get("HostConfig").unwrap_or(&Value::Null);
    let all = OPTIONS.into_iter().filter_map(|(name, key)| {
        let wanted = wanted(change, name)?;
        let is = host.get(key).unwrap_or(&Value::Null);
        // 0 and -1 are both told of what has no limit
        let unlimited = |value: &Value| value.is_null() || matches!(value.as_i64(), Some(0 | -1));
        let same = wanted == *is
            || unlimited(&wanted) && unlimited(is)
            || name == "restart" && has_no_policy(&wanted) && has_no_policy(is);
        (!same).then(|| format!("{name}: asked for {wanted}, it is {is}"))
    });
    all.collect()
}

/// An engine tells no policy by its name, or not at all.
fn has_no_policy(policy: &Value) -> bool {
    let name = policy.get("Name").and_then(Value::as_str);
    matches!(name, None | Some("" | "no"))
}

/// The `docker update` line for a container of this name.
pub fn line(change: &RunSpec, name: &str) -> String {
    let mut words = vec!["docker update".to_owned()];
    for (option, _) in OPTIONS {
        let value = text(change, option);
        if let Some(option) = options::named(option).filter(|_| !value.is_empty()) {
            words.extend([option.flag(), quoted(&value)]);
        }
    }
    words.push(quoted(name));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::run_line::parse;

    fn spec(options: &str) -> RunSpec {
        parse(&format!("docker run {options} x"), &|_| None).spec
    }

    fn wrong(before: &str, after: &str) -> Vec<&'static str> {
        let faults = faults(&spec(before), &spec(after));
        faults.into_iter().map(|(option, _)| option).collect()
    }

    #[test]
    fn swap_goes_along_with_memory() {
        let change = changed(&spec("--memory 64m"), &spec("--memory 256m"));
        assert_eq!(
            line(&change, "web"),
            "docker update --memory 256m --memory-swap 512m web"
        );
        assert_eq!(
            body(&change),
            json!({ "Memory": 256 << 20, "MemorySwap": 512 << 20 })
        );
        let swap = "--memory-swap 128m";
        assert_eq!(
            wrong(
                &format!("--memory 64m {swap}"),
                &format!("--memory 256m {swap}")
            ),
            ["memory-swap"]
        );
        let free = changed(
            &spec("--memory 64m"),
            &spec("--memory 256m --memory-swap -1"),
        );
        assert_eq!(body(&free)["MemorySwap"], -1);
    }

    #[test]
    fn what_the_engine_passes_over_is_said() {
        assert_eq!(wrong("--memory 64m", ""), ["memory"]);
        assert_eq!(wrong("--memory 64m", "--memory 0"), ["memory"]);
        assert_eq!(wrong("--cpuset-cpus 0", ""), ["cpuset-cpus"]);
        assert_eq!(wrong("--restart always", ""), ["restart"]);
        assert_eq!(wrong("--restart always", "--restart no"), [""; 0]);
        assert_eq!(wrong("--pids-limit 5", "--pids-limit -1"), [""; 0]);
        assert_eq!(wrong("", "--memory 1m"), ["memory"]);
    }

    #[test]
    fn a_number_of_cpus_and_a_quota_exclude_each_other() {
        assert_eq!(
            wrong("--cpus 1", "--cpus 1 --cpu-quota 5000"),
            ["cpu-quota"]
        );
        assert_eq!(
            wrong("--cpu-quota 5000", "--cpu-quota 5000 --cpus 1"),
            ["cpus"]
        );
        assert_eq!(wrong("", "--cpus 1 --cpu-quota 5000"), ["cpu-quota"]);
        assert_eq!(wrong("--rm", "--rm --restart always"), ["restart"]);
    }

    #[test]
    fn what_was_not_taken_is_read_back() {
        let change = spec("--memory 64m --restart on-failure:3 --pids-limit -1");
        let taken = json!({ "HostConfig": {
            "Memory": 64 << 20, "PidsLimit": null,
            "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 3 },
        } });
        assert!(untaken(&change, &taken).is_empty());
        let none =
            json!({ "HostConfig": { "RestartPolicy": { "Name": "", "MaximumRetryCount": 0 } } });
        assert!(untaken(&spec("--restart no"), &none).is_empty());
        let other = json!({ "HostConfig": { "Memory": 0 } });
        let told = untaken(&change, &other);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("memory: asked for 67108864, it is 0"));
    }
}
