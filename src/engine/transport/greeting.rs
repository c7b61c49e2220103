//! What an engine says of itself when it is greeted, and the version that both sides speak.

use super::super::error::Error;

/// The newest API version that this program knows.
const NEWEST: (u32, u32) = (1, 47);
/// The oldest that it can do with: Docker 20.10.
pub(super) const OLDEST: (u32, u32) = (1, 41);

/// What an engine said to the ping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// Its name: `Docker`.
    pub(crate) engine: String,
    /// Its version: `20.10.24`.
    pub(crate) version: String,
    /// The version that is spoken: `1.41`.
    pub(crate) api: String,
}

/// `Docker/20.10.24+dfsg1 (linux)` in its parts.
pub(super) fn read_server(header: &str) -> (String, String) {
    let word = header.split(' ').next().unwrap_or_default();
    let (name, version) = word.split_once('/').unwrap_or((word, ""));
    let name = if name == "Libpod" { "Podman" } else { name };
    let version = version.split('+').next().unwrap_or_default();
    (name.to_owned(), version.to_owned())
}

/// The first two numbers of a version: `4.3.1` is 4 and 3.
pub(super) fn release(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// The newest version that both sides speak; `who` it is that speaks `theirs` at most.
pub(super) fn negotiate(theirs: &str, who: &str) -> Result<(u32, u32), Error> {
    let parsed = theirs
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    let Some(newest) = parsed else {
        return Err(Error::NotEngine(format!("its API version is `{theirs}`")));
    };
    if newest < OLDEST {
        let engine = Some(who.trim()).filter(|who| !who.is_empty());
        return Err(Error::TooOld {
            engine: engine.unwrap_or("the engine").to_owned(),
            api: theirs.to_owned(),
        });
    }
    Ok(newest.min(NEWEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_spoken_is_one_that_both_know() {
        let negotiate = |theirs| negotiate(theirs, " ");
        assert_eq!(negotiate("1.41").unwrap(), (1, 41));
        assert_eq!(negotiate("1.99").unwrap(), NEWEST);
        let old = negotiate("1.38").unwrap_err();
        assert!(matches!(&old, Error::TooOld { engine, .. } if engine == "the engine"));
        assert!(matches!(negotiate("one"), Err(Error::NotEngine(_))));
    }

    #[test]
    fn the_server_header_names_the_engine() {
        let read = |header| read_server(header);
        assert_eq!(
            read("Docker/20.10.24+dfsg1 (linux)"),
            ("Docker".into(), "20.10.24".into())
        );
        assert_eq!(
            read("Libpod/4.3.1 (linux)"),
            ("Podman".into(), "4.3.1".into())
        );
        assert_eq!(read(""), (String::new(), String::new()));
        assert_eq!((release("4.3.1"), release("5")), ((4, 3), (5, 0)));
    }
}
