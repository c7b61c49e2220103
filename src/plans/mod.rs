//! Plans for what takes several steps: pure functions from what is known and wanted to a
//! [`crate::protocol::Plan`], so that a plan is a preview and a test before it is the deed.

pub mod run;
pub mod upgrade;
