//! An operation of one of the two services.

use crate::aws::error::Service;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Whose it is.
    pub service: Service,
    /// Its name, as in the model of the service.
    pub name: &'static str,
}
