//! Commands in containers that take the terminal: a shell, the first of a list that the image has,
//! or any program, over a connection that the engine hands over, so that it works wherever the
//! engine is. What runs without the terminal is in `output.rs`.

use std::time::Duration;

use bollard::models::ExecConfig;
use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::attach;
use super::clock;
use super::error::Error;
use super::processes;
use super::transport::Api;
use crate::model::input::Size;
use crate::model::text::clean;
use crate::model::{Id, Problem, ProblemKind};
use crate::protocol::{Command, Exec, Reply};

/// The keys that leave a shell running and come back.
pub(super) const DETACH: &str = "ctrl-p,ctrl-q";
/// Their bytes.
pub(super) const LEAVE: [u8; 2] = [0x10, 0x11];
/// How what Docker and Podman write into the stream begins when there is no such program.
const NO_PROGRAM: [&[u8]; 3] = [b"OCI runtime exec failed", b"Error: ", b"crun: "];
/// A shell that has been silent for so long is asked after.
const SILENT: Duration = Duration::from_millis(300);
pub(super) const WITHIN: Duration = Duration::from_secs(10);

/// What the person types, or does to the terminal, while it is lent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalInput {
    /// Bytes for what runs.
    Bytes(Vec<u8>),
    /// The terminal has another size.
    Resize(Size),
}

/// One exec session and its stream.
struct Session {
    exec: String,
    command: Vec<String>,
    /// What it wrote before it was known to run.
    first: Vec<u8>,
    stream: TokioIo<Upgraded>,
}

/// Who looks at what runs, and types.
pub(crate) struct Ends {
    /// The terminal's size at first.
    pub(crate) size: Size,
    /// What the person does.
    pub(crate) input: mpsc::Receiver<TerminalInput>,
    /// What is written.
    pub(crate) output: mpsc::Sender<Bytes>,
}

/// Runs a command that takes the terminal, until it ends or is left.
pub(crate) async fn terminal(
    api: Api,
    command: Command,
    name: &str,
    ends: Ends,
) -> Result<Reply, Problem> {
    match command {
        Command::Shell(id, shells) => shell(api, id, name, shells, ends).await,
        Command::Exec(exec) => program(api, &exec, name, ends).await,
        Command::Attach(id) => {
            let attached = attach::attach(&api, &id, ends).await;
            attached.map_err(|error| error.problem(&format!("attach to {name}")))
        }
        other => {
            let error = Error::Refused("it takes no terminal".to_owned());
            Err(error.problem(&super::command::tried(&other, name)))
        }
    }
}

