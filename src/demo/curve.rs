//! Curves of resource use: closed forms over time, so that any moment can be asked for.
//!
//! Counters are integrals that only grow. Must be pure.

use super::chance::{mix, unit};
use super::clock::Nanos;
use super::scenario::{Shape, Template};

/// Length of the hard work in a burst, and the average time between two, in seconds.
const BURST: (f64, f64) = (9.0, 52.0);
/// Seconds over which climbing memory goes from a half to nearly full.
const CLIMB: f64 = 900.0;

/// What a container uses at a moment of its life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Use {
    /// Nanoseconds of processor time since its start.
    pub(super) cpu: u64,
    /// Bytes of memory without the page cache.
    pub(super) memory: u64,
    /// Bytes of page cache that can be dropped.
    pub(super) cache: u64,
    /// Bytes received, sent, read, written since its start.
    pub(super) net: [u64; 2],
    pub(super) disk: [u64; 2],
}

/// What a container uses after having been active for so long.
pub(super) fn at(template: &Template, seed: u64, limit: u64, active: Nanos) -> Use {
    let life = active.max(0) as f64 / 1e9;
    let work = |salt: u64| worked(template.shape, mix(seed, salt), life);
    let busy = template.cpu / 100.0 * 1e9;
    let flow = |rates: [f64; 2], salt| rates.map(|rate| (rate * work(salt)).max(0.0) as u64);
    let memory = memory(template, seed, limit, life);
    let room = if limit == 0 {
        u64::MAX
    } else {
        limit.saturating_sub(memory)
    };
    Use {
        cpu: (busy * work(1)) as u64 + 40_000_000,
        memory,
        cache: template.cache.min(room),
        net: flow(template.net, 2),
        disk: flow(template.disk, 3),
    }
}

/// Seconds of average work done in a life, by its shape; grows with time, never falls.
fn worked(shape: Shape, seed: u64, life: f64) -> f64 {
    let phase = unit(seed) * 1_000.0;
    let total = |t: f64| match shape {
        Shape::Calm => t + wave(t, 0.15, 31.0) + 0.12 * noise(seed, t),
        Shape::Climb => t + wave(t, 0.3, 53.0) + wave(t, 0.2, 11.0) + 0.2 * noise(seed, t),
        Shape::Waves => {
            t + wave(t, 0.38, 41.0) + wave(t, 0.2, 13.0) + wave(t, 0.1, 5.0) + 0.25 * noise(seed, t)
        }
        // a fifth of the work always, the rest in bursts
        Shape::Bursts => 0.2 * t + 0.8 * BURST.1 / BURST.0 * bursts(t) + 0.15 * noise(seed, t),
    };
    (total(life + phase) - total(phase)).max(0.0)
}

/// The integral of `height * sin(t / slowness)`.
fn wave(t: f64, height: f64, slowness: f64) -> f64 {
    -height * slowness * (t / slowness).cos()
}

/// The integral of pulses that are 1 for a burst's length, then 0 for the rest of the round.
fn bursts(t: f64) -> f64 {
    (t / BURST.1).floor() * BURST.0 + t.rem_euclid(BURST.1).min(BURST.0)
}

/// A jitter that changes each second, drawn as a straight line between the seconds.
fn noise(seed: u64, t: f64) -> f64 {
    let second = t.floor();
    let level = |at: f64| unit(mix(seed, at as u64));
    level(second) + (level(second + 1.0) - level(second)) * (t - second)
}

fn memory(template: &Template, seed: u64, limit: u64, life: f64) -> u64 {
    let phase = unit(mix(seed, 4)) * 400.0;
    let t = life + phase;
    let warm = 1.0 - 0.45 * (-life / 12.0).exp();
    let swing = match template.shape {
        Shape::Calm => 1.0 + 0.004 * (t / 97.0).sin(),
        Shape::Waves => 1.0 + 0.05 * (t / 61.0).sin() + 0.02 * (t / 17.0).sin(),
        Shape::Bursts => 1.0 + 0.12 * f64::from(u8::from(t.rem_euclid(BURST.1) < BURST.0)),
        Shape::Climb => 0.55 + 0.43 * (t.rem_euclid(CLIMB) / CLIMB),
    };
    let bytes = (template.memory as f64 * swing * warm) as u64;
    // pages, as the kernel counts
    let bytes = bytes / 4096 * 4096;
    if limit == 0 {
        bytes
    } else {
        bytes.min(limit - limit / 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::SECOND;

    #[test]
    fn counters_never_fall_and_average_what_the_template_says() {
        for shape in [Shape::Calm, Shape::Waves, Shape::Bursts, Shape::Climb] {
            let template = Template {
                shape,
                cpu: 20.0,
                net: [1e4, 2e4],
                ..Template::default()
            };
            let mut last = at(&template, 11, 0, 0);
            for second in 1..4_000 {
                let next = at(&template, 11, 0, second * SECOND);
                assert!(
                    next.cpu >= last.cpu && next.net[0] >= last.net[0],
                    "{shape:?} {second}"
                );
                last = next;
            }
            let percent = last.cpu as f64 / 4_000.0 / 1e9 * 100.0;
            assert!((17.0..23.0).contains(&percent), "{shape:?} {percent}");
        }
    }

    #[test]
    fn memory_stays_below_the_limit() {
        let template = Template {
            shape: Shape::Climb,
            memory: 200 << 20,
            cache: 90 << 20,
            ..Template::default()
        };
        for second in 0..2_000 {
            let used = at(&template, 3, 128 << 20, second * SECOND);
            assert!(used.memory + used.cache <= 128 << 20);
        }
    }
}
