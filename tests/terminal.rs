//! The built program in a real pseudo-terminal, over the simulated engine: what shows, that the
//! terminal is given back, that nothing is written that does not belong there.

mod pty;

use std::process::{Command, Stdio};
use std::time::Duration;

use pty::{Start, Terminal};
use rustix::process::Signal;

/// Every overlay: the keys that open it, and what it then says.
const OVERLAYS: [(&str, &str); 19] = [
    ("x", "Ask it to end; it is killed"),
    ("<ctrl-p>", "Go to or do"),
    ("?", "─ Keys"),
    (":", "tab completes"),
    ("/", "filter /"),
    ("c", "─ Columns"),
    ("o", "Sort by"),
    ("s", "Stop shop-web-1?"),
    ("d", "Remove shop-web-1?"),
    ("K", "freeze it"),
    ("<f2>", "new name"),
    ("y", "Copy from shop-web-1"),
    ("<ctrl-s>", "file: containers.txt"),
    ("P", "come free"),
    ("H", "─ Hosts"),
    ("n", "New container"),
    ("E", "Run a command in shop-web-1"),
    ("R", "Restart shop-web-1"),
    ("u", "Limits of shop-web-1"),
];

/// Every other screen, the connection screen apart, and the list over the whole width.
const SCREENS: [(&str, &str); 5] = [
    ("0", "Journal"),
    ("7", "─ Host"),
    ("8", "8 Events"),
    ("9", "reason"),
    ("z", "Containers"),
];

/// The demo with the cursor on shop-web-1.
fn at_web(size: (u16, u16)) -> Terminal {
    let mut terminal = Start::new(&["--demo"]).size(size.0, size.1).spawn();
    terminal.wait("web-1");
    terminal.keys(":shop-web-1<enter>");
    terminal.wait("─ ● shop-web-1 ─");
    terminal
}

fn escape(terminal: &mut Terminal, text: &str) {
    terminal.keys("<esc>");
    terminal.wait_gone(text);
}

#[test]
fn every_overlay_opens_by_its_key_and_closes() {
    let mut terminal = at_web((120, 40));
    for (keys, text) in OVERLAYS {
        terminal.keys(keys);
        terminal.wait(text);
        terminal.assert_whole(text);
        escape(&mut terminal, text);
    }
    terminal.quit();
}

#[test]
fn every_tab_and_screen_opens_by_its_key() {
    let mut terminal = at_web((200, 50));
    terminal.wait("following");
    let signs = [
        "avg",
        "Config",
        "PATH",
        "80/tcp",
        "/",
        "172.",
        "nginx",
        "",
        "",
        "restarts",
        "of 100",
        "its files",
    ];
    for sign in signs {
        let before = terminal.text();
        terminal.keys("]");
        terminal.wait_until("another tab", |seen| seen.text() != before);
        terminal.wait(sign);
        terminal.assert_whole(sign);
    }
    terminal.keys("]");
    terminal.wait("following");
    terminal.keys("[");
    terminal.wait_gone("following");
    terminal.keys("0");
    terminal.wait_gone("web-1");
    terminal.keys("1");
    terminal.wait("web-1");
    for (keys, text) in [("t", "avg"), ("i", "Config"), ("l", "following")] {
        terminal.keys(keys);
        terminal.wait(text);
    }
    // in a page: into the tree, out of it, back to the list
    terminal.keys("]]");
    terminal.wait("Config");
    terminal.keys("/RestartCount<enter>");
    terminal.wait(".RestartCount");
    terminal.keys("q");
    terminal.quit();
}

#[test]
fn it_is_whole_at_every_size() {
    let mut chance = Chance(7);
    let mut terminal = at_web((120, 40));
    for (keys, text) in OVERLAYS.into_iter().chain(SCREENS) {
        terminal.keys(keys);
        terminal.wait(text);
        // many at once, as while a window is dragged
        for _ in 0..6 {
            terminal.resize(chance.below(400) + 1, chance.below(120) + 1);
        }
        let (width, height) = (chance.below(400) + 1, chance.below(120) + 1);
        terminal.resize_and_wait(width, height);
        terminal.assert_whole(&format!("{keys} at {width}x{height}"));
        terminal.resize_and_wait(120, 40);
        terminal.wait(text);
        terminal.assert_whole(&format!("{keys} back at 120x40"));
        match keys {
            "z" => terminal.keys("z"),
            "0" | "7" | "8" | "9" => terminal.keys("1"),
            _ => escape(&mut terminal, text),
        }
        terminal.wait("─ ● shop-web-1 ─");
    }
    for (width, height) in [
        (1, 1),
        (1, 120),
        (400, 1),
        (2, 2),
        (39, 8),
        (40, 7),
        (400, 120),
    ] {
        terminal.resize_and_wait(width, height);
        terminal.assert_whole(&format!("{width}x{height}"));
    }
    terminal.quit();
}

