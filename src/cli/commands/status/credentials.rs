//! What of credentials for the server needs attention: those that are refused, or will be soon.

use super::item::Item;
use crate::cli::error::CliResult;
use crate::engine::{CredentialState, Refused, Vault};
use crate::model::credential::Credential;
use crate::model::period::Period;
use crate::model::time::Timestamp;

/// Each with its command. Opens no value.
pub(super) fn credentials(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<Item>> {
    let all = vault.issued_credentials()?;
    let of_one = all.found.iter().filter_map(|it| item(it, vault.credential_state(it, now), now));
    let refused = all.refused.into_iter().map(|Refused { error, .. }| Item::failed(error));
    Ok(of_one.chain(refused).collect())
}

fn item(credential: &Credential, state: CredentialState, now: Timestamp) -> Option<Item> {
    let Credential { name: id, description: name, member, .. } = credential;
    let rm = format!("vault serve credentials rm {id}");
    let gone =
        |why: String| Some(Item::soon(format!("the credential {name} is refused: {why}; `{rm}`")).by(rm.clone()));
    let soon = Period::WEEK.after(now);
    match (state, credential.expires) {
        (CredentialState::Left, _) => gone(format!("{member} has left")),
        (CredentialState::NotAllowed, _) => gone(format!("{member} may not write `credential:` any more")),
        (CredentialState::Expired, Some(at)) => gone(format!("it expired at {at}")),
        (CredentialState::Active, Some(at)) if at <= soon => {
            let add = "vault serve credentials add";
            Some(Item::soon(format!("the credential {name} expires at {at}: issue another with `{add}`")).by(add))
        }
        _ => None,
    }
}
