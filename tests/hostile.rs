//! Text from an engine never acts: every byte and every known sequence in every field that an
//! engine controls, driven over every part of the screen, while each byte that the program writes
//! is held against what it may write.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::manual_is_multiple_of,
    reason = "what cannot be set up fails its test"
)]

mod pty;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use pty::{Start, Terminal};
use serde_json::{Value, json};

/// What terminals act upon, in all the forms they take.
const SEQUENCES: [&str; 26] = [
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]52;c;ZXZpbA==\x1b\\",
    "\u{9d}52;c;ZXZpbA==\u{9c}",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x07link\x1b]8;;\x07",
    "\x1bP1$r0m\x1b\\",
    "\u{90}q#0;2;0;0;0\u{9c}",
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x1b^private\x1b\\",
    "\x1bXstart\x1b\\",
    "\x1b[2J\x1b[H",
    "\u{9b}2J\u{9b}H",
    "\x1b[10A\x1b[20C\x1b[1;1H",
    "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?2026h",
    "\x1b[6n\x1b[c\x1b[>q\x1b]10;?\x07",
    "\x1bc\x1b7\x1b8\x1b(0\x1bM",
    "\x1b[31;1;5;8mhidden",
    "\x1b[",
    "\x1b]",
    "\x1b",
    "\u{202e}gnp.exe\u{2066}\u{2069}\u{200f}\u{61c}",
    "\u{200b}\u{200d}\u{feff}\u{2060}\u{ad}\u{180e}",
    "over\rwritten\u{8}\u{8}\x7f\x07\x0b\x0c",
    "e\u{301}\u{301}\u{301}\u{489}",
    "你好🚢👩\u{200d}👩\u{200d}👧ｗｉｄｅ",
    "\u{e0041}\u{fff9}\u{2028}\u{2029}line\nbreak\ttab",
];

/// Every single byte, as text has it, in pieces of sixteen.
fn pieces() -> Vec<String> {
    let all: Vec<char> = (0..=255).map(char::from).collect();
    let bytes = all.chunks(16).map(|chunk| chunk.iter().collect());
    bytes.chain(SEQUENCES.map(str::to_owned)).collect()
}

fn id(place: usize) -> String {
    format!("{:064x}", place + 1)
}

/// An engine all of whose texts are hostile.
fn serve(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // a client that hangs up is no failure
            std::thread::spawn(move || drop(answer(stream)));
        }
    });
}

fn listed(place: usize, evil: &str) -> Value {
    json!({
        "Id": id(place), "Names": [format!("/n{place}{evil}")], "Image": format!("i{evil}"),
        "ImageID": evil, "Command": format!("c{evil}"), "Created": 1_700_000_000, "State": "running",
        "Status": format!("Up 2 hours {evil}"),
        "Ports": [{"IP": evil, "PrivatePort": 80, "PublicPort": 8080, "Type": evil}],
        "Labels": {evil: evil, "com.docker.compose.project": if place % 3 == 0 { evil } else { "p" }},
        "NetworkSettings": {"Networks": {evil: {"IPAddress": evil}}},
        "Mounts": [{"Type": evil, "Name": evil, "Source": evil, "Destination": evil, "Mode": evil}],
    })
}

fn inspected(place: usize, evil: &str) -> Value {
    json!({
        "Id": id(place), "Name": format!("/n{place}{evil}"), "Path": evil, "Args": [evil], "Created": evil,
        "State": {"Status": "running", "Running": true, "Error": evil, "StartedAt": "2024-01-01T00:00:00Z",
            "Health": {"Status": "unhealthy", "FailingStreak": 3, "Log": [{"Start": "2024-01-01T00:00:00Z",
                "End": "2024-01-01T00:00:01Z", "ExitCode": 1, "Output": format!("o{evil}\n{evil}")}]}},
        "Config": {"Env": [format!("E{evil}={evil}"), format!("TOKEN={evil}")], "Labels": {evil: evil},
            "Image": evil, "Tty": false, "Cmd": [evil], "Healthcheck": {"Test": ["CMD", evil]}},
        "HostConfig": {"LogConfig": {"Type": "json-file"}},
        "Mounts": [{"Type": evil, "Name": evil, "Source": evil, "Destination": evil, "Mode": evil, "RW": true}],
        "NetworkSettings": {"Networks": {evil: {"IPAddress": evil, "Gateway": evil, "MacAddress": evil, "Aliases": [evil]}},
            "Ports": {format!("80/{evil}"): [{"HostIp": evil, "HostPort": evil}]}},
        evil: {evil: [evil]},
    })
}

