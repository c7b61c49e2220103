//! One connection from its first list to its loss: events, lists, briefs, streams, pings.

mod lists;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

use self::lists::COLLECT;
use super::brief::Briefs;
use super::clock;
use super::errand::{self, Errand, Events};
use super::error::Error;
use super::events::{self, Tiding, Touched};
use super::heartbeat::{Heartbeat, PONG};
use super::host::{Host, Lost, Order};
use super::search::Found;
use super::snapshot;
use super::told::Told;
use super::transport::Api;
use crate::model::{Event, HostInfo, Id, Problem, ProblemKind, State, Turn};
use crate::protocol::Fact;

/// How long the event stream may take to open before the list is asked for all the same.
const OPEN: Duration = Duration::from_millis(500);
/// How long a list may take before that is said.
const SLOW: Duration = snapshot::SILENT;
/// How long after a list that failed the next is tried.
const AGAIN: Duration = Duration::from_secs(3);

/// One connection.
pub(crate) struct Session<'a> {
    pub(super) host: &'a mut Host,
    pub(super) found: Found,
    pub(super) api: Api,
    known: HostInfo,
    pub(super) errands: JoinSet<Errand>,
    briefs: Briefs,
    touched: Touched,
    /// What this connection told of containers.
    told: Told,
    /// The state of each container, as far as known.
    states: HashMap<Id, State>,
    /// Whether a list is under way: one at a time, so that an older never overwrites a newer.
    listing: bool,
    /// When the last list was asked for.
    asked: Instant,
    /// Before when no other is, where there is no need for all.
    calm: Instant,
    listed: bool,
    /// Whether a request was never answered: others of that time may not be either.
    stuck: bool,
    /// The event stream, and whether it has opened.
    events: Option<Events>,
    /// When a list that takes long is spoken of.
    slow: Option<Instant>,
    look: Option<Instant>,
    resync: Instant,
    heartbeat: Heartbeat,
    /// Containers whose entries in lists could not be read, by name: each is told once.
    odd: BTreeSet<String>,
}

impl<'a> Session<'a> {
    /// Follows an engine until it is lost.
    pub(crate) async fn run(host: &'a mut Host, found: &Found) -> Lost {
        let now = clock::instant();
        let mut session = Session {
            host,
            found: found.clone(),
            api: found.api.clone(),
            known: HostInfo {
                engine: found.greeting.engine.clone(),
                version: found.greeting.version.clone(),
                api: found.greeting.api.clone(),
                ..HostInfo::default()
            },
            errands: JoinSet::new(),
            briefs: Briefs::new(now),
            touched: Touched::default(),
            told: Told::default(),
            states: HashMap::new(),
            listing: false,
            asked: now,
            calm: now,
            listed: false,
            stuck: false,
            events: None,
            slow: Some(now + SLOW),
            look: None,
            resync: now,
            heartbeat: Heartbeat::new(now),
            odd: BTreeSet::new(),
        };
        let (error, during) = session.follow().await;
        Lost {
            error,
            during,
            listed: session.listed,
        }
    }

    async fn tell(&self, fact: Fact) {
        self.told.note(&fact);
        self.host.desk.tell(fact).await;
    }

    /// Tells of what makes no sense, but does not end the connection.
    async fn trouble(&self, error: &Error, tried: &str) {
        self.tell(Fact::Trouble(error.problem(tried))).await;
    }

    async fn follow(&mut self) -> (Error, Option<&'static str>) {
        self.tell(Fact::Info(Box::new(self.known.clone()))).await;
        let (sender, mut tidings) = mpsc::channel(256);
        self.open_events(sender);
        // what happens from the opening on is not missed by the list that follows
        match timeout(OPEN, tidings.recv()).await {
            Ok(Some(tiding)) => {
                if let Err(lost) = self.tiding(tiding).await {
                    return self.reason(lost, Some("follow the engine's events")).await;
                }
            }
            Ok(None) => return (Error::Offline, None),
            Err(_) => {}
        }
        loop {
            let now = clock::instant();
            self.due(now).await;
            let wake = self.wake(now);
            let step = tokio::select! {
                tiding = tidings.recv() => match tiding {
                    Some(tiding) => match self.tiding(tiding).await {
                        Ok(()) => Ok(()),
                        Err(lost) => Err(self.reason(lost, None).await),
                    },
                    None => Err((Error::Offline, None)),
                },
                Some(Ok(errand)) = self.errands.join_next() => self.errand(errand).await,
                Some(order) = self.host.orders.recv() => {
                    self.ordered(order);
                    Ok(())
                }
                Ok(()) = self.host.wanted.changed(), if self.listed => {
                    self.want();
                    Ok(())
                }
                brief = self.briefs.next() => {
                    match brief {
                        Ok((id, brief)) => self.tell(Fact::Brief(id, brief)).await,
                        Err(bug @ Error::Bug(_)) => {
                            self.trouble(&bug, "look at a container").await;
                        }
                        // gone, or the connection is; a list tells
                        Err(_) => {}
                    }
                    Ok(())
                }
                () = self.api.doubted() => {
                    // a ping tells a slow answer from an engine that hangs
                    self.heartbeat.doubt(clock::instant());
                    Ok(())
                }
                () = sleep_until(wake) => Ok(()),
            };
            if let Err(lost) = step {
                return lost;
            }
        }
    }

