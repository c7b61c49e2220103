//! What a line after `:` means, and how it can go on.

use super::Store;
use super::actions::{self, Action, Arg, Availability, Call};
use super::filter::rank;
use super::message::Effects;
use super::overlay::Completion;
use crate::model::Ref;
use crate::model::text::nearest;

/// Completions shown at once.
const MOST: usize = 200;

/// Does what a typed line says: an action with its objects and words, or an object to go to.
pub(super) fn run(store: &mut Store, line: &str) -> Effects {
    let line = line.trim().trim_start_matches(':');
    if line.is_empty() {
        return Vec::new();
    }
    store.remember(line);
    let words = words_of(line);
    let mut words = words.iter().map(String::as_str);
    let first = match words.next().unwrap_or_default() {
        // what hands used to other programs type
        "q" | "q!" | "exit" => "quit",
        first => first,
    };
    let Some(action) = actions::by_word(first) else {
        if let Some(target) = store.world.find(first) {
            store.show(&target);
        } else if let Some(text) = ambiguous(store, first) {
            store.toasts.explain(text, store.now);
        } else {
            let near = actions::all()
                .map(|action| action.word)
                .filter(|word| !word.is_empty());
            let near = nearest(first, near);
            let near = near
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            store.toasts.explain(
                format!("no command or container `{first}`{near}"),
                store.now,
            );
        }
        return Vec::new();
    };
    let words: Vec<&str> = words.collect();
    let (targets, rest) = split_targets(store, action, &words);
    let call = Call {
        targets,
        words: joined(store, action, rest),
        ..Call::default()
    };
    if let Some(stray) = call.words.get(action.args.len()) {
        let text = if let Some(text) = ambiguous(store, stray).filter(|_| action.targets) {
            text
        } else if action.targets && store.world.find(stray).is_none() {
            format!("there is no container `{stray}`")
        } else {
            format!("`{first}` takes no `{stray}`")
        };
        store.toasts.explain(text, store.now);
        return Vec::new();
    }
    for (arg, word) in action.args.iter().zip(&call.words) {
        let choices = (arg.choices)(store);
        let known =
            choices.is_empty() || arg.free || choices.iter().any(|(choice, _)| choice == word);
        let wrong = || {
            let fault = (arg.check)(store, word)?;
            if fault.contains(word.as_str()) {
                return Some(fault);
            }
            let near = nearest(word, choices.iter().map(|(choice, _)| choice.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?"));
            Some(format!("`{word}`: {fault}{}", near.unwrap_or_default()))
        };
        let fault = ambiguous(store, word)
            .filter(|_| action.targets)
            .or_else(wrong)
            .or_else(|| (!known).then(|| format!("there is no {} `{word}`", arg.name)));
        if let Some(fault) = fault {
            store.toasts.explain(fault, store.now);
            return Vec::new();
        }
    }
    store.invoke(action, call)
}

/// The words of a line. One that begins with a quote reaches to the next of its kind; where none
/// follows, the quote is a letter like others.
fn words_of(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = ['"', '\'']
            .contains(&first)
            .then(|| rest[1..].split_once(first))
            .flatten()
            .filter(|(_, after)| after.is_empty() || after.starts_with(char::is_whitespace));
        let (word, after) =
            quoted.unwrap_or_else(|| rest.split_once(char::is_whitespace).unwrap_or((rest, "")));
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// The words of an action's arguments. A choice that has blanks in it takes several: the longest
/// that the words begin with.
fn joined(store: &Store, action: &Action, mut words: &[&str]) -> Vec<String> {
    let mut joined = Vec::new();
    for arg in action.args {
        let choices = (arg.choices)(store);
        let begins = |count: &usize| {
            let text = words[..*count].join(" ");
            choices.iter().any(|(choice, _)| *choice == text)
        };
        let count = (1..=words.len()).rev().find(begins).unwrap_or(1);
        let (taken, rest) = words.split_at(count.min(words.len()));
        if !taken.is_empty() {
            joined.push(taken.join(" "));
        }
        words = rest;
    }
    joined.extend(words.iter().map(|word| (*word).to_owned()));
    joined
}

/// That a name is that of several containers, with the names that tell them apart.
fn ambiguous(store: &Store, name: &str) -> Option<String> {
    let found = store.world.find_all(name);
    if found.len() < 2 || store.world.find(name).is_some() {
        return None;
    }
    let names: Vec<String> = found
        .iter()
        .take(4)
        .map(|target| store.world.full_name(target))
        .collect();
    Some(format!("`{name}` may be {}", names.join(" or ")))
}

/// The leading words that name containers, and the rest.
fn split_targets<'a>(
    store: &Store,
    action: &Action,
    words: &'a [&'a str],
) -> (Vec<Ref>, &'a [&'a str]) {
    if !action.targets {
        return (Vec::new(), words);
    }
    // the last words are those that the action needs, even if one of them names a container
    let needed = action.args.iter().filter(|arg| arg.needed).count();
    let most = match words.len() {
        count if count > needed => count - needed,
        count => count,
    };
    let named = words[..most].iter();
    let targets: Vec<Ref> = named.map_while(|word| store.world.find(word)).collect();
    let rest = &words[targets.len()..];
    (targets, rest)
}

