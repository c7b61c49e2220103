//! What is known of the hosts and what is on them: learns facts, forgets what is gone.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use crate::model::container::{Container, Counts, State};
use crate::model::host::{Attempt, Check, DiskUse, Forward, HostInfo, Link, Pulse, Verdict};
use crate::model::stats::{Sample, Series};
use crate::model::{Brief, Event, HostId, Id, Problem, Ref, Time, Turn};
use crate::protocol::{Fact, Processes};
use crate::resource::containers::Item;

/// Events kept of each host at most.
const EVENTS: usize = 2_000;
/// Events kept of all hosts together: about 10 MiB. Each host keeps its share of them.
const ALL_EVENTS: usize = 20_000;
/// Histories kept of all hosts together: about 32 MiB.
const HISTORIES: usize = 4_500;
/// Histories that each host may keep at least.
const LEAST_HISTORIES: usize = 128;
/// Whole inspects kept of each host.
const INSPECTS: usize = 16;
/// How long sums of samples are of the present.
const PRESENT: Duration = Duration::from_secs(5);
/// Seconds of the header's history.
const TOTALS: usize = 60;

/// Everything known, by host.
#[derive(Debug, Default)]
pub struct World {
    /// The connected hosts.
    pub hosts: BTreeMap<HostId, Host>,
    /// The host whose objects show; none for those of all.
    pub scope: Option<HostId>,
    /// A host of which nothing is known.
    blank: Host,
    /// Counts every change of which containers there are, and of what the list call tells of them.
    pub version: u64,
    /// Counts everything that happened.
    pub happened: u64,
    /// Counts every change of a connection, lateness among them, and of what briefs tell of ends.
    pub alarms: u64,
}

/// One host.
#[derive(Debug, Default)]
pub struct Host {
    /// The connection; none before the first word of it.
    pub link: Option<Link>,
    /// Why it does not answer, and since when, until it answers again; none since it does.
    pub lost: Option<(Option<Time>, Option<Problem>)>,
    /// Places tried in vain since the search began.
    pub tried: Vec<Attempt>,
    /// What the engine says of itself.
    pub info: HostInfo,
    /// What its last ping told.
    pub pulse: Option<Pulse>,
    /// Whether the pings of this connection are answered late.
    pub(super) late: bool,
    /// What its objects take on disk.
    pub disk: Option<DiskUse>,
    /// What the doctor found, in the order of its steps.
    pub findings: Vec<(Check, Verdict)>,
    /// Ports of its containers that are forwarded to this machine.
    pub forwards: Vec<Forward>,
    /// Its containers, in no order. All of them are gone over for each new list: they lie side by
    /// side, without the empty places of a hash table.
    pub containers: IndexMap<Id, Container>,
    /// How many of them there are of each sort; kept up with them, since every frame shows it.
    pub counts: Counts,
    /// When the first whole list came.
    pub loaded: Option<Time>,
    /// Histories of samples.
    pub series: HashMap<Id, Series>,
    /// Why the samples of some containers do not come.
    pub unsampled: HashMap<Id, Problem>,
    /// Whole inspects of what is looked at, newest last.
    inspects: VecDeque<(Id, Result<Arc<Value>, Problem>)>,
    /// Processes of what is looked at.
    processes: Option<(Id, Result<Arc<Processes>, Problem>)>,
    /// What happened, oldest first.
    pub events: VecDeque<Event>,
    /// What is wrong although the connection goes on.
    pub trouble: Option<(Time, Problem)>,
    /// Total CPU in percent of one core, a value a second, newest last.
    pub cpu: VecDeque<f32>,
    /// Total bytes of memory, a value a second, newest last.
    pub memory: VecDeque<f32>,
    /// How many values of them there have been: their picture moves with it.
    pub batches: i64,
    /// The newest of them, and when they came.
    present: Option<(Time, Totals)>,
}

/// The totals in the header.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Percent of one core.
    pub cpu: f32,
    /// Bytes.
    pub memory: u64,
    /// Containers whose samples are in the sum.
    pub counted: usize,
    /// Containers that run.
    pub running: usize,
}

