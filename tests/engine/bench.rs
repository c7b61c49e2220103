//! The bench for the contract suite: engines under test, containers made on them, and what the
//! engine module reports of them.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pilothouse::demo::{self, Demo, Options, Scenario};
use pilothouse::engine::{Engine, Mailbox, Settings, TerminalInput, locate};
use pilothouse::model::host::{Check, DiskUse, Forward, Pulse, Verdict};
use pilothouse::model::input::Size;
use pilothouse::model::log::Stream;
use pilothouse::model::{
    Address, Brief, Candidate, Container, Event, HostId, HostInfo, HostSpec, Id, Link, Origin,
    Problem, Ref, Sample, Source,
};
use pilothouse::protocol::{Command, Fact, JobId, LogFact, Notice, Plan, Processes, Reply, Watch};
use pilothouse::spec::values::Pair;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::skip::skip;

/// Nothing that is waited for may take longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
const LABEL: &str = "pilothouse.test=1";

/// An engine to try the contract on. What is made on it goes when this is dropped.
pub(crate) struct UnderTest {
    pub(crate) socket: PathBuf,
    run: String,
    /// The simulated engine, when it is one.
    pub(crate) demo: Option<Demo>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl UnderTest {
    pub(crate) fn at(socket: &Path) -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            socket: socket.to_owned(),
            run: format!("{}-{count}", std::process::id()),
            demo: None,
        }
    }

    /// A simulated engine of its own, with the one image that the suite needs.
    pub(crate) fn simulated() -> Self {
        Self::speaking((1, 41))
    }

    /// The same that speaks another API.
    pub(crate) fn speaking(api_version: (u8, u8)) -> Self {
        println!("on the simulated engine");
        let demo = demo::start(Options {
            api_version,
            ..Options::from(Scenario::Shop)
        });
        let demo = demo.unwrap();
        let mut under = Self::at(demo.socket());
        under.demo = Some(demo);
        let pull = "/images/create?fromImage=busybox&tag=latest";
        assert_eq!(under.call("POST", pull, &Value::Null).0, 200);
        under
    }

    /// Whether it speaks an API that is older than signals for restarts.
    pub(crate) fn is_old(&self) -> bool {
        let (_, version) = self.call("GET", "/version", &Value::Null);
        let version: Value = serde_json::from_slice(&version).unwrap();
        let spoken = version["ApiVersion"].as_str().unwrap();
        let (_, minor) = spoken.split_once('.').unwrap();
        minor.parse::<u32>().unwrap() < 42
    }

    /// Whether it is Podman, whose own ways differ in a few places.
    pub(crate) fn is_podman(&self) -> bool {
        let (_, body) = self.call("GET", "/version", &Value::Null);
        String::from_utf8_lossy(&body).contains("Podman Engine")
    }

    /// Whether it is rootless on cgroup v1: it measures and pauses nothing.
    pub(crate) fn has_no_cgroups(&self) -> bool {
        let (_, body) = self.call("GET", "/info", &Value::Null);
        let info: Value = serde_json::from_slice(&body).unwrap();
        info["Rootless"] == true && info["CgroupVersion"] == "1"
    }

    /// One request, without any code of the program's own.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Vec<u8>) {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} /v1.41{path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let status = std::str::from_utf8(&answer[9..12])
            .unwrap()
            .parse()
            .unwrap();
        (status, answer[end + 4..].to_vec())
    }

    /// Makes a container; `more` is added to its description.
    pub(crate) fn create(&self, name: &str, script: &str, more: &Value) -> Id {
        let mut spec = json!({
            "Image": "busybox", "Cmd": ["sh", "-c", script], "StopTimeout": 1,
            "Labels": {"pilothouse.test": "1", "pilothouse.run": self.run},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        // where an engine can give none of its own
        if let Ok(network) = std::env::var("PILOTHOUSE_TEST_NETWORK")
            && self.demo.is_none()
        {
            spec["HostConfig"]["NetworkMode"] = json!(network);
        }
        let path = format!("/containers/create?name={}", self.name(name));
        let (status, body) = self.call("POST", &path, &spec);
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        let made: Value = serde_json::from_slice(&body).unwrap();
        Id::new(made["Id"].as_str().unwrap())
    }

    /// The labels by which what a test makes is removed.
    pub(crate) fn labels(&self) -> Vec<Pair> {
        [("pilothouse.test", "1"), ("pilothouse.run", &self.run)]
            .map(|(name, value)| Pair {
                name: name.to_owned(),
                value: value.to_owned(),
            })
            .to_vec()
    }

    /// Makes and starts a container.
    pub(crate) fn start(&self, name: &str, script: &str, more: &Value) -> Id {
        let id = self.create(name, script, more);
        self.post(&id, "start");
        id
    }

    pub(crate) fn post(&self, id: &Id, deed: &str) {
        let (status, body) = self.call("POST", &format!("/containers/{id}/{deed}"), &Value::Null);
        assert!(status < 400, "{deed}: {}", String::from_utf8_lossy(&body));
    }

    /// What its containers are labelled with, so that they go.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// The name that a container of this test has on the engine.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("pht-{}-{name}", self.run)
    }
}

