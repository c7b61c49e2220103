//! Scripts and what comes of them.

use super::*;

fn shell(script: &str) -> Option<Play> {
    play(&["sh", "-c", script].map(str::to_owned), false)
}

/// What is said, in order; standard error marked.
fn said(script: &str) -> Vec<String> {
    let play = shell(script).unwrap_or_else(|| panic!("{script} is not played"));
    let text = |one: &Said| {
        let mark = if one.stderr { "!" } else { "" };
        format!(
            "{mark}{}",
            String::from_utf8_lossy(&one.text).trim_end_matches('\n')
        )
    };
    play.said.iter().map(|(_, one)| text(one)).collect()
}

fn end(script: &str) -> Option<(i64, i64)> {
    let (after, code) = shell(script)?.end?;
    Some((after / SECOND, code))
}

#[test]
fn scripts_write_what_a_shell_writes() {
    for (script, expected) in [
        (
            "echo one; echo two >&2; printf 'no end'",
            vec!["one", "!two", "no end"],
        ),
        ("echo -e '\\033[1mx\\033[0m'", vec!["\x1b[1mx\x1b[0m"]),
        (
            "for i in $(seq 3); do echo line $i; done",
            vec!["line 1", "line 2", "line 3"],
        ),
        (
            "i=0; while [ $i -lt 2 ]; do i=$((i+1)); echo \"i  $i\"; done",
            vec!["i  1", "i  2"],
        ),
        (
            "head -c 5 /dev/zero | tr '\\0' x; echo; echo after",
            vec!["xxxxx", "after"],
        ),
        ("if [ a = b ]; then echo no; else echo yes; fi", vec!["yes"]),
        ("false && echo no; false || echo $?", vec!["1"]),
        ("seq 9 | head -n 2; echo hidden > /dev/null", vec!["1", "2"]),
        ("printf '%s-%d\\n' a 1 b 2", vec!["a-1", "b-2"]),
        ("n=7; echo ${n}$((n * 2 - 10 % 4))'$n'", vec!["712$n"]),
        ("while :; do echo once; break; done", vec!["once"]),
    ] {
        assert_eq!(said(script), expected, "{script}");
    }
}

#[test]
fn times_and_codes_follow_the_script() {
    assert_eq!(end("sleep 3; exit 4"), Some((3, 4)));
    assert_eq!(end("echo x; false"), Some((0, 1)));
    assert_eq!(end("exec sleep 2"), Some((2, 0)));
    assert_eq!(
        play(&["sleep".to_owned(), "9".to_owned()], false)
            .unwrap()
            .end
            .unwrap()
            .0
            / SECOND,
        9
    );
    let slow = shell("echo a; sleep 0.5; echo b").unwrap();
    let apart = slow.said[1].0 - slow.said[0].0;
    assert!((500_000_000..510_000_000).contains(&apart), "{apart}");
    assert!(slow.said.is_sorted_by_key(|(at, _)| *at) && slow.end.unwrap().0 > slow.said[1].0);
}

#[test]
fn what_never_ends_works_or_waits() {
    let busy = shell("while :; do :; done").unwrap();
    assert!(busy.busy && busy.end.is_none());
    let waits = shell("trap 'exit 3' TERM; while :; do sleep 0.1; done").unwrap();
    assert!(!waits.busy && waits.end.is_none());
    assert_eq!(waits.on_term, Some(3));
    assert_eq!(shell("trap '' TERM; sleep 9").unwrap().on_term, None);
    let talks = shell("while :; do echo x; sleep 1; done").unwrap();
    assert!(talks.end.is_none() && talks.said.len() > 10_000 && !talks.busy);
    assert!(shell("sleep infinity").unwrap().end.is_none());
}

#[test]
fn files_are_counted_and_terminals_have_one_stream() {
    let fat =
        shell("dd if=/dev/zero of=/fat bs=1024 count=300 2>/dev/null; echo abc > /x").unwrap();
    assert_eq!(fat.written, 300 * 1024 + 4);
    let script = "echo out; echo err >&2";
    let tty = play(&["sh", "-c", script].map(str::to_owned), true).unwrap();
    let texts: Vec<_> = tty
        .said
        .iter()
        .map(|(_, one)| (&one.text[..], one.stderr))
        .collect();
    assert_eq!(texts, [(&b"out\r\n"[..], false), (&b"err\r\n"[..], false)]);
}

#[test]
fn what_is_not_known_is_not_played() {
    for script in [
        "node server.js",
        "echo a; wget x",
        "echo $((1 << 2))",
        "yes | head -n 1",
        "head -c 9999999999 /dev/zero",
    ] {
        assert_eq!(shell(script), None, "{script}");
    }
    assert_eq!(play(&["nginx".to_owned()], false), None);
}
