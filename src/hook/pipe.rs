//! Our ends of a child's pipes, none of which ever blocks the runner.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags};
use zeroize::Zeroizing;

/// The part of an output that is kept. The rest is read and discarded, so that the child does not block.
pub(super) enum Kept {
    /// The beginning.
    First(usize),
    /// The end.
    Last(usize),
}

/// An output of the child.
pub(super) struct Output {
    file: Option<File>,
    keep: Kept,
    bytes: Zeroizing<Vec<u8>>,
    cut: bool,
}

impl Output {
    pub(super) fn new(pipe: impl Into<OwnedFd>, keep: Kept) -> std::io::Result<Output> {
        // Never grows: a buffer that grows leaves copies behind.
        let capacity = match keep {
            Kept::First(limit) => limit,
            Kept::Last(limit) => 2 * limit + CHUNK,
        };
        let bytes = Zeroizing::new(Vec::with_capacity(capacity));
        Ok(Output { file: Some(without_waiting(pipe)?), keep, bytes, cut: false })
    }

    /// Reads what is available, at most a few chunks, so that one busy output does not starve the other.
    pub(super) fn drain(&mut self) {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        for _ in 0..32 {
            let Some(file) = &mut self.file else { return };
            match file.read(&mut chunk[..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => self.file = None,
                Ok(length) => self.keep(&chunk[..length]),
            }
        }
    }

    fn keep(&mut self, chunk: &[u8]) {
        match self.keep {
            Kept::First(limit) => {
                let room = limit - self.bytes.len();
                self.cut |= chunk.len() > room;
                self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Kept::Last(limit) => {
                if self.bytes.len() + chunk.len() > 2 * limit + CHUNK {
                    let start = self.bytes.len().saturating_sub(limit);
                    self.bytes.copy_within(start.., 0);
                    let length = self.bytes.len() - start;
                    self.bytes.truncate(length);
                    self.cut = true;
                }
                self.bytes.extend_from_slice(chunk);
            }
        }
    }

    /// Whether there was more than is kept.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// What was kept, and whether something is missing from it.
    pub(super) fn into_parts(self) -> (Zeroizing<Vec<u8>>, bool) {
        (self.bytes, self.cut)
    }

    fn watched(&self) -> Option<PollFd<'_>> {
        self.file.as_ref().map(|file| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::IN))
    }
}

/// The input of the child.
pub(super) struct Input<'a> {
    file: Option<File>,
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(super) fn new(pipe: impl Into<OwnedFd>, message: &'a [u8]) -> std::io::Result<Input<'a>> {
        Ok(Input { file: Some(without_waiting(pipe)?), rest: message })
    }

    /// Writes as much as the child accepts. A child that closes its input is not a failure.
    pub(super) fn fill(&mut self) {
        let Some(file) = &mut self.file else { return };
        match file.write(self.rest) {
            Ok(length) => self.rest = &self.rest[length..],
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Err(_) => self.rest = &[],
        }
        if self.rest.is_empty() {
            self.file = None;
        }
    }

    fn watched(&self) -> Option<PollFd<'_>> {
        self.file.as_ref().map(|file| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::OUT))
    }
}

/// Waits until one of them is ready, or for that many milliseconds.
pub(super) fn wait(input: &Input<'_>, outputs: [&Output; 2], milliseconds: i64) {
    let watched = outputs.into_iter().filter_map(Output::watched).chain(input.watched());
    let mut watched: Vec<PollFd<'_>> = watched.collect();
    let timeout = rustix::event::Timespec { tv_sec: 0, tv_nsec: milliseconds * 1_000_000 };
    // An interrupted wait is a short one.
    let _ = rustix::event::poll(&mut watched, Some(&timeout));
}

/// How much is read at once.
const CHUNK: usize = 8 << 10;

fn without_waiting(pipe: impl Into<OwnedFd>) -> std::io::Result<File> {
    let pipe = pipe.into();
    rustix::io::ioctl_fionbio(&pipe, true)?;
    Ok(File::from(pipe))
}
