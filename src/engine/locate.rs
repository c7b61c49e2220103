//! Where an engine may be, found as the docker command finds it: the given host, `DOCKER_HOST`,
//! `DOCKER_CONTEXT`, the current context of Docker's own settings, then the usual sockets.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use super::address::{Env, address_in, parse_address, shown};
use super::address::{files_of, present};
use crate::model::host::TlsFiles;
use crate::model::text::clean;
use crate::model::{Address, Candidate, Problem, ProblemKind, Source, address};

/// Bytes of a settings file that are read; Docker's own have a few hundred.
const MAX_FILE: u64 = 1 << 20;

/// The places to try, in order. When a host or context is named there is only that one.
pub fn candidates(host: Option<&str>, env: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(host) = host {
        return vec![addressed(Source::Given, host, &env)];
    }
    if let Some(host) = env("DOCKER_HOST") {
        return vec![addressed(Source::Environment, &host, &env)];
    }
    let folder = docker_folder(&env);
    let named = match (env("DOCKER_CONTEXT"), &folder) {
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
    match named.filter(|name| name != "default") {
        Some(name) => vec![context(&name, &env)],
        None => usual(&env),
    }
}

/// Docker's own settings folder.
pub fn docker_folder(env: Env<'_>) -> Option<PathBuf> {
    env("DOCKER_CONFIG")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| home(env).map(|home| home.join(".docker")))
}

/// A place given in words.
pub fn addressed(source: Source, host: &str, env: Env<'_>) -> Candidate {
    Candidate {
        source,
        place: shown(host),
        address: address_in(host, env),
    }
}

/// A place given in words, where TLS is spoken with the files of a folder.
pub fn with_files(source: Source, host: &str, folder: &Path) -> Candidate {
    Candidate {
        source,
        place: shown(host),
        address: address::read(host, Some(&files_of(folder, true))),
    }
}

/// The person's home.
pub fn home(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = env("HOME").filter(|home| !home.is_empty());
    set.map(PathBuf::from).or_else(|| {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(base.home_dir().to_owned())
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

/// Why a file of Docker's settings says nothing.
pub(super) enum Unread {
    Missing,
    Broken(String),
}

/// Reads a JSON file of at most 1 MiB.
pub(super) fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, Unread> {
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

/// The place that a named context means, with the context's own TLS files. Those of the
/// environment are not its business.
pub fn context(name: &str, env: Env<'_>) -> Candidate {
    let source = Source::Context(clean(name));
    let folder = docker_folder(env).ok_or_else(no_folder);
    match folder.and_then(|folder| context_place(name, &folder)) {
        Ok((host, tls)) => Candidate {
            source,
            place: shown(&host),
            address: address::read(&host, tls.as_ref()),
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

/// A context's address in words, and its TLS files when it has any or wants TLS without proof.
fn context_place(name: &str, folder: &Path) -> Result<(String, Option<TlsFiles>), Problem> {
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
        #[serde(rename = "SkipTLSVerify", default)]
        skip_tls_verify: bool,
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
    let docker = meta.endpoints.docker;
    let skips = docker.as_ref().is_some_and(|docker| docker.skip_tls_verify);
    let host = docker
        .and_then(|docker| docker.host)
        .filter(|host| !host.is_empty())
        .ok_or_else(|| broken(&path, "it names no host for docker"))?;
    let certs = folder.join("contexts/tls").join(folder_name(name));
    let files = present(&certs.join("docker"), !skips);
    let wants = skips || files.ca.is_some() || files.cert.is_some() || files.key.is_some();
    Ok((host, wants.then_some(files)))
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

/// The usual places, of those that this system and environment have.
pub fn usual(env: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let places = if cfg!(windows) { pipes() } else { sockets(env) };
    let candidate = |(whose, address): (&'static str, Address)| Candidate {
        source: Source::Usual(whose),
        place: clean(&address.to_string()),
        address: Ok(address),
    };
    places.into_iter().map(candidate).collect()
}

/// The usual sockets of Unix.
fn sockets(env: &dyn Fn(&str) -> Option<String>) -> Vec<(&'static str, Address)> {
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
    let there = |(whose, path): (_, Option<PathBuf>)| Some((whose, Address::Unix(path?)));
    places.into_iter().filter_map(there).collect()
}

/// The usual pipes of Windows.
fn pipes() -> Vec<(&'static str, Address)> {
    let pipe = |name: &str| Address::Pipe(PathBuf::from(format!(r"\\.\pipe\{name}")));
    vec![
        ("Docker", pipe("docker_engine")),
        ("Docker Desktop", pipe("dockerDesktopLinuxEngine")),
        ("Podman", pipe("podman-machine-default")),
    ]
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
    fn what_is_named_is_the_only_place() {
        let env = with(&[("DOCKER_HOST", "tcp://a:1"), ("HOME", "/nowhere")]);
        let given = candidates(Some("tcp://b:2"), &env);
        assert_eq!((given.len(), &given[0].source), (1, &Source::Given));
        let environment = candidates(None, &env);
        assert_eq!(environment[0].source, Source::Environment);
        assert_eq!(environment.len(), 1);
    }

    #[test]
    fn a_contexts_own_files_are_taken_and_not_the_environments() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap().to_owned();
        let pairs = [("DOCKER_CONFIG", at.as_str()), ("DOCKER_TLS_VERIFY", "1")];
        let env = with(&pairs);
        let write = |name: &str, more: &str| {
            let meta = folder.path().join("contexts/meta").join(folder_name(name));
            std::fs::create_dir_all(&meta).unwrap();
            let text = format!(r#"{{"Endpoints":{{"docker":{{"Host":"tcp://{name}:1"{more}}}}}}}"#);
            std::fs::write(meta.join("meta.json"), text).unwrap();
        };
        write("plain", "");
        assert!(matches!(
            context("plain", &env).address,
            Ok(Address::Tcp { .. })
        ));
        write("loose", r#","SkipTLSVerify":true"#);
        let loose = context("loose", &env).address.unwrap();
        assert!(loose.is_unverified(), "{loose:?}");
        write("safe", "");
        let certs = folder.path().join("contexts/tls").join(folder_name("safe"));
        std::fs::create_dir_all(certs.join("docker")).unwrap();
        let ca = certs.join("docker/ca.pem");
        std::fs::write(&ca, "").unwrap();
        let files = TlsFiles {
            ca: Some(ca),
            ..TlsFiles::default()
        };
        let safe = Address::Tls {
            host: "safe".into(),
            port: 1,
            files,
        };
        assert_eq!(context("safe", &env).address, Ok(safe));
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
    fn the_pipes_of_windows_are_written_as_docker_writes_them() {
        let places: Vec<String> = pipes().iter().map(|(_, at)| at.to_string()).collect();
        assert_eq!(places[0], "npipe:////./pipe/docker_engine");
        assert_eq!(places.len(), 3);
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
