//! Statistics of containers as the engine streams them, in cgroup 1 and cgroup 2 shape.
//!
//! Must only spell what `curve.rs` computes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use serde_json::{Map, Value, json};

use super::clock::{Nanos, SECOND, stamp};
use super::container::Container;
use super::curve::{self, Use};
use super::daemon::{Daemon, State};
use super::query::Query;
use super::scenario::Ailment;
use super::wire::{self, JSON, Outcome, Refusal};

/// The kernel's word for "no limit" in cgroup 1.
const NO_LIMIT: u64 = 9_223_372_036_854_771_712;

/// `GET /containers/{id}/stats`
pub(super) async fn stats(daemon: &Arc<Daemon>, reference: &str, query: &Query) -> Outcome {
    let streams = !query.has("stream") || query.flag("stream");
    let (id, quick) = daemon.with(|state, _| {
        let container = state.container(reference)?;
        if container.template.suffers(Ailment::StatsFail) {
            return Err(Refusal::new(
                500,
                "unable to determine cgroup: no such file or directory",
            ));
        }
        // 20.10 takes its second even for one-shot
        let quick = !container.is_alive() || (query.flag("one-shot") && state.speaks(42));
        Ok((container.id.clone(), quick))
    })?;
    if !streams {
        let start = moment(daemon);
        if !quick {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let before = (!query.flag("one-shot")).then_some(start);
        let line = daemon.with(|state, _| sample(state, &id, before, moment(daemon)));
        let Some(line) = line else {
            return Err(Refusal::missing(format!("No such container: {reference}")));
        };
        return Ok(wire::whole(200, JSON, line));
    }
    let open = daemon.open_stream();
    let place = (Arc::clone(daemon), id, None::<Nanos>, open);
    Ok(wire::stream(
        None,
        stream::unfold(place, |(daemon, id, before, open)| async move {
            let now = match before {
                // where pictures must repeat, no second is left out
                Some(before) if daemon.clock.repeatable => {
                    let next = before + SECOND;
                    tokio::time::sleep(daemon.clock.until(next)).await;
                    next
                }
                Some(_) => {
                    // all streams sample at the same moment, so that they wake together
                    let next = (daemon.clock.now() / SECOND + 1) * SECOND;
                    tokio::time::sleep(daemon.clock.until(next)).await;
                    moment(&daemon)
                }
                None => moment(&daemon),
            };
            let line = daemon.with(|state, _| sample(state, &id, before, now))?;
            Some((Ok::<_, io::Error>(line), (daemon, id, Some(now), open)))
        }),
    ))
}

/// The moment of a sample: a whole second when pictures must repeat.
fn moment(daemon: &Daemon) -> Nanos {
    let now = daemon.clock.now();
    if daemon.clock.repeatable {
        (now + SECOND / 2) / SECOND * SECOND
    } else {
        now
    }
}

/// One sample as a line; nothing when the container is gone.
fn sample(state: &State, id: &str, before: Option<Nanos>, now: Nanos) -> Option<Bytes> {
    let container = state.containers.get(id)?;
    let value = if container.is_alive() {
        live(state, container, before, now)
    } else {
        blank(container)
    };
    Some(Bytes::from(format!("{value}\n")))
}

/// What the engine says of a container that doesn't run.
fn blank(container: &Container) -> Value {
    let cpu = json!({
        "cpu_usage": { "total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0 },
        "throttling_data": { "periods": 0, "throttled_periods": 0, "throttled_time": 0 },
    });
    json!({
        "read": stamp(0), "preread": stamp(0),
        "pids_stats": {},
        "blkio_stats": blkio(&Value::Null, &Value::Null),
        "num_procs": 0, "storage_stats": {},
        "cpu_stats": cpu, "precpu_stats": cpu,
        "memory_stats": {},
        "name": format!("/{}", container.name), "id": container.id,
    })
}

fn live(state: &State, container: &Container, before: Option<Nanos>, now: Nanos) -> Value {
    let used = |moment: Nanos| {
        let active = container.active(moment);
        curve::at(&container.template, container.seed, container.limit, active)
    };
    // a sample of an earlier life tells nothing of this one
    let before = before.filter(|moment| *moment >= container.started);
    let present = used(now);
    let modern = state.speaks(42);
    let pids = container.processes().len() as u64 + container.execs.len() as u64;
    let mut pids_stats = json!({ "current": pids });
    if modern {
        pids_stats["limit"] = json!(18_446_744_073_709_551_615_u64);
    }
    let spell = if modern { memory_v2 } else { memory_v1 };
    let memory = spell(state, container, &present);
    json!({
        "read": stamp(now),
        "preread": stamp(before.unwrap_or(0)),
        "pids_stats": pids_stats,
        "blkio_stats": disk(&present, modern),
        "num_procs": 0, "storage_stats": {},
        "cpu_stats": cpu(state, &present, now, modern),
        "precpu_stats": before.map_or_else(no_cpu, |moment| cpu(state, &used(moment), moment, modern)),
        "memory_stats": memory,
        "name": format!("/{}", container.name), "id": container.id,
        "networks": networks(container, &present),
    })
}

fn no_cpu() -> Value {
    json!({
        "cpu_usage": { "total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0 },
        "throttling_data": { "periods": 0, "throttled_periods": 0, "throttled_time": 0 },
    })
}

fn cpu(state: &State, used: &Use, now: Nanos, modern: bool) -> Value {
    let cpus = u64::from(state.host.cpus.max(1));
    // the machine is taken to have booted a good week ago; the kernel counts in hundredths
    let uptime = (now % (1_000_000 * SECOND)) as u64 / 10_000_000 * 10_000_000;
    let mut usage = Map::new();
    usage.insert("total_usage".into(), json!(used.cpu));
    if !modern {
        let share = used.cpu / cpus;
        let each: Vec<u64> = (0..cpus)
            .map(|n| {
                if n == 0 {
                    used.cpu - share * (cpus - 1)
                } else {
                    share
                }
            })
            .collect();
        usage.insert("percpu_usage".into(), json!(each));
    }
    usage.insert("usage_in_kernelmode".into(), json!(used.cpu / 4));
    usage.insert("usage_in_usermode".into(), json!(used.cpu - used.cpu / 4));
    json!({
        "cpu_usage": usage,
        "system_cpu_usage": uptime * cpus,
        "online_cpus": cpus,
        "throttling_data": { "periods": 0, "throttled_periods": 0, "throttled_time": 0 },
    })
}

fn memory_v1(state: &State, container: &Container, used: &Use) -> Value {
    let (resident, cache) = (used.memory, used.cache);
    let active_file = cache / 5;
    let limit = if container.limit == 0 {
        NO_LIMIT
    } else {
        container.limit
    };
    let faults = used.memory / 3_000 + used.cpu / 2_000_000;
    let mut all = Map::new();
    // the cgroup's own figures, then the same with those of its children
    for prefix in ["", "total_"] {
        for (key, value) in [
            ("active_anon", resident - resident / 9),
            ("active_file", active_file),
            ("cache", cache),
            ("dirty", 0),
            ("inactive_anon", resident / 9),
            ("inactive_file", cache - active_file),
            ("mapped_file", cache / 3),
            ("pgfault", faults),
            ("pgmajfault", faults / 9_000),
            ("pgpgin", faults),
            ("pgpgout", faults / 2),
            ("rss", resident),
            ("rss_huge", 0),
            ("unevictable", 0),
            ("writeback", 0),
        ] {
            all.insert(format!("{prefix}{key}"), json!(value));
        }
        if prefix.is_empty() {
            all.insert("hierarchical_memory_limit".into(), json!(limit));
            all.insert("hierarchical_memsw_limit".into(), json!(limit));
        }
    }
    let usage = resident + cache;
    json!({
        "usage": usage, "max_usage": usage + usage / 12, "stats": all,
        "limit": if container.limit == 0 { state.host.memory } else { container.limit },
    })
}

fn memory_v2(state: &State, container: &Container, used: &Use) -> Value {
    let active_file = used.cache / 5;
    json!({
        "usage": used.memory + used.cache,
        "stats": {
            "active_anon": used.memory / 9, "active_file": active_file,
            "anon": used.memory, "anon_thp": 0, "file": used.cache,
            "file_dirty": 0, "file_mapped": used.cache / 3, "file_writeback": 0,
            "inactive_anon": used.memory - used.memory / 9,
            "inactive_file": used.cache - active_file,
            "kernel_stack": 65_536, "pgactivate": 20, "pgdeactivate": 0,
            "pgfault": used.memory / 3_000, "pgmajfault": 3, "shmem": 0, "slab": 262_144,
            "slab_reclaimable": 131_072, "slab_unreclaimable": 131_072, "sock": 4_096,
            "unevictable": 0, "workingset_activate": 0,
        },
        "limit": if container.limit == 0 { state.host.memory } else { container.limit },
    })
}

fn disk(used: &Use, modern: bool) -> Value {
    if used.disk == [0, 0] {
        let nothing = if modern { Value::Null } else { json!([]) };
        return blkio(&nothing, &nothing);
    }
    let entry =
        |op: &str, value: u64| json!({ "major": 254, "minor": 0, "op": op, "value": value });
    let [read, write] = used.disk;
    if modern {
        let bytes = json!([entry("read", read), entry("write", write)]);
        return blkio(&bytes, &Value::Null);
    }
    let list = |read: u64, write: u64| {
        json!([
            entry("Read", read),
            entry("Write", write),
            entry("Sync", read + write),
            entry("Async", 0),
            entry("Discard", 0),
            entry("Total", read + write),
        ])
    };
    blkio(&list(read, write), &list(read / 4096, write / 4096))
}

fn blkio(bytes: &Value, counts: &Value) -> Value {
    let rest = if bytes.is_null() || counts.is_null() {
        Value::Null
    } else {
        json!([])
    };
    json!({
        "io_service_bytes_recursive": bytes, "io_serviced_recursive": counts,
        "io_queue_recursive": rest, "io_service_time_recursive": rest,
        "io_wait_time_recursive": rest, "io_merged_recursive": rest,
        "io_time_recursive": rest, "sectors_recursive": rest,
    })
}

fn networks(container: &Container, used: &Use) -> Value {
    let mut all = Map::new();
    let names = container.networks();
    let count = names.len() as u64;
    for place in 0..names
        .iter()
        .filter(|name| !matches!(name.as_str(), "none" | "host"))
        .count()
    {
        let [received, sent] = used.net.map(|bytes| bytes / count);
        all.insert(
            format!("eth{place}"),
            json!({
                "rx_bytes": received, "rx_packets": received / 640, "rx_errors": 0, "rx_dropped": 0,
                "tx_bytes": sent, "tx_packets": sent / 710, "tx_errors": 0, "tx_dropped": 0,
            }),
        );
    }
    Value::Object(all)
}
