//! The connection doctor: goes the way to an engine step by step, and says of each step what was
//! seen, or what is wrong and what to do. What the connection itself has just told is believed;
//! nobody logs in a second time for it.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::route::Failure;
use super::transport::{Api, Greeting, Tls};
use super::tunnel::Resolved;
use super::watches::Desk;
use crate::model::host::{Check, SshTarget, TlsFiles, Verdict, bracketed};
use crate::model::text::clean;
use crate::model::units::plural;
use crate::model::{Address, Problem, ProblemKind};
use crate::protocol::Fact;

/// How long a step may take.
const STEP: Duration = Duration::from_secs(5);
/// Seconds by which clocks may differ: times of logs and events are compared with ours.
const SKEW: i64 = 5;

/// What is examined: a place, and what came of the last try to reach it.
pub(crate) struct Case {
    pub(crate) place: String,
    pub(crate) address: Result<Address, Problem>,
    pub(crate) reached: Result<Reached, Failure>,
}

/// An engine that answers.
pub(crate) struct Reached {
    pub(crate) api: Api,
    pub(crate) greeting: Greeting,
    /// Where a tunnel ends.
    pub(crate) far_end: Option<String>,
}

/// Every step, in order.
const STEPS: [Check; 10] = [
    Check::Address,
    Check::Name,
    Check::Port,
    Check::HostKey,
    Check::Login,
    Check::Certificates,
    Check::Socket,
    Check::Rights,
    Check::Version,
    Check::Clock,
];

/// Examines a case and tells what is found, step by step.
pub(crate) async fn examine(desk: Desk, ssh: Arc<Path>, case: Case) {
    let wire = wire(&ssh, &case).await;
    let mut wrong = false;
    for step in STEPS {
        let verdict = match (wrong, &case.reached) {
            (true, _) => Verdict::Skipped("not tried".to_owned()),
            // what failed is not looked at a second time
            (false, Err(failure)) if failure.check == step => {
                Verdict::Wrong(failure.problem.clone())
            }
            (false, reached) => look(step, &case, &wire, reached.as_ref().ok()).await,
        };
        wrong |= matches!(verdict, Verdict::Wrong(_)) && case.reached.is_err();
        desk.tell(Fact::Finding(step, verdict)).await;
    }
}

/// Where packets go: the end of the wire that is seen from here.
enum Wire {
    /// Nowhere: the engine is on this machine.
    Here,
    /// To a host's port.
    To(String, u16),
    /// Through something of ssh's settings.
    Through(String),
    /// It is not known.
    Unknown(Problem),
}

async fn wire(ssh: &Path, case: &Case) -> Wire {
    match &case.address {
        Err(problem) => Wire::Unknown(problem.clone()),
        Ok(Address::Unix(_) | Address::Pipe(_)) => Wire::Here,
        Ok(Address::Tcp { host, port } | Address::Tls { host, port, .. }) => {
            Wire::To(host.clone(), *port)
        }
        Ok(Address::Ssh(target)) => match Resolved::of(ssh, target).await {
            Ok(Resolved {
                through: Some(through),
                ..
            }) => Wire::Through(through),
            Ok(Resolved { host, port, .. }) => Wire::To(host, port),
            Err(problem) => Wire::Unknown(problem),
        },
    }
}

