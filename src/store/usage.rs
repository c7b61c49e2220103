//! What the hosts that show use together: sums for the header.

use std::collections::VecDeque;

use super::world::{Host, Totals, World};
use crate::model::Time;

/// CPU and memory over all hosts that show and answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The sums now.
    pub totals: Totals,
    /// Bytes of memory that the machines have; 0 while one has not said.
    pub machine: u64,
    /// Percent of one core, a value a second, newest last.
    pub cpu: Vec<f32>,
    /// Bytes, a value a second, newest last.
    pub memory: Vec<f32>,
    /// Grows with the values: pictures of them move with it.
    pub end: i64,
}

impl World {
    /// What the hosts that show use. One that does not answer counts for nothing, but where it is
    /// the only one its last figures stay.
    pub fn usage(&self, now: Time) -> Usage {
        let shown: Vec<&Host> = self.in_scope().map(|(_, host)| host).collect();
        if let [host] = shown.as_slice() {
            return Usage {
                totals: host.totals(now),
                machine: host.info.memory,
                cpu: host.cpu.iter().copied().collect(),
                memory: host.memory.iter().copied().collect(),
                // one value for each batch: counted so, the picture moves with them and not
                // between them
                end: host.batches,
            };
        }
        let mut usage = Usage {
            end: now.secs(),
            ..Usage::default()
        };
        let mut told = true;
        for host in shown.into_iter().filter(|host| host.is_up()) {
            let totals = host.totals(now);
            usage.totals.cpu += totals.cpu;
            usage.totals.memory += totals.memory;
            usage.totals.counted += totals.counted;
            usage.totals.running += totals.running;
            usage.machine += host.info.memory;
            told &= host.info.memory > 0;
            add(&mut usage.cpu, &host.cpu);
            add(&mut usage.memory, &host.memory);
        }
        if !told {
            usage.machine = 0;
        }
        usage
    }
}

/// Adds one history to a sum of others, newest to newest.
fn add(sum: &mut Vec<f32>, history: &VecDeque<f32>) {
    let missing = history.len().saturating_sub(sum.len());
    sum.splice(..0, std::iter::repeat_n(0.0, missing));
    for (sum, value) in sum.iter_mut().rev().zip(history.iter().rev()) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostId;

    #[test]
    fn sums_are_of_the_newest_values() {
        let mut sum = vec![1.0, 2.0];
        add(&mut sum, &VecDeque::from([10.0, 20.0, 30.0]));
        assert_eq!(sum, [10.0, 21.0, 32.0]);
        add(&mut sum, &VecDeque::from([1.0]));
        assert_eq!(sum, [10.0, 21.0, 33.0]);
    }

    #[test]
    fn a_host_that_does_not_answer_adds_nothing() {
        let mut world = World::default();
        for name in ["a", "b"] {
            world.open(&HostId::new(name));
        }
        for host in world.hosts.values_mut() {
            host.cpu.push_back(5.0);
        }
        assert!(world.usage(Time::default()).cpu.is_empty());
        world.scope = Some(HostId::new("a"));
        assert_eq!(world.usage(Time::default()).cpu, [5.0]);
    }
}
