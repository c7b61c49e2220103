//! How well a container is held: what is loose in its specification, how much it weighs, and how to
//! tighten it. The points follow the container runtime section of the CIS Docker Benchmark.

use super::RunSpec;
use super::values::Capability;
use crate::model::secret::is_secret;

/// What is loose, the heaviest first, and what remains of a hundred points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardening {
    /// From 0 to 100.
    pub score: u32,
    /// Each with its weight in points.
    pub loose: Vec<Loose>,
}

/// One thing that is loose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loose {
    /// Points that it costs.
    pub weight: u32,
    /// What it is.
    pub what: String,
    /// How to tighten it.
    pub advice: String,
}

/// Capabilities that come close to being root of the host.
const STRONG: [&str; 8] = [
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
    "BPF",
];

/// Folders of the host that give it away.
const SENSITIVE: [&str; 11] = [
    "/", "/boot", "/dev", "/etc", "/lib", "/proc", "/root", "/run", "/sys", "/usr", "/var",
];

/// Judges a specification; what the image and the engine add is not known to it.
pub fn judge(spec: &RunSpec) -> Hardening {
    let mut loose = Vec::new();
    let mut add = |weight: u32, what: &str, advice: &str| {
        loose.push(Loose {
            weight,
            what: what.to_owned(),
            advice: advice.to_owned(),
        });
    };
    rights(spec, &mut add);
    profiles(spec, &mut add);
    namespaces(spec, &mut add);
    mounts(spec, &mut add);
    limits(spec, &mut add);
    loose.sort_by_key(|loose| std::cmp::Reverse(loose.weight));
    let lost: u32 = loose.iter().map(|loose| loose.weight).sum();
    Hardening {
        score: 100_u32.saturating_sub(lost),
        loose,
    }
}

type Add<'a> = &'a mut dyn FnMut(u32, &str, &str);

fn rights(spec: &RunSpec, add: Add<'_>) {
    if spec.privileged == Some(true) {
        add(
            50,
            "it is privileged: almost the host's root",
            "leave --privileged out and add the one capability or device that it needs",
        );
    }
    let user = spec.user.as_deref().unwrap_or_default();
    let user = user.split(':').next().unwrap_or_default();
    match user {
        "root" | "0" => add(
            15,
            "it runs as root",
            "--user with a uid that owns nothing, as 65534",
        ),
        "" => add(
            15,
            "it runs as whom the image says, often root",
            "--user with a uid that owns nothing, as 65534",
        ),
        _ => {}
    }
    if !spec.cap_drop.contains(&Capability("ALL".to_owned())) {
        add(
            12,
            "it keeps the default capabilities",
            "--cap-drop ALL, then --cap-add only what it needs",
        );
    }
    for capability in &spec.cap_add {
        if STRONG.contains(&capability.0.as_str()) {
            add(
                20,
                &format!("it has the capability {capability}"),
                "find out what it is needed for; most programs run without",
            );
        }
    }
}

fn profiles(spec: &RunSpec, add: Add<'_>) {
    let options = spec
        .security_opt
        .iter()
        .map(|option| option.replacen(':', "=", 1));
    let options: Vec<String> = options.collect();
    let has = |text: &str| options.iter().any(|option| option == text);
    if !has("no-new-privileges") && !has("no-new-privileges=true") {
        add(
            10,
            "its programs can gain rights by setuid",
            "--security-opt no-new-privileges",
        );
    }
    let off = [
        ("seccomp=unconfined", 15, "no system call is refused to it"),
        ("apparmor=unconfined", 8, "no AppArmor profile holds it"),
        ("label=disable", 8, "no SELinux label holds it"),
        (
            "systempaths=unconfined",
            10,
            "it sees what of /proc and /sys is usually hidden",
        ),
    ];
    for (option, weight, what) in off {
        if has(option) {
            add(weight, what, &format!("leave --security-opt {option} out"));
        }
    }
}

fn namespaces(spec: &RunSpec, add: Add<'_>) {
    let is_host = |value: &Option<String>| value.as_deref() == Some("host");
    let shared = [
        (
            spec.network.iter().any(|network| network.name == "host"),
            12,
            "it is on the host's network, local services included",
            "a network of its own, and --publish for what is to be reached",
        ),
        (
            is_host(&spec.pid),
            12,
            "it sees and can signal the host's processes",
            "leave --pid host out",
        ),
        (
            is_host(&spec.ipc),
            6,
            "it shares memory with the host's processes",
            "leave --ipc host out",
        ),
        (
            is_host(&spec.uts),
            3,
            "it can rename the host",
            "leave --uts host out",
        ),
        (
            is_host(&spec.userns),
            5,
            "its root is the host's root even where the engine maps users",
            "leave --userns host out",
        ),
        (
            is_host(&spec.cgroupns),
            2,
            "it sees the host's cgroups",
            "leave --cgroupns host out",
        ),
    ];
    for (_, weight, what, advice) in shared.into_iter().filter(|(said, ..)| *said) {
        add(weight, what, advice);
    }
    let open = spec.publish.iter().find(|port| {
        let everywhere = port.address.is_none_or(|address| address.is_unspecified());
        everywhere && spec.network.iter().all(|network| network.name != "host")
    });
    if let Some(port) = open {
        add(
            3,
            &format!(
                "port {} answers on every address of the host",
                port.container
            ),
            "an address before the port, as in 127.0.0.1:8080:80, where that is enough",
        );
    }
}

