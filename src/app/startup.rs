//! From the command line to the loop: settings, logging, the first connection, the terminal.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{WrapErr, eyre};
use etcetera::{BaseStrategy, choose_base_strategy};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::hosts::DemoHost;
use super::{App, OWN, clock, roster};
use crate::cli::{Cli, DemoArgs, Subcommands};
use crate::config::{self, Background, Settings};
use crate::demo::{self, Scenario, fleet};
use crate::engine::{self, Engine};
use crate::headless::explain;
use crate::store::Store;
use crate::store::message::Painted;
use crate::terminal::{self, Inputs, Options, Screen, Signal, Signals, Taken};
use crate::view::Look;
use crate::view::colour::Depth;
use crate::view::theme::Theme;

/// Streams of a host at most.
const STREAMS: usize = 512;
/// Bytes of the log file above which a new one is begun.
const LOG_BYTES: u64 = 4 << 20;
/// How long the loop may take to end after its terminal is gone.
const HANGUP: Duration = Duration::from_millis(500);
/// How long the end waits for tasks.
const GRACE: Duration = Duration::from_millis(200);
/// How long it waits for their thread.
const LAST: Duration = Duration::from_secs(1);

/// Does what the command line says.
///
/// # Errors
/// What kept the program from doing it; the terminal is restored before it is reported.
pub fn start(cli: &Cli) -> color_eyre::Result<ExitCode> {
    let taken = Taken::default();
    terminal::install_hooks(&taken)?;
    if cli.print_config {
        return print(config::DEFAULT_FILE);
    }
    match &cli.command {
        Some(Subcommands::Demo(args)) => return serve_demo(args),
        Some(Subcommands::Explain(args)) => return Ok(explain::explain(args)?),
        None => {}
    }
    let (file, dir) = places(cli);
    let (settings, text) = match read_settings(cli, file.as_deref()) {
        Ok(read) => read,
        Err(fault) => return refuse(&fault),
    };
    let mut store = match Store::new(settings, &text, clock::now(), clock::zone()) {
        Ok(store) => store,
        Err(fault) => return refuse(&format!("{}: {fault}", shown(file.as_deref()))),
    };
    store.paths.folder = folder();
    store.paths.home = std::env::var("HOME").unwrap_or_default();
    if cli.print_options {
        return print(&crate::headless::options());
    }
    if cli.print_keys {
        return print(&crate::store::actions::keys_document(&store.keymap));
    }
    let look = match look(&store.settings, dir.as_deref()) {
        Ok(look) => look,
        Err(fault) if cli.theme.is_some() => return refuse(&fault),
        Err(fault) => {
            let fault = config::Fault::of(&store.settings.theme, &text, fault);
            return refuse(&format!("{}: {fault}", shown(file.as_deref())));
        }
    };
    let demo = match cli.demo.as_deref().map(|show| simulated(cli, show)) {
        None => Vec::new(),
        Some(Ok(hosts)) => hosts,
        Some(Err(fault)) => return refuse(&fault),
    };
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return refuse("pilothouse shows itself on a terminal: run it in one");
    }
    let _log = open_log();
    // without it, hosts are limited to what the system gives: no reason not to start
    let _ = terminal::raise_file_limit();
    let ended = beside_tasks(run(cli, store, look, demo, (file, dir), &taken));
    taken.restore();
    ended.map(|()| ExitCode::SUCCESS)
}

/// Runs the loop on this thread, and on one other all that it spawns: engines never take time from
/// keys. One is enough for them, and tokio's runtime of several threads takes half a megabyte more.
fn beside_tasks(main: impl Future<Output = color_eyre::Result<()>>) -> color_eyre::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .wrap_err("the runtime did not start")?;
    let handle = runtime.handle().clone();
    let (end, ended) = oneshot::channel::<()>();
    let (ending, over) = std::sync::mpsc::channel::<()>();
    std::thread::Builder::new()
        .name("tasks".to_owned())
        .spawn(move || {
            let _ending = ending;
            // until the sender is dropped
            let _ = runtime.block_on(ended);
            runtime.shutdown_timeout(GRACE);
        })
        .wrap_err("the thread of the tasks did not start")?;
    // also when the loop panics: else connections through ssh outlive it
    let _tasks = Tasks {
        end: Some(end),
        over,
    };
    handle.block_on(main)
}

