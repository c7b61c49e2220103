//! Scripts: these facts, these keys → this state, these effects, these watches. No terminal, no
//! engine, no runtime, no clock.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot be set up fails its test"
)]

#[path = "store/checkpoint.rs"]
mod checkpoint;
mod common;
#[path = "store/fleet.rs"]
mod fleet;
#[path = "store/given_up.rs"]
mod given_up;
#[path = "store/looked_into.rs"]
mod looked_into;
#[path = "store/typed.rs"]
mod typed;
#[path = "store/upgrade.rs"]
mod upgrade;

use std::time::Duration;

use common::seen::{calls, names, selected, title, toast};
use common::{NOW, Script, container, host, id};
use pilothouse::config::Settings;
use pilothouse::model::input::Key;
use pilothouse::model::log::{Chunk, Stream};
use pilothouse::model::{
    Brief, HostInfo, Link, Problem, ProblemKind, Ref, Sample, State, Time, Turn,
};
use pilothouse::protocol::{Command, Ending, Fact, Grace, LogFact, LogPage, Reply, Watch};
use pilothouse::spec::RunSpec;
use pilothouse::spec::run_line::parse;
use pilothouse::store::message::{Effect, Effects, Message};
use pilothouse::store::overlay::Overlay;
use pilothouse::store::stage::{Pane, Screen, Tab};
use pilothouse::store::watch::wanted;

fn select(script: &mut Script, name: &str) {
    assert!(
        script
            .store
            .list_mut()
            .select(&Ref::container(&host(), &id(name))),
        "{name} has no row"
    );
    script.settle();
}

const OWN: Grace = Grace::Own;

#[test]
fn stop_asks_names_the_object_and_stands_on_cancel() {
    let mut s = Script::scene();
    select(&mut s, "web");
    assert!(calls(&s.keys("s")).is_empty());
    assert_eq!(title(&s), "Stop web?");
    assert!(calls(&s.keys("<enter>")).is_empty(), "Enter is Cancel");
    assert_eq!(title(&s), "");
    assert_eq!(calls(&s.keys("sy")), [Command::Stop(id("web"), OWN)]);
}

#[test]
fn a_stopped_container_starts_at_once() {
    let mut s = Script::scene();
    select(&mut s, "migrate");
    assert_eq!(calls(&s.keys("s")), [Command::Start(id("migrate"))]);
}

#[test]
fn marked_ones_are_acted_upon_together_and_mixed_states_are_counted_apart() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("<space>");
    select(&mut s, "migrate");
    s.keys("<space>");
    s.keys("s");
    assert_eq!(title(&s), "Stop 1, start 1?");
    let mut commands = calls(&s.keys("y"));
    commands.sort_by_key(|command| command.docker_line(&[]));
    assert_eq!(
        commands,
        [Command::Start(id("migrate")), Command::Stop(id("web"), OWN)]
    );
    assert!(
        s.store.lists.containers.marks.is_empty(),
        "marks go once they were used"
    );
}

#[test]
fn a_stop_can_be_at_once() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("s");
    let Some(Overlay::Confirm(dialog)) = s.store.overlays.last() else {
        panic!("no question");
    };
    assert!(
        !dialog.choices[0].on,
        "it has its time unless one says otherwise"
    );
    let stopped = calls(&s.keys("<space>y"));
    let at_once = Grace::For(Duration::ZERO);
    assert_eq!(stopped, [Command::Stop(id("web"), at_once)]);
}

#[test]
fn what_failed_of_several_is_counted() {
    let mut s = Script::scene();
    for name in ["web", "migrate"] {
        select(&mut s, name);
        s.keys("<space>");
    }
    let started = s.keys("dy");
    let refused = Problem::new(ProblemKind::Conflict, "could not remove web", "");
    for effect in started {
        if let Effect::Run(job, step, _, command) = effect {
            let result = match command {
                Command::Remove { id: of, .. } if of == id("web") => Err(refused.clone()),
                _ => Ok(Reply::Done),
            };
            s.store.apply(Message::Done(job, step, result));
        }
    }
    let told = toast(&s);
    assert!(
        told.contains("1 of 2 failed: could not remove web"),
        "{told}"
    );
}

#[test]
fn bulk_actions_say_whom_they_touch_before_one_is_chosen() {
    let mut s = Script::scene();
    s.keys("b");
    assert_eq!(title(&s), "", "nothing is marked");
    assert!(toast(&s).contains("nothing is marked"), "{}", toast(&s));
    for name in ["web", "db", "migrate"] {
        select(&mut s, name);
        s.keys("<space>");
    }
    s.keys("b");
    assert_eq!(title(&s), "3 containers marked");
    let Some(Overlay::Menu(menu)) = s.store.overlays.last() else {
        panic!("no menu");
    };
    let labels: Vec<&str> = menu.items.iter().map(|item| item.label.as_str()).collect();
    let all = [
        "Stop 2, start 1",
        "Stop 2",
        "Start 1",
        "Restart 3",
        "Pause 2",
        "Send a signal to 2",
        "Remove 3",
    ];
    assert_eq!(labels, all);
    // one of them, and what it leaves out
    assert!(menu.items[1].about.ends_with("; 1 do not run"));
    s.keys("<down>");
    assert!(calls(&s.keys("<enter>")).is_empty());
    assert_eq!(title(&s), "Stop 2 containers?");
    let stopped = calls(&s.keys("y"));
    assert_eq!(stopped.len(), 2);
    for name in ["db", "web"] {
        assert!(stopped.contains(&Command::Stop(id(name), OWN)), "{name}");
    }
}

#[test]
fn a_signal_to_marked_ones_leaves_out_what_does_not_run() {
    let mut s = Script::scene();
    for name in ["web", "migrate"] {
        select(&mut s, name);
        s.keys("<space>");
    }
    s.keys("K<enter>");
    let Some(Overlay::Confirm(dialog)) = s.store.overlays.last() else {
        panic!("no question");
    };
    assert_eq!(dialog.title, "Send SIGTERM to web?");
    let left = "1 more does not run and is left alone.";
    assert!(dialog.lines.iter().any(|line| line == left));
    assert_eq!(calls(&s.keys("y")), [Command::Kill(id("web"), "TERM")]);
}

