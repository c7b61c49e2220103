//! How the built program holds up with many hosts, and over a slow line: measured from outside, in
//! a pseudo-terminal of 200x50, against simulated engines in a process of their own.
//!
//! ```text
//! just bench-hosts                50 hosts of 200 containers beside one of them, and a slow line
//! just bench-hosts --quick        a minute
//! ```
//!
//! It asserts nothing. It prints the Markdown tables of `docs/performance.md`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it prints a table"
)]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

mod line;
#[path = "../outside/mod.rs"]
mod outside;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use color_eyre::eyre::{Result, eyre};

use self::line::Namespace;
use self::outside::engine::{Engine, ask};
use self::outside::measure::{Answers, Idle, Program, Run, median, millis};
use self::outside::table::{beside, grouped};
use self::outside::terminal::{Start, Terminal, words};

/// How long all lists may take.
const LISTS: Duration = Duration::from_secs(60);
/// How long a screen is left alone before its idle figures are taken.
const SETTLE: Duration = Duration::from_secs(4);
/// How long a change may take to show.
const SHOWS: Duration = Duration::from_secs(10);

/// Measures Pilothouse with many hosts, and over a slow line.
#[derive(Debug, Parser)]
struct Options {
    /// Number of hosts.
    #[arg(long, default_value_t = 50)]
    hosts: usize,

    /// Containers of each.
    #[arg(long, default_value_t = 200)]
    count: usize,

    /// Seconds over which idle figures are taken.
    #[arg(long, default_value_t = 20)]
    seconds: u64,

    /// Keys pressed a run.
    #[arg(long, default_value_t = 200)]
    keys: usize,

    /// Starts of each, of which the median counts.
    #[arg(long, default_value_t = 5)]
    starts: usize,

    /// Changes at the engine that are awaited on the screen.
    #[arg(long, default_value_t = 20)]
    changes: usize,

    /// Short times.
    #[arg(long)]
    quick: bool,

    /// The built program, if it is not the one that cargo built for this run.
    #[arg(long)]
    binary: Option<PathBuf>,

    /// Forwards an address to a socket, instead of measuring: the end of a line in a namespace.
    #[arg(long, hide = true, num_args = 2)]
    forward: Vec<String>,

    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let mut options = Options::parse();
    if !options.forward.is_empty() {
        let (address, socket) = line::parse(&options.forward)?;
        return line::forward(address, &socket);
    }
    if options.quick {
        (options.seconds, options.keys) = (5, 60);
        (options.starts, options.changes) = (3, 6);
    }
    let binary = outside::binary(options.binary.clone())?;
    let program = Program::new("pilothouse", &binary);
    let crowd = ["crowd", "--count", &options.count.to_string()].map(str::to_owned);
    let engine = Engine::start(&binary, options.hosts, &crowd)?;
    println!(
        "200x50 · {} engines of {} containers · idle over {} s · {} keys · median of {} starts · \
         CPU in % of one core\n",
        options.hosts, options.count, options.seconds, options.keys, options.starts
    );
    many(&options, &program, &engine)?;
    lines(&options, &program, &engine)
}

/// The screens whose idle figures are taken, by their keys.
const SCREENS: &[(u8, &str)] = &[
    (b'1', "containers"),
    (b'7', "hosts"),
    (b'8', "events"),
    (b'9', "health"),
];

/// What was measured of so many hosts.
struct Hosts {
    count: usize,
    first: f64,
    answers: Answers,
    idle: Vec<Idle>,
}

/// All hosts beside one of them.
fn many(options: &Options, program: &Program, engine: &Engine) -> Result<()> {
    let counts = [1, options.hosts];
    let mut firsts = counts.map(|_| Vec::new());
    for _ in 0..options.starts {
        for (count, firsts) in counts.iter().zip(&mut firsts) {
            firsts.push(loaded(program, engine, *count, options.count)?.1);
        }
    }
    let mut measured = Vec::new();
    for (count, firsts) in counts.into_iter().zip(firsts) {
        let (terminal, _) = loaded(program, engine, count, options.count)?;
        let mut run = Run::at_rest(terminal);
        let mut idle = Vec::new();
        for (key, _) in SCREENS {
            run.terminal.press(*key)?;
            run.terminal.watch_until(Instant::now() + SETTLE);
            idle.push(run.idle(engine, options.seconds)?);
        }
        run.terminal.press(b'1')?;
        run.terminal.watch_until(Instant::now() + SETTLE);
        let answers = run.answers(options.keys, options.count);
        tell_mute(&answers, count);
        let first = median(firsts.into_iter());
        measured.push(Hosts {
            count,
            first,
            answers,
            idle,
        });
    }
    print_many(&measured);
    Ok(())
}

