//! What a child does between fork and exec: only system calls that are safe there, through rustix; nothing allocates.

use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::io::{FdFlags, fcntl_setfd};

/// Puts the child into a process group of its own, lets it die with this process, and leaves it no descriptor but the three
/// that every program has and `kept`.
pub(super) fn prepare(command: &mut Command, kept: Option<RawFd>) {
    let open = open_descriptors();
    let parent = rustix::process::getpid();
    command.process_group(0);
    #[expect(unsafe_code, reason = "the death signal and the descriptors of a child can be set only in the child")]
    // SAFETY: the closure makes system calls only, and touches no lock and no heap.
    unsafe {
        command.pre_exec(move || {
            die_with(parent)?;
            for number in &open {
                flag(*number, FdFlags::CLOEXEC);
            }
            if let Some(number) = kept {
                flag(number, FdFlags::empty());
            }
            Ok(())
        });
    }
}

/// A hook holds plaintext and must not outlive a runner that was killed. The signal comes when the thread ends that started
/// the child; that thread waits for the child.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn die_with(parent: rustix::process::Pid) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    // A parent that died before the line above sends no signal.
    if rustix::process::getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn die_with(_: rustix::process::Pid) -> io::Result<()> {
    Ok(())
}

/// Descriptors that are open now. Those that this process made itself close on exec anyway, but it may have inherited others.
fn open_descriptors() -> Vec<RawFd> {
    let Ok(entries) = std::fs::read_dir("/dev/fd") else { return Vec::new() };
    let number = |name: std::ffi::OsString| name.to_str()?.parse::<RawFd>().ok();
    entries.filter_map(|entry| number(entry.ok()?.file_name())).filter(|number| *number > 2).collect()
}

fn flag(number: RawFd, flags: FdFlags) {
    #[expect(unsafe_code, reason = "descriptors that were inherited have only their numbers")]
    // SAFETY: the descriptor is used for this one call; if it is not open, the call fails and changes nothing.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let _ = fcntl_setfd(descriptor, flags);
}
