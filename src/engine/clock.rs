//! The engine's clock: the one place here that reads one.

use tokio::time::Instant;

use crate::model::Time;

/// Now, for people and for the engine's own times.
#[expect(
    clippy::disallowed_methods,
    reason = "the engine stamps its facts; nothing else here reads the wall clock"
)]
pub(crate) fn now() -> Time {
    Time(chrono::Utc::now().timestamp_millis())
}

/// Now, for debounces, backoffs and budgets: a clock that never goes back.
pub(crate) fn instant() -> Instant {
    Instant::now()
}
