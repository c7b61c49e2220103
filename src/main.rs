//! The thin binary: everything is in the library.

use std::process::ExitCode;

use clap::Parser;

fn main() -> color_eyre::Result<ExitCode> {
    pilothouse::app::start(&pilothouse::cli::Cli::parse())
}
