//! The client. It checks the socket before it connects, and the peer before it trusts the answer.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::{AgentError, Distrust};
use super::lease::{HELD_LIMIT, Left};
use super::wire::{PATIENCE, Request, Timed, read_line};
use super::{peer, place};

/// The text of the identity that the agent holds.
pub(crate) fn identity(socket: &Path) -> Result<Zeroizing<Vec<u8>>, AgentError> {
    let stream = connect(socket)?;
    let mut talk = Timed::new(&stream, PATIENCE);
    let answer = ask(&mut talk, Request::Identity)?;
    let length = answer.strip_prefix("ok ").and_then(|length| length.parse().ok());
    let length = length.filter(|length| (1..=HELD_LIMIT).contains(length)).ok_or(AgentError::Silent)?;
    let mut text = Zeroizing::new(vec![0; length]);
    talk.read_exact(&mut text).map_err(|_| AgentError::Silent)?;
    Ok(text)
}

/// How much longer it will hold it.
pub(crate) fn status(socket: &Path) -> Result<Left, AgentError> {
    let stream = connect(socket)?;
    let answer = ask(&mut Timed::new(&stream, PATIENCE), Request::Status)?;
    Left::parse(&answer).ok_or(AgentError::Silent)
}

/// Stops it. What it held is wiped when this returns.
pub(crate) fn lock(socket: &Path) -> Result<(), AgentError> {
    let stream = connect(socket)?;
    ask(&mut Timed::new(&stream, PATIENCE), Request::Lock).map(|_| ())
}

fn ask(talk: &mut Timed<'_>, request: Request) -> Result<String, AgentError> {
    talk.write_all(request.line().as_bytes()).map_err(|_| AgentError::Silent)?;
    let answer = read_line(talk).map_err(|_| AgentError::Silent)?;
    match answer.as_str() {
        "locked" => Err(AgentError::Locked),
        ok if ok == "ok" || ok.starts_with("ok ") => Ok(answer),
        _ => Err(AgentError::Silent),
    }
}

fn connect(socket: &Path) -> Result<UnixStream, AgentError> {
    place::check(socket).ok_or(AgentError::Absent)?.map_err(AgentError::Foreign)?;
    let stream = dial(socket)?;
    if peer::is_own(&stream) { Ok(stream) } else { Err(AgentError::Foreign(Distrust::Peer)) }
}

/// Does not wait for a listener that no longer accepts connections: a stopped process would block every command.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn dial(socket: &Path) -> Result<UnixStream, AgentError> {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

    let address = SocketAddrUnix::new(socket).map_err(|_| AgentError::Absent)?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let stream = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(|_| AgentError::Silent)?;
    connect(&stream, &address).map_err(|errno| match errno {
        rustix::io::Errno::CONNREFUSED | rustix::io::Errno::NOENT => AgentError::Dead,
        _ => AgentError::Silent,
    })?;
    let stream = UnixStream::from(stream);
    stream.set_nonblocking(false).map_err(|_| AgentError::Silent)?;
    Ok(stream)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn dial(socket: &Path) -> Result<UnixStream, AgentError> {
    UnixStream::connect(socket).map_err(|_| AgentError::Dead)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// What a client makes of a listener that answers every request with these bytes.
    fn answered(answer: Vec<u8>) -> Result<Vec<u8>, AgentError> {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let socket = home.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
        let other = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_line(&mut stream).unwrap();
            let _ = stream.write_all(&answer);
        });
        let found = identity(&socket);
        other.join().unwrap();
        found.map(|text| text.to_vec())
    }

    #[test]
    fn an_answer_is_as_long_as_it_says_and_never_longer_than_the_limit() {
        assert_eq!(answered(b"ok 3\nabcd".to_vec()).unwrap(), b"abc");
        let huge = format!("ok {}\n{}", HELD_LIMIT + 1, "x".repeat(HELD_LIMIT + 1));
        for wrong in ["ok 4\nabc", "ok 0\n", "ok -1\n", "ok 99999999999999999999\n", "ok\n", "no\n", "", &huge] {
            assert!(matches!(answered(wrong.into()), Err(AgentError::Silent)), "{wrong:.20}");
        }
        assert!(matches!(answered(b"locked\n".to_vec()), Err(AgentError::Locked)));
    }

    #[test]
    fn a_socket_without_a_listener_is_dead_and_no_socket_is_absent() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let socket = home.path().join("s");
        assert!(matches!(status(&socket), Err(AgentError::Absent)));
        drop(UnixListener::bind(&socket).unwrap());
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(status(&socket), Err(AgentError::Dead)));
        assert!(matches!(lock(&socket), Err(AgentError::Dead)));
    }
}
