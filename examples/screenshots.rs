//! The pictures of the README: `cargo run --example screenshots -- FOLDER`.
//!
//! Nothing in them is made up: the simulated engine plays its shop on a socket, the real engine
//! code reads it, the real store is driven by keys, and the real renderer draws what a terminal
//! would show. The simulated clock runs fast for five minutes and then stands still.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use color_eyre::eyre::{OptionExt, WrapErr, ensure, eyre};
use pilothouse::config::Settings;
use pilothouse::demo::{self, Demo};
use pilothouse::engine::{self, Engine, Mailbox};
use pilothouse::model::host::{Address, Pulse, Source, SshTarget};
use pilothouse::model::input::{Key, Size};
use pilothouse::model::{Candidate, HostId, HostSpec, Id, Link, Origin, Sample, Time};
use pilothouse::protocol::{Fact, Notice};
use pilothouse::store::Store;
use pilothouse::store::message::{Effect, Message};
use pilothouse::store::watch::wanted;
use pilothouse::view::colour::Depth;
use pilothouse::view::theme::Theme;
use pilothouse::view::{self, Look, svg};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::time::{Instant, timeout, timeout_at};

/// When the simulated clock starts.
const EPOCH: &str = "2026-03-14T09:21:40Z";
/// How long it runs.
const HISTORY: Duration = Duration::from_secs(320);
/// How fast.
const PACE: f64 = 40.0;
/// As long as nothing comes for this long, everything asked for is there.
const QUIET: Duration = Duration::from_millis(450);
/// How long anything may take at most.
const PATIENCE: Duration = Duration::from_secs(40);

/// A picture: its name, its size, and the keys that lead to it from the one before.
type Scene = (&'static str, (u16, u16), &'static str);

/// The pictures of one simulated engine, in order; each begins where the one before ended.
const SCENES: &[Scene] = &[
    ("containers", (130, 31), "g j j j j j j j j j"),
    ("light", (130, 31), ""),
    ("stats", (130, 31), "t"),
    ("inspect", (130, 31), "tab k k i wait j j j j right"),
    ("logs", (130, 31), "tab j j l wait / E R R O R enter"),
    ("palette", (130, 31), "F esc esc esc ctrl-p l o g"),
    ("menu", (130, 31), "esc x"),
    ("confirm", (130, 31), "esc d"),
    ("help", (130, 31), "esc ?"),
    ("narrow", (80, 24), "esc"),
    ("hosts", (130, 31), "7 wait"),
    ("health", (130, 24), "9 wait"),
];

/// The pictures of runs and changes.
const CHANGES: &[Scene] = &[
    (
        "run",
        (130, 40),
        "/ w e b enter n wait ctrl-f i m a g e enter n g i n x : 1 . 2 7 ctrl-f n a m e enter e d g e \
         ctrl-f p u b l i s h enter 8 0 8 0 : 8 0 ctrl-f m e m o r y enter 2 5 6 m wait",
    ),
    ("limits", (130, 31), "esc y esc esc u wait"),
    (
        "hardening",
        (130, 31),
        "esc esc esc / w e b enter : h a r d e n i n g enter wait",
    ),
    ("why", (130, 31), "esc esc / l o k i enter W wait"),
];

fn main() -> color_eyre::Result<()> {
    color_eyre::install()?;
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_eyre("say into which folder the pictures go")?;
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        shop(&folder).await.wrap_err("the shop")?;
        journal(&folder).await.wrap_err("the journal")?;
        change(&folder).await.wrap_err("runs and changes")?;
        fleet(&folder).await.wrap_err("the fleet")?;
        connection(&folder).await.wrap_err("the connection screen")
    })
}

/// All that is looked at while the simulated clock stands still.
async fn shop(folder: &Path) -> color_eyre::Result<()> {
    let mut player = Player::new()?;
    player.start_demo(PACE, Some(HISTORY))?;
    let end = player.now.secs() + HISTORY.as_secs() as i64;
    let full = |player: &Player| player.now.secs() >= end;
    player.until("the whole history", full).await?;
    for scene in SCENES {
        player.keys(scene.2).await?;
        player.picture(folder, scene).await?;
    }
    Ok(())
}

/// The journal after some actions, while the clock runs on.
async fn journal(folder: &Path) -> color_eyre::Result<()> {
    let mut player = Player::new()?;
    player.start_demo(3.0, None)?;
    player.began = Some(Instant::now());
    let loaded = |player: &Player| player.store.world.is_loaded();
    player.until("the containers", loaded).await?;
    let keys = "/ w e b enter r wait esc / c a c h e enter p wait esc / m i g enter d y wait \
                esc / w o r k enter s y wait esc / q u e u e enter d y wait esc 0";
    player.keys(keys).await?;
    player.picture(folder, &("journal", (130, 24), "")).await?;
    player.keys("8 wait").await?;
    player.picture(folder, &("events", (130, 24), "")).await
}

