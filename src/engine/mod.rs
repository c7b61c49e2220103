//! Everything that talks to Docker. Knows no store, no view, no terminal: it takes a set of wanted
//! streams and commands, and reports facts and what the commands came to.

mod access;
mod address;
pub mod aliases;
mod ansi;
mod attach;
mod basket;
mod brief;
mod capture;
mod change;
mod clock;
mod command;
pub mod contexts;
mod convert;
mod credentials;
mod doctor;
mod errand;
mod error;
mod events;
mod exec;
mod files;
mod forwards;
mod happenings;
mod heartbeat;
mod host;
mod inspect;
mod line_editor;
mod listing;
mod loan;
pub mod locate;
mod logs;
mod names;
mod output;
mod past;
mod plan;
mod processes;
mod route;
mod sampling;
mod search;
mod session;
mod snapshot;
mod splitter;
mod stamp;
mod stats;
mod task;
mod teller;
mod told;
mod transport;
// only on Unix does ssh share its connections and forward sockets
#[cfg(unix)]
mod tunnel;
#[cfg(windows)]
#[path = "tunnel/none.rs"]
mod tunnel;
mod upkeep;
mod watches;

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::model::host::SshTarget;
use crate::model::input::Size;
use crate::model::{Address, HostId, HostSpec, Id, Problem, Source};
use crate::protocol::{Command, Era, JobId, Notice, Plan, Reply, Watch};
use access::Access;
use error::Error;
pub use exec::TerminalInput;
pub use files::expand_home;
use host::{Host, Order};
use loan::{Lender, Loan};
pub use logs::read_log;
pub use output::Cutter;
use output::Sink;
use route::Route;
use teller::Teller;
use tunnel::Common;
pub use tunnel::Login;
use watches::{Desk, Names, Watches};

/// What an engine's connections are made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Refuse everything that changes anything.
    pub read_only: bool,
    /// Lines of a log that are asked for at first.
    pub log_tail: u32,
    /// Streams open at once on one host.
    pub max_streams: usize,
    /// The ssh program: `ssh`, wherever the PATH has it.
    pub ssh: PathBuf,
}

/// What the engine reports. Log lines come by a way of their own, so that a flood of them delays
/// nothing else; when nobody takes them the engine at the other end waits.
#[derive(Debug)]
pub struct Mailbox {
    /// Facts and ended commands.
    pub notices: mpsc::Receiver<Notice>,
    /// Log lines only.
    pub lines: mpsc::Receiver<Notice>,
}

/// A connected host as seen from outside its task.
struct Handle {
    era: Era,
    access: Access,
    wanted: watch::Sender<Arc<BTreeSet<Watch>>>,
    /// The machine that ssh logs in to, when it does.
    ssh: Option<SshTarget>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

/// A command under way.
struct Running {
    job: JobId,
    cancel: CancellationToken,
    /// Where a plan's loan of the terminal goes.
    loans: Option<mpsc::Sender<Option<Loan>>>,
    task: AbortOnDropHandle<()>,
}

/// All hosts, their streams and their commands. Dropping it ends them all.
pub struct Engine {
    settings: Settings,
    notices: mpsc::Sender<Notice>,
    lines: mpsc::Sender<Notice>,
    hosts: HashMap<HostId, Handle>,
    /// The newest connecting of any host.
    era: Era,
    running: Vec<Running>,
    wanted: BTreeSet<Watch>,
    /// What the ssh connections have in common.
    ssh: Arc<Common>,
    /// Ends what former runs left.
    _sweep: AbortOnDropHandle<()>,
}

impl Engine {
    /// An engine without hosts, and its mailbox. Must be called inside a tokio runtime.
    pub fn new(settings: Settings) -> (Self, Mailbox) {
        let (notices, for_notices) = mpsc::channel(256);
        let (lines, for_lines) = mpsc::channel(4);
        let ssh = Common::new(&settings.ssh);
        let engine = Self {
            settings,
            notices,
            lines,
            hosts: HashMap::new(),
            era: Era::default(),
            running: Vec::new(),
            wanted: BTreeSet::new(),
            _sweep: AbortOnDropHandle::new(tokio::spawn(tunnel::sweep(ssh.program()))),
            ssh,
        };
        let mailbox = Mailbox {
            notices: for_notices,
            lines: for_lines,
        };
        (engine, mailbox)
    }