impl World {
    /// Everything that is forwarded to this machine, with its host.
    pub fn forwards(&self) -> impl Iterator<Item = (&HostId, &Forward)> {
        let hosts = self.hosts.iter();
        hosts.flat_map(|(id, host)| host.forwards.iter().map(move |forward| (id, forward)))
    }

    /// Takes in what an engine reported. Logs are not its business.
    pub fn learn(&mut self, id: &HostId, fact: Fact, now: Time) {
        let hosts = self.hosts.len().max(1);
        let (share, events) = (HISTORIES / hosts, share_of_events(hosts));
        let host = self.hosts.entry(id.clone()).or_default();
        match fact {
            Fact::Samples(samples) => {
                host.learn_samples(&samples, share.max(LEAST_HISTORIES), now);
            }
            Fact::Link(link) => {
                host.learn_link(link);
                self.alarms += 1;
            }
            Fact::Unsampled(id, problem) => host.learn_unsampled(id, problem),
            Fact::Tried(attempt) => host.tried.push(attempt),
            Fact::Info(info) => host.info = *info,
            Fact::Pulse(pulse) => self.alarms += u64::from(host.learn_pulse(pulse)),
            Fact::Disk(disk) => host.disk = Some(disk),
            Fact::Finding(check, verdict) => host.learn_finding(check, verdict),
            Fact::Forwards(forwards) => host.forwards = forwards,
            Fact::Containers(containers) => {
                host.learn_all(containers, now);
                self.version += 1;
            }
            Fact::Resynced { changed, removed } => {
                self.alarms += u64::from(host.trouble.take().is_some());
                self.version += u64::from(!(changed.is_empty() && removed.is_empty()));
                for container in changed {
                    host.learn_container(container);
                }
                for id in removed {
                    host.forget(&id);
                }
            }
            Fact::Changed(containers) => {
                for container in containers {
                    host.learn_container(container);
                }
                self.version += 1;
            }
            Fact::Removed(ids) => {
                for id in ids {
                    host.forget(&id);
                }
                self.version += 1;
            }
            Fact::Brief(id, brief) => {
                if let Some(container) = host.containers.get_mut(&id) {
                    let before = container.brief.as_ref();
                    let end = |brief: &Brief| (brief.oom_killed, brief.restarts, brief.finished);
                    if before.map(end) != Some(end(&brief)) {
                        self.alarms += 1;
                    }
                    container.brief = Some(brief);
                }
            }
            // sorted and grouped anew by the list that follows
            Fact::Turned(id, turn) => host.learn_turn(&id, turn),
            Fact::Inspect(id, answer) => host.learn_inspect(id, answer),
            Fact::Processes(id, answer) => host.processes = Some((id, answer)),
            Fact::Event(event) => self.happened += u64::from(host.learn_event(event, events)),
            Fact::Past(_, past) => {
                for event in past {
                    self.happened += u64::from(host.learn_event(event, events));
                }
            }
            Fact::Trouble(problem) => {
                host.trouble = Some((now, problem));
                self.alarms += 1;
            }
            Fact::Log(..) | Fact::Bug(_) => {}
        }
    }

    /// A host is looked at from now on.
    pub fn open(&mut self, host: &HostId) {
        self.hosts.entry(host.clone()).or_default();
        self.version += 1;
        let share = share_of_events(self.hosts.len());
        for host in self.hosts.values_mut() {
            host.keep_events(share);
        }
    }

    /// A host is looked at no more.
    pub fn close(&mut self, host: &HostId) {
        self.hosts.remove(host);
        if self.scope.as_ref() == Some(host) {
            self.scope = None;
        }
        self.version += 1;
    }

    /// What is known of a host is of another name from now on. False when it is not connected.
    pub fn rename(&mut self, before: &HostId, now: &HostId) -> bool {
        let Some(host) = self.hosts.remove(before) else {
            return false;
        };
        self.hosts.insert(now.clone(), host);
        if self.scope.as_ref() == Some(before) {
            self.scope = Some(now.clone());
        }
        self.version += 1;
        true
    }

