//! Statistics: samples as the engine sends them, gathered into one fact a second for the whole host.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::clock;
use super::error::Error;
use super::task;
use super::teller::Teller;
use super::transport::Api;
use crate::model::stats::{CpuReading, cpu_percent, memory_without_cache};
use crate::model::{Id, Problem, Sample, Time};
use crate::protocol::Fact;

/// How long after a second's first sample the others are waited for. The engine takes the samples
/// of all containers in one go.
const GATHER: Duration = Duration::from_millis(200);
/// The shortest time between two facts.
const BEAT: Duration = Duration::from_millis(900);

/// How many of their usual pauses samples may be silent before the engine is doubted.
const QUIET: u32 = 3;
/// The shortest pause that is usual.
const USUAL: Duration = Duration::from_secs(1);
/// What is taken for the pause before it is known; Podman's is that long.
const UNKNOWN: Duration = Duration::from_secs(5);

/// How far the engine's clock may drift from ours before it is compared anew.
const DRIFT: i64 = 2_000;

/// How the engine's clock differs from ours. Samples have the engine's times, and the screen
/// compares them with ours. One difference for all samples keeps the time between two as the
/// engine measured it.
#[derive(Default)]
struct Skew(Option<i64>);

impl Skew {
    /// The milliseconds to add to the engine's times, when a sample of `at` came at `now`.
    fn with(&mut self, at: Time, now: Time) -> i64 {
        let differs = now.0 - at.0;
        match self.0 {
            Some(skew) if (differs - skew).abs() <= DRIFT => skew,
            _ => *self.0.insert(differs),
        }
    }
}

/// Gathers a host's samples for as long as it is there.
pub(crate) async fn gathering(
    teller: Teller,
    api: watch::Receiver<Option<Api>>,
    simulated: bool,
    mut samples: mpsc::Receiver<(Id, Sample)>,
) {
    let silent = || {
        if let Some(api) = &*api.borrow() {
            api.doubt();
        }
    };
    loop {
        let work = gather(&teller, simulated, &mut samples, silent);
        let Err(bug) = task::caught(work).await else {
            return;
        };
        let problem = Problem::bug("gathering the statistics", &bug.to_string());
        teller.tell(Fact::Bug(problem)).await;
    }
}

/// Gathers the samples of a host: one fact a second at a steady beat. The clock of a simulated
/// engine may run faster than ours: its times are left alone. Tells when samples that came at a
/// steady pace come no more.
async fn gather(
    teller: &Teller,
    simulated: bool,
    samples: &mut mpsc::Receiver<(Id, Sample)>,
    silent: impl Fn(),
) {
    let mut next = clock::instant();
    let mut skew = Skew::default();
    let mut pace = Pace::default();
    while let Some(first) = pace.next(samples, &silent).await {
        let came = clock::now();
        let at = next.max(clock::instant() + GATHER);
        // asleep, not receiving: a sample wakes nobody until its second is over
        sleep_until(at).await;
        let mut all = vec![first];
        while let Ok(sample) = samples.try_recv() {
            all.push(sample);
        }
        if !simulated {
            let skew = skew.with(all[0].1.at, came);
            for (_, sample) in &mut all {
                sample.at.0 += skew;
            }
        }
        next = at + BEAT;
        teller.tell(Fact::Samples(all)).await;
    }
}

/// When samples come.
#[derive(Default)]
struct Pace {
    last: Option<Instant>,
    usual: Option<Duration>,
}

impl Pace {
    async fn next(
        &mut self,
        samples: &mut mpsc::Receiver<(Id, Sample)>,
        silent: impl Fn(),
    ) -> Option<(Id, Sample)> {
        let next = match self.usual {
            Some(usual) => match timeout(usual * QUIET, samples.recv()).await {
                Ok(next) => next,
                Err(_) => {
                    silent();
                    samples.recv().await
                }
            },
            None => samples.recv().await,
        };
        let now = clock::instant();
        // several in a row come at once: the pause between two such bursts is forgotten slowly
        let pause = self.last.map(|last| (now - last).max(USUAL));
        let faded = self.usual.unwrap_or(UNKNOWN) * 3 / 4;
        self.usual = pause.map(|pause| pause.max(faded));
        self.last = Some(now);
        next
    }
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    read: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    preread: std::borrow::Cow<'a, str>,
    #[serde(default)]
    cpu_stats: Option<Cpu>,
    #[serde(default)]
    precpu_stats: Option<Cpu>,
    #[serde(default)]
    memory_stats: Option<Memory>,
    #[serde(default)]
    networks: Option<Sum>,
    #[serde(default)]
    blkio_stats: Option<Blkio>,
    #[serde(default)]
    pids_stats: Option<Pids>,
}

