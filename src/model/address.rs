//! Addresses of engines in words, as the docker command reads them: their schemes and their default
//! ports. Whether TCP speaks TLS, and with which files, others say.

use std::path::PathBuf;

use crate::model::host::{SshTarget, TlsFiles};
use crate::model::text::clean;
use crate::model::{Address, Problem, ProblemKind};

/// The plain port of an engine.
const PORT: u16 = 2375;
/// Its port for TLS.
const TLS_PORT: u16 = 2376;

/// Reads `unix:///path`, `tcp://host:port`, `https://host:port`, `ssh://[user@]host[:port][/path]`,
/// `npipe:////./pipe/name`, `host:port` or a socket's path, without TLS files.
///
/// # Errors
/// What keeps it from being an address.
pub fn parse_address(text: &str) -> Result<Address, Problem> {
    read(text, None)
}

/// An address as it may be shown: clean, and without a password that somebody put into it. A
/// password may hold any character, so all that stands between a user's colon and the last `@` is
/// taken for one; but a path behind a host is none.
pub fn shown(text: &str) -> String {
    let text = clean(text.trim());
    let rest = text.find("://").map_or(text.as_str(), |at| &text[at + 3..]);
    let start = &text[..text.len() - rest.len()];
    let authority = rest.split('/').next().unwrap_or_default();
    // a user without a password, and whatever stands in the path behind the host
    if authority
        .split_once('@')
        .is_some_and(|(user, _)| !user.contains(':'))
    {
        return text;
    }
    let login = rest.rsplit_once('@').map_or("", |(login, _)| login);
    match login.split_once(':') {
        Some((name, _)) if !name.contains('/') => {
            format!("{start}{name}:…{}", &rest[login.len()..])
        }
        _ => text,
    }
}

/// Reads an address; with TLS files, TCP is TLS.
///
/// # Errors
/// What keeps it from being an address.
pub fn read(text: &str, tls: Option<&TlsFiles>) -> Result<Address, Problem> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if text.starts_with(['/', '.', '~']) => ("unix".to_owned(), text),
        None => ("tcp".to_owned(), text),
    };
    match (scheme.as_str(), tls) {
        ("unix", _) if rest.is_empty() => Err(malformed(text, "it names no socket")),
        ("unix", _) => Ok(Address::Unix(PathBuf::from(rest))),
        ("tcp" | "http", None) => {
            let (host, port) = host_and_port(text, rest)?;
            let port = port.unwrap_or(PORT);
            Ok(Address::Tcp { host, port })
        }
        ("tcp" | "http" | "https" | "tls", _) => {
            let (host, port) = host_and_port(text, rest)?;
            let files = tls.cloned().unwrap_or_default();
            let port = port.unwrap_or(TLS_PORT);
            Ok(Address::Tls { host, port, files })
        }
        ("ssh", _) => ssh(text, rest),
        ("npipe", _) => pipe(text, rest),
        ("fd", _) => Err(malformed(
            text,
            "engines listen at fd://, nobody connects there",
        )),
        _ => Err(malformed(text, "its scheme is unknown")),
    }
}

fn malformed(text: &str, why: &str) -> Problem {
    Problem::new(
        ProblemKind::Unsupported,
        format!("`{}` is no address: {why}", shown(text)),
        "",
    )
    .hint(if cfg!(windows) {
        "write npipe:////./pipe/docker_engine or tcp://host:port"
    } else {
        "write unix:///path/to/docker.sock, tcp://host:port or ssh://user@host"
    })
}

/// A host and what stands behind its colon. No host is this machine.
fn host_and_port(text: &str, rest: &str) -> Result<(String, Option<u16>), Problem> {
    let rest = rest.trim_end_matches('/');
    if rest.contains('/') {
        return Err(malformed(text, "a path after the port is not supported"));
    }
    if rest.starts_with(':') {
        let (_, port) = split(text, rest)?;
        return Ok(("127.0.0.1".to_owned(), port));
    }
    let (host, port) = split(text, rest)?;
    Ok((named(text, host)?, port))
}

/// `host:port`, `[::1]:port` or `host` in its parts.
fn split<'a>(text: &str, rest: &'a str) -> Result<(&'a str, Option<u16>), Problem> {
    let (host, port) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest
                .split_once(']')
                .ok_or_else(|| malformed(text, "a bracket is not closed"))?;
            (host, after.strip_prefix(':'))
        }
        None => match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => {
            let read = port.parse().ok().filter(|port| *port > 0);
            Some(read.ok_or_else(|| malformed(text, "its port is no number from 1 to 65535"))?)
        }
    };
    Ok((host, port))
}

/// A host's name, when it can be one. One that begins with a dash would be an option to ssh.
fn named(text: &str, host: &str) -> Result<String, Problem> {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
    if host.is_empty() || host.starts_with('-') || host.contains(odd) {
        return Err(malformed(text, "it names no host"));
    }
    Ok(host.to_owned())
}