    /// A host of which nothing is known: what shows of one that is not connected.
    pub fn blank(&self) -> &Host {
        &self.blank
    }

    /// The hosts whose objects show.
    pub fn in_scope(&self) -> impl Iterator<Item = (&HostId, &Host)> {
        let shows = |id: &HostId| self.scope.as_ref().is_none_or(|scope| scope == id);
        self.hosts.iter().filter(move |(id, _)| shows(id))
    }

    /// Whether the objects of several hosts show together.
    pub fn shows_several(&self) -> bool {
        self.scope.is_none() && self.hosts.len() > 1
    }

    /// A container by its name for anything.
    pub fn container(&self, target: &Ref) -> Option<&Container> {
        self.hosts.get(&target.host)?.containers.get(&target.id)
    }

    /// The row of a container.
    pub fn item(&self, target: &Ref, now: Time) -> Option<Item<'_>> {
        let (host_id, host) = self.hosts.get_key_value(&target.host)?;
        let container = host.containers.get(&target.id)?;
        Some(Item {
            host: host_id,
            container,
            series: host.series.get(&target.id),
            machine: host.info.memory,
            unsampled: host.unsampled.get(&target.id),
            now,
        })
    }

    /// Every container's row, of all hosts, in no order.
    pub fn items(&self, now: Time) -> impl Iterator<Item = Item<'_>> {
        self.hosts
            .iter()
            .flat_map(move |(id, host)| host.items(id, now))
    }

    /// The rows of the containers that belong to the hosts that show, in no order.
    pub fn items_in_scope(&self, now: Time) -> impl Iterator<Item = Item<'_>> {
        self.in_scope()
            .flat_map(move |(id, host)| host.items(id, now))
    }

    /// Counts over the hosts that show.
    pub fn counts(&self) -> Counts {
        self.in_scope()
            .fold(Counts::default(), |sum, (_, host)| sum.plus(&host.counts))
    }

    /// Whether any host has ever shown its containers.
    pub fn is_loaded(&self) -> bool {
        self.hosts.values().any(|host| host.loaded.is_some())
    }
}

/// Events that each of some hosts keeps, so that all together keep no more than
/// [`ALL_EVENTS`].
fn share_of_events(hosts: usize) -> usize {
    (ALL_EVENTS / hosts.max(1)).clamp(1, EVENTS)
}

impl Host {
    /// The rows of its containers.
    fn items<'a>(&'a self, id: &'a HostId, now: Time) -> impl Iterator<Item = Item<'a>> {
        self.containers.values().map(move |container| Item {
            host: id,
            container,
            series: self.series.get(&container.id),
            machine: self.info.memory,
            unsampled: self.unsampled.get(&container.id),
            now,
        })
    }

    fn learn_all(&mut self, containers: Vec<Container>, now: Time) {
        let room = IndexMap::with_capacity(containers.len());
        let mut old = std::mem::replace(&mut self.containers, room);
        for mut container in containers {
            if container.brief.is_none() {
                container.brief = old
                    .swap_remove(&container.id)
                    .and_then(|before| before.brief);
            }
            self.containers.insert(container.id.clone(), container);
        }
        self.counts = self
            .containers
            .values()
            .fold(Counts::default(), |sum, container| {
                sum.plus(&Counts::of(container))
            });
        self.series.retain(|id, _| self.containers.contains_key(id));
        self.unsampled
            .retain(|id, _| self.containers.contains_key(id));
        self.loaded = self.loaded.or(Some(now));
        self.trouble = None;
    }

    fn learn_container(&mut self, mut container: Container) {
        if container.brief.is_none() {
            container.brief = self
                .containers
                .get(&container.id)
                .and_then(|before| before.brief.clone());
        }
        self.counts = self.counts.plus(&Counts::of(&container));
        if let Some(before) = self.containers.insert(container.id.clone(), container) {
            self.counts = self.counts.less(&Counts::of(&before));
        }
    }

