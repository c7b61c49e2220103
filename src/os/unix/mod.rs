//! Unix: sockets with paths, owners and modes, groups of processes.

pub(crate) mod files;
pub(crate) mod local;
pub(crate) mod programs;
