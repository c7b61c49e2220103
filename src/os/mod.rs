//! What each operating system does in its own way, under one face: sockets of this machine, owners
//! and rights of files, programs beside this one. Both systems have the same names; what one of
//! them has not, it says in plain words. The terminal has such a pair of its own.

#[cfg(unix)]
#[path = "unix/mod.rs"]
mod system;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;

pub(crate) use system::{files, local, programs};
