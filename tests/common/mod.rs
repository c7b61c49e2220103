//! Scenes built from facts, and a script that plays keys against a store and shows its screen.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a scene that cannot be made fails its test"
)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of it"
)]

mod fleet;
pub mod seen;

use std::fmt::Write;
use std::sync::Arc;

use chrono::FixedOffset;
use pilothouse::config::Settings;
use pilothouse::model::input::{Key, Size};
use pilothouse::model::log::{Chunk, Colour, Look as LogLook, Span, Stream};
use pilothouse::model::{
    Address, Attempt, Brief, Candidate, Container, Event, HostId, HostInfo, HostSpec, Id, Labels,
    Link, Network, Origin, Port, Problem, ProblemKind, Ref, Sample, Source, State, Time,
    container::read_status,
};
use pilothouse::protocol::{Fact, LogFact, Processes, Reply};
use pilothouse::store::Store;
use pilothouse::store::message::{Effect, Effects, Message, Painted};
use pilothouse::view::{self, Look, theme::Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// 2026-03-04 21:14:30 UTC.
pub const NOW: Time = Time::from_secs(1_772_658_870);
pub const GIB: u64 = 1 << 30;
pub const MIB: u64 = 1 << 20;

pub fn host() -> HostId {
    HostId::new("local")
}

pub fn id(name: &str) -> Id {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut text = String::new();
    for round in 0..4 {
        for byte in name.bytes().chain([round]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let _ = write!(text, "{hash:016x}");
    }
    Id::new(&text)
}

pub fn container(name: &str, image: &str, state: State, status: &str) -> Container {
    let (health, exit_code) = read_status(status);
    Container {
        id: id(name),
        name: name.into(),
        image: image.into(),
        command: "/docker-entrypoint.sh".into(),
        created: Time(NOW.0 - 86_400_000 * 9),
        state,
        status: status.into(),
        health,
        exit_code,
        ports: Vec::new(),
        networks: vec![Network {
            name: "bridge".into(),
            address: "172.17.0.2".into(),
        }],
        labels: Labels::default(),
        mounts: vec![format!("{name}-data").into()],
        brief: Some(Brief {
            started: Some(Time(NOW.0 - 7_500_000)),
            ..Brief::default()
        }),
    }
}

fn in_project(mut container: Container, project: &str) -> Container {
    container.labels = [("com.docker.compose.project", project)]
        .into_iter()
        .collect();
    container
}

fn published(mut container: Container, public: u16, private: u16) -> Container {
    container.ports.push(Port {
        private,
        public: Some(public),
        ip: Some("0.0.0.0".into()),
        protocol: "tcp".into(),
    });
    container
}

/// A dozen containers in many states.
pub fn containers() -> Vec<Container> {
    let c = container;
    vec![
        published(
            in_project(c("web", "nginx:1.27", State::Running, "Up 2 hours"), "shop"),
            8080,
            80,
        ),
        in_project(
            c(
                "db",
                "postgres:16-alpine",
                State::Running,
                "Up 2 hours (healthy)",
            ),
            "shop",
        ),
        in_project(c("cache", "redis:7", State::Running, "Up 2 hours"), "shop"),
        in_project(
            c(
                "api",
                "shop/api:2.4.1",
                State::Running,
                "Up 3 seconds (health: starting)",
            ),
            "shop",
        ),
        published(
            in_project(
                c(
                    "grafana",
                    "grafana/grafana:11.1.0",
                    State::Running,
                    "Up 2 hours (unhealthy)",
                ),
                "monitoring",
            ),
            3000,
            3000,
        ),
        in_project(
            c(
                "loki",
                "grafana/loki:3.0.0",
                State::Exited,
                "Exited (137) 3 days ago",
            ),
            "monitoring",
        ),
        in_project(
            c(
                "prometheus",
                "prom/prometheus:v2.53.0",
                State::Restarting,
                "Restarting (1) 4 seconds ago",
            ),
            "monitoring",
        ),
        c(
            "backup",
            "restic/restic:0.17.0",
            State::Running,
            "Up 5 minutes",
        ),
        c(
            "worker",
            "registry.example.org/team/worker-with-a-long-name:2026-03-01",
            State::Paused,
            "Up 3 days (Paused)",
        ),
        c(
            "migrate",
            "shop/api:2.4.1",
            State::Exited,
            "Exited (0) 2 hours ago",
        ),
        c("scratchpad", "alpine:3.20", State::Created, "Created"),
        c("old-batch", "python:3.12-slim", State::Dead, "Dead"),
    ]
}

fn sample(index: usize, second: i64) -> Sample {
    let t = (second % 10_000) as f32;
    let wave = |period: f32, shift: f32| f32::midpoint((t / period + shift).sin(), 1.0);
    let shift = index as f32 * 1.7;
    let (base, swing) = [
        (2.0, 14.0),
        (0.4, 1.0),
        (0.1, 0.3),
        (31.0, 60.0),
        (14.0, 80.0),
    ][index % 5];
    let cpu = base + swing * wave(23.0, shift) * wave(7.0, shift);
    let limit = if index.is_multiple_of(2) {
        128 * MIB * (index as u64 + 1)
    } else {
        23 * GIB
    };
    let share = [0.24, 0.02, 0.1, 0.03, 0.93][index % 5] * (0.8 + 0.2 * wave(60.0, shift));
    Sample {
        at: Time::from_secs(second),
        cpu,
        memory: (limit as f32 * share) as u64,
        limit,
        rx: (second as u64 % 100_000) * (900 + index as u64 * 400)
            + (wave(11.0, shift) * 4000.0) as u64,
        tx: (second as u64 % 100_000) * (3000 + index as u64 * 900)
            + (wave(13.0, shift) * 9000.0) as u64,
        read: second as u64 % 100_000 * 10,
        written: (second as u64 % 100_000) * 12_000 + (wave(17.0, shift) * 60_000.0) as u64,
        pids: 4 + index as u32,
    }
}

/// A log with colours, levels, both streams and a long line.
pub fn log_lines(count: usize) -> Arc<Chunk> {
    let mut chunk = Chunk::default();
    let red = LogLook {
        fg: Some(Colour::Indexed(1)),
        bold: true,
        ..LogLook::default()
    };
    let green = LogLook {
        fg: Some(Colour::Indexed(2)),
        ..LogLook::default()
    };
    for number in 0..count {
        let at = (NOW.0 - (count - number) as i64 * 700) * 1_000_000;
        let (text, stream, spans) = match number % 8 {
            3 => (
                format!("WARN slow query {}ms cart_items", 812 + number % 90),
                Stream::Err,
                vec![],
            ),
            5 => (
                format!(
                    "ERROR upstream timed out after {number} ms while reading the response header from upstream, client 172.18.0.1, request GET /cart/checkout?step=3 HTTP/1.1"
                ),
                Stream::Err,
                vec![],
            ),
            6 => (
                "[ok] warmed 42 keys".to_owned(),
                Stream::Out,
                vec![Span {
                    start: 1,
                    end: 3,
                    look: green,
                }],
            ),
            7 => (
                "panic recovered in handler".to_owned(),
                Stream::Out,
                vec![Span {
                    start: 0,
                    end: 5,
                    look: red,
                }],
            ),
            n => (
                format!("GET /cart/{number} 200 {}ms", 3 + n * 9),
                Stream::Out,
                vec![],
            ),
        };
        chunk.push(&text, at, stream, 0, &spans);
    }
    chunk.seal()
}

pub fn inspect() -> serde_json::Value {
    serde_json::json!({
        "Id": id("web").as_str(),
        "Created": "2026-02-23T21:14:30Z",
        "Path": "/docker-entrypoint.sh",
        "Args": ["nginx", "-g", "daemon off;"],
        "State": {
            "Status": "running", "Running": true, "Pid": 4711, "ExitCode": 0,
            "Health": {
                "Status": "unhealthy", "FailingStreak": 3,
                "Log": [
                    {"Start": "2026-03-04T21:13:30Z", "End": "2026-03-04T21:13:30.031Z", "ExitCode": 0, "Output": "ok"},
                    {"Start": "2026-03-04T21:14:00Z", "End": "2026-03-04T21:14:05Z", "ExitCode": 1, "Output": "curl: (7) Failed to connect to localhost port 80\nConnection refused"},
                ],
            },
        },
        "Config": {
            "Hostname": "web", "Image": "nginx:1.27",
            "Env": ["PATH=/usr/local/sbin:/usr/bin", "POSTGRES_PASSWORD=hunter2", "DATABASE_URL=postgres://shop:hunter2@db:5432/shop", "NGINX_VERSION=1.27.0", "LOG_LEVEL=info"],
            "Healthcheck": {"Test": ["CMD", "curl", "-f", "http://localhost/"]},
            "Labels": {"com.docker.compose.project": "shop"},
        },
        "NetworkSettings": {
            "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "443/tcp": null},
            "Networks": {"shop_default": {"IPAddress": "172.18.0.4", "IPPrefixLen": 16, "Gateway": "172.18.0.1", "MacAddress": "02:42:ac:12:00:04", "GlobalIPv6Address": "", "Aliases": ["web", "nginx"]}},
        },
        "Mounts": [{"Type": "volume", "Name": "shop_static", "Destination": "/usr/share/nginx/html", "RW": true}],
        "HostConfig": {"Memory": 134_217_728},
    })
}

pub fn attempts() -> Vec<Attempt> {
    let attempt = |source, place: &str, kind, summary: &str, detail: &str| Attempt {
        source,
        place: place.to_owned(),
        problem: Problem::new(kind, summary, detail),
    };
    vec![
        attempt(
            Source::Environment,
            "tcp://10.0.0.7:2375",
            ProblemKind::Timeout,
            "10.0.0.7 port 2375 did not answer within 3 seconds",
            "",
        ),
        attempt(
            Source::Context("colima".into()),
            "unix:///home/ann/.colima/docker.sock",
            ProblemKind::Unreachable,
            "there is no socket at that place",
            "No such file or directory (os error 2)",
        ),
        attempt(
            Source::Usual("Docker"),
            "unix:///var/run/docker.sock",
            ProblemKind::Denied,
            "the socket may not be opened",
            "Permission denied (os error 13)",
        ),
    ]
}

/// The hosts of [`Script::several`] and their containers.
pub const SEVERAL: [(&str, [&str; 3]); 3] = [
    ("prod", ["web", "db", "cache"]),
    ("staging", ["web", "db", "worker"]),
    ("edge", ["web", "proxy", "probe"]),
];

/// The id of a container of one of several hosts.
pub fn id_on(host: &str, name: &str) -> Id {
    id(&format!("{host}/{name}"))
}

/// A container of one of several hosts.
pub fn on(host: &str, name: &str) -> Ref {
    Ref::container(&HostId::new(host), &id_on(host, name))
}

fn of_host(host: &str, name: &str) -> Container {
    let stopped = name == "worker";
    let (state, status) = match stopped {
        true => (State::Exited, "Exited (0) 2 hours ago"),
        false => (State::Running, "Up 2 hours"),
    };
    let made = Container {
        id: id_on(host, name),
        ..container(name, "nginx:1.27", state, status)
    };
    match name {
        "web" | "db" => in_project(made, "shop"),
        _ => made,
    }
}

/// A store with its person at the keys.
pub struct Script {
    pub store: Store,
    pub look: Look,
}

impl Script {
    /// A store that has heard nothing.
    pub fn empty() -> Self {
        let zone = FixedOffset::east_opt(0).unwrap();
        let store = Store::new(Settings::default(), "", NOW, zone).unwrap();
        let look = Look::new(Theme::load("harbor", None).unwrap(), false);
        Self { store, look }
    }

    /// The host answers and says what it is.
    pub fn connected() -> Self {
        let mut script = Self::empty();
        script.size(120, 40);
        script.fact(Fact::Link(Link::Up {
            address: Address::Unix("/var/run/docker.sock".into()),
            source: Source::Usual("Docker"),
            since: Time(NOW.0 - 400_000),
        }));
        script.fact(Fact::Info(Box::new(HostInfo {
            name: "harbour".into(),
            engine: "Docker".into(),
            version: "20.10.24".into(),
            cpus: 8,
            memory: 23 * GIB,
            ..HostInfo::default()
        })));
        script
    }

    /// The scene of most screens.
    pub fn scene() -> Self {
        let mut script = Self::connected();
        script.fact(Fact::Containers(containers()));
        let alive: Vec<Id> = containers()
            .iter()
            .filter(|c| c.state == State::Running)
            .map(|c| c.id.clone())
            .collect();
        for second in NOW.secs() - 299..=NOW.secs() {
            let samples = alive
                .iter()
                .enumerate()
                .map(|(n, id)| (id.clone(), sample(n, second)));
            script.fact(Fact::Samples(samples.collect()));
        }
        script.settle();
        let web = Ref::container(&host(), &id("web"));
        script.store.lists.containers.select(&web);
        script.settle();
        script.detail("web");
        script
    }

    /// Three hosts that answer: `prod` is protected, `edge` read-only, and each has a `web`.
    pub fn several() -> Self {
        let mut script = Self::empty();
        script.size(140, 40);
        for (name, names) in SEVERAL {
            let host = HostId::new(name);
            let address = Address::Unix(format!("/run/{name}.sock").into());
            let candidate = Candidate {
                source: Source::Settings,
                place: format!("unix:///run/{name}.sock"),
                address: Ok(address.clone()),
            };
            let mut spec = HostSpec::new(host.clone(), Origin::Settings, vec![candidate]);
            spec.protect = name == "prod";
            spec.read_only = name == "edge";
            spec.colour = (name == "prod").then(|| "orange".to_owned());
            spec.connect = true;
            script.store.apply(Message::Known(Box::new(spec), true));
            script.fact_of(
                name,
                Fact::Link(Link::Up {
                    address,
                    source: Source::Settings,
                    since: Time(NOW.0 - 400_000),
                }),
            );
            let info = HostInfo {
                name: name.to_owned(),
                engine: "Docker".into(),
                version: "27.5.1".into(),
                cpus: 4,
                memory: 8 * GIB,
                ..HostInfo::default()
            };
            script.fact_of(name, Fact::Info(Box::new(info)));
            let containers = names.iter().map(|container| of_host(name, container));
            script.fact_of(name, Fact::Containers(containers.collect()));
            for second in NOW.secs() - 9..=NOW.secs() {
                let of = |n: usize, container: &&str| (id_on(name, container), sample(n, second));
                let samples = names.iter().enumerate().map(|(n, c)| of(n, c));
                script.fact_of(name, Fact::Samples(samples.collect()));
            }
        }
        script.settle();
        script
    }

    /// Puts the cursor on a container of a host.
    pub fn stand_on(&mut self, host: &str, name: &str) {
        let target = on(host, name);
        assert!(self.store.list_mut().select(&target), "no row of {name}");
        self.settle();
    }

    /// What the detail of a container knows.
    pub fn detail(&mut self, name: &str) {
        let id = id(name);
        self.fact(Fact::Inspect(id.clone(), Ok(Arc::new(inspect()))));
        self.fact(Fact::Processes(
            id.clone(),
            Ok(Arc::new(Processes {
                titles: [
                    "PID", "PPID", "USER", "%CPU", "RSS", "ELAPSED", "TIME", "COMMAND",
                ]
                .map(Into::into)
                .to_vec(),
                rows: vec![
                    [
                        "4711",
                        "4690",
                        "root",
                        "0.1",
                        "6724",
                        "7500",
                        "00:00:01",
                        "nginx: master process nginx -g daemon off;",
                    ]
                    .map(Into::into)
                    .to_vec(),
                    [
                        "4760",
                        "4711",
                        "nginx",
                        "12.4",
                        "24120",
                        "7499",
                        "00:15:12",
                        "nginx: worker process",
                    ]
                    .map(Into::into)
                    .to_vec(),
                ],
            })),
        ));
        for (seconds, action) in [
            (7500, "start"),
            (60, "health_status: unhealthy"),
            (5, "exec_create: sh"),
        ] {
            self.fact(Fact::Event(Event {
                at: Time(NOW.0 - seconds * 1000),
                kind: "container".into(),
                id: id.clone(),
                name: name.into(),
                action: action.into(),
                attributes: vec![("image".into(), "nginx:1.27".into())],
            }));
        }
        self.fact(Fact::Log(id.clone(), LogFact::Opened));
        self.fact(Fact::Log(id.clone(), LogFact::Lines(log_lines(240))));
        self.fact(Fact::Log(id, LogFact::CaughtUp));
        self.settle();
    }

    /// A container has ended for want of memory, and all of that is known.
    pub fn ended(&mut self, name: &str) {
        let id = id(name);
        let end = Time(NOW.0 - 180_000);
        self.fact(Fact::Brief(
            id.clone(),
            Brief {
                started: Some(Time(end.0 - 754_000)),
                finished: Some(end),
                restarts: 2,
                oom_killed: true,
                exit_code: 137,
                ..Brief::default()
            },
        ));
        let mut inspect = inspect();
        inspect["RestartCount"] = 2.into();
        inspect["State"]["ExitCode"] = 137.into();
        inspect["State"]["OOMKilled"] = true.into();
        inspect["State"]["StartedAt"] = "2026-03-04T20:58:56Z".into();
        inspect["State"]["FinishedAt"] = "2026-03-04T21:11:30Z".into();
        inspect["HostConfig"]["RestartPolicy"] =
            serde_json::json!({"Name": "on-failure", "MaximumRetryCount": 2});
        self.fact(Fact::Inspect(id.clone(), Ok(Arc::new(inspect))));
        let event = |before: i64, action: &str, attribute: Option<(&str, &str)>| Event {
            at: Time(end.0 - before),
            kind: "container".into(),
            id: id.clone(),
            name: name.into(),
            action: action.into(),
            attributes: attribute
                .map(|(key, value)| (key.into(), value.into()))
                .into_iter()
                .collect(),
        };
        let past = vec![
            event(754_000, "start", None),
            event(800, "oom", None),
            event(0, "die", Some(("exitCode", "137"))),
        ];
        self.fact(Fact::Past(id.clone(), past));
        self.settle();
        self.store
            .lists
            .containers
            .select(&Ref::container(&host(), &id));
        self.settle();
        self.fact(Fact::Log(id.clone(), LogFact::Opened));
        self.fact(Fact::Log(id.clone(), LogFact::Lines(log_lines(30))));
        self.fact(Fact::Log(id, LogFact::Ended));
        self.settle();
    }

    pub fn fact(&mut self, fact: Fact) {
        self.store.apply(Message::Fact(host(), fact));
    }

    pub fn settle(&mut self) {
        self.store.settle();
    }

    pub fn size(&mut self, width: u16, height: u16) -> &mut Self {
        self.store.apply(Message::Resize(Size { width, height }));
        self.settle();
        self
    }

    /// Presses keys: letters, and names in angle brackets. What searching asks for is answered.
    pub fn keys(&mut self, text: &str) -> Effects {
        let mut effects = Effects::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let named = rest
                .strip_prefix('<')
                .and_then(|inner| inner.split_once('>'));
            let key = if let Some((name, after)) = named.filter(|(name, _)| !name.is_empty()) {
                rest = after;
                name.parse::<Key>().unwrap()
            } else {
                rest = &rest[first.len_utf8()..];
                Key::char(first)
            };
            let now = self.store.apply(Message::Key(key));
            self.settle();
            for effect in &now {
                if let Effect::Search(search, chunks, regex) = effect {
                    let hits = chunks.iter().flat_map(|(first, chunk)| {
                        let lines = chunk.lines().zip(*first..);
                        lines
                            .filter(|(line, _)| regex.is_match(line.text))
                            .map(|(_, n)| n)
                    });
                    self.store
                        .apply(Message::Found(*search, Ok(hits.collect())));
                }
            }
            effects.extend(now);
            self.settle();
        }
        effects
    }

    /// Answers the calls among some effects.
    pub fn answer(&mut self, effects: Effects, result: &Result<Reply, Problem>) {
        for effect in effects {
            if let Effect::Run(job, step, _, _) = effect {
                self.store.apply(Message::Done(job, step, result.clone()));
            }
        }
        self.settle();
    }

    /// The calls among some effects write lines.
    pub fn wrote(&mut self, effects: &Effects, count: usize) {
        for effect in effects {
            if let Effect::Run(job, ..) = effect {
                self.store.apply(Message::Output(*job, log_lines(count)));
            }
        }
        self.settle();
    }

    pub fn later(&mut self, millis: i64) {
        self.store
            .apply(Message::Tick(Time(self.store.now.0 + millis)));
        self.settle();
    }

    pub fn draw(&self) -> (Buffer, Painted) {
        let Size { width, height } = self.store.size;
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        let painted = view::draw(&mut buf, &self.store, &self.look);
        (buf, painted)
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        rows(&self.draw().0).join("\n")
    }

    /// The screen's text, and below it the styles of its pieces.
    pub fn screen(&self) -> String {
        let (buf, _) = self.draw();
        let mut out = rows(&buf).join("\n");
        out.push_str("\n\nstyles\n");
        for (number, row) in buf.content.chunks(usize::from(buf.area.width)).enumerate() {
            let mut runs: Vec<(Style, String)> = Vec::new();
            for cell in row {
                match runs.last_mut() {
                    Some((style, text)) if *style == cell.style() => text.push_str(cell.symbol()),
                    _ => runs.push((cell.style(), cell.symbol().to_owned())),
                }
            }
            let shown = runs.iter().filter(|(_, text)| !text.trim().is_empty());
            let shown: Vec<String> = shown
                .map(|(style, text)| {
                    let fg = style.fg.map(|c| c.to_string()).unwrap_or_default();
                    let bg = style.bg.map(|c| c.to_string()).unwrap_or_default();
                    let bg = if bg == "#0F1720" {
                        String::new()
                    } else {
                        format!("/{bg}")
                    };
                    let marks = if style.add_modifier.is_empty() {
                        String::new()
                    } else {
                        format!("+{:?}", style.add_modifier)
                    };
                    let short: String = text.trim().chars().take(12).collect();
                    format!("{short:?}{fg}{bg}{marks}")
                })
                .collect();
            if !shown.is_empty() {
                let _ = writeln!(out, "{number:>2} {}", shown.join(" "));
            }
        }
        out
    }
}

/// A buffer's rows as text, without blanks at their ends.
pub fn rows(buf: &Buffer) -> Vec<String> {
    buf.content
        .chunks(usize::from(buf.area.width).max(1))
        .map(|row| {
            let mut text = String::new();
            let mut skip = 0;
            for cell in row {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                text.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            }
            text.trim_end().to_owned()
        })
        .collect()
}
