//! What ssh makes of a destination: its own settings, asked by `ssh -G`.

use std::path::Path;
use std::time::Duration;

use super::line;
use super::no_ssh;
use super::words;
use crate::model::Problem;
use crate::model::host::SshTarget;
use crate::model::text::clean;

/// How long ssh may read its settings.
const WITHIN: Duration = Duration::from_secs(5);

/// A destination as ssh takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The host's name or address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The jump host or command between, in words.
    pub(crate) through: Option<String>,
}

impl Resolved {
    /// Asks ssh.
    pub(crate) async fn of(program: &Path, target: &SshTarget) -> Result<Self, Problem> {
        let said = line::run(line::resolve(program, target), None, WITHIN).await;
        let said = said.map_err(|error| no_ssh(&error, target).problem)?;
        if said.code != Some(0) {
            return Err(words::failure(&said.err, target).problem);
        }
        Ok(read(&said.out, target))
    }
}

fn read(settings: &str, target: &SshTarget) -> Resolved {
    let setting = |name: &str| {
        let lines = settings.lines();
        let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        values
            .next()
            .map(str::trim)
            .filter(|value| *value != "none")
    };
    let jump = setting("proxyjump").map(|jump| format!("the jump host {}", clean(jump)));
    let command = setting("proxycommand").map(|_| "a ProxyCommand".to_owned());
    Resolved {
        host: setting("hostname").unwrap_or(&target.host).to_owned(),
        port: setting("port")
            .and_then(|port| port.parse().ok())
            .unwrap_or(22),
        through: jump.or(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_ssh_are_read() {
        let target = SshTarget {
            user: None,
            host: "far".into(),
            port: None,
            socket: None,
        };
        let plain = read(
            "user me\nhostname 10.0.0.7\nport 2222\nproxyjump none\n",
            &target,
        );
        assert_eq!((plain.host.as_str(), plain.port), ("10.0.0.7", 2222));
        assert_eq!(plain.through, None);
        let jump = read(
            "hostname far\nport 22\nproxyjump gate.example.org\n",
            &target,
        );
        assert_eq!(
            jump.through.as_deref(),
            Some("the jump host gate.example.org")
        );
    }
}
