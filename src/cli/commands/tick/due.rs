//! What is due in a vault.

use std::fmt::{self, Display, Formatter};

use crate::cli::error::CliResult;
use crate::engine::{Checked, ShareState, Vault};
use crate::model::name::{ParameterName, SecretName};
use crate::model::parameter::Parameter;
use crate::model::secret::Secret;
use crate::model::share::Share;
use crate::model::time::Timestamp;
use crate::model::trust::{Kind, Member};

/// What is due, but for keys, copies and events.
pub(super) struct Due {
    pub(super) purges: Checked<SecretName>,
    pub(super) rotations: Checked<SecretName>,
    pub(super) policies: Checked<ParameterName>,
    pub(super) expired: Checked<ParameterName>,
    pub(super) shares: Vec<DueShare>,
}

impl Due {
    pub(super) fn of(vault: &Vault<'_>, now: Timestamp) -> CliResult<Self> {
        Ok(Due {
            purges: vault.purges_due::<Secret>(now)?,
            rotations: vault.rotations_due(now)?,
            policies: vault.unfired(now)?,
            expired: vault.purges_due::<Parameter>(now)?,
            shares: shares_due(vault, now)?,
        })
    }

    /// Whether none of it needs an identity.
    pub(super) fn is_nothing(&self) -> bool {
        self.purges.found.is_empty()
            && self.rotations.found.is_empty()
            && self.policies.found.is_empty()
            && self.expired.found.is_empty()
            && self.shares.is_empty()
    }

    /// Leaves the parameters and shares that a member may not write to the machines of those who may. For everybody else expired parameters are
    /// hidden anyway.
    pub(super) fn limit_to(&mut self, member: &Member, vault: &Vault<'_>) {
        let may_write = |name: &ParameterName| member.may_write(Kind::Parameter, name.as_str());
        self.policies.found.retain(may_write);
        self.expired.found.retain(may_write);
        self.shares.retain(|due| vault.may_share(&due.share).unwrap_or(false));
    }
}

/// The shares that are behind or have expired. What is refused below the path of one is reported elsewhere.
fn shares_due(vault: &Vault<'_>, now: Timestamp) -> CliResult<Vec<DueShare>> {
    let is_due = |share: &Share| vault.share_state(share, now).is_ok_and(|state| state != ShareState::Current);
    Ok(vault.shares()?.found.into_iter().filter(is_due).map(|share| DueShare { share }).collect())
}

/// A share to renew, as people name it.
pub(super) struct DueShare {
    pub(super) share: Share,
}

impl Display for DueShare {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", self.share.name, self.share.to)
    }
}
