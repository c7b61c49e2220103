//! A form: its fields in sections, what is wrong below each, the focused field's help, what the
//! form comes to, and its buttons. Fields scroll; help and buttons stay where they are.
//!
//! ```text
//! ╭ title ──────────────────────────────────┬──────────────────╮
//! │ ▾ section                               │ what it comes to │   beside from some columns on,
//! │   label        value                    │                  │   else above the help
//! │                ✗ what is wrong          │                  │
//! │ ─────────────────────────────────────── │                  │
//! │ help of the focused field               │                  │
//! │  Run   Cancel                     keys  │                  │
//! ╰─────────────────────────────────────────┴──────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::form_preview::{SHORT, first_preview, previews};
use super::look::Look;
use super::overlay::{centred, framed};
use super::pen::{Pen, columns, row, trim};
use super::prompt::{Ways, typed, ways};
use super::text::{put_right, rule};
use crate::form::{Fault, Kind};
use crate::model::input::Area;
use crate::model::secret::{MASK, is_secret};
use crate::model::text::{width, wrap};
use crate::model::units::plural;
use crate::resource::Tone;
use crate::store::form::{Entry, Filled, FormState, Place};
use crate::store::message::{Painted, Spot};

/// The widest that a form is without its preview beside it.
const WIDEST: u16 = 96;
/// The widest that it is with it.
const WIDEST_BOTH: u16 = 176;
/// Columns inside from which the preview stands beside the fields.
const BESIDE: u16 = 112;
/// Rows for the help of the focused field; the last of them has its example and its keys.
const HELP: u16 = 3;
/// Columns that a label has at most.
const LABEL: usize = 22;

/// A row of the part that scrolls.
enum Line {
    Blank,
    Section(usize),
    Field(usize, usize),
    /// What is said, whether it is a hint, whether it begins there.
    Fault(String, bool, bool),
}

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    form: &FormState,
    look: &Look,
    painted: &mut Painted,
) {
    let all: usize = form.preview.iter().map(|part| part.lines.len() + 2).sum();
    let beside = whole.width.saturating_sub(8) >= BESIDE && all > SHORT + 2;
    let widest = if beside { WIDEST_BOTH } else { WIDEST };
    let wide = whole.width.saturating_sub(4).min(widest);
    let inside = wide.saturating_sub(4);
    let side = if beside { inside * 2 / 5 } else { 0 };
    let main = inside.saturating_sub(if beside { side + 3 } else { 0 });
    let below = if beside {
        Vec::new()
    } else {
        first_preview(form, main)
    };
    let label = labels(form, main);
    let lines = lines(form, usize::from(main.saturating_sub(label + 4)));
    // a preview that comes must move nothing
    let foot = 1 + HELP + (below.len() as u16).max(1) + 2;
    let high = (lines.len() as u16 + foot).max(if beside { all as u16 } else { 0 }) + 2;
    let area = centred(whole, wide, high.min(whole.height.saturating_sub(2)));
    let inner = framed(buf, area, (&form.title, &note(form)), look, painted);
    let left = Area {
        width: main,
        ..inner
    };
    let room = inner.height.saturating_sub(foot);
    let at = focus_line(form, &lines);
    let offset = at
        .saturating_sub(usize::from(room) / 2)
        .min(lines.len().saturating_sub(usize::from(room)));
    let places = form.places();
    let mut focus = None;
    for (line, index) in lines.iter().skip(offset).zip(0..room) {
        let line_area = row(left, index);
        let spot = one(buf, line_area, line, (form, label), look);
        if let Some(place) = spot
            && let Some(number) = places.iter().position(|other| *other == place)
        {
            painted.spots.push((line_area, Spot::FormPlace(number)));
            if form.focus == place {
                focus = Some(line_area);
            }
        }
    }
    let under = Area {
        y: inner.y + room,
        height: foot.min(inner.height),
        ..left
    };
    bottom(buf, under, (form, &below), look, painted);
    if beside {
        let x = inner.x + main + 1;
        for y in inner.y..inner.y + inner.height {
            Pen::new(
                buf,
                Area {
                    x,
                    y,
                    width: 1,
                    height: 1,
                },
            )
            .write(look.glyphs.vertical, look.border());
        }
        let right = trim(inner, main + 3, 0);
        previews(buf, right, form, look);
    }
    if let Some(line) = focus.filter(|_| !form.words.is_empty()) {
        let line = trim(line, label + 2, 0);
        let offered = Ways {
            all: &form.words,
            chosen: form.chosen,
            title: "arrows choose",
            spot: Spot::FormWord,
        };
        ways(buf, (whole, line), &offered, look, painted);
    }
}

