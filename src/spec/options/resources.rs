//! Options of how much a container may use.

use super::{Completion, Compose, Kind, RunOption, Section};

/// What rows of this file have in common.
const RESOURCE: RunOption = RunOption {
    section: Section::Resources,
    kind: Kind::Number,
    ..RunOption::BASE
};

pub(super) const RESOURCES: &[RunOption] = &[
    RunOption {
        name: "memory",
        short: Some('m'),
        kind: Kind::Bytes,
        about: "Memory at most; it is killed when it needs more.",
        example: "512m",
        compose: Compose::Value("mem_limit"),
        field: |spec| &spec.memory,
        field_mut: |spec| &mut spec.memory,
        ..RESOURCE
    },
    RunOption {
        name: "memory-reservation",
        kind: Kind::Bytes,
        about: "Memory that it is pressed down to when the host runs short.",
        example: "256m",
        compose: Compose::Value("mem_reservation"),
        field: |spec| &spec.memory_reservation,
        field_mut: |spec| &mut spec.memory_reservation,
        ..RESOURCE
    },
    RunOption {
        name: "memory-swap",
        kind: Kind::Bytes,
        about: "Memory and swap together at most; -1 is as much swap as there is.",
        example: "1g",
        compose: Compose::Value("memswap_limit"),
        field: |spec| &spec.memory_swap,
        field_mut: |spec| &mut spec.memory_swap,
        ..RESOURCE
    },
    RunOption {
        name: "memory-swappiness",
        about: "How willingly its pages are swapped out, 0 to 100; -1 is the host's.",
        example: "10",
        compose: Compose::Value("mem_swappiness"),
        check: |text| within(text, -1, 100),
        field: |spec| &spec.memory_swappiness,
        field_mut: |spec| &mut spec.memory_swappiness,
        ..RESOURCE
    },
    RunOption {
        name: "kernel-memory",
        kind: Kind::Bytes,
        about: "Kernel memory at most; no engine since API 1.42 takes it.",
        example: "50m",
        field: |spec| &spec.kernel_memory,
        field_mut: |spec| &mut spec.kernel_memory,
        ..RESOURCE
    },
    RunOption {
        name: "oom-kill-disable",
        kind: Kind::Switch,
        about: "Do not kill it when its memory runs out: let it wait.",
        example: "true",
        compose: Compose::Value("oom_kill_disable"),
        field: |spec| &spec.oom_kill_disable,
        field_mut: |spec| &mut spec.oom_kill_disable,
        ..RESOURCE
    },
    RunOption {
        name: "oom-score-adj",
        about: "How soon it is killed when the host runs out of memory, -1000 to 1000.",
        example: "-500",
        compose: Compose::Value("oom_score_adj"),
        field: |spec| &spec.oom_score_adj,
        field_mut: |spec| &mut spec.oom_score_adj,
        ..RESOURCE
    },
    RunOption {
        name: "cpus",
        kind: Kind::Cpus,
        about: "CPUs at most.",
        example: "1.5",
        compose: Compose::Value("cpus"),
        field: |spec| &spec.cpus,
        field_mut: |spec| &mut spec.cpus,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-shares",
        short: Some('c'),
        about: "Its share of the CPUs when they are short; 1024 unless said.",
        example: "512",
        compose: Compose::Value("cpu_shares"),
        field: |spec| &spec.cpu_shares,
        field_mut: |spec| &mut spec.cpu_shares,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-period",
        about: "Microseconds of a scheduler's period; 100000 unless said.",
        example: "100000",
        compose: Compose::Value("cpu_period"),
        field: |spec| &spec.cpu_period,
        field_mut: |spec| &mut spec.cpu_period,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-quota",
        about: "Microseconds of CPU in each period.",
        example: "50000",
        compose: Compose::Value("cpu_quota"),
        field: |spec| &spec.cpu_quota,
        field_mut: |spec| &mut spec.cpu_quota,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-rt-period",
        about: "Microseconds of a real-time period.",
        example: "1000000",
        compose: Compose::Value("cpu_rt_period"),
        field: |spec| &spec.cpu_rt_period,
        field_mut: |spec| &mut spec.cpu_rt_period,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-rt-runtime",
        about: "Microseconds of real-time CPU in each real-time period.",
        example: "950000",
        compose: Compose::Value("cpu_rt_runtime"),
        field: |spec| &spec.cpu_rt_runtime,
        field_mut: |spec| &mut spec.cpu_rt_runtime,
        ..RESOURCE
    },
    RunOption {
        name: "cpuset-cpus",
        kind: Kind::Text,
        about: "CPUs that it may run on.",
        example: "0-3",
        compose: Compose::Value("cpuset"),
        field: |spec| &spec.cpuset_cpus,
        field_mut: |spec| &mut spec.cpuset_cpus,
        ..RESOURCE
    },
    RunOption {
        name: "cpuset-mems",
        kind: Kind::Text,
        about: "Memory nodes that it may use.",
        example: "0,1",
        field: |spec| &spec.cpuset_mems,
        field_mut: |spec| &mut spec.cpuset_mems,
        ..RESOURCE
    },
    RunOption {
        name: "pids-limit",
        about: "Processes at most; -1 is without limit.",
        example: "200",
        compose: Compose::Value("pids_limit"),
        field: |spec| &spec.pids_limit,
        field_mut: |spec| &mut spec.pids_limit,
        ..RESOURCE
    },
    RunOption {
        name: "ulimit",
        kind: Kind::Text,
        about: "A limit of its processes: name=soft[:hard].",
        example: "nofile=1024:2048",
        completion: Completion::Ulimits,
        compose: Compose::Own("ulimits"),
        field: |spec| &spec.ulimit,
        field_mut: |spec| &mut spec.ulimit,
        ..RESOURCE
    },
    RunOption {
        name: "cgroup-parent",
        kind: Kind::Text,
        about: "The cgroup above its own.",
        example: "/limited",
        compose: Compose::Value("cgroup_parent"),
        field: |spec| &spec.cgroup_parent,
        field_mut: |spec| &mut spec.cgroup_parent,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-count",
        about: "CPUs on Windows.",
        example: "2",
        compose: Compose::Value("cpu_count"),
        windows: true,
        field: |spec| &spec.cpu_count,
        field_mut: |spec| &mut spec.cpu_count,
        ..RESOURCE
    },
    RunOption {
        name: "cpu-percent",
        about: "Percent of all CPUs on Windows.",
        example: "50",
        compose: Compose::Value("cpu_percent"),
        windows: true,
        field: |spec| &spec.cpu_percent,
        field_mut: |spec| &mut spec.cpu_percent,
        ..RESOURCE
    },
];

