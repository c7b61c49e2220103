//! What a container's samples of this session say: peak, percentile, and advice on its limits.

use crate::model::stats::{Metric, SERIES_SECONDS, Series};
use crate::model::units;
use crate::spec::RunSpec;

/// The share of samples that the percentile is above.
const PERCENTILE: f32 = 0.95;
/// Samples below which nothing is advised.
const ENOUGH: usize = 30;
/// What is left above the peak where a limit is advised.
const ROOM: f32 = 1.5;
/// Advised limits are multiples of this: 8 MiB.
const GRAIN: u64 = 8 << 20;

/// Some values of a metric: how many, the newest, the greatest, and what most are below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digest {
    /// Seconds that have a sample.
    pub count: usize,
    /// The newest.
    pub now: f32,
    /// The greatest.
    pub peak: f32,
    /// What 95 of 100 are at most.
    pub percentile: f32,
}

/// The samples of a metric that are kept of this session; none where there are none.
pub fn digest(series: &Series, metric: Metric) -> Option<Digest> {
    let window = series.window(metric, series.newest(), SERIES_SECONDS);
    let mut values: Vec<f32> = window.filter(|value| !value.is_nan()).collect();
    let now = *values.last()?;
    values.sort_by(f32::total_cmp);
    let place = (values.len() as f32 * PERCENTILE).ceil() as usize;
    Some(Digest {
        count: values.len(),
        now,
        peak: *values.last()?,
        percentile: *values.get(place.saturating_sub(1))?,
    })
}

/// What is used of memory and CPU, and what that means for the limits: a sentence an option.
pub fn uses(series: &Series, spec: &RunSpec) -> Vec<(&'static str, String)> {
    let mut uses = Vec::new();
    if let Some(memory) = digest(series, Metric::Memory) {
        let told = |value: f32| units::bytes(value as u64);
        let limit = spec
            .memory
            .map_or(0, |memory| u64::try_from(memory.0).unwrap_or(0));
        uses.push(("memory", used(memory, told, &memory_advice(memory, limit))));
    }
    if let Some(cpu) = digest(series, Metric::Cpu) {
        let told = |value: f32| format!("{:.2} CPUs", value / 100.0);
        let given = spec.cpus.map(|cpus| cpus.0 as f32 / 1e9);
        let by_quota = spec.cpu_quota.filter(|quota| *quota > 0).map(|quota| {
            let period = spec.cpu_period.filter(|period| *period > 0);
            quota as f32 / period.unwrap_or(100_000) as f32
        });
        let advice = cpu_advice(cpu, given.or(by_quota));
        uses.push(("cpus", used(cpu, told, &advice)));
    }
    if let Some(pids) = Some(series.last().pids).filter(|pids| *pids > 0) {
        uses.push(("pids-limit", format!("Now {pids}.")));
    }
    uses
}

fn used(of: Digest, told: impl Fn(f32) -> String, advice: &str) -> String {
    let over = units::took(std::time::Duration::from_secs(of.count as u64));
    let figures = format!(
        "Now {}, 95 % of the time up to {}, peak {}, over {over}.",
        told(of.now),
        told(of.percentile),
        told(of.peak)
    );
    match advice {
        "" => figures,
        advice => format!("{figures} {advice}"),
    }
}

fn memory_advice(memory: Digest, limit: u64) -> String {
    let fits = (memory.peak * ROOM) as u64;
    let fits = units::bytes(fits.div_ceil(GRAIN).max(1) * GRAIN);
    let share = memory.peak / limit.max(1) as f32;
    match limit {
        _ if memory.count < ENOUGH => String::new(),
        0 => format!("It has no limit: {fits} would leave it room."),
        _ if share > 0.9 => format!("It is close to its limit: {fits} would leave it room."),
        _ if share < 0.4 => format!("It needs much less than its limit: {fits} would do."),
        _ => "Its limit fits.".to_owned(),
    }
}

fn cpu_advice(cpu: Digest, given: Option<f32>) -> String {
    let wants = cpu.percentile / 100.0;
    match given {
        _ if cpu.count < ENOUGH => String::new(),
        Some(given) if wants > given * 0.9 => "It is held back by its limit.".to_owned(),
        Some(given) if wants < given * 0.2 => "It needs much less than its limit.".to_owned(),
        Some(_) => "Its limit fits.".to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Sample, Time};
    use crate::spec::run_line::parse;

    fn series(memory: impl Fn(i64) -> u64) -> Series {
        let sample = |second: i64| Sample {
            at: Time::from_secs(second),
            memory: memory(second),
            cpu: 45.0,
            pids: 3,
            ..Sample::default()
        };
        let mut series = Series::new(sample(0));
        for second in 1..100 {
            series.push(sample(second));
        }
        series
    }

    #[test]
    fn most_samples_are_below_the_percentile() {
        let series = series(|second| second as u64 + 1);
        let memory = digest(&series, Metric::Memory).unwrap();
        assert_eq!(
            memory,
            Digest {
                count: 100,
                now: 100.0,
                peak: 100.0,
                percentile: 95.0
            }
        );
        assert!(digest(&series, Metric::Rx).is_none_or(|rx| rx.count == 99));
    }

    #[test]
    fn limits_are_advised_by_what_is_used() {
        let series = series(|_| 60 << 20);
        let told = |line: &str| {
            let spec = parse(&format!("docker run {line} x"), &|_| None).spec;
            uses(&series, &spec)
        };
        let free = told("");
        assert!(free[0].1.contains("no limit: 96.0MiB"), "{free:?}");
        assert!(free[0].1.contains("peak 60.0MiB"), "{free:?}");
        assert!(told("--memory 64m")[0].1.contains("close to its limit"));
        assert!(told("--memory 1g")[0].1.contains("much less"));
        assert!(told("--cpus 0.45")[1].1.contains("held back"));
        assert!(told("--cpu-quota 300000")[1].1.contains("much less"));
        assert_eq!(free[2], ("pids-limit", "Now 3.".to_owned()));
    }
}