/// The forms that make and change containers, and what tells of their ends and their rights.
async fn change(folder: &Path) -> color_eyre::Result<()> {
    let mut player = Player::new()?;
    player.start_demo(3.0, None)?;
    player.began = Some(Instant::now());
    let loaded = |player: &Player| player.store.world.is_loaded();
    player.until("the containers", loaded).await?;
    for scene in CHANGES {
        player.keys(scene.2).await?;
        player.picture(folder, scene).await?;
    }
    Ok(())
}

/// Several servers, as they show when each is reached over ssh.
async fn fleet(folder: &Path) -> color_eyre::Result<()> {
    let mut player = Player::new()?;
    let members = demo::fleet::members(1)?;
    for member in members {
        let options = demo::Options {
            outages: None,
            ..member.options
        };
        player.connect_demo(&member.name, options, PACE, Some(HISTORY))?;
    }
    player.keys("7").await?;
    let end = player.now.secs() + HISTORY.as_secs() as i64;
    let full = |player: &Player| player.now.secs() >= end;
    player.until("the whole history", full).await?;
    player.keys("wait").await?;
    player.picture(folder, &("servers", (130, 31), "")).await
}

/// What shows where no engine answers.
async fn connection(folder: &Path) -> color_eyre::Result<()> {
    let mut player = Player::new()?;
    let variables = |name: &str| match name {
        "HOME" => Some("/home/ada".to_owned()),
        "XDG_RUNTIME_DIR" => Some("/run/user/1000".to_owned()),
        _ => None,
    };
    let mut candidates = engine::locate::candidates(None, &variables);
    // an engine of the machine that draws is not looked at
    candidates.retain(|c| !matches!(&c.address, Ok(Address::Unix(path)) if path.exists()));
    let spec = HostSpec::new(HostId::new("local"), Origin::Local, candidates);
    player.engine.connect(&spec);
    let down = |player: &Player| {
        let mut hosts = player.store.world.hosts.values();
        hosts.any(|host| matches!(host.link, Some(Link::Down { .. })))
    };
    player.until("the end of the search", down).await?;
    player.picture(folder, &("connection", (100, 30), "")).await
}

/// Where an engine is said to be: one of several on a server of its name.
fn shown_address(host: &HostId) -> Address {
    match host.as_str() {
        "demo" => Address::Unix("/run/docker.sock".into()),
        name => Address::Ssh(SshTarget {
            user: Some("ada".to_owned()),
            host: format!("{name}.example.org"),
            port: None,
            socket: None,
        }),
    }
}

/// What the program's loop does, without a terminal.
struct Player {
    store: Store,
    engine: Engine,
    mailbox: Mailbox,
    demos: Vec<Demo>,
    now: Time,
    /// When a clock began that runs on at three times the usual pace; none where time is that of
    /// the newest samples.
    began: Option<Instant>,
}

impl Player {
    fn new() -> color_eyre::Result<Self> {
        let (engine, mailbox) = Engine::new(engine::Settings {
            read_only: false,
            log_tail: 1000,
            max_streams: 512,
            ssh: "ssh".into(),
        });
        let now = Time::parse(EPOCH).ok_or_eyre("the epoch is no time")?;
        let zone = FixedOffset::east_opt(0).ok_or_eyre("there is no UTC")?;
        let store = Store::new(Settings::default(), "", now, zone);
        let mut store = store.map_err(|fault| eyre!("{fault}"))?;
        store.size = Size {
            width: 130,
            height: 31,
        };
        Ok(Self {
            store,
            engine,
            mailbox,
            demos: Vec::new(),
            now,
            began: None,
        })
    }

    /// Starts the simulated engine and looks at it.
    fn start_demo(&mut self, pace: f64, length: Option<Duration>) -> color_eyre::Result<()> {
        self.connect_demo("demo", demo::Options::default(), pace, length)
    }

    /// Starts a simulated engine and looks at it beside the others.
    fn connect_demo(
        &mut self,
        name: &str,
        options: demo::Options,
        pace: f64,
        length: Option<Duration>,
    ) -> color_eyre::Result<()> {
        let demo = demo::start(demo::Options {
            epoch: Some(EPOCH.parse::<DateTime<Utc>>()?),
            pace,
            length,
            ..options
        })?;
        let address = Address::Unix(demo.socket().to_owned());
        self.demos.push(demo);
        let candidate = Candidate {
            source: Source::Demo("engine".to_owned()),
            place: address.to_string(),
            address: Ok(address),
        };
        let spec = HostSpec::new(HostId::new(name), Origin::Demo, vec![candidate]);
        self.engine.connect(&spec);
        Ok(())
    }

    /// Presses keys, written with blanks between them; `wait` lets the engine answer.
    async fn keys(&mut self, keys: &str) -> color_eyre::Result<()> {
        for key in keys.split_whitespace() {
            if key == "wait" {
                self.rest().await?;
                continue;
            }
            let key: Key = key.parse().map_err(|fault: String| eyre!(fault))?;
            self.tick();
            self.apply(Message::Key(key));
            self.settle();
        }
        Ok(())
    }

