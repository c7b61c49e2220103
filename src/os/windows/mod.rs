//! Windows: named pipes; no owners and modes that a container would know, no groups of processes.

pub(crate) mod files;
pub(crate) mod local;
pub(crate) mod programs;
