//! Tests of the splitter: entries as an engine writes them, cut anywhere.

use super::*;
use proptest::prelude::*;

/// Nanoseconds of 2024-01-01T00:00:00Z.
const EPOCH: i64 = 1_704_067_200_000_000_000;

fn entry(nanos: i64, text: &[u8]) -> Vec<u8> {
    let mut entry = format!("2024-01-01T00:00:00.{nanos:09}Z ").into_bytes();
    entry.extend_from_slice(text);
    entry
}

fn frame(stream: Stream, nanos: i64, text: &[u8]) -> Vec<u8> {
    let entry = entry(nanos, text);
    let mut frame = vec![if stream == Stream::Err { 2 } else { 1 }, 0, 0, 0];
    frame.extend((entry.len() as u32).to_be_bytes());
    frame.extend(entry);
    frame
}

type Got = Vec<(String, i64, Stream, u64)>;

fn split(tty: bool, parts: &[&[u8]]) -> Got {
    let mut got = Vec::new();
    let mut splitter = Splitter::new(tty);
    let mut sink =
        |cut: &Piece<'_>| got.push((cut.text.to_owned(), cut.time - EPOCH, cut.stream, cut.cut));
    for part in parts {
        splitter.feed(part, &mut sink).unwrap();
    }
    splitter.finish(&mut sink);
    got
}

/// An engine's entries for a text: parts of 16 KiB, each with a time of its own.
fn parts(text: &[u8], mut write: impl FnMut(&[u8])) {
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let mut rest = line;
        while rest.len() > PART {
            write(&rest[..PART]);
            rest = &rest[PART..];
        }
        write(rest);
    }
}

