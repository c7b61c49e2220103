//! A preset that holds a container as most programs bear it. What a specification says already is
//! left as it is; every choice says why it is made.

use super::RunSpec;
use super::options;

/// A choice of the preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The option.
    pub option: &'static str,
    /// What the preset says.
    pub value: &'static str,
    /// Why.
    pub why: &'static str,
    /// What was said before and stays; none where the preset's value was taken.
    pub kept: Option<String>,
}

/// Each option with its value and why; in the order in which they are told.
const CHOICES: [(&str, &str, &str); 9] = [
    (
        "user",
        "nobody",
        "a program that is taken over owns nothing; an image without that name takes 65534",
    ),
    (
        "read-only",
        "true",
        "nobody can change its programs, and what it writes is known",
    ),
    (
        "tmpfs",
        "/tmp:size=64m",
        "most programs want a folder to write to; this one is in memory and small",
    ),
    (
        "security-opt",
        "no-new-privileges",
        "no program of it gains rights by setuid, as sudo and su do",
    ),
    (
        "cap-drop",
        "ALL",
        "the kernel's special rights: few programs need any of them",
    ),
    (
        "cap-add",
        "NET_BIND_SERVICE",
        "but ports below 1024 are what a server often listens on; take it out where none is",
    ),
    (
        "ulimit",
        "nofile=1024:2048",
        "it cannot open files and connections without end",
    ),
    (
        "pids-limit",
        "200",
        "it cannot start processes until the host stands still",
    ),
    (
        "restart",
        "on-failure:3",
        "it is tried again, and not for ever: an attacker has few tries",
    ),
];

/// Holds a container; tells what was chosen.
pub fn harden(spec: &mut RunSpec) -> Vec<Chosen> {
    let mut told = Vec::new();
    for (name, value, why) in CHOICES {
        let Some(option) = options::named(name) else {
            continue;
        };
        let said = option.get(spec);
        let has = said.iter().any(|said| said == value);
        // several limits and profiles stand beside one another
        let open = match name {
            "ulimit" => said.iter().all(|limit| !limit.starts_with("nofile=")),
            "security-opt" => said
                .iter()
                .all(|said| !said.starts_with("no-new-privileges")),
            "cap-drop" => true,
            // what removes itself is never started again
            "restart" => said.is_empty() && spec.rm != Some(true),
            _ => said.is_empty(),
        };
        let taken = !has && open && option.say(spec, value).is_ok();
        told.push(Chosen {
            option: name,
            value,
            why,
            kept: (!taken).then(|| said.join(", ")),
        });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::checks::check;
    use super::super::hardening::judge;
    use super::super::run_line::{parse, print};
    use super::*;

    fn hardened(line: &str) -> (String, Vec<Chosen>) {
        let mut spec = parse(&format!("docker run {line}"), &|_| None).spec;
        let before = judge(&spec).score;
        let told = harden(&mut spec);
        assert!(judge(&spec).score >= before, "{line}");
        assert!(
            check(&spec).iter().all(|finding| !finding.refused),
            "{line}"
        );
        (print(&spec), told)
    }

    #[test]
    fn what_was_not_said_is_said_with_a_reason() {
        let (line, told) = hardened("nginx:1.27");
        let expected = "docker run --user nobody --restart on-failure:3 --tmpfs /tmp:size=64m \
                        --read-only --pids-limit 200 --ulimit nofile=1024:2048 \
                        --cap-add NET_BIND_SERVICE --cap-drop ALL \
                        --security-opt no-new-privileges nginx:1.27";
        let sorted = |line: &str| {
            let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        assert_eq!(sorted(&line), sorted(expected), "{line}");
        assert!(
            told.iter()
                .all(|chosen| chosen.kept.is_none() && !chosen.why.is_empty())
        );
        assert_eq!(
            judge(&parse(&line, &|_| None).spec).loose.len(),
            1,
            "the memory alone"
        );
    }

    #[test]
    fn what_was_said_stays() {
        let line = "--rm --user 1000 --cap-add CHOWN --ulimit nofile=9:9 --tmpfs /run \
                    --security-opt seccomp=p.json nginx";
        let (line, told) = hardened(line);
        for part in [
            "--user 1000",
            "--cap-add CHOWN",
            "nofile=9 ",
            "no-new-privileges",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(
            !line.contains("NET_BIND") && !line.contains("--restart"),
            "{line}"
        );
        let kept = told.iter().filter(|chosen| chosen.kept.is_some());
        let kept: Vec<&str> = kept.map(|chosen| chosen.option).collect();
        assert_eq!(kept, ["user", "tmpfs", "cap-add", "ulimit", "restart"]);
    }
}
