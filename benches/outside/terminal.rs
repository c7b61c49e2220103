//! A program in a pseudo-terminal of 200x50: what it writes and when, and what that shows.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, eyre};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const ROWS: u16 = 50;
const COLUMNS: u16 = 200;

/// What a program is started with.
#[derive(Clone, Debug)]
pub(crate) struct Start<'a> {
    /// A home without settings.
    pub(crate) home: &'a Path,
    /// The engine that it finds by `DOCKER_HOST`.
    pub(crate) docker_host: String,
    /// Its command line.
    pub(crate) args: Vec<String>,
}

impl<'a> Start<'a> {
    /// With the engine behind a socket.
    pub(crate) fn at(home: &'a Path, socket: &Path) -> Self {
        Self {
            home,
            docker_host: format!("unix://{}", socket.display()),
            args: Vec::new(),
        }
    }
}

/// A program that runs in a pseudo-terminal. Ends when dropped.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    pieces: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    pub(crate) began: Instant,
    /// Bytes that it has written.
    pub(crate) written: u64,
}

impl Terminal {
    /// Starts a program with a home of its own.
    pub(crate) fn start(program: &Path, start: &Start<'_>) -> Result<Self> {
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let failed = |error| eyre!("the pseudo-terminal failed: {error}");
        let pair = native_pty_system().openpty(size).map_err(failed)?;
        let mut reader = pair.master.try_clone_reader().map_err(failed)?;
        let keys = pair.master.take_writer().map_err(failed)?;
        let mut command = CommandBuilder::new(program);
        command.args(&start.args);
        command.env("DOCKER_HOST", &start.docker_host);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("HOME", start.home);
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let piece = buffer.get(..count).unwrap_or_default().to_vec();
                if sender.send((Instant::now(), piece)).is_err() {
                    return;
                }
            }
        });
        let began = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(failed)?;
        Ok(Self {
            child,
            _master: pair.master,
            keys,
            pieces,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
            began,
            written: 0,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    /// Waits for output; when it came. None if nothing came in time.
    pub(crate) fn wait(&mut self, time: Duration) -> Option<Instant> {
        match self.pieces.recv_timeout(time) {
            Ok((at, piece)) => {
                self.written += piece.len() as u64;
                self.screen.process(&piece);
                Some(at)
            }
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(time);
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    /// Takes in what comes until a moment.
    pub(crate) fn watch_until(&mut self, end: Instant) {
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.wait(left);
        }
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: u8) -> Result<Instant> {
        let at = Instant::now();
        self.keys.write_all(&[key])?;
        self.keys.flush()?;
        Ok(at)
    }

    /// The rows of the screen as text.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.screen.screen().rows(0, COLUMNS).collect()
    }

    /// How many of some names are on the screen.
    pub(crate) fn shown(&self, names: &HashSet<&str>) -> usize {
        let rows = self.rows();
        let words: HashSet<&str> = rows.iter().flat_map(|row| words(row)).collect();
        words.intersection(names).count()
    }
}

/// The words of a row; a frame's lines are no part of them.
pub(crate) fn words(row: &str) -> impl Iterator<Item = &str> {
    row.split(|c: char| c.is_whitespace() || ('\u{2500}'..='\u{259f}').contains(&c))
        .filter(|word| !word.is_empty())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
