//! What shows where there is no room for a screen: the size there is and the size it takes.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::text::put_centred;
use crate::model::input::Size;
use crate::store::layout::SMALLEST;

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, size: Size, look: &Look) {
    let lines = [
        (
            format!("{}x{} is too small", size.width, size.height),
            look.text(),
        ),
        (
            format!("{}x{} is enough", SMALLEST.width, SMALLEST.height),
            look.dim(),
        ),
    ];
    let top = size.height.saturating_sub(lines.len() as u16) / 2;
    for (y, (line, style)) in (top..).zip(lines) {
        put_centred(buf, 0, y, size.width, &line, style);
    }
}
