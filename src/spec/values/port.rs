//! Ports: exposed and published.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A port, or several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// The last, itself included.
    pub last: u16,
}

impl Ports {
    /// How many come after the first.
    pub fn span(self) -> u16 {
        self.last - self.first
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = |text: &str| {
            text.parse::<u16>()
                .map_err(|_| format!("`{text}` is no port: a number from 0 to 65535"))
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (port(first)?, port(last)?);
        if last < first {
            return Err(format!("the range {text} ends before it begins"));
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.last != self.first {
            write!(f, "-{}", self.last)?;
        }
        Ok(())
    }
}

/// `port/protocol`, where the protocol is TCP unless said.
fn with_protocol(text: &str) -> (&str, String) {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, ""));
    match protocol {
        "" => (ports, "tcp".to_owned()),
        protocol => (ports, protocol.to_owned()),
    }
}

/// Ports that a container listens on: `80`, `53/udp`, `8000-8010`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Which.
    pub ports: Ports,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

impl FromStr for Exposed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains(':') {
            return Err(format!(
                "`{text}` names a port of the host: that is --publish"
            ));
        }
        let (ports, protocol) = with_protocol(text);
        Ok(Self {
            ports: ports.parse()?,
            protocol,
        })
    }
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ports)?;
        if self.protocol != "tcp" {
            write!(f, "/{}", self.protocol)?;
        }
        Ok(())
    }
}

/// A port of the container at a port of the host: `[[address:][host]:]container[/protocol]`, or
/// `published=8080,target=80,protocol=tcp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The host's address; all of them unless said.
    pub address: Option<IpAddr>,
    /// The host's ports; any free one unless said. More of them than of the container's means: a
    /// free one among these.
    pub host: Option<Ports>,
    /// The container's ports.
    pub container: Ports,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

impl FromStr for Publish {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let short = if text.contains('=') {
            &from_long(text)?
        } else {
            text
        };
        let (rest, container) = match short.rsplit_once(':') {
            Some((rest, container)) => (Some(rest), container),
            None => (None, short),
        };
        let (address, host) = match rest.map(|rest| rest.rsplit_once(':').ok_or(rest)) {
            Some(Ok((address, host))) => (address, host),
            Some(Err(host)) => ("", host),
            None => ("", ""),
        };
        let (container, protocol) = with_protocol(container);
        if container.is_empty() {
            return Err(format!("`{text}` does not say the container's port"));
        }
        let protocol = protocol.to_lowercase();
        if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
            return Err(format!("`{protocol}` is no protocol: tcp, udp or sctp"));
        }
        let container: Ports = container.parse()?;
        let host: Option<Ports> = match host {
            "" => None,
            host => Some(host.parse()?),
        };
        if host.is_some_and(|host| container.span() > 0 && host.span() != container.span()) {
            return Err(format!("`{text}` has ranges of different length"));
        }
        Ok(Self {
            address: read_address(address)?,
            host,
            container,
            protocol,
        })
    }
}

/// The long form turned into the short one.
fn from_long(text: &str) -> Result<String, String> {
    let (mut published, mut target, mut protocol) = ("", "", "tcp");
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("published", value)) => published = value,
            Some(("target", value)) => target = value,
            Some(("protocol", value)) => protocol = value,
            Some((key, _)) if !key.is_empty() => {}
            _ => return Err(format!("`{part}` is not name=value")),
        }
    }
    Ok(format!("{published}:{target}/{protocol}"))
}

fn read_address(text: &str) -> Result<Option<IpAddr>, String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|bare| bare.strip_suffix(']'));
    match bare.unwrap_or(text) {
        "" => Ok(None),
        bare => match bare.parse() {
            Ok(address) => Ok(Some(address)),
            Err(_) => Err(format!("`{text}` is no IP address")),
        },
    }
}

impl fmt::Display for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(IpAddr::V4(address)) => write!(f, "{address}:")?,
            Some(IpAddr::V6(address)) => write!(f, "[{address}]:")?,
            None => {}
        }
        if let Some(host) = self.host {
            write!(f, "{host}")?;
        }
        if self.host.is_some() || self.address.is_some() {
            f.write_str(":")?;
        }
        write!(f, "{}", self.container)?;
        if self.protocol != "tcp" {
            write!(f, "/{}", self.protocol)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_all_forms() {
        let cases = [
            ("80", "80"),
            ("8080:80", "8080:80"),
            ("8080:80/tcp", "8080:80"),
            ("127.0.0.1:8080:80/UDP", "127.0.0.1:8080:80/udp"),
            ("127.0.0.1::80", "127.0.0.1::80"),
            (":80", "80"),
            ("[::1]:8080:80", "[::1]:8080:80"),
            ("::1:8080:80", "[::1]:8080:80"),
            ("8000-8002:9000-9002", "8000-8002:9000-9002"),
            ("8000-8010:80", "8000-8010:80"),
            ("9000-9002/sctp", "9000-9002/sctp"),
            ("published=8080,target=80,protocol=udp", "8080:80/udp"),
            ("target=80,published=80", "80:80"),
        ];
        for (text, written) in cases {
            let read: Publish = text.parse().unwrap();
            assert_eq!(read.to_string(), written, "{text}");
            assert_eq!(written.parse::<Publish>().unwrap(), read);
        }
        let wrong = [
            "",
            ":",
            "8080:",
            "x:80",
            "80:70000",
            "1.2.3:80:80",
            "80/icmp",
            "8000-8001:80-82",
            "9-8:1",
            "target=80,bogus",
        ];
        for text in wrong {
            assert!(text.parse::<Publish>().is_err(), "{text}");
        }
    }

    #[test]
    fn exposed_ports() {
        for (text, written) in [
            ("80/tcp", "80"),
            ("53/udp", "53/udp"),
            ("8000-8010", "8000-8010"),
        ] {
            assert_eq!(text.parse::<Exposed>().unwrap().to_string(), written);
        }
        assert!("80:80".parse::<Exposed>().is_err());
    }
}
