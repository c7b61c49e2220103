//! Hosts beside the loop: what a typed address means, those that the settings file keeps, whether
//! one answers, and the simulated ones. What could wait on a disk is a task that reports back.

use std::io;

use super::effects::on_a_thread;
use super::{App, FRAME, Own, roster, startup};
use crate::config::HostSettings;
use crate::demo::{self, Demo, fleet};
use crate::model::host::{Address, Source};
use crate::model::{Candidate, HostId, HostSpec, Origin, Problem, ProblemKind};
use crate::store::message::{Message, Outcome};

/// A simulated host that is to be shown.
#[derive(Debug)]
pub(super) struct DemoHost {
    spec: HostSpec,
    options: demo::Options,
}

impl DemoHost {
    /// The one host of a scenario.
    pub(super) fn new(options: demo::Options) -> Self {
        let mut spec = HostSpec::new(HostId::new("demo"), Origin::Demo, Vec::new());
        spec.connect = true;
        Self { spec, options }
    }

    /// The hosts of the fleet.
    pub(super) fn fleet(seed: u64) -> io::Result<Vec<Self>> {
        let hosts = fleet::members(seed)?.into_iter().map(|member| {
            let mut spec = HostSpec::new(HostId::new(&member.name), Origin::Demo, Vec::new());
            (spec.protect, spec.connect) = (member.protect, true);
            spec.colour = Some(member.colour).filter(|colour| !colour.is_empty());
            spec.labels = member.labels;
            Self {
                spec,
                options: member.options,
            }
        });
        Ok(hosts.collect())
    }

    /// Starts its engine.
    fn start(mut self) -> io::Result<(HostSpec, Demo)> {
        let demo = demo::start(self.options)?;
        let address = Address::here(demo.socket());
        self.spec.candidates = vec![Candidate {
            source: Source::Demo("engine".to_owned()),
            place: address.to_string(),
            address: Ok(address),
        }];
        Ok((self.spec, demo))
    }
}

impl Default for DemoHost {
    fn default() -> Self {
        Self::new(demo::Options::default())
    }
}

impl App {
    /// Knows the hosts that there are, and connects those that are to be at the start.
    pub(super) async fn begin(&mut self, hosts: Vec<HostSpec>) -> io::Result<()> {
        for effect in self.store.begin(hosts) {
            self.perform(effect).await?;
        }
        self.show_after(FRAME);
        Ok(())
    }

    /// Finds out which host a typed address means, and connects it.
    pub(super) fn resolve(&mut self, word: String) {
        let known: Vec<HostSpec> = self.store.roster.iter().cloned().collect();
        self.report(move || {
            let spec = roster::typed(&word, &known, &startup::env);
            Message::Known(Box::new(spec), true)
        });
    }

    /// Tries whether the engine of a host answers that is only being written down.
    pub(super) fn try_host(&mut self, host: HostSettings) {
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let work = move || roster::kept(&host, &startup::env);
            let next = match on_a_thread("finding a host", work).await {
                Ok(spec) => Own::Test(Box::new(spec)),
                Err(problem) => Own::Message(Message::Told(Outcome::Failed(problem))),
            };
            // the loop is gone: nobody is left to be told
            let _ = own.send(next).await;
        });
    }

    /// Tries whether a host's engine answers, and tells.
    pub(super) fn test_host(&mut self, spec: HostSpec) {
        let own = self.own.clone();
        let test = self.engine.test(&spec);
        self.tasks.spawn(async move {
            let host = spec.id;
            let outcome = match test.await {
                Ok(text) => Outcome::Done(format!("{host}: {text}")),
                Err(mut problem) => {
                    problem.summary = format!("{host}: {}", problem.summary);
                    Outcome::Failed(problem)
                }
            };
            let _ = own.send(Own::Message(Message::Told(outcome))).await;
        });
    }

    /// Starts simulated engines; the loop goes on meanwhile.
    pub(super) fn start_demo(&mut self, hosts: Vec<DemoHost>) {
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let start =
                move || -> io::Result<Vec<_>> { hosts.into_iter().map(DemoHost::start).collect() };
            let start = move || start().map_err(|error| no_demo(&error));
            let started = on_a_thread("starting the demo engine", start).await;
            // the loop is gone: nobody is left to look at it
            let _ = own.send(Own::Demo(started.flatten())).await;
        });
    }

    /// Looks at the simulated engines that were started, in place of hosts that never answered.
    pub(super) async fn look_at_demo(
        &mut self,
        started: Result<Vec<(HostSpec, Demo)>, Problem>,
    ) -> io::Result<()> {
        match started {
            Ok(started) => {
                // hosts that never answered give way
                let nobody = HostId::new("");
                for effect in self.store.give_up(&nobody) {
                    self.perform(effect).await?;
                }
                let fresh: Vec<HostSpec> = started.iter().map(|(spec, _)| spec.clone()).collect();
                self.demos.extend(started.into_iter().map(|(_, demo)| demo));
                self.begin(fresh).await?;
            }
            Err(problem) => self.told(Outcome::Failed(problem)),
        }
        Ok(())
    }

    /// Does something that may wait on a disk; the store hears of what came of it.
    fn report(&mut self, work: impl FnOnce() -> Message + Send + 'static) {
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let failed = |problem| Message::Told(Outcome::Failed(problem));
            let message = on_a_thread("finding a host", work).await;
            let message = message.unwrap_or_else(failed);
            // the loop is gone: nobody is left to be told
            let _ = own.send(Own::Message(message)).await;
        });
    }
}

fn no_demo(error: &io::Error) -> Problem {
    let summary = "the demo engine did not start";
    Problem::new(ProblemKind::Engine, summary, error.to_string())
        .hint("it needs a writable temporary folder")
}
