//! A moment, as the loop's clock gave it. Nothing here reads a clock.

use std::ops::Add;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// From whole seconds since the Unix epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The moment in a time zone; the epoch when it is beyond the calendar.
    pub fn in_zone(self, zone: FixedOffset) -> DateTime<FixedOffset> {
        DateTime::from_timestamp_millis(self.0)
            .unwrap_or_default()
            .with_timezone(&zone)
    }

    /// Parses RFC 3339, the form of the engine's own times; none for its zero time (year 1).
    pub fn parse(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
        (time > 0).then_some(Self(time))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_times_parse_and_its_zero_time_is_none() {
        assert_eq!(Time::parse("1970-01-01T00:00:01.5Z"), Some(Time(1500)));
        assert_eq!(Time::parse("0001-01-01T00:00:00Z"), None);
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn since_never_goes_below_zero() {
        assert_eq!(Time(5).since(Time(9)), Duration::ZERO);
    }
}
