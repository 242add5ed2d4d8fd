//! A stream that ends when the other side is too slow.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::gate::Gate;

/// A stream with deadlines for reading and writing.
pub(super) struct Timed<S> {
    inner: S,
    gate: Rc<Gate>,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
    /// Until when the other side must have taken what is being sent.
    write_by: Option<Instant>,
}

impl<S> Timed<S> {
    pub(super) fn new(inner: S, gate: Rc<Gate>) -> Self {
        let sleep = || Box::pin(sleep_until(Instant::now() + gate.transfer()));
        Timed { inner, reading: sleep(), writing: sleep(), gate, write_by: None }
    }

    /// What writing came to, unless the other side takes too long.
    fn written<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_pending() {
            let by = *self.write_by.get_or_insert_with(|| Instant::now() + self.gate.transfer());
            ready!(passed(&mut self.writing, by, cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        done
    }
}

/// Ready once a deadline has passed. A timer that fires too early is set again, so that it need not be set for each request.
fn passed(timer: &mut Pin<Box<Sleep>>, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
    loop {
        if deadline <= Instant::now() {
            return Poll::Ready(());
        }
        if timer.is_elapsed() || timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buffer);
        if read.is_ready() {
            self.gate.arrived(&buffer.filled()[before..]);
            return read;
        }
        let Some(deadline) = self.gate.deadline() else { return Poll::Pending };
        ready!(passed(&mut self.reading, deadline, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.written(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.written(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_flush(cx);
        if done.is_ready() {
            self.write_by = None;
        }
        self.written(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.written(cx, done)
    }
}
