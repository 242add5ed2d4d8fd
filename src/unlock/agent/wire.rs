//! What goes over the socket: one line each way, and after the answer to `identity` as many bytes as the line says.
//!
//! `vault-agent 1 identity` → `ok 74`, then 74 bytes; `… status` → `ok TOTAL IDLE PROCESS`; `… lock` → `ok`; otherwise
//! `locked` or `no`. A connection carries one request.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::lease::Left;

/// The time limit of one connection, however slow the peer is. Normally it takes less than a millisecond, but on a busy
/// machine the other side may not get to run; with a shorter limit the passphrase would then be asked for without need.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// The longest line, in bytes.
const LINE_LIMIT: usize = 64;
const GREETING: &str = "vault-agent 1 ";

/// A request to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    Identity,
    Status,
    Lock,
}

impl Request {
    pub(super) fn line(self) -> String {
        let word = match self {
            Request::Identity => "identity",
            Request::Status => "status",
            Request::Lock => "lock",
        };
        format!("{GREETING}{word}\n")
    }

    pub(super) fn parse(line: &str) -> Option<Request> {
        let all = [Request::Identity, Request::Status, Request::Lock];
        all.into_iter().find(|request| request.line().strip_suffix('\n') == Some(line))
    }
}

impl Left {
    pub(super) fn line(self) -> String {
        format!("ok {} {} {}\n", self.total, self.idle, self.process)
    }

    pub(super) fn parse(line: &str) -> Option<Left> {
        let mut numbers = line.strip_prefix("ok ")?.split(' ');
        let left = Left {
            total: numbers.next()?.parse().ok()?,
            idle: numbers.next()?.parse().ok()?,
            process: numbers.next()?.parse().ok()?,
        };
        numbers.next().is_none().then_some(left)
    }
}

/// One line without its end. Byte by byte, so that nothing of what follows is left in a buffer.
pub(super) fn read_line(source: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::with_capacity(LINE_LIMIT);
    let mut byte = [0];
    loop {
        source.read_exact(&mut byte)?;
        match byte[0] {
            b'\n' => return String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData.into()),
            _ if line.len() == LINE_LIMIT => return Err(io::ErrorKind::InvalidData.into()),
            other => line.push(other),
        }
    }
}

/// A connection with a total time limit, however slow the other side is.
pub(super) struct Timed<'a> {
    stream: &'a UnixStream,
    end: Instant,
}

impl<'a> Timed<'a> {
    pub(super) fn new(stream: &'a UnixStream, patience: Duration) -> Self {
        Timed { stream, end: Instant::now() + patience }
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_and_answers_are_read_as_they_are_written() {
        for request in [Request::Identity, Request::Status, Request::Lock] {
            assert_eq!(Request::parse(request.line().trim_end()), Some(request));
        }
        let left = Left { total: 28_800, idle: 1800, process: 4711 };
        assert_eq!(Left::parse(left.line().trim_end()), Some(left));
    }

    #[test]
    fn another_version_and_anything_more_are_refused() {
        for line in ["", "identity", "vault-agent 2 identity", "vault-agent 1 identity ", "vault-agent 1 Identity"] {
            assert_eq!(Request::parse(line), None, "{line}");
        }
        for line in ["ok", "ok 1 2", "ok 1 2 3 4", "ok 1 -2 3", "no 1 2 3"] {
            assert_eq!(Left::parse(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_has_an_end_and_a_limit() {
        assert_eq!(read_line(&mut &b"ok 3\nabc"[..]).unwrap(), "ok 3");
        assert_eq!(read_line(&mut &b"no end"[..]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let long = [b'x'; LINE_LIMIT + 1];
        assert_eq!(read_line(&mut &long[..]).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read_line(&mut &b"\xff\n"[..]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn one_byte_at_a_time_does_not_prolong_a_conversation() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let slow = thread::spawn(move || {
            while theirs.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        assert!(read_line(&mut Timed::new(&ours, Duration::from_millis(100))).is_err());
        drop(ours);
        slow.join().unwrap();
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(line) = read_line(&mut &bytes[..]) {
                let _ = (Request::parse(&line), Left::parse(&line));
            }
        }
    }
}