/// Ends the tasks when it is dropped; one that hangs is left to the end of the process.
struct Tasks {
    end: Option<oneshot::Sender<()>>,
    over: std::sync::mpsc::Receiver<()>,
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.end = None;
        let _ = self.over.recv_timeout(LAST);
    }
}

async fn run(
    cli: &Cli,
    mut store: Store,
    look: Look,
    demo: Vec<DemoHost>,
    (config_file, config_dir): (Option<PathBuf>, Option<PathBuf>),
    taken: &Taken,
) -> color_eyre::Result<()> {
    store.size = terminal::size();
    store.themes = themes(config_dir.as_deref());
    let options = Options {
        mouse: store.settings.mouse,
    };
    let screen = Screen::open(options, taken).wrap_err("the terminal cannot be used")?;
    let (engine, mailbox) = Engine::new(engine::Settings {
        read_only: store.settings.read_only,
        log_tail: store.settings.logs.tail,
        max_streams: STREAMS,
        ssh: "ssh".into(),
    });
    terminal::end_after_hangup(HANGUP)?;
    let (own, own_mailbox) = mpsc::channel(OWN);
    let mut app = App {
        store,
        screen,
        inputs: Inputs::new(),
        signals: Signals::listen()?,
        engine,
        mailbox,
        look,
        config_dir,
        config_file,
        rewrites: Arc::new(Semaphore::new(1)),
        demos: Vec::new(),
        tasks: JoinSet::new(),
        own,
        own_mailbox,
        watched: BTreeSet::new(),
        painted: Painted::default(),
        searches: Vec::new(),
        locals: Vec::new(),
        later: Vec::new(),
        due: None,
        last_frame: clock::instant(),
    };
    let settings = app.store.settings.hosts.clone();
    let settings: Vec<_> = settings
        .into_iter()
        .map(toml::Spanned::into_inner)
        .collect();
    let mut hosts = roster::known(&cli.hosts, &settings, &env);
    if !demo.is_empty() {
        // beside the simulated ones only those that were asked for
        for host in &mut hosts {
            host.connect &= !cli.hosts.is_empty();
        }
        app.start_demo(demo);
    }
    app.begin(hosts).await?;
    match app.run().await {
        // the terminal is gone: there is nobody to tell
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe) => Ok(()),
        Err(error) => Err(eyre!(error).wrap_err("the terminal failed")),
        Ok(()) => Ok(()),
    }
}

/// How things look: the theme of the settings, in the colours that the terminal has.
pub(super) fn look(settings: &Settings, dir: Option<&Path>) -> Result<Look, String> {
    let mut theme = Theme::load(&settings.theme, dir)?.with_depth(Depth::detect(&env));
    if settings.background == Background::Terminal {
        theme = theme.with_terminal_background();
    }
    Ok(Look::new(theme, settings.ascii))
}

/// The themes that come with the program, and those of the person's own.
fn themes(dir: Option<&Path>) -> Vec<String> {
    let mut names: Vec<String> = Theme::names().map(str::to_owned).collect();
    let files = dir.and_then(|dir| std::fs::read_dir(dir.join("themes")).ok());
    for path in files
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.path())
    {
        let is_theme = path.extension().is_some_and(|ending| ending == "toml");
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .filter(|_| is_theme);
        if let Some(name) = name.map(crate::model::text::clean)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// A variable of the environment.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The settings file and the folder it is in.
fn places(cli: &Cli) -> (Option<PathBuf>, Option<PathBuf>) {
    let usual = choose_base_strategy()
        .ok()
        .map(|base| base.config_dir().join("pilothouse"));
    match &cli.config {
        Some(file) => (Some(file.clone()), file.parent().map(Path::to_owned)),
        None => (usual.as_ref().map(|dir| dir.join("config.toml")), usual),
    }
}

/// The folder that the program was started in.
fn folder() -> String {
    let folder = std::env::current_dir().unwrap_or_default();
    folder.to_string_lossy().into_owned()
}

fn shown(file: Option<&Path>) -> String {
    file.map_or_else(|| "settings".to_owned(), |file| file.display().to_string())
}

/// Settings with the command line over them, and the file's text.
fn read_settings(cli: &Cli, file: Option<&Path>) -> Result<(Settings, String), String> {
    let text = match file.map(std::fs::read_to_string) {
        Some(Ok(text)) => text,
        Some(Err(error)) if cli.config.is_some() || error.kind() != io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", shown(file)));
        }
        Some(Err(_)) | None => String::new(),
    };
    let mut settings =
        Settings::parse(&text).map_err(|fault| format!("{}: {fault}", shown(file)))?;
    if let Some(theme) = &cli.theme {
        settings.theme.clone_from(theme);
    }
    settings.read_only |= cli.read_only;
    settings.ascii |= cli.ascii;
    Ok((settings, text))
}

