//! Keeps a container's samples coming while it runs, and says why they do not come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::error::Error;
use super::events::Lines;
use super::stats;
use super::transport::Api;
use super::watches::{Desk, Pulse, online};
use crate::model::{Id, Problem, ProblemKind};
use crate::protocol::Fact;

/// How long a stream of samples outlives its container: one that is started again needs no new one.
pub(crate) const LINGER: Duration = Duration::from_secs(30);
/// How long a stream of a running container may bring no sample before that is said. The engine
/// takes two seconds for the first, and more where it has many to take.
const SILENT: Duration = Duration::from_secs(10);
/// How often in a row that is said before the stream is given up and another is asked for.
const PATIENCE: u32 = 3;
/// The pause after a first failure; it doubles with each that follows.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(15);
/// How long an engine may take to tell about itself.
const INFO: Duration = Duration::from_secs(5);
/// Bytes of one sample; a sample of a 64-core machine has about 5 kB.
const MAX_SAMPLE: usize = 1 << 20;

/// The samples of one container.
struct Sampling {
    desk: Desk,
    id: Id,
    /// Samples that came.
    came: AtomicU64,
    /// Attempts in a row that brought none.
    failures: u32,
}

/// Follows a container's samples until they are no longer wanted.
pub(crate) async fn watch(desk: Desk, id: Id, mut pulse: watch::Receiver<Pulse>) {
    let mut link = desk.api.clone();
    let mut sampling = Sampling {
        desk,
        id,
        came: AtomicU64::new(0),
        failures: 0,
    };
    while let Some(api) = online(&mut link).await {
        tokio::select! {
            () = sampling.connected(&api, &mut pulse) => return,
            _ = link.changed() => {}
        }
    }
}

impl Sampling {
    /// Samples for as long as the connection stands. Ends when nobody tells any more whether the
    /// container runs: the stream is being dropped.
    async fn connected(&mut self, api: &Api, pulse: &mut watch::Receiver<Pulse>) {
        // what happens once takes its room only then: many streams stand open for long
        if *Box::pin(api.unmeasured(measures_nothing(api))).await {
            self.unmeasured().await;
            // until it is wanted no more
            while pulse.changed().await.is_ok() {}
            return;
        }
        let watched = pulse.clone();
        self.failures = 0;
        while pulse.wait_for(|pulse| pulse.alive).await.is_ok() {
            tokio::select! {
                () = self.attempt(api, &watched) => {}
                () = down(pulse) => {}
            }
        }
    }

    /// Reads one stream to its end, and waits until it is worth asking again.
    async fn attempt(&mut self, api: &Api, pulse: &watch::Receiver<Pulse>) {
        let before = self.came.load(Ordering::Relaxed);
        let ended = tokio::select! {
            ended = self.read(api) => ended,
            () = self.listen(pulse) => Err(Error::Timeout(SILENT)),
        };
        if self.came.load(Ordering::Relaxed) > before {
            self.failures = 0;
        }
        self.failures += 1;
        let error = match ended {
            Err(error) => error,
            Ok(()) => Error::nonsense("the statistics", "they ended before a sample came"),
        };
        // an end may be the container's, of which its event tells, and a broken stream the
        // connection's; what happens twice in a row is neither
        if self.failures > 1 || !may_pass(&error) {
            self.tell(&error).await;
        }
        let doublings = self.failures.saturating_sub(1).min(8);
        sleep((PAUSE * 2_u32.pow(doublings)).min(LONGEST)).await;
    }

    /// Reads one stream to its end.
    async fn read(&self, api: &Api) -> Result<(), Error> {
        // asking takes more room than reading, and there are many that read
        let mut trickle = Box::pin(api.samples(&self.id)).await?;
        let mut lines = Lines::default();
        let measure = match api.is_podman() {
            true => stats::Measure::Clock,
            false => stats::Measure::Host,
        };
        let mut read = |bytes: &[u8]| {
            let mut newest = Ok(None);
            lines.feed(bytes, MAX_SAMPLE, |line| {
                newest = stats::read(line, measure);
            })?;
            newest
        };
        while let Some(newest) = trickle.next(&mut read).await? {
            let Some(sample) = newest? else { continue };
            self.came.fetch_add(1, Ordering::Relaxed);
            if self
                .desk
                .samples
                .send((self.id.clone(), sample))
                .await
                .is_err()
            {
                break;
            }
        }
        Ok(())
    }

