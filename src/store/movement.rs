//! Moving, searching and clearing in whatever has the focus.

use super::Store;
use super::filter::smart_regex;
use super::jobs::{Job, Purpose, Step, StepState};
use super::listing::Known;
use super::logs::Search;
use super::message::{Effect, Effects};
use super::overlay::Overlay;
use super::page::Page;
use super::stage::{Pane, Screen, Tab};
use super::tabs;
use crate::model::{Ref, units};
use crate::protocol::Command;

/// Log lines fetched at once when one scrolls to the oldest held.
const OLDER: u64 = 1_000;
/// Share of the log budget up to which older lines are fetched.
const OLDER_BYTES: usize = 64 << 20;

impl Store {
    /// Rows of the focused pane.
    pub(super) fn screen_rows(&self) -> isize {
        let areas = self.areas();
        let rows = match (self.stage.screen, self.stage.pane, self.stage.tab) {
            _ if self.output_in_sight().is_some() => usize::from(self.log_area().height),
            (Screen::Journal, _, _) | (_, Pane::List, _) => areas.list_rows(),
            (_, Pane::Detail, Tab::Logs) => usize::from(areas.log().height),
            (_, Pane::Detail, _) => usize::from(areas.page().height),
        };
        rows.saturating_sub(1).max(1) as isize
    }

    /// Moves by rows in whatever has the focus; `page` scrolls with it.
    pub(super) fn move_by(&mut self, by: isize, page: bool) -> Effects {
        if self.reads_output() {
            self.move_in_log(by, page);
            return Vec::new();
        }
        if !self.overlays.is_empty() {
            self.move_overlay(by);
            return Vec::new();
        }
        match (self.stage.screen, self.stage.pane) {
            (Screen::Journal, _) => {
                self.journal_place = self.journal_place.saturating_add_signed(by);
            }
            (_, Pane::List) => self.list_mut().step(by),
            (_, Pane::Detail) => return self.move_in_detail(by, page),
        }
        Vec::new()
    }

    /// Moves to the first or the last row.
    pub(super) fn move_to_end(&mut self, first: bool) -> Effects {
        let far = if first {
            isize::MIN / 2
        } else {
            isize::MAX / 2
        };
        let in_log = self.overlays.is_empty()
            && self.stage.screen == Screen::Containers
            && self.stage.pane == Pane::Detail
            && self.stage.tab == Tab::Logs
            || self.reads_output();
        if !in_log {
            if self.overlays.is_empty()
                && self.stage.screen.has_list()
                && self.stage.pane == Pane::List
            {
                let place = if first { 0 } else { usize::MAX };
                self.list_mut().go_to(place, if first { 1 } else { -1 });
                return Vec::new();
            }
            return self.move_by(far, false);
        }
        let room = self.log_room();
        if let Some(log) = self.log_in_sight_mut() {
            if first { log.first(room) } else { log.follow() }
        }
        if first {
            self.fetch_older()
        } else {
            Vec::new()
        }
    }

    /// Moves in the detail by rows.
    pub(super) fn move_in_detail(&mut self, by: isize, page: bool) -> Effects {
        match self.stage.tab {
            Tab::Stats => {}
            Tab::Logs => {
                self.move_in_log(by, page);
                return self.fetch_older();
            }
            Tab::Inspect
            | Tab::Env
            | Tab::Ports
            | Tab::Mounts
            | Tab::Networks
            | Tab::Processes
            | Tab::Health
            | Tab::Events
            | Tab::Why
            | Tab::Hardening
            | Tab::Files
            | Tab::Host => {
                let rows = self.page();
                let place = self.pages.view(self.stage.tab).place_on(&rows);
                self.stand_on_page(place.saturating_add_signed(by));
            }
        }
        Vec::new()
    }

    /// Whether the uppermost thing over the screen is an output.
    pub(super) fn reads_output(&self) -> bool {
        matches!(self.overlays.last(), Some(Overlay::Output(_)))
    }

    /// Moves in the log that is read.
    fn move_in_log(&mut self, by: isize, page: bool) {
        let room = self.log_room();
        if let Some(log) = self.log_in_sight_mut() {
            if page {
                log.page(by as i64, room);
            } else {
                log.step(by as i64, room);
            }
        }
    }