#[derive(Deserialize, Default)]
struct Cpu {
    #[serde(rename = "cpu_usage", default)]
    usage: CpuUsage,
    #[serde(default)]
    system_cpu_usage: Option<u64>,
    #[serde(default)]
    online_cpus: Option<u32>,
}

#[derive(Deserialize, Default)]
struct CpuUsage {
    #[serde(default)]
    total_usage: u64,
    #[serde(default)]
    percpu_usage: Option<Count>,
}

#[derive(Deserialize, Default)]
struct Memory {
    #[serde(default)]
    usage: Option<u64>,
    #[serde(default)]
    limit: Option<u64>,
    #[serde(default)]
    stats: Option<MemoryStats>,
}

#[derive(Deserialize)]
struct MemoryStats {
    #[serde(default)]
    total_inactive_file: Option<u64>,
    #[serde(default)]
    inactive_file: Option<u64>,
}

#[derive(Deserialize)]
struct Net {
    #[serde(default)]
    rx_bytes: u64,
    #[serde(default)]
    tx_bytes: u64,
}

#[derive(Deserialize)]
struct Blkio {
    #[serde(default)]
    io_service_bytes_recursive: Option<Vec<BlkioEntry>>,
}

#[derive(Deserialize)]
struct BlkioEntry {
    #[serde(default)]
    op: Op,
    #[serde(default)]
    value: u64,
}

/// What a block device did: cgroup v1 writes `Read`, v2 `read`.
#[derive(Deserialize, Default)]
enum Op {
    #[serde(rename = "read", alias = "Read")]
    Read,
    #[serde(rename = "write", alias = "Write")]
    Write,
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Pids {
    #[serde(default)]
    current: Option<u64>,
}

/// The length of a list whose items do not matter.
#[derive(Default)]
struct Count(u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<serde::de::IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(all.len() as u32))
    }
}

/// The sum over all networks, whatever they are called.
struct Sum(Net);

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> serde::de::Visitor<'de> for Reader {
            type Value = Sum;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("networks by name")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Sum, A::Error> {
                let (mut rx_bytes, mut tx_bytes) = (0_u64, 0_u64);
                while let Some((_, net)) = map.next_entry::<serde::de::IgnoredAny, Net>()? {
                    rx_bytes = rx_bytes.saturating_add(net.rx_bytes);
                    tx_bytes = tx_bytes.saturating_add(net.tx_bytes);
                }
                Ok(Sum(Net { rx_bytes, tx_bytes }))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What CPU time is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// All that the host's cores had, idle or not, as Docker counts it.
    Host,
    /// The time that passed: Podman counts for its host what was used alone, of which a single
    /// busy container has nearly all.
    Clock,
}

