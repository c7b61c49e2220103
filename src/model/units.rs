//! Bytes, durations, ages and shares as short text of stable width.

use std::time::Duration;

/// Bytes as Docker shows them in binary units, three digits at most: `0B`, `31.2MiB`, `402MiB`.
pub fn bytes(count: u64) -> String {
    scaled(count as f64, &["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
}

/// Bytes in five columns at most, for lists: `31.2M`, `402M`.
pub fn bytes_short(count: u64) -> String {
    scaled(count as f64, &["B", "K", "M", "G", "T", "P"])
}

/// Bytes a second in lists: `1.2k/s`-like text without the `/s`.
pub fn rate_short(bytes_a_second: f32) -> String {
    scaled(f64::from(bytes_a_second), &["B", "K", "M", "G", "T", "P"])
}

fn scaled(mut value: f64, units: &[&str]) -> String {
    let mut unit = 0;
    // 999.5 would print as 1000: four digits
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = units.get(unit).copied().unwrap_or_default();
    if unit == 0 || value >= 99.95 {
        format!("{value:.0}{text}")
    } else {
        format!("{value:.1}{text}")
    }
}

/// A share in percent: one decimal below 100, none above.
pub fn percent(value: f32) -> String {
    if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// A length of time in one or two units: `4s`, `3m`, `2h 5m`, `3d 4h`.
pub fn span(length: Duration) -> String {
    let secs = length.as_secs();
    let (days, hours, minutes) = (secs / 86400, secs / 3600 % 24, secs / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{secs}s"),
        (0, 0, m) => format!("{m}m"),
        (0, h, 0) => format!("{h}h"),
        (0, h, m) => format!("{h}h {m}m"),
        (d, 0, _) => format!("{d}d"),
        (d, h, _) => format!("{d}d {h}h"),
    }
}

/// How long an action took: `0.4 s`, `12 s`, `3m`.
pub fn took(length: Duration) -> String {
    if length < Duration::from_secs(10) {
        format!("{:.1} s", length.as_secs_f32())
    } else if length < Duration::from_secs(60) {
        format!("{} s", length.as_secs())
    } else {
        span(length)
    }
}

/// How long an answer took: `0.4 ms`, `12 ms`, `1.3 s`.
pub fn latency(length: Duration) -> String {
    let millis = length.as_secs_f64() * 1000.0;
    if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", length.as_secs_f64())
    }
}

/// How far a clock is ahead, in seconds; behind with a minus: `+3s`, `-2m`.
pub fn skew(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let length = span(Duration::from_secs(seconds.unsigned_abs()));
    format!("{sign}{length}")
}

/// A count with thousands separated: `1,204`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 container`, `2 containers`.
pub fn plural(number: usize, word: &str) -> String {
    format!(
        "{} {word}{}",
        count(number as u64),
        if number == 1 { "" } else { "s" }
    )
}

/// The next of 1, 2, 5, 10, 20, 50 … that is not below a value: a scale that stays still while
/// values move a little.
pub fn round_up(value: f32) -> f32 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let decade = 10.0_f32.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * decade)
        .find(|scale| *scale >= value)
        .unwrap_or(value)
}

/// [`round_up`] for bytes: powers of two, so that labels read 64M, 128M.
pub fn round_up_bytes(value: f32) -> f32 {
    if !value.is_finite() || value <= 1.0 {
        return 1.0;
    }
    2.0_f32.powf(value.log2().ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_three_digits_at_most() {
        let cases = [
            (0, "0B"),
            (999, "999B"),
            (1000, "1.0KiB"),
            (1024, "1.0KiB"),
            (32_715_571, "31.2MiB"),
            (421_527_552, "402MiB"),
            (1023 * 1024 * 1024, "1.0GiB"),
            (u64::MAX, "16384PiB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(count), text);
        }
        assert_eq!(bytes_short(32_715_571), "31.2M");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (61, "1m"),
            (3600, "1h"),
            (7500, "2h 5m"),
            (86400, "1d"),
            (90000, "1d 1h"),
        ];
        for (secs, text) in cases {
            assert_eq!(span(Duration::from_secs(secs)), text);
        }
    }

    #[test]
    fn counts_are_grouped_and_words_agree() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(plural(1, "container"), "1 container");
        assert_eq!(plural(1204, "line"), "1,204 lines");
    }

    #[test]
    fn percent_has_a_stable_width() {
        assert_eq!(percent(0.04), "0.0");
        assert_eq!(percent(99.96), "100");
        assert_eq!(percent(250.2), "250");
    }
}
