//! Where everything is: pure arithmetic, so that paging is right before the first paint.
//!
//! ```text
//! header                                   one row
//! screens' tabs                            one row
//! list                 │ detail            beside each other from 120 columns on,
//!                      │                   else the focused one alone
//! footer                                   one row: keys, or the line that is typed
//! ```

use super::stage::{Pane, Screen, Stage};
use crate::model::input::{Area, Size};

/// Columns from which list and detail stand beside each other.
pub const WIDE: u16 = 120;
/// The smallest screen that something is drawn on.
pub const SMALLEST: Size = Size {
    width: 40,
    height: 8,
};

/// The areas of a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// The whole screen.
    pub whole: Area,
    /// Host, connection, totals.
    pub header: Area,
    /// The screens' tabs.
    pub tabs: Area,
    /// All between tabs and footer.
    pub body: Area,
    /// The list, with its titles; empty when it does not show.
    pub list: Area,
    /// What is said below the list, of all or of the row under the cursor; empty where nothing is.
    pub foot: Area,
    /// The detail, with its frame; empty when it does not show.
    pub detail: Area,
    /// The footer.
    pub footer: Area,
}

/// Whether a screen is too small to draw on.
pub fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// The areas of a screen of a size.
pub fn areas(size: Size, stage: &Stage) -> Areas {
    let whole = Area {
        x: 0,
        y: 0,
        width: size.width,
        height: size.height,
    };
    let row = |y: u16| Area {
        y,
        height: 1.min(size.height),
        ..whole
    };
    let body = Area {
        y: 2,
        height: size.height.saturating_sub(3),
        ..whole
    };
    let mut areas = Areas {
        whole,
        header: row(0),
        tabs: row(1),
        body,
        footer: row(size.height.saturating_sub(1)),
        ..Areas::default()
    };
    match stage.pane {
        _ if !stage.screen.has_detail() => areas.list = body,
        Pane::List if stage.zoom || !has_room_for_both(size, stage) => areas.list = body,
        Pane::Detail if stage.zoom || !has_room_for_both(size, stage) => areas.detail = body,
        _ if is_stacked(stage) => {
            let share = (u32::from(body.height) * u32::from(stage.split) / 100) as u16;
            let height = share.clamp(3, body.height.saturating_sub(6));
            areas.list = Area { height, ..body };
            areas.detail = Area {
                y: body.y + height,
                height: body.height - height,
                ..body
            };
        }
        _ => {
            let width = (u32::from(body.width) * u32::from(stage.split) / 100) as u16;
            areas.list = Area {
                width: width.saturating_sub(1),
                ..body
            };
            areas.detail = Area {
                x: body.x + width,
                width: body.width - width,
                ..body
            };
        }
    }
    let foot = match stage.screen {
        Screen::Hosts => 1,
        Screen::Health => 4,
        Screen::Containers | Screen::Events | Screen::Journal => 0,
    };
    if areas.list.height > foot + 4 {
        areas.list.height -= foot;
        areas.foot = Area {
            y: areas.list.y + areas.list.height,
            height: foot,
            ..areas.list
        };
    }
    areas
}

/// Whether the detail is below the list. Hosts are few and have much to say each: their list has
/// the whole width where the others' have a part of it.
fn is_stacked(stage: &Stage) -> bool {
    stage.stacked != (stage.screen == Screen::Hosts)
}

fn has_room_for_both(size: Size, stage: &Stage) -> bool {
    if is_stacked(stage) {
        size.height >= 20
    } else {
        size.width >= WIDE
    }
}

impl Areas {
    /// Rows of the list, without the line of titles.
    pub fn list_rows(&self) -> usize {
        usize::from(self.list.height.saturating_sub(1))
    }

    /// The detail inside its frame.
    pub fn detail_inside(&self) -> Area {
        inside(self.detail)
    }

    /// Where the log's lines are: below the sparklines, above the status line.
    pub fn log(&self) -> Area {
        let area = self.detail_inside();
        let above = if area.height >= 10 { GAUGE_ROWS + 1 } else { 0 };
        Area {
            y: area.y + above,
            height: area.height.saturating_sub(above + 1),
            ..area
        }
    }

    /// Where a page's rows are, below its line of titles.
    pub fn page(&self) -> Area {
        let area = self.detail_inside();
        Area {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        }
    }
}

/// Where an output over the screen stands in the body: its frame, and its lines above their status
/// line.
pub fn output(body: Area) -> (Area, Area) {
    let inner = inside(body);
    let lines = Area {
        height: inner.height.saturating_sub(1),
        ..inner
    };
    (body, lines)
}

/// Rows of sparklines above a log.
pub const GAUGE_ROWS: u16 = 2;

/// An area without its frame and a column of air.
pub fn inside(area: Area) -> Area {
    Area {
        x: area.x + 2.min(area.width),
        y: area.y + 1.min(area.height),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}
