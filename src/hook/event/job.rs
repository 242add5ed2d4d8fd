//! One delivery that is tried.

use crate::machine::events::Delivery;
use crate::model::event::Target;
use crate::model::time::Timestamp;

/// What is delivered where.
pub(super) struct Job<'a> {
    pub(super) delivery: &'a Delivery,
    pub(super) target: &'a Target,
    pub(super) now: Timestamp,
}
