//! The view: draws the store's state into a buffer of cells and notes what can be clicked. It
//! never waits, reads a clock, or changes what it shows.
//!
//! ```text
//! mod.rs      which regions a screen has, in which order they lie over each other
//! look.rs     theme and shapes: how a tone, a state, a key looks
//! pen.rs      text along one row; parts that drop out by rank where there is no room
//! *.rs        one region each
//! ```

pub mod charts;
pub mod colour;
mod connection;
mod detail;
mod dialog;
mod doctor;
mod footer;
mod form;
mod form_preview;
mod gauges;
pub mod glyphs;
mod header;
mod health;
mod help;
mod hosts;
mod journal;
mod list;
mod list_row;
mod log_status;
mod logs;
mod look;
mod menu;
mod output;
mod overlay;
mod page;
mod pen;
mod prompt;
mod small;
mod stats;
pub mod svg;
mod tabs;
pub mod text;
pub mod theme;
mod toasts;

use ratatui::buffer::Buffer;

use self::theme::Role;
use crate::model::input::Size;
use crate::store::Store;
use crate::store::layout;
use crate::store::message::Painted;
use crate::store::stage::Screen;

pub use look::Look;

/// Draws the whole screen and returns what can be clicked. Draws into any buffer, of one cell or
/// of many; what the store knows of the terminal's size decides where things stand.
pub fn draw(buf: &mut Buffer, store: &Store, look: &Look) -> Painted {
    let mut painted = Painted::default();
    let whole = buf.area;
    text::fill(buf, whole, look.theme.style(Role::Background));
    let room = Size {
        width: whole.width.min(store.size.width),
        height: whole.height.min(store.size.height),
    };
    if layout::is_too_small(room) {
        small::draw(buf, room, look);
    } else {
        screen(buf, store, look, &mut painted);
    }
    if !look.glyphs.braille {
        look::to_ascii(buf);
    }
    text::scrub(buf);
    painted
}

fn screen(buf: &mut Buffer, store: &Store, look: &Look, painted: &mut Painted) {
    let areas = store.areas();
    header::draw(buf, areas.header, store, look);
    tabs::draw(buf, areas.tabs, store, look, painted);
    if store.shows_connection() {
        connection::draw(buf, areas.body, store, look, painted);
    } else {
        match store.stage.screen {
            Screen::Journal => journal::draw(buf, areas.list, store, look, painted),
            Screen::Containers | Screen::Hosts => {
                list::draw(buf, areas.list, store, look, painted);
                hosts::draw(buf, areas.foot, store, look);
                detail::draw(buf, areas.detail, store, look, painted);
            }
            Screen::Events | Screen::Health => {
                list::draw(buf, areas.list, store, look, painted);
                health::draw(buf, areas.foot, store, look);
            }
        }
    }
    footer::draw(buf, areas.footer, store, look, painted);
    overlay::draw(buf, areas.whole, store, look, painted);
    toasts::draw(buf, areas.whole, store, look, painted);
}