fn mounts(spec: &RunSpec, add: Add<'_>) {
    let short = spec
        .volume
        .iter()
        .filter(|volume| volume.is_bind())
        .map(|volume| {
            let options: Vec<&str> = volume.options.split(',').collect();
            (
                volume.source.clone().unwrap_or_default(),
                options.contains(&"ro"),
            )
        });
    let long = spec.mount.iter().filter(|mount| mount.kind == "bind");
    let long = long.map(|mount| (mount.source.clone(), mount.read_only));
    let mut socket = spec.use_api_socket == Some(true);
    for (source, read_only) in short.chain(long) {
        let bare = source.trim_end_matches('/');
        let bare = if bare.is_empty() { "/" } else { bare };
        if bare.ends_with("docker.sock") || bare.ends_with("containerd.sock") {
            socket = true;
        } else if SENSITIVE.contains(&bare) {
            let what = format!("it has the host's {bare}");
            let advice = "mount only the folder or file that it needs, read-only if it can be";
            add(if read_only { 8 } else { 20 }, &what, advice);
        }
    }
    if socket {
        add(
            50,
            "it has the engine's socket, read-only or not: it can start anything on the host",
            "a proxy that lets through only the calls it needs",
        );
    }
    if spec.read_only != Some(true) {
        add(
            10,
            "it can change its own programs",
            "--read-only, with --tmpfs or a volume where it writes",
        );
    }
}

fn limits(spec: &RunSpec, add: Add<'_>) {
    if spec.memory.is_none_or(|memory| memory.0 == 0) {
        add(
            8,
            "it can take all of the host's memory",
            "--memory with what it needs",
        );
    }
    if spec.pids_limit.is_none_or(|limit| limit <= 0) {
        add(
            6,
            "it can start processes without end",
            "--pids-limit, as 200",
        );
    }
    let secret = spec.env.iter().find(|variable| {
        let value = variable.value.as_deref().unwrap_or_default();
        is_secret(&variable.name, value)
    });
    if let Some(variable) = secret {
        add(
            5,
            &format!(
                "{} is a secret that an inspect shows to everybody",
                variable.name
            ),
            "a file that is mounted, read by the program",
        );
    }
    let last = spec.image.rsplit('/').next().unwrap_or_default();
    if !last.contains('@') && (!last.contains(':') || last.ends_with(":latest")) {
        add(
            3,
            "the image is whatever is called latest today",
            "a version's tag, or a digest",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::run_line::parse;
    use super::*;

    fn judged(line: &str) -> Hardening {
        let line = parse(&format!("docker run {line}"), &|_| None);
        assert!(line.faults.is_empty(), "{:?}", line.faults);
        judge(&line.spec)
    }

    #[test]
    fn what_is_tightened_gains_points() {
        let steps = [
            "nginx",
            "nginx:1.27",
            "-u 65534 nginx:1.27",
            "-u 65534 --cap-drop ALL nginx:1.27",
            "-u 65534 --cap-drop ALL --security-opt no-new-privileges nginx:1.27",
            "-u 65534 --cap-drop ALL --security-opt no-new-privileges --read-only nginx:1.27",
            "-u 65534 --cap-drop ALL --security-opt no-new-privileges --read-only -m 64m nginx:1.27",
            "-u 65534 --cap-drop ALL --security-opt no-new-privileges --read-only -m 64m \
             --pids-limit 50 nginx:1.27",
        ];
        let scores = steps.map(|line| judged(line).score);
        assert!(scores.is_sorted_by(|a, b| a < b), "{scores:?}");
        assert_eq!(scores.last(), Some(&100));
        assert!(judged(steps[7]).loose.is_empty());
    }

    #[test]
    fn what_gives_the_host_away_comes_first() {
        let cases = [
            ("--privileged nginx", "privileged"),
            ("-v /var/run/docker.sock:/s:ro nginx", "socket"),
            (
                "--mount type=bind,src=/etc/,dst=/e nginx",
                "the host's /etc",
            ),
            ("--cap-add SYS_ADMIN nginx", "SYS_ADMIN"),
        ];
        for (line, part) in cases {
            let judged = judged(line);
            assert!(judged.loose[0].what.contains(part), "{line}: {judged:?}");
        }
        assert_eq!(judged("--privileged -v /:/h --pid host x").score, 0);
        let all = judged("--security-opt seccomp:unconfined -p 80:80 -e DB_PASSWORD=x x").loose;
        for part in ["no system call", "port 80", "DB_PASSWORD"] {
            assert!(all.iter().any(|loose| loose.what.contains(part)), "{part}");
        }
    }
}
