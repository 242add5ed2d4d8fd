//! Who is at the other end of a socket.

use std::os::unix::net::UnixStream;

/// Whether the process at the other end runs as this user. False if the system does not say.
pub(super) fn is_own(stream: &UnixStream) -> bool {
    user(stream) == Some(rustix::process::geteuid().as_raw())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn user(stream: &UnixStream) -> Option<u32> {
    rustix::net::sockopt::socket_peercred(stream).ok().map(|peer| peer.uid.as_raw())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn user(stream: &UnixStream) -> Option<u32> {
    use std::os::fd::AsRawFd;

    let (mut user, mut group) = (0, 0);
    #[expect(unsafe_code, reason = "no crate here wraps this call")]
    // SAFETY: the descriptor is open as long as `stream` lives, and both results are written to variables of the right type.
    let outcome = unsafe { libc::getpeereid(stream.as_raw_fd(), &raw mut user, &raw mut group) };
    (outcome == 0).then_some(user)
}
