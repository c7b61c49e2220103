//! A container of a real engine, told as a `docker run` line, and made again from it: both are the
//! same by the engine's own word, and nothing of the image is frozen into the line.

#![expect(clippy::unwrap_used, reason = "a fault here is a failed test")]

#[path = "common/skip.rs"]
mod skip;

use std::process::Command;

use pilothouse::spec::RunSpec;
use pilothouse::spec::inspect::from_inspect;
use pilothouse::spec::run_line::{parse, print};
use serde_json::{Value, json};

use self::skip::skip;

/// Every object that this test makes has it.
const LABEL: &str = "pilothouse.copies";

/// What is said of the containers, behind `docker create --label … --name …`; written as a copy is.
const LINES: [&str; 25] = [
    "busybox",
    "busybox sh -c 'echo \"a b\"; exit 3'",
    "nginx",
    "nginx nginx -V",
    "--entrypoint /bin/sh nginx -c 'nginx -t'",
    "--hostname web --domainname example.org -i -t --user 65534:65534 --workdir /tmp busybox",
    "-e A=1 -e 'B=two words' -e C= -e PATH=/bin busybox",
    "--init=false --stop-signal SIGINT --stop-timeout 3 busybox",
    "--stop-timeout 0 nginx",
    "-p '[::1]:53:53/udp' -p 8081:80 -p 127.0.0.1:8443:443 --expose 9000 --publish-all nginx",
    "-p 80 -p 8000-8010:81 busybox",
    "-v /anonymous -v pilothouse-copies:/data -v /tmp:/host:ro busybox",
    "--mount type=bind,source=/tmp,target=/t,readonly,bind-propagation=rslave \
     --mount type=volume,source=pilothouse-copies,target=/v,volume-nocopy,volume-label=pilothouse.copies=1 \
     --mount type=tmpfs,target=/m,tmpfs-size=1m,tmpfs-mode=1770 --tmpfs /run:size=64k busybox",
    "--memory 64m --memory-swap 64m --memory-reservation 32m --cpu-shares 512 --cpu-period 100000 \
     --cpu-quota 50000 --cpuset-cpus 0 --pids-limit 50 --ulimit nofile=1024:2048 busybox",
    "--memory 64m --cpus 0.5 --oom-score-adj 100 --memory-swap -1 busybox",
    "--cap-add NET_BIND_SERVICE --cap-drop ALL --security-opt no-new-privileges --read-only busybox",
    "--security-opt seccomp=unconfined --security-opt systempaths=unconfined busybox",
    "--privileged --pid host --ipc host --uts host busybox",
    "--network host busybox",
    "--network none busybox",
    "--network pilothouse-copies --network-alias db --ip 10.213.7.9 busybox",
    "--dns 1.1.1.1 --dns-option ndots:2 --dns-search example.org --add-host a:10.0.0.1 \
     --group-add 44 --sysctl net.core.somaxconn=1024 --shm-size 32m --device /dev/null:/dev/x:r \
     --device-cgroup-rule 'c 42:* rmw' busybox",
    "--health-cmd 'true || exit 1' --health-interval 30s --health-timeout 5s --health-retries 3 \
     --health-start-period 1m busybox",
    "--no-healthcheck --restart on-failure:3 --log-driver json-file --log-opt max-size=10m busybox",
    "--restart unless-stopped --log-driver none --isolation default busybox",
];

