//! What a container's end means: its exit code in words, and what usually helps.

use super::units;

/// What is known of an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending<'a> {
    /// The exit code, as the engine keeps it: 0 to 255.
    pub code: i64,
    /// Whether it ever ran: one whose start failed has an exit code too.
    pub ran: bool,
    /// The engine's words on a start that failed; empty when there are none.
    pub error: &'a str,
    /// Whether the kernel ended one of its processes for want of memory.
    pub oom: bool,
    /// Bytes of memory that it may use; none without a limit.
    pub limit: Option<u64>,
    /// What it was asked to do before it ended.
    pub asked: Asked,
}

/// What a container was asked to do before it ended, as its events tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing that was seen.
    #[default]
    Nothing,
    /// To stop: it got its signal, this number, and went in time.
    Stop(u8),
    /// To stop, and it did not go in time: it was killed.
    StopThenKill,
    /// It was sent a signal.
    Signal(u8),
}

/// An end in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// In a few words: `exit 137 · killed for want of memory`.
    pub title: String,
    /// What happened: whole sentences.
    pub why: String,
    /// What usually helps, a sentence each; none when nothing is wrong.
    pub helps: Vec<&'static str>,
    /// Whether it ended as it should.
    pub well: bool,
}

/// Names of the signals from 1 on, without `SIG` (Linux, `signal(7)`, as on x86 and ARM).
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// A signal's name with `SIG`.
pub fn signal_name(number: u8) -> String {
    let known = usize::from(number)
        .checked_sub(1)
        .and_then(|at| SIGNALS.get(at));
    match (known, number) {
        (Some(name), _) => format!("SIG{name}"),
        (None, 34..=64) => format!("SIGRTMIN+{}", number - 34),
        (None, _) => format!("signal {number}"),
    }
}

/// The signal that an exit code stands for: a shell, and the engine, say 128 and its number.
pub fn signal_of(code: i64) -> Option<u8> {
    u8::try_from(code - 128)
        .ok()
        .filter(|signal| (1..=64).contains(signal))
}

/// Reads an end.
pub fn verdict(ending: &Ending<'_>) -> Verdict {
    if !ending.ran && !ending.error.is_empty() {
        return not_started(ending);
    }
    if ending.oom {
        return out_of_memory(ending);
    }
    match (ending.code, ending.asked) {
        (0, Asked::Stop(_)) => well("stopped", "It was asked to stop, and ended as it should."),
        (0, _) => well(
            "ended by itself",
            "Its main process came to its end without a failure.",
        ),
        (137, Asked::StopThenKill) => bad(
            "137 · killed: it did not stop in time",
            "It was asked to stop, did not end within its time, and was killed with SIGKILL.",
            &[
                "let it handle SIGTERM: a shell as its first process passes no signal on; use `exec`, or `docker run --init`",
                "or give it more time: `docker stop -t 60`, `stop_grace_period` in Compose",
            ],
        ),
        (137, Asked::Signal(9)) => bad(
            "137 · killed with SIGKILL",
            "Somebody sent it SIGKILL through the engine: it could not tidy up.",
            &["to end it with time to tidy up, stop it instead"],
        ),
        (137, Asked::Nothing | Asked::Stop(_) | Asked::Signal(_)) => bad(
            "137 · killed with SIGKILL",
            "It was killed with SIGKILL, and the engine does not say that its own memory limit was the reason: by `docker kill`, a stop that took too long, a process on the host, or the host's own want of memory.",
            &[
                "look for `Out of memory` in the host's kernel log: `dmesg -T`",
                "a memory limit of its own makes the engine say so, and spares the others",
            ],
        ),
        (143, Asked::Stop(_) | Asked::Signal(15)) => well(
            "143 · ended by SIGTERM, as it was asked",
            "It was asked to end and its program left the signal to do it: nothing is wrong.",
        ),
        (code @ 129..=192, asked) => by_signal(code, asked),
        (code @ 125..=128, _) => special(code),
        (code, _) => by_itself(code),
    }
}

fn well(words: &str, why: &str) -> Verdict {
    Verdict {
        title: titled(words),
        why: why.to_owned(),
        helps: Vec::new(),
        well: true,
    }
}

