//! Messages that go by themselves, above the footer at the right; at the top while a dialog's
//! buttons are there.

use ratatui::buffer::Buffer;

use super::dialog;
use super::look::Look;
use super::pen::{Pen, columns, row};
use super::text::{fill, put};
use super::theme::Role;
use crate::model::input::Area;
use crate::model::text::wrap;
use crate::resource::Tone;
use crate::store::Store;
use crate::store::message::{Painted, Spot};
use crate::store::overlay::Overlay;
use crate::store::toasts::Toast;

/// The widest that a message is, and the most lines that more about it takes.
const WIDEST: u16 = 60;
const MORE: usize = 4;
/// Messages at once.
const MOST: usize = 4;

/// Draws them, the newest lowest.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    let dialog = match store.overlays.last() {
        Some(Overlay::Confirm(confirm)) => Some(dialog::place(whole, confirm)),
        _ => None,
    };
    let mut bottom = whole.height.saturating_sub(1);
    for toast in store.toasts.toasts.iter().rev().take(MOST) {
        let room = whole.width.saturating_sub(6).min(WIDEST);
        let lines = lines(toast, room);
        let widest = lines.iter().map(|(text, _)| columns(text)).max();
        let width = widest.unwrap_or(0) + 4;
        let height = lines.len() as u16;
        let Some(top) = bottom.checked_sub(height).filter(|top| *top >= 2) else {
            return;
        };
        let mut area = Area {
            x: whole.width.saturating_sub(width + 1),
            y: top,
            width,
            height,
        };
        if dialog.is_some_and(|dialog| overlap(area, dialog)) {
            area.y = 0;
            if dialog.is_some_and(|dialog| overlap(area, dialog)) {
                return;
            }
        }
        one(buf, area, toast, &lines, look);
        painted.spots.push((area, Spot::Overlay));
        if area.y < top {
            // at the top there is room for the newest alone
            return;
        }
        bottom = top.saturating_sub(1);
    }
}

fn overlap(a: Area, b: Area) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// A toast's lines; what more there is to say is dim. The last of it, what to do next, is never
/// cut: a long message of the engine is.
fn lines(toast: &Toast, room: u16) -> Vec<(&str, bool)> {
    let room = usize::from(room);
    let mut lines: Vec<_> = wrap(&toast.text, room)
        .take(4)
        .map(|line| (line, false))
        .collect();
    let Some((last, before)) = toast.more.split_last() else {
        return lines;
    };
    let last: Vec<&str> = wrap(last, room).take(MORE).collect();
    let left = MORE.saturating_sub(last.len()).max(1);
    let before = before.iter().flat_map(|text| wrap(text, room)).take(left);
    lines.extend(before.chain(last).map(|line| (line, true)));
    lines
}

fn one(buf: &mut Buffer, area: Area, toast: &Toast, lines: &[(&str, bool)], look: &Look) {
    let soft = look
        .theme
        .style(Role::Background)
        .patch(look.theme.style(Role::Selection));
    fill(buf, area, soft);
    let style = look.theme.on_selection(look.tone(toast.tone));
    let shape = match toast.tone {
        Tone::Bad => look.glyphs.failed,
        Tone::Warn => look.glyphs.unhealthy,
        Tone::Text => look.glyphs.exited,
        _ => look.glyphs.check,
    };
    put(buf, area.x + 1, area.y, 1, shape, style);
    for (index, (text, more)) in lines.iter().enumerate() {
        let style = if *more { look.dim() } else { look.text() };
        let mut pen = Pen::new(buf, row(area, index as u16));
        pen.skip(3);
        pen.write(text, look.theme.on_selection(style));
    }
}
