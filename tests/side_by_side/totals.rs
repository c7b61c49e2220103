//! Screen 7 against the engines' own words: what `docker info` and `docker ps` print at each of
//! them is what its row and its page say, and their sum is what the line of totals says.

use serde_json::Value;

use super::There;
use crate::pty::lab::{Lab, POLITE, docker, said};
use crate::pty::{Seen, Start};

/// Whatever an engine says of itself.
#[derive(Debug)]
struct Word {
    info: Value,
    /// States and statuses, a line a container.
    containers: String,
}

impl Word {
    fn of(said: &dyn Fn(&[&str]) -> String) -> Self {
        Self {
            info: serde_json::from_str(&said(&["info", "--format", "{{json .}}"])).unwrap(),
            containers: said(&["ps", "-a", "--format", "{{.State}} {{.Status}}"]),
        }
    }

    fn text(&self, key: &str) -> &str {
        self.info[key].as_str().unwrap()
    }

    fn number(&self, key: &str) -> u64 {
        self.info[key].as_u64().unwrap()
    }

    /// How many containers are in a state.
    fn state(&self, state: &str) -> u64 {
        let lines = self.containers.lines();
        lines
            .filter(|line| line.split(' ').next() == Some(state))
            .count() as u64
    }

    fn unhealthy(&self) -> u64 {
        let lines = self.containers.lines();
        lines.filter(|line| line.contains("(unhealthy)")).count() as u64
    }

    /// Whether both answers are of the same moment.
    fn agrees(&self) -> bool {
        self.number("Containers") == self.containers.lines().count() as u64
            && self.number("ContainersRunning") == self.state("running")
            && self.number("ContainersPaused") == self.state("paused")
    }
}

/// The text that stands in a row under a title: all of it up to a gap of two.
fn under(titles: &str, title: &str, row: &str) -> Option<String> {
    let at = titles.find(&format!(" {title}"))? + 1;
    let from = titles[..at].chars().count();
    let to = from + title.chars().count();
    let row: Vec<char> = row.chars().collect();
    let is_gap = |place: usize| {
        let blank = |place: usize| row.get(place).is_none_or(|c| *c == ' ');
        blank(place) && blank(place + 1)
    };
    let inside = (from..to)
        .rev()
        .find(|place| row.get(*place) != Some(&' '))?;
    let begin = (0..inside).rev().find(|place| is_gap(*place));
    let end = (inside..row.len()).find(|place| is_gap(*place));
    let text = &row[begin.map_or(0, |gap| gap + 1)..end.unwrap_or(row.len())];
    Some(text.iter().collect::<String>().trim().to_owned())
}

/// Whether bytes as they are shown are so many, to the digits that show.
fn is_about(shown: &str, bytes: u64) -> bool {
    let number = shown.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match shown[number.len()..].chars().next() {
        Some('G') => 30,
        Some('M') => 20,
        _ => return false,
    };
    let digits = number.split_once('.').map_or(0, |(_, part)| part.len());
    let half = 0.5 / 10_f64.powi(digits as i32) + 1e-9;
    let wanted = bytes as f64 / f64::from(1 << unit);
    number
        .parse::<f64>()
        .is_ok_and(|number| (number - wanted).abs() <= half)
}

/// What differs between a host's row and what its engine says.
fn row(text: &str, host: &str, word: &Word) -> Vec<String> {
    let titles = text.lines().find(|row| row.contains(" state▴"));
    let row = text.lines().find(|row| {
        row.contains(&format!("● {host} ")) && row.contains(" live ") && !row.starts_with('╭')
    });
    let (Some(titles), Some(row)) = (titles, row) else {
        return vec![format!("{host} has no row")];
    };
    let troubled = word.unhealthy() + word.state("restarting");
    let running = format!("{}/{}", word.state("running"), word.number("Containers"));
    let cells = [
        ("running", running),
        ("unhealthy", troubled.to_string()),
        (
            "exited",
            (word.state("exited") + word.state("dead")).to_string(),
        ),
        ("paused", word.state("paused").to_string()),
        ("cores", word.number("NCPU").to_string()),
        ("version", plain(word.text("ServerVersion"))),
    ];
    let mut faults = Vec::new();
    for (title, wanted) in cells {
        let found = under(titles, title, row);
        if found.as_ref() != Some(&wanted) {
            faults.push(format!("{host}: {title} is {found:?}, not {wanted}"));
        }
    }
    let memory = under(titles, "of mem", row).unwrap_or_default();
    if !is_about(&memory, word.number("MemTotal")) {
        faults.push(format!("{host}: {memory} of memory"));
    }
    let os = under(titles, "os", row).unwrap_or_default();
    let os = os.trim_end_matches('…');
    if os.is_empty() || !word.text("OperatingSystem").starts_with(os) {
        faults.push(format!("{host}: the system {os}"));
    }
    faults
}

/// A version without what a distribution adds to it.
fn plain(version: &str) -> String {
    version.split('+').next().unwrap_or_default().to_owned()
}

