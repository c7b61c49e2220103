//! Measures built programs from outside: simulated engines in a process of their own, a program in
//! a pseudo-terminal, and what it costs there. Shared by the benches that do so.

pub(crate) mod engine;
pub(crate) mod measure;
pub(crate) mod table;
pub(crate) mod terminal;

use std::path::PathBuf;

use color_eyre::eyre::{Result, ensure};

/// The built program, if it is not the one that cargo built for this run.
pub(crate) fn binary(given: Option<PathBuf>) -> Result<PathBuf> {
    let binary = given.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_pilothouse")));
    ensure!(
        binary.exists(),
        "{} is not there: build it first",
        binary.display()
    );
    Ok(binary)
}
