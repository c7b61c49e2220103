//! Running streams against the wanted set: what has been wanted for a moment is started, what has
//! not been wanted for a while is stopped, so that fast scrolling opens nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::teller::Teller;
use super::transport::Api;
use super::{happenings, inspect, logs, past, sampling, task, upkeep};
use crate::model::{Event, Id, Ref, Sample};
use crate::protocol::{Fact, Notice, Watch};

/// How long something must be wanted before it is started, when much is wanted at once.
const WANTED: Duration = Duration::from_millis(150);
/// How many may start at once without waiting: selecting must feel instant.
const AT_ONCE: usize = 4;
/// Streams of samples of rows that nobody sees, which begin in a second: they serve the totals,
/// and need not come all at once when so many have ended that all of the rest are counted.
const UNSEEN: usize = 3;
/// Such streams that serve the totals at most. More are asked for by the order of a list, which is
/// wrong until all have come.
const TOTALS: usize = 64;
const SECOND: Duration = Duration::from_secs(1);
/// How long something runs on when it is no longer wanted.
const UNWANTED: Duration = Duration::from_secs(2);

/// Streams of a host up to which samples that are no longer wanted run on for longer: rows that
/// come and go with the states of their containers do not open a stream each time.
const FEW: usize = 128;
/// How much longer that is.
const UNWANTED_OF_FEW: Duration = Duration::from_secs(15);

/// What every stream of a host works with.
#[derive(Clone)]
pub(crate) struct Desk {
    /// Who reports what becomes known of it.
    pub(crate) teller: Teller,
    /// The connection while there is one.
    pub(crate) api: watch::Receiver<Option<Api>>,
    pub(crate) lines: mpsc::Sender<Notice>,
    pub(crate) samples: mpsc::Sender<(Id, Sample)>,
    /// Lines of a log that are asked for at first.
    pub(crate) log_tail: u32,
    pub(crate) names: Names,
}

/// The names of a host's containers, for what is said of them.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<RwLock<HashMap<Id, Box<str>>>>);

impl Names {
    /// What a person calls a container: its name, where it is known.
    pub(crate) fn of(&self, id: &Id) -> String {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let name = names.get(id).filter(|name| !name.is_empty());
        name.map_or_else(|| id.short().to_owned(), ToString::to_string)
    }

    /// Forgets those that are no more.
    pub(crate) fn keep(&self, there: impl Fn(&Id) -> bool) {
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        names.retain(|id, _| there(id));
    }

    /// A container has this name now.
    pub(crate) fn note(&self, id: &Id, name: &str) {
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        names.insert(id.clone(), name.into());
    }
}

impl Desk {
    /// Reports a fact.
    pub(crate) async fn tell(&self, fact: Fact) {
        self.teller.tell(fact).await;
    }
}

/// Waits for a connection; none when the host is being dropped.
pub(crate) async fn online(api: &mut watch::Receiver<Option<Api>>) -> Option<Api> {
    let up = api.wait_for(Option::is_some).await.ok()?;
    up.clone()
}

/// What the events told of a watched container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pulse {
    /// Whether it runs, as far as known.
    pub(crate) alive: bool,
    /// How often it started.
    pub(crate) starts: u32,
    /// How often anything happened.
    pub(crate) touches: u32,
}

struct Running {
    _task: AbortOnDropHandle<()>,
    pulse: watch::Sender<Pulse>,
    unwanted: Option<Instant>,
}

impl Running {
    /// When it ends for want of interest.
    fn ends(&self, watch: &Watch, few: bool) -> Option<Instant> {
        let patience = match watch {
            Watch::Stats(_) if few && !self.pulse.borrow().alive => sampling::LINGER,
            Watch::Stats(_) if few => UNWANTED_OF_FEW,
            Watch::Stats(_)
            | Watch::Logs(_)
            | Watch::Inspect(_)
            | Watch::Processes(_)
            | Watch::Past(_)
            | Watch::Host(_)
            | Watch::Events(_)
            | Watch::Execs(_)
            | Watch::Brief(_) => UNWANTED,
        };
        self.unwanted.map(|since| since + patience)
    }
}

/// The streams of one host.
pub(crate) struct Watches {
    desk: Desk,
    cap: usize,
    running: HashMap<Watch, Running>,
    waiting: BTreeMap<Watch, Instant>,
    starts: VecDeque<Instant>,
    /// What was wanted last of containers whose rows are in sight.
    seen: HashSet<Id>,
    /// When the last samples began that serve the totals alone.
    unseen: VecDeque<Instant>,
    /// Whether samples of rows that nobody sees may begin at once.
    eager: bool,
    /// A connection has just been made: nobody is scrolling.
    fresh: bool,
}

