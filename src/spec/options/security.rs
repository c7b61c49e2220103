//! Options of what a container may do, and which devices it gets.

use super::{Completion, Compose, Kind, RunOption, Section};

/// What rows of this file have in common.
const SECURE: RunOption = RunOption {
    section: Section::Security,
    ..RunOption::BASE
};

pub(super) const SECURITY: &[RunOption] = &[
    RunOption {
        name: "privileged",
        kind: Kind::Switch,
        about: "Let it do almost all that the host's root may.",
        example: "true",
        compose: Compose::Value("privileged"),
        field: |spec| &spec.privileged,
        field_mut: |spec| &mut spec.privileged,
        ..SECURE
    },
    RunOption {
        name: "cap-add",
        about: "A capability besides the default ones.",
        example: "NET_ADMIN",
        completion: Completion::Capabilities,
        compose: Compose::List("cap_add"),
        field: |spec| &spec.cap_add,
        field_mut: |spec| &mut spec.cap_add,
        ..SECURE
    },
    RunOption {
        name: "cap-drop",
        about: "A capability it does without; ALL for every one.",
        example: "ALL",
        completion: Completion::Capabilities,
        compose: Compose::List("cap_drop"),
        field: |spec| &spec.cap_drop,
        field_mut: |spec| &mut spec.cap_drop,
        ..SECURE
    },
    RunOption {
        name: "security-opt",
        about: "no-new-privileges, seccomp=<file>, apparmor=<profile>, label=<SELinux label> and more.",
        example: "no-new-privileges",
        compose: Compose::List("security_opt"),
        check: security,
        field: |spec| &spec.security_opt,
        field_mut: |spec| &mut spec.security_opt,
        ..SECURE
    },
    RunOption {
        name: "userns",
        kind: Kind::Choice(&["host"]),
        about: "Its user namespace; host turns off a remapping that the engine does.",
        example: "host",
        compose: Compose::Value("userns_mode"),
        field: |spec| &spec.userns,
        field_mut: |spec| &mut spec.userns,
        ..SECURE
    },
    RunOption {
        name: "cgroupns",
        kind: Kind::Choice(&["host", "private"]),
        about: "Its cgroup namespace: the host's or its own.",
        example: "private",
        compose: Compose::Value("cgroup"),
        field: |spec| &spec.cgroupns,
        field_mut: |spec| &mut spec.cgroupns,
        ..SECURE
    },
    RunOption {
        name: "ipc",
        about: "Its IPC namespace: private, shareable, none, host, container:<name>.",
        example: "private",
        compose: Compose::Value("ipc"),
        field: |spec| &spec.ipc,
        field_mut: |spec| &mut spec.ipc,
        ..SECURE
    },
    RunOption {
        name: "pid",
        about: "Whose processes it sees: its own, those of host or container:<name>.",
        example: "host",
        compose: Compose::Value("pid"),
        check: |text| match text.strip_prefix("container:") {
            Some(name) if !name.is_empty() => Ok(()),
            None if matches!(text, "" | "host") => Ok(()),
            _ => Err(format!("`{text}` is neither host nor container:<name>")),
        },
        field: |spec| &spec.pid,
        field_mut: |spec| &mut spec.pid,
        ..SECURE
    },
    RunOption {
        name: "uts",
        kind: Kind::Choice(&["host"]),
        about: "Its UTS namespace; host shares the host's name.",
        example: "host",
        compose: Compose::Value("uts"),
        field: |spec| &spec.uts,
        field_mut: |spec| &mut spec.uts,
        ..SECURE
    },
    RunOption {
        name: "sysctl",
        about: "A kernel parameter of its namespaces.",
        example: "net.core.somaxconn=1024",
        compose: Compose::Map("sysctls"),
        check: sysctl,
        field: |spec| &spec.sysctl,
        field_mut: |spec| &mut spec.sysctl,
        ..SECURE
    },
    RunOption {
        name: "runtime",
        about: "The runtime that runs it; the engine's default unless said.",
        example: "runc",
        completion: Completion::Runtimes,
        compose: Compose::Value("runtime"),
        field: |spec| &spec.runtime,
        field_mut: |spec| &mut spec.runtime,
        ..SECURE
    },
    RunOption {
        name: "isolation",
        about: "How it is isolated; on Windows default, process or hyperv.",
        example: "default",
        compose: Compose::Value("isolation"),
        field: |spec| &spec.isolation,
        field_mut: |spec| &mut spec.isolation,
        ..SECURE
    },
];

/// What rows of devices have in common.
const DEVICE: RunOption = RunOption {
    section: Section::Devices,
    ..RunOption::BASE
};

pub(super) const DEVICES: &[RunOption] = &[
    RunOption {
        name: "device",
        about: "A device of the host: path[:path in the container][:rwm].",
        example: "/dev/snd",
        completion: Completion::Paths,
        compose: Compose::List("devices"),
        field: |spec| &spec.device,
        field_mut: |spec| &mut spec.device,
        ..DEVICE
    },
    RunOption {
        name: "device-cgroup-rule",
        about: "A rule of which devices it may use: type major:minor permissions.",
        example: "c 42:* rmw",
        compose: Compose::List("device_cgroup_rules"),
        check: rule,
        field: |spec| &spec.device_cgroup_rule,
        field_mut: |spec| &mut spec.device_cgroup_rule,
        ..DEVICE
    },
    RunOption {
        name: "gpus",
        about: "GPUs: all, a number, or device=, driver=, capabilities=.",
        example: "all",
        compose: Compose::Own("gpus"),
        field: |spec| &spec.gpus,
        field_mut: |spec| &mut spec.gpus,
        ..DEVICE
    },
];

fn security(text: &str) -> Result<(), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, value),
        None if text == "no-new-privileges" => return Ok(()),
        None => text.split_once(':').unwrap_or((text, "")),
    };
    if value.is_empty() && name != "no-new-privileges" {
        return Err(format!("`{text}` is not name=value, nor no-new-privileges"));
    }
    Ok(())
}

fn sysctl(text: &str) -> Result<(), String> {
    const SINGLE: [&str; 8] = [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ];
    let Some((name, _)) = text.split_once('=') else {
        return Err(format!("`{text}` is not name=value"));
    };
    if SINGLE.contains(&name) || name.starts_with("net.") || name.starts_with("fs.mqueue.") {
        return Ok(());
    }
    Err(format!(
        "`{name}` is not of a container's namespaces: net.*, fs.mqueue.* and some of kernel.*"
    ))
}

fn rule(text: &str) -> Result<(), String> {
    let number = |text: &str| text == "*" || text.parse::<u32>().is_ok();
    let parts: Vec<&str> = text.split(' ').collect();
    let right = match parts[..] {
        [kind, numbers, mode] => {
            matches!(kind, "a" | "b" | "c")
                && numbers
                    .split_once(':')
                    .is_some_and(|(a, b)| number(a) && number(b))
                && (1..=3).contains(&mode.len())
                && mode.chars().all(|c| "rwm".contains(c))
        }
        _ => false,
    };
    match right {
        true => Ok(()),
        false => Err(format!("`{text}` is no rule, as in `c 42:* rmw`")),
    }
}
