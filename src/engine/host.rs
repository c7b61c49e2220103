//! One task for each host: it looks for the engine, follows it while it answers, and looks again
//! with growing pauses when it is lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep_until;
use tokio_util::task::AbortOnDropHandle;

use super::clock;
use super::doctor::{self, Case, Reached};
use super::error::Error;
use super::forwards::{Active, Ask, Means, Outcome};
use super::route::Route;
use super::search::{Found, Missed, attempt, search};
use super::session::Session;
use super::task;
use super::transport::Api;
use super::tunnel::{Common, Login};
use super::watches::{Desk, Watches};
use crate::model::{Address, Attempt, Candidate, Link, Problem, ProblemKind, Source, Time};
use crate::protocol::{Fact, Reply, Watch};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The same for sockets of this machine, where a try costs next to nothing: who starts the engine
/// again sees it at once.
const LONGEST_PAUSE_HERE: Duration = Duration::from_secs(1);
/// The pause after this program itself failed.
const AFTER_A_BUG: Duration = Duration::from_secs(5);
/// The pause where only a person can help: a server that refuses a login bars those who knock
/// often.
const FOR_A_PERSON: Duration = Duration::from_secs(300);

/// What a person asks of a host.
pub(crate) enum Order {
    /// Try to connect now.
    Retry,
    /// List everything now.
    Refresh,
    /// Say of each step to the engine how it stands.
    Examine,
    /// Go on with a login that was made.
    Login(Box<Login>),
    /// Something about forwarded ports.
    Forward(Ask),
}

/// One host and all that belongs to it.
pub(crate) struct Host {
    pub(crate) desk: Desk,
    pub(crate) candidates: Vec<Candidate>,
    /// The way to each of them.
    pub(crate) routes: Vec<Route>,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) wanted: watch::Receiver<Arc<BTreeSet<Watch>>>,
    pub(crate) api: watch::Sender<Option<Api>>,
    pub(crate) watches: Watches,
    /// Streams open at once at most.
    pub(crate) streams: usize,
    /// Ports that are forwarded.
    pub(crate) forwards: Vec<Active>,
    /// The ssh program.
    pub(crate) ssh: Arc<Path>,
    /// Whether the doctor looks at what comes next: it does when something first is wrong, and
    /// when a person asks.
    pub(crate) examine: bool,
    /// The doctor at work.
    pub(crate) doctor: Option<AbortOnDropHandle<()>>,
}

/// How a connection ended.
pub(crate) struct Lost {
    pub(crate) error: Error,
    /// What was tried when it ended, where that says more than the error.
    pub(crate) during: Option<&'static str>,
    /// Whether the engine had given its list: only then was it really there.
    pub(crate) listed: bool,
}

impl Host {
    /// Lives until it is dropped; a failure of this program itself ends a connection and no more.
    pub(crate) async fn run(mut self) {
        loop {
            let Err(bug) = task::caught(self.live()).await else {
                return;
            };
            self.api.send_replace(None);
            let problem = Problem::bug("following the engine", &bug.to_string());
            self.desk.tell(Fact::Bug(problem.clone())).await;
            let (source, place) = self.candidates.first().map_or_else(
                || (Source::Given, String::new()),
                |first| (first.source.clone(), first.place.clone()),
            );
            let now = clock::now();
            let attempt = Attempt {
                source,
                place,
                problem,
            };
            self.tell_link(Link::Down {
                attempts: vec![attempt],
                since: Some(now),
                retry: now + AFTER_A_BUG,
            })
            .await;
            self.rest(AFTER_A_BUG).await;
        }
    }

    /// Looks for the engine and follows it, again and again.
    async fn live(&mut self) {
        let mut pause = FIRST_PAUSE;
        let mut lost: Option<Time> = None;
        // once an engine was there, only its own place is tried, so that another engine beside it
        // does not take its name
        let mut only = None;
        self.tell_link(Link::Connecting {
            since: clock::now(),
        })
        .await;
        loop {
            let attempts = match self.find(only).await {
                Ok(found) => {
                    if std::mem::take(&mut self.examine) && !found.address.is_here() {
                        self.examine_found(&found);
                    }
                    let ended = self.follow(&found).await;
                    if ended.listed {
                        (pause, self.examine) = (FIRST_PAUSE, true);
                        lost = Some(clock::now());
                        only = Some(found.place);
                    }
                    vec![self.attempt(&found, &ended)]
                }
                Err(missed) => {
                    if std::mem::take(&mut self.examine) {
                        self.examine_missed(&missed);
                    }
                    let attempts = missed.into_iter().map(|missed| self.missed(missed));
                    attempts.collect()
                }
            };
            let wait = rest_after(pause, &attempts);
            let retry = clock::now() + wait;
            self.tell_link(Link::Down {
                attempts,
                since: lost,
                retry,
            })
            .await;
            if self.rest(wait).await {
                (only, pause) = (None, FIRST_PAUSE);
                self.tell_link(Link::Connecting {
                    since: clock::now(),
                })
                .await;
            } else {
                pause = next_pause(pause, self.is_here());
            }
        }
    }

