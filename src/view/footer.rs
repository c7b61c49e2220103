//! The last row: the keys that matter here, and the work that goes on. While a line is typed, the
//! line takes its place.

use ratatui::buffer::Buffer;

use super::look::Look;
use super::pen::{Part, trim, write_both};
use super::theme::Role;
use crate::model::input::Area;
use crate::model::text::ellipsis;
use crate::resource::Tone;
use crate::store::Store;
use crate::store::actions::{Availability, Scope, all};
use crate::store::message::{Painted, Spot};

/// Columns of a progress bar.
const BAR: usize = 9;

/// Draws it.
pub(super) fn draw(
    buf: &mut Buffer,
    area: Area,
    store: &Store,
    look: &Look,
    painted: &mut Painted,
) {
    if store.is_typing() {
        return;
    }
    let scopes = store.scopes();
    let rank_of = |scope| scopes.iter().position(|live| *live == scope);
    let targets = store.targets();
    let reads_output = store.output_in_sight().is_some();
    let tabs = store.shows_detail() && !store.shows_connection();
    let mut live: Vec<_> = all()
        .filter(|action| action.footer > 0 && (tabs || action.id != "tab.next"))
        .filter(|a| !reads_output || a.scope == Scope::Logs || a.id == "app.help")
        .filter_map(|action| Some((rank_of(action.scope)?, action)))
        .filter(|(_, action)| store.offers(action, &targets) == Availability::Yes)
        .collect();
    // what belongs to the focused pane before what is live everywhere
    live.sort_by_key(|(scope, action)| (action.footer >= 9, *scope, action.footer));
    let mut left = Vec::new();
    for (place, (_, action)) in live.into_iter().enumerate() {
        let key = store.keymap.key_text(action);
        if key.is_empty() {
            continue;
        }
        // help and command line stay longest
        let rank = match action.id {
            "app.help" => 1,
            "app.command" | "container.menu" => 2,
            _ => 10 + place as u8,
        };
        let part = Part::new(rank, 3)
            .text(key, look.accent())
            .text(format!(" {}", action.label.to_lowercase()), look.dim());
        left.push(part.spot(Spot::Action(action.id)));
    }
    let mut right = work(store, look);
    if right.is_empty() && !store.list().marks.is_empty() {
        let text = format!("{} {} marked", look.glyphs.mark, store.list().marks.len());
        right.push(Part::new(5, 2).text(text, look.theme.style(Role::Mark)));
    }
    write_both(
        buf,
        trim(area, 1, 1),
        (left, right),
        look,
        &mut painted.spots,
    );
}

/// The job that runs longest, and how many more there are.
fn work(store: &Store, look: &Look) -> Vec<Part> {
    let jobs: Vec<_> = store.jobs.running().collect();
    let Some(job) = jobs.last() else {
        return Vec::new();
    };
    let busy = look.tone(Tone::Busy);
    let text = format!("{} {}", job.verb, ellipsis(&store.subject_of(job), 24));
    let mut parts = vec![
        Part::new(3, 2)
            .text(format!("{} ", look.spin(store)), busy)
            .text(text, look.text()),
    ];
    let (done, all) = (job.done(), job.steps.len());
    if all > 1 {
        let full = done * BAR / all;
        let bar = look.glyphs.done.repeat(full) + &look.glyphs.todo.repeat(BAR - full);
        parts.push(Part::new(30, 2).text(bar, busy));
        parts.push(Part::new(4, 1).text(format!("{done}/{all}"), look.text()));
    }
    if jobs.len() > 1 {
        parts.push(Part::new(6, 2).text(format!("+{}", jobs.len() - 1), look.dim()));
    }
    parts
}
