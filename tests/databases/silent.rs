//! Servers that offer no TLS, as far as a client gets with them: what it sends after that is what they give back.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

/// Says `greeting`, reads `asked` bytes, says `answer`, and gives back everything that comes then.
pub(crate) fn server(greeting: &'static [u8], asked: usize, answer: &'static [u8]) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(greeting).unwrap();
        stream.read_exact(&mut vec![0; asked]).unwrap();
        stream.write_all(answer).unwrap();
        // A client that goes on in the clear waits for an answer: it gets the end of the connection.
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).ok();
        rest
    });
    (port, heard)
}