/// The simulated hosts of a scenario, or of the fleet.
fn simulated(cli: &Cli, show: &str) -> Result<Vec<DemoHost>, String> {
    if show == fleet::NAME {
        return DemoHost::fleet(1).map_err(|error| error.to_string());
    }
    let options = demo::Options {
        scenario: scenario(show)?,
        count: cli.demo_count,
        ..demo::Options::default()
    };
    Ok(vec![DemoHost::new(options)])
}

fn scenario(name: &str) -> Result<Scenario, String> {
    name.parse::<Scenario>()
        .map_err(|fault| format!("{fault}, {}", fleet::NAME))
}

/// One sentence on standard error, and the exit code of a wrong call.
fn refuse(sentence: &str) -> color_eyre::Result<ExitCode> {
    writeln!(io::stderr(), "pilothouse: {sentence}")?;
    Ok(ExitCode::from(2))
}

/// Prints to standard output; a reader that has enough is no error.
fn print(text: &str) -> color_eyre::Result<ExitCode> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}

/// Diagnostics go to a file in the state folder, never to the screen: `PILOTHOUSE_LOG` says what.
fn open_log() -> Option<()> {
    let base = choose_base_strategy().ok()?;
    let dir = base
        .state_dir()
        .unwrap_or_else(|| base.cache_dir())
        .join("pilothouse");
    std::fs::create_dir_all(&dir).ok()?;
    let path = dir.join("pilothouse.log");
    if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LOG_BYTES) {
        std::fs::rename(&path, dir.join("pilothouse.log.1")).ok()?;
    }
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .ok()?;
    let wanted = env("PILOTHOUSE_LOG").unwrap_or_else(|| "warn".to_owned());
    // bollard prints whole request bodies, secrets included, at debug
    let filter: Targets = format!("{wanted},bollard=info").parse().ok()?;
    tracing_subscriber::fmt()
        .with_writer(Arc::new(file))
        .with_ansi(false)
        .with_max_level(LevelFilter::TRACE)
        .finish()
        .with(filter)
        .try_init()
        .ok()
}

fn serve_demo(args: &DemoArgs) -> color_eyre::Result<ExitCode> {
    let version = args
        .api
        .split_once('.')
        .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let Some(api_version) = version else {
        return refuse(&format!("`{}` is no API version; 1.41 is one", args.api));
    };
    let engines = match simulated_alone(args, api_version) {
        Ok(engines) => engines,
        Err(fault) => return refuse(&fault),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let places: Vec<_> = args
        .listen
        .iter()
        .map(|at| at.display().to_string())
        .collect();
    let served = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        // stopped and continued, as by Ctrl-Z and fg, it goes on
        let ending = async { while signals.next().await == Signal::Continue {} };
        tokio::select! {
            served = demo::serve_all(engines) => served,
            () = ending => Ok(()),
        }
    });
    match served {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(why) => refuse(&format!("the demo engine at {}: {why}", places.join(", "))),
    }
}

/// The engines that are served alone, each with its socket: those of the fleet in turn, or the
/// same scenario with seeds that count up.
fn simulated_alone(
    args: &DemoArgs,
    api_version: (u8, u8),
) -> Result<Vec<(PathBuf, demo::Options)>, String> {
    let sockets = args.listen.iter().cloned();
    if args.scenario == fleet::NAME {
        let members = fleet::members(args.seed).map_err(|error| error.to_string())?;
        let options: Vec<_> = members.into_iter().map(|member| member.options).collect();
        return Ok(sockets.zip(options.into_iter().cycle()).collect());
    }
    let scenario = scenario(&args.scenario)?;
    let options = |seed| demo::Options {
        scenario,
        count: args.count,
        seed,
        api_version,
        events_per_second: args.events,
        healthcheck_every: args.healthchecks.map(Duration::from_secs),
        ..demo::Options::default()
    };
    Ok(sockets.zip((args.seed..).map(options)).collect())
}
