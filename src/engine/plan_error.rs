//! Why a rotation plan does not hold.

use super::tampering::Tampering;
use crate::model::name::{MemberName, SecretName};

/// Why a rotation plan does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nobody has signed a plan since the vault was upgraded.
    #[error("nobody has confirmed how it is rotated")]
    Missing,
    /// The signer was removed, or has another key.
    #[error("its rotation plan was signed by `{0}`, who is no longer a member with that key")]
    SignerGone(String),
    /// The signer may not write the secret any more.
    #[error("its rotation plan was signed by `{0}`, who may not write it")]
    SignerMayNotWrite(MemberName),
    /// The signer cannot open the administrator's secret.
    #[error("`{by}`, who signs its rotation plan, cannot read the administrator's secret `{admin}`")]
    SignerMayNotRead {
        /// The signer.
        by: MemberName,
        /// The secret of the administrator.
        admin: SecretName,
    },
    /// The value says something else than the plan.
    #[error("its value has another `{0}` than its rotation plan allows")]
    Pinned(String),
    /// An earlier plan than this machine has seen.
    #[error("its rotation plan was rolled back: found serial {found}, already saw {seen}")]
    RolledBack {
        /// The serial of the plan.
        found: u64,
        /// The highest one seen.
        seen: u64,
    },
    /// It is for another secret, or for an earlier one of the same name.
    #[error("its rotation plan belongs to another secret")]
    Elsewhere,
    /// Its signature does not hold.
    #[error("its rotation plan cannot be trusted: {0}")]
    Untrusted(Tampering),
}

impl PlanError {
    /// Whether it is put right by a member who signs a new plan, and nothing was forged.
    pub(crate) fn awaits_confirmation(&self) -> bool {
        match self {
            PlanError::Missing
            | PlanError::SignerGone(_)
            | PlanError::SignerMayNotWrite(_)
            | PlanError::SignerMayNotRead { .. }
            | PlanError::Pinned(_) => true,
            PlanError::RolledBack { .. } | PlanError::Elsewhere | PlanError::Untrusted(_) => false,
        }
    }
}
