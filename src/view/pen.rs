//! Text along one row: a pen that knows where it stands, and parts of a row of which the least
//! important drop out whole where there is no room.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::charts::{Levels, Spark, sparkline};
use super::look::Look;
use super::text::{put, put_short};
use crate::model::input::Area;
use crate::model::text::width;
use crate::store::message::Spot;

/// An area's columns as `width` has them, for text of any length.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

/// One row of an area; empty below it.
pub(super) fn row(area: Area, index: u16) -> Area {
    Area {
        y: area.y.saturating_add(index),
        height: u16::from(index < area.height),
        ..area
    }
}

/// An area without some columns at its left and right.
pub(super) fn trim(area: Area, left: u16, right: u16) -> Area {
    let left = left.min(area.width);
    Area {
        x: area.x.saturating_add(left),
        width: area.width.saturating_sub(left.saturating_add(right)),
        ..area
    }
}

/// Writes along a row.
pub(super) struct Pen<'a> {
    pub(super) buf: &'a mut Buffer,
    pub(super) x: u16,
    pub(super) y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// A pen at the left of an area's first row; on an empty area it writes nothing.
    pub(super) fn new(buf: &'a mut Buffer, area: Area) -> Self {
        let width = if area.height == 0 { 0 } else { area.width };
        Self {
            buf,
            x: area.x,
            y: area.y,
            end: area.x.saturating_add(width),
        }
    }

    /// Columns left.
    pub(super) fn left(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// Writes text and goes on behind it; gives the area that it took.
    pub(super) fn write(&mut self, text: &str, style: Style) -> Area {
        let start = self.x;
        let used = put(self.buf, self.x, self.y, self.left(), text, style);
        self.x += used;
        self.area(start)
    }

    /// Writes text over at most `columns`, with an ellipsis where it is cut.
    pub(super) fn write_short(&mut self, text: &str, columns: u16, style: Style, look: &Look) {
        let columns = columns.min(self.left());
        let place = (self.x, self.y);
        self.x += put_short(self.buf, place, columns, text, style, look.glyphs.ellipsis);
    }

    /// Goes on some columns further right.
    pub(super) fn skip(&mut self, columns: u16) {
        self.x = self.x.saturating_add(columns).min(self.end);
    }

    /// Goes to a column, if it lies ahead.
    pub(super) fn go_to(&mut self, x: u16) {
        self.x = x.clamp(self.x, self.end.max(self.x));
    }

    /// The row from a column to here.
    pub(super) fn area(&self, start: u16) -> Area {
        Area {
            x: start,
            y: self.y,
            width: self.x.saturating_sub(start),
            height: 1,
        }
    }
}

/// A piece of a part.
pub(super) enum Piece {
    /// Text.
    Text(Cow<'static, str>, Style),
    /// A sparkline.
    Spark(Curve),
}

/// A sparkline's values.
pub(super) struct Curve {
    /// One a second, oldest first.
    pub(super) values: Vec<f32>,
    /// The second of the newest.
    pub(super) end: i64,
    /// The value of a full cell.
    pub(super) max: Option<f32>,
    /// Its colours.
    pub(super) levels: Levels,
    /// Its columns.
    pub(super) columns: u16,
    /// Seconds of each column.
    pub(super) every: u16,
}

impl Curve {
    /// Draws it at the left of an area.
    pub(super) fn draw(self, buf: &mut Buffer, x: u16, y: u16, look: &Look) {
        let spark = Spark {
            end: self.end,
            every: self.every,
            max: self.max,
            levels: self.levels,
            glyphs: look.glyphs,
        };
        let area = Area {
            x,
            y,
            width: self.columns,
            height: 1,
        };
        sparkline(buf, area, self.values, &spark);
    }
}

/// A part of a row, which shows whole or not at all.
pub(super) struct Part {
    /// How soon it drops out: 0 stays, the greatest goes first.
    rank: u8,
    /// Blank columns before it, when it is not the first.
    gap: u16,
    pieces: Vec<Piece>,
    spot: Option<Spot>,
}

impl Part {
    /// A part without anything in it.
    pub(super) fn new(rank: u8, gap: u16) -> Self {
        Self {
            rank,
            gap,
            pieces: Vec::new(),
            spot: None,
        }
    }

    /// The same with text behind it.
    pub(super) fn text(mut self, text: impl Into<Cow<'static, str>>, style: Style) -> Self {
        self.pieces.push(Piece::Text(text.into(), style));
        self
    }

    /// The same with a sparkline behind it.
    pub(super) fn spark(mut self, curve: Curve) -> Self {
        self.pieces.push(Piece::Spark(curve));
        self
    }

    /// The same, which can be clicked.
    pub(super) fn spot(mut self, spot: Spot) -> Self {
        self.spot = Some(spot);
        self
    }

    fn columns(&self) -> u16 {
        self.pieces.iter().fold(self.gap, |sum, piece| {
            sum.saturating_add(match piece {
                Piece::Text(text, _) => columns(text),
                Piece::Spark(curve) => curve.columns,
            })
        })
    }
}

/// Columns of parts beside each other.
pub(super) fn total(parts: &[Part]) -> u16 {
    let sum = parts
        .iter()
        .fold(0_u16, |sum, part| sum.saturating_add(part.columns()));
    sum.saturating_sub(parts.first().map_or(0, |part| part.gap))
}

/// Lets parts of two groups drop out, the greatest rank first, until both and a gap between them
/// fit. Of equal ranks the last goes first.
pub(super) fn fit(left: &mut Vec<Part>, right: &mut Vec<Part>, gap: u16, room: u16) {
    loop {
        let between = if left.is_empty() || right.is_empty() {
            0
        } else {
            gap
        };
        let needed = total(left)
            .saturating_add(total(right))
            .saturating_add(between);
        let worst = |parts: &[Part]| parts.iter().map(|part| part.rank).max().unwrap_or(0);
        let (a, b) = (worst(left), worst(right));
        if needed <= room || a.max(b) == 0 {
            return;
        }
        let parts = if b >= a { &mut *right } else { &mut *left };
        if let Some(at) = parts.iter().rposition(|part| part.rank == a.max(b)) {
            parts.remove(at);
        }
    }
}

/// Writes parts beside each other.
pub(super) fn write(
    pen: &mut Pen<'_>,
    parts: Vec<Part>,
    look: &Look,
    spots: &mut Vec<(Area, Spot)>,
) {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            pen.skip(part.gap);
        }
        let start = pen.x;
        for piece in part.pieces {
            match piece {
                Piece::Text(text, style) => {
                    pen.write(&text, style);
                }
                Piece::Spark(curve) => {
                    let columns = curve.columns.min(pen.left());
                    let curve = Curve { columns, ..curve };
                    curve.draw(pen.buf, pen.x, pen.y, look);
                    pen.skip(columns);
                }
            }
        }
        if let Some(spot) = part.spot {
            spots.push((pen.area(start), spot));
        }
    }
}

/// Writes one group of parts at the left and one at the right of a row; gives the row's free
/// columns' first.
pub(super) fn write_both(
    buf: &mut Buffer,
    area: Area,
    (mut left, mut right): (Vec<Part>, Vec<Part>),
    look: &Look,
    spots: &mut Vec<(Area, Spot)>,
) {
    fit(&mut left, &mut right, 2, area.width);
    let start = area.width.saturating_sub(total(&right));
    let mut pen = Pen::new(buf, area);
    write(&mut pen, left, look, spots);
    pen.go_to(area.x.saturating_add(start));
    write(&mut pen, right, look, spots);
}
