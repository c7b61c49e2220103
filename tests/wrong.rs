//! What happens and what is wrong on a real engine, on the screens for it, in a real terminal.
//! Without an engine nothing is tried, and it says so; CI must have one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::lab::{Lab, POLITE, docker, said, state};

#[test]
fn what_is_wrong_is_told_with_its_reason() {
    let Some(lab) = Lab::open("what_is_wrong_is_told_with_its_reason") else {
        return;
    };
    let fine = lab.run("fine", &[], POLITE);
    let mut terminal = lab.look(&fine);
    let check = [
        "--health-cmd",
        "echo nobody-is-home; exit 1",
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
    ];
    let sick = lab.run("sick", &check, POLITE);
    let memory = ["-m", "32m", "--memory-swap", "32m"];
    let hungry = lab.run("hungry", &memory, "x=x; while :; do x=$x$x; done");
    let failed = lab.run("failed", &[], "exit 3");
    let loops = lab.run("loops", &["--restart", "always"], "exit 4");
    let stopped = lab.run("stopped", &[], "sleep 600");
    said(&["stop", "-t", "0", &stopped]);
    terminal.keys("9");
    // other tests may be at work on the same engine
    terminal.keys(&format!("/{}<enter>", lab.name("")));
    terminal.wait_row(&[&sick, "unhealthy", "nobody-is-home"]);
    terminal.wait_row(&[&hungry, "OOM-killed", "memory"]);
    assert_eq!(
        said(&["inspect", "-f", "{{.State.OOMKilled}}", &hungry]),
        "true"
    );
    terminal.wait_row(&[&failed, "exited 3"]);
    terminal.wait_row(&[&loops, "restart loop", "exit 4"]);
    // one that was told to stop is there, and below whatever failed
    terminal.wait_row(&[&stopped, "exited 137", "did not stop in time"]);
    let row_of = |name: &str| terminal.find(name).1;
    assert!(row_of(&loops) < row_of(&sick) && row_of(&sick) < row_of(&failed));
    assert!(row_of(&failed) < row_of(&stopped));
    assert!(!terminal.seen().shows(&fine), "{}", terminal.text());
    // and what was wrong goes when it is well again
    docker(&["rm", "-f", &sick]);
    terminal.wait_gone(&sick);
    terminal.keys(&format!("/<ctrl-u>{failed}<enter><enter>"));
    terminal.wait(&format!(" {failed} ─"));
    terminal.wait_row(&["1 Containers"]);
    let started = || said(&["inspect", "-f", "{{.State.StartedAt}}", &failed]);
    let before = started();
    terminal.keys("s");
    terminal.wait_until("another life", |_| started() != before);
    terminal.quit();
}

#[test]
fn events_come_as_docker_acts_and_lead_to_their_containers() {
    let Some(lab) = Lab::open("events_come_as_docker_acts_and_lead_to_their_containers") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("8");
    terminal.keys(&format!("/{}<enter>", lab.name("")));
    // what was before one looked is told by the engine
    terminal.wait_row(&["container", &web, "start"]);
    let network = lab.name("net");
    said(&[
        "network",
        "create",
        "--label",
        &lab.label,
        "--internal",
        &network,
    ]);
    terminal.wait_row(&["network", &network, "create"]);
    said(&["network", "connect", &network, &web]);
    terminal.wait_row(&["network", &network, "connect", &format!("container {web}")]);
    said(&["exec", &web, "true"]);
    said(&["kill", "-s", "USR1", &web]);
    terminal.wait_row(&["container", &web, "kill", "SIGUSR1"]);
    assert!(!terminal.seen().shows("exec_"), "{}", terminal.text());
    terminal.keys("a");
    said(&["exec", &web, "true"]);
    terminal.wait_row(&[&web, "exec_create"]);
    terminal.keys("a");
    terminal.wait_gone("exec_create");
    // from a network's event to the container that it is about
    terminal.keys(&format!(
        "/<ctrl-u>type:network action:connect {network}<enter>"
    ));
    terminal.wait_row(&["▌", &network, "connect"]);
    terminal.keys("<enter>");
    terminal.wait(&format!(" {web} ─"));
    assert_eq!(state(&web), "running");
    said(&["network", "disconnect", "-f", &network, &web]);
    said(&["network", "rm", &network]);
    terminal.quit();
}

#[test]
fn a_host_tells_what_it_is_and_leads_to_its_containers() {
    let Some(lab) = Lab::open("a_host_tells_what_it_is") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("7");
    terminal.wait_row(&["▌", "live"]);
    let version = said(&["version", "-f", "{{.Server.Version}}"]);
    let version = version.split('+').next().unwrap();
    terminal.wait_row(&["engine", version]);
    let system = said(&["info", "-f", "{{.OperatingSystem}}"]);
    terminal.wait_row(&["system", &system]);
    terminal.wait_row(&["ping", "ms"]);
    terminal.wait_row(&["clock", "as here"]);
    terminal.wait_row(&["1 of 1", "live", "1 running"]);
    terminal.keys("<enter>");
    terminal.wait_row(&[&web, "running"]);
    terminal.quit();
}
