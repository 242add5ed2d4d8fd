//! What this machine keeps of change events: the journal of those that were raised, and what it has seen of each document, from
//! which later ones are derived (docs/events.md).
//!
//! ```text
//! vault/<vault-id>/events/journal.jsonl        events, the newest last; `journal.<number>.jsonl` are full ones
//! vault/<vault-id>/events/seen/<xx>            a summary of each document, by the first byte of the path's hash
//! vault/<vault-id>/events/since                since when changes are noticed, and whether every document was looked at
//! vault/<vault-id>/events/outbox/          deliveries that wait, a file each; `dead/` has those that were given up
//! vault/<vault-id>/events/cursor           the number of the last event for which deliveries were made
//! vault/<vault-id>/events/member           the member whose machine this is
//! ```

mod journal;
mod outbox;
mod seen;

pub(crate) use journal::{Entry, Journal};
pub(crate) use outbox::{Delivery, Outbox};
pub(crate) use seen::{SeenStates, Since};