#[test]
fn the_connection_screen_is_whole_at_every_size() {
    let mut chance = Chance(11);
    let terminal = Start::new(&["-H", "unix:///nowhere/x.sock"])
        .size(120, 40)
        .spawn();
    terminal.wait("No engine answers");
    for _ in 0..12 {
        let (width, height) = (chance.below(400) + 1, chance.below(120) + 1);
        terminal.resize_and_wait(width, height);
        terminal.assert_whole(&format!("{width}x{height}"));
    }
    terminal.resize_and_wait(80, 24);
    terminal.wait("d demo engine");
    terminal.quit();
}

#[test]
fn too_small_says_how_small() {
    let terminal = Start::new(&["--demo"]).size(32, 6).spawn();
    terminal.wait("32x6 is too small");
    terminal.wait("40x8 is enough");
    terminal.resize(80, 24);
    terminal.wait("web-1");
    terminal.resize_and_wait(30, 24);
    terminal.wait("30x24 is too small");
    terminal.quit();
}

#[test]
fn a_paste_is_text_where_text_is_typed_and_nothing_elsewhere() {
    let mut terminal = at_web((120, 40));
    terminal.paste("dy\rq\x1b[31m");
    terminal.wait("nothing here takes pasted text");
    terminal.keys("/");
    terminal.wait("filter /");
    terminal.paste("shop-d\x1b[2Jb");
    terminal.wait("shop-d[2Jb");
    terminal.keys("<ctrl-u>");
    terminal.paste("shop-db");
    terminal.wait_gone("monitoring-loki-1");
    terminal.keys("<enter>");
    terminal.wait("db-1");
    terminal.quit();
}

#[test]
fn the_mouse_presses_what_shows() {
    let mut terminal = at_web((200, 50));
    terminal.click("db-1");
    terminal.wait("─ ✚ shop-db-1 ─");
    terminal.click("Stats");
    terminal.wait("avg");
    terminal.click("0 Journal");
    terminal.wait_gone("db-1");
    terminal.click("1 Containers");
    terminal.wait("db-1");
    // a title sorts, a second press turns the order
    terminal.click("name  ");
    terminal.wait("name▴");
    terminal.click("name▴");
    terminal.wait("name▾");
    // the wheel over the list moves its cursor
    let place = terminal.find("web-1");
    let before = terminal.text();
    terminal.mouse(65, place);
    terminal.wait_until("the cursor to move", |seen| seen.text() != before);
    // the footer, then a menu, and beside it
    terminal.click("more");
    terminal.wait("Give it another name.");
    terminal.mouse(0, (1, 48));
    terminal.wait_gone("Give it another name.");
    terminal.keys("M");
    terminal.wait("the mouse selects text in the terminal");
    terminal.wait_until("the mouse to be free", |seen| {
        seen.screen().mouse_protocol_mode() == vt100::MouseProtocolMode::None
    });
    terminal.keys("M");
    terminal.wait("the mouse acts here");
    terminal.wait_until("the mouse to be held", |seen| {
        seen.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    });
    terminal.quit();
}

#[test]
fn each_way_to_end_restores_the_terminal() {
    for keys in ["q", "<ctrl-c>", ":quit<enter>"] {
        let mut terminal = Terminal::demo(&[]);
        assert!(terminal.seen().screen().alternate_screen());
        assert!(terminal.seen().screen().bracketed_paste());
        terminal.keys(keys);
        terminal.assert_ended(1);
    }
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = Terminal::demo(&[]);
        // an overlay holds nothing up
        terminal.keys(":");
        terminal.wait("tab completes");
        terminal.signal(signal);
        terminal.assert_ended(1);
    }
}

