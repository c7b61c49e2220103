//! An engine's first answers, played again from memory: with the simulated engine's own work left
//! out, what is left is the program's.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use color_eyre::eyre::Result;

use super::outside::engine::{Engine, ask};

/// What every answer begins with.
const HEAD: &str = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.24 (linux)\r\n\
                    Content-Type: application/json\r\n";
/// Bytes that are sent as one chunk.
const CHUNK: usize = 32 << 10;

/// Records an engine's list and what it says of itself, and plays them on a socket of their own in
/// the same folder, until the process ends.
pub(crate) fn start(engine: &Engine) -> Result<PathBuf> {
    let socket = engine.home.path().join("replay.sock");
    let list = chunked(&ask(
        engine.socket(),
        "GET",
        "/v1.41/containers/json?all=1",
    )?);
    let info = chunked(&ask(engine.socket(), "GET", "/v1.41/info")?);
    let answers = Arc::new((list, info));
    let listener = UnixListener::bind(&socket)?;
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            // a client that goes away is no error
            std::thread::spawn(move || drop(serve(client, &answers.0, &answers.1)));
        }
    });
    Ok(socket)
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut answer = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.chunks(CHUNK) {
        answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    answer
}

fn serve(mut client: UnixStream, list: &[u8], info: &[u8]) -> std::io::Result<()> {
    let open = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let mut asked = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = client.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        asked.extend_from_slice(piece.get(..count).unwrap_or_default());
        while let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = asked.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head);
            let path = head.split(' ').nth(1).unwrap_or_default();
            let path = path.split('?').next().unwrap_or_default();
            let name = Path::new(path).file_name().and_then(|name| name.to_str());
            match (path.ends_with("/containers/json"), name) {
                (true, _) => client.write_all(list)?,
                (_, Some("info")) => client.write_all(info)?,
                (_, Some("_ping")) => {
                    client.write_all(format!("{HEAD}Content-Length: 2\r\n\r\nOK").as_bytes())?;
                }
                // streams open, and nothing comes
                _ => client.write_all(&open)?,
            }
        }
    }
}
