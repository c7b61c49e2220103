//! Streams: statistics, logs, inspects, processes, shells; across restarts and lost connections.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pilothouse::model::log::Stream;
use pilothouse::model::{Address, Id, ProblemKind, Ref, State};
use pilothouse::protocol::{Command, Exec, LogFact, Reply, Watch};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;

use crate::bench::{Live, Seen, engines, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_loop_shows_its_quota() {
    for under in engines().filter(|under| !under.has_no_cgroups()) {
        let quota = json!({"HostConfig": {"NanoCpus": 300_000_000, "Memory": 33_554_432}});
        let id = under.start("busy", "while :; do :; done", &quota);
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Stats], &id);
        live.until("samples", |s| s.samples.len() >= 3).await;
        // the middle one: an engine that is late with one sample is early with the next
        let mut shares: Vec<f32> = live.seen.samples.iter().map(|(_, s)| s.cpu).collect();
        shares.sort_by(f32::total_cmp);
        let middle = shares[shares.len() / 2];
        assert!((15.0..45.0).contains(&middle), "{shares:?}");
        let (_, last) = live.seen.samples[2];
        assert_eq!((last.limit, last.pids), (33_554_432, 1));
        assert!(last.memory > 0 && last.memory < last.limit);
        let count = live.seen.samples.len();
        under.post(&id, "restart?t=0");
        live.until("samples after its restart", |s| {
            s.samples.len() >= count + 2
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_list_tells_only_what_changed() {
    for under in engines() {
        // one that never ran has words for its state that do not age
        let id = under.create("idle", "true", &json!({}));
        let mut live = Live::on(&under).await;
        live.engine.refresh(&live.host);
        live.until("another list", |s| s.lists > 1).await;
        assert!(live.seen.containers.contains_key(&id), "it is still there");
        assert!(!live.seen.retold.contains(&id), "nothing is new about it");
        under.post(&id, "rename?name=pht-other");
        live.until("its other name", |s| {
            s.containers
                .get(&id)
                .is_some_and(|c| &*c.name == "pht-other")
        })
        .await;
        live.engine.refresh(&live.host);
        live.until("a third list", |s| s.lists > 2).await;
        assert!(!live.seen.retold.contains(&id), "its event's look told");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_followed_across_restarts() {
    for under in engines() {
        // of a run that ends within a line Podman puts the next run's first one behind it
        let last = if under.is_podman() { "echo" } else { "printf" };
        let script = format!(
            "echo one; echo two >&2; echo -e '\\033[31mred\\033[0m'; {last} 'no end'; sleep 0.3; exit 3"
        );
        let id = under.start("log", &script, &json!({}));
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Logs], &id);
        live.until("its end", Seen::ended).await;
        live.until("its lines", |s| s.lines.len() == 4).await;
        let mut texts = live.seen.texts();
        texts.sort_unstable();
        assert_eq!(texts, ["no end", "one", "red", "two"]);
        let two = live.seen.lines.iter().find(|line| line.0 == "two").unwrap();
        assert_eq!(two.2, Stream::Err);
        assert!(live.seen.log.contains(&LogFact::CaughtUp));
        for run in 2..4 {
            live.seen.log.clear();
            under.post(&id, "start");
            live.until("the next end", Seen::ended).await;
            live.until("the next lines", |s| s.lines.len() >= 4 * run)
                .await;
            assert_eq!(live.seen.lines.len(), 4 * run, "{:?}", live.seen.texts());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_live_again_after_each_start() {
    for under in engines() {
        let script = "trap 'exit 0' TERM; echo begin; while :; do sleep 0.1; done";
        let id = under.start("again", script, &json!({}));
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Logs], &id);
        let caught_up = |s: &Seen| s.course.last() == Some(&"caught up");
        live.until("its beginning", caught_up).await;
        under.post(&id, "stop?t=2");
        live.until("its end", |s| s.course.last() == Some(&"ended"))
            .await;
        under.post(&id, "start");
        live.until("that it is live", caught_up).await;
        let course = [
            "opened",
            "lines",
            "caught up",
            "ended",
            "lines",
            "caught up",
        ];
        assert_eq!(live.seen.course, course);
        assert_eq!(live.seen.texts(), ["begin", "begin"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_has_the_same_bytes_everywhere() {
    for under in engines() {
        for tty in [false, true] {
            let name = if tty { "tty" } else { "framed" };
            let id = under.start(name, "echo one; printf 'no end'", &json!({"Tty": tty}));
            let mut live = Live::on(&under).await;
            live.until("its end", |s| s.containers[&id].state == State::Exited)
                .await;
            let path = format!("/containers/{id}/logs?stdout=1&stderr=1");
            let (status, bytes) = under.call("GET", &path, &json!(null));
            let expected: &[u8] = if tty {
                b"one\r\nno end"
            } else {
                b"\x01\0\0\0\0\0\0\x04one\n\x01\0\0\0\0\0\0\x06no end"
            };
            assert_eq!((status, &bytes[..]), (200, expected));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_goes_on_through_pauses_and_quick_restarts() {
    for under in engines() {
        let script = "for i in $(seq 60); do echo line $i; sleep 0.05; done; sleep 100";
        let id = under.start("pause", script, &json!({}));
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Logs], &id);
        live.until("some lines", |s| s.lines.len() >= 10).await;
        // without cgroups nothing is paused
        if !under.has_no_cgroups() {
            under.post(&id, "pause");
            live.until("the pause", |s| s.containers[&id].state == State::Paused)
                .await;
            // what was on its way when it froze
            tokio::time::sleep(Duration::from_millis(300)).await;
            live.take();
            let frozen = live.seen.lines.len();
            assert!(frozen < 60, "{frozen}");
            tokio::time::sleep(Duration::from_millis(500)).await;
            live.take();
            assert_eq!(live.seen.lines.len(), frozen);
            under.post(&id, "unpause");
        }
        live.until("the last line", |s| s.texts().last() == Some(&"line 60"))
            .await;
        let once: Vec<_> = (1..=60).map(|i| format!("line {i}")).collect();
        assert_eq!(live.seen.texts(), once);
        under.post(&id, "restart?t=0");
        live.until("all again", |s| s.lines.len() >= 120).await;
        assert_eq!(live.seen.texts(), [once.clone(), once].concat());
        assert!(live.seen.lines.is_sorted_by_key(|line| line.1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_lines_are_whole_with_and_without_a_terminal() {
    for under in engines() {
        for tty in [false, true] {
            // of the last lines Podman gives no more than was written last of each, up to 4 KiB
            // and between what a terminal passes on in two, which is 2 KiB at once, the time again
            let long = match (under.is_podman(), tty) {
                (true, true) => 2_000,
                (true, false) => 4_000,
                (false, _) => 50_000,
            };
            let script =
                format!("echo $(head -c {long} /dev/zero | tr '\\0' x); echo after; sleep 100");
            let name = if tty { "tty" } else { "framed" };
            let id = under.start(name, &script, &json!({"Tty": tty}));
            let mut live = Live::on(&under).await;
            live.watch(&[Watch::Logs], &id);
            live.until("two lines", |s| s.lines.len() >= 2).await;
            let lines: Vec<_> = live.seen.lines.iter().map(|l| (l.0.len(), l.3)).collect();
            assert_eq!(lines, [(long, 0), (5, 0)], "terminal: {tty}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_lines_come_in_pages() {
    for under in engines() {
        // Podman 4 knows no more of a line's time than its second
        let script = "for i in $(seq 2000); do echo line $i; done; sleep 1.1; \
                      for i in $(seq 2001 3000); do echo line $i; done";
        let id = under.start("old", script, &json!({}));
        let mut live = Live::on(&under).await;
        // a log that is opened while it is written is held from its beginning
        live.until("its last line", |s| {
            s.containers[&id].state == State::Exited
        })
        .await;
        live.watch(&[Watch::Logs], &id);
        live.until("its end", Seen::ended).await;
        live.until("the last line", |s| s.texts().last() == Some(&"line 3000"))
            .await;
        let held = live.seen.lines.len() as u64;
        let oldest = live.seen.lines[0].clone();
        let command = Command::OlderLines {
            id: id.clone(),
            before: oldest.1,
            held,
            count: 50,
        };
        let Ok(Reply::Lines(pages)) = live.run(command).await else {
            panic!("no page")
        };
        let lines: Vec<_> = pages.iter().flat_map(|page| page.0.lines()).collect();
        assert!(lines.len() <= 50 && lines.len() >= 45, "{}", lines.len());
        let number = |text: &str| text[5..].parse::<u64>().unwrap();
        assert_eq!(number(lines[lines.len() - 1].text), number(&oldest.0) - 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_log_names_its_driver() {
    for under in engines() {
        let none = json!({"HostConfig": {"LogConfig": {"Type": "none"}}});
        let id = under.start("none", "sleep 100", &none);
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Logs], &id);
        live.until("the refusal", |s| {
            s.log
                .iter()
                .any(|f| matches!(f, LogFact::Failed(p) if p.detail.contains("`none`")))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_are_fresh() {
    for under in engines() {
        let id = under.start("detail", "sleep 1234", &json!({"Tty": true}));
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Inspect, Watch::Processes, Watch::Brief], &id);
        live.until("an inspect", |s| !s.inspects.is_empty()).await;
        assert_eq!(live.seen.inspects[0].as_ref().unwrap()["Id"], id.as_str());
        live.until("processes", |s| !s.processes.is_empty()).await;
        let processes = live.seen.processes[0].clone().unwrap();
        let sleeps = processes.rows[0]
            .iter()
            .any(|cell| cell.contains("sleep 1234"));
        assert!(sleeps && processes.titles.len() == processes.rows[0].len());
        live.until("a brief", |s| s.briefs.contains_key(&id)).await;
        let before = live.seen.briefs[&id].clone();
        assert!(before.started.is_some() && before.tty && before.restarts == 0);
        let inspects = live.seen.inspects.len();
        under.post(&id, "restart?t=0");
        live.until("another brief", |s| s.briefs[&id].started > before.started)
            .await;
        live.until("another inspect", |s| s.inspects.len() > inspects)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_is_found_runs_and_says_how_it_ended() {
    for under in engines() {
        let id = under.start("shell", "sleep 100", &json!({}));
        let live = Live::on(&under).await;
        let typed = "stty size; echo te''st; printf '\\001\\002\\n'; exit 7\n";
        let (end, text) = shell(&live, &id, &["bash", "sh"], typed).await;
        let command = vec!["sh".to_owned()];
        assert_eq!(end, Ok(Reply::Exited { command, code: 7 }), "{text}");
        assert!(
            text.contains("test") && text.contains("\u{1}\u{2}"),
            "{text:?}"
        );
        assert!(text.contains("33 91"), "{text:?}");
        let (end, text) = shell(&live, &id, &["nosuch", "/bin/neither"], "exit\n").await;
        let problem = end.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Unsupported);
        assert!(problem.summary.contains("no shell") && problem.detail.contains("/bin/neither"));
        assert_eq!(text, "");
        let (end, _) = shell(&live, &id, &["sh"], "echo bye\n\u{10}\u{11}").await;
        assert_eq!(end, Ok(Reply::Detached));
    }
}

fn asked(id: &Id, words: &[&str]) -> Exec {
    Exec {
        id: id.clone(),
        command: words.iter().map(|&word| word.to_owned()).collect(),
        user: String::new(),
        directory: String::new(),
        env: Vec::new(),
        tty: false,
        privileged: false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_writes_lines_and_tells_its_exit_code() {
    for under in engines() {
        let id = under.start("exec", "sleep 100", &json!({}));
        let mut live = Live::on(&under).await;
        let exec = asked(
            &id,
            &["sh", "-c", "echo one; echo two >&2; printf end; exit 4"],
        );
        let command = exec.command.clone();
        let ended = live.run(Command::Exec(exec)).await;
        assert_eq!(ended, Ok(Reply::Exited { command, code: 4 }));
        live.until("its lines", |s| s.output.len() == 3).await;
        let mut texts: Vec<_> = live
            .seen
            .output
            .iter()
            .map(|l| (l.0.as_str(), l.2))
            .collect();
        texts.sort_unstable_by_key(|(text, _)| *text);
        let expected = [
            ("end", Stream::Out),
            ("one", Stream::Out),
            ("two", Stream::Err),
        ];
        assert_eq!(texts, expected);
        // what a person gives up is not waited for
        let job = live.begin(Command::Exec(asked(
            &id,
            &["sh", "-c", "echo begun; sleep 50"],
        )));
        live.until("its beginning", |s| s.output.iter().any(|l| l.0 == "begun"))
            .await;
        live.engine.cancel(job);
        let given_up = live.answer(job).await.unwrap_err();
        assert_eq!(given_up.kind, ProblemKind::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_runs_as_whom_and_where_it_was_asked_to() {
    for under in engines().filter(|under| under.demo.is_none()) {
        let id = under.start("as", "sleep 100", &json!({}));
        let mut live = Live::on(&under).await;
        let exec = Exec {
            user: "1000:2000".into(),
            directory: "/tmp".into(),
            env: vec!["A=b c".into()],
            ..asked(&id, &["sh", "-c", "echo $(id -u):$(id -g) $PWD $A"])
        };
        let ended = live.run(Command::Exec(exec)).await;
        assert!(
            matches!(ended, Ok(Reply::Exited { code: 0, .. })),
            "{ended:?}"
        );
        live.until("its line", |s| s.output.len() == 1).await;
        assert_eq!(live.seen.output[0].0, "1000:2000 /tmp b c");
        // 10 MiB of output, a line cut anywhere between reads
        live.seen.output.clear();
        let script = "head -c 10485760 /dev/zero | tr '\\0' x | fold -w 1023";
        let ended = live
            .run(Command::Exec(asked(&id, &["sh", "-c", script])))
            .await;
        assert!(
            matches!(ended, Ok(Reply::Exited { code: 0, .. })),
            "{ended:?}"
        );
        live.until("all of it", |s| {
            s.output.iter().map(|l| l.0.len()).sum::<usize>() == 10_485_760
        })
        .await;
        assert!(live.seen.output.iter().all(|l| l.0.len() <= 1023));
        let missing = live
            .run(Command::Exec(asked(&id, &["no-such-program"])))
            .await;
        let told = match missing {
            Ok(Reply::Exited { code, .. }) => code == 126 || code == 127,
            Ok(_) => false,
            Err(problem) => problem.detail.contains("not found"),
        };
        assert!(told);
    }
}

/// Passes connections on to a socket until it is dropped; then cuts them all.
fn proxy(at: &Path, to: &Path) -> AbortOnDropHandle<()> {
    let _ = std::fs::remove_file(at);
    let listener = UnixListener::bind(at).unwrap();
    let to = to.to_owned();
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut tasks = tokio::task::JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = UnixStream::connect(&to).await.unwrap();
            tasks.spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_comes_back_with_everything() {
    for under in engines() {
        let script =
            "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo line $i; sleep 0.02; done; sleep 100";
        let id = under.start("cut", script, &json!({}));
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("proxy.sock");
        let mut engine = Some(proxy(&socket, &under.socket));
        let mut live = Live::new(Address::Unix(socket.clone()), false);
        live.until("the first list", |s| s.lists > 0).await;
        live.watch(&[Watch::Logs, Watch::Stats, Watch::Inspect], &id);
        live.until("some lines", |s| s.lines.len() > 20).await;
        drop(engine.take());
        let began = tokio::time::Instant::now();
        live.until("the loss", |s| s.down().is_some()).await;
        assert!(began.elapsed() < Duration::from_secs(2));
        assert_eq!(
            live.run(Command::PrunePreview).await.unwrap_err().kind,
            ProblemKind::Unreachable
        );
        let (lists, samples, inspects) = (
            live.seen.lists,
            live.seen.samples.len(),
            live.seen.inspects.len(),
        );
        let again = proxy(&socket, &under.socket);
        let began = tokio::time::Instant::now();
        live.until("the return", |s| s.lists > lists).await;
        assert!(began.elapsed() < Duration::from_secs(2));
        // what measures nothing says so: see below
        if !under.has_no_cgroups() {
            live.until("samples", |s| s.samples.len() > samples).await;
        }
        live.until("an inspect", |s| s.inspects.len() > inspects)
            .await;
        live.until("the last line", |s| s.texts().last() == Some(&"line 400"))
            .await;
        let expected: Vec<_> = (1..=400).map(|i| format!("line {i}")).collect();
        match under.is_podman() {
            // version 4 loses what is written while a log is opened, and knows no more of a line's
            // time than its second, by which one that was seen could be told from one that was not
            true => {
                let number = |text: &str| text[5..].parse::<u32>().unwrap();
                let numbers: Vec<_> = live.seen.texts().into_iter().map(number).collect();
                assert!(numbers.is_sorted(), "{numbers:?}");
            }
            false => assert_eq!(live.seen.texts(), expected),
        }
        drop(again);
    }
}

/// Counts requests that pass to a socket.
fn counting(at: &Path, to: &Path) -> (AbortOnDropHandle<()>, Arc<[AtomicUsize; 2]>) {
    let listener = UnixListener::bind(at).unwrap();
    let (to, counts) = (
        to.to_owned(),
        Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]),
    );
    let for_task = Arc::clone(&counts);
    let task = tokio::spawn(async move {
        let mut tasks = tokio::task::JoinSet::new();
        while let Ok((near, _)) = listener.accept().await {
            let far = UnixStream::connect(&to).await.unwrap();
            let counts = Arc::clone(&for_task);
            tasks.spawn(async move {
                let (mut near_read, mut near_write) = near.into_split();
                let (mut far_read, mut far_write) = far.into_split();
                let up = async {
                    let mut buffer = vec![0; 65_536];
                    while let Ok(count @ 1..) = near_read.read(&mut buffer).await {
                        let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
                        let requests = text.matches(" HTTP/1.1\r\n").count();
                        counts[0].fetch_add(requests, Ordering::Relaxed);
                        far_write.write_all(&buffer[..count]).await.unwrap();
                    }
                };
                let down = async {
                    let mut buffer = vec![0; 65_536];
                    while let Ok(count @ 1..) = far_read.read(&mut buffer).await {
                        counts[1].fetch_add(count, Ordering::Relaxed);
                        near_write.write_all(&buffer[..count]).await.unwrap();
                    }
                };
                tokio::select! { () = up => {}, () = down => {} }
            });
        }
    });
    (AbortOnDropHandle::new(task), counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: run it alone, with --nocapture"]
async fn requests_when_idle_and_with_many_events() {
    for under in engines() {
        let ids: Vec<_> = (0..8)
            .map(|n| under.start(&format!("n{n}"), "sleep 1000", &json!({})))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("count.sock");
        let (_proxy, counts) = counting(&socket, &under.socket);
        let mut live = Live::new(Address::Unix(socket), false);
        live.until("the machine's cores", |s| s.info.cpus > 0).await;
        let wanted = ids
            .iter()
            .map(|id| Watch::Brief(Ref::container(&live.host, id)));
        live.engine.watch(wanted.collect());
        live.until("the briefs", |s| s.briefs.len() == 8).await;
        let taken = || [0, 1].map(|index| counts[index].load(Ordering::Relaxed));
        let before = taken();
        tokio::time::sleep(Duration::from_secs(65)).await;
        let after = taken();
        println!(
            "idle for 65 s: {} requests, {} bytes",
            after[0] - before[0],
            after[1] - before[1]
        );
        let began = tokio::time::Instant::now();
        let events = live.seen.events.len();
        for round in 0..250 {
            let id = &ids[round % 8];
            under.post(id, "pause");
            under.post(id, "unpause");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let seconds = began.elapsed().as_secs_f64();
        live.until("the events", |s| s.events.len() >= events + 500)
            .await;
        let rate = (taken()[0] - after[0]) as f64 / seconds;
        println!(
            "{:.0} events a second: {rate:.1} requests a second",
            500.0 / seconds
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_before_is_asked_for_once() {
    for under in engines() {
        let id = under.start("past", "exit 4", &json!({}));
        let other = under.start("other", "sleep 100", &json!({}));
        let mut live = Live::on(&under).await;
        let ended = |s: &Seen| s.containers[&id].exit_code == Some(4);
        live.until("the end", ended).await;
        live.engine
            .watch([Watch::Past(Ref::container(&live.host, &id))].into());
        live.until("the past", |s| !s.past.is_empty()).await;
        let past = &live.seen.past[0];
        let actions: Vec<&str> = past.iter().map(|event| &*event.action).collect();
        assert_eq!(actions, ["create", "start", "die"]);
        assert!(past.iter().all(|event| event.id == id && event.id != other));
        let code = past[2]
            .attributes
            .iter()
            .find(|(key, _)| &**key == "exitCode");
        assert_eq!(code.map(|(_, code)| &**code), Some("4"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_come_or_it_is_said_why_they_cannot() {
    for under in engines() {
        let id = under.start("measured", "while :; do sleep 0.1; done", &json!({}));
        let mut live = Live::on(&under).await;
        live.watch(&[Watch::Stats], &id);
        if under.has_no_cgroups() {
            live.until("the reason", |s| !s.unsampled.is_empty()).await;
            let problem = &live.seen.unsampled[0].1;
            assert!(problem.summary.contains("measures nothing"), "{problem:?}");
            assert!(live.seen.samples.is_empty());
        } else {
            live.until("a sample", |s| s.samples.iter().any(|(of, _)| *of == id))
                .await;
            let sample = live.seen.samples[0].1;
            assert!(sample.memory > 0 && sample.pids > 0, "{sample:?}");
        }
    }
}