    fn ordered(&mut self, order: Order) {
        match order {
            Order::Refresh => self.resync = clock::instant(),
            Order::Examine => self.host.examine_found(&self.found),
            Order::Forward(ask) => self.forward(ask),
            // it is connected: a second login is not needed, and ends with this
            Order::Retry | Order::Login(_) => {}
        }
    }

    /// Why it is lost when its events end. Before the first list, what that list came to says
    /// more: an engine that babbles ends its events too.
    async fn reason(
        &mut self,
        lost: Error,
        during: Option<&'static str>,
    ) -> (Error, Option<&'static str>) {
        if !self.listed {
            if !self.listing {
                self.list_all(clock::instant());
            }
            while let Ok(Some(Ok(errand))) = timeout(OPEN, self.errands.join_next()).await {
                if let Errand::All(Err(error)) = errand {
                    return (error, Some("list the containers"));
                }
            }
        }
        (lost, during)
    }

    fn want(&mut self) {
        let wanted = self.host.wanted.borrow_and_update().clone();
        self.host.watches.want(&wanted, clock::instant());
        self.briefs.want(&wanted);
    }

    /// When something is due next.
    fn wake(&self, now: Instant) -> Instant {
        let lists = (!self.listing).then_some(self.resync);
        let look = self.look.filter(|_| !self.listing);
        let all = [
            lists,
            look,
            self.slow,
            self.briefs.wake(),
            self.host.watches.wake(),
        ];
        let ping = self.heartbeat.next();
        let next = all.into_iter().flatten().fold(ping, Instant::min);
        // never in the past: a step that cannot be taken yet must not spin
        next.max(now + Duration::from_millis(1))
    }

    /// Begins what is due.
    async fn due(&mut self, now: Instant) {
        if !self.listing {
            self.look(now);
        }
        if self.heartbeat.is_due(now) {
            self.errands.spawn(errand::ping(self.api.clone(), PONG));
        }
        if self.slow.is_some_and(|at| at <= now) {
            self.slow = None;
            let summary = if self.listed {
                "could not list the containers: no answer yet, after 2 s"
            } else {
                "the engine answered the ping, but not the list of containers, for 2 s"
            };
            self.tell(Fact::Trouble(Problem::new(
                ProblemKind::Timeout,
                summary,
                "",
            )))
            .await;
        }
        self.briefs.pump(&self.api, now);
        let states = &self.states;
        self.host.watches.pump(now, |id| {
            states.get(id).is_none_or(|state| state.is_alive())
        });
    }

    fn open_events(&mut self, tidings: mpsc::Sender<Tiding>) {
        let follow = events::follow(self.api.clone(), tidings.clone());
        self.events = Some(Events {
            _task: AbortOnDropHandle::new(tokio::spawn(follow)),
            tidings,
            open: false,
        });
    }

    /// After a request that was never answered, now that the engine answers: everything that may
    /// wait in vain is asked for anew.
    fn unstick(&mut self) {
        if !std::mem::take(&mut self.stuck) {
            return;
        }
        if let Some(events) = self.events.take_if(|events| !events.open) {
            self.open_events(events.tidings);
            // what happened before they opened
            self.resync = clock::instant() + OPEN;
        }
        self.host.api.send_replace(Some(self.api.clone()));
    }

