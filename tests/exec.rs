//! Commands in a real engine's containers, by keys in a real terminal, with and without the
//! terminal; their output and `docker` are the witnesses. Without an engine nothing is tried, and
//! it says so; CI must have one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use pty::Start;
use pty::lab::{Lab, POLITE, said};

#[test]
fn a_command_runs_as_the_form_says_and_its_output_is_read() {
    let Some(lab) = Lab::open("a_command_runs_as_the_form_says") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("E");
    terminal.wait(&format!("Run a command in {web}"));
    // every letter is text, q and ? too
    terminal.keys("sh -c 'echo as-$(id -u):$(id -g) in-$PWD has-$A; echo q?; exit 3'");
    terminal.keys("<tab>1000:2000<tab>tmp");
    terminal.wait("`tmp` is no whole path");
    terminal.keys("<home>/<tab>A=b c<ctrl-s>");
    terminal.wait("as-1000:2000 in-/tmp has-b c");
    terminal.wait("exit code 3");
    terminal.keys("/q?<enter>");
    terminal.wait("1 hit");
    terminal.keys("<ctrl-s>");
    terminal.wait("file:");
    let file = terminal.home().join("out.txt");
    terminal.keys(&format!("<ctrl-u>{}<enter>", file.display()));
    terminal.wait("saved to");
    let saved = std::fs::read_to_string(&file).unwrap();
    assert!(
        saved.contains("as-1000:2000") && saved.contains("q?"),
        "{saved}"
    );
    terminal.keys("q0");
    terminal.wait_row(&["docker exec -e 'A=b c' -u 1000:2000 -w /tmp", &web]);
    terminal.quit();
}

#[test]
fn ten_megabytes_of_output_hold_up_nothing() {
    let Some(lab) = Lab::open("ten_megabytes_of_output") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("E");
    terminal.wait("Run a command");
    terminal.keys(
        "sh -c 'head -c 10485760 /dev/zero | tr \\\\0 x | fold -w 99; echo; echo the-last'<ctrl-s>",
    );
    terminal.wait("the-last");
    terminal.wait("exit code 0");
    terminal.keys("g");
    terminal.wait("held");
    terminal.keys("G");
    terminal.wait("the-last");
    terminal.quit();
}

#[test]
fn a_command_with_the_terminal_has_it_and_gives_it_back() {
    let Some(lab) = Lab::open("a_command_with_the_terminal") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("E");
    terminal.wait("Run a command");
    let before = terminal.seen().bytes.len();
    terminal.keys("sh<tab>1000<tab><tab>A=xyz<tab><tab><space><ctrl-s>");
    terminal.wait_until("a prompt", |seen| {
        let new = seen.bytes.get(before..).unwrap_or_default();
        !seen.screen().alternate_screen() && new.contains(&b'$')
    });
    terminal.keys("echo $(id -u)-$A-$(stty size | tr ' ' x)\r");
    terminal.wait("1000-xyz-50x200");
    terminal.keys("exit 5\r");
    terminal.wait("ended with exit code 5");
    terminal.wait_row(&[&web, "running"]);
    terminal.keys("0");
    terminal.wait_row(&["docker exec -e A=xyz -u 1000 -it", &web, "sh"]);
    assert_eq!(
        said(&["inspect", "-f", "{{.State.Status}}", &web]),
        "running"
    );
    terminal.quit();
}

#[test]
fn a_command_that_is_given_up_is_told_so() {
    let Some(lab) = Lab::open("a_command_that_is_given_up") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let mut terminal = lab.look(&web);
    terminal.keys("E");
    terminal.wait("Run a command");
    terminal.keys("sh -c 'echo begun; sleep 600'<ctrl-s>");
    terminal.wait_row(&["begun"]);
    terminal.wait("running for");
    let runs = || said(&["top", &web]).contains("sleep 600");
    terminal.wait_until("the sleep", |_| runs());
    terminal.keys("<ctrl-x>");
    terminal.wait("ended in the container by SIGTERM");
    terminal.wait_until("its end", |_| !runs());
    terminal.keys("q");
    terminal.wait_row(&[&web, "running"]);
    terminal.quit();
}

