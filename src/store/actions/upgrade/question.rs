//! The question before a container is made anew: what its new image says otherwise, what is kept,
//! what is lost, and who needs it.

use super::Wish;
use crate::model::text;
use crate::protocol::Survey;
use crate::spec::renewal::Difference;
use crate::store::actions::{Action, Call};
use crate::store::overlay::{Choice, Confirm};
use crate::store::{Store, dialogs};

/// Lines of a kind that a question lists; the rest are counted.
const LISTED: usize = 6;

fn listed(lines: &mut Vec<String>, heading: &str, all: impl ExactSizeIterator<Item = String>) {
    let count = all.len();
    if count == 0 {
        return;
    }
    lines.push(heading.to_owned());
    lines.extend(all.take(LISTED).map(|line| format!("  {line}")));
    if count > LISTED {
        lines.push(format!("  and {} more", count - LISTED));
    }
}

/// Asks whether a container is made anew, with all that is known to change.
pub(super) fn question(
    action: &'static Action,
    store: &Store,
    call: &Call,
    (survey, wish): (&Survey, &Wish),
) -> Confirm {
    let name = call
        .targets
        .first()
        .map(|target| store.world.told_name(target));
    let name = name.unwrap_or_default();
    let short = |id: &str| {
        id.trim_start_matches("sha256:")
            .chars()
            .take(12)
            .collect::<String>()
    };
    let mut lines = Vec::new();
    if survey.is_newer() {
        let (old, new) = (short(&survey.old_image), short(&survey.new_image));
        lines.push(format!("{}: {old} → {new}", survey.image));
    }
    if let Some(why) = &survey.unreached {
        lines.push(format!(
            "The registry was not reached, the image here is taken: {why}"
        ));
    }
    let of_image = survey.differences.iter().map(line);
    listed(&mut lines, "The image says otherwise:", of_image);
    let named = survey.anonymous.iter();
    let named = named.map(|one| format!("{}: {}", one.target, short(&one.volume)));
    listed(
        &mut lines,
        "Volumes without a name are kept, and get it as theirs:",
        named,
    );
    let written = survey.written.iter().cloned();
    listed(&mut lines, "Written into it, and lost with it:", written);
    let needed = survey.dependants.iter().cloned();
    listed(
        &mut lines,
        "These need it, and must be restarted or made anew after it:",
        needed,
    );
    lines.extend(survey.gaps.iter().map(|gap| format!("{gap}.")));
    let goes = survey.spec.rm == Some(true);
    lines.push(match goes {
        true => "It is removed when it ends (--rm): the old one cannot be kept. If the new one \
                 fails it is made again from its specification and its old image."
            .to_owned(),
        false => {
            "The old one stays under another name until the new one works, else it comes back."
                .to_owned()
        }
    });
    let (title, verb) = match wish {
        Wish::Settings(_) => (format!("Make {name} anew with other settings?"), "Recreate"),
        Wish::Upgrade | Wish::Finish => (format!("Upgrade {name}?"), "Upgrade"),
    };
    let mut dialog = dialogs::question(action, title, verb, lines, call);
    let choice = |id: &'static str, label: String| Choice {
        id,
        label,
        on: false,
    };
    if goes {
        let label = "make it anew though it cannot be kept".to_owned();
        dialog.choices.push(choice("rm", label));
    }
    if !survey.written.is_empty() {
        let label = format!("make the image {} of it first", written_image(survey));
        dialog.choices.push(choice("commit", label));
    }
    dialog
}

fn line(difference: &Difference) -> String {
    text::ellipsis(&text::clean(&difference.line()), 90)
}

/// The name of an image of what was written into a container.
pub(super) fn written_image(survey: &Survey) -> String {
    let name = survey.spec.name.as_deref().unwrap_or("container");
    let id = survey.old_image.trim_start_matches("sha256:");
    let id: String = id.chars().take(12).collect();
    format!("{}-written:{id}", name.to_lowercase())
}
