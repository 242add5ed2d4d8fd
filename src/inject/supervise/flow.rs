//! Output on its way through the mask, each stream on a thread of its own: a slow reader blocks only the program.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::incoming::{CloseReason, Event, Events};
use crate::model::masker::{Masker, Stream};

/// The masked values; when values change, the new ones are added.
pub(super) struct Known(Mutex<Arc<Masker>>);

impl Known {
    pub(super) fn new(masker: Arc<Masker>) -> Known {
        Known(Mutex::new(masker))
    }

    pub(super) fn learn(&self, masker: Arc<Masker>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = masker;
    }

    fn now(&self) -> Arc<Masker> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Passes an output on until it ends. `ended` reads its end when the program has ended.
pub(super) fn start(from: File, to: File, known: &Arc<Known>, ended: &PipeReader, events: &Events) -> io::Result<()> {
    let masker = known.now();
    let stream = Stream::new(Arc::clone(&masker));
    let patience = WaitPolicy { ended: ended.try_clone()?, waited: Duration::ZERO, read: 0 };
    let flow = Flow { from, to, known: Arc::clone(known), masker, stream, patience };
    let events = events.clone();
    thread::Builder::new().name("output".into()).spawn(move || {
        let closing = flow.run();
        // Nobody receives it if the process is about to exit.
        let _ = events.send(Event::Closed(closing));
    })?;
    Ok(())
}

struct Flow {
    from: File,
    to: File,
    known: Arc<Known>,
    masker: Arc<Masker>,
    stream: Stream,
    patience: WaitPolicy,
}

impl Flow {
    fn run(mut self) -> CloseReason {
        match self.pass_on() {
            Ok(closing) => closing,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => CloseReason::ReaderGone,
            Err(error) => CloseReason::Failed(error),
        }
    }

    fn pass_on(&mut self) -> io::Result<CloseReason> {
        let mut piece = Zeroizing::new(vec![0; CHUNK]);
        let mut out = Vec::with_capacity(2 * CHUNK);
        loop {
            let length = if self.patience.wait_for(&self.from)? { read(&self.from, &mut piece)? } else { None };
            out.clear();
            match length {
                Some(length @ 1..) => {
                    self.patience.read += length;
                    self.learn(&mut out);
                    self.stream.push(&piece[..length], &mut out);
                    write(&self.to, &out)?;
                }
                end => {
                    self.stream.finish(&mut out);
                    write(&self.to, &out)?;
                    return Ok(if end.is_some() { CloseReason::End } else { CloseReason::HeldOpen });
                }
            }
        }
    }

    fn learn(&mut self, out: &mut Vec<u8>) {
        let now = self.known.now();
        if !Arc::ptr_eq(&now, &self.masker) {
            self.masker = Arc::clone(&now);
            self.stream.learn(now, out);
        }
    }
}

/// How long an output is read that another process holds open after the program has exited.
struct WaitPolicy {
    ended: PipeReader,
    /// How long it was waited for since. Time spent waiting for our own reader does not count.
    waited: Duration,
    /// How much was read since.
    read: usize,
}

impl WaitPolicy {
    /// Waits until there is something to read, or the end. Returns false once the time is over.
    fn wait_for(&mut self, from: &File) -> io::Result<bool> {
        let mut both = [PollFd::new(from, PollFlags::IN), PollFd::new(&self.ended, PollFlags::IN)];
        retry(|| poll(&mut both, None))?;
        if both[1].revents().is_empty() {
            self.read = 0;
            return Ok(true);
        }
        let left = AFTERMATH.saturating_sub(self.waited);
        let begun = Instant::now();
        let mut one = [PollFd::from_borrowed_fd(from.as_fd(), PollFlags::IN)];
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        let ready = retry(|| poll(&mut one, Some(&timeout)))?;
        self.waited += begun.elapsed();
        Ok(ready > 0 && self.read <= REMAINDER)
    }
}

/// How much was read; zero at the end. A terminal that nobody holds open returns an error.
fn read(mut from: &File, piece: &mut [u8]) -> io::Result<Option<usize>> {
    loop {
        match from.read(piece) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => return Ok(Some(0)),
            read => return read.map(Some),
        }
    }
}

/// Writes all of it. Others may have set the file to non-blocking.
fn write(mut to: &File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                retry(|| poll(&mut [PollFd::new(to, PollFlags::OUT)], None))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn retry(wait: impl FnMut() -> rustix::io::Result<usize>) -> io::Result<usize> {
    Ok(rustix::io::retry_on_intr(wait)?)
}

/// As much as a pipe holds by default.
const CHUNK: usize = 64 << 10;

/// How long to wait for more, in total, once the program has exited.
const AFTERMATH: Duration = Duration::from_secs(2);

/// As much as a pipe can hold: what the program itself wrote before it exited cannot be longer.
const REMAINDER: usize = 1 << 20;