impl Watches {
    /// No streams yet, and at most `cap`.
    pub(crate) fn new(desk: Desk, cap: usize) -> Self {
        Self {
            desk,
            cap,
            running: HashMap::new(),
            waiting: BTreeMap::new(),
            starts: VecDeque::new(),
            seen: HashSet::new(),
            unseen: VecDeque::new(),
            eager: false,
            fresh: true,
        }
    }

    /// From now on at most so many are open at once. Those over it end when they are unwanted.
    pub(crate) fn limit(&mut self, cap: usize) {
        self.cap = cap;
    }

    /// A connection was made: what is wanted next starts at once.
    pub(crate) fn connected(&mut self) {
        self.fresh = true;
    }

    /// Compares with the wanted set. Its order is the order of importance: logs, inspects and
    /// processes, statistics, of these first those of rows in sight; what is over the cap is left
    /// out.
    pub(crate) fn want(&mut self, wanted: &BTreeSet<Watch>, now: Instant) {
        let rows = wanted.iter().rev();
        let rows = rows.take_while(|watch| matches!(watch, Watch::Brief(_)));
        let rows = rows.filter_map(Watch::target);
        self.seen = rows.map(|target| target.id.clone()).collect();
        let streams = wanted
            .iter()
            .take_while(|watch| !matches!(watch, Watch::Brief(_)));
        let (hidden, streams): (Vec<_>, Vec<_>) =
            streams.partition(|watch| is_hidden(watch, &self.seen));
        self.eager = hidden.len() > TOTALS;
        let wanted: BTreeSet<&Watch> = streams.into_iter().chain(hidden).take(self.cap).collect();
        for (watch, running) in &mut self.running {
            if wanted.contains(watch) {
                running.unwanted = None;
            } else {
                running.unwanted.get_or_insert(now);
            }
        }
        self.waiting.retain(|watch, _| wanted.contains(watch));
        for watch in wanted {
            if !self.running.contains_key(watch) && !self.waiting.contains_key(watch) {
                self.waiting.insert(watch.clone(), now);
            }
        }
    }

    /// Starts and stops what is due.
    pub(crate) fn pump(&mut self, now: Instant, alive: impl Fn(&Id) -> bool) {
        let few = self.running.len() <= FEW;
        self.running
            .retain(|watch, running| running.ends(watch, few).is_none_or(|end| now < end));
        self.make_room();
        forget(&mut self.starts, WANTED, now);
        forget(&mut self.unseen, SECOND, now);
        let mut room = match self.fresh {
            true => usize::MAX,
            false => AT_ONCE.saturating_sub(self.starts.len()),
        };
        let mut unseen = match self.fresh || self.eager {
            true => usize::MAX,
            false => UNSEEN.saturating_sub(self.unseen.len()),
        };
        let mut open = self.cap.saturating_sub(self.running.len());
        let mut due = Vec::new();
        let (seen, began) = (&self.seen, &mut self.unseen);
        self.waiting.retain(|watch, since| {
            let old = now.duration_since(*since) >= WANTED;
            let hidden = is_hidden(watch, seen);
            if open == 0 || !(old || room > 0) || (hidden && unseen == 0) {
                return true;
            }
            if !old {
                room -= 1;
            }
            if hidden {
                unseen -= 1;
                began.push_back(now);
            }
            open -= 1;
            due.push(watch.clone());
            false
        });
        if !due.is_empty() {
            self.fresh = false;
        }
        for watch in due {
            self.starts.push_back(now);
            let alive = watch.target().is_none_or(|target| alive(&target.id));
            self.start(watch, alive);
        }
    }

    /// Ends what runs on though nobody wants it, the longest unwanted first, where its place is
    /// needed.
    fn make_room(&mut self) {
        let over = (self.running.len() + self.waiting.len()).saturating_sub(self.cap);
        if over == 0 {
            return;
        }
        let idle = self.running.iter();
        let idle = idle.filter_map(|(watch, running)| Some((running.unwanted?, watch.clone())));
        let mut idle: Vec<_> = idle.collect();
        idle.sort();
        for (_, watch) in idle.into_iter().take(over) {
            self.running.remove(&watch);
        }
    }