#[test]
fn a_restart_takes_another_time_and_a_signal_where_the_engine_does() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("R");
    assert_eq!(title(&s), "Restart web");
    let own = Ending {
        grace: Grace::Own,
        signal: None,
    };
    let done = calls(&s.keys("<ctrl-u><ctrl-s>"));
    assert_eq!(done, [Command::Restart(id("web"), own)]);
    let speaks = |s: &mut Script, api: &str| {
        let info = HostInfo {
            api: api.to_owned(),
            ..HostInfo::default()
        };
        s.fact(Fact::Info(Box::new(info)));
    };
    speaks(&mut s, "1.41");
    assert!(calls(&s.keys("R<ctrl-u>-1<tab>int<ctrl-s>")).is_empty());
    assert!(s.text().contains("speaks API 1.41"), "{}", s.text());
    speaks(&mut s, "1.42");
    let ending = Ending {
        grace: Grace::Endless,
        signal: Some("INT".to_owned()),
    };
    let done = calls(&s.keys("<ctrl-s>"));
    assert_eq!(done, [Command::Restart(id("web"), ending)]);
}

#[test]
fn removal_has_its_choices_and_says_what_is_lost() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("d");
    let Some(Overlay::Confirm(dialog)) = s.store.overlays.last() else {
        panic!("no dialog")
    };
    assert_eq!((dialog.title.as_str(), dialog.focus), ("Remove web?", 0));
    let text = dialog.lines.join(" ");
    assert!(text.contains("Named volumes stay") && text.contains("refuses unless it is forced"));
    // Tab: the verb, then force, then volumes
    let effects = s.keys("<tab><tab><space><tab><space>y");
    let all = Command::Remove {
        id: id("web"),
        force: true,
        volumes: true,
    };
    assert_eq!(calls(&effects), [all]);
}

#[test]
fn a_signal_is_chosen_then_confirmed() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("K");
    assert_eq!(title(&s), "Send a signal · web");
    s.keys("hup<enter>");
    assert_eq!(title(&s), "Send SIGHUP to web?");
    assert_eq!(calls(&s.keys("y")), [Command::Kill(id("web"), "HUP")]);
}

#[test]
fn a_name_is_checked_while_it_is_typed() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("<f2>/");
    let Some(Overlay::Prompt(prompt)) = s.store.overlays.last() else {
        panic!("no prompt")
    };
    assert_eq!(prompt.editor.text(), "web/");
    assert!(prompt.fault.is_some());
    assert!(calls(&s.keys("<enter>")).is_empty());
    let effects = s.keys("<backspace>2<enter>");
    assert_eq!(calls(&effects), [Command::Rename(id("web"), "web2".into())]);
}

#[test]
fn prune_shows_what_would_go_and_removes_exactly_that() {
    let mut s = Script::scene();
    let effects = s.keys("P");
    assert_eq!(calls(&effects), [Command::PrunePreview]);
    s.answer(
        effects,
        &Ok(Reply::Prunable(vec![
            (id("migrate"), 2048),
            (id("loki"), 0),
        ])),
    );
    let Some(Overlay::Confirm(dialog)) = s.store.overlays.last() else {
        panic!("no dialog")
    };
    assert_eq!(dialog.title, "Remove 2 stopped containers?");
    assert_eq!(dialog.lines[0], "migrate  2.0KiB");
    assert!(dialog.lines.last().unwrap().starts_with("2.0KiB come free"));
    let commands = calls(&s.keys("y"));
    let remove = |name| Command::Remove {
        id: id(name),
        force: false,
        volumes: false,
    };
    assert_eq!(commands, [remove("migrate"), remove("loki")]);
}

#[test]
fn a_refusal_is_told_with_the_engines_words_and_kept_in_the_journal() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let effects = s.keys("r");
    assert_eq!(
        s.store.jobs.verb_on(&Ref::container(&host(), &id("web"))),
        Some("restart")
    );
    let problem = Problem::new(ProblemKind::Conflict, "web was not restarted", "it is busy");
    s.answer(effects, &Err(problem));
    let toast = s.store.toasts.toasts.back().unwrap().clone();
    assert_eq!(toast.text, "web was not restarted");
    assert_eq!(toast.more[0], "it is busy");
    s.later(11_000);
    assert!(s.store.toasts.toasts.is_empty());
    s.keys("0<enter>");
    let Some(Overlay::Text { title, lines, .. }) = s.store.overlays.last() else {
        panic!()
    };
    assert_eq!(title, "restart web");
    assert_eq!(lines[0], "docker restart web");
    assert!(lines.iter().any(|line| line.contains("it is busy")));
}

#[test]
fn a_running_job_can_be_cancelled_and_holds_up_the_end() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("sy");
    s.keys("<ctrl-c>");
    assert_eq!(title(&s), "Quit Pilothouse?");
    s.keys("n");
    assert!(
        s.keys("<ctrl-x>")
            .iter()
            .any(|effect| matches!(effect, Effect::Cancel(_)))
    );
}

#[test]
fn read_only_refuses_every_change_and_hides_it() {
    let settings = Settings {
        read_only: true,
        ..Settings::default()
    };
    let mut s = Script::scene();
    s.store.settings = settings;
    select(&mut s, "web");
    for keys in [
        "s",
        "r",
        "p",
        "d",
        "K",
        "<f2>",
        "P",
        "e",
        "E",
        ":rm web<enter>",
    ] {
        assert!(calls(&s.keys(keys)).is_empty(), "{keys}");
        assert_eq!(title(&s), "", "{keys}");
        assert!(toast(&s).starts_with("read-only"), "{keys}: {}", toast(&s));
    }
    s.keys("x");
    let Some(Overlay::Menu(menu)) = s.store.overlays.last() else {
        panic!("no menu")
    };
    assert!(menu.items.iter().all(|item| item.label != "Remove"));
}

#[test]
fn the_cursor_stays_on_its_object_when_the_list_changes() {
    let mut s = Script::scene();
    select(&mut s, "cache");
    s.fact(Fact::Changed(vec![container(
        "aaa-new",
        "x",
        State::Running,
        "Up 1 second",
    )]));
    s.settle();
    assert_eq!(selected(&s), "cache");
    s.fact(Fact::Removed(vec![id("cache")]));
    s.settle();
    assert_ne!(selected(&s), "cache");
    assert!(!selected(&s).is_empty(), "the row that took its place");
}

