//! One task for each host: it looks for the engine, follows it while it answers, and looks again
//! with growing pauses when it is lost.

use std::collections::BTreeSet;
use std::os::unix::fs::FileTypeExt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::clock;
use super::error::Error;
use super::session::Session;
use super::task;
use super::transport::{Api, Greeting};
use super::watches::{Desk, Watches};
use crate::model::{Address, Attempt, Candidate, Link, Problem, ProblemKind, Source, Time};
use crate::protocol::{Fact, Watch};

/// How long a place may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The same for sockets of this machine, where a try costs next to nothing: who starts the engine
/// again sees it at once.
const LONGEST_PAUSE_HERE: Duration = Duration::from_secs(1);

/// The pause after this program itself failed.
const AFTER_A_BUG: Duration = Duration::from_secs(5);

/// What a person asks of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Try to connect now.
    Retry,
    /// List everything now.
    Refresh,
}

/// A place where an engine answered.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) api: Api,
    pub(crate) greeting: Greeting,
    pub(crate) address: Address,
    pub(crate) source: Source,
    place: usize,
}

/// One host and all that belongs to it.
pub(crate) struct Host {
    pub(crate) desk: Desk,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) wanted: watch::Receiver<Arc<BTreeSet<Watch>>>,
    pub(crate) api: watch::Sender<Option<Api>>,
    pub(crate) watches: Watches,
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
                    let ended = self.follow(&found).await;
                    if ended.listed {
                        pause = FIRST_PAUSE;
                        lost = Some(clock::now());
                        only = Some(found.place);
                    }
                    vec![self.attempt(&found, &ended)]
                }
                Err(attempts) => attempts,
            };
            let retry = clock::now() + pause;
            self.tell_link(Link::Down {
                attempts,
                since: lost,
                retry,
            })
            .await;
            if self.rest(pause).await {
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
                    Some(Order::Retry) => return true,
                    Some(Order::Refresh) => {}
                    // nobody can give orders any more: the host is being dropped
                    None => sleep(pause).await,
                },
                () = tokio::time::sleep_until(end) => return false,
            }
        }
    }

    /// Tries the places in order; the first that answers as an engine does is taken.
    async fn find(&self, only: Option<usize>) -> Result<Found, Vec<Attempt>> {
        let mut attempts = Vec::new();
        for (place, candidate) in self.candidates.iter().enumerate() {
            if only.is_some_and(|only| only != place) {
                continue;
            }
            let problem = match &candidate.address {
                Err(problem) => problem.clone(),
                Ok(address) => match greet(address).await {
                    Ok((api, greeting)) => {
                        return Ok(Found {
                            api,
                            greeting,
                            address: address.clone(),
                            source: candidate.source.clone(),
                            place,
                        });
                    }
                    Err(error) => error.at_connect(address),
                },
            };
            let attempt = Attempt {
                source: candidate.source.clone(),
                place: candidate.place.clone(),
                problem,
            };
            self.desk.tell(Fact::Tried(attempt.clone())).await;
            attempts.push(attempt);
        }
        Err(attempts)
    }

    /// Whether all the places are sockets of this machine.
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
        let ended = Session::run(self, found).await;
        self.api.send_replace(None);
        ended
    }

    fn attempt(&self, found: &Found, ended: &Lost) -> Attempt {
        let problem = match ended.during {
            Some(tried) => ended.error.problem(tried),
            None => ended.error.at_connect(&found.address),
        };
        let candidate = self.candidates.get(found.place);
        Attempt {
            source: candidate.map_or(Source::Given, |candidate| candidate.source.clone()),
            place: candidate
                .map(|candidate| candidate.place.clone())
                .unwrap_or_default(),
            problem,
        }
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
pub(crate) async fn test(candidates: &[Candidate]) -> Result<String, Problem> {
    let mut last = None;
    for candidate in candidates {
        let began = clock::instant();
        let problem = match &candidate.address {
            Err(problem) => problem.clone(),
            Ok(address) => match greet(address).await {
                Ok((_, greeting)) => {
                    let took = began.elapsed().as_millis();
                    let Greeting {
                        engine,
                        version,
                        api,
                        ..
                    } = greeting;
                    return Ok(format!(
                        "{engine} {version} answers, API {api}, in {took} ms"
                    ));
                }
                Err(error) => error.at_connect(address),
            },
        };
        last = Some(problem);
    }
    let nowhere = || Problem::new(ProblemKind::NotFound, "no place to look is known", "");
    Err(last.unwrap_or_else(nowhere))
}

async fn greet(address: &Address) -> Result<(Api, Greeting), Error> {
    let mut api = Api::new(address);
    match timeout(ANSWER, api.greet()).await {
        Ok(Ok(greeting)) => Ok((api, greeting)),
        Ok(Err(error)) => Err(no_socket(address).await.unwrap_or(error)),
        Err(_) => Err(Error::Timeout(ANSWER)),
    }
}

/// What is at a socket's place, when it is something else: the system says of it only that it
/// refuses.
async fn no_socket(address: &Address) -> Option<Error> {
    let Address::Unix(path) = address else {
        return None;
    };
    let kind = timeout(ANSWER, tokio::fs::metadata(path))
        .await
        .ok()?
        .ok()?;
    let what = match kind.file_type() {
        is if is.is_socket() => return None,
        is if is.is_dir() => "a folder",
        is if is.is_file() => "a file",
        _ => "a device",
    };
    Some(Error::NotSocket(what))
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
