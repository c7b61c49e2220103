//! Simulated engines as a process of their own, and what they say of what they were asked.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, ensure, eyre};
use serde_json::Value;
use tempfile::TempDir;

/// How long they may take to answer: they make their containers first.
const UP: Duration = Duration::from_secs(20);

/// A running simulated engine, or several in one process. Ends when dropped.
pub(crate) struct Engine {
    child: Child,
    /// Its folder; also a home without settings for those that are measured.
    pub(crate) home: TempDir,
    /// Where it listens; each of several at a socket of its own.
    pub(crate) sockets: Vec<PathBuf>,
    /// Names of its containers at the start.
    pub(crate) names: Vec<String>,
}

/// What it was asked so far, all of several together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    pub(crate) requests: f64,
    pub(crate) bytes: f64,
}

impl Engine {
    /// Starts so many engines of a scenario.
    pub(crate) fn start(binary: &Path, count: usize, scenario: &[String]) -> Result<Self> {
        let home = TempDir::new()?;
        let socket = |number: usize| home.path().join(format!("{number:02}.sock"));
        let sockets: Vec<PathBuf> = (0..count.max(1)).map(socket).collect();
        let mut command = Command::new(binary);
        command.arg("demo");
        for socket in &sockets {
            command.arg("--listen").arg(socket);
        }
        let child = command.args(scenario).stdin(Stdio::null()).spawn()?;
        let mut engine = Self {
            child,
            home,
            sockets,
            names: Vec::new(),
        };
        let began = Instant::now();
        for socket in &engine.sockets {
            while ask(socket, "GET", "/_ping").is_err() {
                ensure!(began.elapsed() < UP, "the simulated engine did not start");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let mut names = Vec::new();
        for socket in &engine.sockets {
            names.extend(states(socket)?.into_keys());
        }
        engine.names = names;
        Ok(engine)
    }

    /// Where the first of them listens.
    pub(crate) fn socket(&self) -> &Path {
        self.sockets.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// What they were asked so far.
    pub(crate) fn counters(&self) -> Result<Counters> {
        let mut sum = Counters::default();
        for socket in &self.sockets {
            let counters: Value = serde_json::from_slice(&ask(socket, "GET", "/_demo/counters")?)?;
            let number = |key: &str| counters.get(key).and_then(Value::as_f64).unwrap_or(0.0);
            sum.requests += number("requests");
            sum.bytes += number("bytes_out");
        }
        Ok(sum)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // it has nothing to save, and may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A whole answer. HTTP/1.0, so that it comes unchunked and the connection ends it.
pub(crate) fn ask(socket: &Path, method: &str, path: &str) -> Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(UP))?;
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: bench\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| eyre!("no answer to {path}"))?;
    Ok(answer.split_off(end + 4))
}

/// The state of every container of an engine, by name.
pub(crate) fn states(socket: &Path) -> Result<HashMap<String, String>> {
    let list: Vec<Value> = serde_json::from_slice(&ask(socket, "GET", "/containers/json?all=1")?)?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    Ok(list
        .iter()
        .map(|one| {
            let name = text(one.pointer("/Names/0"));
            (
                name.trim_start_matches('/').to_owned(),
                text(one.get("State")),
            )
        })
        .collect())
}
