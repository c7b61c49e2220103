//! What lies over the screen, one over the other, and the box that most of it stands in.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Pen, row, trim};
use super::text::{fill, frame};
use super::theme::Role;
use super::{dialog, doctor, form, help, menu, output, prompt};
use crate::model::input::Area;
use crate::store::Store;
use crate::store::message::{Painted, Spot};
use crate::store::overlay::Overlay;

/// Draws all of it.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    for overlay in &store.overlays {
        match overlay {
            Overlay::Menu(menu) => menu::draw(buf, whole, menu, look, painted),
            Overlay::Confirm(confirm) => dialog::draw(buf, whole, confirm, look, painted),
            Overlay::Prompt(prompt) => prompt::draw(buf, whole, prompt, store, look, painted),
            Overlay::Form(state) => form::draw(buf, whole, state, look, painted),
            Overlay::Output(job) => output::draw(buf, *job, store, look, painted),
            Overlay::Help(scroll) => help::draw(buf, whole, *scroll, store, look, painted),
            Overlay::Doctor(host, scroll) => {
                doctor::draw(buf, whole, (host, *scroll), (store, look), painted);
            }
            Overlay::Text {
                title,
                lines,
                scroll,
            } => help::text(buf, whole, (title, lines, *scroll), look, painted),
        }
    }
}

/// A box of a size in the middle of the screen.
pub(super) fn centred(whole: Area, width: u16, height: u16) -> Area {
    let (width, height) = (width.min(whole.width), height.min(whole.height));
    Area {
        x: whole.x + (whole.width - width) / 2,
        y: whole.y + (whole.height - height) / 2,
        width,
        height,
    }
}

/// Empties a box and frames it, with its title in the upper edge and a note in the lower one;
/// gives what is inside, with a column of air.
pub(super) fn framed(
    buf: &mut Buffer,
    area: Area,
    (title, note): (&str, &str),
    look: &Look,
    painted: &mut Painted,
) -> Area {
    fill(buf, area, look.theme.style(Role::Background));
    frame(buf, area, &look.glyphs.frame, look.theme.style(Role::Focus));
    painted.spots.push((area, Spot::Overlay));
    let mut pen = Pen::new(buf, trim(row(area, 0), 2, 2));
    pen.write(" ", look.accent());
    let room = pen.left().saturating_sub(1);
    let strong = look.accent().add_modifier(ratatui::style::Modifier::BOLD);
    pen.write_short(title, room, strong, look);
    pen.write(" ", look.accent());
    if !note.is_empty() {
        let text = format!(" {note} ");
        let line = trim(row(area, area.height.saturating_sub(1)), 2, 2);
        super::text::put_right(buf, line.x, line.y, line.width, &text, look.dim());
    }
    Area {
        x: area.x + 2.min(area.width),
        y: area.y + 1.min(area.height),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}
