//! Why a call is not answered.

use super::fault::Fault;
use super::sign::Refusal;
use crate::aws::error::Service;
use crate::engine::Error;

/// What a call needs is not in memory: it is made again, with everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotInMemory;

/// Why a call is not answered.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// It was a quick one, and takes more than that.
    NotInMemory,
    /// Who asks is not let in.
    Refused(Refusal),
    /// The client is told this.
    Fault(Fault),
    /// The vault failed, for which each service has words of its own.
    Failed(Error),
}

impl Unanswered {
    /// What the client of a service is told.
    pub(crate) fn told(self, service: Service) -> Result<Fault, NotInMemory> {
        match self {
            Unanswered::NotInMemory => Err(NotInMemory),
            Unanswered::Refused(Refusal { code, text }) => Ok(Fault::new(service, code, text)),
            Unanswered::Fault(fault) => Ok(fault),
            Unanswered::Failed(error) => Ok(Fault::of(&error, service)),
        }
    }
}

impl From<NotInMemory> for Unanswered {
    fn from(NotInMemory: NotInMemory) -> Self {
        Unanswered::NotInMemory
    }
}

impl From<Refusal> for Unanswered {
    fn from(refusal: Refusal) -> Self {
        Unanswered::Refused(refusal)
    }
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Unanswered::Fault(fault)
    }
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Unanswered::Failed(error)
    }
}
