//! What a `docker …` line says beside the call: its host, and a specification as a whole line.

use crate::model::host::Source;
use crate::model::{Address, Candidate, HostSpec, Origin};
use crate::spec::RunSpec;
use crate::spec::words::quoted;

/// A specification as a `docker run` line, with what looks secret masked: lines are kept and
/// copied.
pub fn run_line(spec: &RunSpec) -> String {
    crate::spec::run_line::print(&spec.masked())
}

/// What stands between `docker` and its verb for a host: nothing for the one that the docker
/// command uses by itself.
pub fn docker_words(spec: &HostSpec) -> String {
    let Some(first) = spec.candidates.first().filter(|_| !spec.is_default) else {
        return String::new();
    };
    match (&first.source, spec.origin) {
        (Source::Context(name), _) => format!("--context {}", quoted(name)),
        // the usual sockets are what the default context stands for
        (_, Origin::Local) => "--context default".to_owned(),
        (Source::Settings, _) => format!("-H {}{}", quoted(&first.place), tls_words(first)),
        _ => format!("-H {}", quoted(&first.place)),
    }
}

/// The files that the docker command is to speak TLS with; where the environment names them, it
/// finds them by itself too.
fn tls_words(place: &Candidate) -> String {
    let Ok(Address::Tls { files, .. }) = &place.address else {
        return String::new();
    };
    let mut words = String::from(if files.verify {
        " --tlsverify"
    } else {
        " --tls"
    });
    for (option, file) in [
        ("--tlscacert", &files.ca),
        ("--tlscert", &files.cert),
        ("--tlskey", &files.key),
    ] {
        if let Some(file) = file {
            words = format!("{words} {option} {}", quoted(&file.display().to_string()));
        }
    }
    words
}

/// A `docker …` line with those words in it.
pub fn on_host(words: &str, line: &str) -> String {
    match line.strip_prefix("docker ").filter(|_| !words.is_empty()) {
        Some(rest) => format!("docker {words} {rest}"),
        None => line.to_owned(),
    }
}
