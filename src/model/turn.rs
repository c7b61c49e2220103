//! A turn in a container's life as its event tells it, ahead of the list that tells it in full.

use super::container::{Container, State};
use super::event::Event;

/// What happened to a container's main process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It began.
    Started,
    /// It ended.
    Ended {
        /// Its exit code, where that is known.
        code: Option<i32>,
        /// Whether the restart policy is expected to start it again.
        again: bool,
    },
    /// It was frozen.
    Paused,
    /// It goes on after it was frozen.
    Unpaused,
}

impl Turn {
    /// The turn that an event tells of. Podman says `died` where Docker says `die`.
    pub fn read(event: &Event) -> Option<Self> {
        match &*event.action {
            "start" => Some(Self::Started),
            "die" | "died" => Some(Self::Ended {
                code: event.exit_code().and_then(|code| code.try_into().ok()),
                again: false,
            }),
            "pause" => Some(Self::Paused),
            "unpause" => Some(Self::Unpaused),
            _ => None,
        }
    }
}

impl Container {
    /// Takes in a turn, in the words of a list that was asked for at that moment. One that is
    /// known already changes nothing.
    pub fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Started if !self.state.runs() => {
                (self.state, self.health, self.exit_code) = (State::Running, None, None);
                self.status = "Up Less than a second".into();
            }
            // one that is to be started again has ended already
            Turn::Ended { code, again } if self.state.runs() => {
                let (state, word) = match again {
                    true => (State::Restarting, "Restarting"),
                    false => (State::Exited, "Exited"),
                };
                (self.state, self.health, self.exit_code) = (state, None, code);
                self.status = match code {
                    Some(code) => format!("{word} ({code}) Less than a second ago").into(),
                    None => word.into(),
                };
            }
            Turn::Paused if self.state == State::Running => {
                self.state = State::Paused;
                self.status = format!("{} (Paused)", self.status).into();
            }
            Turn::Unpaused if self.state == State::Paused => {
                self.state = State::Running;
                if let Some(before) = self.status.strip_suffix(" (Paused)") {
                    self.status = before.into();
                }
            }
            Turn::Started | Turn::Ended { .. } | Turn::Paused | Turn::Unpaused => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, Labels, Time};

    #[test]
    fn a_turn_is_worded_as_a_list_would_word_it() {
        let mut web = Container {
            id: Id::new("a"),
            name: "web".into(),
            image: "nginx".into(),
            command: Box::default(),
            created: Time(0),
            state: State::Exited,
            status: "Exited (3) 2 hours ago".into(),
            health: None,
            exit_code: Some(3),
            ports: Vec::new(),
            networks: Vec::new(),
            labels: Labels::default(),
            mounts: Vec::new(),
            brief: None,
        };
        let ended = |code, again| Turn::Ended { code, again };
        for (turn, state, status, code) in [
            (Turn::Started, State::Running, "Up Less than a second", None),
            (
                Turn::Paused,
                State::Paused,
                "Up Less than a second (Paused)",
                None,
            ),
            (
                Turn::Unpaused,
                State::Running,
                "Up Less than a second",
                None,
            ),
            // a list was quicker than the event
            (Turn::Started, State::Running, "Up Less than a second", None),
            (
                ended(Some(137), true),
                State::Restarting,
                "Restarting (137) Less than a second ago",
                Some(137),
            ),
            // it has ended already
            (
                ended(None, false),
                State::Restarting,
                "Restarting (137) Less than a second ago",
                Some(137),
            ),
        ] {
            web.turn(turn);
            assert_eq!(
                (web.state, &*web.status, web.exit_code),
                (state, status, code)
            );
        }
    }
}