/// What is said in the lower edge.
fn note(form: &FormState) -> String {
    let wrong = form.faults.iter().filter(|fault| !fault.hint).count();
    if wrong > 0 {
        format!("{} to correct", plural(wrong, "field"))
    } else {
        String::new()
    }
}

/// Columns of the widest label.
fn labels(form: &FormState, main: u16) -> u16 {
    let widest = form.fields.iter().map(|f| width(&f.field.label) + 1).max();
    let widest = widest.unwrap_or(0).min(LABEL) as u16;
    widest.min(main / 3)
}

/// All rows that scroll.
fn lines(form: &FormState, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for fault in form.stray_faults() {
        lines.extend(told(fault, columns));
    }
    if !lines.is_empty() {
        lines.push(Line::Blank);
    }
    let mut section = None;
    for (index, filled) in form.fields.iter().enumerate() {
        if section != Some(filled.section) && form.sections.len() > 1 {
            lines.push(Line::Section(filled.section));
        }
        section = Some(filled.section);
        if form.is_folded(filled.section) {
            continue;
        }
        for place in 0..filled.rows() {
            lines.push(Line::Field(index, place));
            if let Some(fault) = form.fault_at(index, place) {
                lines.extend(told(fault, columns));
            }
        }
    }
    lines
}

/// The rows of what is wrong or worth a word.
fn told(fault: &Fault, columns: usize) -> impl Iterator<Item = Line> {
    let pieces = wrap(&fault.reason, columns).enumerate();
    pieces.map(|(place, piece)| Line::Fault(piece.trim().to_owned(), fault.hint, place == 0))
}

/// Which row has the focus; the last one while a button has it.
fn focus_line(form: &FormState, lines: &[Line]) -> usize {
    let here = |line: &Line| match (line, form.focus) {
        (Line::Section(section), Place::Section(focus)) => *section == focus,
        (Line::Field(field, row), Place::Field(focus, at)) => (*field, *row) == (focus, at),
        (Line::Blank | Line::Fault(..) | Line::Section(_) | Line::Field(..), _) => false,
    };
    lines.iter().position(here).unwrap_or(lines.len())
}

/// Draws one row that scrolls; gives the place that it is.
fn one(
    buf: &mut Buffer,
    area: Area,
    line: &Line,
    (form, label): (&FormState, u16),
    look: &Look,
) -> Option<Place> {
    match line {
        Line::Blank => None,
        Line::Fault(reason, hint, begins) => {
            let mut pen = Pen::new(buf, trim(area, label + 2, 0));
            let (glyph, tone) = match hint {
                true => (look.glyphs.unhealthy, Tone::Warn),
                false => (look.glyphs.cross, Tone::Bad),
            };
            let glyph = if *begins { glyph } else { " " };
            pen.write(&format!("{glyph} {reason}"), look.tone(tone));
            None
        }
        Line::Section(section) => {
            let place = Place::Section(*section);
            heading(buf, area, (form, *section), look);
            marked(buf, area, form.focus == place, look);
            Some(place)
        }
        Line::Field(index, place) => {
            let filled = form.fields.get(*index)?;
            let here = Place::Field(*index, *place);
            let focused = form.focus == here;
            if *place == 0 {
                let mut pen = Pen::new(buf, trim(area, 1, 0));
                let style = if focused { look.text() } else { look.dim() };
                pen.write_short(&filled.field.label, label.saturating_sub(1), style, look);
                if filled.field.needed {
                    pen.write("*", look.accent());
                }
            }
            let value = trim(area, label + 2, 1);
            holds(buf, value, (filled, *place), focused, look);
            marked(buf, area, focused, look);
            Some(here)
        }
    }
}

/// The bar and the background of the row in focus.
fn marked(buf: &mut Buffer, area: Area, focused: bool, look: &Look) {
    if focused {
        let wide = Area {
            x: area.x.saturating_sub(1),
            width: area.width + 1,
            ..area
        };
        Pen::new(buf, wide).write(look.glyphs.bar, look.accent());
        look.select(buf, wide);
    }
}

