//! A secret value that would become plain text because somebody else changed the type of its parameter.

use super::describe::past_state;
use crate::cli::error::CliResult;
use crate::engine::{AnyDocument, Document, Error, Vault};
use crate::model::name::MemberName;
use crate::model::parameter::{Parameter, ParameterError};

/// Refuses a put that states no type, if the parameter was a `SecureString` since the user last wrote it, and somebody else
/// made it plain. Its versions tell, and git, because whoever signs a document can write other versions into it.
pub(crate) fn require_type_kept(vault: &Vault<'_>, parameter: &Parameter) -> CliResult<()> {
    if parameter.is_sealed() || parameter.is_deleted() {
        return Ok(());
    }
    let me = vault.whoami()?.name;
    if parameter.head.by == me || !(parameter.was_unsealed_behind(&me) || was_sealed(vault, parameter, &me)) {
        return Ok(());
    }
    let error = ParameterError::Unsealed { by: parameter.head.by.clone() };
    Err(Error::Parameter { name: parameter.name.to_string(), error }.into())
}

/// Whether the newest state of the document in git that is the user's own, or sealed, is sealed.
fn was_sealed(vault: &Vault<'_>, parameter: &Parameter, me: &MemberName) -> bool {
    let Ok(path) = parameter.path() else { return false };
    let decisive = |raw: &[u8]| match vault.document_at(&path, raw) {
        Ok(AnyDocument::Parameter(past)) if past.is_sealed() || past.head.by == *me => Some(past.is_sealed()),
        _ => None,
    };
    past_state(vault, &path, &["HEAD"], decisive).unwrap_or(false)
}
