//! A slow line to an engine: bytes come late, and now and then one segment is lost and sent again
//! while all behind it wait. The kernel's own (`tc netem` between two network namespaces) where it
//! has that, and one of our own, which works everywhere.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, bail, eyre};

/// How long bytes take, one way.
pub(crate) const DELAY: Duration = Duration::from_millis(100);
/// One in so many segments is lost, each way.
pub(crate) const LOST: u64 = 100;
/// Bytes of a segment.
const SEGMENT: usize = 1448;
/// What a sender waits beside the round trip before it sends a segment again, as Linux does.
const AGAIN: Duration = Duration::from_millis(200);
/// Segments on their way at most: the sender waits then, as it does at the end of a window.
const WINDOW: usize = 512;
/// How long a forwarder may take to listen.
const UP: Duration = Duration::from_secs(5);

/// What a line does to what goes over it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    delay: Duration,
    /// One in so many segments; none is lost at zero.
    lost: u64,
}

impl Quality {
    /// As the sockets it runs over.
    const PLAIN: Self = Self {
        delay: Duration::ZERO,
        lost: 0,
    };
    /// What this bench is about.
    const SLOW: Self = Self {
        delay: DELAY,
        lost: LOST,
    };

    /// A segment that is lost is noticed when its answer does not come.
    fn pause(self) -> Duration {
        2 * self.delay + AGAIN
    }
}

/// A slow line of our own to an engine's socket, until the process ends; where it begins.
pub(crate) fn simulated(socket: &Path) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let socket = socket.to_owned();
    std::thread::spawn(move || serve(&listener, &socket, Quality::SLOW));
    Ok(address)
}

/// Forwards an address to a socket and changes nothing, until it is ended: what the bench runs as
/// inside a namespace, where the line is the kernel's.
pub(crate) fn forward(address: SocketAddr, socket: &Path) -> Result<()> {
    serve(&TcpListener::bind(address)?, socket, Quality::PLAIN);
    Ok(())
}

fn serve(listener: &TcpListener, socket: &Path, quality: Quality) {
    for (number, client) in listener.incoming().flatten().enumerate() {
        let Ok(engine) = UnixStream::connect(socket) else {
            continue;
        };
        // a client that goes away is no error
        drop(join(client, engine, quality, number as u64));
    }
}

/// Joins two streams by a line of some quality, each way by itself.
fn join(client: TcpStream, engine: UnixStream, quality: Quality, seed: u64) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (to_engine, from_engine) = (engine.try_clone()?, engine);
    let (to_client, from_client) = (client.try_clone()?, client);
    let (up, there) = sync_channel(WINDOW);
    let (down, here) = sync_channel(WINDOW);
    std::thread::spawn(move || take(from_client, &up, quality, seed * 2 + 1));
    std::thread::spawn(move || take(from_engine, &down, quality, seed * 2 + 2));
    std::thread::spawn(move || {
        give(&to_engine, &there);
        to_engine.shutdown(Shutdown::Both)
    });
    std::thread::spawn(move || {
        give(&to_client, &here);
        to_client.shutdown(Shutdown::Both)
    });
    Ok(())
}

/// Takes segments in, each with the moment at which it arrives at the other end: never before the
/// one that went ahead of it.
fn take(mut from: impl Read, to: &SyncSender<(Instant, Vec<u8>)>, quality: Quality, seed: u64) {
    let mut segment = [0; SEGMENT];
    let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    // the connection itself took a round trip
    let mut arrives = Instant::now() + 2 * quality.delay;
    while let Ok(count @ 1..) = from.read(&mut segment) {
        // xorshift: chance that repeats
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let lost = quality.lost > 0 && chance.is_multiple_of(quality.lost);
        let pause = if lost {
            quality.pause()
        } else {
            Duration::ZERO
        };
        arrives = arrives.max(Instant::now() + quality.delay + pause);
        let bytes = segment.get(..count).unwrap_or_default().to_vec();
        if to.send((arrives, bytes)).is_err() {
            return;
        }
    }
}

