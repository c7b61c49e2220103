//! What of a specification does not go together: said before an engine refuses it, or where it does
//! something else than it seems to.

use std::collections::BTreeSet;

use super::RunSpec;
use super::values::{Publish, Span};
use crate::model::secret::MASK;

/// What does not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The options it is about, by name; none is the image.
    pub options: &'static [&'static str],
    /// Which of the first option's values it is about, where it is said several times.
    pub row: usize,
    /// The sentence.
    pub text: String,
    /// Whether it cannot be made so; else it can, and this is a hint.
    pub refused: bool,
}

/// Looks at all of it.
pub fn check(spec: &RunSpec) -> Vec<Finding> {
    let mut findings = Findings::default();
    names(spec, &mut findings);
    memory(spec, &mut findings);
    cpu(spec, &mut findings);
    ending(spec, &mut findings);
    network(spec, &mut findings);
    shared_network(spec, &mut findings);
    ports(spec, &mut findings);
    storage(spec, &mut findings);
    rights(spec, &mut findings);
    masks(spec, &mut findings);
    findings.0
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn refused(&mut self, options: &'static [&'static str], text: impl Into<String>) {
        let text = text.into();
        self.0.push(Finding {
            options,
            row: 0,
            text,
            refused: true,
        });
    }

    /// The last one is about a certain value of its option.
    fn at(&mut self, row: usize) {
        if let Some(last) = self.0.last_mut() {
            last.row = row;
        }
    }

    fn hint(&mut self, options: &'static [&'static str], text: impl Into<String>) {
        let text = text.into();
        self.0.push(Finding {
            options,
            row: 0,
            text,
            refused: false,
        });
    }
}

fn is_on(value: Option<bool>) -> bool {
    value == Some(true)
}

/// What names of containers and volumes are made of.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && chars.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        && text.len() > 1
}

fn names(spec: &RunSpec, findings: &mut Findings) {
    if let Some(name) = spec.name.as_deref().filter(|name| !name.is_empty())
        && !is_name(name)
    {
        findings.refused(
            &["name"],
            "a name has two or more letters, digits, _ . - and begins with a letter or digit",
        );
    }
    let path = spec.image.split('@').next().unwrap_or_default();
    let tag = path.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    let path = tag.map_or(path, |(path, _)| path);
    // the first part may be a registry's host, which may have capitals
    let own = match path.split_once('/') {
        Some((host, own)) if host.contains(['.', ':']) || host == "localhost" => own,
        _ => path,
    };
    if own.contains(|c: char| c.is_ascii_uppercase()) {
        findings.refused(&[], "an image's name has no capital letters");
    } else if own.contains(|c: char| c.is_whitespace() || !c.is_ascii()) {
        findings.refused(
            &[],
            "an image's name has no blanks and no letters but a to z",
        );
    }
    let mut seen = BTreeSet::new();
    for (row, variable) in spec.env.iter().enumerate() {
        if !seen.insert(&variable.name) {
            let text = format!("{} is said twice; the last one counts", variable.name);
            findings.hint(&["env"], text);
            findings.at(row);
        }
    }
}

fn memory(spec: &RunSpec, findings: &mut Findings) {
    let memory = spec
        .memory
        .map(|memory| memory.0)
        .filter(|memory| *memory > 0);
    if memory.is_some_and(|memory| memory < 6 << 20) {
        findings.refused(&["memory"], "less than 6m is too little for any container");
    }
    let swap = spec.memory_swap.map_or(0, super::values::Swap::value);
    match memory {
        Some(memory) if swap > 0 && swap < memory => findings.refused(
            &["memory-swap", "memory"],
            "it is memory and swap together, and below the memory alone",
        ),
        None if swap > 0 => {
            findings.refused(
                &["memory-swap"],
                "it needs --memory, of which it is the larger",
            );
        }
        _ => {}
    }
    let reserved = spec.memory_reservation.map_or(0, |reserved| reserved.0);
    if memory.is_some_and(|memory| reserved > memory) {
        findings.refused(
            &["memory-reservation", "memory"],
            "it is above the memory limit",
        );
    }
    if is_on(spec.oom_kill_disable) && memory.is_none() {
        findings.hint(
            &["oom-kill-disable"],
            "without --memory the host itself can run out of memory",
        );
    }
    if spec
        .oom_score_adj
        .is_some_and(|score| !(-1000..=1000).contains(&score))
    {
        findings.refused(&["oom-score-adj"], "it is not between -1000 and 1000");
    }
    if spec.kernel_memory.is_some() {
        findings.hint(&["kernel-memory"], "engines since API 1.42 leave it out");
    }
}

