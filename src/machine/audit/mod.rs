//! The log of what was opened and changed on this machine: one series of files for each vault and user, each record
//! with the hash of the one before it (docs/audit.md).

mod chain;
mod ends;
mod forward;
mod lines;
mod log;
mod note;
mod query;
mod recent;
mod record;
mod segments;
mod transfer;
mod uses;

pub(crate) use chain::{Finding, Verified, verify};
pub(crate) use ends::{begun, ended};
pub(crate) use forward::{ForwardTo, Forwarder};
pub(super) use lines::last_line;
pub use log::Head;
pub(crate) use log::{AuditLog, Durability};
pub(crate) use note::Note;
pub(crate) use query::{Filter, Group, GroupBy, group, matching};
pub(crate) use recent::recent;
pub use record::rewritten as rewritten_line;
pub(crate) use record::{Action, Outcome, Record, bounded};
pub(crate) use segments::Logs;
pub(crate) use transfer::{Brought, bring, notes, whole};
pub(crate) use uses::{Use, uses};