#[test]
fn a_row_turns_with_the_event_and_the_list_follows() {
    let mut s = Script::scene();
    select(&mut s, "cache");
    let running = s.store.world.counts().running;
    let row = |s: &Script| {
        let shown = s.text();
        let rows = shown
            .lines()
            .filter(|line| line.contains("▌") && line.contains(" cache "));
        rows.map(str::to_owned).next().unwrap()
    };
    assert!(row(&s).contains("running"), "{}", row(&s));
    let ended = Turn::Ended {
        code: Some(1),
        again: false,
    };
    s.fact(Fact::Turned(id("cache"), ended));
    assert!(
        row(&s).contains("✖ cache               exited 1"),
        "{}",
        row(&s)
    );
    assert_eq!(s.store.world.counts().running, running - 1);
    s.fact(Fact::Turned(id("cache"), Turn::Started));
    assert!(row(&s).contains("running"), "{}", row(&s));
    assert_eq!(s.store.world.counts().running, running);
    // one that no list told of yet
    s.fact(Fact::Turned(id("nobody"), ended));
}

#[test]
fn the_cursor_comes_back_to_its_object_while_a_filter_is_typed() {
    let mut s = Script::scene();
    select(&mut s, "cache");
    // half of `!web` shows the very ones that the whole of it hides
    s.keys("/web");
    assert_ne!(selected(&s), "cache");
    s.keys("<home>!");
    assert_eq!(selected(&s), "cache");
    s.keys("<end> !cache");
    assert_ne!(selected(&s), "cache");
    s.keys("<esc>");
    assert_eq!(selected(&s), "cache");
}

#[test]
fn a_container_that_is_removed_while_it_is_looked_into_gives_its_keys_to_no_other() {
    let mut s = Script::scene();
    select(&mut s, "cache");
    s.keys("l");
    assert_eq!(s.store.stage.pane, Pane::Detail);
    s.fact(Fact::Removed(vec![id("backup")]));
    s.settle();
    assert_eq!(s.store.stage.pane, Pane::Detail);
    s.fact(Fact::Removed(vec![id("cache")]));
    s.settle();
    assert_eq!(s.store.stage.pane, Pane::List);
    assert_eq!(toast(&s), "cache was removed");
}

#[test]
fn a_filter_narrows_as_it_is_typed_and_escape_takes_it_back() {
    let mut s = Script::scene();
    let all = names(&s).len();
    s.keys("/state:exited");
    assert_eq!(names(&s), ["loki", "migrate"]);
    s.keys("<esc>");
    assert_eq!(names(&s).len(), all);
    for (filter, expected) in [
        ("image:postgres", vec!["db"]),
        ("health:unhealthy", vec!["grafana"]),
        ("project:shop !re:^c", vec!["db", "web", "api"]),
        ("port:8080", vec!["web"]),
        ("vol:db-data", vec!["db"]),
        ("gfna", vec!["grafana"]),
    ] {
        s.keys(&format!("/{filter}<enter>"));
        let mut shown = names(&s);
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{filter}");
        s.keys("<esc>");
    }
    s.keys("/colour:red");
    let Some(Overlay::Prompt(prompt)) = s.store.overlays.last() else {
        panic!()
    };
    assert!(
        prompt
            .fault
            .as_ref()
            .unwrap()
            .contains("no filter key `colour`")
    );
}

#[test]
fn groups_fold_and_their_line_can_be_stood_upon() {
    let mut s = Script::scene();
    select(&mut s, "db");
    s.keys("<left>");
    assert_eq!(selected(&s), "");
    assert!(!names(&s).contains(&"web".to_owned()));
    s.keys("<enter>");
    assert!(names(&s).contains(&"web".to_owned()));
}

#[test]
fn sorting_by_cpu_puts_the_heaviest_first_and_again_last() {
    let mut s = Script::scene();
    s.keys("<ctrl-g>:sort cpu<enter>");
    let cpu = |s: &Script, name: &str| {
        let target = Ref::container(&host(), &id(name));
        s.store
            .world
            .item(&target, s.store.now)
            .unwrap()
            .sample()
            .map(|sample| sample.cpu)
    };
    let order: Vec<_> = names(&s).iter().filter_map(|name| cpu(&s, name)).collect();
    assert!(
        order.len() > 3 && order.is_sorted_by(|a, b| a >= b),
        "{order:?}"
    );
    s.keys(":sort cpu<enter>");
    let order: Vec<_> = names(&s).iter().filter_map(|name| cpu(&s, name)).collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn an_order_by_a_column_that_does_not_show_is_told() {
    let mut s = Script::scene();
    s.size(120, 40);
    s.keys(":sort cpu<enter>");
    assert!(!s.text().contains("by cpu"), "its title shows it");
    s.keys(":sort image<enter>");
    assert!(s.text().contains("by image ▴"), "{}", s.text());
    s.keys(":sort image<enter>");
    assert!(s.text().contains("by image ▾"), "{}", s.text());
    s.size(240, 40);
    s.keys("z");
    let text = s.text();
    assert!(
        text.contains("image▾") && !text.contains("by image"),
        "{text}"
    );
}

#[test]
fn commands_take_names_and_words_and_say_what_they_do_not_know() {
    let mut s = Script::scene();
    assert_eq!(calls(&s.keys(":restart db cache<enter>")).len(), 2);
    assert_eq!(
        calls(&s.keys(":rename db database<enter>")),
        [Command::Rename(id("db"), "database".into())]
    );
    s.keys(":grafana<enter>");
    assert_eq!(selected(&s), "grafana");
    for (line, words) in [
        (":restrat db<enter>", "did you mean `restart`"),
        (":restart nobody<enter>", "`nobody` is no container"),
        (":sort colour<enter>", "no column `colour`"),
    ] {
        assert!(calls(&s.keys(line)).is_empty());
        assert!(toast(&s).contains(words), "{line}: {}", toast(&s));
    }
    s.keys(":resta<tab>");
    let Some(Overlay::Prompt(prompt)) = s.store.overlays.last() else {
        panic!()
    };
    assert_eq!(prompt.editor.text(), "restart");
    s.keys("<esc>:<up><up>");
    let Some(Overlay::Prompt(prompt)) = s.store.overlays.last() else {
        panic!()
    };
    assert_eq!(prompt.editor.text(), "restart nobody");
}

#[test]
fn what_is_open_follows_from_what_is_seen() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let web = Ref::container(&host(), &id("web"));
    let open = wanted(&s.store);
    assert!(
        open.contains(&Watch::Logs(web.clone())),
        "its log, with no key"
    );
    assert!(!open.contains(&Watch::Inspect(web.clone())));
    assert!(open.contains(&Watch::Stats(Ref::container(&host(), &id("backup")))));
    assert!(
        !open.contains(&Watch::Stats(Ref::container(&host(), &id("loki")))),
        "what does not run has no samples"
    );
    s.keys("i");
    let open = wanted(&s.store);
    assert!(open.contains(&Watch::Inspect(web.clone())));
    assert!(
        open.contains(&Watch::Logs(web.clone())),
        "one comes back to the same place"
    );
    s.keys("0");
    assert!(!wanted(&s.store).contains(&Watch::Inspect(web)));
}

