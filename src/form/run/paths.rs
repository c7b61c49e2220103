//! Paths in the fields of a new container: where they stand, whose they are, and what `~` means in
//! them. A shell would read `~` where a word begins; here it is read wherever a path does.

use std::ops::Range;

/// Whose path it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of this machine: the docker command reads or writes it.
    Ours,
    /// Of the engine's host.
    Engines,
}

/// Where a path stands in what a field holds; none where it holds none.
pub fn path_in(field: &str, text: &str) -> Option<(Range<usize>, Whose)> {
    // what is quoted is what it says
    if text.starts_with(['\'', '"']) || text.starts_with("$'") {
        return None;
    }
    let looks_like_one = |path: &str| path.is_empty() || path.starts_with(['/', '~', '.']);
    match field {
        "cidfile" | "env-file" | "label-file" => Some((0..text.len(), Whose::Ours)),
        "security-opt" => {
            let start = ["seccomp=", "seccomp:"]
                .iter()
                .find_map(|key| text.starts_with(key).then_some(key.len()))?;
            looks_like_one(&text[start..]).then_some((start..text.len(), Whose::Ours))
        }
        "volume"
        | "device"
        | "blkio-weight-device"
        | "device-read-bps"
        | "device-write-bps"
        | "device-read-iops"
        | "device-write-iops" => {
            let end = text.find(':').unwrap_or(text.len());
            looks_like_one(&text[..end]).then_some((0..end, Whose::Engines))
        }
        "mount" => bind_source(text).map(|range| (range, Whose::Engines)),
        _ => None,
    }
}

/// The source of a `--mount` that binds.
fn bind_source(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    let (mut binds, mut source) = (false, None);
    for part in text.split(',') {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "type" => binds = value.eq_ignore_ascii_case("bind"),
            "source" | "src" => source = Some(start + part.len() - value.len()..start + part.len()),
            _ => {}
        }
        start += part.len() + 1;
    }
    source.filter(|_| binds)
}

/// A field's text with the home folder in place of a `~` that begins its path.
pub(super) fn with_home(field: &str, text: &str, home: &str) -> Option<String> {
    let (range, _) = path_in(field, text)?;
    let below = text.get(range.clone())?.strip_prefix('~')?;
    if home.is_empty() || !(below.is_empty() || below.starts_with('/')) {
        return None;
    }
    let (before, behind) = (&text[..range.start], &text[range.end..]);
    Some(format!(
        "{before}{}{below}{behind}",
        home.trim_end_matches('/')
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_where_they_stand() {
        let cases = [
            ("env-file", "app.env", Some("app.env")),
            ("volume", "/srv/a:/b:ro", Some("/srv/a")),
            ("volume", "~/a", Some("~/a")),
            ("volume", "data:/b", None),
            ("mount", "type=bind,source=/srv/a,target=/b", Some("/srv/a")),
            ("mount", "type=bind,src=./a", Some("./a")),
            ("mount", "type=volume,source=data", None),
            ("mount", "type=bind", None),
            ("security-opt", "seccomp=./p.json", Some("./p.json")),
            ("security-opt", "seccomp=unconfined", None),
            ("security-opt", "no-new-privileges", None),
            ("device", "/dev/kvm:/dev/kvm", Some("/dev/kvm")),
            ("name", "/x", None),
            ("volume", "'~/a':/b", None),
        ];
        for (field, text, expected) in cases {
            let found = path_in(field, text).map(|(range, _)| &text[range]);
            assert_eq!(found, expected, "{field} {text}");
        }
    }

    #[test]
    fn home_is_where_a_path_begins() {
        let cases = [
            ("volume", "~/a:/b", Some("/h/a:/b")),
            ("volume", "~:/b", Some("/h:/b")),
            (
                "mount",
                "type=bind,src=~/a,dst=/b",
                Some("type=bind,src=/h/a,dst=/b"),
            ),
            ("env-file", "~/x.env", Some("/h/x.env")),
            ("env-file", "~other/x.env", None),
            ("volume", "/a~/b:/c", None),
            ("env", "A=~/x", None),
        ];
        for (field, text, expected) in cases {
            assert_eq!(with_home(field, text, "/h/").as_deref(), expected, "{text}");
        }
        assert_eq!(with_home("volume", "~/a:/b", ""), None);
    }
}
