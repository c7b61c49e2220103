//! A way to the engine on which one request is held: it is read and goes no further, so that
//! whoever sent it can be killed at that very step.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tempfile::TempDir;

use super::LIMIT;

/// The socket that the program finds by itself.
const ENGINE: &str = "/var/run/docker.sock";

/// What the first line of a request holds: its method and a part of its path.
pub type Held = (&'static str, &'static str);

pub struct Gate {
    socket: PathBuf,
    held: Receiver<()>,
    _folder: TempDir,
}

impl Gate {
    pub fn holding(wanted: Held) -> Self {
        let folder = tempfile::Builder::new().prefix("ph").tempdir().unwrap();
        let socket = folder.path().join("gate.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let (hold, held) = sync_channel(1);
        // they end with the connections, and the first with the test program
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = UnixStream::connect(ENGINE).unwrap();
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let hold = hold.clone();
                std::thread::spawn(move || pass(near, far, Some(&(wanted, hold))));
                std::thread::spawn(move || pass(far_too, near_too, None));
            }
        });
        Self {
            socket,
            held,
            _folder: folder,
        }
    }

    pub fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Waits until the request has come.
    pub fn wait(&self) {
        self.held.recv_timeout(LIMIT).unwrap();
    }
}

fn pass(mut from: UnixStream, mut to: UnixStream, hold: Option<&(Held, SyncSender<()>)>) {
    let mut piece = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        let bytes = &piece[..count];
        if let Some((wanted, hold)) = hold
            && is_wanted(bytes, *wanted)
        {
            let _ = hold.try_send(());
            // until the other end is gone
            while let Ok(1..) = from.read(&mut piece) {}
            break;
        }
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn is_wanted(bytes: &[u8], (method, path): Held) -> bool {
    let line = bytes.split(|byte| *byte == b'\r').next();
    let line = line.map(String::from_utf8_lossy).unwrap_or_default();
    let mut words = line.split(' ');
    words.next() == Some(method) && words.next().is_some_and(|word| word.contains(path))
}
