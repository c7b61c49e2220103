//! What the docker command reads beside itself: files of variables and labels, seccomp profiles.
//! The bytes come from who calls; here they are understood.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::RunSpec;
use super::create_body::{Around, Fault};
use super::values::Variable;

/// The environment: the files' lines first, then what was said, of each name the last.
pub(crate) fn environment(spec: &RunSpec, around: &Around<'_>) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    for file in &spec.env_file {
        let bytes = (around.read)(file).map_err(|why| Fault::new("env-file", why))?;
        let lines =
            lines(&bytes).map_err(|why| Fault::new("env-file", format!("{file}: {why}")))?;
        for line in lines {
            match line.split_once('=') {
                Some(_) => all.push(line),
                None => all.extend((around.env)(&line).map(|value| format!("{line}={value}"))),
            }
        }
    }
    let mut said: Vec<&Variable> = Vec::new();
    for variable in &spec.env {
        match said.iter_mut().find(|other| other.name == variable.name) {
            Some(other) => *other = variable,
            None => said.push(variable),
        }
    }
    all.extend(said.into_iter().map(|variable| match &variable.value {
        Some(value) => format!("{}={value}", variable.name),
        None => match (around.env)(&variable.name) {
            Some(value) => format!("{}={value}", variable.name),
            None => variable.name.clone(),
        },
    }));
    Ok(all)
}

/// The labels: the files' first, then what was said.
pub(crate) fn labels(spec: &RunSpec, around: &Around<'_>) -> Result<Value, Fault> {
    let mut all = BTreeMap::new();
    for file in &spec.label_file {
        let bytes = (around.read)(file).map_err(|why| Fault::new("label-file", why))?;
        let lines =
            lines(&bytes).map_err(|why| Fault::new("label-file", format!("{file}: {why}")))?;
        let pairs = lines.iter().filter_map(|line| line.split_once('='));
        all.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    let said = spec.label.iter();
    all.extend(said.map(|label| (label.name.clone(), label.value.clone())));
    Ok(json!(all))
}

/// `NAME=value` or `NAME` of each line; empty lines and those that begin with `#` are left out.
/// Quotes mean nothing: they belong to the value.
fn lines(bytes: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let name = line.split('=').next().unwrap_or(line);
        if name.is_empty() || name.contains([' ', '\t']) {
            return Err(format!("the line `{line}` begins with no name"));
        }
        found.push(line.to_owned());
    }
    Ok(found)
}

/// A JSON text without the blanks between its parts, everything else as it is.
pub(crate) fn compact(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map_err(|why| format!("it is no JSON: {why}"))?;
    let (mut out, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    for c in text.chars() {
        if quoted || !c.is_ascii_whitespace() {
            out.push(c);
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_docker_command_does() {
        let text = "\u{feff}# note\r\n  A=1 \n\nB\nC=\"x\"\n";
        assert_eq!(lines(text.as_bytes()).unwrap(), ["A=1 ", "B", "C=\"x\""]);
        for text in ["=x", "A B=1", "\tA =1"] {
            assert!(lines(text.as_bytes()).is_err(), "{text}");
        }
        assert!(lines(&[0xff]).is_err());
    }

    #[test]
    fn json_keeps_all_but_its_blanks() {
        let text = "{ \"a b\" : [ 1.0, \"c \\\" d\" ] ,\n \"e\\\\\" : 2 }";
        let short = r#"{"a b":[1.0,"c \" d"],"e\\":2}"#;
        assert_eq!(compact(text.as_bytes()).unwrap(), short);
        assert!(compact(b"{ nonsense }").is_err());
    }
}