    /// Begins to look for a host's engine, or begins anew. The first candidate that answers as an
    /// engine does is taken.
    pub fn connect(&mut self, spec: &HostSpec) {
        let (host, candidates) = (spec.id.clone(), spec.candidates.clone());
        self.hosts.remove(&host);
        let (orders, for_orders) = mpsc::channel(64);
        let (wanted, for_wanted) = watch::channel(Arc::new(self.wanted_of(&host)));
        let (api, for_api) = watch::channel(None);
        let (samples, for_samples) = mpsc::channel(1024);
        let names = Names::default();
        self.era.0 += 1;
        let teller = Teller {
            host: host.clone(),
            era: self.era,
            notices: self.notices.clone(),
        };
        let desk = Desk {
            teller: teller.clone(),
            api: for_api.clone(),
            lines: self.lines.clone(),
            samples,
            log_tail: self.settings.log_tail,
            names: names.clone(),
        };
        let simulated = candidates
            .iter()
            .any(|candidate| matches!(candidate.source, Source::Demo(_)));
        let gather = stats::gathering(teller, for_api.clone(), simulated, for_samples);
        let routes = candidates
            .iter()
            .map(|candidate| Route::new(&candidate.address, &self.ssh));
        let ssh = candidates
            .iter()
            .find_map(|candidate| match &candidate.address {
                Ok(Address::Ssh(target)) => Some(target.clone()),
                _ => None,
            });
        let run = Host {
            watches: Watches::new(desk.clone(), self.settings.max_streams),
            desk,
            routes: routes.collect(),
            ssh: self.ssh.program(),
            candidates,
            orders: for_orders,
            wanted: for_wanted,
            api,
            streams: self.settings.max_streams,
            forwards: Vec::new(),
            examine: true,
            doctor: None,
        }
        .run();
        let read_only = self.settings.read_only || spec.read_only;
        let handle = Handle {
            era: self.era,
            access: Access::new(orders, for_api, names, read_only),
            wanted,
            ssh,
            _tasks: [tokio::spawn(run), tokio::spawn(gather)].map(AbortOnDropHandle::new),
        };
        self.hosts.insert(host, handle);
    }

    /// Ends everything with a host. Its commands are cancelled by the lost connection.
    pub fn disconnect(&mut self, host: &HostId) {
        self.hosts.remove(host);
    }

    /// Whether a host is connected still by the connecting that a fact is of. What another one
    /// reported is of no interest any more.
    pub fn is_current(&self, host: &HostId, era: Era) -> bool {
        self.hosts.get(host).is_some_and(|handle| handle.era == era)
    }

    /// Tries to connect now.
    pub fn retry(&self, host: &HostId) {
        self.order(host, Order::Retry);
    }

    /// Lists everything now.
    pub fn refresh(&self, host: &HostId) {
        self.order(host, Order::Refresh);
    }

    /// Has each step to a host's engine looked at; the findings come as facts.
    pub fn examine(&self, host: &HostId) {
        self.order(host, Order::Examine);
    }

    /// Prepares a login at a host for a person: its command is given the terminal, and when it
    /// succeeds [`Engine::logged_in`] goes on with it. None where ssh is not used.
    pub fn login(
        &self,
        host: &HostId,
    ) -> Option<impl Future<Output = Result<Login, Problem>> + Send + 'static + use<>> {
        let target = self.hosts.get(host)?.ssh.clone()?;
        let common = Arc::clone(&self.ssh);
        Some(async move { tunnel::login(&common, &target).await })
    }

    /// A login was made: the host goes on with it.
    pub fn logged_in(&self, host: &HostId, login: Login) {
        self.order(host, Order::Login(Box::new(login)));
    }

    fn order(&self, host: &HostId, order: Order) {
        if let Some(handle) = self.hosts.get(host) {
            handle.access.order(order);
        }
    }

