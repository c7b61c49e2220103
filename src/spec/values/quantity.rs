//! Amounts: bytes, CPUs, spans of time, whole numbers and switches.

use std::fmt;
use std::str::FromStr;

/// A number of bytes: `512m`, `1.5g`, `2KiB`, `1073741824`; binary multiples, as docker reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub i64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is no size: a number with b, k, m, g, t or p, as in 512m");
        let end = text
            .rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '))
            .ok_or_else(fault)?;
        let (number, unit) = text.split_at(end + 1);
        let number = number.strip_suffix(' ').unwrap_or(number);
        let number: f64 = number.parse().map_err(|_| fault())?;
        if number < 0.0 || number.is_nan() {
            return Err(format!("`{text}` is below zero"));
        }
        let unit = unit.to_lowercase();
        let power = match unit.as_bytes() {
            [] | [b'b'] => 0,
            [first] | [first, b'b'] | [first, b'i', b'b'] => {
                let place = b"kmgtp".iter().position(|unit| unit == first);
                place.ok_or_else(fault)? as i32 + 1
            }
            _ => return Err(fault()),
        };
        Ok(Self((number * 1024_f64.powi(power)) as i64))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut number, mut unit) = (self.0, "");
        for larger in ["k", "m", "g", "t", "p"] {
            if number == 0 || number % 1024 != 0 {
                break;
            }
            (number, unit) = (number / 1024, larger);
        }
        write!(f, "{number}{unit}")
    }
}

/// Memory and swap together; `-1` is without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// As much as there is.
    Unlimited,
    /// At most so many bytes.
    Limit(Bytes),
}

impl Swap {
    /// As the engine takes it: bytes, or -1.
    pub fn value(self) -> i64 {
        match self {
            Self::Unlimited => -1,
            Self::Limit(bytes) => bytes.0,
        }
    }
}

impl FromStr for Swap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "-1" => Ok(Self::Unlimited),
            _ => text.parse().map(Self::Limit),
        }
    }
}

impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("-1"),
            Self::Limit(bytes) => bytes.fmt(f),
        }
    }
}

/// A number of CPUs in billionths of one: `1.5`, `3/4`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpus(pub i64);

const NANO: i128 = 1_000_000_000;

impl FromStr for Cpus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is no number of CPUs, as in 1.5");
        let (above, below) = ratio(text).ok_or_else(fault)?;
        let scaled = above.checked_mul(NANO).ok_or_else(fault)?;
        if scaled % below != 0 {
            return Err(format!("`{text}` is finer than a billionth of a CPU"));
        }
        i64::try_from(scaled / below).map(Self).map_err(|_| fault())
    }
}

