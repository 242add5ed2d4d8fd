//! Hints for the rules of secrets.

use super::advice::Advice;
use super::input::MASK;
use super::parameter::fault;
use crate::model::secret::SecretError;

/// What to do about a broken rule of secrets.
pub(super) fn secret(error: &SecretError, name: &str) -> Advice {
    Advice { hints: hint(error, name).into_iter().collect(), ..fault(error.fault()) }
}

fn hint(error: &SecretError, name: &str) -> Option<String> {
    use SecretError as E;
    Some(match error {
        E::AlreadyExists => format!("`vault secret put {name}` stores a new version"),
        E::MarkedForDeletion { .. } => format!(
            "`vault secret restore {name}` restores it; `vault secret create {name} --replace` replaces it with a new one"
        ),
        E::VersionNotFound(_)
        | E::PrefixNotFound(_)
        | E::PrefixAmbiguous(_)
        | E::StageNotFound(_)
        | E::StageElsewhere { .. }
        | E::Valueless(_) => format!("`vault secret versions {name} --all` shows versions and stages"),
        E::LooksMasked => MASK.into(),
        E::RemoveFromRequired { version, .. } => format!("add `--from {version}`"),
        E::TokenInUse(_) => "omit `--token` to store a new version".to_owned(),
        E::NulInText | E::NotText => "store it with `--binary`".to_owned(),
        E::NoHook => format!("`vault rotate configure {name} --hook FILE` or `--strategy postgres` sets one"),
        E::RotationCancelled => format!("`vault rotate configure {name}` enables it again"),
        E::Copy { name: primary, vault } => format!(
            "it is a copy of `{primary}` in the vault {vault}: change it there; if that vault is lost, `vault replica \
             promote {name}` ends the link for good"
        ),
        E::HasReplicas(_) => format!(
            "`vault replica ls {name}` shows them, `vault replica rm {name} --to VAULT` removes one with its link"
        ),
        E::OtherAdmin => format!("configure the administrator with `vault rotate configure {name} --admin SECRET`"),
        E::NothingToRotate => format!("store a first value with `vault secret put {name}`"),
        E::RotationMoved | E::CurrentMoved { .. } => format!("`vault secret show {name}` shows its current state"),
        E::PublicPolicy => "name principals, add a Condition, or omit `--block-public`".to_owned(),
        E::NotJson | E::JsonKeyNotFound(_) => "choose another key, or omit it for the whole value".to_owned(),
        E::AlreadyRotating => format!("`vault rotate resume {name}` finishes it"),
        E::NoRotation => format!("`vault rotate run {name}` starts one"),
        _ => return None,
    })
}
