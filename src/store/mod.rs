//! The app-state store: all state of the program, changed only by [`Store::apply`]. It knows no
//! terminal, no client and no clock; what it wants done it returns as effects.

pub mod actions;
pub mod analytics;
mod command_line;
mod copies;
mod dialog_keys;
mod dialogs;
pub mod doctor;
pub mod editor;
pub mod files;
pub mod filter;
pub mod form;
mod hardening;
pub mod health;
pub mod help;
mod host_menu;
mod host_page;
mod hosts;
mod invoke;
pub mod jobs;
pub mod keymap;
mod keys;
pub mod layout;
mod link;
pub mod list;
pub mod listing;
pub mod lists;
mod log_view;
pub mod logs;
pub mod menus;
pub mod message;
mod mouse;
mod movement;
mod names;
pub mod outputs;
pub mod overlay;
pub mod page;
pub mod paths;
mod ports;
pub mod processes;
mod results;
pub mod roster;
mod scopes;
pub mod stage;
pub mod tabs;
pub mod templates;
pub mod toasts;
mod tree;
mod usage;
pub mod watch;
pub mod why;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;

use self::files::Browsers;
use self::jobs::{Jobs, Purpose};
use self::keymap::Keymap;
use self::layout::Areas;
use self::list::List;
use self::listing::Known;
use self::lists::Lists;
use self::logs::Logs;
use self::message::{Effect, Effects, Message, Outcome, Painted};
use self::outputs::Outputs;
use self::overlay::Overlay;
use self::page::{Page, Pages};
use self::paths::Paths;
use self::roster::Roster;
use self::stage::{Pane, Screen, Stage, Tab};
use self::toasts::Toasts;
use self::world::World;
use crate::config::{Fault, Settings};
use crate::model::input::Size;
use crate::model::{HostId, Link, ProblemKind};
use crate::model::{Ref, Time};
use crate::protocol::{Fact, Files, JobId, Names};

/// All state of the program.
#[derive(Debug)]
pub struct Store {
    /// What the person has set.
    pub settings: Settings,
    /// Which key does what.
    pub keymap: Keymap,
    /// Now.
    pub now: Time,
    /// The zone in which times show.
    pub zone: FixedOffset,
    /// The terminal's size.
    pub size: Size,
    /// Every known host.
    pub roster: Roster,
    /// The connected hosts and what is on them.
    pub world: World,
    /// The lists, by kind.
    pub lists: Lists,
    /// What has the focus.
    pub stage: Stage,
    /// How many containers and hosts need a look.
    pub pressing: usize,
    /// Of which state of the world, and since when.
    pressed: (u64, Time),
    /// Open logs.
    pub logs: Logs,
    /// Containers that are looked into.
    pub files: Browsers,
    /// What commands of this program's own jobs wrote.
    pub outputs: Outputs,
    /// Where one looks at the detail's pages.
    pub pages: Pages,
    /// What lies over the screen, uppermost last.
    pub overlays: Vec<Overlay>,
    /// Jobs and journal.
    pub jobs: Jobs,
    /// The journal's row under the cursor, from the newest.
    pub journal_place: usize,
    /// Messages that go by themselves.
    pub toasts: Toasts,
    /// Names of the themes there are.
    pub themes: Vec<String>,
    /// Commands typed before, oldest first.
    pub history: Vec<String>,
    /// Forms that wait for what became of their jobs.
    pub sent: Vec<(JobId, Box<form::FormState>)>,
    /// What was looked at before a container is made anew.
    pub surveyed: Option<Box<actions::Surveyed>>,
    /// What there is on each host that a form could name, as it was found last.
    pub names: BTreeMap<HostId, Names>,
    /// Templates of new containers, by name.
    pub templates: Vec<templates::Template>,
    /// Folders of this machine.
    pub paths: Paths,
    /// Commands that were run in containers, oldest first.
    pub commands: Vec<String>,
    /// What the last frame showed.
    pub painted: Painted,
    /// Whether the person has done anything yet.
    touched: bool,
    /// Whether the program should end.
    pub ending: bool,
}

/// Commands that the history keeps.
const HISTORY: usize = 200;

impl Store {
    /// A store with settings; `text` is the settings file, for the lines of faults.
    ///
    /// # Errors
    /// A key binding that cannot be.
    pub fn new(
        settings: Settings,
        text: &str,
        now: Time,
        zone: FixedOffset,
    ) -> Result<Self, Fault> {
        lists::check_columns(&settings, text)?;
        let stage = Stage {
            screen: Screen::Containers,
            pane: Pane::List,
            tab: Tab::Logs,
            left: BTreeMap::new(),
            zoom: false,
            split: settings.list.split.clamp(20, 80),
            stacked: settings.list.stacked,
            mouse: settings.mouse,
        };
        Ok(Self {
            keymap: Keymap::new(&settings, text)?,
            lists: Lists::new(&settings),
            pressing: 0,
            pressed: (0, Time::default()),
            logs: Logs::new(settings.logs.budget.max(1) << 20),
            outputs: Outputs::default(),
            stage,
            now,
            zone,
            size: Size {
                width: 80,
                height: 24,
            },
            roster: Roster::default(),
            world: World::default(),
            files: Browsers::default(),
            pages: Pages::default(),
            overlays: Vec::new(),
            jobs: Jobs::default(),
            journal_place: 0,
            toasts: Toasts::default(),
            themes: Vec::new(),
            history: Vec::new(),
            sent: Vec::new(),
            surveyed: None,
            names: BTreeMap::new(),
            templates: Vec::new(),
            paths: Paths::default(),
            commands: Vec::new(),
            painted: Painted::default(),
            touched: false,
            ending: false,
            settings,
        })
    }

