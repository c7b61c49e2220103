//! Tests of text in cells. They must not depend on a screen.

use proptest::prelude::*;
use ratatui::buffer::CellWidth as _;
use ratatui::style::{Color, Modifier};

use super::*;

fn buffer(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

fn line(buf: &Buffer) -> String {
    buf.content.iter().map(Cell::symbol).collect()
}

const PLAIN: Style = Style::new();

#[test]
fn text_is_clipped_between_graphemes() {
    let mut buf = buffer(6, 1);
    assert_eq!(put(&mut buf, 1, 0, 9, "container", PLAIN), 5);
    assert_eq!(line(&buf), " conta");
    let mut buf = buffer(6, 1);
    fill(&mut buf, Rect::new(0, 0, 6, 1), PLAIN);
    put(&mut buf, 0, 0, 6, "xxxxxx", PLAIN);
    assert_eq!(put(&mut buf, 0, 0, 5, "多字节", PLAIN), 4);
    assert_eq!(line(&buf), "多 字  x");
    assert_eq!(put(&mut buf, 9, 0, 5, "a", PLAIN), 0);
    assert_eq!(put(&mut buf, 0, 9, 5, "a", PLAIN), 0);
}

#[test]
fn what_was_cut_says_so() {
    let mut buf = buffer(6, 1);
    assert_eq!(put_short(&mut buf, (0, 0), 5, "container", PLAIN, "…"), 5);
    assert_eq!(line(&buf), "cont… ");
    let mut buf = buffer(6, 1);
    assert_eq!(put_short(&mut buf, (0, 0), 5, "多字节", PLAIN, "…"), 5);
    assert_eq!(line(&buf), "多 字 … ");
    let mut buf = buffer(6, 1);
    assert_eq!(put_right(&mut buf, 0, 0, 6, "web", PLAIN), 3);
    assert_eq!(line(&buf), "   web");
    assert_eq!(put_centred(&mut buf, 0, 0, 6, "ab", PLAIN), 2);
    assert_eq!(line(&buf), "  abeb");
}

#[test]
fn ranges_are_styled_where_they_show() {
    let mut buf = buffer(6, 1);
    let red = PLAIN.fg(Color::Red);
    let ranges = [(0..2, red), (4..99, red), (1..2, red.bg(Color::Blue))];
    put_ranges(&mut buf, (0, 0), 6, ("h\u{e9}llo world", 1), PLAIN, &ranges);
    assert_eq!(line(&buf), "éllo w");
    let reds: Vec<bool> = buf.content.iter().map(|c| c.fg == Color::Red).collect();
    // 0..2 ends within é and so is no range of this text
    assert_eq!(reds, [false, false, true, true, true, true]);
}

#[test]
fn an_area_is_restyled_and_framed_within_the_buffer() {
    let mut buf = buffer(4, 3);
    let set = crate::view::glyphs::UNICODE.frame;
    frame(&mut buf, Rect::new(0, 0, 4, 3), &set, PLAIN);
    assert_eq!(line(&buf), "╭──╮│  │╰──╯");
    frame(&mut buf, Rect::new(2, 1, 60, 60), &set, PLAIN);
    tint(
        &mut buf,
        Rect::new(0, 0, 99, 1),
        PLAIN.add_modifier(Modifier::DIM),
    );
    restyle(&mut buf, Rect::new(0, 0, 99, 1), |style| {
        style.remove_modifier(Modifier::DIM).bg(Color::Blue)
    });
    assert_eq!(buf.content[0].modifier, Modifier::empty());
    assert_eq!(buf.content[0].bg, Color::Blue);
}

#[test]
fn the_gate_lets_nothing_harmful_through() {
    let cases = [
        ("\u{1b}", "\u{fffd}"),
        ("\u{9b}", "\u{fffd}"),
        ("\u{202e}", "\u{fffd}"),
        ("\u{301}", "\u{fffd}"),
        ("", " "),
        ("e\u{301}", "e\u{301}"),
        ("e\u{1b}", "e"),
        ("a\nb", "a"),
        ("⚠\u{fe0f}", "⚠"),
        ("👩\u{200d}👩\u{200d}👧", "👩"),
        ("👍\u{1f3fd}", "👍"),
        ("字", "字"),
        ("ｶ\u{ff9e}", "ｶ"),
        ("─", "─"),
        ("⣿", "⣿"),
    ];
    for (from, to) in cases {
        let mut buf = buffer(3, 1);
        buf.content[0].set_symbol(from);
        scrub(&mut buf);
        assert_eq!(buf.content[0].symbol(), to, "{from:?}");
    }
    let mut buf = buffer(3, 1);
    put(&mut buf, 0, 0, 3, "🇩🇪!", PLAIN);
    scrub(&mut buf);
    assert_eq!(line(&buf), "DE!");
    let mut marks = buffer(1, 1);
    marks.content[0].set_symbol(&format!("z{}", "\u{335}".repeat(50)));
    scrub(&mut marks);
    assert_eq!(marks.content[0].symbol().chars().count(), 1 + MARKS);
}

#[test]
fn a_wide_character_half_covered_goes() {
    let mut buf = buffer(4, 1);
    put(&mut buf, 0, 0, 4, "多字", PLAIN);
    put(&mut buf, 1, 0, 1, "│", PLAIN);
    buf.content[3].bg = Color::Blue;
    scrub(&mut buf);
    assert_eq!(line(&buf), " │  ");
    let mut buf = buffer(2, 1);
    buf.content[1].set_symbol("字");
    scrub(&mut buf);
    assert_eq!(line(&buf), "  ");
}

proptest! {
    #[test]
    fn nothing_outside_the_buffer_and_nothing_harmful_inside(
        text in "\\PC{0,20}|(?s).{0,20}",
        x in 0..12_u16,
        y in 0..4_u16,
        columns in 0..12_u16,
        skip in 0..9_usize,
        from in 0..30_usize,
        length in 0..30_usize,
    ) {
        let mut buf = buffer(8, 2);
        let used = put(&mut buf, x, y, columns, &text, PLAIN);
        prop_assert!(used <= columns);
        put_short(&mut buf, (x, y), columns, &text, PLAIN, "…");
        put_right(&mut buf, x, y, columns, &text, PLAIN);
        put_centred(&mut buf, x, y, columns, &text, PLAIN);
        let ranges = [(from..from + length, PLAIN.fg(Color::Red))];
        put_ranges(&mut buf, (x, y), columns, (&text, skip), PLAIN, &ranges);
        scrub(&mut buf);
        for row in buf.content.chunks(8) {
            let mut at = 0;
            while at < row.len() {
                let symbol = row[at].symbol();
                let wide = width(symbol);
                prop_assert!(symbol.chars().all(is_harmless), "{symbol:?}");
                prop_assert_eq!(symbol.chars().map(char_width).sum::<usize>(), wide);
                prop_assert!(wide == 1 || wide == 2);
                prop_assert_eq!(usize::from(symbol.cell_width()), wide);
                prop_assert!(at + wide <= row.len());
                at += wide;
            }
        }
        let before = buf.clone();
        scrub(&mut buf);
        prop_assert_eq!(before, buf);
    }
}
