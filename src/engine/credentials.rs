//! Credentials for a registry: from the docker command's own settings and its helpers, read when
//! they are needed and kept nowhere.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential};
use tokio::time::timeout;

/// How long a helper may take: it may ask the person for a password of its own.
const WITHIN: Duration = Duration::from_secs(60);
/// What the settings call Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// What a registry is asked with.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Login {
    /// The value of the header `X-Registry-Auth`; none where nothing is known for it.
    pub(crate) header: Option<String>,
    /// Why nothing is known though something should be, as a sentence.
    pub(crate) fault: Option<String>,
}

/// The login for the registry that an image is pulled from.
pub(crate) async fn login(image: &str) -> Login {
    let server = registry(image).to_owned();
    let asked = server.clone();
    // a helper is a program, and is waited for
    let work = tokio::task::spawn_blocking(move || get_credential(&asked));
    let fault = |text: &str| Login {
        header: None,
        fault: Some(format!("no credentials for {server}: {text}")),
    };
    match timeout(WITHIN, work).await {
        Ok(Ok(Ok(found))) => Login {
            header: Some(header(&found, &server)),
            fault: None,
        },
        Ok(Ok(Err(error))) => match reason(&error) {
            Some(text) => fault(text),
            None => Login::default(),
        },
        Ok(Err(_)) => fault("reading the settings failed"),
        Err(_) => fault("the helper did not answer"),
    }
}

/// What is wrong, where it is not just that nothing is said for a registry. A helper's own words
/// may hold what it should keep, and are not told.
fn reason(error: &CredentialRetrievalError) -> Option<&'static str> {
    use CredentialRetrievalError as Why;
    Some(match error {
        Why::NoCredentialConfigured | Why::ConfigNotFound | Why::ConfigReadError => return None,
        // a helper says so where it has none
        Why::HelperFailure { stdout, .. } if stdout.contains("credentials not found") => {
            return None;
        }
        Why::HelperFailure { .. } => "the credential helper failed",
        Why::HelperCommunicationError => "the credential helper cannot be run",
        Why::MalformedHelperResponse => "the credential helper's answer makes no sense",
        _ => "config.json of the docker command cannot be read",
    })
}

/// The registry of an image, as the settings name it.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => {
            if matches!(host, "docker.io" | "index.docker.io") {
                HUB
            } else {
                host
            }
        }
        _ => HUB,
    }
}

fn header(found: &DockerCredential, server: &str) -> String {
    let json = match found {
        DockerCredential::IdentityToken(token) => {
            serde_json::json!({ "identitytoken": token, "serveraddress": server })
        }
        DockerCredential::UsernamePassword(user, password) => serde_json::json!({
            "username": user, "password": password, "serveraddress": server,
        }),
    };
    URL_SAFE.encode(json.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_stands_before_the_name() {
        let cases = [
            ("nginx", HUB),
            ("team/app:1", HUB),
            ("docker.io/library/nginx", HUB),
            ("localhost/app", "localhost"),
            ("ghcr.io/a/b@sha256:1", "ghcr.io"),
            ("127.0.0.1:5000/x", "127.0.0.1:5000"),
        ];
        for (image, server) in cases {
            assert_eq!(registry(image), server, "{image}");
        }
    }

    #[test]
    fn the_header_is_what_an_engine_reads() {
        let found = DockerCredential::UsernamePassword("me".into(), "p?w".into());
        let bytes = URL_SAFE.decode(header(&found, "r.example")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["username"], "me");
        assert_eq!(json["password"], "p?w");
        assert_eq!(json["serveraddress"], "r.example");
    }
}