fn tell_mute(answers: &Answers, hosts: usize) {
    if answers.mute > 0 {
        eprintln!("{} keys had no answer with {hosts} hosts", answers.mute);
    }
}

fn print_many(measured: &[Hosts]) {
    let head = measured.iter().map(|hosts| match hosts.count {
        1 => " 1 host |".to_owned(),
        count => format!(" {count} hosts |"),
    });
    println!("| | screen |{}", head.collect::<String>());
    println!("| --- | --- {}|", "| --- ".repeat(measured.len()));
    let row = |title: &str, screen: &str, of: &dyn Fn(&Hosts) -> Vec<f64>| {
        let one = measured.first().map(of).unwrap_or_default();
        let cells = measured.iter().enumerate().map(|(place, hosts)| {
            let other: &[f64] = if place == 0 { &[] } else { &one };
            format!(" {} |", beside(&of(hosts), other))
        });
        println!("| {title} | {screen} |{}", cells.collect::<String>());
    };
    row("all lists on the screen, ms", "containers", &|hosts| {
        vec![hosts.first]
    });
    row("key p50 / p99, ms", "containers", &|hosts| {
        vec![hosts.answers.p50, hosts.answers.p99]
    });
    let idle = |title: &str, of: &dyn Fn(&Idle, usize) -> f64| {
        for (place, (_, screen)) in SCREENS.iter().enumerate() {
            let title = if place == 0 { title } else { "" };
            row(title, screen, &|hosts| {
                let idle = hosts.idle.get(place);
                vec![idle.map_or(f64::NAN, |idle| of(idle, hosts.count))]
            });
        }
    };
    idle("idle CPU, % of one core", &|idle, _| idle.cpu);
    idle("memory, MB", &|idle, _| idle.memory);
    idle("requests a second to each engine", &|idle, hosts| {
        idle.requests / hosts as f64
    });
    idle("kB a second from each engine", &|idle, hosts| {
        idle.received / hosts as f64
    });
    idle("bytes a second to the terminal", &|idle, _| idle.terminal);
}

/// Starts it with the first engines as hosts; when all their containers were counted.
fn loaded(
    program: &Program,
    engine: &Engine,
    hosts: usize,
    count: usize,
) -> Result<(Terminal, f64)> {
    let sockets = engine.sockets.iter().take(hosts).enumerate();
    let mut start = Start::at(engine.home.path(), engine.socket());
    start.args = sockets
        .flat_map(|(number, socket)| {
            let host = format!("host-{number:02}=unix://{}", socket.display());
            ["-H".to_owned(), host]
        })
        .collect();
    let mut terminal = Terminal::start(&program.path, &start)?;
    let all = format!("Containers {}", grouped((hosts * count) as f64, 0));
    let shows = until(&mut terminal, LISTS, |rows| {
        rows.iter().any(|row| row.contains(&all))
    });
    let at = shows.ok_or_else(|| eyre!("it did not show `{all}`"))?;
    let first = millis(at - terminal.began);
    Ok((terminal, first))
}

/// What was measured over a line.
struct Over {
    name: &'static str,
    first: f64,
    answers: Answers,
    /// Milliseconds from a change at the engine to its row, sorted.
    late: Vec<f64>,
    /// What the first row says of the connection.
    said: String,
}