#[test]
fn a_paused_container_shows_what_the_engine_measures() {
    let mut s = Script::scene();
    s.size(120, 40);
    let worker = Ref::container(&host(), &id("worker"));
    let watch = Watch::Stats(worker.clone());
    assert!(wanted(&s.store).contains(&watch));
    let known = s.store.world.hosts[&host()].counts;
    let totals = s.store.world.usage(NOW).totals;
    let sample = Sample {
        at: NOW,
        memory: 5 << 20,
        pids: 3,
        ..Sample::default()
    };
    s.fact(Fact::Samples(vec![(id("worker"), sample)]));
    s.settle();
    let text = s.text();
    let row = text.lines().find(|row| row.contains("worker")).unwrap();
    assert!(row.contains("5.0M") && row.contains(" 0.0 "), "{row}");
    assert_eq!(s.store.world.hosts[&host()].counts, known);
    assert_eq!(
        s.store.world.usage(NOW).totals,
        totals,
        "the sums are of what runs"
    );
}

#[test]
fn on_a_crowded_host_only_rows_in_sight_are_sampled() {
    let mut s = Script::connected();
    let crowd = (0..900).map(|n| container(&format!("c{n:03}"), "x", State::Running, "Up 1 hour"));
    s.fact(Fact::Containers(crowd.collect()));
    s.settle();
    let sampled = |s: &Script| {
        wanted(&s.store)
            .iter()
            .filter(|watch| matches!(watch, Watch::Stats(_)))
            .count()
    };
    let rows = s.store.areas().list_rows();
    assert!(sampled(&s) <= rows + 1, "{} for {rows} rows", sampled(&s));
    s.keys("<pgdn><pgdn>");
    let middle = Ref::container(&host(), &id("c090"));
    let seen: Vec<_> = s.store.lists.containers.visible(rows).cloned().collect();
    assert!(
        seen.iter()
            .all(|target| wanted(&s.store).contains(&Watch::Stats(target.clone())))
    );
    assert!(!seen.contains(&middle) || wanted(&s.store).contains(&Watch::Stats(middle)));
    s.keys(":sort cpu<enter>");
    assert!(sampled(&s) > 300, "sorted by what only samples tell");
}

#[test]
fn a_lost_host_keeps_its_rows_and_counts_down() {
    let mut s = Script::scene();
    let before = names(&s);
    s.fact(Fact::Link(Link::Down {
        attempts: common::attempts(),
        since: Some(NOW),
        retry: Time(NOW.0 + 3_000),
    }));
    s.settle();
    assert_eq!(names(&s), before);
    assert!(!s.store.shows_connection());
    assert_eq!(s.store.next_wake(), Some(Time(NOW.0 + 1_000)));
    assert!(
        s.keys("<f5>")
            .iter()
            .any(|effect| matches!(effect, Effect::Retry(_)))
    );
}

#[test]
fn nothing_is_said_to_be_read_from_a_host_that_is_lost() {
    let mut s = Script::scene();
    s.size(120, 40);
    select(&mut s, "db");
    s.keys("l");
    assert!(s.text().contains("reading its log"));
    s.fact(Fact::Link(Link::Down {
        attempts: common::attempts(),
        since: Some(NOW),
        retry: Time(NOW.0 + 3_000),
    }));
    s.settle();
    let text = s.text();
    assert!(text.contains("waiting for the engine to answer"), "{text}");
    assert!(!text.contains(" reading"), "{text}");
    s.keys("i");
    let text = s.text();
    assert!(text.contains("waiting for the engine to answer"), "{text}");
    assert!(!text.contains("asking"), "{text}");
}

#[test]
fn a_container_without_events_promises_no_more_than_is_known() {
    let mut s = Script::scene();
    select(&mut s, "db");
    (s.store.stage.pane, s.store.stage.tab) = (Pane::Detail, Tab::Events);
    s.fact(Fact::Past(id("db"), Vec::new()));
    s.settle();
    assert!(s.text().contains("no event of it is known"), "{}", s.text());
}

#[test]
fn the_connection_screen_has_a_way_out_on_each_key() {
    let mut s = Script::empty();
    s.fact(Fact::Link(Link::Down {
        attempts: common::attempts(),
        since: None,
        retry: NOW,
    }));
    s.settle();
    assert!(s.store.shows_connection());
    assert!(matches!(s.keys("r")[..], [Effect::Retry(_)]));
    assert!(matches!(s.keys("d")[..], [Effect::Demo]));
    let effects = s.keys("htcp://10.0.0.1:2375<enter>");
    assert!(matches!(&effects[..], [Effect::Resolve(place)] if place == "tcp://10.0.0.1:2375"));
}

#[test]
fn the_log_holds_still_while_it_is_read_and_counts_what_comes() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("lkk");
    let target = Ref::container(&host(), &id("web"));
    let mut chunk = Chunk::default();
    chunk.push("one more", 0, Stream::Out, 0, &[]);
    s.fact(Fact::Log(id("web"), LogFact::Lines(chunk.seal())));
    s.settle();
    let log = s.store.logs.get(&target).unwrap();
    assert!(!log.view.follow);
    assert_eq!(log.unseen(), 1);
    s.keys("G");
    assert!(s.store.logs.get(&target).unwrap().view.follow);
    s.keys("q");
    assert_eq!(
        (s.store.stage.pane, s.store.stage.zoom),
        (Pane::List, false)
    );
}

#[test]
fn the_oldest_line_held_fetches_older_ones_until_there_are_none() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let target = Ref::container(&host(), &id("web"));
    let effects = s.keys("lg");
    let [
        Command::OlderLines {
            held: 240,
            count: 1000,
            ..
        },
    ] = calls(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    let mut page = Chunk::default();
    page.push("the first line ever", 1, Stream::Out, 0, &[]);
    let top = s.store.logs.get(&target).unwrap().view.cursor;
    s.answer(effects, &Ok(Reply::Lines(vec![LogPage(page.seal())])));
    let log = s.store.logs.get(&target).unwrap();
    assert_eq!(
        (log.buffer.len(), log.view.cursor),
        (241, top),
        "the screen does not jump"
    );
    let effects = s.keys("g");
    assert_eq!(calls(&effects).len(), 1);
    s.answer(effects, &Ok(Reply::Lines(Vec::new())));
    assert!(calls(&s.keys("g")).is_empty(), "there are no older ones");
}

