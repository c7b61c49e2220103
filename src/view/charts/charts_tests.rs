//! Tests of sparklines and charts. They must not depend on a theme.

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::*;
use crate::model::units::{round_up, round_up_bytes};
use crate::view::glyphs::{ASCII, Glyphs, UNICODE};

fn rows(buf: &Buffer) -> Vec<String> {
    buf.content
        .chunks(usize::from(buf.area.width))
        .map(|row| row.iter().map(Cell::symbol).collect())
        .collect()
}

fn levels() -> Levels {
    Levels {
        good: Style::new().fg(Color::Green),
        warn: Style::new().fg(Color::Yellow),
        bad: Style::new().fg(Color::Red),
    }
}

fn spark(end: i64, every: u16, glyphs: &Glyphs) -> Spark<'_> {
    Spark {
        end,
        every,
        max: Some(100.0),
        levels: levels(),
        glyphs,
    }
}

fn draw(values: &[f32], columns: u16, spark: &Spark<'_>) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, columns, 1));
    let area = buf.area;
    sparkline(&mut buf, area, values.iter().copied(), spark);
    buf
}

#[test]
fn a_gap_is_blank_and_a_zero_is_not() {
    let values = [0.0, f32::NAN, 50.0, 80.0, 95.0];
    let buf = draw(&values, 6, &spark(99, 1, &UNICODE));
    assert_eq!(rows(&buf), [" ▁ ▄▆▇"]);
    let colours: Vec<Color> = buf.content[3..].iter().map(|cell| cell.fg).collect();
    assert_eq!(colours, [Color::Green, Color::Yellow, Color::Red]);
    let buf = draw(&values, 6, &spark(99, 1, &ASCII));
    assert_eq!(rows(&buf), [" _ -+*"]);
}

#[test]
fn between_moves_only_the_last_cell_changes() {
    let all: Vec<f32> = (0..200).map(|n| (n * 37 % 100) as f32).collect();
    for end in 100..180_i64 {
        let cells = |end: i64| {
            let values = &all[..=end as usize];
            draw(values, 8, &spark(end, 5, &UNICODE)).content
        };
        let (now, next) = (cells(end), cells(end + 1));
        if (end + 1) % 5 == 0 {
            assert_eq!(now[1..], next[..7], "at {end}");
        } else {
            assert_eq!(now[..7], next[..7], "at {end}");
        }
    }
}

#[test]
fn scales_stand_still_while_values_move_a_little() {
    assert!((round_up(0.0) - 1.0).abs() < f32::EPSILON);
    assert!((round_up(3.2) - 5.0).abs() < f32::EPSILON);
    assert!((round_up(51.0) - 100.0).abs() < 0.001);
    assert!((round_up(f32::NAN) - 1.0).abs() < f32::EPSILON);
    assert!((round_up_bytes(70e6) - 134_217_730.0).abs() < 10.0);
}

fn unit(value: f32) -> String {
    format!("{value:.0}")
}

fn sheet<'a>(glyphs: &'a Glyphs, unit: &'a dyn Fn(f32) -> String) -> Sheet<'a> {
    let plain = Style::new();
    Sheet {
        end: 299,
        seconds: 300,
        every: 5,
        max: Some(100.0),
        limit: Some(50.0),
        round: round_up,
        unit,
        legend: true,
        dim: plain,
        text: plain,
        grid: plain,
        limit_style: plain,
        glyphs,
    }
}

#[test]
fn a_chart_has_axes_a_limit_a_legend_and_gaps() {
    let mut values: Vec<f32> = (0..300).map(|n| n as f32 / 3.0).collect();
    values[100..140].fill(f32::NAN);
    let plots = [Plot {
        name: "cpu",
        values: &values,
        style: Style::new(),
    }];
    let mut buf = Buffer::empty(Rect::new(0, 0, 64, 11));
    let area = buf.area;
    chart(&mut buf, area, &plots, &sheet(&UNICODE, &unit));
    let drawn = rows(&buf);
    assert!(drawn[0].starts_with("cpu min 0 avg "), "{}", drawn[0]);
    assert!(drawn[0].contains("max 100   limit 50"), "{}", drawn[0]);
    assert!(drawn[1].starts_with("100 "), "{}", drawn[1]);
    assert!(drawn[9].starts_with("  0 ⣀"), "{}", drawn[9]);
    assert!(drawn[10].starts_with("    5m ago"), "{}", drawn[10]);
    assert!(drawn[10].contains("2m30s ago") && drawn[10].ends_with("now"));
    assert!(drawn[5].contains('╌'));
    // the gap: columns 20 to 27 of 60 hold no braille in any row
    let lines = |row: &String| {
        row.chars()
            .skip(25)
            .take(6)
            .all(|c| !('\u{2801}'..='\u{28ff}').contains(&c))
    };
    assert!(drawn[1..10].iter().all(lines), "{drawn:#?}");

    let mut buf = Buffer::empty(Rect::new(0, 0, 64, 11));
    chart(&mut buf, area, &plots, &sheet(&ASCII, &unit));
    assert!(rows(&buf).iter().all(|row| row.is_ascii()));
    assert!(rows(&buf)[9].contains("**"));
}

#[test]
fn a_chart_stands_still_between_moves() {
    let all: Vec<f32> = (0..400).map(|n| (n * 37 % 100) as f32).collect();
    let draw = |end: usize| {
        let mut buf = Buffer::empty(Rect::new(0, 0, 60, 8));
        let area = buf.area;
        let plots = [Plot {
            name: "cpu",
            values: &all[..=end],
            style: Style::new(),
        }];
        let sheet = Sheet {
            end: end as i64,
            legend: false,
            ..sheet(&UNICODE, &unit)
        };
        chart(&mut buf, area, &plots, &sheet);
        buf
    };
    let changed = draw(350).diff(&draw(354)).len();
    assert!(changed <= 16, "{changed} cells");
}

proptest! {
    #[test]
    fn any_size_and_any_values_draw(
        width in 1..50_u16,
        height in 1..14_u16,
        x in 0..60_u16,
        y in 0..16_u16,
        values in proptest::collection::vec(
            prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(-1.0_f32), 0.0..1e12_f32],
            0..40,
        ),
        max in prop_oneof![Just(None), Just(Some(0.0_f32)), Just(Some(50.0_f32))],
        limit in prop_oneof![Just(None), Just(Some(f32::NAN)), Just(Some(7e5_f32))],
        seconds in 0..400_u16,
        every in 0..9_u16,
        end in -5..1_000_i64,
        ascii in any::<bool>(),
    ) {
        let glyphs = Glyphs::new(ascii);
        let mut buf = Buffer::empty(Rect::new(0, 0, 40, 12));
        let area = Rect::new(x, y, width, height);
        let plots = [
            Plot { name: "多字", values: &values, style: Style::new() },
            Plot { name: "", values: &[], style: Style::new() },
        ];
        let unit = |value: f32| format!("{value:.1}MiB");
        let sheet = Sheet { end, seconds, every, max, limit, ..sheet(glyphs, &unit) };
        chart(&mut buf, area, &plots, &sheet);
        let look = Spark { max, ..spark(end, every, glyphs) };
        sparkline(&mut buf, area, values, &look);
    }
}
