//! Whose keys are live, by what has the focus.

use super::Store;
use super::actions::{Action, Scope};
use super::stage::{Pane, Screen, Tab};

impl Store {
    /// The scopes whose keys are live, first those that win.
    pub fn scopes(&self) -> Vec<Scope> {
        if self.output_in_sight().is_some() {
            return vec![Scope::Logs, Scope::Global];
        }
        if self.shows_connection() {
            return vec![Scope::Connect, Scope::Global];
        }
        match (self.stage.screen, self.stage.pane, self.stage.tab) {
            (Screen::Journal, _, _) => vec![Scope::Journal, Scope::Global],
            (Screen::Hosts, Pane::List, _) => vec![Scope::Hosts, Scope::List, Scope::Global],
            (Screen::Events, _, _) => vec![Scope::Events, Scope::List, Scope::Global],
            (Screen::Health, _, _) => {
                vec![Scope::Health, Scope::List, Scope::Containers, Scope::Global]
            }
            (Screen::Hosts, Pane::Detail, _) => vec![Scope::Page, Scope::Hosts, Scope::Global],
            (_, Pane::List, _) => vec![Scope::List, Scope::Containers, Scope::Global],
            (_, Pane::Detail, Tab::Logs) => vec![Scope::Logs, Scope::Containers, Scope::Global],
            (_, Pane::Detail, Tab::Stats) => vec![Scope::Stats, Scope::Containers, Scope::Global],
            (_, Pane::Detail, Tab::Processes) => vec![
                Scope::Processes,
                Scope::Page,
                Scope::Containers,
                Scope::Global,
            ],
            (_, Pane::Detail, Tab::Ports) => {
                vec![Scope::Ports, Scope::Page, Scope::Containers, Scope::Global]
            }
            (_, Pane::Detail, Tab::Files) => {
                vec![Scope::Files, Scope::Page, Scope::Containers, Scope::Global]
            }
            (_, Pane::Detail, _) => vec![Scope::Page, Scope::Containers, Scope::Global],
        }
    }

    /// Whether an action's keys are live now.
    pub fn is_live(&self, action: &Action) -> bool {
        self.scopes().contains(&action.scope)
    }
}
