//! Containers made by the run form, by keys in a real terminal against a real engine; `docker
//! inspect` is the witness. Without an engine nothing is tried, and it says so; CI must have one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::lab::{Lab, POLITE, becomes, docker, said};
use pty::registry::{PASSWORD, Registry, USER};
use pty::{Start, Terminal};

/// The program with the run form open, beside a container that runs.
fn opened_in(lab: &Lab) -> (Terminal, String) {
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("n");
    terminal.wait("New container");
    (terminal, web)
}

/// The same in a laboratory of the test's own.
fn opened(test: &str) -> Option<(Lab, Terminal, String)> {
    let lab = Lab::open(test)?;
    let (terminal, web) = opened_in(&lab);
    Some((lab, terminal, web))
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

/// The image that the examples are written for; where it is missing one that does the same.
fn python() -> bool {
    docker(&["image", "inspect", "python:3.9-slim"])
        .status
        .success()
}

fn image(python: bool) -> &'static str {
    if python { "python:3.9-slim" } else { "busybox" }
}

/// Submits the form and waits until the container runs.
fn submit(terminal: &mut Terminal, name: &str) {
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("runs: {name}"));
    terminal.wait_gone("q closes");
}

/// Stands on a container that is listed.
fn stand_on(terminal: &mut Terminal, name: &str) {
    terminal.keys(&format!(":{name}<enter>"));
    terminal.wait(&format!(" {name} ─"));
}

#[test]
fn one_with_a_bind_runs_in_the_foreground_to_its_exit_code() {
    let Some((lab, mut terminal, _)) = opened("one_with_a_bind_runs_in_the_foreground") else {
        return;
    };
    let (name, folder) = (lab.name("made"), terminal.home().join("bound"));
    std::fs::create_dir(&folder).unwrap();
    let (image, command) = if python() {
        (image(true), "python -c \"print('Hello from container')\"")
    } else {
        (image(false), "echo 'Hello from container'")
    };
    terminal.keys(&format!("{image}<tab>{command}<tab> "));
    terminal.wait("in the foreground");
    fill(&mut terminal, "name", &name);
    fill(&mut terminal, "label", &label(&lab));
    let mount = format!("type=bind,source={},target=/app", folder.display());
    fill(&mut terminal, "mount", &mount);
    terminal.keys("<ctrl-s>");
    // the output comes and the exit code with it
    terminal.wait_row(&["Hello from container"]);
    terminal.wait("exit code 0");
    // it can be searched and saved
    terminal.keys("/Hello<enter>");
    terminal.wait(" hit");
    terminal.keys("<ctrl-s>");
    terminal.wait("file");
    terminal.keys("<ctrl-u>out.txt<enter>");
    terminal.wait("saved to");
    let saved = std::fs::read_to_string(terminal.home().join("out.txt")).unwrap();
    assert!(
        saved
            .lines()
            .any(|line| line.ends_with("Hello from container")),
        "{saved}"
    );
    assert_eq!(
        field(&name, "{{.State.Status}} {{.State.ExitCode}}"),
        "exited 0"
    );
    assert_eq!(field(&name, "{{.Config.Image}}"), image);
    assert_eq!(said(&["logs", &name]), "Hello from container");
    assert_eq!(
        field(
            &name,
            "{{range .Mounts}}{{.Type}} {{.Source}} -> {{.Destination}}{{end}}"
        ),
        format!("bind {} -> /app", folder.display())
    );
    terminal.keys("q");
    terminal.wait_gone("exit code 0");
    terminal.keys("0");
    terminal.wait_row(&["docker run --name", &name]);
    terminal.quit();
}

#[test]
fn one_that_fails_tells_its_exit_code() {
    let Some((lab, mut terminal, _)) = opened("one_that_fails_tells_its_exit_code") else {
        return;
    };
    terminal.paste(&format!(
        "docker run --rm --name {} --label {} busybox sh -c 'echo out; echo err >&2; exit 3'",
        lab.name("made"),
        lab.label
    ));
    terminal.wait("the line fills the form");
    terminal.keys("<ctrl-s>");
    terminal.wait("exit code 3");
    assert!(terminal.text().contains("out") && terminal.text().contains("err"));
    // it removed itself, and its code is known all the same
    assert!(!docker(&["inspect", &lab.name("made")]).status.success());
    terminal.quit();
}