/// `▾ storage ──────────── 2 set`
fn heading(buf: &mut Buffer, area: Area, (form, section): (&FormState, usize), look: &Look) {
    let Some(heading) = form.sections.get(section) else {
        return;
    };
    let shape = if heading.folded {
        look.glyphs.folded
    } else {
        look.glyphs.unfolded
    };
    let set = form.set_in(section);
    let faulty = form.fields.iter().any(|filled| {
        let mut faults = form.faults.iter();
        let wrong = |fault: &Fault| fault.field == filled.field.id && !fault.hint;
        filled.section == section && faults.any(wrong)
    });
    let mut pen = Pen::new(buf, trim(area, 1, 0));
    pen.write(&format!("{shape} "), look.dim());
    pen.write(&heading.title, look.accent().add_modifier(Modifier::BOLD));
    pen.skip(1);
    let right = match (faulty, set) {
        (true, _) => (
            format!(" {} to correct", look.glyphs.cross),
            look.tone(Tone::Bad),
        ),
        (false, 0) => (String::new(), look.dim()),
        (false, set) => (format!(" {set} set"), look.dim()),
    };
    let line = pen.left().saturating_sub(columns(&right.0));
    let (x, y) = (pen.x, pen.y);
    rule(buf, x, y, line, look.glyphs.horizontal, look.border());
    put_right(buf, area.x, area.y, area.width, &right.0, right.1);
}

/// What a field's row holds.
fn holds(
    buf: &mut Buffer,
    area: Area,
    (filled, place): (&Filled, usize),
    focused: bool,
    look: &Look,
) {
    let mut pen = Pen::new(buf, area);
    match &filled.entry {
        Entry::Switch(on) => {
            let (shape, style) = if *on {
                ("[x]", look.accent())
            } else {
                ("[ ]", look.dim())
            };
            pen.write(shape, style);
        }
        Entry::Choice(chosen) => {
            let Kind::Choice(words) = &filled.field.kind else {
                return;
            };
            let word = words.get(*chosen).map_or("", |word| word.word.as_str());
            if focused {
                pen.write(&format!("{} ", look.glyphs.left), look.accent());
            }
            if word.is_empty() {
                pen.write(look.glyphs.none, look.dim());
            } else {
                pen.write(word, look.text());
            }
            if focused {
                pen.write(&format!(" {}", look.glyphs.right), look.accent());
            }
            if word.is_empty() && !focused {
                return;
            }
            let about = words.get(*chosen).map_or("", |word| word.about.as_str());
            pen.skip(2);
            let room = pen.left();
            pen.write_short(about, room, look.dim(), look);
        }
        Entry::Lines(lines) => {
            let Some(line) = lines.get(place) else { return };
            let masked = masked(filled, line.text(), focused);
            let text = masked.as_deref().unwrap_or(line.text());
            if focused {
                typed(buf, area, (text, line.cursor()), look);
            } else if !text.is_empty() {
                let room = pen.left();
                pen.write_short(text, room, look.text(), look);
            } else if filled.field.kind.has_rows() {
                pen.write("+", look.dim());
            } else {
                pen.write(look.glyphs.none, look.dim());
            }
        }
    }
}

/// What shows in place of a text that is not for every eye; none where it shows itself.
fn masked(filled: &Filled, text: &str, focused: bool) -> Option<String> {
    if filled.field.kind == Kind::Secret {
        return Some("•".repeat(text.chars().count()));
    }
    let (name, value) = text.split_once('=')?;
    let hides = filled.field.masks && !focused && is_secret(name.trim_start_matches('\''), value);
    hides.then(|| format!("{name}={MASK}"))
}

