//! The loop: waits, applies, performs effects, reconciles watches, draws. The only place that
//! does all of it; every part is somewhere else.

mod clock;
mod edit;
mod effects;
mod hosts;
mod lent;
mod local;
mod login;
mod paths;
mod roster;
mod settings_file;
mod startup;
mod templates;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

pub use self::startup::start;
use crate::demo::Demo;
use crate::engine::{Engine, Mailbox};
use crate::model::{HostSpec, Problem};
use crate::protocol::{Fact, JobId, Notice, Watch};
use crate::store::Store;
use crate::store::message::{Effect, Message, Painted, SearchId};
use crate::store::stage::{self, Tab};
use crate::store::watch::wanted;
use crate::terminal::{Input, Inputs, Screen, Signal, Signals};
use crate::view::{self, Look};

/// How long messages are taken in before input is looked at again.
const DRAIN: Duration = Duration::from_millis(4);
/// The least time between frames that no key asked for.
const FRAME: Duration = Duration::from_millis(33);
/// The same for containers whose life takes a turn, many of them a second where much goes on.
const TURNS: Duration = Duration::from_millis(200);
/// The same for what nobody waits for: while states change, it shows with them and costs no frame
/// of its own.
const CALM: Duration = Duration::from_millis(500);
/// The same for samples of several hosts, which come at moments of their own.
const BEAT: Duration = Duration::from_millis(950);
/// Messages of the loop's own tasks that may wait.
const OWN: usize = 64;

/// Everything that the loop owns.
struct App {
    store: Store,
    screen: Screen,
    inputs: Inputs,
    signals: Signals,
    engine: Engine,
    mailbox: Mailbox,
    look: Look,
    /// Where themes of the person's own are.
    config_dir: Option<PathBuf>,
    /// The settings file, to which preferences are saved.
    config_file: Option<PathBuf>,
    /// Lets one change of that file through at a time.
    rewrites: Arc<Semaphore>,
    /// The simulated engines that were started.
    demos: Vec<Demo>,
    /// The loop's own tasks; they end with it.
    tasks: JoinSet<()>,
    own: mpsc::Sender<Own>,
    own_mailbox: mpsc::Receiver<Own>,
    /// What the engine was last asked to keep open.
    watched: BTreeSet<Watch>,
    painted: Painted,
    /// Searches under way, newest last, with what ends them.
    searches: Vec<(SearchId, CancellationToken)>,
    /// Programs of this machine under way, by their job, with what ends them.
    locals: Vec<(JobId, CancellationToken)>,
    /// Effects of what was reported while the terminal was lent: performed once it is back.
    later: Vec<Effect>,
    /// When the next frame is due; none while nothing has changed since the last.
    due: Option<Instant>,
    last_frame: Instant,
}

/// What the loop's own tasks report.
enum Own {
    /// A message for the store.
    Message(Message),
    /// Try whether a host's engine answers.
    Test(Box<HostSpec>),
    /// The demo engines run, or do not.
    Demo(Result<Vec<(HostSpec, Demo)>, Problem>),
}

/// What woke the loop.
enum Woken {
    Input(Option<io::Result<Input>>),
    Notice(Option<Notice>),
    Own(Option<Own>),
    Signal(Signal),
    Timer,
}

impl App {
    /// Runs until the person quits, a signal ends it, or the terminal is gone.
    async fn run(mut self) -> io::Result<()> {
        self.draw()?;
        self.read_templates();
        loop {
            let woken = self.wait().await;
            let by_hand = matches!(woken, Woken::Input(_) | Woken::Signal(_));
            self.tick();
            if !self.take(woken).await? {
                return Ok(());
            }
            self.drain().await?;
            for effect in std::mem::take(&mut self.later) {
                if !self.perform(effect).await? {
                    return Ok(());
                }
            }
            self.store.settle();
            if self.store.ending {
                return Ok(());
            }
            if self.due.is_some_and(|at| by_hand || at <= clock::instant()) {
                self.draw()?;
                // after the frame: streams that start must not delay it
                self.watch();
            }
        }
    }

    /// Waits for whatever comes first; input wins.
    async fn wait(&mut self) -> Woken {
        let timer = self.next_timer();
        let blocked = self.due.is_some() && !self.screen.ready();
        tokio::select! {
            biased;
            signal = self.signals.next() => Woken::Signal(signal),
            input = self.inputs.next() => Woken::Input(input),
            own = self.own_mailbox.recv() => Woken::Own(own),
            notice = self.mailbox.notices.recv() => Woken::Notice(notice),
            notice = self.mailbox.lines.recv() => Woken::Notice(notice),
            () = self.screen.drained(), if blocked => Woken::Timer,
            () = sleep_until(timer) => Woken::Timer,
        }
    }

    /// When to wake although nothing comes: for a frame that is due, or for what the store waits.
    fn next_timer(&self) -> Instant {
        let now = clock::instant();
        let frame = self.due.filter(|_| self.screen.ready());
        let wake = self
            .store
            .next_wake()
            .map(|at| now + at.since(clock::now()));
        let far = now + Duration::from_secs(60);
        frame.into_iter().chain(wake).min().unwrap_or(far)
    }

    fn tick(&mut self) {
        let now = clock::now();
        if self.store.next_wake().is_some_and(|at| at <= now) {
            self.show_after(FRAME);
        }
        // a tick has no effects
        let _ = self.store.apply(Message::Tick(now));
    }

