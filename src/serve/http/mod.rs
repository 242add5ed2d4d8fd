//! HTTP/1.1: connections, requests, answers.

mod exchange;
pub(crate) mod listen;
