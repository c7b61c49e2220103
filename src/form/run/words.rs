//! What the fields of a new container can be completed to: what is known of Docker, and what the
//! engine says it has.

use super::Known;
use crate::form::Suggestion;
use crate::spec::options::{Completion, Kind, RunOption};
use crate::spec::values::ULIMITS;

/// Every capability, with what it allows, after capabilities(7); those that docker gives unasked
/// are marked.
const CAPABILITIES: [(&str, &str); 42] = [
    ("ALL", "every one of them"),
    (
        "NET_BIND_SERVICE",
        "listen on ports below 1024 · given by default",
    ),
    ("CHOWN", "give files to other users · given by default"),
    (
        "DAC_OVERRIDE",
        "pass over the rights of files · given by default",
    ),
    ("FOWNER", "act as the owner of any file · given by default"),
    (
        "FSETID",
        "keep set-id bits of files that change · given by default",
    ),
    ("KILL", "signal processes of other users · given by default"),
    ("SETGID", "become another group · given by default"),
    ("SETUID", "become another user · given by default"),
    ("SETPCAP", "change its own capabilities · given by default"),
    (
        "NET_RAW",
        "send raw packets, as ping does · given by default",
    ),
    ("SYS_CHROOT", "change its root folder · given by default"),
    ("MKNOD", "make device files · given by default"),
    (
        "AUDIT_WRITE",
        "write to the kernel's audit log · given by default",
    ),
    ("SETFCAP", "give capabilities to files · given by default"),
    ("AUDIT_CONTROL", "set up the kernel's auditing"),
    ("AUDIT_READ", "read the kernel's audit log"),
    ("BLOCK_SUSPEND", "keep the host from sleeping"),
    ("BPF", "load programs into the kernel"),
    (
        "CHECKPOINT_RESTORE",
        "freeze processes to disk and bring them back",
    ),
    (
        "DAC_READ_SEARCH",
        "read every file, the host's by their handles too",
    ),
    ("IPC_LOCK", "lock memory so that it is never swapped"),
    ("IPC_OWNER", "pass over the rights of shared memory"),
    ("LEASE", "be told when others open a file"),
    ("LINUX_IMMUTABLE", "make files unchangeable"),
    ("MAC_ADMIN", "change the rules of a security module"),
    ("MAC_OVERRIDE", "pass over the rules of a security module"),
    ("NET_ADMIN", "configure interfaces, routes, firewalls"),
    ("NET_BROADCAST", "send to all, listen to groups"),
    ("PERFMON", "measure with the kernel's counters"),
    (
        "SYS_ADMIN",
        "much of what root may: mounts, namespaces, quotas",
    ),
    ("SYS_BOOT", "restart the host"),
    ("SYS_MODULE", "load kernel modules: the host is its own"),
    ("SYS_NICE", "raise priorities of processes"),
    ("SYS_PACCT", "turn process accounting on and off"),
    ("SYS_PTRACE", "trace and read other processes"),
    ("SYS_RAWIO", "talk to devices past the kernel"),
    ("SYS_RESOURCE", "go over limits and quotas"),
    ("SYS_TIME", "set the host's clock"),
    ("SYS_TTY_CONFIG", "configure the host's terminals"),
    ("SYSLOG", "read the kernel's messages"),
    ("WAKE_ALARM", "wake the host from sleep"),
];

/// What each process limit holds, after getrlimit(2).
const LIMITS: [(&str, &str); 15] = [
    ("core", "bytes of a core dump"),
    ("cpu", "seconds of CPU"),
    ("data", "bytes of data"),
    ("fsize", "bytes of a file it writes"),
    ("locks", "file locks"),
    ("memlock", "bytes locked in memory"),
    ("msgqueue", "bytes in message queues"),
    ("nice", "how high its priority may go"),
    ("nofile", "open files"),
    ("nproc", "processes of its user"),
    ("rss", "bytes in memory; the kernel takes no notice"),
    ("rtprio", "real-time priority"),
    ("rttime", "microseconds of real-time CPU at a stretch"),
    ("sigpending", "signals waiting"),
    ("stack", "bytes of the stack"),
];

const LOG_DRIVERS: [(&str, &str); 10] = [
    ("json-file", "files beside the engine, the usual one"),
    ("local", "compact files beside the engine"),
    ("journald", "the host's journal"),
    ("syslog", "a syslog server"),
    ("fluentd", "a Fluentd server"),
    ("gelf", "a Graylog server"),
    ("awslogs", "Amazon CloudWatch"),
    ("gcplogs", "Google Cloud Logging"),
    ("splunk", "a Splunk server"),
    ("none", "nothing is kept, no log can be read"),
];

