//! Options of what a container is called, what runs in it, how it is looked after.

use super::{Completion, Compose, Kind, RunOption, Section};

pub(super) const IDENTITY: &[RunOption] = &[
    RunOption {
        name: "name",
        about: "Its name; the engine invents one unless said.",
        example: "web",
        compose: Compose::Value("container_name"),
        field: |spec| &spec.name,
        field_mut: |spec| &mut spec.name,
        ..RunOption::BASE
    },
    RunOption {
        name: "hostname",
        short: Some('h'),
        about: "The host name that it has for itself.",
        example: "web.local",
        compose: Compose::Value("hostname"),
        field: |spec| &spec.hostname,
        field_mut: |spec| &mut spec.hostname,
        ..RunOption::BASE
    },
    RunOption {
        name: "domainname",
        about: "Its NIS domain name.",
        example: "example.org",
        compose: Compose::Value("domainname"),
        field: |spec| &spec.domainname,
        field_mut: |spec| &mut spec.domainname,
        ..RunOption::BASE
    },
    RunOption {
        name: "label",
        short: Some('l'),
        about: "A label: a name with a value that programs read.",
        example: "tier=web",
        compose: Compose::Map("labels"),
        check: label,
        field: |spec| &spec.label,
        field_mut: |spec| &mut spec.label,
        ..RunOption::BASE
    },
    RunOption {
        name: "label-file",
        about: "A file with a label on each line, read beside the docker command.",
        example: "./labels",
        completion: Completion::Paths,
        compose: Compose::List("label_file"),
        field: |spec| &spec.label_file,
        field_mut: |spec| &mut spec.label_file,
        ..RunOption::BASE
    },
    RunOption {
        name: "annotation",
        about: "An annotation that is passed to the OCI runtime.",
        example: "io.example/key=value",
        compose: Compose::Map("annotations"),
        since: Some((1, 43)),
        field: |spec| &spec.annotation,
        field_mut: |spec| &mut spec.annotation,
        ..RunOption::BASE
    },
    RunOption {
        name: "platform",
        about: "Operating system and architecture, where an image has several.",
        example: "linux/arm64",
        compose: Compose::Value("platform"),
        field: |spec| &spec.platform,
        field_mut: |spec| &mut spec.platform,
        ..RunOption::BASE
    },
    RunOption {
        name: "pull",
        kind: Kind::Choice(&["always", "missing", "never"]),
        about: "When the image is pulled; missing unless said.",
        example: "always",
        compose: Compose::Value("pull_policy"),
        field: |spec| &spec.pull,
        field_mut: |spec| &mut spec.pull,
        ..RunOption::BASE
    },
];

pub(super) const PROCESS: &[RunOption] = &[
    RunOption {
        name: "entrypoint",
        section: Section::Process,
        about: "What is run in place of the image's entry point; empty is none.",
        example: "/bin/sh",
        compose: Compose::Own("entrypoint"),
        field: |spec| &spec.entrypoint,
        field_mut: |spec| &mut spec.entrypoint,
        ..RunOption::BASE
    },
    RunOption {
        name: "workdir",
        short: Some('w'),
        section: Section::Process,
        about: "The directory in the container that it begins in.",
        example: "/app",
        compose: Compose::Value("working_dir"),
        field: |spec| &spec.workdir,
        field_mut: |spec| &mut spec.workdir,
        ..RunOption::BASE
    },
    RunOption {
        name: "user",
        short: Some('u'),
        section: Section::Process,
        about: "Who it runs as: a name or uid, and a group or gid.",
        example: "1000:1000",
        compose: Compose::Value("user"),
        field: |spec| &spec.user,
        field_mut: |spec| &mut spec.user,
        ..RunOption::BASE
    },
    RunOption {
        name: "group-add",
        section: Section::Process,
        about: "A further group that its processes belong to.",
        example: "video",
        compose: Compose::List("group_add"),
        field: |spec| &spec.group_add,
        field_mut: |spec| &mut spec.group_add,
        ..RunOption::BASE
    },
    RunOption {
        name: "env",
        short: Some('e'),
        section: Section::Process,
        about: "An environment variable; without a value, that of the docker command.",
        example: "TZ=UTC",
        compose: Compose::Own("environment"),
        field: |spec| &spec.env,
        field_mut: |spec| &mut spec.env,
        ..RunOption::BASE
    },
    RunOption {
        name: "env-file",
        section: Section::Process,
        about: "A file with a variable on each line, read beside the docker command.",
        example: "./.env",
        completion: Completion::Paths,
        compose: Compose::List("env_file"),
        field: |spec| &spec.env_file,
        field_mut: |spec| &mut spec.env_file,
        ..RunOption::BASE
    },
    RunOption {
        name: "tty",
        short: Some('t'),
        section: Section::Process,
        kind: Kind::Switch,
        about: "Give it a terminal.",
        example: "true",
        compose: Compose::Value("tty"),
        field: |spec| &spec.tty,
        field_mut: |spec| &mut spec.tty,
        ..RunOption::BASE
    },
    RunOption {
        name: "interactive",
        short: Some('i'),
        section: Section::Process,
        kind: Kind::Switch,
        about: "Keep its input open, attached or not.",
        example: "true",
        compose: Compose::Value("stdin_open"),
        field: |spec| &spec.interactive,
        field_mut: |spec| &mut spec.interactive,
        ..RunOption::BASE
    },
    RunOption {
        name: "init",
        section: Section::Process,
        kind: Kind::Switch,
        about: "Run an init in it that passes signals on and reaps processes.",
        example: "true",
        compose: Compose::Value("init"),
        field: |spec| &spec.init,
        field_mut: |spec| &mut spec.init,
        ..RunOption::BASE
    },
    RunOption {
        name: "stop-signal",
        section: Section::Process,
        about: "The signal that asks it to stop.",
        example: "SIGQUIT",
        completion: Completion::Signals,
        compose: Compose::Value("stop_signal"),
        field: |spec| &spec.stop_signal,
        field_mut: |spec| &mut spec.stop_signal,
        ..RunOption::BASE
    },
    RunOption {
        name: "stop-timeout",
        section: Section::Process,
        kind: Kind::Number,
        about: "Seconds after which it is killed when it has not stopped.",
        example: "30",
        compose: Compose::Own("stop_grace_period"),
        field: |spec| &spec.stop_timeout,
        field_mut: |spec| &mut spec.stop_timeout,
        ..RunOption::BASE
    },
];

