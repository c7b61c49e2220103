//! Devices, how much of them may be used, and limits of processes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Bytes, clean_path, fields, join};

/// A device of the host: `/dev/snd`, `/dev/sda:/dev/xvda:r`, or by a CDI name
/// `vendor.com/class=name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A device's file.
    File {
        /// On the host.
        host: String,
        /// In the container.
        container: String,
        /// Of `r`ead, `w`rite, `m`knod.
        permissions: String,
    },
    /// What the Container Device Interface calls so.
    Named(String),
}

impl Device {
    fn is_name(text: &str) -> bool {
        let letters = |text: &str, more: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.ends_with(|c: char| c.is_ascii_alphanumeric())
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let parts = text.split_once('=');
        let parts = parts.and_then(|(kind, name)| Some((kind.split_once('/')?, name)));
        parts.is_some_and(|((vendor, class), name)| {
            [vendor, class].iter().all(|word| {
                word.starts_with(|c: char| c.is_ascii_alphabetic()) && letters(word, "_-.")
            }) && letters(name, "_-.:")
        })
    }
}

fn is_mode(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| "rwm".contains(c))
        && text.chars().all(|c| text.matches(c).count() == 1)
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if Self::is_name(text) {
            return Ok(Self::Named(text.to_owned()));
        }
        let parts: Vec<&str> = text.split(':').collect();
        let (host, container, permissions) = match parts[..] {
            [path] => (clean_path(path), clean_path(path), "rwm"),
            [path, mode] if is_mode(mode) => (clean_path(path), clean_path(path), mode),
            [host, container] => (host.to_owned(), clean_path(container), "rwm"),
            [host, container, mode] if is_mode(mode) => {
                (host.to_owned(), container.to_owned(), mode)
            }
            [_, _, mode] => return Err(format!("`{mode}` is no permission: of r, w and m")),
            _ => return Err(format!("`{text}` is not host:container:permissions")),
        };
        if parts[0].is_empty() || !container.starts_with('/') {
            return Err(format!("`{text}` is no path of a device, as in /dev/snd"));
        }
        Ok(Self::File {
            host,
            container,
            permissions: permissions.to_owned(),
        })
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, container, permissions) = match self {
            Self::Named(name) => return f.write_str(name),
            Self::File {
                host,
                container,
                permissions,
            } => (host, container, permissions),
        };
        match (host == container, permissions == "rwm") {
            (true, true) => f.write_str(host),
            (true, false) => write!(f, "{host}:{permissions}"),
            (false, true) => write!(f, "{host}:{container}"),
            (false, false) => write!(f, "{host}:{container}:{permissions}"),
        }
    }
}

fn device_and<'a>(text: &'a str, what: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(':')
        .filter(|(device, _)| device.starts_with("/dev/"))
        .ok_or_else(|| format!("`{text}` is not {what}"))
}

/// How a device's reads and writes are shared out: `/dev/sda:500`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// The device's file.
    pub device: String,
    /// From 10 to 1000; 0 is none.
    pub weight: u16,
}

impl FromStr for Weight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (device, weight) = device_and(text, "device:weight, as in /dev/sda:500")?;
        let weight = weight.parse::<u16>().ok();
        let weight = weight.filter(|weight| matches!(weight, 0 | 10..=1000));
        Ok(Self {
            device: device.to_owned(),
            weight: weight.ok_or_else(|| format!("`{text}` has no weight from 10 to 1000"))?,
        })
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.weight)
    }
}

/// Operations a second on a device: `/dev/sda:1000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The device's file.
    pub device: String,
    /// How many.
    pub rate: u64,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (device, rate) = device_and(text, "device:rate, as in /dev/sda:1000")?;
        Ok(Self {
            device: device.to_owned(),
            rate: rate
                .parse()
                .map_err(|_| format!("`{rate}` is no number of operations a second"))?,
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.rate)
    }
}

/// Bytes a second on a device: `/dev/sda:10mb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateBytes {
    /// The device's file.
    pub device: String,
    /// How many.
    pub rate: Bytes,
}

impl FromStr for RateBytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (device, rate) = device_and(text, "device:rate, as in /dev/sda:10mb")?;
        Ok(Self {
            device: device.to_owned(),
            rate: rate.parse()?,
        })
    }
}

impl fmt::Display for RateBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.rate)
    }
}

/// A limit of processes: `nofile=1024:2048`; -1 is without limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// Of which kind, one of [`ULIMITS`].
    pub name: String,
    /// Where a process is warned.
    pub soft: i64,
    /// What it cannot raise it over.
    pub hard: i64,
}

/// The kinds of limits that docker knows.
pub const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

impl FromStr for Ulimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, limits) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not name=soft[:hard], as in nofile=1024:2048"))?;
        if !ULIMITS.contains(&name) {
            return Err(format!("`{name}` is no limit: {}", ULIMITS.join(", ")));
        }
        let number = |text: &str| {
            text.parse::<i64>()
                .map_err(|_| format!("`{text}` is no whole number"))
        };
        let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
        let (soft, hard) = (number(soft)?, number(hard)?);
        if hard != -1 && (soft == -1 || soft > hard) {
            return Err(format!(
                "the soft limit {soft} is above the hard limit {hard}"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            soft,
            hard,
        })
    }
}

