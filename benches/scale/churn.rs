//! Rows compared with the engine's state while that changes.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use color_eyre::eyre::Result;

use super::outside::engine::{Engine, states};
use super::outside::measure::Run;
use super::outside::terminal::words;

/// How old a state must be before a row that shows another is wrong.
const LATE: Duration = Duration::from_millis(500);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Churn {
    pub(crate) checked: usize,
    pub(crate) wrong: usize,
}

/// Compares rows with states that have stood for half a second, for five seconds.
pub(crate) fn churn(run: &mut Run, engine: &Engine) -> Result<Churn> {
    let mut churn = Churn {
        checked: 0,
        wrong: 0,
    };
    let mut past: VecDeque<(Instant, HashMap<String, String>)> = VecDeque::new();
    for step in 0..100 {
        run.terminal
            .watch_until(Instant::now() + Duration::from_millis(50));
        // after what was shown: a program may know of a change before the bench does
        past.push_back((Instant::now(), states(engine.socket())?));
        while past.get(1).is_some_and(|(at, _)| at.elapsed() > LATE) {
            past.pop_front();
        }
        if step % 10 == 9 {
            compare(run, &past, &mut churn);
        }
    }
    Ok(churn)
}

fn compare(run: &Run, past: &VecDeque<(Instant, HashMap<String, String>)>, churn: &mut Churn) {
    let Some((_, now)) = past.back() else { return };
    let steady = |name: &str, state: &String| {
        past.iter()
            .all(|(_, states)| states.get(name) == Some(state))
    };
    for row in run.terminal.rows() {
        let named = words(&row).find_map(|word| now.get_key_value(word));
        let Some((_, state)) = named.filter(|(name, state)| steady(name, state)) else {
            continue;
        };
        // the words that programs have for it
        let said = words(&row).find_map(|word| match word.to_lowercase().as_str() {
            "running" | "healthy" | "unhealthy" | "starting" => Some("running"),
            "exited" | "stopped" => Some("exited"),
            "paused" => Some("paused"),
            "created" => Some("created"),
            _ => None,
        });
        if let Some(said) = said {
            churn.checked += 1;
            if said != state.as_str() {
                churn.wrong += 1;
                eprintln!("wrong, not {state}: {}", row.trim());
            }
        }
    }
}
