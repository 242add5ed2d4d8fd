//! Regions of a secret and its copies: each is a vault of the same server.

use std::borrow::Cow;

use super::faults;
use crate::engine::Vault;
use crate::model::name::SecretName;
use crate::model::secret::{Origin, Replica, Secret};
use crate::model::trust::Kind;
use crate::serve::call::{Call, Request};
use crate::serve::unanswered::{NotInMemory, Unanswered};

/// The region of a secret that is a copy, or has copies.
pub(super) fn primary_region(call: &Call<'_>, secret: &Secret) -> Option<String> {
    let Some(origin) = secret.copied_from() else {
        return (!secret.replicas.is_empty()).then(|| call.request.region.to_owned());
    };
    let served = call.served().sibling(origin.vault).map(|(region, _)| region);
    served.or_else(|| Some(origin.region.clone()).filter(|region| !region.is_empty()))
}

/// A secret whose origin has the region that the server has for it.
pub(super) fn placed<'s>(call: &Call<'_>, secret: &'s Secret) -> Cow<'s, Secret> {
    match (secret.copied_from(), primary_region(call, secret)) {
        (Some(origin), Some(region)) if origin.region != region => {
            Cow::Owned(Secret { origin: Some(Origin { region, ..origin.clone() }), ..secret.clone() })
        }
        _ => Cow::Borrowed(secret),
    }
}

pub(super) fn region_of(call: &Call<'_>, replica: &Replica) -> String {
    let served = || call.served().sibling(replica.vault).map(|(region, _)| region);
    Some(replica.region.clone()).filter(|region| !region.is_empty()).or_else(served).unwrap_or_default()
}

/// Refuses a caller who may not write a copy.
pub(super) fn require_writer(call: &Call<'_>, there: &Vault<'_>, replica: &Replica) -> Result<(), Unanswered> {
    if may_write(call, there, &replica.name)? {
        return Ok(());
    }
    let Request { caller, operation, .. } = &call.request;
    let text = format!(
        "User: {} is not authorized to perform: secretsmanager:{} on resource: {} in {} because no permissions boundary allows it",
        caller.arn, operation.name, replica.name, replica.region
    );
    Err(faults::new("AccessDeniedException", text).into())
}

/// Whether the caller may write a secret in another vault, where its credential does not count: the member behind it must be one there too.
pub(super) fn may_write(call: &Call<'_>, there: &Vault<'_>, name: &SecretName) -> Result<bool, NotInMemory> {
    let (here, there) = (call.vault()?.trust(), there.trust());
    let caller = call.request.caller;
    let member = here.member(&caller.member).and_then(|member| there.member_by_key(&member.sign));
    Ok(!caller.is_limited() || member.is_some_and(|member| member.may_write(Kind::Secret, name.as_str())))
}