#[test]
fn attaching_talks_to_the_first_process_and_leaves_it_running() {
    let Some(lab) = Lab::open("attaching_talks_to_the_first_process") else {
        return;
    };
    let web = lab.run("web", &["-it"], "read name; echo hello-$name; exec sh");
    let deaf = lab.run("deaf", &[], POLITE);
    let mut terminal = lab.look(&web);
    let before = terminal.seen().bytes.len();
    terminal.keys("A");
    terminal.wait_until("the terminal", |seen| {
        !seen.screen().alternate_screen() && seen.bytes.len() > before
    });
    terminal.keys("ada\r");
    terminal.wait("hello-ada");
    terminal.keys("echo size-$(stty size | tr ' ' x)\r");
    terminal.wait("size-50x200");
    terminal.detach();
    terminal.wait(&format!("detached: {web} goes on"));
    let running = said(&[
        "inspect",
        "-f",
        "{{.State.Running}} {{.RestartCount}}",
        &web,
    ]);
    assert_eq!(running, "true 0");
    // it ends by what is typed: that is told with its exit code
    terminal.keys("A");
    terminal.wait_until("the terminal", |seen| !seen.screen().alternate_screen());
    terminal.keys("exit 6\r");
    terminal.wait("ended with exit code 6");
    assert_eq!(said(&["inspect", "-f", "{{.State.ExitCode}}", &web]), "6");
    // one without a terminal is talked to by lines
    let lines = lab.run(
        "lines",
        &["-i"],
        "while read n; do echo got-$n; done; exit 4",
    );
    terminal.keys(&format!(":{lines}<enter>"));
    terminal.wait(&format!(" {lines} ─"));
    terminal.wait_row(&["▌", &lines, "running"]);
    terminal.keys("A");
    terminal.wait_until("the terminal", |seen| !seen.screen().alternate_screen());
    terminal.keys("evx<backspace>e\r");
    terminal.wait_row(&["got-eve"]);
    terminal.keys("two\r");
    terminal.wait_row(&["got-two"]);
    terminal.detach();
    terminal.wait(&format!("detached: {lines} goes on"));
    assert_eq!(
        said(&["inspect", "-f", "{{.State.Status}}", &lines]),
        "running"
    );
    // one that takes no input says so
    terminal.keys(&format!(":{deaf}<enter>"));
    terminal.wait(&format!(" {deaf} ─"));
    terminal.keys("A");
    terminal.wait("it was started without -i");
    terminal.keys("0");
    terminal.wait_row(&["docker attach", &web]);
    terminal.quit();
}

/// Whether a program of this machine sleeps for so long.
fn sleeps(seconds: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = all.flat_map(|process| std::fs::read(process.path().join("cmdline")));
    lines.any(|line| line == format!("sleep\0{seconds}\0").as_bytes())
}

#[test]
fn commands_of_ones_own_run_in_a_pane_or_with_the_terminal() {
    let Some(lab) = Lab::open("commands_of_ones_own") else {
        return;
    };
    let web = lab.run("web", &[], POLITE);
    let config = r#"
[[commands]]
name = "Inspect it"
key = "i"
run = ["docker", "inspect", "-f", "state-{{.State.Status}} {{asked}}", "{{name}}"]
ask = ["asked"]
changes = false

[[commands]]
name = "Words"
key = "w"
run = ["sh", "-c", 'echo "got-{{name}}"; echo bad >&2; exit 4']
changes = false

[[commands]]
name = "Go on"
key = "g"
run = ["sh", "-c", 'sleep 98761 & echo go"ne-on"; wait']
changes = false

[[commands]]
name = "Ask me"
key = "t"
run = ["sh", "-c", 'printf "who? "; read who; echo "hello-$who to {{name}}"; read end']
in = "terminal"
"#;
    let mut terminal = Start::new(&[]).size(200, 50).config(config).spawn();
    terminal.wait("● live");
    terminal.keys(&format!(":{web}<enter>"));
    terminal.wait(&format!(" {web} ─"));
    terminal.keys("!i");
    terminal.wait("Inspect it");
    terminal.keys("x y<ctrl-s>");
    terminal.wait("state-running x y");
    terminal.wait("exit code 0");
    terminal.keys("q!w");
    terminal.wait(&format!("got-{web}"));
    terminal.wait("bad");
    terminal.wait("exit code 4");
    // given up, it goes with all that it began
    let runs = || sleeps("98761");
    terminal.keys("q!g");
    terminal.wait("gone-on");
    terminal.wait_until("the sleep", |_| runs());
    terminal.keys("<ctrl-x>");
    terminal.wait("cancelled");
    terminal.wait_until("its end", |_| !runs());
    terminal.keys("q!t");
    terminal.wait_until("the question", |seen| {
        !seen.screen().alternate_screen() && seen.shows("who?")
    });
    terminal.keys("ada<enter>");
    terminal.wait(&format!("hello-ada to {web}"));
    // Ctrl-C ends the program, not this one
    terminal.keys("<ctrl-c>");
    terminal.wait_until("the screen", |seen| seen.screen().alternate_screen());
    terminal.keys("0");
    terminal.wait_row(&["docker inspect -f", &web]);
    terminal.quit();
}