    /// Puts the page's cursor on a row.
    pub(super) fn stand_on_page(&mut self, place: usize) {
        let page = self.page();
        let height = usize::from(self.areas().page().height);
        let tab = self.stage.tab;
        self.pages.view_mut(tab).stand_on(place, &page, height);
    }

    /// Asks for older lines, when one looks at the oldest that are held.
    fn fetch_older(&mut self) -> Effects {
        let room = self.log_room();
        let target = self.selected().filter(|_| self.output_in_sight().is_none());
        let Some(target) = target.cloned() else {
            return Vec::new();
        };
        let name = self.world.name_of(&target);
        let Some(log) = self.logs.get_mut(&target) else {
            return Vec::new();
        };
        let at_top = !log.view.follow && log.top(room).0 == log.buffer.first();
        let room_left = log.buffer.bytes() < OLDER_BYTES && log.buffer.dropped() == 0;
        let Some(before) = log
            .oldest_time()
            .filter(|_| at_top && room_left && !log.complete)
        else {
            return Vec::new();
        };
        if log.fetching.is_some() {
            return Vec::new();
        }
        log.fetching = Some((log.buffer.first(), before));
        let held = log.buffer.len();
        let command = Command::OlderLines {
            id: target.id.clone(),
            before,
            held,
            count: OLDER,
        };
        self.jobs.begin(
            "logs",
            vec![(target, name, command)],
            Purpose::OlderLines,
            self.now,
        )
    }

    // ---- filter and searches

    /// Searches the log that shows; `as_regex` changes how the text is meant.
    pub(super) fn search_log(&mut self, text: &str, as_regex: Option<bool>) -> Effects {
        let id = self.logs.next_search();
        let Some(log) = self.log_in_sight_mut() else {
            return Vec::new();
        };
        let before = log.search.take();
        let replaced = before.as_ref().and_then(|search| search.running);
        let is_regex = as_regex.unwrap_or(before.as_ref().is_some_and(|search| search.is_regex));
        let origin = before.map_or_else(
            || {
                if log.view.follow {
                    u64::MAX
                } else {
                    log.view.cursor
                }
            },
            |search| search.origin,
        );
        let pattern = if is_regex {
            text.to_owned()
        } else {
            regex::escape(text)
        };
        let (regex, fault) = match smart_regex(&pattern) {
            _ if text.is_empty() => (None, None),
            Ok(regex) => (Some(regex), None),
            Err(fault) => (None, Some(fault)),
        };
        let running = regex.as_ref().map(|_| id);
        log.search = Some(Search {
            text: text.to_owned(),
            is_regex,
            regex: regex.clone(),
            fault,
            running,
            hits: Vec::new(),
            origin,
            searched: log.buffer.first()..log.buffer.end(),
        });
        let mut effects: Effects = replaced.map(Effect::EndSearch).into_iter().collect();
        if let Some(regex) = regex {
            effects.push(Effect::Search(id, log.buffer.chunks().collect(), regex));
        }
        effects
    }

    /// The search of the log that shows, and whether it is an expression; what is searched next is
    /// searched from the cursor on.
    pub(super) fn search_from_here(&mut self) -> Option<(String, bool)> {
        let log = self.log_in_sight_mut()?;
        let origin = match log.view.follow {
            true => u64::MAX,
            false => log.view.cursor,
        };
        let search = log.search.as_mut()?;
        search.origin = origin;
        Some((search.text.clone(), search.is_regex))
    }

    /// Ends the search of the log that shows.
    pub(super) fn clear_log_search(&mut self) {
        if let Some(log) = self.log_in_sight_mut() {
            log.search = None;
        }
    }

