//! Containers made by the run form, by keys in a real terminal against a real engine; `docker
//! inspect` is the witness. Without an engine nothing is tried, and it says so; CI must have one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::lab::{Lab, POLITE, docker, said};
use pty::{Start, Terminal};

/// The program with the run form open.
fn opened(lab: &Lab) -> (Terminal, String) {
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("n");
    terminal.wait("New container");
    (terminal, web)
}

/// Types into a field that is found by its name.
fn fill(terminal: &mut Terminal, field: &str, text: &str) {
    terminal.keys("<ctrl-f>");
    terminal.wait("Find a field");
    terminal.keys(&format!("{field}<enter>"));
    terminal.wait_gone("Find a field");
    terminal.keys(text);
}

fn label(lab: &Lab) -> String {
    format!("{}<enter>pilothouse.test=1", lab.label)
}

fn field(name: &str, format: &str) -> String {
    said(&["inspect", "-f", format, name])
}

#[test]
fn a_bind_a_name_and_a_command() {
    let Some(lab) = Lab::open("a_bind_a_name_and_a_command") else {
        return;
    };
    let (mut terminal, _) = opened(&lab);
    let (name, folder) = (lab.name("made"), terminal.home().join("bound"));
    std::fs::create_dir(&folder).unwrap();
    terminal.keys("busybox<tab>echo 'Hello from container'");
    fill(&mut terminal, "name", &name);
    fill(&mut terminal, "label", &label(&lab));
    let mount = format!("type=bind,source={},target=/app", folder.display());
    fill(&mut terminal, "mount", &mount);
    terminal.keys("<ctrl-s>");
    terminal.wait("started");
    assert_eq!(said(&["wait", &name]), "0");
    assert_eq!(said(&["logs", &name]), "Hello from container");
    assert_eq!(
        field(
            &name,
            "{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}}{{end}}"
        ),
        format!("bind {} /app", folder.display())
    );
    assert_eq!(
        field(&name, "{{json .Config.Cmd}}"),
        r#"["echo","Hello from container"]"#
    );
    terminal.keys("q0");
    terminal.wait_row(&["docker run", &name]);
    terminal.quit();
}

#[test]
fn limits_log_options_and_hardening_are_those_that_were_typed() {
    let Some(lab) = Lab::open("limits_log_options_and_hardening") else {
        return;
    };
    let (mut terminal, _) = opened(&lab);
    let name = lab.name("made");
    terminal.keys("busybox<tab>sleep 600");
    for (option, text) in [
        ("name", name.as_str()),
        ("label", &label(&lab)),
        ("memory", "512m"),
        ("memory-swap", "512m"),
        ("cpu-period", "100000"),
        ("cpu-quota", "50000"),
        ("cpuset-cpus", "0,1"),
        ("log-driver", "json-file"),
        ("log-opt", "max-size=10m"),
        ("user", "nobody"),
        ("read-only", " "),
        ("security-opt", "no-new-privileges"),
        ("cap-drop", "ALL"),
        ("cap-add", "NET_BIND_SERVICE"),
        ("ulimit", "nofile=1024:2048"),
        ("restart", "on-failure:3"),
        ("env", "PYTHONUNBUFFERED=1"),
    ] {
        fill(&mut terminal, option, text);
    }
    terminal.keys("<ctrl-s>");
    terminal.wait("started");
    let host = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuPeriod}} \
                {{.HostConfig.CpuQuota}} {{.HostConfig.CpusetCpus}}";
    assert_eq!(field(&name, host), "536870912 536870912 100000 50000 0,1");
    let log = r#"{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}"#;
    assert_eq!(field(&name, log), "json-file 10m");
    let hard = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{json .HostConfig.CapDrop}} \
                {{json .HostConfig.CapAdd}} {{json .HostConfig.SecurityOpt}} \
                {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}";
    let hard = field(&name, hard).replace("CAP_NET", "NET");
    let expected = r#"nobody true ["ALL"] ["NET_BIND_SERVICE"] ["no-new-privileges"] on-failure 3"#;
    assert_eq!(hard, expected);
    let limits = "{{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}} {{.Hard}}{{end}}";
    assert_eq!(field(&name, limits), "nofile 1024 2048");
    assert!(field(&name, "{{json .Config.Env}}").contains("PYTHONUNBUFFERED=1"));
    terminal.quit();
}

#[test]
fn a_pasted_line_fills_the_form_and_a_refusal_comes_back_to_its_field() {
    let Some(lab) = Lab::open("a_pasted_line_fills_the_form") else {
        return;
    };
    let (mut terminal, web) = opened(&lab);
    let name = lab.name("made");
    let line = format!(
        "docker run -d --name {name} --label {} \\\n  -e 'A=b c' --memory 64m busybox no-such-program",
        lab.label
    );
    terminal.paste(&line);
    terminal.wait("the line fills the form");
    terminal.keys("<ctrl-s>");
    // the engine's reason is at the command, everything typed is there, nothing was left behind
    terminal.wait("executable file not found");
    terminal.wait("New container");
    assert!(!docker(&["inspect", &name]).status.success());
    terminal.keys("<ctrl-u>sleep 600");
    // a name in use is told before the engine is asked
    fill(&mut terminal, "name", &format!("<ctrl-u>{web}"));
    terminal.wait(&format!("a container {web} is there already"));
    terminal.keys(&format!("<ctrl-u>{name}<ctrl-s>"));
    terminal.wait("started");
    assert_eq!(field(&name, "{{.HostConfig.Memory}}"), "67108864");
    assert!(field(&name, "{{json .Config.Env}}").contains("A=b c"));
    terminal.quit();
}

#[test]
fn read_only_makes_nothing() {
    let Some(lab) = Lab::open("read_only_makes_nothing") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = Start::new(&["--read-only"]).size(200, 50).spawn();
    terminal.wait(&web);
    terminal.keys("n");
    terminal.wait("read-only");
    terminal.quit();
}
