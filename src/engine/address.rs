//! What the environment says about the addresses of engines: whether TCP speaks TLS, and with which
//! files.

use std::path::{Path, PathBuf};

use super::locate::home;
use crate::model::address::read;
pub use crate::model::address::{parse_address, shown};
use crate::model::host::TlsFiles;
use crate::model::{Address, Problem};

/// A look into the environment.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads an address with the environment: `DOCKER_TLS_VERIFY` and `DOCKER_TLS` make TCP speak TLS, with
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

/// Where the environment has its certificates.
fn cert_folder(env: Env<'_>) -> Option<PathBuf> {
    let folder = |name: &str| env(name).filter(|value| !value.is_empty());
    folder("DOCKER_CERT_PATH")
        .or_else(|| folder("DOCKER_CONFIG"))
        .map(PathBuf::from)
        .or_else(|| home(env).map(|home| home.join(".docker")))
}

/// The three files of a folder, by their usual names.
pub(crate) fn files_of(folder: &Path, verify: bool) -> TlsFiles {
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

#[cfg(test)]
mod tests {
    use super::*;

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
