//! A tiny shell: what a process run inside a simulated container prints, and how it ends.
//!
//! Must only turn input into output; knows no sockets.

use std::fmt::Write as _;

use super::container::Container;
use super::exec::Exec;
use super::programs;

/// Something to be written, or the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Text(String),
    Error(String),
    /// Sleeps this long, in milliseconds.
    Sleep(u64),
    /// Asks for the terminal's size and prints it.
    Size,
    /// The client leaves it running.
    Leave,
    Exit(i64),
}

/// One process.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) container: Container,
    pub(super) exec: Exec,
    modern: bool,
    line: String,
    status: i64,
    /// The first of the two keys that leave it has been typed.
    leaving: bool,
}

/// Programs that every image with a shell has.
const PROGRAMS: [&str; 17] = [
    "ls", "ps", "echo", "cat", "env", "id", "whoami", "hostname", "pwd", "uname", "date", "sleep",
    "true", "false", "stty", "clear", "printf",
];

impl Shell {
    /// A process that has just been started.
    pub(super) fn new(container: Container, exec: Exec, modern: bool) -> Self {
        Self {
            container,
            exec,
            modern,
            line: String::new(),
            status: 0,
            leaving: false,
        }
    }

    fn program(&self) -> &str {
        self.exec.command.first().map_or("", String::as_str)
    }

    fn has(&self, program: &str) -> bool {
        let name = program.rsplit('/').next().unwrap_or(program);
        let shells = &self.container.template.shells;
        let bare = shells.iter().any(|one| one == "none");
        !bare && (PROGRAMS.contains(&name) || shells.iter().any(|one| one == name))
    }

    /// Whether a process of this kind reads commands.
    fn is_shell(&self) -> bool {
        let name = self.program().rsplit('/').next().unwrap_or_default();
        matches!(name, "sh" | "ash" | "bash" | "dash" | "zsh")
    }

    /// What it does before it reads anything.
    pub(super) fn begin(&mut self) -> Vec<Output> {
        let program = self.program().to_owned();
        if !self.has(&program) {
            return self.missing(&program);
        }
        if !self.is_shell() {
            let mut out = self.run(&self.exec.command.clone());
            self.close(&mut out);
            return out;
        }
        match self.exec.command.iter().position(|word| word == "-c") {
            Some(place) => {
                let script = self
                    .exec
                    .command
                    .get(place + 1)
                    .cloned()
                    .unwrap_or_default();
                let mut out = self.script(&script);
                self.close(&mut out);
                out
            }
            None if !self.exec.attached[0] => vec![Output::Exit(0)],
            None if self.exec.tty => vec![Output::Text(self.prompt())],
            None => Vec::new(),
        }
    }

    fn close(&self, out: &mut Vec<Output>) {
        if !matches!(out.last(), Some(Output::Exit(_))) {
            out.push(Output::Exit(self.status));
        }
    }

    /// The engine's own words for a program that isn't there.
    fn missing(&self, program: &str) -> Vec<Output> {
        let reason = if program.contains('/') {
            format!("stat {program}: no such file or directory")
        } else {
            "executable file not found in $PATH".to_owned()
        };
        let text = format!(
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"{program}\": {reason}: unknown\r\n"
        );
        // 20.10 answers 126 for both; later ones tell a missing file by 127
        vec![
            Output::Text(text),
            Output::Exit(if self.modern { 127 } else { 126 }),
        ]
    }

    fn prompt(&self) -> String {
        let user = if self.container.template.user.is_empty() {
            "#"
        } else {
            "$"
        };
        let place = match self.container.template.workdir.as_str() {
            "" => "/",
            place => place,
        };
        if self.program().ends_with("bash") {
            let host = self.container.id.get(..12).unwrap_or("demo");
            format!("root@{host}:{place}{user} ")
        } else {
            format!("{place} {user} ")
        }
    }