fn bad(words: &str, why: impl Into<String>, helps: &[&'static str]) -> Verdict {
    Verdict {
        title: titled(words),
        why: why.into(),
        helps: helps.to_vec(),
        well: false,
    }
}

/// `137 · killed` becomes `exit 137 · killed`, and words without a code are code 0's.
fn titled(words: &str) -> String {
    if words.starts_with(|c: char| c.is_ascii_digit()) {
        format!("exit {words}")
    } else {
        format!("exit 0 · {words}")
    }
}

/// Why a start fails: what the engine's words hold, what that is in short, the sentence, what helps.
type Start = (
    &'static [&'static [&'static str]],
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// The reasons in the order in which they are looked for. Of the words of one group all must be
/// there.
const STARTS: [Start; 6] = [
    (
        &[
            &["executable file not found"],
            &["exec", "no such file or directory"],
        ],
        "not started: there is no such program in the image",
        "The program that it is to run is not in the image, or the interpreter that its first line names is not.",
        &[
            "look what the image has: press f for its files",
            "a command line in one string needs a shell: `sh -c '…'`",
            "a script with Windows line ends asks for an interpreter named `sh\\r`",
            "a program for another C library (glibc, musl) is `not found` too",
        ],
    ),
    (
        &[&["exec", "permission denied"]],
        "not started: the program may not be executed",
        "The program is there, but is not executable for the user that it runs as.",
        &[
            "give it the right: `RUN chmod +x` in the Dockerfile, or `COPY --chmod=755`",
            "a folder mounted with `noexec` forbids it as well",
        ],
    ),
    (
        &[&["exec format error"]],
        "not started: the program is for another kind of machine",
        "The kernel does not know the program's format: another architecture, or a script without `#!`.",
        &[
            "run an image of the host's architecture: `docker run --platform`",
            "begin a script with `#!/bin/sh`",
        ],
    ),
    (
        &[&["port is already allocated"], &["address already in use"]],
        "not started: a port is taken",
        "Another container or program holds a port that it is to publish.",
        &["stop the other one, or publish another port"],
    ),
    (
        &[&["mount"], &["bind source path"]],
        "not started: something could not be mounted",
        "A folder, file or volume that it is to have could not be mounted.",
        &[
            "does the source exist on the engine's host, and is it of the same kind: file or folder?",
        ],
    ),
    (
        &[&["network"], &["endpoint"]],
        "not started: its network could not be made",
        "It could not be attached to one of its networks.",
        &["does the network still exist? connect it to one that does"],
    ),
];

fn not_started(ending: &Ending<'_>) -> Verdict {
    let words = ending.error.to_lowercase();
    let holds = |group: &&[&str]| group.iter().all(|word| words.contains(word));
    let known = STARTS.iter().find(|(groups, ..)| groups.iter().any(holds));
    let (short, why, helps) = known.map_or(
        (
            "not started",
            "The engine could not start it; its own words say why.",
            &["look at the engine's own log"] as &[_],
        ),
        |(_, short, why, helps)| (*short, *why, *helps),
    );
    bad(&format!("{} · {short}", ending.code), why, helps)
}

fn out_of_memory(ending: &Ending<'_>) -> Verdict {
    let limit = ending.limit.map(units::bytes);
    let within = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    if ending.code == 137 {
        return bad(
            "137 · killed for want of memory",
            format!("The kernel killed its main process: it wanted more than its limit{within}."),
            &[
                "raise the limit: `docker update --memory … --memory-swap …`, then start it",
                "or let the program use less: a runtime's heap has to stay below the limit",
                "its Stats tab shows how the use grew, while it runs",
            ],
        );
    }
    bad(
        &format!("{} · after a want of memory", ending.code),
        format!(
            "The kernel killed one of its processes, which wanted more than the limit{within}; the main process ended after that."
        ),
        &[
            "raise the limit: `docker update --memory … --memory-swap …`, then start it",
            "or let it run fewer processes at once",
        ],
    )
}

/// Signals that say what went wrong: number, in a few words, the sentence, what helps.
const CRASHES: [(u8, &str, &str, &str); 9] = [
    (
        4,
        "crashed: illegal instruction (SIGILL)",
        "The program used an instruction that this processor does not have.",
        "run a build for this processor: another `--platform`, or one without its extensions",
    ),
    (
        6,
        "it aborted (SIGABRT)",
        "The program gave up by itself: a failed assertion, an uncaught exception, a damaged heap.",
        "its last log lines say which",
    ),
    (
        7,
        "crashed: bus error (SIGBUS)",
        "The program used memory that nothing is behind: often a full /dev/shm.",
        "give it more shared memory: `docker run --shm-size=256m`",
    ),
    (
        8,
        "crashed: arithmetic (SIGFPE)",
        "The program divided by zero or overflowed.",
        "its last log lines may say where",
    ),
    (
        11,
        "crashed: segmentation fault (SIGSEGV)",
        "The program used memory that is not its own: a bug of it, of a library, or of an emulated processor.",
        "try another version of the image, or one for the host's own processor",
    ),
    (
        13,
        "ended by SIGPIPE",
        "It wrote to something that nobody read any more.",
        "its last log lines may say what",
    ),
    (
        24,
        "a limit of its own ended it (SIGXCPU)",
        "It used more processor time than its ulimits allow.",
        "raise the limit: `docker run --ulimit cpu=…`",
    ),
    (
        25,
        "a limit of its own ended it (SIGXFSZ)",
        "It wrote a longer file than its ulimits allow.",
        "raise the limit: `docker run --ulimit fsize=…`",
    ),
    (
        31,
        "a forbidden system call (SIGSYS)",
        "The seccomp profile killed it for a system call that it forbids.",
        "run it with a profile that allows the call: `--security-opt seccomp=FILE`",
    ),
];

fn by_signal(code: i64, asked: Asked) -> Verdict {
    let signal = signal_of(code).unwrap_or_default();
    let name = signal_name(signal);
    let plain = format!("{code} · ended by {name}");
    if asked == Asked::Signal(signal) {
        let why = format!("Somebody sent it {name} through the engine.");
        return bad(&plain, why, &["the Events tab says when"]);
    }
    if let Some((_, words, why, help)) = CRASHES.iter().find(|crash| crash.0 == signal) {
        return bad(&format!("{code} · {words}"), *why, &[help]);
    }
    if matches!(signal, 1 | 2 | 3 | 15) {
        let why = format!(
            "It ended by {name}: asked to end from inside, from a terminal, or before Pilothouse began to watch."
        );
        return bad(
            &plain,
            why,
            &["after a `docker stop` this is as it should be"],
        );
    }
    let why = format!("It ended by {name}, or its program chose that exit code.");
    bad(&plain, why, &["its last log lines may say why"])
}

/// The codes that a shell and `docker run` have meanings of their own for.
fn special(code: i64) -> Verdict {
    match code {
        125 => bad(
            "125 · a docker command in it failed",
            "Its program ended with 125: the code with which `docker run` itself fails.",
            &["its last log lines say what it ran"],
        ),
        126 => bad(
            "126 · a command may not be executed",
            "A command that it runs is there, but could not be executed: its rights, or its format.",
            &["its last log lines name the command; give it the right: `chmod +x`"],
        ),
        127 => bad(
            "127 · a command was not found",
            "A command that its script runs is not in the image.",
            &[
                "its last log lines name the command",
                "look what the image has: press f for its files",
            ],
        ),
        _ => bad(
            "128 · an exit with no sense",
            "A script ended with an argument that is no exit code, or the engine could not start it.",
            &["its last log lines may say why"],
        ),
    }
}

fn by_itself(code: i64) -> Verdict {
    let (words, why, help): (&str, &str, &'static str) = match code {
        1 => (
            "it failed",
            "Its program ended with 1: the usual code for any failure.",
            "its last log lines say why",
        ),
        2 => (
            "it was called wrongly",
            "Its program ended with 2: often a wrong option, or a file that is not there.",
            "its last log lines say what it did not accept",
        ),
        255 => (
            "it failed",
            "Its program ended with 255, or with a number below zero.",
            "its last log lines say why",
        ),
        _ => (
            "it failed in its own way",
            "The code is the program's own: its documentation says what it means.",
            "its last log lines say why",
        ),
    };
    bad(&format!("{code} · {words}"), why, &[help])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: i64, asked: Asked) -> Verdict {
        verdict(&Ending {
            code,
            ran: true,
            asked,
            ..Ending::default()
        })
    }

    #[test]
    fn every_code_has_a_meaning() {
        let cases = [
            (0, "exit 0 · ended by itself", true),
            (1, "exit 1 · it failed", false),
            (2, "exit 2 · it was called wrongly", false),
            (3, "exit 3 · it failed in its own way", false),
            (125, "exit 125 · a docker command in it failed", false),
            (126, "exit 126 · a command may not be executed", false),
            (127, "exit 127 · a command was not found", false),
            (128, "exit 128 · an exit with no sense", false),
            (129, "exit 129 · ended by SIGHUP", false),
            (130, "exit 130 · ended by SIGINT", false),
            (
                132,
                "exit 132 · crashed: illegal instruction (SIGILL)",
                false,
            ),
            (134, "exit 134 · it aborted (SIGABRT)", false),
            (135, "exit 135 · crashed: bus error (SIGBUS)", false),
            (136, "exit 136 · crashed: arithmetic (SIGFPE)", false),
            (137, "exit 137 · killed with SIGKILL", false),
            (
                139,
                "exit 139 · crashed: segmentation fault (SIGSEGV)",
                false,
            ),
            (141, "exit 141 · ended by SIGPIPE", false),
            (143, "exit 143 · ended by SIGTERM", false),
            (
                153,
                "exit 153 · a limit of its own ended it (SIGXFSZ)",
                false,
            ),
            (159, "exit 159 · a forbidden system call (SIGSYS)", false),
            (162, "exit 162 · ended by SIGRTMIN+0", false),
            (200, "exit 200 · it failed in its own way", false),
            (255, "exit 255 · it failed", false),
        ];
        for (code, title, well) in cases {
            let verdict = read(code, Asked::Nothing);
            assert_eq!((verdict.title.as_str(), verdict.well), (title, well));
            assert!(verdict.why.ends_with('.'), "{code}: {}", verdict.why);
            assert!(well || !verdict.helps.is_empty(), "{code}: what helps?");
        }
    }

    #[test]
    fn what_it_was_asked_for_decides() {
        assert!(read(0, Asked::Stop(15)).title.contains("stopped"));
        assert!(read(143, Asked::Stop(15)).well);
        assert!(read(143, Asked::Signal(15)).well);
        let late = read(137, Asked::StopThenKill);
        assert_eq!(late.title, "exit 137 · killed: it did not stop in time");
        assert!(late.helps[0].contains("--init"));
        assert!(
            read(137, Asked::Signal(9))
                .why
                .contains("through the engine")
        );
        assert!(read(137, Asked::Nothing).helps[0].contains("dmesg"));
        assert!(read(138, Asked::Signal(10)).title.contains("SIGUSR1"));
    }

    #[test]
    fn a_want_of_memory_names_the_limit() {
        let ending = Ending {
            code: 137,
            ran: true,
            oom: true,
            limit: Some(32 << 20),
            ..Ending::default()
        };
        let told = verdict(&ending);
        assert_eq!(told.title, "exit 137 · killed for want of memory");
        assert!(told.why.contains("32.0MiB"), "{}", told.why);
        // a child was killed, and the parent told of it in its own way
        let other = verdict(&Ending { code: 1, ..ending });
        assert_eq!(other.title, "exit 1 · after a want of memory");
    }

    #[test]
    fn a_start_that_failed_is_told_by_the_engines_words() {
        let cases = [
            (
                127,
                r#"exec: "nosuch": executable file not found in $PATH: unknown"#,
                "no such program",
            ),
            (
                127,
                r#"exec: "/run.sh": stat /run.sh: no such file or directory: unknown"#,
                "no such program",
            ),
            (
                126,
                r#"exec: "/etc/passwd": permission denied: unknown"#,
                "may not be executed",
            ),
            (1, "exec /app: exec format error", "another kind of machine"),
            (
                128,
                "driver failed: Bind for 0.0.0.0:80 failed: port is already allocated",
                "a port is taken",
            ),
            (
                128,
                "error while mounting volume '/x': no such device",
                "could not be mounted",
            ),
            (128, "network abc not found", "its network"),
            (128, "something new", "not started"),
        ];
        for (code, error, words) in cases {
            let ending = Ending {
                code,
                error,
                ..Ending::default()
            };
            let told = verdict(&ending);
            assert!(told.title.contains(words), "{error}: {}", told.title);
            assert!(
                told.title
                    .starts_with(&format!("exit {code} · not started"))
            );
        }
        // an old error of a container that ran since says nothing of its end
        let ran = Ending {
            code: 0,
            ran: true,
            error: "network abc not found",
            ..Ending::default()
        };
        assert!(verdict(&ran).well);
    }
}
