//! Output that is hard to show: floods, huge lines, progress bars, raw bytes, colours.
//!
//! Must stay cheap a line: the flood is written as fast as a reader takes it.

use super::chance::pick;
use super::lines::Said;

/// Lines of about 165 bytes; one in 50 on stderr.
pub(super) fn flood(number: u64, chance: u64) -> Said {
    let path = pick(
        chance >> 8,
        &[
            "/api/v1/ingest/batch",
            "/api/v1/events/click",
            "/api/v1/metric",
        ],
    );
    let stderr = number % 50 == 7;
    let level = if stderr { "WARN " } else { "INFO " };
    let text = format!(
        "{level} ingest[{:02}] request={chance:016x} seq={number:010} method=POST path={path} status=202 bytes={:05} took={:03}us shard={:02} region=eu-central-1 queue=hot\n",
        chance % 32,
        chance % 60_000,
        chance % 900,
        chance % 64
    );
    Said {
        text: text.into_bytes(),
        stderr,
    }
}

/// A line of one mebibyte, then a few short ones.
pub(super) fn huge(number: u64) -> Vec<u8> {
    if !number.is_multiple_of(4) {
        return format!("dump {number}: next object follows\n").into_bytes();
    }
    let mut text = format!("{{\"dump\":{number},\"payload\":\"").into_bytes();
    let block = b"The quick brown fox jumps over the lazy dog 0123456789. ";
    text.extend(block.iter().cycle().take((1 << 20) - text.len() - 3));
    text.extend_from_slice(b"\"}\n");
    text
}

/// A progress bar that redraws its line with carriage returns.
pub(super) fn progress(number: u64) -> Vec<u8> {
    let done = (number % 51) * 2;
    let bar = "#".repeat((done / 4) as usize);
    let end = if done == 100 { "\r\n" } else { "" };
    format!(
        "\rfetching layer {:3} {done:3}% [{bar:<25}]{end}",
        number / 51
    )
    .into_bytes()
}

/// Words without an end of line.
pub(super) fn dots(number: u64) -> Vec<u8> {
    if number.is_multiple_of(400) {
        b"waiting for the database ".to_vec()
    } else {
        b".".to_vec()
    }
}

/// Bytes that are no UTF-8: bare continuation bytes, cut sequences, NUL, C1, Latin-1.
pub(super) fn raw(number: u64, chance: u64) -> Vec<u8> {
    let junk: &[u8] = match number % 6 {
        0 => b"\xff\xfe\x00binary header\x00\x01\x02",
        1 => b"cut in the middle of a letter: \xe2\x82",
        2 => b"latin-1: caf\xe9 na\xefve",
        3 => b"bare continuation \x80\x81\xbf and C1 \x9b31m \x9d0;t\x9c",
        4 => b"overlong \xc0\xaf surrogate \xed\xa0\x80",
        _ => b"and a good line: \xe2\x9c\x93 \xe4\xbd\xa0\xe5\xa5\xbd",
    };
    let mut text = format!("{:04x} ", chance & 0xffff).into_bytes();
    text.extend_from_slice(junk);
    text.push(b'\n');
    text
}

/// All kinds of SGR colour, with other sequences between.
pub(super) fn ansi(number: u64, chance: u64) -> Vec<u8> {
    let hue = chance % 256;
    match number % 5 {
        0 => format!(
            "\x1b[1;31mbold red\x1b[0m \x1b[4munderlined\x1b[24m \x1b[7mreversed\x1b[0m {number}\n"
        ),
        1 => format!("\x1b[38;5;{hue}mcolour {hue}\x1b[0m \x1b[48;5;{hue}mon it\x1b[0m {number}\n"),
        2 => format!("\x1b[38;2;{hue};120;200mtruecolour\x1b[39m back to default {number}\n"),
        3 => format!("\x1b[2K\x1b[1Gline cleared, cursor moved \x1b[5A {number}\n"),
        _ => format!("\x1b[33mcolour that is never ended {number}\n"),
    }
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storms_have_the_sizes_they_promise() {
        let average: usize = (0..100)
            .map(|n| flood(n, n * 77_777_777).text.len())
            .sum::<usize>()
            / 100;
        assert!((155..=175).contains(&average), "{average}");
        assert_eq!(huge(0).len(), 1 << 20);
        assert!(std::str::from_utf8(&raw(1, 0)).is_err());
        assert!(progress(50).ends_with(b"\r\n") && !progress(49).ends_with(b"\n"));
        assert!(!dots(3).ends_with(b"\n") && ansi(2, 9).starts_with(b"\x1b[38;2;9;"));
    }
}
