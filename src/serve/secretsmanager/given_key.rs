//! `KmsKeyId`: the name decides which key encrypts a secret, so a request can only name that one.

use super::faults;
use crate::engine::{Error, VaultKeyError};
use crate::model::name::SecretName;
use crate::model::trust::Kind;
use crate::serve::ask::Ask;
use crate::serve::call::Call;
use crate::serve::members::Members;
use crate::serve::unanswered::Unanswered;

/// The key that governs what no other key does; AWS's default key, in effect.
pub(super) const DEFAULT: &str = "default";

/// Names of AWS's default key.
const DEFAULTS: [&str; 3] = ["", "aws/secretsmanager", "alias/aws/secretsmanager"];

pub(super) fn key_id<'b>(members: &Members<'b>) -> Option<&'b str> {
    members.text("KmsKeyId").length(0..=2048).value()
}

/// The condition keys for it.
pub(super) fn told<'a>(ask: Ask<'a>, key: Option<&str>) -> Ask<'a> {
    let arn = key.filter(|key| key.starts_with("arn:")).map(|key| ("secretsmanager:KmsKeyArn", key));
    ask.with_all(key.map(|key| ("secretsmanager:KmsKeyId", key))).with_all(arn)
}

/// What the vault may call a key; `None` for AWS's default key.
pub(super) fn bare(key: &str) -> Option<&str> {
    let key = key.rsplit_once(':').map_or(key, |(_, resource)| resource);
    let is_default = DEFAULTS.contains(&key);
    (!is_default).then(|| key.strip_prefix("alias/").or_else(|| key.strip_prefix("key/")).unwrap_or(key))
}

/// A key as programs name it; the default key under the name that AWS has for its own.
pub(super) fn shown(key: &str) -> String {
    if key == DEFAULT { DEFAULTS[2].to_owned() } else { format!("alias/{key}") }
}

/// Refuses a key that does not encrypt the secrets of this name.
pub(super) fn check(call: &Call<'_>, name: &SecretName, key: Option<&str>) -> Result<(), Unanswered> {
    let Some(key) = key.and_then(bare) else { return Ok(()) };
    let invalid =
        |why: &str| faults::invalid_parameter(format!("The operation failed because of an invalid KMS key: {why}"));
    let asked = key.parse().map_err(|_| invalid("Invalid keyId"))?;
    let vault = call.vault()?;
    if vault.trust().key(&asked).is_none() {
        return Err(invalid(&VaultKeyError::NotFound(asked).to_string()).into());
    }
    vault.require_storing(Kind::Secret, name.as_str(), Some(&asked)).map_err(|error| match error {
        Error::Key(other @ VaultKeyError::Other { .. }) => invalid(&other.to_string()).into(),
        error => error.into(),
    })
}
