//! Tests of the themes: that each can be read by a person and by the program. They must not
//! depend on one theme's taste.

use super::*;

const TEXTS: [(Role, f32); 10] = [
    (Role::Text, 4.5),
    (Role::Dim, 3.0),
    (Role::Accent, 4.5),
    (Role::Focus, 4.5),
    (Role::Mark, 4.5),
    (Role::Good, 4.5),
    (Role::Busy, 4.5),
    (Role::Warn, 4.5),
    (Role::Bad, 4.5),
    (Role::Series(0), 4.5),
];

#[test]
fn every_text_holds_wcag_contrast_in_every_theme() {
    for name in Theme::names().filter(|name| *name != MONO) {
        let theme = Theme::load(name, None).unwrap();
        let colour = |role: Role| theme.paints[role.index()].colour.unwrap();
        let series = (1..8).map(|number| (Role::Series(number), 4.5));
        for (role, least) in TEXTS.into_iter().chain(series) {
            for behind in [Role::Background, Role::Selection] {
                let contrast = colour(role).contrast(colour(behind));
                assert!(
                    contrast >= least,
                    "{name}: {role:?} on {behind:?} has {contrast:.2}, not {least}"
                );
            }
        }
        let contrast = colour(Role::Text).contrast(colour(Role::Match));
        assert!(contrast >= 4.5, "{name}: text on match has {contrast:.2}");
    }
}

#[test]
fn every_theme_names_every_role() {
    for (name, text) in SHIPPED {
        for role in ROLES {
            assert!(
                text.lines()
                    .any(|line| line.starts_with(&format!("{role} ="))),
                "{name} lacks {role}"
            );
        }
    }
}

#[test]
fn a_terminal_without_colours_gets_none() {
    for name in Theme::names() {
        let theme = Theme::load(name, None).unwrap().with_depth(Depth::None);
        for style in theme.styles {
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
        }
        let selected = theme.on_selection(theme.style(Role::Dim));
        assert!(selected.add_modifier.contains(Modifier::REVERSED));
        assert!(!selected.add_modifier.contains(Modifier::DIM));
        let look = Look {
            fg: Some(Colour::Indexed(1)),
            bold: true,
            ..Look::default()
        };
        let style = theme.log_style(look);
        assert_eq!((style.fg, style.add_modifier), (None, Modifier::BOLD));
    }
}

#[test]
fn with_sixteen_colours_nothing_vanishes_on_the_selection() {
    for name in Theme::names().filter(|name| *name != MONO) {
        let theme = Theme::load(name, None).unwrap().with_depth(Depth::Ansi16);
        let selection = theme.style(Role::Selection).bg;
        assert_ne!(selection, theme.style(Role::Background).bg, "{name}");
        for (role, _) in TEXTS {
            let style = theme.on_selection(theme.style(role));
            assert_ne!(style.fg, style.bg, "{name}: {role:?}");
            let plain = theme.style(role).fg;
            assert_ne!(plain, theme.style(Role::Background).bg, "{name}: {role:?}");
        }
        // rules are seen, and what is faint is not the dark blue that hardly is
        for role in [Role::Border, Role::Dim] {
            let faint = theme.style(role).fg;
            assert_ne!(faint, theme.style(Role::Background).bg, "{name}: {role:?}");
            assert_ne!(faint, Some(Color::Indexed(4)), "{name}: {role:?}");
        }
    }
}

#[test]
fn a_persons_file_wins_and_names_only_what_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("themes")).unwrap();
    let write = |text: &str| fs::write(dir.path().join("themes/nord.toml"), text).unwrap();
    write("extends = \"dracula\"\ntext = \"#ffffff bold\"\nbackground = \"terminal\"\n");
    let theme = Theme::load("nord", Some(dir.path())).unwrap();
    let dracula = Theme::load("dracula", Some(dir.path())).unwrap();
    let text = theme.style(Role::Text);
    assert_eq!(text.fg, Some(Color::Rgb(255, 255, 255)));
    assert!(text.add_modifier.contains(Modifier::BOLD));
    assert_eq!(theme.style(Role::Background).bg, None);
    assert_eq!(theme.style(Role::Bad), dracula.style(Role::Bad));
    for (text, line, word) in [
        ("text = \"#ffffff\"\ndim = \"gray\"\n", 2, "gray"),
        ("\n\ntxt = \"#ffffff\"\n", 3, "txt"),
        ("text = 3\n", 1, "quotes"),
        ("text = \"#ffffff\"\ntext = \"#ffffff\"\n", 2, "duplicate"),
        ("extends = \"sea\"\n", 1, "sea"),
    ] {
        write(text);
        let error = Theme::load("nord", Some(dir.path())).unwrap_err();
        assert!(error.contains(&format!("nord.toml:{line}: ")), "{error}");
        assert!(error.contains(word), "{error}");
    }
    assert!(Theme::load("../nord", Some(dir.path())).is_err());
    assert!(Theme::load("", Some(dir.path())).is_err());
}

#[test]
fn log_colours_stay_readable_on_the_background() {
    let theme = Theme::load("harbor", None).unwrap();
    let fg = |colour| {
        theme
            .log_style(Look {
                fg: Some(colour),
                ..Look::default()
            })
            .fg
    };
    assert_eq!(fg(Colour::Indexed(2)), Some(Color::Indexed(2)));
    assert!(matches!(fg(Colour::Indexed(0)), Some(Color::Rgb(..))));
    assert!(matches!(fg(Colour::Rgb(0, 0, 90)), Some(Color::Rgb(..))));
    let own = theme.log_style(Look {
        fg: Some(Colour::Indexed(0)),
        bg: Some(Colour::Indexed(3)),
        ..Look::default()
    });
    assert_eq!(own.fg, Some(Color::Indexed(0)));
}
