//! Shared by the tests of shapes: the dates of the wire, and an answer as JSON.

use serde::Serialize;

use crate::model::time::Timestamp;

/// Seconds since 1970, as the wire of AWS writes instants.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Seconds(i64);

impl From<Timestamp> for Seconds {
    fn from(instant: Timestamp) -> Self {
        Seconds(instant.unix())
    }
}

/// The instant of the samples in [`crate::model`].
pub(super) const THEN: i64 = 1_795_417_200;

pub(super) fn json(answer: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(answer).unwrap()
}