    /// Takes typed or piped bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Output> {
        let mut out = Vec::new();
        for letter in String::from_utf8_lossy(bytes).chars() {
            let leaves = std::mem::replace(&mut self.leaving, letter == '\x10');
            match letter {
                // ctrl-p ctrl-q, as every client asks for
                '\x11' if leaves && self.exec.tty => {
                    out.push(Output::Leave);
                    break;
                }
                '\r' | '\n' => {
                    if self.exec.tty {
                        out.push(Output::Text("\r\n".to_owned()));
                    }
                    let line = std::mem::take(&mut self.line);
                    out.extend(self.script(&line));
                    if matches!(out.last(), Some(Output::Exit(_))) {
                        break;
                    }
                    if self.exec.tty {
                        out.push(Output::Text(self.prompt()));
                    }
                }
                '\x04' if self.exec.tty && self.line.is_empty() => {
                    out.extend([Output::Text("\r\n".to_owned()), Output::Exit(self.status)]);
                    break;
                }
                '\x03' if self.exec.tty => {
                    self.line.clear();
                    self.status = 130;
                    out.push(Output::Text(format!("^C\r\n{}", self.prompt())));
                }
                '\x7f' | '\x08' if self.exec.tty => {
                    if self.line.pop().is_some() {
                        out.push(Output::Text("\x08 \x08".to_owned()));
                    }
                }
                _ if letter.is_control() && letter != '\t' => {}
                _ => {
                    self.line.push(letter);
                    if self.exec.tty {
                        out.push(Output::Text(letter.to_string()));
                    }
                }
            }
        }
        out
    }

    /// The end of input ends a shell.
    pub(super) fn eof(&mut self) -> Vec<Output> {
        let line = std::mem::take(&mut self.line);
        let mut out = if line.is_empty() {
            Vec::new()
        } else {
            self.script(&line)
        };
        self.close(&mut out);
        out
    }

    /// Runs commands divided by `;`, `&&` or line feeds.
    fn script(&mut self, text: &str) -> Vec<Output> {
        let mut out = Vec::new();
        for part in text.replace("&&", ";").split([';', '\n']) {
            let mut words = split(part);
            let to_error = words.last().is_some_and(|word| word == ">&2");
            if to_error {
                words.pop();
            }
            if words.is_empty() {
                continue;
            }
            out.extend(self.run(&words).into_iter().map(|one| match one {
                Output::Text(text) if to_error => Output::Error(text),
                other => other,
            }));
            if matches!(out.last(), Some(Output::Exit(_))) {
                break;
            }
        }
        out
    }

    fn text(&self, lines: &str) -> Output {
        let text = if self.exec.tty {
            lines.replace('\n', "\r\n")
        } else {
            lines.to_owned()
        };
        Output::Text(text)
    }

    fn run(&mut self, words: &[String]) -> Vec<Output> {
        let (program, arguments) = words
            .split_first()
            .map_or(("", &[][..]), |(a, b)| (a.as_str(), b));
        let name = program.rsplit('/').next().unwrap_or(program);
        let first = arguments.first().map_or("", String::as_str);
        self.status = i64::from(name == "false");
        let host = self.container.id.get(..12).unwrap_or_default().to_owned();
        match name {
            "exit" => vec![Output::Exit(first.parse().unwrap_or(self.status))],
            "echo" => {
                let joined = arguments.join(" ").replace("$?", &self.status.to_string());
                let text = match joined.strip_prefix("-e ") {
                    Some(rest) => String::from_utf8_lossy(&programs::unescape(rest)).into_owned(),
                    None => joined,
                };
                vec![self.text(&format!("{text}\n"))]
            }
            "printf" => {
                let text = programs::format(arguments).unwrap_or_default();
                vec![self.text(&String::from_utf8_lossy(&text))]
            }
            "ls" => vec![self.list(first)],
            "ps" => vec![self.processes()],
            "pwd" => vec![self.text("/\n")],
            "whoami" => vec![self.text("root\n")],
            "id" => vec![self.text("uid=0(root) gid=0(root) groups=0(root)\n")],
            "hostname" => vec![self.text(&format!("{host}\n"))],
            "uname" => vec![self.text(&format!(
                "Linux {host} 6.1.0-27-amd64 #1 SMP x86_64 Linux\n"
            ))],
            "date" => vec![self.text("Tue Nov 24 12:00:00 UTC 2026\n")],
            "clear" => vec![Output::Text("\x1b[H\x1b[2J".to_owned())],
            "stty" if first == "size" => vec![Output::Size],
            "true" | "false" | "export" | "set" | "cd" | "stty" => Vec::new(),
            "sleep" => vec![Output::Sleep(
                (first.parse::<f64>().unwrap_or(0.0) * 1000.0) as u64,
            )],
            "env" => {
                let lines = self.container.template.env.join("\n");
                vec![self.text(&format!("{lines}\nHOSTNAME={host}\nHOME=/root\n"))]
            }
            "cat" => self.cat(first),
            "help" => vec![self.text(
                "commands: cat clear date echo env exit hostname id ls ps pwd sleep uname\n",
            )],
            _ if self.is_shell() => {
                self.status = 127;
                let text = format!("{}: {program}: not found\n", self.program());
                vec![self.error(&text)]
            }
            _ => Vec::new(),
        }
    }

    fn error(&self, text: &str) -> Output {
        if self.exec.tty {
            self.text(text)
        } else {
            Output::Error(text.to_owned())
        }
    }

    fn list(&mut self, place: &str) -> Output {
        match place {
            "" | "/" | "-l" | "-la" | "-a" => {
                self.text("bin\ndev\netc\nhome\nlib\nproc\nroot\nsys\ntmp\nusr\nvar\n")
            }
            "/etc" => self.text("hostname\nhosts\nos-release\npasswd\nresolv.conf\n"),
            "/tmp" => self.text(""),
            _ => {
                self.status = 1;
                self.error(&format!("ls: {place}: No such file or directory\n"))
            }
        }
    }

    fn cat(&mut self, file: &str) -> Vec<Output> {
        match file {
            "/etc/os-release" => {
                vec![self.text("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\n")]
            }
            "/etc/hostname" => {
                let host = self.container.id.get(..12).unwrap_or_default();
                vec![self.text(&format!("{host}\n"))]
            }
            _ => {
                self.status = 1;
                vec![self.error(&format!(
                    "cat: can't open '{file}': No such file or directory\n"
                ))]
            }
        }
    }

    fn processes(&self) -> Output {
        let mut text = "PID   USER     TIME  COMMAND\n".to_owned();
        for (place, (user, command)) in self.container.processes().iter().enumerate() {
            let _ = writeln!(
                text,
                "{:5} {user:<8}  0:0{} {command}",
                place * 6 + 1,
                place % 9
            );
        }
        let _ = writeln!(text, "  142 root      0:00 {}", self.exec.command.join(" "));
        self.text(&text)
    }
}

/// Words of a command line, with both kinds of quotes.
fn split(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => (quote, any) = (Some(letter), true),
            (None, ' ' | '\t') => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(letter),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_with_quotes() {
        assert_eq!(
            split("echo 'a b' \"c\"  d ''"),
            ["echo", "a b", "c", "d", ""]
        );
        assert!(split("   ").is_empty());
    }
}