    async fn tell_link(&self, link: Link) {
        self.desk.tell(Fact::Link(link)).await;
    }

    /// Waits out a pause. Whether it was cut short by a person.
    async fn rest(&mut self, pause: Duration) -> bool {
        let end = clock::instant() + pause;
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Refresh) => {}
                    Some(Order::Forward(ask)) => offline(ask),
                    Some(order) => {
                        self.ordered(order).await;
                        return true;
                    }
                    // nobody can give orders any more: the host is being dropped
                    None => sleep_until(end).await,
                },
                () = sleep_until(end) => return false,
            }
        }
    }

    /// Takes an order in while there is no connection.
    async fn ordered(&mut self, order: Order) {
        match order {
            Order::Retry | Order::Examine => self.examine = true,
            Order::Refresh => {}
            Order::Forward(ask) => offline(ask),
            Order::Login(login) => {
                let mut tunnels = self.routes.iter_mut().filter_map(Route::tunnel);
                if let Some(tunnel) = tunnels.find(|tunnel| tunnel.is_of(&login))
                    && let Err(failure) = tunnel.adopt(*login).await
                {
                    let problem = failure.problem;
                    self.desk.tell(Fact::Trouble(problem)).await;
                }
            }
        }
    }

    /// Tries the places in order; the first that answers as an engine does is taken. A login that
    /// a person makes meanwhile is gone on with at once.
    async fn find(&mut self, only: Option<usize>) -> Result<Found, Vec<Missed>> {
        loop {
            let order = {
                let (desk, candidates) = (&self.desk, &self.candidates);
                let search = search(desk, candidates, &mut self.routes, only);
                tokio::pin!(search);
                loop {
                    tokio::select! {
                        found = &mut search => return found,
                        Some(order) = self.orders.recv() => match order {
                            order @ Order::Login(_) => break order,
                            // it is being tried
                            Order::Retry | Order::Refresh => {}
                            Order::Examine => self.examine = true,
                            Order::Forward(ask) => offline(ask),
                        },
                    }
                }
            };
            self.ordered(order).await;
        }
    }

    /// Whether all the places are on this machine.
    fn is_here(&self) -> bool {
        let here = |candidate: &Candidate| candidate.address.as_ref().is_ok_and(Address::is_here);
        self.candidates.iter().all(here)
    }

    async fn follow(&mut self, found: &Found) -> Lost {
        self.tell_link(Link::Up {
            address: found.address.clone(),
            source: found.source.clone(),
            since: clock::now(),
        })
        .await;
        let route = self.routes.get(found.place);
        let streams = route.map_or(self.streams, |route| route.streams(self.streams));
        self.watches.limit(streams);
        let ended = Session::run(self, found).await;
        self.api.send_replace(None);
        ended
    }

    /// Has the doctor look at an engine that answers.
    pub(crate) fn examine_found(&mut self, found: &Found) {
        let candidate = self.candidates.get(found.place);
        let tunnel = self.routes.get_mut(found.place).and_then(Route::tunnel);
        let case = Case {
            place: candidate.map_or_else(|| found.address.to_string(), |one| one.place.clone()),
            address: Ok(found.address.clone()),
            reached: Ok(Reached {
                api: found.api.clone(),
                greeting: found.greeting.clone(),
                far_end: tunnel.and_then(|tunnel| tunnel.place()),
            }),
        };
        self.examine(case);
    }

    /// Has the doctor look at the place that came nearest to an engine.
    fn examine_missed(&mut self, missed: &[Missed]) {
        let nearest = missed
            .iter()
            .max_by_key(|missed| (missed.failure.check, usize::MAX - missed.place));
        let Some(Missed { place, failure }) = nearest else {
            return;
        };
        if let Some(candidate) = self.candidates.get(*place) {
            let case = Case {
                place: candidate.place.clone(),
                address: candidate.address.clone(),
                reached: Err(failure.clone()),
            };
            self.examine(case);
        }
    }

    fn examine(&mut self, case: Case) {
        let examine = doctor::examine(self.desk.clone(), Arc::clone(&self.ssh), case);
        self.doctor = Some(AbortOnDropHandle::new(tokio::spawn(examine)));
    }

    fn missed(&self, missed: Missed) -> Attempt {
        attempt(self.candidates.get(missed.place), missed.failure.problem)
    }

    fn attempt(&self, found: &Found, ended: &Lost) -> Attempt {
        let problem = match ended.during {
            Some(tried) => ended.error.problem(tried),
            None => ended.error.at_connect(&found.address),
        };
        attempt(self.candidates.get(found.place), problem)
    }

    /// By what ports of its containers are forwarded.
    pub(crate) fn means(&mut self, found: &Found) -> Means {
        match (&found.address, self.routes.get_mut(found.place)) {
            (Address::Unix(_), _) => Means::Here(self.desk.api.clone()),
            (_, Some(Route::Tunnel(tunnel))) => tunnel.porter().map_or(Means::None, Means::Ssh),
            _ => Means::None,
        }
    }

    /// Takes in what came of a deed about forwarded ports.
    pub(crate) async fn forwarded(&mut self, outcome: Outcome) {
        let reply = match outcome.result {
            Ok(Some(active)) => {
                let local = active.forward.local;
                self.forwards.push(active);
                Ok(Reply::Forwarded(local))
            }
            Ok(None) => Ok(Reply::Done),
            Err(problem) => Err(problem),
        };
        match (outcome.reply, reply) {
            // nobody waits any more
            (Some(sender), reply) => _ = sender.send(reply),
            (None, Err(problem)) => self.desk.tell(Fact::Trouble(problem)).await,
            (None, Ok(_)) => {}
        }
        self.tell_forwards().await;
    }

    async fn tell_forwards(&self) {
        let forwards = self.forwards.iter().map(|active| active.forward.clone());
        self.desk.tell(Fact::Forwards(forwards.collect())).await;
    }
}