    /// Goes to the next or the previous hit; none: to the one the search found.
    pub(super) fn go_to_log_hit(&mut self, backwards: Option<bool>) -> Effects {
        let room = self.log_room();
        let Some(log) = self.log_in_sight_mut() else {
            return Vec::new();
        };
        if log
            .search
            .as_ref()
            .is_none_or(|search| search.text.is_empty())
        {
            log.search = None;
            return Vec::new();
        }
        let Some(backwards) = backwards else {
            return Vec::new();
        };
        match log.next_hit(backwards) {
            Some(hit) => {
                log.hold(room);
                log.view.cursor = hit;
                log.show_cursor(room);
            }
            None => self.toasts.explain("no line holds that", self.now),
        }
        Vec::new()
    }

    /// Searches the page that shows, in closed branches too, and goes to the first hit from the
    /// cursor on.
    pub(super) fn search_page(&mut self, text: &str) {
        let tab = self.stage.tab;
        text.clone_into(&mut self.pages.view_mut(tab).search);
        let (whole, place, hits) = self.whole_page();
        if let Some(hit) = hits.iter().find(|hit| **hit >= place).or(hits.first()) {
            // what a shorter text had opened closes again
            let view = self.pages.view_mut(tab);
            for path in std::mem::take(&mut view.opened) {
                view.toggled.remove(&path);
            }
            let opened = view.open_above(&whole, *hit);
            view.opened = opened;
            self.stand_on_row(&whole, *hit);
        }
    }

    /// Goes to the next or the previous hit on the page, in closed branches too.
    pub(super) fn go_to_page_hit(&mut self, backwards: bool) {
        let (whole, place, hits) = self.whole_page();
        let hit = if backwards {
            hits.iter().rev().find(|hit| **hit < place).or(hits.last())
        } else {
            hits.iter().find(|hit| **hit > place).or(hits.first())
        };
        match hit {
            Some(hit) => {
                // one stays where the search led: what it opened is no longer tried only
                let view = self.pages.view_mut(self.stage.tab);
                view.opened.clear();
                view.open_above(&whole, *hit);
                self.stand_on_row(&whole, *hit);
            }
            None => self.toasts.explain("no row holds that", self.now),
        }
    }

    /// Of the rows that hold what is searched, folded ones too: how many there are, and which of
    /// them, from 1, is under the cursor. None while nothing is searched.
    pub fn page_hits(&self) -> Option<(usize, Option<usize>)> {
        if self.pages.view(self.stage.tab).search.is_empty() {
            return None;
        }
        let (_, place, hits) = self.whole_page();
        let at = hits.iter().position(|hit| *hit == place);
        Some((hits.len(), at.map(|at| at + 1)))
    }

    /// The page with nothing folded, the cursor's row on it, and its hits.
    fn whole_page(&self) -> (Page, usize, Vec<usize>) {
        let tab = self.stage.tab;
        let whole = self
            .selected()
            .map(|target| tabs::whole(self, target, tab))
            .unwrap_or_default();
        let view = self.pages.view(tab);
        let page = self.page();
        // places count the rows that show; the path is the same on both
        let at = page.rows.get(view.place_on(&page));
        let place = at
            .and_then(|at| whole.rows.iter().position(|row| row.path == at.path))
            .unwrap_or_default();
        let hits = view.hits(&whole);
        (whole, place, hits)
    }

    /// Stands on a row of the whole page, which shows by now.
    fn stand_on_row(&mut self, whole: &Page, place: usize) {
        let shown = self.page();
        let path = whole.rows.get(place).map(|row| &row.path);
        if let Some(place) = shown.rows.iter().position(|row| Some(&row.path) == path) {
            self.stand_on_page(place);
        }
    }

    // ---- going somewhere

    /// Selects an object, taking away what hides it.
    pub(super) fn show(&mut self, target: &Ref) {
        self.stage.show(Screen::Containers);
        if self.lists.containers.select(target) {
            return;
        }
        let scope = self.world.scope.as_ref();
        if scope.is_some_and(|scope| *scope != target.host) {
            self.show_host(None);
        }
        let list = &mut self.lists.containers;
        list.set_filter("");
        list.stopped = true;
        list.folded.clear();
        list.touch();
        list.settle(Known {
            roster: &self.roster,
            world: &self.world,
            jobs: &self.jobs,
            now: self.now,
            zone: self.zone,
        });
        list.select(target);
    }