/// A rational number: a fraction or a decimal one with an exponent, as numerator and denominator.
fn ratio(text: &str) -> Option<(i128, i128)> {
    if let Some((above, below)) = text.split_once('/') {
        let below: i128 = below.parse().ok().filter(|below| *below > 0)?;
        return Some((above.parse().ok()?, below));
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    if part.contains(['+', '-']) || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: i128 = digits.parse().ok()?;
    let exponent = exponent - i32::try_from(part.len()).ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent < 0 {
        Some((number, power))
    } else {
        Some((number.checked_mul(power)?, 1))
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nano = self.0.unsigned_abs();
        let (whole, part) = (nano / NANO as u64, nano % NANO as u64);
        let part = format!("{part:09}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            part => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

/// A span of time in nanoseconds: `30s`, `1m30s`, `1.5h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub i64);

/// Units of a span with their nanoseconds; the first of each length is written.
const UNITS: [(&str, i64); 8] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ns", 1),
];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault =
            || format!("`{text}` is no span of time: numbers with ms, s, m or h, as in 30s");
        let (sign, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        let mut nanos: i128 = 0;
        loop {
            let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (number, more) = rest.split_at(number.ok_or_else(fault)?);
            let unit = more.find(|c: char| c.is_ascii_digit() || c == '.');
            let (unit, more) = more.split_at(unit.unwrap_or(more.len()));
            let unit = UNITS.iter().find(|(name, _)| *name == unit);
            let (above, below) = ratio(number).ok_or_else(fault)?;
            nanos += above * i128::from(unit.ok_or_else(fault)?.1) / below;
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        i64::try_from(sign * nanos).map(Self).map_err(|_| fault())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut left = self.0.unsigned_abs();
        for (unit, nanos) in UNITS {
            let count = left / nanos.unsigned_abs();
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
            left %= nanos.unsigned_abs();
        }
        Ok(())
    }
}

/// A whole number as the docker command reads it: decimal, or after `0x`, `0o`, `0b`, `0`.
pub fn integer(text: &str) -> Result<i64, String> {
    let fault = || format!("`{text}` is no whole number");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return Err(fault());
    }
    let lower = digits.to_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    i64::from_str_radix(&format!("{sign}{}", digits.replace('_', "")), base).map_err(|_| fault())
}

/// A switch's value as the docker command reads it.
pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads, compares, writes, and reads again.
    fn both<T>(cases: &[(&str, T, &str)])
    where
        T: FromStr<Err = String> + fmt::Display + fmt::Debug + PartialEq,
    {
        for (text, value, written) in cases {
            let read: T = text.parse().unwrap();
            assert_eq!(read, *value, "{text}");
            assert_eq!(read.to_string(), *written, "{text}");
            assert_eq!(written.parse::<T>().unwrap(), *value, "{text}");
        }
    }

    #[test]
    fn sizes() {
        both(&[
            ("512m", Bytes(512 << 20), "512m"),
            ("1.5G", Bytes(1536 << 20), "1536m"),
            ("2KiB", Bytes(2048), "2k"),
            ("10 mb", Bytes(10 << 20), "10m"),
            ("1000", Bytes(1000), "1000"),
            ("0", Bytes(0), "0"),
            ("5b", Bytes(5), "5"),
        ]);
        for text in ["", "m", "-1m", "5x", "5bb", "5mbb", "5kk"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        both(&[
            ("-1", Swap::Unlimited, "-1"),
            ("1g", Swap::Limit(Bytes(1 << 30)), "1g"),
        ]);
    }

    #[test]
    fn cpus() {
        both(&[
            ("1.5", Cpus(1_500_000_000), "1.5"),
            ("3/4", Cpus(750_000_000), "0.75"),
            (".1", Cpus(100_000_000), "0.1"),
            ("2", Cpus(2_000_000_000), "2"),
            ("1e-9", Cpus(1), "0.000000001"),
        ]);
        for text in ["", ".", "a", "1e-10", "1/3", "1/0", "1.-5"] {
            assert!(text.parse::<Cpus>().is_err(), "{text}");
        }
    }

    #[test]
    fn spans() {
        both(&[
            ("30s", Span(30_000_000_000), "30s"),
            ("90s", Span(90_000_000_000), "1m30s"),
            ("1.5h", Span(5_400_000_000_000), "1h30m"),
            ("250ms", Span(250_000_000), "250ms"),
            ("1h2m3s4ms", Span(3_723_004_000_000), "1h2m3s4ms"),
            ("0", Span(0), "0s"),
            ("-5s", Span(-5_000_000_000), "-5s"),
        ]);
        for text in ["", "30", "s", "5 s", "1d", "."] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_and_switches() {
        let cases = [
            ("10", 10),
            ("0x10", 16),
            ("010", 8),
            ("1_000", 1000),
            ("-5", -5),
        ];
        for (text, value) in cases {
            assert_eq!(integer(text), Ok(value));
        }
        assert!(integer("1.5").is_err() && integer("--5").is_err() && integer("").is_err());
        assert_eq!(switch("T"), Ok(true));
        assert!(switch("yes").is_err());
    }
}
