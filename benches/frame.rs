//! What the loop's own work costs, without terminal and engine: a frame and a settle of many
//! containers, and a million log lines. Prints medians; asserts nothing.

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::unwrap_used, reason = "what cannot be made cannot be measured")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::FixedOffset;
use pilothouse::config::Settings;
use pilothouse::engine;
use pilothouse::model::input::{Key, Size};
use pilothouse::model::log::LogBuffer;
use pilothouse::model::{
    Address, Container, HostId, Id, Labels, Link, Network, Port, Sample, Source, State, Time,
};
use pilothouse::protocol::Fact;
use pilothouse::store::Store;
use pilothouse::store::filter::smart_regex;
use pilothouse::store::message::Message;
use pilothouse::store::watch::wanted;
use pilothouse::view::theme::Theme;
use pilothouse::view::{self, Look};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const NOW: Time = Time::from_secs(1_772_658_870);
const LINES: usize = 1_000_000;

fn main() {
    println!("200x50, medians");
    for count in [100, 1_000, 10_000] {
        frames(count);
    }
    logs();
}

fn frames(count: usize) {
    let mut store = store(count);
    let look = Look::new(Theme::load("harbor", None).unwrap(), false);
    let area = Rect::new(0, 0, 200, 50);
    let mut shown = Buffer::empty(area);
    let mut next = Buffer::empty(area);
    let frame = median(200, || {
        let painted = view::draw(&mut next, &store, &look);
        black_box(shown.diff(&next).len());
        std::mem::swap(&mut shown, &mut next);
        painted
    });
    let settle = median(30, || {
        store.lists.containers.touch();
        store.settle();
    });
    let down: Key = "j".parse().unwrap();
    let key = median(200, || {
        let effects = store.apply(Message::Key(down));
        store.settle();
        (effects, wanted(&store))
    });
    println!(
        "{count:>7} containers   frame {:>7.3} ms   settle with a whole sort {:>7.3} ms   key without its frame {:>7.3} ms",
        millis(frame),
        millis(settle),
        millis(key),
    );
}

fn logs() {
    let bytes = flood();
    let mut buffer = LogBuffer::new();
    let stored = median(3, || {
        buffer = LogBuffer::new();
        for chunk in engine::read_log(false, &bytes).unwrap() {
            buffer.push(chunk, usize::MAX);
        }
    });
    let search = |needle: &str| {
        let needle = smart_regex(needle).unwrap();
        median(5, || {
            let chunks = buffer.chunks();
            let hits: usize = chunks.map(|(_, chunk)| chunk.hits(&needle).len()).sum();
            assert_eq!(hits, 1);
        })
    };
    println!(
        "{} MB in {LINES} lines   cut, cleaned, stored {:.0} ms   search: a word {:.0} ms, an expression {:.0} ms",
        bytes.len() / 1_000_000,
        millis(stored),
        millis(search("seq=0000999999")),
        millis(search("seq=0+999999 .*hot$")),
    );
}

/// The bytes of a log as the engine sends them.
fn flood() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(LINES * 190);
    let mut line = String::new();
    for number in 0..LINES {
        line.clear();
        let (minute, second) = (number / 60_000 % 60, number / 1_000 % 60);
        let nanos = number % 1_000 * 1_000_000;
        writeln!(
            line,
            "2026-03-04T21:{minute:02}:{second:02}.{nanos:09}Z INFO ingest[07] \
             request=8f3a66c1d02b9e47 seq={number:010} method=POST path=/api/v1/events \
             status=202 took=113us shard=12 region=eu-central-1 queue=hot"
        )
        .unwrap();
        bytes.extend_from_slice(&[1, 0, 0, 0]);
        bytes.extend_from_slice(&u32::try_from(line.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(line.as_bytes());
    }
    bytes
}

/// A store with containers, of which those in sight have a history.
fn store(count: usize) -> Store {
    let zone = FixedOffset::east_opt(0).unwrap();
    let mut store = Store::new(Settings::default(), "", NOW, zone).unwrap();
    let host = HostId::new("local");
    let mut learn = |fact| drop(store.apply(Message::Fact(host.clone(), fact)));
    learn(Fact::Link(Link::Up {
        address: Address::Unix("/run/docker.sock".into()),
        source: Source::Given,
        since: NOW,
    }));
    learn(Fact::Containers((0..count).map(container).collect()));
    for back in (0..60).rev() {
        let at = Time(NOW.0 - back * 1000);
        let sample = |number: usize| Sample {
            at,
            cpu: (number * 7 % 90) as f32,
            memory: 90 << 20,
            limit: 256 << 20,
            ..Sample::default()
        };
        let samples = (0..count.min(45)).map(|number| (id(number), sample(number)));
        learn(Fact::Samples(samples.collect()));
    }
    let size = Size {
        width: 200,
        height: 50,
    };
    drop(store.apply(Message::Resize(size)));
    store.settle();
    store
}

fn id(number: usize) -> Id {
    Id::new(&format!("{number:064x}"))
}

fn container(number: usize) -> Container {
    let project = format!("crowd-{}", number / 50);
    Container {
        id: id(number),
        name: format!("app-service-{number}").into(),
        image: "registry.example/app/service:1.31.7".into(),
        command: "java -Xmx192m -jar /app/service.jar".into(),
        created: Time(NOW.0 - 86_400_000),
        state: if number % 10 == 9 {
            State::Exited
        } else {
            State::Running
        },
        status: "Up 2 days".into(),
        health: None,
        exit_code: None,
        ports: vec![Port {
            private: 9000,
            public: None,
            ip: None,
            protocol: "tcp".into(),
        }],
        networks: vec![Network {
            name: "crowd_back".into(),
            address: "172.18.0.7".into(),
        }],
        labels: Labels::from_iter([
            ("com.docker.compose.project", &*project),
            ("com.docker.compose.service", "service"),
        ]),
        mounts: Vec::new(),
        brief: None,
    }
}

fn median<T>(times: usize, mut work: impl FnMut() -> T) -> Duration {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let began = Instant::now();
            black_box(work());
            began.elapsed()
        })
        .collect();
    taken.sort_unstable();
    taken.get(times / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