/// What rows of disks have in common.
const DISK: RunOption = RunOption {
    section: Section::BlockIo,
    ..RunOption::BASE
};

pub(super) const BLOCK_IO: &[RunOption] = &[
    RunOption {
        name: "blkio-weight",
        kind: Kind::Number,
        about: "Its share of the disks, 10 to 1000; 0 is none.",
        example: "300",
        compose: Compose::Value("blkio_config.weight"),
        check: |text| within(text, 0, i64::from(u16::MAX)),
        field: |spec| &spec.blkio_weight,
        field_mut: |spec| &mut spec.blkio_weight,
        ..DISK
    },
    RunOption {
        name: "blkio-weight-device",
        about: "Its share of one disk.",
        example: "/dev/sda:200",
        compose: Compose::Own("blkio_config.weight_device"),
        field: |spec| &spec.blkio_weight_device,
        field_mut: |spec| &mut spec.blkio_weight_device,
        ..DISK
    },
    RunOption {
        name: "device-read-bps",
        about: "Bytes a second that it reads from a disk at most.",
        example: "/dev/sda:10mb",
        compose: Compose::Own("blkio_config.device_read_bps"),
        field: |spec| &spec.device_read_bps,
        field_mut: |spec| &mut spec.device_read_bps,
        ..DISK
    },
    RunOption {
        name: "device-write-bps",
        about: "Bytes a second that it writes to a disk at most.",
        example: "/dev/sda:10mb",
        compose: Compose::Own("blkio_config.device_write_bps"),
        field: |spec| &spec.device_write_bps,
        field_mut: |spec| &mut spec.device_write_bps,
        ..DISK
    },
    RunOption {
        name: "device-read-iops",
        about: "Reads a second from a disk at most.",
        example: "/dev/sda:1000",
        compose: Compose::Own("blkio_config.device_read_iops"),
        field: |spec| &spec.device_read_iops,
        field_mut: |spec| &mut spec.device_read_iops,
        ..DISK
    },
    RunOption {
        name: "device-write-iops",
        about: "Writes a second to a disk at most.",
        example: "/dev/sda:1000",
        compose: Compose::Own("blkio_config.device_write_iops"),
        field: |spec| &spec.device_write_iops,
        field_mut: |spec| &mut spec.device_write_iops,
        ..DISK
    },
    RunOption {
        name: "io-maxbandwidth",
        kind: Kind::Bytes,
        about: "Bytes a second of the system drive on Windows at most.",
        example: "100mb",
        windows: true,
        field: |spec| &spec.io_maxbandwidth,
        field_mut: |spec| &mut spec.io_maxbandwidth,
        ..DISK
    },
    RunOption {
        name: "io-maxiops",
        kind: Kind::Number,
        about: "Operations a second of the system drive on Windows at most.",
        example: "1000",
        windows: true,
        check: |text| within(text, 0, i64::MAX),
        field: |spec| &spec.io_maxiops,
        field_mut: |spec| &mut spec.io_maxiops,
        ..DISK
    },
];

fn within(text: &str, least: i64, most: i64) -> Result<(), String> {
    match super::integer(text)? {
        number if (least..=most).contains(&number) => Ok(()),
        number if most == i64::MAX => Err(format!("{number} is below {least}")),
        number => Err(format!("{number} is not between {least} and {most}")),
    }
}
