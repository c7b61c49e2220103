//! The form for a restart with options: how long a container has to end, and by which signal it
//! is asked to.

use std::time::Duration;

use super::{Fault, Field, Form, Kind, Section, Suggestion, Value, Values, check};
use crate::protocol::{Ending, Grace};

/// The form for something of this name. `seconds` stand in it at first.
pub fn form(name: &str, seconds: Option<u16>, signals: &[(&str, &str)]) -> Form {
    let signals = signals
        .iter()
        .map(|(signal, about)| Suggestion::new(*signal, *about));
    let fields =
        vec![
        Field::new("timeout", "timeout", Kind::Number)
            .help(
                "Seconds that it has to end before it is killed; -1: as long as it takes; empty: \
                 what it was made with.",
                "30",
            )
            .check(|text| match check::number(text)? {
                -1..=2_147_483_647 => Ok(()),
                _ => Err(format!("`{text}` is no time: seconds, or -1")),
            })
            .holding(Value::Text(seconds.map_or_else(String::new, |s| s.to_string()))),
        Field::new("signal", "signal", Kind::Text)
            .help(
                "What asks it to end; empty: its own stop signal. Needs Docker 23 (API 1.42).",
                "INT, HUP or RTMIN+3",
            )
            .check(|text| signal(text).map(drop))
            .suggest(signals),
    ];
    Form {
        title: format!("Restart {name}"),
        verb: "Restart",
        sections: vec![Section::new("restart", fields)],
    }
}

/// What a filled form asks for.
///
/// # Errors
/// The faults that keep it from being done.
pub fn ending(values: &Values) -> Result<Ending, Vec<Fault>> {
    let fault = |field: &'static str| move |reason: String| vec![Fault::of(field, reason)];
    let grace = match values.text("timeout") {
        "" => Grace::Own,
        text => match u64::try_from(check::number(text).map_err(fault("timeout"))?) {
            Ok(seconds) => Grace::For(Duration::from_secs(seconds)),
            Err(_) => Grace::Endless,
        },
    };
    let signal = match values.text("signal") {
        "" => None,
        text => Some(signal(text).map_err(fault("signal"))?),
    };
    Ok(Ending { grace, signal })
}

/// A signal's name without `SIG`, in capitals; the engine knows whether there is such a one.
fn signal(text: &str) -> Result<String, String> {
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-');
    if !name.is_empty() && name.len() < 16 && name.chars().all(plain) {
        Ok(name.to_owned())
    } else {
        Err(format!("`{text}` is no signal: INT, HUP, USR1 are"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_empty_is_the_containers_own() {
        let filled = |timeout: &str, signal: &str| {
            let mut values = Values::default();
            values.set("timeout", Value::Text(timeout.to_owned()));
            values.set("signal", Value::Text(signal.to_owned()));
            ending(&values).unwrap()
        };
        let own = Ending {
            grace: Grace::Own,
            signal: None,
        };
        assert_eq!(filled("", ""), own);
        assert_eq!(filled("-1", "").grace, Grace::Endless);
        assert_eq!(filled("0", "").grace, Grace::For(Duration::ZERO));
        assert_eq!(filled("", "sigint").signal.as_deref(), Some("INT"));
        assert_eq!(filled("", "RTMIN+3").signal.as_deref(), Some("RTMIN+3"));
    }

    #[test]
    fn odd_times_and_signals_are_told() {
        let form = form("web", Some(10), &[("TERM", "")]);
        let faults = |at: usize, text: &str| {
            form.sections[0].fields[at].faults(&Value::Text(text.to_owned()))
        };
        for bad in ["-2", "5s", "99999999999"] {
            assert_eq!(faults(0, bad).len(), 1, "{bad}");
        }
        for bad in ["SIG", "a b", "INT&t=0"] {
            assert_eq!(faults(1, bad).len(), 1, "{bad}");
        }
        assert!(faults(0, "-1").is_empty() && faults(1, "hup").is_empty());
    }
}
