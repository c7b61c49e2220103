//! What ssh says when it does not log in, as steps and problems. Its own words stay beside.

use crate::engine::route::Failure;
use crate::model::host::{Check, SshTarget};
use crate::model::text::clean;
use crate::model::{Problem, ProblemKind};

/// Characters of ssh's words that are shown.
const MOST: usize = 600;

/// Why a login failed.
pub(crate) fn failure(said: &str, target: &SshTarget) -> Failure {
    let host = &target.host;
    let words = said.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    let (check, kind, summary, hint) = if has(&["identification has changed", "offending"]) {
        (
            Check::HostKey,
            ProblemKind::Identity,
            format!("{host} shows another key than it used to; nothing was sent to it"),
            format!(
                "somebody may stand in between. If the key was changed on purpose: `ssh-keygen -R {}`, then log in",
                known_as(target)
            ),
        )
    } else if has(&[
        "host key verification failed",
        "no matching host key fingerprint",
    ]) {
        host_key(&words, host)
    } else if has(&[
        "permission denied",
        "too many authentication failures",
        "no supported authentication",
    ]) {
        (
            Check::Login,
            ProblemKind::Login,
            format!("{host} wants more than the keys that ssh has at hand"),
            "log in: ssh asks for the password, passphrase or code in the terminal".to_owned(),
        )
    } else if has(&[
        "could not resolve",
        "name or service not known",
        "nodename nor servname",
    ]) {
        (
            Check::Name,
            ProblemKind::Unreachable,
            format!("no address is known for {host}"),
            "is the name right? an alias has to be in ~/.ssh/config".to_owned(),
        )
    } else if has(&["connection refused"]) {
        (
            Check::Port,
            ProblemKind::Unreachable,
            format!("{host} refuses connections for ssh"),
            "is sshd running there, and at that port?".to_owned(),
        )
    } else if has(&["timed out"]) {
        (
            Check::Port,
            ProblemKind::Timeout,
            format!("{host} did not answer"),
            "is it up, and does a firewall let ssh through?".to_owned(),
        )
    } else if has(&[
        "bad configuration option",
        "bad owner or permissions",
        "configuration options",
        "unsupported option",
    ]) {
        (
            Check::Address,
            ProblemKind::Unsupported,
            "ssh does not take its own settings".to_owned(),
            "its own words name the file and line".to_owned(),
        )
    } else if has(&["no matching"]) {
        (
            Check::Login,
            ProblemKind::Unsupported,
            format!("ssh here and {host} have no algorithm in common"),
            "one of both is old: see `man ssh_config` for what can be allowed".to_owned(),
        )
    } else {
        (
            Check::Port,
            ProblemKind::Unreachable,
            format!("ssh did not get through to {host}"),
            format!("try `ssh {host}` in a terminal"),
        )
    };
    Failure::at(check, Problem::new(kind, summary, kept(said)).hint(hint))
}

/// A host key that is not known, or cannot be asked about.
fn host_key(words: &str, host: &str) -> (Check, ProblemKind, String, String) {
    if words.contains("requested strict checking") {
        return (
            Check::HostKey,
            ProblemKind::Identity,
            format!("ssh does not know the key of {host}, and your settings forbid to ask"),
            "add its key to known_hosts: StrictHostKeyChecking is yes".to_owned(),
        );
    }
    (
        Check::HostKey,
        ProblemKind::Login,
        format!("ssh does not know {host} yet"),
        "log in: ssh shows the key of the host and asks whether it is the right one".to_owned(),
    )
}

/// The name under which ssh keeps a host's key.
fn known_as(target: &SshTarget) -> String {
    match target.port {
        Some(port) if port != 22 => format!("'[{}]:{port}'", target.host),
        _ => target.host.clone(),
    }
}

/// ssh's own words, without its frames of @.
fn kept(said: &str) -> String {
    let lines = said.lines().map(|line| clean(line.trim()));
    let lines: Vec<String> = lines
        .map(|line| line.trim_matches('@').trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines.join(" ");
    text.chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(said: &str) -> Failure {
        let target = SshTarget {
            user: None,
            host: "far".into(),
            port: Some(2222),
            socket: None,
        };
        failure(said, &target)
    }

    #[test]
    fn each_failure_of_ssh_has_its_step_and_kind() {
        let cases = [
            (
                "Host key verification failed.\r\n",
                Check::HostKey,
                ProblemKind::Login,
            ),
            (
                "No ED25519 host key is known for far and you have requested strict checking.\r\nHost key verification failed.",
                Check::HostKey,
                ProblemKind::Identity,
            ),
            (
                "me@far: Permission denied (publickey,password).",
                Check::Login,
                ProblemKind::Login,
            ),
            (
                "ssh: Could not resolve hostname far: Name or service not known",
                Check::Name,
                ProblemKind::Unreachable,
            ),
            (
                "ssh: connect to host far port 22: Connection refused",
                Check::Port,
                ProblemKind::Unreachable,
            ),
            (
                "ssh: connect to host far port 22: Connection timed out",
                Check::Port,
                ProblemKind::Timeout,
            ),
            (
                "/home/me/.ssh/config: line 3: Bad configuration option: foo",
                Check::Address,
                ProblemKind::Unsupported,
            ),
            (
                "kex_exchange_identification: Connection closed by remote host",
                Check::Port,
                ProblemKind::Unreachable,
            ),
        ];
        for (said, check, kind) in cases {
            let failure = read(said);
            assert_eq!(
                (failure.check, failure.problem.kind),
                (check, kind),
                "{said}"
            );
            assert!(!failure.problem.detail.is_empty());
        }
    }

    #[test]
    fn a_changed_key_keeps_the_words_of_ssh() {
        let said = "@@@@@@@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@@@@@@@\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nOffending ED25519 key in /home/me/.ssh/known_hosts:3\nHost key verification failed.";
        let failure = read(said);
        assert_eq!(failure.problem.kind, ProblemKind::Identity);
        let detail = &failure.problem.detail;
        assert!(detail.starts_with("WARNING: REMOTE HOST"), "{detail}");
        assert!(
            detail.contains("known_hosts:3") && !detail.contains('@'),
            "{detail}"
        );
        assert!(failure.problem.hint.contains("'[far]:2222'"), "{failure:?}");
    }
}