/// One host over a slow line, beside the same without it.
fn lines(options: &Options, program: &Program, engine: &Engine) -> Result<()> {
    let (delay, lost) = (line::DELAY.as_millis(), 100.0 / line::LOST as f64);
    println!("\none host, {delay} ms each way, {lost} % of the segments lost\n");
    let direct = format!("unix://{}", engine.socket().display());
    let simulated = format!("tcp://{}", line::simulated(engine.socket())?);
    let mut measured = vec![
        over(options, program, engine, "direct", direct)?,
        over(options, program, engine, "slow line", simulated)?,
    ];
    match Namespace::new(engine.socket()) {
        Ok(namespace) => {
            let address = format!("tcp://{}", namespace.address);
            measured.push(over(options, program, engine, "netem", address)?);
        }
        Err(reason) => println!("skipped: the line by tc netem: {reason}\n"),
    }
    let head = measured.iter().map(|over| format!(" {} |", over.name));
    println!("| |{}", head.collect::<String>());
    println!("| --- {}|", "| --- ".repeat(measured.len()));
    let row = |title: &str, of: &dyn Fn(&Over) -> Vec<f64>| {
        let direct = measured.first().map(of).unwrap_or_default();
        let cells = measured.iter().enumerate().map(|(place, over)| {
            let other: &[f64] = if place == 0 { &[] } else { &direct };
            format!(" {} |", beside(&of(over), other))
        });
        println!("| {title} |{}", cells.collect::<String>());
    };
    row("first frame with the list, ms", &|over| vec![over.first]);
    row("key p50 / p99, ms", &|over| {
        vec![over.answers.p50, over.answers.p99]
    });
    row(
        "a change at the engine to its row, median / longest, ms",
        &|over| {
            let longest = over.late.last().copied().unwrap_or(f64::NAN);
            vec![median(over.late.iter().copied()), longest]
        },
    );
    let said = measured.iter().map(|over| format!(" {} |", over.said));
    println!("| the first row says |{}", said.collect::<String>());
    Ok(())
}

fn over(
    options: &Options,
    program: &Program,
    engine: &Engine,
    name: &'static str,
    docker_host: String,
) -> Result<Over> {
    let start = Start {
        docker_host,
        ..Start::at(engine.home.path(), engine.socket())
    };
    let mut firsts = Vec::new();
    for _ in 0..options.starts {
        firsts.push(program.first_frame(engine, &start)?);
    }
    let mut run = program.run(engine, &start)?;
    let answers = run.answers(options.keys, options.count);
    tell_mute(&answers, 1);
    let mut late = Vec::new();
    for change in 0..options.changes {
        late.extend(changed(&mut run.terminal, engine, change % 2 == 0)?);
    }
    let missing = options.changes - late.len();
    if missing > 0 {
        eprintln!(
            "{missing} changes did not show within {} s",
            SHOWS.as_secs()
        );
    }
    late.sort_unstable_by(f64::total_cmp);
    let first = run.terminal.rows().into_iter().next().unwrap_or_default();
    Ok(Over {
        name,
        first: median(firsts.into_iter()),
        answers,
        late,
        said: badge(&first),
    })
}

/// Waits until the rows are so; when that was. None if they were not in time.
fn until(
    terminal: &mut Terminal,
    time: Duration,
    are: impl Fn(&[String]) -> bool,
) -> Option<Instant> {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if let Some(at) = terminal.wait(left)
            && are(&terminal.rows())
        {
            return Some(at);
        }
    }
    None
}

/// Pauses a container that shows, or goes on with it; how many milliseconds later its row says so.
fn changed(terminal: &mut Terminal, engine: &Engine, pause: bool) -> Result<Option<f64>> {
    let (verb, now, then) = match pause {
        true => ("pause", "running", "paused"),
        false => ("unpause", "paused", "running"),
    };
    let says = |row: &String, state: &str| words(row).any(|word| word == state);
    let names: Vec<&String> = engine.names.iter().collect();
    let named = |row: &String| {
        let row: Vec<&str> = words(row).collect();
        names
            .iter()
            .find(|name| row.contains(&name.as_str()))
            .copied()
    };
    let rows = terminal.rows();
    let mut shown = rows.iter().filter(|row| says(row, now));
    let Some(name) = shown.find_map(named) else {
        return Ok(None);
    };
    let began = Instant::now();
    ask(
        engine.socket(),
        "POST",
        &format!("/containers/{name}/{verb}"),
    )?;
    let seen = until(terminal, SHOWS, |rows| {
        rows.iter()
            .any(|row| says(row, then) && words(row).any(|word| word == name))
    });
    Ok(seen.map(|at| millis(at - began)))
}

/// What the first row says of the connection: from its sign to the next gap.
fn badge(row: &str) -> String {
    let sign = row
        .find('●')
        .map_or("", |at| row.get(at..).unwrap_or_default());
    sign.split("  ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}
