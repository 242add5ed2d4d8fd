//! Hints for the rules of parameters.

use super::advice::{Advice, advice};
use super::input::MASK;
use crate::cli::exit::Exit;
use crate::model::fault::Fault;
use crate::model::parameter::{ParameterError, PolicyError, Tier};

pub(super) fn parameter(error: &ParameterError, name: &str) -> Advice {
    Advice { hints: hint(error, name).into_iter().collect(), ..fault(error.fault()) }
}

/// What every broken rule of a kind has.
pub(super) fn fault(fault: Fault) -> Advice {
    match fault {
        Fault::Usage => advice("bad-request", Exit::Usage),
        Fault::NotFound => advice("not-found", Exit::NotFound),
        Fault::Conflict => advice("conflict", Exit::Conflict),
        Fault::Rule => advice("refused", Exit::Refused),
    }
}

fn hint(error: &ParameterError, name: &str) -> Option<String> {
    use ParameterError as E;
    Some(match error {
        E::AlreadyExists => "add `--overwrite` to add a new version".into(),
        E::Taken => format!("choose another name, or delete it first: `vault param rm {name}`"),
        E::VersionMoved { .. } => format!("check `vault param history {name}`, then try again"),
        E::LabelNotFound { .. } => format!("`vault label ls {name}` lists the labels"),
        E::VersionNotFound { .. } => format!("`vault param history {name}` shows versions and labels"),
        E::Unsealing { kind } => {
            format!("if it is no secret any more: `vault param put {name} --type {kind} --plaintext --overwrite`")
        }
        E::Unsealed { .. } => format!(
            "to encrypt it: `vault param put {name} --type SecureString --overwrite`; if it is no secret, state its type there"
        ),
        E::LooksMasked => MASK.into(),
        E::TypeRequired => "add `--type SecureString`, `--type String` or `--type StringList`".into(),
        E::TooLarge { tier: Tier::Standard, .. } | E::TierNeeded { .. } => "add `--tier advanced`".into(),
        E::TagsWithOverwrite => format!("set tags with `vault param tag {name} KEY=VALUE`"),
        E::MaxVersionsLabelled { .. } => format!("`vault label ls {name}` shows it"),
        E::Policy(PolicyError::Past(_)) => {
            format!("to keep the value, set a later expiration: `vault param put {name} --expires WHEN`")
        }
        E::PatternMismatch { .. } => "use a value that matches, or change the pattern with `--allowed-pattern`".into(),
        _ => return None,
    })
}