impl Drop for UnderTest {
    fn drop(&mut self) {
        // what is on a simulated engine goes with it
        if self.demo.is_some() {
            return;
        }
        let filters = format!(r#"{{"label":["{LABEL}","pilothouse.run={}"]}}"#, self.run)
            .replace('"', "%22")
            .replace('{', "%7B")
            .replace('}', "%7D");
        // images last: containers are of them
        for (kind, with) in [("containers", "force=1&v=1"), ("images", "force=1")] {
            let path = format!("/{kind}/json?all=1&filters={filters}");
            let (_, list) = self.call("GET", &path, &Value::Null);
            let list: Value = serde_json::from_slice(&list).unwrap_or_default();
            for one in list.as_array().into_iter().flatten() {
                let id = one["Id"].as_str().unwrap_or_default();
                self.call("DELETE", &format!("/{kind}/{id}?{with}"), &Value::Null);
            }
        }
    }
}

/// Everything that the engine module has reported.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) links: Vec<Link>,
    pub(crate) info: HostInfo,
    pub(crate) pulse: Option<Pulse>,
    pub(crate) disk: Option<DiskUse>,
    pub(crate) containers: BTreeMap<Id, Container>,
    pub(crate) lists: u32,
    pub(crate) removed: Vec<Id>,
    pub(crate) briefs: BTreeMap<Id, Brief>,
    pub(crate) samples: Vec<(Id, Sample)>,
    pub(crate) inspects: Vec<Result<Value, Problem>>,
    pub(crate) processes: Vec<Result<Processes, Problem>>,
    pub(crate) events: Vec<Event>,
    pub(crate) past: Vec<Vec<Event>>,
    /// Bytes that a copy told to have gone by.
    pub(crate) progress: Vec<u64>,
    /// What became of the log, but its lines.
    pub(crate) log: Vec<LogFact>,
    /// The same and its lines, in order, in a word each; no word twice in a row.
    pub(crate) course: Vec<&'static str>,
    pub(crate) lines: Vec<(String, i64, Stream, u64)>,
    /// What commands wrote.
    pub(crate) output: Vec<(String, i64, Stream, u64)>,
    pub(crate) troubles: Vec<Problem>,
    /// Why samples do not come, in order.
    pub(crate) unsampled: Vec<(Id, Problem)>,
    /// Containers that later lists of all told of again.
    pub(crate) retold: Vec<Id>,
    pub(crate) findings: Vec<(Check, Verdict)>,
    pub(crate) forwards: Vec<Forward>,
    pub(crate) done: Vec<(JobId, usize, Result<Reply, Problem>)>,
    /// Steps of plans that began.
    pub(crate) begun: Vec<(JobId, usize)>,
    /// Steps that were undone, each with why not.
    pub(crate) undone: Vec<(usize, Result<(), String>)>,
}