/// One sample. None for the first of a stream, which has nothing to compare its CPU time with, and
/// for a container that does not run.
pub(super) fn read(json: &[u8], measure: Measure) -> Result<Option<Sample>, Error> {
    let raw: Raw<'_> =
        serde_json::from_slice(json).map_err(|error| Error::nonsense("a sample", error))?;
    let (Some(cpu), Some(before)) = (raw.cpu_stats, raw.precpu_stats) else {
        return Ok(None);
    };
    let (Some(at), Some(previous_system)) = (
        Time::parse(&raw.read),
        before.system_cpu_usage.filter(|system| *system > 0),
    ) else {
        return Ok(None);
    };
    let online = cpu.online_cpus.filter(|count| *count > 0);
    let mut reading = CpuReading {
        total: cpu.usage.total_usage,
        previous_total: before.usage.total_usage,
        system: cpu.system_cpu_usage.unwrap_or(0),
        previous_system,
        online: online
            .or(cpu.usage.percpu_usage.map(|count| count.0))
            .unwrap_or(1),
    };
    if measure == Measure::Clock {
        let Some(previous) = Time::parse(&raw.preread) else {
            return Ok(None);
        };
        // one core has as many nanoseconds as pass
        let passed = u64::try_from(at.0 - previous.0).unwrap_or(0);
        (reading.system, reading.previous_system) = (passed.saturating_mul(1_000_000), 0);
        reading.online = 1;
    }
    let memory = raw.memory_stats.unwrap_or_default();
    let (v1, v2) = memory.stats.map_or((None, None), |stats| {
        (stats.total_inactive_file, stats.inactive_file)
    });
    let net = raw.networks.map(|sum| sum.0);
    let (read, written) = block_io(raw.blkio_stats);
    let pids = raw.pids_stats.and_then(|pids| pids.current).unwrap_or(0);
    Ok(Some(Sample {
        at,
        cpu: cpu_percent(&reading),
        memory: memory_without_cache(memory.usage.unwrap_or(0), v1, v2),
        limit: memory.limit.unwrap_or(0),
        rx: net.as_ref().map_or(0, |net| net.rx_bytes),
        tx: net.as_ref().map_or(0, |net| net.tx_bytes),
        read,
        written,
        pids: u32::try_from(pids).unwrap_or(u32::MAX),
    }))
}