    /// Says which streams are wanted from now on. Never waits.
    pub fn watch(&mut self, wanted: BTreeSet<Watch>) {
        if wanted == self.wanted {
            return;
        }
        self.wanted = wanted;
        let mut by_host: HashMap<&HostId, BTreeSet<Watch>> = HashMap::new();
        for watch in &self.wanted {
            by_host
                .entry(watch.host())
                .or_default()
                .insert(watch.clone());
        }
        for (host, handle) in &self.hosts {
            let of_host = by_host.remove(host).unwrap_or_default();
            handle.wanted.send_if_modified(|now| {
                let changed = **now != of_host;
                if changed {
                    *now = Arc::new(of_host);
                }
                changed
            });
        }
    }

    fn wanted_of(&self, host: &HostId) -> BTreeSet<Watch> {
        let of_host = |watch: &&Watch| watch.host() == host;
        self.wanted.iter().filter(of_host).cloned().collect()
    }

    /// Performs a command. It is answered by one [`Notice::Done`], always.
    pub fn run(&mut self, job: JobId, step: usize, host: &HostId, command: Command) {
        self.running.retain(|running| !running.task.is_finished());
        let tried = self.tried(host, &command);
        let cancel = CancellationToken::new();
        let sink = Sink {
            job,
            lines: self.lines.clone(),
            cancel: cancel.clone(),
        };
        let (ends_itself, given_up) = (command::ends_itself(&command), command::given_up(&command));
        let work = self.work(host, command, sink);
        let (cancelled, notices) = (cancel.clone(), self.notices.clone());
        let task = tokio::spawn(async move {
            let work = async {
                // even its panic is answered
                task::caught(work?).await.flatten()
            };
            let result = tokio::select! {
                biased;
                () = cancelled.cancelled(), if !ends_itself => Err(given_up),
                result = work => result,
            };
            let result = result.map_err(|error| error.problem(&tried));
            // nobody listens when the program ends
            let _ = notices.send(Notice::Done { job, step, result }).await;
        });
        self.running.push(Running {
            job,
            cancel,
            loans: None,
            task: AbortOnDropHandle::new(task),
        });
    }

