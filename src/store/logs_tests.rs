//! How a log is read, scrolled and searched.

use super::*;
use crate::model::log::Stream;
use crate::model::{HostId, Id};

const ROOM: Room = Room {
    width: 10,
    height: 4,
    wrap: true,
};

fn chunk(lines: &[&str]) -> Arc<Chunk> {
    let mut chunk = Chunk::default();
    for line in lines {
        chunk.push(line, 0, Stream::Out, 0, &[]);
    }
    chunk.seal()
}

fn log(lines: &[&str]) -> Log {
    let mut log = Log::new();
    log.add(chunk(lines), usize::MAX);
    log
}

fn text(log: &Log, number: u64) -> &str {
    log.buffer.line(number).unwrap().1.text
}

#[test]
fn following_keeps_the_last_line_at_the_bottom() {
    let log = log(&["1", "2", "3", "4", "5", "0123456789abc"]);
    // the last line takes two rows: 4, 5, and its two
    let (line, row) = log.top(ROOM);
    assert_eq!((text(&log, line), row), ("4", 0));
}

#[test]
fn a_line_taller_than_the_screen_is_shown_from_within() {
    let long = "x".repeat(95);
    let log = log(&["1", &long]);
    assert_eq!(log.top(ROOM), (log.buffer.end() - 1, 6));
}

#[test]
fn the_screen_stands_still_while_lines_come_and_counts_them() {
    let mut log = log(&["1", "2", "3", "4", "5", "6", "7", "8"]);
    log.step(-1, ROOM);
    assert_eq!(text(&log, log.view.cursor), "7");
    let top = log.top(ROOM);
    log.add(chunk(&["9", "10"]), usize::MAX);
    assert_eq!((log.top(ROOM), log.unseen()), (top, 2));
    // down past the last line: it follows again
    for _ in 0..4 {
        log.step(1, ROOM);
    }
    assert!(log.view.follow);
    assert_eq!(log.unseen(), 0);
}

#[test]
fn paging_up_and_down_ends_where_it_began() {
    let lines: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut log = log(&lines);
    log.page(-4, ROOM);
    log.page(-4, ROOM);
    assert_eq!(text(&log, log.top(ROOM).0), "88");
    log.page(4, ROOM);
    assert_eq!(text(&log, log.top(ROOM).0), "92");
    log.page(4, ROOM);
    assert!(log.view.follow);
    log.first(ROOM);
    log.page(-4, ROOM);
    assert_eq!((text(&log, log.top(ROOM).0), log.view.follow), ("0", false));
}

#[test]
fn the_cursor_scrolls_only_when_it_leaves_the_screen() {
    let mut log = log(&["1", "2", "3", "4", "5", "6", "7", "8"]);
    for _ in 0..3 {
        log.step(-1, ROOM);
    }
    assert_eq!(
        (text(&log, log.view.cursor), text(&log, log.top(ROOM).0)),
        ("5", "5")
    );
    log.step(-1, ROOM);
    assert_eq!(text(&log, log.top(ROOM).0), "4");
}

#[test]
fn dropped_lines_do_not_move_what_is_looked_at_out_of_reach() {
    let mut log = log(&["1", "2"]);
    log.first(ROOM);
    let budget = chunk(&["3", "4"]).bytes();
    log.add(chunk(&["3", "4"]), budget);
    assert_eq!(text(&log, log.top(ROOM).0), "3");
    log.step(-1, ROOM);
    assert_eq!(text(&log, log.view.cursor), "3");
}

#[test]
fn hits_come_from_the_search_and_from_later_lines_alike() {
    let mut logs = Logs::new(1 << 20);
    let target = Ref::container(&HostId::new("local"), &Id::new("abc"));
    let id = logs.next_search();
    let log = logs.open(&target);
    log.add(chunk(&["an error", "fine"]), usize::MAX);
    let first = log.buffer.first();
    log.search = Some(Search {
        text: "error".into(),
        is_regex: false,
        regex: Some(Regex::new("error").unwrap()),
        fault: None,
        running: Some(id),
        hits: Vec::new(),
        origin: u64::MAX,
        searched: first..first + 2,
    });
    // a line comes while the search is under way
    logs.learn(&target, LogFact::Lines(chunk(&["error again"])));
    assert_eq!(logs.found(id, &Ok(vec![first])), Some(target.clone()));
    let log = logs.get(&target).unwrap();
    assert_eq!(log.search.as_ref().unwrap().hits, [first, first + 2]);
    assert_eq!(log.view.cursor, first + 2);
    assert_eq!(log.next_hit(true), Some(first + 2));
}

#[test]
fn a_new_reading_voids_what_was_held_and_goes_on_following() {
    let mut logs = Logs::new(1 << 20);
    let target = Ref::container(&HostId::new("local"), &Id::new("abc"));
    logs.open(&target);
    logs.learn(&target, LogFact::Lines(chunk(&["old"])));
    logs.learn(&target, LogFact::Opened);
    logs.learn(&target, LogFact::Lines(chunk(&["new"])));
    let log = logs.get(&target).unwrap();
    assert_eq!((log.buffer.len(), log.view.follow), (1, true));
}

#[test]
fn all_logs_together_stay_within_the_budget() {
    let mut logs = Logs::new(400_000);
    let line = "y".repeat(1000);
    let lines = [line.as_str(); 50];
    for name in ["a", "b", "c"] {
        let target = Ref::container(&HostId::new("local"), &Id::new(name));
        logs.open(&target);
        for _ in 0..20 {
            logs.learn(&target, LogFact::Lines(chunk(&lines)));
        }
    }
    let total: usize = logs.open.values().map(|log| log.buffer.bytes()).sum();
    assert!(total <= 500_000, "{total}");
}
