//! What has the focus: screen, pane, tab; how the panes share the screen.

use std::collections::BTreeMap;

/// A whole screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// The containers.
    #[default]
    Containers,
    /// The hosts.
    Hosts,
    /// What happens.
    Events,
    /// What is wrong.
    Health,
    /// What was done: running jobs and the journal.
    Journal,
}

impl Screen {
    /// Every screen with its digit and title, in the order of their tabs.
    pub const ALL: [(Self, char, &'static str); 5] = [
        (Self::Containers, '1', "Containers"),
        (Self::Hosts, '7', "Hosts"),
        (Self::Events, '8', "Events"),
        (Self::Health, '9', "Health"),
        (Self::Journal, '0', "Journal"),
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(screen, ..)| *screen == self)
            .map_or("", |(_, _, title)| title)
    }

    /// Whether the detail of what is selected stands beside its list.
    pub fn has_detail(self) -> bool {
        match self {
            Self::Containers | Self::Hosts => true,
            Self::Events | Self::Health | Self::Journal => false,
        }
    }

    /// Whether it shows a list of objects.
    pub fn has_list(self) -> bool {
        match self {
            Self::Containers | Self::Hosts | Self::Events | Self::Health => true,
            Self::Journal => false,
        }
    }

    /// The tab that its detail shows at first.
    fn first_tab(self) -> Tab {
        match self {
            Self::Containers | Self::Events | Self::Health | Self::Journal => Tab::Logs,
            Self::Hosts => Tab::Host,
        }
    }
}

/// A part of a screen that can have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// The list.
    #[default]
    List,
    /// The detail of what is selected.
    Detail,
}

/// A tab of an object's detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the titles say it")]
pub enum Tab {
    #[default]
    Logs,
    Stats,
    Inspect,
    Env,
    Ports,
    Mounts,
    Networks,
    Processes,
    Health,
    Events,
    Why,
    Hardening,
    Files,
    Host,
}

impl Tab {
    /// The tabs of a container with their titles, in order.
    pub const CONTAINER: [(Self, &'static str); 13] = [
        (Self::Logs, "Logs"),
        (Self::Stats, "Stats"),
        (Self::Inspect, "Inspect"),
        (Self::Env, "Env"),
        (Self::Ports, "Ports"),
        (Self::Mounts, "Mounts"),
        (Self::Networks, "Networks"),
        (Self::Processes, "Processes"),
        (Self::Health, "Health"),
        (Self::Events, "Events"),
        (Self::Why, "Why"),
        (Self::Hardening, "Hardening"),
        (Self::Files, "Files"),
    ];

    /// The tabs of a host.
    pub const HOST: [(Self, &'static str); 1] = [(Self::Host, "Host")];

    /// The tabs that it stands among.
    pub fn among(self) -> &'static [(Self, &'static str)] {
        match self {
            Self::Host => &Self::HOST,
            _ => &Self::CONTAINER,
        }
    }

    /// Its place among them.
    pub fn place(self) -> usize {
        let tabs = self.among();
        tabs.iter().position(|(tab, _)| *tab == self).unwrap_or(0)
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        self.among()
            .get(self.place())
            .map_or("", |(_, title)| title)
    }
}

/// What has the focus, and how the panes share the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The screen.
    pub screen: Screen,
    /// The pane.
    pub pane: Pane,
    /// The detail's tab.
    pub tab: Tab,
    /// Pane and tab of the other screens as they were left.
    pub left: BTreeMap<Screen, (Pane, Tab)>,
    /// Whether the focused pane has the screen to itself.
    pub zoom: bool,
    /// Percent of the width (or height, when stacked) that the list takes.
    pub split: u16,
    /// Detail below the list instead of beside it.
    pub stacked: bool,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
}

impl Stage {
    /// Goes to a screen, where it is as it was left.
    pub fn show(&mut self, screen: Screen) {
        if screen == self.screen {
            return;
        }
        self.left.insert(self.screen, (self.pane, self.tab));
        let fresh = (Pane::List, screen.first_tab());
        (self.pane, self.tab) = self.left.get(&screen).copied().unwrap_or(fresh);
        self.screen = screen;
        self.zoom = false;
    }
}
