//! Who calls.

use crate::model::name::MemberName;

/// The principal behind a request whose signature is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The access key id of the credential.
    pub access_key: String,
    /// What people call it; the name of the user in ARNs.
    pub name: String,
    /// The member whose rights limit it.
    pub member: MemberName,
    /// `User-Agent`, cut, for the log.
    pub agent: String,
}
