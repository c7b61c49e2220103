//! What the program does without taking the terminal, for scripts and pipes.

pub mod explain;
