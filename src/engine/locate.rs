//! Where an engine may be, found as the docker command finds it: the given host, `DOCKER_HOST`,
//! `DOCKER_CONTEXT`, the current context of Docker's own settings, then the usual sockets.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::model::text::clean;
use crate::model::{Address, Candidate, Problem, ProblemKind, Source};

/// Bytes of a settings file that are read; Docker's own have a few hundred.
const MAX_FILE: u64 = 1 << 20;
/// The plain port of an engine.
const PORT: u16 = 2375;

/// The places to try, in order. When a host or context is named there is only that one.
pub fn candidates(host: Option<&str>, env: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(host) = host {
        return vec![addressed(Source::Given, host, &env)];
    }
    if let Some(host) = env("DOCKER_HOST") {
        return vec![addressed(Source::Environment, &host, &env)];
    }
    let folder = env("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| home(&env).map(|home| home.join(".docker")));
    let context = match (env("DOCKER_CONTEXT"), &folder) {
        (Some(name), _) => Some(name),
        (None, Some(folder)) => match current_context(folder) {
            Ok(name) => name,
            Err(problem) => {
                return vec![Candidate {
                    source: Source::Context("current".to_owned()),
                    place: clean(&folder.join("config.json").display().to_string()),
                    address: Err(problem),
                }];
            }
        },
        (None, None) => None,
    };
    match context.filter(|name| name != "default") {
        Some(name) => vec![in_context(&name, folder.as_deref(), &env)],
        None => usual(&env),
    }
}

fn home(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    env("HOME").map(PathBuf::from).or_else(|| {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(base.home_dir().to_owned())
    })
}

/// A place given in words. A host that wants TLS is refused, not tried without.
fn addressed(source: Source, host: &str, env: &dyn Fn(&str) -> Option<String>) -> Candidate {
    let address = parse_address(host).and_then(|address| match address {
        Address::Tcp { .. } if env("DOCKER_TLS_VERIFY").is_some() => Err(unreached(
            "DOCKER_TLS_VERIFY is set, and TLS is not reached by this version",
        )),
        address => Ok(address),
    });
    Candidate {
        source,
        place: clean(host),
        address,
    }
}

fn unreached(summary: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Unsupported, summary, "")
        .hint("this version reaches unix:// and tcp:// addresses")
}

/// Reads `unix:///path`, `tcp://host:port`, `http://host:port`, `host:port` or a socket's path.
pub fn parse_address(text: &str) -> Result<Address, Problem> {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if text.starts_with(['/', '.', '~']) => ("unix".to_owned(), text),
        None => ("tcp".to_owned(), text),
    };
    match scheme.as_str() {
        "unix" if rest.is_empty() => Err(malformed(text, "it names no socket")),
        "unix" => Ok(Address::Unix(PathBuf::from(rest))),
        "tcp" | "http" => tcp(text, rest),
        "ssh" | "https" | "npipe" | "fd" => Err(unreached(format!(
            "{scheme}:// is not reached by this version"
        ))),
        _ => Err(malformed(text, "its scheme is unknown")),
    }
}

fn malformed(text: &str, why: &str) -> Problem {
    Problem::new(
        ProblemKind::Unsupported,
        format!("`{}` is no address: {why}", clean(text)),
        "",
    )
    .hint("write unix:///path/to/docker.sock or tcp://host:port")
}

fn tcp(text: &str, rest: &str) -> Result<Address, Problem> {
    let rest = rest.trim_end_matches('/');
    if rest.contains('/') {
        return Err(malformed(text, "a path after the port is not supported"));
    }
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
        None | Some("") => PORT,
        Some(port) => port
            .parse()
            .map_err(|_| malformed(text, "its port is no number below 65536"))?,
    };
    let odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
    if host.contains(odd) || (host.is_empty() && !rest.starts_with(':')) {
        return Err(malformed(text, "it names no host"));
    }
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    Ok(Address::Tcp {
        host: host.to_owned(),
        port,
    })
}

/// The current context of Docker's settings; none when there are no settings.
fn current_context(folder: &Path) -> Result<Option<String>, Problem> {
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "currentContext", default)]
        current: Option<String>,
    }
    let path = folder.join("config.json");
    match read::<Config>(&path) {
        Ok(config) => Ok(config.current.filter(|name| !name.is_empty())),
        Err(Unread::Missing) => Ok(None),
        Err(Unread::Broken(why)) => Err(broken(&path, &why)),
    }
}

fn broken(path: &Path, why: &str) -> Problem {
    let path = clean(&path.display().to_string());
    Problem::new(
        ProblemKind::Unsupported,
        format!("{path} could not be read"),
        clean(why),
    )
    .hint("correct the file, or name the host with --host")
}

enum Unread {
    Missing,
    Broken(String),
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, Unread> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unread::Missing,
        _ => Unread::Broken(error.to_string()),
    })?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Unread::Broken(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unread::Broken("it is larger than 1 MiB".to_owned()));
    }
    serde_json::from_slice(&bytes).map_err(|error| Unread::Broken(error.to_string()))
}

/// The place that a named context means.
fn in_context(
    name: &str,
    folder: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Candidate {
    let source = Source::Context(clean(name));
    match folder.map_or(Err(no_folder()), |folder| context_host(name, folder)) {
        Ok(host) => Candidate {
            source,
            ..addressed(Source::Given, &host, env)
        },
        Err(problem) => Candidate {
            source,
            place: clean(name),
            address: Err(problem),
        },
    }
}

fn no_folder() -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        "no home directory is known, so no context can be read",
        "",
    )
    .hint("set HOME or DOCKER_CONFIG, or name the host with --host")
}

