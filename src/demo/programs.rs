//! What the programs of the small shell do with their words and their input.
//!
//! Must be pure; nothing is given for what is not known.

use std::collections::HashMap;

/// Bytes that one program writes at most.
pub(super) const LARGEST: usize = 1 << 20;

/// A whole number.
pub(super) fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// `head -c 20 FILE`, `head -n 3`.
pub(super) fn head(words: &[String], mut input: Vec<u8>) -> Option<Vec<u8>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (flag, count, file) = match words.as_slice() {
        [flag, count] => (*flag, number(count)?, None),
        [flag, count, file] => (*flag, number(count)?, Some(*file)),
        _ => return None,
    };
    let count = usize::try_from(count).ok()?;
    match (flag, file) {
        ("-c", Some("/dev/zero")) if count <= LARGEST => return Some(vec![0; count]),
        ("-c", None) => input.truncate(count),
        ("-n", None) => {
            let lines = input.split_inclusive(|byte| *byte == b'\n').take(count);
            return Some(lines.flatten().copied().collect());
        }
        _ => return None,
    }
    Some(input)
}

/// What `[` compares; true when it does not hold, as exit codes are.
pub(super) fn compare(words: &[String]) -> Option<bool> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let holds = match words.as_slice() {
        [one] | ["-n", one] => !one.is_empty(),
        ["-z", one] => one.is_empty(),
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, by, b] => {
            let order = number(a)?.cmp(&number(b)?);
            match *by {
                "-lt" => order.is_lt(),
                "-le" => order.is_le(),
                "-gt" => order.is_gt(),
                "-ge" => order.is_ge(),
                "-eq" => order.is_eq(),
                "-ne" => order.is_ne(),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(!holds)
}

/// A format with `%s`, `%d` and `%%`, repeated while words are left.
pub(super) fn format(words: &[String]) -> Option<Vec<u8>> {
    let (pattern, words) = words.split_first()?;
    let mut words = words.iter();
    let mut out = Vec::new();
    loop {
        let before = words.len();
        let mut parts = pattern.split('%');
        out.extend(unescape(parts.next()?));
        while let Some(part) = parts.next() {
            if let Some(rest) = part.strip_prefix(['s', 'd']) {
                out.extend_from_slice(words.next().map_or("", String::as_str).as_bytes());
                out.extend(unescape(rest));
            } else if part.is_empty() {
                out.push(b'%');
                out.extend(unescape(parts.next()?));
            } else {
                return None;
            }
        }
        if words.len() == 0 || words.len() == before {
            return Some(out);
        }
    }
}

/// Backslashes as `echo -e` and `printf` read them.
pub(super) fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let Some((letter, after)) = rest.split_first() else {
            out.push(b'\\');
            break;
        };
        rest = after;
        let plain = match letter {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 7,
            b'e' => 27,
            b'\\' => b'\\',
            b'0'..=b'7' => {
                let digits = rest
                    .iter()
                    .take_while(|digit| (b'0'..=b'7').contains(*digit));
                let more = digits.count().min(if *letter == b'0' { 3 } else { 2 });
                let (digits, after) = rest.split_at(more);
                rest = after;
                let value = |sum: u8, digit: &u8| sum.wrapping_mul(8).wrapping_add(digit - b'0');
                digits.iter().fold(letter - b'0', value)
            }
            other => {
                out.push(b'\\');
                *other
            }
        };
        out.push(plain);
    }
    out
}

/// Numbers and names with `+`, `-`, `*`, `/`, `%`; from left to right, no brackets.
pub(super) fn sum(text: &str, names: &HashMap<String, String>) -> Option<i64> {
    let (mut total, mut product) = (0_i64, 0_i64);
    let mut waiting = '+';
    let mut rest = text.trim();
    loop {
        let length = rest
            .find(|c: char| !(c.is_alphanumeric() || "_$".contains(c)))
            .unwrap_or(rest.len());
        let (term, after) = rest.split_at(length);
        let name = term.trim_start_matches('$');
        let value = match names.get(name) {
            Some(value) => number(value)?,
            None => number(name)?,
        };
        match waiting {
            '*' => product = product.wrapping_mul(value),
            '/' => product = product.checked_div(value)?,
            '%' => product = product.checked_rem(value)?,
            sign => {
                total = total.wrapping_add(product);
                product = if sign == '-' { -value } else { value };
            }
        }
        let after = after.trim_start();
        let Some(sign) = after.chars().next() else {
            return Some(total.wrapping_add(product));
        };
        if !"+-*/%".contains(sign) {
            return None;
        }
        waiting = sign;
        rest = after[1..].trim_start();
    }
}