#[test]
fn frames_keep_their_stream_and_time() {
    let mut bytes = frame(Stream::Out, 1, b"one\n");
    bytes.extend(frame(Stream::Err, 2, b"two\x1b[31m!\n"));
    bytes.extend(frame(Stream::Out, 3, b"\n"));
    bytes.extend(frame(Stream::Out, 4, b"no end"));
    let got = split(false, &[&bytes]);
    let expected = [
        ("one", 1, Stream::Out),
        ("two!", 2, Stream::Err),
        ("", 3, Stream::Out),
        ("no end", 4, Stream::Out),
    ];
    let expected: Got = expected
        .into_iter()
        .map(|(text, time, stream)| (text.to_owned(), time, stream, 0))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn parts_of_a_long_line_are_joined_by_stream() {
    let long = [b'a'; PART];
    let mut bytes = frame(Stream::Out, 1, &long);
    bytes.extend(frame(Stream::Err, 2, b"between\n"));
    bytes.extend(frame(Stream::Out, 3, b"end\n"));
    let got = split(false, &[&bytes]);
    assert_eq!(got[0].0, "between");
    assert_eq!((got[1].0.len(), got[1].1), (PART + 3, 1));
}

#[test]
fn a_terminals_line_of_many_parts_is_one_line_and_an_unended_one_is_another() {
    let mut bytes = Vec::new();
    let text = [vec![b'a'; 50_000], b"\r\n".to_vec()].concat();
    parts(&text, |part| bytes.extend(entry(7, part)));
    bytes.extend(entry(8, b"/ # "));
    bytes.extend(entry(9, b"again 2024-01-01T00:00:00.000000001Z mine\r\n"));
    let got = split(true, &[&bytes]);
    let seen: Vec<_> = got
        .iter()
        .map(|(text, time, ..)| (text.len(), *time))
        .collect();
    assert_eq!(seen, [(50_000, 7), (4, 8), (41, 9)]);
}

#[test]
fn a_progress_bar_shows_its_last_state() {
    for tty in [false, true] {
        let text = b"10%\r50%\r100%\r\n";
        let bytes = if tty {
            entry(1, text)
        } else {
            frame(Stream::Out, 1, text)
        };
        assert_eq!(split(tty, &[&bytes])[0].0, "100%");
    }
    let mut bytes = Vec::new();
    let text = [b"working\r".repeat(20_000), b"done\n".to_vec()].concat();
    parts(&text, |part| bytes.extend(entry(1, part)));
    let got = split(true, &[&bytes]);
    assert_eq!((got.len(), got[0].0.as_str(), got[0].3), (1, "done", 0));
}

#[test]
fn too_long_a_line_is_cut_and_marked() {
    for tty in [false, true] {
        let mut bytes = Vec::new();
        let text = [vec![b'x'; 200_000], b"\nnext\n".to_vec()].concat();
        parts(&text, |part| {
            bytes.extend(if tty {
                entry(1, part)
            } else {
                frame(Stream::Out, 1, part)
            });
        });
        let got = split(tty, &[&bytes]);
        assert_eq!(got[0].0.len(), MAX_LINE);
        let left_out = 200_000 - MAX_LINE as u64;
        // a terminal's log has the times of its parts in its middle
        let times = if tty { 13 * stamp::LENGTH as u64 } else { 0 };
        assert!(
            (left_out..=left_out + times).contains(&got[0].3),
            "{}",
            got[0].3
        );
        assert_eq!((got[1].0.as_str(), got[1].3), ("next", 0));
    }
}

#[test]
fn what_is_no_frame_is_said() {
    let mut splitter = Splitter::new(false);
    assert!(splitter.feed(b"HTTP is no frame", &mut |_| ()).is_err());
}

#[test]
#[ignore = "a measurement: run it optimised, with --nocapture"]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn speed_of_plain_and_coloured_lines() {
    for line in [
        &b"2024-01-01 INFO request served path=/index.html status=200 took=12ms bytes=4096\n"[..],
        b"2024-01-01 \x1b[32mINFO\x1b[0m request served path=/index.html status=200 took=12ms\n",
    ] {
        let one = frame(Stream::Out, 7, line);
        let bytes = one.repeat(1_000_000);
        for piece in [one.len(), 32 * 1024] {
            let mut splitter = Splitter::new(false);
            let mut chunk = crate::model::log::Chunk::default();
            let mut count = 0_u32;
            let began = std::time::Instant::now();
            for data in bytes.chunks(piece) {
                let mut sink = |cut: &Piece<'_>| {
                    chunk.push(cut.text, cut.time, cut.stream, cut.cut, cut.spans);
                    count += 1;
                    if chunk.is_full() {
                        drop(std::mem::take(&mut chunk).seal());
                    }
                };
                splitter.feed(data, &mut sink).unwrap();
            }
            let rate = f64::from(count) / began.elapsed().as_secs_f64() / 1e6;
            println!("{piece} bytes at once: {rate:.2} million lines a second");
        }
    }
}

fn pieces(bytes: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.insert(0, 0);
    cuts.push(bytes.len());
    cuts.windows(2)
        .map(|pair| bytes[pair[0]..pair[1]].to_vec())
        .collect()
}

/// Text with what matters to a splitter: line breaks, returns, escapes, broken UTF-8.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[ -~]{0,40}".prop_map(String::into_bytes),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\t".to_vec()),
        1 => Just(b"\x1b[38;5;9m".to_vec()),
        1 => Just(b"\x1b]52;c;x".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
        1 => Just("é🐳\u{202e}".as_bytes().to_vec()),
        1 => Just(vec![b'l'; 20_000]),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_cut_gives_the_same_harmless_lines(
        text in text(),
        tty in any::<bool>(),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        let mut bytes = Vec::new();
        let mut nanos = 0;
        parts(&text, |part| {
            nanos += 1;
            let stream = if nanos % 3 == 0 { Stream::Err } else { Stream::Out };
            bytes.extend(if tty { entry(nanos, part) } else { frame(stream, nanos, part) });
        });
        let whole = split(tty, &[&bytes]);
        let pieces = pieces(&bytes, &cuts);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(&split(tty, &pieces), &whole);
        for (line, ..) in &whole {
            prop_assert!(line.chars().all(crate::model::text::is_harmless), "{:?}", line);
            prop_assert!(line.len() <= MAX_LINE);
        }
    }
}
