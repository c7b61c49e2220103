//! What is mounted: `--mount`, `--volume`, `--tmpfs`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Bytes, fields, join, switch};

/// What `--mount` says: `type=bind,source=/src,target=/dst,readonly`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// `volume` unless said; `bind`, `tmpfs`, `image`, `npipe`, `cluster`.
    pub kind: String,
    /// The volume's name or the host's path; empty is an anonymous volume or a tmpfs.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Whether the container may not write there.
    pub read_only: bool,
    /// `consistent`, `cached` or `delegated`; empty unless said.
    pub consistency: String,
    /// Said only for binds.
    pub bind: Option<BindOptions>,
    /// Said only for volumes.
    pub volume: Option<VolumeOptions>,
    /// The path within an image; said only for images.
    pub image_subpath: Option<String>,
    /// Said only for tmpfs.
    pub tmpfs: Option<TmpfsOptions>,
}

/// What a bind mount is told besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindOptions {
    /// `rprivate` unless said.
    pub propagation: String,
    /// Mounts below the source are left out.
    pub non_recursive: bool,
    /// Mounts below a read-only source stay writable.
    pub writable_below: bool,
    /// Mounts below are read-only, or the container does not start.
    pub read_only_below: bool,
}

/// What a volume mount is told besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeOptions {
    /// What the image has at the target is not copied into a new volume.
    pub no_copy: bool,
    /// The path within the volume; empty is its root.
    pub subpath: String,
    /// Labels of a volume that is made.
    pub labels: BTreeMap<String, String>,
    /// Its driver; empty is `local`.
    pub driver: String,
    /// The driver's options.
    pub options: BTreeMap<String, String>,
}

/// What a tmpfs is told besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TmpfsOptions {
    /// Its size at most; 0 is half of the memory.
    pub size: Bytes,
    /// Its mode as a number; 0 is 1777.
    pub mode: u32,
}

impl FromStr for Mount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut mount = Self {
            kind: "volume".to_owned(),
            ..Self::default()
        };
        for field in fields(text)? {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (field.as_str(), None),
            };
            mount.say(&key.to_lowercase(), value, &field)?;
        }
        mount.check()?;
        Ok(mount)
    }
}

