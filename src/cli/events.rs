//! What commands do about events: noticing changes that came from elsewhere.

use super::context::Context;
use crate::engine::Vault;

/// Raises the events of changes that came by git, by hand, or from a command that was killed. A failure keeps nothing else from
/// being done.
pub(crate) fn catch_up(vault: &Vault<'_>, context: &mut Context) {
    if let Err(error) = vault.catch_up(context.now) {
        context.ui.warning(format!("changes from elsewhere raised no events: {error}"));
    }
}
