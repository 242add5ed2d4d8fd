//! The note for a contributor who may write a name but not read it.

use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::engine::Vault;
use crate::model::name::KeyName;

/// Notes that a user who put a value under a key cannot read it back, if that is so.
pub(crate) fn tell(vault: &Vault<'_>, key: Option<&KeyName>, context: &mut Context) -> CliResult<()> {
    if let Some(key) = key
        && !vault.is_reader(key)?
    {
        let would = if context.global.dry_run { "would be " } else { "" };
        context
            .ui
            .note(format!("{would}stored; you cannot read it back, because you are not a reader of the key `{key}`"));
    }
    Ok(())
}
