//! The loop's clock: the one place of the program's face that reads the time.

use chrono::{FixedOffset, Local, Offset};
use tokio::time::Instant;

use crate::model::Time;

/// Now, for the store.
#[expect(clippy::disallowed_methods, reason = "the loop's one clock")]
pub(super) fn now() -> Time {
    Time(chrono::Utc::now().timestamp_millis())
}

/// The local zone as it is now.
#[expect(clippy::disallowed_methods, reason = "the loop's one clock")]
pub(super) fn zone() -> FixedOffset {
    Local::now().offset().fix()
}

/// Now, for timers.
pub(super) fn instant() -> Instant {
    Instant::now()
}