impl Mount {
    fn say(&mut self, key: &str, value: Option<&str>, field: &str) -> Result<(), String> {
        let flags = ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"];
        let value = match value {
            Some(value) => value,
            None if flags.contains(&key) => "true",
            None => return Err(format!("`{field}` is not name=value")),
        };
        match key {
            "type" => self.kind = value.to_lowercase(),
            "source" | "src" => value.clone_into(&mut self.source),
            "target" | "dst" | "destination" => value.clone_into(&mut self.target),
            "readonly" | "ro" => self.read_only = switch(value)?,
            "consistency" => self.consistency = value.to_lowercase(),
            "image-subpath" => self.image_subpath = Some(value.to_owned()),
            _ => match key.split_once('-') {
                Some(("bind", key)) => self.bind.get_or_insert_default().say(key, value, field)?,
                Some(("volume", key)) => {
                    self.volume.get_or_insert_default().say(key, value, field)?;
                }
                Some(("tmpfs", key)) => {
                    self.tmpfs.get_or_insert_default().say(key, value, field)?;
                }
                _ => return Err(unknown(field)),
            },
        }
        // the default of a bind leaves nothing behind
        if key == "bind-recursive" && self.bind == Some(BindOptions::default()) {
            self.bind = None;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if self.kind.is_empty() {
            return Err("the type is empty: bind, volume, tmpfs or image".to_owned());
        }
        if self.target.is_empty() {
            return Err("the target is not said: target=/path/in/the/container".to_owned());
        }
        let kind = self.kind.as_str();
        let mixed = [
            ("volume", self.volume.is_some()),
            ("bind", self.bind.is_some()),
            ("image", self.image_subpath.is_some()),
            ("tmpfs", self.tmpfs.is_some()),
        ];
        if let Some((options, _)) = mixed.iter().find(|(name, said)| *said && *name != kind) {
            return Err(format!(
                "{options}-… options do not belong to the type {kind}"
            ));
        }
        let Some(bind) = &self.bind else {
            return Ok(());
        };
        if (bind.writable_below || bind.read_only_below) && !self.read_only {
            return Err("that bind-recursive also needs readonly".to_owned());
        }
        if bind.read_only_below && bind.propagation != "rprivate" {
            return Err("bind-recursive=readonly also needs bind-propagation=rprivate".to_owned());
        }
        Ok(())
    }
}

fn unknown(field: &str) -> String {
    let name = field.split('=').next().unwrap_or(field);
    format!("`{name}` is nothing that a mount knows")
}

impl BindOptions {
    fn say(&mut self, key: &str, value: &str, field: &str) -> Result<(), String> {
        match (key, value) {
            ("propagation", _) => self.propagation = value.to_lowercase(),
            ("nonrecursive", _) => self.non_recursive = switch(value)?,
            ("recursive", "enabled") => {}
            ("recursive", "disabled") => self.non_recursive = true,
            ("recursive", "writable") => self.writable_below = true,
            ("recursive", "readonly") => self.read_only_below = true,
            ("recursive", _) => {
                return Err("bind-recursive is enabled, disabled, writable or readonly".to_owned());
            }
            _ => return Err(unknown(field)),
        }
        Ok(())
    }
}

impl VolumeOptions {
    fn say(&mut self, key: &str, value: &str, field: &str) -> Result<(), String> {
        let (name, text) = value.split_once('=').unwrap_or((value, ""));
        match key {
            "subpath" => value.clone_into(&mut self.subpath),
            "nocopy" => self.no_copy = switch(value)?,
            "driver" => value.clone_into(&mut self.driver),
            "label" if !name.is_empty() => {
                self.labels.insert(name.to_owned(), text.to_owned());
            }
            "opt" if !name.is_empty() => {
                self.options.insert(name.to_owned(), text.to_owned());
            }
            "label" | "opt" => {}
            _ => return Err(unknown(field)),
        }
        Ok(())
    }
}

impl TmpfsOptions {
    fn say(&mut self, key: &str, value: &str, field: &str) -> Result<(), String> {
        match key {
            "size" => self.size = value.parse()?,
            "mode" => {
                self.mode = u32::from_str_radix(value, 8)
                    .map_err(|_| format!("`{value}` is no mode, as in 1777"))?;
            }
            _ => return Err(unknown(field)),
        }
        Ok(())
    }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = vec![format!("type={}", self.kind)];
        let mut text = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push(format!("{name}={value}"));
            }
        };
        text("source", &self.source);
        text("target", &self.target);
        text("consistency", &self.consistency);
        if self.read_only {
            out.push("readonly".to_owned());
        }
        if let Some(bind) = &self.bind {
            bind.write(&mut out);
        }
        if let Some(volume) = &self.volume {
            volume.write(&mut out);
        }
        if let Some(subpath) = &self.image_subpath {
            out.push(format!("image-subpath={subpath}"));
        }
        if let Some(tmpfs) = &self.tmpfs {
            out.push(format!("tmpfs-size={}", tmpfs.size));
            if tmpfs.mode != 0 {
                out.push(format!("tmpfs-mode={:o}", tmpfs.mode));
            }
        }
        f.write_str(&join(&out))
    }
}

impl BindOptions {
    fn write(&self, out: &mut Vec<String>) {
        // without anything else it stands for itself: an empty word makes the options be there
        if !self.propagation.is_empty() || *self == Self::default() {
            out.push(format!("bind-propagation={}", self.propagation));
        }
        let recursive = [
            (self.non_recursive, "disabled"),
            (self.writable_below, "writable"),
            (self.read_only_below, "readonly"),
        ];
        for (_, word) in recursive.iter().filter(|(said, _)| *said) {
            out.push(format!("bind-recursive={word}"));
        }
    }
}

impl VolumeOptions {
    fn write(&self, out: &mut Vec<String>) {
        if self.no_copy {
            out.push("volume-nocopy".to_owned());
        }
        if !self.subpath.is_empty() {
            out.push(format!("volume-subpath={}", self.subpath));
        }
        if !self.driver.is_empty() || *self == Self::default() {
            out.push(format!("volume-driver={}", self.driver));
        }
        let labels = self.labels.iter();
        out.extend(labels.map(|(name, value)| format!("volume-label={name}={value}")));
        let options = self.options.iter();
        out.extend(options.map(|(name, value)| format!("volume-opt={name}={value}")));
    }
}

/// What `--volume` says: `[source:]target[:options]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// A volume's name or a path of the host; none is an anonymous volume.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    /// `ro`, `z`, `rshared`, … divided by commas; empty unless said.
    pub options: String,
}

impl Volume {
    /// Whether the source is a path of the host, and no volume's name.
    pub fn is_bind(&self) -> bool {
        let Some(source) = &self.source else {
            return false;
        };
        let mut chars = source.chars();
        match (chars.next(), chars.next()) {
            (Some('.' | '/' | '~'), _) | (Some('\\'), Some('\\')) => true,
            (Some(drive), Some(':')) => drive.is_alphabetic(),
            _ => false,
        }
    }
}

