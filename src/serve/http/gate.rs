//! What a connection and the requests on it know of each other.

use std::cell::{Cell, OnceCell};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::crowd::{Crowd, Place};
use super::framing::Framing;
use super::limits::Limits;
use crate::serve::caller::Origin;

/// The state of one connection.
pub(super) struct Gate {
    limits: Limits,
    phase: Cell<Phase>,
    framing: Cell<Framing>,
    /// Where its requests come from.
    pub(super) origin: Origin,
    /// The address that was connected to, unless it is a Unix socket.
    pub(super) local: Option<SocketAddr>,
    /// Whether only the API of AWS's extension and agent is answered.
    pub(super) is_cache: bool,
    crowd: Crowd,
    /// This connection in the crowd, once it uses that API.
    place: OnceCell<Place>,
}

#[derive(Clone, Copy)]
enum Phase {
    /// No request has begun. It may stay so until then.
    Idle(Instant),
    /// A request has begun, whose head must be here by then.
    Head(Instant),
    /// A request is answered.
    Busy,
}

impl Gate {
    pub(super) fn new(
        limits: Limits,
        origin: Origin,
        local: Option<SocketAddr>,
        is_cache: bool,
        crowd: &Crowd,
    ) -> Self {
        let phase = Cell::new(Phase::Idle(Instant::now() + limits.idle));
        let place = if is_cache { crowd.join().into() } else { OnceCell::new() };
        Gate { limits, phase, framing: Cell::default(), origin, local, is_cache, crowd: crowd.clone(), place }
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
        self.phase.set(Phase::Idle(Instant::now() + self.limits.idle));
    }

    /// Until when the other side must have sent something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase.get() {
            Phase::Idle(deadline) | Phase::Head(deadline) => Some(deadline),
            Phase::Busy => None,
        }
    }

    /// How long a body may take, and sending an answer.
    pub(super) fn transfer(&self) -> Duration {
        self.limits.transfer
    }
}