    /// Goes back from the detail to the list, which shares the screen with it again.
    pub(super) fn leave_detail(&mut self) {
        self.stage.pane = Pane::List;
        self.stage.zoom = false;
    }

    /// The container whose detail has the keys, and its name.
    pub(super) fn looked_into(&self) -> Option<(Ref, String)> {
        let target = self
            .selected()
            .filter(|_| self.stage.pane == Pane::Detail)?;
        self.world.container(target)?;
        Some((target.clone(), self.world.told_name(target)))
    }

    /// Goes back to the list when a container that is looked into is no more: keys that are meant
    /// for it must not reach another.
    pub(super) fn leave_removed(&mut self, target: &Ref, name: &str) {
        if self.world.container(target).is_some() {
            return;
        }
        self.leave_detail();
        if self.jobs.verb_on(target).is_none() {
            let text = format!("{name} was removed");
            self.toasts.explain(text, self.now);
        }
    }

    /// Clears one thing: a search, a range, marks, the filter; at last it leaves the detail.
    pub(super) fn clear_one(&mut self) -> Effects {
        let tab = self.stage.tab;
        if self.stage.screen == Screen::Journal {
            self.stage.show(Screen::Containers);
        } else if self.stage.pane == Pane::Detail {
            if tab == Tab::Logs && self.selected_log_search().is_some() {
                self.clear_log_search();
            } else if tab != Tab::Logs && !self.pages.view(tab).search.is_empty() {
                self.pages.view_mut(tab).search.clear();
            } else if let Some(effects) = self.close_file() {
                return effects;
            } else {
                self.leave_detail();
            }
        } else if self.list_mut().range.take().is_some() {
        } else if !self.list().marks.is_empty() {
            self.list_mut().marks.clear();
        } else if !self.list().filter.text.is_empty() {
            self.list_mut().set_filter("");
        } else if let Some(toast) = self.toasts.toasts.pop_back() {
            drop(toast);
        }
        Vec::new()
    }

    /// All that is known of the job under the journal's cursor: title and lines.
    pub(super) fn job_record(&self) -> Option<(String, Vec<String>)> {
        let job = self.jobs.journal().nth(self.journal_place)?;
        let title = format!("{} {}", job.verb, self.subject_of(job));
        let began = job
            .began
            .in_zone(self.zone)
            .format("%Y-%m-%d %H:%M:%S%.3f %:z");
        let mut lines = vec![job.docker_line(), String::new(), format!("began  {began}")];
        lines.push(match job.ended {
            Some(ended) => format!("took   {}", units::took(ended.since(job.began))),
            None => format!("running for {}", units::took(self.now.since(job.began))),
        });
        lines.push(String::new());
        for (step, place) in recorded(job) {
            match &step.state {
                StepState::Waiting => lines.push(format!("{place}: waits")),
                StepState::Skipped => lines.push(format!("{place}: was not begun")),
                StepState::Running => lines.push(format!("{place}: under way")),
                StepState::Done => lines.push(format!("{place}: done")),
                StepState::Already => lines.push(format!("{place}: nothing to do")),
                StepState::Exited(code) => lines.push(format!("{place}: exit code {code}")),
                StepState::Failed(problem) => {
                    lines.push(format!("{place}: {}", problem.summary));
                    lines.extend(problem.detail.lines().map(|line| format!("  {line}")));
                    lines.push(format!("  {}", problem.hint));
                }
            }
        }
        Some((title, lines))
    }

    /// Opens a line for the filter even from another pane.
    pub fn is_typing(&self) -> bool {
        matches!(self.overlays.last(), Some(Overlay::Prompt(_)))
    }
}

/// The steps of a job with what stands before how each ended: a plan's by their lines, then what
/// was undone.
fn recorded(job: &Job) -> Vec<(&Step, String)> {
    if job.plan.is_none() {
        let place = |step: &Step| format!("{} on {}", step.name, step.target.host);
        return job.steps.iter().map(|step| (step, place(step))).collect();
    }
    let steps = job.steps.iter().map(|step| (step, step.docker_line()));
    let undone = job.undone.iter();
    let undone = undone.map(|step| (step, format!("undo: {}", step.docker_line())));
    steps.chain(undone).collect()
}
