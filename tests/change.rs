//! Containers changed and made anew by keys in a real terminal against a real engine; `docker
//! inspect` is the witness. Without an engine nothing is tried, and it says so; CI must have one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

#[path = "change/pulled.rs"]
mod pulled;
#[path = "change/upgrade.rs"]
mod upgrade;

use pty::Terminal;
use pty::lab::{Lab, POLITE, docker, said, subnet};

fn field(name: &str, format: &str) -> String {
    said(&["inspect", "-f", format, name])
}

/// Types into a field that is found by its name, in place of what it held.
fn fill(terminal: &mut Terminal, field: &str, text: &str) {
    terminal.keys("<ctrl-f>");
    terminal.wait("Find a field");
    terminal.keys(&format!("{field}<enter>"));
    terminal.wait_gone("Find a field");
    terminal.keys(&format!("<ctrl-u>{text}"));
}

const LIMITS: &str = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} \
    {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}} {{.HostConfig.CpusetCpus}} \
    {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}} \
    {{.HostConfig.RestartPolicy.MaximumRetryCount}}";

#[test]
fn limits_are_changed_while_it_runs() {
    let Some(lab) = Lab::open("limits_are_changed_while_it_runs") else {
        return;
    };
    let web = lab.run("web", &["--memory", "64m"], POLITE);
    let mut terminal = lab.look(&web);
    terminal.wait("/64.0MiB");
    terminal.keys("u");
    terminal.wait(&format!("Limits of {web}"));
    // what is used stands beside what is allowed
    terminal.wait("95 % of the time up to");
    for (option, text) in [
        ("memory", "128m"),
        ("memory-reservation", "32m"),
        ("cpus", "0.5"),
        ("cpu-shares", "512"),
        ("cpuset-cpus", "0"),
        ("pids-limit", "100"),
        ("restart", "on-failure:3"),
    ] {
        fill(&mut terminal, option, text);
    }
    // swap goes along
    terminal.wait("--memory 128m --memory-swap 256m");
    terminal.keys("<ctrl-s>");
    terminal.wait("changed the limits of");
    let (memory, swap, reserved) = (128 << 20, 256 << 20, 32 << 20);
    assert_eq!(
        field(&web, LIMITS),
        format!("{memory} {swap} {reserved} 500000000 512 0 100 on-failure 3")
    );
    terminal.keys("0");
    terminal.wait_row(&["docker update --memory 128m"]);
    terminal.quit();
}

#[test]
fn what_cannot_be_taken_off_says_why_and_recreates() {
    let Some(lab) = Lab::open("what_cannot_be_taken_off_says_why") else {
        return;
    };
    let web = lab.run(
        "web",
        &["--memory", "64m", "-e", "A=kept", "-v", "/data"],
        POLITE,
    );
    said(&["exec", &web, "sh", "-c", "echo saved >/data/x"]);
    let id = field(&web, "{{.Id}}");
    let mut terminal = lab.look(&web);
    terminal.keys("u");
    terminal.wait(&format!("Limits of {web}"));
    fill(&mut terminal, "memory", "");
    terminal.wait("64m would stay");
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("Limits of {web}"));
    assert_eq!(field(&web, "{{.HostConfig.Memory}}"), "67108864");
    fill(&mut terminal, "recreate", " ");
    terminal.wait("is made anew with that");
    terminal.keys("<ctrl-s>");
    terminal.wait(&format!("Make {web} anew with other settings?"));
    terminal.keys("y");
    terminal.wait_within(upgrade::LONG, "the old one to go", |seen| {
        seen.shows("docker rm -f") && seen.shows("removed")
    });
    assert_ne!(field(&web, "{{.Id}}"), id);
    assert_eq!(field(&web, "{{.HostConfig.Memory}}"), "0");
    assert!(field(&web, "{{json .Config.Env}}").contains("A=kept"));
    assert_eq!(said(&["exec", &web, "cat", "/data/x"]), "saved");
    terminal.keys("q");
    terminal.quit();
}

