//! Waits until a container works, or until it is gone.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::super::clock;
use super::super::error::Error;
use super::super::output::Sink;
use super::super::transport::Api;
use super::inspect;
use crate::model::{Id, text};
use crate::protocol::Reply;

/// How often it is looked at.
const OFTEN: Duration = Duration::from_millis(300);
/// How long a removal may take that the engine has begun by itself.
const REMOVAL: Duration = Duration::from_secs(60);
/// The longest and the shortest time that a health check is given.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(900));

/// Waits until it is healthy; without a health check, until it has run for a time without a
/// restart. Restarts of before do not count: one that was made long ago may have had some.
pub(super) async fn prove(api: &Api, id: &Id, time: Duration, sink: &Sink) -> Result<Reply, Error> {
    let began = clock::instant();
    let mut last = String::new();
    let mut restarts = None;
    loop {
        let now = match inspect(api, id).await {
            Err(error) if error.is_gone() => {
                return Err(Error::Refused(
                    "it ended, and is removed already".to_owned(),
                ));
            }
            now => now?,
        };
        match look(&now, *restarts.get_or_insert_with(|| restarts_of(&now))) {
            Look::Failed(why) => {
                told_checks(&now, sink).await;
                return Err(Error::Refused(why));
            }
            Look::Healthy => {
                sink.say("healthy").await;
                return Ok(Reply::Done);
            }
            Look::Runs if began.elapsed() >= time => {
                sink.say(&format!("has run for {} s", time.as_secs())).await;
                return Ok(Reply::Done);
            }
            Look::Runs => {}
            Look::Starting(word) => {
                let most = patience(&now);
                if began.elapsed() >= most {
                    told_checks(&now, sink).await;
                    let secs = most.as_secs();
                    return Err(Error::Refused(format!(
                        "it was not healthy within {secs} s"
                    )));
                }
                if word != last {
                    sink.say(&format!("health: {word}")).await;
                    last = word;
                }
            }
        }
        sleep(OFTEN).await;
    }
}

/// Waits until it is removed.
pub(super) async fn gone(api: &Api, id: &Id) -> Result<Reply, Error> {
    let began = clock::instant();
    loop {
        match inspect(api, id).await {
            Err(error) if error.is_gone() => return Ok(Reply::Done),
            Err(error) => return Err(error),
            Ok(_) if began.elapsed() >= REMOVAL => return Err(Error::Timeout(REMOVAL)),
            Ok(_) => sleep(OFTEN).await,
        }
    }
}

/// How a container does.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    Runs,
    Healthy,
    Starting(String),
    Failed(String),
}

fn restarts_of(inspect: &Value) -> i64 {
    let restarts = inspect.get("RestartCount").and_then(Value::as_i64);
    restarts.unwrap_or(0)
}

fn look(inspect: &Value, restarts_before: i64) -> Look {
    let state = inspect.get("State").unwrap_or(&Value::Null);
    let flag = |key: &str| state.get(key) == Some(&Value::Bool(true));
    let code = state.get("ExitCode").and_then(Value::as_i64).unwrap_or(0);
    if flag("Restarting") || restarts_of(inspect) > restarts_before {
        // some engines forget the code of an end as soon as it runs again
        return Look::Failed(match code {
            0 => "it ended and was restarted".to_owned(),
            code => format!("it ended with exit code {code} and was restarted"),
        });
    }
    if !flag("Running") {
        return Look::Failed(format!("it ended with exit code {code}"));
    }
    let health = state.get("Health").and_then(|health| health.get("Status"));
    match health.and_then(Value::as_str) {
        None | Some("" | "none") => Look::Runs,
        Some("healthy") => Look::Healthy,
        Some("unhealthy") => Look::Failed("its health check fails".to_owned()),
        Some(word) => Look::Starting(text::clean(word)),
    }
}

/// How long its health check may take to come to a result: its start, and then each try.
fn patience(inspect: &Value) -> Duration {
    let check = inspect
        .pointer("/Config/Healthcheck")
        .unwrap_or(&Value::Null);
    let part = |key: &str, default: u64| {
        let value = check.get(key).and_then(Value::as_u64);
        value.filter(|value| *value > 0).unwrap_or(default)
    };
    let second = 1_000_000_000;
    let each = part("Interval", 30 * second).saturating_add(part("Timeout", 30 * second));
    let tries = part("Retries", 3).saturating_add(1);
    let all = part("StartPeriod", 1).saturating_add(each.saturating_mul(tries));
    Duration::from_nanos(all).clamp(PATIENCE.0, PATIENCE.1)
}

/// What its health check printed last.
async fn told_checks(inspect: &Value, sink: &Sink) {
    let checks = inspect
        .pointer("/State/Health/Log")
        .and_then(Value::as_array);
    let last = checks.and_then(|checks| checks.last());
    let output = last
        .and_then(|last| last.get("Output"))
        .and_then(Value::as_str);
    for line in output.unwrap_or_default().lines().take(10) {
        sink.say(&format!("check: {line}")).await;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_container_works_when_it_is_healthy_or_runs() {
        let state = |state: Value| look(&json!({ "State": state, "RestartCount": 0 }), 0);
        assert_eq!(state(json!({ "Running": true })), Look::Runs);
        let health = |word: &str| state(json!({ "Running": true, "Health": { "Status": word } }));
        assert_eq!(health("healthy"), Look::Healthy);
        assert_eq!(health("starting"), Look::Starting("starting".into()));
        assert!(matches!(health("unhealthy"), Look::Failed(_)));
        let ended = state(json!({ "Running": false, "ExitCode": 3 }));
        assert_eq!(ended, Look::Failed("it ended with exit code 3".into()));
        let again = json!({ "State": { "Running": true }, "RestartCount": 2 });
        assert!(matches!(look(&again, 1), Look::Failed(_)));
        assert_eq!(look(&again, 2), Look::Runs);
        assert!(matches!(look(&Value::Null, 0), Look::Failed(_)));
    }

    #[test]
    fn a_health_check_gets_the_time_that_it_needs() {
        let check = |check: Value| patience(&json!({ "Config": { "Healthcheck": check } }));
        assert_eq!(check(Value::Null).as_secs(), 240);
        let second = 1_000_000_000_u64;
        let quick = json!({ "Interval": second, "Timeout": second, "Retries": 1 });
        assert_eq!(check(quick).as_secs(), 60);
        let slow = json!({ "StartPeriod": 5000 * second });
        assert_eq!(check(slow).as_secs(), 900);
    }
}