    /// Takes a message in; gives back what is to be done.
    pub fn apply(&mut self, message: Message) -> Effects {
        match message {
            Message::Key(key) => {
                self.touched = true;
                self.key(key)
            }
            Message::Mouse(mouse) => {
                self.touched = true;
                self.mouse(mouse)
            }
            Message::Paste(text) => self.paste(&text),
            Message::Resize(size) => {
                self.size = size;
                self.keep_log_cursor();
                self.scroll_overlay(0);
                vec![Effect::Repaint]
            }
            Message::Tick(time) => {
                self.now = time;
                Vec::new()
            }
            Message::Painted(painted) => {
                self.painted = painted;
                Vec::new()
            }
            Message::Fact(host, fact) => self.learn(&host, fact),
            Message::Done(job, step, result) => self.done(job, step, result),
            Message::Begun(job, step) => {
                self.jobs.begin_step(job, step);
                Vec::new()
            }
            Message::Asks(job) => self.asks_for_terminal(job),
            Message::Undone(job, place, result) => {
                self.jobs.undone(job, place, result);
                Vec::new()
            }
            Message::Progress(job, done, total) => {
                self.jobs.went(job, done, total);
                Vec::new()
            }
            Message::Edited(target, was, bytes, kept) => {
                let was = (*was).clone();
                let call = Files::Write { was, bytes, kept };
                self.begin_files(&target, "write", call, Purpose::Action)
            }
            Message::Output(job, chunk) => {
                self.outputs.add(job, chunk);
                Vec::new()
            }
            Message::Found(id, found) => {
                if let Err(problem) = &found {
                    self.toasts.fail(problem, self.now);
                }
                let of = self.logs.found(id, &found);
                let selected = of.is_some() && of.as_ref() == self.selected();
                if selected || self.outputs.found(id, &found).is_some() {
                    self.show_log_cursor();
                }
                Vec::new()
            }
            Message::Told(outcome) => {
                match outcome {
                    Outcome::Done(text) => {
                        self.toasts.tell(text, self.now);
                    }
                    Outcome::Failed(problem) => self.toasts.fail(&problem, self.now),
                }
                Vec::new()
            }
            Message::Folder(listing) => self.learn_folder(listing),
            Message::Templates(found) => self.learn_templates(found),
            Message::Known(spec, connect) => self.meet(*spec, connect),
            Message::Kept(before, settings, spec) => self.keep(before.as_ref(), *settings, *spec),
            Message::Unknown(host) => self.unknow(&host),
            Message::Terminate => {
                self.ending = true;
                vec![Effect::Quit]
            }
        }
    }

    fn learn(&mut self, host: &HostId, fact: Fact) -> Effects {
        let lists = matches!(
            fact,
            Fact::Containers(_) | Fact::Resynced { .. } | Fact::Removed(_)
        );
        let looked_into = lists.then(|| self.looked_into()).flatten();
        self.take_in(host, fact);
        if let Some((target, name)) = looked_into {
            self.leave_removed(&target, &name);
        }
        Vec::new()
    }

    fn take_in(&mut self, host: &HostId, fact: Fact) {
        match fact {
            Fact::Log(id, fact) => self.logs.learn(&Ref::container(host, &id), fact),
            fact @ Fact::Link(Link::Up { .. }) => {
                let again = self
                    .world
                    .hosts
                    .get(host)
                    .is_some_and(|known| known.loaded.is_some());
                if again {
                    self.toasts.tell(format!("{host} answers again"), self.now);
                }
                self.world.learn(host, fact, self.now);
            }
            Fact::Containers(containers) => {
                let first = self
                    .world
                    .hosts
                    .get(host)
                    .is_none_or(|h| h.loaded.is_none());
                self.world
                    .learn(host, Fact::Containers(containers), self.now);
                if first {
                    self.tell_half_upgraded(host);
                }
                if first && !self.touched {
                    // while the hosts come one by one, the list begins at its beginning
                    self.lists.containers.rewind();
                }
            }
            Fact::Bug(problem) => self.toasts.fail(&problem, self.now),
            fact => {
                if let Fact::Trouble(problem) = &fact
                    && problem.kind == ProblemKind::Bug
                {
                    self.toasts.fail(problem, self.now);
                }
                self.world.learn(host, fact, self.now);
            }
        }
    }