fn cpu(spec: &RunSpec, findings: &mut Findings) {
    let said = |number: Option<i64>| number.is_some_and(|number| number != 0);
    if spec.cpus.is_some_and(|cpus| cpus.0 > 0) {
        if said(spec.cpu_quota) {
            findings.refused(
                &["cpus", "cpu-quota"],
                "either --cpus or --cpu-quota, not both",
            );
        }
        if said(spec.cpu_period) {
            findings.refused(
                &["cpus", "cpu-period"],
                "either --cpus or --cpu-period, not both",
            );
        }
    }
    if spec.cpus.is_some_and(|cpus| cpus.0 < 0) {
        findings.refused(&["cpus"], "it is below zero");
    }
    if said(spec.cpu_period)
        && spec
            .cpu_period
            .is_some_and(|period| !(1_000..=1_000_000).contains(&period))
    {
        findings.refused(
            &["cpu-period"],
            "it is not between 1000 and 1000000 microseconds",
        );
    }
    if spec
        .cpu_quota
        .is_some_and(|quota| (1..1_000).contains(&quota))
    {
        findings.refused(&["cpu-quota"], "it is below 1000 microseconds");
    }
    if spec
        .blkio_weight
        .is_some_and(|weight| weight != 0 && !(10..=1000).contains(&weight))
    {
        findings.refused(&["blkio-weight"], "it is not between 10 and 1000");
    }
}

fn ending(spec: &RunSpec, findings: &mut Findings) {
    let restarts = spec
        .restart
        .as_ref()
        .is_some_and(|restart| !restart.is_no());
    if is_on(spec.rm) && restarts {
        findings.refused(
            &["rm", "restart"],
            "what is removed when it ends cannot be started again: --rm or --restart",
        );
    }
    if is_on(spec.detach) && !spec.attach.is_empty() {
        findings.refused(
            &["detach", "attach"],
            "in the background nothing is attached: --detach or --attach",
        );
    }
    let spans: [(&[&str], Option<Span>); 4] = [
        (&["health-interval"], spec.health_interval),
        (&["health-timeout"], spec.health_timeout),
        (&["health-start-period"], spec.health_start_period),
        (&["health-start-interval"], spec.health_start_interval),
    ];
    for (option, span) in spans {
        if span.is_some_and(|span| (1..1_000_000).contains(&span.0)) {
            findings.refused(option, "it is below a millisecond");
        }
    }
}

fn network(spec: &RunSpec, findings: &mut Findings) {
    let first = spec.network.first();
    let host = first.is_some_and(|network| network.name == "host");
    let own = first.is_some_and(super::values::Attachment::is_user_defined);
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if host && (!spec.publish.is_empty() || is_on(spec.publish_all)) {
        findings.hint(
            &["publish", "network"],
            "on the host's network every port is the host's own: nothing is published",
        );
    }
    if host && !spec.link.is_empty() {
        findings.refused(
            &["link", "network"],
            "there are no links on the host's network",
        );
    }
    if host && said(&spec.mac_address) {
        findings.refused(
            &["mac-address", "network"],
            "the host's network has the host's address",
        );
    }
    if !own && (said(&spec.ip) || said(&spec.ip6)) {
        findings.refused(
            &["ip", "ip6", "network"],
            "an address can be chosen only on a network that somebody made with a subnet",
        );
    }
    if spec.uts.as_deref() == Some("host") && said(&spec.hostname) {
        findings.refused(&["hostname", "uts"], "--uts host has the host's name");
    }
}

/// What a container that lives in another one's network cannot have of its own.
fn shared_network(spec: &RunSpec, findings: &mut Findings) {
    let first = spec.network.first();
    if !first.is_some_and(|network| network.name.starts_with("container:")) {
        return;
    }
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let owned: [(&[&str], bool); 7] = [
        (&["hostname", "network"], said(&spec.hostname)),
        (&["link", "network"], !spec.link.is_empty()),
        (&["dns", "network"], !spec.dns.is_empty()),
        (&["add-host", "network"], !spec.add_host.is_empty()),
        (&["mac-address", "network"], said(&spec.mac_address)),
        (
            &["publish", "network"],
            !spec.publish.is_empty() || is_on(spec.publish_all),
        ),
        (&["expose", "network"], !spec.expose.is_empty()),
    ];
    for (options, _) in owned.into_iter().filter(|(_, said)| *said) {
        findings.refused(
            options,
            "it belongs to the container whose network it shares",
        );
    }
}

