//! Answers: JSON in a buffer that is wiped, with instants as AWS writes them.

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::fault::Fault;
use super::unanswered::Unanswered;
use crate::aws::error::Service;
use crate::model::time::Timestamp;

/// The body of a successful answer, or why there is none.
pub(crate) type Answer = Result<Zeroizing<Vec<u8>>, Unanswered>;

/// An instant on the wire: a number of seconds since 1970 (wire §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds {
    millis: i64,
}

impl Seconds {
    /// The instant so many milliseconds after 1970.
    pub(crate) fn of_millis(millis: i64) -> Self {
        Seconds { millis }
    }

    /// Milliseconds since 1970.
    pub(crate) fn millis(self) -> i64 {
        self.millis
    }
}

impl From<Timestamp> for Seconds {
    fn from(instant: Timestamp) -> Self {
        Seconds { millis: instant.unix() * 1000 }
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "instants end with the year 9999")]
        serializer.serialize_f64(self.millis as f64 / 1000.0)
    }
}

/// The answer of an operation.
pub(crate) fn answer(shape: &impl Serialize) -> Answer {
    answer_with(shape, 0)
}

/// An answer with values of so many bytes. There is room for all of it: a buffer that grows leaves copies behind that nobody wipes.
pub(crate) fn answer_with(shape: &impl Serialize, values: usize) -> Answer {
    /// `\u0001`
    const LONGEST_ESCAPE: usize = 6;
    let mut body = Zeroizing::new(Vec::with_capacity(1024 + LONGEST_ESCAPE * values));
    let failed = |_| Fault { status: 500, ..Fault::silent(Service::ParameterStore, "InternalServerError") };
    serde_json::to_writer(&mut *body, shape).map_err(failed)?;
    Ok(body)
}

/// The answer of an operation that does not even have a shape for it: no body at all.
#[expect(clippy::unnecessary_wraps, reason = "it is the answer of an operation")]
pub(crate) fn empty() -> Answer {
    Ok(Zeroizing::default())
}

/// The answer of an operation that returns nothing.
#[expect(clippy::unnecessary_wraps, reason = "it is the answer of an operation")]
pub(crate) fn nothing() -> Answer {
    Ok(Zeroizing::new(b"{}".to_vec()))
}