/// Runs the first shell there is.
async fn shell(
    api: Api,
    id: Id,
    name: &str,
    shells: Vec<Vec<String>>,
    ends: Ends,
) -> Result<Reply, Problem> {
    let tried = format!("open a shell in {name}");
    for shell in &shells {
        let exec = Exec {
            id: id.clone(),
            command: shell.clone(),
            user: String::new(),
            directory: String::new(),
            env: Vec::new(),
            tty: true,
            privileged: false,
        };
        match open(&api, &exec, ends.size).await {
            Ok(Ok(session)) => {
                let ended = session.connect(&api, ends.input, ends.output).await;
                return ended.map_err(|error| error.problem(&tried));
            }
            Ok(Err(said)) if is_no_program(&said) => {}
            // the user, the directory, or the container itself: another shell has the same
            Ok(Err(said)) => return Err(no_program(&tried, said)),
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

/// Runs one program.
async fn program(api: Api, exec: &Exec, name: &str, ends: Ends) -> Result<Reply, Problem> {
    let tried = format!("run {} in {name}", exec.command.join(" "));
    let opened = open(&api, exec, ends.size).await;
    match opened.map_err(|error| error.problem(&tried))? {
        Ok(session) => {
            let ended = session.connect(&api, ends.input, ends.output).await;
            ended.map_err(|error| error.problem(&tried))
        }
        Err(said) => Err(no_program(&tried, said)),
    }
}

/// A program that the image does not have, in the engine's words.
fn no_program(tried: &str, said: String) -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        format!("could not {tried}: it could not be started"),
        said,
    )
    .hint("look at the program's name, the user and the directory; the image must have them")
}

/// What the engine is asked to make.
pub(crate) fn config(exec: &Exec) -> ExecConfig {
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut env = exec.env.clone();
    if exec.tty && env.iter().all(|pair| !pair.starts_with("TERM=")) {
        env.push(format!("TERM={}", kind_of_terminal()));
    }
    ExecConfig {
        attach_stdin: Some(exec.tty),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(exec.tty),
        detach_keys: exec.tty.then(|| DETACH.to_owned()),
        env: Some(env),
        cmd: Some(exec.command.clone()),
        user: filled(&exec.user),
        working_dir: filled(&exec.directory),
        privileged: Some(exec.privileged),
        ..Default::default()
    }
}

/// Has an exec session made and started: its id and its stream.
pub(crate) async fn start(api: &Api, exec: &Exec) -> Result<(String, TokioIo<Upgraded>), Error> {
    let created = timeout(
        WITHIN,
        api.docker()?.create_exec(exec.id.as_str(), config(exec)),
    )
    .await;
    let session = created.map_err(|_| Error::Timeout(WITHIN))??.id;
    let json = serde_json::json!({ "Detach": false, "Tty": exec.tty }).to_string();
    let path = format!("/exec/{session}/start");
    let started = timeout(WITHIN, api.hijack(&path, json)).await;
    Ok((session, started.map_err(|_| Error::Timeout(WITHIN))??))
}

/// Starts a command that takes the terminal; or, when the image has no such program, what the
/// engine said.
async fn open(api: &Api, exec: &Exec, size: Size) -> Result<Result<Session, String>, Error> {
    let (id, stream) = match start(api, exec).await {
        Ok(started) => started,
        // newer engines say so at once
        Err(Error::Status { message, .. }) if is_not_started(&message) => return Ok(Err(message)),
        Err(error) => return Err(error),
    };
    let mut session = Session {
        exec: id,
        command: exec.command.clone(),
        first: Vec::new(),
        stream,
    };
    if !session.runs(api).await? {
        let said = String::from_utf8_lossy(&session.first);
        return Ok(Err(clean(said.trim())));
    }
    // a program that is gone already has no terminal to resize
    if let Err(error) = resize(api, &format!("/exec/{}", session.exec), size).await {
        tracing::debug!(%error, "the shell's terminal was not resized");
    }
    Ok(Ok(session))
}

/// Whether that is so because the image does not have the program: what it was refused for may be
/// another thing.
fn is_no_program(said: &str) -> bool {
    let words = said.to_lowercase();
    let has = |any: &[&str]| any.iter().any(|part| words.contains(part));
    let elsewhere = ["chdir to cwd", "unable to find user", "no matching entries"];
    let missing = [
        "not found",
        "no such file",
        "permission denied",
        "exec format",
    ];
    words.is_empty() || (has(&missing) && !has(&elsewhere))
}

/// Whether a program could not be started because the image does not have it.
pub(super) fn is_missing(said: &str) -> bool {
    is_not_started(said) && is_no_program(said)
}

/// Whether the runtime could not start a program, for whatever reason.
fn is_not_started(message: &str) -> bool {
    [
        "executable file not found",
        "no such file or directory",
        "OCI runtime exec failed",
        "OCI runtime attempted to invoke a command that was not found",
    ]
    .iter()
    .any(|words| message.contains(words))
}

fn kind_of_terminal() -> String {
    let plain = |term: &String| {
        term.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._+".contains(&b))
    };
    std::env::var("TERM")
        .ok()
        .filter(plain)
        .unwrap_or_else(|| "xterm-256color".to_owned())
}

/// Gives a terminal at the engine another size; `of` is `/exec/…` or `/containers/…`.
pub(super) async fn resize(api: &Api, of: &str, size: Size) -> Result<(), Error> {
    let path = format!("{of}/resize?h={}&w={}", size.height, size.width);
    let resized = timeout(WITHIN, api.post(&path)).await;
    resized.map_err(|_| Error::Timeout(WITHIN))?.map(drop)
}

/// Whether an exec session runs, and its exit code when it does not.
async fn state(api: &Api, exec: &str) -> Result<(bool, i64), Error> {
    let answer = timeout(WITHIN, api.docker()?.inspect_exec(exec)).await;
    let state = answer.map_err(|_| Error::Timeout(WITHIN))??;
    Ok((state.running.unwrap_or(false), state.exit_code.unwrap_or(0)))
}

/// Ends what an exec session runs, as far as that can be done: engines have no call for it. What
/// became of it, for people.
pub(crate) async fn end(api: &Api, id: &Id, exec: &str) -> String {
    let ended = async {
        let answer = timeout(WITHIN, api.docker()?.inspect_exec(exec)).await;
        let state = answer.map_err(|_| Error::Timeout(WITHIN))??;
        match (
            state.running,
            state.pid.and_then(|pid| u32::try_from(pid).ok()),
        ) {
            (Some(true), Some(pid)) => processes::end(api, id, pid).await,
            _ => Ok(()),
        }
    };
    match ended.await {
        Ok(()) => "it was ended in the container by SIGTERM".to_owned(),
        Err(why) => format!("it runs on in the container: {why}"),
    }
}

/// The exit code of a session that is ending; none when it runs on.
pub(crate) async fn exit_code(api: &Api, exec: &str) -> Result<Option<i64>, Error> {
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

/// Bytes that an engine's complaint has at most.
const COMPLAINT: usize = 4 << 10;

impl Session {
    /// Waits until the program is known to run, or not to exist.
    async fn runs(&mut self, api: &Api) -> Result<bool, Error> {
        let mut buffer = [0; 4096];
        let mut until = clock::instant() + SILENT;
        loop {
            match self.first_bytes(&mut buffer, until).await? {
                Some(0) => {
                    let code = exit_code(api, &self.exec).await?;
                    let missing = is_not_started(&String::from_utf8_lossy(&self.first));
                    return Ok(!(matches!(code, Some(126 | 127)) || missing));
                }
                Some(_) => {
                    let complains = |words: &&[u8]| {
                        let compared = self.first.len().min(words.len());
                        self.first[..compared] == words[..compared]
                    };
                    let long = self.first.len() > COMPLAINT;
                    if long || !NO_PROGRAM.iter().any(complains) {
                        return Ok(true);
                    }
                    // an engine's complaint, or its beginning: its stream will end, else a program
                    // talks like that
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
        input: mpsc::Receiver<TerminalInput>,
        output: mpsc::Sender<Bytes>,
    ) -> Result<Reply, Error> {
        let (reader, writer) = tokio::io::split(self.stream);
        let of = format!("/exec/{}", self.exec);
        tokio::select! {
            result = show(reader, self.first, output) => result?,
            () = pass(api, (&of, &LEAVE), writer, input) => return Ok(Reply::Detached),
        }
        let code = exit_code(api, &self.exec).await?;
        Ok(code.map_or(Reply::Detached, |code| Reply::Exited {
            command: self.command,
            code,
        }))
    }
}

/// The bytes that leave what runs, held back while they are typed.
struct Leave<'a> {
    keys: &'a [u8],
    /// Their beginning, as far as it was typed.
    held: Vec<u8>,
}

impl<'a> Leave<'a> {
    fn by(keys: &'a [u8]) -> Self {
        Self {
            keys,
            held: Vec::with_capacity(keys.len()),
        }
    }

    /// What of some typed bytes is passed on, and whether they leave.
    fn sieve(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut passed = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.held.push(*byte);
            while !self.keys.starts_with(&self.held) {
                passed.push(self.held.remove(0));
            }
            if !self.keys.is_empty() && self.held == self.keys {
                return (passed, true);
            }
        }
        (passed, false)
    }
}

/// Passes on what is written, until it ends or nobody looks.
pub(super) async fn show(
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

/// Passes on what the person types to what runs, which is `of` by its path. Ends only when the
/// person leaves, by some bytes. They are seen to here, as the docker command does: Docker 20.10
/// ends an exec session that it is told to leave, and Podman goes on with it.
pub(super) async fn pass(
    api: &Api,
    (of, leave): (&str, &[u8]),
    mut writer: WriteHalf<TokioIo<Upgraded>>,
    mut input: mpsc::Receiver<TerminalInput>,
) {
    let mut keys = Leave::by(leave);
    while let Some(next) = input.recv().await {
        match next {
            TerminalInput::Bytes(bytes) => {
                let (typed, left) = keys.sieve(&bytes);
                let written = writer.write_all(&typed).await;
                let flushed = writer.flush().await;
                if left {
                    return;
                }
                if written.is_err() || flushed.is_err() {
                    // the reading side tells why
                    break;
                }
            }
            TerminalInput::Resize(size) => {
                if let Err(error) = resize(api, of, size).await {
                    tracing::debug!(%error, "the shell's terminal was not resized");
                }
            }
        }
    }
    std::future::pending::<()>().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_leave_are_held_back_and_all_others_pass() {
        // typed at once or, at each bar, in turn
        let cases = [
            ("ls\r", "ls\r", false),
            ("a\x10\x11b", "a", true),
            ("\x10|\x11", "", true),
            ("\x10|\x10|\x11", "\x10", true),
            ("\x10|x\x11", "\x10x\x11", false),
            ("\x11\x10", "\x11", false),
        ];
        for (typed, passed, left) in cases {
            let mut keys = Leave::by(&LEAVE);
            let some = typed.split('|').map(|piece| keys.sieve(piece.as_bytes()));
            let (some, leaves): (Vec<_>, Vec<_>) = some.unzip();
            let gone = leaves.contains(&true);
            assert_eq!((some.concat(), gone), (passed.into(), left), "{typed:?}");
        }
        assert_eq!(Leave::by(b"").sieve(b"x"), (b"x".to_vec(), false));
    }

    #[test]
    fn an_image_is_blamed_only_for_a_program_that_it_does_not_have() {
        let missing = [
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"bash\": executable file not found in $PATH: unknown",
            "exec: \"/bin/bash\": stat /bin/bash: no such file or directory: unknown",
            "crun: executable file `bash` not found in $PATH: No such file or directory",
            "",
        ];
        let other = [
            "OCI runtime exec failed: exec failed: cannot exec in a container in an unknown state: unknown",
            "unable to find user nobody: no matching entries in passwd file",
            "OCI runtime exec failed: chdir to cwd (\"/x\") failed: no such file or directory",
        ];
        assert!(missing.iter().all(|said| is_no_program(said)));
        assert!(!other.iter().any(|said| is_no_program(said)));
    }
}
