//! Statistics: one sample, the arithmetic of `docker stats`, and five minutes of history.

use std::collections::VecDeque;

use super::Time;

/// One sample of a container's resource use, already computed as `docker stats` shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// When the engine took it.
    pub at: Time,
    /// Percent of one core; 250 is two and a half cores.
    pub cpu: f32,
    /// Bytes of memory without the page cache.
    pub memory: u64,
    /// Bytes of memory it may use: its limit, or all of the host's.
    pub limit: u64,
    /// Bytes received on all networks since its start.
    pub rx: u64,
    /// Bytes sent on all networks since its start.
    pub tx: u64,
    /// Bytes read from block devices since its start.
    pub read: u64,
    /// Bytes written to block devices since its start.
    pub written: u64,
    /// Processes and threads in it.
    pub pids: u32,
}

impl Sample {
    /// Memory as percent of its limit; none when the limit is unknown.
    pub fn memory_percent(&self) -> Option<f32> {
        (self.limit > 0).then(|| (self.memory as f64 / self.limit as f64 * 100.0) as f32)
    }
}

/// The counters from which CPU percent is computed: nanoseconds of CPU time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuReading {
    /// The container's CPU time.
    pub total: u64,
    /// The container's CPU time one sample earlier.
    pub previous_total: u64,
    /// All CPU time of the host.
    pub system: u64,
    /// All CPU time of the host one sample earlier; zero for a first sample.
    pub previous_system: u64,
    /// Cores online.
    pub online: u32,
}

/// CPU use in percent of one core, as `docker stats` computes it on Linux:
/// `cpu_delta / system_delta × online CPUs × 100`
/// (docker/cli, `cli/command/container/stats_helpers.go`, `calculateCPUPercentUnix`).
/// Zero where no time has passed or a counter went back.
pub fn cpu_percent(reading: &CpuReading) -> f32 {
    let cpu = reading.total as f64 - reading.previous_total as f64;
    let system = reading.system as f64 - reading.previous_system as f64;
    if cpu > 0.0 && system > 0.0 {
        (cpu / system * f64::from(reading.online) * 100.0) as f32
    } else {
        0.0
    }
}

/// Bytes of memory without the page cache, as `docker stats` shows them: usage less
/// `total_inactive_file` (cgroup v1) or `inactive_file` (v2), unless that is not below the usage
/// (docker/cli, `stats_helpers.go`, `calculateMemUsageUnixNoCache`).
pub fn memory_without_cache(
    usage: u64,
    total_inactive_file: Option<u64>,
    inactive_file: Option<u64>,
) -> u64 {
    let below = |cache: Option<u64>| cache.filter(|cache| *cache < usage);
    // The first key that exists decides: a v1 engine has both, and means the first.
    let cache = if total_inactive_file.is_some() {
        below(total_inactive_file).or(below(inactive_file))
    } else {
        below(inactive_file)
    };
    usage - cache.unwrap_or(0)
}

/// What a [`Series`] holds of each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Percent of one core.
    Cpu,
    /// Bytes of memory.
    Memory,
    /// Bytes received a second.
    Rx,
    /// Bytes sent a second.
    Tx,
    /// Bytes read a second.
    Read,
    /// Bytes written a second.
    Written,
}

const METRICS: usize = 6;
/// Older than this, a sample is no longer the present one.
const STALE_SECONDS: i64 = 5;
/// Seconds of history that a [`Series`] keeps: five minutes.
pub const SERIES_SECONDS: usize = 300;

/// Five minutes of one container's samples, one slot a second, oldest first when read.
/// A second without a sample is a gap (NaN), never a zero.
#[derive(Clone, Debug)]
pub struct Series {
    /// One a second, the newest last; at most [`SERIES_SECONDS`].
    slots: VecDeque<[f32; METRICS]>,
    /// The second (Unix time) of the newest slot.
    newest: i64,
    last: Sample,
}

const GAP: [f32; METRICS] = [f32::NAN; METRICS];

impl Series {
    /// A series that begins with a sample.
    pub fn new(first: Sample) -> Self {
        let mut series = Self {
            slots: VecDeque::new(),
            newest: first.at.secs(),
            last: first,
        };
        series.add(slot(&first, None));
        series
    }

    /// Adds a sample. One that is older than the newest is passed over.
    pub fn push(&mut self, sample: Sample) {
        let ahead = sample.at.secs() - self.newest;
        if ahead < 0 {
            return;
        }
        // A sample late by a fraction falls into the next second and leaves one empty: that is
        // jitter and no gap, so the empty slot repeats the sample before it.
        let before = self.slots.back().copied().unwrap_or(GAP);
        let empty = if ahead == 2 { before } else { GAP };
        for _ in 1..ahead.min(SERIES_SECONDS as i64) {
            self.add(empty);
        }
        if ahead == 0 {
            self.slots.pop_back();
        }
        self.add(slot(&sample, Some(&self.last)));
        self.newest = sample.at.secs();
        self.last = sample;
    }

    /// Adds a slot. Room grows with the history: most rows that were in sight once are not looked
    /// at for five minutes.
    fn add(&mut self, slot: [f32; METRICS]) {
        let length = self.slots.len();
        if length == SERIES_SECONDS {
            self.slots.pop_front();
        } else if length == self.slots.capacity() {
            let more = length.max(16).min(SERIES_SECONDS - length);
            self.slots.reserve_exact(more);
        }
        self.slots.push_back(slot);
    }

    /// The newest sample.
    pub fn last(&self) -> &Sample {
        &self.last
    }

    /// The newest sample, unless it is too old to be shown as the present one.
    pub fn present(&self, now: Time) -> Option<&Sample> {
        (now.secs() - self.newest <= STALE_SECONDS).then_some(&self.last)
    }

