//! What a connection and the requests on it know of each other.

use std::cell::{Cell, OnceCell};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::crowd::{Crowd, Place};
use super::framing::Framing;
use super::limits::Limits;
use crate::serve::caller::Origin;

pub(super) struct Gate {
    limits: Limits,
    phase: Cell<Phase>,
    framing: Cell<Framing>,
    /// Where its requests come from.
    pub(super) origin: Origin,
    /// The address that was connected to, unless it is a Unix socket.
    pub(super) local: Option<SocketAddr>,
    /// What is answered.
    pub(super) api: Api,
    /// Asks it to end.
    closing: Notify,
    is_closing: Cell<bool>,
    crowd: Crowd,
    /// This connection in the crowd, once it uses that API.
    place: OnceCell<Place>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// Everything.
    Whole,
    /// Only the API of AWS's extension and agent.
    Cache,
}

#[derive(Clone, Copy)]
enum Phase {
    /// No request has begun since then.
    Idle(Instant),
    /// A request has begun, whose head must be here by then.
    Head(Instant),
    /// A request is answered.
    Busy,
}

impl Gate {
    pub(super) fn new(limits: Limits, origin: Origin, local: Option<SocketAddr>, api: Api, crowd: &Crowd) -> Self {
        let phase = Cell::new(Phase::Idle(Instant::now()));
        let place = if api == Api::Cache { crowd.join().into() } else { OnceCell::new() };
        let (closing, is_closing, framing, crowd) = (Notify::new(), Cell::default(), Cell::default(), crowd.clone());
        Gate { limits, phase, framing, origin, local, api, closing, is_closing, crowd, place }
    }

    /// Since when no request has begun, unless the connection was asked to end.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        match self.phase.get() {
            Phase::Idle(since) if !self.is_closing.get() => Some(since),
            _ => None,
        }
    }

    /// Asks the connection to end: somebody else needs its place.
    pub(super) fn close(&self) {
        self.is_closing.set(true);
        self.closing.notify_one();
    }

    /// Ready once the connection was asked to end.
    pub(super) async fn closed(&self) {
        self.closing.notified().await;
    }

    /// Whether it is one of so many that may use the API of AWS's extension and agent, and some more.
    pub(super) fn is_admitted(&self, spare: usize) -> bool {
        self.place.get_or_init(|| self.crowd.join()).number <= self.limits.cache_connections + spare
    }

    /// Bytes have arrived.
    pub(super) fn arrived(&self, bytes: &[u8]) {
        if bytes.is_empty() || matches!(self.phase.get(), Phase::Busy) {
            return;
        }
        if matches!(self.phase.get(), Phase::Idle(_)) {
            self.phase.set(Phase::Head(Instant::now() + self.limits.transfer));
            self.framing.set(Framing::default());
        }
        let mut framing = self.framing.get();
        framing.read(bytes);
        self.framing.set(framing);
    }

    /// A request has a head. Returns whether its length is stated in two ways.
    pub(super) fn begin(&self) -> bool {
        self.phase.set(Phase::Busy);
        self.framing.take().is_ambiguous()
    }

    /// The answer is there.
    pub(super) fn end(&self) {
        self.phase.set(Phase::Idle(Instant::now()));
    }

    /// Until when the other side must have sent something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase.get() {
            Phase::Idle(since) => Some(since + self.limits.idle),
            Phase::Head(deadline) => Some(deadline),
            Phase::Busy => None,
        }
    }

    /// How long a body may take, and sending an answer.
    pub(super) fn transfer(&self) -> Duration {
        self.limits.transfer
    }
}