/// Fills the form with a line and submits it.
fn paste(terminal: &mut Terminal, line: &str) {
    terminal.paste(line);
    terminal.wait("the line fills the form");
    terminal.keys("<ctrl-s>");
}

#[test]
fn one_that_takes_input_gets_the_terminal_until_it_ends() {
    let Some((lab, mut terminal, _)) = opened("one_that_takes_input_gets_the_terminal") else {
        return;
    };
    let name = lab.name("made");
    let line = format!(
        "docker run -it --name {name} --label {} busybox sh",
        lab.label
    );
    paste(&mut terminal, &line);
    // the very first prompt is there, and the terminal has this one's size
    terminal.wait("/ #");
    terminal.wait_gone("New container");
    terminal.keys("stty size; echo \"on $(tty)\"\r");
    terminal.wait_row(&["50 200"]);
    terminal.wait_row(&["on /dev/pts/0"]);
    terminal.keys("exit 3\r");
    // the screen is back, what was said is kept, and the exit code with it
    terminal.wait("exit code 3");
    terminal.wait_row(&["on /dev/pts/0"]);
    terminal.assert_whole("after a container had the terminal");
    assert_eq!(
        field(
            &name,
            "{{.State.Status}} {{.State.ExitCode}} {{.Config.Tty}} {{.Config.OpenStdin}}"
        ),
        "exited 3 true true"
    );
    terminal.keys("q");
    terminal.wait_gone("exit code 3");
    terminal.wait(&name);
    // one that is over at once has shown all that it wrote
    let short = lab.name("short");
    let line = format!(
        "docker run --rm -it --name {short} --label {} busybox echo 'over at once'",
        lab.label
    );
    terminal.keys("n");
    terminal.wait("New container");
    paste(&mut terminal, &line);
    terminal.wait("exit code 0");
    terminal.wait_row(&["over at once"]);
    assert!(!docker(&["inspect", &short]).status.success());
    terminal.keys("q");
    terminal.quit();
}

#[test]
fn one_that_takes_input_is_left_by_its_keys_and_runs_on() {
    let Some((lab, mut terminal, _)) = opened("one_that_takes_input_is_left") else {
        return;
    };
    let name = lab.name("made");
    let line = format!(
        "docker run -it --detach-keys ctrl-a,x --name {name} --label {} busybox sh",
        lab.label
    );
    paste(&mut terminal, &line);
    terminal.wait("/ #");
    terminal.bytes(b"\x01x");
    terminal.wait(&format!("detached: {name} goes on"));
    terminal.assert_whole("after a container was left");
    assert_eq!(field(&name, "{{.State.Status}}"), "running");
    // without a terminal of its own lines are typed to it
    let other = lab.name("lines");
    let line = format!(
        "docker run -i --name {other} --label {} busybox sh -c 'echo rea\"\"dy; read a; echo \"got $a\"; exit 4'",
        lab.label
    );
    terminal.keys("n");
    terminal.wait("New container");
    paste(&mut terminal, &line);
    terminal.wait_until("the terminal to be lent", |seen| {
        !seen.screen().alternate_screen() && seen.shows("ready")
    });
    terminal.keys("ada\r");
    terminal.wait("exit code 4");
    terminal.wait_row(&["got ada"]);
    // what cannot be started never had the terminal: the form is back with the reason
    terminal.keys("q");
    terminal.keys("n");
    terminal.wait("New container");
    let wrong = lab.name("wrong");
    let line = format!(
        "docker run -it --name {wrong} --label {} busybox no-such-program",
        lab.label
    );
    paste(&mut terminal, &line);
    terminal.wait("\"no-such-program\": executable");
    terminal.wait("New container");
    assert!(!docker(&["inspect", &wrong]).status.success());
    terminal.keys("<esc>");
    terminal.wait("Throw away");
    terminal.keys("y");
    terminal.wait_gone("New container");
    terminal.quit();
}

