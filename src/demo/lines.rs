//! The words of simulated logs: one function a style, each line following from seed and number.
//!
//! Must be pure: the same container says the same thing at the same place, however often it is read.

use super::chance::{hex, mix, pick};
use super::clock::{Nanos, SECOND, log_stamp};
use super::scenario::Template;

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: Vec<u8>,
    pub(super) stderr: bool,
}

impl Said {
    fn out(text: String) -> Self {
        Self {
            text: with_newline(text),
            stderr: false,
        }
    }

    fn err(text: String) -> Self {
        Self {
            text: with_newline(text),
            stderr: true,
        }
    }

    fn bytes(text: Vec<u8>) -> Self {
        Self {
            text,
            stderr: false,
        }
    }
}

fn with_newline(text: String) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.push(b'\n');
    bytes
}

/// What a container writes as its line `number` at this moment.
pub(super) fn say(template: &Template, seed: u64, number: u64, time: Nanos) -> Said {
    let chance = mix(seed, number);
    match template.log.as_str() {
        "flood" => super::storms::flood(number, chance),
        "huge" => Said::bytes(super::storms::huge(number)),
        "progress" => Said::bytes(super::storms::progress(number)),
        "dots" => Said::bytes(super::storms::dots(number)),
        "raw" => Said::bytes(super::storms::raw(number, chance)),
        "ansi" => Said::bytes(super::storms::ansi(number, chance)),
        "script" => script(template, number),
        "nginx" => nginx(chance, time),
        "json" => json(chance, time),
        "postgres" => postgres(chance, time),
        "redis" => redis(chance, time),
        "worker" => worker(chance, time),
        "rabbit" => rabbit(chance, time),
        "logfmt" => logfmt(chance, time),
        "traefik" => traefik(chance, time),
        "backup" => backup(number, time),
        "startup" => startup(number),
        _ => plain(number, chance, time),
    }
}

/// A line of the given ones, in turn; `!` in front puts it on stderr.
fn script(template: &Template, number: u64) -> Said {
    let count = template.log_lines.len().max(1) as u64;
    let line = template
        .log_lines
        .get((number % count) as usize)
        .cloned()
        .unwrap_or_default();
    match line.strip_prefix('!') {
        Some(rest) => Said::err(rest.to_owned()),
        None => Said::out(line),
    }
}

/// `2026-11-24 01:52:40.645` of a moment.
fn dated(time: Nanos) -> String {
    log_stamp(time).replace('T', " ").chars().take(23).collect()
}

/// `01:52:40` of a moment.
fn clocked(time: Nanos) -> String {
    log_stamp(time).chars().skip(11).take(8).collect()
}

const PATHS: [&str; 12] = [
    "/",
    "/cart",
    "/api/products?page=2",
    "/static/app.css",
    "/static/app.js",
    "/checkout",
    "/api/cart/items",
    "/login",
    "/product/espresso-grinder",
    "/api/search?q=kettle",
    "/images/hero.webp",
    "/account/orders",
];

fn nginx(chance: u64, time: Nanos) -> Said {
    let address = format!("203.0.113.{}", chance % 90 + 4);
    let path = pick(chance >> 8, &PATHS);
    let method = if path.contains("items") || path == "/login" {
        "POST"
    } else {
        "GET"
    };
    let status = match (chance >> 16) % 40 {
        0 => 502,
        1 => 404,
        2..=6 => 304,
        7 => 302,
        _ if method == "POST" => 201,
        _ => 200,
    };
    let agent = pick(
        chance >> 32,
        &[
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1",
            "curl/8.5.0",
        ],
    );
    if status == 502 {
        return Said::err(format!(
            "{} [error] 29#29: *{} upstream timed out (110: Operation timed out) while reading \
             response header from upstream, client: {address}, server: shop.example, request: \
             \"{method} {path} HTTP/1.1\", upstream: \"http://172.20.0.4:3000{path}\"",
            dated(time)
                .replace('-', "/")
                .chars()
                .take(19)
                .collect::<String>(),
            chance % 90_000,
        ));
    }
    let size = if status == 304 {
        0
    } else {
        (chance >> 20) % 48_000
    };
    let took = (chance >> 40) % 180;
    let day = chrono::DateTime::from_timestamp_nanos(time).format("%d/%b/%Y:%H:%M:%S +0000");
    Said::out(format!(
        "{address} - - [{day}] \"{method} {path} HTTP/1.1\" {status} {size} \"-\" \"{agent}\" 0.{took:03}"
    ))
}

