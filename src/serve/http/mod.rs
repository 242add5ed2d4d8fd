//! HTTP/1.1: connections, requests, answers.

pub(crate) mod address;
mod body;
mod capacity;
mod connection;
mod crowd;
mod exchange;
mod framing;
mod gate;
mod guard;
mod job;
pub(crate) mod limits;
pub(crate) mod listen;
mod record;
mod reply;
mod timed;
pub(crate) mod tls;