fn ports(spec: &RunSpec, findings: &mut Findings) {
    let meet = |a: &Publish, b: &Publish| {
        let addresses = match (a.address, b.address) {
            (Some(one), Some(other)) => {
                one == other
                    || (one.is_unspecified() || other.is_unspecified())
                        && one.is_ipv4() == other.is_ipv4()
            }
            _ => true,
        };
        // several to choose from are no claim on a certain one
        let fixed = |port: &Publish| {
            port.host
                .filter(|host| host.span() == 0 || port.container.span() > 0)
        };
        let hosts = fixed(a).zip(fixed(b));
        let overlap = hosts.is_some_and(|(one, other)| {
            one.first.max(other.first) <= one.last.min(other.last) && one.first != 0
        });
        a.protocol == b.protocol && addresses && overlap && a != b
    };
    for (place, port) in spec.publish.iter().enumerate() {
        if let Some(other) = spec.publish[..place].iter().find(|other| meet(port, other)) {
            let text = format!("{port} takes a port of the host that {other} has");
            findings.refused(&["publish"], text);
            findings.at(place);
        }
    }
}

/// Images whose programs write beside their volumes, and where.
const WRITERS: [(&str, &str); 8] = [
    ("nginx", "/var/cache/nginx and /var/run"),
    ("httpd", "/usr/local/apache2/logs"),
    ("postgres", "/var/run/postgresql"),
    ("mysql", "/var/run/mysqld and /tmp"),
    ("mariadb", "/var/run/mysqld and /tmp"),
    ("mongo", "/tmp"),
    ("rabbitmq", "/var/lib/rabbitmq"),
    ("wordpress", "/var/run/apache2 and /tmp"),
];

fn storage(spec: &RunSpec, findings: &mut Findings) {
    let volumes = spec.volume.iter().map(|volume| &volume.target).enumerate();
    let mounts = spec.mount.iter().map(|mount| &mount.target).enumerate();
    let tmpfs = spec.tmpfs.iter().map(|tmpfs| &tmpfs.path).enumerate();
    let volumes = volumes.map(|(row, target)| (&["volume"] as _, row, target));
    let mounts = mounts.map(|(row, target)| (&["mount"] as _, row, target));
    let tmpfs = tmpfs.map(|(row, target)| (&["tmpfs"] as _, row, target));
    let mut seen: Vec<&str> = Vec::new();
    for (option, row, target) in volumes.chain(mounts).chain(tmpfs) {
        let drive = target.chars().nth(1) == Some(':');
        if !target.starts_with('/') && !drive {
            let text = format!("{target} is no path from the root, as in /data");
            findings.refused(option, text);
            findings.at(row);
        }
        let bare = target.trim_end_matches('/');
        let same = seen.contains(&bare);
        seen.push(bare);
        let again = spec.volume.iter().filter(|volume| volume.target == *target);
        // the same volume said twice is one
        let one = again
            .collect::<Vec<_>>()
            .windows(2)
            .any(|pair| pair[0] == pair[1]);
        if same && !one {
            findings.refused(option, format!("two things are mounted at {target}"));
            findings.at(row);
        }
    }
    for (row, volume) in spec.volume.iter().enumerate() {
        if let Some(source) = &volume.source
            && !volume.is_bind()
            && !is_name(source)
        {
            let text = format!("{source} is no volume's name; a path begins with / or ./");
            findings.refused(&["volume"], text);
            findings.at(row);
        }
    }
    let image = spec.image.rsplit('/').next().unwrap_or_default();
    let image = image.split([':', '@']).next().unwrap_or_default();
    let writer = WRITERS.iter().find(|(name, _)| *name == image);
    if is_on(spec.read_only)
        && spec.tmpfs.is_empty()
        && let Some((name, places)) = writer
    {
        let text = format!("{name} writes to {places}: give it --tmpfs there");
        findings.hint(&["read-only"], text);
    }
}

fn rights(spec: &RunSpec, findings: &mut Findings) {
    for (row, capability) in spec.cap_add.iter().enumerate() {
        if spec.cap_drop.contains(capability) {
            let text = format!("{capability} is added and dropped: it stays");
            findings.hint(&["cap-add", "cap-drop"], text);
            findings.at(row);
        }
    }
    if is_on(spec.privileged) && !(spec.cap_add.is_empty() && spec.cap_drop.is_empty()) {
        findings.hint(
            &["privileged", "cap-add", "cap-drop"],
            "a privileged container has every capability, whatever is added or dropped",
        );
    }
}

