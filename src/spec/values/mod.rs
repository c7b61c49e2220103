//! The values that options of `docker run` take, each read and written as the docker command does.
//! Every type reads its text (`FromStr`, with the fault as a sentence) and writes it in its
//! shortest form (`Display`), and reading what was written gives the same value.

mod device;
mod mount;
mod network;
mod pair;
mod port;
mod quantity;

pub use device::{Device, Gpus, Rate, RateBytes, ULIMITS, Ulimit, Weight};
pub use mount::{BindOptions, Mount, Tmpfs, TmpfsOptions, Volume, VolumeOptions};
pub use network::{Attachment, ExtraHost, NameServer};
pub use pair::{Capability, Pair, Restart, Variable};
pub use port::{Exposed, Ports, Publish};
pub use quantity::{Bytes, Cpus, Span, Swap, integer, switch};

/// The fields of a line of comma-separated values, as the docker command reads `--mount`,
/// `--network` and `--gpus`: a field that begins with `"` ends with `"`, and `""` stands for one.
pub(crate) fn fields(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let (field, more) = match rest.split_once(',') {
                Some((field, more)) => (field, Some(more)),
                None => (rest, None),
            };
            if field.contains('"') {
                return Err(format!("the quote in `{field}` does not begin the field"));
            }
            fields.push(field.to_owned());
            match more {
                Some(more) => rest = more,
                None => return Ok(fields),
            }
            continue;
        };
        let mut field = String::new();
        loop {
            let (part, more) = quoted
                .split_once('"')
                .ok_or_else(|| format!("the quote before `{quoted}` is not closed"))?;
            field.push_str(part);
            match more.strip_prefix('"') {
                Some(more) => {
                    field.push('"');
                    quoted = more;
                }
                None => {
                    quoted = more;
                    break;
                }
            }
        }
        fields.push(field);
        match (quoted.strip_prefix(','), quoted.is_empty()) {
            (Some(more), _) => rest = more,
            (None, true) => return Ok(fields),
            (None, false) => return Err(format!("`{quoted}` follows a closed quote")),
        }
    }
}

/// Fields as one line of comma-separated values.
pub(crate) fn join(fields: &[String]) -> String {
    let fields = fields.iter().map(|field| {
        if field.is_empty() || field.contains([',', '"', '\n', '\r']) || field.starts_with(' ') {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    });
    fields.collect::<Vec<_>>().join(",")
}

/// A slash-separated path without `.`, `..` and doubled slashes, by its text alone.
pub(crate) fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(part),
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_cut_as_the_docker_command_does() {
        let cases = [
            ("a=b,c", vec!["a=b", "c"]),
            ("\"device=0,2\",x", vec!["device=0,2", "x"]),
            ("\"say \"\"hi\"\"\"", vec!["say \"hi\""]),
            ("a,", vec!["a", ""]),
        ];
        for (text, expected) in cases {
            assert_eq!(fields(text).unwrap(), expected, "{text}");
            assert_eq!(fields(&join(&fields(text).unwrap())).unwrap(), expected);
        }
        for text in ["\"a", "a\"b", "\"a\"b"] {
            assert!(fields(text).is_err(), "{text}");
        }
    }

    #[test]
    fn paths_are_cleaned_by_their_text() {
        let cases = [
            ("/a//b/./c/..", "/a/b"),
            ("/..", "/"),
            ("a/../..", ".."),
            ("", "."),
            ("./x", "x"),
        ];
        for (path, expected) in cases {
            assert_eq!(clean_path(path), expected);
        }
    }
}
