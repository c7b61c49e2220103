//! The simulated daemon's own clock and the spellings of time on the wire.
//!
//! Must be the only place of the demo that reads the machine's clock.

use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};

/// Nanoseconds since 1970 by the daemon's clock; 0 is Docker's "never".
pub(super) type Nanos = i64;

/// One second.
pub(super) const SECOND: Nanos = 1_000_000_000;

/// A clock that starts at the present, or at a given moment, and runs on from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    origin: Instant,
    base: Nanos,
    /// How many of its seconds pass in one of ours.
    pace: f64,
    /// The moment at which it stops; none when it goes on for ever.
    end: Option<Nanos>,
    /// A given moment was asked for: samples are taken at whole seconds, so that pictures repeat.
    pub(super) repeatable: bool,
}

impl Clock {
    /// Starts the clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the daemon's own clock is where the demo reads time"
    )]
    pub(super) fn start(epoch: Option<DateTime<Utc>>, pace: f64, length: Option<Duration>) -> Self {
        let base = epoch.unwrap_or_else(Utc::now).timestamp_nanos_opt();
        let base = base.unwrap_or(0);
        Self {
            origin: Instant::now(),
            base,
            pace: pace.max(f64::MIN_POSITIVE),
            end: length.map(|length| base.saturating_add(nanos(length))),
            repeatable: epoch.is_some(),
        }
    }

    /// The moment at which it was started.
    pub(super) fn started(&self) -> Nanos {
        self.base
    }

    /// The present moment of the simulated daemon.
    pub(super) fn now(&self) -> Nanos {
        let passed = self.origin.elapsed();
        let passed = match self.pace {
            1.0 => nanos(passed),
            pace => seconds(passed.as_secs_f64() * pace),
        };
        let now = self.base.saturating_add(passed);
        self.end.map_or(now, |end| now.min(end))
    }

    /// How long to sleep until a moment; nothing when it has passed, a day when it never comes.
    pub(super) fn until(&self, moment: Nanos) -> Duration {
        if self.end.is_some_and(|end| moment > end) {
            return Duration::from_secs(86_400);
        }
        let left = moment.saturating_sub(self.now()).max(0);
        Duration::from_secs_f64(left as f64 / 1e9 / self.pace)
    }
}

/// A duration as nanoseconds.
pub(super) fn nanos(duration: Duration) -> Nanos {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A duration given in seconds as nanoseconds.
pub(super) fn seconds(count: f64) -> Nanos {
    (count * 1e9) as Nanos
}

/// RFC 3339 with nanoseconds as Docker's JSON has it, trailing zeros dropped as Go does.
pub(super) fn stamp(moment: Nanos) -> String {
    if moment == 0 {
        return "0001-01-01T00:00:00Z".to_owned();
    }
    let text = log_stamp(moment);
    let trimmed = text
        .trim_end_matches('Z')
        .trim_end_matches('0')
        .trim_end_matches('.');
    format!("{trimmed}Z")
}

/// RFC 3339 with nine digits of fraction, as log lines carry it.
pub(super) fn log_stamp(moment: Nanos) -> String {
    DateTime::from_timestamp_nanos(moment).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// A duration in words, as `docker ps` says it (go-units' `HumanDuration`).
pub(super) fn in_words(duration: Nanos) -> String {
    let seconds = duration.max(0) / SECOND;
    let minutes = seconds / 60;
    let hours = (duration.max(0) + 1800 * SECOND) / (3600 * SECOND);
    match () {
        () if seconds < 1 => "Less than a second".to_owned(),
        () if seconds == 1 => "1 second".to_owned(),
        () if seconds < 60 => format!("{seconds} seconds"),
        () if minutes == 1 => "About a minute".to_owned(),
        () if minutes < 60 => format!("{minutes} minutes"),
        () if hours == 1 => "About an hour".to_owned(),
        () if hours < 48 => format!("{hours} hours"),
        () if hours < 24 * 14 => format!("{} days", hours / 24),
        () if hours < 24 * 60 => format!("{} weeks", hours / 24 / 7),
        () if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        () => format!("{} years", hours / 24 / 365),
    }
}

/// Reads `since` and `until`: seconds with an optional fraction, or RFC 3339.
pub(super) fn parse_moment(text: &str) -> Option<Nanos> {
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return date.timestamp_nanos_opt();
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let (whole, part) = (whole.parse::<i64>().ok()?, digits.parse::<i64>().ok()?);
    Some(whole.saturating_mul(SECOND).saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_docker_says_them() {
        for (seconds, words) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (61, "About a minute"),
            (600, "10 minutes"),
            (3600, "About an hour"),
            (7200, "2 hours"),
            (86400 * 3, "3 days"),
            (86400 * 21, "3 weeks"),
            (86400 * 90, "3 months"),
            (86400 * 365 * 3, "3 years"),
        ] {
            assert_eq!(in_words(seconds * SECOND), words);
        }
    }

    #[test]
    fn moments_are_read_and_written() {
        assert_eq!(parse_moment("1.5"), Some(1_500_000_000));
        assert_eq!(parse_moment("12.000000001"), Some(12_000_000_001));
        assert_eq!(parse_moment("1970-01-01T00:00:02Z"), Some(2 * SECOND));
        assert_eq!(parse_moment("soon"), None);
        assert_eq!(stamp(0), "0001-01-01T00:00:00Z");
        assert_eq!(stamp(1_500_000_000), "1970-01-01T00:00:01.5Z");
        assert_eq!(log_stamp(1_500_000_000), "1970-01-01T00:00:01.500000000Z");
    }
}
