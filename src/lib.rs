//! Pilothouse

/// A simulated Docker engine, for trying the program out, for tests and for benches.
pub mod demo;