/// Help, preview and buttons.
fn bottom(
    buf: &mut Buffer,
    area: Area,
    (form, below): (&FormState, &[String]),
    look: &Look,
    painted: &mut Painted,
) {
    let shape = look.glyphs.horizontal;
    rule(buf, area.x, area.y, area.width, shape, look.border());
    let (help, example, keys) = help(form);
    for (piece, index) in wrap(&help, usize::from(area.width)).zip(1..HELP) {
        Pen::new(buf, row(area, index)).write(piece.trim_start(), look.text());
    }
    let last = row(area, HELP);
    let mut pen = Pen::new(buf, last);
    let room = pen.left().saturating_sub(columns(keys) + 2);
    if !example.is_empty() {
        pen.write("such as ", look.dim());
        pen.write_short(example, room.saturating_sub(8), look.text(), look);
    }
    put_right(buf, last.x, last.y, last.width, keys, look.dim());
    let prompts = form.preview.first().is_some_and(|part| part.is_command);
    for (index, piece) in below.iter().enumerate() {
        let mut pen = Pen::new(buf, row(area, 1 + HELP + index as u16));
        let prompt = if index == 0 && prompts { "$ " } else { "  " };
        pen.write(prompt, look.dim());
        pen.write(piece, look.text());
    }
    let line = row(area, area.height.saturating_sub(1));
    buttons(buf, line, form, look, painted);
}

/// What the place in focus is about, an example, and the keys that are of use there.
fn help(form: &FormState) -> (String, &str, &'static str) {
    match form.focus {
        Place::Section(section) => {
            let about = form.sections.get(section).map(|s| s.about.clone());
            (about.unwrap_or_default(), "", "enter folds and unfolds")
        }
        Place::Submit | Place::Trial | Place::Cancel | Place::More => (String::new(), "", ""),
        Place::Field(field, _) => {
            let Some(field) = form.fields.get(field).map(|filled| &filled.field) else {
                return (String::new(), "", "");
            };
            let keys = match &field.kind {
                Kind::Switch => "space turns it",
                Kind::Choice(_) => "space and the arrows choose",
                _ if !field.suggestions.is_empty() => "ctrl-n lists what could stand here",
                Kind::Rows | Kind::Pairs => "enter opens a row",
                Kind::Text
                | Kind::Number
                | Kind::Bytes
                | Kind::Duration
                | Kind::Secret
                | Kind::Path => "",
            };
            (field.help.to_string(), field.example.as_ref(), keys)
        }
    }
}

/// ` Run   Cancel                  ctrl-s run · ctrl-f find · esc cancel`
fn buttons(buf: &mut Buffer, line: Area, form: &FormState, look: &Look, painted: &mut Painted) {
    let places = form.places();
    let trial = form.purpose.trial.as_ref().map(|trial| trial.verb);
    let mut words = if form.leaving {
        vec![(Place::Submit, "Keep"), (Place::Cancel, "Throw away")]
    } else {
        let mut words = vec![(Place::Submit, form.verb)];
        words.extend(trial.map(|verb| (Place::Trial, verb)));
        words.push((Place::Cancel, "Cancel"));
        words
    };
    let more = places.contains(&Place::More) && !form.leaving;
    if more {
        words.push((Place::More, "More"));
    }
    let mut pen = Pen::new(buf, line);
    if form.leaving {
        pen.write("Throw away what was typed? ", look.tone(Tone::Warn));
    }
    for (place, word) in words {
        let focused = if form.leaving {
            place == Place::Submit
        } else {
            form.focus == place
        };
        let style = if focused {
            look.accent()
                .add_modifier(Modifier::REVERSED | Modifier::BOLD)
        } else {
            look.accent()
        };
        let spot = pen.write(&format!(" {word} "), style);
        if let Some(number) = places.iter().position(|other| *other == place) {
            painted.spots.push((spot, Spot::FormPlace(number)));
        }
        pen.skip(2);
    }
    let verb = form.verb.to_lowercase();
    let hints = if form.leaving {
        vec!["y throws it away · any other key keeps it".to_owned()]
    } else {
        let more = if more { " · ctrl-o more" } else { "" };
        let trial = trial.map(|verb| format!(" · ctrl-t {}", verb.to_lowercase()));
        let trial = trial.unwrap_or_default();
        vec![
            format!("tab next · ctrl-s {verb}{trial} · ctrl-f find a field{more} · esc cancel"),
            format!("ctrl-s {verb}{trial} · ctrl-f find{more} · esc cancel"),
            format!("ctrl-s {verb}{trial} · ctrl-f find{more}"),
        ]
    };
    let (x, y, free) = (pen.x, pen.y, pen.left());
    if let Some(hint) = hints.iter().find(|hint| columns(hint) <= free) {
        put_right(buf, x, y, free, hint, look.dim());
    }
}
