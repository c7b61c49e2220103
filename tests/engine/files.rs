//! Files in containers: big ones with flat memory, and copies that are given up.

use std::path::{Path, PathBuf};

use pilothouse::model::Id;
use pilothouse::model::file::Way;
use pilothouse::protocol::{Command, Files, FilesReply, Reply};
use serde_json::json;

use crate::bench::{Live, real};

/// Memory of this process that is in use now, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn out(id: &Id, path: &str, to: &Path) -> Command {
    let call = Files::CopyOut {
        path: path.to_owned(),
        to: to.to_owned(),
        replace: false,
    };
    Command::Files(id.clone(), call)
}

fn into(id: &Id, from: PathBuf, folder: &str) -> Command {
    let call = Files::CopyIn {
        from,
        folder: folder.to_owned(),
        replace: false,
    };
    Command::Files(id.clone(), call)
}

/// Names in a folder here.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_big_file_goes_out_and_in_with_flat_memory() {
    if std::env::var_os("ALONE").is_none() {
        // other tests of this process take memory as well: it has one of its own
        let name = "files::a_big_file_goes_out_and_in_with_flat_memory";
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let alone = alone
            .args([name, "--exact", "--nocapture"])
            .env("ALONE", "1");
        assert!(alone.status().unwrap().success());
        return;
    }
    let Some(under) = real() else { return };
    let mib = if std::env::var_os("BIG").is_some() {
        1024
    } else {
        128
    };
    let make =
        format!("dd if=/dev/zero of=/big bs=1M count={mib} 2>/dev/null; touch /done; sleep 300");
    let id = under.start("big", &make, &json!({}));
    let mut live = Live::on(&under).await;
    let open = |path: &str| {
        let (path, most) = (path.to_owned(), 10);
        Command::Files(
            id.clone(),
            Files::Open {
                path,
                helper: false,
                most,
            },
        )
    };
    while live.run(open("/done")).await.is_err() {}
    let folder = tempfile::tempdir().unwrap();
    let before = resident();
    let job = live.begin(out(&id, "/big", folder.path()));
    let mut most = 0;
    loop {
        tokio::select! {
            result = live.answer(job) => {
                assert!(matches!(result, Ok(Reply::Files(FilesReply::Copied(_)))), "{result:?}");
                break;
            }
            () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {
                most = most.max(resident());
            }
        }
    }
    most = most.max(resident());
    let grown = most.saturating_sub(before);
    println!(
        "copied out {mib} MiB; resident {} MiB, at most {} MiB more",
        before >> 20,
        grown >> 20
    );
    assert!(grown < 32 << 20, "{grown} bytes more");
    assert_eq!(
        std::fs::metadata(folder.path().join("big")).unwrap().len(),
        mib << 20
    );
    let result = live.run(into(&id, folder.path().join("big"), "/tmp")).await;
    assert!(
        matches!(result, Ok(Reply::Files(FilesReply::Copied(_)))),
        "{result:?}"
    );
    let grown = resident().saturating_sub(before);
    println!("copied in; {} MiB more", grown >> 20);
    assert!(grown < 32 << 20, "{grown} bytes more");
    // nothing is overwritten unasked
    let again = live.run(out(&id, "/big", folder.path())).await;
    assert!(
        matches!(again, Ok(Reply::Files(FilesReply::Exists(_)))),
        "{again:?}"
    );
    assert_eq!(names(folder.path()), ["big"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_given_up_leaves_nothing() {
    let Some(under) = real() else { return };
    let make = "dd if=/dev/zero of=/big bs=1M count=512 2>/dev/null; touch /done; sleep 300";
    let id = under.start("half", make, &json!({}));
    let mut live = Live::on(&under).await;
    let list = |path: &str| {
        let (path, most) = (path.to_owned(), 10);
        Command::Files(
            id.clone(),
            Files::Open {
                path,
                helper: true,
                most,
            },
        )
    };
    while live.run(list("/done")).await.is_err() {}
    let folder = tempfile::tempdir().unwrap();
    let job = live.begin(out(&id, "/big", folder.path()));
    live.until("it to be under way", |s| {
        s.progress.iter().any(|done| *done > 0)
    })
    .await;
    live.engine.cancel(job);
    assert!(live.answer(job).await.is_err());
    // the thread that writes hears of it a moment later
    let gone = async {
        while !names(folder.path()).is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let gone = tokio::time::timeout(crate::bench::LIMIT, gone).await;
    assert!(gone.is_ok(), "{:?}", names(folder.path()));
    // by a program, and not by the archive, which would be all of it
    let Ok(Reply::Files(FilesReply::Listed(listed))) = live.run(list("/")).await else {
        panic!("no list");
    };
    assert_eq!(listed[0].way, Way::Program);
    assert!(
        listed[0]
            .entries
            .iter()
            .any(|entry| entry.name == "big" && entry.size == 512 << 20)
    );
}
