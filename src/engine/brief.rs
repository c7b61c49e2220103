//! What rows show and a list call lacks: one inspect for each wanted container, another after it
//! started, within a budget.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::convert;
use super::error::Error;
use super::task;
use super::transport::Api;
use crate::model::{Brief, Event, Id};
use crate::protocol::Watch;

/// Inspects under way at once.
const AT_ONCE: usize = 4;
/// Inspects after events that may be made at once.
const BURST: f64 = 8.0;
/// Inspects after events, a second.
const RATE: f64 = 1.0;
const WITHIN: Duration = Duration::from_secs(10);

/// Tokens that come back with time.
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + seconds * RATE).min(BURST);
        self.at = now;
    }

    fn full_at(&self) -> Instant {
        self.at + Duration::from_secs_f64((1.0 - self.tokens).max(0.0) / RATE)
    }
}

/// The briefs of one host.
pub(crate) struct Briefs {
    wanted: HashSet<Id>,
    known: HashMap<Id, Brief>,
    /// Wanted and never looked at; the newest wanted is looked at first.
    new: Vec<Id>,
    /// Known, and started since: within the budget.
    stale: VecDeque<Id>,
    /// Known, and started since while nobody wanted them: stale once they are wanted again.
    outdated: HashSet<Id>,
    flying: JoinSet<(Id, Result<Brief, Error>)>,
    /// Those whose inspect is under way, and whether something happened to them meanwhile.
    airborne: HashMap<Id, bool>,
    bucket: Bucket,
}

impl Briefs {
    /// None wanted yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            wanted: HashSet::new(),
            known: HashMap::new(),
            new: Vec::new(),
            stale: VecDeque::new(),
            outdated: HashSet::new(),
            flying: JoinSet::new(),
            airborne: HashMap::new(),
            bucket: Bucket {
                tokens: BURST,
                at: now,
            },
        }
    }

    /// Compares with the wanted set.
    pub(crate) fn want(&mut self, wanted: &BTreeSet<Watch>) {
        let briefs = wanted
            .iter()
            .rev()
            .take_while(|watch| matches!(watch, Watch::Brief(_)));
        let targets = briefs.filter_map(Watch::target);
        let wanted: HashSet<Id> = targets.map(|target| target.id.clone()).collect();
        let fresh = wanted
            .difference(&self.wanted)
            .filter(|id| !self.known.contains_key(*id));
        self.new.extend(fresh.cloned());
        let back: Vec<Id> = self.outdated.intersection(&wanted).cloned().collect();
        for id in back {
            self.outdated.remove(&id);
            self.stale.push_back(id);
        }
        self.new.retain(|id| wanted.contains(id));
        self.wanted = wanted;
    }

    /// Notes an event; what it tells of the brief by itself.
    pub(crate) fn note(&mut self, event: &Event) -> Option<Brief> {
        let matters = matches!(&*event.action, "start" | "die" | "died" | "oom");
        if let Some(touched) = self.airborne.get_mut(&event.id) {
            *touched |= matters;
        }
        let brief = self.known.get_mut(&event.id)?;
        match &*event.action {
            "start" => {
                brief.started = Some(event.at);
                brief.oom_killed = false;
                brief.error = Box::default();
            }
            "oom" => brief.oom_killed = true,
            "die" | "died" => {
                brief.finished = Some(event.at);
                if let Some(code) = event.exit_code() {
                    brief.exit_code = code;
                }
            }
            "destroy" | "remove" => {
                self.known.remove(&event.id);
                self.outdated.remove(&event.id);
                return None;
            }
            _ => return None,
        }
        let told = brief.clone();
        if &*event.action == "start" {
            // only an inspect knows whether the restart policy did that
            if !self.wanted.contains(&event.id) {
                self.outdated.insert(event.id.clone());
            } else if !self.stale.contains(&event.id) {
                self.stale.push_back(event.id.clone());
            }
        }
        Some(told)
    }

    /// Whether the restart policy is known to have started a container before.
    pub(crate) fn restarts(&self, id: &Id) -> bool {
        self.known.get(id).is_some_and(|brief| brief.restarts > 0)
    }

    /// Starts the inspects that the budget allows.
    pub(crate) fn pump(&mut self, api: &Api, now: Instant) {
        self.bucket.fill(now);
        while self.flying.len() < AT_ONCE {
            let id = match self.new.pop() {
                Some(id) => id,
                None if self.bucket.tokens >= 1.0 => match self.stale.pop_front() {
                    Some(id) if self.wanted.contains(&id) => {
                        self.bucket.tokens -= 1.0;
                        id
                    }
                    Some(id) => {
                        self.outdated.insert(id);
                        continue;
                    }
                    None => return,
                },
                None => return,
            };
            self.airborne.insert(id.clone(), false);
            let api = api.clone();
            self.flying.spawn(async move {
                let brief = task::caught(inspect(&api, &id)).await;
                (id, brief.flatten())
            });
        }
    }

    /// When the budget allows more.
    pub(crate) fn wake(&self) -> Option<Instant> {
        let waiting = !self.stale.is_empty() && self.flying.len() < AT_ONCE;
        waiting.then(|| self.bucket.full_at())
    }

    /// Waits until one more was looked at, for ever when none is under way; what it told.
    pub(crate) async fn next(&mut self) -> Result<(Id, Brief), Error> {
        match self.flying.join_next().await {
            Some(Ok((id, looked))) => {
                let touched = self.airborne.remove(&id).unwrap_or(false);
                let again = match &looked {
                    // what was asked for before an event does not know of it
                    Ok(_) => touched,
                    Err(error) => !error.is_gone(),
                };
                if again && self.wanted.contains(&id) {
                    self.stale.push_back(id.clone());
                }
                looked.map(|brief| {
                    self.known.insert(id.clone(), brief.clone());
                    (id, brief)
                })
            }
            // the runtime ends
            Some(Err(_)) => Err(Error::Cancelled),
            None => std::future::pending().await,
        }
    }
}