fn answer(stream: UnixStream) -> std::io::Result<()> {
    let pieces = pieces();
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header == "\r\n" {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let (method, path) = line.split_once(' ').unwrap_or(("", ""));
    let of = pieces
        .iter()
        .enumerate()
        .find(|(place, _)| path.contains(&id(*place)));
    let (place, evil) = of.map_or((0, SEQUENCES[0]), |(place, evil)| (place, evil.as_str()));
    let head = "Api-Version: 1.41\r\nConnection: close\r\n";
    let mut say = |code: &str, body: &[u8]| {
        let length = body.len();
        write!(
            out,
            "HTTP/1.1 {code} evil\r\n{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )?;
        out.write_all(body)
    };
    if path.contains("/_ping") {
        return say("200", b"OK");
    }
    if method != "GET" {
        return say(
            "500",
            json!({"message": format!("no {evil}")})
                .to_string()
                .as_bytes(),
        );
    }
    if path.contains("/version") {
        return say(
            "200",
            json!({"Version": SEQUENCES[0], "ApiVersion": "1.41", "Os": evil})
                .to_string()
                .as_bytes(),
        );
    }
    if path.contains("/info") {
        let info = json!({"Name": SEQUENCES[1], "ServerVersion": SEQUENCES[2], "OperatingSystem": evil, "NCPU": 2, "MemTotal": 4_000_000_000_u64});
        return say("200", info.to_string().as_bytes());
    }
    if path.contains("/containers/json") {
        let all: Vec<Value> = pieces
            .iter()
            .enumerate()
            .map(|(place, evil)| listed(place, evil))
            .collect();
        return say("200", Value::from(all).to_string().as_bytes());
    }
    if path.contains("/top") {
        let top = json!({"Titles": ["PID", evil], "Processes": [["1", evil], [evil, evil]]});
        return say("200", top.to_string().as_bytes());
    }
    if path.contains("/events") || path.contains("/logs") || path.contains("/stats") {
        write!(out, "HTTP/1.1 200 OK\r\n{head}\r\n")?;
        if path.contains("/events") {
            for (place, evil) in pieces.iter().enumerate() {
                let event = json!({"Type": "container", "Action": format!("exec_start: {evil}"), "time": 1_700_000_000,
                    "Actor": {"ID": id(place), "Attributes": {"name": evil, "image": evil, evil: evil}}});
                writeln!(out, "{event}")?;
            }
        } else if path.contains("/logs") {
            // raw bytes too, which text cannot hold
            let raw: Vec<u8> = (0..=255).filter(|byte| *byte != b'\n').collect();
            let lines = pieces
                .iter()
                .map(|piece| piece.as_bytes().to_vec())
                .chain([raw]);
            for line in lines {
                let text = [
                    b"2024-01-01T00:00:00.000000001Z log ",
                    line.as_slice(),
                    b"\n",
                ]
                .concat();
                out.write_all(&[1, 0, 0, 0])?;
                out.write_all(&(text.len() as u32).to_be_bytes())?;
                out.write_all(&text)?;
            }
        }
        // open until the client goes
        out.flush()?;
        return reader.read_to_end(&mut Vec::new()).map(drop);
    }
    say("200", inspected(place, evil).to_string().as_bytes())
}

/// Nothing was sent to the clipboard, and the screen was taken once and not left. What else may
/// not be written is looked at when the terminal goes.
fn harmless(terminal: &Terminal) {
    let seen = terminal.seen();
    assert_eq!((seen.police.taken, seen.police.left), (1, 0));
    assert!(seen.police.copied.is_empty());
    for litter in [
        "52;c;", "ZXZpbA", "2J", "?1049", "0;title", "1$r", "[10A", "[6n",
    ] {
        assert!(
            !seen.shows(litter),
            "{litter} is left over:\n{}",
            seen.text()
        );
    }
}

/// Waits for a change, or at least for a whole frame after a key.
fn press(terminal: &mut Terminal, keys: &str) {
    let before = terminal.seen().bytes.len();
    terminal.keys(keys);
    terminal.wait_until("a frame", |seen| seen.bytes.len() > before);
}

/// Over everything that shows text of an engine.
fn tour(terminal: &mut Terminal) {
    for (open, close) in [
        ("x", "q"),
        ("c", "q"),
        ("<ctrl-p>", "<esc>"),
        ("?", "q"),
        ("d", "n"),
        ("y", "q"),
    ] {
        press(terminal, open);
        press(terminal, close);
        terminal.wait_until("the list", |seen| seen.shows("Containers"));
    }
    press(terminal, ":");
    press(terminal, "stop n");
    press(terminal, "<esc>");
    terminal.wait_gone("tab completes");
    for screen in ["7", "8", "9"] {
        press(terminal, screen);
        terminal.keys("jjj");
        harmless(terminal);
        press(terminal, "1");
    }
    for _ in 0..10 {
        press(terminal, "]");
        harmless(terminal);
    }
}

#[test]
fn every_byte_in_every_field_is_only_shown() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    serve(&socket);
    let address = format!("unix://{}", socket.display());
    let mut terminal = Start::new(&["-H", &address]).size(200, 60).spawn();
    terminal.wait("Containers 42");
    terminal.wait("log ");
    harmless(&terminal);
    // all that is wrapped, unwrapped, unmasked
    tour(&mut terminal);
    press(&mut terminal, "i");
    for key in ["j", "<right>", "G", "<right>", "k", "<right>"] {
        terminal.keys(key);
    }
    harmless(&terminal);
    press(&mut terminal, "]");
    press(&mut terminal, ".");
    harmless(&terminal);
    terminal.keys("qg");
    // each container's log, and each of its pages for some
    for place in 0..pieces().len() + 2 {
        terminal.keys("j");
        if place % 6 == 0 {
            terminal.keys("i]]]]]]]q");
            harmless(&terminal);
        }
    }
    // a refusal in hostile words, and the journal
    press(&mut terminal, "p");
    press(&mut terminal, "0");
    press(&mut terminal, "<enter>");
    harmless(&terminal);
    terminal.signal(rustix::process::Signal::TERM);
    terminal.assert_ended(1);
}

#[test]
fn the_scenario_of_trouble_is_only_shown() {
    let mut terminal = Start::new(&["--demo", "trouble"]).size(160, 50).spawn();
    terminal.wait("unstoppable");
    terminal.wait("following");
    tour(&mut terminal);
    for _ in 0..18 {
        press(&mut terminal, "j");
    }
    harmless(&terminal);
    terminal.keys(":port-taken<enter>");
    terminal.wait(" port-taken ─");
    terminal.keys("s");
    terminal.keys("0");
    terminal.wait_row(&["docker -H", "start port-taken", "failed"]);
    terminal.signal(rustix::process::Signal::TERM);
    terminal.assert_ended(1);
}
