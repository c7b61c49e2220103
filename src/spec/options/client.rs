//! Options of what the docker command itself does.

use super::{Completion, Compose, Kind, RunOption, Section};

pub(super) const CLIENT: &[RunOption] = &[
    RunOption {
        name: "detach",
        short: Some('d'),
        section: Section::Client,
        kind: Kind::Switch,
        about: "Run in the background and print the id.",
        example: "true",
        field: |spec| &spec.detach,
        field_mut: |spec| &mut spec.detach,
        ..RunOption::BASE
    },
    RunOption {
        name: "attach",
        short: Some('a'),
        section: Section::Client,
        about: "Attach only this stream: stdin, stdout or stderr.",
        example: "stdout",
        check: stream,
        field: |spec| &spec.attach,
        field_mut: |spec| &mut spec.attach,
        ..RunOption::BASE
    },
    RunOption {
        name: "detach-keys",
        section: Section::Client,
        about: "The keys that leave it running and return.",
        example: "ctrl-p,ctrl-q",
        field: |spec| &spec.detach_keys,
        field_mut: |spec| &mut spec.detach_keys,
        ..RunOption::BASE
    },
    RunOption {
        name: "sig-proxy",
        section: Section::Client,
        kind: Kind::Switch,
        about: "Pass signals on to it; on unless said.",
        example: "false",
        field: |spec| &spec.sig_proxy,
        field_mut: |spec| &mut spec.sig_proxy,
        ..RunOption::BASE
    },
    RunOption {
        name: "cidfile",
        section: Section::Client,
        about: "A file that its id is written to; it must not be there yet.",
        example: "/tmp/web.cid",
        completion: Completion::Paths,
        field: |spec| &spec.cidfile,
        field_mut: |spec| &mut spec.cidfile,
        ..RunOption::BASE
    },
    RunOption {
        name: "quiet",
        short: Some('q'),
        section: Section::Client,
        kind: Kind::Switch,
        about: "Do not show the progress of a pull.",
        example: "true",
        field: |spec| &spec.quiet,
        field_mut: |spec| &mut spec.quiet,
        ..RunOption::BASE
    },
    RunOption {
        name: "disable-content-trust",
        section: Section::Client,
        kind: Kind::Switch,
        about: "Do not look at the image's signature; on unless said, and gone from new versions.",
        example: "true",
        field: |spec| &spec.disable_content_trust,
        field_mut: |spec| &mut spec.disable_content_trust,
        ..RunOption::BASE
    },
    RunOption {
        name: "use-api-socket",
        section: Section::Client,
        kind: Kind::Switch,
        about: "Give it the engine's socket and the credentials for registries: it can do all.",
        example: "true",
        compose: Compose::Value("use_api_socket"),
        field: |spec| &spec.use_api_socket,
        field_mut: |spec| &mut spec.use_api_socket,
        ..RunOption::BASE
    },
];

fn stream(text: &str) -> Result<(), String> {
    match text.to_lowercase().as_str() {
        "stdin" | "stdout" | "stderr" => Ok(()),
        _ => Err(format!("`{text}` is no stream: stdin, stdout or stderr")),
    }
}