#[test]
fn limits_hold_and_it_is_stopped_and_removed() {
    let Some((lab, mut terminal, _)) = opened("limits_hold") else {
        return;
    };
    let (name, python) = (lab.name("made"), python());
    let command = if python {
        "python -c \"while True: pass\""
    } else {
        "sh -c 'while :; do :; done'"
    };
    terminal.keys(&format!("{}<tab>{command}", image(python)));
    for (option, text) in [
        ("name", name.as_str()),
        ("label", &label(&lab)),
        ("memory", "512m"),
        ("memory-swap", "512m"),
        ("cpu-period", "100000"),
        ("cpu-quota", "50000"),
        ("cpuset-cpus", "0,1"),
    ] {
        fill(&mut terminal, option, text);
    }
    submit(&mut terminal, &name);
    let host = "{{.State.Status}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} \
                {{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpusetCpus}}";
    assert_eq!(
        field(&name, host),
        "running 536870912 536870912 100000 50000 0,1"
    );
    // the kernel's word
    let memory = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || \
                  cat /sys/fs/cgroup/memory.max";
    assert_eq!(said(&["exec", &name, "sh", "-c", memory]), "536870912");
    let quota = "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || \
                 cut -d' ' -f1 /sys/fs/cgroup/cpu.max";
    assert_eq!(said(&["exec", &name, "sh", "-c", quota]), "50000");
    let used = said(&["stats", "--no-stream", "--format", "{{.CPUPerc}}", &name]);
    let used: f64 = used.trim_end_matches('%').parse().unwrap();
    assert!(
        (5.0..65.0).contains(&used),
        "a busy loop under half a CPU uses {used} %"
    );
    // and what shows of it
    stand_on(&mut terminal, &name);
    terminal.wait_row(&[&name, "/512M"]);
    terminal.keys("s");
    terminal.wait("Stop");
    terminal.keys("y");
    becomes(&terminal, &name, "exited");
    terminal.keys("d");
    terminal.wait("Remove");
    terminal.keys("y");
    terminal.wait(&format!("removed {name}"));
    assert!(!docker(&["inspect", &name]).status.success());
    terminal.quit();
}

#[test]
fn a_log_driver_with_its_options_and_the_lines() {
    let Some((lab, mut terminal, _)) = opened("a_log_driver_with_its_options") else {
        return;
    };
    let (name, python) = (lab.name("made"), python());
    let command = if python {
        "python -m http.server 8080"
    } else {
        "sh -c 'echo begins; exec httpd -f -vv -p 8080 >&2'"
    };
    terminal.keys(&format!("{}<tab>{command}", image(python)));
    for (option, text) in [
        ("name", name.as_str()),
        ("label", &label(&lab)),
        ("publish", "127.0.0.1::8080"),
        ("env", "PYTHONUNBUFFERED=1"),
        ("log-driver", "json-file"),
        ("log-opt", "max-size=10m"),
    ] {
        fill(&mut terminal, option, text);
    }
    submit(&mut terminal, &name);
    let log = r#"{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}"#;
    assert_eq!(field(&name, log), "json-file 10m");
    assert!(field(&name, "{{json .Config.Env}}").contains("PYTHONUNBUFFERED=1"));
    let port = said(&["port", &name, "8080/tcp"]);
    terminal.wait_until("an answer", |_| answers(&port));
    stand_on(&mut terminal, &name);
    // its lines, with times
    terminal.keys("<tab>t");
    let lines = docker(&["logs", "--tail", "50", &name]);
    let lines = [lines.stdout, lines.stderr].concat();
    let lines = String::from_utf8(lines).unwrap();
    let first = lines.lines().next().unwrap();
    let first: String = first.chars().take(20).collect();
    terminal.wait_row(&[&first]);
    terminal.quit();
}

/// Whether a web server answers at an address.
fn answers(address: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(address) else {
        return false;
    };
    let mut answer = String::new();
    let asked = stream.write_all(b"GET / HTTP/1.0\r\n\r\n");
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.")
}

#[test]
fn a_hardened_one_is_held_as_it_was_typed() {
    let Some((lab, mut terminal, _)) = opened("a_hardened_one_is_held") else {
        return;
    };
    let (name, python) = (lab.name("made"), python());
    let command = if python { "python app.py" } else { "sh app.py" };
    terminal.keys(&format!("{}<tab>{command}", image(python)));
    for (option, text) in [
        ("name", name.as_str()),
        ("label", &label(&lab)),
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
    submit(&mut terminal, &name);
    let hard = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{json .HostConfig.CapDrop}} \
                {{json .HostConfig.CapAdd}} {{json .HostConfig.SecurityOpt}} \
                {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}";
    let hard = field(&name, hard).replace("CAP_NET", "NET");
    let expected = r#"nobody true ["ALL"] ["NET_BIND_SERVICE"] ["no-new-privileges"] on-failure 3"#;
    assert_eq!(hard, expected);
    let limits = "{{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}} {{.Hard}}{{end}}";
    assert_eq!(field(&name, limits), "nofile 1024 2048");
    let words: Vec<&str> = command.split(' ').collect();
    let words = format!("[\"{}\"]", words.join("\",\""));
    assert_eq!(field(&name, "{{json .Config.Cmd}}"), words);
    assert!(field(&name, "{{json .Config.Env}}").contains("PYTHONUNBUFFERED=1"));
    terminal.quit();
}

