//! What a person asks an engine to make: one type under run lines, forms, Compose services, copies
//! of what runs, and the score of how it is hardened. Pure: nothing here reads a file, a clock or
//! the environment; who calls passes in what is needed.

pub mod checks;
pub mod compose;
pub mod create_body;
mod files;
pub mod hardening;
mod host_config;
pub mod inspect;
mod networks;
pub mod options;
mod platform;
pub mod preset;
pub mod renewal;
pub mod run_line;
pub mod update;
pub mod values;
pub mod words;

use serde_json::{Map, Value};

use self::values::{
    Attachment, Bytes, Capability, Cpus, Device, Exposed, ExtraHost, Gpus, Mount, NameServer, Pair,
    Publish, Rate, RateBytes, Restart, Span, Swap, Tmpfs, Ulimit, Variable, Volume, Weight,
};
use crate::model::secret::{MASK, is_secret, is_secret_name};

/// A container that is to be made. Every field knows "not said": none, or an empty list; what is
/// not said is left to the image and the engine. Each field but the image and the command is an
/// option of `docker run` and has its row in [`options`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunSpec {
    /// Whether it is only made, and not started.
    pub only_create: bool,
    /// The image's name; empty when it is not said.
    pub image: String,
    /// The command and its arguments; empty is the image's.
    pub command: Vec<String>,
    /// What an engine said of a container that no option stands for.
    pub rest: Rest,

    // identity
    /// Its name; the engine invents one.
    pub name: Option<String>,
    /// The name that it has for itself.
    pub hostname: Option<String>,
    /// The NIS domain.
    pub domainname: Option<String>,
    /// Labels.
    pub label: Vec<Pair>,
    /// Files with labels.
    pub label_file: Vec<String>,
    /// Annotations for the runtime.
    pub annotation: Vec<Pair>,
    /// Operating system and architecture of the image.
    pub platform: Option<String>,
    /// When the image is pulled: `always`, `missing`, `never`.
    pub pull: Option<String>,

    // process
    /// What is run in place of the image's entry point; empty is none.
    pub entrypoint: Option<String>,
    /// The directory it begins in.
    pub workdir: Option<String>,
    /// Who it runs as: `name|uid[:group|gid]`.
    pub user: Option<String>,
    /// Further groups.
    pub group_add: Vec<String>,
    /// Environment variables.
    pub env: Vec<Variable>,
    /// Files with environment variables.
    pub env_file: Vec<String>,
    /// Whether it gets a terminal.
    pub tty: Option<bool>,
    /// Whether its input stays open.
    pub interactive: Option<bool>,
    /// Whether an init runs in it.
    pub init: Option<bool>,
    /// The signal that asks it to stop.
    pub stop_signal: Option<String>,
    /// Seconds after which it is killed when it has not stopped.
    pub stop_timeout: Option<i64>,

    // the docker command's own
    /// Whether the command returns at once.
    pub detach: Option<bool>,
    /// Streams that the command attaches: `stdin`, `stdout`, `stderr`.
    pub attach: Vec<String>,
    /// Keys that leave it running.
    pub detach_keys: Option<String>,
    /// Whether signals to the command reach it.
    pub sig_proxy: Option<bool>,
    /// The file that its id is written to.
    pub cidfile: Option<String>,
    /// Whether a pull says nothing.
    pub quiet: Option<bool>,
    /// Whether signatures are not looked at.
    pub disable_content_trust: Option<bool>,
    /// Whether it gets the engine's socket and the credentials for registries.
    pub use_api_socket: Option<bool>,

    // restart
    /// What happens when it ends.
    pub restart: Option<Restart>,
    /// Whether it is removed when it ends.
    pub rm: Option<bool>,

    // network
    /// Networks that it joins.
    pub network: Vec<Attachment>,
    /// Names by which others on the first network find it.
    pub network_alias: Vec<String>,
    /// Its IPv4 address on the first network.
    pub ip: Option<String>,
    /// Its IPv6 address on the first network.
    pub ip6: Option<String>,
    /// Link-local addresses on the first network.
    pub link_local_ip: Vec<String>,
    /// Its MAC address on the first network.
    pub mac_address: Option<String>,
    /// Ports at ports of the host.
    pub publish: Vec<Publish>,
    /// Whether all exposed ports get a free port of the host.
    pub publish_all: Option<bool>,
    /// Ports that it listens on.
    pub expose: Vec<Exposed>,
    /// Other containers under names of their own: `name[:alias]`.
    pub link: Vec<String>,
    /// Name servers.
    pub dns: Vec<NameServer>,
    /// Options of the resolver.
    pub dns_option: Vec<String>,
    /// Domains that are searched.
    pub dns_search: Vec<String>,
    /// Lines for its `/etc/hosts`.
    pub add_host: Vec<ExtraHost>,

    // storage
    /// Volumes and binds in the short form.
    pub volume: Vec<Volume>,
    /// Mounts in the long form.
    pub mount: Vec<Mount>,
    /// Directories in memory.
    pub tmpfs: Vec<Tmpfs>,
    /// Containers whose mounts it gets: `name[:ro]`.
    pub volumes_from: Vec<String>,
    /// The driver of volumes that are made.
    pub volume_driver: Option<String>,
    /// Whether its root is read-only.
    pub read_only: Option<bool>,
    /// The size of `/dev/shm`.
    pub shm_size: Option<Bytes>,
    /// Options of the storage driver.
    pub storage_opt: Vec<Pair>,

    // memory and CPU
    /// Memory at most.
    pub memory: Option<Bytes>,
    /// Memory that it is pressed down to when the host runs short.
    pub memory_reservation: Option<Bytes>,
    /// Memory and swap together at most.
    pub memory_swap: Option<Swap>,
    /// How willingly its pages are swapped out, 0 to 100; -1 is the host's.
    pub memory_swappiness: Option<i64>,
    /// Kernel memory at most.
    pub kernel_memory: Option<Bytes>,
    /// Whether it is not killed when memory runs out.
    pub oom_kill_disable: Option<bool>,
    /// How soon it is killed when memory runs out, -1000 to 1000.
    pub oom_score_adj: Option<i64>,
    /// CPUs at most.
    pub cpus: Option<Cpus>,
    /// Its share of the CPUs when they are short.
    pub cpu_shares: Option<i64>,
    /// Microseconds of a period.
    pub cpu_period: Option<i64>,
    /// Microseconds of CPU in a period.
    pub cpu_quota: Option<i64>,
    /// Microseconds of a real-time period.
    pub cpu_rt_period: Option<i64>,
    /// Microseconds of real-time CPU in a period.
    pub cpu_rt_runtime: Option<i64>,
    /// CPUs that it may run on.
    pub cpuset_cpus: Option<String>,
    /// Memory nodes that it may use.
    pub cpuset_mems: Option<String>,
    /// Processes at most; -1 is without limit.
    pub pids_limit: Option<i64>,
    /// Limits of its processes.
    pub ulimit: Vec<Ulimit>,
    /// The cgroup above its own.
    pub cgroup_parent: Option<String>,
    /// CPUs on Windows.
    pub cpu_count: Option<i64>,
    /// Percent of the CPUs on Windows.
    pub cpu_percent: Option<i64>,

    // block I/O
    /// Its share of the disks, 10 to 1000.
    pub blkio_weight: Option<i64>,
    /// Its share of single disks.
    pub blkio_weight_device: Vec<Weight>,
    /// Bytes a second read at most.
    pub device_read_bps: Vec<RateBytes>,
    /// Bytes a second written at most.
    pub device_write_bps: Vec<RateBytes>,
    /// Reads a second at most.
    pub device_read_iops: Vec<Rate>,
    /// Writes a second at most.
    pub device_write_iops: Vec<Rate>,
    /// Bytes a second of the system drive on Windows.
    pub io_maxbandwidth: Option<Bytes>,
    /// Operations a second of the system drive on Windows.
    pub io_maxiops: Option<i64>,

    // security
    /// Whether it may do almost all that the host's root may.
    pub privileged: Option<bool>,
    /// Capabilities besides the default ones.
    pub cap_add: Vec<Capability>,
    /// Capabilities it does without.
    pub cap_drop: Vec<Capability>,
    /// Profiles and labels: `no-new-privileges`, `seccomp=…`, `apparmor=…`, `label=…`.
    pub security_opt: Vec<String>,
    /// Its user namespace.
    pub userns: Option<String>,
    /// Its cgroup namespace.
    pub cgroupns: Option<String>,
    /// Its IPC namespace.
    pub ipc: Option<String>,
    /// Its process namespace.
    pub pid: Option<String>,
    /// Its UTS namespace.
    pub uts: Option<String>,
    /// Kernel parameters of its namespaces.
    pub sysctl: Vec<Pair>,
    /// The runtime that runs it.
    pub runtime: Option<String>,
    /// How Windows isolates it.
    pub isolation: Option<String>,

    // devices
    /// Devices of the host.
    pub device: Vec<Device>,
    /// Rules of which devices it may use.
    pub device_cgroup_rule: Vec<String>,
    /// GPUs.
    pub gpus: Vec<Gpus>,

    // health
    /// The command that looks whether it is well.
    pub health_cmd: Option<String>,
    /// Time between two looks.
    pub health_interval: Option<Span>,
    /// How long a look may take.
    pub health_timeout: Option<Span>,
    /// Failures in a row that make it unhealthy.
    pub health_retries: Option<i64>,
    /// Time to start in which failures do not count.
    pub health_start_period: Option<Span>,
    /// Time between two looks while it starts.
    pub health_start_interval: Option<Span>,
    /// Whether the image's check is left out.
    pub no_healthcheck: Option<bool>,

    // logging
    /// The driver of its log.
    pub log_driver: Option<String>,
    /// The driver's options.
    pub log_opt: Vec<Pair>,
}