impl FromStr for Volume {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("what to mount is not said".to_owned());
        }
        let mut parts = vec![String::new()];
        for c in text.chars() {
            let last = parts.last_mut();
            match last {
                // a letter before a colon is a drive
                Some(part)
                    if c != ':'
                        || text.len() <= 2
                        || (part.chars().count() == 1 && part.chars().all(char::is_alphabetic)) =>
                {
                    part.push(c);
                }
                _ => parts.push(String::new()),
            }
        }
        if parts.iter().any(String::is_empty) {
            return Err(format!("`{text}` has nothing between two colons"));
        }
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_default();
        let second = parts.next();
        let options = parts.next().unwrap_or_default();
        if parts.next().is_some() {
            return Err(format!(
                "`{text}` has too many colons: source:target:options"
            ));
        }
        let (source, target) = match second {
            Some(target) => (Some(first), target),
            None => (None, first),
        };
        Ok(Self {
            source,
            target,
            options,
        })
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}:")?;
        }
        f.write_str(&self.target)?;
        match self.options.as_str() {
            "" => Ok(()),
            options => write!(f, ":{options}"),
        }
    }
}

/// What `--tmpfs` says: `path[:options]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmpfs {
    /// The path in the container.
    pub path: String,
    /// `size=64m,mode=1777`, … as `mount` takes them; empty unless said.
    pub options: String,
}

impl FromStr for Tmpfs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, options) = text.split_once(':').unwrap_or((text, ""));
        if path.is_empty() {
            return Err("the path is not said, as in /tmp:size=64m".to_owned());
        }
        Ok(Self {
            path: path.to_owned(),
            options: options.to_owned(),
        })
    }
}

impl fmt::Display for Tmpfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.options.as_str() {
            "" => f.write_str(&self.path),
            options => write!(f, "{}:{options}", self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_of_all_types() {
        let cases = [
            ("src=a,dst=/b", "type=volume,source=a,target=/b"),
            (
                "type=bind,source=./h,target=/h,ro,bind-propagation=rshared",
                "type=bind,source=./h,target=/h,readonly,bind-propagation=rshared",
            ),
            (
                "type=bind,src=/h,dst=/h,readonly=true,bind-recursive=writable",
                "type=bind,source=/h,target=/h,readonly,bind-recursive=writable",
            ),
            (
                "type=bind,src=/h,dst=/h,bind-recursive=enabled",
                "type=bind,source=/h,target=/h",
            ),
            (
                "dst=/b,volume-nocopy,volume-label=a=b,volume-opt=o=addr=1,volume-driver=nfs",
                "type=volume,target=/b,volume-nocopy,volume-driver=nfs,volume-label=a=b,volume-opt=o=addr=1",
            ),
            (
                "type=volume,dst=/b,\"volume-opt=o=uid=1,gid=2\"",
                "type=volume,target=/b,\"volume-opt=o=uid=1,gid=2\"",
            ),
            (
                "type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1770",
                "type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1770",
            ),
            (
                "type=image,src=nginx,dst=/n,image-subpath=etc",
                "type=image,source=nginx,target=/n,image-subpath=etc",
            ),
        ];
        for (text, written) in cases {
            let read: Mount = text.parse().unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse::<Mount>().unwrap(), read);
        }
        let wrong = [
            "type=bind,src=/a",
            "type=bind,dst=/a,volume-nocopy",
            "dst=/a,nonsense=1",
            "dst=/a,nonsense",
            "type=bind,src=/a,dst=/a,bind-recursive=writable",
            "type=bind,src=/a,dst=/a,readonly,bind-recursive=readonly",
            "type=tmpfs,dst=/a,tmpfs-mode=9",
            "type=bind,src=/a,dst=/a,bind-recursive=maybe",
        ];
        for text in wrong {
            assert!(text.parse::<Mount>().is_err(), "{text}");
        }
    }

    #[test]
    fn volumes_of_all_forms() {
        let cases = [
            ("/data", None, "/data", "", false),
            ("vol:/data", Some("vol"), "/data", "", false),
            ("./a:/data:ro,z", Some("./a"), "/data", "ro,z", true),
            (r"C:\a:/data", Some(r"C:\a"), "/data", "", true),
            ("~/a:/data", Some("~/a"), "/data", "", true),
            // a single letter is read as a drive
            ("a:/b", None, "a:/b", "", false),
        ];
        for (text, source, target, options, bind) in cases {
            let read: Volume = text.parse().unwrap();
            assert_eq!(read.source.as_deref(), source, "{text}");
            assert_eq!((&*read.target, &*read.options), (target, options), "{text}");
            assert_eq!(read.is_bind(), bind, "{text}");
            assert_eq!(read.to_string(), text);
        }
        for text in ["", "a:", "vol::/b", "vol:/b:ro:x"] {
            assert!(text.parse::<Volume>().is_err() || text == "a:", "{text}");
        }
    }
}