#[test]
fn a_pasted_line_fills_the_form_and_a_refusal_comes_back_to_its_field() {
    let Some((lab, mut terminal, web)) = opened("a_pasted_line_fills_the_form") else {
        return;
    };
    let name = lab.name("made");
    let line = format!(
        "docker run -d --name {name} --label {} \\\n  -e 'A=b c' --memory 64m busybox no-such-program",
        lab.label
    );
    terminal.paste(&line);
    terminal.wait("the line fills the form");
    terminal.keys("<ctrl-s>");
    // the engine's reason is at the command, everything typed is there, nothing was left behind
    terminal.wait("\"no-such-program\": executable");
    terminal.wait("New container");
    assert!(!docker(&["inspect", &name]).status.success());
    terminal.keys("<ctrl-u>sleep 600");
    // a name in use is told before the engine is asked
    fill(&mut terminal, "name", &format!("<ctrl-u>{web}"));
    terminal.wait(&format!("a container {web} is there already"));
    terminal.keys(&format!("<ctrl-u>{name}"));
    submit(&mut terminal, &name);
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

/// Does something else with the form.
fn more(terminal: &mut Terminal, what: &str) {
    terminal.keys("<ctrl-o>");
    terminal.wait("With this form");
    terminal.keys(&format!("{what}<enter>"));
    terminal.wait_gone("With this form");
}

#[test]
fn the_preset_holds_it_and_says_why() {
    let Some((lab, mut terminal, _)) = opened("the_preset_holds_it") else {
        return;
    };
    let (name, python) = (lab.name("made"), python());
    terminal.keys(&format!("{}<tab>sleep 600", image(python)));
    fill(&mut terminal, "name", &name);
    fill(&mut terminal, "label", &label(&lab));
    if !python {
        // an image without users knows nobody by name
        fill(&mut terminal, "user", "65534");
    }
    more(&mut terminal, "Harden");
    terminal.wait("Held at");
    terminal.wait("nobody can change its programs");
    terminal.keys("q");
    terminal.wait_gone("Held at");
    submit(&mut terminal, &name);
    let kernel = "sed -n 's/^\\(CapBnd\\|Seccomp\\|NoNewPrivs\\):.//p' /proc/1/status";
    let kernel = said(&["exec", &name, "sh", "-c", kernel]);
    let mut kernel: Vec<&str> = kernel.lines().collect();
    kernel.sort_unstable();
    assert_eq!(kernel, ["0000000000000400", "1", "2"]);
    let hard = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.RestartPolicy.Name}} \
                {{.HostConfig.PidsLimit}} {{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}} \
                {{.Hard}}{{end}}";
    assert_eq!(field(&name, hard), "true on-failure 200 nofile 1024 2048");
    // what is still loose shows in its detail, with what helps
    stand_on(&mut terminal, &name);
    terminal.keys(":hardening<enter>");
    terminal.wait("of 100:");
    terminal.wait("--memory with what it needs");
    terminal.quit();
}