impl Seen {
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.0.as_str()).collect()
    }

    pub(crate) fn ended(&self) -> bool {
        self.log.iter().any(|fact| matches!(fact, LogFact::Ended))
    }

    pub(crate) fn down(&self) -> Option<(&str, &str)> {
        self.links.iter().find_map(|link| match link {
            Link::Down { attempts, .. } => attempts
                .first()
                .map(|a| (a.problem.summary.as_str(), a.problem.detail.as_str())),
            Link::Up { .. } | Link::Connecting { .. } => None,
        })
    }

    fn take(&mut self, notice: Notice) {
        let fact = match notice {
            Notice::Done { job, step, result } => return self.done.push((job, step, result)),
            Notice::Begun(job, step) => return self.begun.push((job, step)),
            // nobody looks here
            Notice::Asks(_) => return,
            Notice::Undone { step, result, .. } => {
                return self
                    .undone
                    .push((step, result.map_err(|problem| problem.summary)));
            }
            Notice::Progress { done, .. } => return self.progress.push(done),
            Notice::Output(_, page) => {
                let lines = page.0.lines();
                let lines = lines.map(|l| (l.text.to_owned(), l.time, l.stream, l.cut));
                return self.output.extend(lines);
            }
            Notice::Fact(_, _, fact) => fact,
        };
        if let Fact::Log(_, fact) = &fact {
            let word = match fact {
                LogFact::Opened => "opened",
                LogFact::Lines(_) => "lines",
                LogFact::CaughtUp => "caught up",
                LogFact::Ended => "ended",
                LogFact::Failed(_) => "failed",
            };
            self.course.push(word);
            self.course.dedup();
        }
        match fact {
            Fact::Link(link) => self.links.push(link),
            Fact::Info(info) => self.info = *info,
            Fact::Pulse(pulse) => self.pulse = Some(pulse),
            Fact::Disk(disk) => self.disk = Some(disk),
            Fact::Containers(list) => {
                self.lists += 1;
                self.containers = list.into_iter().map(|c| (c.id.clone(), c)).collect();
            }
            Fact::Resynced { changed, removed } => {
                self.lists += 1;
                self.retold.extend(changed.iter().map(|c| c.id.clone()));
                self.containers.retain(|id, _| !removed.contains(id));
                self.containers
                    .extend(changed.into_iter().map(|c| (c.id.clone(), c)));
            }
            Fact::Changed(list) => self
                .containers
                .extend(list.into_iter().map(|c| (c.id.clone(), c))),
            Fact::Turned(id, turn) => {
                if let Some(container) = self.containers.get_mut(&id) {
                    container.turn(turn);
                }
            }
            Fact::Removed(ids) => {
                self.containers.retain(|id, _| !ids.contains(id));
                self.removed.extend(ids);
            }
            Fact::Brief(id, brief) => _ = self.briefs.insert(id, brief),
            Fact::Samples(samples) => self.samples.extend(samples),
            Fact::Inspect(_, result) => self.inspects.push(result.map(|value| (*value).clone())),
            Fact::Processes(_, result) => self.processes.push(result.map(|p| (*p).clone())),
            Fact::Log(_, LogFact::Lines(chunk)) => self.lines.extend(
                chunk
                    .lines()
                    .map(|l| (l.text.to_owned(), l.time, l.stream, l.cut)),
            ),
            Fact::Log(_, fact) => self.log.push(fact),
            Fact::Event(event) => self.events.push(event),
            Fact::Past(_, events) => self.past.push(events),
            Fact::Trouble(problem) => self.troubles.push(problem),
            Fact::Unsampled(id, problem) => self.unsampled.push((id, problem)),
            Fact::Bug(problem) => panic!("{problem:?}"),
            Fact::Finding(check, verdict) => self.findings.push((check, verdict)),
            Fact::Forwards(forwards) => self.forwards = forwards,
            Fact::Tried(_) => {}
        }
    }
}

/// The engine module at work on one host.
pub(crate) struct Live {
    pub(crate) engine: Engine,
    pub(crate) mailbox: Mailbox,
    pub(crate) host: HostId,
    pub(crate) seen: Seen,
    jobs: u64,
}

impl Live {
    pub(crate) fn new(address: Address, read_only: bool) -> Self {
        Self::by("ssh".into(), address, read_only)
    }

    /// By an ssh program of one's own.
    pub(crate) fn by(ssh: PathBuf, address: Address, read_only: bool) -> Self {
        let (mut engine, mailbox) = Engine::new(Settings {
            read_only,
            log_tail: 1000,
            max_streams: 64,
            ssh,
        });
        let host = HostId::new("test");
        let place = address.to_string();
        let candidate = Candidate {
            source: Source::Given,
            place,
            address: Ok(address),
        };
        engine.connect(&HostSpec::new(host.clone(), Origin::Given, vec![candidate]));
        Self {
            engine,
            mailbox,
            host,
            seen: Seen::default(),
            jobs: 0,
        }
    }

    /// Connected, with the first list.
    pub(crate) async fn on(under: &UnderTest) -> Self {
        let mut live = Self::new(Address::Unix(under.socket.clone()), false);
        live.until("the first list", |seen| seen.lists > 0).await;
        live
    }

    /// Takes in what has been reported up to now.
    pub(crate) fn take(&mut self) {
        while let Ok(notice) = self.mailbox.notices.try_recv() {
            self.seen.take(notice);
        }
        while let Ok(notice) = self.mailbox.lines.try_recv() {
            self.seen.take(notice);
        }
    }

    /// Waits until something is so.
    pub(crate) async fn until(&mut self, what: &str, so: impl Fn(&Seen) -> bool) {
        let wait = async {
            while !so(&self.seen) {
                let notice = tokio::select! {
                    Some(notice) = self.mailbox.notices.recv() => notice,
                    Some(notice) = self.mailbox.lines.recv() => notice,
                };
                self.seen.take(notice);
            }
        };
        let waited = tokio::time::timeout(LIMIT, wait).await;
        let seen = &self.seen;
        let events: Vec<_> = seen.events.iter().map(|e| (&e.name, &e.action)).collect();
        assert!(
            waited.is_ok(),
            "waited in vain for {what}; links {:?}, troubles {:?}, log {:?}, {} lines, events {events:?}",
            seen.links,
            seen.troubles,
            seen.log,
            seen.lines.len()
        );
    }