pub(super) const HEALTH: &[RunOption] = &[
    RunOption {
        name: "health-cmd",
        section: Section::Health,
        about: "The command that looks whether it is well, run by a shell in it.",
        example: "curl -f http://localhost/",
        compose: Compose::Own("healthcheck.test"),
        field: |spec| &spec.health_cmd,
        field_mut: |spec| &mut spec.health_cmd,
        ..RunOption::BASE
    },
    RunOption {
        name: "health-interval",
        section: Section::Health,
        kind: Kind::Span,
        about: "Time between two looks.",
        example: "30s",
        compose: Compose::Value("healthcheck.interval"),
        field: |spec| &spec.health_interval,
        field_mut: |spec| &mut spec.health_interval,
        ..RunOption::BASE
    },
    RunOption {
        name: "health-timeout",
        section: Section::Health,
        kind: Kind::Span,
        about: "How long a look may take.",
        example: "5s",
        compose: Compose::Value("healthcheck.timeout"),
        field: |spec| &spec.health_timeout,
        field_mut: |spec| &mut spec.health_timeout,
        ..RunOption::BASE
    },
    RunOption {
        name: "health-retries",
        section: Section::Health,
        kind: Kind::Number,
        about: "Failures in a row that make it unhealthy.",
        example: "3",
        compose: Compose::Value("healthcheck.retries"),
        field: |spec| &spec.health_retries,
        field_mut: |spec| &mut spec.health_retries,
        ..RunOption::BASE
    },
    RunOption {
        name: "health-start-period",
        section: Section::Health,
        kind: Kind::Span,
        about: "Time to start, in which failures do not count.",
        example: "1m",
        compose: Compose::Value("healthcheck.start_period"),
        field: |spec| &spec.health_start_period,
        field_mut: |spec| &mut spec.health_start_period,
        ..RunOption::BASE
    },
    RunOption {
        name: "health-start-interval",
        section: Section::Health,
        kind: Kind::Span,
        about: "Time between two looks while it starts.",
        example: "2s",
        compose: Compose::Value("healthcheck.start_interval"),
        since: Some((1, 44)),
        field: |spec| &spec.health_start_interval,
        field_mut: |spec| &mut spec.health_start_interval,
        ..RunOption::BASE
    },
    RunOption {
        name: "no-healthcheck",
        section: Section::Health,
        kind: Kind::Switch,
        about: "Leave out the check that the image has.",
        example: "true",
        compose: Compose::Value("healthcheck.disable"),
        field: |spec| &spec.no_healthcheck,
        field_mut: |spec| &mut spec.no_healthcheck,
        ..RunOption::BASE
    },
];

pub(super) const LOGGING: &[RunOption] = &[
    RunOption {
        name: "log-driver",
        section: Section::Logging,
        about: "Where its output goes; the engine's default unless said.",
        example: "json-file",
        completion: Completion::LogDrivers,
        compose: Compose::Value("logging.driver"),
        field: |spec| &spec.log_driver,
        field_mut: |spec| &mut spec.log_driver,
        ..RunOption::BASE
    },
    RunOption {
        name: "log-opt",
        section: Section::Logging,
        about: "An option of the log driver.",
        example: "max-size=10m",
        completion: Completion::LogOptions,
        compose: Compose::Map("logging.options"),
        field: |spec| &spec.log_opt,
        field_mut: |spec| &mut spec.log_opt,
        ..RunOption::BASE
    },
];

pub(super) const RESTART: &[RunOption] = &[
    RunOption {
        name: "restart",
        section: Section::Restart,
        about: "What happens when it ends: no, always, unless-stopped or on-failure[:times].",
        example: "on-failure:3",
        compose: Compose::Value("restart"),
        field: |spec| &spec.restart,
        field_mut: |spec| &mut spec.restart,
        ..RunOption::BASE
    },
    RunOption {
        name: "rm",
        section: Section::Restart,
        kind: Kind::Switch,
        about: "Remove it and its anonymous volumes when it ends.",
        example: "true",
        field: |spec| &spec.rm,
        field_mut: |spec| &mut spec.rm,
        ..RunOption::BASE
    },
];

fn label(text: &str) -> Result<(), String> {
    let name = text.split('=').next().unwrap_or(text);
    let name = name.trim_start_matches([' ', '\t']);
    match name {
        "" => Err(format!("the label `{text}` has no name")),
        name if name.contains([' ', '\t']) => Err(format!("the label's name `{name}` has blanks")),
        _ => Ok(()),
    }
}
