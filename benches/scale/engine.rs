//! The simulated engine as a process of its own, and what it says of what it was asked.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, ensure, eyre};
use serde_json::Value;
use tempfile::TempDir;

/// How long it may take to answer: it makes its containers first.
const UP: Duration = Duration::from_secs(20);

/// A running simulated engine. Ends when dropped.
pub(crate) struct Engine {
    child: Child,
    /// Its folder; also a home without settings for those that are measured.
    pub(crate) home: TempDir,
    pub(crate) socket: PathBuf,
    /// Names of its containers at the start.
    pub(crate) names: Vec<String>,
}

/// What it was asked so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counters {
    pub(crate) requests: f64,
    pub(crate) bytes: f64,
}

impl Engine {
    pub(crate) fn start(binary: &Path, args: &[String]) -> Result<Self> {
        let home = TempDir::new()?;
        let socket = home.path().join("docker.sock");
        let child = Command::new(binary)
            .args(["demo", "--listen"])
            .arg(&socket)
            .args(args)
            .stdin(Stdio::null())
            .spawn()?;
        let mut engine = Self {
            child,
            home,
            socket,
            names: Vec::new(),
        };
        let began = Instant::now();
        while engine.get("/_ping").is_err() {
            ensure!(began.elapsed() < UP, "the simulated engine did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        engine.names = engine.states()?.into_keys().collect();
        Ok(engine)
    }

    /// A whole answer. HTTP/1.0, so that it comes unchunked and the connection ends it.
    pub(crate) fn get(&self, path: &str) -> Result<Vec<u8>> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(UP))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: bench\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.ok_or_else(|| eyre!("no answer to {path}"))?;
        Ok(answer.split_off(end + 4))
    }

    /// What it was asked so far.
    pub(crate) fn counters(&self) -> Result<Counters> {
        let counters: Value = serde_json::from_slice(&self.get("/_demo/counters")?)?;
        let number = |key: &str| counters.get(key).and_then(Value::as_f64).unwrap_or(0.0);
        Ok(Counters {
            requests: number("requests"),
            bytes: number("bytes_out"),
        })
    }

    /// The state of every container, by name.
    pub(crate) fn states(&self) -> Result<HashMap<String, String>> {
        let list: Vec<Value> = serde_json::from_slice(&self.get("/containers/json?all=1")?)?;
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
}

impl Drop for Engine {
    fn drop(&mut self) {
        // it has nothing to save, and may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