    /// What a command will do, or why it will not.
    fn work(
        &self,
        host: &HostId,
        command: Command,
        sink: Sink,
    ) -> Result<impl Future<Output = Result<Reply, Error>> + Send + 'static + use<>, Error> {
        let handle = self.hosts.get(host).ok_or(Error::Offline)?;
        handle.access.work(command, sink)
    }

    /// Performs a plan. Each of its steps that begins is told, and answered by one
    /// [`Notice::Done`].
    pub fn plan(&mut self, job: JobId, host: &HostId, plan: Plan) {
        self.running.retain(|running| !running.task.is_finished());
        let cancel = CancellationToken::new();
        let access = self.hosts.get(host).map(|handle| handle.access.clone());
        let (loans, for_loans) = mpsc::channel(1);
        let run = plan::Run {
            job,
            access,
            notices: self.notices.clone(),
            lines: self.lines.clone(),
            cancel: cancel.clone(),
            lender: Lender {
                job,
                notices: self.notices.clone(),
                loans: for_loans,
                cancel: cancel.clone(),
            },
        };
        let task = tokio::spawn(run.perform(plan));
        self.running.push(Running {
            job,
            cancel,
            loans: Some(loans),
            task: AbortOnDropHandle::new(task),
        });
    }

    /// What a command does, with its object by the name that it has before it is done.
    fn tried(&self, host: &HostId, command: &Command) -> String {
        command::tried(command, &self.name(host, command))
    }

    /// The name of a command's object; its short id while no list has told its name.
    fn name(&self, host: &HostId, command: &Command) -> String {
        let of = |id: &Id| match self.hosts.get(host) {
            Some(handle) => handle.access.name_of(id),
            None => id.short().to_owned(),
        };
        command.target().map(of).unwrap_or_default()
    }

    /// Cancels a job's commands. What the engine has begun it may still finish.
    pub fn cancel(&mut self, job: JobId) {
        for running in self.running.iter().filter(|running| running.job == job) {
            running.cancel.cancel();
        }
    }

    /// Performs a command that takes the terminal: `input` is what the person does, `output` what
    /// is written. Input is left alone until something runs.
    pub fn terminal(
        &self,
        host: &HostId,
        command: Command,
        size: Size,
        input: mpsc::Receiver<TerminalInput>,
        output: mpsc::Sender<Bytes>,
    ) -> impl Future<Output = Result<Reply, Problem>> + Send + 'static + use<> {
        let handle = self.hosts.get(host).ok_or(Error::Offline);
        let api = handle.and_then(|handle| {
            handle.access.allowed(command.changes())?;
            handle.access.api()
        });
        let name = self.name(host, &command);
        let ends = exec::Ends {
            size,
            input,
            output,
        };
        async move {
            let tried = command::tried(&command, &name);
            let api = api.map_err(|error| error.problem(&tried))?;
            // streams are read in tasks, never in the future that the runtime blocks on
            let task = tokio::spawn(async move {
                task::caught(Box::pin(exec::terminal(api, command, &name, ends))).await
            });
            AbortOnDropHandle::new(task)
                .await
                // the runtime ends, and with it this program
                .unwrap_or(Err(Error::Cancelled))
                .unwrap_or_else(|error| Err(error.problem(&tried)))
        }
    }

    /// Lends the terminal to what a plan started, which asked for it. What is given back ends when
    /// the terminal is given back.
    pub fn lend(
        &self,
        job: JobId,
        size: Size,
        input: mpsc::Receiver<TerminalInput>,
        output: mpsc::Sender<Bytes>,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        let (back, given_back) = oneshot::channel();
        let ends = exec::Ends {
            size,
            input,
            output,
        };
        self.answer(job, Some(Loan { ends, _back: back }));
        async move {
            // nothing is ever sent: it is dropped when it is over
            let _ = given_back.await;
        }
    }

    /// Leaves what a plan started without the terminal.
    pub fn withhold(&self, job: JobId) {
        self.answer(job, None);
    }

    fn answer(&self, job: JobId, loan: Option<Loan>) {
        let mut running = self.running.iter();
        let of = running.find(|running| running.job == job);
        if let Some(loans) = of.and_then(|running| running.loans.as_ref()) {
            // one that was given up in the meantime waits for none
            let _ = loans.try_send(loan);
        }
    }

    /// Asks the places of a host in turn whether an engine answers there: what it is, and how long
    /// that took. Fails with why there is none, for the last of the places.
    pub fn test(
        &self,
        spec: &HostSpec,
    ) -> impl Future<Output = Result<String, Problem>> + Send + 'static + use<> {
        let (ssh, candidates) = (Arc::clone(&self.ssh), spec.candidates.clone());
        async move {
            // streams are read in tasks, never in the future that the runtime blocks on
            let work = async move { task::caught(host::test(&candidates, &ssh)).await };
            let done = AbortOnDropHandle::new(tokio::spawn(work)).await;
            let failed = |error: Error| Err(error.problem("reach the engine"));
            done.unwrap_or(Err(Error::Cancelled)).unwrap_or_else(failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Candidate, Origin};

    #[tokio::test]
    async fn what_a_former_connecting_reported_is_told_from_news() {
        let settings = Settings {
            read_only: false,
            log_tail: 1,
            max_streams: 1,
            ssh: "ssh".into(),
        };
        let (mut engine, mut mailbox) = Engine::new(settings);
        let nowhere = Candidate {
            source: Source::Given,
            place: "unix:///nowhere".to_owned(),
            address: Ok(Address::Unix("/nowhere".into())),
        };
        let host = HostId::new("h");
        let spec = HostSpec::new(host.clone(), Origin::Given, vec![nowhere]);
        let mut eras = Vec::new();
        for _ in 0..2 {
            engine.connect(&spec);
            let era = loop {
                let Some(Notice::Fact(_, era, _)) = mailbox.notices.recv().await else {
                    panic!("nothing is reported");
                };
                // the one before may have reported more than was read
                if !eras.contains(&era) {
                    break era;
                }
            };
            assert!(engine.is_current(&host, era));
            eras.push(era);
            engine.disconnect(&host);
            assert!(!engine.is_current(&host, era));
        }
        engine.connect(&spec);
        assert_ne!(eras[0], eras[1]);
        assert!(eras.iter().all(|era| !engine.is_current(&host, *era)));
    }
}
