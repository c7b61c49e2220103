//! What has the focus: screen, pane, tab; how the panes share the screen.

/// A whole screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// The containers.
    #[default]
    Containers,
    /// What was done: running jobs and the journal.
    Journal,
}

impl Screen {
    /// Every screen with its digit and title, in the order of their tabs.
    pub const ALL: [(Self, char, &'static str); 2] = [
        (Self::Containers, '1', "Containers"),
        (Self::Journal, '0', "Journal"),
    ];
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

/// A tab of a container's detail.
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
}

impl Tab {
    /// Every tab with its title, in order.
    pub const ALL: [(Self, &'static str); 11] = [
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
    ];

    /// Its place among the tabs.
    pub fn place(self) -> usize {
        Self::ALL
            .iter()
            .position(|(tab, _)| *tab == self)
            .unwrap_or(0)
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        Self::ALL.get(self.place()).map_or("", |(_, title)| title)
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
    /// Whether the focused pane has the screen to itself.
    pub zoom: bool,
    /// Percent of the width (or height, when stacked) that the list takes.
    pub split: u16,
    /// Detail below the list instead of beside it.
    pub stacked: bool,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
}
