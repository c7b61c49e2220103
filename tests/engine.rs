//! The contract of the engine module: the same suite on every engine that answers, and its
//! behaviour towards engines that do not.

#[cfg(test)]
#[path = "engine/bench.rs"]
mod bench;
#[cfg(test)]
#[path = "engine/checkpoint.rs"]
mod checkpoint;
#[cfg(test)]
#[path = "engine/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "engine/files.rs"]
mod files;
#[cfg(test)]
#[path = "engine/plans.rs"]
mod plans;
#[cfg(test)]
#[path = "common/skip.rs"]
mod skip;
#[cfg(test)]
#[path = "engine/streams.rs"]
mod streams;
#[cfg(test)]
#[path = "engine/upgrade.rs"]
mod upgrade;

use std::time::Duration;

use bench::{Live, UnderTest, engines};
use pilothouse::model::{Address, Id, ProblemKind, State};
use pilothouse::protocol::{Command, Ending, Grace, Reply, Watch};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_kept_by_events() {
    for under in engines() {
        let id = under.create("list", "sleep 100", &json!({"Tty": false}));
        let mut live = Live::on(&under).await;
        assert_eq!(live.seen.containers[&id].state, State::Created);
        assert_eq!(*live.seen.containers[&id].name, *under.name("list"));
        assert_eq!(
            live.seen.containers[&id].label("pilothouse.test"),
            Some("1")
        );
        under.post(&id, "start");
        live.until("the start", |s| s.containers[&id].state == State::Running)
            .await;
        live.until("the event", |s| {
            s.events.iter().any(|e| &*e.action == "start")
        })
        .await;
        live.until("the machine's cores", |s| s.info.cpus > 0).await;
        assert_eq!(live.seen.info.api, "1.41");
        assert!(!live.seen.info.engine.is_empty() && !live.seen.info.version.is_empty());
        if !under.has_no_cgroups() {
            under.post(&id, "pause");
            live.until("the pause", |s| s.containers[&id].state == State::Paused)
                .await;
            under.post(&id, "unpause");
        }
        under.post(&id, &format!("rename?name={}", under.name("other")));
        let other = under.name("other");
        live.until("the name", |s| *s.containers[&id].name == *other)
            .await;
        under.post(&id, "kill");
        let code = |s: &bench::Seen| s.containers[&id].exit_code;
        live.until("the exit", |s| code(s) == Some(137)).await;
        under.call("DELETE", &format!("/containers/{id}"), &json!(null));
        live.until("the removal", |s| s.removed.contains(&id)).await;
        assert!(!live.seen.containers.contains_key(&id));
        let lists = live.seen.lists;
        live.engine.refresh(&live.host);
        live.until("a full list", |s| s.lists > lists).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_does_what_it_says() {
    for under in engines() {
        let id = under.create(
            "cmd",
            "trap 'exit 0' TERM; while :; do sleep 0.1; done",
            &json!({}),
        );
        let mut live = Live::on(&under).await;
        let second = Duration::from_secs(5);
        let cases = [
            (Command::Start(id.clone()), Reply::Done, State::Running),
            (Command::Start(id.clone()), Reply::Already, State::Running),
            (Command::Pause(id.clone()), Reply::Done, State::Paused),
            (Command::Unpause(id.clone()), Reply::Done, State::Running),
            (
                Command::Restart(id.clone(), Grace::For(second).into()),
                Reply::Done,
                State::Running,
            ),
            (
                Command::Stop(id.clone(), Grace::For(second)),
                Reply::Done,
                State::Exited,
            ),
            (
                Command::Stop(id.clone(), Grace::For(second)),
                Reply::Already,
                State::Exited,
            ),
            (Command::Start(id.clone()), Reply::Done, State::Running),
            (
                Command::Kill(id.clone(), "KILL"),
                Reply::Done,
                State::Exited,
            ),
        ];
        for (command, reply, state) in cases {
            let words = command.docker_line(&["cmd"]);
            if under.has_no_cgroups() && matches!(command, Command::Pause(_) | Command::Unpause(_))
            {
                let refused = live.run(command).await.unwrap_err();
                assert!(refused.summary.contains("could not"), "{refused:?}");
                continue;
            }
            assert_eq!(live.run(command).await, Ok(reply), "{words}");
            live.until(&words, |s| s.containers[&id].state == state)
                .await;
        }
        let name = under.name("renamed");
        assert_eq!(
            live.run(Command::Rename(id.clone(), name.clone())).await,
            Ok(Reply::Done)
        );
        live.until("the name", |s| *s.containers[&id].name == *name)
            .await;
        under.post(&id, "start");
        let remove = |force| Command::Remove {
            id: id.clone(),
            force,
            volumes: true,
        };
        let refused = live.run(remove(false)).await.unwrap_err();
        assert_eq!(refused.kind, ProblemKind::Conflict);
        assert!(refused.hint.contains("stop it first"), "{refused:?}");
        assert_eq!(live.run(remove(true)).await, Ok(Reply::Done));
        live.until("the removal", |s| s.removed.contains(&id)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_by_a_signal_is_refused_where_the_engine_would_leave_it_out() {
    let by_signal = |id: &Id| {
        let ending = Ending {
            grace: Grace::For(Duration::from_secs(1)),
            signal: Some("HUP".to_owned()),
        };
        Command::Restart(id.clone(), ending)
    };
    let line = "trap 'exit 0' TERM HUP; while :; do sleep 0.1; done";
    for under in engines().chain([UnderTest::speaking((1, 42))]) {
        let id = under.create("signal", line, &json!({}));
        let mut live = Live::on(&under).await;
        assert_eq!(live.run(Command::Start(id.clone())).await, Ok(Reply::Done));
        match live.run(by_signal(&id)).await {
            Ok(reply) => {
                assert_eq!(reply, Reply::Done);
                live.until("the signal", |s| {
                    s.events.iter().any(|event| {
                        let signal = event
                            .attributes
                            .iter()
                            .find(|(name, _)| &**name == "signal");
                        event.id == id && signal.is_some_and(|(_, number)| &**number == "1")
                    })
                })
                .await;
            }
            Err(problem) => {
                assert!(problem.summary.contains("needs API 1.42"), "{problem:?}");
                assert!(under.is_old(), "{problem:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_have_the_engines_words_and_a_hint() {
    for under in engines() {
        let one = under.create("one", "true", &json!({}));
        let two = under.create("two", "true", &json!({}));
        let mut live = Live::on(&under).await;
        let gone = live
            .run(Command::Start(Id::new(&"0".repeat(64))))
            .await
            .unwrap_err();
        assert_eq!(gone.kind, ProblemKind::NotFound);
        let words = gone.detail.to_lowercase();
        assert!(words.contains("no such container"), "{gone:?}");
        let taken = live
            .run(Command::Rename(one.clone(), under.name("two")))
            .await
            .unwrap_err();
        assert_eq!(taken.kind, ProblemKind::Conflict);
        assert!(taken.detail.contains("already in use") && taken.hint.contains("another name"));
        let odd = live
            .run(Command::Rename(one.clone(), "../x".into()))
            .await
            .unwrap_err();
        assert_eq!(odd.kind, ProblemKind::Unsupported);
        let asleep = live
            .run(Command::Kill(two.clone(), "TERM"))
            .await
            .unwrap_err();
        assert_eq!(
            (asleep.kind, asleep.hint.as_str()),
            (ProblemKind::Conflict, "start it first")
        );
        let named = format!("could not send TERM to {}: ", under.name("two"));
        assert!(asleep.summary.starts_with(&named), "{asleep:?}");
        assert_eq!(live.seen.containers[&one].state, State::Created);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_stop_can_be_cancelled() {
    for under in engines() {
        let id = under.start(
            "deaf",
            "trap '' TERM; while :; do sleep 1; done",
            &json!({}),
        );
        let mut live = Live::on(&under).await;
        let job = live.begin(Command::Stop(
            id.clone(),
            Grace::For(Duration::from_secs(10)),
        ));
        // Podman tells of its signals when the stop is over
        if !under.is_podman() {
            live.until("the signal", |s| {
                s.events.iter().any(|e| &*e.action == "kill")
            })
            .await;
        }
        live.engine.cancel(job);
        assert_eq!(
            live.answer(job).await.unwrap_err().kind,
            ProblemKind::Cancelled
        );
        // the answer is the only one, and others are not held up
        assert_eq!(
            live.run(Command::Kill(id.clone(), "KILL")).await,
            Ok(Reply::Done)
        );
        live.until("the end", |s| s.containers[&id].state == State::Exited)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_process_ends_as_it_likes_or_is_killed() {
    for under in engines() {
        let heeds = "trap 'exit 3' TERM; while :; do sleep 0.1; done";
        let heeds = under.start("heeds", heeds, &json!({}));
        // the kernel keeps signals from a first process that has no handler for them
        let deaf = under.start("deaf", "sleep 100", &json!({}));
        let ends = under.start("ends", "sleep 0.2; exit 5", &json!({}));
        let mut live = Live::on(&under).await;
        let code = |s: &bench::Seen, id: &Id| s.containers[id].exit_code;
        live.until("an end by itself", |s| code(s, &ends) == Some(5))
            .await;
        let kill = Command::Kill(deaf.clone(), "TERM");
        assert_eq!(live.run(kill).await, Ok(Reply::Done));
        for (id, expected) in [(heeds, 3), (deaf, 137)] {
            assert_eq!(live.seen.containers[&id].state, State::Running);
            let stop = Command::Stop(id.clone(), Grace::For(Duration::from_secs(1)));
            assert_eq!(live.run(stop).await, Ok(Reply::Done));
            live.until("its end", |s| code(s, &id) == Some(expected))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_refuses_at_the_boundary() {
    for under in engines() {
        let id = under.create("ro", "true", &json!({}));
        let mut live = Live::new(Address::Unix(under.socket.clone()), true);
        live.until("the first list", |s| s.lists > 0).await;
        let refused = live.run(Command::Start(id.clone())).await.unwrap_err();
        assert_eq!(refused.kind, ProblemKind::Unsupported);
        assert!(refused.summary.contains("read-only"));
        let shell = bench::shell(&live, &id, &["sh"], "").await;
        assert!(shell.0.unwrap_err().summary.contains("read-only"));
        assert!(live.run(Command::PrunePreview).await.is_ok());
        assert_eq!(live.seen.containers[&id].state, State::Created);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prune_preview_counts_and_changes_nothing() {
    for under in engines() {
        let id = under.start(
            "fat",
            "dd if=/dev/zero of=/fat bs=1024 count=300 2>/dev/null",
            &json!({}),
        );
        let running = under.start("lean", "sleep 100", &json!({}));
        let mut live = Live::on(&under).await;
        live.until("the end", |s| s.containers[&id].state == State::Exited)
            .await;
        let Ok(Reply::Prunable(list)) = live.run(Command::PrunePreview).await else {
            panic!("no preview");
        };
        let bytes = list
            .iter()
            .find(|(one, _)| *one == id)
            .map(|(_, bytes)| *bytes);
        // Podman counts the entries of its folders as well
        let more = if under.is_podman() { 64 } else { 0 };
        let fat = 300 * 1024;
        assert!(
            bytes.is_some_and(|bytes| (fat..=fat + more).contains(&bytes)),
            "{bytes:?}"
        );
        assert!(list.iter().all(|(one, _)| *one != running));
        assert!(live.seen.containers.contains_key(&id));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_tells_how_it_was_made() {
    for under in engines() {
        let more = json!({
            "Env": ["A=two words"], "User": "65534",
            "HostConfig": { "Memory": 64 << 20 },
        });
        let id = under.create("made", "true", &more);
        let mut live = Live::on(&under).await;
        live.until("the list", |s| s.containers.contains_key(&id))
            .await;
        let described = live.run(Command::Describe(id.clone())).await;
        let Ok(Reply::Described(spec)) = described else {
            panic!("{described:?}");
        };
        assert_eq!(spec.name.as_deref(), Some(&*under.name("made")));
        let image = match under.is_podman() {
            true => "docker.io/library/busybox:latest",
            false => "busybox",
        };
        assert_eq!((&*spec.image, &*spec.command[2]), (image, "true"));
        assert_eq!(spec.env[0].to_string(), "A=two words");
        // what the image has is not told
        assert_eq!(spec.env.len(), 1, "{:?}", spec.env);
        // without cgroups of its own an engine leaves limits out
        let memory = (!under.has_no_cgroups()).then_some(64 << 20);
        assert_eq!(spec.memory.map(|memory| memory.0), memory);
        assert_eq!(spec.user.as_deref(), Some("65534"));
        let gone = live
            .run(Command::Describe(Id::new("0123456789abcdef")))
            .await;
        assert_eq!(gone.unwrap_err().kind, ProblemKind::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_looked_at_tells_its_pulse_and_its_disk_use() {
    for under in engines() {
        let fill = "dd if=/dev/zero of=/fat bs=1024 count=300 2>/dev/null";
        let id = under.start("fat", fill, &json!({}));
        let mut live = Live::on(&under).await;
        live.until("the end", |s| s.containers[&id].state == State::Exited)
            .await;
        let host = live.host.clone();
        live.engine.watch([Watch::Host(host)].into());
        live.until("the pulse and the disk use", |s| {
            s.pulse.is_some() && s.disk.is_some()
        })
        .await;
        let skew = live.seen.pulse.and_then(|pulse| pulse.skew);
        assert!(skew.is_some_and(|skew| skew.abs() <= 1), "{skew:?}");
        let disk = live.seen.disk.unwrap();
        assert!(disk.images > 0, "{disk:?}");
        assert!(disk.containers >= 300 * 1024, "{disk:?}");
    }
}
