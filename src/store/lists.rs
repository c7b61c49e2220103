//! The lists that there are, one for each screen that shows one.

use super::list::List;
use super::listing::Listing;
use super::stage::Screen;
use crate::config::{Fault, ScreenSettings, Settings};
use crate::model::text::nearest;
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

/// Whether the columns that the settings name exist.
///
/// # Errors
/// The first that does not, with its line and the nearest that does.
pub(super) fn check_columns(settings: &Settings, text: &str) -> Result<(), Fault> {
    let (list, screens) = (&settings.list, &settings.screens);
    let containers = list.columns.iter().chain([&list.sort]);
    let mut named: Vec<(&dyn Listing, &String)> = Vec::new();
    named.extend(containers.map(|name| (&Containers as &dyn Listing, name)));
    let others: [(&dyn Listing, _); 3] = [
        (&Hosts, &screens.hosts),
        (&Events, &screens.events),
        (&Findings, &screens.health),
    ];
    for (listing, rows) in others {
        let columns = rows.columns.iter().flatten().chain(&rows.sort);
        named.extend(columns.map(|name| (listing, name)));
    }
    let mut wrong = named.into_iter();
    let Some((listing, wrong)) = wrong.find(|(listing, name)| listing.column(name).is_none())
    else {
        return Ok(());
    };
    let near = nearest(wrong, listing.heads().map(|head| head.id));
    let near = near.map(|near| format!("; did you mean `{near}`?"));
    let message = format!("there is no column `{wrong}`{}", near.unwrap_or_default());
    Err(Fault::of(wrong, text, message))
}
