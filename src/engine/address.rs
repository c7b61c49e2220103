//! Addresses of engines in words, as the docker command reads them: their schemes, their default
//! ports, and the TLS files that the environment names.

use std::path::{Path, PathBuf};

use crate::model::host::{SshTarget, TlsFiles};
use crate::model::text::clean;
use crate::model::{Address, Problem, ProblemKind};

/// A look into the environment.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The plain port of an engine.
const PORT: u16 = 2375;
/// Its port for TLS.
const TLS_PORT: u16 = 2376;

/// Reads `unix:///path`, `tcp://host:port`, `https://host:port`, `ssh://[user@]host[:port][/path]`,
/// `npipe:////./pipe/name`, `host:port` or a socket's path, without a look at the environment.
pub fn parse_address(text: &str) -> Result<Address, Problem> {
    read(text, None)
}

/// The same with the environment: `DOCKER_TLS_VERIFY` and `DOCKER_TLS` make TCP speak TLS, with
/// the files of `DOCKER_CERT_PATH`.
pub fn address_in(text: &str, env: Env<'_>) -> Result<Address, Problem> {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let verify = set("DOCKER_TLS_VERIFY");
    let wanted = verify || set("DOCKER_TLS");
    let folder = cert_folder(env);
    if wanted {
        let folder = folder.unwrap_or_default();
        return read(text, Some(&files_of(&folder, verify)));
    }
    let address = read(text, None)?;
    Ok(match (address, folder) {
        // an address that says TLS by itself takes what there is
        (Address::Tls { host, port, .. }, Some(folder)) => Address::Tls {
            host,
            port,
            files: present(&folder, true),
        },
        (address, _) => address,
    })
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

/// Where the environment has its certificates.
fn cert_folder(env: Env<'_>) -> Option<PathBuf> {
    let folder = |name: &str| env(name).filter(|value| !value.is_empty());
    folder("DOCKER_CERT_PATH")
        .or_else(|| folder("DOCKER_CONFIG"))
        .map(PathBuf::from)
        .or_else(|| folder("HOME").map(|home| Path::new(&home).join(".docker")))
}

/// The three files of a folder, by their usual names.
fn files_of(folder: &Path, verify: bool) -> TlsFiles {
    TlsFiles {
        // who verifies nothing needs no authority
        ca: verify.then(|| folder.join("ca.pem")),
        cert: Some(folder.join("cert.pem")),
        key: Some(folder.join("key.pem")),
        verify,
    }
}

/// Those of a folder's three files that there are.
pub(crate) fn present(folder: &Path, verify: bool) -> TlsFiles {
    let there = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
    TlsFiles {
        ca: there("ca.pem"),
        cert: there("cert.pem"),
        key: there("key.pem"),
        verify,
    }
}

/// Reads an address; with TLS files, TCP is TLS.
pub(crate) fn read(text: &str, tls: Option<&TlsFiles>) -> Result<Address, Problem> {
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
    .hint("write unix:///path/to/docker.sock, tcp://host:port or ssh://user@host")
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
    if rest.is_empty() {
        return Err(malformed(text, "it names no pipe"));
    }
    Ok(Address::Pipe(PathBuf::from(rest.replace('/', "\\"))))
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

    #[test]
    fn the_environment_makes_tcp_speak_tls() {
        let with = |pairs: &'static [(&str, &str)]| {
            move |name: &str| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            }
        };
        let env = with(&[("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/certs")]);
        let Ok(Address::Tls { port, files, .. }) = address_in("tcp://engine", &env) else {
            panic!("no TLS");
        };
        assert_eq!(port, 2376);
        assert_eq!(files.ca, Some("/certs/ca.pem".into()));
        assert_eq!(files.key, Some("/certs/key.pem".into()));
        assert!(files.verify);
        // what is no TCP stays what it is
        assert!(matches!(address_in("ssh://x", &env), Ok(Address::Ssh(_))));
        assert!(matches!(address_in("/run/x", &env), Ok(Address::Unix(_))));

        let env = with(&[("DOCKER_TLS", "1"), ("HOME", "/home/me")]);
        let Ok(Address::Tls { files, .. }) = address_in("tcp://engine", &env) else {
            panic!("no TLS");
        };
        assert_eq!(files.cert, Some("/home/me/.docker/cert.pem".into()));
        assert!(files.ca.is_none() && !files.verify);

        let env = with(&[("DOCKER_TLS_VERIFY", ""), ("HOME", "/home/me")]);
        assert!(matches!(
            address_in("tcp://engine", &env),
            Ok(Address::Tcp { .. })
        ));
    }
}