/// Options that each log driver takes, by the engine's documentation; the first row is for all.
const LOG_OPTIONS: [(&str, &[&str]); 9] = [
    ("", &["mode=non-blocking", "max-buffer-size="]),
    (
        "json-file",
        &[
            "max-size=",
            "max-file=",
            "compress=",
            "labels=",
            "labels-regex=",
            "env=",
            "env-regex=",
            "tag=",
        ],
    ),
    ("local", &["max-size=", "max-file=", "compress="]),
    (
        "journald",
        &["tag=", "labels=", "labels-regex=", "env=", "env-regex="],
    ),
    (
        "syslog",
        &[
            "syslog-address=",
            "syslog-facility=",
            "syslog-format=",
            "syslog-tls-ca-cert=",
            "syslog-tls-cert=",
            "syslog-tls-key=",
            "syslog-tls-skip-verify=",
            "tag=",
            "labels=",
            "env=",
        ],
    ),
    (
        "fluentd",
        &[
            "fluentd-address=",
            "fluentd-async=",
            "fluentd-buffer-limit=",
            "fluentd-retry-wait=",
            "fluentd-max-retries=",
            "tag=",
            "labels=",
            "env=",
        ],
    ),
    (
        "gelf",
        &[
            "gelf-address=",
            "gelf-compression-type=",
            "gelf-compression-level=",
            "tag=",
            "labels=",
            "env=",
        ],
    ),
    (
        "awslogs",
        &[
            "awslogs-region=",
            "awslogs-group=",
            "awslogs-stream=",
            "awslogs-create-group=",
            "tag=",
        ],
    ),
    (
        "splunk",
        &[
            "splunk-token=",
            "splunk-url=",
            "splunk-source=",
            "splunk-index=",
            "splunk-format=",
            "tag=",
        ],
    ),
];

const SIGNALS: [(&str, &str); 6] = [
    ("SIGTERM", "asks it to end, the usual one"),
    ("SIGINT", "as Ctrl-c does"),
    (
        "SIGQUIT",
        "ends it with a core dump; nginx finishes its requests",
    ),
    ("SIGHUP", "its terminal went, or read the settings again"),
    ("SIGUSR1", "what the program makes of it"),
    ("SIGKILL", "ends it at once"),
];

/// Values of single options that everybody uses.
fn usual(option: &str) -> &'static [(&'static str, &'static str)] {
    match option {
        "restart" => &[
            ("no", "it stays as it ended, the usual one"),
            (
                "on-failure:3",
                "up to three times, when its exit code is not 0",
            ),
            (
                "unless-stopped",
                "always, also with the engine, but not once stopped",
            ),
            ("always", "always, also with the engine"),
        ],
        "user" => &[
            ("nobody", "owns nothing; most images have it"),
            ("65534:65534", "the same by number, for every image"),
            ("1000:1000", "the first person on most hosts"),
            ("root", "may do everything inside"),
        ],
        "security-opt" => &[
            (
                "no-new-privileges",
                "its programs cannot gain rights by setuid",
            ),
            ("seccomp=unconfined", "no system call is refused: loose"),
            (
                "seccomp=profile.json",
                "a profile of yours, read here and sent; unsaid is the default profile",
            ),
            (
                "apparmor=docker-default",
                "the engine's AppArmor profile, the usual one",
            ),
            ("apparmor=unconfined", "no AppArmor profile: loose"),
            ("label=disable", "no SELinux label: loose"),
            ("label=type:", "a SELinux type"),
            (
                "systempaths=unconfined",
                "nothing of /proc and /sys is hidden: loose",
            ),
        ],
        "ipc" => &[
            ("private", "its own"),
            ("shareable", "its own, others may join"),
            ("none", "its own without /dev/shm"),
            ("host", "the host's: loose"),
        ],
        "pid" => &[("host", "it sees the host's processes: loose")],
        "userns" => &[("host", "the host's users even where the engine maps them")],
        "platform" => &[
            ("linux/amd64", "PCs and servers"),
            ("linux/arm64", "ARM servers, newer Macs"),
            ("linux/arm/v7", "small boards"),
        ],
        "tmpfs" => &[
            ("/tmp:size=64m", ""),
            ("/run:size=16m", ""),
            ("/var/run:size=16m", ""),
        ],
        "gpus" => &[("all", "every one")],
        "attach" => &[("stdout", ""), ("stderr", ""), ("stdin", "")],
        "mount" => &[
            ("type=bind,source=", "a path of the host"),
            ("type=volume,source=", "a volume"),
            ("type=tmpfs,target=", "memory"),
        ],
        _ => &[],
    }
}

