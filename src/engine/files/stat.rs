//! What one path in a container is, by the header that the engine answers to a HEAD
//! (`X-Docker-Container-Path-Stat`, Docker's API `ContainerArchiveInfo`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::WITHIN;
use crate::engine::error::Error;
use crate::engine::transport::{Api, escape};
use crate::model::file::FileKind;
use crate::model::{Id, Time};

/// What a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) kind: FileKind,
    pub(super) size: u64,
    pub(super) modified: Time,
    /// Where a link leads to in the end, in the container.
    pub(super) link: String,
}

/// Go's bits of a file's mode (`io/fs`, `FileMode`).
const FOLDER: u64 = 1 << 31;
const LINK: u64 = 1 << 27;
const DEVICE: u64 = 1 << 26;
const PIPE: u64 = 1 << 25;
const SOCKET: u64 = 1 << 24;

/// The path of the archive call.
pub(super) fn archive(id: &Id, path: &str) -> String {
    format!("/containers/{id}/archive?path={}", escape(path))
}

/// What a path is; none when there is no such file.
pub(super) async fn stat(api: &Api, id: &Id, path: &str) -> Result<Option<Stat>, Error> {
    let header = api
        .head(&archive(id, path), "x-docker-container-path-stat", WITHIN)
        .await;
    match header {
        Ok(header) => read(&header).map(Some),
        Err(Error::Status { code: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same, where a link is what it leads to: path and what is there.
pub(super) async fn resolved(api: &Api, id: &Id, path: &str) -> Result<(String, Stat), Error> {
    let missing = || Error::Refused("there is no such file".to_owned());
    let mut path = path.to_owned();
    // the engine resolves a chain at once; a second look finds what it leads to
    for _ in 0..4 {
        let found = stat(api, id, &path).await?.ok_or_else(missing)?;
        if found.kind != FileKind::Link || found.link.is_empty() || found.link == path {
            return Ok((path, found));
        }
        path = found.link;
    }
    Err(Error::Refused("its links lead in a circle".to_owned()))
}

fn read(header: &str) -> Result<Stat, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Raw {
        #[serde(default)]
        size: i64,
        #[serde(default)]
        mode: u64,
        #[serde(default)]
        mtime: String,
        #[serde(default)]
        link_target: String,
    }
    let what = "what the engine says of a file";
    let json = STANDARD
        .decode(header)
        .map_err(|error| Error::nonsense(what, error))?;
    let raw: Raw = serde_json::from_slice(&json).map_err(|error| Error::nonsense(what, error))?;
    let has = |bit: u64| raw.mode & bit != 0;
    let kind = if has(FOLDER) {
        FileKind::Folder
    } else if has(LINK) {
        FileKind::Link
    } else if has(DEVICE) {
        FileKind::Device
    } else if has(PIPE) {
        FileKind::Pipe
    } else if has(SOCKET) {
        FileKind::Socket
    } else {
        FileKind::File
    };
    Ok(Stat {
        kind,
        size: u64::try_from(raw.size).unwrap_or_default(),
        modified: Time::parse(&raw.mtime).unwrap_or_default(),
        link: raw.link_target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read() {
        let header = |json: &str| STANDARD.encode(json);
        let link = header(
            r#"{"name":"sh","size":4,"mode":134218239,"mtime":"2026-01-02T03:04:05Z","linkTarget":"/bin/dash"}"#,
        );
        let stat = read(&link).unwrap();
        assert_eq!(
            (stat.kind, stat.link.as_str()),
            (FileKind::Link, "/bin/dash")
        );
        let folder = header(r#"{"name":"etc","size":4096,"mode":2147484141}"#);
        assert_eq!(read(&folder).unwrap().kind, FileKind::Folder);
        assert!(read("{}").is_err());
    }
}
