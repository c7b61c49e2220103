//! A registry of the test's own that wants a password, on this machine; it goes with the test.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use base64::Engine as _;
use tempfile::TempDir;

use super::LIMIT;
use super::lab::docker;
use super::skip::skip;

/// Who may log in.
pub const USER: &str = "tester";
/// What it is told for that.
pub const PASSWORD: &str = "hush-hush";
/// What the registry keeps of it: by bcrypt, the one way that it takes.
const HASH: &str = "tester:$2y$05$Ah5zfCRc4O5snRCRUV0QmOCMYkpGkdLTqJn4MUjiYgEPrZ6S/t4Uq";

pub struct Registry {
    /// Its address.
    pub at: String,
    program: Child,
    folder: TempDir,
}

impl Registry {
    /// None: there is no such program here.
    pub fn open(test: &str) -> Option<Self> {
        let there = Command::new("docker-registry")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !there {
            skip(&format!("{test}: no docker-registry is installed"));
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = free.local_addr().unwrap().to_string();
        drop(free);
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("htpasswd"), HASH).unwrap();
        let settings = format!(
            "version: 0.1\nstorage:\n  filesystem: {{rootdirectory: {}}}\n\
             http: {{addr: \"{at}\", secret: none}}\n\
             auth:\n  htpasswd: {{realm: test, path: {}}}\n",
            file("data").display(),
            file("htpasswd").display()
        );
        std::fs::write(file("config.yml"), settings).unwrap();
        let program = Command::new("docker-registry")
            .arg("serve")
            .arg(file("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Self {
            at,
            program,
            folder,
        };
        registry.login(registry.folder.path());
        let began = Instant::now();
        while std::net::TcpStream::connect(&registry.at).is_err() {
            assert!(began.elapsed() < LIMIT, "the registry does not listen");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(registry)
    }

    /// Writes the docker command's settings with the password into a folder.
    pub fn login(&self, folder: &Path) {
        let auth = format!("{USER}:{PASSWORD}");
        let auth = base64::engine::general_purpose::STANDARD.encode(auth);
        let text = format!(r#"{{"auths":{{"{}":{{"auth":"{auth}"}}}}}}"#, self.at);
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("config.json"), text).unwrap();
    }

    /// Takes an image in.
    pub fn push(&self, image: &str) {
        let settings = self.folder.path().display().to_string();
        let output = docker(&["--config", &settings, "push", image]);
        assert!(output.status.success(), "docker push {image}: {output:?}");
    }

    /// Takes an image in that the engine does not have by that name; what it is called.
    pub fn offer(&self, name: &str) -> String {
        let image = format!("{}/{name}", self.at);
        let done = docker(&["tag", "busybox:latest", &image]);
        assert!(done.status.success(), "{done:?}");
        self.push(&image);
        docker(&["image", "rm", &image]);
        image
    }

    /// Whether the password stands among some bytes, plain or as it is sent.
    pub fn leaks(bytes: &[u8]) -> bool {
        String::from_utf8_lossy(bytes).contains(PASSWORD)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