async fn look(step: Check, case: &Case, wire: &Wire, reached: Option<&Reached>) -> Verdict {
    let Ok(address) = &case.address else {
        return Verdict::Skipped("there is no address".to_owned());
    };
    let ssh = match address {
        Address::Ssh(target) => Some(target),
        _ => None,
    };
    match (step, ssh) {
        (Check::Address, _) => match wire {
            Wire::Unknown(problem) => Verdict::Wrong(problem.clone()),
            // an alias, or a port that ssh's own settings name
            Wire::To(host, port)
                if ssh.is_some_and(|ssh| ssh.host != *host || ssh.port.unwrap_or(22) != *port) =>
            {
                Verdict::Fine(format!(
                    "{}, which ssh takes for {} port {port}",
                    case.place,
                    clean(host)
                ))
            }
            Wire::Here | Wire::To(..) | Wire::Through(_) => Verdict::Fine(case.place.clone()),
        },
        (Check::Name | Check::Port, _) => match wire {
            Wire::Here => Verdict::Skipped("it is on this machine".to_owned()),
            Wire::Unknown(problem) => Verdict::Skipped(problem.summary.clone()),
            Wire::Through(through) => Verdict::Skipped(format!("ssh goes through {through}")),
            Wire::To(host, _) if step == Check::Name => name(host).await,
            Wire::To(host, port) => port_of(host, *port, ssh.is_some()).await,
        },
        (Check::HostKey | Check::Login, None) => Verdict::Skipped("ssh is not used".to_owned()),
        (Check::HostKey, Some(target)) => {
            Verdict::Fine(format!("ssh knows {} by its key", target.host))
        }
        (Check::Login, Some(target)) => Verdict::Fine(match &target.user {
            Some(user) => format!("logged in as {user}"),
            None => "logged in".to_owned(),
        }),
        (Check::Certificates, _) => certificates(address).await,
        (Check::Socket, _) => socket(address, reached),
        (Check::Rights, _) => Verdict::Fine("the engine may be used".to_owned()),
        (Check::Version, _) => version(reached),
        (Check::Clock, _) => clock(reached).await,
    }
}

async fn name(host: &str) -> Verdict {
    if host.parse::<IpAddr>().is_ok() {
        return Verdict::Fine(format!("{} is an address", clean(host)));
    }
    let found = timeout(STEP, lookup_host((host, 0))).await;
    match found {
        Ok(Ok(addresses)) => {
            let mut addresses: Vec<String> = addresses.map(|at| at.ip().to_string()).collect();
            addresses.dedup();
            Verdict::Fine(format!("{} is {}", clean(host), addresses.join(", ")))
        }
        Ok(Err(error)) => Verdict::Wrong(
            Problem::new(
                ProblemKind::Unreachable,
                format!("no address is known for {}", clean(host)),
                clean(&error.to_string()),
            )
            .hint("is the name right? is the DNS server reached?"),
        ),
        Err(_) => Verdict::Wrong(
            Problem::new(
                ProblemKind::Timeout,
                format!("the name {} was not looked up in time", clean(host)),
                "",
            )
            .hint("is the DNS server reached?"),
        ),
    }
}

async fn port_of(host: &str, port: u16, ssh: bool) -> Verdict {
    let place = format!("{}:{port}", bracketed(&clean(host)));
    let connected = timeout(STEP, TcpStream::connect((host, port))).await;
    let stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let summary = format!("nothing is reached at {place}");
            let problem =
                Problem::new(ProblemKind::Unreachable, summary, clean(&error.to_string()));
            return Verdict::Wrong(problem.hint("is the engine, or sshd, up and at that port?"));
        }
        Err(_) => {
            let summary = format!("{place} did not answer within {} s", STEP.as_secs());
            let problem = Problem::new(ProblemKind::Timeout, summary, "");
            return Verdict::Wrong(problem.hint("is it up, and does a firewall let us through?"));
        }
    };
    if !ssh {
        return Verdict::Fine(format!("{place} answers"));
    }
    let mut banner = String::new();
    let mut reader = BufReader::new(tokio::io::AsyncReadExt::take(stream, 255));
    let read = timeout(STEP, reader.read_line(&mut banner)).await;
    if matches!(read, Ok(Ok(_))) && banner.starts_with("SSH-") {
        return Verdict::Fine(format!("{place} is {}", clean(banner.trim())));
    }
    let summary = format!("{place} answers, but not as sshd does");
    let problem = Problem::new(ProblemKind::Protocol, summary, clean(banner.trim()));
    Verdict::Wrong(problem.hint("is that the port of sshd?"))
}

