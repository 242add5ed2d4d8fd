//! A gate in front of a server: it accepts a number of connections, and cuts off the rest.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Gate {
    pub(crate) port: u16,
    left: Arc<AtomicUsize>,
}

impl Gate {
    /// An open gate to a port of this machine.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gate = Gate { port: listener.local_addr().unwrap().port(), left: Arc::new(AtomicUsize::new(usize::MAX)) };
        let left = Arc::clone(&gate.left);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let admitted = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
                if admitted.is_ok()
                    && let Ok(server) = TcpStream::connect(("127.0.0.1", port))
                {
                    join(&client, &server);
                }
            }
        });
        gate
    }

    /// Accepts this many more connections.
    pub(crate) fn admit(&self, connections: usize) {
        self.left.store(connections, Ordering::SeqCst);
    }

    /// Takes any number again.
    pub(crate) fn open(&self) {
        self.admit(usize::MAX);
    }
}

fn join(client: &TcpStream, server: &TcpStream) {
    for (from, to) in [(client, server), (server, client)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = pass(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}

fn pass(from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            count => to.write_all(&buffer[..count])?,
        }
    }
}