fn block_io(blkio: Option<Blkio>) -> (u64, u64) {
    let entries = blkio.and_then(|blkio| blkio.io_service_bytes_recursive);
    let mut sums = (0_u64, 0_u64);
    for entry in entries.unwrap_or_default() {
        match entry.op {
            Op::Read => sums.0 = sums.0.saturating_add(entry.value),
            Op::Write => sums.1 = sums.1.saturating_add(entry.value),
            Op::Other => {}
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Notice;

    /// Fixtures hold their origin beside the sample.
    fn fixture(text: &str) -> Sample {
        let whole: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(whole["origin"].is_object());
        read(whole["sample"].to_string().as_bytes(), Measure::Host)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_sample_recorded_from_cgroup_v1() {
        let sample = fixture(include_str!("../../tests/fixtures/stats-v1.json"));
        // (2837252764 - 1924486937) / (5290370000000 - 5288370000000) × 2 × 100
        assert!((sample.cpu - 91.276_58).abs() < 0.001, "{}", sample.cpu);
        assert_eq!(sample.memory, 2_691_072 - 1_978_368);
        assert_eq!(sample.limit, 25_276_502_016);
        assert_eq!((sample.rx, sample.tx, sample.pids), (736, 0, 1));
        assert_eq!((sample.read, sample.written), (0, 0));
        assert_eq!(sample.at, Time::parse("2026-11-24T02:06:11.165Z").unwrap());
    }

    #[test]
    fn a_sample_as_the_api_documents_cgroup_v2() {
        let sample = fixture(include_str!("../../tests/fixtures/stats-v2.json"));
        // (100215355 - 100093996) / (739306590000000 - 739304590000000) × 4 × 100
        assert!((sample.cpu - 0.024_271_8).abs() < 1e-6, "{}", sample.cpu);
        assert_eq!(sample.memory, 6_537_216 - 1_048_576);
        assert_eq!((sample.rx, sample.tx), (5338 + 100, 648 + 200));
        assert_eq!((sample.read, sample.written), (4096 + 8192, 12_288));
        assert_eq!(sample.pids, 3);
    }

    #[test]
    fn podmans_host_counts_what_was_used_alone() {
        // version 4.3.1, a loop under 0.3 CPUs: in a second it had nearly all that was used
        let json = br#"{"read":"2026-11-25T17:03:35.211Z","preread":"2026-11-25T17:03:34.211Z",
            "cpu_stats":{"cpu_usage":{"total_usage":344229667},"system_cpu_usage":34367043126715,"online_cpus":2},
            "precpu_stats":{"cpu_usage":{"total_usage":44229667},"system_cpu_usage":34366733126715}}"#;
        let cpu = |measure| read(json, measure).unwrap().unwrap().cpu;
        assert!((cpu(Measure::Clock) - 30.0).abs() < 0.01);
        assert!(cpu(Measure::Host) > 190.0);
    }

    #[test]
    fn times_are_ours_and_the_time_between_them_the_engines() {
        let mut skew = Skew::default();
        let mut ours = |at: i64, now: i64| at + skew.with(Time(at), Time(now));
        // ten seconds behind; what comes late or early changes nothing
        assert_eq!(ours(1_000, 11_000), 11_000);
        assert_eq!(ours(2_000, 12_700), 12_000);
        assert_eq!(ours(3_010, 12_990), 13_010);
        // a clock that was set
        assert_eq!(ours(14_000, 14_000), 14_000);
        assert_eq!(ours(15_000, 15_100), 15_000);
    }

    #[tokio::test]
    async fn samples_of_an_engine_that_is_behind_are_of_now() {
        for (simulated, within) in [(false, true), (true, false)] {
            let (sender, mut samples) = mpsc::channel(4);
            let (notices, mut facts) = mpsc::channel(4);
            let gather = async move {
                gather(&Teller::to(notices), simulated, &mut samples, || {}).await;
            };
            let _task = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(gather));
            let mut sample = fixture(include_str!("../../tests/fixtures/stats-v1.json"));
            sample.at = Time(clock::now().0 - 10_000);
            sender.send((Id::new("a"), sample)).await.unwrap();
            let Some(Notice::Fact(_, _, Fact::Samples(all))) = facts.recv().await else {
                panic!("no samples");
            };
            let age = clock::now().since(all[0].1.at);
            assert_eq!(age < Duration::from_secs(5), within, "{age:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn samples_that_come_no_more_cast_doubt_once() {
        for pauses in [[1, 1], [5, 5], [1, 4]] {
            let [short, long] = pauses.map(Duration::from_secs);
            let (sender, mut samples) = mpsc::channel(4);
            let doubts = std::cell::Cell::new(0);
            let mut pace = Pace::default();
            let sample = fixture(include_str!("../../tests/fixtures/stats-v1.json"));
            let feed = async {
                for pause in [short, long, short, long, short, long] {
                    sender.send((Id::new("a"), sample)).await.unwrap();
                    tokio::time::sleep(pause).await;
                }
                assert_eq!(doubts.get(), 0, "{pauses:?}");
                tokio::time::sleep(long * 4).await;
                assert_eq!(doubts.get(), 1, "{pauses:?}");
                sender.send((Id::new("a"), sample)).await.unwrap();
                tokio::time::sleep(short).await;
                drop(sender);
            };
            let hear = async {
                let silent = || doubts.set(doubts.get() + 1);
                while pace.next(&mut samples, silent).await.is_some() {}
            };
            tokio::join!(feed, hear);
            assert_eq!(doubts.get(), 1);
        }
    }

    #[test]
    fn first_and_empty_samples_are_passed_over() {
        let first = br#"{"read":"2026-11-24T02:06:11Z","cpu_stats":{"system_cpu_usage":5},"precpu_stats":{}}"#;
        assert_eq!(read(first, Measure::Host).unwrap(), None);
        let stopped = br#"{"read":"0001-01-01T00:00:00Z","cpu_stats":{},"precpu_stats":{}}"#;
        assert_eq!(read(stopped, Measure::Host).unwrap(), None);
        let odd = br#"{"read":"2026-11-24T02:06:11Z","cpu_stats":{"cpu_usage":{"total_usage":3,"percpu_usage":[1,1,1]},
            "system_cpu_usage":20},"precpu_stats":{"cpu_usage":{"total_usage":1},"system_cpu_usage":10},
            "blkio_stats":{"io_service_bytes_recursive":null},"memory_stats":{},"networks":null}"#;
        let sample = read(odd, Measure::Host).unwrap().unwrap();
        assert!((sample.cpu - 60.0).abs() < 1e-3);
        assert!(read(b"{", Measure::Host).is_err());
    }
}