#[test]
fn a_pasted_compose_service_fills_the_form() {
    let Some((lab, mut terminal, _)) = opened("a_pasted_compose_service") else {
        return;
    };
    let name = lab.name("made");
    terminal.paste(&format!(
        "services:\n  web:\n    image: busybox\n    container_name: {name}\n    command: sleep 600\n    \
         environment:\n      A: b c\n    mem_limit: 64m\n    build: .\n    labels:\n      - {}\n",
        lab.label
    ));
    // what docker run has no word for is told
    terminal.wait("build: docker run has no word for it");
    terminal.keys("q");
    terminal.wait_gone("What was pasted");
    terminal.wait("mem_limit: 64m");
    submit(&mut terminal, &name);
    assert_eq!(field(&name, "{{.HostConfig.Memory}}"), "67108864");
    assert_eq!(field(&name, "{{json .Config.Cmd}}"), r#"["sleep","600"]"#);
    assert!(field(&name, "{{json .Config.Env}}").contains("A=b c"));
    terminal.quit();
}

#[test]
fn a_template_is_kept_loaded_and_removed() {
    let Some((lab, mut terminal, _)) = opened("a_template_is_kept") else {
        return;
    };
    let name = lab.name("made");
    terminal.paste(&format!(
        "docker run -d --label {} -e DB_PASSWORD=hush --memory 64m busybox sleep 600",
        lab.label
    ));
    terminal.wait("the line fills the form");
    more(&mut terminal, "Save as");
    terminal.wait("The name of its file");
    terminal.keys("mine<ctrl-s>");
    terminal.wait("kept as");
    let file = terminal.home().join("config/pilothouse/templates/mine.run");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("-e DB_PASSWORD ") && !text.contains("hush"),
        "{text}"
    );
    terminal.keys("<esc>");
    terminal.wait("Throw away");
    terminal.keys("y");
    terminal.wait_gone("New container");
    terminal.keys(":template mine<enter>");
    terminal.wait("New container");
    terminal.wait("--memory 64m");
    fill(&mut terminal, "name", &name);
    submit(&mut terminal, &name);
    assert_eq!(field(&name, "{{.HostConfig.Memory}}"), "67108864");
    terminal.keys(":template-remove mine<enter>");
    terminal.wait("Remove the template mine?");
    terminal.keys("y");
    terminal.wait("removed the template mine");
    assert!(!file.exists());
    terminal.quit();
}

