//! A buffer of cells as a picture: SVG for the documentation, without a terminal and without
//! fonts having to fit. It draws what the screens drew and decides nothing about it.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::colour::Rgb;
use crate::model::text::width;

/// Pixels of a cell; the height is a multiple of 8, so that eighth blocks fall on whole pixels.
const CELL: (f32, f32) = (8.0, 16.0);
const FONT_SIZE: f32 = 13.2;
/// From a row's top to its letters' feet.
const BASELINE: f32 = 12.2;
const PADDING: f32 = 12.0;
const TITLE_HEIGHT: f32 = 28.0;
const FONTS: &str = "'JetBrains Mono','SF Mono','Cascadia Code',Menlo,Consolas,\
                     'DejaVu Sans Mono','Liberation Mono',monospace";
/// What the terminal's own colours are in a picture.
const FOREGROUND: Rgb = Rgb(0xc8, 0xd3, 0xe0);
const BACKGROUND: Rgb = Rgb(0x0f, 0x17, 0x20);
/// The 16 colours that a terminal's own settings define, here in tones that hold on light and dark.
const ANSI: [Rgb; 16] = [
    Rgb(0x3b, 0x48, 0x59),
    Rgb(0xe0, 0x5c, 0x66),
    Rgb(0x5f, 0xb0, 0x72),
    Rgb(0xcf, 0x9b, 0x45),
    Rgb(0x5f, 0x8f, 0xd6),
    Rgb(0xb4, 0x7f, 0xcf),
    Rgb(0x3f, 0xa6, 0xb3),
    Rgb(0xb6, 0xc2, 0xcf),
    Rgb(0x6b, 0x7a, 0x8f),
    Rgb(0xf0, 0x71, 0x78),
    Rgb(0x7f, 0xc9, 0x8f),
    Rgb(0xe5, 0xb5, 0x67),
    Rgb(0x8f, 0xb4, 0xe8),
    Rgb(0xc9, 0x9f, 0xe0),
    Rgb(0x5f, 0xc3, 0xcf),
    Rgb(0xe6, 0xec, 0xf2),
];

/// Draws a buffer as a rounded window, with a title bar if there is a title. Every run of cells
/// of one style is one `<text>` of a fixed length, so that columns stay aligned in every font;
/// blocks, braille and lines are drawn as shapes, so that no seams show.
pub fn svg(buffer: &Buffer, title: Option<&str>) -> String {
    let area = buffer.area;
    let bar = if title.is_some() { TITLE_HEIGHT } else { 0.0 };
    let (columns, rows) = (f32::from(area.width), f32::from(area.height));
    let wide = columns * CELL.0 + 2.0 * PADDING;
    let high = rows * CELL.1 + 2.0 * PADDING + bar;
    let ground = ground(buffer);
    let mut picture = Picture {
        out: String::new(),
        ground,
    };
    picture.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\" font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">\n"
    ));
    picture.add(format_args!(
        "<rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"9\" fill=\"{}\" \
         stroke=\"{}\"/>\n",
        wide - 1.0,
        high - 1.0,
        hex(ground),
        hex(ground.mix(Rgb(128, 128, 128), 0.4)),
    ));
    if let Some(title) = title {
        picture.title(title, wide);
    }
    picture.add(format_args!(
        "<g transform=\"translate({PADDING} {})\" xml:space=\"preserve\">\n",
        PADDING + bar
    ));
    let cells = usize::from(area.width).max(1);
    for (row, cells) in buffer.content.chunks(cells).enumerate() {
        picture.row(row as f32 * CELL.1, cells);
    }
    picture.out.push_str("</g>\n</svg>\n");
    picture.out
}

/// The background that most cells have.
fn ground(buffer: &Buffer) -> Rgb {
    let corner = buffer.content.first().map_or(Color::Reset, |cell| cell.bg);
    rgb(corner, BACKGROUND)
}

struct Picture {
    out: String,
    ground: Rgb,
}

