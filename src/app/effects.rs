//! How effects are performed. Whatever could wait is done by a task that reports back.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::hosts::DemoHost;
use super::{App, FRAME, Own};
use crate::model::log::Chunk;
use crate::model::problem::panic_words;
use crate::model::units;
use crate::model::{Problem, ProblemKind};
use crate::protocol::Command as Call;
use crate::store::message::{Effect, Message, Outcome, SearchId};

/// Searches that are remembered, to be ended when they are of no use any more.
const SEARCHES: usize = 8;

impl App {
    /// Performs one effect. False when the program is to end.
    pub(super) async fn perform(&mut self, effect: Effect) -> io::Result<bool> {
        match effect {
            Effect::Run(job, step, host, Call::Local(local)) => {
                self.run_local(job, step, &host, local).await?;
            }
            Effect::Run(job, step, host, command) if command.takes_terminal() => {
                self.lend((job, step), &host, command).await?;
            }
            Effect::Run(job, step, host, command) => self.engine.run(job, step, &host, command),
            Effect::Plan(job, host, plan) => self.engine.plan(job, &host, *plan),
            Effect::Lend(job) => self.lend_to_plan(job).await?,
            Effect::Withhold(job) => self.engine.withhold(job),
            Effect::Cancel(job) => {
                self.engine.cancel(job);
                self.end_locals(job);
            }
            Effect::Retry(host) => self.engine.retry(&host),
            Effect::Login(host) => self.log_in(&host).await?,
            Effect::Examine(host) => self.engine.examine(&host),
            Effect::Refresh(host) => self.engine.refresh(&host),
            Effect::Connect(spec) => self.engine.connect(&spec),
            Effect::Disconnect(host) => self.engine.disconnect(&host),
            Effect::Resolve(word) => self.resolve(word),
            Effect::KeepHost(before, host) => self.keep_host(before, *host),
            Effect::DropHost(host) => self.drop_host(host),
            Effect::TestHost(spec) => self.test_host(*spec),
            Effect::TryHost(host) => self.try_host(*host),
            Effect::Demo => self.start_demo(vec![DemoHost::default()]),
            Effect::Search(id, chunks, regex) => self.search(id, chunks, regex),
            Effect::EndSearch(id) => self.end_search(id),
            Effect::ListFolder(folder, start) => self.list_folder(folder, start),
            Effect::KeepTemplate(name, text) => self.keep_template(name, text),
            Effect::DropTemplate(name) => self.drop_template(name),
            Effect::Copy(text) => self.copy(&text),
            Effect::Save(path, text) => self.background("saving", move || save(&path, &text)),
            Effect::Open(url) => self.open(url),
            Effect::Edit(target, was) => self.edit(target, was).await?,
            Effect::Suspend => self.suspend()?,
            Effect::Mouse(on) => self.screen.set_mouse(on)?,
            Effect::Theme(name) => self.show_in(&name),
            Effect::SavePreferences(preferences) => {
                self.save_preferences(*preferences);
            }
            Effect::Repaint => self.screen.repaint()?,
            Effect::Quit => return Ok(false),
        }
        Ok(true)
    }

    /// Tells the person something.
    pub(super) fn told(&mut self, outcome: Outcome) {
        let _ = self.store.apply(Message::Told(outcome));
        self.show_after(FRAME);
    }

    /// Does something that may wait on a disk, and tells how it went.
    fn background(
        &mut self,
        does: &'static str,
        work: impl FnOnce() -> Result<String, Problem> + Send + 'static,
    ) {
        let own = self.own.clone();
        self.tasks.spawn(async move {
            let outcome = match on_a_thread(does, work).await.flatten() {
                Ok(text) => Outcome::Done(text),
                Err(problem) => Outcome::Failed(problem),
            };
            // the loop is gone: nobody is left to be told
            let _ = own.send(Own::Message(Message::Told(outcome))).await;
        });
        while self.tasks.try_join_next().is_some() {}
    }

    /// Ends a search that is under way.
    fn end_search(&mut self, id: SearchId) {
        self.searches.retain(|(search, ending)| {
            if *search == id {
                ending.cancel();
            }
            *search != id
        });
    }