/// What the docker command prints; none when it fails.
fn docker(args: &[&str]) -> Result<String, String> {
    let output = Command::new("docker")
        .args(args)
        .output()
        .map_err(|why| why.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

fn inspected(kind: &str, name: &str) -> Value {
    let text = docker(&[kind, "inspect", name]).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[0].take()
}

/// What is made here goes with it, failed or not.
struct Mess;

impl Mess {
    fn clear() {
        let filter = format!("label={LABEL}");
        let listed = docker(&["ps", "-aq", "-f", &filter]).unwrap_or_default();
        for id in listed.lines() {
            let _ = docker(&["rm", "-fv", id]);
        }
        let _ = docker(&["volume", "rm", "pilothouse-copies"]);
        let _ = docker(&["network", "rm", "pilothouse-copies"]);
    }
}

impl Drop for Mess {
    fn drop(&mut self) {
        Self::clear();
    }
}

/// What is the same of two containers that are made alike.
fn made(container: &Value) -> Value {
    let mut container = container.clone();
    let id = container["Id"].as_str().unwrap().to_owned();
    let hostname = container["Config"]["Hostname"].as_str().unwrap().to_owned();
    if id.starts_with(&hostname) {
        container["Config"]["Hostname"] = json!("its own");
    }
    for path in ["/Config/Env", "/HostConfig/Binds"] {
        if let Some(Value::Array(list)) = container.pointer_mut(path) {
            list.sort_by_key(ToString::to_string);
        }
    }
    let mut networks = container["NetworkSettings"]["Networks"].take();
    for endpoint in networks.as_object_mut().unwrap().values_mut() {
        let aliases = endpoint["Aliases"].as_array().into_iter().flatten();
        let aliases = aliases.filter(|alias| !id.starts_with(alias.as_str().unwrap()));
        *endpoint = json!({
            "Aliases": aliases.collect::<Vec<_>>(),
            "IPAMConfig": endpoint["IPAMConfig"],
            "Links": endpoint["Links"],
            "DriverOpts": endpoint["DriverOpts"],
        });
    }
    json!({
        "Config": container["Config"],
        "HostConfig": container["HostConfig"],
        "Networks": networks,
    })
}

#[test]
fn a_container_is_told_as_a_line_and_made_again_from_it() {
    let images = docker(&["image", "inspect", "busybox:latest", "nginx:latest"]);
    if let Err(why) = images {
        skip(&format!(
            "no engine with the images busybox and nginx answers ({why})"
        ));
        return;
    }
    Mess::clear();
    let _mess = Mess;
    docker(&[
        "network",
        "create",
        "--subnet",
        "10.213.7.0/24",
        "pilothouse-copies",
    ])
    .unwrap();
    for (place, said) in LINES.into_iter().enumerate() {
        let name = format!("pilothouse-copies-{place}");
        let line = format!("docker create --name {name} --label {LABEL}=1 {said}");
        let line_spec = parse(&line, &|_| None);
        assert!(
            line_spec.faults.is_empty(),
            "{line}: {:?}",
            line_spec.faults
        );
        run(&line);
        let container = inspected("container", &name);
        let image = inspected("image", container["Image"].as_str().unwrap());
        let told = in_order(RunSpec {
            only_create: true,
            ..from_inspect(&container, Some(&image))
        });
        let expected = written_once(line_spec.spec);
        assert_eq!(print(&told), print(&expected), "{line}");
        assert_eq!(told, expected, "{line}");
        let again = RunSpec {
            name: Some(format!("{name}-again")),
            // both cannot have the address
            ..told
        };
        docker(&["rm", "-f", &name]).unwrap();
        run(&print(&again));
        let copy = inspected("container", &format!("{name}-again"));
        assert_eq!(made(&copy), made(&container), "{line}\n{}", print(&again));
    }
}

/// As a container tells it: names on a network are its own fields, and what is the default is not
/// said.
fn written_once(mut spec: RunSpec) -> RunSpec {
    if let Some(first) = spec.network.first_mut() {
        first.aliases.append(&mut spec.network_alias);
        first.ip = spec.ip.take().unwrap_or_default();
    }
    in_order(spec)
}

/// The docker command sends variables and binds in another order each time.
fn in_order(mut spec: RunSpec) -> RunSpec {
    spec.env.sort_by_key(ToString::to_string);
    spec.volume.sort_by_key(ToString::to_string);
    spec
}

fn run(line: &str) {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {why}");
}