#[test]
fn another_is_made_like_one_that_is_there() {
    let Some(lab) = Lab::open("another_is_made") else {
        return;
    };
    let options = [
        "-e",
        "A=b",
        "--memory",
        "64m",
        "--init",
        "--cap-drop",
        "ALL",
    ];
    let web = lab.run("web", &options, POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("N");
    terminal.wait(&format!("New container like {web}"));
    let name = format!("{web}-2");
    submit(&mut terminal, &name);
    let same = "{{json .Config.Cmd}} {{json .Config.Env}} {{.HostConfig.Memory}} \
                {{.HostConfig.Init}} {{json .HostConfig.CapDrop}} {{json .Config.Labels}}";
    assert_eq!(field(&name, same), field(&web, same));
    terminal.quit();
}

#[test]
fn paths_of_this_machine_are_completed() {
    let Some((lab, mut terminal, _)) = opened("paths_of_this_machine_are_completed") else {
        return;
    };
    let (name, home) = (lab.name("made"), terminal.home().to_owned());
    std::fs::create_dir_all(home.join("data/inner")).unwrap();
    std::fs::create_dir_all(home.join(".data-hidden")).unwrap();
    std::fs::write(home.join("app.env"), "FROM_FILE=yes\n").unwrap();
    terminal.keys("busybox<tab>sleep 600");
    fill(&mut terminal, "name", &name);
    fill(&mut terminal, "label", &label(&lab));
    // a folder, then what is in it
    fill(&mut terminal, "volume", "~/");
    terminal.wait_row(&["data/", "folder"]);
    assert!(!terminal.text().contains(".data-hidden"));
    terminal.keys("da");
    terminal.keys("<down><enter>");
    terminal.wait_row(&["~/data/"]);
    terminal.wait_row(&["inner/", "folder"]);
    terminal.keys("<down><enter>");
    terminal.wait_row(&["~/data/inner/"]);
    terminal.keys(":/in<enter>./.da");
    terminal.wait_row(&[".data-hidden/", "folder"]);
    terminal.keys("<down><enter>:/hidden");
    // the source of a mount, and a file that the docker command reads
    fill(&mut terminal, "mount", "type=bind,source=~/da");
    terminal.wait_row(&["data/", "folder"]);
    terminal.keys("<down><enter>");
    terminal.wait_row(&["type=bind,source=~/data/"]);
    terminal.keys(",target=/mounted");
    fill(&mut terminal, "env-file", "ap");
    terminal.wait_row(&["│ app.env"]);
    terminal.keys("<down><enter>");
    submit(&mut terminal, &name);
    let mounts = field(
        &name,
        "{{range .Mounts}}{{.Source}}:{{.Destination}} {{end}}",
    );
    let mut mounts: Vec<&str> = mounts.split(' ').collect();
    mounts.sort_unstable();
    let expected = ["/.data-hidden:/hidden", "/data/inner:/in", "/data:/mounted"];
    let at_home = expected.map(|path| format!("{}{path}", home.display()));
    assert_eq!(mounts, at_home);
    assert!(field(&name, "{{json .Config.Env}}").contains("FROM_FILE=yes"));
    terminal.quit();
}

#[test]
fn a_port_that_is_taken_is_told_with_who_has_it() {
    let Some(lab) = Lab::open("a_port_that_is_taken_is_told") else {
        return;
    };
    let holder = lab.run("holder", &["-p", "127.0.0.1::80"], POLITE);
    let port = said(&["port", &holder, "80/tcp"]);
    let port: u16 = port.rsplit(':').next().unwrap().parse().unwrap();
    let (mut terminal, _) = opened_in(&lab);
    let name = lab.name("made");
    terminal.keys("busybox<tab>sleep 600");
    fill(&mut terminal, "name", &name);
    fill(&mut terminal, "label", &label(&lab));
    fill(&mut terminal, "publish", "");
    let told = format!("{holder} holds port {port} of ");
    let (before, behind) = (port - 1, port + 1);
    let taken = [
        format!("{port}:80"),
        format!("127.0.0.1:{port}:80"),
        format!("0.0.0.0:{port}:8080/tcp"),
        format!("{before}-{behind}:80-82"),
    ];
    for text in &taken {
        terminal.keys(&format!("<ctrl-u>{text}"));
        terminal.wait(&told);
        terminal.keys("<ctrl-u>");
        terminal.wait_gone(&told);
    }
    // it cannot be submitted so
    terminal.keys(&format!("{port}:80<ctrl-s>"));
    terminal.wait("1 field to correct");
    terminal.wait(&told);
    assert!(!docker(&["inspect", &name]).status.success());
    // by another protocol, at another address, at the port beside it, it is free
    let free = [
        format!("127.0.0.1:{port}:80/udp"),
        format!("127.0.0.2:{port}:80"),
        format!("[::1]:{port}:80"),
        format!("127.0.0.1:{behind}-{}:80-81", behind + 1),
    ];
    for text in &free {
        terminal.keys(&format!("<ctrl-u>{text}"));
        terminal.wait_row(&["publish ", text]);
        assert!(!terminal.text().contains(&told), "{text}");
    }
    terminal.keys(&format!("<ctrl-u>127.0.0.2:{port}:80"));
    submit(&mut terminal, &name);
    assert_eq!(
        said(&["port", &name, "80/tcp"]),
        format!("127.0.0.2:{port}")
    );
    terminal.quit();
}

#[test]
fn what_a_shell_would_fill_in_is_asked_for() {
    let Some((lab, mut terminal, _)) = opened("what_a_shell_would_fill_in") else {
        return;
    };
    let (name, home) = (lab.name("made"), terminal.home().to_owned());
    std::fs::create_dir(home.join("data")).unwrap();
    terminal.paste(&format!(
        "docker run -d --name {name} --label {} \\\n  -v \"$(pwd)/data:/data\" -v $PWD:/all \\\n  \
         -e WHO=$PH_WHO -e AT=`hostname -f` -e API_TOKEN=${{PH_TOKEN}} busybox sleep 600",
        lab.label
    ));
    terminal.wait("A shell would fill in");
    // the folder that it runs in is known, each is asked once
    terminal.wait_row(&["$PWD", &home.display().to_string()]);
    terminal.keys("<tab>ann<tab>here.example<tab>hunter2hunter2");
    terminal.wait_row(&["$(hostname -f)", "here.example"]);
    terminal.wait_row(&["-e WHO=ann"]);
    terminal.keys("<ctrl-s>");
    terminal.wait("the line fills the form");
    submit(&mut terminal, &name);
    let binds = field(&name, "{{json .HostConfig.Binds}}");
    for bind in [
        format!("{}/data:/data", home.display()),
        format!("{}:/all", home.display()),
    ] {
        assert!(binds.contains(&format!("\"{bind}\"")), "{binds}");
    }
    let env = field(&name, "{{json .Config.Env}}");
    for pair in ["WHO=ann", "AT=here.example", "API_TOKEN=hunter2hunter2"] {
        assert!(env.contains(&format!("\"{pair}\"")), "{env}");
    }
    let seen = String::from_utf8_lossy(&terminal.seen().bytes).into_owned();
    assert!(!seen.contains("hunter2"), "the token showed");
    drop(seen);
    terminal.quit();
}

#[test]
fn what_the_docker_command_does_beside_the_engine_is_done() {
    let Some((lab, mut terminal, _)) = opened("what_the_docker_command_does_beside") else {
        return;
    };
    let (name, home) = (lab.name("made"), terminal.home().to_owned());
    std::fs::write(home.join("app.env"), "# note\nA=from file\nB=1\nHOME\n").unwrap();
    std::fs::write(home.join("app.labels"), "tier=web\nowner=ann b\n").unwrap();
    std::fs::write(
        home.join("open.json"),
        "{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }",
    )
    .unwrap();
    let options = format!(
        "--label {} --env-file app.env -e B=2 --label-file app.labels --cidfile made.cid \
         --security-opt seccomp=open.json --pull never --quiet --platform linux/amd64",
        lab.label
    );
    paste(
        &mut terminal,
        &format!("docker run -d --name {name} {options} busybox sleep 600"),
    );
    terminal.wait(&format!("runs: {name}"));
    let id = std::fs::read_to_string(home.join("made.cid")).unwrap();
    assert_eq!(id, field(&name, "{{.Id}}"));
    let env = field(&name, "{{json .Config.Env}}");
    let at_home = format!("HOME={}", home.display());
    for pair in ["A=from file", "B=2", &at_home] {
        assert!(env.contains(&format!("\"{pair}\"")), "{env}");
    }
    let labels = "{{.Config.Labels.tier}} {{.Config.Labels.owner}}";
    assert_eq!(field(&name, labels), "web ann b");
    // the kernel's word: the profile filters, and lets all through
    let kernel = said(&["exec", &name, "grep", "^Seccomp:", "/proc/1/status"]);
    assert_eq!(kernel.split_whitespace().last(), Some("2"));
    // a file of an id that is there is left alone, and nothing is made
    let again = lab.name("again");
    terminal.keys("n");
    terminal.wait("New container");
    paste(
        &mut terminal,
        &format!("docker run -d --name {again} {options} busybox sleep 600"),
    );
    terminal.wait_row(&["✗", "made.cid", "exists"]);
    assert!(!docker(&["inspect", &again]).status.success());
    assert_eq!(std::fs::read_to_string(home.join("made.cid")).unwrap(), id);
    // a file that is missing is told at its field, and so is an image that must not be pulled
    fill(&mut terminal, "cidfile", "<ctrl-u>");
    fill(&mut terminal, "env-file", "<ctrl-u>nowhere.env<ctrl-s>");
    terminal.wait_row(&["✗", "nowhere.env", "No such file"]);
    fill(&mut terminal, "env-file", "<ctrl-u>");
    terminal.keys("<ctrl-f>image<enter>");
    terminal.keys("<ctrl-u>pilothouse.test/nowhere:1<ctrl-s>");
    terminal.wait_row(&["✗", "No such image"]);
    terminal.keys("<esc>");
    terminal.wait("Throw away");
    terminal.keys("y");
    terminal.quit();
}

/// A program that answers for passwords as the docker command's helpers do: what it is asked and
/// what it answers are files beside it.
fn helper(home: &std::path::Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let programs = home.join("programs");
    std::fs::create_dir(&programs).unwrap();
    let file = programs.join("docker-credential-pilothouse-test");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = get ] || exit 3\ncat >> {0}/asked\necho >> {0}/asked\n\
         cat {0}/answer\nread code < {0}/code\nexit $code\n",
        home.display()
    );
    std::fs::write(&file, script).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:{}", programs.display(), std::env::var("PATH").unwrap())
}

