//! The times that an engine writes before log entries: `2026-11-24T02:06:11.165731822Z `.

use chrono::DateTime;

/// Bytes of a time with the space after it.
pub(crate) const LENGTH: usize = 31;

/// The time at the front of an entry, and the rest.
pub(crate) fn split_time(entry: &[u8]) -> (Option<i64>, &[u8]) {
    if let Some((head, rest)) = entry.split_at_checked(LENGTH)
        && let Some(time) = fixed(head)
    {
        return (Some(time), rest);
    }
    // other engines write fewer digits, or another zone
    let space = entry.iter().take(40).position(|byte| *byte == b' ');
    let end = space.unwrap_or(entry.len().min(40));
    let time = str::from_utf8(&entry[..end])
        .ok()
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .and_then(|time| time.timestamp_nanos_opt());
    match time {
        Some(time) => (Some(time), entry.get(end + 1..).unwrap_or_default()),
        None => (None, entry),
    }
}

/// Docker's own form, which always has the same length.
fn fixed(head: &[u8]) -> Option<i64> {
    let form = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'.'),
        (29, b'Z'),
        (30, b' '),
    ];
    if form.iter().any(|(at, byte)| head.get(*at) != Some(byte)) {
        return None;
    }
    let number = |from: usize, to: usize| {
        head.get(from..to)?.iter().try_fold(0_i64, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + i64::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1970..2262).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    in_range.then_some(seconds * 1_000_000_000 + number(20, 29)?)
}

/// Days since the Unix epoch, by Howard Hinnant's `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A time in the middle of a terminal's line, where an entry ended without a line break: where,
/// which, and what follows. Times that the program itself wrote are older than the engine's own at
/// the front of the line, so only a later one counts; at the end of a full part, an equal one too.
pub(crate) fn seam(line: &[u8], time: i64, part: usize) -> Option<(usize, i64, &[u8])> {
    let mut from = 10;
    while let Some(found) = line.get(from..)?.iter().position(|byte| *byte == b'T') {
        let at = from + found - 10;
        let head = line.get(at..at + LENGTH)?;
        if let Some(next) = fixed(head)
            && (next > time || (next == time && at == part))
        {
            return Some((at, next, &line[at + LENGTH..]));
        }
        from += found + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_engine_are_read() {
        let expected = DateTime::parse_from_rfc3339("2024-02-29T23:59:58.123456789Z")
            .unwrap()
            .timestamp_nanos_opt();
        for text in [
            "2024-02-29T23:59:58.123456789Z text",
            "2024-03-01T00:59:58.123456789+01:00 text",
        ] {
            assert_eq!(split_time(text.as_bytes()), (expected, &b"text"[..]));
        }
        assert_eq!(split_time(b"no time here"), (None, &b"no time here"[..]));
        let empty = split_time(b"2024-02-29T23:59:58.123456789Z ");
        assert_eq!(empty, (expected, &b""[..]));
        for year in 1970..2200 {
            let text = format!("{year}-03-01T00:00:00.000000001Z x");
            let time = DateTime::parse_from_rfc3339(&text[..30]).unwrap();
            assert_eq!(split_time(text.as_bytes()).0, time.timestamp_nanos_opt());
        }
    }

    #[test]
    fn only_a_later_time_is_a_seam() {
        let line = b"/ # 2024-02-29T23:59:58.000000002Z next";
        let time = split_time(&line[4..]).0.unwrap();
        let found = seam(line, time - 1, 16_384).unwrap();
        assert_eq!((found.0, found.2), (4, &b"next"[..]));
        assert!(seam(line, time, 16_384).is_none());
        assert!(seam(line, time, 4).is_some());
    }
}
