//! A question before something harmful: what it is about, what else it touches, its choices, and
//! two buttons of which Cancel has the focus at first.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::look::Look;
use super::overlay::{centred, framed};
use super::pen::{Pen, row};
use super::prompt;
use super::text::rule;
use crate::model::input::{Area, Size};
use crate::model::text::width;
use crate::resource::Tone;
use crate::store::message::{Painted, Spot};
use crate::store::overlay::Confirm;

/// Where a dialog stands.
pub(super) fn place(whole: Area, confirm: &Confirm) -> Area {
    let size = size(whole);
    let high = confirm.rows(size).len() + confirm.below() + 2;
    let high = high.min(usize::from(whole.height)) as u16;
    centred(whole, confirm.columns(size) as u16 + 4, high)
}

fn size(whole: Area) -> Size {
    Size {
        width: whole.width,
        height: whole.height,
    }
}

/// Which of its lines show, when not all do.
fn seen(top: usize, room: usize, all: usize) -> String {
    match all > room {
        true => format!("{}–{} of {all} · pgdn pgup", top + 1, (top + room).min(all)),
        false => String::new(),
    }
}

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    whole: Area,
    confirm: &Confirm,
    look: &Look,
    painted: &mut Painted,
) {
    let area = place(whole, confirm);
    // buttons, hint and choices stay; lines give way
    let (lines, room) = (confirm.rows(size(whole)), confirm.room(size(whole)));
    let top = confirm.scroll.top.min(lines.len().saturating_sub(room));
    let note = seen(top, room, lines.len());
    let inner = framed(buf, area, (&confirm.title, &note), look, painted);
    let mut y = 0;
    for line in lines.iter().skip(top).take(room) {
        Pen::new(buf, row(inner, y)).write(line, look.text());
        y += 1;
    }
    if !confirm.choices.is_empty() {
        y += 1;
    }
    for (index, choice) in confirm.choices.iter().enumerate() {
        let line = row(inner, y);
        let shape = if choice.on { "[x] " } else { "[ ] " };
        let mut pen = Pen::new(buf, line);
        pen.write(shape, if choice.on { look.accent() } else { look.dim() });
        pen.write(&choice.label, look.text());
        if confirm.focus == index + 2 {
            let wide = Area {
                x: line.x.saturating_sub(1),
                width: line.width + 2,
                ..line
            };
            Pen::new(buf, wide).write(look.glyphs.bar, look.accent());
            look.select(buf, wide);
        }
        painted.spots.push((line, Spot::Button(index + 2)));
        y += 1;
    }
    if let Some(typed) = &confirm.typed {
        let text = format!("Type {} to {}:", typed.wanted, confirm.verb.to_lowercase());
        Pen::new(buf, row(inner, y + 1)).write(&text, look.tone(Tone::Warn));
        let line = row(inner, y + 2);
        prompt::line(buf, line, ("", &typed.editor, None), look);
    }
    let edge = row(inner, inner.height.saturating_sub(2));
    rule(
        buf,
        edge.x,
        edge.y,
        edge.width,
        look.glyphs.horizontal,
        look.border(),
    );
    buttons(
        buf,
        row(inner, inner.height.saturating_sub(1)),
        confirm,
        look,
        painted,
    );
}

/// ` Cancel   Stop                     y stop · esc cancel`
fn buttons(buf: &mut Buffer, line: Area, confirm: &Confirm, look: &Look, painted: &mut Painted) {
    let mut pen = Pen::new(buf, line);
    let named = [
        ("Cancel", look.accent()),
        (
            confirm.verb.as_str(),
            match confirm.is_ready() {
                true => look.tone(Tone::Bad),
                false => look.dim(),
            },
        ),
    ];
    for (place, (word, style)) in named.into_iter().enumerate() {
        let focused = confirm.focus == place;
        let text = if focused {
            format!(
                "{}{word} ",
                if look.glyphs.braille {
                    " "
                } else {
                    look.glyphs.bar
                }
            )
        } else {
            format!(" {word} ")
        };
        let style = if focused { pressed(style) } else { style };
        let spot = pen.write(&text, style);
        painted.spots.push((spot, Spot::Button(place)));
        pen.skip(2);
    }
    let verb = confirm.verb.to_lowercase();
    let hint = match &confirm.typed {
        Some(typed) if !typed.is_done() => format!("the name, then enter {verb} · esc cancel"),
        Some(_) => format!("enter {verb} · esc cancel"),
        None => format!("tab chooses · y {verb} · esc cancel"),
    };
    let free = usize::from(pen.left());
    if width(&hint) <= free {
        super::text::put_right(pen.buf, pen.x, pen.y, free as u16, &hint, look.dim());
    }
}

/// The button that Enter presses.
fn pressed(style: Style) -> Style {
    style.add_modifier(Modifier::REVERSED | Modifier::BOLD)
}