async fn inspect(api: &Api, id: &Id) -> Result<Brief, Error> {
    let json = api.get(&format!("/containers/{id}/json"), WITHIN).await?;
    convert::inspected(&json).map(|inspected| inspected.brief)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HostId, Ref, Time};

    fn event(action: &str) -> Event {
        Event {
            at: Time(7000),
            kind: "container".into(),
            id: Id::new("a"),
            name: "n".into(),
            action: action.into(),
            attributes: Vec::new(),
        }
    }

    #[tokio::test]
    async fn events_tell_most_and_only_a_start_needs_a_look() {
        let mut briefs = Briefs::new(Instant::now());
        let wanted = Watch::Brief(Ref::container(&HostId::new("h"), &Id::new("a")));
        briefs.want(&BTreeSet::from([wanted]));
        assert_eq!(briefs.new, [Id::new("a")]);
        assert_eq!(briefs.note(&event("start")), None);
        briefs.known.insert(Id::new("a"), Brief::default());
        assert!(briefs.note(&event("oom")).unwrap().oom_killed);
        assert!(briefs.stale.is_empty());
        let started = briefs.note(&event("start")).unwrap();
        assert_eq!(
            (started.started, started.oom_killed),
            (Some(Time(7000)), false)
        );
        assert_eq!(briefs.stale.len(), 1);
        assert_eq!(briefs.note(&event("destroy")), None);
        assert!(briefs.known.is_empty());
    }

    #[tokio::test]
    async fn what_happened_while_one_looked_is_looked_at_again() {
        let mut briefs = Briefs::new(Instant::now());
        let id = Id::new("a");
        let wanted = Watch::Brief(Ref::container(&HostId::new("h"), &id));
        briefs.want(&BTreeSet::from([wanted]));
        let fly = |briefs: &mut Briefs, looked| {
            briefs.airborne.insert(Id::new("a"), false);
            briefs.flying.spawn(async { (Id::new("a"), looked) });
        };
        fly(&mut briefs, Ok(Brief::default()));
        briefs.note(&event("health_status: healthy"));
        briefs.next().await.unwrap();
        assert!(briefs.stale.is_empty());
        fly(&mut briefs, Ok(Brief::default()));
        briefs.note(&event("die"));
        briefs.next().await.unwrap();
        assert_eq!(briefs.stale.pop_front(), Some(id.clone()));
        fly(&mut briefs, Err(Error::Timeout(WITHIN)));
        assert!(briefs.next().await.is_err());
        assert_eq!(briefs.stale, [id]);
    }

    #[tokio::test]
    async fn the_budget_fills_slowly() {
        let now = Instant::now();
        let mut bucket = Bucket {
            tokens: 0.0,
            at: now,
        };
        assert_eq!(bucket.full_at().duration_since(now).as_millis(), 1000);
        bucket.fill(now + Duration::from_secs(100));
        assert!((bucket.tokens - BURST).abs() < 1e-9);
    }
}
