//! What else can be done with the form of a new container: held tighter, read and copied in other
//! words, kept as a template.

use crate::form::run::{spec, values};
use crate::form::{Fault, Field, Form, Kind, Section};
use crate::spec::RunSpec;
use crate::spec::hardening::judge;
use crate::spec::preset::harden;
use crate::spec::{compose, run_line};
use crate::store::Store;
use crate::store::actions::Call;
use crate::store::form::{More, Purpose};
use crate::store::message::{Effect, Effects};
use crate::store::overlay::{Deed, Menu, MenuItem, Overlay, Scroll};
use crate::store::templates::{NAME, is_name};

pub(super) static MORE: [More; 6] = [
    More {
        label: "Harden",
        about: "Says what holds it tighter, where nothing is said yet, and why.",
        run: hardened,
    },
    More {
        label: "Read it in other words",
        about: "Shows the whole docker run line and the Compose file.",
        run: read,
    },
    More {
        label: "Copy the docker run line",
        about: "Copies the equal line; secrets are masked in it.",
        run: |store| copy(store, |spec| run_line::print(&spec)),
    },
    More {
        label: "Copy as Compose",
        about: "Copies the equal Compose file; secrets are masked in it.",
        run: |store| copy(store, |spec| compose::write(&spec).yaml),
    },
    More {
        label: "Save as a template",
        about: "Keeps it under a name, in a file that can be shared; secrets are left out.",
        run: save,
    },
    More {
        label: "Load a template",
        about: "Fills the form with what was kept under a name.",
        run: load,
    },
];

/// What the uppermost form says.
fn said(store: &Store) -> Option<RunSpec> {
    match store.overlays.last() {
        Some(Overlay::Form(form)) => Some(spec(&form.values(), &store.paths.home).0),
        _ => None,
    }
}

fn show(store: &mut Store, title: &str, lines: Vec<String>) {
    store.overlays.push(Overlay::Text {
        title: title.to_owned(),
        lines,
        scroll: Scroll::default(),
    });
}

fn hardened(store: &mut Store) -> Effects {
    let Some(mut spec) = said(store) else {
        return Vec::new();
    };
    let before = judge(&spec).score;
    let chosen = harden(&mut spec);
    store.fill_form(&values(&spec));
    let judged = judge(&spec);
    let mut lines = vec![format!(
        "Held at {} of 100 points, before at {before}.",
        judged.score
    )];
    for one in &chosen {
        lines.push(String::new());
        match &one.kept {
            None => lines.push(format!("--{} {}", one.option, one.value)),
            Some(kept) if kept.is_empty() => {
                lines.push(format!("--{} {}: not beside --rm", one.option, one.value));
            }
            Some(kept) => lines.push(format!("--{}: {kept} was said, and stays", one.option)),
        }
        lines.push(format!("  {}", one.why));
    }
    lines.extend([
        String::new(),
        "The default seccomp profile holds it by itself: nothing is said for that.".to_owned(),
    ]);
    if !judged.loose.is_empty() {
        lines.extend([String::new(), "What is still loose:".to_owned()]);
    }
    for loose in &judged.loose {
        lines.push(format!("  {}: {}", loose.what, loose.advice));
    }
    show(store, "Hardened", lines);
    Vec::new()
}

fn read(store: &mut Store) -> Effects {
    let Some(spec) = said(store).map(|spec| spec.masked()) else {
        return Vec::new();
    };
    let written = compose::write(&spec);
    let mut lines = vec![run_line::print(&spec), String::new()];
    lines.extend(written.yaml.lines().map(str::to_owned));
    lines.extend(written.left.iter().map(|left| format!("# {left}")));
    show(store, "In other words", lines);
    Vec::new()
}

fn copy(store: &mut Store, words: fn(RunSpec) -> String) -> Effects {
    let Some(spec) = said(store) else {
        return Vec::new();
    };
    let masked = spec.masked();
    if masked != spec {
        let text = "secrets are masked in what was copied: put them in where it is used";
        store.toasts.explain(text, store.now);
    }
    vec![Effect::Copy(words(masked))]
}

/// Asks for the name of a template.
fn save(store: &mut Store) -> Effects {
    let Some(spec) = said(store) else {
        return Vec::new();
    };
    let name = Field::new("name", "name", Kind::Text)
        .help(
            "The name of its file; what is there is not overwritten.",
            "web-dev",
        )
        .needed()
        .check(|text| is_name(text).then_some(()).ok_or_else(|| NAME.to_owned()));
    let form = Form {
        title: "Save as a template".to_owned(),
        verb: "Save",
        sections: vec![Section::new("", vec![name])],
    };
    let (text, left) = crate::store::templates::written(&spec);
    if left {
        let told = "values that look secret are left out: whoever loads it says them anew";
        store.toasts.explain(told, store.now);
    }
    store.open_form(form, &KEPT, Call::word(text));
    Vec::new()
}

const KEPT: Purpose = Purpose {
    check: |store, _, values| {
        let name = values.text("name");
        let taken = store.templates.iter().any(|template| template.name == name);
        let fault = || Fault::of("name", format!("there is a template {name} already"));
        taken.then(fault).into_iter().collect()
    },
    submit: |_, call, values| {
        let name = values.text("name").to_owned();
        Ok(vec![Effect::KeepTemplate(name, call.first().to_owned())])
    },
    ..Purpose::BASE
};

/// Lists the templates.
fn load(store: &mut Store) -> Effects {
    let Some(action) = crate::store::actions::find("template.load") else {
        return Vec::new();
    };
    let items = store.templates.iter().map(|template| MenuItem {
        label: template.name.clone(),
        key: String::new(),
        about: template.about(),
        refused: None,
        switch: None,
        deed: Deed::Act(action, Call::word(template.name.clone())),
    });
    let items: Vec<MenuItem> = items.collect();
    if items.is_empty() {
        let text = "there is no template yet: save one, or put a file with a docker run line \
                    into the folder templates beside the settings";
        store.toasts.explain(text, store.now);
        return Vec::new();
    }
    let menu = Menu::searched("Load a template", items);
    store.overlays.push(Overlay::Menu(menu));
    Vec::new()
}