fn json(chance: u64, time: Nanos) -> Said {
    let trace = hex(chance, 16);
    let took = (chance >> 12) % 90 + 2;
    let (level, message, more) = match (chance >> 24) % 24 {
        0 => (
            "error",
            "payment provider timed out",
            r#","provider":"stripe","attempt":3"#,
        ),
        1 | 2 => ("warn", "slow query", r#","table":"cart_items","rows":1204"#),
        3..=6 => ("debug", "cache hit", r#","key":"product:1842""#),
        7..=10 => (
            "info",
            "order placed",
            r#","items":3,"total":"84.50","currency":"EUR""#,
        ),
        11..=14 => ("info", "session started", r#","user":"u_58213""#),
        _ => (
            "info",
            "request completed",
            r#","method":"GET","path":"/api/products","status":200"#,
        ),
    };
    let took = if level == "info" || level == "debug" {
        took
    } else {
        took + 790
    };
    let text = format!(
        r#"{{"time":"{}","level":"{level}","msg":"{message}"{more},"duration_ms":{took},"trace_id":"{trace}"}}"#,
        log_stamp(time)
    );
    if level == "error" {
        Said::err(text)
    } else {
        Said::out(text)
    }
}

fn postgres(chance: u64, time: Nanos) -> Said {
    let process = 60 + chance % 40;
    let text = match (chance >> 16) % 14 {
        0 => "ERROR:  duplicate key value violates unique constraint \"orders_pkey\"".to_owned(),
        1 => format!(
            "LOG:  duration: {}.{:03} ms  statement: SELECT * FROM cart_items JOIN products USING (product_id) WHERE cart_id = {}",
            780 + chance % 500,
            chance % 1000,
            chance % 9_999
        ),
        2 | 3 => "LOG:  checkpoint starting: time".to_owned(),
        4 | 5 => format!(
            "LOG:  checkpoint complete: wrote {} buffers (0.{}%); 0 WAL file(s) added, 0 removed, 1 recycled",
            40 + chance % 400,
            chance % 9
        ),
        6 => "WARNING:  there is already a transaction in progress".to_owned(),
        7..=9 => {
            "LOG:  automatic vacuum of table \"shop.public.sessions\": index scans: 1".to_owned()
        }
        _ => format!(
            "LOG:  connection authorized: user=shop database=shop application_name=api-{}",
            chance % 4
        ),
    };
    Said::err(format!("{} UTC [{process}] {text}", dated(time)))
}

fn redis(chance: u64, time: Nanos) -> Said {
    let day = chrono::DateTime::from_timestamp_nanos(time).format("%d %b %Y %H:%M:%S%.3f");
    let text = match chance % 5 {
        0 => format!("* {} changes in 60 seconds. Saving...", 100 + chance % 900),
        1 => format!("* Background saving started by pid {}", 200 + chance % 800),
        2 => "* DB saved on disk".to_owned(),
        3 => format!(
            "* Fork CoW for RDB: current {} MB, peak 2 MB, average 1 MB",
            chance % 3
        ),
        _ => "* Background saving terminated with success".to_owned(),
    };
    Said::out(format!("1:M {day} {text}"))
}

fn worker(chance: u64, time: Nanos) -> Said {
    let job = pick(
        chance >> 4,
        &[
            "send_receipt",
            "resize_image",
            "sync_stock",
            "index_product",
        ],
    );
    let (id, took) = (hex(chance, 8), (chance >> 20) % 900);
    let dim = format!("\x1b[2m{}\x1b[0m", clocked(time));
    match (chance >> 40) % 16 {
        0 => Said::err(format!(
            "{dim} \x1b[31mERROR\x1b[0m job \x1b[1m{job}\x1b[0m#{id} failed: SMTP 421 try again later (attempt 2 of 5)"
        )),
        1 | 2 => Said::err(format!(
            "{dim} \x1b[33m WARN\x1b[0m job \x1b[1m{job}\x1b[0m#{id} took {}ms, queue depth {}",
            took + 2_000,
            chance % 180
        )),
        3..=8 => Said::out(format!(
            "{dim} \x1b[36m INFO\x1b[0m job \x1b[1m{job}\x1b[0m#{id} started"
        )),
        _ => Said::out(format!(
            "{dim} \x1b[32m INFO\x1b[0m job \x1b[1m{job}\x1b[0m#{id} done in \x1b[1m{took}ms\x1b[0m"
        )),
    }
}

fn rabbit(chance: u64, time: Nanos) -> Said {
    let text = match chance % 6 {
        0 => format!(
            "[warning] <0.{}.0> closing AMQP connection <0.{}.0> (172.20.0.6:51022 -> 172.20.0.7:5672): missed heartbeats from client, timeout: 60s",
            chance % 900,
            chance % 800
        ),
        1 | 2 => format!(
            "[info] <0.{}.0> accepting AMQP connection 172.20.0.5:{} -> 172.20.0.7:5672",
            chance % 900,
            40_000 + chance % 9_000
        ),
        _ => format!(
            "[info] <0.{}.0> connection 172.20.0.5:{}: user 'shop' authenticated and granted access to vhost '/'",
            chance % 900,
            40_000 + chance % 9_000
        ),
    };
    Said::out(format!("{}+00:00 {text}", dated(time)))
}

fn logfmt(chance: u64, time: Nanos) -> Said {
    let (level, message) = match chance % 12 {
        0 | 1 => (
            "error",
            "\"Failed to query data source\" uid=loki error=\"dial tcp 172.21.0.4:3100: connect: connection refused\"",
        ),
        2 => (
            "warn",
            "\"Alert rule evaluation is slow\" rule=checkout-latency elapsed=2.41s",
        ),
        3..=6 => ("info", "\"Completed cleanup jobs\" duration=4.120ms"),
        _ => (
            "info",
            "\"Request Completed\" method=GET path=/api/dashboards/uid/shop status=200 duration=18ms",
        ),
    };
    let text = format!(
        "ts={} level={level} caller=main.go:{} msg={message}",
        log_stamp(time),
        chance % 900
    );
    if level == "error" {
        Said::err(text)
    } else {
        Said::out(text)
    }
}

fn traefik(chance: u64, time: Nanos) -> Said {
    let router = pick(
        chance >> 3,
        &["shop@docker", "api@docker", "grafana@docker"],
    );
    Said::out(format!(
        "{} INF {router} \"GET {} HTTP/2.0\" 200 {}ms",
        log_stamp(time),
        pick(chance >> 9, &PATHS),
        chance % 120
    ))
}

fn backup(number: u64, time: Nanos) -> Said {
    let step = number % 4;
    let text = match step {
        0 => "starting snapshot of shop_pgdata".to_owned(),
        1 => format!("pg_dump: {} MiB written", 180 + number % 40),
        2 => "uploaded to s3://shop-backups/nightly, checksum ok".to_owned(),
        _ => "next run in 24h".to_owned(),
    };
    Said::out(format!("{} [backup] {text}", dated(time)))
}

fn startup(number: u64) -> Said {
    let lines = [
        "applying 0041_add_order_notes ... ok",
        "applying 0042_index_sessions ... ok",
        "applying 0043_backfill_totals ... ok",
    ];
    Said::out(pick(number, &lines).to_owned())
}

fn plain(number: u64, chance: u64, time: Nanos) -> Said {
    let text = pick(
        chance,
        &[
            "heartbeat ok",
            "tick",
            "polled upstream, nothing new",
            "flushed 12 metrics",
        ],
    );
    Said::out(format!(
        "{} {text} seq={number} t={}",
        clocked(time),
        time / SECOND
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_repeat_and_end_where_they_should() {
        for style in [
            "nginx", "json", "postgres", "redis", "worker", "rabbit", "logfmt", "plain",
        ] {
            let template = Template {
                log: style.to_owned(),
                ..Template::default()
            };
            for number in 0..200 {
                let said = say(&template, 5, number, 1_700_000_000 * SECOND);
                assert_eq!(said, say(&template, 5, number, 1_700_000_000 * SECOND));
                assert_eq!(said.text.last(), Some(&b'\n'), "{style}");
                assert!(std::str::from_utf8(&said.text).is_ok(), "{style}");
            }
        }
    }
}