/// How a run of cells looks, all resolved.
#[derive(Clone, Copy, PartialEq)]
struct Ink {
    fg: Rgb,
    bg: Rgb,
    modifier: Modifier,
}

impl Picture {
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // writing into a String cannot fail
        let _ = self.out.write_fmt(text);
    }

    fn title(&mut self, title: &str, wide: f32) {
        for (at, colour) in [(20, "#f07178"), (38, "#e5b567"), (56, "#7fc98f")] {
            self.add(format_args!(
                "<circle cx=\"{at}\" cy=\"19\" r=\"5.5\" fill=\"{colour}\"/>\n"
            ));
        }
        let text = self.ground.mix(
            if self.ground.luminance() < 0.3 {
                Rgb(255, 255, 255)
            } else {
                Rgb(0, 0, 0)
            },
            0.6,
        );
        self.add(format_args!(
            "<text x=\"{}\" y=\"23\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
            wide / 2.0,
            hex(text),
            escape(title)
        ));
    }

    fn ink(&self, cell: &Cell) -> Ink {
        let (fg, bg) = (rgb(cell.fg, FOREGROUND), rgb(cell.bg, self.ground));
        let (mut fg, bg) = if cell.modifier.contains(Modifier::REVERSED) {
            (bg, fg)
        } else {
            (fg, bg)
        };
        if cell.modifier.contains(Modifier::DIM) {
            fg = fg.mix(bg, 0.45);
        }
        Ink {
            fg,
            bg,
            modifier: cell.modifier - (Modifier::REVERSED | Modifier::DIM),
        }
    }

    fn row(&mut self, y: f32, cells: &[Cell]) {
        let mut at = 0;
        while let Some(cell) = cells.get(at) {
            let bg = self.ink(cell).bg;
            let rest = cells[at..].iter();
            let length = rest.take_while(|cell| self.ink(cell).bg == bg).count();
            if bg != self.ground {
                let fill = hex(bg);
                self.rect(
                    (at as f32 * CELL.0, y),
                    (length as f32 * CELL.0, CELL.1),
                    &fill,
                );
            }
            at += length.max(1);
        }
        let mut run = String::new();
        let mut start = 0;
        let mut taken = 0;
        let mut ink: Option<Ink> = None;
        let mut at = 0;
        while let Some(cell) = cells.get(at) {
            let own = self.ink(cell);
            let symbol = cell.symbol();
            let columns = width(symbol).max(1);
            let drawn = self.shape(symbol, at as f32 * CELL.0, y, own.fg);
            // a wide character is a run of its own: a font's idea of its width is its own
            if drawn || columns != 1 || ink != Some(own) {
                self.text(&run, (start, taken), y, ink);
                run.clear();
                (start, taken, ink) = (at, 0, Some(own));
            }
            if drawn {
                start = at + columns;
            } else {
                run.push_str(symbol);
                taken += columns;
            }
            if columns != 1 {
                self.text(&run, (start, taken), y, ink);
                run.clear();
                (start, taken) = (at + columns, 0);
            }
            at += columns;
        }
        self.text(&run, (start, taken), y, ink);
    }

    fn text(&mut self, run: &str, (start, columns): (usize, usize), y: f32, ink: Option<Ink>) {
        let Some(ink) = ink else { return };
        let underlined = ink.modifier.contains(Modifier::UNDERLINED);
        let crossed = ink.modifier.contains(Modifier::CROSSED_OUT);
        let lines: &[f32] = match (underlined, crossed) {
            (false, false) => &[],
            (true, false) => &[BASELINE + 1.5],
            (false, true) => &[BASELINE - 4.0],
            (true, true) => &[BASELINE + 1.5, BASELINE - 4.0],
        };
        for line in lines {
            let size = (columns as f32 * CELL.0, 1.0);
            self.rect((start as f32 * CELL.0, y + line), size, &hex(ink.fg));
        }
        // blanks at the ends need no ink
        let shown = run.trim_start_matches(' ');
        let start = start + run.len() - shown.len();
        let shown = shown.trim_end_matches(' ');
        if shown.is_empty() {
            return;
        }
        let mut style = String::new();
        if ink.modifier.contains(Modifier::BOLD) {
            style.push_str(" font-weight=\"bold\"");
        }
        if ink.modifier.contains(Modifier::ITALIC) {
            style.push_str(" font-style=\"italic\"");
        }
        self.add(format_args!(
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
             fill=\"{}\"{style}>{}</text>\n",
            start as f32 * CELL.0,
            y + BASELINE,
            width(shown) as f32 * CELL.0,
            hex(ink.fg),
            escape(shown)
        ));
    }

    fn rect(&mut self, (x, y): (f32, f32), (wide, high): (f32, f32), fill: &str) {
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{fill}\" \
             shape-rendering=\"crispEdges\"/>\n"
        ));
    }

    /// Draws blocks, braille and lines as shapes; false for everything else.
    fn shape(&mut self, symbol: &str, x: f32, y: f32, colour: Rgb) -> bool {
        let mut chars = symbol.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else {
            return false;
        };
        let (wide, high) = CELL;
        let fill = hex(colour);
        match c {
            '▁'..='█' => {
                let part = (c as u32 - 0x2580) as f32 / 8.0 * high;
                self.rect((x, y + high - part), (wide, part), &fill);
            }
            '▉'..='▏' => {
                let part = (0x2590 - c as u32) as f32 / 8.0 * wide;
                self.rect((x, y), (part, high), &fill);
            }
            '▀' => self.rect((x, y), (wide, high / 2.0), &fill),
            '▐' => self.rect((x + wide / 2.0, y), (wide / 2.0, high), &fill),
            '░' | '▒' | '▓' => {
                let share = (c as u32 - 0x2590) as f32 / 4.0;
                let mixed = hex(self.ground.mix(colour, share));
                self.rect((x, y + 2.0), (wide, high - 4.0), &mixed);
            }
            '\u{2800}'..='\u{28ff}' => self.dots(c as u32 - 0x2800, x, y, &fill),
            _ => return self.lines(c, x, y, &fill),
        }
        true
    }

    fn dots(&mut self, bits: u32, x: f32, y: f32, fill: &str) {
        const PLACES: [(f32, f32); 8] = [
            (2.0, 2.0),
            (2.0, 6.0),
            (2.0, 10.0),
            (6.0, 2.0),
            (6.0, 6.0),
            (6.0, 10.0),
            (2.0, 14.0),
            (6.0, 14.0),
        ];
        let mut path = String::new();
        for (bit, (dx, dy)) in PLACES.iter().enumerate() {
            if bits & 1 << bit != 0 {
                // a stroke of no length with round ends is a dot
                let _ = write!(path, "M{} {}h0", x + dx, y + dy);
            }
        }
        if !path.is_empty() {
            self.add(format_args!(
                "<path d=\"{path}\" stroke=\"{fill}\" stroke-width=\"2.2\" \
                 stroke-linecap=\"round\"/>\n"
            ));
        }
    }

    fn lines(&mut self, c: char, x: f32, y: f32, fill: &str) -> bool {
        let (wide, high) = CELL;
        let (mx, my) = (x + wide / 2.0, y + high / 2.0);
        let (right, bottom) = (x + wide, y + high);
        let mut dash = "";
        let mut stroke = 1.0;
        let path = match c {
            '╌' | '┄' | '┈' => {
                dash = " stroke-dasharray=\"2 2\"";
                format!("M{x} {my}H{right}")
            }
            '─' => format!("M{x} {my}H{right}"),
            '│' => format!("M{mx} {y}V{bottom}"),
            '━' | '┃' => {
                stroke = 2.0;
                if c == '━' {
                    format!("M{x} {my}H{right}")
                } else {
                    format!("M{mx} {y}V{bottom}")
                }
            }
            '╭' => format!("M{mx} {bottom}V{}Q{mx} {my} {right} {my}", my + 4.0),
            '╮' => format!("M{mx} {bottom}V{}Q{mx} {my} {x} {my}", my + 4.0),
            '╰' => format!("M{mx} {y}V{}Q{mx} {my} {right} {my}", my - 4.0),
            '╯' => format!("M{mx} {y}V{}Q{mx} {my} {x} {my}", my - 4.0),
            '┌' => format!("M{mx} {bottom}V{my}H{right}"),
            '┐' => format!("M{mx} {bottom}V{my}H{x}"),
            '└' => format!("M{mx} {y}V{my}H{right}"),
            '┘' => format!("M{mx} {y}V{my}H{x}"),
            '├' => format!("M{mx} {y}V{bottom}M{mx} {my}H{right}"),
            '┤' => format!("M{mx} {y}V{bottom}M{mx} {my}H{x}"),
            '┬' => format!("M{x} {my}H{right}M{mx} {my}V{bottom}"),
            '┴' => format!("M{x} {my}H{right}M{mx} {my}V{y}"),
            '┼' => format!("M{x} {my}H{right}M{mx} {y}V{bottom}"),
            _ => return false,
        };
        self.add(format_args!(
            "<path d=\"{path}\" stroke=\"{fill}\" stroke-width=\"{stroke}\" fill=\"none\"{dash}/>\n"
        ));
        true
    }
}