#[test]
fn a_number_of_cpus_excludes_a_quota() {
    let Some(lab) = Lab::open("a_number_of_cpus_excludes_a_quota") else {
        return;
    };
    let web = lab.run("web", &["--cpus", "1"], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("u");
    terminal.wait(&format!("Limits of {web}"));
    fill(&mut terminal, "cpu-quota", "50000");
    terminal.wait("CPUs as a number");
    fill(&mut terminal, "cpu-quota", "");
    terminal.wait_gone("CPUs as a number");
    fill(&mut terminal, "cpus", "0.75");
    terminal.keys("<ctrl-s>");
    terminal.wait("changed the limits of");
    assert_eq!(field(&web, "{{.HostConfig.NanoCpus}}"), "750000000");
    terminal.quit();
}

#[test]
fn networks_are_joined_and_left() {
    let Some(lab) = Lab::open("networks_are_joined_and_left") else {
        return;
    };
    let part = subnet();
    let net = lab.network("back", &format!("{part}.0/24"));
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys(":network-connect<enter>");
    terminal.wait(&format!("Connect {web} to a network"));
    terminal.keys(&net);
    fill(&mut terminal, "alias", "database");
    fill(&mut terminal, "ip", &format!("{part}.9"));
    terminal.wait(&format!(
        "docker network connect --ip {part}.9 --alias database {net} {web}"
    ));
    terminal.keys("<ctrl-s>");
    terminal.wait("connected");
    let format = format!(
        "{{{{with index .NetworkSettings.Networks \"{net}\"}}}}{{{{.IPAddress}}}} {{{{.Aliases}}}}{{{{end}}}}"
    );
    let told = field(&web, &format);
    assert!(told.starts_with(&format!("{part}.9 [database")), "{told}");
    terminal.keys(":network-disconnect<enter>");
    terminal.wait("network");
    terminal.keys(&format!("<ctrl-u>{net}<enter>"));
    terminal.wait(&format!("Disconnect {web} from {net}?"));
    terminal.keys("y");
    terminal.wait("disconnected");
    assert_eq!(field(&web, &format), "");
    // the engine's reason comes back to its field
    terminal.keys(":network-connect<enter>");
    terminal.wait(&format!("Connect {web} to a network"));
    terminal.keys("no-such-net<ctrl-s>");
    terminal.wait("network no-such-net not found");
    terminal.keys("<ctrl-c>y");
    terminal.quit();
}

#[test]
fn an_image_an_archive_and_the_changes_are_made_of_it() {
    let Some(lab) = Lab::open("an_image_an_archive_and_the_changes") else {
        return;
    };
    let web = lab.run("web", &[], &format!("echo new >/made; {POLITE}"));
    let image = format!("{}:one", lab.name("image"));
    let mut terminal = lab.look(&web);
    terminal.keys(":diff<enter>");
    terminal.wait("A /made");
    terminal.keys("/made<enter>");
    terminal.wait("1 of 1");
    terminal.keys("q");
    terminal.keys(":commit<enter>");
    terminal.wait(&format!("Make an image of {web}"));
    terminal.keys(&image);
    fill(&mut terminal, "message", "with a file");
    fill(&mut terminal, "change", "ENV ADDED=1");
    terminal.keys("<ctrl-s>");
    terminal.wait("made an image of");
    let env = said(&[
        "image",
        "inspect",
        "-f",
        "{{.Comment}} {{json .Config.Env}}",
        &image,
    ]);
    assert!(
        env.starts_with("with a file") && env.contains("ADDED=1"),
        "{env}"
    );
    assert_eq!(said(&["run", "--rm", &image, "cat", "/made"]), "new");
    said(&["rmi", &image]);
    // all its files, and never over one that is there
    terminal.keys(":export<enter>");
    terminal.wait("file");
    let tar = terminal.home().join("all.tar");
    terminal.keys(&format!("<ctrl-u>{}<enter>", tar.display()));
    terminal.wait("copied");
    let listed = std::process::Command::new("tar")
        .arg("tf")
        .arg(&tar)
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&listed.stdout)
            .lines()
            .any(|line| line == "made")
    );
    terminal.keys(":export<enter>");
    terminal.wait("file");
    terminal.keys(&format!("<ctrl-u>{}<enter>", tar.display()));
    terminal.wait("there already");
    terminal.keys("0");
    for line in [
        "docker diff",
        "docker commit -m 'with a file'",
        "docker export -o",
    ] {
        terminal.wait_row(&[line]);
    }
    terminal.quit();
}

#[test]
fn an_export_that_is_given_up_leaves_no_file() {
    let Some(lab) = Lab::open("an_export_that_is_given_up_leaves_no_file") else {
        return;
    };
    let web = lab.run(
        "web",
        &[],
        &format!("dd if=/dev/zero of=/big bs=1M count=600 2>/dev/null; echo filled; {POLITE}"),
    );
    let mut terminal = lab.look(&web);
    terminal.wait("filled");
    let tar = terminal.home().join("all.tar");
    let part = terminal.home().join("all.tar.part");
    terminal.keys(":export<enter>");
    terminal.wait("file");
    terminal.keys(&format!("<ctrl-u>{}<enter>", tar.display()));
    terminal.wait_until("the export to be under way", |_| {
        part.metadata().is_ok_and(|part| part.len() > 1 << 20)
    });
    terminal.keys("<ctrl-x>");
    terminal.wait("cancelled");
    terminal.wait_until("the file to go", |_| !part.exists() && !tar.exists());
    assert!(docker(&["inspect", &web]).status.success());
    terminal.quit();
}