    /// Says when a running container's stream has been silent for long; ends when it goes on being
    /// silent. Looked at now and then: a timer for each sample would cost more than what it guards.
    async fn listen(&self, pulse: &watch::Receiver<Pulse>) {
        let seen = || {
            let now = *pulse.borrow();
            (self.came.load(Ordering::Relaxed), now.starts, now.alive)
        };
        let (mut before, mut silent) = (seen(), 0);
        while silent < PATIENCE {
            sleep(SILENT).await;
            let now = seen();
            silent = if now == before && now.2 {
                silent + 1
            } else {
                0
            };
            before = now;
            if silent > 0 {
                self.tell(&Error::Timeout(SILENT)).await;
            }
        }
    }

    async fn tell(&self, error: &Error) {
        self.told(error.problem(&self.tried())).await;
    }

    fn tried(&self) -> String {
        format!("read the statistics of {}", self.desk.names.of(&self.id))
    }

    async fn told(&self, problem: Problem) {
        let fact = Fact::Unsampled(self.id.clone(), problem);
        Box::pin(self.desk.tell(fact)).await;
    }

    /// Tells that there are none, and why.
    async fn unmeasured(&self) {
        let summary = format!("could not {}: its engine measures nothing", self.tried());
        let why = "it is rootless, and cgroup v1 keeps no account of what such engines run";
        let problem = Problem::new(ProblemKind::Unsupported, summary, why);
        let hint = "cgroup v2 on its machine makes it possible; logs, shell and the rest work";
        self.told(problem.hint(hint)).await;
    }
}

/// Whether an engine can have no statistics, by its own word. What it answers all the same are
/// zeros, or figures of the whole machine.
async fn measures_nothing(api: &Api) -> bool {
    let Ok(answer) = api.get("/info", INFO).await else {
        return false;
    };
    serde_json::from_slice(&answer).is_ok_and(|about: About| about.measures_nothing())
}

/// Docker tells that it is rootless among its security options, Podman by a word of its own.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct About {
    cgroup_version: Option<String>,
    security_options: Option<Vec<String>>,
    rootless: Option<bool>,
}

impl About {
    fn measures_nothing(&self) -> bool {
        let mut named = self.security_options.iter().flatten();
        let rootless = self.rootless == Some(true) || named.any(|option| option == "name=rootless");
        rootless && self.cgroup_version.as_deref() == Some("1")
    }
}

/// Whether a failure may be gone by itself at the next attempt.
fn may_pass(error: &Error) -> bool {
    error.is_gone() || matches!(error, Error::Io(_) | Error::Nonsense { .. })
}

/// Waits until a container has been down for a while. The engine keeps a stream of samples open
/// while its container is down, and goes on with it after the next start.
async fn down(pulse: &mut watch::Receiver<Pulse>) {
    // when nobody tells any more, the stream is being dropped
    while pulse.wait_for(|pulse| !pulse.alive).await.is_ok() {
        let back = pulse.wait_for(|pulse| pulse.alive);
        if timeout(LINGER, back).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rootless_engine_on_cgroup_v1_measures_nothing() {
        let measures = |about: &str| {
            let about: About = serde_json::from_str(about).unwrap();
            !about.measures_nothing()
        };
        assert!(measures(
            r#"{"CgroupVersion":"1","SecurityOptions":["name=seccomp"]}"#
        ));
        assert!(measures(r#"{"CgroupVersion":"2","Rootless":true}"#));
        assert!(measures(r#"{"SecurityOptions":null}"#));
        assert!(!measures(r#"{"CgroupVersion":"1","Rootless":true}"#));
        assert!(!measures(
            r#"{"CgroupVersion":"1","SecurityOptions":["name=seccomp","name=rootless"]}"#
        ));
    }
}
