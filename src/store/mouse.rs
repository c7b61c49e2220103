//! What the mouse does: it presses what the last frame showed at its place.

use super::Store;
use super::actions::{self, Call};
use super::message::{Effects, Spot};
use super::overlay::Overlay;
use super::stage::{Pane, Screen};
use crate::model::input::{Mouse, MouseDeed};

/// Rows that a turn of the wheel moves.
const WHEEL: isize = 3;

impl Store {
    /// Takes what the mouse did.
    pub(super) fn mouse(&mut self, mouse: Mouse) -> Effects {
        let spot = self.painted.at(mouse.x, mouse.y).cloned();
        match (mouse.deed, spot) {
            (MouseDeed::Press, Some(spot)) => self.press(&spot),
            (MouseDeed::WheelUp, Some(spot)) => self.wheel(&spot, -WHEEL),
            (MouseDeed::WheelDown, Some(spot)) => self.wheel(&spot, WHEEL),
            (_, None) => Vec::new(),
        }
    }

    fn press(&mut self, spot: &Spot) -> Effects {
        if !self.overlays.is_empty() {
            return self.press_overlay(spot);
        }
        match spot {
            Spot::Row(place) => {
                self.stage.pane = Pane::List;
                let list = self.list_mut();
                let again = list.place() == *place;
                list.stand_on(*place);
                if again && list.on_group.is_some() {
                    list.toggle_fold();
                }
            }
            Spot::List => self.stage.pane = Pane::List,
            Spot::Detail => self.stage.pane = Pane::Detail,
            Spot::Column(id) => {
                if let Some(action) = actions::find("list.sort") {
                    return self.invoke(action, Call::word(*id));
                }
            }
            Spot::Tab(place) => {
                if let Some((tab, _)) = self.stage.tab.among().get(*place) {
                    self.stage.tab = *tab;
                    self.stage.pane = Pane::Detail;
                }
            }
            Spot::Screen(place) => {
                if let Some((screen, _, _)) = Screen::ALL.get(*place) {
                    self.stage.show(*screen);
                }
            }
            Spot::PageRow(place) => {
                self.stage.pane = Pane::Detail;
                self.stand_on_page(*place);
            }
            Spot::LogLine(number) => {
                self.stage.pane = Pane::Detail;
                self.stand_on_log(*number);
            }
            Spot::JournalRow(place) => self.journal_place = *place,
            Spot::Action(id) => {
                if let Some(action) = actions::find(id) {
                    return self.invoke(action, Call::default());
                }
            }
            Spot::MenuRow(_)
            | Spot::Button(_)
            | Spot::FormPlace(_)
            | Spot::FormWord(_)
            | Spot::Overlay => {}
        }
        Vec::new()
    }

    fn stand_on_log(&mut self, number: u64) {
        let room = self.log_room();
        if let Some(log) = self.log_in_sight_mut() {
            log.hold(room);
            log.view.cursor = number;
        }
    }

    fn press_overlay(&mut self, spot: &Spot) -> Effects {
        match (spot, self.overlays.last_mut()) {
            (Spot::MenuRow(place), Some(Overlay::Menu(menu))) => {
                menu.cursor = *place;
                self.choose()
            }
            (Spot::Button(place), Some(Overlay::Confirm(confirm))) => {
                confirm.focus = *place;
                self.press_button()
            }
            (Spot::FormPlace(place), Some(Overlay::Form(_))) => self.press_in_form(*place),
            (Spot::FormWord(place), Some(Overlay::Form(_))) => self.take_word(*place),
            (Spot::LogLine(number), Some(Overlay::Output(_))) => {
                self.stand_on_log(*number);
                Vec::new()
            }
            (Spot::Action(id), Some(Overlay::Output(_))) => match actions::find(id) {
                Some(action) => self.invoke(action, Call::default()),
                None => Vec::new(),
            },
            // part of an overlay that does nothing; and beside what was typed or is read
            (
                Spot::Overlay
                | Spot::MenuRow(_)
                | Spot::Button(_)
                | Spot::FormPlace(_)
                | Spot::FormWord(_),
                _,
            )
            | (_, Some(Overlay::Form(_) | Overlay::Output(_))) => Vec::new(),
            // beside it: it goes
            _ => self.cancel_overlay(),
        }
    }

    fn wheel(&mut self, spot: &Spot, by: isize) -> Effects {
        if self.overlays.is_empty() {
            match spot {
                Spot::Row(_) | Spot::List | Spot::Column(_) => {
                    self.stage.pane = Pane::List;
                    self.list_mut().step(by);
                }
                Spot::JournalRow(_) => {
                    self.journal_place = self.journal_place.saturating_add_signed(by);
                }
                Spot::Detail | Spot::PageRow(_) | Spot::LogLine(_) | Spot::Tab(_) => {
                    return self.move_in_detail(by, true);
                }
                Spot::Screen(_)
                | Spot::Action(_)
                | Spot::MenuRow(_)
                | Spot::Button(_)
                | Spot::FormPlace(_)
                | Spot::FormWord(_)
                | Spot::Overlay => {}
            }
            return Vec::new();
        }
        if self.reads_output() {
            return self.move_by(by, true);
        }
        self.move_overlay(by);
        Vec::new()
    }
}