    /// The newest second that has a slot, in Unix time.
    pub fn newest(&self) -> i64 {
        self.newest
    }

    /// The newest value of a metric; none in a gap.
    pub fn latest(&self, metric: Metric) -> Option<f32> {
        let value = self.slots.back()?[metric as usize];
        (!value.is_nan()).then_some(value)
    }

    /// The values of a metric for the `seconds` up to and with second `end` (Unix time), oldest
    /// first; gaps and what lies outside the history are NaN.
    pub fn window(
        &self,
        metric: Metric,
        end: i64,
        seconds: usize,
    ) -> impl Iterator<Item = f32> + '_ {
        let oldest = self.newest - self.slots.len() as i64 + 1;
        (0..seconds as i64).map(move |index| {
            let second = end - (seconds as i64 - 1) + index;
            let place = usize::try_from(second - oldest).ok();
            let slot = place.and_then(|place| self.slots.get(place));
            slot.map_or(f32::NAN, |slot| slot[metric as usize])
        })
    }

    /// Least, mean and greatest of a metric over the whole history; none without a value.
    pub fn summary(&self, metric: Metric) -> Option<Summary> {
        let mut sum = 0.0_f64;
        let mut count = 0_u32;
        let (mut least, mut greatest) = (f32::INFINITY, f32::NEG_INFINITY);
        for value in self
            .window(metric, self.newest, self.slots.len())
            .filter(|v| !v.is_nan())
        {
            sum += f64::from(value);
            count += 1;
            least = least.min(value);
            greatest = greatest.max(value);
        }
        (count > 0).then(|| Summary {
            least,
            mean: (sum / f64::from(count)) as f32,
            greatest,
        })
    }
}

/// The values of a sample; rates since the one before it.
fn slot(sample: &Sample, before: Option<&Sample>) -> [f32; METRICS] {
    let rate = |now: u64, then: fn(&Sample) -> u64| {
        let before = before?;
        let millis = sample.at.since(before.at).as_millis() as f64;
        // A counter that went back belongs to a restarted container: no rate.
        (millis > 0.0 && now >= then(before))
            .then(|| ((now - then(before)) as f64 * 1000.0 / millis) as f32)
    };
    [
        sample.cpu,
        sample.memory as f32,
        rate(sample.rx, |s| s.rx).unwrap_or(f32::NAN),
        rate(sample.tx, |s| s.tx).unwrap_or(f32::NAN),
        rate(sample.read, |s| s.read).unwrap_or(f32::NAN),
        rate(sample.written, |s| s.written).unwrap_or(f32::NAN),
    ]
}

/// Least, mean and greatest of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Least.
    pub least: f32,
    /// Arithmetic mean.
    pub mean: f32,
    /// Greatest.
    pub greatest: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: i64, cpu: f32, rx: u64) -> Sample {
        Sample {
            at: Time::from_secs(second),
            cpu,
            rx,
            memory: 10,
            limit: 100,
            ..Sample::default()
        }
    }

    #[test]
    fn cpu_is_percent_of_one_core() {
        let reading = CpuReading {
            total: 1_500_000_000,
            previous_total: 1_000_000_000,
            system: 20_000_000_000,
            previous_system: 18_000_000_000,
            online: 2,
        };
        assert!((cpu_percent(&reading) - 50.0).abs() < 1e-4);
        let back = CpuReading {
            total: 1,
            previous_total: 2,
            ..reading
        };
        assert!(cpu_percent(&back).abs() < f32::EPSILON);
    }

    #[test]
    fn memory_leaves_out_the_page_cache_of_either_cgroup_version() {
        assert_eq!(memory_without_cache(100, Some(30), Some(20)), 70);
        assert_eq!(memory_without_cache(100, None, Some(20)), 80);
        assert_eq!(memory_without_cache(100, None, None), 100);
        assert_eq!(memory_without_cache(100, Some(100), None), 100);
    }

    #[test]
    fn a_missing_second_is_a_gap_and_a_late_sample_is_none() {
        let mut series = Series::new(sample(100, 1.0, 0));
        series.push(sample(101, 2.0, 50));
        series.push(sample(103, 4.0, 50));
        let values: Vec<_> = series.window(Metric::Cpu, 103, 4).collect();
        assert_eq!(values, [1.0, 2.0, 2.0, 4.0]);
        series.push(sample(108, 8.0, 50));
        let values: Vec<_> = series.window(Metric::Cpu, 108, 3).collect();
        assert!(values[0].is_nan() && values[1].is_nan());
        assert!((values[2] - 8.0).abs() < f32::EPSILON);
        assert!(series.window(Metric::Cpu, 90, 2).all(f32::is_nan));
    }

    #[test]
    fn rates_come_from_counters_and_a_restart_is_no_rate() {
        let mut series = Series::new(sample(100, 1.0, 1000));
        assert_eq!(series.latest(Metric::Rx), None);
        series.push(sample(101, 1.0, 3000));
        assert_eq!(series.latest(Metric::Rx), Some(2000.0));
        series.push(sample(102, 1.0, 10));
        assert_eq!(series.latest(Metric::Rx), None);
    }

    #[test]
    fn history_is_bounded_and_summed() {
        let mut series = Series::new(sample(0, 0.0, 0));
        for second in 1..1000 {
            series.push(sample(second, second as f32, 0));
        }
        let summary = series.summary(Metric::Cpu).unwrap();
        assert!((summary.least - 700.0).abs() < 0.01);
        assert!((summary.greatest - 999.0).abs() < 0.01);
        assert!((summary.mean - 849.5).abs() < 0.01);
    }
}