/// What differs between a host's page and what its engine says.
fn page(text: &str, host: &str, word: &Word) -> Vec<String> {
    if !text.contains(&format!("● {host} ─ Host")) {
        return vec![format!("{host} has no page")];
    }
    let value = |label: &str| {
        let rows = text.lines().filter_map(|row| row.strip_prefix("│ "));
        let mut values = rows.filter_map(|row| row.strip_prefix(label)?.strip_prefix("  "));
        let value = values
            .next_back()
            .map(|value| value.trim_matches([' ', '│']));
        value.unwrap_or_default().to_owned()
    };
    let engine = format!("Docker {}", plain(word.text("ServerVersion")));
    let cells = [
        ("name", word.text("Name").to_owned()),
        ("engine", engine),
        ("system", word.text("OperatingSystem").to_owned()),
        ("kernel", word.text("KernelVersion").to_owned()),
        ("cores", word.number("NCPU").to_string()),
    ];
    let of_state = |label, count: u64| (label, some(count));
    let states = [
        of_state("running", word.state("running")),
        of_state("unhealthy", word.unhealthy()),
        of_state("restarting", word.state("restarting")),
        of_state("paused", word.state("paused")),
        of_state("created", word.state("created")),
        of_state("exited", word.state("exited") + word.state("dead")),
    ];
    let mut faults = Vec::new();
    for (label, wanted) in cells.into_iter().chain(states) {
        let found = value(label);
        if found != wanted {
            faults.push(format!(
                "{host}'s page: {label} is {found:?}, not {wanted:?}"
            ));
        }
    }
    faults
}

/// A number that is only said where it is one.
fn some(count: u64) -> String {
    match count {
        0 => String::new(),
        count => count.to_string(),
    }
}

/// What differs between the line below the list and the sum of what the engines say.
fn sums(text: &str, words: &[&Word]) -> Vec<String> {
    let sum = |of: &dyn Fn(&Word) -> u64| words.iter().map(|word| of(word)).sum::<u64>();
    let Some(line) = text.lines().find(|row| row.contains(" of 2 live")) else {
        return vec!["there are no totals".to_owned()];
    };
    let before = |word: &str| {
        let number = line.split(&format!(" {word}")).next()?;
        let number = number.rsplit(' ').next()?;
        (number.len() < line.len() && line.contains(&format!(" {word}"))).then(|| number.to_owned())
    };
    let exited = sum(&|word| word.state("exited") + word.state("dead"));
    let troubled = sum(&|word| word.unhealthy() + word.state("restarting"));
    let figures = [
        ("of 2 live", "2".to_owned()),
        ("running", sum(&|word| word.state("running")).to_string()),
        ("exited", some(exited)),
        ("paused", some(sum(&|word| word.state("paused")))),
        ("created", some(sum(&|word| word.state("created")))),
        ("unhealthy", some(troubled)),
        ("cores", sum(&|word| word.number("NCPU")).to_string()),
    ];
    let mut faults = Vec::new();
    for (name, wanted) in figures {
        let found = before(name).unwrap_or_default();
        if found != wanted {
            faults.push(format!("totals: {name} is {found:?}, not {wanted:?}"));
        }
    }
    let memory = line
        .split("mem ")
        .nth(1)
        .and_then(|rest| rest.split('/').nth(1));
    let memory = memory.and_then(|rest| rest.split(' ').next());
    let all = sum(&|word| word.number("MemTotal"));
    if !memory.is_some_and(|memory| is_about(memory, all)) {
        faults.push(format!("totals: {memory:?} of memory, not {all}"));
    }
    faults
}

#[test]
fn the_screen_of_hosts_says_what_each_engine_says_of_itself() {
    let Some(lab) = Lab::open("the_screen_of_hosts") else {
        return;
    };
    let Some(there) = There::open(&lab) else {
        return;
    };
    let far = |args: &[&str]| there.said(args);
    // of each state other numbers here and there
    let web = lab.run("web", &[], POLITE);
    let still = lab.run("still", &[], POLITE);
    docker(&["pause", &still]);
    lab.run("ended", &[], "exit 0");
    let ill = [
        "--health-cmd",
        "false",
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
    ];
    lab.run("ill", &ill, POLITE);
    let (one, two) = (lab.name("one"), lab.name("two"));
    there.run(&one);
    there.run(&two);
    far(&[
        "create",
        "--name",
        &lab.name("made"),
        "--label",
        &lab.label,
        super::IMAGE,
    ]);

    // other tests may make and end containers meanwhile: the engines are asked again each time
    let agrees = |seen: &Seen, on_page: &str| {
        let text = seen.text();
        let (home, away) = (Word::of(&|args| said(args)), Word::of(&far));
        let mut faults = [row(&text, "home", &home), row(&text, "away", &away)].concat();
        faults.extend(sums(&text, &[&home, &away]));
        let word = if on_page == "home" { &home } else { &away };
        faults.extend(page(&text, on_page, word));
        if home.agrees() && away.agrees() && faults.is_empty() {
            return true;
        }
        eprintln!("{}", faults.join("\n"));
        false
    };
    let start = Start::new(&[]).size(230, 70).config(&there.settings());
    let mut terminal = start.spawn();
    terminal.wait("2 live");
    terminal.keys("7");
    terminal.wait_row(&["● away", "live"]);
    terminal.keys("g");
    terminal.wait_until("what both engines say", |seen| agrees(seen, "away"));
    terminal.keys("j");
    terminal.wait_until("what both engines say", |seen| agrees(seen, "home"));

    // what others do at the engines changes the numbers
    docker(&["unpause", &still]);
    docker(&["stop", "-t", "3", &web]);
    far(&["pause", &one]);
    far(&["rm", "-f", &two]);
    terminal.wait_until("what both engines say now", |seen| agrees(seen, "home"));
    // one that is chosen has its own lists; the totals are of all
    terminal.keys("Haway<enter>");
    terminal.wait("1 of 2 hosts");
    terminal.keys("7");
    terminal.wait_row(&["● away", "live"]);
    terminal.keys("g");
    terminal.wait_until("what both engines say", |seen| agrees(seen, "away"));
    terminal.quit();
}
