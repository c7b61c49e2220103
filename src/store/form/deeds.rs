//! What is done with a form as a whole: opened, checked after each change, submitted, brought back.

use super::{FormState, Purpose};
use crate::form::{Fault, Form, Values};
use crate::model::{Problem, ProblemKind};
use crate::protocol::{JobId, Reply};
use crate::store::Store;
use crate::store::actions::Call;
use crate::store::jobs;
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay};
use crate::store::paths::{Listing, TypedPath};

impl Store {
    /// Opens a form.
    pub fn open_form(&mut self, form: Form, purpose: &'static Purpose, call: Call) {
        let state = FormState::new(form, purpose, call);
        self.overlays.push(Overlay::Form(Box::new(state)));
        self.check_form();
    }

    /// Does something to the uppermost form, then says anew what is wrong with it and what it
    /// comes to.
    pub(in crate::store) fn with_form(&mut self, deed: impl FnOnce(&mut FormState)) {
        if let Some(Overlay::Form(form)) = self.overlays.last_mut() {
            deed(form);
        }
        self.check_form();
    }

    /// Says anew what is wrong with the uppermost form and what it comes to.
    pub(in crate::store) fn check_form(&mut self) {
        let Some(Overlay::Form(form)) = self.overlays.last() else {
            return;
        };
        let values = form.values();
        let mut faults = form.own_faults();
        faults.extend((form.purpose.check)(self, &form.call, &values));
        let preview = (form.purpose.preview)(self, &form.call, &values);
        if let Some(Overlay::Form(form)) = self.overlays.last_mut() {
            (form.faults, form.preview, form.held) = (faults, preview, values);
            form.refused = false;
        }
    }

    /// Offers what the focused field of the uppermost form can be completed to; all of it when
    /// asked for. A folder whose names are not known is asked for them.
    pub(in crate::store) fn offer_words(&mut self, all: bool) -> Effects {
        let Some(Overlay::Form(form)) = self.overlays.last() else {
            return Vec::new();
        };
        let Some(typing) = form.typing() else {
            return Vec::new();
        };
        let mut words = (form.purpose.words)(&form.held, &typing);
        let mut asked = Vec::new();
        let path = match form.takes_path() {
            true => Some(TypedPath::new("", typing.text)),
            false => (form.purpose.path)(self, &typing),
        };
        let mut waits = None;
        if let Some(path) = path.filter(|path| all || path.rooted || !path.is_empty()) {
            match self.paths.ways(&path) {
                Some(ways) => {
                    let own = words.unwrap_or_else(|| form.suggestions().to_vec());
                    words = Some(ways.into_iter().chain(own).collect());
                }
                None => {
                    asked = self.paths.ask(&path);
                    waits = Some(all);
                }
            }
        }
        let lists = |form: &FormState| {
            let target = form.call.targets.first();
            let under_way = |host| self.jobs.is_under_way(jobs::Purpose::Names, host);
            form.purpose.fresh.is_some() && target.is_some_and(|target| under_way(&target.host))
        };
        let listed = matches!(self.overlays.last(), Some(Overlay::Form(form)) if lists(form));
        if let Some(Overlay::Form(form)) = self.overlays.last_mut() {
            form.offer(words.as_deref(), all);
            form.waits = waits.or((all && listed && form.words.is_empty()).then_some(all));
        }
        asked
    }

    /// It is known what stands in a folder: a form that waits for it offers it.
    pub(in crate::store) fn learn_folder(&mut self, listing: Listing) -> Effects {
        let mut effects = self.paths.learn(listing);
        if let Some(Overlay::Form(form)) = self.overlays.last()
            && let Some(all) = form.waits
            && effects.is_empty()
        {
            effects = self.offer_words(all);
        }
        effects
    }

    /// Lists what else can be done with the uppermost form.
    pub(in crate::store) fn more_of_form(&mut self) {
        let Some(Overlay::Form(form)) = self.overlays.last() else {
            return;
        };
        let items = form.purpose.more.iter().map(|more| MenuItem {
            label: more.label.to_owned(),
            key: String::new(),
            about: more.about.to_owned(),
            refused: None,
            switch: None,
            deed: Deed::More(more),
        });
        let items: Vec<MenuItem> = items.collect();
        if !items.is_empty() {
            self.overlays
                .push(Overlay::Menu(Menu::searched("With this form", items)));
        }
    }

    /// Puts values into the uppermost form.
    pub(in crate::store) fn fill_form(&mut self, values: &Values) {
        self.with_form(|form| {
            form.leaving = false;
            form.words.clear();
            form.fill(values);
            // rows may have gone from under the focus
            form.step(0);
        });
    }

    /// Whether the uppermost form is faultless; else it goes to the first of its faults.
    fn is_form_right(&mut self) -> bool {
        self.with_form(|form| {
            form.tried = true;
            form.words.clear();
            form.leaving = false;
        });
        let Some(Overlay::Form(form)) = self.overlays.last_mut() else {
            return false;
        };
        if form.is_wrong() {
            form.go_to_fault();
        }
        !form.is_wrong()
    }

    /// Tries what the uppermost form says, where it can be; the form stays.
    pub(in crate::store) fn try_form(&mut self) -> Effects {
        if !self.is_form_right() {
            return Vec::new();
        }
        let Some(Overlay::Form(form)) = self.overlays.last() else {
            return Vec::new();
        };
        let (purpose, call, values) = (form.purpose, form.call.clone(), form.values());
        match &purpose.trial {
            Some(trial) => (trial.run)(self, &call, &values),
            None => Vec::new(),
        }
    }

    /// Submits the uppermost form; with faults it stays, at the first of them.
    pub(in crate::store) fn submit_form(&mut self) -> Effects {
        if !self.is_form_right() {
            return Vec::new();
        }
        let Some(Overlay::Form(form)) = self.overlays.pop() else {
            return Vec::new();
        };
        match (form.purpose.submit)(self, &form.call, &form.values()) {
            Ok(effects) => {
                if let (Some(_), Some(Effect::Run(job, ..) | Effect::Plan(job, ..))) =
                    (form.purpose.failed, effects.first())
                {
                    self.sent.push((*job, form));
                }
                effects
            }
            Err(faults) => {
                self.bring_back(form, faults);
                Vec::new()
            }
        }
    }

    /// A job ended: a form that waited for it comes back where it failed. None: it did, and the
    /// failure is told there.
    pub(in crate::store) fn form_of(
        &mut self,
        job: JobId,
        result: Result<Reply, Problem>,
    ) -> Option<Result<Reply, Problem>> {
        let Some(at) = self.sent.iter().position(|(of, _)| *of == job) else {
            return Some(result);
        };
        let (_, form) = self.sent.remove(at);
        match (form.purpose.failed, result) {
            (Some(place), Err(problem)) if problem.kind != ProblemKind::Cancelled => {
                let fault = place(&problem);
                self.overlays
                    .retain(|o| !matches!(o, Overlay::Output(of) if *of == job));
                self.bring_back(form, vec![fault]);
                None
            }
            (_, result) => Some(result),
        }
    }

    /// A form comes back with all its values and what was wrong with them.
    pub(in crate::store) fn bring_back(&mut self, mut form: Box<FormState>, faults: Vec<Fault>) {
        (form.faults, form.refused) = (faults, true);
        form.go_to_fault();
        self.overlays.push(Overlay::Form(form));
    }
}