    /// Brings what is derived up to date: once after each batch of messages.
    pub fn settle(&mut self) {
        let rows = self.areas().list_rows();
        let list = self.lists.of_mut(self.stage.screen);
        list.settle(Known {
            roster: &self.roster,
            world: &self.world,
            jobs: &self.jobs,
            now: self.now,
            zone: self.zone,
        });
        list.scroll(rows);
        self.count_pressing();
        self.toasts.settle(self.now);
        let selected = self.selected().cloned();
        self.pages.turn_to(selected.as_ref());
        if let Some(target) = selected
            && self.shows_lines()
        {
            self.logs.open(&target);
        }
        let journal = self.jobs.journal().count();
        self.journal_place = self.journal_place.min(journal.saturating_sub(1));
    }

    /// The areas of the screen.
    pub fn areas(&self) -> Areas {
        layout::areas(self.size, &self.stage)
    }

    /// All that lists are made of.
    pub fn known(&self) -> Known<'_> {
        Known {
            roster: &self.roster,
            world: &self.world,
            jobs: &self.jobs,
            now: self.now,
            zone: self.zone,
        }
    }

    /// Counts what needs a look, once a second while the world changes.
    fn count_pressing(&mut self) {
        let (of, at) = self.pressed;
        let world = &self.world;
        let version = world.version + world.alarms + world.happened;
        if of != version && (of == 0 || self.now.since(at).as_millis() >= 1000) {
            let findings = health::findings(self.known());
            let pressing = findings.iter().filter(|item| item.cause.is_pressing());
            self.pressing = pressing.count();
            self.pressed = (version, self.now);
        }
    }

    /// The list that shows; on a screen without one, the containers.
    pub fn list(&self) -> &List {
        self.lists.of(self.stage.screen)
    }

    /// The list that shows, to be changed.
    pub fn list_mut(&mut self) -> &mut List {
        self.lists.of_mut(self.stage.screen)
    }

    /// The object that is looked at: the one under the cursor.
    pub fn selected(&self) -> Option<&Ref> {
        self.list().cursor.as_ref()
    }

    /// What an action is about: the marks, else the object under the cursor.
    pub fn targets(&self) -> Vec<Ref> {
        let list = self.list();
        if list.marks.is_empty() {
            self.selected().cloned().into_iter().collect()
        } else {
            // in the order of the list, then those that it does not show
            let mut targets: Vec<Ref> = list
                .shown()
                .filter(|item| list.marks.contains(item))
                .cloned()
                .collect();
            let shown: BTreeSet<&Ref> = targets.iter().collect();
            let hidden: Vec<Ref> = list
                .marks
                .iter()
                .filter(|mark| !shown.contains(mark))
                .cloned()
                .collect();
            targets.extend(hidden);
            targets
        }
    }

    /// Whether the detail is on the screen.
    pub fn shows_detail(&self) -> bool {
        self.areas().detail.width > 0
    }

    /// Whether a log is on the screen.
    pub fn shows_log(&self) -> bool {
        self.shows_detail()
            && self.stage.screen == Screen::Containers
            && self.stage.tab == Tab::Logs
    }

    /// Whether lines of a log are on the screen: the log, or the end of it.
    fn shows_lines(&self) -> bool {
        self.shows_detail() && matches!(self.stage.tab, Tab::Logs | Tab::Why)
    }

    /// Whether the connection screen shows in place of the list: no host has ever shown its
    /// containers.
    pub fn shows_connection(&self) -> bool {
        !self.world.is_loaded() && self.stage.screen == Screen::Containers
    }

    /// The page of the tab that shows, when it is one of rows.
    pub fn page(&self) -> Page {
        self.selected()
            .map(|target| tabs::page(self, target, self.stage.tab))
            .unwrap_or_default()
    }

    /// When something changes by itself next: a toast goes, an age grows.
    pub fn next_wake(&self) -> Option<Time> {
        let second = Time::from_secs(self.now.secs() + 1);
        let counting = self
            .world
            .hosts
            .values()
            .any(|host| matches!(host.link, Some(Link::Down { .. } | Link::Connecting { .. })));
        let working = self.jobs.running().next().is_some();
        let counting = counting.then_some(second);
        let working = working.then_some(Time(self.now.0 + 120));
        // ages grow even where nothing is sampled
        let ageing = self
            .world
            .is_loaded()
            .then(|| Time::from_secs(self.now.secs() + 30));
        [self.toasts.next(), counting, working, ageing]
            .into_iter()
            .flatten()
            .min()
    }

    /// Keeps a typed command for later.
    pub(crate) fn remember(&mut self, line: &str) {
        self.history.retain(|other| other != line);
        self.history.push(line.to_owned());
        if self.history.len() > HISTORY {
            self.history.remove(0);
        }
    }
}
