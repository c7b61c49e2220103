//! A server on a Unix socket that answers like an engine until a container is to be made, and keeps
//! what it was asked; and the docker command run against it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use tempfile::TempDir;

/// Rows and columns of the terminal that the docker command finds.
pub(crate) const CONSOLE: (u16, u16) = (24, 80);

/// How long the docker command may take: the machine may be busy.
const LIMIT: Duration = Duration::from_secs(60);

/// What stands before `docker` in pasted lines, as programs that run the rest.
const BEFORE: [(&str, &str); 5] = [
    ("sudo", "exec \"$@\""),
    ("$", "exec \"$@\""),
    ("%", "exec \"$@\""),
    ("podman", "exec docker \"$@\""),
    ("nerdctl", "exec docker \"$@\""),
];

/// A request to make a container.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) name: Option<String>,
    pub(crate) platform: Option<String>,
    pub(crate) body: Value,
}

/// A recording engine in a folder of its own.
pub(crate) struct Recorder {
    folder: TempDir,
    requests: Receiver<Recorded>,
    home: PathBuf,
}

impl Recorder {
    /// An engine that says it speaks this version, on this system.
    pub(crate) fn new(api: (u32, u32), system: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("ph").tempdir().unwrap();
        let home = folder.path().join("home");
        Self::at(home, folder, api, system)
    }

    /// The same for lines that are run in a folder that is there.
    pub(crate) fn in_home(home: &Path, api: (u32, u32), system: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("ph").tempdir().unwrap();
        Self::at(home.to_owned(), folder, api, system)
    }

    fn at(home: PathBuf, folder: TempDir, api: (u32, u32), system: &'static str) -> Self {
        let programs = folder.path().join("programs");
        std::fs::create_dir_all(home.join("config")).unwrap();
        std::fs::create_dir_all(&programs).unwrap();
        for (name, does) in BEFORE {
            let file = programs.join(name);
            std::fs::write(&file, format!("#!/bin/sh\n{does}\n")).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        }
        for file in std::fs::read_dir("tests/fixtures/run-lines/files").unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), home.join(file.file_name())).unwrap();
        }
        let listener = UnixListener::bind(folder.path().join("engine")).unwrap();
        let (sender, requests) = channel();
        // ends with the test's process: nothing is left to join
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                std::thread::spawn(move || serve(stream, api, system, &sender));
            }
        });
        Self {
            folder,
            requests,
            home,
        }
    }

    /// Where the lines are run.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("engine")
    }

    /// The variables that the shell has.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let path = std::env::var("PATH").unwrap();
        let programs = self.folder.path().join("programs");
        let config = self.home.join("config");
        [
            ("PATH", format!("{}:{path}", programs.display())),
            ("HOME", self.home.display().to_string()),
            ("DOCKER_HOST", format!("unix://{}", self.socket().display())),
            ("DOCKER_CONFIG", config.display().to_string()),
            ("TOKEN", "t0ken with blanks".to_owned()),
            ("VERSION", "1.27".to_owned()),
            ("TERM", "xterm".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// The next request that comes.
    pub(crate) fn next(&self) -> Option<Recorded> {
        self.requests.recv_timeout(LIMIT).ok()
    }

    /// What the docker command sends for a line, run by a shell in a terminal; or what it prints
    /// when it sends nothing.
    pub(crate) fn record(&self, line: &str) -> Result<Recorded, String> {
        let size = PtySize {
            rows: CONSOLE.0,
            cols: CONSOLE.1,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("bash");
        command.args(["-c", line]);
        command.env_clear();
        for (name, value) in self.env() {
            command.env(name, value);
        }
        command.cwd(&self.home);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (sender, ended) = channel();
        std::thread::spawn(move || {
            let mut printed = Vec::new();
            // a terminal whose other end is closed reads as an error
            let _ = reader.read_to_end(&mut printed);
            let _ = sender.send(printed);
        });
        let printed = ended.recv_timeout(LIMIT).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("{line}: the docker command does not end")
        });
        child.wait().unwrap();
        let last = self.requests.try_iter().last();
        last.ok_or_else(|| String::from_utf8_lossy(&printed).into_owned())
    }
}

fn serve(stream: UnixStream, api: (u32, u32), system: &str, sender: &Sender<Recorded>) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = request(&mut reader) {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let (status, answer) = match path.split_once("/containers/create") {
            Some((_, query)) => {
                let recorded = Recorded {
                    name: parameter(query, "name"),
                    platform: parameter(query, "platform"),
                    body: serde_json::from_slice(&body).unwrap(),
                };
                sender.send(recorded).unwrap();
                ("400 Bad Request", r#"{"message":"recorded"}"#)
            }
            None if method == "HEAD" => ("200 OK", ""),
            None if path.contains("/events") => {
                // nothing ever happens: who listens goes on until it leaves
                let _ = write!(
                    writer,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                );
                let _ = reader.read_to_end(&mut Vec::new());
                return;
            }
            None if path.contains("/containers/json") => ("200 OK", "[]"),
            None => ("200 OK", "{}"),
        };
        let length = answer.len();
        let (major, minor) = api;
        let told = write!(
            writer,
            "HTTP/1.1 {status}\r\nApi-Version: {major}.{minor}\r\nOstype: {system}\r\n\
             Docker-Experimental: false\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{answer}"
        );
        if told.is_err() {
            return;
        }
    }
}

/// The first line of a request and its body.
fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    if reader.read_line(&mut head).ok()? == 0 {
        return None;
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// A parameter of a query, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.trim_start_matches('?').split('&');
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let hex = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
