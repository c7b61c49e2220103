//! A shell in a container: the first of a list that the image has, over a connection that the
//! engine hands over, so that it works wherever the engine is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::models::ExecConfig;
use bollard::query_parameters::ResizeExecOptions;
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::clock;
use super::error::Error;
use super::transport::Api;
use crate::model::input::Size;
use crate::model::{Id, Problem, ProblemKind};

/// The keys that leave a shell running and come back.
const DETACH: &str = "ctrl-p,ctrl-q";
/// Their bytes.
const LEAVE: [u8; 2] = [0x10, 0x11];
/// What an engine writes into the stream when there is no such program.
const NO_PROGRAM: &[u8] = b"OCI runtime exec failed";
/// A shell that has been silent for so long is asked after.
const SILENT: Duration = Duration::from_millis(300);
const WITHIN: Duration = Duration::from_secs(10);

/// What the person types, or does to the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellInput {
    /// Bytes for the shell.
    Bytes(Vec<u8>),
    /// The terminal has another size.
    Resize(Size),
}

/// How a shell ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellEnd {
    /// It ended.
    Exited {
        /// What ran.
        command: String,
        /// Its exit code.
        code: i64,
    },
    /// It runs on, without this terminal.
    Detached,
}

/// One exec session and its stream.
struct Session {
    exec: String,
    command: String,
    /// What it wrote before it was known to run.
    first: Vec<u8>,
    stream: TokioIo<Upgraded>,
}

/// Runs the first shell there is, until it ends.
pub(crate) async fn shell(
    api: Api,
    id: Id,
    name: &str,
    shells: Vec<Vec<String>>,
    size: Size,
    input: mpsc::Receiver<ShellInput>,
    output: mpsc::Sender<Bytes>,
) -> Result<ShellEnd, Problem> {
    let tried = format!("open a shell in {name}");
    for shell in &shells {
        match open(&api, &id, shell, size).await {
            Ok(Some(session)) => {
                return session
                    .connect(&api, input, output)
                    .await
                    .map_err(|error| error.problem(&tried));
            }
            Ok(None) => {}
            Err(error) => return Err(error.problem(&tried)),
        }
    }
    let names: Vec<String> = shells.iter().map(|shell| shell.join(" ")).collect();
    Err(Problem::new(
        ProblemKind::Unsupported,
        format!("could not {tried}: its image has no shell"),
        format!("tried {}", names.join(", ")),
    )
    .hint("images made from scratch have none; name a program that it has in the settings"))
}

/// Starts a shell; none when the image has no such program.
async fn open(api: &Api, id: &Id, shell: &[String], size: Size) -> Result<Option<Session>, Error> {
    let docker = api.docker()?;
    let config = ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(true),
        detach_keys: Some(DETACH.to_owned()),
        env: Some(vec![format!("TERM={}", terminal())]),
        cmd: Some(shell.to_vec()),
        ..Default::default()
    };
    let created = timeout(WITHIN, docker.create_exec(id.as_str(), config)).await;
    let exec = created.map_err(|_| Error::Timeout(WITHIN))??.id;
    let json = serde_json::json!({ "Detach": false, "Tty": true }).to_string();
    let path = format!("/exec/{exec}/start");
    let started = timeout(WITHIN, api.hijack(&path, json)).await;
    let stream = match started.map_err(|_| Error::Timeout(WITHIN))? {
        Ok(stream) => stream,
        // newer engines say so at once
        Err(Error::Status { message, .. }) if is_missing(&message) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut session = Session {
        exec,
        command: shell.join(" "),
        first: Vec::new(),
        stream,
    };
    if !session.runs(api).await? {
        return Ok(None);
    }
    // a program that is gone already has no terminal to resize
    if let Err(error) = resize(api, &session.exec, size).await {
        tracing::debug!(%error, "the shell's terminal was not resized");
    }
    Ok(Some(session))
}

fn is_missing(message: &str) -> bool {
    [
        "executable file not found",
        "no such file or directory",
        "OCI runtime exec failed",
    ]
    .iter()
    .any(|words| message.contains(words))
}

fn terminal() -> String {
    let plain = |term: &String| {
        term.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._+".contains(&b))
    };
    std::env::var("TERM")
        .ok()
        .filter(plain)
        .unwrap_or_else(|| "xterm-256color".to_owned())
}

async fn resize(api: &Api, exec: &str, size: Size) -> Result<(), Error> {
    let options = ResizeExecOptions {
        h: i32::from(size.height),
        w: i32::from(size.width),
    };
    let resized = timeout(WITHIN, api.docker()?.resize_exec(exec, options)).await;
    Ok(resized.map_err(|_| Error::Timeout(WITHIN))??)
}

