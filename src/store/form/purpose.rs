//! What a form is for: plain functions over the store, and what else can be done with it.

use crate::form::{Fault, Form, Preview, Suggestion, Values};
use crate::model::Problem;
use crate::store::Store;
use crate::store::actions::Call;
use crate::store::message::Effects;
use crate::store::paths::TypedPath;

/// What a form is for: plain functions over the store and what the form was opened with.
#[derive(Debug)]
pub struct Purpose {
    /// What is wrong across its fields, or with what the store knows.
    pub check: fn(&Store, &Call, &Values) -> Vec<Fault>,
    /// What its values come to in other words.
    pub preview: fn(&Store, &Call, &Values) -> Vec<Preview>,
    /// Does it. Called with faultless values only; with faults the form stays.
    pub submit: fn(&mut Store, &Call, &Values) -> Result<Effects, Vec<Fault>>,
    /// What a field can be completed to that depends on other fields or on what is typed in it;
    /// none: what it has itself.
    pub words: fn(&Values, &Typing<'_>) -> Option<Vec<Suggestion>>,
    /// The path of this machine that is typed in a field, where it is no field of paths alone.
    pub path: fn(&Store, &Typing<'_>) -> Option<TypedPath>,
    /// The form as it would be opened now: when more is known of what its host's engine has, what
    /// its fields offer is taken from there. None: it offers nothing of that.
    pub fresh: Option<fn(&Store, &Call) -> Form>,
    /// Takes a pasted text that is meant for the form as a whole; none: it is typed.
    pub paste: fn(&mut Store, &str) -> Option<Effects>,
    /// What else can be done with it.
    pub more: &'static [More],
    /// Where a failure of what was submitted belongs: then the form waits for its job and comes
    /// back with the reason. None: the form is done with once it is submitted.
    pub failed: Option<fn(&Problem) -> Fault>,
    /// What can be tried with its values before it is submitted; the form stays.
    pub trial: Option<Trial>,
}

/// What a form can try before it is submitted.
#[derive(Debug)]
pub struct Trial {
    /// The verb on its button.
    pub verb: &'static str,
    /// Does it. Called with faultless values only.
    pub run: fn(&mut Store, &Call, &Values) -> Effects,
}

impl Purpose {
    /// Does nothing: what rows leave unsaid.
    pub const BASE: Self = Self {
        check: |_, _, _| Vec::new(),
        preview: |_, _, _| Vec::new(),
        submit: |_, _, _| Ok(Vec::new()),
        words: |_, _| None,
        path: |_, _| None,
        fresh: None,
        paste: |_, _| None,
        more: &[],
        failed: None,
        trial: None,
    };
}

/// A field in which something is typed.
#[derive(Clone, Copy, Debug)]
pub struct Typing<'a> {
    /// The field's id.
    pub field: &'a str,
    /// What stands in the row in focus.
    pub text: &'a str,
    /// Where the form's object is.
    pub call: &'a Call,
}

/// Something else that can be done with the uppermost form.
#[derive(Debug)]
pub struct More {
    /// What it is called.
    pub label: &'static str,
    /// What it does: one sentence.
    pub about: &'static str,
    /// Does it.
    pub run: fn(&mut Store) -> Effects,
}