/// What cannot be done without a connection.
fn offline(ask: Ask) {
    if let Some(reply) = ask.reply {
        // nobody waits any more
        let _ = reply.send(Err(Error::Offline.problem("forward a port")));
    }
}

/// How long to wait for the next try: for long where all the places need a person first.
fn rest_after(pause: Duration, attempts: &[Attempt]) -> Duration {
    let for_a_person = |attempt: &Attempt| {
        matches!(
            attempt.problem.kind,
            ProblemKind::Login | ProblemKind::Identity
        )
    };
    if !attempts.is_empty() && attempts.iter().all(for_a_person) {
        FOR_A_PERSON
    } else {
        pause
    }
}

fn next_pause(pause: Duration, here: bool) -> Duration {
    let longest = if here {
        LONGEST_PAUSE_HERE
    } else {
        LONGEST_PAUSE
    };
    (pause * 2).min(longest)
}

/// What answers at the first of some places where something does, and how fast.
pub(crate) async fn test(candidates: &[Candidate], ssh: &Arc<Common>) -> Result<String, Problem> {
    let mut last = None;
    for candidate in candidates {
        let began = clock::instant();
        match Route::new(&candidate.address, ssh).reach().await {
            Ok((_, greeting)) => {
                let took = began.elapsed().as_millis();
                let (engine, version) = (&greeting.engine, &greeting.version);
                let api = &greeting.api;
                let text = format!("{engine} {version} answers, API {api}, in {took} ms");
                return Ok(text);
            }
            Err(failure) => last = Some(failure.problem),
        }
    }
    let nowhere = || Problem::new(ProblemKind::NotFound, "no place to look is known", "");
    Err(last.unwrap_or_else(nowhere))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let seconds = |here| -> Vec<f32> {
            let next = |pause: &Duration| Some(next_pause(*pause, here));
            let pauses = std::iter::successors(Some(FIRST_PAUSE), next);
            pauses.take(7).map(|pause| pause.as_secs_f32()).collect()
        };
        assert_eq!(seconds(false), [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]);
        assert_eq!(seconds(true), [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