    async fn tiding(&mut self, tiding: Tiding) -> Result<(), Error> {
        match tiding {
            Tiding::Open => {
                if let Some(events) = &mut self.events {
                    events.open = true;
                }
            }
            Tiding::Event(event) => self.event(event).await,
            Tiding::Odd(error) => self.trouble(&error, "read an event").await,
            Tiding::Ended(error) => return Err(error),
        }
        Ok(())
    }

    async fn event(&mut self, event: Event) {
        self.heartbeat.speaks(clock::instant());
        if self.touched.note(&event, clock::instant()) {
            self.states.remove(&event.id);
            self.tell(Fact::Removed(vec![event.id.clone()])).await;
        } else if !self.touched.is_empty() {
            let now = clock::instant();
            // one that shows nowhere yet is waited for
            let at = match self.states.contains_key(&event.id) {
                true => self.next_look(now),
                false => now + COLLECT,
            };
            self.look_by(at);
        }
        if let Some(turn) = Turn::read(&event) {
            self.turned(&event.id, turn).await;
        }
        self.host.watches.note(&event);
        if let Some(brief) = self.briefs.note(&event) {
            self.tell(Fact::Brief(event.id.clone(), brief)).await;
        }
        self.tell(Fact::Event(event)).await;
    }

    async fn turned(&mut self, id: &Id, mut turn: Turn) {
        match &mut turn {
            Turn::Started => {
                self.states.insert(id.clone(), State::Running);
                self.forward_again(Some(id));
            }
            Turn::Ended { again, .. } => {
                // one that was started again before will be, unless somebody ended it
                *again = self.briefs.restarts(id) && !self.touched.is_asked_to_end(id);
                let state = match again {
                    true => State::Restarting,
                    false => State::Exited,
                };
                self.states.insert(id.clone(), state);
            }
            Turn::Paused | Turn::Unpaused => {}
        }
        self.touched.turned(id, turn, clock::instant());
        self.tell(Fact::Turned(id.clone(), turn)).await;
    }

    async fn errand(&mut self, errand: Errand) -> Result<(), (Error, Option<&'static str>)> {
        match errand {
            Errand::All(Ok(answer)) => {
                self.stuck |= answer.late;
                self.all(answer.list, answer.same).await;
                self.unstick();
            }
            Errand::All(Err(error)) if !self.listed => {
                return Err((error, Some("list the containers")));
            }
            Errand::All(Err(error)) => {
                self.answered();
                self.stuck |= matches!(error, Error::Timeout(_));
                self.resync = clock::instant() + AGAIN;
                self.trouble(&error, "list the containers").await;
            }
            Errand::Some(ids, Ok(answer)) => {
                self.stuck |= answer.late;
                self.some(ids, answer.list).await;
                self.unstick();
            }
            Errand::Some(ids, Err(error)) => {
                self.answered();
                self.stuck |= matches!(error, Error::Timeout(_));
                self.touched.put_back(ids, clock::instant());
                self.calm = clock::instant() + AGAIN;
                self.look_again(clock::instant());
                self.trouble(&error, "look at changed containers").await;
            }
            Errand::Info(Ok(info)) => {
                self.known = info;
                self.tell(Fact::Info(Box::new(self.known.clone()))).await;
            }
            Errand::Info(Err(error)) => {
                self.trouble(&error, "ask the engine about itself").await;
            }
            Errand::Ends(ends) => {
                let now = clock::instant();
                for (id, turn) in self.touched.recall(ends, &self.states, now) {
                    self.states.insert(id.clone(), State::Exited);
                    self.tell(Fact::Turned(id, turn)).await;
                }
                self.tell_streams();
                self.look_again(now);
            }
            Errand::Forward(outcome) => self.host.forwarded(outcome).await,
            Errand::Ping(Ok(pulse)) => {
                self.heartbeat.answered(&pulse, clock::instant());
                self.tell(Fact::Pulse(pulse)).await;
            }
            Errand::Ping(Err(error)) => {
                if self.heartbeat.missed(clock::instant()) {
                    return Err((error, None));
                }
                self.trouble(&error, "reach the engine").await;
            }
        }
        Ok(())
    }

    /// The first list is there: from now on streams can run.
    fn begin(&mut self) {
        self.listed = true;
        self.heartbeat.measure(clock::instant());
        self.host.watches.connected();
        self.want();
        self.forward_again(None);
        self.errands.spawn(errand::ends(self.api.clone()));
        self.errands
            .spawn(errand::info(self.api.clone(), self.known.clone()));
    }
}
