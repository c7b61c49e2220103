//! What a test needs and a machine may lack. It is said past the test runner, which shows nothing of
//! tests that pass.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;

/// A test is skipped for want of something that `CI=true` demands.
///
/// # Panics
/// With `CI=true`.
pub(crate) fn skip(why: &str) {
    let demanded = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!demanded, "{why}");
    leave_out(why);
}

/// A test is about something else than this machine has, in CI too.
pub(crate) fn leave_out(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