    pub(crate) fn begin(&mut self, command: Command) -> JobId {
        self.jobs += 1;
        let job = JobId(self.jobs);
        self.engine.run(job, 0, &self.host, command);
        job
    }

    pub(crate) async fn answer(&mut self, job: JobId) -> Result<Reply, Problem> {
        let of_job = |seen: &Seen| seen.done.iter().any(|(j, ..)| *j == job);
        self.until("an answer", of_job).await;
        let answers: Vec<_> = self.seen.done.iter().filter(|(j, ..)| *j == job).collect();
        assert_eq!(answers.len(), 1);
        answers[0].2.clone()
    }

    pub(crate) async fn run(&mut self, command: Command) -> Result<Reply, Problem> {
        let job = self.begin(command);
        self.answer(job).await
    }

    pub(crate) fn begin_plan(&mut self, plan: Plan) -> JobId {
        self.jobs += 1;
        let job = JobId(self.jobs);
        self.engine.plan(job, &self.host, plan);
        job
    }

    /// Performs a plan; what its last step came to, or the one that failed, and which it was.
    pub(crate) async fn plan(&mut self, plan: Plan) -> (usize, Result<Reply, Problem>) {
        let last = plan.steps.len() - 1;
        let job = self.begin_plan(plan);
        let over = |seen: &Seen| {
            let mut answers = seen.done.iter().filter(|(of, ..)| *of == job);
            answers.any(|(_, step, result)| *step == last || result.is_err())
        };
        self.until("the plan's end", over).await;
        let mut answers = self.seen.done.iter().filter(|(of, ..)| *of == job);
        let (_, step, result) = answers.next_back().cloned().unwrap();
        (step, result)
    }

    pub(crate) fn watch(&mut self, watches: &[fn(Ref) -> Watch], id: &Id) {
        let target = Ref::container(&self.host, id);
        self.engine
            .watch(watches.iter().map(|watch| watch(target.clone())).collect());
    }
}

/// The engines that the contract is tried on: the simulated one, and the real one that answers
/// here. With `CI=true` there must be one; with `PILOTHOUSE_TEST_ENGINES=real` it is the only one.
pub(crate) fn engines() -> impl Iterator<Item = UnderTest> {
    let real_alone = std::env::var("PILOTHOUSE_TEST_ENGINES").is_ok_and(|wanted| wanted == "real");
    // one after the other, each begun when the one before is done with
    [|| Some(UnderTest::simulated()), real]
        .into_iter()
        .skip(usize::from(real_alone))
        .filter_map(|begin| begin())
}

pub(crate) fn real() -> Option<UnderTest> {
    let host =
        std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".into());
    match locate::parse_address(&host) {
        Ok(Address::Unix(socket)) if UnixStream::connect(&socket).is_ok() => {
            println!("on the engine at {host}");
            Some(UnderTest::at(&socket))
        }
        _ => {
            skip(&format!("no engine at {host}"));
            None
        }
    }
}

/// Runs a shell, types, and collects what it wrote.
pub(crate) async fn shell(
    live: &Live,
    id: &Id,
    shells: &[&str],
    typed: &str,
) -> (Result<Reply, Problem>, String) {
    let shells = shells.iter().map(|shell| vec![(*shell).to_owned()]);
    terminal(live, Command::Shell(id.clone(), shells.collect()), typed).await
}

/// Runs what takes the terminal, types, and collects what it wrote.
pub(crate) async fn terminal(
    live: &Live,
    command: Command,
    typed: &str,
) -> (Result<Reply, Problem>, String) {
    let (input, for_input) = mpsc::channel(8);
    let (output, mut for_output) = mpsc::channel::<bytes::Bytes>(8);
    let size = Size {
        width: 91,
        height: 33,
    };
    let end = live
        .engine
        .terminal(&live.host, command, size, for_input, output);
    input
        .send(TerminalInput::Bytes(typed.as_bytes().to_vec()))
        .await
        .unwrap();
    let end = tokio::spawn(end);
    let mut text = Vec::new();
    let read = async {
        while let Some(bytes) = for_output.recv().await {
            text.extend_from_slice(&bytes);
        }
    };
    tokio::time::timeout(LIMIT, read).await.unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    (end.await.unwrap(), text)
}