    fn start(&mut self, watch: Watch, alive: bool) {
        let pulse = Pulse {
            alive,
            ..Pulse::default()
        };
        let (sender, pulse) = watch::channel(pulse);
        let task = match &watch {
            Watch::Host(_) => self.keep("asking the engine about itself", upkeep::watch),
            Watch::Events(_) => self.keep("following all events", |desk| {
                happenings::watch(desk, &happenings::TOLD)
            }),
            Watch::Execs(_) => self.keep("following the execs", |desk| {
                happenings::watch(desk, &happenings::NOISE)
            }),
            Watch::Logs(of) => self.follow(of, "reading the log of", pulse, logs::watch),
            Watch::Inspect(of) => self.follow(of, "inspecting", pulse, inspect::watch),
            Watch::Processes(of) => {
                let does = "listing the processes of";
                self.follow(of, does, pulse, inspect::processes)
            }
            Watch::Past(of) => {
                let does = "looking at the past of";
                self.follow(of, does, pulse, |desk, id, _| past::recall(desk, id))
            }
            Watch::Stats(of) => {
                let does = "reading the statistics of";
                self.follow(of, does, pulse, sampling::watch)
            }
            Watch::Brief(_) => return,
        };
        let running = Running {
            _task: AbortOnDropHandle::new(task),
            pulse: sender,
            unwanted: None,
        };
        self.running.insert(watch, running);
    }

    /// Begins a task about the host itself.
    fn keep<F: Future<Output = ()> + Send + 'static>(
        &self,
        does: &'static str,
        begin: fn(Desk) -> F,
    ) -> JoinHandle<()> {
        let desk = self.desk.clone();
        let teller = desk.teller.clone();
        let begin = move || begin(desk.clone());
        tokio::spawn(task::kept(teller, move || does.to_owned(), begin))
    }

    /// Begins a task about one container.
    fn follow<F: Future<Output = ()> + Send + 'static>(
        &self,
        of: &Ref,
        does: &'static str,
        pulse: watch::Receiver<Pulse>,
        task: fn(Desk, Id, watch::Receiver<Pulse>) -> F,
    ) -> JoinHandle<()> {
        let (desk, id) = (self.desk.clone(), of.id.clone());
        let (names, of) = (desk.names.clone(), id.clone());
        let does = move || format!("{does} {}", names.of(&of));
        let teller = desk.teller.clone();
        let begin = move || task(desk.clone(), id.clone(), pulse.clone());
        tokio::spawn(task::kept(teller, does, begin))
    }

    /// When something is due next.
    pub(crate) fn wake(&self) -> Option<Instant> {
        let few = self.running.len() <= FEW;
        let stops = self
            .running
            .iter()
            .filter_map(|(watch, running)| running.ends(watch, few));
        // with all streams taken, only a stop makes room
        let full = self.running.len() >= self.cap;
        let full_lane = !self.eager && self.unseen.len() >= UNSEEN;
        let lane = self.unseen.front().filter(|_| full_lane);
        let lane = lane.map(|at| *at + SECOND);
        let starts = self.waiting.iter().filter(|_| !full).map(|(watch, at)| {
            let old = *at + WANTED;
            match lane {
                Some(lane) if is_hidden(watch, &self.seen) => old.max(lane),
                _ => old,
            }
        });
        stops.chain(starts).min()
    }

    /// Tells the streams of a container what happened to it.
    pub(crate) fn note(&self, event: &Event) {
        for (watch, running) in &self.running {
            if watch.target().is_some_and(|target| target.id == event.id) {
                running.pulse.send_modify(|pulse| pulse.note(&event.action));
            }
        }
    }

    /// Tells the streams what a list says, for starts and ends while nobody could listen.
    pub(crate) fn listed(&self, alive: impl Fn(&Id) -> bool) {
        for (watch, running) in &self.running {
            if let Some(target) = watch.target() {
                let alive = alive(&target.id);
                running.pulse.send_if_modified(|pulse| pulse.listed(alive));
            }
        }
    }
}

/// Whether these are samples of a container whose row is not in sight.
fn is_hidden(watch: &Watch, seen: &HashSet<Id>) -> bool {
    matches!(watch, Watch::Stats(target) if !seen.contains(&target.id))
}

/// Lets go of what is longer ago.
fn forget(times: &mut VecDeque<Instant>, ago: Duration, now: Instant) {
    while times
        .front()
        .is_some_and(|at| now.duration_since(*at) >= ago)
    {
        times.pop_front();
    }
}

impl Pulse {
    fn note(&mut self, action: &str) {
        self.touches = self.touches.wrapping_add(1);
        match action {
            "start" => {
                self.alive = true;
                self.starts = self.starts.wrapping_add(1);
            }
            "die" | "died" | "destroy" | "remove" => self.alive = false,
            _ => {}
        }
    }

