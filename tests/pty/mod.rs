//! The built program in a pseudo-terminal: what is typed, what shows, and that nothing else is
//! ever written. Nothing here waits for a time; it waits for something to show, with a limit.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's own thread and clock; a test fails by panicking"
)]

pub mod gate;
pub mod lab;
pub mod police;
pub mod proxy;
pub mod registry;
#[path = "../common/skip.rs"]
pub mod skip;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system,
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use self::police::Police;

/// How long anything may take that should take no time: the machine may be busy.
pub const LIMIT: Duration = Duration::from_secs(15);

/// What is to be started.
pub struct Start {
    program: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    size: (u16, u16),
    home: TempDir,
}

impl Start {
    /// The program, at 120x40, in a home of its own.
    pub fn new(args: &[&str]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_pilothouse"), args)
    }

    /// Another program in the same terminal.
    pub fn program(program: &str, args: &[&str]) -> Self {
        Self {
            program: program.into(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            env: Vec::new(),
            size: (120, 40),
            home: tempfile::Builder::new().prefix("ph").tempdir().unwrap(),
        }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn size(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self
    }

    /// The settings file that it finds in its home.
    pub fn config(self, text: &str) -> Self {
        let file = config_file(self.home.path());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    /// The home, to put something there before.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts it.
    pub fn spawn(self) -> Terminal {
        let (width, height) = self.size;
        let pair = native_pty_system()
            .openpty(pty_size(width, height))
            .unwrap();
        let fresh = termios(&*pair.master);
        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.args);
        command.env_clear();
        for name in ["PATH", "TMPDIR", "CARGO_TARGET_DIR", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let home = self.home.path();
        command.env("HOME", home);
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            command.env(name, home.join(folder));
        }
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command.cwd(home);
        let child = pair.slave.spawn_command(command).unwrap();
        let shared = Arc::new((Mutex::new(Seen::new(width, height)), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut piece = [0; 16 * 1024];
            loop {
                let count = reader.read(&mut piece).unwrap_or(0);
                let mut seen = theirs.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen.take(&piece[..count]);
                let stop = count == 0 || seen.hang_up;
                seen.ended = stop;
                drop(seen);
                theirs.1.notify_all();
                if stop {
                    return;
                }
            }
        });
        Terminal {
            writer: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            slave: Some(pair.slave),
            child,
            shared,
            thread: Some(thread),
            home: self.home,
            fresh,
        }
    }
}

fn config_file(home: &Path) -> PathBuf {
    home.join("config/pilothouse/config.toml")
}

fn pty_size(width: u16, height: u16) -> PtySize {
    PtySize {
        rows: height,
        cols: width,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn termios(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

/// All that the program has written, and what shows of it.
pub struct Seen {
    parser: vt100::Parser,
    /// Every byte.
    pub bytes: Vec<u8>,
    /// What it did to the terminal, beside letters and colours.
    pub police: Police,
    ended: bool,
    hang_up: bool,
    /// The beginning of a letter whose rest has not come yet.
    held: Vec<u8>,
}

impl Seen {
    fn new(width: u16, height: u16) -> Self {
        Self {
            parser: vt100::Parser::new(height, width, 0),
            bytes: Vec::new(),
            police: Police::default(),
            ended: false,
            hang_up: false,
            held: Vec::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.police.take(bytes);
        // the emulator takes the replacement character for a fault of its input and drops it, so
        // it is shown another one of the same width
        let mut bytes = [std::mem::take(&mut self.held).as_slice(), bytes].concat();
        for tail in [&b"\xef\xbf"[..], b"\xef"] {
            if bytes.ends_with(tail) {
                self.held = bytes.split_off(bytes.len() - tail.len());
                break;
            }
        }
        let mut shown = Vec::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        while let Some((first, after)) = rest.split_first() {
            if let Some(after) = rest.strip_prefix("\u{fffd}".as_bytes()) {
                shown.extend("¿".as_bytes());
                rest = after;
            } else {
                shown.push(*first);
                rest = after;
            }
        }
        self.parser.process(&shown);
    }

    /// The screen.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// The screen's text, a line for each row.
    pub fn text(&self) -> String {
        let (_, width) = self.screen().size();
        let mut text = String::new();
        for row in self.screen().rows(0, width) {
            let _ = writeln!(text, "{}", row.trim_end());
        }
        text
    }

    /// Rows that showed in one of the last frames: what has gone since.
    fn past(&self) -> String {
        let (height, width) = self.screen().size();
        let mut parser = vt100::Parser::new(height, width, 0);
        let mut rows: Vec<String> = Vec::new();
        for frame in self.bytes.split_inclusive(|byte| *byte == b'l') {
            parser.process(frame);
            if frame.ends_with(b"\x1b[?2026l") {
                for row in parser.screen().rows(0, width) {
                    let row: String = row.trim().chars().skip(40).collect();
                    if !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
        }
        let from = rows.len().saturating_sub(80);
        rows.split_off(from).join("\n")
    }

    /// Whether some text shows.
    pub fn shows(&self, text: &str) -> bool {
        self.text().contains(text)
    }
}

/// A program in a pseudo-terminal.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<(Mutex<Seen>, Condvar)>,
    thread: Option<JoinHandle<()>>,
    home: TempDir,
    fresh: String,
}

impl Terminal {
    /// The program with some arguments, at 120x40.
    pub fn start(args: &[&str]) -> Self {
        Start::new(args).spawn()
    }

    /// The program over the demo engine's shop, with its containers on the screen.
    pub fn demo(args: &[&str]) -> Self {
        let mut all = vec!["--demo"];
        all.extend(args);
        let terminal = Self::start(&all);
        terminal.wait("web-1");
        terminal
    }

    /// The home that it runs in.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    // ---- what shows

    /// What has been written up to now.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        self.seen().text()
    }

    /// Waits until something holds of a whole frame.
    pub fn wait_until(&self, what: &str, holds: impl FnMut(&Seen) -> bool) {
        self.wait_within(LIMIT, what, holds);
    }

    /// The same with a limit of its own; gives how long it took.
    pub fn wait_within(
        &self,
        limit: Duration,
        what: &str,
        mut holds: impl FnMut(&Seen) -> bool,
    ) -> Duration {
        let began = Instant::now();
        let mut seen = self.seen();
        loop {
            if !seen.police.in_frame() && holds(&seen) {
                return began.elapsed();
            }
            let left = limit.saturating_sub(began.elapsed());
            assert!(
                !left.is_zero() && !seen.ended,
                "waited {:?} for {what}; {}the screen:\n{}\nshown before:\n{}",
                began.elapsed(),
                if seen.ended {
                    "the program ended; "
                } else {
                    ""
                },
                seen.text(),
                seen.past()
            );
            seen = {
                let waited = self.shared.1.wait_timeout(seen, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }

    /// Waits until some text shows.
    pub fn wait(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), |seen| seen.shows(text));
    }

    /// Waits until some text is gone.
    pub fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("{text:?} to go"), |seen| !seen.shows(text));
    }

    /// Waits until a row shows that holds all of some texts.
    pub fn wait_row(&self, parts: &[&str]) {
        self.wait_until(&format!("a row with {parts:?}"), |seen| {
            seen.text()
                .lines()
                .any(|row| parts.iter().all(|part| row.contains(part)))
        });
    }

    /// Column and row, from 0, of the first place of some text.
    pub fn find(&self, text: &str) -> (u16, u16) {
        let screen = self.text();
        for (y, row) in screen.lines().enumerate() {
            if let Some(at) = row.find(text) {
                return (row[..at].chars().count() as u16, y as u16);
            }
        }
        panic!("no {text:?} on the screen:\n{screen}");
    }

    // ---- what is done

    /// Types bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Types keys: letters as they are, others by name: `jj<enter><ctrl-d>`. `<esc>` ends what is
    /// typed at once, since what follows it at once would make another key of it.
    pub fn keys(&mut self, keys: &str) {
        let mut bytes = Vec::new();
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            assert!(
                !bytes.ends_with(b"\x1b"),
                "<esc> must be the last of {keys:?}"
            );
            match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                Some((name, after)) if !name.is_empty() => {
                    bytes.extend(key_bytes(name));
                    rest = after;
                }
                _ => {
                    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        self.bytes(&bytes);
    }

    /// Opens a shell by its key and waits for a prompt that was not there before.
    pub fn shell(&mut self) {
        self.shell_by("e");
    }

    /// The same by another key.
    pub fn shell_by(&mut self, key: &str) {
        let before = self.seen().bytes.len();
        self.keys(key);
        self.wait_until("a prompt", |seen| {
            let new = seen.bytes.get(before..).unwrap_or_default();
            !seen.screen().alternate_screen() && new.contains(&b'#')
        });
    }

    /// Types the keys that leave a shell. The engine takes them only when each comes alone, and
    /// nothing shows that it has taken the first: the one place where time passes.
    pub fn detach(&mut self) {
        self.bytes(b"\x10");
        std::thread::sleep(Duration::from_millis(200));
        self.bytes(b"\x11");
    }

    /// Pastes, as a terminal with bracketed paste does.
    pub fn paste(&mut self, text: &str) {
        self.bytes(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// A mouse report: button 0 is the left one, 64 and 65 are the wheel.
    pub fn mouse(&mut self, button: u8, (x, y): (u16, u16)) {
        let (x, y) = (x + 1, y + 1);
        self.bytes(format!("\x1b[<{button};{x};{y}M").as_bytes());
        if button < 64 {
            self.bytes(format!("\x1b[<{button};{x};{y}m").as_bytes());
        }
    }

    /// Clicks on the first place of some text.
    pub fn click(&mut self, text: &str) {
        let place = self.find(text);
        self.mouse(0, place);
    }

    /// Gives the terminal another size.
    pub fn resize(&self, width: u16, height: u16) {
        let mut seen = self.seen();
        seen.parser.screen_mut().set_size(height, width);
        drop(seen);
        let master = self.master.as_ref().unwrap();
        master.resize(pty_size(width, height)).unwrap();
    }

    /// Gives the terminal another size and waits for the frame that follows.
    pub fn resize_and_wait(&self, width: u16, height: u16) {
        let before = self.seen().police.clears;
        self.resize(width, height);
        self.wait_until(&format!("a frame at {width}x{height}"), |seen| {
            seen.police.clears > before
        });
    }

    /// The whole screen is painted anew, by a signal that needs no key.
    pub fn repaint(&self) {
        let before = self.seen().police.taken;
        self.signal(Signal::CONT);
        // taken again, and then a frame
        self.wait_until("the screen to be taken again", |seen| {
            seen.police.taken > before && seen.police.frames_since_taken > 0
        });
    }

    /// Asserts that what shows is what a fresh painting of all of it shows. What changes by
    /// itself meanwhile is given a few more tries.
    pub fn assert_whole(&self, what: &str) {
        let mut last = (String::new(), String::new());
        for _ in 0..8 {
            self.wait_until("a whole frame", |_| true);
            let before = self.text();
            self.repaint();
            let after = self.text();
            if before == after {
                return;
            }
            last = (before, after);
        }
        panic!("{what}: the screen\n{}\npainted anew\n{}", last.0, last.1);
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    /// Closes the terminal as a window does that is closed.
    pub fn close(&mut self) {
        self.seen().hang_up = true;
        // the reader sees that it should end with the next bytes
        let size = self.master.as_ref().unwrap().get_size().unwrap();
        let other = pty_size(size.cols + 1, size.rows);
        self.master.as_ref().unwrap().resize(other).unwrap();
        self.thread.take().unwrap().join().unwrap();
        self.writer = None;
        self.slave = None;
        self.master = None;
    }

    // ---- the end

    /// Waits for the program's end and reads the last of what it wrote.
    pub fn wait_exit(&mut self) -> ExitStatus {
        self.wait_exit_within(LIMIT)
    }

    pub fn wait_exit_within(&mut self, limit: Duration) -> ExitStatus {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                began.elapsed() < limit,
                "the program has not ended after {limit:?}; the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(5));
        };
        // with nobody at the other end, the reader comes to its end
        if let Some(thread) = self.thread.take() {
            self.writer = None;
            self.slave = None;
            thread.join().unwrap();
        }
        status
    }

    /// Asserts that the terminal is as it was before.
    pub fn assert_restored(&self) {
        let seen = self.seen();
        let screen = seen.screen();
        assert!(!screen.alternate_screen(), "on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pastes are marked");
        let mouse = screen.mouse_protocol_mode();
        assert_eq!(mouse, vt100::MouseProtocolMode::None, "the mouse is held");
        assert!(!seen.police.in_frame(), "an update was begun and not ended");
        drop(seen);
        if let Some(master) = &self.master {
            assert_eq!(termios(&**master), self.fresh, "the line's settings");
        }
    }

    /// Quits by key, and asserts that all is well: exit code, terminal, what was written.
    pub fn quit(mut self) {
        self.keys("<ctrl-c>");
        // a job whose end has not been told yet is waited for, and must end
        while let Some(job) = self.job_that_keeps_it() {
            self.keys("<esc>");
            self.wait_gone(&job);
            self.keys("<ctrl-c>");
        }
        self.assert_ended(1);
    }

    /// The job that the program asks about before it ends; none when it ends, or asks nothing.
    fn job_that_keeps_it(&mut self) -> Option<String> {
        let began = Instant::now();
        while began.elapsed() < LIMIT && self.child.try_wait().unwrap().is_none() {
            let text = self.text();
            let line = text.lines().find(|line| line.contains(" is under way"));
            if let Some(line) = line.filter(|_| text.contains("Quit Pilothouse?")) {
                let (before, _) = line.split_once(" is under way")?;
                return before.rsplit('│').next().map(|job| job.trim().to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// The program has been told to end: exit code 0, the terminal restored, the screen taken as
    /// often as was expected.
    pub fn assert_ended(&mut self, taken: usize) {
        let status = self.wait_exit();
        assert!(status.success(), "{status}; the screen:\n{}", self.text());
        self.assert_restored();
        let seen = self.seen();
        assert_eq!(seen.police.left, seen.police.left.max(taken), "screen left");
        drop(seen);
    }

    // ---- files

    /// A file in the program's home.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn config_file(&self) -> PathBuf {
        config_file(self.home.path())
    }

    /// The program's own log.
    pub fn log(&self) -> String {
        let file = self.file("state/pilothouse/pilothouse.log");
        std::fs::read_to_string(file).unwrap_or_default()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.writer = None;
        self.slave = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if std::thread::panicking() {
            return;
        }
        // for the whole of each test
        let seen = self.seen();
        let strays = &seen.police.strays;
        assert!(
            strays.is_empty(),
            "not allowed: {strays:#?}\n{}",
            seen.text()
        );
        drop(seen);
        let log = self.log();
        assert!(!log.contains("panicked"), "a task panicked:\n{log}");
    }
}

fn key_bytes(name: &str) -> Vec<u8> {
    if let Some(c) = name
        .strip_prefix("ctrl-")
        .and_then(|rest| rest.bytes().next())
    {
        return vec![c & 0x1f];
    }
    if let Some(key) = name.strip_prefix("alt-") {
        return [b"\x1b".as_slice(), key.as_bytes()].concat();
    }
    let bytes: &[u8] = match name {
        "enter" => b"\r",
        "esc" => b"\x1b",
        "tab" => b"\t",
        "shift-tab" => b"\x1b[Z",
        "space" => b" ",
        "backspace" => b"\x7f",
        "del" => b"\x1b[3~",
        "up" => b"\x1b[A",
        "down" => b"\x1b[B",
        "right" => b"\x1b[C",
        "left" => b"\x1b[D",
        "home" => b"\x1b[H",
        "end" => b"\x1b[F",
        "pgup" => b"\x1b[5~",
        "pgdn" => b"\x1b[6~",
        "f1" => b"\x1bOP",
        "f2" => b"\x1bOQ",
        "f5" => b"\x1b[15~",
        "lt" => b"<",
        "gt" => b">",
        _ => panic!("no key {name}"),
    };
    bytes.to_vec()
}