    /// Takes in all that comes until something holds.
    async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) -> color_eyre::Result<()> {
        let late = Instant::now() + PATIENCE;
        while !holds(self) {
            let notice = timeout_at(late, self.next()).await;
            let notice = notice.wrap_err_with(|| format!("waited in vain for {what}"))?;
            self.take(notice.ok_or_eyre("the engine ended")?);
        }
        Ok(())
    }

    /// Takes in all that comes until nothing more does, or enough time has passed.
    async fn rest(&mut self) -> color_eyre::Result<()> {
        let enough = Instant::now() + 3 * QUIET;
        while let Ok(notice) = timeout(QUIET, self.next()).await
            && Instant::now() < enough
        {
            self.take(notice.ok_or_eyre("the engine ended")?);
        }
        Ok(())
    }

    async fn next(&mut self) -> Option<Notice> {
        tokio::select! {
            notice = self.mailbox.notices.recv() => notice,
            notice = self.mailbox.lines.recv() => notice,
        }
    }

    fn take(&mut self, notice: Notice) {
        self.tick();
        if let Notice::Fact(_, _, Fact::Link(Link::Down { retry, .. })) = &notice {
            // the engine's clock is no simulated one; the pause in a picture is always the same
            self.apply(Message::Tick(Time(retry.0 - 4_000)));
        }
        match notice {
            Notice::Fact(host, _, Fact::Samples(samples)) => self.take_samples(&host, &samples),
            // no picture says where its engine's socket was
            Notice::Fact(host, _, Fact::Link(Link::Up { source, .. })) => {
                let up = Link::Up {
                    address: shown_address(&host),
                    source,
                    since: Time(self.now.0 - 7_380_000),
                };
                self.apply(Message::Fact(host, Fact::Link(up)));
            }
            // neither the machine that draws nor its clock is of interest
            Notice::Fact(host, _, Fact::Pulse(_)) => {
                let pulse = Pulse {
                    latency: Duration::from_micros(700),
                    skew: Some(0),
                };
                self.apply(Message::Fact(host, Fact::Pulse(pulse)));
            }
            notice => self.apply(notice.into()),
        }
        self.settle();
    }

    /// Takes in samples second by second, as they come where the clock does not hurry.
    fn take_samples(&mut self, host: &HostId, samples: &[(Id, Sample)]) {
        let seconds: BTreeSet<i64> = samples.iter().map(|(_, sample)| sample.at.secs()).collect();
        for second in seconds {
            let of_second = |(_, sample): &&(Id, Sample)| sample.at.secs() == second;
            let samples = samples.iter().filter(of_second).cloned().collect();
            self.now = self.now.max(Time::from_secs(second));
            self.apply(Message::Tick(self.now));
            self.apply(Message::Fact(host.clone(), Fact::Samples(samples)));
        }
    }

    fn tick(&mut self) {
        if let (Some(began), Some(epoch)) = (self.began, Time::parse(EPOCH)) {
            self.now = Time(epoch.0 + 3 * began.elapsed().as_millis() as i64);
            self.apply(Message::Tick(self.now));
        }
    }

    fn settle(&mut self) {
        self.store.settle();
        self.engine.watch(wanted(&self.store));
    }

    /// Applies a message and performs those of its effects that pictures need.
    fn apply(&mut self, message: Message) {
        for effect in self.store.apply(message) {
            match effect {
                Effect::Run(job, step, host, command) => self.engine.run(job, step, &host, command),
                Effect::Search(id, chunks, regex) => {
                    let mut hits = Vec::new();
                    for (first, chunk) in chunks {
                        let lines = chunk.lines().enumerate();
                        let found = lines.filter(|(_, line)| regex.is_match(line.text));
                        hits.extend(found.map(|(index, _)| first + index as u64));
                    }
                    self.apply(Message::Found(id, Ok(hits)));
                }
                _ => {}
            }
        }
    }

    /// Draws the screen into a file.
    async fn picture(&mut self, folder: &Path, scene: &Scene) -> color_eyre::Result<()> {
        let (name, (width, height), _) = *scene;
        self.apply(Message::Resize(Size { width, height }));
        self.settle();
        self.rest().await?;
        let theme = if name == "light" {
            "harbor-light"
        } else {
            "harbor"
        };
        let theme = Theme::load(theme, None).map_err(|fault| eyre!(fault))?;
        let look = Look::new(theme.with_depth(Depth::Truecolor), false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::draw(&mut buffer, &self.store, &look);
        let drawn = buffer.content.iter().filter(|c| c.symbol() != " ").count();
        ensure!(drawn > 200, "{name} is empty");
        let file = folder.join(name).with_extension("svg");
        let text = svg::svg(&buffer, Some("pilothouse"));
        std::fs::write(&file, text).wrap_err_with(|| file.display().to_string())
    }
}
