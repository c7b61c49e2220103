//! Names with values, and short texts with a form of their own.

use std::fmt;
use std::str::FromStr;

/// A name with a value, as in `max-size=10m`. Without `=` the value is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the first `=`.
    pub name: String,
    /// What stands behind it.
    pub value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        if name.is_empty() {
            return Err(format!("`{text}` has no name before `=`"));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.as_str() {
            "" => f.write_str(&self.name),
            value => write!(f, "{}={value}", self.name),
        }
    }
}

/// An environment variable. Without a value it is taken from the environment of who runs the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, which may be empty; none when it was not said.
    pub value: Option<String>,
}

impl FromStr for Variable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err(format!("`{text}` has no name before `=`"));
        }
        Ok(Self {
            name: name.to_owned(),
            value,
        })
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.value {
            Some(value) => write!(f, "={value}"),
            None => Ok(()),
        }
    }
}

/// A Linux capability, in upper case and without `CAP_`; or `ALL`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capability(pub String);

impl Capability {
    /// As the engine takes it: with `CAP_`, but for `ALL`.
    pub fn value(&self) -> String {
        match self.0.as_str() {
            "ALL" => self.0.clone(),
            name => format!("CAP_{name}"),
        }
    }
}

impl FromStr for Capability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.to_uppercase();
        let name = name.strip_prefix("CAP_").unwrap_or(&name);
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            return Err(format!("`{text}` is no capability, as in NET_ADMIN"));
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happens when the container ends: `no`, `always`, `unless-stopped`, `on-failure[:times]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// The policy; empty leaves it to the engine, which means `no`.
    pub policy: String,
    /// How often it is tried after failures; 0 is without end.
    pub times: i64,
}

impl Restart {
    /// Whether it is never started again.
    pub fn is_no(&self) -> bool {
        matches!(self.policy.as_str(), "" | "no")
    }
}

impl FromStr for Restart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (policy, times) = text.split_once(':').unwrap_or((text, ""));
        if !["no", "always", "unless-stopped", "on-failure"].contains(&policy) && !text.is_empty() {
            return Err(format!(
                "`{policy}` is no restart policy: no, always, unless-stopped or on-failure[:times]"
            ));
        }
        let count = match times {
            "" => 0,
            times => times
                .parse()
                .map_err(|_| format!("`{times}` is no number of times"))?,
        };
        if count < 0 || (count > 0 && policy != "on-failure") {
            return Err("a number of times belongs to on-failure, as in on-failure:3".to_owned());
        }
        Ok(Self {
            policy: policy.to_owned(),
            times: count,
        })
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.policy)?;
        match self.times {
            0 => Ok(()),
            times => write!(f, ":{times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_without_a_value_are_no_empty_ones() {
        for text in ["A", "A=", "A=b=c"] {
            assert_eq!(text.parse::<Variable>().unwrap().to_string(), text);
        }
        assert_ne!("A".parse::<Variable>(), "A=".parse());
        assert!("=a".parse::<Variable>().is_err());
        assert_eq!("A".parse::<Pair>(), "A=".parse());
    }

    #[test]
    fn capabilities_and_policies() {
        for text in ["net_admin", "CAP_NET_ADMIN", "NET_ADMIN"] {
            let read: Capability = text.parse().unwrap();
            assert_eq!(
                (read.to_string(), read.value()),
                ("NET_ADMIN".into(), "CAP_NET_ADMIN".into())
            );
        }
        assert!("net admin".parse::<Capability>().is_err());
        for text in [
            "",
            "no",
            "always",
            "unless-stopped",
            "on-failure",
            "on-failure:3",
        ] {
            assert_eq!(text.parse::<Restart>().unwrap().to_string(), text);
        }
        for text in ["allways", "always:3", "on-failure:x", ":3", "on-failure:-1"] {
            assert!(text.parse::<Restart>().is_err(), "{text}");
        }
    }
}