/// What no option stands for, as the engine says it: keys of a newer engine, or set by another
/// program. It goes into the create body again as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// Beside the container's own configuration.
    pub config: Map<String, Value>,
    /// Beside that of the host.
    pub host: Map<String, Value>,
}

impl RunSpec {
    /// Whether the docker command waits for its end and shows what it writes.
    pub fn is_followed(&self) -> bool {
        self.detach != Some(true) && !self.only_create
    }

    /// Whether the docker command passes on to it what is typed.
    pub fn wants_terminal(&self) -> bool {
        let stdin = |stream: &String| stream.eq_ignore_ascii_case("stdin");
        let attached = self.attach.is_empty() || self.attach.iter().any(stdin);
        self.is_followed() && self.interactive == Some(true) && attached
    }

    /// The same with a mask in place of values that look secret.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        for variable in &mut masked.env {
            if let Some(value) = &mut variable.value
                && is_secret(&variable.name, value)
            {
                MASK.clone_into(value);
            }
        }
        let pairs = masked.label.iter_mut().chain(&mut masked.log_opt);
        for pair in pairs.chain(&mut masked.annotation) {
            if is_secret(&pair.name, &pair.value) {
                MASK.clone_into(&mut pair.value);
            }
        }
        let volumes = masked.mount.iter_mut();
        for volume in volumes.filter_map(|mount| mount.volume.as_mut()) {
            for (name, value) in volume.labels.iter_mut().chain(&mut volume.options) {
                if is_secret(name, value) {
                    MASK.clone_into(value);
                }
            }
        }
        mask_words(&mut masked.command);
        masked
    }
}

