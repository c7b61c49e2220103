//! How the built program holds up with many containers: first frame, idle cost, memory, bytes,
//! requests and key answers, measured from outside, in a pseudo-terminal of 200x50, against a
//! simulated engine that is a process of its own. Other programs can be measured beside it in the
//! same run: absolute figures move with the machine, ratios hardly do.
//!
//! ```text
//! just bench                                  10 to 10,000 containers
//! just bench --quick                          a minute
//! just bench --peers oxker,dtop --rounds 3    beside others, found in PATH
//! ```
//!
//! It asserts nothing. Figures are printed as they come, and at the end as the Markdown table of
//! `docs/performance.md`, which says what they should be.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it prints a table"
)]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

mod churn;
#[path = "../outside/mod.rs"]
mod outside;
mod replay;
mod report;

use std::path::{Path, PathBuf};

use clap::Parser;
use color_eyre::eyre::{Result, eyre};

use self::churn::{Churn, churn};
use self::outside::engine::Engine;
use self::outside::measure::{Answers, Idle, Program, median};
use self::outside::terminal::Start;
use self::report::{Measure, Report};

/// Measures Pilothouse, and others beside it, against a simulated engine.
#[derive(Debug, Parser)]
struct Options {
    /// Numbers of containers.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1_000, 5_000, 10_000])]
    sizes: Vec<usize>,

    /// Seconds over which idle figures are taken.
    #[arg(long, default_value_t = 20)]
    seconds: u64,

    /// Keys pressed a run.
    #[arg(long, default_value_t = 200)]
    keys: usize,

    /// Starts of each program, of which the median counts.
    #[arg(long, default_value_t = 5)]
    starts: usize,

    /// Runs of everything, of which medians count.
    #[arg(long, default_value_t = 1)]
    rounds: usize,

    /// Other programs to measure in the same run.
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,

    /// Small sizes and short times.
    #[arg(long)]
    quick: bool,

    /// Leaves out the runs under 50 events a second and under health checks.
    #[arg(long)]
    idle_only: bool,

    /// The built program, if it is not the one that cargo built for this run.
    #[arg(long)]
    binary: Option<PathBuf>,

    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The program that this is about; others are there for comparison only.
const OWN: &str = "pilothouse";

/// One program at one size, all rounds.
#[derive(Debug, Default)]
struct Row {
    program: String,
    first: Vec<f64>,
    idle: Vec<Idle>,
    answers: Vec<Answers>,
}

fn main() -> Result<()> {
    let mut options = Options::parse();
    if options.quick {
        options.sizes = vec![100, 1_000];
        (options.seconds, options.keys, options.starts) = (5, 60, 3);
    }
    let binary = outside::binary(options.binary.clone())?;
    let mut programs = vec![Program::new(OWN, &binary)];
    for peer in &options.peers {
        let path = find(peer).ok_or_else(|| eyre!("{peer} is not in PATH"))?;
        programs.push(Program::new(peer, &path));
    }
    println!(
        "200x50 · idle over {} s · {} keys · median of {} starts, {} rounds · CPU in % of one core",
        options.seconds, options.keys, options.starts, options.rounds
    );
    println!("{HEAD}");
    let mut report = Report::default();
    for size in &options.sizes {
        let args = ["crowd", "--count", &size.to_string()].map(str::to_owned);
        let engine = Engine::start(&binary, 1, &args)?;
        sized(&options, &engine, *size, &programs, &mut report)?;
    }
    if !options.idle_only {
        events(&options, &binary, &programs, &mut report)?;
        health_checks(&options, &binary, &programs, &mut report)?;
    }
    let names: Vec<&str> = programs.iter().map(|one| one.name.as_str()).collect();
    println!("\n{}", report.markdown(&names));
    Ok(())
}

const HEAD: &str =
    "      N  program       first ms  idle %  RSS MB  key p50  p99 ms  term B/s  req/s    kB/s";

fn sized(
    options: &Options,
    engine: &Engine,
    size: usize,
    programs: &[Program],
    report: &mut Report,
) -> Result<()> {
    let mut rows: Vec<Row> = Vec::new();
    for program in programs {
        rows.push(Row {
            program: program.name.clone(),
            ..Row::default()
        });
    }
    let replay = Start::at(engine.home.path(), &replay::start(engine)?);
    let start = start(engine);
    let mut replayed = Vec::new();
    for _ in 0..options.starts {
        for (program, row) in programs.iter().zip(&mut rows) {
            let first = program.first_frame(engine, &start);
            row.first.extend(unless_peer(program, first)?);
        }
        if let Some(program) = programs.first() {
            replayed.push(program.first_frame(engine, &replay)?);
        }
    }
    let replayed = median(replayed.into_iter());
    println!(
        "{size:>7}  first frame with the engine's answers played from memory: {replayed:.1} ms"
    );
    report.add(Measure::Replayed, size, 0, &[replayed]);
    for _ in 0..options.rounds {
        for (program, row) in programs.iter().zip(&mut rows) {
            let Some(mut run) = unless_peer(program, program.run(engine, &start))? else {
                continue;
            };
            row.idle.push(run.idle(engine, options.seconds)?);
            row.answers.push(run.answers(options.keys, size));
        }
    }
    for (place, row) in rows.iter().enumerate() {
        let idle = |of: fn(&Idle) -> f64| median(row.idle.iter().map(of));
        let keys = |of: fn(&Answers) -> f64| median(row.answers.iter().map(of));
        println!(
            "{size:>7}  {:<12}  {:>8.1}  {:>6.2}  {:>6.1}  {:>7.2}  {:>6.2}  {:>8.0}  {:>5.2}  {:>6.1}",
            row.program,
            median(row.first.iter().copied()),
            idle(|idle| idle.cpu),
            idle(|idle| idle.memory),
            keys(|answers| answers.p50),
            keys(|answers| answers.p99),
            idle(|idle| idle.terminal),
            idle(|idle| idle.requests),
            idle(|idle| idle.received),
        );
        let mut add = |measure, figures: &[f64]| report.add(measure, size, place, figures);
        add(Measure::First, &[median(row.first.iter().copied())]);
        add(Measure::Idle, &[idle(|idle| idle.cpu)]);
        add(Measure::Memory, &[idle(|idle| idle.memory)]);
        let (p50, p99) = (keys(|answers| answers.p50), keys(|answers| answers.p99));
        add(Measure::Keys, &[p50, p99]);
        add(Measure::Terminal, &[idle(|idle| idle.terminal)]);
        add(Measure::Requests, &[idle(|idle| idle.requests)]);
        add(Measure::Received, &[idle(|idle| idle.received)]);
        let mute = row
            .answers
            .iter()
            .map(|answers| answers.mute)
            .sum::<usize>();
        if mute > 0 {
            eprintln!("{}: {mute} keys had no answer", row.program);
        }
    }
    Ok(())
}

fn start(engine: &Engine) -> Start<'_> {
    Start::at(engine.home.path(), engine.socket())
}