    /// Takes in what woke the loop. False when the program is to end.
    async fn take(&mut self, woken: Woken) -> io::Result<bool> {
        match woken {
            Woken::Timer | Woken::Own(None) => Ok(true),
            Woken::Input(None | Some(Err(_))) | Woken::Signal(Signal::Hangup) => Ok(false),
            Woken::Input(Some(Ok(input))) => self.apply(message(input)).await,
            Woken::Notice(notice) => match notice {
                Some(notice) => self.hear(notice).await,
                None => Ok(true),
            },
            Woken::Own(Some(Own::Message(message))) => self.apply(message).await,
            Woken::Own(Some(Own::Test(spec))) => {
                self.test_host(*spec);
                Ok(true)
            }
            Woken::Own(Some(Own::Demo(demo))) => {
                self.look_at_demo(demo).await?;
                Ok(true)
            }
            Woken::Signal(Signal::Continue) => {
                self.screen.enter()?;
                self.show_after(FRAME);
                Ok(true)
            }
            Woken::Signal(Signal::Terminate | Signal::Interrupt) => {
                self.apply(Message::Terminate).await
            }
        }
    }

    /// Takes in what else waits, for a few milliseconds at most.
    async fn drain(&mut self) -> io::Result<()> {
        let began = clock::instant();
        while began.elapsed() < DRAIN {
            let notice = match self.mailbox.notices.try_recv() {
                Ok(notice) => notice,
                Err(_) => match self.mailbox.lines.try_recv() {
                    Ok(notice) => notice,
                    Err(_) => break,
                },
            };
            if !self.hear(notice).await? {
                break;
            }
        }
        Ok(())
    }

    /// Applies what an engine reports. What is of a former connecting of its host is let go: it
    /// was under way when that ended. False when the program is to end.
    async fn hear(&mut self, notice: Notice) -> io::Result<bool> {
        match self.is_current(&notice) {
            true => self.apply(notice.into()).await,
            false => Ok(true),
        }
    }

    /// Whether what is told is not of a connecting that is over.
    fn is_current(&self, notice: &Notice) -> bool {
        match notice {
            Notice::Fact(host, era, _) => self.engine.is_current(host, *era),
            _ => true,
        }
    }

    /// Applies a message and performs its effects. False when the program is to end.
    async fn apply(&mut self, message: Message) -> io::Result<bool> {
        if let Some(pause) = self.pause_before(&message) {
            self.show_after(pause);
        }
        let effects = self.store.apply(message);
        for effect in effects {
            if !self.perform(effect).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How long after the last frame a message is shown; none when it changes nothing in sight.
    fn pause_before(&self, message: &Message) -> Option<Duration> {
        let Message::Fact(_, fact) = message else {
            return Some(FRAME);
        };
        match fact {
            // what the person has been waiting for since the start
            Fact::Containers(_) if !self.store.world.is_loaded() => Some(Duration::ZERO),
            Fact::Event(_) if self.store.stage.screen == stage::Screen::Events => Some(FRAME),
            Fact::Event(_) | Fact::Past(..) => {
                matches!(self.store.stage.tab, Tab::Events | Tab::Why).then_some(CALM)
            }
            Fact::Turned(..) => Some(TURNS),
            Fact::Brief(..) | Fact::Pulse(_) => Some(CALM),
            // one frame a second for the samples of all
            Fact::Samples(_) if self.store.world.hosts.len() > 1 => Some(BEAT),
            Fact::Link(_)
            | Fact::Tried(_)
            | Fact::Info(_)
            | Fact::Disk(_)
            | Fact::Finding(..)
            | Fact::Forwards(_)
            | Fact::Containers(_)
            | Fact::Resynced { .. }
            | Fact::Changed(_)
            | Fact::Removed(_)
            | Fact::Samples(_)
            | Fact::Unsampled(..)
            | Fact::Inspect(..)
            | Fact::Processes(..)
            | Fact::Log(..)
            | Fact::Trouble(_)
            | Fact::Bug(_) => Some(FRAME),
        }
    }

    /// Has a frame drawn, some time after the last one.
    fn show_after(&mut self, pause: Duration) {
        let at = self.last_frame + pause;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Hands the wanted streams to the engine, when they changed.
    fn watch(&mut self) {
        let wanted = wanted(&self.store);
        if wanted != self.watched {
            self.watched.clone_from(&wanted);
            self.engine.watch(wanted);
        }
    }

    /// Draws a frame, when the terminal can take one.
    fn draw(&mut self) -> io::Result<()> {
        let size = crate::terminal::size();
        if size != self.store.size {
            let _ = self.store.apply(Message::Resize(size));
            self.store.settle();
        }
        let (store, look, mut painted) = (&self.store, &self.look, Painted::default());
        let drawn = self.screen.draw(|frame| {
            painted = view::draw(frame.buffer_mut(), store, look);
        })?;
        if drawn {
            self.due = None;
            self.last_frame = clock::instant();
            if painted != self.painted {
                self.painted.clone_from(&painted);
                let _ = self.store.apply(Message::Painted(painted));
            }
        }
        Ok(())
    }
}

fn message(input: Input) -> Message {
    match input {
        Input::Key(key) => Message::Key(key),
        Input::Mouse(mouse) => Message::Mouse(mouse),
        Input::Paste(text) => Message::Paste(text),
        Input::Resize(size) => Message::Resize(size),
    }
}