/// What was copied with a mask in place of a secret: the mask would be the secret.
fn masks(spec: &RunSpec, findings: &mut Findings) {
    const TOLD: &str = "a secret was masked here: say it anew";
    let env = spec.env.iter().map(|variable| variable.value.as_deref());
    let env = env.map(Option::unwrap_or_default);
    let labels = spec.label.iter().map(|pair| pair.value.as_str());
    let options = spec.log_opt.iter().map(|pair| pair.value.as_str());
    let env = env
        .enumerate()
        .map(|(row, text)| (&["env"] as _, row, text));
    let labels = labels
        .enumerate()
        .map(|(row, text)| (&["label"] as _, row, text));
    let options = options
        .enumerate()
        .map(|(row, text)| (&["log-opt"] as _, row, text));
    let words = spec
        .command
        .iter()
        .map(|word| (&["command"] as _, 0, word.as_str()));
    for (option, row, text) in env.chain(labels).chain(options).chain(words) {
        if text.contains(MASK) {
            findings.refused(option, TOLD);
            findings.at(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::run_line::parse;
    use super::*;

    /// The options of what is found, `!` before what is refused.
    fn found(line: &str) -> Vec<String> {
        let line = parse(&format!("docker run {line}"), &|_| None);
        assert!(line.faults.is_empty(), "{:?}", line.faults);
        let findings = check(&line.spec).into_iter();
        let marked = findings.map(|finding| {
            let mark = if finding.refused { "!" } else { "" };
            format!("{mark}{}", finding.options.join(","))
        });
        marked.collect()
    }

    #[test]
    fn what_does_not_go_together_is_found() {
        let cases = [
            ("-m 1g --memory-swap 512m x", "!memory-swap,memory"),
            ("--memory-swap 512m x", "!memory-swap"),
            ("-m 4m x", "!memory"),
            (
                "-m 1g --memory-reservation 2g x",
                "!memory-reservation,memory",
            ),
            ("--oom-score-adj 2000 x", "!oom-score-adj"),
            ("--oom-kill-disable x", "oom-kill-disable"),
            ("--cpus 1 --cpu-quota 50000 x", "!cpus,cpu-quota"),
            ("--cpus 1 --cpu-period 50000 x", "!cpus,cpu-period"),
            ("--cpu-period 10 x", "!cpu-period"),
            ("--cpu-quota 10 x", "!cpu-quota"),
            ("--blkio-weight 5 x", "!blkio-weight"),
            ("--rm --restart always x", "!rm,restart"),
            ("-d -a stdout x", "!detach,attach"),
            ("--health-cmd a --health-interval 1us x", "!health-interval"),
            ("--network host -p 80:80 x", "publish,network"),
            ("--network host --link a x", "!link,network"),
            ("--network container:a -p 80:80 x", "!publish,network"),
            ("--network container:a -h b x", "!hostname,network"),
            ("--ip 10.0.0.1 x", "!ip,ip6,network"),
            ("--uts host -h b x", "!hostname,uts"),
            ("-p 80:80 -p 127.0.0.1:80:81 x", "!publish"),
            ("-p 80-90:80-90 -p 85:1 x", "!publish"),
            ("-v a1:/x --tmpfs /x x", "!tmpfs"),
            ("-v a1:/x -v a2:/x/ x", "!volume"),
            ("-v a1:x x", "!volume"),
            ("-v a/b:/x x", "!volume"),
            ("--read-only nginx:alpine", "read-only"),
            ("--cap-add A --cap-drop A x", "cap-add,cap-drop"),
            (
                "--privileged --cap-drop ALL x",
                "privileged,cap-add,cap-drop",
            ),
            ("--name 'a b' x", "!name"),
            ("Nginx", "!"),
            ("-e A=1 -e A=2 x", "env"),
            ("--kernel-memory 50m x", "kernel-memory"),
            ("-e A=1 -e DB_PASSWORD=•••••••• x", "!env"),
            ("x app --password=••••••••", "!command"),
        ];
        for (line, expected) in cases {
            assert_eq!(found(line), [expected], "{line}");
        }
    }

    #[test]
    fn what_goes_together_is_left_alone() {
        let lines = [
            "-m 1g --memory-swap 1g --cpu-period 100000 --cpu-quota -1 x",
            "-m 1g --memory-swap -1 x",
            "-p 80:80 -p 80:80/udp -p 127.0.0.1:81:80 -p 127.0.0.2:81:80 -p 80 -p 80 x",
            "-p 8000-8010:80 -p 8000-8010:81 x",
            "-v data:/a -v data:/a -v /x:/b -v /c --mount dst=/d x",
            "--rm --restart no --cap-drop ALL --cap-add NET_BIND_SERVICE x",
            "--network backend --ip 10.0.0.1 Registry.example.org:5000/team/x:V1",
            "--read-only --tmpfs /run nginx",
        ];
        for line in lines {
            assert!(found(line).is_empty(), "{line}: {:?}", found(line));
        }
    }
}
