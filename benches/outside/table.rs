//! Figures as cells of the Markdown tables that `docs/performance.md` holds.

/// Figures, and how many times those of another they are.
pub(crate) fn beside(figures: &[f64], other: &[f64]) -> String {
    let cells = figures.iter().map(|figure| shown(*figure));
    let text = cells.collect::<Vec<_>>().join(" / ");
    match (figures.first(), other.first()) {
        (Some(figure), Some(other)) if *other > 0.0 && *figure > 0.0 => {
            format!("{text} ({:.1}×)", figure / other)
        }
        _ => text,
    }
}

/// Digits after the point with which a figure is shown.
pub(crate) fn digits(figure: f64) -> usize {
    match figure {
        f if f.fract() == 0.0 || f >= 100.0 => 0,
        f if f < 1.0 => 2,
        _ => 1,
    }
}

/// A figure in words.
pub(crate) fn shown(figure: f64) -> String {
    if figure.is_nan() {
        return "–".to_owned();
    }
    grouped(figure, digits(figure))
}

/// A number with a comma between thousands, and digits after its point unless they are noughts.
pub(crate) fn grouped(figure: f64, digits: usize) -> String {
    let text = format!("{figure:.digits$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if rest.chars().any(|digit| digit != '0') {
        out.push('.');
        out.push_str(rest);
    }
    out
}