    fn learn_turn(&mut self, id: &Id, turn: Turn) {
        if let Some(container) = self.containers.get_mut(id) {
            self.counts = self.counts.less(&Counts::of(container));
            container.turn(turn);
            self.counts = self.counts.plus(&Counts::of(container));
        }
    }

    fn forget(&mut self, id: &Id) {
        if let Some(before) = self.containers.swap_remove(id) {
            self.counts = self.counts.less(&Counts::of(&before));
        }
        self.series.remove(id);
        self.unsampled.remove(id);
        self.inspects.retain(|(of, _)| of != id);
    }

    fn learn_samples(&mut self, samples: &[(Id, Sample)], most: usize, now: Time) {
        for (id, sample) in samples {
            if !self.containers.contains_key(id) {
                continue;
            }
            self.unsampled.remove(id);
            if let Some(series) = self.series.get_mut(id) {
                series.push(*sample);
            } else {
                self.make_room(most);
                self.series.insert(id.clone(), Series::new(*sample));
            }
        }
        let totals = self.totals(now);
        self.present = Some((now, totals));
        self.batches += 1;
        for (history, value) in [
            (&mut self.cpu, totals.cpu),
            (&mut self.memory, totals.memory as f32),
        ] {
            if history.len() == TOTALS {
                history.pop_front();
            }
            history.push_back(value);
        }
    }

    fn learn_unsampled(&mut self, id: Id, problem: Problem) {
        if self.containers.contains_key(&id) {
            self.unsampled.insert(id, problem);
        }
    }

    /// Drops the history that has gone longest without a sample, when there are too many.
    fn make_room(&mut self, most: usize) {
        if self.series.len() >= most {
            let oldest = self.series.iter().min_by_key(|(_, series)| series.newest());
            if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                self.series.remove(&id);
            }
        }
    }

    /// The newest sums; none where nothing has streamed for some seconds.
    pub fn present(&self, now: Time) -> Option<Totals> {
        let (at, totals) = self.present?;
        (now.since(at) <= PRESENT && totals.counted > 0).then_some(totals)
    }

    /// Sums over what streams now.
    pub fn totals(&self, now: Time) -> Totals {
        let mut totals = Totals {
            running: self.counts.running,
            ..Totals::default()
        };
        // by histories, which are few where containers are many
        for (id, series) in &self.series {
            let sample = series.present(now).filter(|_| {
                let container = self.containers.get(id);
                container.is_some_and(|one| one.state == State::Running)
            });
            if let Some(sample) = sample {
                totals.cpu += sample.cpu;
                totals.memory += sample.memory;
                totals.counted += 1;
            }
        }
        totals
    }

    fn learn_inspect(&mut self, id: Id, answer: Result<Arc<Value>, Problem>) {
        self.inspects.retain(|(of, _)| *of != id);
        if self.inspects.len() == INSPECTS {
            self.inspects.pop_front();
        }
        self.inspects.push_back((id, answer));
    }

    /// Takes in what happened, in the order of time; whether that was news. Several streams may tell
    /// of the same.
    fn learn_event(&mut self, event: Event, most: usize) -> bool {
        let place = self.events.partition_point(|other| other.at <= event.at);
        let before = self.events.range(..place).rev();
        let mut same_time = before.take_while(|other| other.at == event.at);
        if same_time.any(|other| other.id == event.id && other.action == event.action) {
            return false;
        }
        self.events.insert(place, event);
        self.keep_events(most);
        true
    }

    /// Lets the oldest events go, of which there are too many.
    fn keep_events(&mut self, most: usize) {
        let over = self.events.len().saturating_sub(most);
        self.events.drain(..over);
    }

    /// The whole inspect of a container, when one came.
    pub fn inspect(&self, id: &Id) -> Option<&Result<Arc<Value>, Problem>> {
        self.inspects
            .iter()
            .find(|(of, _)| of == id)
            .map(|(_, answer)| answer)
    }

    /// The processes of a container, when it is the one that is looked at.
    pub fn processes(&self, id: &Id) -> Option<&Result<Arc<Processes>, Problem>> {
        self.processes
            .as_ref()
            .filter(|(of, _)| of == id)
            .map(|(_, answer)| answer)
    }
}
