//! A scene of several hosts: one live beside the usual, one lost, one being reached for.

use std::time::Duration;

use pilothouse::model::host::{DiskUse, Pulse};
use pilothouse::model::{
    Address, Event, HostId, HostInfo, Link, Problem, ProblemKind, Sample, Source, State, Time,
};
use pilothouse::protocol::Fact;
use pilothouse::store::message::Message;

use super::{GIB, MIB, NOW, Script, attempts, container, host, id};

impl Script {
    /// A host reports.
    pub fn fact_of(&mut self, host: &str, fact: Fact) {
        let _ = self.store.apply(Message::Fact(HostId::new(host), fact));
        self.settle();
    }

    /// The usual scene with three more hosts.
    pub fn fleet() -> Self {
        let mut script = Self::scene();
        script.fact_of(host().as_str(), pulse(800, 0));
        script.fact_of(host().as_str(), disk(9));
        script.live();
        script.fact_of(
            "staging",
            Fact::Info(Box::new(HostInfo {
                name: "stage-1".into(),
                engine: "Docker".into(),
                version: "24.0.7".into(),
                os: "Ubuntu 22.04.4 LTS".into(),
                cpus: 4,
                memory: 8 * GIB,
                ..HostInfo::default()
            })),
        );
        let paused = container(
            "shop-web-1",
            "shop/web:4.1",
            State::Paused,
            "Up 3 days (Paused)",
        );
        script.fact_of("staging", Fact::Containers(vec![paused]));
        script.fact_of(
            "staging",
            Fact::Link(Link::Down {
                attempts: attempts()[2..].to_vec(),
                since: Some(Time(NOW.0 - 42_000)),
                retry: Time(NOW.0 + 12_000),
            }),
        );
        script.fact_of(
            "build",
            Fact::Link(Link::Connecting {
                since: Time(NOW.0 - 4000),
            }),
        );
        script.settle();
        script
    }

    fn live(&mut self) {
        let up = Link::Up {
            address: Address::Tcp {
                host: "prod.example.org".into(),
                port: 2375,
            },
            source: Source::Context("prod".into()),
            since: Time(NOW.0 - 7_200_000),
        };
        self.fact_of("prod", Fact::Link(up));
        let info = HostInfo {
            name: "prod-7".into(),
            engine: "Docker".into(),
            version: "27.3.1".into(),
            api: "1.47".into(),
            os: "Debian GNU/Linux 12 (bookworm)".into(),
            kernel: "6.1.0-26-amd64".into(),
            cpus: 16,
            memory: 62 * GIB,
            experimental: false,
        };
        self.fact_of("prod", Fact::Info(Box::new(info)));
        let named =
            |name: &str, state, status: &str| container(name, "shop/api:4.1", state, status);
        let mut containers: Vec<_> = (1..=6)
            .map(|number| {
                named(
                    &format!("api-{number}"),
                    State::Running,
                    "Up 3 days (healthy)",
                )
            })
            .collect();
        containers.push(named(
            "api-7",
            State::Restarting,
            "Restarting (1) 4 seconds ago",
        ));
        self.fact_of("prod", Fact::Containers(containers));
        for second in NOW.secs() - 59..=NOW.secs() {
            let samples = (1..=6_u32).map(|number| {
                let wave = ((second as f32 / 9.0 + number as f32).sin() + 1.0) * 40.0;
                let sample = Sample {
                    at: Time::from_secs(second),
                    cpu: 60.0 + wave,
                    memory: u64::from(number) * 1400 * MIB,
                    limit: 62 * GIB,
                    ..Sample::default()
                };
                (id(&format!("api-{number}")), sample)
            });
            self.fact_of("prod", Fact::Samples(samples.collect()));
        }
        self.fact_of("prod", pulse(23_400, 8));
        self.fact_of("prod", disk(87));
        let trouble = Problem::new(
            ProblemKind::Timeout,
            "listing the containers of prod took longer than 10 s",
            "",
        );
        self.fact_of("prod", Fact::Trouble(trouble));
    }
}

fn pulse(micros: u64, skew: i64) -> Fact {
    Fact::Pulse(Pulse {
        latency: Duration::from_micros(micros),
        skew: Some(skew),
    })
}

fn disk(gib: u64) -> Fact {
    Fact::Disk(DiskUse {
        images: gib * GIB,
        containers: 310 * MIB,
        volumes: 2 * GIB,
        build_cache: 0,
    })
}

impl Script {
    /// The fleet, on which something happened of every sort.
    pub fn eventful() -> Self {
        let mut script = Self::fleet();
        let local = host();
        let mut tell = |on: &str,
                        before: i64,
                        (kind, name): (&str, &str),
                        action: &str,
                        more: &[(&str, &str)]| {
            let attributes = more
                .iter()
                .map(|(key, value)| ((*key).into(), (*value).into()));
            let event = Event {
                at: Time(NOW.0 - before * 1000),
                kind: kind.into(),
                id: id(name),
                name: name.into(),
                action: action.into(),
                attributes: attributes.collect(),
            };
            script.fact_of(on, Fact::Event(event));
        };
        let on = local.as_str();
        let web = id("web");
        tell(on, 900, ("image", "nginx:1.27"), "pull", &[]);
        tell(
            on,
            860,
            ("network", "shop_front"),
            "connect",
            &[("container", web.as_str())],
        );
        tell(
            on,
            855,
            ("volume", "shop_data"),
            "mount",
            &[
                ("container", web.as_str()),
                ("destination", "/var/lib/data"),
            ],
        );
        tell(
            "prod",
            610,
            ("container", "api-7"),
            "start",
            &[("image", "shop/api:4.1")],
        );
        tell(
            "prod",
            600,
            ("container", "api-7"),
            "die",
            &[("image", "shop/api:4.1"), ("exitCode", "1")],
        );
        tell(
            on,
            300,
            ("container", "loki"),
            "oom",
            &[("image", "grafana/loki:3.1")],
        );
        tell(
            on,
            299,
            ("container", "loki"),
            "die",
            &[("image", "grafana/loki:3.1"), ("exitCode", "137")],
        );
        tell(
            on,
            120,
            ("container", "web"),
            "exec_create: sh -c 'wget -q -O- http://localhost/healthz'",
            &[],
        );
        tell(
            on,
            60,
            ("container", "grafana"),
            "health_status: unhealthy",
            &[("image", "grafana/grafana:11.2")],
        );
        tell(on, 31, ("container", "worker"), "kill", &[("signal", "15")]);
        tell(on, 30, ("container", "worker"), "pause", &[]);
        tell(on, 12, ("builder", ""), "prune", &[]);
        script.settle();
        script
    }
}
