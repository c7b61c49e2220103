//! What a typed text means where a field takes a number, bytes, a time or a pair; and if it means
//! nothing, why. Units are read as the docker command reads them.

use std::time::Duration;

use crate::spec::words::alone;

/// A whole number.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn number(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no whole number"))
}

/// A number of bytes: `512m`, `1.5g`, `64KiB`, `100`. Units are powers of 1024, as in
/// `docker run --memory`; without one it is bytes.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn bytes(text: &str) -> Result<u64, String> {
    let fault = || format!("`{text}` is no size: a number and b, k, m, g, t or p, as in 512m");
    let lower = text.to_ascii_lowercase();
    let end = lower
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(lower.len());
    let (figure, unit) = lower.split_at(end);
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let power = match unit {
        "" | "b" => 0,
        "k" | "kb" | "kib" | "ki" => 1,
        "m" | "mb" | "mib" | "mi" => 2,
        "g" | "gb" | "gib" | "gi" => 3,
        "t" | "tb" | "tib" | "ti" => 4,
        "p" | "pb" | "pib" | "pi" => 5,
        _ => return Err(fault()),
    };
    let figure: f64 = figure.parse().map_err(|_| fault())?;
    let bytes = figure * 1024_f64.powi(power);
    if bytes.is_finite() && bytes < u64::MAX as f64 {
        Ok(bytes as u64)
    } else {
        Err(fault())
    }
}

/// A length of time as Go reads it: `30s`, `1m30s`, `1.5h`, `250ms`.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("`{text}` is no time: numbers with h, m, s or ms, as in 1m30s");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(fault)?;
        let figure: f64 = rest[..end].parse().map_err(|_| fault())?;
        rest = &rest[end..];
        let units = [
            ("ms", 1e-3),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("ns", 1e-9),
            ("h", 3600.0),
            ("m", 60.0),
            ("s", 1.0),
        ];
        let (unit, seconds) = units
            .into_iter()
            .find(|(unit, _)| rest.starts_with(unit))
            .ok_or_else(fault)?;
        rest = &rest[unit.len()..];
        total += figure * seconds;
    }
    Duration::try_from_secs_f64(total)
        .ok()
        .filter(|_| !text.is_empty())
        .ok_or_else(fault)
}

/// A name and, behind `=`, its value; none: the name alone, which takes it from where the program
/// runs.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn pair(text: &str) -> Result<(&str, Option<&str>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if name.is_empty() {
        return Err("a name must stand before `=`".to_owned());
    }
    if name.contains(char::is_whitespace) {
        return Err(format!("`{name}` has a blank in it: no name has one"));
    }
    Ok((name, value))
}

/// A whole path within a container.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn absolute(text: &str) -> Result<(), String> {
    if text.starts_with('/') {
        Ok(())
    } else {
        Err(format!("`{text}` is no whole path: it begins with /"))
    }
}

/// Words as a shell would read them, quotes and backslashes included.
///
/// # Errors
/// What is wrong, in a sentence.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    alone(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_the_docker_command_reads_them() {
        let cases = [
            ("0", 0),
            ("100", 100),
            ("1k", 1024),
            ("512m", 512 << 20),
            ("512M", 512 << 20),
            ("1.5g", 3 << 29),
            ("64KiB", 64 << 10),
            ("2 gb", 2 << 30),
        ];
        for (text, expected) in cases {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for wrong in ["", "m", "1x", "-1", "1..2m", "5 5", "1e400"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_read_as_go_reads_them() {
        let millis = |text| duration(text).map(|time| time.as_millis());
        assert_eq!(millis("30s"), Ok(30_000));
        assert_eq!(millis("1m30s"), Ok(90_000));
        assert_eq!(millis("1.5h"), Ok(5_400_000));
        assert_eq!(millis("250ms"), Ok(250));
        assert_eq!(millis("0"), Ok(0));
        for wrong in ["", "5", "s", "5x", "1m 30s", "-1s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pairs_and_words_say_what_is_wrong() {
        assert_eq!(pair("A=b=c"), Ok(("A", Some("b=c"))));
        assert_eq!(pair("HOME"), Ok(("HOME", None)));
        assert!(pair("=x").is_err() && pair("A B=1").is_err());
        assert_eq!(words("sh -c 'echo a b'").unwrap(), ["sh", "-c", "echo a b"]);
        assert!(words("echo 'open").is_err());
        assert!(absolute("/srv").is_ok() && absolute("srv").is_err());
    }
}