/// A peer that shows no list is left out, and that is said; Pilothouse itself must.
fn unless_peer<T>(program: &Program, result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(measured) => Ok(Some(measured)),
        Err(error) if program.name != OWN => {
            eprintln!("{error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// 100 containers of which 50 a second start or stop.
fn events(
    options: &Options,
    binary: &Path,
    programs: &[Program],
    report: &mut Report,
) -> Result<()> {
    println!("\n50 events a second, 100 containers");
    println!(
        "         program       busy %  term B/s  req/s    kB/s  rows checked  wrong after 0.5 s"
    );
    let args = ["crowd", "--count", "100", "--events", "50"].map(str::to_owned);
    let engine = Engine::start(binary, 1, &args)?;
    for (place, program) in programs.iter().enumerate() {
        let Some(mut run) = unless_peer(program, program.run(&engine, &start(&engine)))? else {
            continue;
        };
        let idle = run.idle(&engine, options.seconds)?;
        let Churn { checked, wrong } = churn(&mut run, &engine)?;
        println!(
            "         {:<12}  {:>6.2}  {:>8.0}  {:>5.2}  {:>6.1}  {checked:>12}  {wrong:>17}",
            program.name, idle.cpu, idle.terminal, idle.requests, idle.received,
        );
        report.add(Measure::EventCpu, 100, place, &[idle.cpu]);
        report.add(Measure::EventRequests, 100, place, &[idle.requests]);
        let wrong_of = [wrong as f64, checked as f64];
        report.add(Measure::EventWrong, 100, place, &wrong_of);
    }
    Ok(())
}

/// The greatest size, where every third container is checked every 30 seconds.
fn health_checks(
    options: &Options,
    binary: &Path,
    programs: &[Program],
    report: &mut Report,
) -> Result<()> {
    let Some(size) = options.sizes.iter().max() else {
        return Ok(());
    };
    println!("\nhealth checks every 30 s of every third of {size} containers");
    println!("         program       busy %  RSS MB  term B/s  req/s    kB/s");
    let args = [
        "crowd",
        "--count",
        &size.to_string(),
        "--healthchecks",
        "30",
    ]
    .map(str::to_owned);
    let engine = Engine::start(binary, 1, &args)?;
    for (place, program) in programs.iter().enumerate() {
        let Some(mut run) = unless_peer(program, program.run(&engine, &start(&engine)))? else {
            continue;
        };
        let idle = run.idle(&engine, options.seconds)?;
        report.add(Measure::Checked, *size, place, &[idle.cpu]);
        println!(
            "         {:<12}  {:>6.2}  {:>6.1}  {:>8.0}  {:>5.2}  {:>6.1}",
            program.name, idle.cpu, idle.memory, idle.terminal, idle.requests, idle.received,
        );
    }
    Ok(())
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}
