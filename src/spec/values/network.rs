//! Networks that are joined, and names and servers besides.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::{fields, join};

/// A network that is joined, and how: `web`, `name=web,alias=api,ip=10.0.0.5`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its name; or `bridge`, `host`, `none`, `container:<name>`.
    pub name: String,
    /// Names by which others on it find the container.
    pub aliases: Vec<String>,
    /// The IPv4 address on it; empty unless said, as the others.
    pub ip: String,
    /// The IPv6 address on it.
    pub ip6: String,
    /// Link-local addresses on it.
    pub link_local: Vec<String>,
    /// The MAC address on it.
    pub mac: String,
    /// Options of the network's driver.
    pub options: BTreeMap<String, String>,
    /// Which network gives the way out: the highest.
    pub priority: i64,
}

impl Attachment {
    /// Whether it is a network that somebody made, and none of the engine's own.
    pub fn is_user_defined(&self) -> bool {
        !matches!(self.name.as_str(), "default" | "bridge" | "host" | "none")
            && !self.name.starts_with("container:")
    }

    /// Only the name, nothing about how.
    pub fn is_plain(&self) -> bool {
        *self
            == Self {
                name: self.name.clone(),
                ..Self::default()
            }
    }

    fn say(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "name" => value.clone_into(&mut self.name),
            "alias" => self.aliases.push(value.to_owned()),
            "ip" => value.clone_into(&mut self.ip),
            "ip6" => value.clone_into(&mut self.ip6),
            "mac-address" => value.clone_into(&mut self.mac),
            "link-local-ip" => self.link_local.push(value.to_owned()),
            "driver-opt" => {
                let option = value.split_once('=').filter(|(name, _)| !name.is_empty());
                let (name, value) =
                    option.ok_or_else(|| format!("driver-opt `{value}` is not name=value"))?;
                let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
                self.options.insert(name, value);
            }
            "gw-priority" => {
                self.priority = value
                    .parse()
                    .map_err(|_| format!("`{value}` is no whole number"))?;
            }
            _ => {
                return Err(format!(
                    "`{key}` is nothing that a network knows: name, alias, ip, ip6, mac-address, \
                     link-local-ip, driver-opt or gw-priority"
                ));
            }
        }
        Ok(())
    }
}

/// Whether the docker command takes a text for fields and not for a name.
fn is_long(text: &str) -> bool {
    let word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let mut windows = text.as_bytes().windows(3);
    windows.any(|three| three[1] == b'=' && word(three[0]) && word(three[2]))
}

impl FromStr for Attachment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut attachment = Self::default();
        if is_long(text) {
            for field in fields(&text.to_lowercase())? {
                let (key, value) = field
                    .split_once('=')
                    .ok_or_else(|| format!("`{field}` is not name=value"))?;
                attachment.say(key.trim(), value.trim())?;
            }
        } else {
            text.clone_into(&mut attachment.name);
        }
        if attachment.name.trim().is_empty() {
            return Err("the network's name is not said".to_owned());
        }
        Ok(attachment)
    }
}

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() && !is_long(&self.name) {
            return f.write_str(&self.name);
        }
        let mut out = vec![format!("name={}", self.name)];
        let aliases = self.aliases.iter();
        out.extend(aliases.map(|alias| format!("alias={alias}")));
        let said = [
            ("ip", &self.ip),
            ("ip6", &self.ip6),
            ("mac-address", &self.mac),
        ];
        let said = said.iter().filter(|(_, value)| !value.is_empty());
        out.extend(said.map(|(name, value)| format!("{name}={value}")));
        let local = self.link_local.iter();
        out.extend(local.map(|address| format!("link-local-ip={address}")));
        let options = self.options.iter();
        out.extend(options.map(|(name, value)| format!("driver-opt={name}={value}")));
        if self.priority != 0 {
            out.push(format!("gw-priority={}", self.priority));
        }
        f.write_str(&join(&out))
    }
}

/// A name server's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameServer(pub IpAddr);

impl FromStr for NameServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.trim().parse::<IpAddr>();
        let address = address.map_err(|_| format!("`{text}` is no IP address"))?;
        Ok(Self(match address {
            IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        }))
    }
}

impl fmt::Display for NameServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A line for the container's `/etc/hosts`: `name:address`, `name=[::1]`, `name:host-gateway`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraHost {
    /// The name.
    pub name: String,
    /// Its address as it was said, or `host-gateway`.
    pub address: String,
}

impl FromStr for ExtraHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').or_else(|| text.split_once(':'));
        let (name, address) = parts
            .filter(|(name, _)| !name.is_empty() && !name.contains(':'))
            .ok_or_else(|| format!("`{text}` is not name:address"))?;
        let bare = address
            .strip_prefix('[')
            .and_then(|bare| bare.strip_suffix(']'));
        let address = bare.filter(|bare| !bare.is_empty()).unwrap_or(address);
        if address != "host-gateway" && address.trim().parse::<IpAddr>().is_err() {
            return Err(format!("`{address}` is no IP address, nor host-gateway"));
        }
        Ok(Self {
            name: name.to_owned(),
            address: address.to_owned(),
        })
    }
}

impl fmt::Display for ExtraHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_both_forms() {
        let cases = [
            ("web", "web"),
            ("container:db", "container:db"),
            ("name=Web,alias=a,alias=b", "name=web,alias=a,alias=b"),
            (
                "name=web,ip=10.0.0.5,driver-opt=a.b=c,gw-priority=10",
                "name=web,ip=10.0.0.5,driver-opt=a.b=c,gw-priority=10",
            ),
            (
                "name=web,mac-address=92:d0:c6:0a:29:33,link-local-ip=169.254.1.1",
                "name=web,mac-address=92:d0:c6:0a:29:33,link-local-ip=169.254.1.1",
            ),
        ];
        for (text, written) in cases {
            let read: Attachment = text.parse().unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse::<Attachment>().unwrap(), read);
        }
        for text in ["", "alias=x", "name=web,bogus=1", "name=web,gw-priority=x"] {
            assert!(text.parse::<Attachment>().is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_and_servers() {
        let cases = [
            ("a:1.2.3.4", "a:1.2.3.4"),
            ("a=[::1]", "a:::1"),
            ("a:::1", "a:::1"),
            (
                "host.docker.internal:host-gateway",
                "host.docker.internal:host-gateway",
            ),
        ];
        for (text, written) in cases {
            assert_eq!(text.parse::<ExtraHost>().unwrap().to_string(), written);
        }
        for text in ["a", ":1.2.3.4", "a:b", "a:1=2"] {
            assert!(text.parse::<ExtraHost>().is_err(), "{text}");
        }
        let read: NameServer = " 0:0:0:0:0:0:0:1 ".parse().unwrap();
        assert_eq!(read.to_string(), "::1");
    }
}