/// Takes the terminal as the program does, and panics. Run in a terminal by the test below.
#[test]
#[ignore = "panics on purpose; a_panic_gives_the_terminal_back runs it"]
fn panics_while_it_has_the_terminal() {
    use pilothouse::terminal::{Options, Screen, Taken, install_hooks};
    let taken = Taken::default();
    install_hooks(&taken).unwrap();
    let mut screen = Screen::open(Options::default(), &taken).unwrap();
    screen.draw(|_| {}).unwrap();
    panic!("capsized on purpose");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_reported() {
    let own = std::env::current_exe().unwrap();
    let test = "panics_while_it_has_the_terminal";
    let mut terminal = Start::program(
        own.to_str().unwrap(),
        &["--exact", test, "--ignored", "--nocapture"],
    )
    // the report of a whole trace fits
    .size(200, 150)
    .env("RUST_BACKTRACE", "full")
    .env("API_TOKEN", "phtsecret")
    .env("DOCKER_HOST", "tcp://me:phtsecret@127.0.0.1")
    .spawn();
    let status = terminal.wait_exit();
    let bytes = terminal.seen().bytes.clone();
    let report = String::from_utf8_lossy(&bytes);
    assert!(!report.contains("phtsecret"), "nothing of the environment");
    assert!(!status.success(), "the panic is not swallowed");
    assert_eq!(terminal.seen().police.taken, 1, "the terminal was taken");
    assert!(
        terminal.text().contains("capsized on purpose"),
        "the report is on the screen that stays:\n{}",
        terminal.text()
    );
    terminal.assert_restored();
}

#[test]
fn a_signal_before_the_first_frame_ends_it_too() {
    let mut terminal = Terminal::start(&["--demo"]);
    terminal.wait_until("the screen", |seen| seen.police.taken == 1);
    terminal.signal(Signal::TERM);
    let status = terminal.wait_exit();
    // before anybody listens the system's own end is right, but only with nothing taken
    assert!(status.success() || status.signal().is_some(), "{status}");
    if status.success() {
        terminal.assert_restored();
    }
}

#[test]
fn it_suspends_and_comes_back_in_a_shell_with_jobs() {
    let program = env!("CARGO_BIN_EXE_pilothouse");
    let mut terminal = Start::program("bash", &["--norc", "--noprofile", "-i"])
        .env("PS1", "ready$((1+1))> ")
        .spawn();
    terminal.wait("ready2>");
    terminal.keys(&format!("stty -g | cut -c1-90 >before; {program} --demo\r"));
    terminal.wait("web-1");
    for round in 0..2 {
        terminal.keys("<ctrl-z>");
        terminal.wait_until("the shell", |seen| {
            !seen.screen().alternate_screen() && seen.shows("Stopped")
        });
        terminal.keys(&format!(
            "stty -g | cut -c1-90 | diff - before && echo same$((40+{round}))\r"
        ));
        terminal.wait(&format!("same{}", 40 + round));
        terminal.keys("fg\r");
        terminal.wait_until("the screen again", |seen| {
            seen.screen().alternate_screen() && seen.shows("web-1")
        });
        // it hears keys again
        terminal.keys("0");
        terminal.wait_gone("web-1");
        terminal.keys("1");
        terminal.wait("web-1");
    }
    terminal.keys("q");
    terminal.wait_until("the shell", |seen| !seen.screen().alternate_screen());
    terminal.keys("echo code-$?-$(stty -g | cut -c1-90 | diff - before && echo same)\r");
    terminal.wait("code-0-same");
    terminal.keys("exit\r");
    terminal.wait_exit();
}

#[test]
fn a_shell_has_the_terminal_and_gives_it_back() {
    let mut terminal = at_web((120, 40));
    terminal.shell();
    terminal.keys("stty size\r");
    terminal.wait("40 120");
    terminal.resize(100, 30);
    // the resize travels beside the keys: asked again until it has arrived
    for _ in 0..20 {
        let before = terminal.text().matches("stty size").count();
        terminal.keys("stty size\r");
        terminal.wait_until("an answer", |seen| {
            let text = seen.text();
            text.matches("stty size").count() > before && text.trim_end().ends_with('#')
        });
        if terminal.text().contains("30 100") {
            break;
        }
    }
    terminal.wait("30 100");
    // no key is taken from the shell, and none of its ends is the program's
    terminal.keys("<ctrl-c>");
    terminal.wait("^C");
    terminal.keys("exit 3\r");
    terminal.wait("ended with exit code 3");
    terminal.wait("web-1");
    assert!(terminal.seen().screen().alternate_screen());
    terminal.assert_whole("after the shell");
    // once more, and left by the detach keys
    terminal.shell();
    terminal.detach();
    terminal.wait("detached");
    terminal.wait("web-1");
    // and once more, ended from outside
    terminal.keys("e");
    terminal.wait_until("the shell", |seen| !seen.screen().alternate_screen());
    terminal.signal(Signal::TERM);
    terminal.assert_ended(4);
}

#[test]
fn it_ends_when_its_terminal_is_gone() {
    for keys in ["", ":", "e"] {
        let mut terminal = at_web((120, 40));
        terminal.keys(keys);
        terminal.close();
        terminal.wait_exit_within(Duration::from_secs(2));
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
        .arg("--demo")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("terminal"), "{said}");
}

#[test]
fn settings_and_keys_are_printed() {
    for (arg, begins, holds) in [
        ("--print-config", "# Pilothouse settings", "stop_timeout"),
        ("--print-keys", "# Keys", "| container.restart | `r` |"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_pilothouse"))
            .args([arg, "--config", "/dev/null"])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(said.starts_with(begins) && said.contains(holds), "{said}");
        assert!(!said.contains('\x1b'));
    }
}

#[test]
fn wrong_settings_are_told_before_the_screen_is_taken() {
    let cases = [
        (
            "mouse = true\nthem = \"nord\"\n",
            ["line 2", "did you mean `theme`"],
        ),
        ("\n\n[list]\nsplit = \"wide\"\n", ["line 4", "wide"]),
        (
            "[keys]\n\"app.help\" = \"hyper-x\"\n",
            ["line 2", "`hyper-x` is no key"],
        ),
        (
            "[keys]\n\"container.restrat\" = \"r\"\n",
            ["line 2", "did you mean `container.restart`"],
        ),
        (
            "[keys]\n\n\"container.restart\" = \"p\"\n",
            ["line 3", "`p` is the key of both"],
        ),
        (
            "\ntheme = \"harbr\"\n",
            ["line 2", "no theme `harbr`; did you mean `harbor`"],
        ),
        ("theme = \n", ["line 1", ""]),
    ];
    for (text, words) in cases {
        let mut terminal = Start::new(&["--demo"]).config(text).size(300, 20).spawn();
        let status = terminal.wait_exit();
        assert_eq!(status.exit_code(), 2, "{text}: {}", terminal.text());
        let said = terminal.text();
        assert!(!terminal.seen().bytes.contains(&0x1b), "drawn: {said}");
        for word in words {
            assert!(said.contains(word), "{text}: no {word:?} in {said}");
        }
        assert!(said.contains("config.toml"), "{said}");
        terminal.assert_restored();
    }
    let mut terminal = Terminal::start(&["--demo", "shoop"]);
    assert_eq!(terminal.wait_exit().exit_code(), 2);
    assert!(terminal.text().contains("shop"), "{}", terminal.text());
}

#[test]
fn preferences_are_saved_and_comments_stay() {
    let text = "# mine\ntheme = \"nord\" # the blue one\n\n[confirm]\n# never\nstop = false\n";
    let mut terminal = Start::new(&["--demo"]).config(text).spawn();
    terminal.wait("web-1");
    terminal.keys(":sort cpu<enter>");
    terminal.wait("cpu %▾");
    terminal.keys("aS");
    terminal.wait("preferences saved to");
    let saved = std::fs::read_to_string(terminal.config_file()).unwrap();
    let kept = "# mine\ntheme = \"nord\" # the blue one\n\n[confirm]\n# never\nstop = false\n";
    assert!(saved.starts_with(kept), "{saved}");
    assert!(
        saved.contains("sort = \"cpu\"") && saved.contains("stopped = false"),
        "{saved}"
    );
    terminal.quit();
    // without a file, a new one with every comment
    let mut terminal = Terminal::demo(&[]);
    terminal.keys("S");
    terminal.wait("preferences saved to");
    let saved = std::fs::read_to_string(terminal.config_file()).unwrap();
    assert!(saved.contains("# Pilothouse settings."), "{saved}");
    terminal.quit();
}

#[test]
fn what_is_shown_is_saved_and_nothing_is_overwritten() {
    let mut terminal = at_web((120, 40));
    terminal.keys("<ctrl-s>");
    terminal.wait("file: containers.txt");
    terminal.keys("<enter>");
    terminal.wait("lines saved to");
    let saved = std::fs::read_to_string(terminal.file("containers.txt")).unwrap();
    assert!(saved.contains("shop-web-1\t"), "{saved}");
    std::fs::write(terminal.file("containers.txt"), "mine").unwrap();
    terminal.keys("<ctrl-s><enter>");
    terminal.wait("nothing is overwritten");
    let saved = std::fs::read_to_string(terminal.file("containers.txt")).unwrap();
    assert_eq!(saved, "mine");
    terminal.keys("<ctrl-s><ctrl-u>~/log-here<enter>");
    terminal.wait("log-here");
    terminal.wait_until("the file", |_| true);
    terminal.quit();
}

#[test]
fn copies_go_to_the_terminals_clipboard() {
    let mut terminal = at_web((120, 40));
    terminal.keys("y");
    terminal.wait("Copy from shop-web-1");
    assert!(terminal.seen().police.copied.is_empty());
    terminal.keys("n");
    terminal.wait("10 characters sent to the terminal's clipboard");
    assert_eq!(terminal.seen().police.copied, ["shop-web-1"]);
    terminal.keys("i");
    terminal.wait("NetworkSettings");
    terminal.keys("/RestartCount<enter>");
    terminal.wait(".RestartCount");
    terminal.keys("y");
    terminal.wait_until("a second copy", |seen| seen.police.copied.len() == 2);
    terminal.keys("Y");
    terminal.wait_until("a third copy", |seen| seen.police.copied.len() == 3);
    let copied = terminal.seen().police.copied.clone();
    assert!(copied[2].contains("RestartCount"), "{copied:?}");
    terminal.quit();
}

#[test]
fn read_only_refuses_every_change() {
    let mut terminal = Terminal::demo(&["--read-only"]);
    terminal.wait("read-only");
    for keys in ["s", "r", "p", "d", "K", "e", "<f2>", "P"] {
        let before = terminal.text();
        terminal.keys(keys);
        terminal.wait("read-only");
        let after = terminal.text();
        for word in ["Cancel", "Remove ", "Stop ", "new name"] {
            let new = after.matches(word).count() > before.matches(word).count();
            assert!(!new, "{keys} opened\n{after}");
        }
    }
    terminal.keys(":stop shop-web-1<enter>");
    terminal.keys("0");
    terminal.wait_gone("db-1");
    terminal.wait_gone("docker stop");
    terminal.quit();
}

#[test]
fn no_color_means_none() {
    let mut terminal = Start::new(&["--demo"]).env("NO_COLOR", "1").spawn();
    terminal.wait("web-1");
    terminal.keys("x");
    terminal.wait("Ask it to end; it is killed");
    escape(&mut terminal, "Ask it to end; it is killed");
    terminal.keys("t");
    terminal.wait("avg");
    assert!(!terminal.seen().police.coloured);
    terminal.quit();
    let terminal = Terminal::demo(&[]);
    assert!(terminal.seen().police.coloured);
    terminal.quit();
}

#[test]
fn ascii_means_ascii() {
    let mut terminal = Start::new(&["--demo", "--ascii"]).size(200, 50).spawn();
    terminal.wait("web-1");
    for keys in ["x", "?", ":", "<ctrl-p>", "s", "/", "c"] {
        let before = terminal.text();
        terminal.keys(keys);
        terminal.wait_until("an overlay", |seen| seen.text() != before);
        let with = terminal.text();
        terminal.keys("<esc>");
        terminal.wait_until("it to close", |seen| seen.text() != with);
    }
    terminal.keys("t");
    terminal.wait("avg");
    for _ in 0..9 {
        let before = terminal.text();
        terminal.keys("]");
        terminal.wait_until("another tab", |seen| seen.text() != before);
    }
    let beyond = terminal.seen().police.beyond_ascii.clone();
    assert!(beyond.is_empty(), "{beyond:?}");
    terminal.quit();
}

/// Numbers that repeat (Lehmer's generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u16) -> u16 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        (self.0 % u64::from(most)) as u16
    }
}