#[test]
fn every_tab_of_the_detail_is_left_to_the_left() {
    let mut s = Script::scene();
    s.size(120, 40);
    for (tab, title) in Tab::CONTAINER {
        (s.store.stage.pane, s.store.stage.tab) = (Pane::Detail, tab);
        s.settle();
        s.keys("<left>");
        assert_eq!(s.store.stage.pane, Pane::List, "{title}");
    }
}

#[test]
fn a_search_finds_counts_and_goes_round() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("l/timed out<enter>");
    let target = Ref::container(&host(), &id("web"));
    let (place, all) = s.store.logs.get(&target).unwrap().hit_place().unwrap();
    assert!(
        all > 1 && place == all,
        "{place} of {all}: the newest first"
    );
    s.keys("n");
    assert_eq!(
        s.store.logs.get(&target).unwrap().hit_place().unwrap().0,
        1,
        "round"
    );
    s.keys("N");
    assert_eq!(
        s.store.logs.get(&target).unwrap().hit_place().unwrap().0,
        all
    );
    s.keys("<esc>");
    assert!(s.store.selected_log_search().is_none());
    s.keys("/(<ctrl-r>");
    assert!(
        s.store.selected_log_search().unwrap().fault.is_some(),
        "no expression"
    );
}

#[test]
fn secrets_are_masked_until_asked_for_and_again_on_the_next_container() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.store.stage.tab = Tab::Env;
    s.keys("<tab>");
    let shown = |s: &Script| format!("{:?}", s.store.page().rows);
    assert!(!shown(&s).contains("hunter2"), "{}", shown(&s));
    s.keys(".");
    assert!(shown(&s).contains("hunter2"), "{}", shown(&s));
    select(&mut s, "db");
    select(&mut s, "web");
    assert!(!shown(&s).contains("hunter2"));
    s.store.stage.tab = Tab::Inspect;
    assert!(!shown(&s).contains("hunter2"));
}

#[test]
fn the_copy_menu_copies_what_it_shows() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("y");
    let effects = s.keys("m");
    assert!(
        matches!(&effects[..], [Effect::Copy(text)] if text == "nginx:1.27"),
        "{effects:?}"
    );
}

#[test]
fn the_line_that_makes_it_again_is_copied_with_its_secrets_masked() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("y");
    let effects = s.keys("r");
    assert_eq!(calls(&effects), [Command::Describe(id("web"))]);
    let Effect::Run(job, step, ..) = effects[0] else {
        panic!("{effects:?}")
    };
    let line = "docker run -d --name web -e DB_PASSWORD=hush -e TZ=UTC nginx";
    let spec = parse(line, &|_| None).spec;
    let done =
        |spec: &RunSpec| Message::Done(job, step, Ok(Reply::Described(Box::new(spec.clone()))));
    let copied = s.store.apply(done(&spec));
    let masked = "docker run --name web -e 'DB_PASSWORD=••••••••' -e TZ=UTC -d nginx";
    assert!(
        matches!(&copied[..], [Effect::Copy(text)] if text == masked),
        "{copied:?}"
    );
    let toast = s.store.toasts.toasts.back().unwrap();
    assert!(toast.text.contains("masked"), "{toast:?}");
    assert_eq!(s.store.jobs.journal().count(), 0);
    // shown on the page that one looks at, they are copied
    s.store.stage.tab = Tab::Env;
    s.store.pages.view_mut(Tab::Env).revealed = true;
    s.keys("y");
    let effects = s.keys("r");
    let Effect::Run(job, step, ..) = effects[0] else {
        panic!("{effects:?}")
    };
    let copied = s.store.apply(Message::Done(
        job,
        step,
        Ok(Reply::Described(Box::new(spec))),
    ));
    assert!(
        matches!(&copied[..], [Effect::Copy(text)] if text.contains("hush")),
        "{copied:?}"
    );
}

#[test]
fn history_is_kept_and_gaps_are_no_zeros() {
    let mut s = Script::connected();
    s.fact(Fact::Containers(vec![container(
        "web",
        "x",
        State::Running,
        "Up 1 minute",
    )]));
    for second in [0, 1, 5] {
        let at = Time(NOW.0 + second * 1000);
        s.store.apply(Message::Tick(at));
        let sample = Sample {
            at,
            cpu: 10.0,
            ..Sample::default()
        };
        s.fact(Fact::Samples(vec![(id("web"), sample)]));
    }
    s.settle();
    let series = &s.store.world.hosts[&host()].series[&id("web")];
    let end = NOW.secs() + 5;
    let values: Vec<f32> = series
        .window(pilothouse::model::stats::Metric::Cpu, end, 6)
        .collect();
    assert_eq!(
        values.iter().filter(|value| value.is_nan()).count(),
        3,
        "{values:?}"
    );
}

#[test]
fn a_later_list_brings_what_changed_and_ends_what_was_wrong() {
    let mut s = Script::scene();
    let before = names(&s).len();
    let problem = Problem::new(ProblemKind::Timeout, "could not list the containers", "");
    s.fact(Fact::Trouble(problem));
    assert!(s.store.world.hosts[&host()].trouble.is_some());
    s.fact(Fact::Resynced {
        changed: vec![container("aaa-new", "x", State::Running, "Up 1 second")],
        removed: vec![id("cache")],
    });
    s.settle();
    let after = names(&s);
    assert_eq!(after.len(), before, "{after:?}");
    let has = |name: &str| after.iter().any(|one| one == name);
    assert!(has("aaa-new") && !has("cache"), "{after:?}");
    assert!(s.store.world.hosts[&host()].trouble.is_none());
    // one that changes nothing ends what was wrong as well, in Health too
    s.later(1_000);
    let well = s.store.pressing;
    let problem = Problem::new(ProblemKind::Timeout, "could not list the containers", "");
    s.fact(Fact::Trouble(problem));
    s.later(1_000);
    assert_eq!(s.store.pressing, well + 1);
    let (changed, removed) = (Vec::new(), Vec::new());
    s.fact(Fact::Resynced { changed, removed });
    s.later(1_000);
    assert_eq!(s.store.pressing, well);
}

#[test]
fn what_an_inspect_told_stays_when_the_list_comes_anew() {
    let mut s = Script::connected();
    let web = || container("web", "x", State::Running, "Up 1 minute");
    s.fact(Fact::Containers(vec![web()]));
    s.fact(Fact::Brief(
        id("web"),
        Brief {
            restarts: 3,
            ..Brief::default()
        },
    ));
    s.fact(Fact::Containers(vec![container_without_brief(web())]));
    let target = Ref::container(&host(), &id("web"));
    assert_eq!(
        s.store
            .world
            .container(&target)
            .unwrap()
            .brief
            .as_ref()
            .unwrap()
            .restarts,
        3
    );
}