impl fmt::Display for Ulimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.soft)?;
        if self.hard != self.soft {
            write!(f, ":{}", self.hard)?;
        }
        Ok(())
    }
}

/// GPUs: `all`, `2`, `"device=0,2"`, `driver=nvidia,count=1,capabilities=utility`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gpus {
    /// The driver; empty is the engine's choice.
    pub driver: String,
    /// How many; -1 is all, 0 when single ones are named.
    pub count: i64,
    /// Single ones by number or name; none unless said.
    pub devices: Option<Vec<String>>,
    /// What they have to be capable of, besides being one.
    pub capabilities: Option<Vec<String>>,
    /// Options for the driver.
    pub options: BTreeMap<String, String>,
}

impl FromStr for Gpus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let count = |text: &str| match text {
            "all" => Ok(-1),
            _ => text
                .parse::<i64>()
                .map_err(|_| format!("`{text}` is neither a number nor all")),
        };
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut gpus = Self::default();
        let mut said = Vec::new();
        for field in fields(text)? {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_owned(), value),
                None => ("count".to_owned(), field.as_str()),
            };
            if said.contains(&key) {
                return Err(format!("`{key}` is said twice"));
            }
            match key.as_str() {
                "driver" => value.clone_into(&mut gpus.driver),
                "count" => gpus.count = count(value)?,
                "device" => gpus.devices = Some(list(value)),
                "capabilities" => gpus.capabilities = Some(list(value)),
                "options" => {
                    let options = fields(value)?.into_iter().map(|option| {
                        let (name, value) = option.split_once('=').unwrap_or((&option, ""));
                        (name.to_owned(), value.to_owned())
                    });
                    gpus.options = options.collect();
                }
                _ => {
                    return Err(format!(
                        "`{key}` is nothing that a GPU knows: driver, count, device, capabilities \
                         or options"
                    ));
                }
            }
            said.push(key);
        }
        if !said.iter().any(|key| key == "count") && gpus.devices.is_none() {
            gpus.count = 1;
        }
        Ok(gpus)
    }
}

impl fmt::Display for Gpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        if !self.driver.is_empty() {
            out.push(format!("driver={}", self.driver));
        }
        match (self.count, &self.devices) {
            (0, Some(_)) => {}
            (-1, _) => out.push("count=all".to_owned()),
            (count, _) => out.push(format!("count={count}")),
        }
        let lists = [
            ("device", &self.devices),
            ("capabilities", &self.capabilities),
        ];
        for (name, list) in lists {
            if let Some(list) = list {
                out.push(format!("{name}={}", list.join(",")));
            }
        }
        if !self.options.is_empty() {
            let options = self.options.iter();
            let options: Vec<_> = options
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            out.push(format!("options={}", join(&options)));
        }
        match &out[..] {
            [only] if only == "count=all" => f.write_str("all"),
            _ => f.write_str(&join(&out)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both<T>(cases: &[(&str, &str)])
    where
        T: FromStr<Err = String> + fmt::Display + fmt::Debug + PartialEq,
    {
        for (text, written) in cases {
            let read: T = text.parse().unwrap();
            assert_eq!(read.to_string(), *written, "{text}");
            assert_eq!(written.parse::<T>().unwrap(), read, "{text}");
        }
    }

    #[test]
    fn devices() {
        both::<Device>(&[
            ("/dev/snd", "/dev/snd"),
            ("/dev//snd:r", "/dev/snd:r"),
            ("/dev/sda:/dev/xvda", "/dev/sda:/dev/xvda"),
            ("/dev/sda:/dev/xvda:rwm", "/dev/sda:/dev/xvda"),
            ("/dev/sda:/dev/xvda:rw", "/dev/sda:/dev/xvda:rw"),
            ("nvidia.com/gpu=all", "nvidia.com/gpu=all"),
        ]);
        for text in ["", "snd", "/dev/a:/dev/b:x", "/a:/b:r:w", "/dev/a:b"] {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
        both::<Weight>(&[("/dev/sda:500", "/dev/sda:500")]);
        both::<Rate>(&[("/dev/sda:1000", "/dev/sda:1000")]);
        both::<RateBytes>(&[("/dev/sda:1mb", "/dev/sda:1m")]);
        assert!("/dev/sda:5".parse::<Weight>().is_err());
        assert!("sda:500".parse::<Rate>().is_err());
    }

    #[test]
    fn limits_and_gpus() {
        both::<Ulimit>(&[
            ("nofile=1024:2048", "nofile=1024:2048"),
            ("core=-1", "core=-1"),
        ]);
        for text in [
            "nofile",
            "files=1",
            "nofile=2:1",
            "nofile=-1:5",
            "nofile=1:2:3",
        ] {
            assert!(text.parse::<Ulimit>().is_err(), "{text}");
        }
        both::<Gpus>(&[
            ("all", "all"),
            ("2", "count=2"),
            ("\"device=0,2\"", "\"device=0,2\""),
            (
                "driver=nvidia,\"capabilities=compute,utility\"",
                "driver=nvidia,count=1,\"capabilities=compute,utility\"",
            ),
            ("all,options=a=b", "count=all,options=a=b"),
        ]);
        for text in ["some", "all,count=2", "x=1"] {
            assert!(text.parse::<Gpus>().is_err(), "{text}");
        }
    }
}