fn hex(colour: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2)
}

fn rgb(colour: Color, own: Rgb) -> Rgb {
    let index = match colour {
        Color::Reset => return own,
        Color::Rgb(r, g, b) => return Rgb(r, g, b),
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    ANSI.get(usize::from(index))
        .copied()
        .unwrap_or_else(|| Rgb::indexed(index))
}

/// Text for XML; what XML cannot hold at all becomes `�`.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::text::put;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    /// Whether every tag is closed in order and every attribute and text is escaped.
    fn check(xml: &str) {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = xml;
        while let Some(at) = rest.find('<') {
            let text = &rest[..at];
            assert!(!text.contains('>'), "{text}");
            for part in text.split('&').skip(1) {
                let entity = part.split(';').next().unwrap();
                assert!(matches!(entity, "amp" | "lt" | "gt" | "quot"), "{entity}");
            }
            let end = rest[at..].find('>').unwrap() + at;
            let tag = &rest[at + 1..end];
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
            rest = &rest[end + 1..];
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn a_picture_is_well_formed_and_holds_the_text() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 40, 4));
        let style = Style::new().fg(Color::Rgb(1, 2, 3));
        put(&mut buf, 0, 0, 40, "╭─ web & <db> ─╮ ▁▃█ ⣀⡇ ░▓ ▌", style);
        let bold = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        put(&mut buf, 2, 1, 40, "\"running\"", bold.bg(Color::Blue));
        put(
            &mut buf,
            2,
            2,
            40,
            "多字 wide",
            Style::new().fg(Color::Indexed(200)),
        );
        put(
            &mut buf,
            2,
            3,
            40,
            "back",
            style.add_modifier(Modifier::REVERSED),
        );
        let xml = svg(&buf, Some("Pilothouse <demo>"));
        check(&xml);
        for text in [
            "web &amp; &lt;db&gt;",
            "&quot;running&quot;",
            ">多<",
            ">字<",
            ">wide<",
            "Pilothouse &lt;demo&gt;",
            "font-weight=\"bold\"",
            "#010203",
        ] {
            assert!(xml.contains(text), "{text}\n{xml}");
        }
        assert!(!xml.contains('─') && !xml.contains('█') && !xml.contains('⣀'));
        check(&svg(&Buffer::empty(Rect::new(0, 0, 0, 0)), None));
    }

    #[test]
    fn what_xml_cannot_hold_does_not_get_in() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 4, 1));
        buf.content[0].set_symbol("\u{1b}");
        buf.content[1].set_symbol("\u{ffff}");
        let xml = svg(&buf, None);
        check(&xml);
        assert!(!xml.contains('\u{1b}') && !xml.contains('\u{ffff}'));
    }
}