/// What an option's field can be completed to.
pub(super) fn of(option: &RunOption, known: &Known) -> Vec<Suggestion> {
    let mut words = told(usual(option.name));
    if let Kind::Choice(choices) = option.kind {
        words.extend(choices.iter().map(|choice| Suggestion::new(*choice, "")));
    }
    words.extend(by_completion(option, known));
    words
}

fn by_completion(option: &RunOption, known: &Known) -> Vec<Suggestion> {
    match option.completion {
        Completion::Networks => networks(known),
        Completion::Containers => named(&known.containers, "", ""),
        Completion::Volumes if option.name == "mount" => {
            let mut words = named(&known.volumes, "type=volume,source=", ",target=");
            words.extend(mounted(known, "type=bind,source=", ",target="));
            words
        }
        Completion::Volumes => {
            let mut words = named(&known.volumes, "", ":");
            words.extend(mounted(known, "", ":"));
            words
        }
        Completion::Capabilities => told(&CAPABILITIES),
        Completion::Ulimits => {
            let limits = LIMITS.iter().filter(|(name, _)| ULIMITS.contains(name));
            limits
                .map(|(name, about)| Suggestion::new(format!("{name}="), *about))
                .collect()
        }
        Completion::LogDrivers => log_drivers(known),
        Completion::LogOptions => log_options(""),
        Completion::Signals => told(&SIGNALS),
        Completion::Runtimes => named(&known.runtimes, "", ""),
        Completion::None | Completion::Paths => Vec::new(),
    }
}

/// What a log driver takes; of one that is not known, or not said, the usual one's.
pub(in crate::form) fn log_options(driver: &str) -> Vec<Suggestion> {
    let driver = if driver.is_empty() {
        "json-file"
    } else {
        driver
    };
    let own = LOG_OPTIONS.iter().filter(|(of, _)| *of == driver);
    let all = own.chain(&LOG_OPTIONS[..1]);
    let words = all.flat_map(|(of, options)| options.iter().map(move |word| (*word, *of)));
    words
        .map(|(word, of)| Suggestion::new(word, if of.is_empty() { "every driver" } else { of }))
        .collect()
}

fn networks(known: &Known) -> Vec<Suggestion> {
    let mut all = told(&[
        ("bridge", "the usual one, without names"),
        ("host", "the host's own: loose"),
        ("none", "no network"),
    ]);
    let others = named(&known.networks, "", "");
    let fresh = |word: &Suggestion| !["bridge", "host", "none"].contains(&word.word.as_str());
    all.extend(others.into_iter().filter(fresh));
    all.extend(named(&known.containers, "container:", ""));
    all
}

fn log_drivers(known: &Known) -> Vec<Suggestion> {
    if known.log_drivers.is_empty() {
        return told(&LOG_DRIVERS);
    }
    let about = |name: &str| LOG_DRIVERS.iter().find(|(driver, _)| *driver == name);
    let mut all = known.log_drivers.clone();
    if all.iter().all(|name| name != "none") {
        all.push("none".to_owned());
    }
    all.iter()
        .map(|name| Suggestion::new(name.clone(), about(name).map_or("", |(_, about)| about)))
        .collect()
}

/// Paths of the host that others have mounted, each between two texts.
fn mounted(known: &Known, before: &str, behind: &str) -> impl Iterator<Item = Suggestion> {
    let words = named(&known.binds, before, behind).into_iter();
    words.map(|word| Suggestion::new(word.word, "mounted by others"))
}

/// Names of the engine's objects, each between two texts.
fn named(names: &[String], before: &str, behind: &str) -> Vec<Suggestion> {
    let words = names.iter().map(|name| format!("{before}{name}{behind}"));
    words.map(|word| Suggestion::new(word, "")).collect()
}

fn told(words: &[(&str, &str)]) -> Vec<Suggestion> {
    let words = words.iter();
    words
        .map(|(word, about)| Suggestion::new(*word, *about))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::RunSpec;
    use crate::spec::options;

    #[test]
    fn what_is_offered_whole_is_taken() {
        let known = Known::default();
        for option in options::all() {
            for word in of(option, &known) {
                let open = word.word.ends_with(['=', ':', ',']);
                let taken = option.say(&mut RunSpec::default(), &word.word);
                assert!(
                    open || taken.is_ok(),
                    "{}: {} {taken:?}",
                    option.name,
                    word.word
                );
            }
        }
    }

    #[test]
    fn every_limit_is_told_and_log_options_are_those_of_the_driver() {
        let told: Vec<&str> = LIMITS.iter().map(|(name, _)| *name).collect();
        assert_eq!(told, ULIMITS);
        let words = |driver| log_options(driver).into_iter().map(|w| w.word);
        assert!(words("").any(|word| word == "max-size="));
        assert!(words("gelf").all(|word| word != "max-size="));
        assert!(words("gelf").any(|word| word == "max-buffer-size="));
    }
}