/// `[user@]host[:port][/path/to.sock]`.
fn ssh(text: &str, rest: &str) -> Result<Address, Problem> {
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    if user.is_some_and(|user| user.contains(':')) {
        let why = "a password does not belong into an address, where everybody can read it";
        return Err(malformed(text, why).hint("leave it out; ssh asks for it when you log in"));
    }
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "._-+@$".contains(c));
    if user.is_some_and(|user| user.is_empty() || user.starts_with('-') || user.contains(odd)) {
        return Err(malformed(text, "it names no user"));
    }
    if path.contains(['?', '#']) {
        return Err(malformed(
            text,
            "only a socket's path stands behind the host",
        ));
    }
    let (host, port) = split(text, host)?;
    Ok(Address::Ssh(SshTarget {
        user: user.map(str::to_owned),
        host: named(text, host)?,
        port,
        socket: Some(path)
            .filter(|path| !path.trim_matches('/').is_empty())
            .map(PathBuf::from),
    }))
}

/// `npipe:////./pipe/name`. There are such on Windows only.
fn pipe(text: &str, rest: &str) -> Result<Address, Problem> {
    if !cfg!(windows) {
        let summary = "npipe:// is a pipe of Windows, which only Windows itself can open";
        return Err(Problem::new(ProblemKind::Unsupported, summary, "")
            .hint("reach that engine by ssh://user@host or by tcp:// with TLS"));
    }
    named_pipe(rest).ok_or_else(|| malformed(text, "it names no pipe"))
}

/// `//./pipe/name`, or `//server/pipe/name`, as Windows itself writes it.
fn named_pipe(place: &str) -> Option<Address> {
    let place = place.replace('/', "\\");
    let (_, name) = place.strip_prefix(r"\\")?.split_once(r"\pipe\")?;
    (!name.is_empty()).then(|| Address::Pipe(PathBuf::from(&place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(user: Option<&str>, host: &str, port: Option<u16>, socket: Option<&str>) -> Address {
        Address::Ssh(SshTarget {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
            socket: socket.map(PathBuf::from),
        })
    }

    #[test]
    fn addresses_read_as_docker_reads_them() {
        let tcp = |host: &str, port| Address::Tcp {
            host: host.to_owned(),
            port,
        };
        let tls = |host: &str, port| Address::Tls {
            host: host.to_owned(),
            port,
            files: TlsFiles::default(),
        };
        let good = [
            ("unix:///run/d.sock", Address::Unix("/run/d.sock".into())),
            ("/run/d.sock", Address::Unix("/run/d.sock".into())),
            ("tcp://example.org:2375", tcp("example.org", 2375)),
            ("http://10.0.0.1:80/", tcp("10.0.0.1", 80)),
            ("example.org:99", tcp("example.org", 99)),
            ("tcp://[::1]:2375", tcp("::1", 2375)),
            ("tcp://engine", tcp("engine", 2375)),
            (":2375", tcp("127.0.0.1", 2375)),
            ("https://engine", tls("engine", 2376)),
            ("tls://engine:1", tls("engine", 1)),
            ("ssh://there", target(None, "there", None, None)),
            ("ssh://there/", target(None, "there", None, None)),
            (
                "ssh://me@there:2222/run/d.sock",
                target(Some("me"), "there", Some(2222), Some("/run/d.sock")),
            ),
            (
                "ssh://me@corp@[fe80::1%eth0]:22",
                target(Some("me@corp"), "fe80::1%eth0", Some(22), None),
            ),
        ];
        for (text, address) in good {
            assert_eq!(parse_address(text), Ok(address.clone()), "{text}");
            if !matches!(address, Address::Tls { .. }) {
                assert_eq!(parse_address(&address.to_string()), Ok(address), "{text}");
            }
        }
        let bad = [
            "npipe:////./pipe/docker",
            "fd://",
            "tcp://x:99999",
            "tcp://x:0",
            "tcp://",
            "unix://",
            "gopher://x",
            "tcp://x:1/base",
            "tcp://[::1",
            "ssh://",
            "ssh://@there",
            "ssh://-oProxyCommand=evil",
            "ssh://-l@there",
            "ssh://me;evil@there",
            "ssh://there:x",
            "ssh://there/run/d.sock?x=1",
        ];
        for text in bad {
            let problem = parse_address(text).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Unsupported, "{text}");
        }
    }

    #[test]
    fn pipes_are_read_as_docker_writes_them() {
        let pipe = Address::Pipe(r"\\.\pipe\docker_engine".into());
        assert_eq!(named_pipe("//./pipe/docker_engine"), Some(pipe.clone()));
        assert_eq!(pipe.to_string(), "npipe:////./pipe/docker_engine");
        for none in ["", "docker_engine", "//./pipe/", "//./mailslot/x"] {
            assert_eq!(named_pipe(none), None, "{none}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_never_shown() {
        let text = "ssh://me:hunter2@there/run/d.sock";
        let problem = parse_address(text).unwrap_err();
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        assert_eq!(shown(text), "ssh://me:…@there/run/d.sock");
        assert_eq!(shown("tcp://there:1"), "tcp://there:1");
        assert_eq!(shown("me:a@b/c:d@there:1"), "me:…@there:1");
        assert_eq!(shown("tcp://me:a/b@there:1"), "tcp://me:…@there:1");
        assert_eq!(
            shown("ssh://me@there:22/run/a@b"),
            "ssh://me@there:22/run/a@b"
        );
    }
}
