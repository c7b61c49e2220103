//! The view: pieces that draw into a buffer of cells. It never waits, reads a clock, or changes
//! what it shows.

pub mod charts;
pub mod colour;
pub mod glyphs;
pub mod svg;
pub mod text;
pub mod theme;