fn container_without_brief(
    mut container: pilothouse::model::Container,
) -> pilothouse::model::Container {
    container.brief = None;
    container
}

#[test]
fn forgetting_a_host_leaves_nothing_of_it() {
    let mut s = Script::scene();
    s.store.apply(Message::Unknown(host()));
    s.settle();
    assert!(names(&s).is_empty());
    assert!(s.store.selected().is_none());
    assert!(wanted(&s.store).is_empty());
}

#[test]
fn the_inspect_that_failed_says_why() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let problem = Problem::new(
        ProblemKind::NotFound,
        "web is gone",
        "No such container: web",
    );
    s.fact(Fact::Inspect(id("web"), Err(problem)));
    s.keys("i");
    let note = s.store.page().note.unwrap();
    assert_eq!(note.text, "web is gone");
    assert!(note.more[0].contains("No such container"));
}

#[test]
fn screens_and_tabs_go_round() {
    let mut s = Script::scene();
    s.keys("0");
    assert_eq!(s.store.stage.screen, Screen::Journal);
    s.keys("q[");
    assert_eq!(
        (s.store.stage.screen, s.store.stage.tab),
        (Screen::Containers, Tab::Files)
    );
    s.keys("]");
    assert_eq!(s.store.stage.tab, Tab::Logs);
}

#[test]
fn sorting_by_what_only_an_inspect_tells_looks_at_all_once() {
    let mut s = Script::connected();
    let crowd = (0..200).map(|n| container(&format!("c{n:03}"), "x", State::Running, "Up 1 hour"));
    let crowd: Vec<_> = crowd.map(container_without_brief).collect();
    s.fact(Fact::Containers(crowd));
    s.settle();
    let briefs = |s: &Script| {
        let wanted = wanted(&s.store);
        wanted
            .iter()
            .filter(|watch| matches!(watch, Watch::Brief(_)))
            .count()
    };
    assert!(briefs(&s) < 60);
    s.keys(":sort restarts<enter>");
    assert_eq!(briefs(&s), 200);
    for n in 0..200 {
        let brief = Brief {
            restarts: n,
            ..Brief::default()
        };
        s.fact(Fact::Brief(id(&format!("c{n:03}")), brief));
    }
    s.later(1_000);
    assert!(briefs(&s) < 60, "known is known");
    s.keys("g");
    assert_eq!(names(&s)[0], "c199");
}

#[test]
fn a_menu_is_about_what_it_was_opened_on() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("x");
    s.fact(Fact::Removed(vec![id("web")]));
    s.settle();
    assert!(calls(&s.keys("r")).is_empty(), "not its neighbour");
    assert!(toast(&s).contains("gone"), "{}", toast(&s));
}

#[test]
fn what_was_asked_is_done_even_if_the_state_changed_since() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("s");
    s.fact(Fact::Changed(vec![container(
        "web",
        "x",
        State::Exited,
        "Exited (0) 1 second ago",
    )]));
    s.settle();
    assert_eq!(calls(&s.keys("y")), [Command::Stop(id("web"), OWN)]);
}

#[test]
fn a_preview_that_comes_late_does_not_come_up_under_the_fingers() {
    let mut s = Script::scene();
    let effects = s.keys("P");
    s.keys("/my");
    s.answer(effects, &Ok(Reply::Prunable(vec![(id("migrate"), 2048)])));
    assert_eq!(title(&s), "filter");
    assert!(toast(&s).contains("ask again"));
}

#[test]
fn stop_leaves_out_what_does_not_run_and_takes_a_time() {
    let mut s = Script::scene();
    s.keys(":stop web migrate 3<enter>");
    assert_eq!(title(&s), "Stop web?");
    let Some(Overlay::Confirm(dialog)) = s.store.overlays.last() else {
        panic!("no dialog")
    };
    assert!(
        dialog.lines[0].starts_with("It gets 3 seconds"),
        "{:?}",
        dialog.lines
    );
    let three = Grace::For(Duration::from_secs(3));
    assert_eq!(calls(&s.keys("y")), [Command::Stop(id("web"), three)]);
    s.keys(":stop web soon<enter>");
    assert!(toast(&s).contains("no number of seconds"), "{}", toast(&s));
}

#[test]
fn pause_and_unpause_say_what_they_do() {
    let mut s = Script::scene();
    assert_eq!(
        calls(&s.keys(":pause web<enter>")),
        [Command::Pause(id("web"))]
    );
    assert!(calls(&s.keys(":pause worker<enter>")).is_empty());
    assert_eq!(
        calls(&s.keys(":unpause worker<enter>")),
        [Command::Unpause(id("worker"))]
    );
}

#[test]
fn the_beginning_of_several_ids_names_none() {
    let mut s = Script::connected();
    let with_id = |hex: &str, name: &str| pilothouse::model::Container {
        id: pilothouse::model::Id::new(hex),
        ..container(name, "x", State::Running, "Up 1 hour")
    };
    s.fact(Fact::Containers(vec![
        with_id("dead00", "a1"),
        with_id("dead11", "b1"),
    ]));
    s.settle();
    assert!(s.store.world.find("dead").is_none());
    assert!(s.store.world.find("dead0").is_some());
}

#[test]
fn older_lines_of_another_reading_are_not_taken() {
    let mut s = Script::scene();
    select(&mut s, "web");
    let effects = s.keys("lg");
    s.fact(Fact::Log(id("web"), LogFact::Opened));
    let mut chunk = Chunk::default();
    chunk.push("a new reading", 9, Stream::Out, 0, &[]);
    s.fact(Fact::Log(id("web"), LogFact::Lines(chunk.seal())));
    let mut page = Chunk::default();
    page.push("too late", 1, Stream::Out, 0, &[]);
    s.answer(effects, &Ok(Reply::Lines(vec![LogPage(page.seal())])));
    let target = Ref::container(&host(), &id("web"));
    assert_eq!(s.store.logs.get(&target).unwrap().buffer.len(), 1);
}

#[test]
fn lines_after_the_end_mean_that_it_runs_again() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.fact(Fact::Log(id("web"), LogFact::Ended));
    let mut chunk = Chunk::default();
    chunk.push("up again", 9, Stream::Out, 0, &[]);
    s.fact(Fact::Log(id("web"), LogFact::Lines(chunk.seal())));
    let target = Ref::container(&host(), &id("web"));
    let state = &s.store.logs.get(&target).unwrap().state;
    assert_eq!(*state, pilothouse::store::logs::LogState::Live);
}

