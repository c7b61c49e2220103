//! A way to an engine that a test can stop: frozen, it lets nothing through and says nothing; cut,
//! it refuses whoever comes.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A listener of this machine whose connections go on to another place.
pub struct Proxy {
    pub port: u16,
    way: Arc<Way>,
}

#[derive(Default)]
struct Way {
    frozen: AtomicBool,
    cut: AtomicBool,
    ended: AtomicBool,
}

/// How often a way is looked at while nothing comes.
const LOOK: Duration = Duration::from_millis(20);

impl Proxy {
    pub fn to(place: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Arc::new(Way::default());
        let (theirs, place) = (Arc::clone(&way), place.to_owned());
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            while !theirs.ended.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((near, _)) if theirs.cut.load(Ordering::Relaxed) => drop(near),
                    Ok((near, _)) => join(&near, &place, &theirs),
                    Err(_) => std::thread::sleep(LOOK),
                }
            }
        });
        Self { port, way }
    }

    /// Lets nothing through any more, or all again.
    pub fn freeze(&self, frozen: bool) {
        self.way.frozen.store(frozen, Ordering::Relaxed);
    }

    /// Ends every connection and takes none any more, or does again.
    pub fn cut(&self, cut: bool) {
        self.way.cut.store(cut, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.ended.store(true, Ordering::Relaxed);
    }
}

fn join(near: &TcpStream, place: &str, way: &Arc<Way>) {
    let Ok(far) = TcpStream::connect(place) else {
        return;
    };
    for (from, to) in [(near, &far), (&far, near)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let way = Arc::clone(way);
        std::thread::spawn(move || pass(from, to, &way));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, way: &Way) {
    let _ = from.set_nonblocking(false);
    let _ = from.set_read_timeout(Some(LOOK));
    let mut piece = [0; 16 * 1024];
    loop {
        if way.cut.load(Ordering::Relaxed) || way.ended.load(Ordering::Relaxed) {
            break;
        }
        if way.frozen.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
            continue;
        }
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                // what was read when it froze waits with the rest
                while way.frozen.load(Ordering::Relaxed) && !way.ended.load(Ordering::Relaxed) {
                    std::thread::sleep(LOOK);
                }
                if to.write_all(&piece[..count]).is_err() {
                    break;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