/// Puts a mask in place of what a command's words say behind a secret's name: `--password=x`,
/// `--requirepass x`.
fn mask_words(words: &mut [String]) {
    let mut names_secret = false;
    for word in words {
        let flag = word.trim_start_matches('-');
        let is_flag = flag.len() < word.len();
        match word.split_once('=') {
            Some((name, value)) if is_secret(name.trim_start_matches('-'), value) => {
                *word = format!("{name}={MASK}");
                names_secret = false;
            }
            _ if names_secret && !is_flag => {
                MASK.clone_into(word);
                names_secret = false;
            }
            _ => names_secret = is_flag && !word.contains('=') && is_secret_name(flag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::run_line::{parse, print};

    #[test]
    fn secrets_are_masked_wherever_they_are_said() {
        let lines = [
            "docker run -e DB_PASSWORD=hush x",
            "docker run -l api_token=hush x",
            "docker run --log-driver splunk --log-opt splunk-token=hush x",
            "docker run --annotation api.token=hush x",
            r#"docker run --mount 'type=volume,source=s,target=/s,"volume-opt=o=username=a,password=hush"' x"#,
            "docker run redis redis-server --requirepass hush --port 6379",
            "docker run x app --db-password=hush run",
        ];
        for line in lines {
            let spec = parse(line, &|_| None).spec;
            let masked = print(&spec.masked());
            assert!(
                masked.contains(MASK) && !masked.contains("hush"),
                "{masked}"
            );
        }
        let open = "docker run -e A=1 -l tier=web x sh -c 'echo a=b' --tokenizer plain --port 80";
        let spec = parse(open, &|_| None).spec;
        assert_eq!(spec.masked(), spec);
    }
}
