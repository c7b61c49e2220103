//! What is done to containers, by whatever way to their engine: each deed and its trace there.

use std::time::Duration;

use pilothouse::model::{Id, State};
use pilothouse::plans::run::run;
use pilothouse::protocol::{Command, Exec, Files, FilesReply, Grace, Reply};
use pilothouse::spec::RunSpec;
use serde_json::{Value, json};

use crate::bench::{Live, UnderTest, terminal};

/// How the engine itself describes a container; none when it has none.
fn inspect(under: &UnderTest, name: &str) -> Option<Value> {
    let (status, body) = under.call("GET", &format!("/containers/{name}/json"), &Value::Null);
    (status == 200).then(|| serde_json::from_slice(&body).unwrap())
}

/// All deeds, on a container that runs.
pub(crate) async fn deeds(under: &UnderTest, live: &mut Live, id: &Id) {
    lifecycle(under, live, id).await;
    commands(under, live, id).await;
    made(under, live).await;
    if under.demo.is_none() {
        // a simulated container has no files, and its first process reads nothing
        files(live, id).await;
        attached(under, live).await;
    }
    let remove = Command::Remove {
        id: id.clone(),
        force: true,
        volumes: true,
    };
    assert_eq!(live.run(remove).await, Ok(Reply::Done));
    live.until("the removal", |seen| seen.removed.contains(id))
        .await;
    assert_eq!(inspect(under, id.as_str()), None);
}

async fn lifecycle(under: &UnderTest, live: &mut Live, id: &Id) {
    let second = Duration::from_secs(5);
    let started = |under: &UnderTest| {
        let all = inspect(under, id.as_str()).unwrap();
        all["State"]["StartedAt"].as_str().unwrap().to_owned()
    };
    let before = started(under);
    let restart = Command::Restart(id.clone(), Grace::For(second).into());
    assert_eq!(live.run(restart).await, Ok(Reply::Done));
    assert_ne!(started(under), before);
    for (command, state, word) in [
        (Command::Pause(id.clone()), State::Paused, "paused"),
        (Command::Unpause(id.clone()), State::Running, "running"),
        (Command::Kill(id.clone(), "KILL"), State::Exited, "exited"),
        (Command::Start(id.clone()), State::Running, "running"),
    ] {
        assert_eq!(live.run(command).await, Ok(Reply::Done), "{word}");
        live.until(word, |seen| seen.containers[id].state == state)
            .await;
        let all = inspect(under, id.as_str()).unwrap();
        assert_eq!(all["State"]["Status"], word);
    }
    let name = under.name("renamed");
    let rename = Command::Rename(id.clone(), name.clone());
    assert_eq!(live.run(rename).await, Ok(Reply::Done));
    live.until("the name", |seen| *seen.containers[id].name == *name)
        .await;
    assert_eq!(inspect(under, &name).unwrap()["Id"], id.as_str());
    // what happened was heard of
    for action in ["restart", "pause", "unpause", "kill", "die", "rename"] {
        live.until(action, |seen| {
            let mut events = seen.events.iter();
            events.any(|event| event.id == *id && &*event.action == action)
        })
        .await;
    }
}

async fn commands(under: &UnderTest, live: &mut Live, id: &Id) {
    let words = ["sh", "-c", "echo out; echo err >&2; exit 4"].map(str::to_owned);
    let exec = Exec {
        id: id.clone(),
        command: words.to_vec(),
        user: String::new(),
        directory: String::new(),
        env: vec!["A=b".to_owned()],
        tty: false,
        privileged: false,
    };
    let command = words.to_vec();
    let ended = live.run(Command::Exec(exec)).await;
    assert_eq!(ended, Ok(Reply::Exited { command, code: 4 }));
    live.until("what it wrote", |seen| {
        let has = |text: &str| seen.output.iter().any(|line| line.0 == text);
        has("out") && has("err")
    })
    .await;
    let Ok(Reply::Described(spec)) = live.run(Command::Describe(id.clone())).await else {
        panic!("it was not described");
    };
    assert_eq!(spec.name.as_deref(), Some(&*under.name("renamed")));
    assert!(live.run(Command::PrunePreview).await.is_ok());
}

/// The run form's own plan.
async fn made(under: &UnderTest, live: &mut Live) {
    let spec = RunSpec {
        image: "busybox".into(),
        name: Some(under.name("made")),
        label: under.labels(),
        command: ["sleep", "100"].map(str::to_owned).to_vec(),
        detach: Some(true),
        ..RunSpec::default()
    };
    let (step, result) = live.plan(run(&spec, (0, 0))).await;
    assert_eq!((step, result), (2, Ok(Reply::Done)));
    let all = inspect(under, &under.name("made")).unwrap();
    assert_eq!(all["State"]["Status"], "running");
}

async fn files(live: &mut Live, id: &Id) {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(folder.path().join("data"), &bytes).unwrap();
    let copied = |result| matches!(result, Ok(Reply::Files(FilesReply::Copied(_))));
    let into = Files::CopyIn {
        from: folder.path().join("data"),
        folder: "/tmp".to_owned(),
        replace: false,
    };
    assert!(copied(live.run(Command::Files(id.clone(), into)).await));
    let open = Files::Open {
        path: "/tmp".to_owned(),
        helper: false,
        most: 1000,
    };
    let listed = live.run(Command::Files(id.clone(), open)).await;
    let Ok(Reply::Files(FilesReply::Listed(listings))) = listed else {
        panic!("{listed:?}");
    };
    assert!(format!("{listings:?}").contains("data"), "{listings:?}");
    let back = folder.path().join("back");
    std::fs::create_dir(&back).unwrap();
    let out = Files::CopyOut {
        path: "/tmp/data".to_owned(),
        to: back.clone(),
        replace: false,
    };
    assert!(copied(live.run(Command::Files(id.clone(), out)).await));
    assert!(std::fs::read(back.join("data")).unwrap() == bytes);
    let delete = Files::Delete {
        path: "/tmp/data".to_owned(),
    };
    let deleted = live.run(Command::Files(id.clone(), delete)).await;
    assert!(deleted.is_ok(), "{deleted:?}");
}

async fn attached(under: &UnderTest, live: &mut Live) {
    let more = json!({"Tty": true, "OpenStdin": true});
    let id = under.start("asks", "read line; echo got-$line; exit 6", &more);
    live.until("the one that asks", |seen| {
        seen.containers.contains_key(&id)
    })
    .await;
    let (end, text) = terminal(live, Command::Attach(id.clone()), "ada\n").await;
    let command = Vec::new();
    assert_eq!(end, Ok(Reply::Exited { command, code: 6 }), "{text}");
    assert!(text.contains("got-ada"), "{text:?}");
}
