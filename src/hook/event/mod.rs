//! Delivering events to the targets of rules: programs, files, webhooks (docs/events.md).

mod approval;
mod deliver;
mod job;
mod program;
mod target;
mod webhook;

pub(crate) use approval::RuleApproval;
pub(crate) use deliver::{Courier, Delivered};
