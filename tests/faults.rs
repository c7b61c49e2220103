//! Engines that are not there, die, hang, refuse and babble: the built program says which host and
//! why, answers keys meanwhile, and is live again by itself when the engine is.

mod pty;
use std::time::Duration;

use pilothouse::demo::{self, Demo, Fault, Options, Scenario};
use pty::{Start, Terminal};

fn engine() -> Demo {
    demo::start(Options::default()).unwrap()
}
fn place(demo: &Demo) -> String {
    format!("unix://{}", demo.socket().display())
}

#[test]
fn probe() {
    std::thread::scope(|scope| {
        for name in Fault::names() {
            scope.spawn(move || {
                let fault: Fault = name.parse().unwrap();
                let demo = engine();
                demo.set_fault(fault);
                let t = Terminal::start(&["-H", &place(&demo)]);
                std::thread::sleep(Duration::from_millis(4000));
                let start = t.text();
                t.quit();
                demo.set_fault(Fault::None);
                let t = Terminal::start(&["-H", &place(&demo)]);
                t.wait("shop-web-1");
                std::thread::sleep(Duration::from_millis(1500));
                demo.set_fault(fault);
                std::thread::sleep(Duration::from_millis(4000));
                let mid = t.text();
                let short = |s: &str, n| {
                    s.lines()
                        .filter(|l| !l.trim().is_empty())
                        .take(n)
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                println!(
                    "=== {name} START\n{}\n=== {name} MID\n{}",
                    short(&start, 14),
                    short(&mid, 8)
                );
                t.quit();
            });
        }
    });
}