#[test]
fn credential_helpers_are_asked_for_a_pull() {
    let Some(lab) = Lab::open("credential_helpers_are_asked") else {
        return;
    };
    let Some(own) = Registry::open("with_credentials") else {
        return;
    };
    let image = own.offer("fresh:1.0");
    let (registry, user, password) = (&own.at, USER, PASSWORD);
    let start = Start::new(&[]).size(200, 50);
    let home = start.home().to_owned();
    let path = helper(&home);
    let settings = home.join(".docker");
    std::fs::create_dir(&settings).unwrap();
    let says = |settings_say: &str, secret: &str, code: u8| {
        std::fs::write(settings.join("config.json"), settings_say).unwrap();
        let answer =
            format!(r#"{{"ServerURL":"{registry}","Username":"{user}","Secret":"{secret}"}}"#);
        std::fs::write(home.join("answer"), answer).unwrap();
        std::fs::write(home.join("code"), format!("{code}\n")).unwrap();
    };
    let for_one = format!(r#"{{"credHelpers":{{"{registry}":"pilothouse-test"}}}}"#);
    let for_all = r#"{"credsStore":"pilothouse-test"}"#;
    says(&for_one, "wrong", 0);
    let mut terminal = start.env("PATH", &path).spawn();
    terminal.wait("● live");
    let make = |terminal: &mut Terminal, name: &str, pull: &str| {
        terminal.keys("n");
        terminal.wait("New container");
        let line = format!(
            "docker create --pull {pull} --name {name} --label {} {image} x",
            lab.label
        );
        paste(terminal, &line);
    };
    // what the helper says is what the registry is asked with
    let (one, two, three) = (lab.name("one"), lab.name("two"), lab.name("three"));
    make(&mut terminal, &one, "missing");
    terminal.wait_row(&["✗", "unauthorized"]);
    says(&for_one, password, 0);
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("created {one}"));
    assert_eq!(field(&one, "{{.Config.Image}}"), image);
    // the same by a helper for every registry; the image is there, and is asked for all the same
    says(for_all, "wrong", 0);
    make(&mut terminal, &two, "always");
    terminal.wait_row(&["✗", "unauthorized"]);
    says(for_all, password, 0);
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("created {two}"));
    let asked = std::fs::read_to_string(home.join("asked")).unwrap();
    let asked: Vec<&str> = asked.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(asked, [registry.as_str(); 4]);
    // one that fails is told, without its words, which may hold what it keeps
    says(for_all, password, 1);
    make(&mut terminal, &three, "always");
    terminal.wait_row(&["✗", "no basic auth"]);
    terminal.wait_until("the helper's failure in the form", |seen| {
        seen.shows("New container") && seen.shows("the credential")
    });
    // nothing is pulled where nothing is missing, and no helper is asked
    fill(&mut terminal, "pull", "<ctrl-u>missing<ctrl-s>");
    terminal.wait(&format!("created {three}"));
    let asked = std::fs::read_to_string(home.join("asked")).unwrap();
    assert_eq!(asked.lines().filter(|line| !line.is_empty()).count(), 5);
    let seen = String::from_utf8_lossy(&terminal.seen().bytes).into_owned();
    assert!(!seen.contains(password), "the password showed");
    drop(seen);
    terminal.quit();
    docker(&["rm", "-f", &one, &two, &three]);
    docker(&["image", "rm", &image]);
}

