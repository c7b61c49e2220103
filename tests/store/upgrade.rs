//! What an upgrade asks before it begins.

use pilothouse::model::Ref;
use pilothouse::protocol::{Reply, Survey};
use pilothouse::spec::renewal::{Anonymous, Difference};
use pilothouse::spec::run_line::parse;

use super::common::{Script, host, id};

/// A container of which there is a lot to tell.
fn survey() -> Survey {
    let difference = |number: usize| Difference {
        what: format!("env V{number}"),
        old: Some("1".into()),
        new: Some("2".into()),
        own: number == 1,
    };
    let volume = |number: usize| Anonymous {
        target: format!("/data{number}"),
        volume: format!("{number}").repeat(64),
    };
    Survey {
        spec: parse("docker run --name web nginx:1.27", &|_| None).spec,
        image: "nginx:1.27".into(),
        old_image: format!("sha256:{}", "a".repeat(64)),
        new_image: format!("sha256:{}", "b".repeat(64)),
        differences: (1..9).map(difference).collect(),
        anonymous: (1..4).map(volume).collect(),
        written: (1..9).map(|number| format!("A /written{number}")).collect(),
        dependants: vec!["side lives in its network".into()],
        gaps: vec!["This engine does not tell of fixed addresses".into()],
        ..Survey::default()
    }
}

#[test]
fn a_question_too_long_for_the_screen_scrolls_and_says_so() {
    let mut s = Script::scene();
    s.size(80, 24);
    let web = Ref::container(&host(), &id("web"));
    s.store.list_mut().select(&web);
    s.settle();
    let effects = s.keys("U");
    s.answer(effects, &Ok(Reply::Surveyed(Box::new(survey()))));
    let always = |s: &Script, note: &str| {
        let text = s.text();
        for part in [
            "Upgrade web?",
            "Cancel",
            "[ ] make the image web-written:aaaaaaaaaaaa",
            note,
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
    };
    always(&s, "1–17 of 26 · pgdn pgup");
    assert!(s.text().contains("env V1: 1 → 2; yours stays") && s.text().contains("and 2 more"));
    assert!(!s.text().contains("The old one stays"));
    s.keys("<pgdn>");
    always(&s, "10–26 of 26 · pgdn pgup");
    let text = s.text();
    for part in [
        "lives in its network",
        "does not tell of fixed",
        "The old one stays",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    // no further than its end, and back to its beginning
    s.keys("<pgdn><pgup><pgup>");
    always(&s, "1–17 of 26 · pgdn pgup");
    // on a screen that has room there is nothing to say
    s.keys("<pgdn>");
    s.size(120, 40);
    let text = s.text();
    assert!(text.contains("env V1") && !text.contains("pgdn"), "{text}");
}
