//! What a form comes to in other words: beside its fields, or in few rows below them.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Pen, row};
use crate::model::input::Area;
use crate::model::text::wrap;
use crate::store::form::FormState;

/// Rows of a preview above which it is worth a place beside the fields.
pub(super) const SHORT: usize = 3;
/// The first preview in few rows, for where there is no room beside the fields.
pub(super) fn first_preview(form: &FormState, columns: u16) -> Vec<String> {
    let lines = form.preview.first().map(|part| part.lines.as_slice());
    let joined = lines.unwrap_or_default().join(" ");
    let pieces = wrap(&joined, usize::from(columns.saturating_sub(2)));
    let mut rows: Vec<String> = pieces.take(SHORT + 1).map(str::to_owned).collect();
    if rows.len() > SHORT {
        rows.truncate(SHORT);
        if let Some(last) = rows.last_mut() {
            last.push('…');
        }
    }
    rows
}

/// Everything that the form comes to, below each other.
pub(super) fn previews(buf: &mut Buffer, area: Area, form: &FormState, look: &Look) {
    let mut y = 0;
    for part in &form.preview {
        Pen::new(buf, row(area, y)).write(part.title, look.dim());
        y += 1;
        for line in &part.lines {
            let mut pieces = wrap(line, usize::from(area.width)).peekable();
            if pieces.peek().is_none() {
                y += 1;
            }
            for piece in pieces {
                Pen::new(buf, row(area, y)).write(piece, look.text());
                y += 1;
            }
        }
        y += 1;
    }
}