#[test]
fn an_image_is_pulled_with_the_credentials_of_the_docker_command() {
    use base64::Engine as _;
    let Some(lab) = Lab::open("an_image_is_pulled") else {
        return;
    };
    let Some(own) = Registry::open("with_credentials") else {
        return;
    };
    let image = own.offer("fresh:1.0");
    let (registry, user, password) = (&own.at, USER, PASSWORD);
    let start = Start::new(&[]).size(200, 50);
    let settings = start.home().join(".docker");
    std::fs::create_dir(&settings).unwrap();
    let login = |password: &str| {
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let text = format!(r#"{{"auths":{{"{registry}":{{"auth":"{auth}"}}}}}}"#);
        std::fs::write(settings.join("config.json"), text).unwrap();
    };
    login("wrong");
    let mut terminal = start.spawn();
    terminal.wait("● live");
    terminal.keys("n");
    terminal.wait("New container");
    let name = lab.name("made");
    terminal.paste(&format!(
        "docker create --name {name} --label {} {image} x",
        lab.label
    ));
    terminal.wait("the line fills the form");
    terminal.keys("<ctrl-s>");
    // refused: the form comes back, the reason is at the image
    terminal.wait_row(&["✗", "unauthorized"]);
    terminal.wait("New container");
    login(password);
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("created {name}"));
    assert_eq!(field(&name, "{{.Config.Image}}"), image);
    let seen = String::from_utf8_lossy(&terminal.seen().bytes).into_owned();
    assert!(!seen.contains(password), "the password showed");
    drop(seen);
    terminal.quit();
    docker(&["rm", "-f", &name]);
    docker(&["image", "rm", &image]);
}