fn give(mut to: impl Write, segments: &Receiver<(Instant, Vec<u8>)>) {
    while let Ok((arrives, bytes)) = segments.recv() {
        std::thread::sleep(arrives.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            return;
        }
    }
}

/// A network namespace with a slow line into it, at whose far end an engine's socket is
/// forwarded. Gone when dropped.
pub(crate) struct Namespace {
    name: String,
    /// Where the line ends.
    pub(crate) address: SocketAddr,
    forwarder: Option<Child>,
}

impl Namespace {
    /// Makes one.
    ///
    /// # Errors
    /// What this machine lacks for it: rights, `ip`, `tc`, or a part of the kernel.
    pub(crate) fn new(socket: &Path) -> Result<Self> {
        let id = std::process::id() % 10_000;
        let (name, near, far) = (
            format!("bench{id}"),
            format!("ben{id}a"),
            format!("ben{id}b"),
        );
        let delay = format!("{}ms", DELAY.as_millis());
        let loss = format!("{}%", 100 / LOST);
        // of the addresses that are set aside for benches (RFC 2544)
        let third = id % 256;
        let (here, there) = (
            format!("198.18.{third}.1/30"),
            format!("198.18.{third}.2/30"),
        );
        run(&["ip", "netns", "add", &name])?;
        let mut made = Self {
            name: name.clone(),
            address: SocketAddr::from(([198, 18, third as u8, 2], 2375)),
            forwarder: None,
        };
        let inside = ["ip", "netns", "exec", &name];
        let slow = |link| {
            [
                "tc", "qdisc", "add", "dev", link, "root", "netem", "delay", &delay, "loss", &loss,
            ]
        };
        run(&[
            "ip", "link", "add", &near, "type", "veth", "peer", "name", &far, "netns", &name,
        ])?;
        run(&["ip", "address", "add", &here, "dev", &near])?;
        run(&["ip", "link", "set", &near, "up"])?;
        run(&[&inside[..], &["ip", "address", "add", &there, "dev", &far]].concat())?;
        run(&[&inside[..], &["ip", "link", "set", &far, "up"]].concat())?;
        run(&slow(near.as_str()))?;
        run(&[&inside[..], &slow(far.as_str())].concat())?;
        made.forward(socket)?;
        Ok(made)
    }

    /// Runs this bench once more, inside, as the forwarder.
    fn forward(&mut self, socket: &Path) -> Result<()> {
        let child = Command::new("ip")
            .args(["netns", "exec", &self.name])
            .arg(std::env::current_exe()?)
            .arg("--forward")
            .arg(self.address.to_string())
            .arg(socket)
            .stdin(Stdio::null())
            .spawn()?;
        self.forwarder = Some(child);
        let began = Instant::now();
        while TcpStream::connect_timeout(&self.address, UP).is_err() {
            if began.elapsed() > UP {
                bail!("nothing listens at the end of the line");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(forwarder) = &mut self.forwarder {
            // it has nothing to save, and may have ended already
            let _ = forwarder.kill();
            let _ = forwarder.wait();
        }
        // the links in it go with it
        let _ = run(&["ip", "netns", "delete", &self.name]);
    }
}

/// Runs a program; an error is what it said.
fn run(line: &[&str]) -> Result<()> {
    let (program, arguments) = line.split_first().ok_or_else(|| eyre!("nothing to run"))?;
    let ended = Command::new(program).args(arguments).output();
    let ended = ended.map_err(|error| eyre!("{program}: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = said.lines().next().unwrap_or("it failed").to_owned();
    bail!("`{}`: {said}", line.join(" "))
}

/// What `--forward` was given.
pub(crate) fn parse(given: &[String]) -> Result<(SocketAddr, PathBuf)> {
    match given {
        [address, socket] => Ok((address.parse()?, socket.into())),
        _ => bail!("--forward takes an address and a socket"),
    }
}