async fn certificates(address: &Address) -> Verdict {
    let (host, port, files) = match address {
        Address::Tls { host, port, files } => (host.clone(), *port, files.clone()),
        Address::Tcp { .. } => {
            return Verdict::Skipped(
                "none: whoever is on the way can read all and steer the engine".to_owned(),
            );
        }
        Address::Unix(_) | Address::Ssh(_) | Address::Pipe(_) => {
            return Verdict::Skipped("TLS is not used".to_owned());
        }
    };
    let TlsFiles { verify, .. } = files;
    let read = tokio::task::spawn_blocking(move || Tls::read(&host, port, &files)).await;
    let tls = match read {
        Ok(Ok(tls)) => Arc::new(tls),
        Ok(Err(problem)) => return Verdict::Wrong(problem),
        Err(_) => return Verdict::Skipped("the files were not read".to_owned()),
    };
    match timeout(STEP, tls.look()).await {
        Ok(Ok(shown)) if verify => Verdict::Fine(tls.proof(&shown)),
        Ok(Ok(shown)) => Verdict::Wrong(unverified(&tls.proof(&shown))),
        Ok(Err(error)) => {
            let error = super::Error::from(error);
            Verdict::Wrong(
                tls.explain(&error)
                    .unwrap_or_else(|| error.at_connect(address)),
            )
        }
        Err(_) => Verdict::Wrong(super::Error::Timeout(STEP).at_connect(address)),
    }
}

/// What is said of an engine that does not have to prove who it is.
pub(crate) fn unverified(detail: &str) -> Problem {
    let summary = "nobody has proved to be this engine: its certificate is not verified";
    Problem::new(ProblemKind::Identity, summary, detail)
        .hint("put its ca.pem beside cert.pem and key.pem, and set DOCKER_TLS_VERIFY, or take SkipTLSVerify out of the context")
}

fn socket(address: &Address, reached: Option<&Reached>) -> Verdict {
    match (
        address,
        reached.and_then(|reached| reached.far_end.as_deref()),
    ) {
        (Address::Ssh(SshTarget { host, .. }), Some(place)) => {
            Verdict::Fine(format!("{place} on {host}"))
        }
        (Address::Unix(path) | Address::Pipe(path), _) => {
            Verdict::Fine(format!("{} answers", clean(&path.display().to_string())))
        }
        (Address::Ssh(_), None) => Verdict::Skipped("it was not looked for".to_owned()),
        (Address::Tcp { .. } | Address::Tls { .. }, _) => {
            Verdict::Skipped("there is none on the way".to_owned())
        }
    }
}

fn version(reached: Option<&Reached>) -> Verdict {
    match reached {
        Some(Reached { greeting, .. }) => Verdict::Fine(format!(
            "{} {}, API {}",
            greeting.engine, greeting.version, greeting.api
        )),
        None => Verdict::Skipped("nothing has answered".to_owned()),
    }
}

async fn clock(reached: Option<&Reached>) -> Verdict {
    let Some(Reached { api, .. }) = reached else {
        return Verdict::Skipped("nothing has answered".to_owned());
    };
    match api.ping(STEP).await.map(|pulse| pulse.skew) {
        Ok(Some(skew)) if skew.abs() > SKEW => {
            let way = if skew > 0 { "ahead of" } else { "behind" };
            let seconds = plural(
                usize::try_from(skew.unsigned_abs()).unwrap_or(usize::MAX),
                "second",
            );
            let summary = format!("its clock is {seconds} {way} ours");
            let problem = Problem::new(ProblemKind::Engine, summary, "");
            Verdict::Wrong(
                problem
                    .hint("let both keep time by NTP; ages and merged logs are off by that much"),
            )
        }
        Ok(Some(_)) => Verdict::Fine("it agrees with ours".to_owned()),
        Ok(None) => Verdict::Skipped("the engine does not tell its time".to_owned()),
        Err(error) => Verdict::Wrong(error.problem("ask for its time")),
    }
}
