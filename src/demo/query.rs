//! The query part of a request: parameters, booleans as Docker reads them, filters.
//!
//! Must not know what the parameters mean.

use std::collections::BTreeMap;

use serde_json::Value;

use super::clock::{Nanos, parse_moment};
use super::wire::Refusal;

/// The parameters of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes `a=b&c=d` apart.
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|part| !part.is_empty());
        Self(
            pairs
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    /// A parameter's text; empty when it isn't there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// Whether a parameter is there at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A boolean as Docker reads it: everything is true but a few words.
    pub(super) fn flag(&self, name: &str) -> bool {
        let text = self.text(name).trim().to_lowercase();
        !matches!(text.as_str(), "" | "0" | "no" | "false" | "none")
    }

    /// A number, refused as Go's parser refuses it; `None` when absent or empty.
    pub(super) fn number(&self, name: &str, status: u16) -> Result<Option<i64>, Refusal> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            Refusal::new(
                status,
                format!("strconv.Atoi: parsing {text:?}: invalid syntax"),
            )
        })
    }

    /// A moment; `None` when absent, empty or `0`.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Nanos>, Refusal> {
        match self.text(name) {
            "" | "0" => Ok(None),
            text => parse_moment(text).map(Some).ok_or_else(|| {
                let reason = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
                Refusal::new(500, reason)
            }),
        }
    }

    /// The `filters` parameter: `{"label":["a=b"]}`, or the old form `{"label":{"a=b":true}}`.
    pub(super) fn filters(&self) -> Result<Filters, Refusal> {
        let text = self.text("filters");
        if text.is_empty() {
            return Ok(Filters::default());
        }
        let value: Value = serde_json::from_str(text).map_err(|_| {
            let first = text.chars().next().unwrap_or(' ');
            let reason = format!("invalid character '{first}' looking for beginning of value");
            Refusal::new(500, reason)
        })?;
        let mut filters = Filters::default();
        for (name, wanted) in value.as_object().into_iter().flatten() {
            let texts = match wanted {
                Value::Array(items) => items
                    .iter()
                    .filter_map(|one| one.as_str().map(str::to_owned))
                    .collect(),
                Value::Object(set) => set.keys().cloned().collect(),
                _ => Vec::new(),
            };
            filters.0.insert(name.clone(), texts);
        }
        Ok(filters)
    }
}

/// Filters of a list: values of one name are alternatives, names must all hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters(BTreeMap<String, Vec<String>>);

impl Filters {
    /// Whether nothing is filtered.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this name is filtered.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The values asked for.
    pub(super) fn values(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether one of the values passes the test, or none was asked for.
    pub(super) fn any(&self, name: &str, test: impl Fn(&str) -> bool) -> bool {
        self.0
            .get(name)
            .is_none_or(|values| values.iter().any(|one| test(one)))
    }

    /// Whether all `label` filters hold for these labels.
    pub(super) fn labels(&self, labels: &BTreeMap<String, String>) -> bool {
        self.values("label")
            .iter()
            .all(|wanted| match wanted.split_once('=') {
                Some((key, value)) => labels.get(key).is_some_and(|one| one == value),
                None => labels.contains_key(wanted),
            })
    }

    /// Refuses a name that this list doesn't know, as the engine does.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Refusal::new(400, format!("Invalid filter '{name}'"))),
            None => Ok(()),
        }
    }
}

/// Undoes percent-encoding and `+`.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (
            byte,
            pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()),
        ) {
            (b'%', Some(value)) => {
                plain.push(value);
                at += 3;
                continue;
            }
            (b'+', _) => plain.push(b' '),
            _ => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_filters_are_read() {
        let query =
            Query::parse("all=1&t=x&name=a%2Fb+c&filters=%7B%22label%22%3A%5B%22a%3D1%22%5D%7D");
        assert!(query.flag("all") && !query.flag("size"));
        assert_eq!(query.text("name"), "a/b c");
        assert_eq!(query.number("t", 400).unwrap_err().status, 400);
        let filters = query.filters().unwrap();
        assert!(filters.labels(&BTreeMap::from([("a".to_owned(), "1".to_owned())])));
        assert!(!filters.labels(&BTreeMap::new()));
        assert!(filters.only(&["name"]).is_err());
        assert!(Query::parse("filters=x").filters().is_err());
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