/// The ways in which a typed line can go on, best first.
pub(super) fn completions(store: &Store, line: &str) -> Vec<Completion> {
    let (before, word) = match line.rfind(' ') {
        Some(at) => (&line[..=at], &line[at + 1..]),
        None => ("", line),
    };
    let known: Vec<&str> = before.split_whitespace().collect();
    let (mut before, mut word) = (before.to_owned(), word.to_owned());
    let candidates = match known.split_first() {
        None => first_words(store, &word),
        Some((first, rest)) => match actions::by_word(first) {
            Some(action) => {
                // beyond the last argument one goes on with a choice that has blanks in it
                let more = split_targets(store, action, rest).1;
                let last = action.args.len().saturating_sub(1);
                let more = more.get(last..).unwrap_or_default();
                if !action.args.is_empty() && !more.is_empty() {
                    let kept = known[..known.len() - more.len()].join(" ");
                    (before, word) = (format!("{kept} "), format!("{} {word}", more.join(" ")));
                }
                next_words(store, action, &rest[..rest.len() - more.len()])
            }
            None => Vec::new(),
        },
    };
    let found = rank(&word, candidates.iter().map(|(text, _)| text.as_str()));
    let complete = |place: usize| {
        let (text, about) = candidates.get(place)?.clone();
        Some(Completion {
            line: format!("{before}{text}"),
            label: text,
            about,
        })
    };
    found.into_iter().take(MOST).filter_map(complete).collect()
}

/// Commands; and the containers, once a letter is typed.
fn first_words(store: &Store, typed: &str) -> Vec<(String, String)> {
    let offered = |action: &&Action| {
        !action.word.is_empty() && store.offers(action, &store.targets()) != Availability::Hidden
    };
    let mut words: Vec<(String, String)> = actions::all()
        .filter(offered)
        .map(|action| (action.word.to_owned(), action.about.to_owned()))
        .collect();
    if !typed.is_empty() {
        words.extend(names(store));
    }
    words
}

fn next_words(store: &Store, action: &Action, before: &[&str]) -> Vec<(String, String)> {
    let (targets, rest) = split_targets(store, action, before);
    let arg = action.args.get(rest.len());
    let mut words = arg
        .map(|arg: &Arg| (arg.choices)(store))
        .unwrap_or_default();
    if action.targets && rest.is_empty() {
        let fresh = |(name, _): &(String, String)| {
            !targets
                .iter()
                .any(|target| store.world.full_name(target) == *name)
        };
        words.extend(names(store).into_iter().filter(fresh));
    }
    words
}

fn names(store: &Store) -> Vec<(String, String)> {
    let several = store.world.hosts.len() > 1;
    let mut names: Vec<_> = store
        .world
        .items(store.now)
        .map(|item| {
            let name = match several {
                true => format!("{}/{}", item.host, item.container.name),
                false => item.container.name.to_string(),
            };
            (name, item.container.image.to_string())
        })
        .collect();
    names.sort_unstable();
    names
}
