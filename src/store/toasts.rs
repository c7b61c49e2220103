//! Short messages that go by themselves. What matters stays in the journal.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{Problem, ProblemKind, Time};
use crate::resource::Tone;

/// Toasts on the screen at once.
const MOST: usize = 4;
const SHORT: Duration = Duration::from_secs(4);
const LONG: Duration = Duration::from_secs(10);

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// What happened: one sentence.
    pub text: String,
    /// The engine's words and what to do, when something is wrong.
    pub more: Vec<String>,
    /// Good, or bad.
    pub tone: Tone,
    /// When it goes.
    pub until: Time,
}

/// The messages on the screen, newest last.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    /// The messages.
    pub toasts: VecDeque<Toast>,
}

impl Toasts {
    /// Tells that something was done.
    pub fn tell(&mut self, text: impl Into<String>, now: Time) {
        self.push(Toast {
            text: text.into(),
            more: Vec::new(),
            tone: Tone::Good,
            until: now + SHORT,
        });
    }

    /// Tells why a key does nothing.
    pub fn explain(&mut self, text: impl Into<String>, now: Time) {
        self.push(Toast {
            text: text.into(),
            more: Vec::new(),
            tone: Tone::Warn,
            until: now + SHORT,
        });
    }

    /// Tells what came of what the person gave up.
    pub fn note(&mut self, text: impl Into<String>, now: Time) {
        self.push(Toast {
            text: text.into(),
            more: Vec::new(),
            tone: Tone::Text,
            until: now + SHORT,
        });
    }

    /// Tells what went wrong; calmly what the person gave up.
    pub fn fail(&mut self, problem: &Problem, now: Time) {
        let more = [&problem.detail, &problem.hint];
        let more = more
            .into_iter()
            .filter(|text| !text.is_empty())
            .cloned()
            .collect();
        self.push(Toast {
            text: problem.summary.clone(),
            more,
            tone: match problem.kind {
                ProblemKind::Cancelled => Tone::Text,
                _ => Tone::Bad,
            },
            until: now + LONG,
        });
    }

    fn push(&mut self, toast: Toast) {
        self.toasts.retain(|other| other.text != toast.text);
        if self.toasts.len() == MOST {
            self.toasts.pop_front();
        }
        self.toasts.push_back(toast);
    }

    /// Lets go what has stood long enough.
    pub fn settle(&mut self, now: Time) {
        self.toasts.retain(|toast| toast.until > now);
    }

    /// When the next one goes.
    pub fn next(&self) -> Option<Time> {
        self.toasts.iter().map(|toast| toast.until).min()
    }
}
