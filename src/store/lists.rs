//! The lists that there are, one for each screen that shows one.

use super::list::List;
use super::stage::Screen;
use crate::config::{ScreenSettings, Settings};
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
    pub fn new(settings: &Settings) -> Self {
        let screens = &settings.screens;
        Self {
            containers: List::new(&Containers, &settings.list),
            hosts: List::of(&Hosts, &screens.hosts),
            events: List::of(&Events, &screens.events),
            health: List::of(&Findings, &screens.health),
        }
    }

    /// What the settings file is to say of the lists beside the containers': what differs from
    /// their kinds' defaults, or from what it says now.
    pub fn rows(&self, said: &ScreenSettings) -> ScreenSettings {
        ScreenSettings {
            hosts: self.hosts.rows(&said.hosts),
            events: self.events.rows(&said.events),
            health: self.health.rows(&said.health),
        }
    }

    /// Every list, to be changed.
    pub fn all_mut(&mut self) -> [&mut List; 4] {
        [
            &mut self.containers,
            &mut self.hosts,
            &mut self.events,
            &mut self.health,
        ]
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