#[test]
fn escape_leaves_the_journal_and_nothing_beneath_it() {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.keys("l/timed<enter>0<esc>");
    assert_eq!(s.store.stage.screen, Screen::Containers);
    assert!(s.store.selected_log_search().is_some());
}

#[test]
fn settings_that_name_no_column_or_take_a_key_away_are_refused_with_their_line() {
    let refused = |text: &str| {
        let settings = Settings::parse(text).unwrap();
        let zone = chrono::FixedOffset::east_opt(0).unwrap();
        pilothouse::store::Store::new(settings, text, NOW, zone).unwrap_err()
    };
    let fault = refused("[list]\nsort = \"cup\"\n");
    assert_eq!(fault.line, Some(2));
    assert!(fault.message.contains("did you mean `cpu`"), "{fault}");
    let fault = refused("[keys]\n\"list.mark\" = \"s\"\n");
    assert_eq!(fault.line, Some(2));
    assert!(fault.message.contains("container.stop_or_start"), "{fault}");
}

#[test]
fn many_marks_are_no_burden() {
    let mut s = Script::connected();
    let crowd =
        (0..5_000).map(|n| container(&format!("c{n:04}"), "x", State::Running, "Up 1 hour"));
    s.fact(Fact::Containers(crowd.collect()));
    s.settle();
    s.keys("*");
    assert_eq!(s.store.lists.containers.marks.len(), 5_000);
    assert_eq!(s.store.targets().len(), 5_000);
}

/// A store that looks at what the engine tells of `web`.
fn inspecting(json: serde_json::Value) -> Script {
    let mut s = Script::scene();
    select(&mut s, "web");
    s.fact(Fact::Inspect(id("web"), Ok(std::sync::Arc::new(json))));
    s.keys("i");
    s.settle();
    s
}

/// Puts the page's cursor on a path and copies what is there.
fn copied(s: &mut Script, path: &str) -> String {
    path.clone_into(&mut s.store.pages.view_mut(Tab::Inspect).path);
    let effects = s.keys("y");
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{path}: {effects:?}")
    };
    text.clone()
}

#[test]
fn what_is_masked_on_the_screen_is_masked_when_it_is_copied() {
    let mut s = inspecting(serde_json::json!({
        "Config": {
            "Env": ["PATH=/bin", "DB_PASS=hunter2"],
            "Cmd": ["redis-server", "--requirepass", "hunter2"],
            "Labels": {"com.acme.token.github": "hunter2", "com.acme.tier": "front"},
        },
        "Tokens": {"list": ["hunter2", {"deep": "hunter2", "pin": 4711}]},
        "NetworkSettings": {"SandboxKey": "/var/run/docker/netns/1"},
        "HostConfig": {"SecretsHere": "hunter2", "SecurityOpt": ["seccomp=default"]},
    }));
    let label = ".Config.Labels[\"com.acme.token.github\"]";
    let opened = [
        ".Config",
        ".Config.Env",
        ".Config.Cmd",
        ".Config.Labels",
        ".Tokens",
        ".Tokens.list",
        ".Tokens.list[1]",
        ".HostConfig",
    ];
    for path in opened {
        let view = s.store.pages.view_mut(Tab::Inspect);
        view.toggled.insert(path.to_owned(), true);
    }
    let page = s.store.page();
    assert!(page.rows.iter().any(|row| row.path == label));
    let told = |text: &str| text.contains("hunter2") || text.contains("4711");
    for row in &page.rows {
        assert!(!row.cells.iter().any(|(text, _)| told(text)), "{row:?}");
        assert!(!told(&copied(&mut s, &row.path)), "{}", row.path);
    }
    let config = copied(&mut s, ".Config");
    for kept in ["PATH=/bin", "DB_PASS=••", "--requirepass", "\"front\""] {
        assert!(config.contains(kept), "{kept}: {config}");
    }
    assert!(copied(&mut s, ".NetworkSettings").contains("/var/run/docker/netns/1"));
    assert!(copied(&mut s, ".HostConfig.SecurityOpt").contains("seccomp=default"));
    s.keys(".");
    assert!(copied(&mut s, ".Tokens").contains("4711"));
    assert_eq!(copied(&mut s, label), "hunter2");
}

#[test]
fn a_filter_names_the_values_that_there_are() {
    let mut s = Script::scene();
    s.keys("/state:bogus");
    let Some(Overlay::Prompt(prompt)) = s.store.overlays.last() else {
        panic!("no prompt")
    };
    let fault = prompt.fault.as_ref().unwrap();
    assert!(fault.contains("there are running, restarting"), "{fault}");
}

#[test]
fn the_next_column_is_one_that_shows() {
    let mut s = Script::scene();
    let (_, painted) = s.draw();
    s.store.apply(Message::Painted(painted));
    s.keys("<>>");
    let (_, painted) = s.draw();
    let seen = |id: &str| {
        use pilothouse::store::message::Spot;
        let mut spots = painted.spots.iter();
        spots.any(|(_, spot)| matches!(spot, Spot::Column(column) if *column == id))
    };
    assert!(
        seen(&s.store.lists.containers.sort),
        "{}",
        s.store.lists.containers.sort
    );
}

#[test]
fn a_search_finds_what_is_folded_and_opens_what_it_stands_below() {
    let mut s = inspecting(serde_json::json!({
        "Id": "1",
        "Config": {"Labels": {"tier": "front"}, "Image": "nginx"},
        "Host": {"Binds": ["/srv/front:/www"], "Memory": 0},
    }));
    let at = |s: &Script| s.store.pages.view(Tab::Inspect).path;
    assert_eq!(s.store.page().rows.len(), 3, "all is folded");
    s.keys("/b");
    assert_eq!(at(&s), ".Config.Labels");
    s.keys("i");
    assert_eq!(at(&s), ".Host.Binds");
    let shows = |s: &Script, path: &str| s.store.page().rows.iter().any(|row| row.path == path);
    assert!(!shows(&s, ".Config.Labels"), "closed again");
    s.keys("<esc>/front<enter>");
    assert_eq!(at(&s), ".Host.Binds[0]");
    assert!(s.text().contains("2 of 2 hits"), "folded ones count too");
    s.keys("n");
    assert_eq!(at(&s), ".Config.Labels.tier");
    assert!(shows(&s, ".Host.Binds[0]"));
    s.keys("N");
    assert_eq!(at(&s), ".Host.Binds[0]");
    s.keys("/nothing<enter>n");
    assert_eq!(toast(&s), "no row holds that");
    assert_eq!(at(&s), ".Host.Binds[0]");
}