    fn listed(&mut self, alive: bool) -> bool {
        if alive == self.alive {
            return false;
        }
        self.note(if alive { "start" } else { "die" });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostId;

    fn watches(cap: usize) -> Watches {
        let desk = Desk {
            teller: Teller::to(mpsc::channel(1).0),
            api: watch::channel(None).1,
            lines: mpsc::channel(1).0,
            samples: mpsc::channel(1).0,
            log_tail: 1,
            names: Names::default(),
        };
        Watches::new(desk, cap)
    }

    fn target(id: usize) -> Ref {
        Ref::container(&HostId::new("h"), &Id::new(&format!("{id:05}")))
    }

    /// Samples of containers whose rows are in sight.
    fn rows(ids: std::ops::Range<usize>) -> BTreeSet<Watch> {
        let rows = ids.map(target);
        rows.flat_map(|row| [Watch::Stats(row.clone()), Watch::Brief(row)])
            .collect()
    }

    #[tokio::test]
    async fn scrolling_opens_nothing_and_selecting_opens_at_once() {
        let mut watches = watches(512);
        let mut now = Instant::now();
        watches.want(&rows(0..45), now);
        watches.pump(now, |_| true);
        assert_eq!(watches.running.len(), 45);
        now += WANTED;
        for page in 1..10 {
            now += Duration::from_millis(30);
            watches.want(&rows(page * 45..(page + 1) * 45), now);
            watches.pump(now, |_| true);
        }
        assert!(
            watches.running.len() <= 45 + 2 * AT_ONCE,
            "{}",
            watches.running.len()
        );
        now += WANTED;
        watches.pump(now, |_| true);
        now += UNWANTED_OF_FEW;
        watches.pump(now, |_| true);
        assert_eq!(watches.running.len(), 45);
        let mut wanted = rows(405..450);
        wanted.insert(Watch::Logs(target(405)));
        watches.want(&wanted, now);
        watches.pump(now, |_| true);
        assert!(watches.running.contains_key(&Watch::Logs(target(405))));
        assert_eq!(watches.wake(), None);
    }

    #[tokio::test]
    async fn what_only_the_totals_need_begins_a_few_at_a_time() {
        let mut watches = watches(512);
        let mut now = Instant::now();
        watches.want(&rows(0..40), now);
        watches.pump(now, |_| true);
        let mut wanted = rows(0..40);
        wanted.extend((40..60).map(|id| Watch::Stats(target(id))));
        watches.want(&wanted, now);
        for open in [43, 46, 49, 52, 55, 58, 60] {
            now = watches.wake().unwrap();
            watches.pump(now, |_| true);
            assert_eq!(watches.running.len(), open);
        }
        assert_eq!(watches.wake(), None);
    }

    #[tokio::test]
    async fn over_the_cap_what_is_in_sight_comes_first_and_what_nobody_wants_goes() {
        let mut watches = watches(10);
        let mut now = Instant::now();
        let mut wanted = rows(90..98);
        wanted.extend((0..80).map(|id| Watch::Stats(target(id))));
        watches.want(&wanted, now);
        watches.pump(now, |_| true);
        let runs = |watches: &Watches, id| watches.running.contains_key(&Watch::Stats(target(id)));
        assert!((90..98).all(|id| runs(&watches, id)));
        assert_eq!(watches.running.len(), 10);
        wanted = rows(50..59);
        wanted.insert(Watch::Logs(target(50)));
        watches.want(&wanted, now);
        now += WANTED;
        watches.pump(now, |_| true);
        assert!(
            (50..59).all(|id| runs(&watches, id)),
            "none waits for another's end"
        );
        assert!(watches.running.contains_key(&Watch::Logs(target(50))));
    }

    #[tokio::test]
    async fn an_order_by_samples_waits_for_none() {
        let mut watches = watches(512);
        let mut now = Instant::now();
        watches.want(&rows(0..40), now);
        watches.pump(now, |_| true);
        let mut wanted = rows(0..40);
        wanted.extend((40..300).map(|id| Watch::Stats(target(id))));
        watches.want(&wanted, now);
        now += WANTED;
        watches.pump(now, |_| true);
        assert_eq!(watches.running.len(), 300);
    }

    #[tokio::test]
    async fn a_log_never_waits_behind_statistics() {
        let mut watches = watches(10);
        let mut wanted = rows(0..20_000);
        wanted.insert(Watch::Logs(target(19_999)));
        wanted.insert(Watch::Brief(target(3)));
        let now = Instant::now();
        watches.want(&wanted, now);
        watches.pump(now, |_| true);
        assert_eq!(watches.running.len(), 10);
        assert!(watches.running.contains_key(&Watch::Logs(target(19_999))));
    }

    #[test]
    fn what_is_known_by_name_is_called_by_it() {
        let (names, id) = (Names::default(), Id::new("0123456789abcdef"));
        assert_eq!(names.of(&id), id.short());
        names.note(&id, "web");
        assert_eq!(names.of(&id), "web");
        names.keep(|_| false);
        assert_eq!(names.of(&id), id.short());
    }

    #[test]
    fn a_list_tells_what_no_event_did() {
        let mut pulse = Pulse::default();
        assert!(pulse.listed(true) && pulse.starts == 1);
        assert!(!pulse.listed(true));
        assert!(pulse.listed(false) && !pulse.alive);
    }
}
