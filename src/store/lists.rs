//! The lists that there are, one for each screen that shows one.

use super::list::List;
use super::stage::Screen;
use crate::config::ListSettings;
use crate::resource::containers::Containers;
use crate::resource::events::Events;
use crate::resource::health::Findings;
use crate::resource::hosts::Hosts;

/// The lists, by kind.
#[derive(Debug)]
pub struct Lists {
    /// The containers.
    pub containers: List,
    /// The hosts.
    pub hosts: List,
    /// What happened.
    pub events: List,
    /// What is wrong.
    pub health: List,
}

impl Lists {
    /// The lists as the settings and their kinds want them.
    pub fn new(settings: &ListSettings) -> Self {
        let mut events = List::of(&Events);
        // health checks alone would fill it with their execs
        events.stopped = false;
        Self {
            containers: List::new(&Containers, settings),
            hosts: List::of(&Hosts),
            events,
            health: List::of(&Findings),
        }
    }

    /// The list of a screen; of one without, the containers.
    pub fn of(&self, screen: Screen) -> &List {
        match screen {
            Screen::Containers | Screen::Journal => &self.containers,
            Screen::Hosts => &self.hosts,
            Screen::Events => &self.events,
            Screen::Health => &self.health,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, screen: Screen) -> &mut List {
        match screen {
            Screen::Containers | Screen::Journal => &mut self.containers,
            Screen::Hosts => &mut self.hosts,
            Screen::Events => &mut self.events,
            Screen::Health => &mut self.health,
        }
    }
}
