//! An operation of one of the two services.

use super::Call;
use crate::aws::error::Service;
use crate::serve::answer::Answer;

/// How the names of operations begin that change nothing.
const READING: [&str; 5] = ["Get", "List", "Describe", "BatchGet", "Validate"];

/// Answers a call.
pub(crate) type Run = fn(&Call<'_>) -> Answer;

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    /// Whose it is.
    pub service: Service,
    /// Its name, as in the model of the service.
    pub name: &'static str,
    /// What answers it.
    pub run: Run,
}

impl Operation {
    /// Whether it may change something, and then waits for other writers.
    pub(crate) fn is_write(self) -> bool {
        !READING.iter().any(|verb| self.name.starts_with(verb))
    }
}