fn context_host(name: &str, folder: &Path) -> Result<String, Problem> {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "Endpoints")]
        endpoints: Endpoints,
    }
    #[derive(Deserialize)]
    struct Endpoints {
        docker: Option<Endpoint>,
    }
    #[derive(Deserialize)]
    struct Endpoint {
        #[serde(rename = "Host")]
        host: Option<String>,
    }
    let path = folder
        .join("contexts/meta")
        .join(folder_name(name))
        .join("meta.json");
    let meta: Meta = read(&path).map_err(|unread| match unread {
        Unread::Missing => Problem::new(
            ProblemKind::NotFound,
            format!("the context `{}` does not exist", clean(name)),
            format!("no such file: {}", clean(&path.display().to_string())),
        )
        .hint("`docker context ls` shows those that do"),
        Unread::Broken(why) => broken(&path, &why),
    })?;
    meta.endpoints
        .docker
        .and_then(|docker| docker.host)
        .filter(|host| !host.is_empty())
        .ok_or_else(|| broken(&path, "it names no host for docker"))
}

/// A context's folder: the SHA-256 of its name.
fn folder_name(context: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(context.as_bytes()) {
        // writing to a String cannot fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The usual sockets, of those places that this environment has.
fn usual(env: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let home = home(env);
    let runtime = env("XDG_RUNTIME_DIR").map(PathBuf::from);
    let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let in_runtime = |path: &str| runtime.as_ref().map(|runtime| runtime.join(path));
    let places = [
        ("Docker", Some(PathBuf::from("/var/run/docker.sock"))),
        ("rootless Docker", in_runtime("docker.sock")),
        ("rootless Docker", in_home(".docker/run/docker.sock")),
        ("Docker Desktop", in_home(".docker/desktop/docker.sock")),
        ("Colima", in_home(".colima/default/docker.sock")),
        ("rootless Podman", in_runtime("podman/podman.sock")),
        ("Podman", Some(PathBuf::from("/run/podman/podman.sock"))),
    ];
    places
        .into_iter()
        .filter_map(|(whose, path)| {
            let address = Address::Unix(path?);
            Some(Candidate {
                source: Source::Usual(whose),
                place: clean(&address.to_string()),
                address: Ok(address),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'a>(pairs: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn addresses_read_as_docker_reads_them() {
        let tcp = |host: &str, port| Address::Tcp {
            host: host.to_owned(),
            port,
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
        ];
        for (text, address) in good {
            assert_eq!(parse_address(text), Ok(address), "{text}");
        }
        let bad = [
            "ssh://me@there",
            "npipe:////./pipe/docker",
            "https://x:1",
            "tcp://x:99999",
            "tcp://",
            "unix://",
            "gopher://x",
            "tcp://x:1/base",
            "tcp://[::1",
        ];
        for text in bad {
            let problem = parse_address(text).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Unsupported, "{text}");
        }
    }

    #[test]
    fn what_is_named_is_the_only_place() {
        let env = with(&[("DOCKER_HOST", "tcp://a:1"), ("HOME", "/nowhere")]);
        let given = candidates(Some("tcp://b:2"), &env);
        assert_eq!((given.len(), &given[0].source), (1, &Source::Given));
        let environment = candidates(None, &env);
        assert_eq!(environment[0].source, Source::Environment);
        assert_eq!(environment.len(), 1);
        let tls = with(&[("DOCKER_TLS_VERIFY", "1")]);
        assert!(candidates(Some("tcp://b:2"), &tls)[0].address.is_err());
    }

    #[test]
    fn usual_sockets_come_last() {
        let env = with(&[("HOME", "/home/me"), ("XDG_RUNTIME_DIR", "/run/user/7")]);
        let found = candidates(None, &env);
        assert_eq!(found[0].place, "unix:///var/run/docker.sock");
        assert_eq!(found.len(), 7);
        assert_eq!(candidates(None, &with(&[("HOME", "/home/me")])).len(), 5);
    }

    #[test]
    fn contexts_are_read_and_their_faults_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.json");
        let at = folder.path().to_str().unwrap().to_owned();
        let pairs = [("DOCKER_CONFIG", at.as_str()), ("HOME", "/nowhere")];
        let env = with(&pairs);

        std::fs::write(&config, r#"{"currentContext":"far"}"#).unwrap();
        let problem = candidates(None, &env)[0].address.clone().unwrap_err();
        assert_eq!(problem.kind, ProblemKind::NotFound);
        assert!(problem.detail.contains("meta.json"), "{}", problem.detail);

        let meta = folder.path().join("contexts/meta").join(folder_name("far"));
        std::fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:1"}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        let found = candidates(None, &env);
        assert_eq!(found[0].source, Source::Context("far".into()));
        assert_eq!(found[0].place, "tcp://far:1");
        assert!(found[0].address.is_ok());

        std::fs::write(&config, "{ broken").unwrap();
        let problem = candidates(None, &env)[0].address.clone().unwrap_err();
        assert!(
            problem.summary.contains("config.json"),
            "{}",
            problem.summary
        );
        assert!(!problem.detail.is_empty());

        std::fs::write(&config, r#"{"currentContext":"default"}"#).unwrap();
        assert!(matches!(candidates(None, &env)[0].source, Source::Usual(_)));
    }
}
