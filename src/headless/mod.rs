//! What the program does without taking the terminal, for scripts and pipes.

pub mod explain;

pub use crate::spec::options::document as options;