    /// Searches a log on a thread of its own.
    fn search(&mut self, id: SearchId, chunks: Vec<(u64, Arc<Chunk>)>, regex: regex::Regex) {
        let (own, ending) = (self.own.clone(), CancellationToken::new());
        if self.searches.len() == SEARCHES {
            self.searches.remove(0).1.cancel();
        }
        self.searches.push((id, ending.clone()));
        self.tasks.spawn(async move {
            let found = on_a_thread("searching the log", move || {
                let mut hits = Vec::new();
                for (first, chunk) in chunks {
                    if ending.is_cancelled() {
                        return None;
                    }
                    let places = chunk.hits(&regex).into_iter();
                    hits.extend(places.map(|place| first + place as u64));
                }
                Some(hits)
            });
            if let Some(found) = found.await.transpose() {
                let _ = own.send(Own::Message(Message::Found(id, found))).await;
            }
        });
        while self.tasks.try_join_next().is_some() {}
    }

    fn copy(&mut self, text: &str) {
        let count = units::plural(text.chars().count(), "character");
        let outcome = match self.screen.copy(text) {
            Ok(()) => Outcome::Done(format!("{count} sent to the terminal's clipboard")),
            Err(error) => Outcome::Failed(
                Problem::new(
                    ProblemKind::Unsupported,
                    "the text was not copied",
                    error.to_string(),
                )
                .hint("save it to a file instead"),
            ),
        };
        self.told(outcome);
    }

    /// Opens a page in the browser; where there is none, the address is copied.
    fn open(&mut self, url: String) {
        let shows = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if cfg!(target_os = "macos") || shows("DISPLAY") || shows("WAYLAND_DISPLAY") {
            self.background("opening the browser", move || open_browser(&url));
        } else {
            self.copy(&url);
            self.told(Outcome::Done(format!("no browser here; copied {url}")));
        }
    }

    /// Stops the program until it is continued.
    fn suspend(&mut self) -> io::Result<()> {
        match self.screen.suspend() {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let summary = "programs are not stopped on this system";
                let problem = Problem::new(ProblemKind::Unsupported, summary, error.to_string());
                self.told(Outcome::Failed(problem.hint("open another terminal")));
                Ok(())
            }
            stopped => {
                self.show_after(FRAME);
                stopped
            }
        }
    }

    fn show_in(&mut self, name: &str) {
        match super::startup::look(&self.store.settings, self.config_dir.as_deref()) {
            Ok(look) => self.look = look,
            Err(fault) => {
                let summary = format!("the theme {name} cannot be used");
                let problem = Problem::new(ProblemKind::Unsupported, summary, fault);
                self.told(Outcome::Failed(problem.hint("the present one stays")));
            }
        }
    }
}

/// Does what may wait on a disk or take long; a failure of the program itself is told like others.
pub(super) async fn on_a_thread<T: Send + 'static>(
    does: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|ended| {
        // without a panic the runtime is ending
        let bug = ended.try_into_panic().map(|panic| panic_words(&*panic));
        Problem::bug(does, &bug.unwrap_or_default())
    })
}

fn open_browser(url: &str) -> Result<String, Problem> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let null = Stdio::null;
    let ended = Command::new(program)
        .arg(url)
        .stdin(null())
        .stdout(null())
        .stderr(null())
        .status();
    match ended {
        Ok(status) if status.success() => Ok(format!("opened {url}")),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("{program}: {error}")),
    }
    .map_err(|detail| {
        Problem::new(
            ProblemKind::Unsupported,
            format!("{url} was not opened"),
            detail,
        )
        .hint("open the address by hand")
    })
}

/// Writes a new file; an existing one is left alone.
fn save(path: &str, text: &str) -> Result<String, Problem> {
    let target = crate::engine::expand_home(Path::new(path));
    let written = std::fs::File::create_new(&target).and_then(|mut f| f.write_all(text.as_bytes()));
    match written {
        Ok(()) => {
            let lines = units::plural(text.lines().count(), "line");
            Ok(format!("{lines} saved to {}", target.display()))
        }
        Err(error) => {
            let summary = format!("{} was not written", target.display());
            let hint = match error.kind() {
                io::ErrorKind::AlreadyExists => "nothing is overwritten: choose another name",
                _ => "choose another place",
            };
            Err(Problem::new(ProblemKind::Denied, summary, error.to_string()).hint(hint))
        }
    }
}
