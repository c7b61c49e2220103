//! A real engine's containers for tests in a terminal: made and removed by the `docker` command,
//! which is also the witness of what became of them.

#![allow(clippy::manual_is_multiple_of, reason = "what is skipped says so")]

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use super::skip::skip;
use super::{LIMIT, Start, Terminal};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Containers, networks, volumes and images of one test; they go with it, whatever becomes of it.
pub struct Lab {
    pub label: String,
    prefix: String,
}

pub fn docker(args: &[&str]) -> Output {
    Command::new("docker").args(args).output().unwrap()
}

/// What the docker command prints; it must not fail.
pub fn said(args: &[&str]) -> String {
    let output = docker(args);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {error}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Lab {
    /// None: there is no engine here.
    pub fn open(test: &str) -> Option<Self> {
        let there = Command::new("docker")
            .args(["image", "inspect", "busybox"])
            .output()
            .is_ok_and(|output| output.status.success());
        if !there {
            skip(&format!("{test}: no engine with a busybox image answers"));
            return None;
        }
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        Some(Self {
            label: format!("pilothouse.test.run={name}"),
            prefix: format!("pht{name}"),
        })
    }

    pub fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// A busybox container that runs a shell line; `args` go before the image.
    pub fn run(&self, name: &str, args: &[&str], line: &str) -> String {
        let args = [args, &["busybox", "sh", "-c", line]].concat();
        let (name, output) = self.try_run(name, &args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker run {args:?}: {error}");
        name
    }

    /// A container made of options, image and command; it may not start.
    pub fn try_run(&self, name: &str, args: &[&str]) -> (String, Output) {
        let name = self.name(name);
        let mut all = vec!["run", "-d", "--name", &name, "--label", "pilothouse.test=1"];
        all.extend(["--label", &self.label]);
        all.extend(args);
        let output = docker(&all);
        (name, output)
    }

    /// A network of a subnet.
    pub fn network(&self, name: &str, subnet: &str) -> String {
        let name = self.name(name);
        let label = self.label.as_str();
        said(&[
            "network", "create", "--label", label, "--subnet", subnet, &name,
        ]);
        name
    }

    /// A volume.
    pub fn volume(&self, name: &str) -> String {
        let name = self.name(name);
        said(&["volume", "create", "--label", &self.label, &name]);
        name
    }

    /// The program with this test's containers alone in its list, the first under the cursor.
    pub fn look(&self, first: &str) -> Terminal {
        self.look_with(Start::new(&[]), first)
    }

    /// The program with this test's containers alone in its list.
    pub fn list(&self, start: Start) -> Terminal {
        let mut terminal = start.size(200, 50).spawn();
        // before there is a list, nothing can be filtered
        terminal.wait_until("the list", |seen| {
            seen.shows("● live") && !seen.shows("listing its containers")
        });
        terminal.keys(&format!("/label:{}<enter>", self.label));
        terminal
    }

    /// The same by a start of one's own.
    pub fn look_with(&self, start: Start, first: &str) -> Terminal {
        let mut terminal = self.list(start);
        terminal.wait(first);
        terminal.keys("g");
        terminal.keys(&format!(":{first}<enter>"));
        terminal.wait(&format!(" {first} ─"));
        terminal
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let filter = format!("label={}", self.label);
        let ids = docker(&["ps", "-aq", "--filter", &filter]).stdout;
        for id in String::from_utf8_lossy(&ids).lines() {
            docker(&["rm", "-fv", id]);
        }
        let ids = docker(&["network", "ls", "-q", "--filter", &filter]).stdout;
        for id in String::from_utf8_lossy(&ids).lines() {
            docker(&["network", "rm", id]);
        }
        let ids = docker(&["volume", "ls", "-q", "--filter", &filter]).stdout;
        for id in String::from_utf8_lossy(&ids).lines() {
            docker(&["volume", "rm", id]);
        }
        // images last: containers are of them
        let ids = docker(&["images", "-aq", "--filter", &filter]).stdout;
        for id in String::from_utf8_lossy(&ids).lines() {
            docker(&["rmi", "-f", id]);
        }
    }
}

/// The first three parts of addresses that nobody else on this engine is likely to have.
pub fn subnet() -> String {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let place = std::process::id().wrapping_mul(31).wrapping_add(number);
    format!("10.{}.{}", 100 + place % 100, place / 100 % 250)
}

/// Ends at once when it is asked to.
pub const POLITE: &str = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done";

pub fn state(name: &str) -> String {
    said(&["inspect", "-f", "{{.State.Status}}", name])
}

/// Waits until the engine says so; what the screen says is waited for beside it.
pub fn becomes(terminal: &Terminal, name: &str, wanted: &str) {
    terminal.wait_within(LIMIT, &format!("{name} {wanted}"), |seen| {
        // of the list, not of what is told beside it
        let row = |row: &str| {
            let row: String = row.chars().take(60).collect();
            row.contains(&format!(" {name} ")) && row.contains(wanted)
        };
        seen.text().lines().any(row) && state(name) == wanted
    });
}
