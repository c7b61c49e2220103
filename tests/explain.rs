//! `pilothouse explain`: the built program, without a terminal and without an engine.

#![expect(clippy::unwrap_used, reason = "a fault here is a failed test")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs the program with a text on its standard input.
fn explain(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .arg("explain")
        .args(args)
        .env("DOCKER_HOST", "unix:///nowhere")
        .env_remove("NOT_SET")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn each_option_is_said_with_its_help() {
    let line =
        "docker run -d --name web -p 8080:80 -e DB_PASSWORD=hush nginx nginx -g 'daemon off;'";
    let words = [
        "--",
        "docker",
        "run",
        "-d",
        "--name",
        "web",
        "-p",
        "8080:80",
        "-e",
        "DB_PASSWORD=hush",
        "nginx",
        "nginx",
        "-g",
        "daemon off;",
    ];
    let by_words = explain(&words, "");
    let by_input = explain(&[], line);
    assert_eq!(out(&by_words), out(&by_input));
    assert!(by_words.status.success(), "{}", err(&by_words));
    for part in [
        "--detach ",
        "Run in the background",
        "--publish 8080:80 ",
        "--env DB_PASSWORD=••••••••",
        "nginx -g 'daemon off;'",
    ] {
        assert!(out(&by_words).contains(part), "{part}:\n{}", out(&by_words));
    }
    assert!(!out(&by_words).contains("hush"));
    let line = "docker run --log-opt splunk-token=hush redis redis-server --requirepass hush";
    let told = out(&explain(&[], line));
    assert!(told.contains("splunk-token=••••••••"), "{told}");
    assert!(!told.contains("hush"), "{told}");
}

#[test]
fn the_request_is_printed_as_it_would_be_sent() {
    let line = "docker run --platform linux/aarch64 --name web -m 512m -v ./data:/data nginx";
    let output = explain(&["--json", "--api", "1.41"], line);
    assert!(output.status.success(), "{}", err(&output));
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(json["path"], "/v1.41/containers/create");
    assert_eq!(json["query"]["name"], "web");
    assert_eq!(json["query"]["platform"], "linux/arm64");
    assert_eq!(json["body"]["HostConfig"]["Memory"], 512 << 20);
    let dir = std::env::current_dir().unwrap();
    let bind = format!("{}/data:/data", dir.display());
    assert_eq!(json["body"]["HostConfig"]["Binds"][0], bind);
    assert!(json["body"]["NetworkingConfig"]["EndpointsConfig"]["default"].is_object());
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_exit_code_2() {
    let cases = [
        (
            "docker run \\\n  --naem web nginx",
            "line 2, column 3: there is no option --naem; did you mean --name?",
        ),
        (
            "docker run -m lots nginx",
            "line 1, column 12: --memory: `lots` is no size",
        ),
        (
            "docker run -e A=$NOT_SET nginx",
            "line 1, column 17: the variable NOT_SET is not set here",
        ),
        (
            "docker run -e A=$(date) nginx",
            "line 1, column 17: nothing is run here: put what `date` prints",
        ),
        (
            "docker run --env-file /no/such nginx",
            "line 1, column 12: --env-file: /no/such: ",
        ),
        (
            "docker run --rm",
            "line 1, column 16: the image is not said",
        ),
        (
            "docker ps",
            "line 1, column 1: there is no `docker run` in it",
        ),
        ("", "line 1, column 1: there is no `docker run` in it"),
    ];
    for (line, sentence) in cases {
        for args in [&[][..], &["--json"]] {
            let output = explain(args, line);
            assert_eq!(output.status.code(), Some(2), "{line}");
            assert!(err(&output).contains(sentence), "{line}: {}", err(&output));
            assert_eq!(out(&output), "", "{line}");
        }
    }
    let output = explain(&["--api", "new"], "docker run nginx");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_hostile_line_reaches_no_terminal() {
    let line =
        "docker run --name 'a\u{1b}]52;c;aGk=\u{7}b' -e '\u{202e}X=\u{9b}2J' --b\u{1b}[2Jd x";
    let output = explain(&[], line);
    let all = out(&output) + &err(&output);
    assert!(
        !all.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{9b}']),
        "{all:?}"
    );
    let output = explain(&[], "docker run --name 'a\u{1b}]0;x\u{7}b' nginx");
    assert!(!out(&output).contains('\u{1b}'), "{:?}", out(&output));
}