#[test]
fn the_figures_and_the_times_that_show_are_saved() {
    let saved = |effects: Effects| {
        let text = effects.into_iter().find_map(|effect| match effect {
            Effect::Save(_, text) => Some(text),
            _ => None,
        });
        text.unwrap()
    };
    let mut s = Script::scene();
    select(&mut s, "web");
    let plain = saved(s.keys("l<ctrl-s><enter>"));
    s.store.settings.logs.times = pilothouse::config::Times::Utc;
    let timed = saved(s.keys("<ctrl-s><enter>"));
    assert_eq!(plain.lines().count(), timed.lines().count());
    for (plain, timed) in plain.lines().zip(timed.lines()) {
        assert!(
            timed.ends_with(plain) && timed.len() == plain.len() + 13,
            "{timed}"
        );
    }
    s.store.stage.tab = Tab::Stats;
    let figures = saved(s.keys("<ctrl-s><enter>"));
    let mut lines = figures.lines();
    let titles = lines.next().unwrap();
    assert_eq!(titles, "seconds\tcpu\tmemory\trx\ttx\tread\twritten");
    assert!(lines.clone().count() > 10);
    assert!(lines.all(|line| line.split('\t').count() == 7));
}

#[test]
fn statistics_that_do_not_come_say_why_until_they_do() {
    let mut script = Script::scene();
    script.size(120, 40).settle();
    let problem = Problem::new(
        ProblemKind::Engine,
        "could not read the statistics of web: the engine failed",
        "cgroup deleted",
    );
    script.fact(Fact::Unsampled(id("web"), problem));
    script.settle();
    let row = |script: &Script| {
        let rows = script.text();
        let row = rows.lines().find(|row| row.contains("● web  "));
        row.unwrap_or_default().to_owned()
    };
    assert!(!row(&script).contains("error"), "its last sample is fresh");
    script.later(8_000);
    assert_eq!(
        row(&script).matches(" error ").count(),
        2,
        "{}",
        row(&script)
    );
    let text = script.text();
    assert!(
        text.contains("▲ could not read the statistics of web"),
        "{text}"
    );
    assert!(text.contains("cgroup deleted"), "{text}");
    script.keys("t");
    let text = script.text();
    assert!(
        text.contains("could not read the statistics of web"),
        "{text}"
    );
    let sample = Sample {
        at: script.store.now,
        cpu: 3.0,
        ..Sample::default()
    };
    script.fact(Fact::Samples(vec![(id("web"), sample)]));
    script.settle();
    assert!(!script.text().contains("could not read the statistics"));
    script.keys("<esc>");
    assert!(!row(&script).contains("error"), "{}", row(&script));
}

#[test]
fn statistics_that_never_came_say_why_in_their_tab() {
    let mut script = Script::scene();
    script.size(120, 40);
    let mut fresh = container("fresh", "busybox", State::Running, "Up 1 second");
    fresh.id = id("fresh");
    script.fact(Fact::Changed(vec![fresh]));
    let problem = Problem::new(
        ProblemKind::Denied,
        "could not read the statistics of fresh: the engine denied it",
        "forbidden by administrative rules",
    );
    script.fact(Fact::Unsampled(id("fresh"), problem));
    script.settle();
    script.keys(":fresh<enter>t");
    let text = script.text();
    assert!(text.contains("statistics of fresh: the engine"), "{text}");
    assert!(text.contains("forbidden by administrative rules"), "{text}");
    assert!(
        text.contains("→ join the docker group"),
        "what to do: {text}"
    );
}

#[test]
fn a_failure_of_the_program_itself_is_said() {
    let mut script = Script::scene();
    script.size(120, 40);
    let problem = Problem::bug("reading the log of web", "index out of bounds");
    script.fact(Fact::Bug(problem));
    script.settle();
    let text = script.text();
    assert!(
        text.contains("Pilothouse itself failed in reading the log of web"),
        "{text}"
    );
    assert!(text.contains("log file has more"), "{text}");
    // a list that fails so leaves its mark in the header too
    let problem = Problem::new(
        ProblemKind::Bug,
        "could not list the containers: Pilothouse itself failed",
        "",
    );
    script.fact(Fact::Trouble(problem));
    script.settle();
    let text = script.text();
    assert_eq!(
        text.matches("could not list the containers").count(),
        2,
        "{text}"
    );
}

#[test]
fn a_search_that_fails_says_so_and_is_over() {
    let mut script = Script::scene();
    script.size(120, 40);
    script.keys("l/timed");
    // not answered, as by `keys`
    let effects = script.store.apply(Message::Key(Key::char('x')));
    let search = effects.iter().find_map(|effect| match effect {
        Effect::Search(search, ..) => Some(*search),
        _ => None,
    });
    let problem = Problem::bug("searching the log", "oh");
    script
        .store
        .apply(Message::Found(search.unwrap(), Err(problem)));
    script.settle();
    let text = script.text();
    assert!(
        text.contains("Pilothouse itself failed in searching the log"),
        "{text}"
    );
    let log = script
        .store
        .selected()
        .and_then(|of| script.store.logs.get(of));
    let search = log.unwrap().search.as_ref().unwrap();
    assert!(search.running.is_none() && search.fault.is_some());
}

#[test]
fn what_is_wrong_with_a_typed_line_is_said_whole() {
    let mut script = Script::empty();
    for width in [80, 120] {
        script.size(width, 24);
        script.keys("hhere");
        let text = script.text();
        let fault = "an address begins with unix://, tcp:// or ssh://";
        assert!(text.contains(fault) && text.contains("here"), "{text}");
        script.keys("<esc>");
    }
}

#[test]
fn a_line_that_is_too_long_says_how_much_of_it_is_not_kept() {
    let mut script = Script::scene();
    script.size(120, 40);
    let mut chunk = Chunk::default();
    chunk.push("the beginning", 0, Stream::Out, 5 << 20, &[]);
    script.fact(Fact::Log(id("web"), LogFact::Lines(chunk.seal())));
    script.settle();
    select(&mut script, "web");
    script.settle();
    for keys in ["l", "w"] {
        script.keys(keys);
        let text = script.text();
        let row = text.lines().find(|row| row.contains("the beginning"));
        assert!(row.unwrap().contains("… 5.0MiB more"), "{text}");
    }
}