/// Whether an exec session runs, and its exit code when it does not.
async fn state(api: &Api, exec: &str) -> Result<(bool, i64), Error> {
    let answer = timeout(WITHIN, api.docker()?.inspect_exec(exec)).await;
    let state = answer.map_err(|_| Error::Timeout(WITHIN))??;
    Ok((state.running.unwrap_or(false), state.exit_code.unwrap_or(0)))
}

/// The exit code of a session that is ending; none when it runs on.
async fn exit_code(api: &Api, exec: &str) -> Result<Option<i64>, Error> {
    // the stream ends a little before the engine knows the code
    let until = clock::instant() + Duration::from_millis(400);
    loop {
        let (running, code) = state(api, exec).await?;
        if !running {
            return Ok(Some(code));
        }
        if clock::instant() >= until {
            return Ok(None);
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

impl Session {
    /// Waits until the program is known to run, or not to exist.
    async fn runs(&mut self, api: &Api) -> Result<bool, Error> {
        let mut buffer = [0; 4096];
        let mut until = clock::instant() + SILENT;
        loop {
            match self.first_bytes(&mut buffer, until).await? {
                Some(0) => {
                    let code = exit_code(api, &self.exec).await?;
                    let missing = is_missing(&String::from_utf8_lossy(&self.first));
                    return Ok(!(matches!(code, Some(126 | 127)) || missing));
                }
                Some(_) => {
                    let compared = self.first.len().min(NO_PROGRAM.len());
                    if self.first[..compared] != NO_PROGRAM[..compared] {
                        return Ok(true);
                    }
                    // an engine's complaint, or its beginning: its stream will end
                    until = clock::instant() + WITHIN;
                }
                None => {
                    let (running, code) = state(api, &self.exec).await?;
                    if running {
                        return Ok(true);
                    }
                    if matches!(code, 126 | 127) {
                        return Ok(false);
                    }
                    until = clock::instant() + WITHIN;
                }
            }
        }
    }

    async fn first_bytes(
        &mut self,
        buffer: &mut [u8],
        until: Instant,
    ) -> Result<Option<usize>, Error> {
        match timeout_at(until, self.stream.read(buffer)).await {
            Ok(count) => {
                let count = count?;
                self.first.extend_from_slice(&buffer[..count]);
                Ok(Some(count))
            }
            Err(_) => Ok(None),
        }
    }

    /// Connects it with the terminal until it ends.
    async fn connect(
        self,
        api: &Api,
        input: mpsc::Receiver<ShellInput>,
        output: mpsc::Sender<Bytes>,
    ) -> Result<ShellEnd, Error> {
        let (reader, writer) = tokio::io::split(self.stream);
        let left = AtomicBool::new(false);
        tokio::select! {
            result = show(reader, self.first, output) => result?,
            never = pass(api, &self.exec, writer, input, &left) => match never {},
        }
        Ok(match exit_code(api, &self.exec).await? {
            // Docker 20.10 calls a session that was left ended, with this code
            Some(126) if left.into_inner() => ShellEnd::Detached,
            Some(code) => ShellEnd::Exited {
                command: self.command,
                code,
            },
            None => ShellEnd::Detached,
        })
    }
}

/// Passes on what the shell writes, until it ends or nobody looks.
async fn show(
    mut reader: ReadHalf<TokioIo<Upgraded>>,
    first: Vec<u8>,
    output: mpsc::Sender<Bytes>,
) -> Result<(), Error> {
    if !first.is_empty() && output.send(first.into()).await.is_err() {
        return Ok(());
    }
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = reader.read(&mut buffer).await?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        if output.send(Bytes::copy_from_slice(bytes)).await.is_err() {
            return Ok(());
        }
    }
}

/// Passes on what the person types. Never ends: the shell does.
async fn pass(
    api: &Api,
    exec: &str,
    mut writer: WriteHalf<TokioIo<Upgraded>>,
    mut input: mpsc::Receiver<ShellInput>,
    left: &AtomicBool,
) -> std::convert::Infallible {
    let mut last = 0;
    while let Some(next) = input.recv().await {
        match next {
            ShellInput::Bytes(bytes) => {
                for byte in &bytes {
                    if [last, *byte] == LEAVE {
                        left.store(true, Ordering::Relaxed);
                    }
                    last = *byte;
                }
                let written = writer.write_all(&bytes).await;
                if written.is_err() || writer.flush().await.is_err() {
                    // the reading side tells why
                    break;
                }
            }
            ShellInput::Resize(size) => {
                if let Err(error) = resize(api, exec, size).await {
                    tracing::debug!(%error, "the shell's terminal was not resized");
                }
            }
        }
    }
    std::future::pending().await
}
