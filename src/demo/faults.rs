//! Faults that a simulated engine can be told to have.
//!
//! Must only say what a fault does to a request; the server asks.

use std::time::Duration;
use std::{fmt, str::FromStr};

/// How the engine misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// Everything is answered with 500.
    Refuse500,
    /// Requests are taken and never answered.
    HangFromFirstByte,
    /// `/_ping` and `/version` are answered, nothing else.
    HangAfterPing,
    /// Everything is answered with 200 and text that is no JSON.
    GarbageJson,
    /// Open connections break at once; later bodies break in their middle.
    CloseMidStream,
    /// Connections are closed as soon as they are made.
    CloseAtOnce,
    /// Something answers, but it is a web server and no engine.
    NotAnEngine,
    /// The first entry of each list of containers has a shape that no engine gives.
    OddEntry,
    /// Statistics are refused with 500; all else is well.
    RefuseStats,
    /// Statistics are never answered; all else is well.
    HangStats,
    /// The engine is a rootless one on cgroup v1: its statistics are an answer without a sample.
    Unmeasured,
    /// Every answer comes later by this long.
    SlowBy(Duration),
}

impl Fault {
    /// The names that [`FromStr`] accepts; `slow` may carry milliseconds: `slow:250`.
    pub fn names() -> [&'static str; 13] {
        [
            "none",
            "500",
            "hang",
            "hang-after-ping",
            "garbage",
            "cut",
            "close",
            "not-an-engine",
            "odd-entry",
            "500-stats",
            "hang-stats",
            "unmeasured",
            "slow",
        ]
    }

    /// Whether a request to this path is refused.
    pub(super) fn refuses(self, path: &str) -> bool {
        self == Self::Refuse500 || (self == Self::RefuseStats && path.ends_with("/stats"))
    }

    /// Whether a request to this path is never answered.
    pub(super) fn hangs(self, path: &str) -> bool {
        match self {
            Self::HangFromFirstByte => true,
            Self::HangAfterPing => !matches!(path, "/_ping" | "/version"),
            Self::HangStats => path.ends_with("/stats"),
            _ => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::None => "none",
            Self::Refuse500 => "500",
            Self::HangFromFirstByte => "hang",
            Self::HangAfterPing => "hang-after-ping",
            Self::GarbageJson => "garbage",
            Self::CloseMidStream => "cut",
            Self::CloseAtOnce => "close",
            Self::NotAnEngine => "not-an-engine",
            Self::OddEntry => "odd-entry",
            Self::RefuseStats => "500-stats",
            Self::HangStats => "hang-stats",
            Self::Unmeasured => "unmeasured",
            Self::SlowBy(delay) => return write!(formatter, "slow:{}", delay.as_millis()),
        };
        formatter.write_str(word)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "none" | "" => Self::None,
            "500" => Self::Refuse500,
            "hang" => Self::HangFromFirstByte,
            "hang-after-ping" => Self::HangAfterPing,
            "garbage" => Self::GarbageJson,
            "cut" => Self::CloseMidStream,
            "close" => Self::CloseAtOnce,
            "not-an-engine" => Self::NotAnEngine,
            "odd-entry" => Self::OddEntry,
            "500-stats" => Self::RefuseStats,
            "hang-stats" => Self::HangStats,
            "unmeasured" => Self::Unmeasured,
            "slow" => Self::SlowBy(Duration::from_millis(500)),
            _ => {
                let millis = text
                    .strip_prefix("slow:")
                    .and_then(|text| text.parse().ok());
                let names = Self::names().join(", ");
                let delay = millis.map(Duration::from_millis);
                return delay
                    .map(Self::SlowBy)
                    .ok_or_else(|| format!("no fault {text:?}; there are {names}"));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_fault_and_reads_back() {
        for name in Fault::names() {
            let fault: Fault = name.parse().unwrap();
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
        assert!("nap".parse::<Fault>().is_err());
    }
}
