//! Kinds of failures of rules, whatever they are about.

/// What kind of failure an error is, for exit codes and for answers on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request itself makes no sense.
    Usage,
    /// What was named does not exist.
    NotFound,
    /// It conflicts with something that happened before.
    Conflict,
    /// A rule of the parameter, or of all parameters, forbids it.
    Rule,
}
